//! What GitHub Actions shows of a run: errors beside the lines of the notebook, and the summary
//! of the job.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::ran::Ran;
use crate::cli::stdout::print;

/// The path of a notebook in its repository, or as it is.
pub(super) fn file(notebook: &Path) -> String {
    let repository = std::env::var_os("GITHUB_WORKSPACE").filter(|path| !path.is_empty());
    let current = std::env::current_dir().unwrap_or_default();
    let below = repository.and_then(|repository| notebook.strip_prefix(repository).ok());
    let below = below.or_else(|| notebook.strip_prefix(&current).ok()).unwrap_or(notebook);
    below.to_string_lossy().into_owned()
}

/// Prints an error for each assert that does not hold, and for the cell that failed.
pub(super) fn annotate(ran: &Ran) -> anyhow::Result<()> {
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        print(&commands(ran))?;
    }
    Ok(())
}

fn commands(ran: &Ran) -> String {
    let mut commands = String::new();
    let mut push = |line: Option<usize>, title: &str, message: &str| {
        let line = line.map_or(String::new(), |line| format!(",line={line}"));
        let (file, title) = (property(&ran.file), property(title));
        commands += &format!("::error file={file}{line},title={title}::{}\n", data(message));
    };
    for (assert, checked) in ran.failed() {
        let message = checked.message.as_deref().unwrap_or("the assertion does not hold");
        push(assert.line, message, &format!("{}\n{}", checked.condition, checked.report));
    }
    if let Some((_, error)) = ran.error() {
        push(error.line, &error.slug, &error.message);
    }
    commands
}

/// Adds to the summary of the job, if there is one.
pub(super) fn add_to_job(summary: &str) -> anyhow::Result<()> {
    let path = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    let Some(path) = path else { return Ok(()) };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(summary.as_bytes()));
    written.with_context(|| format!("cannot write {}", Path::new(&path).display()))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
