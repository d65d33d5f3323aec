//! Adds up samples by recorded stack.
//!
//! Sums stay integers as long as the rules allow, so that they agree exactly with pprof.
//! They do not depend on later stages: a sandwich uses the same sums three times, and the
//! next query reuses those of this one.

use std::sync::Arc;

use rayon::prelude::*;

use crate::eval::merge::adder::{Adder, divided};
use crate::eval::merge::batches::Batches;
use crate::eval::merge::splits::split;
use crate::eval::selection::presence::Presence;

use crate::eval::selection::memory::{GroupSums, Key, Sums};
use crate::eval::selection::profiles::{Group, Profiles};
use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::replicates::{Batched, Split};
use crate::profile::sample::rate_divisor;
use crate::work::{Cancelled, Work};

/// With fewer samples, one core is done before another has started.
const MANY: u64 = 1 << 17;
/// The number of parts that are added up in parallel.
const PARTS: usize = 4;
/// A run of more profiles may be split.
const RUN: usize = 256;

/// Snapshots of one series, and the divisor of their sum.
type Run<'a> = (&'a [usize], f64);

/// What a profile adds to a sum, and its profiled time, or 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    pub value: f64,
    pub exposure: f64,
}

/// Adds up groups of one selection.
#[derive(Clone, Copy)]
pub struct Summation<'a> {
    profiles: &'a Profiles,
    /// The number of recorded stacks.
    stacks: usize,
}

impl<'a> Summation<'a> {
    pub fn new(profiles: &'a Profiles, stacks: usize) -> Summation<'a> {
        Summation { profiles, stacks }
    }

    /// The sums of a group, from the cache if possible.
    pub fn sums(self, group: &Group, work: Work<'_>) -> Result<Sums, Cancelled> {
        let (key, snapshots) = (self.key(group, false), &self.profiles.snapshots);
        let added = self.profiles.added.sums_or(key, snapshots, || {
            Ok(GroupSums { sums: self.add_up(group, work)?, batched: None })
        })?;
        Ok(added.sums)
    }

    /// As `sums`, and the values of each batch of profiles.
    pub fn batched(self, group: &Group, work: Work<'_>) -> Result<(Sums, Arc<Batched>), Cancelled> {
        let (key, snapshots) = (self.key(group, true), &self.profiles.snapshots);
        let GroupSums { sums, batched } = self.profiles.added.sums_or(key, snapshots, || {
            let counted = group.series.iter().map(|(_, members)| self.over_time(members).0.len());
            let counted: Vec<usize> = counted.collect();
            let mut batches = Batches::new(self.profiles, group, &counted);
            let sums = self.add_up_in_batches(group, &mut batches, work)?;
            let batched = batches.finish(self.divisor_across(&self.parts_of_time(group)));
            Ok(GroupSums { sums, batched: Some(Arc::new(batched)) })
        })?;
        Ok((sums, batched.unwrap_or_default()))
    }

    /// The values of a group told apart by labels of samples; those of `batched` are told
    /// apart by series.
    pub fn split(
        self,
        group: &Group,
        by: &Arc<[Arc<str>]>,
        batched: &Batched,
        work: Work<'_>,
    ) -> Result<Split, Cancelled> {
        split(self.profiles, group, (&self.runs(group), by), batched, work)
    }

    /// The total of a group, from the totals of its profiles: nothing of it is filtered.
    pub fn total(self, group: &Group) -> f64 {
        let sum = |members: &[usize]| -> i128 {
            members.iter().map(|member| self.profiles.snapshots[*member].total).sum()
        };
        let series = self.runs(group);
        match common_divisor(&series) {
            Some(divisor) => {
                let whole: i128 = series.iter().map(|(members, _)| sum(members)).sum();
                divided(whole as f64, divisor)
            }
            // Not `sum`, which is -0 for no values.
            None => series
                .iter()
                .fold(0.0, |all, (members, divisor)| all + divided(sum(members) as f64, *divisor)),
        }
    }

    /// The same to the last digit, unless it is divided.
    pub fn exact_total(self, group: &Group) -> Option<i128> {
        let series = self.runs(group);
        let members = || series.iter().flat_map(|(members, _)| *members);
        let total = || members().map(|member| self.profiles.snapshots[*member].total).sum();
        (common_divisor(&series) == Some(1.0)).then(total)
    }

    /// What each profile adds to the total of a group, by series.
    pub fn parts(self, group: &Group) -> Vec<Vec<Part>> {
        let is_timed = self.profiles.time_rule() != TimeMerge::Avg
            && group
                .series
                .iter()
                .flat_map(|(_, members)| members)
                .all(|member| self.profiles.snapshots[*member].duration.0 > 0);
        let part = |member: &usize, divisor: f64| {
            let snapshot = &self.profiles.snapshots[*member];
            Part {
                value: divided(self.profiles.total_of(snapshot), divisor),
                exposure: if is_timed { snapshot.duration.as_seconds() } else { 1.0 },
            }
        };
        let runs = self.runs(group).into_iter();
        runs.map(|(of, divisor)| of.iter().map(|member| part(member, divisor)).collect()).collect()
    }

    /// The cache key of a group's sums.
    pub fn key(self, group: &Group, is_batched: bool) -> Key {
        let members = group.series.iter().map(|(_, members)| runs_of(members));
        Key {
            stacks: self.stacks,
            rules: (self.profiles.series_merge(), self.profiles.time_rule(), self.profiles.rate),
            is_batched,
            members: members.collect(),
        }
    }

    fn add_up(self, group: &Group, work: Work<'_>) -> Result<Sums, Cancelled> {
        let series = self.runs(group);
        let common = common_divisor(&series);
        let runs = series.iter().flat_map(|(members, divisor)| {
            // Integer sums do not depend on the order, so a run may be split.
            let length = if common.is_some() { RUN } else { usize::MAX };
            let divisor = if common.is_some() { 1.0 } else { *divisor };
            members.chunks(length).map(move |run| (run, divisor))
        });
        let runs: Vec<Run<'_>> = runs.collect();
        let is_small = self.n_samples(runs.iter().flat_map(|(members, _)| *members)) < MANY;
        // Sums of fractions depend on the split, so it depends on the series alone: the
        // same profiles have the same sums on every machine, and in every block.
        let parts = if is_small && common.is_some() { 1 } else { PARTS };
        let parts = runs.par_chunks(runs.len().div_ceil(parts).max(1));
        let parts = parts.map(|part| self.add_runs(part, common.is_some(), work));
        let parts = parts.collect::<Result<Vec<_>, _>>()?.into_iter();
        let joined = parts.map(Ok).reduce(|left, right| left?.join(right?, work));
        joined.unwrap_or_else(|| Ok(Adder::new(self.stacks)))?.finish(common, work)
    }

    fn n_samples<'m>(self, members: impl Iterator<Item = &'m usize>) -> u64 {
        members.map(|member| u64::from(self.profiles.snapshots[*member].n_samples)).sum()
    }

    /// With a common divisor the sums stay integers.
    fn add_runs(
        self,
        runs: &[Run<'_>],
        has_common: bool,
        work: Work<'_>,
    ) -> Result<Adder, Cancelled> {
        let mut adder = Adder::new(self.stacks);
        for runs in runs.chunk_by(|a, b| a.1 == b.1) {
            for (members, _) in runs {
                // With more samples than stacks, visiting every stack once is cheaper.
                let many = self.n_samples(members.iter()) > self.stacks as u64;
                for member in *members {
                    let samples = self.profiles.snapshots[*member].samples();
                    match many {
                        true => adder.add_many(samples, work)?,
                        false => adder.add(samples, work)?,
                    }
                }
            }
            if !has_common {
                adder.settle(runs[0].1, work)?;
            }
        }
        Ok(adder)
    }

    fn add_up_in_batches(
        self,
        group: &Group,
        batches: &mut Batches,
        work: Work<'_>,
    ) -> Result<Sums, Cancelled> {
        let series = self.runs(group);
        // Sums of several series may be divided together at the end of a batch, if their
        // divisors are equal.
        let common = common_divisor(&series);
        let mut adder = Adder::new(self.stacks);
        for (members, divisor) in series {
            let many = self.n_samples(members.iter()) > self.stacks as u64;
            for (nth, &member) in members.iter().enumerate() {
                let snapshot = &self.profiles.snapshots[member];
                match many {
                    true => adder.add_many(snapshot.samples(), work)?,
                    false => adder.add(snapshot.samples(), work)?,
                }
                let ends = batches.is_full_after(snapshot);
                if ends || (nth + 1 == members.len() && common.is_none()) {
                    adder.hand_over(batches, divisor, work)?;
                }
                if ends {
                    batches.end_batch();
                }
            }
            batches.end_series();
            if common.is_none() {
                adder.settle(divisor, work)?;
            }
        }
        adder.finish(common, work)
    }

    /// The snapshots used from each series, and the divisor of their sum.
    fn runs<'m>(self, group: &'m Group) -> Vec<Run<'m>> {
        let parts = self.parts_of_time(group);
        let across = self.divisor_across(&parts);
        let runs = group.series.iter().zip(&parts).map(|((_, members), part)| {
            let (members, divisor) = self.over_time(members);
            (members, divisor * across / part)
        });
        runs.collect()
    }

    /// By series: how much of the time it was there.
    fn parts_of_time(self, group: &Group) -> Vec<f64> {
        let presence = Presence::new(self.profiles, &group.series);
        presence.map_or_else(|| vec![1.0; group.series.len()], |presence| presence.parts())
    }

    /// The divisor of every series.
    fn divisor_across(self, parts: &[f64]) -> f64 {
        match self.profiles.series_merge() {
            SeriesMerge::Avg if !parts.is_empty() => parts.iter().sum(),
            _ => 1.0,
        }
    }

    /// The snapshots used from a series, and the divisor of their sum.
    fn over_time(self, members: &[usize]) -> (&[usize], f64) {
        let last = members.len().saturating_sub(1);
        let (members, divisor) = match self.profiles.time_rule() {
            TimeMerge::Last => (&members[last..], 1.0),
            TimeMerge::Avg => (members, members.len().max(1) as f64),
            TimeMerge::Sum | TimeMerge::Min | TimeMerge::Max => (members, 1.0),
        };
        if !self.profiles.rate {
            return (members, divisor);
        }
        let snapshots = members.iter().map(|member| &self.profiles.snapshots[*member]);
        (members, rate_divisor(&self.profiles.kind.unit, snapshots))
    }
}

/// The divisor of all series, if it is the same.
fn common_divisor(series: &[Run<'_>]) -> Option<f64> {
    let (_, first) = series.first()?;
    series.iter().all(|(_, divisor)| divisor == first).then_some(*first)
}

/// Runs of consecutive indices as (first, length); most often the whole series is one
/// run.
fn runs_of(members: &[usize]) -> Vec<(usize, usize)> {
    let runs = members.chunk_by(|a, b| a + 1 == *b);
    runs.map(|run| (run[0], run.len())).collect()
}
