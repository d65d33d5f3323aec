//! The unit of a value, and how a value is written with its unit.

use std::fmt;
use std::sync::Arc;

use super::spelling::{Dimension, spelled};

/// The unit of a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Unit {
    /// A plain number: a ratio, a count of rows.
    #[default]
    None,
    /// Percent: 5.0 is written `5%`.
    Percent,
    Nanoseconds,
    Bytes,
    /// A count of something: `samples`, `objects`, `goroutines`.
    Count(Arc<str>),
    /// CPU seconds per second of profiled time.
    Cores,
    /// Per second of profiled time; nanoseconds per second are `Cores`.
    PerSecond(Box<Unit>),
    /// One unit per another, from [`Unit::over`].
    Ratio(Box<Unit>, Box<Unit>),
}

impl Unit {
    /// From the name (`alloc_objects`) and the unit (`count`) of a pprof sample type.
    pub fn from_pprof(name: &str, unit: &str) -> Unit {
        match (unit, spelled(unit)) {
            ("count" | "", _) => Unit::Count(counted(name).into()),
            // Values in larger units are scaled when they are read.
            (_, Some((Dimension::Time, 1))) => Unit::Nanoseconds,
            (_, Some((Dimension::Memory, 1))) => Unit::Bytes,
            (other, _) => Unit::Count(other.into()),
        }
    }

    /// Per second of profiled time.
    pub fn per_second(&self) -> Unit {
        match self {
            Unit::Nanoseconds => Unit::Cores,
            other => Unit::PerSecond(Box::new(other.clone())),
        }
    }

    /// In the name of a csv column: `ns`, `bytes`, `cores`, `objects`, `bytes_per_second`.
    pub fn slug(&self) -> String {
        match self {
            Unit::None => String::new(),
            Unit::Percent => "percent".into(),
            Unit::Nanoseconds => "ns".into(),
            Unit::Bytes => "bytes".into(),
            Unit::Count(name) => name.to_string(),
            Unit::Cores => "cores".into(),
            Unit::PerSecond(unit) => format!("{}_per_second", unit.slug()),
            Unit::Ratio(over, under) => {
                let (over, under) = written(over, under);
                format!("{}_{}", over.slug(), under.replace(' ', "_").to_lowercase())
            }
        }
    }
}

impl Unit {
    /// The prefix for an axis with values up to `magnitude`: the divisor, and the name of
    /// the prefixed unit.
    pub fn scale(&self, magnitude: f64) -> (f64, String) {
        let with = |scale: &[(f64, &str)], suffix: &str| {
            let (size, name) = fitting(magnitude, scale);
            (size, format!("{name}{suffix}"))
        };
        match self {
            Unit::Nanoseconds => with(&TIME, ""),
            Unit::Bytes => with(&BYTES, ""),
            Unit::PerSecond(unit) if **unit == Unit::Bytes => with(&BYTES, "/s"),
            Unit::Ratio(over, under) => {
                let (over, under) = written(over, under);
                let (size, name) = over.scale(magnitude);
                (size, format!("{name} {under}").trim_start().to_owned())
            }
            other => (1.0, other.to_string()),
        }
    }
}

impl Unit {
    /// All prefixes, largest first: the divisor, and the text behind the number with its
    /// leading space.
    pub fn prefixes(&self) -> Vec<(f64, String)> {
        let all = |scale: &[(f64, &str)], suffix: &str| {
            scale.iter().map(|(size, name)| (*size, format!(" {name}{suffix}"))).collect()
        };
        match self {
            Unit::None => vec![(1.0, String::new())],
            Unit::Percent => vec![(1.0, "%".to_owned())],
            Unit::Nanoseconds => all(&TIME, ""),
            Unit::Bytes => all(&BYTES, ""),
            Unit::PerSecond(unit) if **unit == Unit::Bytes => all(&BYTES, "/s"),
            Unit::Ratio(over, under) => {
                let (over, under) = written(over, under);
                let per = |(size, name)| (size, format!("{name} {under}"));
                over.prefixes().into_iter().map(per).collect()
            }
            other => vec![(1.0, format!(" {other}"))],
        }
    }
}

/// The two parts of a ratio as it is written. Bytes per second over cores are `bytes` and
/// `per CPU second`.
fn written<'u>(over: &'u Unit, under: &Unit) -> (&'u Unit, String) {
    match (over, under) {
        (Unit::PerSecond(over), Unit::Cores) => (over, "per CPU second".to_owned()),
        (over, Unit::Cores) => (over, "per core".to_owned()),
        (over, Unit::Count(name)) => (over, format!("per {}", one_of(name))),
        (over, under) => (over, format!("per {under}")),
    }
}

/// The singular: `sample` for `samples`.
fn one_of(name: &str) -> &str {
    match name {
        "series" => name,
        _ => name.strip_suffix('s').unwrap_or(name),
    }
}

/// The plural noun of what a sample type with unit `count` counts.
fn counted(name: &str) -> &str {
    match name {
        "alloc_objects" | "inuse_objects" => "objects",
        "goroutine" | "goroutines" => "goroutines",
        "" | "count" => "samples",
        other => other,
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unit::None => Ok(()),
            Unit::Percent => f.write_str("%"),
            Unit::Nanoseconds => f.write_str("ns"),
            Unit::Bytes => f.write_str("bytes"),
            Unit::Count(name) => f.write_str(name),
            Unit::Cores => f.write_str("cores"),
            Unit::PerSecond(unit) => write!(f, "{unit}/s"),
            Unit::Ratio(over, under) => {
                let (over, under) = written(over, under);
                f.write_str(format!("{over} {under}").trim_start())
            }
        }
    }
}

/// A value with its unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quantity {
    pub value: f64,
    pub unit: Unit,
}

impl Quantity {
    pub fn new(value: f64, unit: Unit) -> Quantity {
        Quantity { value, unit }
    }
}

/// Three significant digits and the fitting prefix: `1.23 s`, `340 ms`, `12.5 MiB`, `1 204 samples`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value;
        match &self.unit {
            Unit::None => f.write_str(&plain(value)),
            Unit::Percent => write!(f, "{}%", three_digits(value)),
            Unit::Nanoseconds => f.write_str(&prefixed(value, &TIME, "")),
            Unit::Bytes => f.write_str(&prefixed(value, &BYTES, "")),
            Unit::Cores => write!(f, "{} cores", three_digits(value)),
            Unit::Count(name) => write!(f, "{} {name}", plain(value)),
            Unit::PerSecond(unit) => match **unit {
                Unit::Bytes => f.write_str(&prefixed(value, &BYTES, "/s")),
                ref other => write!(f, "{} {other}/s", plain(value)),
            },
            Unit::Ratio(over, under) => {
                let (over, under) = written(over, under);
                write!(f, "{} {under}", Quantity::new(value, over.clone()))
            }
        }
    }
}

/// Largest first. Long times are in hours: `24 h` is easier to read than `86400 s`.
const TIME: [(f64, &str); 6] =
    [(3.6e12, "h"), (6e10, "min"), (1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
const BYTES: [(f64, &str); 5] = [
    (1_099_511_627_776.0, "TiB"),
    (1_073_741_824.0, "GiB"),
    (1_048_576.0, "MiB"),
    (1024.0, "KiB"),
    (1.0, "B"),
];

fn prefixed(value: f64, scale: &[(f64, &str)], suffix: &str) -> String {
    let (size, name) = fitting(value, scale);
    format!("{} {name}{suffix}", three_digits(value / size))
}

/// The largest prefix that is not larger than the value, else the base unit.
fn fitting<'a>(value: f64, scale: &[(f64, &'a str)]) -> (f64, &'a str) {
    let largest = scale.iter().find(|(size, _)| value.abs() >= *size);
    largest.or(scale.last()).copied().unwrap_or((1.0, ""))
}

/// A whole number with its unit and without a loss: the largest prefix with at most two
/// decimals, `1.5 KiB`, but `307201 B`. Digits are not grouped, so that it can be typed.
pub fn exact(value: i64, unit: &Unit) -> String {
    let scale = match unit {
        Unit::None => return value.to_string(),
        Unit::Nanoseconds => &TIME[..],
        Unit::Bytes => &BYTES,
        other => return format!("{value} {other}"),
    };
    let hundredths = i128::from(value) * 100;
    let mut prefixes = scale.iter().map(|(size, name)| (*size as i128, *name));
    let fits = |size: i128| hundredths.abs() >= size * 100 && hundredths % size == 0;
    let (size, name) =
        prefixes.find(|(size, _)| fits(*size)).unwrap_or((1, scale[scale.len() - 1].1));
    let hundredths = hundredths / size;
    // Both have few digits here, unless the prefix is the base unit.
    let number = match hundredths % 100 {
        0 => (hundredths / 100).to_string(),
        _ => format!("{}", hundredths as f64 / 100.0),
    };
    format!("{number} {name}")
}

/// At least three significant digits; whole numbers without decimals: `1.23`, `12.5`, `340`.
pub fn three_digits(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || magnitude.fract() == 0.0 && magnitude < 1e15 {
        grouped(value)
    } else if magnitude >= 100.0 {
        grouped(value.round())
    } else if magnitude >= 10.0 {
        format!("{value:.1}")
    } else if magnitude >= 0.1 {
        format!("{value:.2}")
    } else {
        small(value)
    }
}

/// Three significant digits of a value near zero, like JavaScript's `toPrecision(3)`:
/// `0.0412`, and `4.12e-7` instead of many zeros.
fn small(value: f64) -> String {
    // JavaScript rounds ties up.
    let value = value * (1.0 + f64::EPSILON);
    let scientific = format!("{value:.2e}");
    let exponent = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok());
    match exponent {
        Some(exponent @ -6..=0i32) => format!("{value:.*}", 2 + exponent.unsigned_abs() as usize),
        _ => scientific,
    }
}

/// Whole numbers in groups of three digits, others with three significant digits.
fn plain(value: f64) -> String {
    if value.fract() == 0.0 { grouped(value) } else { three_digits(value) }
}

/// `12 345 678`: spaces between groups, because comma and point depend on the country.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 && digits != "0" {
        out.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_three_digits_and_a_prefix() {
        let count = |name: &str| Unit::Count(name.into());
        for (value, unit, text) in [
            (0.0, Unit::Nanoseconds, "0 ns"),
            (1.234e9, Unit::Nanoseconds, "1.23 s"),
            (-340e6, Unit::Nanoseconds, "-340 ms"),
            (7.2e12, Unit::Nanoseconds, "2 h"),
            (13_107_200.0, Unit::Bytes, "12.5 MiB"),
            (12_345.0, count("samples"), "12 345 samples"),
            (0.25, Unit::Cores, "0.25 cores"),
            (2048.0, Unit::Bytes.per_second(), "2 KiB/s"),
            (5.0, Unit::Percent, "5%"),
        ] {
            assert_eq!(Quantity::new(value, unit).to_string(), text);
        }
    }

    /// The viewer's JavaScript is tested with the same table.
    #[test]
    fn quantities_are_the_same_here_and_in_the_viewer() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/viewer/quantities.json");
        let table = std::fs::read_to_string(path).expect("the table of quantities");
        let table: Vec<serde_json::Value> = serde_json::from_str(&table).expect("a list");
        assert!(table.len() >= 40);
        for row in &table {
            let word = || row["unit"].as_str().expect("a unit");
            let unit = match row["unitKind"].as_str().expect("a kind") {
                "ns" => Unit::Nanoseconds,
                "bytes" => Unit::Bytes,
                "cores" => Unit::Cores,
                "percent" => Unit::Percent,
                "count" => Unit::Count(word().into()),
                "none" => Unit::None,
                other => panic!("no kind of unit: {other}"),
            };
            let unit = if row["perSecond"] == true { unit.per_second() } else { unit };
            let value = row["value"].as_f64().expect("a number");
            assert_eq!(Quantity::new(value, unit).to_string(), row["text"], "{row}");
        }
    }

    #[test]
    fn an_axis_has_one_prefix() {
        assert_eq!(Unit::Bytes.scale(3_000_000.0), (1_048_576.0, "MiB".to_owned()));
        assert_eq!(Unit::Cores.scale(0.1), (1.0, "cores".to_owned()));
        let per_core = Unit::Ratio(Box::new(Unit::Bytes.per_second()), Box::new(Unit::Cores));
        assert_eq!(per_core.scale(2048.0), (1024.0, "KiB per CPU second".to_owned()));
    }

    #[test]
    fn every_prefix_of_a_unit_is_written_behind_its_values() {
        let last = |unit: Unit| unit.prefixes().pop();
        assert_eq!(last(Unit::Bytes.per_second()), Some((1.0, " B/s".to_owned())));
        assert_eq!(last(Unit::Percent), Some((1.0, "%".to_owned())));
        assert_eq!(Unit::Nanoseconds.prefixes()[0], (3.6e12, " h".to_owned()));
        let per_core = Unit::Ratio(Box::new(Unit::Bytes), Box::new(Unit::Cores));
        assert_eq!(per_core.prefixes()[4], (1.0, " B per core".to_owned()));
    }

    #[test]
    fn a_rate_of_time_is_cores() {
        assert_eq!(Unit::Nanoseconds.per_second(), Unit::Cores);
    }
}
