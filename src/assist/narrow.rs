//! What the stages of a pipe leave of stacks: `focus`, `hide` and their like.
//!
//! The doing is that of queries (`eval::stacks`), once per stack and not per sample.
//! Not followed are stages that ask for the labels of samples, `tagroot` and `tagleaf`,
//! which add to what there is, and `trim`, which merges what is too small to be looked
//! for: more is offered behind them than is left.

use crate::eval::selection::scope::Bindings;
use crate::eval::stacks::pattern::{Compiled, Matches};
use crate::eval::stacks::rewrite::{self, Rewrite};
use crate::lang::ast::{Granularity, Pattern, Stage, Verb};
use crate::profile::{Labels, StackId, Symbols};

/// A stage that rewrites stacks.
pub(super) enum Narrowing {
    Matching(Compiled, fn(&Symbols, &Matches) -> Rewrite),
    Recursion,
    Granularity(Granularity),
}

/// Stacks, and the weight of the samples that end in each.
pub(super) struct Weights {
    pub(super) symbols: Symbols,
    pub(super) leaves: Vec<i64>,
}

impl Weights {
    /// What a stage leaves.
    pub(super) fn narrowed(self, narrowing: &Narrowing) -> Weights {
        let rewrite = narrowing.rewrite(&self.symbols);
        let mut leaves = vec![0; rewrite.symbols.stacks.len()];
        for (became, weight) in rewrite.map.iter().zip(self.leaves) {
            if *became != StackId::DROPPED {
                leaves[became.index()] += weight;
            }
        }
        Weights { symbols: rewrite.symbols, leaves }
    }
}

/// The stages that rewrite stacks. One with a mistake is left out: whoever types the
/// next one is not helped by an empty menu.
pub(super) fn narrowings(stages: &[Stage], bindings: &Bindings) -> Vec<Narrowing> {
    stages.iter().filter_map(|stage| narrowing(&stage.verb, bindings)).collect()
}

fn narrowing(verb: &Verb, bindings: &Bindings) -> Option<Narrowing> {
    let (pattern, make): (&Pattern, fn(&Symbols, &Matches) -> Rewrite) = match verb {
        Verb::Focus(pattern) => (pattern, rewrite::focus),
        Verb::Ignore(pattern) => (pattern, rewrite::ignore),
        Verb::Hide(pattern) => (pattern, rewrite::hide),
        Verb::Show(pattern) => (pattern, rewrite::show),
        Verb::ShowFrom(pattern) | Verb::Callees(pattern) => (pattern, rewrite::show_from),
        Verb::PruneFrom(pattern) => (pattern, rewrite::prune_from),
        Verb::Callers(pattern) => (pattern, rewrite::callers),
        Verb::Collapse(Some(pattern)) => (pattern, rewrite::collapse),
        Verb::Collapse(None) => return Some(Narrowing::Recursion),
        Verb::Granularity(granularity) => return Some(Narrowing::Granularity(*granularity)),
        _ => return None,
    };
    let compiled = Compiled::new(&bindings.resolve(pattern).ok()?).ok()?;
    compiled.label_names().is_empty().then_some(Narrowing::Matching(compiled, make))
}

impl Narrowing {
    fn rewrite(&self, symbols: &Symbols) -> Rewrite {
        match self {
            Narrowing::Matching(pattern, make) => {
                make(symbols, &pattern.matches(symbols, &Labels::default()))
            }
            Narrowing::Recursion => rewrite::collapse_recursion(symbols),
            Narrowing::Granularity(granularity) => rewrite::granularity(symbols, *granularity),
        }
    }
}
