//! `flamebook eval`: runs queries from a shell.
//!
//! All queries, files of queries and standard input together are one cell. A profile among
//! them, as a path or from standard input, is opened. Results go to standard output or to a
//! file, errors to standard error.

use std::cell::RefCell;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use flamebook::diag::{Diagnostic, Severity, render};
use flamebook::eval::error::EvalError;
use flamebook::eval::result::value::Outcome;
use flamebook::kernel::language::CellRequest;
use flamebook::lang;
use flamebook::lang::text::quote;
use flamebook::notebook::{Notebook, drawn_apart};
use flamebook::source::format;
use flamebook::view::export::{self, CsvText, SaveError};
use flamebook::view::{self, Screen};
use flamebook::work::{Cancelled, Unwatched, Work};

use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::status::StatusLine;
use crate::cli::stdout::{coloured, print, say, shown};

/// Run queries and print their results
#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// Queries as in a cell, files of queries (*.flame), profiles or folders to open, or - for
    /// standard input, which has queries or a profile. Several are joined with newlines
    #[arg(required = true, value_name = "QUERY")]
    queries: Vec<String>,
    /// csv and json write unrounded values, with the unit in the name of each column. text is as
    /// wide as COLUMNS or the terminal
    #[arg(short, long, value_enum, default_value = "text")]
    format: OutputFormat,
    /// In csv, leave text that a spreadsheet would run as it is: by default a ' stands before
    /// a leading =, +, - or @
    #[arg(long)]
    raw_cells: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OutputFormat {
    Text,
    Csv,
    Json,
    Html,
    Md,
}

pub(crate) fn eval(args: &EvalArgs) -> anyhow::Result<ExitCode> {
    let Given { code, stdin } = given(&args.queries)?;
    let cancel = cancel_on_ctrl_c()?;
    let status = StatusLine::new();
    let shown = RefCell::new(Vec::new());
    let cell = CellRequest { code: &code, number: 1, store: true };
    let result = Notebook::new(PathBuf::new()).with_stdin(stdin).run(
        &cell,
        &|outcome| shown.borrow_mut().push(outcome),
        Work { cancel: &cancel, watch: &status },
    );
    status.clear();
    let mut outcomes = shown.into_inner();
    let mut errors = match result {
        Ok(last) => {
            outcomes.extend(last);
            Vec::new()
        }
        Err(errors) => errors,
    };
    let work = Work { cancel: &cancel, watch: &Unwatched };
    match formatted(args, outcomes, work) {
        Ok(text) => write(&text, args.output.as_deref())?,
        Err(SaveError::Cancelled(cancelled)) => errors = vec![interrupted(cancelled)],
        Err(error) => return Err(error.into()),
    }
    report(&errors, &code);
    if errors.is_empty() && opens_only(&args.queries) {
        let files = args.queries.join(" ");
        say(&format!("to look at the profiles: `flamebook {files}`, or here: add 'types'"));
    }
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The text of the cell, and the profile from standard input.
#[derive(Default)]
struct Given {
    code: String,
    stdin: Option<Vec<u8>>,
}

/// Paths of profiles become one `use`, so that a shell may expand a pattern.
fn given(arguments: &[String]) -> anyhow::Result<Given> {
    let mut given = Given::default();
    let mut lines: Vec<String> = Vec::new();
    let mut opened: Vec<String> = Vec::new();
    for argument in arguments {
        if is_path(argument) {
            opened.push(quote(argument));
            continue;
        }
        lines.extend(opening(&mut opened));
        lines.push(match argument.as_str() {
            "-" => {
                let mut bytes = Vec::new();
                let read = std::io::stdin().read_to_end(&mut bytes);
                read.context("cannot read standard input")?;
                if is_profile(&bytes) {
                    given.stdin = Some(bytes);
                    "use \"-\"".to_owned()
                } else {
                    String::from_utf8_lossy(&bytes).into_owned()
                }
            }
            path if path.ends_with(".flame") => {
                std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?
            }
            query => query.to_owned(),
        });
    }
    lines.extend(opening(&mut opened));
    Ok(Given { code: lines.join("\n"), ..given })
}

/// `use` for the paths so far.
fn opening(paths: &mut Vec<String>) -> Option<String> {
    let paths = std::mem::take(paths);
    (!paths.is_empty()).then(|| format!("use {}", paths.join(", ")))
}

/// Whether no query is given, so that nothing is shown of the files.
fn opens_only(arguments: &[String]) -> bool {
    arguments.iter().all(|argument| is_path(argument))
}

/// A word without a dot or a slash may be a query.
fn is_path(argument: &str) -> bool {
    argument.contains(['.', '/']) && !argument.ends_with(".flame") && Path::new(argument).exists()
}

/// Folded stacks and queries are both text: what reads as a query is one.
fn is_profile(bytes: &[u8]) -> bool {
    const LONGEST_QUERY: usize = 1 << 16;
    let is_query = |text: &str| lang::parse(text).1.iter().all(|d| d.severity != Severity::Error);
    let may_be_query = bytes.len() <= LONGEST_QUERY;
    !(may_be_query && std::str::from_utf8(bytes).is_ok_and(is_query))
        && format::may_be_profile(bytes)
}

pub(crate) fn report(diagnostics: &[Diagnostic], code: &str) {
    let draw = if coloured(&std::io::stderr()) { render::ansi } else { render::plain };
    let code = lang::secret::masked(code);
    for diagnostic in diagnostics {
        eprintln!("{}", draw(diagnostic, &code, "query"));
    }
}

/// The error of a query that was interrupted while its result was drawn.
pub(crate) fn interrupted(cancelled: Cancelled) -> Diagnostic {
    EvalError::from(cancelled).into_diagnostic()
}

/// The results in the chosen format. csv, json and md leave out the notes of `use` and `let`.
fn formatted(args: &EvalArgs, outcomes: Vec<Outcome>, work: Work<'_>) -> Result<String, SaveError> {
    let csv = if args.raw_cells { CsvText::Raw } else { CsvText::Safe };
    let (format, screen) = (args.format, screen(args.output.is_some()));
    let text = drawn_apart(work, move |work| {
        let data = || outcomes.iter().filter(|outcome| export::is_data(outcome));
        let texts: Result<Vec<String>, SaveError> = match format {
            OutputFormat::Text => {
                let plain = |outcome| Ok(view::plain(outcome, screen, work)?);
                let texts = outcomes.iter().map(plain).collect::<Result<Vec<_>, SaveError>>()?;
                let texts = texts.into_iter().filter(|text| !text.is_empty());
                Ok(texts.map(|text| text + "\n").collect())
            }
            OutputFormat::Csv => data().map(|outcome| export::to_csv(outcome, csv, work)).collect(),
            OutputFormat::Json => data().map(|outcome| export::to_json(outcome, work)).collect(),
            OutputFormat::Html => Ok(vec![export::page(&outcomes, work)?]),
            OutputFormat::Md => {
                data().map(|outcome| Ok(export::to_markdown(outcome, work)?)).collect()
            }
        };
        Ok::<String, SaveError>(texts?.join("\n"))
    })?;
    // Names in data are as recorded, which a terminal would obey.
    let is_data = args.format != OutputFormat::Text;
    let to_terminal = is_data && args.output.is_none() && std::io::stdout().is_terminal();
    Ok(if to_terminal { shown(&text) } else { text })
}

/// The width is that of `COLUMNS`, else that of the terminal; a pipe has none. Only a
/// terminal has colours.
pub(crate) fn screen(to_file: bool) -> Screen {
    let stdout = std::io::stdout();
    if to_file {
        return Screen::PIPE;
    }
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = asked.filter(|columns| *columns > 0).or_else(|| {
        let size = terminal_size::terminal_size_of(&stdout).filter(|_| stdout.is_terminal());
        size.map(|(width, _)| width.0.into())
    });
    Screen { width, colour: coloured(&stdout) }
}

fn write(text: &str, path: Option<&Path>) -> anyhow::Result<()> {
    match path {
        Some(path) => {
            let written = export::file::replace(path, text.as_bytes());
            written.with_context(|| format!("cannot write {}", path.display()))
        }
        None => print(text),
    }
}
