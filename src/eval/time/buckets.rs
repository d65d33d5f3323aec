//! Value ranges with round bounds, for counting how many values are in each.
//!
//! Ranges have equal widths if the values are of similar size. If the largest value is a
//! hundred times the smallest, each range is a multiple of the one before, because
//! otherwise all small values would share one range.

use crate::quantity::Quantity;
use crate::quantity::unit::Unit;

/// The most ranges that readers can distinguish.
const MOST: usize = 20;

/// From this ratio of largest to smallest value, range widths grow.
const WIDE: f64 = 100.0;

/// Adjacent ranges `[edge, next edge)`, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Buckets {
    /// The bounds, one more than there are ranges.
    edges: Vec<f64>,
}

impl Buckets {
    /// Ranges that hold all values; `None` if there are no values.
    pub fn of(values: &[f64], unit: &Unit) -> Option<Buckets> {
        let low = values.iter().copied().reduce(f64::min)?;
        let high = values.iter().copied().reduce(f64::max)?;
        let edges = if low > 0.0 && high / low >= WIDE {
            growing(low, high, unit)
        } else {
            equal(low, high, unit)
        };
        Some(Buckets { edges })
    }

    pub(crate) fn len(&self) -> usize {
        self.edges.len() - 1
    }

    /// The range that a value lies in.
    pub fn index(&self, value: f64) -> usize {
        self.edges[1..self.len()].partition_point(|edge| *edge <= value)
    }

    /// `1.2 s .. 1.4 s`
    pub fn title(&self, index: usize, unit: &Unit) -> String {
        let amount = |edge: f64| Quantity::new(edge, unit.clone());
        format!("{} .. {}", amount(self.edges[index]), amount(self.edges[index + 1]))
    }
}

/// Bounds at multiples of a round width, in the unit of an axis.
fn equal(low: f64, high: f64, unit: &Unit) -> Vec<f64> {
    let magnitude = high.abs().max(low.abs());
    let (size, _) = unit.scale(magnitude);
    // One range less than the maximum, because the first may start below the smallest
    // value.
    let wanted = ((high - low) / size / (MOST - 1) as f64).max(finest(magnitude / size));
    let width = match unit {
        // Counts are whole, so no range is narrower than 1.
        Unit::Count(_) => round_up(wanted).max(1.0),
        _ => round_up(wanted) * size,
    };
    let (first, last) = ((low / width).floor(), (high / width).floor());
    (0..=(last - first) as usize + 1).map(|i| (first + i as f64) * width).collect()
}

/// Narrower ranges would have bounds that look the same when written.
fn finest(magnitude: f64) -> f64 {
    match magnitude {
        0.0 => 1.0,
        ..0.05 => magnitude / 10.0,
        ..10.0 => 0.01,
        ..100.0 => 0.1,
        _ => 1.0,
    }
}

/// The next larger 1, 2 or 5 times a power of ten, for a value greater than zero.
fn round_up(value: f64) -> f64 {
    let mut rung = rung_below(value, decimal);
    if decimal(rung) < value {
        rung += 1;
    }
    decimal(rung)
}

/// Bounds on a scale of round values, with the smallest stride that keeps the ranges few.
fn growing(low: f64, high: f64, unit: &Unit) -> Vec<f64> {
    let is_binary = matches!(unit, Unit::Bytes)
        || matches!(unit, Unit::PerSecond(unit) if **unit == Unit::Bytes);
    let ladder = if is_binary { binary } else { decimal };
    let (first, last) = (rung_below(low, ladder), rung_below(high, ladder));
    let stride = (1..).find(|stride| ranges(first, last, *stride) <= MOST).unwrap_or(1);
    let start = first.div_euclid(stride);
    let end = last.div_euclid(stride) + 1;
    (start..=end).map(|step| ladder(step * stride)).collect()
}

/// How many ranges a stride gives.
fn ranges(first: i32, last: i32, stride: i32) -> usize {
    (last.div_euclid(stride) - first.div_euclid(stride)) as usize + 1
}

/// 1, 2, 5, 10, 20, 50 …
fn decimal(rung: i32) -> f64 {
    let digit = [1.0, 2.0, 5.0][rung.rem_euclid(3) as usize];
    let power = 10_f64.powi(rung.div_euclid(3).abs());
    if rung < 0 { digit / power } else { digit * power }
}

/// 1, 2, 4, 8 …
fn binary(rung: i32) -> f64 {
    2_f64.powi(rung)
}

/// The highest rung that is not above the value, which is greater than zero.
fn rung_below(value: f64, ladder: fn(i32) -> f64) -> i32 {
    // Three rungs of either ladder are at most a factor of ten, so this starts close
    // below.
    let mut rung = 3 * value.log10().floor() as i32 - 1;
    while ladder(rung) > value {
        rung -= 1;
    }
    while ladder(rung + 1) <= value {
        rung += 1;
    }
    rung
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], unit: &Unit, titles: &[&str]) {
        let buckets = Buckets::of(values, unit).expect("values");
        let found: Vec<String> = (0..buckets.len()).map(|i| buckets.title(i, unit)).collect();
        assert_eq!(found, titles);
        for value in values {
            let at = buckets.index(*value);
            assert!(buckets.edges[at] <= *value && *value < buckets.edges[at + 1], "{value}");
        }
    }

    #[test]
    fn values_of_one_order_have_ranges_of_one_width() {
        // 0.3 s over 19 ranges is 0.0158 s; the next round width is 0.02 s.
        let buckets = Buckets::of(&[1.0e9, 1.3e9], &Unit::Nanoseconds).expect("values");
        assert_eq!(buckets.len(), 16);
        assert_eq!(buckets.title(0, &Unit::Nanoseconds), "1 s .. 1.02 s");
        assert_eq!((buckets.index(1.0e9), buckets.index(1.21e9)), (0, 10));
    }

    #[test]
    fn things_are_counted_in_whole_numbers() {
        let things = Unit::Count("goroutines".into());
        check(
            &[3.0, 5.0],
            &things,
            &[
                "3 goroutines .. 4 goroutines",
                "4 goroutines .. 5 goroutines",
                "5 goroutines .. 6 goroutines",
            ],
        );
    }

    #[test]
    fn values_of_many_orders_have_ranges_that_grow() {
        check(
            &[30.0, 9000.0],
            &Unit::None,
            &[
                "20 .. 50",
                "50 .. 100",
                "100 .. 200",
                "200 .. 500",
                "500 .. 1 000",
                "1 000 .. 2 000",
                "2 000 .. 5 000",
                "5 000 .. 10 000",
            ],
        );
        check(
            &[1024.0, 102_400.0],
            &Unit::Bytes,
            &[
                "1 KiB .. 2 KiB",
                "2 KiB .. 4 KiB",
                "4 KiB .. 8 KiB",
                "8 KiB .. 16 KiB",
                "16 KiB .. 32 KiB",
                "32 KiB .. 64 KiB",
                "64 KiB .. 128 KiB",
            ],
        );
    }

    #[test]
    fn one_value_zero_and_negative_values_have_ranges_too() {
        check(&[0.0], &Unit::Bytes, &["0 B .. 1 B"]);
        // Seconds are written with two decimals, so no range is narrower than 10 ms.
        check(&[5e9], &Unit::Nanoseconds, &["5 s .. 5.01 s"]);
        check(
            &[-1.0, 0.0],
            &Unit::Count("things".into()),
            &["-1 things .. 0 things", "0 things .. 1 things"],
        );
        assert_eq!(Buckets::of(&[], &Unit::Bytes), None);
    }

    #[test]
    fn the_number_of_ranges_is_limited() {
        for unit in [Unit::Bytes, Unit::Cores, Unit::Nanoseconds, Unit::Count("things".into())] {
            for high in [1.0, 7.0, 99.0, 100.0, 12_345.0, 1e9, 9.2e18] {
                for low in [1e-6, 0.3, 1.0, 1e3, 0.0, -1e9] {
                    let values = [f64::min(low, high), high];
                    let buckets = Buckets::of(&values, &unit).expect("values");
                    assert!((1..=MOST).contains(&buckets.len()), "{values:?}: {}", buckets.len());
                    assert_eq!(buckets.index(values[0]), 0, "{values:?}");
                    assert_eq!(buckets.index(high), buckets.len() - 1, "{values:?}");
                }
            }
        }
    }
}
