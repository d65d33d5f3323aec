//! Values by batch of profiles, collected while they are added up.
//!
//! Each profile of a series is a replicate. To limit the cost, consecutive profiles are
//! pooled (the method of batch means), which also removes the correlation of neighbours
//! in time. Each series is a stratum, because a lasting difference between two pods is
//! not noise. If some series has a single profile, or there are too many series, all
//! batches are replicates of each other.

use crate::eval::selection::memory::Batched;
use crate::eval::selection::profiles::{Group, Profiles};
use crate::lang::ast::TimeMerge;
use crate::profile::replicates::Batch;
use crate::profile::{Samples, Snapshot, StackId};
use crate::work::{Cancelled, Work};

/// Up to this many profiles are not pooled: each is a batch.
const EACH: usize = 64;
/// More profiles are pooled into this many batches: between 10 and 30 are best for the
/// error of batch means (B. Schmeiser, "Batch size effects in the analysis of simulation
/// output", Operations Research 30, 1982), and each costs a pass over the stacks.
const BATCHES: usize = 16;

/// Receives the values that `merge` adds up, profile by profile.
pub struct Batches {
    done: Vec<Batch>,
    open: Batch,
    /// The maximum number of batches.
    most: usize,
    /// The number of profiles in each series, in the order in which they arrive.
    series: Vec<usize>,
    /// Whether batches are replicates only within their series.
    is_stratified: bool,
    /// Whether exposure is profiled time; otherwise it is the number of profiles.
    is_timed: bool,
    /// Whether the snapshots of a series show the same samples again, as a heap's do.
    is_level: bool,
    /// The current series, how many of its profiles have arrived, and how many of all.
    at: usize,
    seen: usize,
    seen_in_all: usize,
    /// The exposure of the current batch so far.
    exposure: f64,
    quantum: Option<f64>,
    /// The whole of the current batch, and the sum of whole over divisor.
    whole: f64,
    divided: f64,
}

impl Batches {
    /// For a group; `counted` is the number of profiles used from each series.
    pub fn new(profiles: &Profiles, group: &Group, counted: Vec<usize>) -> Batches {
        let is_level = profiles.time_rule() == TimeMerge::Avg;
        let members = group.series.iter().flat_map(|(_, members)| members);
        let is_timed = |member: &usize| profiles.snapshots[*member].duration.0 > 0;
        let most = if counted.iter().sum::<usize>() <= EACH { EACH } else { BATCHES };
        Batches {
            most,
            is_stratified: counted.len() <= most / 2 && counted.iter().all(|n| *n >= 2),
            is_timed: !is_level && members.clone().all(is_timed),
            is_level,
            series: counted,
            done: Vec::new(),
            open: Batch::default(),
            at: 0,
            seen: 0,
            seen_in_all: 0,
            exposure: 0.0,
            quantum: None,
            whole: 0.0,
            divided: 0.0,
        }
    }

    /// Called after each profile; returns whether the current batch is now complete.
    pub fn is_full_after(&mut self, snapshot: &Snapshot) -> bool {
        self.exposure += if self.is_timed { snapshot.duration.as_seconds() } else { 1.0 };
        self.quantum = self.quantum.or_else(|| quantum(snapshot.samples()));
        self.seen += 1;
        self.seen_in_all += 1;
        let (seen, of, most) = match self.is_stratified {
            true => (self.seen, self.series[self.at], (self.most / self.series.len()).max(2)),
            false => (self.seen_in_all, self.series.iter().sum(), self.most),
        };
        let batches = of.min(most);
        // True for the last profile of each of `batches` equal parts.
        (seen * batches) / of > ((seen - 1) * batches) / of
    }

    /// Adds sums by recorded stack; `dropped` is the index for samples that were filtered
    /// away.
    pub fn take(
        &mut self,
        sums: impl Iterator<Item = (usize, i128)>,
        dropped: usize,
        divisor: f64,
        work: Work<'_>,
    ) -> Result<(), Cancelled> {
        self.open.exposure += std::mem::take(&mut self.exposure) / divisor;
        self.open.values.reserve(sums.size_hint().0);
        work.each(sums, |(at, sum)| {
            let value = sum as f64 / divisor;
            self.open.whole += value;
            if at != dropped {
                self.open.values.push((StackId(at as u32), value));
            }
            self.whole += value;
            self.divided += value / divisor;
        })
    }

    pub fn end_batch(&mut self) {
        self.open.stratum = if self.is_stratified { self.at } else { 0 };
        self.done.push(std::mem::take(&mut self.open));
    }

    pub fn end_series(&mut self) {
        self.at += 1;
        self.seen = 0;
    }

    /// `across`: the divisor over series.
    pub fn finish(self, across: f64) -> Batched {
        let sample = self.quantum.unwrap_or(0.0);
        // Snapshots of a heap hold the same samples, so their mean is no more precise
        // than one.
        let part = match self.is_level {
            true => 1.0 / across,
            false if self.whole == 0.0 => 0.0,
            false => self.divided / self.whole,
        };
        let profiles = self.series.iter().sum();
        Batched { batches: self.done.into(), profiles, quantum: sample * part }
    }
}

/// The value of one sample: the smallest value if all are multiples of it, as with a
/// sampling period or counted objects; otherwise a typical value.
fn quantum(samples: &Samples) -> Option<f64> {
    let values = samples.iter().map(|(.., value)| value.unsigned_abs()).filter(|value| *value > 0);
    let mut values: Vec<u64> = values.collect();
    let least = *values.iter().min()?;
    if values.iter().all(|value| value % least == 0) {
        return Some(least as f64);
    }
    // The median, because a few values are much larger than a sample.
    let middle = values.len() / 2;
    Some(*values.select_nth_unstable(middle).1 as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_worth_the_period_or_a_typical_value() {
        let samples = |values: &[i64]| {
            let tags = crate::profile::symbols::TagsId(0);
            Samples {
                stacks: values.iter().map(|_| StackId(1)).collect(),
                tags: values.iter().map(|_| tags).collect(),
                values: values.iter().copied().collect(),
            }
        };
        assert_eq!(quantum(&samples(&[30, 10, 0, 20])), Some(10.0));
        assert_eq!(quantum(&samples(&[-4, 2, 6])), Some(2.0));
        assert_eq!(quantum(&samples(&[900, 4, 3])), Some(4.0));
        assert_eq!(quantum(&samples(&[0])), None);
    }
}
