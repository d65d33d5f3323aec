//! The `explain` verb: what a diff is made of, with its picture.
//!
//! `diff` keeps the values of its sides by label for the verb that follows it (`splits_for`);
//! a diff of an earlier cell has those of its series.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::suggest::suggest;
use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::inference::explain::{Explanation, explain};
use crate::eval::inference::grouping::{By, labels_of};
use crate::eval::query::check::check_label;
use crate::eval::query::evaluator::{Evaluator, Piped, Upstream, unplanned};
use crate::eval::query::stage::next;
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::selection::profiles::Profiles;
use crate::eval::tables::explanation::table;
use crate::eval::tables::explanation_finding::finding;
use crate::lang::ast::{Name, Stage};
use crate::lang::text::quote;
use crate::lang::verbs::{FindingVerb, Verb};
use crate::profile::{Diff, Labels};

/// A label of samples with more values is looked at only if it is named.
const VALUES: usize = 64;
/// No more labels of samples are looked at.
const LABELS: usize = 8;
/// More series are not told apart by the batches of a diff, and more profiles are pooled.
const SERIES: usize = 32;
const PROFILES: usize = 64;

impl Evaluator<'_> {
    /// Explains a diff, by labels if some are named.
    pub fn explain(&self, piped: Piped, stage: &Stage, upstream: Upstream<'_>) -> Result<Piped> {
        let Piped::Done(Outcome { value: Value::Diff(diff), header }) = piped else {
            match piped {
                Piped::Done(outcome) => unplanned(&outcome.value),
                Piped::Profiles(_) => unreachable!("the plan of this query makes a diff first"),
            }
        };
        let names: Vec<Arc<str>> =
            stage.args.labels().iter().map(|name| name.text.clone()).collect();
        let by = if names.is_empty() { By::Found } else { By::Labels(&names) };
        let is_empty = [&diff.before, &diff.after].map(|tree| tree.whole == 0.0);
        let explanation = explain(&diff, by, self.context.work)?;
        let Some(explanation) = explanation else {
            if is_empty.iter().any(|empty| *empty) {
                return Ok(empty(header, is_empty));
            }
            return Err(no_sums(stage.verb_place).into());
        };
        if !names.is_empty() {
            check_labels(&diff, stage.args.labels())?;
        }
        let mut notes = next_queries(&explanation, &diff, &header, upstream);
        notes.extend(label_notes(&explanation, !header.requests.is_empty(), &names));
        let finding = Some(finding(&explanation, &diff));
        let header = with_notes(header, finding, notes);
        let header = Header { stacks: Some(Arc::new((*diff).clone())), ..header };
        let value = Value::Table(table(&explanation, &diff));
        Ok(Piped::Done(Outcome { value, header }))
    }
}

fn with_notes(mut header: Header, finding: Option<String>, notes: Vec<String>) -> Header {
    header.notes.splice(0..0, notes);
    Header { finding, ..header }
}

/// What the two sides must tell apart for the `explain` that follows their diff: labels of
/// samples, and each of very many series.
pub(super) fn splits_for(next: &[Stage], sides: [&Profiles; 2]) -> Result<Vec<Arc<[Arc<str>]>>> {
    let Some(stage) = explained(next) else { return Ok(Vec::new()) };
    let names = stage.args.labels();
    for name in names {
        check_label(&sides.map(Profiles::clone), name)?;
    }
    let tags = || sides.into_iter().flat_map(|side| side.symbols.tags.iter());
    let is_of_samples = |name: &Arc<str>| tags().any(|tags| tags.get(name).is_some());
    let mut splits: Vec<Arc<[Arc<str>]>> = Vec::new();
    let is_pooled = |side: &&Profiles| {
        let series = side.series().len();
        series > SERIES || series > 1 && side.snapshots.len() > PROFILES
    };
    if sides.iter().any(is_pooled) {
        splits.push(Arc::default());
    }
    if !names.is_empty() {
        let names = names.iter().map(|name| name.text.clone());
        let of_samples: Vec<Arc<str>> = names.filter(is_of_samples).collect();
        if !of_samples.is_empty() {
            splits.push(of_samples.into());
        }
        return Ok(splits);
    }
    let all: BTreeSet<&Arc<str>> = tags().flat_map(Labels::names).collect();
    let few = all.into_iter().filter(|name| {
        let values: BTreeSet<_> = tags().filter_map(|tags| tags.joined(name)).collect();
        values.len() <= VALUES
    });
    splits.extend(few.take(LABELS).map(|name| Arc::from([name.clone()])));
    Ok(splits)
}

/// The stage that explains the diff, unless something else comes of it before.
fn explained(next: &[Stage]) -> Option<&Stage> {
    next.iter().find(|stage| stage.verb.id == Verb::Finding(FindingVerb::Explain))
}

/// Reports a label that the sides were not told apart by.
fn check_labels(diff: &Diff, names: &[Name]) -> Result<()> {
    let known = labels_of(diff);
    let Some(unknown) = names.iter().find(|name| !known.contains(&name.text)) else {
        return Ok(());
    };
    let known: Vec<&str> = known.iter().map(|name| &**name).collect();
    let message = format!("no series of this diff has the label `{}`", unknown.text);
    let error = Diagnostic::error("unknown-label", message).at(unknown.place, "not a label of it");
    let near = suggest(&unknown.text, known.iter().copied());
    Err(match near[..] {
        [_, ..] => error.did_you_mean(&near, unknown.place),
        [] => error
            .note("labels of samples are known only where the diff and `explain` are one query")
            .help(format!("it has: {}", known.join(", "))),
    }
    .into())
}

fn no_sums(place: Place) -> Diagnostic {
    Diagnostic::error("not-a-sum", "`explain` needs sides that are sums or means of profiles")
        .at(place, "parts of these do not add up")
        .help("compare the selections without `max`, `min` and `count`: `cpu | diff offset 1m | explain`")
}

/// A side without profiles.
fn empty(header: Header, is_empty: [bool; 2]) -> Piped {
    let sentence = match is_empty {
        [true, true] => "There is nothing to explain: both sides are empty.".to_owned(),
        [true, false] => "There is nothing to compare with: the baseline is empty.".to_owned(),
        [false, _] => "There is nothing to explain: the side after is empty.".to_owned(),
    };
    let header = Header { finding: Some(sentence), ..header };
    let value = Value::Table(crate::eval::result::table::Table::empty());
    Piped::Done(Outcome { value, header })
}

/// What labels could not say.
fn label_notes(explanation: &Explanation, is_server: bool, names: &[Arc<str>]) -> Option<String> {
    if !names.is_empty() && explanation.labels.is_empty() && !explanation.causes.is_empty() {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        return Some(format!(
            "series were pooled before they were told apart by {}: write the diff and `explain` in one query",
            names.join(" and ")
        ));
    }
    let is_whole = names.is_empty() && explanation.labels.is_empty();
    (is_server && is_whole && !explanation.causes.is_empty()).then(|| {
        "a server is asked for labels that are named alone: `explain by (pod)` splits the \
         change by one"
            .to_owned()
    })
}

/// Whether the windows of the sides overlap by more than half of the shorter.
fn ran_together(header: &Header) -> bool {
    let before = header.baseline.as_ref().and_then(|baseline| baseline.window);
    before.zip(header.window).is_some_and(|(before, after)| {
        let shorter = before.length().0.min(after.length().0);
        let common = before.end.min(after.end).since(before.start.max(after.start)).0;
        2 * common > shorter
    })
}

/// Queries to look at next: the function in its place, where it changed most, since when.
fn next_queries(
    explanation: &Explanation,
    diff: &Diff,
    header: &Header,
    upstream: Upstream<'_>,
) -> Vec<String> {
    let lead = explanation.causes.iter().find(|cause| cause.moved.is_none());
    let Some(cause) = lead.or(explanation.causes.first()) else {
        let trending = next::before_diff(upstream, "trending");
        return trending
            .map(|query| format!("next, what grows in time: {query}"))
            .into_iter()
            .collect();
    };
    let function = quote(diff.symbols().frame_name(cause.carrier.frame));
    let mut queries = Vec::new();
    let add = |what: &str, query: Option<String>, queries: &mut Vec<String>| {
        queries.extend(query.map(|query| format!("next, {what}: {query}")));
    };
    let sandwich = next::same(upstream, &format!("sandwich {function}"));
    add("who calls it and what it calls", sandwich, &mut queries);
    let found = explanation.found.as_ref().and_then(|found| found.values.first());
    if let Some(values) = found {
        let narrowed = next::narrowed(upstream, values, "explain");
        add("only where it changed most", narrowed, &mut queries);
    }
    // Sides that ran together do not differ in time.
    if !ran_together(header) {
        let stages = format!("focus {function} | changepoints");
        add("since when", next::both_sides(upstream, &stages), &mut queries);
    }
    queries
}
