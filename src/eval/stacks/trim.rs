//! Trims a tree: merges small nodes.
//!
//! This is for drawing only; tables are computed before it. Small nodes are merged into
//! "(other)" beside their siblings, so that widths still add up.

use crate::eval::stacks::rewrite::Rewrite;
use crate::profile::{StackId, Stacks, Symbols, Tree};
use crate::work::{Cancelled, Work};

/// The name of the frame for merged nodes.
pub const OTHER: &str = "(other)";

/// Merges every node whose total is below the threshold, and all nodes below it, into
/// "(other)". Also returns how many nodes were merged.
pub fn trim(tree: &Tree, threshold: f64, work: Work<'_>) -> Result<(Rewrite, usize), Cancelled> {
    let mut symbols = tree.symbols.clone();
    let other = symbols.intern_named_frame(OTHER);
    let mut stacks = Stacks::new();
    let mut map = vec![StackId::EMPTY; tree.symbols.stacks.len()];
    let mut trimmed = 0;
    work.each(tree.symbols.stacks.iter(), |(stack, parent, frame)| {
        let caller = map[parent.index()];
        let in_other = caller != StackId::EMPTY && stacks.frame(caller) == other;
        let small = tree.totals[stack.index()].abs() < threshold;
        trimmed += usize::from((in_other || small) && tree.totals[stack.index()] != 0.0);
        map[stack.index()] = match (in_other, small) {
            (true, _) => caller,
            (false, true) => stacks.intern(caller, other),
            (false, false) => stacks.intern(caller, frame),
        };
    })?;
    let symbols = Symbols { stacks: stacks.into(), ..symbols };
    Ok((Rewrite { symbols, map, drops: false }, trimmed))
}
