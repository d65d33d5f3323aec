//! A gate: pushes that change nothing and are stopped, and a change that is seen.
//!
//! A push is twenty CPU profiles of ten seconds of version 1 of the recorded example against
//! twenty others, ten of each pod. In the second half every twentieth sample of one function
//! comes twice on one side. A gate stops a push if any function changed significantly, or if
//! the function that an assert names grew by more than its error or than a limit.

use flamebook::profile::chance::two_sided;
use flamebook::profile::diff::Mode;
use flamebook::profile::{Diff, Samples, Snapshot, Symbols, Verdict};

use crate::equal::recorded;
use crate::judged::{diff, flags};
use crate::percent;
use crate::world::{PERIOD, Random};

/// Profiles of each pod on a side.
const OF_POD: usize = 10;
/// How much dearer the function gets.
const DEARER: f64 = 0.05;
/// By how many points of percent a function may grow, as in `notebooks/gate.ipynb`.
const LIMIT: f64 = 3.0;
/// The functions that are watched: 11 %, 7 % and 3 % of version 1.
const WATCHED: [&str; 3] = [
    "shop/internal/rank.(*Scorer).wordWeight",
    "compress/flate.(*compressor).findMatch",
    "regexp.(*Regexp).tryBacktrack",
];

pub(crate) fn print(runs: usize) {
    println!("\npushes of 2 x {} profiles of 10 s that a gate stops, in %", 2 * OF_POD);
    let head = ["anything", "grew", "> limit", "expected"];
    println!("{:<58} {:>8} {:>8} {:>8} {:>8}", "", head[0], head[1], head[2], head[3]);
    let mut random = Random::new(7);
    let (symbols, series) = recorded();
    let first =
        |all: &&Vec<Snapshot>| all[0].labels.get("version") == series[0][0].labels.get("version");
    let pods: Vec<&Vec<Snapshot>> = series.iter().filter(first).collect();
    for (what, factor) in [("nothing changed", 0.0), ("one function is 5 % dearer", DEARER)] {
        for function in WATCHED {
            let mut stopped = [0; 3];
            let (mut share, mut errors) = (0.0, Vec::new());
            for _ in 0..runs {
                let [before, mut after] = push(&mut random, &pods);
                for snapshot in &mut after {
                    *snapshot = dearer(snapshot, &symbols, function, factor, &mut random);
                }
                let found = diff(&symbols, [before, after], Mode::Share);
                let Some((verdict, part)) = of(&found, function) else { continue };
                share += part / runs as f64;
                errors.push(verdict.se);
                let delta = verdict.delta;
                stopped[0] += usize::from(flags(&found));
                stopped[1] += usize::from(delta > 0.0 && verdict.p < 0.05);
                stopped[2] += usize::from(100.0 * delta > LIMIT);
            }
            let [any, grew, limit] = stopped.map(|stopped| percent(stopped, runs));
            let se = errors.iter().sum::<f64>() / errors.len() as f64;
            let expected = 100.0 * upper(1.96 - factor * share / se);
            let what = format!("{what}: {} ({:.1} %)", short(function), 100.0 * share);
            let missed = if factor == 0.0 && any.max(limit) > 2.0 { "  MISSED" } else { "" };
            println!("{what:<58} {any:>8.1} {grew:>8.1} {limit:>8.1} {expected:>8.1}{missed}");
        }
    }
}

/// Two sides, of the same pods at random times.
fn push(random: &mut Random, pods: &[&Vec<Snapshot>]) -> [Vec<Snapshot>; 2] {
    let mut sides = [Vec::new(), Vec::new()];
    for pod in pods {
        let order = random.shuffled(pod.len());
        for (side, chosen) in sides.iter_mut().zip(order.chunks(OF_POD)) {
            let mut chosen = chosen.to_vec();
            chosen.sort_unstable();
            side.extend(chosen.into_iter().map(|at| pod[at].clone()));
        }
    }
    sides
}

/// A profile in which so many of the samples of one function itself come twice.
fn dearer(
    snapshot: &Snapshot,
    symbols: &Symbols,
    function: &str,
    factor: f64,
    random: &mut Random,
) -> Snapshot {
    let samples = snapshot.samples();
    let values: Vec<i64> = samples
        .iter()
        .map(|(stack, _, value)| {
            let leaf = symbols.stacks.path(stack).next();
            if leaf.is_none_or(|frame| &**symbols.frame_name(frame) != function) {
                return value;
            }
            let more = (0..value / PERIOD).filter(|_| random.uniform() < factor).count();
            value + more as i64 * PERIOD
        })
        .collect();
    snapshot.with_samples(Samples {
        stacks: samples.stacks.clone(),
        tags: samples.tags.clone(),
        values: values.into(),
    })
}

/// The verdict on the self value of a function, and its share before.
fn of(diff: &Diff, function: &str) -> Option<(Verdict, f64)> {
    let symbols = diff.symbols();
    let is_it = |frame| &**symbols.frame_name(frame) == function;
    let stacks = || symbols.stacks.iter().skip(1).filter(|(.., frame)| is_it(*frame));
    let (.., frame) = stacks().next()?;
    let before: f64 = stacks().map(|(stack, ..)| diff.self_value(stack).before).sum();
    Some((diff.verdict(frame)?.own, before))
}

fn short(function: &str) -> &str {
    function.rsplit('/').next().unwrap_or(function)
}

/// The probability of a larger value of the standard normal distribution.
fn upper(z: f64) -> f64 {
    let tail = two_sided(z, f64::INFINITY) / 2.0;
    if z < 0.0 { 1.0 - tail } else { tail }
}
