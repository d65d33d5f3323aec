//! Ranges of time as a server has them: whole milliseconds, both ends included.

use crate::quantity::{Span, Timestamp, Window};

const MILLISECOND: i64 = 1_000_000;
const DAY: i64 = 86_400_000;

/// From the first to the last millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Range {
    /// The milliseconds that start in the window; none if there are none.
    pub(super) fn of(window: Window) -> Option<Range> {
        let first = window.start.0.div_euclid(MILLISECOND)
            + i64::from(window.start.0.rem_euclid(MILLISECOND) > 0);
        let last = (window.end.0 - 1).div_euclid(MILLISECOND);
        (first <= last).then_some(Range { first, last })
    }

    pub(super) fn window(self) -> Window {
        Window {
            start: Timestamp(self.first.saturating_mul(MILLISECOND)),
            end: Timestamp((self.last + 1).saturating_mul(MILLISECOND)),
        }
    }

    /// In milliseconds.
    pub(super) fn length(self) -> i64 {
        self.last - self.first + 1
    }

    /// The parts between midnights in UTC: a server answers at most 24 hours at once, and
    /// the same days are found again in the next query.
    pub(super) fn days(self) -> Vec<Range> {
        if self.length() <= DAY {
            return vec![self];
        }
        self.cut_at_multiples(DAY)
    }

    /// Parts that end before each multiple of `step` milliseconds since the epoch.
    pub(super) fn cut_at_multiples(self, step: i64) -> Vec<Range> {
        let mut parts = Vec::new();
        let mut first = self.first;
        while first <= self.last {
            let last = (first.div_euclid(step) + 1) * step - 1;
            parts.push(Range { first, last: last.min(self.last) });
            first = last + 1;
        }
        parts
    }

    /// `n` parts of equal length, within a millisecond.
    pub(super) fn equal_parts(self, n: i64) -> Vec<Range> {
        let at = |i: i64| self.first + i * self.length() / n;
        let parts = (0..n).map(|i| Range { first: at(i), last: at(i + 1) - 1 });
        parts.filter(|part| part.first <= part.last).collect()
    }
}

pub(super) fn milliseconds(span: Span) -> i64 {
    (span.0 / MILLISECOND).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: i64, last: i64) -> Range {
        Range { first, last }
    }

    #[test]
    fn a_window_without_its_end_is_whole_milliseconds() {
        let window = |start, end| Window { start: Timestamp(start), end: Timestamp(end) };
        // 1 ms until before 3 ms: the milliseconds 1 and 2.
        assert_eq!(Range::of(window(1_000_000, 3_000_000)), Some(range(1, 2)));
        assert_eq!(Range::of(window(1_000_001, 3_000_001)), Some(range(2, 3)));
        assert_eq!(Range::of(window(1_000_001, 2_000_000)), None);
        assert_eq!(range(1, 2).window(), window(1_000_000, 3_000_000));
    }

    #[test]
    fn more_than_a_day_is_cut_at_midnight() {
        assert_eq!(range(5, 86_400_004).days(), [range(5, 86_400_004)]);
        assert_eq!(
            range(5, 2 * 86_400_000 + 7).days(),
            [
                range(5, 86_399_999),
                range(86_400_000, 2 * 86_400_000 - 1),
                range(2 * 86_400_000, 2 * 86_400_000 + 7)
            ]
        );
    }

    #[test]
    fn equal_parts_leave_nothing_out() {
        assert_eq!(range(0, 9).equal_parts(3), [range(0, 2), range(3, 5), range(6, 9)]);
        assert_eq!(range(0, 1).equal_parts(16), [range(0, 0), range(1, 1)]);
    }
}
