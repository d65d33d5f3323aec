//! What replicates: the design of a diff.
//!
//! One rule, chosen by the question:
//!
//! - the same series on both sides are paired: each is compared with itself, so lasting
//!   differences between pods are no noise, and time replicates. Where series have a single
//!   profile, the differences of the pairs are the replicates;
//! - different series on the two sides are the replicates, because a verdict about versions
//!   must hold beyond these pods. Blocks in time inside them say how much they vary at
//!   least. A side of one series, such as a canary, is taken to differ from others as those
//!   of the other side do;
//! - one series on each side replicates in time.
//!
//! Series are the same if they differ only in labels that tell the sides apart, such as
//! `version` in `diff {version="1"}`. Series count by their profiled time: the number of
//! series is Kish's effective number, one over the sum of squared parts (L. Kish, *Survey
//! Sampling*, 1965), so one stray profile of another pod decides nothing.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::strata::{Item, Strata};
use crate::profile::Labels;
use crate::profile::noise::Replication;
use crate::profile::replicates::Batched;

/// Fewer effective series are one.
const SEVERAL: f64 = 1.5;
/// The sides are paired, or replicate in time, if at least this part of each is.
const MOST: f64 = 0.5;

/// What replicates on each side.
#[derive(Debug)]
pub struct Design<const N: usize> {
    pub replication: Replication,
    /// The blocks in time, a stratum for each unit.
    pub time: [Strata; N],
    /// The units, where these replicate.
    pub units: Option<[Units; N]>,
}

/// Series that replicate each other.
#[derive(Debug)]
pub struct Units {
    /// The batches of each. With pairs, units of one position are a pair.
    batches: Vec<Range<usize>>,
    /// All of them in one stratum.
    pub strata: Strata,
    /// By unit: its part of the side's profiled time.
    pub parts: Vec<f64>,
}

impl Units {
    /// The sum of each unit, from the values of batches.
    pub fn sums(&self, values: &[f64]) -> Vec<f64> {
        self.batches.iter().map(|unit| values[unit.clone()].iter().sum()).collect()
    }
}

/// One side as the design sees it.
struct Side {
    batches: Vec<Range<usize>>,
    items: Vec<Vec<Item>>,
    /// By unit: its part of the side's exposure.
    parts: Vec<f64>,
    keys: Vec<Vec<Labels>>,
}

impl Design<2> {
    pub fn new(sides: [&Batched; 2]) -> Design<2> {
        let telling = telling_apart(sides);
        let sides = sides.map(|side| Side::new(side, &telling));
        let time = [0, 1].map(|side| Strata::new(&sides[side].items));
        let pairs = pairs(&sides);
        let paired =
            [0, 1].map(|side| pairs.iter().map(|pair| sides[side].parts[pair[side]]).sum::<f64>());
        let several = sides.each_ref().map(|side| side.effective() >= SEVERAL);
        let in_time = time.iter().all(|time| time.covered() >= MOST);
        let is_paired = paired.iter().all(|part| *part >= MOST);
        let replication = match (is_paired, several, in_time) {
            (true, [false, false], _) => Replication::Time,
            (true, _, true) => Replication::Paired,
            (true, _, false) => Replication::Pairs,
            (false, [false, false], _) => Replication::Time,
            (false, _, _) => Replication::Series,
        };
        let units = match replication {
            Replication::Time | Replication::Paired => None,
            Replication::Pairs => Some([0, 1].map(|side| {
                sides[side].units(&pairs.iter().map(|pair| pair[side]).collect::<Vec<_>>())
            })),
            Replication::Series => Some([0, 1].map(|side| {
                sides[side].units(&(0..sides[side].batches.len()).collect::<Vec<_>>())
            })),
        };
        Design { replication, time, units }
    }
}

impl Design<1> {
    /// Of one selection, which is compared with nothing: it is about these series, so time
    /// replicates; where series have a single profile, these replicate each other.
    pub fn alone(side: &Batched) -> Design<1> {
        let side = Side::new(side, &[]);
        let time = Strata::new(&side.items);
        let is_of_series = time.covered() < MOST && side.effective() >= SEVERAL;
        let all: Vec<usize> = (0..side.batches.len()).collect();
        let units = is_of_series.then(|| [side.units(&all)]);
        let replication = if is_of_series { Replication::Series } else { Replication::Time };
        Design { replication, time: [time], units }
    }
}

impl<const N: usize> Design<N> {
    /// Whether anything replicates on this side.
    pub fn replicates(&self, side: usize) -> bool {
        self.units.is_some() || self.time[side].covered() > 0.0
    }
}

impl Side {
    fn new(side: &Batched, telling: &[Arc<str>]) -> Side {
        let (mut batches, mut items, mut end) = (Vec::new(), Vec::new(), 0);
        for unit in side.batches.chunk_by(|a, b| a.unit == b.unit) {
            batches.push(end..end + unit.len());
            end += unit.len();
            let item = |batch: &crate::profile::replicates::Batch| Item {
                exposure: batch.exposure,
                whole: batch.whole,
            };
            items.push(unit.iter().map(item).collect::<Vec<Item>>());
        }
        let exposures = items.iter().map(|unit| unit.iter().map(|item| item.exposure).sum());
        let exposures: Vec<f64> = exposures.collect();
        let all: f64 = exposures.iter().sum();
        let parts = exposures.iter().map(|of| if all > 0.0 { of / all } else { 0.0 }).collect();
        let numbers = side.batches.chunk_by(|a, b| a.unit == b.unit).map(|unit| unit[0].unit);
        let key = |unit: usize| side.units[unit].iter().map(|series| series.without(telling));
        let keys = numbers.map(|unit| key(unit).collect()).collect();
        Side { batches, items, parts, keys }
    }

    /// The effective number of units.
    fn effective(&self) -> f64 {
        1.0 / self.parts.iter().map(|part| part * part).sum::<f64>()
    }

    fn units(&self, chosen: &[usize]) -> Units {
        let sum = |unit: usize| Item {
            exposure: self.items[unit].iter().map(|item| item.exposure).sum(),
            whole: self.items[unit].iter().map(|item| item.whole).sum(),
        };
        Units {
            batches: chosen.iter().map(|unit| self.batches[*unit].clone()).collect(),
            strata: Strata::new(&[chosen.iter().map(|unit| sum(*unit)).collect()]),
            parts: chosen.iter().map(|unit| self.parts[*unit]).collect(),
        }
    }
}

/// The units that are on both sides, in the order of the first.
fn pairs(sides: &[Side; 2]) -> Vec<[usize; 2]> {
    let after: FxHashMap<_, _> = sides[1].keys.iter().zip(0..).collect();
    let before = sides[0].keys.iter().enumerate();
    before.filter_map(|(unit, key)| Some([unit, *after.get(key)?])).collect()
}

/// The labels that have one value on each side, and another on the other.
pub(super) fn telling_apart(sides: [&Batched; 2]) -> Vec<Arc<str>> {
    let series = |side: usize| sides[side].units.iter().flatten();
    let names: BTreeSet<&Arc<str>> =
        [0, 1].into_iter().flat_map(series).flat_map(Labels::names).collect();
    let only = |side: usize, name: &str| {
        let mut values = series(side).map(|labels| labels.joined(name));
        let first = values.next()?;
        values.all(|value| value == first).then_some(first)
    };
    let differs = |name: &&Arc<str>| match (only(0, name), only(1, name)) {
        (Some(before), Some(after)) => before != after,
        _ => false,
    };
    names.into_iter().filter(differs).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::replicates::Batch;

    /// A side of series of these pods, with so many batches of one profile each.
    fn side(version: &str, pods: &[(&str, usize)]) -> Batched {
        let batches = pods.iter().enumerate().flat_map(|(unit, (_, batches))| {
            let batch = Batch { unit, exposure: 1.0, whole: 10.0, profiles: 1, ..Batch::default() };
            std::iter::repeat_n(batch, *batches)
        });
        let labels = |pod: &&str| Labels::from_iter([("pod", *pod), ("version", version)]);
        let units = pods.iter().map(|(pod, _)| vec![labels(pod)]);
        Batched { batches: batches.collect(), units: units.collect(), ..Batched::default() }
    }

    #[test]
    fn the_question_decides_what_replicates() {
        let of = |before: &[(&str, usize)], after: &[(&str, usize)]| {
            Design::new([&side("1", before), &side("2", after)]).replication
        };
        // One series a side, of whatever name.
        assert_eq!(of(&[("a", 9)], &[("a", 9)]), Replication::Time);
        assert_eq!(of(&[("a", 9)], &[("b", 9)]), Replication::Time);
        // A canary against several others.
        assert_eq!(of(&[("a", 9)], &[("b", 9), ("c", 9)]), Replication::Series);
        // The same pods on both sides; nine of them as well as two.
        let pods = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map(|pod| (pod, 4));
        assert_eq!(of(&pods[..2], &pods[..2]), Replication::Paired);
        assert_eq!(of(&pods, &pods), Replication::Paired);
        // A stray profile of another pod decides nothing, nor does a pod that went.
        let stray = [&pods[..4], &[("x", 1)]].concat();
        assert_eq!(of(&pods[..4], &stray), Replication::Paired);
        assert_eq!(of(&pods[..9], &pods[..8]), Replication::Paired);
        assert_eq!(of(&[("a", 9), ("x", 1)], &[("b", 9), ("y", 1)]), Replication::Time);
        // A profile of each pod.
        let single = pods.map(|(pod, _)| (pod, 1));
        assert_eq!(of(&single, &single), Replication::Pairs);
        // Different pods.
        assert_eq!(of(&pods[..2], &pods[2..4]), Replication::Series);
        assert_eq!(of(&pods[..3], &pods[2..]), Replication::Series);
    }

    #[test]
    fn labels_that_tell_the_sides_apart_have_one_value_on_each() {
        let telling = |before: &Batched, after: &Batched| telling_apart([before, after]);
        let pods = [("a", 1), ("b", 1)];
        let versions = telling(&side("1", &pods), &side("2", &pods));
        assert_eq!(versions, ["version".into()]);
        assert!(telling(&side("1", &pods), &side("1", &pods)).is_empty());
    }
}
