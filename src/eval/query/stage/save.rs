//! `save`: writes a result to a file, and passes it on.

use crate::diag::Diagnostic;
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::lang::ast::Name;

impl Evaluator<'_> {
    /// Writes the default view of the value, and passes the value on.
    pub fn save(&self, piped: Piped, path: &Name) -> Result<Piped> {
        let shown = self.shown(piped.clone())?;
        let note = self.export.save(&shown, &path.text).map_err(|error| {
            let diagnostic = Diagnostic::error("cannot-save", error.message).at(path.place, "");
            match error.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        })?;
        Ok(piped.with_note(note))
    }
}
