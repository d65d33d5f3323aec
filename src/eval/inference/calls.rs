//! The functions in the batches of a diff, and the stacks where they are called.

use crate::eval::stacks::collapsed::Collapsed;
use crate::eval::stacks::functions::outermost_functions;
use crate::profile::frame::FrameId;
use crate::profile::{Diff, Replicates, Stacks};
use crate::work::{Cancelled, Work};

/// The functions with samples on either side.
pub struct Calls {
    pub collapsed: Collapsed,
    /// By stack of the diff: its function; undefined for stacks that no batch reaches.
    pub functions: Vec<u32>,
    /// A function, and the row of one of its outermost calls.
    pub outermost: Vec<(u32, u32)>,
    /// By function.
    pub frames: Vec<FrameId>,
}

impl Calls {
    pub fn new(diff: &Diff, sides: [&Replicates; 2], work: Work<'_>) -> Result<Calls, Cancelled> {
        let stacks = &diff.symbols().stacks;
        let mut calls = Calls {
            collapsed: Collapsed::new(stacks, ends(stacks, sides, work)?, work)?,
            functions: vec![0; stacks.len()],
            outermost: Vec::new(),
            frames: Vec::new(),
        };
        let is_outermost = outermost_functions(&diff.after, work)?;
        let mut known = vec![None; diff.symbols().frames.len()];
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

/// By stack: whether samples of either side end in it.
fn ends(stacks: &Stacks, sides: [&Replicates; 2], work: Work<'_>) -> Result<Vec<bool>, Cancelled> {
    let mut ends = vec![false; stacks.len()];
    for side in sides {
        let values = side.batches.batches.iter().flat_map(|batch| &batch.values);
        work.each(values, |(stack, _)| {
            if let Some(stack) = side.shown(*stack) {
                ends[stack.index()] = true;
            }
        })?;
    }
    Ok(ends)
}
