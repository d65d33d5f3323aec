//! Whole paths of samples, and their stacks: one look-up for a sample instead of one for
//! each of its frames.
//!
//! Snapshots of a heap have most of their samples in the order of the snapshot before. So a
//! path is first compared with the one that followed the last path earlier.

use std::hash::Hasher;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use crate::profile::StackId;
use crate::profile::frame::FrameId;

/// Paths, each leaf first, and the stack of each.
#[derive(Debug, Clone, Default)]
pub(super) struct Paths {
    /// Of all paths one after another: a box for each would cost more than it holds.
    frames: Vec<FrameId>,
    paths: Vec<Path>,
    /// The number of each path by its hash.
    numbers: HashTable<(u32, u32)>,
    /// The number of the path that was last looked up.
    last: usize,
}

#[derive(Debug, Clone, Copy)]
struct Path {
    first: u32,
    end: u32,
    stack: StackId,
    /// The number of the path that was looked up after this one.
    next: u32,
}

impl Paths {
    /// The stack of a path, or its hash to keep it with.
    pub(super) fn find(&mut self, path: &[FrameId]) -> Result<StackId, PathHash> {
        let next = self.paths.get(self.last).map_or(0, |last| last.next as usize);
        if self.paths.get(next).is_some_and(|known| self.frames_of(known) == path) {
            self.last = next;
            return Ok(self.paths[next].stack);
        }
        let hash = PathHash::of(path);
        let is_same = |(known, number): &(u32, u32)| {
            *known == hash.0 && self.frames_of(&self.paths[*number as usize]) == path
        };
        let (_, number) = *self.numbers.find(hash.spread(), is_same).ok_or(hash)?;
        self.follow(number);
        Ok(self.paths[number as usize].stack)
    }

    fn frames_of(&self, path: &Path) -> &[FrameId] {
        &self.frames[path.first as usize..path.end as usize]
    }

    fn follow(&mut self, number: u32) {
        if let Some(last) = self.paths.get_mut(self.last) {
            last.next = number;
        }
        self.last = number as usize;
    }

    /// Keeps a path that was not found.
    pub(super) fn keep(&mut self, path: &[FrameId], hash: PathHash, stack: StackId) {
        let first = self.frames.len();
        let (number, end) = (u32::try_from(self.paths.len()), u32::try_from(first + path.len()));
        // If it is full, others are looked up frame by frame.
        let (Ok(number), Ok(end)) = (number, end) else { return };
        self.frames.extend_from_slice(path);
        self.paths.push(Path { first: first as u32, end, stack, next: 0 });
        self.numbers
            .insert_unique(hash.spread(), (hash.0, number), |(hash, _)| PathHash(*hash).spread());
        self.follow(number);
    }
}

/// The hash of a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathHash(u32);

impl PathHash {
    fn of(path: &[FrameId]) -> PathHash {
        let mut hasher = FxHasher::default();
        // Two frames at once take half the time.
        let (pairs, last) = path.as_chunks::<2>();
        for [a, b] in pairs {
            hasher.write_u64(u64::from(a.0) << 32 | u64::from(b.0));
        }
        last.iter().for_each(|frame| hasher.write_u32(frame.0));
        PathHash(hasher.finish() as u32)
    }

    /// Over 64 bits: a table uses the lowest and the highest.
    fn spread(self) -> u64 {
        u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_own_stack() {
        let mut paths = Paths::default();
        // 0, 0 0, 0 0 0: frames that are 0 count.
        let all: Vec<Vec<FrameId>> = (0..300u32)
            .flat_map(|n| {
                [vec![FrameId(n)], vec![FrameId(n); 2], vec![FrameId(0), FrameId(n), FrameId(7)]]
            })
            .chain([vec![], vec![FrameId(0); 3], vec![FrameId(0); 4]])
            .collect();
        for (number, path) in (0..).zip(&all) {
            if let Err(hash) = paths.find(path) {
                paths.keep(path, hash, StackId(number));
            }
        }
        for (number, path) in (0..).zip(&all) {
            let first = all.iter().position(|other| other == path).map(|at| at as u32);
            let found = paths.find(path).map(|stack| stack.0).ok();
            assert_eq!(found, first, "{number}: {path:?}");
        }
    }
}
