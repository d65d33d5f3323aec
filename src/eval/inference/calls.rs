//! The functions in the batches of trees, and the stacks where they are called.

use crate::eval::stacks::collapsed::Collapsed;
use crate::eval::stacks::functions::outermost_functions;
use crate::profile::frame::FrameId;
use crate::profile::{Replicates, Stacks, Tree};
use crate::work::{Cancelled, Work};

/// The functions with samples in any of some trees.
pub struct Calls {
    pub collapsed: Collapsed,
    /// By stack of a tree: its function; undefined for stacks that no batch reaches.
    pub functions: Vec<u32>,
    /// A function, and the row of one of its outermost calls.
    pub outermost: Vec<(u32, u32)>,
    /// By function.
    pub frames: Vec<FrameId>,
}

impl Calls {
    /// `tree` has the symbols of all: it is the only one, or a side of a diff.
    pub fn new(tree: &Tree, of: &[&Replicates], work: Work<'_>) -> Result<Calls, Cancelled> {
        let stacks = &tree.symbols.stacks;
        let mut calls = Calls {
            collapsed: Collapsed::new(stacks, ends(stacks, of, work)?, work)?,
            functions: vec![0; stacks.len()],
            outermost: Vec::new(),
            frames: Vec::new(),
        };
        let is_outermost = outermost_functions(tree, work)?;
        let mut known = vec![None; tree.symbols.frames.len()];
        work.each(stacks.iter(), |(stack, _, frame)| {
            if !calls.collapsed.has(stack) {
                return;
            }
            let frames = &mut calls.frames;
            let function = *known[frame.index()].get_or_insert_with(|| {
                frames.push(frame);
                frames.len() as u32 - 1
            });
            calls.functions[stack.index()] = function;
            if is_outermost[stack.index()] {
                calls.outermost.push((function, calls.collapsed.rows[stack.index()]));
            }
        })?;
        Ok(calls)
    }
}

/// By stack: whether samples of any tree end in it.
fn ends(stacks: &Stacks, of: &[&Replicates], work: Work<'_>) -> Result<Vec<bool>, Cancelled> {
    let mut ends = vec![false; stacks.len()];
    for replicates in of {
        let values = replicates.batches.batches.iter().flat_map(|batch| &batch.values);
        work.each(values, |(stack, _)| {
            if let Some(stack) = replicates.shown(*stack) {
                ends[stack.index()] = true;
            }
        })?;
    }
    Ok(ends)
}
