//! `invert`: shows the whole call tree from the leaves, as speedscope and DevTools do.
//!
//! Every stack is reversed: the leaf function comes first, then its caller, and the entry
//! point last. The first level then ranks functions by their self values. `callers` does
//! the same for the stacks through one function.

use super::rewrite::rewrite_outcome;
use crate::eval::query::evaluator::Piped;
use crate::eval::stacks::rewrite::Rewrite;
use crate::profile::{StackId, Stacks, Symbols, Tree};
use crate::work::{Cancelled, Work};

/// Reverses every stack.
pub(crate) fn invert(piped: Piped, work: Work<'_>) -> Result<Piped, Cancelled> {
    Ok(match piped {
        Piped::Profiles(profiles) => {
            let ends = profiles.shown_ends(work)?;
            let rewrite = inverted(&profiles.symbols, &ends, work)?;
            Piped::Profiles(profiles.rewritten(rewrite, work)?)
        }
        Piped::Done(outcome) => {
            let make = |tree: &Tree| {
                let ends = work.collect(tree.self_values.iter().map(|value| *value != 0.0))?;
                inverted(&tree.symbols, &ends, work)
            };
            Piped::Done(rewrite_outcome(outcome, make, work)?)
        }
    })
}

/// Reverses the stacks that samples end in, which `ends` marks; others are not needed.
fn inverted(symbols: &Symbols, ends: &[bool], work: Work<'_>) -> Result<Rewrite, Cancelled> {
    let mut stacks = Stacks::new();
    let mut map = vec![StackId::EMPTY; symbols.stacks.len()];
    let mut steps = work.steps();
    for (stack, became) in (0..).map(StackId).zip(&mut map) {
        steps.take()?;
        if ends[stack.index()] {
            for frame in symbols.stacks.path(stack) {
                steps.take()?;
                *became = stacks.intern(*became, frame);
            }
        }
    }
    let symbols = Symbols { stacks: stacks.into(), ..symbols.clone() };
    Ok(Rewrite { symbols, map, drops: false })
}
