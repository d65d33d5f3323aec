//! The results of earlier cells, `_` and `_7`, within a limited amount of memory.
//!
//! What was computed last is kept. Over the budget the oldest results are let go; their
//! queries stay, and run again when a cell uses them.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::eval::selection::scope::Kept;

/// The results that are in memory, oldest first.
#[derive(Debug, Clone, Default)]
pub struct EarlierResults {
    kept: VecDeque<Arc<Kept>>,
    bytes: usize,
}

impl EarlierResults {
    /// Adds the newest result, and lets the oldest go until all fit into the budget. The
    /// newest is kept in any case.
    pub fn add(&mut self, result: Arc<Kept>, budget: usize) {
        self.bytes += result.bytes();
        self.kept.push_back(result);
        self.shrink(budget);
    }

    /// Lets the oldest results go until all fit into the budget.
    pub fn shrink(&mut self, budget: usize) {
        while self.bytes > budget && self.kept.len() > 1 {
            if let Some(oldest) = self.kept.pop_front() {
                self.bytes -= oldest.bytes();
                oldest.let_go();
            }
        }
    }
}
