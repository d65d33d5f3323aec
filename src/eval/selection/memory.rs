//! A cache of sums, so that the next query does not add up the same samples again.
//!
//! `merge` fills and reads it. It is defined here because each selection holds it.

use std::sync::Arc;

use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::replicates::Batched;
use crate::profile::{Snapshot, Tree};
use crate::source::SnapshotCache;
use crate::work::Cancelled;

/// Values by recorded stack, and what the values of a tree made of them are divided by. A
/// mean is divided last, so that a total is an exact sum over a count, and does not depend
/// on the order of stacks.
#[derive(Debug, Clone)]
pub struct Sums {
    /// The last element holds samples dropped by an earlier stage, so that all elements
    /// add up to the whole selection.
    pub values: Arc<[f64]>,
    pub divisor: f64,
    /// The values to the last digit, if a float has not enough bits for them and they are not
    /// divided.
    pub exact: Option<Arc<[i128]>>,
}

/// The sums computed in a session.
#[derive(Debug)]
pub struct SumCache {
    sums: SnapshotCache<Key, GroupSums>,
    /// For rules that need more than sums, and selections without stack stages.
    trees: SnapshotCache<Key, Tree>,
}

/// The snapshots and the rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub stacks: usize,
    pub rules: (SeriesMerge, TimeMerge, bool),
    pub is_batched: bool,
    pub members: Vec<Vec<(usize, usize)>>,
}

#[derive(Debug, Clone)]
pub struct GroupSums {
    pub sums: Sums,
    pub batched: Option<Arc<Batched>>,
}

impl Default for SumCache {
    fn default() -> Self {
        /// In bytes: the sums of a hundred groups or a few diffs.
        const SUMS: usize = 24 << 20;
        const TREES: usize = 8 << 20;
        SumCache { sums: SnapshotCache::within(SUMS), trees: SnapshotCache::within(TREES) }
    }
}

impl SumCache {
    /// The cached sums, or those of `add_up`.
    pub fn sums_or(
        &self,
        key: Key,
        snapshots: &Arc<[Snapshot]>,
        add_up: impl FnOnce() -> Result<GroupSums, Cancelled>,
    ) -> Result<GroupSums, Cancelled> {
        let bytes = |added: &GroupSums| {
            let Sums { values, exact, .. } = &added.sums;
            let exact = exact.as_ref().map_or(0, |exact| size_of_val(&**exact));
            size_of_val(&**values)
                + exact
                + added.batched.as_ref().map_or(0, |batched| batched.bytes())
        };
        self.sums.get_or(snapshots, key, bytes, add_up)
    }

    /// The cached tree of a group, or that of `merge`.
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
