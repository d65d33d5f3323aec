//! Totals over time as text: a bar per point, then min, mean and max.

use crate::eval::result::value::{Line, SeriesSet};
use crate::quantity::unit::grouped;
use crate::view::parts::escape;
use crate::view::parts::grid::{Align, Cell, Grid};
use crate::view::parts::screen::{Screen, amount};

/// The most lines; nobody reads more as text.
const LINES: usize = 40;

/// The widest bar chart.
const WIDEST: usize = 60;

pub(crate) const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A table with a row per line: labels, bars, min, mean and max.
pub(crate) fn plain(series: &SeriesSet, screen: Screen) -> String {
    let shown: Vec<_> = series.lines.iter().filter(|line| Summary::of(line).is_some()).collect();
    let Some(top) =
        shown.iter().filter_map(|line| Summary::of(line)).map(|s| s.max).reduce(f64::max)
    else {
        return "no samples".to_owned();
    };
    let mut lines = summaries(series, Some(&|line| bars(line, top, width(screen)))).plain(screen);
    lines.extend(times(&shown, series));
    if shown.len() > LINES {
        lines.push(format!("({} more lines)", grouped((shown.len() - LINES) as f64)));
    }
    lines.join("\n")
}

/// Labels, an optional drawing, and the numbers of each line that has a value.
pub(crate) fn summaries(series: &SeriesSet, drawing: Option<&dyn Fn(&Line) -> String>) -> Grid {
    let mut titles = vec![("series", Align::Left)];
    titles.extend(drawing.map(|_| ("", Align::Left)));
    titles.extend(["min", "mean", "max", "last"].map(|title| (title, Align::Right)));
    let mut grid = Grid::new(&titles);
    let amount = |value| Cell::new(amount(value, &series.unit));
    for line in series.lines.iter().take(LINES) {
        let Some(summary) = Summary::of(line) else { continue };
        let mut row = vec![Cell::new(name(line, series.lines.len()))];
        row.extend(drawing.map(|drawing| Cell::new(drawing(line))));
        row.extend([summary.min, summary.mean, summary.max, summary.last].map(amount));
        grid.rows.push(row);
    }
    grid
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

/// The numbers of one line; gaps do not count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) min: f64,
    pub(crate) mean: f64,
    pub(crate) max: f64,
    pub(crate) last: f64,
}

impl Summary {
    /// None for a line without a value.
    pub(crate) fn of(line: &Line) -> Option<Summary> {
        let values: Vec<f64> = line.points.iter().filter_map(|(_, value)| *value).collect();
        Some(Summary {
            min: values.iter().copied().reduce(f64::min)?,
            mean: values.iter().sum::<f64>() / values.len() as f64,
            max: values.iter().copied().reduce(f64::max)?,
            last: *values.last()?,
        })
    }
}

fn width(screen: Screen) -> usize {
    (screen.columns() / 2).min(WIDEST)
}

/// A bar per point, a blank per gap; all lines share the scale from 0 to `top`.
fn bars(line: &Line, top: f64, width: usize) -> String {
    let points = &line.points;
    let columns = points.len().min(width);
    let bar = |column: usize| {
        let (from, to) = (column * points.len() / columns, (column + 1) * points.len() / columns);
        let values = points[from..to].iter().filter_map(|(_, value)| *value);
        // If several points share a column, the highest is shown, because readers look
        // for peaks.
        values.reduce(f64::max).map_or(' ', |value| level(value, top))
    };
    (0..columns).map(bar).collect()
}

fn level(value: f64, top: f64) -> char {
    let share = if top > 0.0 { (value / top).clamp(0.0, 1.0) } else { 0.0 };
    BARS[(share * 7.0).round() as usize]
}

/// The first and last time, and the step.
fn times(shown: &[&Line], series: &SeriesSet) -> Option<String> {
    let ends =
        shown.iter().filter_map(|line| Some((line.points.first()?.0, line.points.last()?.0)));
    let (first, last) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let step = series.step.map_or(String::new(), |step| format!(", a point every {step}"));
    Some(format!("from {first} to {last}{step}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Labels;
    use crate::quantity::{Span, Timestamp, Unit};

    fn series(values: &[Option<f64>]) -> SeriesSet {
        let at = |i: usize| Timestamp(i as i64 * 60_000_000_000);
        let points = values.iter().enumerate().map(|(i, value)| (at(i), *value)).collect();
        let labels: Labels = [("pod", "a")].into_iter().collect();
        SeriesSet {
            unit: Unit::Cores,
            step: Some(Span::seconds(60)),
            lines: vec![Line { labels, points }],
        }
    }

    #[test]
    fn gaps_are_blank_and_do_not_count() {
        let text = plain(&series(&[Some(0.0), None, Some(7.0), Some(3.5)]), Screen::PIPE);
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "series             min        mean      max        last",
                "───────  ────  ───────  ──────────  ───────  ──────────",
                "pod=\"a\"  ▁ █▅  0 cores  3.50 cores  7 cores  3.50 cores",
                "from 1970-01-01T00:00:00Z to 1970-01-01T00:03:00Z, a point every 1m",
            ]
        );
    }

    #[test]
    fn many_points_keep_their_peaks() {
        let mut values = vec![Some(1.0); 1000];
        values[500] = Some(100.0);
        let line = &series(&values).lines[0];
        let bars = bars(line, 100.0, 20);
        assert_eq!(bars.chars().count(), 20);
        assert_eq!(bars.chars().nth(10), Some('█'));
    }

    #[test]
    fn a_series_of_gaps_renders() {
        assert_eq!(plain(&series(&[None, None]), Screen::PIPE), "no samples");
        assert_eq!(plain(&SeriesSet::default(), Screen::PIPE), "no samples");
    }
}
