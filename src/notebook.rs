//! The language as a front end meets it: cells in, bundles out.
//!
//! Joins what must not know each other: a session computes, a view draws, and
//! the kernel or the command line shows. Reports of errors are rendered here,
//! where the text of the cell is at hand.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::assist;
use crate::assist::session::{Recall, SessionNames};
use crate::diag::{Diagnostic, render};
use crate::eval::query::evaluator::{Export, ExportError, Published};
use crate::eval::result::value::Outcome;
use crate::eval::session::{self, Session};
use crate::kernel::language::{
    Assistant, Cell, Completeness, Completion, CompletionItem, Failure, Language, Output,
};
use crate::lang;
use crate::quantity::{Quantity, Unit};
use crate::share::{self, Endpoint, ShareError, Upload};
use crate::view::bundle::Bundle;
use crate::view::{self, export, help};
use crate::work::{Cancel, Progress, Watch, Work};

/// A session that draws what it computes.
pub struct Notebook {
    session: Session,
    /// The session as it was after the last cell, for editors: they are answered
    /// while a cell runs.
    settled: Arc<Mutex<Settled>>,
}

/// A session between two cells, and what editors asked of it last.
#[derive(Clone)]
struct Settled {
    session: Session,
    recall: Arc<Recall>,
}

impl Settled {
    fn new(session: &Session) -> Settled {
        Settled { session: session.clone(), recall: Arc::default() }
    }
}

impl Notebook {
    /// Relative file patterns start at `base_dir`.
    pub fn new(base_dir: PathBuf) -> Notebook {
        let session = Session::new(base_dir);
        Notebook { settled: Arc::new(Mutex::new(Settled::new(&session))), session }
    }

    /// Answers editors about this session.
    pub fn assistant(&self) -> Arc<dyn Assistant> {
        Arc::new(Desk { settled: self.settled.clone() })
    }

    /// Runs one cell and gives what its last statement came to.
    pub fn run(
        &mut self,
        cell: &Cell<'_>,
        show: &dyn Fn(Outcome),
        work: Work<'_>,
    ) -> Result<Option<Outcome>, Vec<Diagnostic>> {
        let result = self.session.run(&session::Cell {
            code: cell.code,
            number: cell.number,
            store: cell.store,
            work,
            export: &Files { base_dir: &self.session.base_dir.clone() },
            show,
        });
        let settled = Settled::new(&self.session);
        *self.settled.lock().unwrap_or_else(PoisonError::into_inner) = settled;
        result
    }
}

impl Language for Notebook {
    fn execute(
        &mut self,
        cell: &Cell<'_>,
        out: &dyn Output,
        cancel: &Cancel,
    ) -> Result<Option<Bundle>, Failure> {
        let work = Work { cancel, watch: &Watched(out) };
        let result = self.run(cell, &|outcome| out.display(view::render(&outcome)), work);
        match result {
            Ok(outcome) => Ok(outcome.map(|outcome| view::render(&outcome))),
            Err(diagnostics) => Err(failure(&diagnostics, cell)),
        }
    }
}

/// Every error of the cell in one report.
fn failure(diagnostics: &[Diagnostic], cell: &Cell<'_>) -> Failure {
    let name = format!("In[{}]", cell.number);
    let reports = diagnostics.iter().map(|found| render::ansi(found, cell.code, &name));
    let traceback: Vec<String> =
        reports.collect::<Vec<_>>().join("\n\n").lines().map(str::to_owned).collect();
    let first = diagnostics.first();
    Failure {
        name: first.map_or_else(String::new, |first| first.slug.to_owned()),
        value: first.map_or_else(String::new, |first| first.message.clone()),
        traceback,
    }
}

struct Watched<'a>(&'a dyn Output);

impl Watch for Watched<'_> {
    fn progress(&self, progress: &Progress) {
        self.0.progress(progress);
    }
}

/// `save` and `publish`; relative paths start where those of `use` do.
struct Files<'a> {
    base_dir: &'a Path,
}

impl Export for Files<'_> {
    fn save(&self, outcome: &Outcome, path: &str) -> Result<String, ExportError> {
        export::save(outcome, &self.base_dir.join(path))
            .map(|saved| format!("saved {path} ({saved})"))
            .map_err(|error| ExportError { message: error.to_string(), help: error.help() })
    }

    fn publish(
        &self,
        outcome: &Outcome,
        endpoint: &str,
        work: Work<'_>,
    ) -> Result<Published, ExportError> {
        let refused =
            |error: ShareError| ExportError { message: error.to_string(), help: error.help() };
        let endpoint = Endpoint::parse(endpoint).map_err(refused)?;
        let profile = export::flamebearer(outcome).map_err(|error| ExportError {
            message: error.to_string(),
            help: error.help().map(str::to_owned),
        })?;
        let upload = Upload {
            name: &profile.name,
            profile: &profile.json.to_string(),
            units: profile.units,
            recorder: profile.recorder,
        };
        let receipt = share::publish(&endpoint, &upload, work).map_err(refused)?;
        let size = Quantity::new(receipt.bytes as f64, Unit::Bytes);
        let said = format!("{size} were uploaded to {endpoint}");
        Ok(Published { link: receipt.link, said })
    }
}

/// Answers editors from the last settled state of the session.
struct Desk {
    settled: Arc<Mutex<Settled>>,
}

impl Desk {
    fn settled(&self) -> Settled {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Assistant for Desk {
    fn complete(&self, code: &str, cursor: usize) -> Completion {
        let Settled { session, recall } = self.settled();
        let found = assist::complete(code, cursor, &SessionNames::new(&session, &recall));
        let items = found.items.into_iter().map(|item| CompletionItem {
            text: item.text,
            kind: item.kind,
            signature: item.signature,
        });
        Completion { start: found.start, end: found.end, items: items.collect() }
    }

    fn inspect(&self, code: &str, cursor: usize, _detail: u8) -> Option<Bundle> {
        let Settled { session, recall } = self.settled();
        let names = SessionNames::new(&session, &recall);
        assist::inspect(code, cursor, &names).map(|page| help::bundle(&page))
    }

    fn is_complete(&self, code: &str) -> Completeness {
        match lang::is_complete(code) {
            lang::Completeness::Complete => Completeness::Complete,
            lang::Completeness::Incomplete { indent } => Completeness::Incomplete { indent },
            lang::Completeness::Invalid => Completeness::Invalid,
        }
    }
}
