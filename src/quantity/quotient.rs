//! The unit of a quotient, so that it reads as people say it.
//!
//! Bytes per second over cores are bytes per CPU second, an amount over what comes
//! in per second is the time that it lasts. `unit` writes what is found here.

use super::Unit;

impl Unit {
    /// The unit of `self / under`, and what the quotient of the two numbers is
    /// multiplied by to be in it.
    pub fn over(&self, under: &Unit) -> (Unit, f64) {
        match (self, under) {
            (over, under) if over == under => (Unit::None, 1.0),
            (over, Unit::None) => (over.clone(), 1.0),
            // Both are per second of profiled time, which cancels.
            (Unit::PerSecond(over), Unit::PerSecond(under)) => over.over(under),
            (Unit::Cores, Unit::PerSecond(under)) => (ratio(&Unit::Nanoseconds, under), 1e9),
            (over, Unit::PerSecond(under)) if *over == **under => (Unit::Nanoseconds, 1e9),
            // Nobody allocates bytes per nanosecond.
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
    fn quotients_read_as_people_say_them() {
        let count = |name: &str| Unit::Count(name.into());
        let rate = |name: &str| count(name).per_second();
        check((1024.0, Unit::Bytes), (512.0, Unit::Bytes), "2");
        check((1024.0, Unit::Bytes), (2.0, Unit::None), "512 B");
        // 1 KiB/s by 2 cores is 512 B in each second of one.
        check((1024.0, Unit::Bytes.per_second()), (2.0, Unit::Cores), "512 B per CPU second");
        // The same of sums: 1 KiB in 2 s of CPU time.
        check((1024.0, Unit::Bytes), (2e9, Unit::Nanoseconds), "512 B per CPU second");
        check((1024.0, Unit::Bytes), (2.0, Unit::Cores), "512 B per core");
        check((1024.0, Unit::Bytes.per_second()), (2.0, rate("objects")), "512 B per object");
        // Half a second of delay each second, in 5 contentions: 100 ms each.
        check((0.5, Unit::Cores), (5.0, rate("contentions")), "100 ms per contention");
        // 10 MiB are live and 5 MiB/s come in: they live for two seconds.
        check((10.0, Unit::Bytes), (5.0, Unit::Bytes.per_second()), "2 s");
        check((6.0, Unit::None), (2.0, Unit::Cores), "3 per core");
        check((6.0, count("goroutines")), (2.0, count("series")), "3 goroutines per series");
    }
}
