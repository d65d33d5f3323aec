//! The stacks and frames that have samples.
//!
//! A source's symbols may hold more. Whether a pattern matches, and which name to suggest
//! if it does not, depends on the selected samples.

use std::collections::BTreeSet;

use crate::eval::result::value::Graph;
use crate::profile::{Symbols, Tree};

/// One bit per stack and per frame of the symbols.
#[derive(Debug, Clone)]
pub struct Reached {
    pub stacks: Vec<bool>,
    pub frames: Vec<bool>,
}

impl Reached {
    /// The stacks with samples on either side.
    pub fn by_graph(graph: &Graph) -> Reached {
        let mut reached = Reached::by_tree(graph.tree());
        if let Graph::Diff(diff) = graph {
            let before = Reached::by_tree(&diff.before);
            let either = |left: &mut [bool], right: &[bool]| {
                for (l, r) in left.iter_mut().zip(right) {
                    *l |= r;
                }
            };
            either(&mut reached.stacks, &before.stacks);
            either(&mut reached.frames, &before.frames);
        }
        reached
    }

    pub fn by_tree(tree: &Tree) -> Reached {
        let leaves = tree.self_values.iter().map(|value| *value != 0.0).collect();
        Reached::from_leaves(&tree.symbols, leaves)
    }

    /// A stack is reached if it or one of its callees has samples.
    pub fn from_leaves(symbols: &Symbols, leaves: Vec<bool>) -> Reached {
        let mut reached = Reached { stacks: leaves, frames: vec![false; symbols.frames.len()] };
        for (stack, parent, frame) in symbols.stacks.iter().rev() {
            if reached.stacks[stack.index()] {
                reached.stacks[parent.index()] = true;
                reached.frames[frame.index()] = true;
            }
        }
        reached
    }

    /// The names of the functions that have samples, sorted.
    pub fn functions<'s>(&self, symbols: &'s Symbols) -> BTreeSet<&'s str> {
        let frames = (0..self.frames.len()).filter(|i| self.frames[*i]);
        frames.map(|i| &**symbols.frame_name(crate::profile::frame::FrameId(i as u32))).collect()
    }
}
