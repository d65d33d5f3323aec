//! Totals without stacks: `SelectSeries`.
//!
//! A point at T covers (T − step, T], and there are no points for times without profiles.
//! The server adds up what is in a step. With steps of a second, each profile of a group
//! has a point of its own.
//!
//! A function in time is asked for in pieces with stacks, and not with the call-site selector
//! of this method: it means a path from the root and not a function, and versions 2 up to at
//! least 2.2 ignore it here without an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::connection::{Call, Inquiry, now};
use super::message::{Exemplar, INDIVIDUAL, Totals, TotalsRequest};
use super::question::{Question, labels_of};
use super::selector::selector;
use super::span::Range;
use super::stacks::MergedLoader;
use crate::profile::{Labels, Snapshot, Symbols, Temporality};
use crate::quantity::{Span, Timestamp};
use crate::source::{Origin, Selection, SourceError};

const SECOND: i64 = 1000;
const MILLISECOND: i64 = 1_000_000;
/// The interval of profiles where only one is seen: what agents and scrapes use, in
/// milliseconds.
const USUAL_INTERVAL: i64 = 15_000;

/// One point: the labels of its line, the time it covers, and its value.
pub(super) struct Total {
    pub(super) labels: Labels,
    pub(super) range: Range,
    pub(super) value: f64,
    /// The profiles in it, if they were asked for and the server has them.
    pub(super) singles: Vec<Exemplar>,
}

/// One value for each group.
pub(super) fn whole(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
) -> Result<Selection, SourceError> {
    let parts = question.range.parts(inquiry.longest());
    let found = inquiry.each(&parts, |part| one_point(question, inquiry, names, *part))?;
    Ok(selection(question, found.into_iter().flatten().map(covering), false))
}

/// One value for each group and step, in milliseconds. Of the steps at the edges it has what
/// is in the window.
pub(super) fn steps(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
    step: i64,
) -> Result<Selection, SourceError> {
    let end = now();
    let found = match fine_grid(question.range, step, inquiry.longest()) {
        Some(grid) => {
            let found = points(question, inquiry, names, question.range, grid)?;
            added_up(found, question.range, step)
        }
        None => with_edges(question, inquiry, names, step)?,
    };
    let totals = found.into_iter().map(|mut total| {
        // The current step has only begun.
        total.range.last = total.range.last.min(end).max(total.range.first);
        covering(total)
    });
    Ok(selection(question, totals, false))
}

/// A part of the step that the window begins and ends with, so that one request is enough;
/// there are points only for times with profiles. None if the window has to be cut anyway.
fn fine_grid(range: Range, step: i64, longest: i64) -> Option<i64> {
    const MOST_POINTS: i64 = 4000;
    let grid =
        common(common(step, range.first.rem_euclid(step)), (range.last + 1).rem_euclid(step));
    let is_usual = grid % SECOND == 0 && range.length() / grid <= MOST_POINTS;
    (is_usual && range.length() <= longest).then_some(grid)
}

/// The greatest common divisor.
fn common(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { common(b, a % b) }
}

/// The points of each line, added up in steps; of the steps at the edges a part is in the
/// window.
fn added_up(points: Vec<Total>, window: Range, step: i64) -> Vec<Total> {
    let mut steps = BTreeMap::<(Labels, i64), f64>::new();
    for point in points {
        let nth = point.range.first.div_euclid(step);
        *steps.entry((point.labels, nth)).or_default() += point.value;
    }
    let total = |((labels, nth), value): ((Labels, i64), f64)| {
        let (first, last) = (nth * step, (nth + 1) * step - 1);
        let range = Range { first: first.max(window.first), last: last.min(window.last) };
        Total { labels, range, value, singles: Vec::new() }
    };
    steps.into_iter().map(total).collect()
}

/// The points of the whole steps of the window, and one of what is left at each edge, all
/// asked for together.
fn with_edges(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
    step: i64,
) -> Result<Vec<Total>, SourceError> {
    let (edges, inner) = question.range.whole_steps(step);
    let inner = inner.map(|inner| cut(inner, step, inquiry.longest())).unwrap_or_default();
    let whole = inner.into_iter().map(|part| (part, true));
    let parts: Vec<(Range, bool)> =
        whole.chain(edges.into_iter().map(|edge| (edge, false))).collect();
    let found = inquiry.each(&parts, |(part, is_whole)| match is_whole {
        true => points(question, inquiry, names, *part, step),
        false => one_point(question, inquiry, names, *part),
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// One value for each group and step of a range of whole steps.
pub(super) fn in_steps(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
    (range, step): (Range, i64),
) -> Result<Vec<Total>, SourceError> {
    let found = inquiry.each(&cut(range, step, inquiry.longest()), |part| {
        points(question, inquiry, names, *part, step)
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// One value for each profile of a group: one for each second that has profiles.
pub(super) fn each(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
) -> Result<Selection, SourceError> {
    let mut totals = seconds(question, inquiry, names)?;
    let are_singles = totals.iter().any(|total| !total.singles.is_empty());
    let mut notes = Vec::new();
    if are_singles {
        let sum = |totals: &[Total]| totals.iter().map(|total| total.value).sum::<f64>();
        let whole = sum(&totals);
        totals = singles(question, totals);
        if sum(&totals) != whole {
            let note = "of profiles of a series in the same second only the largest is listed";
            notes.push(note.to_owned());
        }
    }
    let mut selection = timed(question, totals, are_singles);
    selection.origin.notes = notes;
    Ok(selection)
}

/// The single profiles of totals. The server has one of each point, the largest.
fn singles(question: &Question, totals: Vec<Total>) -> Vec<Total> {
    let of_total = |total: Total| {
        let labels = total.labels;
        total.singles.into_iter().map(move |single| Total {
            labels: labels.clone(),
            range: Range { first: single.timestamp, last: single.timestamp },
            value: (single.value * question.factor) as f64,
            singles: Vec::new(),
        })
    };
    totals.into_iter().flat_map(of_total).collect()
}

/// Profiles that last until the next of their line.
fn timed(question: &Question, totals: Vec<Total>, are_singles: bool) -> Selection {
    let mut lines = BTreeMap::<Labels, Vec<Total>>::new();
    for total in totals {
        lines.entry(total.labels.clone()).or_default().push(total);
    }
    let is_gauge = question.kind.temporality == Temporality::Gauge;
    let timed = lines.into_values().flat_map(|mut line| {
        line.sort_by_key(|total| total.range);
        let duration = if is_gauge { 0 } else { interval(&line) };
        line.into_iter().map(move |total| (total, Span(duration * MILLISECOND)))
    });
    selection(question, timed, are_singles)
}

/// A point for each second that has profiles.
pub(super) fn seconds(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
) -> Result<Vec<Total>, SourceError> {
    // Seconds of the clock: no part of a window begins within one.
    with_edges(question, inquiry, names, SECOND)
}

/// The usual distance between the profiles of a line, in milliseconds. The server does not
/// say how long they were recorded; profilers record without pauses.
fn interval(line: &[Total]) -> i64 {
    let pairs = line.windows(2);
    let mut distances: Vec<i64> =
        pairs.map(|pair| pair[1].range.first - pair[0].range.first).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied().filter(|ms| *ms > 0).unwrap_or(USUAL_INTERVAL)
}

/// A total that covers all of its time.
fn covering(total: Total) -> (Total, Span) {
    let duration = Span(total.range.length() * MILLISECOND);
    (total, duration)
}

/// Parts of at most so many milliseconds that end with a step.
fn cut(range: Range, step: i64, longest: i64) -> Vec<Range> {
    if range.length() <= longest {
        return vec![range];
    }
    range.cut_at_multiples((longest / step).max(1) * step)
}

/// One point of each line for the whole range.
fn one_point(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
    range: Range,
) -> Result<Vec<Total>, SourceError> {
    // The first millisecond belongs to the point, too.
    let step = (range.length() - 1).max(1);
    let mut totals = ask(question, inquiry, names, (range.last, range.last), step)?;
    totals.iter_mut().for_each(|total| total.range = range);
    Ok(totals)
}

/// The points of a range that is a multiple of the step.
fn points(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
    range: Range,
    step: i64,
) -> Result<Vec<Total>, SourceError> {
    ask(question, inquiry, names, (range.first + step - 1, range.last), step)
}

fn ask(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
    (start, end): (i64, i64),
    step: i64,
) -> Result<Vec<Total>, SourceError> {
    let request = TotalsRequest {
        kind: question.kind.id.to_string(),
        selector: selector(&question.matchers),
        start,
        end,
        group_by: names.iter().map(ToString::to_string).collect(),
        step: seconds_of(step),
        exemplars: if question.singles { INDIVIDUAL } else { 0 },
    };
    let by = match names.is_empty() {
        true => String::new(),
        false => format!(" by ({})", request.group_by.join(", ")),
    };
    let purpose = format!("totals{by}, a step is {}", Span(step * MILLISECOND));
    let last = Some(end);
    let call = Call { method: "SelectSeries", purpose, request: &request, last };
    let answer = inquiry.call::<Totals>(&call)?;
    let mut totals = Vec::new();
    for line in answer.series {
        let labels = labels_of(&line.labels);
        totals.extend(line.points.into_iter().map(|point| Total {
            labels: labels.clone(),
            range: Range { first: point.timestamp - step + 1, last: point.timestamp },
            value: point.value * question.factor as f64,
            singles: point.exemplars,
        }));
    }
    Ok(totals)
}

/// A step as a server has it. It cuts the fraction of a millisecond off, so half of one is
/// added to a step that has no exact number of seconds.
fn seconds_of(step: i64) -> f64 {
    let rest = if step % SECOND == 0 { 0.0 } else { 0.5 };
    (step as f64 + rest) / 1000.0
}

/// Snapshots whose samples are asked for when a stage needs them.
fn selection(
    question: &Question,
    totals: impl Iterator<Item = (Total, Span)>,
    are_singles: bool,
) -> Selection {
    let mut totals: Vec<(Total, Span)> = totals.collect();
    totals.sort_by(|(a, _), (b, _)| (&a.labels, a.range).cmp(&(&b.labels, b.range)));
    let mut ranges = Vec::with_capacity(totals.len());
    let mut snapshots = Vec::with_capacity(totals.len());
    for (place, (total, duration)) in totals.into_iter().enumerate() {
        let labels = question.labelled(&total.labels);
        let start = Timestamp(total.range.first * MILLISECOND);
        let value = total.value.round() as i64;
        let of = (start, duration);
        snapshots.push(Snapshot::stored(labels, of, (value.into(), 0), place as u64));
        ranges.push((total.labels, total.range));
    }
    share_labels(&mut snapshots);
    Selection {
        kind: question.kind.clone(),
        symbols: Symbols::default(),
        snapshots: snapshots.into(),
        loader: Some(Arc::new(MergedLoader::new(question, ranges, are_singles))),
        origin: Origin::default(),
    }
}

/// Gives the profiles of a series one shared set of labels, which is fast to compare.
fn share_labels(sorted: &mut [Snapshot]) {
    for at in 1..sorted.len() {
        if sorted[at].labels == sorted[at - 1].labels {
            sorted[at].labels = sorted[at - 1].labels.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::pyroscope::span::DAY;

    #[test]
    fn a_step_is_the_same_number_of_milliseconds_for_the_server() {
        for step in [1, 7, 999, 1000, 15_000, 119_999, 86_399_999] {
            assert_eq!((seconds_of(step) * 1000.0) as i64, step);
        }
        assert_eq!(seconds_of(15_000), 15.0);
    }

    #[test]
    fn one_request_is_enough_for_a_window_of_parts_of_a_step() {
        let range = |first: i64, last: i64| Range { first: 1000 * first, last: 1000 * last - 1 };
        // Steps of 15 s from 40 to 550 s: both are multiples of 5 s.
        assert_eq!(fine_grid(range(40, 550), 15_000, DAY), Some(5000));
        assert_eq!(fine_grid(range(30, 60), 15_000, DAY), Some(15_000));
        assert_eq!(fine_grid(Range { first: 1, last: 99_999 }, 15_000, DAY), None);
        assert_eq!(fine_grid(range(1, 80_000), 15_000, DAY), None, "80 000 points");
        assert_eq!(fine_grid(range(0, 86_401), 3_600_000, DAY), None, "more than a day");
        let point = |second: i64, value: f64| Total {
            labels: Labels::default(),
            range: range(second, second + 5),
            value,
            singles: Vec::new(),
        };
        let points = vec![point(40, 1.0), point(45, 2.0), point(55, 4.0), point(60, 8.0)];
        let steps = added_up(points, range(40, 65), 15_000);
        let found: Vec<_> = steps.iter().map(|step| (step.range, step.value)).collect();
        assert_eq!(found, [(range(40, 45), 1.0), (range(45, 60), 6.0), (range(60, 65), 8.0)]);
    }

    #[test]
    fn profiles_last_until_the_next_one() {
        let total = |second: i64| Total {
            labels: Labels::default(),
            range: Range { first: 1000 * second, last: 1000 * second + 999 },
            value: 1.0,
            singles: Vec::new(),
        };
        let line =
            |seconds: &[i64]| seconds.iter().map(|second| total(*second)).collect::<Vec<_>>();
        // The median of 10, 10, 40.
        assert_eq!(interval(&line(&[0, 10, 20, 60])), 10_000);
        assert_eq!(interval(&line(&[5])), USUAL_INTERVAL);
    }
}
