//! The header of a payload: what the page needs beside the columns, as JSON.
//!
//! Names stay as recorded, because the page copies them into queries. The page shows them
//! as text, never as markup.

use std::collections::BTreeMap;

use serde::Serialize;

use super::errors::ErrorColumn;
use super::scene::ScenePane;
use crate::eval::result::value::SeriesSet;
use crate::profile::Diff;
use crate::quantity::Unit;
use crate::view::stacks::change::{NOISE, Wording};
use crate::view::stacks::shape::GraphRef;

#[derive(Debug, Serialize)]
pub(super) struct Head<'a> {
    pub(super) view: &'static str,
    pub(super) title: &'a str,
    /// HTML and CSS around the graphs; here and not in the script, because the payload is
    /// compressed.
    pub(super) page: &'static str,
    pub(super) names: Vec<&'a str>,
    /// Six hexadecimal digits per name.
    pub(super) colours: String,
    pub(super) files: Vec<&'a str>,
    /// By name: an index into `files`, or -1.
    pub(super) file: Vec<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) focus: Vec<u32>,
    pub(super) panes: Vec<PaneHead<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaneHead<'a> {
    pub(super) title: &'a str,
    pub(super) query: &'a str,
    pub(super) window: String,
    pub(super) notes: &'a [String],
    pub(super) unit: String,
    pub(super) unit_kind: &'static str,
    pub(super) per_second: bool,
    pub(super) nodes: usize,
    pub(super) scale: f64,
    pub(super) signed: bool,
    pub(super) whole: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) diff: Option<Before>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeline: Option<Timeline>,
}

/// The `before` side of a diff.
#[derive(Debug, Serialize)]
pub(super) struct Before {
    pub(super) scale: f64,
    pub(super) signed: bool,
    /// A change below this is only what rounding to the scales leaves; 0 if both are exact.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) rounding: f64,
    whole: f64,
    mode: &'static str,
    width: &'static str,
    seconds: [f64; 2],
    /// The labels of both sides, and what pale boxes mean.
    legend: String,
    /// By mode: how to decode the columns of standard errors, which follow in this order.
    pub(super) noise: BTreeMap<&'static str, ErrorColumn>,
}

/// Totals at regular times from `start`; times are in seconds.
#[derive(Debug, Serialize)]
pub(super) struct Timeline {
    start: f64,
    step: f64,
    values: Vec<Option<f64>>,
}

impl<'a> PaneHead<'a> {
    /// Without the number and scale of the columns, which `rows` fills in.
    pub(super) fn new(pane: &ScenePane<'a>) -> PaneHead<'a> {
        let after = pane.stacks.after();
        let (unit_kind, unit, per_second) = kind(&after.unit);
        PaneHead {
            title: pane.title,
            query: &pane.header.selection,
            window: pane.header.window.map_or(String::new(), |window| window.to_string()),
            notes: &pane.header.notes,
            unit,
            unit_kind,
            per_second,
            nodes: 0,
            scale: 1.0,
            signed: false,
            whole: after.whole,
            diff: match pane.stacks {
                GraphRef::Tree(_) => None,
                GraphRef::Diff(diff) => Some(Before::new(diff)),
            },
            timeline: pane.timeline.and_then(Timeline::new),
        }
    }
}

impl Before {
    fn new(diff: &Diff) -> Before {
        Before {
            scale: 1.0,
            signed: false,
            rounding: 0.0,
            whole: diff.before.whole,
            mode: diff.mode.as_str(),
            width: diff.width.as_str(),
            seconds: diff.seconds,
            legend: legend(diff),
            noise: BTreeMap::new(),
        }
    }
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl Timeline {
    /// `None` if the points are not evenly spaced: the page would draw them in the wrong
    /// places.
    fn new(series: &SeriesSet) -> Option<Timeline> {
        let (step, line) = (series.step?, series.lines.first()?);
        let start = line.points.first()?.0;
        let at = |i: usize| start.0.checked_add(step.0.checked_mul(i as i64)?);
        let is_regular = line.points.iter().enumerate().all(|(i, point)| at(i) == Some(point.0.0));
        is_regular.then(|| Timeline {
            start: start.0 as f64 / 1e9,
            step: step.as_seconds(),
            values: line.points.iter().map(|(_, value)| value.map(short)).collect(),
        })
    }
}

/// Both sides with their totals, and the sign of changes that are not significant.
fn legend(diff: &Diff) -> String {
    let [before, after] = Wording { diff }.sides();
    match diff.noise {
        Some(_) => format!("{before} · {after} · {NOISE} pale: not significant"),
        None => format!("{before} · {after}"),
    }
}

/// Rounds to six digits, because the line is a few pixels high.
fn short(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// How the page writes values: the kind of unit, the noun of a count, and whether it is
/// per second.
fn kind(unit: &Unit) -> (&'static str, String, bool) {
    match unit {
        Unit::None => ("none", String::new(), false),
        Unit::Percent => ("percent", "%".into(), false),
        Unit::Nanoseconds => ("ns", "ns".into(), false),
        Unit::Bytes => ("bytes", "bytes".into(), false),
        Unit::Cores => ("cores", "cores".into(), false),
        Unit::Count(word) => ("count", word.to_string(), false),
        Unit::PerSecond(unit) if **unit == Unit::Bytes => ("bytes", "bytes".into(), true),
        Unit::PerSecond(unit) => ("count", unit.to_string(), true),
        Unit::Ratio(..) => ("count", unit.to_string(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::Line;
    use crate::quantity::{Span, Timestamp};

    #[test]
    fn units_have_a_kind_and_a_noun() {
        let samples = Unit::Count("samples".into());
        let per_core = Unit::Ratio(Box::new(Unit::Bytes), Box::new(Unit::Cores));
        for (unit, expected) in [
            (Unit::Nanoseconds.per_second(), ("cores", "cores", false)),
            (Unit::Bytes.per_second(), ("bytes", "bytes", true)),
            (samples.per_second(), ("count", "samples", true)),
            (samples, ("count", "samples", false)),
            (per_core, ("count", "bytes per core", false)),
        ] {
            let (kind, word, per_second) = kind(&unit);
            assert_eq!((kind, &*word, per_second), expected);
        }
    }

    #[test]
    fn a_timeline_is_sent_where_its_points_are_regular() {
        let series = |times: [i64; 2]| SeriesSet {
            unit: Unit::Cores,
            step: Some(Span::seconds(15)),
            lines: vec![Line {
                labels: Default::default(),
                points: times.map(|s| (Timestamp(s * 1_000_000_000), Some(1.0 / 3.0))).to_vec(),
                recorded: Vec::new(),
                margins: Vec::new(),
            }],
        };
        let sent = Timeline::new(&series([30, 45])).expect("a regular line");
        assert_eq!((sent.start, sent.step, sent.values[0]), (30.0, 15.0, Some(0.333_333)));
        assert!(Timeline::new(&series([30, 46])).is_none());
    }
}
