//! How many true changes are found, beside what Python finds on the same draws. The limit:
//! three points less than the better of a permutation test and a moderated t.

use std::io::Write;
use std::process::{Command, Stdio};

use flamebook::profile::diff::Mode;

use crate::judged::{Side, judged};
use crate::percent;
use crate::world::{Random, World};

const FUNCTIONS: usize = 100;
/// The function that changes.
const CHANGED: usize = FUNCTIONS - 1;

pub(crate) fn print(runs: usize) {
    println!("\nchanges of one of {FUNCTIONS} functions found at p < 0.05, in %");
    let names = ["this", "permuted", "moderated"];
    println!("{:<58} {:>8} {:>9} {:>9}", "", names[0], names[1], names[2]);
    let mut random = Random::new(3);
    for share in [0.01, 0.05, 0.18] {
        for change in [0.02, 0.05, 0.1, 0.2] {
            for profiles in [5, 10, 50] {
                row(share, change, profiles, runs, &mut random);
            }
        }
    }
}

fn row(share: f64, change: f64, profiles: usize, runs: usize, random: &mut Random) {
    let before = world(share);
    let mut after = before.clone();
    after.shares[CHANGED] *= 1.0 + change;
    let (mut found, mut draws) = (0, String::new());
    for _ in 0..runs {
        let seconds = vec![10.0; profiles];
        let side = |world: &World, random: &mut Random| -> Side {
            vec![("a".to_owned(), world.series(random, &seconds, 0.0, 1.0))]
        };
        let sides = [side(&before, random), side(&after, random)];
        let verdict = judged(&sides[0], &sides[1], Mode::Share)[CHANGED].verdict;
        found += usize::from(verdict.p < 0.05);
        for profile in sides.iter().flat_map(|side| &side[0].1) {
            let counts: Vec<String> = profile.counts.iter().map(ToString::to_string).collect();
            draws += &(counts.join(" ") + "\n");
        }
    }
    let found = percent(found, runs);
    let peers = peers(profiles, &draws);
    let shown = peers.map_or("no numpy and scipy".to_owned(), |[permuted, moderated]| {
        let missed = if found >= permuted.max(moderated) - 3.0 { "" } else { "  MISSED" };
        format!("{permuted:>9.1} {moderated:>9.1}{missed}")
    });
    let what = format!("{:.0} % + {:.0} %, {profiles} profiles", 100.0 * share, 100.0 * change);
    println!("{what:<58} {found:>8.1} {shown}");
}

fn world(share: f64) -> World {
    let mut world = World::new(FUNCTIONS, 0.1);
    let others: f64 = world.shares[..CHANGED].iter().sum();
    world.shares[..CHANGED].iter_mut().for_each(|other| *other *= (1.0 - share) / others);
    world.shares[CHANGED] = share;
    world
}

/// What a permutation test and a moderated t find of the same draws, in percent.
fn peers(profiles: usize, draws: &str) -> Option<[f64; 2]> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/inference/peer.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    let command = command.args([script, &profiles.to_string()]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(draws.as_bytes()).ok()?;
    let answer = String::from_utf8(child.wait_with_output().ok()?.stdout).ok()?;
    let mut words = answer.split_whitespace().map(str::parse);
    Some([words.next()?.ok()?, words.next()?.ok()?])
}
