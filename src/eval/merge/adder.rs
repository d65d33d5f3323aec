//! Adds up samples of one divisor after the other, exactly.
//!
//! Sums are integers of any size until they are divided or shown, so they depend on no
//! order: of profiles, of blocks in a store, or of cores.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::eval::merge::batches::Batches;
use crate::eval::selection::memory::Sums;
use crate::profile::Samples;
use crate::work::{Cancelled, Work};

/// All integers up to here are floats.
const BITS: u128 = 1 << f64::MANTISSA_DIGITS;

/// A profiled time of zero gives no rate, so the value is zero.
pub fn divided(sum: f64, divisor: f64) -> f64 {
    if divisor > 0.0 { sum / divisor } else { 0.0 }
}

/// Integer sums by stack, converted to floats when their divisor changes.
///
/// Each sum is exact, and rounded once: to 53 bits, which is 104 days of CPU time in
/// nanoseconds. Where that is too little, the exact sums are kept as well.
pub struct Adder {
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
    /// What did not fit into `sums`, by stack.
    more: FxHashMap<u32, i128>,
}

impl Pending {
    fn new(stacks: usize) -> Pending {
        let more = FxHashMap::default();
        Pending { sums: vec![0; stacks], touched: Vec::new(), anywhere: false, more }
    }

    fn add(&mut self, at: usize, value: i64) {
        if self.sums[at] == 0 {
            self.touched.push(at as u32);
        }
        self.add_value(at, value);
    }

    /// As `add`, without recording that the stack is touched.
    fn add_value(&mut self, at: usize, value: i64) {
        match self.sums[at].checked_add(value) {
            Some(sum) => self.sums[at] = sum,
            None => self.overflow(at, value),
        }
    }

    #[cold]
    fn overflow(&mut self, at: usize, value: i64) {
        *self.more.entry(at as u32).or_default() += i128::from(value);
    }

    fn add_sum(&mut self, at: usize, sum: i128) {
        match i64::try_from(sum) {
            Ok(sum) => self.add(at, sum),
            Err(_) => *self.more.entry(at as u32).or_default() += sum,
        }
    }

    /// All sums, if a float has not enough bits for what they add up to.
    fn exact(&self) -> Option<Arc<[i128]>> {
        let weight = self.sums.iter().map(|sum| u128::from(sum.unsigned_abs())).sum::<u128>();
        let more = self.more.values().map(|sum| sum.unsigned_abs()).sum::<u128>();
        (weight + more > BITS).then(|| {
            let mut sums: Arc<[i128]> = self.sums.iter().map(|sum| i128::from(*sum)).collect();
            let all = Arc::make_mut(&mut sums);
            self.more.iter().for_each(|(at, more)| all[*at as usize] += more);
            sums
        })
    }

    /// Takes all sums and resets them to zero. A stack may come twice, the second time
    /// with zero.
    fn drain(&mut self) -> impl Iterator<Item = (usize, i128)> {
        let Pending { sums, touched, anywhere, more } = self;
        if std::mem::take(anywhere) {
            touched.clear();
            touched.extend((0..).zip(&*sums).filter(|(_, sum)| **sum != 0).map(|(at, _)| at));
        }
        touched.extend(more.keys());
        touched.drain(..).map(|at| {
            let sum = i128::from(std::mem::take(&mut sums[at as usize]));
            let rest = if more.is_empty() { None } else { more.remove(&at) };
            (at as usize, sum + rest.unwrap_or(0))
        })
    }
}

impl Adder {
    pub fn new(stacks: usize) -> Adder {
        // One more for samples dropped by an earlier stage.
        let stacks = stacks + 1;
        let (pending, handed_over) = (Pending::new(stacks), Pending::new(0));
        Adder { pending, handed_over, settled: vec![0.0; stacks] }
    }

    pub fn add(&mut self, samples: &Samples, work: Work<'_>) -> Result<(), Cancelled> {
        let dropped = self.settled.len() - 1;
        work.each(samples.iter(), |(stack, _, value)| {
            self.pending.add(stack.index().min(dropped), value);
        })
    }

    /// As `add`, without recording which stacks are touched.
    pub fn add_many(&mut self, samples: &Samples, work: Work<'_>) -> Result<(), Cancelled> {
        self.pending.anywhere = true;
        let (dropped, pending) = (self.settled.len() - 1, &mut self.pending);
        work.each(samples.stacks.iter().zip(samples.values.iter()), |(stack, value)| {
            pending.add_value(stack.index().min(dropped), *value);
        })
    }

    /// Gives a batch what was added since the last call.
    pub fn hand_over(
        &mut self,
        batches: &mut Batches,
        divisor: f64,
        work: Work<'_>,
    ) -> Result<(), Cancelled> {
        let (dropped, handed_over) = (self.settled.len() - 1, &mut self.handed_over);
        // Allocated here, because few sums are handed over.
        handed_over.sums.resize(self.settled.len(), 0);
        // A profiled time of zero gives no rate, so the value is zero.
        let divisor = if divisor > 0.0 { divisor } else { f64::INFINITY };
        let sums = self.pending.drain().inspect(|(at, sum)| handed_over.add_sum(*at, *sum));
        batches.take(sums, dropped, divisor, work)
    }

    /// Divides what was added since the last call, and adds it to the result.
    pub fn settle(&mut self, divisor: f64, work: Work<'_>) -> Result<(), Cancelled> {
        let settled = &mut self.settled;
        work.each(self.pending.drain().chain(self.handed_over.drain()), |(at, sum)| {
            settled[at] += divided(sum as f64, divisor);
        })
    }

    /// The sums of both.
    pub fn join(mut self, mut other: Adder, work: Work<'_>) -> Result<Adder, Cancelled> {
        work.each(other.pending.drain(), |(at, sum)| self.pending.add_sum(at, sum))?;
        work.each(self.settled.iter_mut().zip(other.settled), |(sum, value)| *sum += value)?;
        Ok(self)
    }

    /// The sums, to be divided by a divisor that they have in common.
    pub fn finish(mut self, common: Option<f64>, work: Work<'_>) -> Result<Sums, Cancelled> {
        // Added up as integers, so that they are rounded once.
        work.each(self.handed_over.drain(), |(at, sum)| self.pending.add_sum(at, sum))?;
        let exact = if common == Some(1.0) { self.pending.exact() } else { None };
        self.settle(1.0, work)?;
        Ok(Sums { values: self.settled.into(), divisor: common.unwrap_or(1.0), exact })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::StackId;
    use crate::profile::symbols::TagsId;

    fn sums(adders: Vec<Adder>) -> Vec<f64> {
        let work = Work::unattended();
        let join = |left: Adder, right| left.join(right, work).expect("no interrupt");
        let joined = adders.into_iter().reduce(join).expect("an adder");
        joined.finish(None, work).expect("no interrupt").values.to_vec()
    }

    /// An adder of two stacks, with these values at the first one.
    fn adder(values: &[i64], many: bool) -> Adder {
        let samples = Samples {
            stacks: values.iter().map(|_| StackId(0)).collect(),
            tags: values.iter().map(|_| TagsId(0)).collect(),
            values: values.iter().copied().collect(),
        };
        let mut adder = Adder::new(2);
        let added = match many {
            true => adder.add_many(&samples, Work::unattended()),
            false => adder.add(&samples, Work::unattended()),
        };
        added.expect("no interrupt");
        adder
    }

    #[test]
    fn a_sum_over_64_bits_does_not_saturate() {
        // Twice 2^63 - 1 is 2^64 - 2, which rounds to 2^64.
        let two_to_64 = 18_446_744_073_709_551_616.0;
        for many in [false, true] {
            let whole = adder(&[i64::MAX, i64::MAX], many);
            let parts = vec![adder(&[i64::MAX], many), adder(&[i64::MAX], many)];
            assert_eq!(sums(vec![whole]), [two_to_64, 0.0, 0.0]);
            assert_eq!(sums(parts), [two_to_64, 0.0, 0.0]);
            // It comes back into the range.
            assert_eq!(sums(vec![adder(&[i64::MAX, 5, i64::MIN, 1], many)]), [5.0, 0.0, 0.0]);
        }
    }

    /// As floats, 2^53 + 1 is 2^53, and so is 2^53 + 1 + 1 from left to right.
    #[test]
    fn a_sum_is_rounded_once() {
        let large = 1i64 << 53;
        for values in [[large, 1, 1], [1, large, 1], [1, 1, large]] {
            let parts = values.map(|value| adder(&[value], true));
            assert_eq!(sums(parts.into()), [(large + 2) as f64, 0.0, 0.0]);
        }
    }

    #[test]
    fn sums_that_a_float_rounds_are_kept_to_the_last_digit() {
        let exact = |values: &[i64], divisor| {
            let sums = adder(values, false).finish(divisor, Work::unattended());
            let sums = sums.expect("no interrupt");
            sums.exact.map(|exact| exact.to_vec())
        };
        let large = 1i64 << 53;
        assert_eq!(exact(&[large], Some(1.0)), None);
        assert_eq!(exact(&[large, 1], Some(1.0)), Some(vec![i128::from(large) + 1, 0, 0]));
        let twice = 2 * i128::from(i64::MAX);
        assert_eq!(exact(&[i64::MAX, i64::MAX], Some(1.0)), Some(vec![twice, 0, 0]));
        // A mean is a fraction.
        assert_eq!(exact(&[large, 1], Some(2.0)), None);
        assert_eq!(exact(&[large, 1], None), None);
    }
}
