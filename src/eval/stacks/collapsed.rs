//! Stacks collapsed into rows that share a total.
//!
//! A call in which no sample ends and which makes one other call has the total of that
//! call, so both share a row. Code that reads totals many times then reads fewer.

use crate::profile::{StackId, Stacks};

/// The rows of the stacks that samples have.
#[derive(Debug)]
pub struct Collapsed {
    /// By stack; of those that no sample passes through, anything.
    pub rows: Vec<u32>,
    /// By row: that of its caller, which comes later; the last is of the empty stack.
    pub callers: Vec<u32>,
    used: Reach,
}

impl Collapsed {
    /// `ends` says by stack whether samples end there.
    pub fn new(stacks: &Stacks, ends: Vec<bool>) -> Collapsed {
        let used = Reach::new(stacks, ends);
        let (mut rows, mut n) = (vec![0; stacks.len()], 0);
        for (stack, parent, _) in stacks.iter().rev().filter(|(stack, ..)| used.has(*stack)) {
            if !used.passes_on(stack) {
                (rows[stack.index()], n) = (n, n + 1);
            }
            // Until it turns out to have a row of its own.
            rows[parent.index()] = rows[stack.index()];
        }
        rows[StackId::EMPTY.index()] = n;
        let mut collapsed = Collapsed { rows, callers: vec![n; n as usize + 1], used };
        for (stack, parent, _) in stacks.iter().filter(|(stack, ..)| collapsed.used.has(*stack)) {
            let [row, caller] = [stack, parent].map(|stack| collapsed.rows[stack.index()]);
            if row != caller {
                collapsed.callers[row as usize] = caller;
            }
        }
        collapsed
    }

    /// Whether samples pass through a stack.
    pub fn has(&self, stack: StackId) -> bool {
        self.used.has(stack)
    }

    /// Whether samples may end in a stack, and not only in those that share its row.
    pub fn ends_in(&self, stack: StackId) -> bool {
        self.used.ends[stack.index()]
    }
}

/// By stack: whether samples end in it, and how many calls it makes that samples pass
/// through.
#[derive(Debug)]
struct Reach {
    ends: Vec<bool>,
    calls: Vec<u32>,
}

impl Reach {
    fn new(stacks: &Stacks, ends: Vec<bool>) -> Reach {
        let mut used = Reach { calls: vec![0; ends.len()], ends };
        for (stack, parent, _) in stacks.iter().rev() {
            used.calls[parent.index()] += u32::from(used.has(stack));
        }
        used
    }

    fn has(&self, stack: StackId) -> bool {
        self.ends[stack.index()] || self.calls[stack.index()] > 0
    }

    fn passes_on(&self, stack: StackId) -> bool {
        !self.ends[stack.index()] && self.calls[stack.index()] == 1
    }
}
