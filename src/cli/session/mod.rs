//! `flamebook session`: a session for another program, over standard input and output.
//!
//! The Python package starts it once for a notebook. The program writes a JSON object on a
//! line for each request (`request`) and reads the replies, which `reply` writes: a JSON
//! object on a line, and behind a result its Arrow file, of `arrow` bytes. The first line
//! greets with the version. Each reply has the `id` of its request.
//!
//! One thread runs cells in the order of their requests; interrupts and requests of editors
//! are answered meanwhile. The end of standard input ends the process.

mod reply;
mod request;

use std::io::BufRead;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::Context;
use flamebook::kernel::STACK_BYTES;
use flamebook::kernel::interrupt::Interrupt;
use flamebook::kernel::language::{Assistant, CellRequest};
use flamebook::notebook::Notebook;
use flamebook::work::Work;

use reply::{CellReplies, Replies};
use request::{Ask, Request, Run};

/// Serve a session to a program over standard input and output; the Python package starts this
#[derive(Debug, clap::Args)]
pub(crate) struct SessionArgs {}

pub(crate) fn session(_: &SessionArgs) -> anyhow::Result<ExitCode> {
    let replies = Arc::new(Replies::default());
    let interrupt = Arc::new(Interrupt::default());
    let notebook = Notebook::new(PathBuf::new());
    let assistant = notebook.assistant();
    let (queue, cells) = channel();
    let evaluation = Evaluation { notebook, cells, replies: replies.clone(), interrupt };
    let desk = Desk { queue, assistant, replies, interrupt: evaluation.interrupt.clone() };
    thread::Builder::new()
        .name("evaluation".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || evaluation.run())
        .context("cannot start the evaluation thread")?;
    desk.replies.hello();
    for line in std::io::stdin().lock().lines() {
        desk.answer(&line.context("cannot read a request")?);
    }
    // The other program is gone, so a cell that still runs has no reader.
    desk.interrupt.interrupt();
    Ok(ExitCode::SUCCESS)
}

/// Reads requests and answers those that do not run a cell.
struct Desk {
    queue: Sender<(u64, Run)>,
    assistant: Arc<dyn Assistant>,
    replies: Arc<Replies>,
    interrupt: Arc<Interrupt>,
}

impl Desk {
    fn answer(&self, line: &str) {
        let Request { id, ask } = match serde_json::from_str(line) {
            Ok(request) => request,
            Err(error) => return self.replies.unreadable(&error),
        };
        match ask {
            Ask::Run(run) => {
                self.interrupt.cell_queued();
                // Fails only if the thread has ended, and it ends with the process.
                let _ = self.queue.send((id, run));
            }
            Ask::Interrupt => self.interrupt.interrupt(),
            Ask::Complete { code, cursor } => {
                self.replies.completion(id, &self.assistant.complete(&code, cursor));
            }
            Ask::Inspect { code, cursor } => {
                self.replies.inspection(id, self.assistant.inspect(&code, cursor, 0).as_ref());
            }
        }
    }
}

/// The state of the thread that runs cells.
struct Evaluation {
    notebook: Notebook,
    cells: Receiver<(u64, Run)>,
    replies: Arc<Replies>,
    interrupt: Arc<Interrupt>,
}

impl Evaluation {
    fn run(mut self) {
        while let Ok((id, run)) = self.cells.recv() {
            // A panic becomes an error of this cell and the session continues.
            let ran = catch_unwind(AssertUnwindSafe(|| self.cell(id, &run)));
            self.interrupt.cell_ended();
            match ran {
                Ok(send) => send(&self.replies),
                Err(_) => self.replies.panicked(id),
            }
        }
    }

    /// Runs a cell and prepares its last reply, which is sent after the cell has ended: an
    /// interrupt that follows the reply does not stop the next cell.
    fn cell(&mut self, id: u64, run: &Run) -> Box<dyn FnOnce(&Replies)> {
        let Run { code, name, number, arrow, parameters } = run;
        self.notebook.set_parameters(parameters.clone().map(request::parameters));
        let cell = CellRequest { code, number: *number, store: *number > 0 };
        let out = CellReplies::new(&self.replies, id);
        let work = Work { cancel: self.interrupt.cancel(), watch: &out };
        match self.notebook.run(&cell, &|outcome| out.display(outcome, work), work) {
            Ok(outcome) => {
                let result = reply::result(id, outcome, *arrow, work);
                Box::new(move |replies| replies.send(&result.0, &result.1))
            }
            Err(diagnostics) => {
                let error = reply::error(id, &diagnostics, code, name);
                Box::new(move |replies| replies.send(&error, &[]))
            }
        }
    }
}
