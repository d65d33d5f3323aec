//! The `trending` verb: functions by the slope of their self value over time.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::eval::inference::trend::{Piece, Trend, least_p_of_series, trend_of_series};
use crate::eval::merge::points::{FunctionPoints, Run, by_function};
use crate::eval::result::table::{Columns, Table};
use crate::eval::selection::profiles::{Group, Profiles};
use crate::eval::tables::groups::label_columns;
use crate::eval::time::pieces::{Pieces, SeriesPieces};
use crate::lang::columns::{
    FIRST_VALUE, FUNCTION, HIGH, LAST_VALUE, LOW, OF_GROWTH, ONLY_IN, P, PER_HOUR, SIGNIFICANT,
};
use crate::profile::Labels;
use crate::profile::chance::discoveries;
use crate::profile::frame::FrameId;
use crate::profile::label::label_names;
use crate::profile::noise::FALSE_DISCOVERIES;
use crate::quantity::{Span, Timestamp, Unit};
use crate::work::{Cancelled, Work};

/// The most functions of a group without a significant trend; those with one are all listed.
const ROWS: usize = 10;

/// The name of the row of all functions together.
pub const WHOLE: &str = "(total)";

const HOUR: f64 = 3.6e12;

/// The trends of one group.
#[derive(Debug)]
pub struct GroupTrends {
    pub labels: Labels,
    /// All functions together, then the functions in the order of the table.
    pub rows: Vec<Row>,
    /// How many more functions there are.
    pub more: usize,
    pub restarts: usize,
    /// The most points that any series has between two restarts.
    pub points: usize,
    /// The trend of the whole in each series, and when it was last seen.
    pub series: Vec<Level>,
}

/// A function, or the whole.
#[derive(Debug, Clone)]
pub struct Row {
    pub function: Arc<str>,
    /// By hour, in each series or in the only one.
    pub trend: Trend,
    /// The labels of the only series with this trend, if not all have it.
    pub only: Option<Labels>,
    pub significant: bool,
    /// The means of the first and of the last point of these series.
    pub first: f64,
    pub last: f64,
}

/// Where a series is at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    pub at: Timestamp,
    /// The height there of a line with the common slope through its last piece.
    pub value: f64,
}

/// The trends of every group.
pub fn trends(profiles: &Profiles, work: Work<'_>) -> Result<Vec<GroupTrends>, Cancelled> {
    profiles.groups().iter().map(|group| of_group(profiles, group, work)).collect()
}

fn of_group(profiles: &Profiles, group: &Group, work: Work<'_>) -> Result<GroupTrends, Cancelled> {
    let pieces = Pieces::of(profiles, group);
    let points: Vec<Vec<Run<'_>>> =
        pieces.points().map(|point| vec![(&point.members[..], point.divisor)]).collect();
    let functions = by_function(profiles, &points, work)?;
    let points = Points::of(&pieces);
    let mut whole = vec![0.0; points.hours.len()];
    for (_, function) in &functions {
        function.add_to(&mut whole);
    }
    let mut rows = points.rows(&functions, profiles, work)?;
    let more = functions.len() - rows.len();
    let mut series = Vec::new();
    if let Some(trend) = trend_of_series(&points.pieces(&whole)) {
        series = points.levels(&whole, trend);
        let significant = trend.0.p <= FALSE_DISCOVERIES;
        rows.insert(0, points.row(WHOLE.into(), trend, significant, &whole));
    }
    Ok(GroupTrends {
        labels: group.labels.clone(),
        rows,
        more,
        restarts: pieces.restarts,
        points: points.pieces.iter().map(Range::len).max().unwrap_or(0),
        series,
    })
}

/// When the points of a group are, and which of them can be compared.
struct Points {
    first: Timestamp,
    /// Since the first point of all.
    hours: Vec<f64>,
    pieces: Vec<Range<usize>>,
    /// For each series its pieces.
    series: Vec<Range<usize>>,
    /// The labels of each series.
    labels: Vec<Labels>,
}

impl Points {
    fn of(pieces: &Pieces) -> Points {
        let first = pieces.points().map(|point| point.at).min().unwrap_or_default();
        let hours = pieces.points().map(|point| point.at.since(first).0 as f64 / HOUR);
        let hours = hours.collect();
        let labels = telling(&pieces.series);
        let mut points = Points { first, hours, pieces: Vec::new(), series: Vec::new(), labels };
        let mut next = 0;
        for series in &pieces.series {
            let start = points.pieces.len();
            for piece in &series.pieces {
                points.pieces.push(next..next + piece.len());
                next += piece.len();
            }
            points.series.push(start..points.pieces.len());
        }
        points
    }

    /// The pieces of each series.
    fn pieces<'v>(&'v self, values: &'v [f64]) -> Vec<Vec<Piece<'v>>> {
        let piece = |points: &Range<usize>| Piece {
            times: &self.hours[points.clone()],
            values: &values[points.clone()],
        };
        let pieces =
            |series: &Range<usize>| self.pieces[series.clone()].iter().map(piece).collect();
        self.series.iter().map(pieces).collect()
    }

    /// The rows of functions. Trends are computed of those that may be significant, and of the
    /// heaviest: a p-value without correlation is a lower bound, and few functions pass it.
    fn rows(
        &self,
        functions: &[(FrameId, FunctionPoints)],
        profiles: &Profiles,
        work: Work<'_>,
    ) -> Result<Vec<Row>, Cancelled> {
        let mut heaviest: Vec<usize> = (0..functions.len()).collect();
        let weight = |at: usize| functions[at].1.total().abs();
        heaviest.sort_by(|a, b| weight(*b).total_cmp(&weight(*a)));
        let mut is_heavy = vec![false; functions.len()];
        heaviest.iter().take(ROWS).for_each(|at| is_heavy[*at] = true);
        let trends = functions.par_iter().zip(&is_heavy).map(|((_, function), is_heavy)| {
            work.check()?;
            let values = function.all(self.hours.len());
            let pieces = self.pieces(&values);
            let least = least_p_of_series(&pieces);
            let is_candidate = *is_heavy || least <= FALSE_DISCOVERIES;
            Ok(is_candidate.then(|| trend_of_series(&pieces)).flatten().ok_or(least))
        });
        let trends = trends.collect::<Result<Vec<_>, _>>()?;
        let p: Vec<f64> =
            trends.iter().map(|trend| trend.map_or_else(|least| least, |t| t.0.p)).collect();
        let significant = discoveries(&p, FALSE_DISCOVERIES);
        let known = (0..).zip(trends).filter_map(|(at, trend): (usize, _)| {
            let name = profiles.symbols.frame_name(functions[at].0).clone();
            let values = functions[at].1.all(self.hours.len());
            Some(self.row(name, trend.ok()?, significant[at], &values))
        });
        let mut rows: Vec<Row> = known.collect();
        rows.sort_by(|a, b| {
            let steeper = b.trend.slope.abs().total_cmp(&a.trend.slope.abs());
            b.significant.cmp(&a.significant).then(steeper).then(a.function.cmp(&b.function))
        });
        let significant = rows.iter().filter(|row| row.significant).count();
        rows.truncate(significant + ROWS);
        rows.retain(|row| row.significant || row.trend.slope != 0.0);
        Ok(rows)
    }

    /// The series that a trend is of: one, or all.
    fn series(&self, only: Option<usize>) -> &[Range<usize>] {
        only.map_or(&self.series[..], |only| &self.series[only..=only])
    }

    fn row(
        &self,
        function: Arc<str>,
        (trend, only): (Trend, Option<usize>),
        significant: bool,
        values: &[f64],
    ) -> Row {
        let series = self.series(only).iter();
        let first = series.clone().map(|series| self.pieces[series.start].start);
        let last = series.clone().map(|series| self.pieces[series.end - 1].end - 1);
        let count = series.len().max(1) as f64;
        let first = first.map(|at| values[at]).sum::<f64>() / count;
        let last = last.map(|at| values[at]).sum::<f64>() / count;
        let only = only.map(|only| self.labels[only].clone());
        Row { function, trend, only, significant, first, last }
    }

    fn levels(
        &self,
        values: &[f64],
        (Trend { slope, .. }, only): (Trend, Option<usize>),
    ) -> Vec<Level> {
        let level = |series: &Range<usize>| {
            let last = self.pieces[series.end - 1].clone();
            let end = self.hours[last.end - 1];
            let mut heights: Vec<f64> =
                last.map(|at| values[at] + slope * (end - self.hours[at])).collect();
            heights.sort_by(f64::total_cmp);
            let value = (heights[(heights.len() - 1) / 2] + heights[heights.len() / 2]) / 2.0;
            Level { at: self.first.plus(Span((end * HOUR) as i64)), value }
        };
        self.series(only).iter().map(level).collect()
    }
}

/// The labels of each series, without those that are the same in all.
fn telling(series: &[SeriesPieces]) -> Vec<Labels> {
    let all = || series.iter().map(|series| &series.labels);
    let differs = |name: &String| {
        let mut values = all().map(|labels| labels.get(name));
        let first = values.next().flatten();
        values.any(|value| value != first)
    };
    let names = label_names(all()).into_iter().filter(differs);
    let names: Vec<Arc<str>> = names.map(Arc::from).collect();
    all().map(|labels| labels.only(&names)).collect()
}

impl GroupTrends {
    /// The trend of all functions together.
    pub fn whole(&self) -> Option<&Row> {
        self.rows.first().filter(|row| &*row.function == WHOLE)
    }

    /// The functions whose trend is significant, the steepest first.
    pub fn significant(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.significant && &*row.function != WHOLE)
    }

    /// A slope in percent of that of the whole, if this has one for sure, in the same series.
    pub fn share(&self, row: &Row) -> Option<f64> {
        let whole = self.whole().filter(|whole| whole.significant && whole.only == row.only)?;
        (whole.trend.slope != 0.0).then(|| 100.0 * row.trend.slope / whole.trend.slope)
    }
}

/// One row per function, group after group.
pub fn table(groups: &[GroupTrends], unit: &Unit) -> Table {
    let rows: Vec<(&GroupTrends, &Row)> =
        groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row))).collect();
    let number = |of: fn(&Row) -> f64| rows.iter().map(|(_, row)| of(row)).collect::<Vec<_>>();
    let known = |of: fn(&Row) -> f64| {
        rows.iter().map(|(_, row)| Some(of(row)).filter(|end| !end.is_nan())).collect::<Vec<_>>()
    };
    let columns = label_columns(Columns::default(), rows.iter().map(|(group, _)| &group.labels));
    let mut table = columns
        .number(PER_HOUR, number(|row| row.trend.slope), unit.clone())
        .known_numbers(LOW, known(|row| row.trend.low), unit.clone())
        .known_numbers(HIGH, known(|row| row.trend.high), unit.clone())
        .known_numbers(
            OF_GROWTH,
            rows.iter().map(|(group, row)| group.share(row)).collect(),
            Unit::Percent,
        )
        .text(FUNCTION, rows.iter().map(|(_, row)| row.function.to_string()))
        .hide_following()
        .text(
            ONLY_IN,
            rows.iter()
                .map(|(_, row)| row.only.as_ref().map_or(String::new(), ToString::to_string)),
        )
        .number(FIRST_VALUE, number(|row| row.first), unit.clone())
        .number(LAST_VALUE, number(|row| row.last), unit.clone())
        .number(P, number(|row| row.trend.p), Unit::None)
        .flags(SIGNIFICANT, rows.iter().map(|(_, row)| Some(row.significant)).collect())
        .finish();
    table.more = groups.iter().map(|group| group.more).sum();
    table
}
