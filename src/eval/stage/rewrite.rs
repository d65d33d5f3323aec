//! Stages that look at stacks: what they demand of a pattern, and what they do with it.

use std::sync::Arc;

use super::draw::with_totals;
use super::grouping::{check_label, ungrouped};
use super::{Evaluator, Piped, Result, profiles};
use crate::diag::suggest::suggest;
use crate::diag::{Diagnostic, Place};
use crate::eval::describe;
use crate::eval::expr::tree_of;
use crate::eval::labels::rewrite_matching;
use crate::eval::pattern::{Compiled, Hits};
use crate::eval::profiles::Profiles;
use crate::eval::stacks::{self, Rewrite};
use crate::eval::trim::{rewrite_tree, trim};
use crate::eval::value::{Outcome, Value};
use crate::lang::ast::{Name, Number, Pattern, Stage};
use crate::profile::{Labels, Symbols, Tree};
use crate::quantity::{Quantity, Unit};

impl Evaluator<'_> {
    /// A stage that depends on where a pattern matches.
    pub(super) fn rewrite(
        &self,
        piped: Piped,
        pattern: &Pattern,
        demand: Demand,
        make: fn(&Symbols, &Hits) -> Rewrite,
    ) -> Result<Piped> {
        let compiled = self.compile(pattern)?;
        if let (true, Some(place)) = (demand.is_of_frames(), compiled.has_leaf_anchor()) {
            return Err(Diagnostic::error(
                "leaf-position",
                "`leaf` says where a stack ends, and this verb looks at single frames",
            )
            .at(place, "")
            .help(
                "keep or drop whole stacks by their leaf: focus leaf \"...\", ignore leaf \"...\"",
            ));
        }
        let note = self.note_unmatched(&compiled, symbols_of(&piped), demand)?;
        Ok(match piped {
            Piped::Profiles(profiles) => {
                let rewritten = rewrite_matching(profiles, &compiled, make);
                Piped::Profiles(note.into_iter().fold(rewritten, Profiles::with_note))
            }
            Piped::Done(mut outcome) => {
                outcome.header.notes.extend(note);
                Piped::Done(rewrite_outcome(outcome, |tree| {
                    let hits = compiled.hits(&tree.symbols, &Labels::default());
                    make(&tree.symbols, &hits)
                }))
            }
        })
    }

    /// A test that nothing passes is an error where it would leave nothing, else a note.
    pub(super) fn note_unmatched(
        &self,
        compiled: &Compiled,
        symbols: Option<&Symbols>,
        demand: Demand,
    ) -> Result<Option<String>> {
        let Some(symbols) = symbols else { return Ok(None) };
        if matches!(demand, Demand::Match | Demand::MatchFrame) {
            self.must_match(compiled, symbols)?;
            return Ok(None);
        }
        let unmatched = compiled.unmatched(symbols);
        Ok(unmatched.first().map(|test| format!("no function matches `{}`", test.text)))
    }

    pub(super) fn must_match(&self, compiled: &Compiled, symbols: &Symbols) -> Result<()> {
        match compiled.unmatched(symbols).first() {
            Some(test) if !compiled.can_match(symbols) => {
                Err(no_match(symbols, &test.text, test.place))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn tag(
        &self,
        piped: Piped,
        names: &[Name],
        make: fn(Profiles, &[Arc<str>]) -> Profiles,
        stage: &Stage,
    ) -> Result<Piped> {
        let profiles = profiles(piped, stage)?;
        for name in names {
            check_label(std::slice::from_ref(&profiles), name)?;
        }
        let names: Vec<Arc<str>> = names.iter().map(|name| name.text.clone()).collect();
        Ok(Piped::Profiles(make(profiles, &names)))
    }

    pub(super) fn trim(&self, piped: Piped, threshold: &Number) -> Result<Piped> {
        let under = |tree: &Tree| match threshold.unit {
            Unit::Percent => threshold.value / 100.0 * tree.total().abs(),
            _ => threshold.value,
        };
        let limit = Quantity::new(threshold.value, threshold.unit.clone());
        let note = |trimmed: usize| {
            (trimmed > 0).then(|| format!("{trimmed} nodes under {limit} merged into \"(other)\""))
        };
        Ok(match piped {
            Piped::Profiles(profiles) => {
                let tree = self.tree(&ungrouped(profiles.clone()))?;
                let (rewrite, trimmed) = trim(&tree, under(&tree));
                let by_name = stacks::by_name(&profiles.symbols);
                let trimmed = note(trimmed);
                let profiles = profiles.rewritten(by_name).rewritten(rewrite);
                Piped::Profiles(trimmed.into_iter().fold(profiles, Profiles::with_note))
            }
            Piped::Done(mut outcome) => {
                let mut count = 0;
                outcome = rewrite_outcome(outcome, |tree| {
                    let (rewrite, trimmed) = trim(tree, under(tree));
                    count += trimmed;
                    rewrite
                });
                outcome.header.notes.extend(note(count));
                Piped::Done(outcome)
            }
        })
    }

    /// `callers` and `callees`: a tree, merged over all matches.
    pub(super) fn callers(
        &self,
        piped: Piped,
        pattern: &Pattern,
        make: fn(&Symbols, &Hits) -> Rewrite,
        stage: &Stage,
    ) -> Result<Piped> {
        let profiles = profiles(piped, stage)?;
        let compiled = self.compile(pattern)?;
        self.must_match(&compiled, &profiles.symbols)?;
        let turned = rewrite_matching(ungrouped(profiles), &compiled, make);
        let tree = self.tree(&turned)?;
        let header = with_totals(describe::header(&turned), &tree);
        Ok(Piped::Done(Outcome { value: Value::Tree(tree), header }))
    }
}

/// Whether a pattern must match something, and whether it is one of frames.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    Match,
    MatchFrame,
    Note,
    NoteFrame,
}

impl Demand {
    pub(super) fn is_of_frames(self) -> bool {
        matches!(self, Demand::MatchFrame | Demand::NoteFrame)
    }
}

pub(super) fn rewrite_all(piped: Piped, make: impl Fn(&Symbols) -> Rewrite) -> Piped {
    match piped {
        Piped::Profiles(profiles) => {
            let rewrite = make(&profiles.symbols);
            Piped::Profiles(profiles.rewritten(rewrite))
        }
        Piped::Done(outcome) => Piped::Done(rewrite_outcome(outcome, |tree| make(&tree.symbols))),
    }
}

/// Rewrites the tree in a result; the checker lets nothing else come here.
pub(super) fn rewrite_outcome(
    mut outcome: Outcome,
    make: impl FnOnce(&Tree) -> Rewrite,
) -> Outcome {
    if let Value::Tree(tree) = &outcome.value {
        let rewritten = rewrite_tree(tree, &make(tree));
        outcome.header = with_totals(outcome.header, &rewritten);
        outcome.value = Value::Tree(rewritten);
    }
    outcome
}

pub(super) fn symbols_of(piped: &Piped) -> Option<&Symbols> {
    match piped {
        Piped::Profiles(profiles) => Some(&profiles.symbols),
        Piped::Done(outcome) => tree_of(outcome).map(|tree| &tree.symbols),
    }
}

/// `no function matches …`, with what contains it.
pub(super) fn no_match(symbols: &Symbols, text: &str, place: Place) -> Diagnostic {
    let mut names: Vec<&str> =
        symbols.functions.iter().map(|f| &**symbols.string(f.name)).collect();
    names.sort_unstable();
    names.dedup();
    let word = text.trim_matches('*');
    let containing: Vec<&str> =
        names.iter().filter(|name| !word.is_empty() && name.contains(word)).copied().collect();
    let diagnostic = Diagnostic::error("no-match", format!("no function matches `{text}`")).at(
        place,
        format!("0 of {} functions", crate::quantity::unit::grouped(names.len() as f64)),
    );
    match containing.first() {
        Some(example) => diagnostic
            .help(format!("{} contain it: \"*{word}*\", e.g. {example}", containing.len())),
        None => match suggest(word, names.iter().copied()).first() {
            Some(meant) => diagnostic.help(format!("did you mean \"{meant}\"?")),
            None => diagnostic.help("see what there is: ... | functions"),
        },
    }
}
