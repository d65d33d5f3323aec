//! Collapses stacks that have the same total into one row.
//!
//! If no sample ends in a call and it makes only one other call, both have the same total
//! and share a row. This saves work for code that reads totals many times.

use crate::profile::{StackId, Stacks};
use crate::work::{Cancelled, Work};

/// The rows of the stacks that samples have.
#[derive(Debug)]
pub struct Collapsed {
    /// By stack: its row; undefined for stacks without samples.
    pub rows: Vec<u32>,
    /// By row: the row of its caller, which comes later; the last row is the empty stack.
    pub callers: Vec<u32>,
    used: Reach,
}

impl Collapsed {
    /// `ends`: by stack, whether samples end there.
    pub fn new(stacks: &Stacks, ends: Vec<bool>, work: Work<'_>) -> Result<Collapsed, Cancelled> {
        let used = Reach::new(stacks, ends, work)?;
        let (mut rows, mut n) = (vec![0; stacks.len()], 0);
        work.each(stacks.iter().rev(), |(stack, parent, _)| {
            if !used.has(stack) {
                return;
            }
            if !used.passes_on(stack) {
                (rows[stack.index()], n) = (n, n + 1);
            }
            // For now; replaced if the caller needs its own row.
            rows[parent.index()] = rows[stack.index()];
        })?;
        rows[StackId::EMPTY.index()] = n;
        let mut callers = vec![n; n as usize + 1];
        work.each(stacks.iter(), |(stack, parent, _)| {
            let [row, caller] = [stack, parent].map(|stack| rows[stack.index()]);
            if row != caller && used.has(stack) {
                callers[row as usize] = caller;
            }
        })?;
        Ok(Collapsed { rows, callers, used })
    }

    /// Whether samples pass through a stack.
    pub fn has(&self, stack: StackId) -> bool {
        self.used.has(stack)
    }

    /// Whether samples may end in this stack, and not only in others that share its row.
    pub fn ends_in(&self, stack: StackId) -> bool {
        self.used.ends[stack.index()]
    }
}

/// By stack: whether samples end in it, and how many of its callees have samples.
#[derive(Debug)]
struct Reach {
    ends: Vec<bool>,
    calls: Vec<u32>,
}

impl Reach {
    fn new(stacks: &Stacks, ends: Vec<bool>, work: Work<'_>) -> Result<Reach, Cancelled> {
        let mut used = Reach { calls: vec![0; ends.len()], ends };
        work.each(stacks.iter().rev(), |(stack, parent, _)| {
            used.calls[parent.index()] += u32::from(used.has(stack));
        })?;
        Ok(used)
    }

    fn has(&self, stack: StackId) -> bool {
        self.ends[stack.index()] || self.calls[stack.index()] > 0
    }

    fn passes_on(&self, stack: StackId) -> bool {
        !self.ends[stack.index()] && self.calls[stack.index()] == 1
    }
}
