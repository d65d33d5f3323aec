//! Queries to look at next: the piped query with another target, as text that runs.

use std::sync::Arc;

use crate::diag::Place;
use crate::eval::query::evaluator::Upstream;
use crate::eval::query::stage::retarget::replaced;
use crate::lang::ast::{
    Args, ExprKind, Input, Matcher, MatcherOp, MatcherValue, Name, Query, Selector, Stage,
};
use crate::lang::format;
use crate::lang::types::Type;
use crate::lang::verbs::{GroupVerb, Verb};
use crate::profile::{LabelValue, Labels};

/// The piped selection on one target, and its difference from another one; `None` if the
/// piped value is no selection that can run again.
pub(super) fn diff(upstream: Upstream<'_>, after: &Selector, before: &Selector) -> Option<String> {
    let query = retargeted(upstream, after)?;
    Some(format!("{query} | diff {}", format::selector(before)))
}

/// The piped query, with what follows it.
pub(super) fn then(upstream: Upstream<'_>, stages: &str) -> Option<String> {
    let query = selection(upstream)?;
    Some(format!("{} | {stages}", format::query(&query)))
}

/// The query up to here, with what follows it. None for the last result, which is another one
/// then.
pub(super) fn same(upstream: Upstream<'_>, stages: &str) -> Option<String> {
    let Input::Expr(source) = upstream.source else { return None };
    if matches!(&source.kind, ExprKind::Name(name) if name.starts_with('_')) {
        return None;
    }
    Some(format!("{} | {stages}", format::query(&whole(upstream))))
}

/// The same with these label values alone on both sides; `None` if the baseline is a selection
/// of its own.
pub(super) fn narrowed(upstream: Upstream<'_>, labels: &Labels, stages: &str) -> Option<String> {
    let is_own = |stage: &Stage| match &stage.args {
        Args::Baseline(baseline) => {
            !matches!(&baseline.kind, ExprKind::Select(selector) if selector.name.is_none())
        }
        _ => false,
    };
    if upstream.stages.iter().any(is_own) {
        return None;
    }
    let query = aimed(whole(upstream), &only(labels))?;
    Some(format!("{} | {stages}", format::query(&query)))
}

/// What the diff compares with its baseline, with what follows it.
pub(super) fn before_diff(upstream: Upstream<'_>, stages: &str) -> Option<String> {
    let at = upstream.stages.iter().position(|stage| matches!(stage.args, Args::Baseline(_)))?;
    then(Upstream { stages: &upstream.stages[..at], ..upstream }, stages)
}

/// What the diff compares with its baseline and the baseline itself, if matchers tell these
/// apart, with what follows: `cpu` for `cpu{version="2"} | diff {version="1"}`.
pub(super) fn both_sides(upstream: Upstream<'_>, stages: &str) -> Option<String> {
    let at = upstream.stages.iter().position(|stage| matches!(stage.args, Args::Baseline(_)))?;
    let Args::Baseline(baseline) = &upstream.stages[at].args else { return None };
    let mut query = selection(Upstream { stages: &upstream.stages[..at], ..upstream })?;
    if let (ExprKind::Select(other), Input::Expr(source)) = (&baseline.kind, &mut query.source)
        && let (None, ExprKind::Select(selector)) = (&other.name, &mut source.kind)
    {
        let tells = |matcher: &Matcher| {
            other.matchers.iter().any(|other| other.label.text == matcher.label.text)
        };
        selector.matchers.retain(|matcher| !tells(matcher));
        if let Some(name) = selector.is_everything_of() {
            source.kind = ExprKind::Name(name.text.clone());
        }
    }
    Some(format!("{} | {stages}", format::query(&query)))
}

/// A selector of label values; "(no pod)" is a label that is not set.
pub(super) fn only(labels: &Labels) -> Selector {
    let place = Place::default();
    let matcher = |(name, value): (&Arc<str>, &LabelValue)| {
        let is_missing = **value == *format!("(no {name})");
        Matcher {
            label: Name { text: name.clone(), place },
            op: MatcherOp::Equal,
            value: MatcherValue::Text(if is_missing { "".into() } else { value.shared().clone() }),
            value_place: place,
            place,
        }
    };
    let matchers = labels.iter().map(matcher).collect();
    Selector { name: None, matchers, range: None, offset: None, at: None, from: None, place }
}

fn whole(upstream: Upstream<'_>) -> Query {
    let place = upstream.stages.first().map(|stage| stage.place).unwrap_or_default();
    Query { source: upstream.source.clone(), stages: upstream.stages.to_vec(), place }
}

fn retargeted(upstream: Upstream<'_>, target: &Selector) -> Option<String> {
    let query = aimed(selection(upstream)?, target)?;
    Some(format::query(&query))
}

/// A query on another target.
fn aimed(mut query: Query, target: &Selector) -> Option<Query> {
    let Input::Expr(source) = &mut query.source else { return None };
    let selector = match &source.kind {
        ExprKind::Name(name) => {
            Selector::everything(Name { text: name.clone(), place: source.place })
        }
        ExprKind::Select(selector) => (**selector).clone(),
        _ => return None,
    };
    if selector.at.is_some() && target.range.is_some() {
        return None;
    }
    source.kind = ExprKind::Select(Box::new(replaced(&selector, target)));
    Some(query)
}

/// The piped query without grouping.
fn selection(upstream: Upstream<'_>) -> Option<Query> {
    let mut piped = Type::UNGROUPED;
    let mut stages = Vec::new();
    for stage in upstream.stages {
        piped = (stage.verb.gives)(piped);
        if !piped.is_profiles() {
            return None;
        }
        let is_grouping = |stage: &Stage| stage.verb.id == Verb::Group(GroupVerb::By);
        if !is_grouping(stage) {
            stages.push(stage.clone());
        }
    }
    let source = upstream.source.clone();
    let place = upstream.stages.first().map(|stage| stage.place).unwrap_or_default();
    Some(Query { source, stages, place })
}
