//! The numbers of a line over time: its first, smallest, mean, largest and last value.
//!
//! The smallest and the largest are recorded values, also where a point is a mean.

use crate::eval::result::value::{Line, SeriesSet};
use crate::quantity::{Span, Timestamp, Window};
use crate::view::parts::axis::TimeAxis;
use crate::view::parts::escape;
use crate::view::parts::grid::{Align, Cell, Grid};
use crate::view::parts::screen::amount;

/// The numbers of one line; gaps do not count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) first: (Timestamp, f64),
    pub(crate) min: (Timestamp, f64),
    pub(crate) mean: f64,
    pub(crate) max: (Timestamp, f64),
    pub(crate) last: (Timestamp, f64),
}

impl Summary {
    /// None for a line without a value.
    pub(crate) fn of(line: &Line) -> Option<Summary> {
        let points = line.points.iter().filter_map(|(at, value)| Some((*at, (*value)?)));
        let points: Vec<(Timestamp, f64)> = points.collect();
        let lows = line.recorded.iter().map(|step| step.low);
        let highs = line.recorded.iter().map(|step| step.high);
        let lower = |a: (Timestamp, f64), b: (Timestamp, f64)| if b.1 < a.1 { b } else { a };
        let higher = |a: (Timestamp, f64), b: (Timestamp, f64)| if b.1 > a.1 { b } else { a };
        Some(Summary {
            first: *points.first()?,
            min: lows.reduce(lower).or_else(|| points.iter().copied().reduce(lower))?,
            mean: points.iter().map(|(_, value)| value).sum::<f64>() / points.len() as f64,
            max: highs.reduce(higher).or_else(|| points.iter().copied().reduce(higher))?,
            last: *points.last()?,
        })
    }

    /// The values that have a time.
    fn moments(&self) -> [(&'static str, (Timestamp, f64)); 4] {
        [("first", self.first), ("min", self.min), ("max", self.max), ("last", self.last)]
    }
}

/// `pod="a"`; `(none)` for a group without the labels it is grouped by, and `all` for a
/// line without groups.
pub(crate) fn name(line: &Line, of: usize) -> String {
    match line.labels.is_empty() {
        true if of > 1 => "(none)".into(),
        true => "all".into(),
        false => escape::name(&line.labels.to_string()),
    }
}

/// From the first point of all lines to the end of the last step; `None` without points.
pub(crate) fn window(series: &SeriesSet) -> Option<Window> {
    let times = || series.lines.iter().flat_map(|line| line.points.iter().map(|(at, _)| *at));
    let end = times().max()?.plus(series.step.unwrap_or(Span(0)));
    Some(Window { start: times().min()?, end })
}

/// The numbers of the only line, a row each.
pub(crate) fn rows(series: &SeriesSet, summary: &Summary) -> Grid {
    let mut grid = Grid::new(&[("", Align::Left), ("value", Align::Right), ("at", Align::Left)]);
    let Some(axis) = window(series).map(TimeAxis) else { return grid };
    let value = |value| Cell::new(amount(value, &series.unit));
    for (title, (at, of)) in summary.moments() {
        grid.rows.push(vec![Cell::new(title), value(of), Cell::new(axis.moment(at))]);
    }
    grid.rows.insert(2, vec![Cell::new("mean"), value(summary.mean), Cell::default()]);
    grid
}

/// The numbers of the first `most` lines that have a value, a row for each line.
pub(crate) fn table(series: &SeriesSet, most: usize) -> Grid {
    let lines = series.lines.iter().filter_map(|line| Some((line, Summary::of(line)?)));
    let lines: Vec<(&Line, Summary)> = lines.take(most).collect();
    // Lines usually begin and end together, at times that stand below the picture.
    let differ = |of: fn(&Summary) -> Timestamp| {
        lines.windows(2).any(|pair| of(&pair[0].1) != of(&pair[1].1))
    };
    let (first, last) = (differ(|summary| summary.first.0), differ(|summary| summary.last.0));
    let mut titles = vec![("series", Align::Left)];
    for (title, has_time) in
        [("first", first), ("min", true), ("mean", false), ("max", true), ("last", last)]
    {
        titles.push((title, Align::Right));
        titles.extend(has_time.then_some(("at", Align::Left)));
    }
    let mut grid = Grid::new(&titles);
    let Some(axis) = window(series).map(TimeAxis) else { return grid };
    let value = |value| Cell::new(amount(value, &series.unit));
    for (line, Summary { first: (begun, from), min, mean, max, last: (ended, to) }) in &lines {
        let time = |at: &Timestamp| Cell::new(axis.moment(*at));
        let mut row = vec![Cell::new(name(line, series.lines.len())), value(*from)];
        row.extend(first.then(|| time(begun)));
        row.extend([value(min.1), time(&min.0), value(*mean), value(max.1), time(&max.0)]);
        row.push(value(*to));
        row.extend(last.then(|| time(ended)));
        grid.rows.push(row);
    }
    grid
}

/// `first 1 s at 10:00:00 · min 1 s at 10:00:00 · mean …`
pub(crate) fn sentence(series: &SeriesSet, line: &Line) -> Option<String> {
    let (summary, axis) = (Summary::of(line)?, TimeAxis(window(series)?));
    let of = |value: f64| amount(value, &series.unit);
    let moments = summary.moments();
    let mut facts: Vec<_> = moments
        .map(|(title, (at, value))| format!("{title} {} at {}", of(value), axis.moment(at)))
        .into();
    facts.insert(2, format!("mean {}", of(summary.mean)));
    Some(facts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::Recorded;
    use crate::profile::Labels;
    use crate::quantity::Unit;
    use crate::view::parts::screen::Screen;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000_000)
    }

    /// Minutes with means of 5 and 7; the first holds 3 and 7, the second 7 alone.
    fn series() -> SeriesSet {
        let step = |step, low, high| Recorded { step, low, high };
        let line = Line {
            labels: Labels::default(),
            points: vec![(at(0), Some(5.0)), (at(60), Some(7.0))],
            recorded: vec![
                step(at(0), (at(10), 3.0), (at(40), 7.0)),
                step(at(60), (at(70), 7.0), (at(70), 7.0)),
            ],
            margins: Vec::new(),
        };
        SeriesSet { unit: Unit::Cores, step: Some(Span::seconds(60)), lines: vec![line] }
    }

    #[test]
    fn extremes_are_recorded_ones_with_their_times() {
        let summary = Summary::of(&series().lines[0]).expect("values");
        assert_eq!((summary.min, summary.max), ((at(10), 3.0), (at(40), 7.0)));
        assert_eq!(
            rows(&series(), &summary).plain(Screen::PIPE)[2..],
            [
                "first  5 cores  00:00:00",
                "min    3 cores  00:00:10",
                "mean   6 cores",
                "max    7 cores  00:00:40",
                "last   7 cores  00:01:00",
            ]
        );
        let sentence = sentence(&series(), &series().lines[0]).expect("values");
        assert!(sentence.contains("· max 7 cores at 00:00:40 ·"), "{sentence}");
    }

    #[test]
    fn without_records_the_points_count() {
        let mut series = series();
        series.lines[0].recorded.clear();
        let summary = Summary::of(&series.lines[0]).expect("values");
        assert_eq!((summary.min, summary.max), ((at(0), 5.0), (at(60), 7.0)));
    }

    #[test]
    fn lines_that_begin_apart_say_when() {
        let mut series = series();
        series.lines.push(series.lines[0].clone());
        let titles = |series: &SeriesSet| table(series, 9).plain(Screen::PIPE)[0].clone();
        assert_eq!(titles(&series).matches("at").count(), 2);
        series.lines[1].points.remove(0);
        assert_eq!(titles(&series).matches("at").count(), 3);
    }
}
