//! Which stacks and frames a selection really has.
//!
//! Symbols are those of a whole source. Whether a pattern matches, and what was
//! meant where it does not, is a question about the samples at hand.

use std::collections::BTreeSet;

use crate::eval::profiles::Profiles;
use crate::eval::value::Graph;
use crate::profile::{StackId, Symbols, Tree};

/// One bit per stack and per frame of the symbols.
#[derive(Debug, Clone)]
pub struct Used {
    pub stacks: Vec<bool>,
    pub frames: Vec<bool>,
}

impl Used {
    /// By the samples that earlier stages kept.
    pub fn by_profiles(profiles: &Profiles) -> Used {
        let mut leaves = vec![false; profiles.symbols.stacks.len()];
        let samples =
            profiles.snapshots.iter().flat_map(|snapshot| snapshot.samples().stacks.iter());
        for recorded in samples.filter(|stack| **stack != StackId::DROPPED) {
            let shown = profiles.shown(*recorded);
            if shown != StackId::DROPPED {
                leaves[shown.index()] = true;
            }
        }
        Used::from_leaves(&profiles.symbols, leaves)
    }

    /// By the samples of either side.
    pub fn by_graph(graph: &Graph) -> Used {
        let mut used = Used::by_tree(graph.tree());
        if let Graph::Diff(diff) = graph {
            let before = Used::by_tree(&diff.before);
            let either = |left: &mut [bool], right: &[bool]| {
                for (l, r) in left.iter_mut().zip(right) {
                    *l |= r;
                }
            };
            either(&mut used.stacks, &before.stacks);
            either(&mut used.frames, &before.frames);
        }
        used
    }

    pub fn by_tree(tree: &Tree) -> Used {
        let leaves = tree.self_values.iter().map(|value| *value != 0.0).collect();
        Used::from_leaves(&tree.symbols, leaves)
    }

    /// A stack is in use where it, or one below it, has samples.
    fn from_leaves(symbols: &Symbols, leaves: Vec<bool>) -> Used {
        let mut used = Used { stacks: leaves, frames: vec![false; symbols.frames.len()] };
        for (stack, parent, frame) in symbols.stacks.iter().rev() {
            if used.stacks[stack.index()] {
                used.stacks[parent.index()] = true;
                used.frames[frame.index()] = true;
            }
        }
        used
    }

    /// The names of the functions in use, sorted.
    pub fn functions<'s>(&self, symbols: &'s Symbols) -> BTreeSet<&'s str> {
        let used = (0..self.frames.len()).filter(|i| self.frames[*i]);
        used.map(|i| &**symbols.frame_name(crate::profile::frame::FrameId(i as u32))).collect()
    }
}
