//! The stacks and frames that have samples.
//!
//! A source's symbols may hold more. Whether a pattern matches, and which name to suggest
//! if it does not, depends on the selected samples.

use std::collections::BTreeSet;

use crate::eval::result::value::Trees;
use crate::profile::{Symbols, Tree};
use crate::work::{Cancelled, Work};

/// One bit per stack and per frame of the symbols.
#[derive(Debug, Clone)]
pub struct Reached {
    pub stacks: Vec<bool>,
    pub frames: Vec<bool>,
}

impl Reached {
    /// The stacks with samples on either side.
    pub fn by_trees(trees: Trees<'_>, work: Work<'_>) -> Result<Reached, Cancelled> {
        let mut reached = Reached::by_tree(trees.tree(), work)?;
        if let Trees::Two(diff) = trees {
            let before = Reached::by_tree(&diff.before, work)?;
            let either = |left: &mut [bool], right: &[bool]| {
                work.each(left.iter_mut().zip(right), |(l, r)| *l |= r)
            };
            either(&mut reached.stacks, &before.stacks)?;
            either(&mut reached.frames, &before.frames)?;
        }
        Ok(reached)
    }

    pub fn by_tree(tree: &Tree, work: Work<'_>) -> Result<Reached, Cancelled> {
        let leaves = work.collect(tree.self_values.iter().map(|value| *value != 0.0))?;
        Reached::from_leaves(&tree.symbols, leaves, work)
    }

    /// A stack is reached if it or one of its callees has samples.
    pub fn from_leaves(
        symbols: &Symbols,
        leaves: Vec<bool>,
        work: Work<'_>,
    ) -> Result<Reached, Cancelled> {
        let mut reached = Reached { stacks: leaves, frames: vec![false; symbols.frames.len()] };
        work.each(symbols.stacks.iter().rev(), |(stack, parent, frame)| {
            if reached.stacks[stack.index()] {
                reached.stacks[parent.index()] = true;
                reached.frames[frame.index()] = true;
            }
        })?;
        Ok(reached)
    }

    /// The names of the functions that have samples, sorted.
    pub fn functions<'s>(&self, symbols: &'s Symbols) -> BTreeSet<&'s str> {
        let frames = (0..self.frames.len()).filter(|i| self.frames[*i]);
        frames.map(|i| &**symbols.frame_name(crate::profile::frame::FrameId(i as u32))).collect()
    }
}
