//! How much of the time each series of a group was there.
//!
//! The mean level of several series together is the sum of their means while all of them
//! run, and so is their rate. A pod that takes the place of another does not add to it:
//! there, each series counts for the part of the time in which it ran, which makes the sum
//! the mean over time of what ran together.

use std::ops::Range;

use crate::eval::selection::profiles::Profiles;
use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::{Labels, Snapshot};
use crate::quantity::{Span, Timestamp, Window};

/// When the series of a group ran. There is none if all of them ran at one time.
#[derive(Debug)]
pub struct Presence {
    /// By series: nanoseconds since the epoch.
    spans: Vec<Range<i64>>,
}

impl Presence {
    /// `None` if the rules take no mean over time and then a sum or mean of series, if all
    /// series ran at one time, or if there is a profile of each and no more.
    pub fn new(profiles: &Profiles, series: &[(Labels, Vec<usize>)]) -> Option<Presence> {
        if series.len() < 2 || !adds_means(profiles) {
            return None;
        }
        let members = || series.iter().map(|(_, members)| &members[..]);
        let recorded = members().map(|members| {
            let of = |at: usize| &profiles.snapshots[at];
            let (first, last) = (of(*members.first()?), of(*members.last()?));
            Some(first.start.0..last.start.0.saturating_add(last.duration.0))
        });
        let recorded: Vec<Range<i64>> = recorded.collect::<Option<_>>()?;
        if are_together(&recorded) {
            return None;
        }
        let usual = usual_distance(&profiles.snapshots, members())?.0;
        let start = recorded.iter().map(|span| span.start).min()?;
        let end = recorded.iter().map(|span| span.end).max()?;
        // One round of profiles is not at one time.
        let (early, late) = (start + usual + usual / 2, end - usual - usual / 2);
        let lengthened = |span: &Range<i64>| {
            let missing = (usual - (span.end - span.start)).max(0);
            let start = if span.start <= early { start } else { span.start - missing / 2 };
            let end = if span.end >= late { end } else { span.end + missing / 2 };
            start..end
        };
        let spans: Vec<Range<i64>> = recorded.iter().map(lengthened).collect();
        (!are_together(&spans)).then_some(Presence { spans })
    }

    /// By series: the part of the time of all in which it ran.
    pub fn parts(&self) -> Vec<f64> {
        parts(&self.spans)
    }

    /// As `parts`, of some of the series within a time.
    pub fn parts_within(&self, series: impl Iterator<Item = usize>, window: Window) -> Vec<f64> {
        let within = |nth: usize| {
            let span = &self.spans[nth];
            let start = span.start.clamp(window.start.0, window.end.0);
            start..span.end.clamp(start, window.end.0)
        };
        parts(&series.map(within).collect::<Vec<_>>())
    }
}

/// Whether values are means over time, of which those of series are added up or averaged.
fn adds_means(profiles: &Profiles) -> bool {
    let is_mean = match profiles.time_rule() {
        TimeMerge::Avg => true,
        TimeMerge::Sum => profiles.rate,
        TimeMerge::Min | TimeMerge::Max | TimeMerge::Last => false,
    };
    is_mean && matches!(profiles.series_merge(), SeriesMerge::Sum | SeriesMerge::Avg)
}

/// Whether there is a moment that all of them contain.
fn are_together(spans: &[Range<i64>]) -> bool {
    let start = spans.iter().map(|span| span.start).max();
    let end = spans.iter().map(|span| span.end).min();
    // What ends as another begins was not there with it, unless it is a moment itself.
    start < end || start == end && spans.iter().any(Range::is_empty)
}

/// Each one's part of the time that at least one contains; all of it if they are together.
fn parts(spans: &[Range<i64>]) -> Vec<f64> {
    let mut in_order: Vec<&Range<i64>> = spans.iter().collect();
    in_order.sort_unstable_by_key(|span| span.start);
    let (mut all, mut end) = (0, i64::MIN);
    for span in in_order {
        all += (span.end - span.start.max(end)).max(0);
        end = end.max(span.end);
    }
    if all == 0 || are_together(spans) {
        return vec![1.0; spans.len()];
    }
    spans.iter().map(|span| (span.end - span.start) as f64 / all as f64).collect()
}

/// The usual distance between two profiles of a series; `None` if no series has two.
pub fn usual_distance<'m>(
    snapshots: &[Snapshot],
    series: impl Iterator<Item = &'m [usize]>,
) -> Option<Span> {
    let start = |at: usize| -> Timestamp { snapshots[at].start };
    let mut distances: Vec<i64> = series
        .flat_map(|members| members.windows(2))
        .map(|pair| start(pair[1]).since(start(pair[0])).0)
        .filter(|distance| *distance > 0)
        .collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied().map(Span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_that_follow_each_other_share_the_time() {
        // 0 to 30 and 40 to 100: 90 in all.
        assert_eq!(parts(&[0..30, 40..100]), [30.0 / 90.0, 60.0 / 90.0]);
        // One runs all the time, the others in its first and second half.
        assert_eq!(parts(&[0..100, 0..50, 50..100]), [1.0, 0.5, 0.5]);
        assert_eq!(parts(&[0..100, 0..40, 60..100]), [1.0, 0.4, 0.4]);
    }

    #[test]
    fn those_that_ran_at_one_time_count_whole() {
        assert_eq!(parts(&[0..100, 90..120]), [1.0, 1.0]);
        assert_eq!(parts(&[5..5, 0..5]), [1.0, 1.0]);
        assert!(parts(&[]).is_empty());
    }
}
