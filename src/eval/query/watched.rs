//! Tells what a query did besides its result, wherever in it that is: whether it has written
//! or uploaded something, and what it has checked.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use crate::eval::query::evaluator::{Export, ExportError, Published, SaveRequest};
use crate::eval::result::checked::Checked;
use crate::eval::result::value::Outcome;
use crate::work::Work;

/// Passes everything on.
pub struct Watched<'a> {
    export: &'a dyn Export,
    was_used: Cell<bool>,
    checked: RefCell<Vec<Checked>>,
}

impl<'a> Watched<'a> {
    pub fn new(export: &'a dyn Export) -> Watched<'a> {
        Watched { export, was_used: Cell::new(false), checked: RefCell::default() }
    }

    pub fn was_used(&self) -> bool {
        self.was_used.get()
    }

    /// The asserts, in the order in which they were checked.
    pub fn asserts(&self) -> Vec<Checked> {
        self.checked.borrow().clone()
    }
}

impl Export for Watched<'_> {
    fn save(
        &self,
        outcome: &Arc<Outcome>,
        to: SaveRequest<'_>,
        work: Work<'_>,
    ) -> Result<String, ExportError> {
        self.was_used.set(true);
        self.export.save(outcome, to, work)
    }

    fn publish(
        &self,
        outcome: &Outcome,
        endpoint: &str,
        work: Work<'_>,
    ) -> Result<Published, ExportError> {
        self.was_used.set(true);
        self.export.publish(outcome, endpoint, work)
    }

    fn checked(&self, checked: &Checked) {
        self.checked.borrow_mut().push(checked.clone());
        self.export.checked(checked);
    }
}
