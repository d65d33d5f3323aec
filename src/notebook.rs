//! Runs cells: connects the session, the views and the front ends.
//!
//! The session computes results and `view` draws them; neither knows the other. The
//! kernel and the command line run cells through this module. Errors are drawn here,
//! because this module has the text of the cell. `kernel::language` has the traits.

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::assist;
use crate::assist::session::{Recall, SessionNames};
use crate::diag::{Diagnostic, render};
use crate::eval::query::evaluator::{Export, ExportError, Published, SaveRequest};
use crate::eval::result::checked::Checked;
use crate::eval::result::value::{Outcome, Value};
use crate::eval::session::{self, Session};
use crate::kernel::STACK_BYTES;
use crate::kernel::language::{
    Assistant, CellRequest, Completeness, Completion, CompletionItem, Failure, Language, Output,
};
use crate::lang;
use crate::lang::parameters::Parameters;
use crate::quantity::{Quantity, Unit};
use crate::share::{self, Endpoint, ShareError, Upload};
use crate::source::LruCache;
use crate::view::bundle::Bundle;
use crate::view::export::{CsvText, SaveOptions};
use crate::view::{self, export, help};
use crate::work::{Cancel, Cancelled, Progress, Unwatched, Watch, Work};

/// A session that draws its results.
pub struct Notebook {
    session: Session,
    /// A copy for editors, which are answered while a cell runs.
    last_state: Arc<Mutex<LastState>>,
    drawings: Drawings,
    /// The asserts of the last cell.
    asserts: Vec<Checked>,
}

/// The drawings of results that are shown again, by the number of the result.
type Drawings = Arc<LruCache<u64, Bundle>>;

/// What they may take, in bytes.
const DRAWINGS: usize = 16 << 20;

/// The session after its last cell, and cached answers for editors.
#[derive(Clone)]
struct LastState {
    session: Session,
    recall: Arc<Recall>,
}

impl LastState {
    fn new(session: &Session) -> LastState {
        LastState { session: session.clone(), recall: Arc::default() }
    }
}

impl Notebook {
    /// Relative paths of files start at `base_dir`.
    pub fn new(base_dir: PathBuf) -> Notebook {
        let session = Session::new(base_dir);
        let last_state = Arc::new(Mutex::new(LastState::new(&session)));
        let drawings = Arc::new(LruCache::within(DRAWINGS));
        Notebook { last_state, session, drawings, asserts: Vec::new() }
    }

    /// The same, with what `use "-"` opens.
    #[must_use]
    pub fn with_stdin(mut self, bytes: Option<Vec<u8>>) -> Notebook {
        self.session.stdin = bytes.map(Arc::from);
        self
    }

    /// Sets what `$name` and `{name}` mean in the cells that follow.
    pub fn set_parameters(&mut self, parameters: Option<Parameters>) {
        self.session.parameters = parameters;
    }

    /// An assistant that answers editors about this session.
    pub fn assistant(&self) -> Arc<dyn Assistant> {
        Arc::new(SessionAssistant { last_state: self.last_state.clone() })
    }

    /// Runs one cell and returns the result of its last statement.
    pub fn run(
        &mut self,
        cell: &CellRequest<'_>,
        show: &dyn Fn(Outcome),
        work: Work<'_>,
    ) -> Result<Option<Outcome>, Vec<Diagnostic>> {
        let export =
            FileExport { base_dir: &self.session.base_dir.clone(), asserts: RefCell::default() };
        let result = self.session.run(&session::Cell {
            code: cell.code,
            number: cell.number,
            store: cell.store,
            work,
            export: &export,
            show,
        });
        self.asserts = export.asserts.into_inner();
        let last_state = LastState::new(&self.session);
        *self.last_state.lock().unwrap_or_else(PoisonError::into_inner) = last_state;
        result
    }

    /// The asserts that the last cell checked, in order; the last of a failed cell may have
    /// failed.
    pub fn asserts(&self) -> &[Checked] {
        &self.asserts
    }

    /// Runs one cell and draws its results, which `see` sees before that.
    pub fn execute_seen(
        &mut self,
        cell: &CellRequest<'_>,
        out: &dyn Output,
        cancel: &Cancel,
        see: &dyn Fn(&Outcome),
    ) -> Result<Option<Bundle>, Failure> {
        let work = Work { cancel, watch: &OutputProgress(out) };
        let drawings = self.drawings.clone();
        let show = |outcome| {
            see(&outcome);
            // After an interrupt the rest of the cell stops as well.
            if let Ok(bundle) = drawn_once(&drawings, outcome, work) {
                out.display(bundle);
            }
        };
        match self.run(cell, &show, work) {
            Ok(outcome) => outcome
                .inspect(see)
                .map(|outcome| drawn_once(&drawings, outcome, work))
                .transpose()
                .map_err(|_| failure(&[not_drawn()], cell)),
            Err(diagnostics) => Err(failure(&diagnostics, cell)),
        }
    }
}

impl Language for Notebook {
    fn execute(
        &mut self,
        cell: &CellRequest<'_>,
        out: &dyn Output,
        cancel: &Cancel,
    ) -> Result<Option<Bundle>, Failure> {
        self.execute_seen(cell, out, cancel, &|_| ())
    }

    fn without_secrets(&self, code: &str) -> String {
        lang::secret::masked(code).into_owned()
    }
}

/// How soon an interrupt is heard.
const HEARD: Duration = Duration::from_millis(20);

/// The drawing of a result, as before if the result is shown again.
fn drawn_once(drawings: &Drawings, outcome: Outcome, work: Work<'_>) -> Result<Bundle, Cancelled> {
    let number = outcome.header.number;
    if let Some(kept) = number.and_then(|number| drawings.get(&number)) {
        return Ok(kept);
    }
    let bundle = drawn(outcome, work)?;
    if let Some(number) = number {
        let bytes = bundle.iter().map(|(_, content)| content.len()).sum();
        drawings.put(number, bundle.clone(), bytes);
    }
    Ok(bundle)
}

/// Draws a result; a graph in a thread of its own.
pub fn drawn(outcome: Outcome, work: Work<'_>) -> Result<Bundle, Cancelled> {
    match outcome.value {
        Value::Tree(_) | Value::Diff(_) | Value::View(_) => {
            drawn_apart(work, move |work| view::render(&outcome, work))
        }
        _ => view::render(&outcome, work),
    }
}

/// Draws or encodes in a thread of its own, so that an interrupt is heard soon, also where
/// another library does the work. The thread ends at its next check.
pub fn drawn_apart<T, E>(
    work: Work<'_>,
    draw: impl Fn(Work<'_>) -> Result<T, E> + Send + Sync + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Cancelled> + Send + 'static,
{
    let draw = Arc::new(draw);
    // Not the flag of the cell, which is reset for the next one.
    let abandoned = Cancel::new();
    let (done, result) = mpsc::sync_channel(1);
    let run = {
        let (draw, cancel) = (draw.clone(), abandoned.clone());
        // Sending fails if nobody waits any more.
        move || drop(done.send(draw(Work { cancel: &cancel, watch: &Unwatched })))
    };
    let thread = thread::Builder::new().name("drawing".to_owned()).stack_size(STACK_BYTES);
    let Ok(drawing) = thread.spawn(run) else { return draw(work) };
    loop {
        match result.recv_timeout(HEARD) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => work.check().inspect_err(|_| abandoned.cancel())?,
            Err(RecvTimeoutError::Disconnected) => match drawing.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => unreachable!("a drawing is sent, or its thread panics"),
            },
        }
    }
}

/// The error of a cell that was interrupted after its queries had run.
pub fn not_drawn() -> Diagnostic {
    Diagnostic::error("interrupted", "the result was not drawn; the session has it")
        .help("draw less: write `| trim 1%` before the view, or `| top 20`")
}

/// One report with all errors of the cell.
fn failure(diagnostics: &[Diagnostic], cell: &CellRequest<'_>) -> Failure {
    let name = format!("In[{}]", cell.number);
    let code = lang::secret::masked(cell.code);
    let reports = diagnostics.iter().map(|found| render::ansi(found, &code, &name));
    let traceback: Vec<String> =
        reports.collect::<Vec<_>>().join("\n\n").lines().map(str::to_owned).collect();
    let first = diagnostics.first();
    let place = first.and_then(|first| first.place);
    Failure {
        name: first.map_or_else(String::new, |first| first.slug.to_owned()),
        value: first.map_or_else(String::new, |first| first.message.clone()),
        line: place.map(|place| place.line_in(cell.code)),
        traceback,
    }
}

struct OutputProgress<'a>(&'a dyn Output);

impl Watch for OutputProgress<'_> {
    fn progress(&self, progress: &Progress) {
        self.0.progress(progress);
    }
}

/// Does what `save` and `publish` ask for, and keeps what asserts found. Relative paths start at `base_dir`, as after `use`.
struct FileExport<'a> {
    base_dir: &'a Path,
    asserts: RefCell<Vec<Checked>>,
}

impl Export for FileExport<'_> {
    fn save(
        &self,
        outcome: &Arc<Outcome>,
        to: SaveRequest<'_>,
        work: Work<'_>,
    ) -> Result<String, ExportError> {
        let csv = if to.raw_cells { CsvText::Raw } else { CsvText::Safe };
        let options = SaveOptions { only_new: to.only_new, csv };
        let path = self.base_dir.join(to.path);
        let (outcome, named) = (outcome.clone(), path.clone());
        let saved = drawn_apart(work, move |work| export::encoded(&outcome, &named, csv, work))
            .and_then(|content| export::write(&content, &path, options))
            .map_err(|error| ExportError { message: error.to_string(), help: error.help() })?;
        let replaced = if saved.replaced { ", in place of the file of this name" } else { "" };
        Ok(format!("saved {} ({saved}){replaced}", to.path))
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
        let profile = export::flamebearer(outcome, work).map_err(|error| ExportError {
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
        let note = format!("uploaded {size} to {endpoint}");
        Ok(Published { link: receipt.link, note })
    }

    fn checked(&self, checked: &Checked) {
        self.asserts.borrow_mut().push(checked.clone());
    }
}

/// Answers editors from the state after the last cell.
struct SessionAssistant {
    last_state: Arc<Mutex<LastState>>,
}

impl SessionAssistant {
    fn last_state(&self) -> LastState {
        self.last_state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Assistant for SessionAssistant {
    fn complete(&self, code: &str, cursor: usize) -> Completion {
        let LastState { session, recall } = self.last_state();
        let found = assist::complete(code, cursor, &SessionNames::new(&session, &recall));
        let items = found.items.into_iter().map(|item| CompletionItem {
            text: item.text,
            kind: item.kind,
            signature: item.signature,
        });
        Completion { start: found.start, end: found.end, items: items.collect() }
    }

    fn inspect(&self, code: &str, cursor: usize, _detail: u8) -> Option<Bundle> {
        let LastState { session, recall } = self.last_state();
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

#[cfg(test)]
mod tests {
    use super::*;

    struct NoOutput;

    impl Output for NoOutput {
        fn display(&self, _: Bundle) {}
        fn progress(&self, _: &Progress) {}
    }

    #[test]
    fn a_result_is_drawn_once() {
        let mut notebook = Notebook::new(PathBuf::new());
        let run = |notebook: &mut Notebook, code: &str| {
            let cell = CellRequest { code, number: 1, store: true };
            notebook.execute(&cell, &NoOutput, &Cancel::new()).expect("a cell that runs")
        };
        run(&mut notebook, "use \"demo:\"");
        let first = run(&mut notebook, "cpu | flame");
        assert_eq!(run(&mut notebook, "cpu | flame"), first);
        // Another drawing is put in its place.
        notebook.drawings.put(0, Bundle::plain("kept"), 4);
        assert_eq!(run(&mut notebook, "cpu | flame"), Some(Bundle::plain("kept")));
        assert_ne!(run(&mut notebook, "cpu | icicle"), Some(Bundle::plain("kept")));
        run(&mut notebook, "set range 1m");
        assert_ne!(run(&mut notebook, "cpu | flame"), Some(Bundle::plain("kept")));
    }
}
