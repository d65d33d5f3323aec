//! Runs the piped query again with another target, as the other side of a comparison.
//!
//! `canary | focus "json.*" | diff {track="stable"}` runs `canary` and its stages
//! again, with `track="stable"` instead of its own matcher on `track`. A range, an
//! offset, an `@` time and a source are replaced in the same way. A variable is
//! replaced by its definition first, so that its selector can change.

use super::input::{narrow, used_at};
use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped, Upstream};
use crate::eval::selection::scope::{Binding, Definition};
use crate::lang::asks::Asks;
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Input, Matcher, Name, Selector, Stage};
use crate::lang::verbs::Role;

impl Evaluator<'_> {
    /// Runs the piped query on another target. Stages that write files do not write again.
    pub fn rerun(&self, upstream: Upstream<'_>, target: &Selector) -> Result<Piped> {
        let rerun = Evaluator { is_rerun: true, ..*self };
        let target = Selector {
            matchers: self.context.bindings.resolve_matchers(&target.matchers)?,
            ..target.clone()
        };
        rerun.retargeted_query(upstream, &target)
    }

    fn retargeted_query(&self, upstream: Upstream<'_>, target: &Selector) -> Result<Piped> {
        let Input::Expr(source) = upstream.source else {
            return Err(no_target(target.place).into());
        };
        let asks = Asks::of(upstream.stages, self.asks);
        let piped = Evaluator { asks: &asks, ..*self }.retargeted(source, target)?;
        let changes = |stage: &&Stage| !matches!(stage.verb.role, Role::Checks | Role::Writes);
        upstream.stages.iter().filter(changes).try_fold(piped, |piped, stage| {
            // A comparison cannot be piped into another, so no stage uses `upstream`.
            self.apply(piped, stage, upstream)
        })
    }

    fn retargeted(&self, source: &Expr, target: &Selector) -> Result<Piped> {
        match &source.kind {
            ExprKind::Name(name) => {
                let name = Name { text: name.clone(), place: source.place };
                self.retargeted_selector(&Selector::everything(name), target)
            }
            ExprKind::Select(selector) => self.retargeted_selector(selector, target),
            ExprKind::Binary { op: BinaryOp::Add, left, right } => {
                let [left, right] =
                    [self.retargeted(left, target)?, self.retargeted(right, target)?];
                let (left, right) = (left.into_profiles(), right.into_profiles());
                self.added(left, right, source.place).map(Piped::Profiles)
            }
            ExprKind::Query(query) => {
                let upstream = Upstream { source: &query.source, stages: &query.stages, next: &[] };
                self.retargeted_query(upstream, target)
            }
            _ => Err(no_target(target.place).into()),
        }
    }

    fn retargeted_selector(&self, selector: &Selector, target: &Selector) -> Result<Piped> {
        let Some(name) = &selector.name else { return Err(no_target(target.place).into()) };
        let bindings = self.context.bindings;
        match bindings.get(&name.text) {
            Some(Binding::Profiles(definition)) => {
                self.retargeted_definition(&narrow(definition, selector, bindings)?, target)
            }
            Some(_) => Err(no_target(target.place).into()),
            None => {
                let moved = replaced(selector, target);
                self.context.select(name, &moved, self.asks).map(Piped::Profiles)
            }
        }
    }

    fn retargeted_definition(&self, definition: &Definition, target: &Selector) -> Result<Piped> {
        // Names in the target are looked up in the scope where the target is written.
        let definition = definition.with_query(definition.query.clone(), self.context.bindings);
        let mut context = self.context;
        context.bindings = &definition.bindings;
        let query = &definition.query;
        let upstream = Upstream { source: &query.source, stages: &query.stages, next: &[] };
        let piped = Evaluator { context, ..*self }.retargeted_query(upstream, target);
        used_at(piped, &definition, target.place)
    }
}

/// Replaces the parts of a selector that the target names.
pub(crate) fn replaced(selector: &Selector, target: &Selector) -> Selector {
    let is_replaced = |matcher: &&Matcher| {
        target.matchers.iter().any(|other| other.label.text == matcher.label.text)
    };
    let kept = selector.matchers.iter().filter(|matcher| !is_replaced(matcher));
    Selector {
        name: selector.name.clone(),
        matchers: kept.chain(&target.matchers).cloned().collect(),
        range: target.range.clone().or_else(|| selector.range.clone()),
        offset: target.offset.clone().or_else(|| selector.offset.clone()),
        at: target.at.clone().or_else(|| selector.at.clone()),
        from: target.from.clone().or_else(|| selector.from.clone()),
        place: target.place,
    }
}

fn no_target(place: Place) -> Diagnostic {
    Diagnostic::error("no-baseline", "the piped value is not a selection that can run again")
        .at(place, "needs a selection to change")
}
