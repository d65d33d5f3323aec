//! Sums that a session keeps, so that its next query need not add them up again.
//!
//! `merge` fills and reads it. It stands here because each selection carries it along.

use std::sync::Arc;

use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::replicates::Batch;
use crate::profile::{Replicates, Snapshot, StackId, Tree};
use crate::source::SnapshotCache;
use crate::work::Cancelled;

/// By recorded stack; the last element holds samples that an earlier stage dropped, so
/// that the sum is that of the whole selection.
pub type Sums = Arc<[f64]>;

/// What has been added up in a session.
#[derive(Debug)]
pub struct SumCache {
    sums: SnapshotCache<Key, Added>,
    /// Of rules under which sums do not say all, for selections without stack stages.
    trees: SnapshotCache<Key, Tree>,
}

/// Which of the snapshots, and by which rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub stacks: usize,
    pub rules: (SeriesMerge, TimeMerge, bool),
    pub is_batched: bool,
    pub members: Vec<Vec<(usize, usize)>>,
}

#[derive(Debug, Clone)]
pub struct Added {
    pub sums: Sums,
    pub batched: Option<Batched>,
}

impl Default for SumCache {
    fn default() -> Self {
        /// In bytes: the sums of a hundred groups, or of a few diffs.
        const SUMS: usize = 24 << 20;
        const TREES: usize = 8 << 20;
        SumCache { sums: SnapshotCache::within(SUMS), trees: SnapshotCache::within(TREES) }
    }
}

impl SumCache {
    /// The sums as they were added up before, or those of `add_up`.
    pub fn sums_or(
        &self,
        key: Key,
        snapshots: &Arc<[Snapshot]>,
        add_up: impl FnOnce() -> Result<Added, Cancelled>,
    ) -> Result<Added, Cancelled> {
        let bytes = |added: &Added| {
            size_of_val(&*added.sums) + added.batched.as_ref().map_or(0, Batched::bytes)
        };
        self.sums.get_or(snapshots, key, bytes, add_up)
    }

    /// The tree of a group as it was made before, or that of `merge`.
    pub fn tree_or(
        &self,
        key: Key,
        snapshots: &Arc<[Snapshot]>,
        merge: impl FnOnce() -> Result<Tree, Cancelled>,
    ) -> Result<Tree, Cancelled> {
        let bytes = |tree: &Tree| 2 * size_of_val(&*tree.totals);
        self.trees.get_or(snapshots, key, bytes, merge)
    }
}

/// All batches, by recorded stack.
#[derive(Debug, Clone, Default)]
pub struct Batched {
    pub batches: Arc<[Batch]>,
    pub profiles: usize,
    pub quantum: f64,
}

impl Batched {
    /// `map` leads from recorded stacks to those of the tree.
    pub fn replicates(&self, map: Vec<StackId>) -> Replicates {
        Replicates::new(self.batches.clone(), self.profiles, self.quantum, map)
    }

    /// The memory that they take.
    pub fn bytes(&self) -> usize {
        self.batches.iter().map(|batch| size_of_val(&*batch.values)).sum()
    }
}
