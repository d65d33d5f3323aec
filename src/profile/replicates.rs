//! The values of a tree by batch of profiles.
//!
//! Profiles over time are replicates of one measurement: their variation shows how
//! precise their sum is. A tree that is compared keeps its values by batch, and records
//! every rewrite of its stacks, so that errors are known for filters after a diff as well
//! as before it. `eval::merge::batches` creates batches, `eval::inference` uses them.

use std::sync::Arc;

use super::label::Labels;
use super::quantum::Quantum;
use super::stack::StackId;
use crate::work::{Cancelled, Work};

/// The batches of one tree.
#[derive(Debug, Clone)]
pub struct Replicates {
    pub batches: Arc<Batched>,
    /// The same values, told apart by more labels, for `explain`.
    pub splits: Arc<[Split]>,
    /// Maps stacks of the batches to stacks of the tree.
    map: Arc<[StackId]>,
}

/// The values of a tree by labels of samples, or by each of very many series.
#[derive(Debug, Clone)]
pub struct Split {
    /// The labels of samples that it adds to those of series.
    pub by: Arc<[Arc<str>]>,
    pub batches: Arc<Batched>,
}

/// All batches; their values are by recorded stack.
#[derive(Debug, Default)]
pub struct Batched {
    /// In order of unit, then of time.
    pub batches: Vec<Batch>,
    /// The series of each unit, most often one.
    pub units: Vec<Vec<Labels>>,
    /// The number of profiles in all batches.
    pub profiles: usize,
    /// What one sample is worth: no value is more precise than a count of these.
    pub quantum: Quantum,
    /// Whether values are means over time, as a heap's are.
    pub is_level: bool,
    /// The factor from the value of a sample to what it adds to the tree.
    pub scale: f64,
}

/// Consecutive profiles of one series, often a single one.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The unit it belongs to: a series, or several if there are very many.
    pub unit: usize,
    /// The number of its profiles.
    pub profiles: usize,
    /// Profiled time, or number of profiles.
    pub exposure: f64,
    /// The total of its samples, including those that were filtered out.
    pub whole: f64,
    /// Its self value at each stack; a stack may occur more than once.
    pub values: Vec<(StackId, f64)>,
}

impl Replicates {
    /// `map` maps stacks of the batches to those of the tree.
    pub fn new(batches: Arc<Batched>, map: Vec<StackId>) -> Self {
        Replicates { batches, splits: Arc::default(), map: map.into() }
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

impl Batched {
    /// Its size in bytes.
    pub fn bytes(&self) -> usize {
        self.batches.iter().map(|batch| size_of_val(&*batch.values)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewrites_compose_and_dropped_stacks_stay_dropped() {
        let [root, a, b] = [0, 1, 2].map(StackId);
        let replicates = Replicates::new(Arc::default(), vec![root, b, a]);
        let rewritten = |replicates: &Replicates, rewrite: &[StackId]| {
            replicates.rewritten(rewrite, Work::unattended()).expect("no interrupt")
        };
        let once = rewritten(&replicates, &[root, StackId::DROPPED, a]);
        assert_eq!([root, a, b].map(|stack| once.shown(stack)), [Some(root), Some(a), None]);
        let twice = rewritten(&once, &[root, b]);
        assert_eq!([root, a, b].map(|stack| twice.shown(stack)), [Some(root), Some(b), None]);
    }
}
