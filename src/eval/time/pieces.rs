//! The profiles of a group cut into pieces, whose points can be compared: one for each
//! series, and for each run between two restarts of its process.
//!
//! A point is the mean of some profiles that follow each other: of snapshots for a level, per
//! second of profiled time for what adds up, per profile if that time is not known.

use crate::eval::selection::profiles::{Group, Profiles};
use crate::lang::ast::TimeMerge;
use crate::profile::Labels;
use crate::profile::sample::rate_divisor;
use crate::quantity::{Span, Timestamp};

/// Pairs of points that a slope is the median of, in all pieces together: a hundred points of
/// one series. More of them would cost more and say the same, as each is a mean.
const PAIRS: f64 = 5000.0;
/// With fewer points a piece says little.
const FEWEST: f64 = 8.0;

/// The pieces of one group.
#[derive(Debug, Clone)]
pub struct Pieces {
    pub series: Vec<SeriesPieces>,
    pub restarts: usize,
}

/// A series, and its pieces, each with its points in order of time.
#[derive(Debug, Clone)]
pub struct SeriesPieces {
    pub labels: Labels,
    pub pieces: Vec<Vec<Point>>,
}

/// Profiles of a series that follow each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The mean of their starts.
    pub at: Timestamp,
    pub members: Vec<usize>,
    /// The divisor of their sum.
    pub divisor: f64,
}

impl Pieces {
    pub fn of(profiles: &Profiles, group: &Group) -> Pieces {
        let runs: Vec<Vec<&[usize]>> =
            group.series.iter().map(|(_, members)| runs(profiles, members)).collect();
        let restarts = runs.iter().map(|runs| runs.len() - 1).sum();
        let most = most_points(runs.iter().map(Vec::len).sum());
        let series = group.series.iter().zip(&runs).map(|((labels, _), runs)| {
            let pieces = runs.iter().map(|run| points(profiles, run, most));
            let pieces = pieces.filter(|points| !points.is_empty()).collect();
            SeriesPieces { labels: labels.clone(), pieces }
        });
        let series = series.filter(|series| !series.pieces.is_empty());
        Pieces { series: series.collect(), restarts }
    }

    /// All points, piece by piece.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.series.iter().flat_map(|series| &series.pieces).flatten()
    }
}

/// The most points of a piece, where there are so many pieces.
fn most_points(pieces: usize) -> usize {
    (2.0 * PAIRS / pieces.max(1) as f64).sqrt().max(FEWEST) as usize
}

/// The points of a piece: its profiles, or those of a step if the query has one, in groups of
/// equal numbers if there are too many.
fn points(profiles: &Profiles, members: &[usize], most: usize) -> Vec<Point> {
    let step = profiles.step.unwrap_or(Span(0));
    let at = |member: &usize| profiles.snapshots[*member].start.floor(step);
    let steps: Vec<&[usize]> = members.chunk_by(|a, b| step.0 > 0 && at(a) == at(b)).collect();
    let point = |steps: &[&[usize]]| {
        let members = steps.concat();
        let snapshots = || members.iter().map(|member| &profiles.snapshots[*member]);
        let first = snapshots().next().map_or(0, |first| first.start.0);
        let later = snapshots().map(|snapshot| snapshot.start.0 - first).sum::<i64>();
        let at = Timestamp(first + later / members.len().max(1) as i64);
        let divisor = match profiles.rate {
            true => rate_divisor(&profiles.kind.unit, snapshots()),
            false => members.len() as f64,
        };
        Point { at, members, divisor }
    };
    let groups = steps.chunks(steps.len().div_ceil(most).max(1));
    // Profiles without a duration have no rate.
    groups.map(point).filter(|point| point.divisor > 0.0).collect()
}

/// A series cut where its process restarted. What adds up does not show a restart, and needs
/// no cut: what is counted after it starts from zero, and so does a delta.
fn runs<'m>(profiles: &Profiles, members: &'m [usize]) -> Vec<&'m [usize]> {
    if profiles.time_rule() == TimeMerge::Sum {
        return vec![members];
    }
    let totals: Vec<f64> =
        members.iter().map(|member| profiles.total_of(&profiles.snapshots[*member])).collect();
    let (mut runs, mut start) = (Vec::new(), 0);
    for at in restarts(&totals) {
        runs.push(&members[start..at]);
        start = at;
    }
    runs.push(&members[start..]);
    runs
}

/// The snapshots with which a new process begins: a level falls below half of each of the
/// three before it, and stays there for one more. A heap that a collection halves now and
/// then rises again at once.
fn restarts(totals: &[f64]) -> Vec<usize> {
    const BEFORE: usize = 3;
    let mut found: Vec<usize> = Vec::new();
    for at in BEFORE..totals.len() {
        let start = found.last().map_or(0, |last| *last);
        let before = &totals[at - BEFORE..at];
        let least = before.iter().copied().fold(f64::INFINITY, f64::min);
        let stays = totals[at..].iter().take(2).all(|total| *total < least / 2.0);
        if at >= start + BEFORE && stays {
            found.push(at);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_pieces_have_few_points_each() {
        // 100 · 100 / 2 pairs, 14 · 14 / 2 in each of 50.
        assert_eq!([1, 50, 1000].map(most_points), [100, 14, 8]);
    }

    #[test]
    fn a_restart_is_a_fall_that_lasts() {
        // 8 and 12 are below 15, half of the least of 30, 40 and 50; so are 9 and 10.
        let leak = [20.0, 30.0, 40.0, 50.0, 8.0, 12.0, 30.0, 40.0, 50.0, 9.0, 10.0];
        assert_eq!(restarts(&leak), [4, 9]);
        // A collection, a single snapshot, and noise around a level.
        assert!(restarts(&[10.0, 20.0, 30.0, 14.0, 30.0, 31.0]).is_empty());
        assert!(restarts(&[10.0, 4.0, 5.0]).is_empty());
        assert!(restarts(&[9.0, 14.0, 7.0, 11.0, 6.0, 12.0, 8.0, 5.0, 9.0]).is_empty());
        // The last snapshot may be the first of a new process.
        assert_eq!(restarts(&[10.0, 11.0, 12.0, 3.0]), [3]);
        assert!(restarts(&[0.0; 6]).is_empty());
    }
}
