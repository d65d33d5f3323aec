//! The `changepoints` verb: when the level of a line changed, a row per change.

use std::sync::Arc;

use rayon::prelude::*;

use crate::eval::inference::changepoints::{Counting, Step, Steps, steps};
use crate::eval::inference::rhythm::without_rhythm;
use crate::eval::inference::spread::median;
use crate::eval::merge::points::{Run, by_function, quantum};
use crate::eval::result::table::{Columns, Table};
use crate::eval::result::value::{Chart, Line, Mark, SeriesSet};
use crate::eval::selection::profiles::{Group, Profiles};
use crate::eval::time::series;
use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::lang::columns::{
    AFTER, BEFORE, DELTA, EARLIEST, FUNCTION, GROWTH, HIGH, LASTED, LATEST, LOW, P, TIME,
};
use crate::profile::Labels;
use crate::profile::chance::discoveries;
use crate::profile::label::label_names;
use crate::profile::noise::FALSE_DISCOVERIES;
use crate::profile::sample::rate_divisor;
use crate::quantity::{Span, Timestamp, Unit};
use crate::work::{Cancelled, Work};

/// More points than these are averaged in pairs, threes and so on: comparing all places of a
/// change would take too long.
const MOST: usize = 10_000;

/// The most points of a total, and of each of many functions: all pairs of them are compared.
pub const OF_TOTAL: i64 = 1000;
pub const OF_FUNCTION: i64 = 100;

/// The most lines with changes that are drawn.
const DRAWN: usize = 5;

/// A line and its changes.
#[derive(Debug, Clone)]
pub struct Changed {
    pub labels: Labels,
    /// The function, if functions are looked at one by one.
    pub function: Option<Arc<str>>,
    /// The points that were compared, without a daily rhythm.
    pub points: Vec<(Timestamp, f64)>,
    pub steps: Steps,
    pub had_rhythm: bool,
}

impl Changed {
    fn of(
        line: &Line,
        function: Option<Arc<str>>,
        counting: Counting,
        work: Work<'_>,
    ) -> Result<Changed, Cancelled> {
        let known = line.points.iter().filter_map(|(at, value)| Some((*at, (*value)?)));
        let most = if function.is_some() { OF_FUNCTION as usize } else { MOST };
        let mut points = averaged(known.collect(), most);
        let flat = without_rhythm(&points);
        let had_rhythm = flat.is_some();
        for (point, value) in points.iter_mut().zip(flat.into_iter().flatten()) {
            point.1 = value;
        }
        let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
        let steps = steps(&values, counting, work)?;
        Ok(Changed { labels: line.labels.clone(), function, points, steps, had_rhythm })
    }

    /// The first time at a level, and the ends of the interval in which the change was: after
    /// the last point that is surely before it, and before the first one surely after it.
    pub fn times(&self, step: &Step) -> [Timestamp; 3] {
        let at = |point: usize| self.points[point.min(self.points.len() - 1)].0;
        [at(step.at), at(step.earliest.saturating_sub(1)), at(step.latest)]
    }

    /// How long a change lasted that went away.
    pub fn lasted(&self, step: &Step) -> Option<Span> {
        let back = self.points[step.back?].0;
        Some(back.since(self.points[step.at].0))
    }

    /// Whether the change is an earlier one that goes away.
    pub fn is_return(&self, step: &Step) -> bool {
        self.steps.steps.iter().any(|earlier| earlier.back == Some(step.at))
    }
}

/// Points at the start of as many neighbours as are averaged.
fn averaged(points: Vec<(Timestamp, f64)>, most: usize) -> Vec<(Timestamp, f64)> {
    let together = points.len().div_ceil(most).max(1);
    let mean = |points: &[(Timestamp, f64)]| {
        let sum: f64 = points.iter().map(|(_, value)| value).sum();
        (points[0].0, sum / points.len() as f64)
    };
    points.chunks(together).map(mean).collect()
}

/// The changes of every line.
pub fn of_lines(series: &SeriesSet, work: Work<'_>) -> Result<Vec<(Changed, Line)>, Cancelled> {
    let changed =
        |line: &Line| Ok((Changed::of(line, None, Counting::default(), work)?, line.clone()));
    series.lines.iter().map(changed).collect()
}

/// The functions whose self value changed significantly, and how many were looked at; lines
/// are theirs, with the values of the timeline of each.
pub fn of_functions(
    profiles: &Profiles,
    work: Work<'_>,
) -> Result<(Vec<(Changed, Line)>, usize), Cancelled> {
    let (mut all, step) = (Vec::new(), series::fine_step(profiles, OF_FUNCTION));
    for group in profiles.groups() {
        all.extend(functions_of(profiles, &group, step, work)?);
    }
    let least =
        |changed: &Changed| changed.steps.steps.iter().map(|step| step.p).fold(1.0, f64::min);
    let p: Vec<f64> = all.iter().map(|(changed, _)| least(changed)).collect();
    let count = all.len();
    let significant = discoveries(&p, FALSE_DISCOVERIES);
    let kept = all
        .into_iter()
        .zip(significant)
        .filter(|((changed, _), significant)| *significant && !changed.steps.steps.is_empty());
    let mut kept: Vec<(Changed, Line)> = kept.map(|(changed, _)| changed).collect();
    kept.sort_by(|(a, _), (b, _)| largest(b).total_cmp(&largest(a)));
    Ok((kept, count))
}

/// The size of the largest change.
pub fn largest(changed: &Changed) -> f64 {
    let sizes = changed.steps.steps.iter().map(|step| (step.after - step.before).abs());
    sizes.fold(0.0, f64::max)
}

fn functions_of(
    profiles: &Profiles,
    group: &Group,
    step: Span,
    work: Work<'_>,
) -> Result<Vec<(Changed, Line)>, Cancelled> {
    let points = series::members(profiles, group, step);
    let runs = points.values().map(|series| {
        // Of `avg by`, the mean of the series.
        let across = match profiles.series_merge() {
            SeriesMerge::Avg => series.len() as f64,
            SeriesMerge::Sum | SeriesMerge::Max | SeriesMerge::Min | SeriesMerge::Count => 1.0,
        };
        series.iter().map(|run| (&run[..], across * divisor(profiles, run))).collect()
    });
    let runs: Vec<Vec<Run<'_>>> = runs.collect();
    let functions = by_function(profiles, &runs, work)?;
    let counting = counting(profiles, &runs);
    let changed = functions.par_iter().map(|(frame, values)| {
        let values = values.all(points.len()).into_iter().map(Some);
        let name = profiles.symbols.frame_name(*frame).clone();
        let function: Labels = [(FUNCTION.name, &*name)].into_iter().collect();
        let line = Line {
            labels: group.labels.overlaid(&function),
            points: points.keys().copied().zip(values).collect(),
            recorded: Vec::new(),
            margins: Vec::new(),
        };
        let changed = Changed::of(&line, Some(name), counting, work)?;
        Ok((Changed { labels: group.labels.clone(), ..changed }, line))
    });
    changed.collect()
}

/// What counting samples adds to the variance: by value, the value of one sample over the
/// divisor of its profiles.
fn counting(profiles: &Profiles, runs: &[Vec<Run<'_>>]) -> Counting {
    let mut divisors: Vec<f64> = runs.iter().flatten().map(|(_, divisor)| *divisor).collect();
    divisors.retain(|divisor| *divisor > 0.0);
    let sample = quantum(profiles) / median(&mut divisors).max(f64::MIN_POSITIVE);
    match profiles.time_rule() {
        TimeMerge::Sum => Counting { of_points: sample, of_levels: 0.0 },
        // A mean of snapshots that show the same samples is no more precise than one.
        _ => Counting { of_points: 0.0, of_levels: quantum(profiles) },
    }
}

/// What the sum of a series' profiles in one step is divided by.
fn divisor(profiles: &Profiles, members: &[usize]) -> f64 {
    let snapshots = members.iter().map(|member| &profiles.snapshots[*member]);
    match profiles.time_rule() {
        TimeMerge::Sum | TimeMerge::Avg if profiles.rate => {
            rate_divisor(&profiles.kind.unit, snapshots)
        }
        TimeMerge::Sum => 1.0,
        _ => members.len() as f64,
    }
}

/// One row per change, in order of time; with functions, function after function.
pub fn table(all: &[Changed], unit: &Unit, of_functions: bool) -> Table {
    let changes =
        all.iter().flat_map(|changed| changed.steps.steps.iter().map(move |step| (changed, step)));
    let mut rows: Vec<(&Changed, &Step)> = changes.collect();
    if !of_functions {
        rows.sort_by_key(|(changed, step)| changed.times(step)[0]);
    }
    let number = |of: fn(&Step) -> f64| rows.iter().map(|(_, step)| of(step)).collect::<Vec<_>>();
    let time =
        |nth: usize| rows.iter().map(move |(changed, step)| changed.times(step)[nth].to_string());
    let lasted = rows.iter().map(|(changed, step)| {
        changed.lasted(step).map_or(String::new(), |span| span.rounded().to_string())
    });
    let growth =
        |step: &Step| (step.before != 0.0).then(|| 100.0 * (step.after / step.before - 1.0));
    // The columns are the same where no line changed.
    let names = label_names(all.iter().map(|changed| &changed.labels));
    let columns = names.iter().fold(Columns::default(), |columns, name| {
        columns.label(name, rows.iter().map(|(changed, _)| changed.labels.get(name)))
    });
    let columns = columns
        .text(TIME, time(0))
        .number(BEFORE, number(|step| step.before), unit.clone())
        .number(AFTER, number(|step| step.after), unit.clone())
        .number(LOW, number(|step| step.after - step.before - step.half), unit.clone())
        .number(HIGH, number(|step| step.after - step.before + step.half), unit.clone())
        .number(P, number(|step| step.p), Unit::None)
        .text(LASTED, lasted);
    let columns = match of_functions {
        true => columns.text(
            FUNCTION,
            rows.iter().map(|(changed, _)| changed.function.as_deref().unwrap_or_default()),
        ),
        false => columns,
    };
    columns
        .hide_following()
        .text(EARLIEST, time(1))
        .text(LATEST, time(2))
        .number(DELTA, number(|step| step.after - step.before), unit.clone())
        .known_numbers(GROWTH, rows.iter().map(|(_, step)| growth(step)).collect(), Unit::Percent)
        .finish()
}

/// The lines with the largest changes, and where these are.
pub fn chart(lines: &[(Changed, Line)], series: SeriesSet) -> Chart {
    let drawn = &lines[..lines.len().min(DRAWN)];
    let marks = drawn.iter().enumerate().flat_map(|(line, (changed, _))| {
        changed.steps.steps.iter().map(move |step| {
            let [at, earliest, latest] = changed.times(step);
            Mark { line, at, earliest, latest }
        })
    });
    let lines = drawn.iter().map(|(_, line)| line.clone()).collect();
    Chart { marks: marks.collect(), series: SeriesSet { lines, ..series } }
}
