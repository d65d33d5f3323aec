//! The values of a tree by batch of profiles.
//!
//! Profiles over time are replicates of one measurement: their variation shows how
//! precise their sum is. A tree that is compared keeps its values by batch, and records
//! every rewrite of its stacks, so that errors are known for filters after a diff as well
//! as before it. `eval::merge::batches` creates batches, `eval::inference` uses them.

use std::sync::Arc;

use super::stack::StackId;
use crate::work::{Cancelled, Work};

/// The batches of one tree.
#[derive(Debug, Clone)]
pub struct Replicates {
    /// In order of stratum, then of time.
    pub batches: Arc<[Batch]>,
    /// The number of profiles in all batches.
    pub profiles: usize,
    /// The value of one sample: no value is more precise than a count of these.
    pub quantum: f64,
    /// Maps stacks of the batches to stacks of the tree.
    map: Arc<[StackId]>,
}

/// Consecutive profiles of one series, often a single one.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Batches of one stratum are replicates of each other. A stratum is a series, or all
    /// batches.
    pub stratum: usize,
    /// Profiled time, or number of profiles.
    pub exposure: f64,
    /// The total of its samples, including those that were filtered out.
    pub whole: f64,
    /// Its self value at each stack; a stack may occur more than once.
    pub values: Vec<(StackId, f64)>,
}

impl Replicates {
    /// `map` maps stacks of the batches to those of the tree.
    pub fn new(batches: Arc<[Batch]>, profiles: usize, quantum: f64, map: Vec<StackId>) -> Self {
        Replicates { batches, profiles, quantum, map: map.into() }
    }

    /// Applies a rewrite of the stacks of the tree.
    pub fn rewritten(&self, rewrite: &[StackId], work: Work<'_>) -> Result<Replicates, Cancelled> {
        let applied = |stack: &StackId| match *stack {
            StackId::DROPPED => StackId::DROPPED,
            stack => rewrite[stack.index()],
        };
        let map = work.collect(self.map.iter().map(applied))?;
        Ok(Replicates { map: map.into(), ..self.clone() })
    }

    /// The stack of the tree for a stack of a batch, unless it was dropped.
    pub fn shown(&self, stack: StackId) -> Option<StackId> {
        Some(self.map[stack.index()]).filter(|stack| *stack != StackId::DROPPED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewrites_compose_and_dropped_stacks_stay_dropped() {
        let [root, a, b] = [0, 1, 2].map(StackId);
        let replicates = Replicates::new(Arc::default(), 0, 1.0, vec![root, b, a]);
        let rewritten = |replicates: &Replicates, rewrite: &[StackId]| {
            replicates.rewritten(rewrite, Work::unattended()).expect("no interrupt")
        };
        let once = rewritten(&replicates, &[root, StackId::DROPPED, a]);
        assert_eq!([root, a, b].map(|stack| once.shown(stack)), [Some(root), Some(a), None]);
        let twice = rewritten(&once, &[root, b]);
        assert_eq!([root, a, b].map(|stack| twice.shown(stack)), [Some(root), Some(b), None]);
    }
}
