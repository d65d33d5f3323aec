//! `flamebook run`: executes a notebook without Python.
//!
//! The cells run in order in one session, as in the kernel, and their outputs are written
//! into the notebook. The first cell that fails ends the run. The outputs so far and the
//! error are still written. Two tags of nbclient are supported: `skip-execution` and
//! `raises-exception`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use flamebook::kernel::language::{CellRequest, Failure, Language, Output};
use flamebook::view::bundle::Bundle;
use flamebook::view::export::file;
use flamebook::work::{Cancel, Progress};
use serde_json::Value;

use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::notebook_file::{
    CellKind, NotebookFile, display_output, error_output, result_output,
};
use crate::cli::page;
use crate::cli::parameters::{self, Parameter};
use crate::cli::status::StatusLine;
use crate::cli::stdout::{coloured, say};

/// Execute a notebook without Python
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The notebook to execute; paths in its cells are relative to its folder
    #[arg(value_name = "NOTEBOOK.ipynb")]
    notebook: PathBuf,

    /// Where to write the result: OUT.ipynb, or OUT.html for a page [default: NOTEBOOK.ipynb]
    #[arg(short, long, value_name = "OUT", value_parser = output_path)]
    output: Option<PathBuf>,

    /// Set a parameter of the notebook; may be repeated
    #[arg(short, long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<Parameter>,
}

fn output_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if text.ends_with(".slides.html") {
        return Err("slides are not written here, only a page: name it `.html`, or write the \
                    notebook with `-o OUT.ipynb` and run `jupyter nbconvert --to slides OUT.ipynb`"
            .to_owned());
    }
    match path.extension().and_then(|suffix| suffix.to_str()) {
        Some("ipynb" | "html") => Ok(path),
        _ => Err("expected a name that ends in .ipynb or .html".to_owned()),
    }
}

/// Runs the notebook in `language`, a new session. Exit code 1 if a cell failed.
pub(crate) fn run(args: RunArgs, language: &mut dyn Language) -> anyhow::Result<ExitCode> {
    let mut notebook = NotebookFile::read(&args.notebook)?;
    check_language(&notebook)?;
    parameters::inject(&mut notebook, &args.parameters);
    let output = absolute(args.output.as_deref().unwrap_or(&args.notebook))?;
    enter_folder_of(&args.notebook)?;

    let cancel = cancel_on_ctrl_c()?;
    let start = Instant::now();
    let failure = execute(&mut notebook, language, &cancel);
    write(&notebook, &output)?;
    Ok(report(&notebook, failure.as_ref(), start.elapsed(), &output))
}

/// Without this check a Python notebook would fail with a syntax error of our language.
fn check_language(notebook: &NotebookFile) -> anyhow::Result<()> {
    match notebook.language() {
        None | Some("flamebook") => Ok(()),
        Some(other) => {
            bail!("the notebook is in {other}; `flamebook run` executes only flamebook notebooks")
        }
    }
}

/// Like front ends, which start a kernel in the folder of its notebook.
fn enter_folder_of(notebook: &Path) -> anyhow::Result<()> {
    let path = absolute(notebook)?;
    let folder = path.parent().unwrap_or(&path);
    std::env::set_current_dir(folder).with_context(|| format!("cannot enter {}", folder.display()))
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("cannot resolve {}", path.display()))
}

/// Runs the code cells. Stops at the first failure and returns it.
fn execute(
    notebook: &mut NotebookFile,
    language: &mut dyn Language,
    cancel: &Cancel,
) -> Option<Failure> {
    // First remove all outputs, so that those in the file are of one run.
    let mut code: Vec<_> =
        notebook.cells.iter_mut().filter(|cell| cell.kind() == CellKind::Code).collect();
    code.iter_mut().for_each(|cell| cell.set_run(None, Vec::new()));
    code.retain(|cell| !cell.source().trim().is_empty() && !cell.has_tag("skip-execution"));

    let n_cells = code.len();
    for (number, cell) in (1..).zip(code) {
        let outputs = CellOutputs::new(format!("[{number}/{n_cells}] "));
        let source = cell.source();
        let request = CellRequest { code: &source, number, store: true };
        let (outputs, failure) = run_cell(language, &request, outputs, cancel);
        cell.set_run(Some(number), outputs);
        if failure.is_some() && !cell.has_tag("raises-exception") {
            return failure;
        }
    }
    None
}

fn run_cell(
    language: &mut dyn Language,
    request: &CellRequest<'_>,
    outputs: CellOutputs,
    cancel: &Cancel,
) -> (Vec<Value>, Option<Failure>) {
    // A panic is a bug. The notebook with the outputs so far is still written.
    let result = catch_unwind(AssertUnwindSafe(|| language.execute(request, &outputs, cancel)));
    let mut outputs = outputs.into_outputs();
    let failure = match result.unwrap_or_else(|_| Err(panicked())) {
        Ok(None) => None,
        Ok(Some(bundle)) => {
            outputs.push(result_output(&bundle, request.number));
            None
        }
        Err(failure) => {
            outputs.push(error_output(&failure));
            Some(failure)
        }
    };
    (outputs, failure)
}

fn panicked() -> Failure {
    let value = "a bug in flamebook stopped this cell".to_owned();
    Failure { name: "panic".to_owned(), traceback: vec![value.clone()], value }
}

/// The outputs of one cell, and its progress.
struct CellOutputs {
    outputs: Mutex<Vec<Value>>,
    status: StatusLine,
    /// `[2/7] `, in front of progress.
    place: String,
}

impl CellOutputs {
    fn new(place: String) -> Self {
        Self { outputs: Mutex::default(), status: StatusLine::new(), place }
    }

    fn into_outputs(self) -> Vec<Value> {
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

/// Replaces `path` in one step, so that it never contains half a notebook.
fn write(notebook: &NotebookFile, path: &Path) -> anyhow::Result<()> {
    let text = match path.extension().is_some_and(|suffix| suffix == "html") {
        true => page::html(notebook, &title(path)),
        false => notebook.to_text()?,
    };
    file::replace(path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

fn title(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn report(
    notebook: &NotebookFile,
    failure: Option<&Failure>,
    took: Duration,
    output: &Path,
) -> ExitCode {
    let Some(failure) = failure else {
        let n_cells = notebook.cells.iter().filter(|cell| !cell.outputs().is_empty()).count();
        say(&format!("{n_cells} cells with output in {took:.1?}: {}", output.display()));
        return ExitCode::SUCCESS;
    };
    let coloured = coloured(&std::io::stderr());
    for line in &failure.traceback {
        match coloured {
            true => eprintln!("{line}"),
            false => eprintln!("{}", page::without_ansi(line)),
        }
    }
    say(&format!("a cell failed; the outputs up to it are in {}", output.display()));
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slides_are_refused_with_the_command_that_makes_them() {
        let error = output_path("talk.slides.html").expect_err("no slides");
        assert!(error.contains("jupyter nbconvert --to slides OUT.ipynb"), "{error}");
        assert!(output_path("slides.html").is_ok() && output_path("talk.ipynb").is_ok());
    }
}
