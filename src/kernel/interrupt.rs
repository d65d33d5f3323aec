//! Interrupts: which cell one is meant for.
//!
//! Setting the cancel flag is not enough. An interrupt that arrives when no
//! cell runs must not stop the next one, and one that arrives when a cell is
//! queued but has not begun must. So cells are counted from the moment they are
//! queued, and an interrupt is meant for the first of those.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::work::Cancel;

/// Shared by the channels that hear interrupts and the thread that runs cells.
#[derive(Default)]
pub(super) struct Interrupt {
    cancel: Cancel,
    /// Cells queued or running. Locked while the flag changes.
    cells: Mutex<usize>,
}

impl Interrupt {
    /// Stops the first cell, if there is one.
    pub(super) fn interrupt(&self) {
        if *self.cells() > 0 {
            self.cancel.cancel();
        }
    }

    pub(super) fn cell_queued(&self) {
        *self.cells() += 1;
    }

    /// An interrupt that the cell did not notice any more is forgotten.
    pub(super) fn cell_ended(&self) {
        let mut cells = self.cells();
        *cells -= 1;
        self.cancel.reset();
    }

    /// What the running cell asks.
    pub(super) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    fn cells(&self) -> MutexGuard<'_, usize> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_is_meant_for_the_first_cell() {
        let interrupt = Interrupt::default();
        interrupt.interrupt();
        interrupt.cell_queued();
        interrupt.cell_queued();
        assert!(interrupt.cancel().check().is_ok(), "it came before the cell");
        interrupt.interrupt();
        assert!(interrupt.cancel().check().is_err());
        interrupt.cell_ended();
        assert!(interrupt.cancel().check().is_ok(), "the second cell is not meant");
    }
}
