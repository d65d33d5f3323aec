//! `save`: writes a result to a file, and passes it on.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::eval::error::{EvalError, Result};
use crate::eval::query::evaluator::{Evaluator, Piped, SaveRequest, Upstream};
use crate::lang::ast::{Query, Stage};
use crate::lang::format;

impl Evaluator<'_> {
    /// Writes the default view of the value, and passes the value on. The file has the query
    /// up to here, so that one can go on from it.
    pub fn save(&self, piped: Piped, stage: &Stage, upstream: Upstream<'_>) -> Result<Piped> {
        let (path, only_new) = stage.args.file();
        let raw_cells = stage.option("cells").is_some_and(|(word, _)| word == "raw");
        let request = SaveRequest { path: &path.text, only_new, raw_cells };
        let mut shown = self.shown(piped.clone())?;
        let query = Query {
            source: upstream.source.clone(),
            stages: upstream.stages.to_vec(),
            place: stage.place,
        };
        shown.header.query = format::query(&query);
        shown.header.selection = format::undrawn(&query);
        let work = self.context.work;
        let note = self.export.save(&Arc::new(shown), request, work).map_err(|error| {
            if let Err(cancelled) = work.check() {
                return EvalError::from(cancelled);
            }
            let diagnostic = Diagnostic::error("cannot-save", error.message).at(path.place, "");
            match error.help {
                Some(help) => diagnostic.help(help).into(),
                None => diagnostic.into(),
            }
        })?;
        Ok(piped.with_note(note))
    }
}
