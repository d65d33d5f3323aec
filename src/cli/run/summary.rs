//! The summary of a gate for a pull request: one paragraph and one table, in Markdown.
//!
//! The paragraph says whether all asserts hold, what changed by how much, since which commit
//! that is, and in which labels the sides differ. The table has a row for each assert, and for
//! each function that changed significantly in a diff of the notebook.

use flamebook::diag::harmless;
use flamebook::eval::result::checked::Checked;
use flamebook::eval::result::value::LabelChange;

use super::comparison::{Comparison, FunctionChanged};
use super::ran::{Assert, Ran, Verdict};

/// The most functions of one diff in the table, and values of a label in the paragraph.
const FUNCTIONS: usize = 10;
const VALUES: usize = 3;

pub(super) fn markdown(ran: &Ran) -> String {
    let comparisons = comparisons(ran);
    let mut sentences = vec![verdict(ran)];
    let described = comparisons
        .iter()
        .filter_map(|one| Some(format!("{} {}", changed(one)?, environment(one))));
    sentences.extend(described);
    let findings = ran.cells.iter().flat_map(|cell| &cell.findings);
    sentences.extend(findings.map(|finding| prose(finding)));
    let asserts: Vec<String> = ran.asserts().map(of_assert).collect();
    let functions = comparisons.iter().flat_map(|one| one.changes.iter().flatten().take(FUNCTIONS));
    let rows: Vec<String> = asserts.into_iter().chain(functions.map(of_function)).collect();
    let paragraph = sentences.join(" ");
    if rows.is_empty() {
        return format!("{paragraph}\n");
    }
    let head =
        "| | what | measured | 95% interval | limit or before | p |\n|---|---|---:|---:|---:|---:|";
    format!("{paragraph}\n\n{head}\n{}\n", rows.join("\n"))
}

/// One for each pair of sides: that which lists most functions.
fn comparisons(ran: &Ran) -> Vec<&Comparison> {
    let mut kept: Vec<&Comparison> = Vec::new();
    let listed = |one: &Comparison| one.changes.as_ref().map(Vec::len);
    for one in ran.cells.iter().flat_map(|cell| &cell.comparisons) {
        let same =
            |other: &&mut &Comparison| (&other.after, &other.before) == (&one.after, &one.before);
        match kept.iter_mut().find(same) {
            Some(other) if listed(one) > listed(other) => *other = one,
            Some(_) => {}
            None => kept.push(one),
        }
    }
    kept
}

fn verdict(ran: &Ran) -> String {
    let (asserts, failed) = (ran.asserts().count(), ran.failed().count());
    let name = code(&ran.name);
    if let Some((number, error)) = ran.error() {
        let message = prose(&error.message);
        return format!("❌ **{name} stopped at cell {number}: {message}.**");
    }
    let failures: Vec<String> = ran.failed().map(|(_, checked)| failure(checked)).collect();
    match (failed, asserts) {
        (0, 0) => format!("✅ **{name} ran; it has no assert.**"),
        (0, 1) => format!("✅ **{name}: its assert holds.**"),
        (0, asserts) => format!("✅ **{name}: all {asserts} asserts hold.**"),
        (_, 1) => format!("❌ **{name}: its assert does not hold:** {}", failures.join(" ")),
        (failed, asserts) => {
            let do_not = if failed == 1 { "does" } else { "do" };
            let failures = failures.join(" ");
            format!("❌ **{name}: {failed} of {asserts} asserts {do_not} not hold:** {failures}")
        }
    }
}

fn failure(checked: &Checked) -> String {
    let report = prose(&checked.report);
    match &checked.message {
        Some(message) => format!("{} ({report}).", prose(message)),
        None => format!("{} ({report}).", code(&checked.condition)),
    }
}

/// The first function of a diff, and how many others.
fn changed(one: &Comparison) -> Option<String> {
    let (after, before) = (code(&one.after), code(&one.before));
    let changes = one.changes.as_ref()?;
    let Some(first) = changes.first() else {
        let none = "no function changed significantly";
        return (!one.is_cut).then(|| format!("{after} against {before}: {none}."));
    };
    let interval = first.interval.as_ref();
    let interval =
        interval.map_or(String::new(), |[low, high]| format!(", 95% interval {low} to {high}"));
    let p = match first.p.as_str() {
        "" => String::new(),
        p if p.starts_with('<') => format!(", p {}", prose(p)),
        p => format!(", p = {p}"),
    };
    let others = match (changes.len() - 1, one.is_cut) {
        (0, false) => String::new(),
        (1, false) => "; one other function changed significantly".to_owned(),
        (n, false) => format!("; {n} other functions changed significantly"),
        (_, true) => "; other functions changed, too".to_owned(),
    };
    let FunctionChanged { function, before: from, after: to, delta, .. } = first;
    let function = code(function);
    Some(format!(
        "{after} against {before}: {function} went from {from} to {to} ({delta}{interval}{p}){others}."
    ))
}

/// In which labels the sides differ.
fn environment(one: &Comparison) -> String {
    if one.label_changes.is_empty() {
        return "Both sides have the same labels.".to_owned();
    }
    let changes = one.label_changes.iter().map(|change| {
        let LabelChange { label, before, after } = change;
        format!("{} ({} → {})", code(label), values(before), values(after))
    });
    format!("The sides differ in {}.", changes.collect::<Vec<_>>().join(", "))
}

fn values(values: &[String]) -> String {
    let named: Vec<String> = values.iter().take(VALUES).map(|value| code(value)).collect();
    match (named.is_empty(), values.len().saturating_sub(VALUES)) {
        (true, _) => "none".to_owned(),
        (false, 0) => named.join(", "),
        (false, more) => format!("{} and {more} more", named.join(", ")),
    }
}

fn of_assert(assert: &Assert) -> String {
    let condition = code(assert.condition());
    let checked = match &assert.verdict {
        Verdict::NotRun(_) => {
            return row("⏭️", &format!("{condition} was not reached"), ["", "", "", ""]);
        }
        Verdict::Checked(checked) => checked,
    };
    let sign = if checked.holds { "✅" } else { "❌" };
    // A message says what is wrong.
    let what = match &checked.message {
        Some(message) if !checked.holds => format!("{}: {condition}", prose(message)),
        _ => condition,
    };
    let column = |of: fn(&flamebook::eval::result::checked::Reading) -> String| {
        checked.readings.iter().map(of).collect::<Vec<_>>().join(", ")
    };
    let interval = column(|reading| match (&reading.interval, reading.confidence.as_str()) {
        (None, _) => String::new(),
        (Some([low, high]), "95%") => format!("{low} .. {high}"),
        (Some([low, high]), other) => format!("{low} .. {high} ({other})"),
    });
    let (value, limit) =
        (column(|reading| reading.value.clone()), column(|reading| reading.limit.clone()));
    row(sign, &what, [&value, &interval, &limit, ""])
}

fn of_function(change: &FunctionChanged) -> String {
    let sign = if change.grew { "↗" } else { "↘" };
    let interval = change.interval.as_ref();
    let interval = interval.map_or(String::new(), |[low, high]| format!("{low} .. {high}"));
    let what = code(&change.function);
    row(sign, &what, [&change.delta, &interval, &change.before, &change.p])
}

/// `what` is Markdown; the figures are text.
fn row(sign: &str, what: &str, figures: [&str; 4]) -> String {
    let figures = figures.map(prose);
    // Also in code, a bar ends a cell.
    let what = what.replace('|', "\\|").replace("\\\\|", "\\|");
    format!("| {sign} | {what} | {} |", figures.join(" | "))
}

/// A name as code, with more backticks around than are in it.
fn code(name: &str) -> String {
    let name = harmless(name);
    let longest = name.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if name.starts_with('`') || name.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{name}{pad}{fence}")
}

/// Text in which nothing is markup.
fn prose(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.split('\n').map(harmless).collect::<Vec<_>>().join(" ").chars() {
        if "\\`*_[]<>|~".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
