//! Calls in an expression: `self(P)`, `total(P)`, `share(P)`, `delta(P)`, `growth(P)`.
//!
//! A call measures the piped value, or a selection that is given as its second argument.

use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::inference::precision::{self, Precisions};
use crate::eval::merge::merger::{Merger, group_totals};
use crate::eval::query::check::must_match;
use crate::eval::query::evaluator::Piped;
use crate::eval::query::expr::{Expression, Subject};
use crate::eval::query::measured::{Measured, What};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::{Outcome, Trees, Value};
use crate::eval::selection::labels::rewrite_matching;
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::pattern::Compiled;
use crate::eval::stacks::reached::Reached;
use crate::eval::stacks::rewrite::{AtMatches, focus, focus_leaf, rewrite_tree};
use crate::lang::ast::{Argument, Name};
use crate::lang::needs::Needs;
use crate::profile::diff::Mode;
use crate::profile::{Labels, Symbols, Tree};
use crate::quantity::{Quantity, Unit};
use crate::work::Cancelled;

/// The result of a call.
struct Figure {
    value: f64,
    /// The total that percentages refer to.
    whole: f64,
    unit: Unit,
    /// A pattern that no function matched, which explains a value of 0.
    unmatched: Option<String>,
    /// How precise it is, if that is asked for and anything replicates.
    precision: Option<Precisions>,
}

impl Expression<'_> {
    /// Evaluates a call on the subject or on its second argument.
    pub fn call(&self, name: &Name, arguments: &[Argument], place: Place) -> Result<Scalar> {
        let (pattern, query) = match arguments {
            [Argument::Pattern(pattern)] => (pattern, None),
            [Argument::Pattern(pattern), Argument::Query(query)] => (pattern, Some(query)),
            _ => {
                return Err(Diagnostic::error(
                    "arguments",
                    format!("`{}` takes a pattern, and a query if nothing is piped in", name.text),
                )
                .at(place, "")
                .into());
            }
        };
        if let (Subject::Block { calls, whole, unit, .. }, None) = (self.subject, query) {
            let call = calls.iter().find(|(of, _)| *of == place);
            return of_block(name, call.map_or(0.0, |(_, value)| *value), (whole, unit), place);
        }
        let pattern = self.evaluator.compile(pattern)?;
        if matches!(&*name.text, "delta" | "growth") {
            return self.change(name, &pattern, place);
        }
        let Figure { value, whole, unit, unmatched, precision } = match query {
            Some(query) => {
                let needs = Needs { replicates: self.has_errors, ..Needs::STACKS };
                let piped = self.evaluator.asked(needs, query)?;
                self.of_piped(&piped, name, &pattern)?
            }
            None => self.of_context(name, &pattern, place)?,
        };
        if whole == 0.0 {
            return Err(nothing_measured(place).into());
        }
        let (value, all) = (Quantity::new(value, unit.clone()), Quantity::new(whole, unit));
        let (what, measured) = match &*name.text {
            "share" => {
                let ratio = Quantity::new(value.value / whole, Unit::None);
                (What::Share { value, whole: all }, ratio)
            }
            _ => (What::Amount { value: value.clone(), whole: all }, value),
        };
        let precision = precision.map(|Precisions { share, amount }| [share.times(100.0), amount]);
        let measure = Measured::new(what, whole, unmatched).with_precision(precision);
        self.measured.borrow_mut().push(measure);
        Ok(Scalar::Number(measured))
    }

    /// Evaluates `delta(P)` or `growth(P)` on a Diff.
    fn change(&self, name: &Name, pattern: &Compiled, place: Place) -> Result<Scalar> {
        let Subject::Piped(Piped::Done(Outcome { value: Value::Diff(diff), .. })) = self.subject
        else {
            let message = format!("`{}` measures a Diff", name.text);
            return Err(Diagnostic::error("type-mismatch", message)
                .at(place, "this is not a Diff")
                .into());
        };
        for (side, tree) in [("before", &diff.before), ("after", &diff.after)] {
            if tree.whole == 0.0 {
                return Err(empty_side(place, side).into());
            }
        }
        let work = self.evaluator.context.work;
        if !self.is_optional {
            let reached = Reached::by_trees(Trees::Two(diff), work)?;
            must_match(pattern, diff.symbols(), &reached, work)?;
        }
        let matches = pattern.matches(diff.symbols(), &Labels::default(), work)?;
        let rewrite = focus(diff.symbols(), &matches, work)?;
        let kept = |tree: &Tree| rewrite_tree(tree, &rewrite, work);
        let kept = [kept(&diff.before)?, kept(&diff.after)?];
        let change = diff.change(kept[0].total(), kept[1].total());
        let precision = match [&kept[0].replicates, &kept[1].replicates] {
            [Some(before), Some(after)] if self.has_errors => {
                precision::of_change(diff, [before, after], work)?
            }
            _ => None,
        };
        let (unit, scale) = match diff.mode {
            Mode::Share => (Unit::Percent, 100.0),
            Mode::Amount | Mode::Rate => (diff.unit(), 1.0),
        };
        let figure = |value: f64| Quantity::new(scale * value, unit.clone());
        let (before, after) = (figure(change.before), figure(change.after));
        let of = diff.change(diff.before.whole, 0.0).before;
        let is_share = diff.mode == Mode::Share;
        let (what, measured, precision) = match &*name.text {
            "delta" => {
                let in_percent = if is_share { 100.0 } else { 100.0 / of };
                let precision = precision.map(|[delta, _]| [delta.times(in_percent), delta]);
                (What::Delta { before, after }, figure(change.delta()), precision)
            }
            _ => {
                let growth = Quantity::new(change.growth().unwrap_or(f64::NAN), Unit::None);
                let precision = precision.map(|[_, growth]| [growth.times(100.0); 2]);
                (What::Growth { before, after }, growth, precision)
            }
        };
        let measure = Measured::new(what, of, None).with_precision(precision);
        self.measured.borrow_mut().push(measure);
        Ok(Scalar::Number(measured))
    }

    /// `value` and `count` of the input of a stage: its total, and the number of its profiles.
    pub fn of_input(&self, piped: &Piped, name: &str, place: Place) -> Result<Option<Scalar>> {
        let number = |value: f64, unit: Unit| Some(Scalar::Number(Quantity::new(value, unit)));
        let outcome = match piped {
            Piped::Profiles(profiles) => match name {
                "count" => return Ok(number(profiles.snapshots.len() as f64, Unit::None)),
                "value" if profiles.snapshots.is_empty() => {
                    return Err(nothing_measured(place).into());
                }
                "value" => {
                    let whole = profiles.clone().ungrouped();
                    let groups = group_totals(&whole, self.evaluator.context.work)?;
                    let total = groups.iter().map(|(_, total)| total).sum();
                    return Ok(number(total, whole.unit()));
                }
                _ => return Ok(None),
            },
            Piped::Done(outcome) => outcome,
        };
        let Some(Trees::One(tree)) = outcome.value.trees() else { return Ok(None) };
        Ok(match name {
            "count" => number(outcome.header.snapshots as f64, Unit::None),
            "value" => number(tree.total(), tree.unit.clone()),
            _ => None,
        })
    }

    fn of_context(&self, name: &Name, pattern: &Compiled, place: Place) -> Result<Figure> {
        match self.subject {
            Subject::Piped(piped) => self.of_piped(piped, name, pattern),
            Subject::Group { profiles, group, .. } => {
                self.of_group(profiles, &group.labels, name, pattern)
            }
            Subject::None | Subject::Row { .. } | Subject::Block { .. } => Err(Diagnostic::error(
                "nothing-piped",
                format!("`{}` has nothing to measure", name.text),
            )
            .at(place, "")
            .into()),
        }
    }

    fn of_piped(&self, piped: &Piped, name: &Name, pattern: &Compiled) -> Result<Figure> {
        match piped {
            Piped::Profiles(profiles) => {
                let mut profiles = profiles.clone();
                profiles.grouping = None;
                profiles.chosen = None;
                self.of_group(&profiles, &Labels::default(), name, pattern)
            }
            Piped::Done(outcome) => match outcome.value.trees() {
                Some(Trees::One(tree)) => self.of_tree(tree, name, pattern),
                Some(Trees::Two(_)) | None => Err(Diagnostic::error(
                    "type-mismatch",
                    format!("`{}` measures profiles or a tree", name.text),
                )
                .at(name.place, "")
                .into()),
            },
        }
    }

    fn of_group(
        &self,
        profiles: &Profiles,
        labels: &Labels,
        name: &Name,
        pattern: &Compiled,
    ) -> Result<Figure> {
        let work = self.evaluator.context.work;
        let make: AtMatches = if &*name.text == "self" { focus_leaf } else { focus };
        let kept = rewrite_matching(profiles.clone(), pattern, work, make)?;
        let Some(group) = kept.groups().into_iter().find(|group| group.labels == *labels) else {
            let (unit, value, whole) = (kept.unit(), 0.0, 0.0);
            return Ok(Figure { value, whole, unit, unmatched: None, precision: None });
        };
        let merger = Merger::new(&kept, work)?;
        let tree = match self.has_errors {
            true => merger.replicated_tree(&group, work)?,
            false => merger.tree(&group, work)?,
        };
        let all = || Merger::new(profiles, work)?.replicated_tree(&group, work);
        let reached = || profiles.reached(work);
        self.figure(&tree, all, pattern, &profiles.symbols, reached)
    }

    fn of_tree(&self, tree: &Tree, name: &Name, pattern: &Compiled) -> Result<Figure> {
        let work = self.evaluator.context.work;
        let matches = pattern.matches(&tree.symbols, &Labels::default(), work)?;
        let rewrite = match &*name.text {
            "self" => focus_leaf(&tree.symbols, &matches, work)?,
            _ => focus(&tree.symbols, &matches, work)?,
        };
        let kept = rewrite_tree(tree, &rewrite, work)?;
        let reached = || Reached::by_tree(tree, work);
        self.figure(&kept, || Ok(tree.clone()), pattern, &tree.symbols, reached)
    }

    /// The total of the stacks that a pattern kept. A total of zero may mean that no function
    /// matches, which is an error unless the assert says `optional`.
    fn figure(
        &self,
        kept: &Tree,
        all: impl FnOnce() -> std::result::Result<Tree, Cancelled>,
        pattern: &Compiled,
        symbols: &Symbols,
        reached: impl FnOnce() -> std::result::Result<Reached, Cancelled>,
    ) -> Result<Figure> {
        let value = kept.total();
        let mut unmatched = None;
        if value == 0.0 && kept.whole != 0.0 {
            let reached = reached()?;
            if !self.is_optional {
                must_match(pattern, symbols, &reached, self.evaluator.context.work)?;
            }
            unmatched = pattern.unmatched(symbols, &reached, self.evaluator.context.work)?;
        }
        let unmatched = unmatched.map(|test| test.text);
        let precision = match self.has_errors {
            true => precision::of_sum(&all()?, kept, self.evaluator.context.work)?,
            false => None,
        };
        Ok(Figure { value, whole: kept.whole, unit: kept.unit.clone(), unmatched, precision })
    }
}

/// A call whose sum is known.
fn of_block(name: &Name, value: f64, (whole, unit): (f64, &Unit), place: Place) -> Result<Scalar> {
    if whole == 0.0 {
        return Err(nothing_measured(place).into());
    }
    Ok(Scalar::Number(match &*name.text {
        "share" => Quantity::new(value / whole, Unit::None),
        _ => Quantity::new(value, unit.clone()),
    }))
}

fn nothing_measured(place: Place) -> Diagnostic {
    Diagnostic::error("nothing-measured", "there are no samples to measure")
        .at(place, "the selection is empty")
        .help("check the selection: a condition on no samples would prove nothing")
}

fn empty_side(place: Place, side: &str) -> Diagnostic {
    Diagnostic::error("nothing-measured", format!("the side {side} has no samples to compare with"))
        .at(place, format!("the side {side} is empty"))
        .help("check its selection: a condition on no samples would prove nothing")
}
