//! Stages that rewrite stacks where a pattern matches, and the demands they make of it.

use std::sync::Arc;

use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::inference::significance::with_significance;
use crate::eval::query::check::{Demand, check_frames, check_label, check_stack_label};
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::selection::labels::{Tag, rewrite_matching};
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::pattern::Compiled;
use crate::eval::stacks::rewrite::{self, AtMatches, Rewrite, at_matches};
use crate::eval::stacks::{rewrite::rewrite_tree, trim::trim};
use crate::lang::ast::{Args, Granularity, Name, Number, Pattern, Stage};
use crate::profile::{Diff, Labels, Symbols, Tree};
use crate::quantity::{Quantity, Unit};
use crate::work::{Cancelled, Work};

impl Evaluator<'_> {
    /// Runs a stage that rewrites stacks where a pattern matches.
    pub fn rewrite(&self, piped: Piped, stage: &Stage, demand: Demand) -> Result<Piped> {
        let make = at_matches(stage.verb.id).expect("a verb that rewrites stacks at matches");
        let pattern = match &stage.args {
            Args::MaybePattern(Some(pattern)) => pattern,
            args => args.pattern(),
        };
        let compiled = self.compile(pattern)?;
        if let Piped::Profiles(profiles) = &piped {
            for label in compiled.label_names() {
                check_stack_label(profiles, &label)?;
            }
        }
        if demand.is_of_frames() {
            check_frames(&compiled)?;
        }
        let note = self.note_unmatched(&compiled, &piped, demand)?;
        let work = self.context.work;
        Ok(match piped {
            Piped::Profiles(profiles) => {
                let rewritten = rewrite_matching(profiles, &compiled, work, make)?;
                Piped::Profiles(note.into_iter().fold(rewritten, Profiles::with_note))
            }
            Piped::Done(mut outcome) => {
                outcome.header.notes.extend(note);
                Piped::Done(rewrite_matches(outcome, &compiled, make, work)?)
            }
        })
    }

    pub fn tag(&self, piped: Piped, names: &[Name], make: Tag) -> Result<Piped> {
        let profiles = piped.into_profiles();
        for name in names {
            check_label(std::slice::from_ref(&profiles), name)?;
        }
        let names: Vec<Arc<str>> = names.iter().map(|name| name.text.clone()).collect();
        Ok(Piped::Profiles(make(profiles, &names, self.context.work)?))
    }

    pub fn trim(&self, piped: Piped, threshold: &Number, place: Place) -> Result<Piped> {
        let under = |tree: &Tree| match threshold.unit {
            Unit::Percent => threshold.value / 100.0 * tree.total().abs(),
            _ => threshold.value,
        };
        let unit = match &piped {
            Piped::Profiles(profiles) => profiles.unit(),
            Piped::Done(outcome) => {
                outcome.value.trees().map_or(Unit::None, |trees| trees.tree().unit.clone())
            }
        };
        if !matches!(threshold.unit, Unit::Percent | Unit::None) && threshold.unit != unit {
            let message = format!("these profiles are in {unit}, not in {}", threshold.unit);
            return Err(Diagnostic::error("type-mismatch", message)
                .at(place, "another unit")
                .help("a percentage fits every type: `trim 1%`")
                .into());
        }
        let limit = Quantity::new(threshold.value, threshold.unit.clone());
        let note = |trimmed: usize| {
            (trimmed > 0).then(|| format!("{trimmed} nodes under {limit} merged into \"(other)\""))
        };
        Ok(match piped {
            Piped::Profiles(profiles) => {
                let tree = self.tree(&profiles.clone().ungrouped())?;
                let (rewrite, trimmed) = trim(&tree, under(&tree), self.context.work)?;
                let by_name = rewrite::by_name(&profiles.symbols, self.context.work)?;
                let trimmed = note(trimmed);
                let work = self.context.work;
                let profiles = profiles.rewritten(by_name, work)?.rewritten(rewrite, work)?;
                Piped::Profiles(trimmed.into_iter().fold(profiles, Profiles::with_note))
            }
            Piped::Done(mut outcome) => {
                let mut count = 0;
                let work = self.context.work;
                let trimmed = |tree: &Tree| {
                    let (rewrite, trimmed) = trim(tree, under(tree), work)?;
                    count += trimmed;
                    Ok(rewrite)
                };
                outcome = rewrite_outcome(outcome, trimmed, work)?;
                outcome.header.notes.extend(note(count));
                Piped::Done(outcome)
            }
        })
    }

    /// Runs `callers` or `callees`: one tree, merged over all matches.
    pub fn callers(&self, piped: Piped, pattern: &Pattern, make: AtMatches) -> Result<Piped> {
        let compiled = self.compile(pattern)?;
        check_frames(&compiled)?;
        self.note_unmatched(&compiled, &piped, Demand::Match)?;
        self.callers_or_callees(piped, &compiled, make).map(Piped::Done)
    }

    /// The callers or callees of a pattern that is known to match.
    pub fn callers_or_callees(
        &self,
        piped: Piped,
        compiled: &Compiled,
        make: AtMatches,
    ) -> Result<Outcome> {
        match piped {
            Piped::Profiles(profiles) => {
                let work = self.context.work;
                self.tree_outcome(&rewrite_matching(profiles.ungrouped(), compiled, work, make)?)
            }
            Piped::Done(outcome) => {
                Ok(rewrite_matches(outcome, compiled, make, self.context.work)?)
            }
        }
    }
}

/// Renames frames to their line, file, package, module or address.
pub(crate) fn granularity(
    piped: Piped,
    granularity: Granularity,
    work: Work<'_>,
) -> std::result::Result<Piped, Cancelled> {
    let coarser = |symbols: &Symbols| rewrite::granularity(symbols, granularity, work);
    let mut piped = rewrite_all(piped, coarser, work)?;
    match &mut piped {
        Piped::Profiles(profiles) => profiles.granularity = granularity,
        Piped::Done(outcome) => {
            outcome.header.granularity = Some(granularity);
            // Packages and files are other rows than the functions that `where` kept.
            if let Value::Diff(diff) = &mut outcome.value {
                diff.chosen = None;
            }
        }
    }
    Ok(piped)
}

pub(crate) fn rewrite_all(
    piped: Piped,
    make: impl Fn(&Symbols) -> std::result::Result<Rewrite, Cancelled>,
    work: Work<'_>,
) -> std::result::Result<Piped, Cancelled> {
    Ok(match piped {
        Piped::Profiles(profiles) => {
            let rewrite = make(&profiles.symbols)?;
            Piped::Profiles(profiles.rewritten(rewrite, work)?)
        }
        Piped::Done(outcome) => {
            Piped::Done(rewrite_outcome(outcome, |tree| make(&tree.symbols), work)?)
        }
    })
}

/// Rewrites the stacks in a result where a pattern matches.
fn rewrite_matches(
    outcome: Outcome,
    pattern: &Compiled,
    make: AtMatches,
    work: Work<'_>,
) -> std::result::Result<Outcome, Cancelled> {
    let Some(trees) = outcome.value.trees() else {
        return Ok(outcome);
    };
    let matches = pattern.matches(&trees.tree().symbols, &Labels::default(), work)?;
    rewrite_outcome(outcome, |tree| make(&tree.symbols, &matches, work), work)
}

/// Rewrites the stacks in a result; the checker allows no other input.
pub(crate) fn rewrite_outcome(
    mut outcome: Outcome,
    make: impl FnOnce(&Tree) -> std::result::Result<Rewrite, Cancelled>,
    work: Work<'_>,
) -> std::result::Result<Outcome, Cancelled> {
    match &outcome.value {
        Value::Tree(tree) => {
            let rewritten = rewrite_tree(tree, &make(tree)?, work)?;
            outcome.header = outcome.header.with_totals_of(&rewritten);
            outcome.value = Value::Tree(rewritten);
        }
        Value::Diff(diff) => {
            let rewritten = rewrite_diff(diff, &make(&larger(diff, work)?)?, work)?;
            return Ok(diff_outcome(rewritten, outcome.header));
        }
        _ => {}
    }
    Ok(outcome)
}

/// A diff with the totals of both sides in its header.
pub(crate) fn diff_outcome(diff: Diff, header: Header) -> Outcome {
    let mut header = header.with_totals_of(&diff.after);
    let baseline = header.baseline.take();
    header.baseline = baseline.map(|header| Box::new(header.with_totals_of(&diff.before)));
    Outcome { value: Value::Diff(Box::new(diff)), header }
}

/// Applies one rewrite to the stacks of both sides.
pub(crate) fn rewrite_diff(
    diff: &Diff,
    rewrite: &Rewrite,
    work: Work<'_>,
) -> std::result::Result<Diff, Cancelled> {
    let before = rewrite_tree(&diff.before, rewrite, work)?;
    let after = rewrite_tree(&diff.after, rewrite, work)?;
    with_significance(diff.with_sides(before, after), work)
}

/// A tree in which each stack has the larger value of both sides. `trim` uses it, because a
/// stack is too small to draw only if it is too small on both sides.
fn larger(diff: &Diff, work: Work<'_>) -> std::result::Result<Tree, Cancelled> {
    let mut tree = Tree { exact: None, ..diff.after.clone() };
    let larger = |left: &mut Vec<f64>, right: &[f64]| {
        work.each(left.iter_mut().zip(right), |(l, r)| *l = l.abs().max(r.abs()))
    };
    larger(&mut tree.self_values, &diff.before.self_values)?;
    larger(&mut tree.totals, &diff.before.totals)?;
    Ok(tree)
}
