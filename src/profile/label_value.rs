//! The value of a label: text, or a number with its unit.
//!
//! Here alone is decided what a number of a label means: its unit, how it is written, and
//! what it is equal to. To whoever only shows labels, a value is its text.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::quantity::unit::exact;
use crate::quantity::{Dimension, Quantity, Unit, amount, natural, spelled};

/// Text, or a number; numbers sort before text, by their size.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LabelValue {
    /// A number is written exactly and with its unit: `300 KiB`.
    text: Arc<str>,
    number: Option<LabelNumber>,
}

/// A whole number of nanoseconds, bytes, or something that is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelNumber {
    pub number: i64,
    /// `None`, `Nanoseconds`, `Bytes` or `Count`.
    pub unit: Unit,
}

impl LabelNumber {
    /// The number, and its unit as [`LabelValue::number`] reads it.
    pub fn spelled(&self) -> (i64, &str) {
        let unit = match &self.unit {
            Unit::Nanoseconds => "nanoseconds",
            Unit::Bytes => "bytes",
            Unit::Count(name) => name,
            _ => "count",
        };
        (self.number, unit)
    }
}

impl LabelValue {
    /// The number of a label with this name, in a unit as pprof spells it. Without a unit it
    /// has the one that pprof infers (`NumLabelUnits` in its `profile`): bytes for a request
    /// or an alignment, else that which the name spells.
    pub fn number(name: &str, number: i64, unit: &str) -> LabelValue {
        let spelling = match (unit, name) {
            ("", "request" | "alignment") => "bytes",
            ("", name) => name,
            (unit, _) => unit,
        };
        let scaled = spelled(spelling).and_then(|(dimension, worth)| {
            let unit = match dimension {
                Dimension::Time => Unit::Nanoseconds,
                Dimension::Memory => Unit::Bytes,
            };
            Some(LabelNumber { number: number.checked_mul(worth)?, unit })
        });
        LabelValue::of(scaled.unwrap_or_else(|| match unit {
            "" | "count" => LabelNumber { number, unit: Unit::None },
            // `pid=512` of the unit `pid` is a plain number.
            unit if unit == name => LabelNumber { number, unit: Unit::None },
            unit => LabelNumber { number, unit: Unit::Count(unit.into()) },
        }))
    }

    /// A number in its base unit.
    pub fn of(number: LabelNumber) -> LabelValue {
        let text = exact(number.number, &number.unit).into();
        LabelValue { text, number: Some(number) }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&LabelNumber> {
        self.number.as_ref()
    }

    /// The text, shared.
    pub fn shared(&self) -> &Arc<str> {
        &self.text
    }

    /// Whether this is the value that somebody has typed: the same text, or for a number the
    /// same amount in any spelling. An amount without a unit is one of the base unit.
    pub fn is(&self, typed: &str) -> bool {
        if *self.text == *typed {
            return true;
        }
        let Some(LabelNumber { number, unit }) = &self.number else { return false };
        match typed.trim().parse::<i64>() {
            Ok(plain) => plain == *number,
            Err(_) => amount(typed).is_some_and(|typed| {
                (typed.unit == *unit || typed.unit == Unit::None) && typed.value == *number as f64
            }),
        }
    }

    /// How the amount compares with another, as `where` compares them; none for text that is
    /// no amount and between different units.
    pub fn compared(&self, other: &Quantity) -> Option<Ordering> {
        let own = match &self.number {
            Some(LabelNumber { number, unit }) => Quantity::new(*number as f64, unit.clone()),
            None => amount(&self.text)?,
        };
        let is_comparable =
            own.unit == other.unit || own.unit == Unit::None || other.unit == Unit::None;
        if is_comparable { own.value.partial_cmp(&other.value) } else { None }
    }
}

impl LabelValue {
    /// The order for readers: sizes by size, and numbers within texts as numbers.
    pub fn natural_cmp(&self, other: &LabelValue) -> Ordering {
        match (&self.number, &other.number) {
            (None, None) => natural(&self.text, &other.text),
            _ => self.cmp(other),
        }
    }
}

impl Ord for LabelValue {
    fn cmp(&self, other: &LabelValue) -> Ordering {
        match (&self.number, &other.number) {
            (None, None) => self.text.cmp(&other.text),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(own), Some(other)) if own.unit == other.unit => own.number.cmp(&other.number),
            (Some(own), Some(other)) => own.unit.slug().cmp(&other.unit.slug()),
        }
    }
}

impl PartialOrd for LabelValue {
    fn partial_cmp(&self, other: &LabelValue) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Deref for LabelValue {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl From<Arc<str>> for LabelValue {
    fn from(text: Arc<str>) -> LabelValue {
        LabelValue { text, number: None }
    }
}

impl From<&str> for LabelValue {
    fn from(text: &str) -> LabelValue {
        LabelValue::from(Arc::from(text))
    }
}

impl fmt::Display for LabelValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// In quotes, as in a query.
impl fmt::Debug for LabelValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_exactly_and_with_its_unit() {
        for (name, number, unit, text) in [
            ("request", 307_200, "bytes", "300 KiB"),
            ("request", 2, "megabytes", "2 MiB"),
            ("bytes", 512, "bytes", "512 B"),
            // As pprof infers it.
            ("request", 1536, "", "1.5 KiB"),
            ("bytes", 64, "", "64 B"),
            ("pid", 4_194_304, "", "4194304"),
            ("pid", 512, "pid", "512"),
            ("waited", 1500, "us", "1.5 ms"),
            ("waited", 90, "seconds", "1.5 min"),
            // One byte more than 300 KiB has no short fraction of a KiB.
            ("request", 307_201, "bytes", "307201 B"),
            ("request", -2048, "bytes", "-2 KiB"),
            ("tries", 5, "requests", "5 requests"),
            ("tries", 5, "count", "5"),
            // More bytes than there are numbers: as it was recorded.
            ("request", i64::MAX, "kilobytes", "9223372036854775807 kilobytes"),
        ] {
            assert_eq!(&*LabelValue::number(name, number, unit), text);
        }
    }

    #[test]
    fn numbers_sort_by_size_and_before_text() {
        let size = |number| LabelValue::number("request", number, "bytes");
        let mut values = [
            LabelValue::from("10"),
            size(2_097_152),
            LabelValue::from("9"),
            size(307_200),
            size(1024),
        ];
        values.sort();
        let sorted: Vec<&str> = values.iter().map(|value| &**value).collect();
        assert_eq!(sorted, ["1 KiB", "300 KiB", "2 MiB", "10", "9"]);
    }

    #[test]
    fn a_number_is_what_is_typed_in_any_spelling() {
        let size = LabelValue::number("request", 262_144, "bytes");
        for typed in ["256 KiB", "256KiB", "256kb", "262144", "262144bytes", "0.25MiB"] {
            assert!(size.is(typed), "{typed}");
        }
        for typed in ["256", "256ms", "262145", "", "many"] {
            assert!(!size.is(typed), "{typed}");
        }
        // 2^53 + 1 is no float.
        let large = LabelValue::number("id", 9_007_199_254_740_993, "");
        assert!(large.is("9007199254740993") && !large.is("9007199254740992"));
        assert!(LabelValue::from("007").is("007") && !LabelValue::from("007").is("7"));
    }
}
