//! What the values of a tree were added up from, batch by batch.
//!
//! Profiles over time are replicates of one measurement: how much they differ among
//! themselves says how far their sum can be trusted. A tree that is compared keeps
//! its values by batch of profiles, and every rewrite of its stacks is noted here,
//! so that a filter behind a diff is as well judged as one before it. `eval::batches`
//! makes them, `eval::noise` reads them.

use std::sync::Arc;

use super::stack::StackId;

/// The batches of one tree.
#[derive(Debug, Clone)]
pub struct Replicates {
    /// In order of stratum, then of time.
    pub batches: Arc<[Batch]>,
    /// How many profiles there are in all batches.
    pub profiles: usize,
    /// What one sample adds to the tree: no value is more certain than a count of these.
    pub quantum: f64,
    /// From stacks of the batches to stacks of the tree.
    map: Arc<[StackId]>,
}

/// Profiles that follow each other in one series, often a single one.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Batches of one stratum are replicates of each other: those of a series, or all.
    pub stratum: usize,
    /// How much was looked at: profiled time, or profiles.
    pub exposure: f64,
    /// What it adds to the whole of the tree, samples that were filtered away included.
    pub whole: f64,
    /// What it adds to the self value of each stack; a stack may come more than once.
    pub values: Vec<(StackId, f64)>,
}

impl Replicates {
    /// `map` leads from stacks of the batches to those of the tree.
    pub fn new(batches: Arc<[Batch]>, profiles: usize, quantum: f64, map: Vec<StackId>) -> Self {
        Replicates { batches, profiles, quantum, map: map.into() }
    }

    /// After a rewrite of the stacks of the tree.
    #[must_use]
    pub fn rewritten(&self, rewrite: &[StackId]) -> Replicates {
        let applied = |stack: &StackId| match *stack {
            StackId::DROPPED => StackId::DROPPED,
            stack => rewrite[stack.index()],
        };
        Replicates { map: self.map.iter().map(applied).collect(), ..self.clone() }
    }

    /// The stack of the tree that a value of a batch belongs to, if it was kept.
    pub fn shown(&self, stack: StackId) -> Option<StackId> {
        Some(self.map[stack.index()]).filter(|stack| *stack != StackId::DROPPED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewrites_follow_each_other_and_what_is_dropped_stays_so() {
        let [root, a, b] = [0, 1, 2].map(StackId);
        let replicates = Replicates::new(Arc::default(), 0, 1.0, vec![root, b, a]);
        let once = replicates.rewritten(&[root, StackId::DROPPED, a]);
        assert_eq!([root, a, b].map(|stack| once.shown(stack)), [Some(root), Some(a), None]);
        let twice = once.rewritten(&[root, b]);
        assert_eq!([root, a, b].map(|stack| twice.shown(stack)), [Some(root), Some(b), None]);
    }
}
