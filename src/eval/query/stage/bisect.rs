//! The `bisect` verb: which value of a label brought a change of an expression.
//!
//! An expression is measured in blocks of consecutive profiles of one series, so that values
//! with many pods compare with those with few. What a call such as `self(P)` measures of each
//! profile is summed once; the expression is then evaluated on the sums of each block.

use rayon::prelude::*;

use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::inference::bisect::Block;
use crate::eval::query::check::must_match;
use crate::eval::query::evaluator::{Evaluator, Piped, Upstream};
use crate::eval::query::expr::{Expression, Subject};
use crate::eval::query::stage::next;
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::selection::labels::rewrite_matching;
use crate::eval::selection::profiles::{Group, Profiles};
use crate::eval::stacks::rewrite::{AtMatches, focus, focus_leaf};
use crate::eval::tables::bisection::{Judged, ValueSeen, in_order, seen};
use crate::eval::tables::describe;
use crate::lang::ast::{Argument, Expr, ExprKind, Name, Pattern, SeriesMerge, Stage};
use crate::lang::format;
use crate::profile::sample::rate_divisor;
use crate::quantity::{Quantity, Unit};
use crate::work::Cancelled;

/// The most blocks of a series: between 10 and 30 are best for the error of block means.
const BLOCKS: usize = 16;

impl Evaluator<'_> {
    /// Judges the values of labels by an expression.
    pub fn bisect(
        &self,
        profiles: Profiles,
        stage: &Stage,
        upstream: Upstream<'_>,
    ) -> Result<Piped> {
        let measure = stage.args.measure();
        let labels = stage.args.labels();
        let profiles = self.grouped(profiles, SeriesMerge::Sum, labels, false)?.as_rate();
        let blocks = Blocks::new(self, &profiles, measure)?;
        let mut unit = None;
        let mut values = Vec::new();
        for group in in_order(&profiles) {
            self.context.work.check()?;
            values.extend(blocks.value(&group, &mut unit)?);
        }
        let judged = Judged::new(values, unit.unwrap_or_default());
        let finding = Some(judged.finding(&format::expr(measure)));
        let rule = "mean of the series of each value, by first sight".to_owned();
        let mut header = Header { rule, finding, ..describe::header(&profiles) };
        header.notes.extend(next_query(&judged, upstream));
        Ok(Piped::Done(Outcome { value: Value::Table(judged.table()), header }))
    }
}

/// What a call measures of each profile.
struct Figures {
    place: Place,
    values: Vec<f64>,
}

/// Evaluates an expression on blocks of profiles.
struct Blocks<'b> {
    evaluator: &'b Evaluator<'b>,
    profiles: &'b Profiles,
    measure: &'b Expr,
    figures: Vec<Figures>,
    /// The totals of profiles after and before stack filters.
    totals: Vec<f64>,
}

impl<'b> Blocks<'b> {
    fn new(
        evaluator: &'b Evaluator<'b>,
        profiles: &'b Profiles,
        measure: &'b Expr,
    ) -> Result<Blocks<'b>> {
        let mut calls = Vec::new();
        collect(measure, &mut calls);
        let figures = calls.into_iter().map(|(name, pattern, place)| {
            Ok(Figures { place, values: evaluator.measured_of_each(profiles, name, pattern)? })
        });
        let figures = figures.collect::<Result<_>>()?;
        let totals = profiles.snapshots.iter().map(|snapshot| profiles.total_of(snapshot));
        Ok(Blocks { evaluator, profiles, measure, figures, totals: totals.collect() })
    }

    /// The blocks of a value's series; `None` if it has nothing to measure.
    fn value(&self, group: &Group, unit: &mut Option<Unit>) -> Result<Option<ValueSeen>> {
        let mut all = Vec::new();
        for (_, members) in &group.series {
            let mut blocks = Vec::new();
            for block in members.chunks(members.len().div_ceil(BLOCKS).max(1)) {
                if let Some(mean) = self.mean(block, unit)? {
                    blocks.push(Block { profiles: block.len() as f64, mean });
                }
            }
            if !blocks.is_empty() {
                all.push(blocks);
            }
        }
        let Some((first, last)) = seen(self.profiles, group).filter(|_| !all.is_empty()) else {
            return Ok(None);
        };
        let (labels, profiles) = (group.labels.clone(), group.snapshots());
        Ok(Some(ValueSeen { labels, first, last, profiles, series: all }))
    }

    /// The expression on the sums of some profiles of a series; `None` without samples.
    fn mean(&self, members: &[usize], unit: &mut Option<Unit>) -> Result<Option<f64>> {
        let snapshots = members.iter().map(|member| &self.profiles.snapshots[*member]);
        let divisor = match self.profiles.rate {
            true => rate_divisor(&self.profiles.kind.unit, snapshots.clone()),
            false => members.len() as f64,
        };
        if divisor <= 0.0 {
            return Ok(None);
        }
        let sum = |values: &[f64]| members.iter().map(|at| values[*at]).sum::<f64>() / divisor;
        let calls = self.figures.iter().map(|figures| (figures.place, sum(&figures.values)));
        let calls: Vec<(Place, f64)> = calls.collect();
        let subject = Subject::Block {
            calls: &calls,
            value: sum(&self.totals),
            whole: snapshots.map(|snapshot| snapshot.total as f64).sum::<f64>() / divisor,
            count: members.len(),
            unit: &self.unit(),
        };
        let value = match Expression::new(self.evaluator, subject).value(self.measure) {
            Ok(value) => value,
            Err(error) if error.is("nothing-measured") => return Ok(None),
            Err(error) => return Err(error),
        };
        let number = number(value, self.measure)?;
        unit.get_or_insert(number.unit);
        Ok(Some(number.value).filter(|value| value.is_finite()))
    }

    fn unit(&self) -> Unit {
        self.profiles.unit_of_one()
    }
}

impl Evaluator<'_> {
    /// What `self(P)`, `total(P)` or `share(P)` finds in each profile.
    fn measured_of_each(
        &self,
        profiles: &Profiles,
        name: &Name,
        pattern: &Pattern,
    ) -> Result<Vec<f64>> {
        let work = self.context.work;
        let compiled = self.compile(pattern)?;
        let make: AtMatches = if &*name.text == "self" { focus_leaf } else { focus };
        let kept = rewrite_matching(profiles.clone(), &compiled, work, make)?;
        let values = kept.snapshots.par_iter().map(|snapshot| {
            work.check()?;
            Ok(kept.total_of(snapshot))
        });
        let values = values.collect::<std::result::Result<Vec<f64>, Cancelled>>()?;
        if values.iter().all(|value| *value == 0.0) {
            must_match(&compiled, &profiles.symbols, &profiles.reached(work)?, work)?;
        }
        Ok(values)
    }
}

/// The calls that measure what is piped in.
fn collect<'e>(expr: &'e Expr, calls: &mut Vec<(&'e Name, &'e Pattern, Place)>) {
    match &expr.kind {
        ExprKind::Call { function, arguments } => {
            if let [Argument::Pattern(pattern)] = &arguments[..] {
                calls.push((function, pattern, expr.place));
            }
        }
        ExprKind::Negate(inner) | ExprKind::Not(inner) => collect(inner, calls),
        ExprKind::Binary { left, right, .. } => {
            collect(left, calls);
            collect(right, calls);
        }
        _ => {}
    }
}

/// A share is in percent.
fn number(value: Scalar, measure: &Expr) -> Result<Quantity> {
    let is_share =
        matches!(&measure.kind, ExprKind::Call { function, .. } if &*function.text == "share");
    match value {
        Scalar::Number(share) if is_share => Ok(Quantity::new(100.0 * share.value, Unit::Percent)),
        Scalar::Number(number) => Ok(number),
        other => Err(Diagnostic::error("type-mismatch", "`bisect` compares numbers")
            .at(measure.place, format!("this is {other}"))
            .help("measure something: `bisect by (version) on share(\"runtime.*\")`")
            .into()),
    }
}

/// The culprit against the value before it.
fn next_query(judged: &Judged, upstream: Upstream<'_>) -> Option<String> {
    let (before, after) = judged.sides()?;
    let query = next::diff(upstream, &next::only(&after.labels), &next::only(&before.labels))?;
    Some(format!("next, what it changed: {query}"))
}
