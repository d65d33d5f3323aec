//! A chart with the changes of its lines marked: a line at the time of each, and a band over
//! the interval in which it was. It stands above the table of the changes.

use plotters::prelude::*;

use crate::eval::result::value::{Chart as MarkedSeries, Line, Mark, SeriesSet};
use crate::view::parts::header::counted;
use crate::view::time::chart::{Chart, Drawn, Legend, Plot, image, legend, stroke, svg_with};

/// The chart as html; "" without a value.
pub(crate) fn html(chart: &MarkedSeries) -> String {
    let MarkedSeries { series, marks } = chart;
    let Some(svg) = svg(chart) else { return String::new() };
    let lines = counted(series.lines.len(), "line", "lines");
    let changes = counted(marks.len(), "change", "changes");
    let image = image(&format!("Chart of {lines} over time, with {changes}"), &svg);
    format!("<div>{image}\n{}</div>", legend(series))
}

fn svg(MarkedSeries { series, marks }: &MarkedSeries) -> Option<String> {
    svg_with(series, Legend::Apart, &|plot, chart, lines| {
        let mut of_lines = marks_of(series, lines, marks).into_iter();
        of_lines.try_for_each(|mark| draw(plot, chart, mark, lines.len() == 1))
    })
}

fn draw<'a>(plot: &Plot, chart: &mut Chart<'a, '_>, mark: Mark, is_only: bool) -> Drawn<'a> {
    // The only line fills its area with its colour.
    let (colour, _) = stroke(if is_only { 1 } else { mark.line });
    let colour = RGBColor(colour.0, colour.1, colour.2);
    let (start, end) = (plot.window.start.0, plot.window.end.0);
    let [at, from, to] = [mark.at, mark.earliest, mark.latest].map(|time| time.0.clamp(start, end));
    let band = Rectangle::new([(from, plot.low), (to, plot.high)], colour.mix(0.2).filled());
    chart.draw_series([band])?;
    let line = PathElement::new([(at, plot.low), (at, plot.high)], colour.stroke_width(2));
    chart.draw_series([line])?;
    Ok(())
}

/// The marks of the lines that are drawn, by their place among these.
fn marks_of(series: &SeriesSet, lines: &[&Line], marks: &[Mark]) -> Vec<Mark> {
    let place = |mark: &Mark| {
        let of = series.lines.get(mark.line)?;
        let line = lines.iter().position(|line| std::ptr::eq(*line, of))?;
        Some(Mark { line, ..*mark })
    };
    marks.iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Labels;
    use crate::quantity::{Span, Timestamp, Unit};

    fn at(minute: i64) -> Timestamp {
        Timestamp(60_000_000_000 * minute)
    }

    #[test]
    fn a_change_is_a_band_and_a_line() {
        let points = (0..10).map(|minute| (at(minute), Some(if minute < 5 { 1.0 } else { 2.0 })));
        let line = Line {
            labels: Labels::default(),
            points: points.collect(),
            recorded: vec![],
            margins: vec![],
        };
        let series =
            SeriesSet { unit: Unit::Cores, step: Some(Span::seconds(60)), lines: vec![line] };
        let mark = Mark { line: 0, at: at(5), earliest: at(4), latest: at(7) };
        let plain = MarkedSeries { series, marks: Vec::new() };
        let count = |chart: &MarkedSeries| {
            let svg = svg(chart).expect("a picture");
            (svg.matches("<rect").count(), svg.matches("<polyline").count())
        };
        let (bands, lines) = count(&plain);
        // A mark of a line that is not there is not drawn.
        let marks = vec![mark, Mark { line: 7, ..mark }];
        let marked = MarkedSeries { marks, ..plain };
        assert_eq!(count(&marked), (bands + 1, lines + 1));
        assert!(html(&marked).contains("alt=\"Chart of 1 line over time, with 2 changes\""));
    }
}
