//! Adds up samples by recorded stack.
//!
//! Sums stay integers as long as the rules allow, so that they agree exactly with pprof.
//! They do not depend on later stages: a sandwich uses the same sums three times, and the
//! next query reuses those of this one.

use rayon::prelude::*;

use crate::eval::merge::batches::Batches;
use crate::eval::selection::memory::{Batched, GroupSums, Key, Sums};
use crate::eval::selection::profiles::{Group, Profiles};
use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::Samples;
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
            Ok(GroupSums { sums: self.add_up(group, work)?.into(), batched: None })
        })?;
        Ok(added.sums)
    }

    /// As `sums`, and the values of each batch of profiles.
    pub fn batched(self, group: &Group, work: Work<'_>) -> Result<(Sums, Batched), Cancelled> {
        let (key, snapshots) = (self.key(group, true), &self.profiles.snapshots);
        let GroupSums { sums, batched } = self.profiles.added.sums_or(key, snapshots, || {
            let counted = group.series.iter().map(|(_, members)| self.over_time(members).0.len());
            let mut batches = Batches::new(self.profiles, group, counted.collect());
            let sums = self.add_up_in_batches(group, &mut batches, work)?.into();
            Ok(GroupSums { sums, batched: Some(batches.finish(self.divisor_across(group))) })
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
            // Not `sum`, which is -0 for no values.
            None => series
                .iter()
                .fold(0.0, |all, (members, divisor)| all + divided(sum(members) as f64, *divisor)),
        }
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

    fn add_up(self, group: &Group, work: Work<'_>) -> Result<Vec<f64>, Cancelled> {
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
        // The split depends on the profiles alone, so that every machine gets the same
        // sums.
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
                // With more samples than stacks, visiting every stack once is cheaper.
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
        // Sums of several series may be divided together at the end of a batch, if their
        // divisors are equal.
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

    /// The snapshots used from each series, and the divisor of their sum.
    fn runs<'m>(self, group: &'m Group) -> Vec<Run<'m>> {
        let across = self.divisor_across(group);
        let runs = group.series.iter().map(|(_, members)| {
            let (members, divisor) = self.over_time(members);
            (members, divisor * across)
        });
        runs.collect()
    }

    /// The divisor of every series.
    fn divisor_across(self, group: &Group) -> f64 {
        match self.profiles.series_merge() {
            SeriesMerge::Avg => group.series.len().max(1) as f64,
            SeriesMerge::Sum | SeriesMerge::Max | SeriesMerge::Min | SeriesMerge::Count => 1.0,
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

/// A profiled time of zero gives no rate, so the value is zero.
fn divided(sum: f64, divisor: f64) -> f64 {
    if divisor > 0.0 { sum / divisor } else { 0.0 }
}

/// Runs of consecutive indices as (first, length); most often the whole series is one
/// run.
fn runs_of(members: &[usize]) -> Vec<(usize, usize)> {
    let runs = members.chunk_by(|a, b| a + 1 == *b);
    runs.map(|run| (run[0], run.len())).collect()
}

/// Integer sums by stack, converted to floats when their divisor changes.
///
/// Exact as long as the sum at one stack stays under 2^53, which is 104 days of CPU
/// time in nanoseconds.
struct Adder {
    pending: Pending,
    /// What has already been given to a batch.
    handed_over: Pending,
    settled: Vec<f64>,
}

/// Integer sums by stack, and which of them are not zero.
struct Pending {
    sums: Vec<i64>,
    touched: Vec<u32>,
    /// Whether any sum may be non-zero, so that `touched` is incomplete.
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

    /// Takes all sums and resets them to zero.
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
        // One more for samples dropped by an earlier stage.
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

    /// As `add`, without recording which stacks are touched.
    fn add_many(&mut self, samples: &Samples) {
        self.pending.anywhere = true;
        let (dropped, sums) = (self.settled.len() - 1, &mut self.pending.sums);
        for (stack, value) in samples.stacks.iter().zip(samples.values.iter()) {
            let sum = &mut sums[stack.index().min(dropped)];
            *sum = sum.saturating_add(*value);
        }
    }

    /// Gives a batch what was added since the last call.
    fn hand_over(&mut self, batches: &mut Batches, divisor: f64) {
        let (dropped, handed_over) = (self.settled.len() - 1, &mut self.handed_over);
        // Allocated here, because few sums are handed over.
        handed_over.sums.resize(self.settled.len(), 0);
        // A profiled time of zero gives no rate, so the value is zero.
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
