//! Runs the cells of an agent, one after the other, on a thread of its own.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::Context;
use flamebook::diag::render;
use flamebook::eval::result::value::Outcome;
use flamebook::kernel::STACK_BYTES;
use flamebook::kernel::interrupt::Interrupt;
use flamebook::kernel::language::CellRequest;
use flamebook::lang;
use flamebook::lang::ast::StatementKind;
use flamebook::notebook::{Notebook, drawn_apart};
use flamebook::view::{self, Screen};
use flamebook::work::{Cancelled, Unwatched, Work};
use tokio::sync::oneshot;

use super::brief::{brief, brief_error};
use crate::cli::eval::interrupted;

/// The answer to a cell: its results, or its errors.
type Answer = Result<String, String>;

/// The thread as others see it.
pub(super) struct Evaluation {
    cells: Sender<(String, oneshot::Sender<Answer>)>,
    interrupt: Arc<Interrupt>,
}

impl Evaluation {
    pub(super) fn start() -> anyhow::Result<Evaluation> {
        let (cells, queue) = channel();
        let interrupt = Arc::new(Interrupt::default());
        let session = Session {
            notebook: Notebook::new(PathBuf::new()),
            before: Vec::new(),
            interrupt: interrupt.clone(),
        };
        thread::Builder::new()
            .name("evaluation".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || session.run(&queue))
            .context("cannot start the evaluation thread")?;
        Ok(Evaluation { cells, interrupt })
    }

    /// Runs a cell until it ends or the agent cancels it.
    pub(super) async fn run(&self, cell: String, cancelled: impl Future<Output = ()>) -> Answer {
        let (reply, mut answer) = oneshot::channel();
        self.interrupt.cell_queued();
        // Fails only if the thread has ended, and then there is no answer either.
        let _ = self.cells.send((cell, reply));
        let answer = tokio::select! {
            answer = &mut answer => answer,
            () = cancelled => {
                self.interrupt.interrupt();
                answer.await
            }
        };
        answer.unwrap_or_else(|_| Err("the session has ended: start the server again".to_owned()))
    }
}

/// The session of the thread.
struct Session {
    notebook: Notebook,
    /// What the cells so far have opened, named and set, so that a person gets the same.
    before: Vec<String>,
    interrupt: Arc<Interrupt>,
}

impl Session {
    fn run(mut self, queue: &Receiver<(String, oneshot::Sender<Answer>)>) {
        for (cell, reply) in queue {
            let interrupt = self.interrupt.clone();
            let answer = catch_unwind(AssertUnwindSafe(|| self.answer(&cell)));
            interrupt.cell_ended();
            let broken = |_| Err("a fault of flamebook stopped this call; others work".to_owned());
            // Nobody waits any more if the agent is gone.
            let _ = reply.send(answer.unwrap_or_else(broken));
        }
    }

    fn answer(&mut self, code: &str) -> Answer {
        let outcomes = RefCell::new(Vec::new());
        let cell = CellRequest { code, number: 0, store: false };
        let work = Work { cancel: self.interrupt.cancel(), watch: &Unwatched };
        let ran = self.notebook.run(&cell, &|outcome| outcomes.borrow_mut().push(outcome), work);
        let mut outcomes = outcomes.into_inner();
        let failed = match ran {
            Ok(last) => {
                outcomes.extend(last);
                None
            }
            Err(errors) => Some(errors),
        };
        let again = self.again(code);
        if let Some(errors) = failed {
            let code = lang::secret::masked(code);
            let errors = errors.iter().map(|error| render::plain(error, &code, "query"));
            return Err(brief_error(&errors.collect::<Vec<_>>().join("\n\n"), &again));
        }
        self.before.extend(lasting(code));
        self.before.dedup();
        match texts(outcomes, work) {
            Ok(text) => Ok(brief(&text, &again)),
            Err(cancelled) => {
                Err(brief_error(&render::plain(&interrupted(cancelled), code, "query"), &again))
            }
        }
    }

    /// The command that gives a person the same.
    fn again(&self, code: &str) -> String {
        let lines = self.before.iter().map(String::as_str).chain([code]);
        let lines = lines.map(|line| shell_quoted(&lang::secret::masked(line)));
        format!("again: flamebook eval {}", lines.collect::<Vec<_>>().join(" "))
    }
}

/// The statements of a cell that later cells depend on.
fn lasting(code: &str) -> Vec<String> {
    let (cell, _) = lang::parse(code);
    let lasts = |kind: &StatementKind| {
        matches!(
            kind,
            StatementKind::Let { .. } | StatementKind::Use { .. } | StatementKind::Set { .. }
        )
    };
    let lasting = cell.statements.iter().filter(|statement| lasts(&statement.kind));
    lasting.map(|it| code[it.place.start..it.place.end].trim().to_owned()).collect()
}

fn texts(outcomes: Vec<Outcome>, work: Work<'_>) -> Result<String, Cancelled> {
    let texts = drawn_apart(work, move |work| {
        let plain = |outcome| view::plain(outcome, Screen::PIPE, work);
        outcomes.iter().map(plain).collect::<Result<Vec<_>, Cancelled>>()
    })?;
    Ok(texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n"))
}

/// One word of a shell.
fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
