//! Instants, durations and half-open windows, in nanoseconds.
//!
//! Instants are printed in UTC. They are never relative, so that a saved notebook stays
//! readable.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

/// Nanoseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub fn plus(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }

    pub fn minus(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }

    /// From `earlier` to `self`.
    pub fn since(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The start of the step that contains this instant; steps are aligned to the epoch.
    pub fn floor(self, step: Span) -> Timestamp {
        if step.0 <= 0 { self } else { Timestamp(self.0 - self.0.rem_euclid(step.0)) }
    }

    /// The instant as a date and time of chrono.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.0)
    }
}

/// RFC 3339 in UTC, with fractions of a second only if there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = if self.0 % 1_000_000_000 == 0 {
            SecondsFormat::Secs
        } else if self.0 % 1_000_000 == 0 {
            SecondsFormat::Millis
        } else {
            SecondsFormat::Nanos
        };
        f.write_str(&self.to_utc().to_rfc3339_opts(format, true))
    }
}

/// A length of time in nanoseconds; negative in `offset -1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub i64);

/// The units of a duration literal, longest first. A year is 365 days, as in PromQL.
pub const SPAN_UNITS: [(&str, i64); 9] = [
    ("y", 365 * 86_400_000_000_000),
    ("w", 7 * 86_400_000_000_000),
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl Span {
    pub const fn seconds(n: i64) -> Span {
        Span(n * 1_000_000_000)
    }

    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Rounded to its two largest units, as readers want to know it: `3h20m`, `12d4h`.
    #[must_use]
    pub fn rounded(self) -> Span {
        let [_, _, day, hour, minute, second, millisecond, ..] = SPAN_UNITS.map(|(_, size)| size);
        let sizes = [(day, hour), (hour, minute), (minute, second), (second, millisecond)];
        let fitting = sizes.iter().find(|(size, _)| self.0.abs() >= *size);
        match fitting {
            Some((_, least)) => Span((self.0 as f64 / *least as f64).round() as i64 * least),
            None => self,
        }
    }
}

/// As in a query: `1h30m`, `2d`, `250ms`. It is exact and parses as the same duration.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (name, size) in SPAN_UNITS {
            let size = size.unsigned_abs();
            // Years and weeks only when they say it all: `10d` reads better than `1w3d`.
            if matches!(name, "y" | "w") && !rest.is_multiple_of(size) {
                continue;
            }
            if rest >= size {
                write!(f, "{}{name}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

/// `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Window {
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    pub fn length(self) -> Span {
        self.end.since(self.start)
    }

    /// Whether an instant is in both windows.
    pub fn overlaps(self, other: Window) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The smallest window that contains both.
    pub fn union(self, other: Window) -> Window {
        Window { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// `2026-11-23 04:00:00 .. 04:10:00 UTC`: the end has a date only if it differs.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start.to_utc(), self.end.to_utc());
        let end_format =
            if start.date_naive() == end.date_naive() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
        write!(f, "{} .. {} UTC", start.format("%Y-%m-%d %H:%M:%S"), end.format(end_format))
    }
}

/// Lengths of steps with which the axis of a chart is easy to read, ascending.
pub const ROUND_STEPS: [Span; 17] = [
    Span::seconds(1),
    Span::seconds(2),
    Span::seconds(5),
    Span::seconds(10),
    Span::seconds(15),
    Span::seconds(30),
    Span::seconds(60),
    Span::seconds(120),
    Span::seconds(300),
    Span::seconds(600),
    Span::seconds(900),
    Span::seconds(1800),
    Span::seconds(3600),
    Span::seconds(3 * 3600),
    Span::seconds(6 * 3600),
    Span::seconds(12 * 3600),
    Span::seconds(86_400),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_print_as_typed() {
        for (nanos, text) in [
            (0, "0s"),
            (1_500_000_000, "1s500ms"),
            (5_400_000_000_000, "1h30m"),
            (864_000_000_000_000, "10d"),
            (14 * 86_400_000_000_000, "2w"),
            (-3_600_000_000_000, "-1h"),
        ] {
            assert_eq!(Span(nanos).to_string(), text);
        }
    }

    #[test]
    fn rounding_keeps_two_units() {
        for (seconds, text) in
            [(93_784, "1d2h"), (12_034, "3h21m"), (61, "1m1s"), (86_399, "1d"), (-3_700, "-1h2m")]
        {
            assert_eq!(Span::seconds(seconds).rounded().to_string(), text);
        }
        assert_eq!(Span(1_234_567_890).rounded().to_string(), "1s235ms");
        assert_eq!(Span(999).rounded(), Span(999));
    }

    #[test]
    fn steps_are_aligned_to_the_epoch_also_before_it() {
        let step = Span::seconds(60);
        assert_eq!(Timestamp(61_000_000_000).floor(step), Timestamp(60_000_000_000));
        assert_eq!(Timestamp(-1).floor(step), Timestamp(-60_000_000_000));
    }

    #[test]
    fn windows_are_half_open() {
        let window = Window { start: Timestamp(10), end: Timestamp(20) };
        assert!(window.contains(Timestamp(10)));
        assert!(!window.contains(Timestamp(20)));
    }
}
