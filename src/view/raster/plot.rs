//! Totals over time as an image: lines with gaps, axes with units and UTC, a legend.
//!
//! The cell's chart decides which lines are drawn, their colours and their gaps.

use super::axes;
use super::canvas::{Area, Canvas, FAINT, INK, RULE, TextAlign};
use super::font::{Size, drawable};
use super::sheet::Sheet;
use crate::eval::result::value::{Line, SeriesSet};
use crate::quantity::unit::grouped;
use crate::view::parts::colour::Colour;
use crate::view::parts::screen::amount;
use crate::view::parts::short;
use crate::view::time::chart::{Dot, MOST, Plot, drawn, stroke, tick};
use crate::view::time::summary::{Summary, name};

/// Height of the plot in pixels, without axes and legend.
const HEIGHT: i32 = 440;

/// Pixels at the left for value labels.
const LABELS: i32 = 110;

/// Pixels at the right for half of the last time label.
const RIGHT: i32 = 40;

/// Thickness of a line in pixels.
const STROKE: f64 = 3.0;

/// The chart and its legend; `None` if no line has a value.
pub(super) fn draw(sheet: &mut Sheet, series: &SeriesSet) -> Option<()> {
    let lines = drawn(series);
    let plot = Plot::new(series, &lines)?;
    sheet.text(&plot.unit, FAINT);
    let area = sheet.strip(HEIGHT).inset(LABELS, 8, RIGHT, 0);
    let frame = PlotFrame { area, plot: &plot };
    axes::rules(&mut sheet.canvas, area, plot.window);
    frame.rules(&mut sheet.canvas);
    for (n, line) in lines.iter().enumerate() {
        for run in plot.runs(line) {
            frame.run(&mut sheet.canvas, &run, n, lines.len() == 1);
        }
    }
    axes::times(sheet, area, plot.window);
    frame.values(&mut sheet.canvas);
    for (n, line) in lines.iter().enumerate() {
        entry(sheet, series, line, n, lines.len());
    }
    if series.lines.len() > MOST {
        let all = grouped(series.lines.len() as f64);
        sheet.text(&format!("The {MOST} largest of {all} lines are drawn."), FAINT);
    }
    Some(())
}

/// One low line chart without axes, with its numbers; draws nothing for fewer than two
/// points.
pub(super) fn strip(sheet: &mut Sheet, series: &SeriesSet) {
    const HEIGHT: i32 = 70;
    let [line] = series.lines.as_slice() else { return };
    let lines = [line];
    let Some(plot) = Plot::new(series, &lines).filter(|_| line.points.len() > 1) else { return };
    let area = sheet.strip(HEIGHT).inset(0, 8, 0, 4);
    let frame = PlotFrame { area, plot: &plot };
    for run in plot.runs(line) {
        frame.run(&mut sheet.canvas, &run, 0, true);
    }
    if let Some(numbers) = numbers(series, line) {
        sheet.text(&format!("over time: {numbers}"), FAINT);
    }
}

/// The scales of values and times.
struct PlotFrame<'a> {
    area: Area,
    plot: &'a Plot,
}

impl PlotFrame<'_> {
    fn y(&self, value: f64) -> f64 {
        let share = (value - self.plot.low) / (self.plot.high - self.plot.low);
        f64::from(self.area.bottom()) - share * f64::from(self.area.height)
    }

    fn ticks(&self) -> impl Iterator<Item = (f64, i32)> {
        let values = axes::round_values(self.plot.low, self.plot.high, 6.0);
        values.into_iter().map(|value| (value, self.y(value).round() as i32))
    }

    fn rules(&self, canvas: &mut Canvas) {
        for (_, top) in self.ticks() {
            canvas.fill(Area { top, height: 1, ..self.area }, RULE);
        }
    }

    /// The value axis; its labels reach below the frame.
    fn values(&self, canvas: &mut Canvas) {
        let zero = self.y(0.0).round() as i32;
        canvas.fill(Area { top: zero, height: 1, ..self.area }, FAINT);
        for (value, top) in self.ticks() {
            axes::beside(canvas, self.area, 0, top, &tick(value));
        }
    }

    /// A run of points, the range and the interval of each; for a single line also the area below it.
    fn run(&self, canvas: &mut Canvas, run: &[Dot], n: usize, is_only: bool) {
        let place = |at: i64, value: f64| (axes::x(self.area, self.plot.window, at), self.y(value));
        let points: Vec<_> = run.iter().map(|dot| place(dot.at, dot.value)).collect();
        let (colour, is_dashed) = stroke(n);
        if is_only {
            let zero: Vec<_> = run.iter().map(|dot| place(dot.at, 0.0)).collect();
            shade(canvas, &points, &zero, colour);
        }
        for ends in [|dot: &Dot| dot.range, |dot: &Dot| dot.interval] {
            let edge = |end: usize| run.iter().map(move |dot| place(dot.at, ends(dot)[end]));
            let (lows, highs): (Vec<_>, Vec<_>) = (edge(0).collect(), edge(1).collect());
            shade(canvas, &highs, &lows, colour);
            if lows.len() == 1 && lows[0] != highs[0] {
                canvas.stroke(&[lows[0], highs[0]], STROKE / 2.0, colour);
            }
        }
        if is_dashed && points.len() > 1 {
            dashes(&points).iter().for_each(|dash| canvas.stroke(dash, STROKE, colour));
        } else {
            canvas.stroke(&points, STROKE, colour);
        }
    }
}

/// A pale fill between two lines whose points stand above each other.
fn shade(canvas: &mut Canvas, one: &[(f64, f64)], other: &[(f64, f64)], colour: Colour) {
    for (one, other) in one.windows(2).zip(other.windows(2)) {
        let (from, to) = (one[0].0, one[1].0);
        for x in from.ceil() as i32..to.ceil() as i32 {
            let share = (f64::from(x) - from) / (to - from);
            let y = |line: &[(f64, f64)]| line[0].1 + (line[1].1 - line[0].1) * share;
            let (y, edge) = (y(one), y(other));
            for y in y.min(edge).round() as i32..y.max(edge).round() as i32 {
                canvas.blend(x, y, colour, 0.25);
            }
        }
    }
}

/// A dashed line, with dashes measured in pixels.
fn dashes(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    const ON: f64 = 12.0;
    const OFF: f64 = 8.0;
    let mut dashes = Vec::new();
    let mut open = vec![points[0]];
    let (mut is_on, mut left) = (true, ON);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                open.push(to);
                break;
            }
            let share = left / length;
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            open.push(from);
            let dash = std::mem::replace(&mut open, vec![from]);
            if is_on {
                dashes.push(dash);
            }
            is_on = !is_on;
            left = if is_on { ON } else { OFF };
        }
    }
    if is_on {
        dashes.push(open);
    }
    dashes
}

/// A legend entry: line sample, name and numbers.
fn entry(sheet: &mut Sheet, series: &SeriesSet, line: &Line, n: usize, of: usize) {
    const SAMPLE: i32 = 56;
    let Some(numbers) = numbers(series, line) else { return };
    let area = sheet.line().inset(LABELS, 0, RIGHT, 0);
    let middle = f64::from(area.top + area.height / 2);
    let (colour, is_dashed) = stroke(n);
    let sample = [(f64::from(area.left), middle), (f64::from(area.left + SAMPLE - 12), middle)];
    let pieces = if is_dashed { dashes(&sample) } else { vec![sample.to_vec()] };
    pieces.iter().for_each(|piece| sheet.canvas.stroke(piece, STROKE, colour));
    let area = area.inset(SAMPLE, 0, 0, 0);
    let width = Size::Large.width(&drawable(&numbers));
    sheet.canvas.write(area, TextAlign::Right, Size::Large, FAINT, &numbers);
    let area = area.inset(0, 0, width + 20, 0);
    let name = name(line, of);
    let name = short::cut(&name, Size::Large.room(area.width).max(4)).into_owned();
    sheet.canvas.write(area, TextAlign::Left, Size::Large, INK, &name);
}

/// `min 1 s, mean 2 s, max 4 s, last 3 s`; `None` for a line without a value.
fn numbers(series: &SeriesSet, line: &Line) -> Option<String> {
    let summary = Summary::of(line)?;
    let amount = |value| amount(value, &series.unit);
    let (min, mean) = (amount(summary.min.1), amount(summary.mean));
    let (max, last) = (amount(summary.max.1), amount(summary.last.1));
    Some(format!("min {min}, mean {mean}, max {max}, last {last}"))
}
