//! Totals over time: one line per group, a point per step.

use std::collections::BTreeMap;

use crate::eval::result::value::{Line, Recorded, SeriesSet};
use crate::eval::selection::presence::{Presence, usual_distance};
use crate::eval::selection::profiles::{Group, Profiles};
use crate::eval::time::margins::{InStep, margins_of_steps};
use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::Snapshot;
use crate::profile::sample::rate_divisor;
use crate::quantity::{ROUND_STEPS, Span, Timestamp, Window};
use crate::work::{Cancelled, Work};

/// The most points that are visible on a chart.
const POINTS: i64 = 200;

/// The totals of each group per step.
///
/// A step at T covers [T, T + step), aligned to the Unix epoch. A step without a profile
/// is a gap, not a zero.
pub fn series(profiles: &Profiles, work: Work<'_>) -> Result<SeriesSet, Cancelled> {
    stepped(profiles, step(profiles), Span(0), work)
}

/// As `series` with a given step, with every profile shifted in time: for a comparison
/// laid over another line.
pub fn stepped(
    profiles: &Profiles,
    step: Span,
    shift: Span,
    work: Work<'_>,
) -> Result<SeriesSet, Cancelled> {
    let steps = Steps { step, shift };
    let mut lines = Vec::new();
    for group in profiles.groups() {
        lines.push(line(profiles, &group, steps, work)?);
    }
    fill_gaps(&mut lines, step);
    Ok(SeriesSet { unit: profiles.unit(), step: Some(step), lines })
}

/// The step of the query, or one that suits the profiles.
pub fn step(profiles: &Profiles) -> Span {
    profiles.step.unwrap_or_else(|| natural_step(profiles))
}

/// The profiles of a group in each step, by series.
pub fn members(
    profiles: &Profiles,
    group: &Group,
    step: Span,
) -> BTreeMap<Timestamp, Vec<Vec<usize>>> {
    let steps = Steps { step, shift: Span(0) };
    let mut found = BTreeMap::<Timestamp, Vec<Vec<usize>>>::new();
    for (_, members) in &group.series {
        let at = |member: &usize| steps.of(&profiles.snapshots[*member]);
        for run in members.chunk_by(|a, b| at(a) == at(b)) {
            found.entry(at(&run[0])).or_default().push(run.to_vec());
        }
    }
    found
}

/// The step of the query, or the shortest in which every series has a profile, with at most
/// about `most` points: for a test that reads all of them.
pub fn fine_step(profiles: &Profiles, most: i64) -> Span {
    let averages = profiles.rate || profiles.time_rule() == TimeMerge::Avg;
    let (Some(interval), None, true) = (interval(profiles), profiles.step, averages) else {
        return step(profiles);
    };
    let covered = profiles.covered().map_or(0, |window| window.length().0);
    Span(round_step((interval.0 + interval.0 / 10).max(covered / most)))
}

/// How profiles are assigned to steps.
#[derive(Clone, Copy)]
struct Steps {
    step: Span,
    shift: Span,
}

impl Steps {
    fn of(self, snapshot: &Snapshot) -> Timestamp {
        snapshot.start.plus(self.shift).floor(self.step)
    }
}

fn line(
    profiles: &Profiles,
    group: &Group,
    steps: Steps,
    work: Work<'_>,
) -> Result<Line, Cancelled> {
    let mut values = BTreeMap::<Timestamp, Vec<StepValue>>::new();
    for (nth, (_, members)) in group.series.iter().enumerate() {
        for (at, value) in series_points(profiles, members, steps, work)? {
            values.entry(at).or_default().push(StepValue { series: nth, ..value });
        }
    }
    if let Some(presence) = Presence::new(profiles, &group.series) {
        for (at, values) in &mut values {
            let start = at.plus(Span(-steps.shift.0));
            let window = Window { start, end: start.plus(steps.step) };
            in_parts(values, &presence, window, profiles.series_merge());
        }
    }
    let merge = profiles.series_merge();
    let point = |values: &[StepValue]| {
        let values: Vec<f64> = values.iter().map(|value| value.value).collect();
        across(merge, &values)
    };
    Ok(Line {
        labels: group.labels.clone(),
        points: values.iter().map(|(at, values)| (*at, Some(point(values)))).collect(),
        recorded: values.iter().filter_map(|(at, values)| recorded(merge, *at, values)).collect(),
        margins: margins(profiles, &values),
    })
}

/// Counts each series of a step for its part of it. The mean of series stays one.
fn in_parts(values: &mut [StepValue], presence: &Presence, step: Window, merge: SeriesMerge) {
    let parts = presence.parts_within(values.iter().map(|value| value.series), step);
    let each = match merge {
        SeriesMerge::Avg => parts.len() as f64 / parts.iter().sum::<f64>(),
        _ => 1.0,
    };
    for (value, part) in values.iter_mut().zip(parts) {
        value.value *= part * each;
        value.recorded.iter_mut().for_each(|(_, recorded)| *recorded *= part * each);
    }
}

/// How precise the points of a line are, if these are means of profiles.
fn margins(
    profiles: &Profiles,
    values: &BTreeMap<Timestamp, Vec<StepValue>>,
) -> Vec<(Timestamp, f64)> {
    let across: fn(usize) -> f64 = match profiles.series_merge() {
        SeriesMerge::Sum => |_| 1.0,
        SeriesMerge::Avg => |series| series as f64,
        SeriesMerge::Min | SeriesMerge::Max | SeriesMerge::Count => return Vec::new(),
    };
    let is_mean = match profiles.time_rule() {
        TimeMerge::Sum => profiles.rate,
        TimeMerge::Avg => true,
        TimeMerge::Min | TimeMerge::Max | TimeMerge::Last => false,
    };
    if !is_mean || values.values().flatten().any(|value| value.recorded.is_empty()) {
        return Vec::new();
    }
    let only = |value: &StepValue| value.recorded.iter().map(|(_, value)| *value).collect();
    let each: Vec<Vec<InStep>> = values
        .values()
        .map(|step| step.iter().map(|value| (value.series, only(value))).collect())
        .collect();
    let margins = margins_of_steps(&each, across);
    values.keys().zip(margins).filter_map(|(at, margin)| Some((*at, margin?))).collect()
}

/// One series in one step.
struct StepValue {
    /// The number of the series in its group.
    series: usize,
    value: f64,
    /// The values that it is one or the mean of, in order of time; none for a sum.
    recorded: Vec<(Timestamp, f64)>,
}

/// The extremes of what the series of a group recorded together.
///
/// Series are recorded at different times, so the first profiles in the step are taken
/// together, then the second ones, and so on; of a series with fewer profiles than another,
/// one counts several times.
fn recorded(merge: SeriesMerge, step: Timestamp, series: &[StepValue]) -> Option<Recorded> {
    if series.iter().any(|series| series.recorded.is_empty()) {
        return None;
    }
    let most = series.iter().map(|series| series.recorded.len()).max()?;
    let together = |i: usize| {
        let nth = series.iter().map(|of| of.recorded[i * of.recorded.len() / most]);
        let values: Vec<f64> = nth.clone().map(|(_, value)| value).collect();
        let at = nth.map(|(at, _)| at).max().unwrap_or(step);
        (at, across(merge, &values))
    };
    let by_value = |a: &(Timestamp, f64), b: &(Timestamp, f64)| a.1.total_cmp(&b.1);
    let low = (0..most).map(together).min_by(by_value)?;
    // The first of several maxima.
    let high = (0..most).rev().map(together).max_by(by_value)?;
    Some(Recorded { step, low, high })
}

/// The values of one series in every step that has a profile.
fn series_points(
    profiles: &Profiles,
    members: &[usize],
    steps: Steps,
    work: Work<'_>,
) -> Result<Vec<(Timestamp, StepValue)>, Cancelled> {
    let mut counted = BTreeMap::<Timestamp, Vec<&Snapshot>>::new();
    for &member in members {
        work.check()?;
        let snapshot = &profiles.snapshots[member];
        counted.entry(steps.of(snapshot)).or_default().push(snapshot);
    }
    let points = counted.into_iter();
    let value = |snapshots: &[&Snapshot]| in_step(profiles, snapshots, steps.shift);
    Ok(points.filter_map(|(at, snapshots)| Some((at, value(&snapshots)?))).collect())
}

/// The value of a series' profiles in one step; `None` if a rate is asked for and they
/// have no duration.
fn in_step(profiles: &Profiles, snapshots: &[&Snapshot], shift: Span) -> Option<StepValue> {
    let rule = profiles.time_rule();
    let totals = snapshots.iter().map(|snapshot| (*snapshot, profiles.total_of(snapshot)));
    let totals: Vec<(&Snapshot, f64)> = totals.collect();
    let each = totals.iter().filter_map(|(snapshot, total)| {
        let value = profiles.value_with(snapshot, *total)?;
        Some((snapshot.start.plus(shift), value))
    });
    let each: Vec<(Timestamp, f64)> = each.collect();
    if profiles.rate && matches!(rule, TimeMerge::Sum | TimeMerge::Avg) {
        let divisor = rate_divisor(&profiles.kind.unit, snapshots.iter().copied());
        let whole: f64 = totals.iter().map(|(_, total)| total).sum();
        return (divisor > 0.0).then(|| StepValue {
            series: 0,
            value: whole / divisor,
            recorded: each,
        });
    }
    let values: Vec<f64> = each.iter().map(|(_, value)| *value).collect();
    let value = (!values.is_empty()).then(|| over_time(rule, &values))?;
    let recorded = match rule {
        TimeMerge::Sum => Vec::new(),
        TimeMerge::Avg => each,
        // The step has the value of one of its profiles.
        _ => each.into_iter().filter(|(_, one)| *one == value).take(1).collect(),
    };
    Some(StepValue { series: 0, value, recorded })
}

/// `values` is not empty.
fn over_time(rule: TimeMerge, values: &[f64]) -> f64 {
    match rule {
        TimeMerge::Sum => values.iter().sum(),
        TimeMerge::Avg => values.iter().sum::<f64>() / values.len() as f64,
        TimeMerge::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
        TimeMerge::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        TimeMerge::Last => values.last().copied().unwrap_or_default(),
    }
}

/// `values` is not empty.
fn across(merge: SeriesMerge, values: &[f64]) -> f64 {
    match merge {
        SeriesMerge::Sum => values.iter().sum(),
        SeriesMerge::Avg => values.iter().sum::<f64>() / values.len() as f64,
        SeriesMerge::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
        SeriesMerge::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        SeriesMerge::Count => values.len() as f64,
    }
}

/// The default step: the usual interval of profiles, lengthened to keep the chart
/// readable, rounded up to a common length.
fn natural_step(profiles: &Profiles) -> Span {
    let usual = interval(profiles).map_or(Span::seconds(1).0, |interval| interval.0);
    // Profiles are sometimes slightly late: a step a tenth longer than their usual
    // interval has no false gaps.
    let wanted =
        (usual + usual / 10).max(profiles.covered().map_or(0, |window| window.length().0 / POINTS));
    let long = || ROUND_STEPS.iter().map(|step| step.0).filter(|step| *step >= wanted);
    let even = long().find(|step| is_multiple(*step, usual));
    let averages = profiles.rate || profiles.time_rule() == TimeMerge::Avg;
    // A mean changes little with one profile more, so its steps do not grow much for it.
    let step =
        if averages { even.filter(|step| *step <= 4 * wanted).or(long().next()) } else { even };
    Span(step.unwrap_or(wanted))
}

/// The usual distance between two profiles of a series.
fn interval(profiles: &Profiles) -> Option<Span> {
    let series = profiles.series();
    usual_distance(&profiles.snapshots, series.iter().map(|(_, members)| &members[..]))
}

/// The next common length of a step, at least this many nanoseconds.
fn round_step(least: i64) -> i64 {
    ROUND_STEPS.iter().map(|step| step.0).find(|step| *step >= least).unwrap_or(least)
}

/// Whether every step holds the same number of profiles, within a tenth of one: otherwise
/// sums per step would go up and down while nothing changes.
fn is_multiple(step: i64, distance: i64) -> bool {
    let profiles = step as f64 / distance as f64;
    (profiles - profiles.round()).abs() < 0.1
}

/// A note if the steps do not hold the same number of profiles, and so are not equally good.
pub fn uneven_steps(profiles: &Profiles) -> Option<String> {
    /// With more profiles in a step, one more or less changes a mean by little.
    const MANY: f64 = 10.0;
    let (step, interval) = (step(profiles), interval(profiles)?);
    let each = step.0 as f64 / interval.0 as f64;
    if each < 0.9 {
        return Some(format!(
            "a step of {step} is shorter than the {interval} between profiles, so there are gaps"
        ));
    }
    let is_mean = profiles.rate || profiles.time_rule() == TimeMerge::Avg;
    if is_multiple(step.0, interval.0) || is_mean && each > MANY {
        return None;
    }
    let (few, many) = (each.floor(), each.ceil());
    let held = format!("some steps hold {few} profiles of a series and some {many}");
    Some(format!("a step of {step} is not a multiple of the {interval} between profiles: {held}"))
}

/// Adds points without a value for steps without a profile, between the first and the
/// last step of all lines.
fn fill_gaps(lines: &mut [Line], step: Span) {
    let times = || lines.iter().flat_map(|line| line.points.iter().map(|(at, _)| *at));
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return;
    };
    if step.0 <= 0 || last.since(first).0 / step.0 > 100_000 {
        return;
    }
    for line in lines {
        let known: BTreeMap<Timestamp, Option<f64>> = line.points.drain(..).collect();
        let mut at = first;
        while at <= last {
            line.points.push((at, known.get(&at).copied().flatten()));
            at = at.plus(step);
        }
    }
}
