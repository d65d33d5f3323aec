//! Values by batch of profiles, collected while they are added up.
//!
//! Each profile of a series is a replicate. To limit the cost, consecutive profiles are
//! pooled (the method of batch means). A batch is of one series, so that a diff can tell
//! what differs in time from what differs between pods; only of very many series, some
//! are pooled as well. `eval::inference` decides which batches replicate each other.

use crate::eval::selection::profiles::{Group, Profiles};
use crate::lang::ast::TimeMerge;
use crate::profile::quantum::Quanta;
use crate::profile::replicates::{Batch, Batched};
use crate::profile::{Labels, Snapshot, StackId};
use crate::work::{Cancelled, Work};

/// Up to this many profiles are not pooled: each is a batch.
const EACH: usize = 64;
/// More profiles are pooled into this many batches: between 10 and 30 are best for the
/// error of batch means (B. Schmeiser, "Batch size effects in the analysis of simulation
/// output", Operations Research 30, 1982), and each costs a pass over the stacks.
const BATCHES: usize = 16;
/// Of more series than this, neighbours in the order of their labels are one unit.
const UNITS: usize = 32;

/// Receives the values that `merge` adds up, profile by profile.
pub struct Batches {
    done: Batched,
    open: Batch,
    /// The maximum number of batches, unless there are many series.
    most: usize,
    /// The number of profiles in each unit, in the order in which they arrive.
    counted: Vec<usize>,
    /// The number of series in each unit but the last.
    together: usize,
    /// Whether exposure is profiled time; otherwise it is the number of profiles.
    is_timed: bool,
    quanta: Quanta,
    /// The current series, and how many profiles of its unit have arrived.
    series: usize,
    seen: usize,
    /// The exposure of the current batch so far.
    exposure: f64,
    /// The whole of all batches, and the sum of whole over divisor.
    whole: f64,
    divided: f64,
}

impl Batches {
    /// For a group; `counted` is the number of profiles used from each series.
    pub fn new(profiles: &Profiles, group: &Group, counted: &[usize]) -> Batches {
        let is_level = profiles.time_rule() == TimeMerge::Avg;
        let members = group.series.iter().flat_map(|(_, members)| members);
        let is_timed = |member: &usize| profiles.snapshots[*member].duration.0 > 0;
        let together = counted.len().div_ceil(UNITS).max(1);
        let labels: Vec<Labels> = group.series.iter().map(|(labels, _)| labels.clone()).collect();
        let n_profiles = counted.iter().sum();
        Batches {
            done: Batched {
                units: labels.chunks(together).map(<[Labels]>::to_vec).collect(),
                profiles: n_profiles,
                is_level,
                ..Batched::default()
            },
            open: Batch::default(),
            most: if n_profiles <= EACH { EACH } else { BATCHES },
            counted: counted.chunks(together).map(|unit| unit.iter().sum()).collect(),
            together,
            is_timed: !is_level && members.clone().all(is_timed),
            quanta: Quanta::new(&profiles.kind),
            series: 0,
            seen: 0,
            exposure: 0.0,
            whole: 0.0,
            divided: 0.0,
        }
    }

    /// Called after each profile; returns whether the current batch is now complete.
    pub fn is_full_after(&mut self, snapshot: &Snapshot) -> bool {
        self.exposure += if self.is_timed { snapshot.duration.as_seconds() } else { 1.0 };
        self.quanta.see(snapshot);
        self.open.profiles += 1;
        self.seen += 1;
        let (seen, of) = (self.seen, self.counted[self.unit()]);
        let batches = match self.together {
            1 => of.min((self.most / self.counted.len()).max(2)),
            _ => 1,
        };
        // True for the last profile of each of `batches` equal parts.
        (seen * batches) / of > ((seen - 1) * batches) / of
    }

    fn unit(&self) -> usize {
        self.series / self.together
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
            self.quanta.add(sum);
            let value = sum as f64 / divisor;
            self.open.whole += value;
            if at != dropped && sum != 0 {
                self.open.values.push((StackId(at as u32), value));
            }
            self.whole += value;
            self.divided += value / divisor;
        })
    }

    pub fn end_batch(&mut self) {
        self.open.unit = self.unit();
        self.done.batches.push(std::mem::take(&mut self.open));
    }

    pub fn end_series(&mut self) {
        self.series += 1;
        if self.series.is_multiple_of(self.together) {
            self.seen = 0;
        }
    }

    /// `across`: the divisor over series.
    pub fn finish(self, across: f64) -> Batched {
        // Snapshots of a heap hold the same samples, so their mean is no more precise
        // than one.
        let scale = match self.done.is_level {
            true => 1.0 / across,
            false if self.whole == 0.0 => 0.0,
            false => self.divided / self.whole,
        };
        Batched { quantum: self.quanta.quantum(), scale, ..self.done }
    }
}
