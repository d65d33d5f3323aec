//! Applies stages that rewrite stacks (`focus`, `hide` and the like), for completion.
//!
//! It uses the code of queries (`eval::stacks`), once per stack and not per sample. It
//! skips stages that ask for labels of samples, `tagroot` and `tagleaf`, which only add
//! frames, and `trim`, which merges only small nodes. After those stages, completion
//! offers more than is left.

use crate::eval::selection::scope::Bindings;
use crate::eval::stacks::pattern::Compiled;
use crate::eval::stacks::rewrite::{self, AtMatches, Rewrite};
use crate::lang::ast::{Args, Granularity, Stage};
use crate::lang::verbs::{StackVerb, Verb};
use crate::profile::{Labels, StackId, Symbols};
use crate::work::{Cancelled, Work};

/// A stage that rewrites stacks.
pub(super) enum Narrowing {
    Matching(Compiled, AtMatches),
    Recursion,
    Granularity(Granularity),
}

/// Stacks, and the weight of the samples that end in each.
pub(super) struct Weights {
    pub(super) symbols: Symbols,
    pub(super) leaves: Vec<i64>,
}

impl Weights {
    /// The weights after a stage.
    pub(super) fn narrowed(self, narrowing: &Narrowing) -> Weights {
        let Ok(rewrite) = narrowing.rewrite(&self.symbols, Work::unattended()) else {
            return self;
        };
        let mut leaves = vec![0; rewrite.symbols.stacks.len()];
        for (became, weight) in rewrite.map.iter().zip(self.leaves) {
            if *became != StackId::DROPPED {
                leaves[became.index()] += weight;
            }
        }
        Weights { symbols: rewrite.symbols, leaves }
    }
}

/// The stages that rewrite stacks. A stage with a mistake is skipped, because an empty
/// menu would not help in the next stage.
pub(super) fn narrowings(stages: &[Stage], bindings: &Bindings) -> Vec<Narrowing> {
    stages.iter().filter_map(|stage| narrowing(stage, bindings)).collect()
}

fn narrowing(stage: &Stage, bindings: &Bindings) -> Option<Narrowing> {
    let make = match stage.verb.id {
        Verb::Stack(StackVerb::Collapse) if stage.args.maybe_pattern().is_none() => {
            return Some(Narrowing::Recursion);
        }
        Verb::Stack(StackVerb::Granularity) => {
            return Some(Narrowing::Granularity(stage.args.granularity()));
        }
        id => rewrite::at_matches(id)?,
    };
    let (Args::Pattern(pattern) | Args::MaybePattern(Some(pattern))) = &stage.args else {
        return None;
    };
    let compiled = Compiled::new(&bindings.resolve(pattern).ok()?).ok()?;
    compiled.label_names().is_empty().then_some(Narrowing::Matching(compiled, make))
}

impl Narrowing {
    fn rewrite(&self, symbols: &Symbols, work: Work<'_>) -> Result<Rewrite, Cancelled> {
        match self {
            Narrowing::Matching(pattern, make) => {
                make(symbols, &pattern.matches(symbols, &Labels::default(), work)?, work)
            }
            Narrowing::Recursion => rewrite::collapse_recursion(symbols, work),
            Narrowing::Granularity(granularity) => {
                rewrite::granularity(symbols, *granularity, work)
            }
        }
    }
}
