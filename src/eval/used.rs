//! Which stacks and frames a selection really has.
//!
//! Symbols are those of a whole source. Whether a pattern matches, and what was
//! meant where it does not, is a question about the samples at hand.

use std::collections::BTreeSet;

use rayon::prelude::*;

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
        for (recorded, _) in (0..).map(StackId).zip(recorded(profiles)).filter(|(_, used)| *used) {
            let shown = profiles.shown(recorded);
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

/// By recorded stack: whether samples end in it.
pub(super) fn recorded(profiles: &Profiles) -> Vec<bool> {
    /// So many are looked at by one core at a time.
    const PART: usize = 2048;
    let stacks = profiles.map.as_ref().map_or(profiles.symbols.stacks.len(), |map| map.len());
    let parts = profiles.snapshots.par_chunks(PART).map(|part| {
        let mut ends = vec![false; stacks];
        for stack in part.iter().flat_map(|snapshot| snapshot.samples().stacks.iter()) {
            // What was dropped is no stack at all.
            if let Some(ends) = ends.get_mut(stack.index()) {
                *ends = true;
            }
        }
        ends
    });
    let either = |mut left: Vec<bool>, right: Vec<bool>| {
        left.iter_mut().zip(right).for_each(|(left, right)| *left |= right);
        left
    };
    parts.reduce(|| vec![false; stacks], either)
}
