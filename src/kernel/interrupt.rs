//! Interrupts, and the cell that each of them stops.
//!
//! Setting the cancel flag is not enough. An interrupt that arrives when there is no
//! cell must not stop the next one. But it must stop a cell that is queued and has not
//! started. So queued cells are counted, and an interrupt stops the first of them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::work::Cancel;

/// Shared by the channels that receive interrupts and the thread that runs cells.
#[derive(Default)]
pub struct Interrupt {
    cancel: Cancel,
    /// The number of queued and running cells. Locked while the flag changes.
    cells: Mutex<usize>,
}

impl Interrupt {
    /// Stops the first cell, if there is one.
    pub fn interrupt(&self) {
        if *self.cells() > 0 {
            self.cancel.cancel();
        }
    }

    pub fn cell_queued(&self) {
        *self.cells() += 1;
    }

    /// Also drops an interrupt that came too late for the cell.
    pub fn cell_ended(&self) {
        let mut cells = self.cells();
        *cells -= 1;
        self.cancel.reset();
    }

    /// The token that the running cell checks.
    pub fn cancel(&self) -> &Cancel {
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
    fn an_interrupt_stops_only_the_first_cell() {
        let interrupt = Interrupt::default();
        interrupt.interrupt();
        interrupt.cell_queued();
        interrupt.cell_queued();
        assert!(interrupt.cancel().check().is_ok(), "it came before the cell");
        interrupt.interrupt();
        assert!(interrupt.cancel().check().is_err());
        interrupt.cell_ended();
        assert!(interrupt.cancel().check().is_ok(), "the second cell goes on");
    }
}
