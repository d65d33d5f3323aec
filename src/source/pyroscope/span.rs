//! Ranges of time as a server has them: whole milliseconds, both ends included.

use crate::quantity::{Span, Timestamp, Window};

const MILLISECOND: i64 = 1_000_000;
/// In milliseconds.
pub(super) const DAY: i64 = 86_400_000;

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

    /// Whole steps of so many milliseconds around it.
    pub(super) fn widened(self, step: i64) -> Range {
        let first = self.first.div_euclid(step) * step;
        Range { first, last: (self.last.div_euclid(step) + 1) * step - 1 }
    }

    /// What is in both.
    pub(super) fn common(self, other: Range) -> Option<Range> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then_some(Range { first, last })
    }

    /// Parts of at most so many milliseconds, as a server answers at once. They end at
    /// multiples of these, such as midnight in UTC, so that the next query finds them again.
    pub(super) fn parts(self, longest: i64) -> Vec<Range> {
        if self.length() <= longest {
            return vec![self];
        }
        self.cut_at_multiples(longest)
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

    /// The parts of the first and the last step where they are not whole, and what is between.
    pub(super) fn whole_steps(self, step: i64) -> (Vec<Range>, Option<Range>) {
        let first = (self.first + step - 1).div_euclid(step) * step;
        let after = (self.last + 1).div_euclid(step) * step;
        if first >= after {
            return (self.cut_at_multiples(step), None);
        }
        let before = Range { first: self.first, last: first - 1 };
        let rest = Range { first: after, last: self.last };
        let edges = [before, rest].into_iter().filter(|edge| edge.first <= edge.last);
        (edges.collect(), Some(Range { first, last: after - 1 }))
    }

    /// `n` parts of equal length, to the second of the clock; fewer if there are not as many
    /// seconds.
    pub(super) fn equal_parts(self, n: i64) -> Vec<Range> {
        let at = |i: i64| match i {
            0 => self.first,
            i if i == n => self.last + 1,
            i => ((self.first + i * self.length() / n).div_euclid(1000) * 1000).max(self.first),
        };
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
        assert_eq!(range(5, 86_400_004).parts(DAY), [range(5, 86_400_004)]);
        assert_eq!(
            range(5, 2 * 86_400_000 + 7).parts(DAY),
            [
                range(5, 86_399_999),
                range(86_400_000, 2 * 86_400_000 - 1),
                range(2 * 86_400_000, 2 * 86_400_000 + 7)
            ]
        );
    }

    #[test]
    fn steps_are_whole_between_the_edges() {
        assert_eq!(range(10, 29).whole_steps(10), (vec![], Some(range(10, 29))));
        assert_eq!(
            range(8, 34).whole_steps(10),
            (vec![range(8, 9), range(30, 34)], Some(range(10, 29)))
        );
        assert_eq!(range(8, 12).whole_steps(10), (vec![range(8, 9), range(10, 12)], None));
        assert_eq!(range(3, 5).whole_steps(10), (vec![range(3, 5)], None));
    }

    #[test]
    fn equal_parts_leave_nothing_out() {
        // A third of 10 s is 3.333 s.
        assert_eq!(
            range(0, 9999).equal_parts(3),
            [range(0, 2999), range(3000, 5999), range(6000, 9999)]
        );
        assert_eq!(range(500, 1700).equal_parts(16), [range(500, 999), range(1000, 1700)]);
        assert_eq!(range(5, 9).equal_parts(16), [range(5, 9)]);
    }
}
