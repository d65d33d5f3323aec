//! The `explain` verb: a row per cause, and below it one per label value.
//!
//! Causes come by how much they explain, then what no cause holds, then everything. Rows of
//! causes add up to everything, and rows of label values to the row above them.

use crate::eval::inference::carriers::Extent;
use crate::eval::inference::explain::{Cause, Explanation, GroupRow, Row};
use crate::eval::inference::resampling::Interval;
use crate::eval::result::table::{Columns, Table};
use crate::lang::columns::{
    AFTER, BEFORE, BELOW, BESIDE, CHANGE, DELTA, FUNCTION, HIGH, LOW, MIX, MIX_HIGH, MIX_LOW,
    OF_CHANGE, OF_CHANGE_HIGH, OF_CHANGE_LOW, P, RATE, RATE_HIGH, RATE_LOW, SIGNIFICANT, SURPRISE,
};
use crate::profile::diff::Mode;
use crate::profile::frame::FrameId;
use crate::profile::{Change, Diff, Labels};
use crate::quantity::Unit;

/// The names of the rows that are no causes.
const OTHERS: &str = "(other functions)";
const WHOLE: &str = "(total)";

/// One row, and the label value that it is of.
struct Line {
    labels: Option<Labels>,
    together: usize,
    row: Row,
    function: String,
    below: String,
    beside: String,
    change: &'static str,
    p: f64,
    is_cause: bool,
}

pub fn table(explanation: &Explanation, diff: &Diff) -> Table {
    let lines = lines(explanation, diff);
    let (unit, scale) = match diff.mode {
        Mode::Share => (Unit::Percent, 100.0),
        Mode::Amount | Mode::Rate => (diff.unit(), 1.0),
    };
    let number = |of: fn(&Row) -> f64| -> Vec<f64> {
        lines.iter().map(|line| scale * of(&line.row)).collect()
    };
    let ends = |scale: f64, of: fn(&Row) -> Interval, sign: f64| -> Vec<Option<f64>> {
        let end = |line: &Line| scale * (of(&line.row).value + sign * of(&line.row).half);
        lines.iter().map(|line| Some(end(line)).filter(|end| end.is_finite())).collect()
    };
    let text = |of: fn(&Line) -> &str| lines.iter().map(move |line| of(line).to_owned());
    let is_whole = |line: &Line| line.function == WHOLE;
    let part = |values: Vec<Option<f64>>| -> Vec<Option<f64>> {
        lines.iter().zip(values).map(|(line, value)| value.filter(|_| !is_whole(line))).collect()
    };
    let of_change = lines.iter().map(|line| Some(100.0 * line.row.part.value)).collect();
    // What is certain not to have changed is no insignificant change.
    let significant = lines.iter().map(|line| match line.is_cause {
        true => Some(true),
        false if line.row.delta.value == 0.0 || line.row.delta.p.is_nan() => None,
        false => Some(line.row.delta.p <= 0.05),
    });
    let labels = explanation.labels.iter().enumerate();
    let columns = labels.fold(Columns::default(), |columns, (nth, name)| {
        let value = |line: &Line| match &line.labels {
            Some(_) if line.together > 0 && nth == 0 => format!("({} others)", line.together),
            Some(labels) => labels.joined(name).map_or(String::new(), |value| value.to_string()),
            None => String::new(),
        };
        columns.text(&**name, lines.iter().map(value))
    });
    columns
        .known_numbers(OF_CHANGE, part(of_change), Unit::Percent)
        .number(DELTA, number(|row| row.delta.value), unit.clone())
        .number(MIX, number(|row| row.mix.value), unit.clone())
        .number(RATE, number(|row| row.rate.value), unit.clone())
        .known_numbers(LOW, ends(scale, |row| row.delta, -1.0), unit.clone())
        .known_numbers(HIGH, ends(scale, |row| row.delta, 1.0), unit.clone())
        .text(CHANGE, text(|line| line.change))
        .text(FUNCTION, text(|line| &line.function))
        .hide_following()
        .text(BELOW, text(|line| &line.below))
        .text(BESIDE, text(|line| &line.beside))
        .number(BEFORE, number(|row| row.before), unit.clone())
        .number(AFTER, number(|row| row.after), unit.clone())
        .known_numbers(OF_CHANGE_LOW, part(ends(100.0, |row| row.part, -1.0)), Unit::Percent)
        .known_numbers(OF_CHANGE_HIGH, part(ends(100.0, |row| row.part, 1.0)), Unit::Percent)
        .known_numbers(MIX_LOW, ends(scale, |row| row.mix, -1.0), unit.clone())
        .known_numbers(MIX_HIGH, ends(scale, |row| row.mix, 1.0), unit.clone())
        .known_numbers(RATE_LOW, ends(scale, |row| row.rate, -1.0), unit.clone())
        .known_numbers(RATE_HIGH, ends(scale, |row| row.rate, 1.0), unit)
        .known_numbers(SURPRISE, lines.iter().map(surprise).collect(), Unit::None)
        .known_numbers(
            P,
            lines.iter().map(|line| Some(line.p).filter(|p| !p.is_nan())).collect(),
            Unit::None,
        )
        .flags(SIGNIFICANT, significant.collect())
        .finish()
}

fn surprise(line: &Line) -> Option<f64> {
    (line.is_cause || line.labels.is_some()).then_some(line.row.surprise)
}

fn lines(explanation: &Explanation, diff: &Diff) -> Vec<Line> {
    let mut lines = Vec::new();
    for cause in &explanation.causes {
        let function = named(diff, cause);
        let name = |frame: FrameId| diff.symbols().frame_name(frame).to_string();
        let beside: Vec<String> = cause.beside.iter().map(|frame| name(*frame)).collect();
        lines.push(Line {
            labels: None,
            together: 0,
            row: cause.row,
            function: function.clone(),
            below: cause.caller.map(name).unwrap_or_default(),
            beside: beside.join(", "),
            change: word(cause),
            p: cause.carrier.p,
            is_cause: true,
        });
        lines.extend(of_groups(&cause.groups, &function));
    }
    lines.push(plain(explanation.others, OTHERS));
    lines.push(plain(explanation.whole, WHOLE));
    lines.extend(of_groups(&explanation.whole_groups, WHOLE));
    lines
}

fn plain(row: Row, name: &str) -> Line {
    Line {
        labels: None,
        together: 0,
        row,
        function: name.to_owned(),
        below: String::new(),
        beside: String::new(),
        change: "",
        p: row.delta.p,
        is_cause: false,
    }
}

fn of_groups<'g>(groups: &'g [GroupRow], function: &'g str) -> impl Iterator<Item = Line> + 'g {
    groups.iter().map(move |group| Line {
        labels: Some(group.labels.clone()),
        together: group.together,
        change: if group.stands_out { "stands out" } else { "" },
        ..plain(group.row, function)
    })
}

/// The function, and whether only its own time counts.
pub fn named(diff: &Diff, cause: &Cause) -> String {
    let name = diff.symbols().frame_name(cause.carrier.frame);
    match cause.carrier.extent {
        Extent::Own => format!("{name} (self)"),
        Extent::Function | Extent::Place => name.to_string(),
    }
}

fn word(cause: &Cause) -> &'static str {
    let change = Change { before: cause.row.before, after: cause.row.after };
    match cause.moved {
        Some(_) => "moved",
        None if change.is_new() => "new",
        None if change.is_removed() => "removed",
        None => "",
    }
}
