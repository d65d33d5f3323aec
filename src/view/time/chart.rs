//! Totals over time as an SVG chart, drawn by plotters and shown as an image.
//!
//! An image is the only form of SVG that an untrusted notebook keeps. Text and axes are a
//! grey that is readable on white and on black, and the legend is html beside the image.
//! A line never crosses a step without a profile, and a point without neighbours is a
//! dot. Where a point is the mean of several profiles, a band shows their range, and a darker
//! one the 95 % interval of the mean.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;

use crate::eval::result::value::{Line, SeriesSet};
use crate::quantity::unit::grouped;
use crate::quantity::{Span, Window};
use crate::view::parts::axis::TimeAxis;
use crate::view::parts::colour::{Colour, LINES};
use crate::view::parts::escape;
use crate::view::parts::grid::number;
use crate::view::parts::header::counted;
use crate::view::parts::picture::Picture;
use crate::view::time::summary::{self, Summary, name};

/// Where the legend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Legend {
    /// In the image, for a file.
    Drawn,
    /// In html beside the image.
    Apart,
}

/// The most lines that can be distinguished: each colour solid, then dashed.
pub(crate) const MOST: usize = 2 * LINES.len();

/// The most lines in the table of numbers.
const LISTED: usize = 40;

const WIDTH: u32 = 960;
const HEIGHT: u32 = 300;

/// The most ticks that fit the width.
const TICKS: usize = 9;

/// Readable on white and on black.
const INK: RGBColor = RGBColor(0x80, 0x80, 0x80);

/// Half the width of a label of the time axis in pixels: the last one stands at the edge.
const LAST_LABEL: u32 = 36;

/// Height of a line of the drawn legend in pixels.
const LEGEND_LINE: u32 = 18;

/// The chart, its legend and its numbers.
pub(crate) fn html(series: &SeriesSet) -> Picture {
    let Some(svg) = svg(series, Legend::Apart) else {
        return "<div>no samples</div>".to_owned().into();
    };
    let alt = format!("Chart of {} over time", counted(series.lines.len(), "line", "lines"));
    let html = format!("<div>{}\n{}</div>{}", image(&alt, &svg), legend(series), numbers(series));
    let hidden = series.lines.len().saturating_sub(MOST);
    let note = (hidden > 0).then(|| {
        format!("The {MOST} largest of {} lines are drawn.", grouped(series.lines.len() as f64))
    });
    Picture { html, notes: note.into_iter().collect() }
}

pub(crate) fn image(alt: &str, svg: &str) -> String {
    let image = STANDARD.encode(svg);
    format!(
        "<img alt=\"{alt}\" width=\"{WIDTH}\" style=\"max-width:100%\" \
         src=\"data:image/svg+xml;base64,{image}\">"
    )
}

/// The chart as an SVG document; `None` if no line has a value.
pub(crate) fn svg(series: &SeriesSet, legend: Legend) -> Option<String> {
    svg_with(series, legend, &|_, _, _| Ok(()))
}

/// The chart with more drawn on top of its lines.
pub(super) fn svg_with(series: &SeriesSet, legend: Legend, more: &More<'_>) -> Option<String> {
    let lines = drawn(series);
    let plot = Plot::new(series, &lines)?;
    let legend_height = match legend {
        Legend::Drawn if lines.len() > 1 => LEGEND_LINE * lines.len() as u32 + 8,
        _ => 0,
    };
    let mut svg = String::new();
    {
        let size = (WIDTH, HEIGHT + legend_height);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let (picture, names) = root.split_vertically(HEIGHT);
        plot.draw(&picture, &lines, more).ok()?;
        if legend_height > 0 {
            draw_legend(&names, &lines).ok()?;
        }
        // Only once, on the root: this writes the closing tag.
        root.present().ok()?;
    }
    Some(svg)
}

/// The lines with the largest means, in the order of the set.
pub(crate) fn drawn(series: &SeriesSet) -> Vec<&Line> {
    let mean = |line: &Line| Summary::of(line).map(|summary| summary.mean);
    let mut means: Vec<f64> = series.lines.iter().filter_map(mean).collect();
    means.sort_by(|a, b| b.total_cmp(a));
    let least = means.get(MOST - 1).copied().unwrap_or(f64::NEG_INFINITY);
    let large = series.lines.iter().filter(|line| mean(line).is_some_and(|mean| mean >= least));
    large.take(MOST).collect()
}

/// The colour of the nth line, and whether it is dashed.
pub(crate) fn stroke(n: usize) -> (Colour, bool) {
    (LINES[n % LINES.len()], n >= LINES.len())
}

/// Axes that hold every point.
pub(crate) struct Plot {
    pub(crate) window: Window,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Values are divided by this to be in `unit`.
    size: f64,
    pub(crate) unit: String,
    /// Points further apart than this have a gap between them.
    reach: Option<Span>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
pub(super) type Drawn<'a> =
    Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;
pub(super) type Chart<'a, 'b> =
    ChartContext<'b, SVGBackend<'a>, Cartesian2d<TimeAxis, plotters::coord::types::RangedCoordf64>>;

/// Draws on top of the lines.
pub(super) type More<'m> =
    dyn for<'a, 'b> Fn(&Plot, &mut Chart<'a, 'b>, &[&Line]) -> Drawn<'a> + 'm;

impl Plot {
    pub(crate) fn new(series: &SeriesSet, lines: &[&Line]) -> Option<Plot> {
        let summaries = || lines.iter().filter_map(|line| Summary::of(line));
        let intervals = lines.iter().flat_map(|line| {
            line.points.iter().filter_map(|(at, value)| Some((*value)? + line.margin_at(*at)?))
        });
        let high = summaries().map(|summary| summary.max.1).reduce(f64::max)?.max(0.0);
        let high = intervals.fold(high, f64::max);
        let low = summaries().map(|summary| summary.min.1).reduce(f64::min)?.min(0.0);
        let (size, unit) = series.unit.scale(high.max(-low));
        let times = || lines.iter().flat_map(|line| line.points.iter().map(|(time, _)| *time));
        let window = Window { start: times().min()?, end: times().max()? };
        // A single point still needs an axis of some length.
        let margin = Span(if window.length().0 == 0 { 30_000_000_000 } else { 0 });
        Some(Plot {
            window: Window { start: window.start.minus(margin), end: window.end.plus(margin) },
            low: low / size * 1.05,
            high: if high == low { 1.0 } else { high / size * 1.05 },
            size,
            unit,
            reach: series.step.map(|step| Span(step.0 + step.0 / 2)),
        })
    }

    /// Pixels for the labels of values and the unit beside them.
    fn gutter(&self) -> u32 {
        let letters = [self.low, self.high].map(|value| tick(value.trunc()).len().max(4));
        32 + 8 * letters[0].max(letters[1]) as u32
    }

    fn draw<'a>(&self, area: &Area<'a>, lines: &[&Line], more: &More<'_>) -> Drawn<'a> {
        let axis = TimeAxis(self.window);
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(LAST_LABEL)
            .x_label_area_size(40)
            .y_label_area_size(self.gutter())
            .build_cartesian_2d(axis, self.low..self.high)?;
        let text = ("sans-serif", 13).into_font().color(&INK);
        chart
            .configure_mesh()
            .axis_style(INK)
            .bold_line_style(INK.mix(0.25))
            .light_line_style(TRANSPARENT)
            .label_style(text.clone())
            .axis_desc_style(text)
            .x_labels(TICKS)
            .y_labels(6)
            .x_label_formatter(&|at| axis.label(*at, TICKS))
            .y_label_formatter(&|value| tick(*value))
            .x_desc(axis.days())
            .y_desc(escape::name(&self.unit))
            .draw()?;
        for (n, line) in lines.iter().enumerate() {
            self.draw_line(&mut chart, line, n, lines.len() == 1)?;
        }
        more(self, &mut chart, lines)
    }

    /// Each run of points is a line; a single point is a dot.
    fn draw_line<'a>(
        &self,
        chart: &mut Chart<'a, '_>,
        line: &Line,
        n: usize,
        is_only: bool,
    ) -> Drawn<'a> {
        let (colour, is_dashed) = stroke(n);
        let colour = RGBColor(colour.0, colour.1, colour.2);
        let style = colour.stroke_width(2);
        for run in self.runs(line) {
            for band in bands(&run) {
                chart.draw_series([Polygon::new(band, colour.mix(0.25).filled())])?;
            }
            if let [dot] = run.as_slice() {
                // A band of no width would not be seen.
                for [low, high] in [dot.range, dot.interval] {
                    let thin = colour.mix(0.4).stroke_width(2);
                    chart.draw_series([PathElement::new([(dot.at, low), (dot.at, high)], thin)])?;
                }
            }
            let run: Vec<(i64, f64)> = run.iter().map(|dot| (dot.at, dot.value)).collect();
            if let [point] = run.as_slice() {
                chart.draw_series([Circle::new(*point, 3, colour.filled())])?;
                continue;
            }
            if is_only {
                let fill = colour.mix(0.15);
                chart.draw_series(AreaSeries::new(run.iter().copied(), 0.0, fill))?;
            }
            if is_dashed {
                chart.draw_series(DashedLineSeries::new(run, 6, 4, style))?;
            } else {
                chart.draw_series(LineSeries::new(run, style))?;
            }
        }
        Ok(())
    }

    /// Runs of points without a gap, scaled.
    pub(crate) fn runs(&self, line: &Line) -> Vec<Vec<Dot>> {
        let mut runs: Vec<Vec<Dot>> = Vec::new();
        let mut is_open = false;
        for (time, value) in &line.points {
            let Some(value) = value else {
                is_open = false;
                continue;
            };
            let range = line.recorded_in(*time);
            let range = range.map_or([*value; 2], |range| [range.low.1, range.high.1]);
            let margin = line.margin_at(*time).unwrap_or(0.0);
            // Where no value is negative, the interval is not below zero.
            let least = if range[0] < 0.0 { value - margin } else { (value - margin).max(0.0) };
            let scaled = |ends: [f64; 2]| ends.map(|value| value / self.size);
            let point = Dot {
                at: time.0,
                value: value / self.size,
                range: scaled(range),
                interval: scaled([least, value + margin]),
            };
            match runs.last_mut() {
                Some(run) if is_open && self.reaches(run, time.0) => run.push(point),
                _ => runs.push(vec![point]),
            }
            is_open = true;
        }
        runs
    }

    fn reaches(&self, run: &[Dot], time: i64) -> bool {
        let last = run.last().map_or(time, |dot| dot.at);
        self.reach.is_none_or(|reach| time - last <= reach.0)
    }
}

/// A point in the unit of the axis, the range that was recorded in its step, and the 95 %
/// interval of its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dot {
    pub(crate) at: i64,
    pub(crate) value: f64,
    pub(crate) range: [f64; 2],
    pub(crate) interval: [f64; 2],
}

/// The outlines of a run's ranges and intervals: the largest values, and back over the
/// smallest. None if each point is all that was recorded.
fn bands(run: &[Dot]) -> impl Iterator<Item = Vec<(i64, f64)>> {
    let outline = |ends: fn(&Dot) -> [f64; 2]| {
        let highs = run.iter().map(|dot| (dot.at, ends(dot)[1]));
        let lows = run.iter().rev().map(|dot| (dot.at, ends(dot)[0]));
        let has_width = run.iter().any(|dot| ends(dot)[0] < ends(dot)[1]);
        has_width.then(|| highs.chain(lows).collect())
    };
    [outline(|dot| dot.range), outline(|dot| dot.interval)].into_iter().flatten()
}

/// `1 200`, `0.05`
pub(crate) fn tick(value: f64) -> String {
    if value.abs() >= 1000.0 { grouped(value) } else { number(value) }
}

fn draw_legend<'a>(area: &Area<'a>, lines: &[&Line]) -> Drawn<'a> {
    let text = ("sans-serif", 13).into_font().color(&INK);
    for (n, line) in lines.iter().enumerate() {
        let (colour, is_dashed) = stroke(n);
        let (left, middle) = (74, (n as u32 * LEGEND_LINE + LEGEND_LINE / 2) as i32);
        let style = RGBColor(colour.0, colour.1, colour.2).stroke_width(3);
        let right = left + if is_dashed { 8 } else { 20 };
        area.draw(&PathElement::new([(left, middle), (right, middle)], style))?;
        if is_dashed {
            area.draw(&PathElement::new([(left + 12, middle), (left + 20, middle)], style))?;
        }
        area.draw(&Text::new(name(line, lines.len()), (left + 28, middle - 7), text.clone()))?;
    }
    Ok(())
}

/// A line sample and a name for each line; empty for a single line without a group.
pub(super) fn legend(series: &SeriesSet) -> String {
    let lines = drawn(series);
    if let [line] = lines.as_slice()
        && line.labels.is_empty()
    {
        return String::new();
    }
    let entry = |(n, line): (usize, &&Line)| {
        let (colour, is_dashed) = stroke(n);
        let style = if is_dashed { "dashed" } else { "solid" };
        format!(
            "<span style=\"display:inline-block;margin:0 18px 4px 0\">\
             <span style=\"display:inline-block;width:20px;vertical-align:middle;\
             border-top:3px {style} {colour}\"></span> {}</span>",
            escape::html(&name(line, lines.len()))
        )
    };
    let entries: String = lines.iter().enumerate().map(entry).collect();
    format!("<div style=\"font:13px/20px sans-serif;padding-left:64px\">{entries}</div>")
}

/// The numbers of each line; collapsed if there are several.
fn numbers(series: &SeriesSet) -> String {
    if let [line] = series.lines.as_slice() {
        let Some(text) = summary::sentence(series, line) else { return String::new() };
        return format!(
            "<div style=\"font:13px/20px sans-serif;padding-left:64px;opacity:.75\">{}</div>",
            escape::html(&text)
        );
    }
    let grid = summary::table(series, LISTED).html();
    format!("<details><summary>Numbers</summary>{grid}</details>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::Recorded;
    use crate::profile::Labels;
    use crate::quantity::{Timestamp, Unit};

    fn series(lines: &[&[Option<f64>]]) -> SeriesSet {
        let at = |i: usize| Timestamp(i as i64 * 60_000_000_000);
        let line = |(n, values): (usize, &&[Option<f64>])| Line {
            labels: [("pod", n.to_string().as_str())].into_iter().collect::<Labels>(),
            points: values.iter().enumerate().map(|(i, value)| (at(i), *value)).collect(),
            recorded: Vec::new(),
            margins: Vec::new(),
        };
        SeriesSet {
            unit: Unit::Bytes,
            step: Some(Span::seconds(60)),
            lines: lines.iter().enumerate().map(line).collect(),
        }
    }

    fn drawing(series: &SeriesSet) -> String {
        svg(series, Legend::Drawn).expect("a picture")
    }

    #[test]
    fn a_gap_breaks_the_line_and_a_point_alone_is_a_dot() {
        let mib = 1_048_576.0;
        let whole =
            drawing(&series(&[&[Some(mib), Some(mib), Some(mib), Some(mib)], &[Some(mib)]]));
        let broken = drawing(&series(&[&[Some(mib), Some(mib), None, Some(mib)], &[Some(mib)]]));
        // A dot for the line with one point, and one for the point after the gap.
        assert_eq!(whole.matches("<circle").count(), 1);
        assert_eq!(broken.matches("<circle").count(), 2);
    }

    #[test]
    fn the_range_of_a_step_is_a_band_and_the_axis_holds_it() {
        let mut series = series(&[&[Some(2.0), Some(3.0)]]);
        assert_eq!(band_count(&series), 0);
        let [step, peak] = [0, 60].map(|seconds| Timestamp(seconds * 1_000_000_000));
        let low = (step, 1.0);
        series.lines[0].recorded.push(Recorded { step, low, high: (peak, 40.0) });
        assert_eq!(band_count(&series), 1);
        let lines: Vec<&Line> = series.lines.iter().collect();
        let plot = Plot::new(&series, &lines).expect("a plot");
        assert_eq!(plot.high, 42.0);
        let run = &plot.runs(lines[0])[0];
        assert_eq!(bands(run).next().expect("a band").len(), 4);
        assert!(html(&series).html.contains("max 40 B at 00:01:00"));
    }

    #[test]
    fn the_interval_of_a_mean_is_a_second_band_that_is_not_below_zero() {
        let mut series = series(&[&[Some(2.0), Some(3.0)]]);
        series.lines[0].margins = vec![(Timestamp(0), 5.0), (Timestamp(60_000_000_000), 0.5)];
        assert_eq!(band_count(&series), 1);
        let lines: Vec<&Line> = series.lines.iter().collect();
        let plot = Plot::new(&series, &lines).expect("a plot");
        assert!((plot.high - 7.0 * 1.05).abs() < 1e-9);
        let intervals = plot.runs(lines[0])[0].iter().map(|dot| dot.interval).collect::<Vec<_>>();
        assert_eq!(intervals, [[0.0, 7.0], [2.5, 3.5]]);
    }

    /// How many runs have a band.
    fn band_count(series: &SeriesSet) -> usize {
        let lines: Vec<&Line> = series.lines.iter().collect();
        let plot = Plot::new(series, &lines).expect("a plot");
        lines.iter().flat_map(|line| plot.runs(line)).map(|run| bands(&run).count()).sum()
    }

    #[test]
    fn a_missing_step_is_a_gap_too() {
        let mut series = series(&[&[Some(1.0), Some(1.0), Some(1.0), Some(1.0)], &[Some(1.0)]]);
        series.lines[0].points.remove(1);
        assert_eq!(drawing(&series).matches("<circle").count(), 2);
    }

    #[test]
    fn the_document_is_closed_once_with_or_without_a_legend() {
        for lines in [&[&[Some(1.0)][..]][..], &[&[Some(1.0)], &[Some(2.0)]]] {
            let svg = drawing(&series(lines));
            assert_eq!(svg.matches("</svg>").count(), 1);
            assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
        }
    }

    #[test]
    fn axes_are_in_units_and_in_utc() {
        let svg = drawing(&series(&[&[Some(2.0 * 1_048_576.0), Some(3.0 * 1_048_576.0)]]));
        assert!(svg.contains("MiB") && svg.contains("1970-01-01, UTC"), "{svg}");
    }

    #[test]
    fn every_line_is_named_by_its_labels() {
        let html = html(&series(&[&[Some(1.0)], &[Some(2.0)]])).html;
        assert!(html.contains("pod=&quot;1&quot;"));
        assert!(html.contains("src=\"data:image/svg+xml;base64,"));
    }

    #[test]
    fn only_lines_that_can_be_distinguished_are_drawn() {
        let values: Vec<Vec<_>> = (0..40).map(|n| vec![Some(f64::from(n)); 3]).collect();
        let lines: Vec<&[_]> = values.iter().map(Vec::as_slice).collect();
        let picture = html(&series(&lines));
        assert_eq!(picture.notes, ["The 12 largest of 40 lines are drawn."]);
        assert!(picture.html.contains("pod=&quot;39&quot;"));
    }

    #[test]
    fn a_timeline_without_values_renders() {
        assert!(svg(&series(&[&[None, None]]), Legend::Drawn).is_none());
        assert_eq!(html(&SeriesSet::default()).html, "<div>no samples</div>");
    }
}
