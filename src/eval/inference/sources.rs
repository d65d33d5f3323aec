//! The batches of a diff, and those that are told apart by more labels.

use std::sync::Arc;

use super::design::telling_apart;
use super::strata::Basis;
use crate::profile::diff::Mode;
use crate::profile::noise::Replication;
use crate::profile::replicates::Batched;
use crate::profile::{Diff, Labels, Replicates};

/// The batches of a diff, and those that are told apart by more labels.
pub struct Sources<'a> {
    pub diff: &'a Diff,
    pub replication: Replication,
    /// The labels that have one value on each side, and another on the other.
    pub telling: Vec<Arc<str>>,
    pub all: Vec<Source<'a>>,
}

/// Batches of both sides.
pub struct Source<'a> {
    /// The labels of samples that it is split by.
    pub by: &'a [Arc<str>],
    pub replicates: [&'a Replicates; 2],
    pub sides: [&'a Batched; 2],
}

impl<'a> Sources<'a> {
    /// `None` if a side has no profiles, or is no sum of profiles.
    pub fn new(diff: &'a Diff) -> Option<Sources<'a>> {
        let noise = diff.noise.as_ref()?;
        let replicates = [diff.before.replicates.as_ref()?, diff.after.replicates.as_ref()?];
        let sides = replicates.map(|side| &*side.batches);
        let splits = replicates[0].splits.iter().zip(replicates[1].splits.iter());
        let splits = splits.map(|(before, after)| Source {
            by: &before.by,
            replicates,
            sides: [&*before.batches, &*after.batches],
        });
        let main = Source { by: &[], replicates, sides };
        Some(Sources {
            diff,
            replication: noise.replication,
            telling: telling_apart(sides),
            all: {
                // Of series that are told apart twice, the finer batches come first.
                let (of_series, of_samples): (Vec<_>, Vec<_>) =
                    splits.partition(|split| split.by.is_empty());
                of_series.into_iter().chain([main]).chain(of_samples).collect()
            },
        })
    }

    pub fn basis(&self) -> Basis {
        if self.diff.mode == Mode::Share { Basis::Share } else { Basis::Amount }
    }
}

impl Source<'_> {
    /// The values that a unit has of labels; `None` if its series have different ones.
    pub fn group(&self, side: usize, unit: usize, names: &[Arc<str>]) -> Option<Labels> {
        let mut series = self.sides[side].units[unit].iter();
        let labels = series.next()?;
        let of = |labels: &Labels| {
            let value = |name: &Arc<str>| {
                let value = labels.joined(name);
                (name.clone(), value.unwrap_or_else(|| format!("(no {name})").into()))
            };
            names.iter().map(value).collect::<Labels>()
        };
        let group = of(labels);
        series.all(|other| of(other) == group).then_some(group)
    }

    /// Whether each unit has one value of the labels.
    pub fn tells_apart(&self, names: &[Arc<str>]) -> bool {
        let is_one = |(side, unit): (usize, usize)| self.group(side, unit, names).is_some();
        self.units().all(is_one)
    }

    /// The numbers of all units, with their side.
    pub fn units(&self) -> impl Iterator<Item = (usize, usize)> {
        let units = self.sides.map(|side| side.units.len());
        (0..2).flat_map(move |side| (0..units[side]).map(move |unit| (side, unit)))
    }

    /// The series that a unit is of, whatever its samples' labels.
    pub fn series(&self, side: usize, unit: usize) -> Labels {
        let first = self.sides[side].units[unit].first().cloned().unwrap_or_default();
        first.without(self.by)
    }
}
