//! Totals over time as text: a bar per point above a time axis, then the numbers.

use crate::eval::result::value::{Chart, Line, Mark, SeriesSet};
use crate::quantity::Window;
use crate::quantity::unit::grouped;
use crate::view::parts::axis::TimeAxis;
use crate::view::parts::fit;
use crate::view::parts::screen::{Screen, amount};
use crate::view::time::summary::{self, Summary, name};

/// The most lines; nobody reads more as text.
const LINES: usize = 40;

/// Columns of the time axis for a label: `╵00:00  `.
const TICK: usize = 8;

/// Few points get several columns each, up to this many, and no more than fill the second.
const WIDEST: usize = 8;
const FULL: usize = 64;

pub(crate) const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The bars of each line, the time axis, the scale, and the numbers of each line.
pub(crate) fn plain(series: &SeriesSet, screen: Screen) -> String {
    let Some(picture) = Bars::of(series, screen) else { return "no samples".to_owned() };
    let mut lines = picture.lines(series);
    lines.extend(screen.sentence(&picture.legend(series), 0));
    lines.push(String::new());
    let numbers = match picture.shown.as_slice() {
        [(_, summary)] => summary::rows(series, summary),
        _ => summary::table(series, LINES),
    };
    lines.extend(numbers.plain(screen));
    if picture.hidden > 0 {
        lines.push(format!("({} more lines)", grouped(picture.hidden as f64)));
    }
    lines.join("\n")
}

/// The bars of each line with its changes marked below, the time axis and the scale.
pub(crate) fn marked(chart: &Chart, screen: Screen) -> Vec<String> {
    let Some(picture) = Bars::of(&chart.series, screen) else { return Vec::new() };
    let mut lines = picture.lines_with(&chart.series, &chart.marks);
    lines.extend(screen.sentence(&picture.legend(&chart.series), 0));
    lines
}

/// The picture: what is drawn, and where.
struct Bars<'a> {
    shown: Vec<(&'a Line, Summary)>,
    hidden: usize,
    window: Window,
    /// The values of the lowest and the highest bar.
    low: f64,
    high: f64,
    /// Columns for names, and the gap behind them.
    names: usize,
    /// Columns for bars.
    room: usize,
}

impl<'a> Bars<'a> {
    /// `None` if no line has a value.
    fn of(series: &'a SeriesSet, screen: Screen) -> Option<Bars<'a>> {
        let lines = series.lines.iter().filter_map(|line| Some((line, Summary::of(line)?)));
        let mut shown: Vec<(&Line, Summary)> = lines.collect();
        let hidden = shown.len().saturating_sub(LINES);
        shown.truncate(LINES);
        let high = shown.iter().map(|(_, summary)| summary.max.1).reduce(f64::max)?;
        let low = shown.iter().map(|(_, summary)| summary.min.1).reduce(f64::min)?;
        let widths = shown.iter().map(|(line, _)| fit::columns(&name(line, series.lines.len())));
        let names = widths.max().unwrap_or(0).min(screen.columns() / 3) + 2;
        let (low, high) = (low.min(0.0), high.max(0.0));
        let room = screen.columns() - names;
        Some(Bars { shown, hidden, window: summary::window(series)?, low, high, names, room })
    }

    fn lines(&self, series: &SeriesSet) -> Vec<String> {
        self.lines_with(series, &[])
    }

    fn lines_with(&self, series: &SeriesSet, marks: &[Mark]) -> Vec<String> {
        let line = |(line, _): &(&Line, Summary)| {
            let name = name(line, series.lines.len());
            let name = fit::left(&fit::shorten(&name, self.names - 2), self.names);
            let of_line = |mark: &&Mark| {
                series.lines.get(mark.line).is_some_and(|of| std::ptr::eq(*line, of))
            };
            let marks = self.marks(line, marks.iter().filter(of_line));
            let bars = format!("{name}{}", self.bars(line)).trim_end().to_owned();
            std::iter::once(bars).chain(marks)
        };
        self.shown.iter().flat_map(line).chain(self.axis()).collect()
    }

    /// An arrow below the bar at which each change is; `None` without changes.
    fn marks<'m>(&self, line: &Line, marks: impl Iterator<Item = &'m Mark>) -> Option<String> {
        let (points, wide) = (line.points.len(), stretch(line.points.len(), self.room));
        let columns = points.min(self.room);
        let mut arrows = vec![' '; columns * wide];
        for mark in marks {
            let at = line.points.partition_point(|(at, _)| *at < mark.at);
            // As `bars` gives points their columns.
            let column = (0..columns).rev().find(|column| column * points / columns <= at);
            if let Some(arrow) = column.and_then(|column| arrows.get_mut(column * wide)) {
                *arrow = '▲';
            }
        }
        let arrows = arrows.into_iter().collect::<String>();
        let arrows = arrows.trim_end();
        (!arrows.is_empty()).then(|| format!("{}{arrows}", " ".repeat(self.names)))
    }

    /// A bar per point, a blank per gap.
    fn bars(&self, line: &Line) -> String {
        let points = &line.points;
        let columns = points.len().min(self.room);
        let highest = |(at, value): &(_, Option<f64>)| match (line.recorded_in(*at), value) {
            (Some(recorded), Some(_)) => Some(recorded.high.1),
            _ => *value,
        };
        let wide = stretch(points.len(), self.room);
        let bar = |column: usize| {
            let (from, to) =
                (column * points.len() / columns, (column + 1) * points.len() / columns);
            // If several points share a column, the highest is shown, because readers look
            // for peaks.
            let value = points[from..to].iter().filter_map(highest).reduce(f64::max);
            value.map_or(' ', |value| self.level(value))
        };
        (0..columns).flat_map(|column| [bar(column)].repeat(wide)).collect()
    }

    fn level(&self, value: f64) -> char {
        let length = self.high - self.low;
        let share = if length > 0.0 { ((value - self.low) / length).clamp(0.0, 1.0) } else { 0.0 };
        BARS[(share * 7.0).round() as usize]
    }

    fn axis(&self) -> Option<String> {
        let points = self.shown.iter().map(|(line, _)| line.points.len()).max()?;
        let columns = points.min(self.room) * stretch(points, self.room);
        let axis = axis(self.window, columns, self.room)?;
        Some(format!("{}{axis}", " ".repeat(self.names)))
    }

    /// The window, the step, and what the lowest and the highest bar mean.
    fn legend(&self, series: &SeriesSet) -> String {
        let last = self.shown.iter().filter_map(|(line, _)| line.points.last()).map(|(at, _)| *at);
        let last = last.max().unwrap_or(self.window.end);
        let step = series.step.map_or(String::new(), |step| format!(", a point every {step}"));
        let most = self.shown.iter().map(|(line, _)| line.points.len()).max().unwrap_or(0);
        let shared = match most > self.room {
            true => format!(", {most} points in {} columns: the highest is drawn", self.room),
            false => String::new(),
        };
        let [low, high] = [self.low, self.high].map(|value| amount(value, &series.unit));
        let start = self.window.start;
        format!("from {start} to {last}{step}{shared}; ▁ is {low}, █ is {high}")
    }
}

/// The columns of each point.
pub(crate) fn stretch(points: usize, room: usize) -> usize {
    (FULL.min(room) / points.max(1)).clamp(1, WIDEST)
}

/// Times of day below the columns that they are in, all whole within `room`; `None` if none
/// fits.
pub(crate) fn axis(window: Window, columns: usize, room: usize) -> Option<String> {
    let axis = TimeAxis(window);
    let most = columns / TICK + 1;
    let mut text = String::new();
    for at in axis.ticks(most) {
        let since = (at - window.start.0) as f64 / window.length().0.max(1) as f64;
        let (place, label) = ((since * columns as f64) as usize, axis.label(at, most));
        let is_free = text.is_empty() || fit::columns(&text) < place;
        if is_free && place < columns && place + 1 + fit::columns(&label) <= room {
            text = format!("{}╵{label}", fit::left(&text, place));
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::Recorded;
    use crate::profile::Labels;
    use crate::quantity::{Span, Timestamp, Unit};

    fn series(values: &[Option<f64>]) -> SeriesSet {
        let at = |i: usize| Timestamp(i as i64 * 60_000_000_000);
        let points = values.iter().enumerate().map(|(i, value)| (at(i), *value)).collect();
        let labels: Labels = [("pod", "a")].into_iter().collect();
        SeriesSet {
            unit: Unit::Cores,
            step: Some(Span::seconds(60)),
            lines: vec![Line { labels, points, recorded: Vec::new(), margins: Vec::new() }],
        }
    }

    fn bars(series: &SeriesSet, width: usize) -> String {
        let screen = Screen { width: Some(width), colour: false };
        plain(series, screen)
            .lines()
            .next()
            .expect("a line")
            .trim_start_matches("pod=\"a\"  ")
            .into()
    }

    #[test]
    fn gaps_are_blank_and_do_not_count() {
        let text = plain(&series(&[Some(0.0), None, Some(7.0), Some(3.5)]), Screen::PIPE);
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "pod=\"a\"  ▁▁▁▁▁▁▁▁        ████████▅▅▅▅▅▅▅▅",
                "         ╵Jan 1  ╵00:01  ╵00:02  ╵00:03",
                "from 1970-01-01T00:00:00Z to 1970-01-01T00:03:00Z, a point every 1m; \
                 ▁ is 0 cores, █ is 7 cores",
                "",
                "            value  at",
                "─────  ──────────  ────────",
                "first     0 cores  00:00:00",
                "min       0 cores  00:00:00",
                "mean   3.50 cores",
                "max       7 cores  00:02:00",
                "last   3.50 cores  00:03:00",
            ]
        );
    }

    #[test]
    fn many_points_keep_their_peaks() {
        let mut values = vec![Some(1.0); 1000];
        values[500] = Some(100.0);
        // 40 columns less 9 for the name.
        let bars = bars(&series(&values), 40);
        assert_eq!(bars.chars().count(), 31);
        assert_eq!(bars.chars().filter(|bar| *bar == '█').count(), 1);
        assert_eq!(bars.chars().nth(15), Some('█'));
    }

    #[test]
    fn a_peak_inside_a_step_is_drawn() {
        let mut series = series(&[Some(1.0), Some(1.0)]);
        let (step, at) = (Timestamp(0), Timestamp(9));
        series.lines[0].recorded.push(Recorded { step, low: (step, 0.0), high: (at, 8.0) });
        assert_eq!(bars(&series, 80), "████████▂▂▂▂▂▂▂▂");
    }

    #[test]
    fn the_axis_has_whole_labels_at_their_times() {
        // 48 hours in 48 columns: midnight at 0 and 24, noon at 12 and 36.
        let mut series = series(&vec![Some(1.0); 48]);
        let points = &mut series.lines[0].points;
        (0..).zip(points.iter_mut()).for_each(|(n, point)| point.0.0 = n * 3_600_000_000_000);
        series.step = Some(Span::seconds(3600));
        let text = plain(&series, Screen { width: Some(57), colour: false });
        let axis = text.lines().nth(1).expect("an axis");
        assert_eq!(axis, "         ╵Jan 1      ╵12:00      ╵Jan 2      ╵12:00");
        assert!(text.lines().all(|line| fit::columns(line) <= 57), "{text}");
    }

    #[test]
    fn a_series_of_gaps_renders() {
        assert_eq!(plain(&series(&[None, None]), Screen::PIPE), "no samples");
        assert_eq!(plain(&SeriesSet::default(), Screen::PIPE), "no samples");
    }
}
