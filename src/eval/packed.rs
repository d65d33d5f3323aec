//! Stacks packed into rows, for what looks at them many times: a call that ends no sample
//! and makes one other call shares the row of that, for it has the same total.

use crate::profile::{StackId, Stacks};

/// The rows of the stacks that samples have.
#[derive(Debug)]
pub(super) struct Packed {
    /// By stack; of those that no sample passes through, anything.
    pub(super) rows: Vec<u32>,
    /// By row: that of its caller, which comes later; the last is of the empty stack.
    pub(super) callers: Vec<u32>,
    used: Used,
}

impl Packed {
    /// `ends` says by stack whether samples end there.
    pub(super) fn new(stacks: &Stacks, ends: Vec<bool>) -> Packed {
        let used = Used::new(stacks, ends);
        let (mut rows, mut n) = (vec![0; stacks.len()], 0);
        for (stack, parent, _) in stacks.iter().rev().filter(|(stack, ..)| used.has(*stack)) {
            if !used.passes_on(stack) {
                (rows[stack.index()], n) = (n, n + 1);
            }
            // Until it turns out to have a row of its own.
            rows[parent.index()] = rows[stack.index()];
        }
        rows[StackId::EMPTY.index()] = n;
        let mut packed = Packed { rows, callers: vec![n; n as usize + 1], used };
        for (stack, parent, _) in stacks.iter().filter(|(stack, ..)| packed.used.has(*stack)) {
            let [row, caller] = [stack, parent].map(|stack| packed.rows[stack.index()]);
            if row != caller {
                packed.callers[row as usize] = caller;
            }
        }
        packed
    }

    /// Whether samples pass through a stack.
    pub(super) fn has(&self, stack: StackId) -> bool {
        self.used.has(stack)
    }

    /// Whether samples may end in a stack, and not only in those that share its row.
    pub(super) fn ends_in(&self, stack: StackId) -> bool {
        self.used.ends[stack.index()]
    }
}

/// By stack: whether samples end in it, and how many calls it makes that samples pass
/// through.
#[derive(Debug)]
struct Used {
    ends: Vec<bool>,
    calls: Vec<u32>,
}

impl Used {
    fn new(stacks: &Stacks, ends: Vec<bool>) -> Used {
        let mut used = Used { calls: vec![0; ends.len()], ends };
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
