//! Values by recorded stack: the one place where samples are added up.
//!
//! Sums are kept in integers as long as the rules allow, so that they agree with pprof
//! to the unit. They do not depend on what later stages make of the stacks: a sandwich
//! takes the same sums three times, and the next query takes those of this one.

use rayon::prelude::*;

use crate::eval::merge::batches::Batches;
use crate::eval::selection::memory::{Added, Batched, Key, Sums};
use crate::eval::selection::profiles::{Group, Profiles};
use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::Samples;
use crate::profile::sample::rate_divisor;
use crate::work::{Cancelled, Work};

/// With fewer samples, one core has added them up before another has begun.
const MANY: u64 = 1 << 17;
/// Samples are added up in about so many parts at once.
const PARTS: usize = 4;
/// A sum of more profiles may be cut.
const RUN: usize = 256;

/// Snapshots of one series, and what their sum is divided by.
type Run<'a> = (&'a [usize], f64);

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

    /// The sums of a group, or those that are remembered of it.
    pub fn sums(self, group: &Group, work: Work<'_>) -> Result<Sums, Cancelled> {
        let (key, snapshots) = (self.key(group, false), &self.profiles.snapshots);
        let added = self.profiles.added.sums_or(key, snapshots, || {
            Ok(Added { sums: self.add_up(group, work)?.into(), batched: None })
        })?;
        Ok(added.sums)
    }

    /// The same, with the values of each batch of profiles besides.
    pub fn batched(self, group: &Group, work: Work<'_>) -> Result<(Sums, Batched), Cancelled> {
        let (key, snapshots) = (self.key(group, true), &self.profiles.snapshots);
        let Added { sums, batched } = self.profiles.added.sums_or(key, snapshots, || {
            let counted = group.series.iter().map(|(_, members)| self.over_time(members).0.len());
            let mut batches = Batches::new(self.profiles, group, counted.collect());
            let sums = self.add_up_in_batches(group, &mut batches, work)?.into();
            Ok(Added { sums, batched: Some(batches.finish(self.divisor_across(group))) })
        })?;
        Ok((sums, batched.unwrap_or_default()))
    }

    /// The total of a group, from the totals of its profiles: nothing of it is filtered.
    pub fn total(self, group: &Group) -> f64 {
        let sum = |members: &[usize]| -> i128 {
            members.iter().map(|member| i128::from(self.profiles.snapshots[*member].total)).sum()
        };
        let series = self.runs(group);
        match common_divisor(&series) {
            Some(divisor) => {
                let whole: i128 = series.iter().map(|(members, _)| sum(members)).sum();
                divided(whole as f64, divisor)
            }
            // Not `sum`: that of nothing is -0.
            None => series
                .iter()
                .fold(0.0, |all, (members, divisor)| all + divided(sum(members) as f64, *divisor)),
        }
    }

    /// By which what comes of a group is remembered.
    pub fn key(self, group: &Group, is_batched: bool) -> Key {
        let members = group.series.iter().map(|(_, members)| runs_of(members));
        Key {
            stacks: self.stacks,
            rules: (self.profiles.series_merge(), self.profiles.time_rule(), self.profiles.rate),
            is_batched,
            members: members.collect(),
        }
    }

    fn add_up(self, group: &Group, work: Work<'_>) -> Result<Vec<f64>, Cancelled> {
        let series = self.runs(group);
        let common = common_divisor(&series);
        let runs = series.iter().flat_map(|(members, divisor)| {
            // Whole numbers add up to the same in any order, so a sum may be cut.
            let length = if common.is_some() { RUN } else { usize::MAX };
            let divisor = if common.is_some() { 1.0 } else { *divisor };
            members.chunks(length).map(move |run| (run, divisor))
        });
        let runs: Vec<Run<'_>> = runs.collect();
        let is_small = self.n_samples(runs.iter().flat_map(|(members, _)| *members)) < MANY;
        // How it is cut depends on the profiles alone, so that every machine gets the same.
        let parts = if is_small { 1 } else { PARTS };
        let parts = runs.par_chunks(runs.len().div_ceil(parts).max(1));
        let parts = parts.map(|part| self.add_runs(part, work));
        let mut parts = parts.collect::<Result<Vec<_>, _>>()?.into_iter();
        let mut sums = parts.next().unwrap_or_else(|| vec![0.0; self.stacks + 1]);
        for part in parts {
            sums.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
        if let Some(divisor) = common.filter(|divisor| *divisor != 1.0) {
            sums.iter_mut().for_each(|sum| *sum = divided(*sum, divisor));
        }
        Ok(sums)
    }

    fn n_samples<'m>(self, members: impl Iterator<Item = &'m usize>) -> u64 {
        members.map(|member| u64::from(self.profiles.snapshots[*member].n_samples)).sum()
    }

    fn add_runs(self, runs: &[Run<'_>], work: Work<'_>) -> Result<Vec<f64>, Cancelled> {
        let mut adder = Adder::new(self.stacks);
        for runs in runs.chunk_by(|a, b| a.1 == b.1) {
            for (members, _) in runs {
                // With more samples than stacks it costs less to look at every stack once.
                let many = self.n_samples(members.iter()) > self.stacks as u64;
                for member in *members {
                    work.check()?;
                    let samples = self.profiles.snapshots[*member].samples();
                    if many { adder.add_many(samples) } else { adder.add(samples) }
                }
            }
            adder.settle(runs[0].1);
        }
        Ok(adder.finish())
    }

    fn add_up_in_batches(
        self,
        group: &Group,
        batches: &mut Batches,
        work: Work<'_>,
    ) -> Result<Vec<f64>, Cancelled> {
        let series = self.runs(group);
        // Sums of several series can wait for the end of their batch, if their divisor can.
        let common = common_divisor(&series);
        let mut adder = Adder::new(self.stacks);
        for (members, divisor) in series {
            let many = self.n_samples(members.iter()) > self.stacks as u64;
            for (nth, &member) in members.iter().enumerate() {
                work.check()?;
                let snapshot = &self.profiles.snapshots[member];
                if many {
                    adder.add_many(snapshot.samples());
                } else {
                    adder.add(snapshot.samples());
                }
                let ends = batches.is_full_after(snapshot);
                if ends || (nth + 1 == members.len() && common.is_none()) {
                    adder.hand_over(batches, divisor);
                }
                if ends {
                    batches.end_batch();
                }
            }
            batches.end_series();
            if common.is_none() {
                adder.settle(divisor);
            }
        }
        adder.settle(common.unwrap_or(1.0));
        Ok(adder.finish())
    }

    /// The snapshots of each series that count, and what their sum is divided by.
    fn runs<'m>(self, group: &'m Group) -> Vec<Run<'m>> {
        let across = self.divisor_across(group);
        let runs = group.series.iter().map(|(_, members)| {
            let (members, divisor) = self.over_time(members);
            (members, divisor * across)
        });
        runs.collect()
    }

    /// What every series is divided by.
    fn divisor_across(self, group: &Group) -> f64 {
        match self.profiles.series_merge() {
            SeriesMerge::Avg => group.series.len().max(1) as f64,
            SeriesMerge::Sum | SeriesMerge::Max | SeriesMerge::Min | SeriesMerge::Count => 1.0,
        }
    }

    /// Which snapshots of a series count, and what their sum is divided by.
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

/// The divisor of all series, if they have the same.
fn common_divisor(series: &[Run<'_>]) -> Option<f64> {
    let (_, first) = series.first()?;
    series.iter().all(|(_, divisor)| divisor == first).then_some(*first)
}

/// By a profiled time of zero: there is no rate, so no value.
fn divided(sum: f64, divisor: f64) -> f64 {
    if divisor > 0.0 { sum / divisor } else { 0.0 }
}

/// Indices that follow each other, as first and length: most often all of a series.
fn runs_of(members: &[usize]) -> Vec<(usize, usize)> {
    let runs = members.chunk_by(|a, b| a + 1 == *b);
    runs.map(|run| (run[0], run.len())).collect()
}

/// Integer sums by stack, settled into floats when their divisor changes.
///
/// Exact as long as the sum at one stack stays under 2^53, which is 104 days of CPU
/// time in nanoseconds.
struct Adder {
    pending: Pending,
    /// What a batch of the series has handed over already.
    handed_over: Pending,
    settled: Vec<f64>,
}

/// Sums by stack, and which of them are not zero.
struct Pending {
    sums: Vec<i64>,
    touched: Vec<u32>,
    /// Whether any of them may be, and `touched` does not tell.
    anywhere: bool,
}

impl Pending {
    fn new(stacks: usize) -> Pending {
        Pending { sums: vec![0; stacks], touched: Vec::new(), anywhere: false }
    }

    fn add(&mut self, at: usize, value: i64) {
        if self.sums[at] == 0 {
            self.touched.push(at as u32);
        }
        self.sums[at] = self.sums[at].saturating_add(value);
    }

    /// All sums, which are zero afterwards.
    fn drain(&mut self) -> impl Iterator<Item = (usize, i64)> {
        let sums = &mut self.sums;
        if std::mem::take(&mut self.anywhere) {
            self.touched.clear();
            self.touched.extend((0..).zip(&*sums).filter(|(_, sum)| **sum != 0).map(|(at, _)| at));
        }
        self.touched.drain(..).map(|at| (at as usize, std::mem::take(&mut sums[at as usize])))
    }
}

impl Adder {
    fn new(stacks: usize) -> Adder {
        // One more for samples that an earlier stage dropped.
        let stacks = stacks + 1;
        let (pending, handed_over) = (Pending::new(stacks), Pending::new(0));
        Adder { pending, handed_over, settled: vec![0.0; stacks] }
    }

    fn add(&mut self, samples: &Samples) {
        let dropped = self.settled.len() - 1;
        for (stack, _, value) in samples.iter() {
            self.pending.add(stack.index().min(dropped), value);
        }
    }

    /// The same, without keeping account of where.
    fn add_many(&mut self, samples: &Samples) {
        self.pending.anywhere = true;
        let (dropped, sums) = (self.settled.len() - 1, &mut self.pending.sums);
        for (stack, value) in samples.stacks.iter().zip(samples.values.iter()) {
            let sum = &mut sums[stack.index().min(dropped)];
            *sum = sum.saturating_add(*value);
        }
    }

    /// Tells a batch what was added since the last call.
    fn hand_over(&mut self, batches: &mut Batches, divisor: f64) {
        let (dropped, handed_over) = (self.settled.len() - 1, &mut self.handed_over);
        // Few sums are handed over at all.
        handed_over.sums.resize(self.settled.len(), 0);
        // By a profiled time of zero: there is no rate, so no value.
        let divisor = if divisor > 0.0 { divisor } else { f64::INFINITY };
        let sums = self.pending.drain().inspect(|(at, sum)| handed_over.add(*at, *sum));
        batches.take(sums, dropped, divisor);
    }

    /// Divides what was added since the last call, and adds it to the result.
    fn settle(&mut self, divisor: f64) {
        let settled = &mut self.settled;
        for (at, sum) in self.pending.drain().chain(self.handed_over.drain()) {
            settled[at] += divided(sum as f64, divisor);
        }
    }

    fn finish(self) -> Vec<f64> {
        self.settled
    }
}
