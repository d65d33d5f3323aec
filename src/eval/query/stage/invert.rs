//! `invert`: shows the whole call tree from the leaves, as speedscope and DevTools do.
//!
//! Every stack is reversed: the leaf function comes first, then its caller, and the entry
//! point last. The first level then ranks functions by their self values. `callers` does
//! the same for the stacks through one function.

use super::rewrite::rewrite_outcome;
use crate::eval::query::evaluator::Piped;
use crate::eval::stacks::rewrite::Rewrite;
use crate::profile::{StackId, Stacks, Symbols};

/// Reverses every stack.
pub(crate) fn invert(piped: Piped) -> Piped {
    match piped {
        Piped::Profiles(profiles) => {
            let ends = profiles.shown_ends();
            let rewrite = inverted(&profiles.symbols, &ends);
            Piped::Profiles(profiles.rewritten(rewrite))
        }
        Piped::Done(outcome) => Piped::Done(rewrite_outcome(outcome, |tree| {
            let ends: Vec<bool> = tree.self_values.iter().map(|value| *value != 0.0).collect();
            inverted(&tree.symbols, &ends)
        })),
    }
}

/// Reverses the stacks that samples end in, which `ends` marks; others are not needed.
fn inverted(symbols: &Symbols, ends: &[bool]) -> Rewrite {
    let mut stacks = Stacks::new();
    let ids = (0..symbols.stacks.len() as u32).map(StackId);
    let map = ids.map(|stack| match ends[stack.index()] {
        true => symbols
            .stacks
            .path(stack)
            .fold(StackId::EMPTY, |callee, frame| stacks.intern(callee, frame)),
        false => StackId::EMPTY,
    });
    let map = map.collect();
    Rewrite { symbols: Symbols { stacks: stacks.into(), ..symbols.clone() }, map, drops: false }
}
