//! Where a condition belongs that was written in `where` on profiles without groups:
//! labels in the braces of the selection, fields of a frame in `focus`, figures after
//! `top`, measures of a group after `by`.
//!
//! SQL, KQL and Grafana filter everything in one way. `check` and the hints of the parser
//! suggest the query that says the same here.

use std::sync::Arc;

use super::ast::{
    BinaryOp, Expr, ExprKind, Input, Matcher, MatcherOp, MatcherValue, Name, Query, Selector, Stage,
};
use super::format;
use super::functions::MEASURES;
use super::pattern::is_frame_field;
use super::verbs;

/// The query up to its stage `at`, a condition, with that condition in its place.
pub(super) fn placed(query: &Query, at: usize, condition: &Expr) -> Option<String> {
    let Input::Expr(source) = &query.source else { return None };
    let before = &query.stages[..at];
    match matchers(condition) {
        Some(matchers) if matchers.iter().all(|matcher| is_frame_field(&matcher.label.text)) => {
            let fields: Vec<String> = matchers.iter().map(format::matcher).collect();
            Some(piped(format::expr(source), before, &format!("focus {{{}}}", fields.join(", "))))
        }
        Some(matchers) => Some(piped(narrowed(source, matchers)?, before, "")),
        None => {
            let condition = format::expr(condition);
            let groups = MEASURES.iter().any(|(measure, _)| condition.starts_with(measure));
            let first = if groups || condition.contains('(') { "by (pod)" } else { "top 20" };
            Some(piped(format::expr(source), before, &format!("{first} | where {condition}")))
        }
    }
}

/// The change to a selection that is meant by a baseline such as `version = 1` or `1d`.
pub(super) fn retarget(baseline: &Expr) -> Option<String> {
    match &baseline.kind {
        ExprKind::Duration(length) => Some(format!("offset {length}")),
        ExprKind::Negate(inner) => match inner.kind {
            ExprKind::Duration(length) => Some(format!("offset {length}")),
            _ => None,
        },
        _ => {
            let written: Vec<String> = matchers(baseline)?.iter().map(format::matcher).collect();
            Some(format!("{{{}}}", written.join(", ")))
        }
    }
}

/// A query of these parts; the last stage may be empty.
fn piped(source: String, stages: &[Stage], last: &str) -> String {
    let stages = stages.iter().map(format::stage).chain([last.to_owned()]);
    stages.filter(|stage| !stage.is_empty()).fold(source, |query, stage| query + " | " + &stage)
}

/// The matchers of `pod = "a" and version != "1"`, if the condition has nothing else.
fn matchers(condition: &Expr) -> Option<Vec<Matcher>> {
    let ExprKind::Binary { op, left, right } = &condition.kind else { return None };
    let op = match op {
        BinaryOp::And => return Some([matchers(left)?, matchers(right)?].concat()),
        BinaryOp::Equal => MatcherOp::Equal,
        BinaryOp::NotEqual => MatcherOp::NotEqual,
        BinaryOp::Matches => MatcherOp::Regex,
        BinaryOp::NotMatches => MatcherOp::NotRegex,
        _ => return None,
    };
    let ExprKind::Name(label) = &left.kind else { return None };
    let value: Arc<str> = match &right.kind {
        ExprKind::Text(value) => value.clone(),
        ExprKind::Number(_) if !is_figure(label) => format::expr(right).into(),
        _ => return None,
    };
    Some(vec![Matcher {
        label: Name { text: label.clone(), place: left.place },
        op,
        value: MatcherValue::Text(value),
        value_place: right.place,
        place: condition.place,
    }])
}

/// Whether a number belongs to a column or a measure of this name, and to no label.
fn is_figure(name: &str) -> bool {
    let mut columns = verbs::all().flat_map(|spec| spec.columns.figures);
    columns.any(|column| column.name == name) || MEASURES.iter().any(|(known, _)| *known == name)
}

/// The selection with more matchers.
fn narrowed(source: &Expr, matchers: Vec<Matcher>) -> Option<String> {
    let mut selector = match &source.kind {
        ExprKind::Name(name) => {
            Selector::everything(Name { text: name.clone(), place: source.place })
        }
        ExprKind::Select(selector) => (**selector).clone(),
        _ => return None,
    };
    selector.matchers.extend(matchers);
    Some(format::selector(&selector))
}
