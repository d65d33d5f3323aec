//! Self and total of each function in each batch.

use std::ops::Range;

use super::calls::Calls;
use crate::profile::{Replicates, StackId};
use crate::work::{Cancelled, Work};

/// Batches that are processed together: a row of them takes two cache lines.
const LANES: usize = 16;

/// A row per function, with a value per batch. One more row may be that of a sum.
pub struct Figures {
    functions: usize,
    rows: usize,
    batches: usize,
    own: Vec<f64>,
    total: Vec<f64>,
}

impl Figures {
    /// One pass over the stacks for every [`LANES`] batches.
    pub fn new(
        replicates: &Replicates,
        calls: &Calls,
        work: Work<'_>,
    ) -> Result<Figures, Cancelled> {
        let all = &replicates.batches.batches;
        let (functions, batches) = (calls.frames.len(), all.len());
        let zeros = vec![0.0; functions * batches];
        let (own, total) = (zeros.clone(), zeros);
        let mut figures = Figures { functions, rows: functions, batches, own, total };
        let mut sums = vec![[0.0; LANES]; calls.collapsed.callers.len()];
        for (nth, lanes) in all.chunks(LANES).enumerate() {
            sums.fill([0.0; LANES]);
            for (lane, batch) in lanes.iter().enumerate() {
                work.each(&batch.values, |(stack, value)| {
                    let Some(stack) = replicates.shown(*stack) else { return };
                    sums[calls.collapsed.rows[stack.index()] as usize][lane] += value;
                    if stack != StackId::EMPTY {
                        let row = calls.functions[stack.index()] as usize * batches;
                        figures.own[row + nth * LANES + lane] += value;
                    }
                })?;
            }
            let first = nth * LANES;
            figures.add_totals(&mut sums, calls, first..first + lanes.len(), work)?;
        }
        Ok(figures)
    }

    /// With one more row: the sum of all stacks that a filter left of each batch.
    pub fn with_sum_of(mut self, kept: &Replicates, work: Work<'_>) -> Result<Figures, Cancelled> {
        for batch in &kept.batches.batches {
            let mut sum = 0.0;
            work.each(&batch.values, |(stack, value)| {
                if kept.shown(*stack).is_some() {
                    sum += value;
                }
            })?;
            self.own.push(sum);
            self.total.push(sum);
        }
        self.rows += 1;
        Ok(self)
    }

    /// Turns self values of rows into totals, and adds those of outermost calls up, for a
    /// range of batches.
    fn add_totals(
        &mut self,
        sums: &mut [[f64; LANES]],
        calls: &Calls,
        of: Range<usize>,
        work: Work<'_>,
    ) -> Result<(), Cancelled> {
        work.each(0..sums.len() - 1, |at| {
            let row = sums[at];
            let caller = &mut sums[calls.collapsed.callers[at] as usize];
            caller.iter_mut().zip(row).for_each(|(caller, value)| *caller += value);
        })?;
        work.each(&calls.outermost, |(function, row)| {
            let start = *function as usize * self.batches + of.start;
            let total = &mut self.total[start..start + of.len()];
            total.iter_mut().zip(sums[*row as usize]).for_each(|(total, value)| *total += value);
        })
    }

    /// The number of functions, which together show how values vary.
    pub fn functions(&self) -> usize {
        self.functions
    }

    /// The number of functions, and of sums behind them.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn own(&self, row: usize) -> &[f64] {
        &self.own[row * self.batches..][..self.batches]
    }

    pub fn total(&self, row: usize) -> &[f64] {
        &self.total[row * self.batches..][..self.batches]
    }
}
