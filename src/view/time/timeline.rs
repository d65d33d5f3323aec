//! A timeline in a cell: the static chart, and the script that makes it interactive.
//!
//! `timeline.js` replaces the image by a chart with values under the pointer, a legend
//! that toggles lines, and a brush whose range can be pasted into a query. Where scripts
//! do not run, the image stays and shows the same numbers.

use serde_json::json;

use crate::eval::result::value::{Line, Recorded, SeriesSet};
use crate::quantity::{Span, Timestamp, Window};
use crate::view::parts::axis::TimeAxis;
use crate::view::parts::escape;
use crate::view::parts::picture::Picture;
use crate::view::time::chart::{self, stroke};
use crate::view::time::summary::name;

/// The most numbers of all lines together: a page stays fast with them, and their numbers
/// take about as much space as the image.
const POINTS: usize = 30_000;

/// A function of a `Timeline`, which `tests/viewer/build.js` builds from `timeline.js`.
const PROGRAM: &str = include_str!("timeline.min.js");

/// The static chart and its script; the chart alone if it has too many points.
pub(crate) fn html(series: &SeriesSet) -> Picture {
    let mut picture = chart::html(series);
    let Some(steps) = RegularSteps::of(series) else { return picture };
    let numbers = |line: &&Line| {
        let bands = 2 * usize::from(has_band(line)) + usize::from(!line.margins.is_empty());
        (1 + bands) * steps.count
    };
    if chart::drawn(series).iter().map(numbers).sum::<usize>() > POINTS {
        picture.notes.push("The chart is not interactive: it has too many points.".into());
        return picture;
    }
    picture.html = format!(
        "<div class=\"flamebook-chart\">{}</div><script>{PROGRAM}({})</script>",
        picture.html,
        literal(&payload(series, &steps)),
    );
    picture
}

/// The regular steps at which all points of a chart lie.
struct RegularSteps {
    start: Timestamp,
    step: Span,
    count: usize,
}

impl RegularSteps {
    /// `None` if there is no value, or if the points do not lie at the series' steps.
    fn of(series: &SeriesSet) -> Option<RegularSteps> {
        let step = series.step.filter(|step| step.0 > 0)?;
        let lines = chart::drawn(series);
        let times = || lines.iter().flat_map(|line| line.points.iter().map(|(time, _)| *time));
        let (start, last) = (times().min()?, times().max()?);
        let count = usize::try_from(last.since(start).0 / step.0).ok()? + 1;
        times().all(|time| time.since(start).0 % step.0 == 0).then_some(RegularSteps {
            start,
            step,
            count,
        })
    }

    /// A value per step, `None` for a gap.
    fn values(&self, line: &Line) -> Vec<Option<f64>> {
        self.of_points(line, |_, value| value)
    }

    /// The smallest or the largest recorded value per step; nothing for a line whose points
    /// are all that was recorded.
    fn ends(&self, line: &Line, end: fn(&Recorded) -> f64) -> Vec<Option<f64>> {
        if !has_band(line) {
            return Vec::new();
        }
        self.of_points(line, |at, value| line.recorded_in(at).map_or(value, end))
    }

    /// Half of the 95 % interval per step; nothing for a line without.
    fn margins(&self, line: &Line) -> Vec<Option<f64>> {
        if line.margins.is_empty() {
            return Vec::new();
        }
        self.of_points(line, |at, _| line.margin_at(at).unwrap_or(0.0))
    }

    fn of_points(&self, line: &Line, of: impl Fn(Timestamp, f64) -> f64) -> Vec<Option<f64>> {
        let mut values = vec![None; self.count];
        for (time, value) in &line.points {
            let step = (time.since(self.start).0 / self.step.0) as usize;
            values[step] = value.map(|value| short(of(*time, value)));
        }
        values
    }
}

/// Whether a step of the line holds several values.
fn has_band(line: &Line) -> bool {
    line.recorded.iter().any(|step| step.low.1 < step.high.1)
}

/// Rounds to six digits, more than a screen shows.
fn short(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// The `Timeline` of `timeline.js`; times are in milliseconds.
fn payload(series: &SeriesSet, steps: &RegularSteps) -> serde_json::Value {
    let lines = chart::drawn(series);
    let is_alone = lines.len() == 1 && lines[0].labels.is_empty();
    let line = |(n, line): (usize, &&Line)| {
        let (colour, is_dashed) = stroke(n);
        json!({
            "name": if is_alone { String::new() } else { name(line, lines.len()) },
            "colour": colour.to_string(),
            "dashed": is_dashed,
            "values": steps.values(line),
            "lows": steps.ends(line, |step| step.low.1),
            "highs": steps.ends(line, |step| step.high.1),
            "margins": steps.margins(line),
        })
    };
    let unit = escape::name(&series.unit.to_string());
    let prefixes = series.unit.prefixes();
    let last = steps.start.plus(Span(steps.step.0 * (steps.count as i64 - 1)));
    let window = Window { start: steps.start, end: last };
    let prefixes: Vec<_> = prefixes.iter().map(|(size, name)| (size, escape::name(name))).collect();
    json!({
        "title": format!("Chart of {unit} over time in UTC"),
        "start": steps.start.0 as f64 / 1e6,
        "step": steps.step.0 as f64 / 1e6,
        "every": steps.step.to_string(),
        "days": TimeAxis(window).days(),
        "scale": prefixes,
        "lines": lines.iter().enumerate().map(line).collect::<Vec<_>>(),
    })
}

/// A value as an expression for a script in a page: no text in it can close the script or
/// its line.
fn literal(value: &serde_json::Value) -> String {
    let text = value.to_string();
    text.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Labels;
    use crate::quantity::Unit;

    fn series(lines: &[(&str, &[Option<f64>])]) -> SeriesSet {
        let at = |i: usize| Timestamp(i as i64 * 60_000_000_000);
        let line = |(pod, values): &(&str, &[Option<f64>])| Line {
            labels: [("pod", *pod)].into_iter().collect::<Labels>(),
            points: values.iter().enumerate().map(|(i, value)| (at(i), *value)).collect(),
            recorded: Vec::new(),
            margins: Vec::new(),
        };
        SeriesSet {
            unit: Unit::Bytes.per_second(),
            step: Some(Span::seconds(60)),
            lines: lines.iter().map(line).collect(),
        }
    }

    #[test]
    fn a_step_without_a_point_is_a_gap_like_one_without_a_value() {
        let mut series = series(&[
            ("a", &[Some(1.0), None, Some(3.0), Some(4.123_456_78)]),
            ("b", &[Some(5.0)]),
        ]);
        series.lines[0].points.remove(2);
        let steps = RegularSteps::of(&series).expect("regular steps");
        let payload = payload(&series, &steps);
        assert_eq!(payload["lines"][0]["values"], json!([1.0, null, null, 4.12346]));
        assert_eq!(payload["lines"][1]["values"], json!([5.0, null, null, null]));
        assert_eq!(payload["lines"][1]["name"], "pod=\"b\"");
        assert_eq!((&payload["step"], &payload["every"]), (&json!(60_000.0), &json!("1m")));
        assert_eq!(payload["scale"][4], json!([1.0, " B/s"]));
        assert_eq!(payload["days"], "1970-01-01, UTC");
    }

    #[test]
    fn a_step_with_several_values_has_their_range() {
        let mut series = series(&[("a", &[Some(2.0), None, Some(5.0)])]);
        let (step, at) = (Timestamp(0), Timestamp(7));
        series.lines[0].recorded.push(Recorded { step, low: (step, 1.0), high: (at, 3.0) });
        let steps = RegularSteps::of(&series).expect("regular steps");
        let payload = payload(&series, &steps);
        assert_eq!(payload["lines"][0]["lows"], json!([1.0, null, 5.0]));
        assert_eq!(payload["lines"][0]["highs"], json!([3.0, null, 5.0]));
        assert_eq!(payload["lines"][0]["margins"], json!([]));
        series.lines[0].margins.push((step, 0.5));
        assert_eq!(self::payload(&series, &steps)["lines"][0]["margins"], json!([0.5, null, 0.0]));
    }

    #[test]
    fn a_line_without_groups_has_no_name() {
        let mut series = series(&[("a", &[Some(1.0)])]);
        series.lines[0].labels = Labels::default();
        let steps = RegularSteps::of(&series).expect("regular steps");
        assert_eq!(payload(&series, &steps)["lines"][0]["name"], "");
    }

    #[test]
    fn the_picture_stands_before_its_program() {
        let html = html(&series(&[("a", &[Some(1.0)]), ("b", &[Some(2.0)])])).html;
        assert!(html.starts_with("<div class=\"flamebook-chart\"><div><img "), "{html}");
        assert!(html.contains("</details></div><script>"), "{html}");
    }

    #[test]
    fn no_label_ends_the_script() {
        let hostile = "</script><!--<script>\u{2028}";
        let html = html(&series(&[(hostile, &[Some(1.0)]), ("b", &[Some(2.0)])])).html;
        assert_eq!(html.matches("<script").count(), 1);
        assert_eq!(html.matches("</script").count(), 1);
        assert!(html.ends_with("</script>") && !html.contains("<!--"));
    }

    #[test]
    fn data_cannot_leave_its_script() {
        let hostile = json!(["</script><!--", "\u{2028}\u{2029}", "\"\\"]);
        let literal = literal(&hostile);
        assert_eq!(literal, r#"["\u003c/script>\u003c!--","\u2028\u2029","\"\\"]"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&literal).expect("json"), hostile);
    }

    #[test]
    fn the_script_is_small_and_makes_no_request() {
        assert!(PROGRAM.len() < 9_500, "{} bytes", PROGRAM.len());
        assert!(PROGRAM.is_ascii());
        for word in ["</script", "<!--", "http:", "https:", "fetch(", "eval(", "import "] {
            assert!(!PROGRAM.contains(word), "{word}");
        }
    }

    #[test]
    fn irregular_and_very_long_timelines_are_not_interactive() {
        let mut odd = series(&[("a", &[Some(1.0), Some(2.0)])]);
        odd.lines[0].points[1].0 = Timestamp(61);
        assert!(!html(&odd).html.contains("<script"));
        odd.step = None;
        assert!(!html(&odd).html.contains("<script"));
        assert_eq!(html(&SeriesSet::default()).html, "<div>no samples</div>");

        let long = html(&series(&[("a", &vec![Some(1.0); POINTS + 1])]));
        assert!(!long.html.contains("<script"));
        assert!(long.notes[0].starts_with("The chart is not interactive"), "{:?}", long.notes);
    }
}
