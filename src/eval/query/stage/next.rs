//! Queries to look at next: the piped query with another target, as text that runs.

use crate::eval::query::evaluator::Upstream;
use crate::eval::query::stage::retarget::replaced;
use crate::lang::ast::{ExprKind, Input, Name, Query, Selector, Stage};
use crate::lang::format;
use crate::lang::types::Type;
use crate::lang::verbs::{GroupVerb, Verb};

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

fn retargeted(upstream: Upstream<'_>, target: &Selector) -> Option<String> {
    let mut query = selection(upstream)?;
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
    Some(format::query(&query))
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
