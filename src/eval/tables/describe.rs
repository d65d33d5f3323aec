//! The `describe` verb: a value's type and merge rules; and the header of every result.

use crate::eval::result::table::{Columns, Table};
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::selection::presence::Presence;
use crate::eval::selection::profiles::Profiles;
use crate::lang::ast::{Granularity, SeriesMerge, TimeMerge};
use crate::lang::columns::{PROPERTY, VALUE};
use crate::quantity::Quantity;

/// The header of a selection; the code that merges it adds the totals.
pub fn header(profiles: &Profiles) -> Header {
    Header {
        subject: profiles.subject.clone(),
        window: profiles.window.or_else(|| profiles.covered()),
        series: profiles.selected.0,
        snapshots: profiles.selected.1,
        rule: rule(profiles),
        granularity: (profiles.granularity != Granularity::Function)
            .then_some(profiles.granularity),
        notes: profiles.notes.to_vec(),
        skipped: profiles.skipped.to_vec(),
        requests: profiles.requests.to_vec(),
        page: profiles.page.as_ref().map(ToString::to_string),
        ..Header::default()
    }
}

/// The merge rule in words: "sum over time", "mean of 20 snapshots, summed over 4 series".
pub fn rule(profiles: &Profiles) -> String {
    let series = profiles.series();
    let counts = series.iter().map(|(_, members)| members.len());
    let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    let snapshots = match (least, most) {
        (1, 1) => "1 snapshot".to_owned(),
        _ if least == most => format!("{most} snapshots"),
        _ => format!("{least}–{most} snapshots"),
    };
    let over_time = match profiles.time_rule() {
        TimeMerge::Sum | TimeMerge::Avg if profiles.rate => {
            "per second of profiled time".to_owned()
        }
        TimeMerge::Sum => "sum over time".to_owned(),
        TimeMerge::Avg => format!("mean of {snapshots}"),
        TimeMerge::Min => format!("per-node min of {snapshots}, does not add up"),
        TimeMerge::Max => format!("per-node max of {snapshots}, does not add up"),
        TimeMerge::Last => "last snapshot".to_owned(),
    };
    let per_second = match profiles.time_rule() {
        TimeMerge::Min | TimeMerge::Max | TimeMerge::Last if profiles.rate => {
            ", per second of profiled time"
        }
        _ => "",
    };
    let by = profiles.grouping.as_ref().map_or_else(String::new, |grouping| {
        let names: Vec<&str> = grouping.labels.iter().map(|name| &**name).collect();
        let word = if grouping.without { "without" } else { "by" };
        format!(" {word} ({})", names.join(", "))
    });
    let groups = profiles.groups();
    let is_apart = groups.iter().any(|it| Presence::new(profiles, &it.series).is_some());
    let parts = if is_apart { ", each for its part of the time" } else { "" };
    let across = match profiles.series_merge() {
        SeriesMerge::Sum if series.len() < 2 && by.is_empty() => String::new(),
        SeriesMerge::Sum => format!(", summed over series{by}{parts}"),
        SeriesMerge::Avg => format!(", mean of series{by}{parts}"),
        SeriesMerge::Max => format!(", largest series{by}"),
        SeriesMerge::Min => format!(", smallest series{by}"),
        SeriesMerge::Count => format!(", number of series{by}"),
    };
    let deltas = match profiles.restarts {
        None => String::new(),
        Some(0) => "deltas of cumulative snapshots, ".to_owned(),
        Some(1) => "deltas of cumulative snapshots with 1 restart, ".to_owned(),
        Some(n) => format!("deltas of cumulative snapshots with {n} restarts, "),
    };
    format!("{deltas}{over_time}{per_second}{across}")
}

/// A selection, property by property.
pub fn describe_profiles(profiles: &Profiles, total: &Quantity) -> Table {
    let mut rows = vec![
        ("type", profiles.kind.id.to_string()),
        ("subject", profiles.subject.clone()),
        ("unit", profiles.unit().to_string()),
        ("total", total.to_string()),
        ("series", count(profiles, profiles.selected.0)),
        ("profiles", count(profiles, profiles.selected.1)),
        ("groups", profiles.groups().len().to_string()),
        ("stacks", profiles.symbols.stacks.len().saturating_sub(1).to_string()),
        ("rule", rule(profiles)),
    ];
    if let Some(window) = profiles.window.or_else(|| profiles.covered()) {
        rows.insert(2, ("window", window.to_string()));
    }
    rows.extend(profiles.requests.iter().map(|request| ("request", request.clone())));
    property_table(rows)
}

/// Any other result, property by property.
pub fn describe_outcome(outcome: &Outcome) -> Table {
    let mut rows = vec![("type", outcome.value.type_name().to_owned())];
    let header = &outcome.header;
    if !header.subject.is_empty() {
        rows.push(("subject", header.subject.clone()));
    }
    rows.extend(header.window.map(|window| ("window", window.to_string())));
    rows.extend(header.total.as_ref().map(|total| ("total", total.to_string())));
    if !header.rule.is_empty() {
        rows.push(("rule", header.rule.clone()));
    }
    match &outcome.value {
        Value::Tree(tree) => {
            rows.push(("unit", tree.unit.to_string()));
            rows.push(("nodes", tree.totals.iter().filter(|t| **t != 0.0).count().to_string()));
        }
        Value::Diff(diff) => {
            let [before, after] = [&diff.before, &diff.after]
                .map(|tree| Quantity::new(tree.whole, tree.unit.clone()).to_string());
            rows.push(("mode", diff.mode.as_str().to_owned()));
            rows.push(("before", format!("{}, {before}", diff.titles[0])));
            rows.push(("after", format!("{}, {after}", diff.titles[1])));
        }
        Value::Table(table) => {
            rows.push(("rows", table.height().to_string()));
            rows.push(("columns", table.names().join(", ")));
        }
        Value::Series(series) => {
            rows.push(("unit", series.unit.to_string()));
            rows.push(("lines", series.lines.len().to_string()));
            rows.extend(series.step.map(|step| ("step", step.to_string())));
        }
        Value::Scalar(scalar) => rows.push(("value", scalar.to_string())),
        Value::Pattern { text, functions, of } => {
            rows.push(("pattern", text.clone()));
            rows.push(("functions", format!("{} of {of}", functions.len())));
        }
        Value::View(_) | Value::Note(_) | Value::Help(_) => {}
    }
    let of_baseline = header.baseline.iter().flat_map(|baseline| &baseline.requests);
    let requests = header.requests.iter().chain(of_baseline);
    rows.extend(requests.map(|request| ("request", request.clone())));
    property_table(rows)
}

/// Zero of a selection with profiles means that a server has merged them.
fn count(profiles: &Profiles, n: usize) -> String {
    match n {
        0 if !profiles.snapshots.is_empty() => "not known, the server merges".to_owned(),
        n => n.to_string(),
    }
}

fn property_table(rows: Vec<(&str, String)>) -> Table {
    Columns::default()
        .text(PROPERTY, rows.iter().map(|(name, _)| *name))
        .text(VALUE, rows.iter().map(|(_, value)| value.clone()))
        .finish()
}
