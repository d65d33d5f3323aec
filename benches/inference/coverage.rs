//! How often the 95 % interval of a change has the true change, here zero: 93 to 97 %.

use flamebook::profile::diff::Mode;

use crate::judged::{Judged, Side, judged};
use crate::percent;
use crate::world::{Random, World};

/// By position: one of the largest, one in the middle, a rare one.
const FUNCTIONS: [(&str, usize); 3] = [("large", 1), ("middle", 8), ("rare", 50)];

pub(crate) fn print(runs: usize) {
    println!(
        "\ncoverage of the 95 % interval of a share, 93 to 97 %: large, middle, rare function"
    );
    let mut random = Random::new(2);
    for rho in [0.0, 0.4, 0.8] {
        for profiles in [2, 3, 5, 10, 20, 50, 100, 200] {
            let world = World { rho, ..World::new(60, 0.3) };
            let seconds = vec![10.0; profiles];
            let what = format!("{profiles} profiles against {profiles}, ρ {rho}");
            row(&what, runs, &mut random, |random| pod(&world, random, &seconds));
        }
    }
    for profiles in [3, 10, 50] {
        let world = World::new(60, 0.15);
        let what = format!("{profiles} profiles of 2 to 30 s");
        row(&what, runs, &mut random, |random| {
            let seconds: Vec<f64> = (0..profiles).map(|_| 2.0 + 28.0 * random.uniform()).collect();
            pod(&world, random, &seconds)
        });
    }
    for pods in [2, 3, 5, 10] {
        let world = World::new(60, 0.15);
        let what = format!("{pods} pods of 8 profiles, one of them four times as noisy");
        row(&what, runs, &mut random, |random| {
            let series = |nth: usize| {
                let noisy = if nth == 0 { 4.0 } else { 1.0 };
                // Other pods on the other side.
                let pod = format!("{}-{nth:02}", random.uniform());
                (pod, world.series(random, &[10.0; 8], 0.0, noisy))
            };
            let mut side: Side = (0..pods).map(series).collect();
            side.sort_by(|a, b| a.0.cmp(&b.0));
            side
        });
    }
}

fn pod(world: &World, random: &mut Random, seconds: &[f64]) -> Side {
    vec![("a".to_owned(), world.series(random, seconds, 0.0, 1.0))]
}

fn row(what: &str, runs: usize, random: &mut Random, mut side: impl FnMut(&mut Random) -> Side) {
    let mut covered = [0; 3];
    for _ in 0..runs {
        let (before, after) = (side(random), side(random));
        let found = judged(&before, &after, Mode::Share);
        for ((_, function), covered) in FUNCTIONS.iter().zip(&mut covered) {
            let Judged { change, verdict } = &found[*function];
            *covered += usize::from(change.delta().abs() <= verdict.half_interval());
        }
    }
    let covered = covered.map(|covered| percent(covered, runs));
    let fits = |covered: f64| (93.0..=97.0).contains(&covered);
    let missed = if covered.iter().all(|it| fits(*it)) { "" } else { "  MISSED" };
    println!("{what:<58} {:>8.1} {:>8.1} {:>8.1}{missed}", covered[0], covered[1], covered[2]);
}
