//! `publish`: uploads a flame graph to the server that the user named.
//!
//! The address is in the cell or in `set publish`. Without one, nothing is merged,
//! drawn or sent. [`Export`](super::Export) does the upload.

use crate::diag::Diagnostic;
use crate::eval::error::{EvalError, Result};
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::{Outcome, Value};
use crate::eval::selection::labels::grouped_by_root;
use crate::lang::ast::{Name, Stage};

impl Evaluator<'_> {
    /// Uploads the stacks of the value and returns the link to them as a text.
    pub fn publish(&self, piped: Piped, named: Option<&Name>, stage: &Stage) -> Result<Piped> {
        let place = named.map_or(stage.verb_place, |name| name.place);
        let set = self.context.settings.publish.as_deref();
        let Some(address) = named.map(|name| &*name.text).or(set) else {
            let message = "`publish` needs an address to upload to";
            return Err(Diagnostic::error("no-endpoint", message)
                .at(place, "")
                .help("name one, or once for the session: `set publish \"https://flames.example\"`")
                .into());
        };
        let work = self.context.work;
        let outcome = match piped {
            Piped::Profiles(profiles) => self.tree_outcome(&grouped_by_root(profiles, work)?)?,
            Piped::Done(outcome) => outcome.in_default_view(),
        };
        let published = self.export.publish(&outcome, address, work).map_err(|error| {
            if let Err(cancelled) = work.check() {
                return EvalError::from(cancelled);
            }
            let diagnostic = Diagnostic::error("cannot-publish", error.message).at(place, "");
            match error.help {
                Some(help) => diagnostic.help(help).into(),
                None => diagnostic.into(),
            }
        })?;
        let value = Value::Scalar(Scalar::Text(published.link));
        Ok(Piped::Done(Outcome { value, ..outcome }).with_note(published.note))
    }
}
