//! Tells whether a query has written or uploaded something, wherever in it that is.

use std::cell::Cell;
use std::sync::Arc;

use crate::eval::query::evaluator::{Export, ExportError, Published, SaveRequest};
use crate::eval::result::value::Outcome;
use crate::work::Work;

/// Passes everything on.
pub struct Watched<'a> {
    export: &'a dyn Export,
    was_used: Cell<bool>,
}

impl<'a> Watched<'a> {
    pub fn new(export: &'a dyn Export) -> Watched<'a> {
        Watched { export, was_used: Cell::new(false) }
    }

    pub fn was_used(&self) -> bool {
        self.was_used.get()
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
}
