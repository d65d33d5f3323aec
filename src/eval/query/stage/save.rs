//! `save`: writes a result to a file, and passes it on.

use crate::diag::Diagnostic;
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped, SaveRequest};
use crate::lang::ast::Stage;

impl Evaluator<'_> {
    /// Writes the default view of the value, and passes the value on.
    pub fn save(&self, piped: Piped, stage: &Stage) -> Result<Piped> {
        let (path, only_new) = stage.args.file();
        let raw_cells = stage.option("cells").is_some_and(|(word, _)| word == "raw");
        let request = SaveRequest { path: &path.text, only_new, raw_cells };
        let shown = self.shown(piped.clone())?;
        let note = self.export.save(&shown, request).map_err(|error| {
            let diagnostic = Diagnostic::error("cannot-save", error.message).at(path.place, "");
            match error.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        })?;
        Ok(piped.with_note(note))
    }
}
