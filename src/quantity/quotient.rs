//! The unit of one value divided by another, in the usual words.
//!
//! Bytes per second divided by cores are bytes per CPU second. Bytes divided by bytes per
//! second are a time. `unit` writes the units that are computed here.

use super::Unit;

impl Unit {
    /// The unit of `self / under`, and the factor that converts the quotient of the two
    /// numbers to this unit.
    pub fn over(&self, under: &Unit) -> (Unit, f64) {
        match (self, under) {
            (over, under) if over == under => (Unit::None, 1.0),
            (over, Unit::None) => (over.clone(), 1.0),
            // Both are per second of profiled time, which cancels out.
            (Unit::PerSecond(over), Unit::PerSecond(under)) => over.over(under),
            (Unit::Cores, Unit::PerSecond(under)) => (ratio(&Unit::Nanoseconds, under), 1e9),
            (over, Unit::PerSecond(under)) if *over == **under => (Unit::Nanoseconds, 1e9),
            // People say bytes per CPU second, not bytes per nanosecond.
            (over, Unit::Nanoseconds) => (ratio(&over.per_second(), &Unit::Cores), 1e9),
            (over, under) => (ratio(over, under), 1.0),
        }
    }
}

fn ratio(over: &Unit, under: &Unit) -> Unit {
    Unit::Ratio(Box::new(over.clone()), Box::new(under.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Quantity;

    fn check(over: (f64, Unit), under: (f64, Unit), text: &str) {
        let (unit, factor) = over.1.over(&under.1);
        assert_eq!(Quantity::new(over.0 / under.0 * factor, unit).to_string(), text);
    }

    #[test]
    fn quotients_have_the_usual_units() {
        let count = |name: &str| Unit::Count(name.into());
        let rate = |name: &str| count(name).per_second();
        check((1024.0, Unit::Bytes), (512.0, Unit::Bytes), "2");
        check((1024.0, Unit::Bytes), (2.0, Unit::None), "512 B");
        // 1 KiB/s on 2 cores is 512 B in each CPU second.
        check((1024.0, Unit::Bytes.per_second()), (2.0, Unit::Cores), "512 B per CPU second");
        // The same of sums: 1 KiB in 2 s of CPU time.
        check((1024.0, Unit::Bytes), (2e9, Unit::Nanoseconds), "512 B per CPU second");
        check((1024.0, Unit::Bytes), (2.0, Unit::Cores), "512 B per core");
        check((1024.0, Unit::Bytes.per_second()), (2.0, rate("objects")), "512 B per object");
        // Half a second of delay each second, in 5 contentions: 100 ms each.
        check((0.5, Unit::Cores), (5.0, rate("contentions")), "100 ms per contention");
        // 10 MiB are live and 5 MiB/s are allocated: an allocation lives for two seconds.
        check((10.0, Unit::Bytes), (5.0, Unit::Bytes.per_second()), "2 s");
        check((6.0, Unit::None), (2.0, Unit::Cores), "3 per core");
        check((6.0, count("goroutines")), (2.0, count("series")), "3 goroutines per series");
    }
}
