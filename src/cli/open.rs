//! `flamebook FILE…`: opens profiles in the browser.
//!
//! The page has a graph for each type in the files, with its table and its sandwich, and
//! needs no server: it is one file in a temporary folder that only this user can read. With
//! `--diff` the graphs show what changed between two files; `-f text` prints the hottest
//! functions instead.

use std::cell::RefCell;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail};
use flamebook::diag::Diagnostic;
use flamebook::diag::suggest::{did_you_mean, suggest};
use flamebook::eval::result::value::{Outcome, Value};
use flamebook::kernel::language::CellRequest;
use flamebook::lang::columns::TYPE;
use flamebook::lang::text::quote;
use flamebook::notebook::{Notebook, drawn_apart};
use flamebook::view;
use flamebook::view::export::{self, file};
use flamebook::work::{Cancel, Cancelled, Unwatched, Work};
use uuid::Uuid;

use crate::cli::eval::{interrupted, report, screen};
use crate::cli::interrupt::cancel_on_ctrl_c;
use crate::cli::status::StatusLine;
use crate::cli::stdout::{print, say, tell};

/// Open profiles in the browser
#[derive(Debug, clap::Args)]
pub(crate) struct OpenArgs {
    /// Profiles, folders of profiles or stores, to open in the browser
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// Show what changed from the first file to the second
    #[arg(long)]
    diff: bool,
    /// Write a page and open it, or print the hottest functions
    #[arg(short, long, value_enum, default_value = "html")]
    format: OpenFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OpenFormat {
    Html,
    Text,
}

/// `commands` are the names of the commands, one of which may be meant.
pub(crate) fn open(args: &OpenArgs, commands: &[&str]) -> anyhow::Result<ExitCode> {
    if args.files.is_empty() {
        bail!("name a profile to open: `flamebook cpu.pb.gz`");
    }
    for path in &args.files {
        if !Path::new(path).exists() {
            bail!(absent(path, commands));
        }
    }
    let mut profiles = Profiles::new()?;
    let queries = match (args.diff, &*args.files) {
        (false, files) => profiles.types(files),
        (true, [before, after]) => profiles.changes(before, after),
        (true, _) => {
            bail!("--diff compares two files: `flamebook before.pb.gz after.pb.gz --diff`")
        }
    };
    let verb = if args.format == OpenFormat::Text { "top" } else { "flame" };
    let drawn = queries.and_then(|queries| {
        let cell: Vec<String> = queries.iter().map(|query| format!("{query} | {verb}")).collect();
        profiles.run(&cell.join("\n"))
    });
    let outcomes = match drawn {
        Ok(outcomes) => outcomes,
        Err(Failed { diagnostics, code }) => {
            report(&diagnostics, &code);
            return Ok(ExitCode::FAILURE);
        }
    };
    if outcomes.is_empty() {
        bail!("no type of profile is in both files, so there is nothing to compare");
    }
    let (format, screen) = (args.format, screen(false));
    let drawn = drawn_apart(profiles.work(), move |work| match format {
        OpenFormat::Text => {
            let texts = outcomes.iter().map(|outcome| view::plain(outcome, screen, work));
            let texts = texts.map(|text| Ok(text? + "\n"));
            Ok(texts.collect::<Result<Vec<_>, Cancelled>>()?.join("\n"))
        }
        OpenFormat::Html => export::page(&outcomes, work),
    });
    match (drawn, format) {
        (Ok(text), OpenFormat::Text) => print(&text)?,
        (Ok(page), OpenFormat::Html) => show(&page)?,
        (Err(cancelled), _) => {
            report(&[interrupted(cancelled)], "");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn absent(path: &str, commands: &[&str]) -> String {
    let near = suggest(path, commands.iter().copied());
    let command = match near.is_empty() {
        true => "`flamebook --help` lists the commands".to_owned(),
        false => did_you_mean(&near),
    };
    format!("there is no file or command `{path}`; {command}")
}

/// A session on the files.
struct Profiles {
    notebook: Notebook,
    cancel: Cancel,
    status: StatusLine,
}

/// A cell with errors.
struct Failed {
    diagnostics: Vec<Diagnostic>,
    code: String,
}

impl Profiles {
    fn new() -> anyhow::Result<Profiles> {
        let notebook = Notebook::new(PathBuf::new());
        Ok(Profiles { notebook, cancel: cancel_on_ctrl_c()?, status: StatusLine::new() })
    }

    /// The drawing of a result, which shows no progress.
    fn work(&self) -> Work<'_> {
        Work { cancel: &self.cancel, watch: &Unwatched }
    }

    /// A query for each type in the files.
    fn types(&mut self, files: &[String]) -> Result<Vec<String>, Failed> {
        let files: Vec<String> = files.iter().map(|file| quote(file)).collect();
        self.names(&format!("use {}\ntypes", files.join(", ")))
    }

    /// A diff for each type in both files.
    fn changes(&mut self, before: &str, after: &str) -> Result<Vec<String>, Failed> {
        let opened = |file: &str, name| format!("use {} as {name}\ntypes", quote(file));
        let old = self.names(&opened(before, "before"))?;
        let mut new = self.names(&opened(after, "after"))?;
        new.retain(|name| old.contains(name));
        let diff = |name: &String| format!("{name} from after | diff {name} from before");
        Ok(new.iter().map(diff).collect())
    }

    /// The names of types that a cell lists.
    fn names(&mut self, code: &str) -> Result<Vec<String>, Failed> {
        let outcomes = self.run(code)?;
        let tables = outcomes.iter().filter_map(|outcome| match &outcome.value {
            Value::Table(table) => Some(table),
            _ => None,
        });
        let names = tables.flat_map(|table| {
            let column = table.find(TYPE.name).unwrap_or(0);
            (0..table.height()).map(move |row| table.cell(column, row).to_string())
        });
        Ok(names.collect())
    }

    /// The results of a cell, without its notes.
    fn run(&mut self, code: &str) -> Result<Vec<Outcome>, Failed> {
        let shown = RefCell::new(Vec::new());
        let cell = CellRequest { code, number: 1, store: false };
        let work = Work { cancel: &self.cancel, watch: &self.status };
        let ran = self.notebook.run(&cell, &|outcome| shown.borrow_mut().push(outcome), work);
        self.status.clear();
        let last = ran.map_err(|diagnostics| Failed { diagnostics, code: code.to_owned() })?;
        let mut outcomes = shown.into_inner();
        outcomes.extend(last);
        outcomes.retain(export::is_data);
        Ok(outcomes)
    }
}

/// Writes the page and opens it.
fn show(page: &str) -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("flamebook-{}", Uuid::new_v4()));
    let made = DirBuilder::new().mode(0o700).create(&folder);
    made.with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("flamebook.html");
    let written = file::replace(&path, page.as_bytes());
    written.with_context(|| format!("cannot write {}", path.display()))?;
    tell(&format!("{}\n", path.display()))?;
    if !browsers().any(|browser| starts(&browser, &path)) {
        say("no browser was found: open this page in one, or set BROWSER");
    }
    Ok(())
}

/// The programs that open a page, in the order in which they are tried.
fn browsers() -> impl Iterator<Item = String> {
    let named = std::env::var("BROWSER").ok().filter(|browser| !browser.is_empty());
    let of_system: &[&str] = match cfg!(target_os = "macos") {
        true => &["open"],
        // The second is for Linux inside Windows.
        false => &["xdg-open", "wslview"],
    };
    named.into_iter().chain(of_system.iter().map(|&browser| browser.to_owned()))
}

/// Does not wait for the program: a browser may run until its window is closed.
fn starts(browser: &str, page: &Path) -> bool {
    let mut command = Command::new(browser);
    command.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}
