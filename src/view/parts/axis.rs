//! The time axis of a chart: ticks at round times of day, in UTC.
//!
//! plotters would place ticks at powers of ten, which are not round times.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::quantity::{Span, Timestamp, Window};

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Distances between ticks: divisors of a day, or whole days.
const STEPS: [i64; 27] = [
    SECOND / 1000,
    SECOND / 100,
    SECOND / 10,
    SECOND / 2,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    365 * DAY,
];

/// A time window as a plotters axis, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeAxis(pub(crate) Window);

impl TimeAxis {
    /// The finest step with at most `most` ticks.
    fn step(self, most: usize) -> i64 {
        let length = self.0.length().0;
        let fits = |step: &&i64| length / **step < most as i64;
        STEPS.iter().find(fits).copied().unwrap_or(10 * 365 * DAY)
    }

    pub(crate) fn ticks(self, most: usize) -> Vec<i64> {
        let step = self.step(most);
        let before = self.0.start.floor(Span(step)).0;
        let first = if before < self.0.start.0 { before + step } else { before };
        (first..=self.0.end.0).step_by(usize::try_from(step).unwrap_or(usize::MAX)).collect()
    }

    /// `14:05`; at midnight the date; seconds only on axes that are fine enough.
    pub(crate) fn label(self, at: i64, most: usize) -> String {
        let step = self.step(most);
        let format = match step {
            _ if at.rem_euclid(DAY) == 0 => "%b %-d",
            DAY.. => "%b %-d",
            MINUTE.. => "%H:%M",
            SECOND.. => "%H:%M:%S",
            _ => "%H:%M:%S%.3f",
        };
        Timestamp(at).to_utc().format(format).to_string()
    }

    /// `14:05:10`; with the date if the axis covers several days.
    pub(crate) fn moment(self, at: Timestamp) -> String {
        let is_long = day(self.0.start) != day(self.0.end);
        let date = if is_long { "%b %-d " } else { "" };
        let fraction = if at.0 % SECOND == 0 { "" } else { "%.3f" };
        at.to_utc().format(&format!("{date}%H:%M:%S{fraction}")).to_string()
    }

    /// `2026-11-23, UTC`, or both days.
    pub(crate) fn days(self) -> String {
        let (first, last) = (day(self.0.start), day(self.0.end));
        if first == last { format!("{first}, UTC") } else { format!("{first} .. {last}, UTC") }
    }
}

fn day(at: Timestamp) -> String {
    at.to_utc().format("%Y-%m-%d").to_string()
}

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i64;

    fn map(&self, value: &i64, limit: (i32, i32)) -> i32 {
        let share = (value - self.0.start.0) as f64 / self.0.length().0.max(1) as f64;
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<i64> {
        self.ticks(hint.max_num_points())
    }

    fn range(&self) -> Range<i64> {
        self.0.start.0..self.0.end.0
    }
}

impl ValueFormatter<i64> for TimeAxis {}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(start: i64, length: i64, most: usize) -> Vec<String> {
        let window = Window { start: Timestamp(start), end: Timestamp(start + length) };
        let axis = TimeAxis(window);
        axis.ticks(most).into_iter().map(|at| axis.label(at, most)).collect()
    }

    #[test]
    fn ticks_are_times_of_day() {
        // 22:50 on 1970-01-01 and two hours on.
        let start = 22 * HOUR + 50 * MINUTE;
        assert_eq!(labels(start, 2 * HOUR, 5), ["23:00", "23:30", "Jan 2", "00:30"]);
        assert_eq!(labels(start, 40 * SECOND, 4), ["22:50:00", "22:50:15", "22:50:30"]);
        assert_eq!(labels(0, 3 * DAY, 4), ["Jan 1", "Jan 2", "Jan 3", "Jan 4"]);
    }

    #[test]
    fn a_moment_has_a_date_where_days_differ() {
        let moment = |end: i64, at: i64| {
            TimeAxis(Window { start: Timestamp(0), end: Timestamp(end) }).moment(Timestamp(at))
        };
        assert_eq!(moment(HOUR, 90 * SECOND), "00:01:30");
        assert_eq!(moment(DAY, 90 * SECOND), "Jan 1 00:01:30");
        assert_eq!(moment(HOUR, SECOND / 4), "00:00:00.250");
    }

    #[test]
    fn the_ends_of_the_axis_are_the_ends_of_the_window() {
        let axis = TimeAxis(Window { start: Timestamp(100), end: Timestamp(300) });
        assert_eq!(axis.map(&100, (0, 50)), 0);
        assert_eq!(axis.map(&200, (0, 50)), 25);
        assert_eq!(axis.map(&300, (0, 50)), 50);
    }
}
