//! Stacks as one prefix tree.
//!
//! A stack is a node; its path to the root is the call path, root first. Node 0
//! is the empty stack. A parent's id is always smaller than its children's, so
//! one forward pass pushes facts down and one reverse pass sums values up.

use rustc_hash::FxHashMap;

use super::frame::{FrameId, id};

id!(
    /// A stack; `StackId(0)` is the empty one.
    StackId
);

impl StackId {
    pub const EMPTY: StackId = StackId(0);
    /// In a mapping from stacks to stacks: the sample is dropped.
    pub const DROPPED: StackId = StackId(u32::MAX);
}

/// All stacks of a source.
#[derive(Debug, Clone)]
pub struct Stacks {
    parents: Vec<StackId>,
    frames: Vec<FrameId>,
    index: FxHashMap<(StackId, FrameId), StackId>,
}

impl Default for Stacks {
    fn default() -> Self {
        // The frame of the empty stack is never read as one.
        Stacks {
            parents: vec![StackId::EMPTY],
            frames: vec![FrameId(0)],
            index: FxHashMap::default(),
        }
    }
}

impl Stacks {
    pub fn new() -> Self {
        Self::default()
    }

    /// The stack that has `frame` called by `parent`; made if it is new.
    pub fn intern(&mut self, parent: StackId, frame: FrameId) -> StackId {
        *self.index.entry((parent, frame)).or_insert_with(|| {
            let id = StackId(u32::try_from(self.parents.len()).expect("fewer than 2^32 stacks"));
            self.parents.push(parent);
            self.frames.push(frame);
            id
        })
    }

    /// The number of stacks, the empty one included.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 1
    }

    /// The caller's stack; the empty stack is its own parent.
    pub fn parent(&self, stack: StackId) -> StackId {
        self.parents[stack.index()]
    }

    /// The innermost frame. Not to be asked of the empty stack.
    pub fn frame(&self, stack: StackId) -> FrameId {
        self.frames[stack.index()]
    }

    /// Every stack but the empty one, parents first: (stack, parent, frame).
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (StackId, StackId, FrameId)> {
        (1..self.parents.len()).map(|i| (StackId(i as u32), self.parents[i], self.frames[i]))
    }

    /// The frames from the leaf to the root.
    pub fn path(&self, stack: StackId) -> impl Iterator<Item = FrameId> {
        std::iter::successors(Some(stack), |s| Some(self.parent(*s)))
            .take_while(|s| *s != StackId::EMPTY)
            .map(|s| self.frame(s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_paths_are_one_stack_and_parents_come_first() {
        let mut stacks = Stacks::new();
        let a = stacks.intern(StackId::EMPTY, FrameId(7));
        let ab = stacks.intern(a, FrameId(8));
        assert_eq!(stacks.intern(a, FrameId(8)), ab);
        assert_ne!(stacks.intern(StackId::EMPTY, FrameId(8)), ab);
        assert!(stacks.iter().all(|(stack, parent, _)| parent < stack));
        assert_eq!(stacks.path(ab).collect::<Vec<_>>(), [FrameId(8), FrameId(7)]);
    }
}
