//! Stacks as a prefix tree.
//!
//! A stack is a node; the path from the root to it is the call path. Node 0 is the empty
//! stack. A parent's id is always smaller than those of its children, so one forward pass
//! propagates facts to callees, and one reverse pass sums values up to callers.

use std::ops::AddAssign;

use rustc_hash::FxHashMap;

use super::frame::{FrameId, id};
use crate::work::{Cancelled, Work};

id!(
    /// A stack; `StackId(0)` is the empty one.
    StackId
);

impl StackId {
    pub const EMPTY: StackId = StackId(0);
    /// Marks a dropped sample in a mapping from stacks to stacks.
    pub const DROPPED: StackId = StackId(u32::MAX);
}

/// All stacks of a source.
#[derive(Debug, Clone)]
pub struct Stacks {
    parents: Vec<StackId>,
    frames: Vec<FrameId>,
    /// Index of the first stacks; `intern` completes it before use.
    index: FxHashMap<(StackId, FrameId), StackId>,
    indexed: usize,
}

impl Default for Stacks {
    fn default() -> Self {
        // The frame of the empty stack is never used.
        Stacks {
            parents: vec![StackId::EMPTY],
            frames: vec![FrameId(0)],
            index: FxHashMap::default(),
            indexed: 1,
        }
    }
}

impl Stacks {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reserves space for `count` stacks.
    pub fn with_capacity(count: usize) -> Self {
        let mut stacks = Stacks::default();
        stacks.parents.reserve(count);
        stacks.frames.reserve(count);
        stacks.index.reserve(count);
        stacks
    }

    /// Makes room for more stacks: a table that grows moves all of its stacks in one step.
    pub fn reserve(&mut self, more: usize) {
        self.parents.reserve(more);
        self.frames.reserve(more);
        self.index.reserve(more);
    }

    /// The stack of `frame` called by `parent`, added if it is new.
    pub fn intern(&mut self, parent: StackId, frame: FrameId) -> StackId {
        self.catch_up();
        if let Some(&known) = self.index.get(&(parent, frame)) {
            return known;
        }
        let id = self.add(parent, frame);
        self.index.insert((parent, frame), id);
        self.indexed += 1;
        id
    }

    /// A stack that is known to be new.
    pub fn add(&mut self, parent: StackId, frame: FrameId) -> StackId {
        let id = StackId(u32::try_from(self.parents.len()).expect("fewer than 2^32 stacks"));
        self.parents.push(parent);
        self.frames.push(frame);
        id
    }

    /// Does now what the next `intern` would do in one step.
    pub fn index_all(&mut self, work: Work<'_>) -> Result<(), Cancelled> {
        self.index.reserve(self.len() - self.indexed);
        work.each(self.indexed..self.len(), |i| {
            self.index.entry((self.parents[i], self.frames[i])).or_insert(StackId(i as u32));
        })?;
        self.indexed = self.len();
        Ok(())
    }

    /// Indexes stacks added by `graft` and `add`, which are rarely looked up.
    fn catch_up(&mut self) {
        for i in self.indexed..self.parents.len() {
            self.index.entry((self.parents[i], self.frames[i])).or_insert(StackId(i as u32));
        }
        self.indexed = self.parents.len();
    }

    /// Adds the stacks of another table; returns the new id of each.
    ///
    /// `frames` maps the other table's frames to ours, and `frame_count` is the number of
    /// ours. Both tables are walked once, parent by parent, without hashing, so aligning
    /// two trees takes about as long as reading them.
    pub fn graft(
        &self,
        other: &Stacks,
        frames: &[FrameId],
        frame_count: usize,
        work: Work<'_>,
    ) -> Result<(Stacks, Vec<StackId>), Cancelled> {
        let mut union = Stacks {
            parents: work.collect(self.parents.iter().copied())?,
            frames: work.collect(self.frames.iter().copied())?,
            ..Stacks::default()
        };
        let (ours, theirs) = (Children::of(self, work)?, Children::of(other, work)?);
        let mut map = vec![StackId::EMPTY; other.len()];
        // By frame: the current parent's child, and the parent for which it is valid.
        let mut child = vec![(StackId::DROPPED, StackId::EMPTY); frame_count];
        let mut steps = work.steps();
        for parent in (0..other.len()).map(|i| StackId(i as u32)) {
            steps.take()?;
            let target = map[parent.index()];
            if target.index() < self.len() {
                for known in ours.below(target) {
                    steps.take()?;
                    child[self.frame(known).index()] = (parent, known);
                }
            }
            for stack in theirs.below(parent) {
                steps.take()?;
                let frame = frames[other.frame(stack).index()];
                let slot = &mut child[frame.index()];
                if slot.0 != parent {
                    *slot = (parent, union.add(target, frame));
                }
                map[stack.index()] = slot.1;
            }
        }
        Ok((union, map))
    }

    /// Values by stack, summed up to the root.
    pub fn summed_up<T: Copy + AddAssign>(
        &self,
        mut values: Vec<T>,
        work: Work<'_>,
    ) -> Result<Vec<T>, Cancelled> {
        work.each(self.iter().rev(), |(stack, parent, _)| {
            let value = values[stack.index()];
            values[parent.index()] += value;
        })?;
        Ok(values)
    }

    /// The number of stacks, including the empty one.
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

    /// The innermost frame; meaningless for the empty stack.
    pub fn frame(&self, stack: StackId) -> FrameId {
        self.frames[stack.index()]
    }

    /// Every stack except the empty one, parents first: (stack, parent, frame).
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

/// The children of each stack, as linked lists in two columns.
struct Children {
    first: Vec<StackId>,
    next: Vec<StackId>,
}

impl Children {
    fn of(stacks: &Stacks, work: Work<'_>) -> Result<Children, Cancelled> {
        let none = || vec![StackId::EMPTY; stacks.len()];
        let (mut first, mut next) = (none(), none());
        work.each(stacks.iter().rev(), |(stack, parent, _)| {
            next[stack.index()] = first[parent.index()];
            first[parent.index()] = stack;
        })?;
        Ok(Children { first, next })
    }

    fn below(&self, parent: StackId) -> impl Iterator<Item = StackId> {
        let is_stack = |stack: &StackId| *stack != StackId::EMPTY;
        let first = Some(self.first[parent.index()]).filter(is_stack);
        std::iter::successors(first, move |stack| Some(self.next[stack.index()]).filter(is_stack))
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

    #[test]
    fn a_graft_reuses_stacks_adds_the_rest_and_allows_intern() {
        let stacks = |paths: &[&[u32]]| {
            let mut stacks = Stacks::new();
            for path in paths {
                path.iter().fold(StackId::EMPTY, |at, frame| stacks.intern(at, FrameId(*frame)));
            }
            stacks
        };
        let ours = stacks(&[&[1, 2], &[1, 3]]);
        // Their frames 0, 2 and both 1 and 3 are our 1, 2 and 4.
        let theirs = stacks(&[&[0, 2, 1], &[0, 1], &[0, 3], &[1]]);
        let frames = [1, 2, 4, 4].map(FrameId);
        let (mut union, map) =
            ours.graft(&theirs, &frames, 5, Work::unattended()).expect("no interrupt");
        let paths = |stack: &StackId| {
            let mut path: Vec<u32> = union.path(*stack).map(|frame| frame.0).collect();
            path.reverse();
            path
        };
        let expected: [&[u32]; 7] = [&[], &[1], &[1, 4], &[1, 4, 2], &[1, 2], &[1, 4], &[2]];
        assert_eq!(map.iter().map(paths).collect::<Vec<_>>(), expected);
        assert_eq!((map[1], map[4], map[2]), (StackId(1), StackId(2), map[5]));
        assert_eq!(union.len(), 1 + 3 + 3);
        assert!(union.iter().all(|(stack, parent, _)| parent < stack));
        assert_eq!(union.intern(StackId(1), FrameId(3)), StackId(3));
        assert_eq!(union.intern(StackId::EMPTY, FrameId(2)), map[6]);
        assert_eq!(union.intern(StackId::EMPTY, FrameId(3)), StackId(7));
    }
}
