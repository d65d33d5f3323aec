//! A/A: diffs of equal things, and how many flag anything. At most 5 % may.

use flamebook::profile::diff::Mode;
use flamebook::profile::{Labels, Snapshot, Symbols};
use flamebook::source::{Asked, Request, demo};
use flamebook::work::{Cancel, Unwatched, Work};

use crate::judged::{Side, diff, flags};
use crate::percent;
use crate::world::{Random, World, symbols};

/// How the profiles of one process are split.
const SPLITS: [&str; 5] = ["random", "interleaved", "in two in time", "3 : rest", "1 : rest"];

pub(crate) fn print(runs: usize) {
    println!("\ndiffs of equal things that flag anything, at most 5 %");
    let modes = Mode::ALL.map(Mode::as_str);
    println!("{:<58} {:>8} {:>8} {:>8}", "", modes[0], modes[1], modes[2]);
    let mut random = Random::new(1);
    for split in SPLITS {
        let (symbols, series) = recorded();
        let what = format!("the demo, {} series, {split}", series.len());
        let draw = |random: &mut Random| {
            let series = &series[(random.uniform() * series.len() as f64) as usize];
            (symbols.clone(), halves(random, series, split))
        };
        row(&what, runs, &mut random, draw);
    }
    for (functions, noise, rho) in [(150, 0.0, 0.0), (600, 0.15, 0.0), (600, 0.3, 0.5)] {
        let world = World { rho, ..World::new(functions, noise) };
        for split in SPLITS {
            let what = format!("{functions} functions, noise {noise}, ρ {rho}, {split}");
            row(&what, runs, &mut random, |random| {
                let profiles = world.series(random, &[10.0; 53], 0.0, 1.0);
                let timed = profiles.iter().zip((0..).map(|nth| 60 * nth));
                let all: Vec<Snapshot> = timed.map(|(it, start)| it.snapshot("a", start)).collect();
                (symbols(functions), halves(random, &all, split))
            });
        }
    }
    for pods in [2, 3, 5, 10] {
        for differ in [0.0, 0.2] {
            let world = World::new(150, 0.15);
            let what = format!("{pods} pods against {pods} others, which differ by {differ}");
            row(&what, runs, &mut random, |random| {
                let sides = [0, 1].map(|side| {
                    let pod = |nth: usize| {
                        let profiles = world.series(random, &[10.0; 8], differ, 1.0);
                        (format!("{side}-{nth:02}"), profiles)
                    };
                    let side: Side = (0..pods).map(pod).collect();
                    let snapshots = side.iter().flat_map(|(pod, profiles)| {
                        let timed = profiles.iter().zip((0..).map(|nth| 60 * nth));
                        timed.map(|(it, start)| it.snapshot(pod, start)).collect::<Vec<_>>()
                    });
                    snapshots.collect()
                });
                (symbols(150), sides)
            });
        }
    }
}

fn row(
    what: &str,
    runs: usize,
    random: &mut Random,
    mut draw: impl FnMut(&mut Random) -> (Symbols, [Vec<Snapshot>; 2]),
) {
    let mut flagged = [0; 3];
    for _ in 0..runs {
        let (symbols, sides) = draw(random);
        let found = diff(&symbols, sides, Mode::Share);
        for (mode, flagged) in Mode::ALL.into_iter().zip(&mut flagged) {
            let found = flamebook::profile::Diff { mode, ..found.clone() };
            *flagged += usize::from(flags(&found));
        }
    }
    let [share, amount, rate] = flagged.map(|flagged| percent(flagged, runs));
    // Amounts of unequal halves differ.
    let amount = match what {
        what if what.ends_with("rest") => "-".to_owned(),
        _ => format!("{amount:.1}"),
    };
    let missed = if share.max(rate) <= 5.0 { "" } else { "  MISSED" };
    println!("{what:<58} {share:>8.1} {amount:>8} {rate:>8.1}{missed}");
}

/// The profiles of one process on two sides, each in order of time.
fn halves(random: &mut Random, all: &[Snapshot], split: &str) -> [Vec<Snapshot>; 2] {
    let n = all.len();
    let (order, first) = match split {
        "random" => (random.shuffled(n), n / 2),
        "interleaved" => {
            let flip = usize::from(random.uniform() < 0.5);
            let of = |first: usize| (first..n).step_by(2);
            (of(flip).chain(of(1 - flip)).collect(), (n - flip).div_ceil(2))
        }
        "3 : rest" => (random.shuffled(n), 3),
        "1 : rest" => (random.shuffled(n), 1),
        _ => ((0..n).collect(), n / 2),
    };
    [&order[..first], &order[first..]].map(|side| {
        let mut side = side.to_vec();
        side.sort_unstable();
        side.into_iter().map(|at| all[at].clone()).collect()
    })
}

/// The CPU profiles of the demo by series.
pub(crate) fn recorded() -> (Symbols, Vec<Vec<Snapshot>>) {
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let demo = demo::open(&Labels::default(), work).expect("the example data");
    let source: &dyn flamebook::source::Source = &demo;
    let types = source.types();
    let kind = types.iter().find(|kind| kind.is_called("cpu")).expect("CPU profiles");
    let request = Request { kind, matchers: &[], window: None, asked: Asked::EVERYTHING };
    let selection = source.select(&request, work).and_then(|found| found.read(work));
    let selection = selection.expect("readable example data");
    let series = selection.snapshots.chunk_by(|a, b| a.labels == b.labels);
    (selection.symbols.clone(), series.map(<[Snapshot]>::to_vec).collect())
}
