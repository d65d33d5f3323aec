//! `flamebook run`: executes a notebook without Python.
//!
//! The cells run in order in one session, as in the kernel (`cells`), and their outputs are
//! written into the notebook, a page or a `pdf`. The first cell that fails ends the run. The
//! outputs so far and the error are still written. What `ran` is what a program wants to know
//! of a gate: `junit` and `summary` write it, `github` annotates the lines of the notebook.
//! `unused` warns of parameters that mean nothing.

mod cells;
mod comparison;
mod github;
mod junit;
mod pdf;
mod ran;
mod source_lines;
mod summary;
mod unused;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use flamebook::kernel::language::Failure;
use flamebook::notebook::Notebook;
use flamebook::view::export::file;

use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::notebook_file::NotebookFile;
use crate::cli::page;
use crate::cli::parameters::{self, Parameter};
use crate::cli::stdout::{coloured, say};
use cells::Cells;
use pdf::Printer;
use ran::Ran;

const EXIT_CODES: &str = "Exit codes:\n  \
    0  every cell ran, and all asserts hold\n  \
    1  a cell failed: an assert does not hold, or an error\n  \
    2  the command line is wrong, the notebook cannot be read, or a result cannot be written";

/// Execute a notebook without Python
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct RunArgs {
    /// The notebook to execute; paths in its cells are relative to its folder
    #[arg(value_name = "NOTEBOOK.ipynb")]
    notebook: PathBuf,

    /// Where to write the result: OUT.ipynb, or a page as OUT.html or OUT.pdf, which a Chromium
    /// prints; may be repeated [default: NOTEBOOK.ipynb]
    #[arg(short, long = "output", value_name = "OUT", value_parser = output_path)]
    outputs: Vec<PathBuf>,

    /// Write a JUnit report, a test case for each assert, for GitHub, GitLab and Jenkins
    #[arg(long, value_name = "OUT.xml")]
    junit: Option<PathBuf>,

    /// Write a summary for a pull request, a paragraph and a table in Markdown; under GitHub
    /// Actions it also becomes the summary of the job
    #[arg(long, value_name = "OUT.md")]
    summary: Option<PathBuf>,

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
        Some("ipynb" | "html" | "pdf") => Ok(path),
        _ => Err("expected a name that ends in .ipynb, .html or .pdf".to_owned()),
    }
}

/// Runs the notebook in a new session.
pub(crate) fn run(args: &RunArgs) -> ExitCode {
    run_and_write(args).unwrap_or_else(|error| {
        say(&format!("error: {error:#}"));
        ExitCode::from(2)
    })
}

fn run_and_write(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let mut notebook = NotebookFile::read(&args.notebook)?;
    check_language(&notebook)?;
    let mut lines = source_lines::read(&args.notebook)?;
    lines.resize(notebook.cells.len(), Vec::new());
    unused::warnings(&notebook, &args.parameters).iter().for_each(|warning| say(warning));
    if let Some(added) = parameters::inject(&mut notebook, &args.parameters) {
        lines.insert(added, Vec::new());
    }
    let files = Files::of(args)?;
    let path = absolute(&args.notebook)?;
    enter_folder_of(&path)?;

    let cancel = cancel_on_ctrl_c()?;
    let start = Instant::now();
    let mut session = Notebook::new(PathBuf::new());
    let (cells, failure) =
        Cells { session: &mut session, cancel: &cancel, lines: &lines }.run(&mut notebook);
    let ran = Ran { name: name(&path), file: github::file(&path), cells, took: start.elapsed() };
    files.write(&notebook, &ran)?;
    Ok(report(&notebook, failure.as_ref(), &ran, &files.shown()))
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
    let folder = notebook.parent().unwrap_or(notebook);
    std::env::set_current_dir(folder).with_context(|| format!("cannot enter {}", folder.display()))
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("cannot resolve {}", path.display()))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is written, and where, whatever the current folder is.
struct Files {
    outputs: Vec<PathBuf>,
    junit: Option<PathBuf>,
    summary: Option<PathBuf>,
    /// Prints pages, if one is asked for.
    printer: Option<Printer>,
}

impl Files {
    /// Fails before the notebook runs if a page cannot be printed.
    fn of(args: &RunArgs) -> anyhow::Result<Files> {
        let outputs = match &args.outputs[..] {
            [] => std::slice::from_ref(&args.notebook),
            outputs => outputs,
        };
        let printed = outputs.iter().any(|path| suffix(path) == "pdf");
        Ok(Files {
            outputs: outputs.iter().map(|path| absolute(path)).collect::<Result<_, _>>()?,
            junit: args.junit.as_deref().map(absolute).transpose()?,
            summary: args.summary.as_deref().map(absolute).transpose()?,
            printer: printed.then(Printer::find).transpose()?,
        })
    }

    fn write(&self, notebook: &NotebookFile, ran: &Ran) -> anyhow::Result<()> {
        if let Some(path) = &self.junit {
            replace(path, &junit::xml(ran))?;
        }
        if let Some(path) = &self.summary {
            let summary = summary::markdown(ran);
            replace(path, &summary)?;
            github::add_to_job(&summary)?;
        }
        github::annotate(ran)?;
        self.outputs.iter().try_for_each(|path| self.output(notebook, path))
    }

    fn output(&self, notebook: &NotebookFile, path: &Path) -> anyhow::Result<()> {
        let title = path.file_stem().unwrap_or_default().to_string_lossy();
        match (suffix(path), &self.printer) {
            ("pdf", Some(printer)) => printer.print(&page::html(notebook, &title), path),
            ("html", _) => replace(path, &page::html(notebook, &title)),
            _ => replace(path, &notebook.to_text()?),
        }
    }

    /// The outputs, for the last line.
    fn shown(&self) -> String {
        let paths = self.outputs.iter().map(|path| path.display().to_string());
        paths.collect::<Vec<_>>().join(", ")
    }
}

fn suffix(path: &Path) -> &str {
    path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default()
}

/// Replaces a file in one step, so that it never contains half a notebook.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    file::replace(path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

fn report(
    notebook: &NotebookFile,
    failure: Option<&Failure>,
    ran: &Ran,
    outputs: &str,
) -> ExitCode {
    let Some(failure) = failure else {
        let n_cells = notebook.cells.iter().filter(|cell| !cell.outputs().is_empty()).count();
        say(&format!("{n_cells} cells with output in {:.1?}: {outputs}", ran.took));
        return ExitCode::SUCCESS;
    };
    let coloured = coloured(&std::io::stderr());
    for line in &failure.traceback {
        match coloured {
            true => eprintln!("{line}"),
            false => eprintln!("{}", page::without_ansi(line)),
        }
    }
    say(&format!("a cell failed; the outputs up to it are in {outputs}"));
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
        assert!(output_path("talk.pdf").is_ok() && output_path("talk.txt").is_err());
    }
}
