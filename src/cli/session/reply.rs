//! What a session answers another program: a JSON object on a line, and bytes behind some.
//!
//! ```json
//! {"kind": "hello", "version": "0.1.0"}
//! {"kind": "progress", "id": 1, "data": {"text/plain": "…", "text/html": "…"}}
//! {"kind": "display", "id": 1, "data": {"text/plain": "…", "text/html": "…"}}
//! {"kind": "result", "id": 1, "data": {"text/plain": "…", "text/html": "…"}, "arrow": 1234,
//!  "metadata": {"units": {"total": "ns"}, "times": [], "more": 0, "header": {}}}
//! {"kind": "error", "id": 1, "errors": [{"slug": "unknown-verb", "message": "…",
//!  "start": 6, "end": 9, "label": "…", "help": "…", "notes": [], "text": "…"}],
//!  "traceback": ["…"]}
//! ```
//!
//! `data` has the forms that the kernel sends; a cell without a result has none. `arrow` is
//! the length of the file that follows, whose `metadata` `view::export::to_arrow` describes.
//! `completion` and `inspection` are as in the Jupyter protocol. `start` and `end` count Unicode code points.

use std::io::Write;
use std::sync::Mutex;
use std::time::Instant;

use flamebook::diag::{Diagnostic, render};
use flamebook::eval::result::value::Outcome;
use flamebook::kernel::language::Completion;
use flamebook::kernel::{output, reply};
use flamebook::notebook::{drawn, not_drawn};
use flamebook::view::bundle::Bundle;
use flamebook::view::export::{self, SaveError};
use flamebook::work::{Progress, Watch, Work};
use serde_json::{Value, json};

/// Standard output. A reply is written as a whole.
#[derive(Default)]
pub(super) struct Replies(Mutex<()>);

impl Replies {
    /// Writes a reply and what follows it. A reader that is gone also closes standard input,
    /// which ends the process.
    pub(super) fn send(&self, reply: &Value, bytes: &[u8]) {
        let _whole = self.0.lock();
        let mut stdout = std::io::stdout().lock();
        let line = format!("{reply}\n");
        let written = stdout.write_all(line.as_bytes()).and_then(|()| stdout.write_all(bytes));
        let _ = written.and_then(|()| stdout.flush());
    }

    pub(super) fn hello(&self) {
        self.send(&json!({"kind": "hello", "version": env!("CARGO_PKG_VERSION")}), &[]);
    }

    pub(super) fn completion(&self, id: u64, completion: &Completion) {
        self.send(&answer("completion", id, reply::completion(completion)), &[]);
    }

    pub(super) fn inspection(&self, id: u64, found: Option<&Bundle>) {
        self.send(&answer("inspection", id, reply::inspection(found)), &[]);
    }

    pub(super) fn panicked(&self, id: u64) {
        let message = "a bug in flamebook stopped this cell; the session goes on";
        self.send(&failed(id, "panic", message), &[]);
    }

    pub(super) fn unreadable(&self, error: &serde_json::Error) {
        self.send(&failed(0, "protocol", &format!("cannot read a request: {error}")), &[]);
    }
}

fn answer(kind: &str, id: u64, mut content: Value) -> Value {
    content["kind"] = kind.into();
    content["id"] = id.into();
    content
}

fn failed(id: u64, slug: &str, message: &str) -> Value {
    let error = json!({"slug": slug, "message": message, "notes": [], "text": message});
    json!({"kind": "error", "id": id, "errors": [error], "traceback": [message]})
}

/// The last reply of a cell, and its Arrow file. A note has none, as it has no data.
pub(super) fn result(
    id: u64,
    outcome: Option<Outcome>,
    arrow: bool,
    work: Work<'_>,
) -> (Value, Vec<u8>) {
    let rows = outcome.as_ref().filter(|outcome| arrow && export::is_data(outcome));
    let file = rows.map(|rows| export::to_arrow(rows, work)).transpose();
    let Ok(bundle) = outcome.map(|outcome| drawn(outcome, work)).transpose() else {
        return (error(id, &[not_drawn()], "", ""), Vec::new());
    };
    let data = bundle.as_ref().map(reply::data);
    match file {
        Ok(file) => {
            let mut reply = json!({"kind": "result", "id": id, "data": data});
            let bytes = file.map(|file| {
                reply["arrow"] = file.bytes.len().into();
                reply["metadata"] = file.metadata;
                file.bytes
            });
            (reply, bytes.unwrap_or_default())
        }
        Err(SaveError::Cancelled(_)) => (error(id, &[not_drawn()], "", ""), Vec::new()),
        Err(error) => (failed(id, "cannot-save", &error.to_string()), Vec::new()),
    }
}

/// All errors of a cell, which is called `name` in them.
pub(super) fn error(id: u64, diagnostics: &[Diagnostic], code: &str, name: &str) -> Value {
    let errors: Vec<Value> = diagnostics
        .iter()
        .map(|found| {
            let point = |at: usize| code.get(..at).map(|before| before.chars().count());
            json!({
                "slug": found.slug,
                "message": found.message,
                "start": found.place.and_then(|place| point(place.start)),
                "end": found.place.and_then(|place| point(place.end)),
                "label": found.label,
                "help": found.help,
                "notes": found.notes,
                "text": render::plain(found, code, name),
            })
        })
        .collect();
    let reports: Vec<String> =
        diagnostics.iter().map(|found| render::ansi(found, code, name)).collect();
    let traceback: Vec<String> = reports.join("\n\n").lines().map(str::to_owned).collect();
    json!({"kind": "error", "id": id, "errors": errors, "traceback": traceback})
}

/// The outputs of a running cell.
pub(super) struct CellReplies<'a> {
    replies: &'a Replies,
    id: u64,
    /// The earliest time of the next progress.
    next: Mutex<Instant>,
}

impl<'a> CellReplies<'a> {
    pub(super) fn new(replies: &'a Replies, id: u64) -> Self {
        CellReplies { replies, id, next: Mutex::new(Instant::now() + output::PROGRESS_DELAY) }
    }

    pub(super) fn display(&self, outcome: Outcome, work: Work<'_>) {
        // After an interrupt the rest of the cell stops as well.
        if let Ok(bundle) = drawn(outcome, work) {
            self.send("display", &bundle);
        }
    }

    fn send(&self, kind: &str, bundle: &Bundle) {
        let reply = json!({"kind": kind, "id": self.id, "data": reply::data(bundle)});
        self.replies.send(&reply, &[]);
    }
}

impl Watch for CellReplies<'_> {
    fn progress(&self, progress: &Progress) {
        // Many threads report progress. If another one is sending, this report is dropped.
        let Ok(mut next) = self.next.try_lock() else { return };
        let now = Instant::now();
        if now >= *next {
            *next = now + output::UPDATE_INTERVAL;
            self.send("progress", &output::bar(progress));
        }
    }
}
