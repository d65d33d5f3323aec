//! Stages that look at stacks: what they demand of a pattern, and what they do with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::draw::with_totals;
use super::grouping::{check_label, ungrouped};
use super::{Evaluator, Piped, Result, mismatch, profiles};
use crate::diag::suggest::suggest;
use crate::diag::{Diagnostic, Place};
use crate::eval::expr::graph_of;
use crate::eval::labels::rewrite_matching;
use crate::eval::noise::judged;
use crate::eval::pattern::{Compiled, Hits};
use crate::eval::profiles::Profiles;
use crate::eval::stacks::{self, Rewrite};
use crate::eval::trim::{rewrite_tree, trim};
use crate::eval::used::Used;
use crate::eval::value::{Graph, Outcome, Value};
use crate::lang::ast::{Name, Number, Pattern, Stage};
use crate::lang::pattern::{frame_fields, is_regex_like};
use crate::profile::{Diff, Labels, Symbols, Tree};
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
        if let Piped::Profiles(profiles) = &piped {
            for label in compiled.label_names() {
                check_stack_label(profiles, &label)?;
            }
        }
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
        let note = self.note_unmatched(&compiled, &piped, demand)?;
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
        piped: &Piped,
        demand: Demand,
    ) -> Result<Option<String>> {
        let Some((symbols, used)) = in_use(piped) else { return Ok(None) };
        if matches!(demand, Demand::Match | Demand::MatchFrame) && !self.again {
            must_match(compiled, &symbols, &used)?;
            return Ok(None);
        }
        let unmatched = compiled.unmatched(&symbols, &used);
        Ok(unmatched.first().map(|test| format!("no function matches `{}`", test.text)))
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

    pub(super) fn trim(&self, piped: Piped, threshold: &Number, place: Place) -> Result<Piped> {
        let under = |tree: &Tree| match threshold.unit {
            Unit::Percent => threshold.value / 100.0 * tree.total().abs(),
            _ => threshold.value,
        };
        let unit = match &piped {
            Piped::Profiles(profiles) => profiles.unit(),
            Piped::Done(outcome) => {
                graph_of(outcome).map_or(Unit::None, |graph| graph.tree().unit.clone())
            }
        };
        if !matches!(threshold.unit, Unit::Percent | Unit::None) && threshold.unit != unit {
            let message = format!("these profiles are in {unit}, not in {}", threshold.unit);
            return Err(Diagnostic::error("type-mismatch", message)
                .at(place, "another unit")
                .help("a percentage fits every type: trim 1%"));
        }
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
        let compiled = self.compile(pattern)?;
        self.note_unmatched(&compiled, &piped, Demand::Match)?;
        self.half(piped, &compiled, make, stage).map(Piped::Done)
    }

    /// The callers or the callees of what is known to match.
    pub(super) fn half(
        &self,
        piped: Piped,
        compiled: &Compiled,
        make: fn(&Symbols, &Hits) -> Rewrite,
        stage: &Stage,
    ) -> Result<Outcome> {
        match piped {
            Piped::Profiles(profiles) => {
                self.tree_outcome(&rewrite_matching(ungrouped(profiles), compiled, make))
            }
            Piped::Done(outcome) if graph_of(&outcome).is_none() => {
                Err(mismatch(stage, "profiles, a Tree or a Diff", &outcome))
            }
            Piped::Done(outcome) => Ok(rewrite_outcome(outcome, |tree| {
                make(&tree.symbols, &compiled.hits(&tree.symbols, &Labels::default()))
            })),
        }
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

/// Rewrites the stacks in a result; the checker lets nothing else come here.
pub(super) fn rewrite_outcome(
    mut outcome: Outcome,
    make: impl FnOnce(&Tree) -> Rewrite,
) -> Outcome {
    match &outcome.value {
        Value::Tree(tree) => {
            let rewritten = rewrite_tree(tree, &make(tree));
            outcome.header = with_totals(outcome.header, &rewritten);
            outcome.value = Value::Tree(rewritten);
        }
        Value::Diff(diff) => {
            let rewritten = rewrite_diff(diff, &make(&larger(diff)));
            outcome.header = with_totals(outcome.header, &rewritten.after);
            let baseline = outcome.header.baseline.take();
            outcome.header.baseline =
                baseline.map(|header| Box::new(with_totals(*header, &rewritten.before)));
            outcome.value = Value::Diff(Box::new(rewritten));
        }
        _ => {}
    }
    outcome
}

/// Both sides under one rewrite of their stacks.
pub(super) fn rewrite_diff(diff: &Diff, rewrite: &Rewrite) -> Diff {
    judged(Diff {
        before: rewrite_tree(&diff.before, rewrite),
        after: rewrite_tree(&diff.after, rewrite),
        ..diff.clone()
    })
}

/// The side where each stack weighs more, for what must look at both at once:
/// a stack is too small to draw only if it is so before and after.
fn larger(diff: &Diff) -> Tree {
    let mut tree = diff.after.clone();
    let larger = |left: &mut Vec<f64>, right: &[f64]| {
        for (l, r) in left.iter_mut().zip(right) {
            *l = l.abs().max(r.abs());
        }
    };
    larger(&mut tree.self_values, &diff.before.self_values);
    larger(&mut tree.totals, &diff.before.totals);
    tree
}

/// The symbols of what is piped, and which of them it uses.
fn in_use(piped: &Piped) -> Option<(Symbols, Used)> {
    match piped {
        // An empty selection says why it is empty; a pattern has nothing to add.
        Piped::Profiles(profiles) if profiles.snapshots.is_empty() => None,
        Piped::Profiles(profiles) => Some((profiles.symbols.clone(), Used::by_profiles(profiles))),
        Piped::Done(outcome) => {
            let used = |graph: Graph| (graph.tree().symbols.clone(), Used::by_graph(&graph));
            graph_of(outcome).map(used)
        }
    }
}

/// Fails when a frame test matches nothing and so the whole pattern does not.
pub(super) fn must_match(compiled: &Compiled, symbols: &Symbols, used: &Used) -> Result<()> {
    match compiled.unmatched(symbols, used).first() {
        Some(test) if !compiled.can_match(symbols, used) => {
            Err(no_match(&used.functions(symbols), &test.text, test.place))
        }
        _ => Ok(()),
    }
}

/// In stack position a name is a frame field, else a label; it may be misspelt either way.
fn check_stack_label(profiles: &Profiles, name: &Name) -> Result<()> {
    let selections = std::slice::from_ref(profiles);
    check_label(selections, name).map_err(|unknown| {
        let fields: Vec<&str> = frame_fields().map(|(field, _)| field).collect();
        unknown.note(format!("in a stack, braces also know: {}", fields.join(", ")))
    })
}

/// `no function matches …`, with what contains it among the functions at hand.
fn no_match(functions: &BTreeSet<&str>, text: &str, place: Place) -> Diagnostic {
    let count = crate::quantity::unit::grouped(functions.len() as f64);
    let diagnostic = Diagnostic::error("no-match", format!("no function matches `{text}`"))
        .at(place, format!("0 of {count} functions"));
    if is_regex_like(text) {
        return diagnostic.help(format!(
            "this is a glob, in which only `*` is special; as a regex: ~\"{text}\""
        ));
    }
    let word = text.trim_matches('*');
    let mut containing = functions.iter().filter(|name| !word.is_empty() && name.contains(word));
    match containing.clone().next() {
        Some(example) => {
            let count = containing.by_ref().count();
            diagnostic.help(format!("{count} contain it: \"*{word}*\", e.g. {example}"))
        }
        None => match suggest(word, functions.iter().copied()).first() {
            Some(meant) => diagnostic.help(format!("did you mean \"{meant}\"?")),
            None => diagnostic.help("see what there is: ... | functions"),
        },
    }
}
