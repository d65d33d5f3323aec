//! Values by batch of profiles, gathered while they are added up.
//!
//! Each profile of a series is a replicate. So that the cost stays bounded however
//! many there are, profiles that follow each other are pooled: the method of batch
//! means, which also evens out that neighbours in time are alike. Series are strata,
//! for that two pods differ for good is no noise; where a series has a single
//! profile, or there are too many series, all batches are replicates of each other.

use crate::eval::selection::memory::Batched;
use crate::eval::selection::profiles::{Group, Profiles};
use crate::lang::ast::TimeMerge;
use crate::profile::replicates::Batch;
use crate::profile::{Samples, Snapshot, StackId};

/// So many profiles are a batch each.
const EACH: usize = 64;
/// More are pooled into so few batches: between 10 and 30 serve an error of batch means
/// best (B. Schmeiser, "Batch size effects in the analysis of simulation output",
/// Operations Research 30, 1982), and every one costs a pass over the stacks.
const BATCHES: usize = 16;

/// Receives what `merge` adds up, profile by profile.
pub struct Batches {
    done: Vec<Batch>,
    open: Batch,
    /// The number of batches that there may be.
    most: usize,
    /// The profiles of each series, in the order in which they come.
    series: Vec<usize>,
    /// Whether batches are replicates within their series alone.
    is_stratified: bool,
    /// Whether exposure is the profiled time, else the number of profiles.
    is_timed: bool,
    /// Whether snapshots of a series show the same samples again.
    is_level: bool,
    /// The series that profiles come from now, how many of it have come, and of all.
    at: usize,
    seen: usize,
    seen_in_all: usize,
    /// Of the profiles whose sums are still to be taken.
    exposure: f64,
    quantum: Option<f64>,
    /// Of the whole, and of the whole over what each part of it was divided by.
    whole: f64,
    divided: f64,
}

impl Batches {
    /// For a group of which so many profiles of each series count.
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

    /// After a profile was added: whether the batch it is in ends with it.
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
        // The last profile of the n-th of equal parts.
        (seen * batches) / of > ((seen - 1) * batches) / of
    }

    /// Takes sums by recorded stack, `dropped` being that of what was filtered away.
    pub fn take(&mut self, sums: impl Iterator<Item = (usize, i64)>, dropped: usize, divisor: f64) {
        self.open.exposure += std::mem::take(&mut self.exposure) / divisor;
        self.open.values.reserve(sums.size_hint().0);
        for (at, sum) in sums {
            let value = sum as f64 / divisor;
            self.open.whole += value;
            if at != dropped {
                self.open.values.push((StackId(at as u32), value));
            }
            self.whole += value;
            self.divided += value / divisor;
        }
    }

    pub fn end_batch(&mut self) {
        self.open.stratum = if self.is_stratified { self.at } else { 0 };
        self.done.push(std::mem::take(&mut self.open));
    }

    pub fn end_series(&mut self) {
        self.at += 1;
        self.seen = 0;
    }

    /// `across` is what series are divided by.
    pub fn finish(self, across: f64) -> Batched {
        let sample = self.quantum.unwrap_or(0.0);
        // The snapshots of a heap hold the same samples: their mean is no surer than one.
        let part = match self.is_level {
            true => 1.0 / across,
            false if self.whole == 0.0 => 0.0,
            false => self.divided / self.whole,
        };
        let profiles = self.series.iter().sum();
        Batched { batches: self.done.into(), profiles, quantum: sample * part }
    }
}

/// What one sample of a profile is worth. Where all values are multiples of the least,
/// as with a sampling period or with objects that are counted, that; else a typical one.
fn quantum(samples: &Samples) -> Option<f64> {
    let values = samples.iter().map(|(.., value)| value.unsigned_abs()).filter(|value| *value > 0);
    let mut values: Vec<u64> = values.collect();
    let least = *values.iter().min()?;
    if values.iter().all(|value| value % least == 0) {
        return Some(least as f64);
    }
    // The mean would be that of the few that are much larger than a sample.
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
