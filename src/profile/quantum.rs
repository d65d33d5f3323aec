//! The quantum of a profile type: what one sample is worth.
//!
//! A sum of samples is never more precise than a count of as many samples. CPU time is
//! counted in periods, of ten milliseconds, say: all values are multiples of it.

use super::kind::ProfileType;
use super::sample::Snapshot;
use crate::quantity::Unit;

/// The values of so many profiles are looked at one by one; of more, only their sums are.
const LOOKED_AT: usize = 64;

/// What one sample of a selection is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantum {
    /// Nothing is sampled: all goroutines are counted, so there is no error of counting.
    Census,
    /// The period that the files name, or the greatest common divisor of all values.
    Period(u64),
    /// Values are measured or scaled up; this one is typical.
    Typical(f64),
}

impl Default for Quantum {
    fn default() -> Self {
        Quantum::Period(0)
    }
}

impl Quantum {
    /// The value of a sample, in the unit of the type; 0 for a census.
    pub fn value(self) -> f64 {
        match self {
            Quantum::Census => 0.0,
            Quantum::Period(period) => period as f64,
            Quantum::Typical(value) => value,
        }
    }

    /// The quantum of both sides of a diff: they are of one type.
    #[must_use]
    pub fn common(self, other: Quantum) -> Quantum {
        match (self, other) {
            (Quantum::Period(0), other) | (other, Quantum::Period(0)) => other,
            (Quantum::Period(a), Quantum::Period(b)) => Quantum::Period(gcd(a, b)),
            (Quantum::Typical(a), Quantum::Typical(b)) => Quantum::Typical(f64::midpoint(a, b)),
            (Quantum::Census, _) | (_, Quantum::Census) => Quantum::Census,
            (typical @ Quantum::Typical(_), _) | (_, typical) => typical,
        }
    }
}

/// Finds the quantum of a selection from its profiles.
#[derive(Debug)]
pub struct Quanta {
    is_census: bool,
    /// Whether a period that a file names is one of this type.
    has_period: bool,
    /// Periods shorter than this are none, unless some value is one of them.
    shortest: u64,
    /// The greatest common divisor of the periods that the files name; 0 without one.
    named: u64,
    /// The greatest common divisor of all values so far; 0 for none.
    divisor: u64,
    /// The smallest value so far.
    least: u64,
    typical: Option<f64>,
    /// The number of profiles whose values were looked at one by one.
    looked_at: usize,
}

impl Quanta {
    pub fn new(kind: &ProfileType) -> Quanta {
        Quanta {
            is_census: kind.is_census(),
            has_period: kind.has_period(),
            // No profiler samples a million times a second, or every KiB: such values are
            // measured, to the nanosecond or to the byte.
            shortest: match kind.unit {
                Unit::Nanoseconds => 1_000,
                Unit::Bytes => 1 << 10,
                _ => 1,
            },
            named: 0,
            divisor: 0,
            least: u64::MAX,
            typical: None,
            looked_at: 0,
        }
    }

    /// Called for each profile.
    pub fn see(&mut self, snapshot: &Snapshot) {
        if self.has_period {
            self.named = gcd(self.named, snapshot.period);
        }
        if self.typical.is_none() {
            self.typical = median(snapshot);
        }
        if self.looked_at < LOOKED_AT {
            self.looked_at += 1;
            snapshot.samples().values.iter().for_each(|value| self.divide(value.unsigned_abs()));
        }
    }

    /// Called for each sum of values: it is a multiple of what all of them are multiples of.
    pub fn add(&mut self, sum: i128) {
        if let Ok(sum) = u64::try_from(sum.unsigned_abs()) {
            self.divide(sum);
        }
    }

    fn divide(&mut self, value: u64) {
        if value == 0 {
            return;
        }
        self.least = self.least.min(value);
        if self.divisor == 0 || !value.is_multiple_of(self.divisor) {
            self.divisor = gcd(self.divisor, value);
        }
    }

    pub fn quantum(&self) -> Quantum {
        if self.is_census {
            return Quantum::Census;
        }
        if self.named >= self.shortest.max(2) {
            return Quantum::Period(self.named);
        }
        let is_measured = self.divisor < self.shortest && self.divisor < self.least;
        let typical = self.typical.filter(|_| is_measured);
        typical.map_or(Quantum::Period(self.divisor), Quantum::Typical)
    }
}

/// Euclid's algorithm; 0 is a multiple of everything.
fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The median, because a few values are much larger than a sample.
fn median(snapshot: &Snapshot) -> Option<f64> {
    let values = snapshot.samples().values.iter().map(|value| value.unsigned_abs());
    let mut values: Vec<u64> = values.filter(|value| *value > 0).collect();
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1 as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::symbols::TagsId;
    use crate::profile::{Labels, Samples, StackId};
    use crate::quantity::{Span, Timestamp};

    fn snapshot(values: &[i64]) -> Snapshot {
        let samples = Samples {
            stacks: values.iter().map(|_| StackId(1)).collect(),
            tags: values.iter().map(|_| TagsId(0)).collect(),
            values: values.iter().copied().collect(),
        };
        Snapshot::new(Labels::default(), Timestamp(0), Span(0), samples)
    }

    fn quantum(kind: (&str, &str), profiles: &[Snapshot]) -> Quantum {
        let mut quanta = Quanta::new(&ProfileType::new("any", kind, (kind.0, kind.1)));
        profiles.iter().for_each(|profile| quanta.see(profile));
        quanta.quantum()
    }

    const CPU: (&str, &str) = ("cpu", "nanoseconds");
    const MS: i64 = 1_000_000;

    #[test]
    fn a_sample_is_worth_what_all_values_of_all_profiles_are_multiples_of() {
        // No stack of the first profile has a single sample.
        let profiles = [snapshot(&[40 * MS, 60 * MS]), snapshot(&[30 * MS, -50 * MS, 0])];
        assert_eq!(quantum(CPU, &profiles), Quantum::Period(10_000_000));
        assert_eq!(quantum(("samples", "count"), &[snapshot(&[4, 9])]), Quantum::Period(1));
        // The sums of many profiles count as well.
        let mut quanta = Quanta::new(&ProfileType::new("any", CPU, ("", "")));
        [40_000_000, 90_000_000].into_iter().for_each(|sum| quanta.add(sum));
        assert_eq!(quanta.quantum(), Quantum::Period(10_000_000));
        assert_eq!(quantum(CPU, &[]).value(), 0.0);
    }

    #[test]
    fn a_period_that_the_file_names_comes_first() {
        let named = snapshot(&[40 * MS]).with_period(10_000_000);
        assert_eq!(quantum(CPU, &[named]), Quantum::Period(10_000_000));
        // Heap profiles scale their samples up; 512 KiB is what one is worth.
        let heap = snapshot(&[528_392, 1_024]).with_period(524_288);
        assert_eq!(quantum(("inuse_space", "bytes"), &[heap]), Quantum::Period(524_288));
        // Objects have no period in bytes.
        let objects = ProfileType::new("any", ("inuse_objects", "count"), ("space", "bytes"));
        let mut quanta = Quanta::new(&objects);
        quanta.see(&snapshot(&[6, 4]).with_period(524_288));
        assert_eq!(quanta.quantum(), Quantum::Period(2));
        // Of mutex profiles the period is one contention.
        let mutex = snapshot(&[9, 6]).with_period(1);
        assert_eq!(quantum(("contentions", "count"), &[mutex]), Quantum::Period(3));
    }

    #[test]
    fn measured_values_have_a_typical_one_and_a_census_has_no_error() {
        // To the nanosecond.
        let measured = snapshot(&[1_000_003, 2_000_007, 90_000_001]);
        assert_eq!(quantum(CPU, &[measured]), Quantum::Typical(2_000_007.0));
        for census in ["goroutine", "goroutines", "threads"] {
            assert_eq!(quantum((census, "count"), &[snapshot(&[20])]), Quantum::Census);
        }
        assert_eq!(Quantum::Census.value(), 0.0);
    }

    #[test]
    fn both_sides_have_one_quantum() {
        let [a, b, c] = [Quantum::Period(40), Quantum::Period(60), Quantum::Typical(7.0)];
        assert_eq!(a.common(b), Quantum::Period(20));
        assert_eq!((a.common(c), c.common(a)), (c, c));
        assert_eq!(a.common(Quantum::Period(0)), a);
        assert_eq!(Quantum::Census.common(Quantum::Census), Quantum::Census);
    }
}
