//! Runs the code cells of a notebook, and keeps what reports need.
//!
//! Two tags of nbclient are supported: `skip-execution` and `raises-exception`.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use flamebook::eval::result::value::{Outcome, Value};
use flamebook::kernel::language::{CellRequest, Failure, Output};
use flamebook::lang;
use flamebook::lang::ast::{Assertion, StatementKind};
use flamebook::lang::columns::CULPRIT;
use flamebook::lang::verbs::{Verb, ViewVerb};
use flamebook::notebook::Notebook;
use flamebook::view::bundle::Bundle;
use flamebook::work::{Cancel, Progress};
use serde_json::Value as Json;

use super::comparison::Comparison;
use super::ran::{Assert, CellError, RanCell, Verdict};
use crate::cli::notebook_file::{
    CellKind, NotebookCell, NotebookFile, display_output, error_output, result_output,
};
use crate::cli::page;
use crate::cli::status::StatusLine;

/// The slug of an assert that does not hold.
const ASSERT: &str = "assert";

/// A session, and where the lines of each cell are in the file.
pub(super) struct Cells<'a> {
    pub(super) session: &'a mut Notebook,
    pub(super) cancel: &'a Cancel,
    pub(super) lines: &'a [Vec<usize>],
}

impl Cells<'_> {
    /// Runs the code cells. Stops at the first failure and returns it.
    pub(super) fn run(mut self, notebook: &mut NotebookFile) -> (Vec<RanCell>, Option<Failure>) {
        // First remove all outputs, so that those in the file are of one run.
        let mut code: Vec<_> = notebook.cells.iter_mut().zip(self.lines).collect();
        code.retain(|(cell, _)| cell.kind() == CellKind::Code);
        code.iter_mut().for_each(|(cell, _)| cell.set_run(None, Vec::new()));
        code.retain(|(cell, _)| {
            !cell.source().trim().is_empty() && !cell.has_tag("skip-execution")
        });
        let n_cells = code.len();
        let (mut ran, mut failure) = (Vec::new(), None);
        for (number, (cell, lines)) in (1..).zip(code) {
            if failure.is_some() {
                ran.push(not_run(number, cell, lines));
                continue;
            }
            let place = format!("[{number}/{n_cells}] ");
            let (of_cell, failed) = self.cell(number, cell, lines, place);
            ran.push(of_cell);
            failure = failed;
        }
        (ran, failure)
    }

    /// Runs a cell; a failure that its tag allows is none.
    fn cell(
        &mut self,
        number: u32,
        cell: &mut NotebookCell,
        lines: &[usize],
        place: String,
    ) -> (RanCell, Option<Failure>) {
        let (source, start) = (cell.source(), Instant::now());
        let request = CellRequest { code: &source, number, store: true };
        let seen = RefCell::new(RanCell { number, ..RanCell::default() });
        let out = CellOutputs::new(place);
        // A panic is a bug. The notebook with the outputs so far is still written.
        let result = catch_unwind(AssertUnwindSafe(|| {
            let see = |outcome: &Outcome| seen.borrow_mut().see(outcome);
            let result = self.session.execute_seen(&request, &out, self.cancel, &see);
            (result, self.session.asserts().to_vec())
        }));
        let (result, asserts) = result.unwrap_or_else(|_| (Err(panicked()), Vec::new()));
        let mut ran = RanCell { took: start.elapsed(), ..seen.into_inner() };
        ran.asserts.extend(asserts.into_iter().map(|checked| Assert {
            line: line(lines, checked.place.line_in(&source)),
            verdict: Verdict::Checked(checked),
        }));
        let (outputs, failure) = written(out, result, number);
        cell.set_run(Some(number), outputs);
        if cell.has_tag("raises-exception") {
            ran.asserts.retain(|assert| assert.failed().is_none());
            return (ran, None);
        }
        ran.error = failure.as_ref().filter(|failure| failure.name != ASSERT).map(|failure| {
            let report = failure.traceback.iter().map(|line| page::without_ansi(line));
            CellError {
                line: line(lines, failure.line.unwrap_or(1)),
                slug: failure.name.clone(),
                message: failure.value.clone(),
                report: report.collect::<Vec<_>>().join("\n"),
            }
        });
        if failure.is_some() {
            add_unchecked(&mut ran, &source, lines);
        }
        (ran, failure)
    }
}

impl RanCell {
    /// Keeps what reports need of a result.
    fn see(&mut self, outcome: &Outcome) {
        self.comparisons.extend(Comparison::of(outcome));
        if let Value::Table(table) = &outcome.value
            && table.index_of(CULPRIT.name).is_some()
        {
            self.findings.extend(outcome.header.finding.clone());
        }
    }
}

/// The outputs of a cell for its file.
fn written(
    out: CellOutputs,
    result: Result<Option<Bundle>, Failure>,
    number: u32,
) -> (Vec<Json>, Option<Failure>) {
    let mut outputs = out.into_outputs();
    match result {
        Ok(bundle) => {
            outputs.extend(bundle.map(|bundle| result_output(&bundle, number)));
            (outputs, None)
        }
        Err(failure) => {
            outputs.push(error_output(&failure));
            (outputs, Some(failure))
        }
    }
}

fn panicked() -> Failure {
    let value = "a bug in flamebook stopped this cell".to_owned();
    Failure { name: "panic".to_owned(), traceback: vec![value.clone()], value, line: None }
}

/// The asserts of a cell that comes after the one that failed.
fn not_run(number: u32, cell: &NotebookCell, lines: &[usize]) -> RanCell {
    let mut ran = RanCell { number, ..RanCell::default() };
    if !cell.has_tag("raises-exception") {
        add_unchecked(&mut ran, &cell.source(), lines);
    }
    ran
}

/// Adds the asserts as they are written that come after those that were checked.
fn add_unchecked(ran: &mut RanCell, source: &str, lines: &[usize]) {
    let (cell, _) = lang::parse(source);
    let mut written: Vec<&Assertion> = Vec::new();
    for statement in &cell.statements {
        match &statement.kind {
            StatementKind::Assert(assertion) => written.push(assertion),
            StatementKind::Query(query) => {
                let is_assert = |verb| matches!(verb, Verb::View(ViewVerb::Assert));
                let stages = query.stages.iter().filter(|stage| is_assert(stage.verb.id));
                written.extend(stages.map(|stage| stage.args.assertion()));
            }
            _ => {}
        }
    }
    ran.asserts.extend(written.into_iter().skip(ran.asserts.len()).map(|assertion| Assert {
        line: line(lines, assertion.condition.place.line_in(source)),
        verdict: Verdict::NotRun(lang::format::condition(assertion)),
    }));
}

/// The line in the file of the n-th line of a cell.
fn line(lines: &[usize], nth: usize) -> Option<usize> {
    lines.get(nth - 1).or(lines.last()).copied()
}

/// The outputs of one cell, and its progress.
struct CellOutputs {
    outputs: Mutex<Vec<Json>>,
    status: StatusLine,
    /// `[2/7] `, in front of progress.
    place: String,
}

impl CellOutputs {
    fn new(place: String) -> Self {
        Self { outputs: Mutex::default(), status: StatusLine::new(), place }
    }

    fn into_outputs(self) -> Vec<Json> {
        self.status.clear();
        self.outputs.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Output for CellOutputs {
    fn display(&self, bundle: Bundle) {
        let output = display_output(&bundle);
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner).push(output);
    }

    fn progress(&self, progress: &Progress) {
        let Progress { what, unit, done, total } = progress;
        self.status.show(&format!("{}{what}: {done} of {total} {unit}", self.place));
    }
}
