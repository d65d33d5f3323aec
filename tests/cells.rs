//! Runs cells for tests, in a session without a front end.
//!
//! A test runs code and gets a table, a number or an error report. Nothing is drawn or
//! saved.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flamebook::diag::{Diagnostic, render};
use flamebook::eval::query::evaluator::{Export, ExportError, Published, SaveRequest};
use flamebook::eval::result::scalar::Scalar;
use flamebook::eval::result::table::Table;
use flamebook::eval::result::value::{Outcome, Value};
use flamebook::eval::session::{Cell, Session};
use flamebook::source::Source;
use flamebook::work::{Cancel, Unwatched, Work};

/// A session, run cell by cell.
pub(crate) struct Cells {
    session: Session,
    number: u32,
}

struct NoFiles;

impl Export for NoFiles {
    fn save(
        &self,
        _: &Arc<Outcome>,
        to: SaveRequest<'_>,
        _: Work<'_>,
    ) -> Result<String, ExportError> {
        let path = to.path;
        Err(ExportError { message: format!("{path} is not written by this test"), help: None })
    }

    fn publish(&self, _: &Outcome, to: &str, _: Work<'_>) -> Result<Published, ExportError> {
        Err(ExportError { message: format!("{to} is not asked by this test"), help: None })
    }
}

impl Cells {
    /// Relative file patterns are relative to `base_dir`.
    pub(crate) fn new(base_dir: impl Into<PathBuf>) -> Cells {
        Cells { session: Session::new(base_dir.into()), number: 0 }
    }

    /// Opens the files that match a pattern below `base_dir`.
    pub(crate) fn over(base_dir: &Path, pattern: &str) -> Cells {
        let mut cells = Cells::new(base_dir);
        cells.run(&format!("use {pattern:?}"));
        cells
    }

    /// Opens a source of the test's own.
    pub(crate) fn open(&mut self, source: Arc<dyn Source>) {
        self.session.sources.open(None, source);
    }

    /// Every result of one cell.
    pub(crate) fn try_run(&mut self, code: &str) -> Result<Vec<Outcome>, Vec<Diagnostic>> {
        self.number += 1;
        let shown = RefCell::new(Vec::new());
        let last = self.session.run(&Cell {
            code,
            number: self.number,
            store: true,
            work: Work { cancel: &Cancel::new(), watch: &Unwatched },
            export: &NoFiles,
            show: &|outcome| shown.borrow_mut().push(outcome),
        })?;
        let mut outcomes = shown.into_inner();
        outcomes.extend(last);
        Ok(outcomes)
    }

    /// Every result of a cell that has no error.
    pub(crate) fn run(&mut self, code: &str) -> Vec<Outcome> {
        self.try_run(code).unwrap_or_else(|errors| panic!("{}", report(&errors, code)))
    }

    /// The result of a cell with one statement.
    pub(crate) fn value(&mut self, code: &str) -> Value {
        self.run(code).pop().expect("a cell with a result").value
    }

    pub(crate) fn table(&mut self, code: &str) -> Table {
        match self.value(code) {
            Value::Table(table) => table,
            other => panic!("{code} is not a table but {other:?}"),
        }
    }

    pub(crate) fn number(&mut self, code: &str) -> f64 {
        number(&self.value(code))
    }

    /// The error report of a cell.
    pub(crate) fn error(&mut self, code: &str) -> String {
        match self.try_run(code) {
            Ok(outcomes) => panic!("no error in {code}, but {outcomes:?}"),
            Err(errors) => report(&errors, code),
        }
    }
}

pub(crate) fn number(value: &Value) -> f64 {
    match value {
        Value::Scalar(Scalar::Number(number)) => number.value,
        other => panic!("not a number but {other:?}"),
    }
}

/// As text for a reader.
pub(crate) fn report(errors: &[Diagnostic], code: &str) -> String {
    let reports = errors.iter().map(|error| render::plain(error, code, "In[1]"));
    reports.collect::<Vec<_>>().join("\n")
}

/// Text of one cell of a table.
pub(crate) fn text(table: &Table, column: &str, row: usize) -> String {
    match cell(table, column, row) {
        Scalar::Text(text) => text,
        other => panic!("{column} of row {row} is not text but {other:?}"),
    }
}

/// Number of one cell of a table.
pub(crate) fn figure(table: &Table, column: &str, row: usize) -> f64 {
    match cell(table, column, row) {
        Scalar::Number(number) => number.value,
        other => panic!("{column} of row {row} is not a number but {other:?}"),
    }
}

fn cell(table: &Table, column: &str, row: usize) -> Scalar {
    let at = table.index_of(column);
    table.cell(at.unwrap_or_else(|| panic!("no column {column} in {:?}", table.names())), row)
}
