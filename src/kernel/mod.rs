//! The Jupyter protocol: sockets, messages, and the life of a kernel process.
//!
//! Nothing here knows what a query is. Cells go to a [`Language`], questions of
//! editors to an [`Assistant`]; both are defined in [`language`], and a toy of
//! either is enough to run a kernel (the tests do).
//!
//! One message's way: [`channel`] receives frames, [`wire`] checks and decodes
//! them, [`welcome`] holds the first one back until its client hears IOPub,
//! [`shell`] or [`control`] answers it, and an `execute_request` goes on to
//! [`evaluation`], the one thread that runs cells. What everybody hears goes out
//! through [`iopub`] and [`relay`]. The shapes of requests and replies are in [`request`] and
//! [`reply`]. [`install`] is apart: it registers the kernel with Jupyter.
//!
//! Two invariants. A message never ends a loop: one that cannot be read is
//! logged and dropped, one that can be read but not understood is answered with
//! an error. And nothing that publishes or replies ever waits: both are queues.

mod channel;
mod connection;
mod control;
mod evaluation;
mod heartbeat;
mod history;
pub mod install;
mod interrupt;
mod iopub;
mod labextension;
pub mod language;
mod lexer;
mod output;
pub mod probe;
mod process;
mod relay;
mod reply;
mod request;
mod shell;
mod welcome;
mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jupyter_protocol::ConnectionInfo;
use tokio::sync::Notify;

use crate::kernel::channel::Channel;
use crate::kernel::evaluation::Evaluation;
use crate::kernel::history::History;
use crate::kernel::interrupt::Interrupt;
use crate::kernel::iopub::IoPub;
use crate::kernel::language::{Assistant, Language};
use crate::kernel::wire::Wire;

/// Queries and editors may recurse over deep stacks; address space is free.
const STACK_BYTES: usize = 64 << 20;

/// How long the last messages have to leave before the sockets close.
const LINGER: Duration = Duration::from_millis(100);

/// Serves the front ends of `connection_file` until one of them asks for the
/// end, SIGTERM arrives, or the process that started this one is gone.
///
/// Takes the process over: SIGINT interrupts the running cell from now on.
pub fn serve(
    connection_file: &Path,
    language: Box<dyn Language>,
    assistant: Arc<dyn Assistant>,
) -> Result<()> {
    let interrupt = Arc::new(Interrupt::default());
    let end = process::end(interrupt.clone());
    run(connection_file, language, assistant, interrupt, end)
}

/// Like [`serve`], for a kernel that is one thread among others: signals and
/// the parent are left to the rest of the process, only a `shutdown_request`
/// ends it.
pub fn serve_in_thread(
    connection_file: &Path,
    language: Box<dyn Language>,
    assistant: Arc<dyn Assistant>,
) -> Result<()> {
    run(connection_file, language, assistant, Arc::default(), std::future::pending())
}

fn run(
    connection_file: &Path,
    language: Box<dyn Language>,
    assistant: Arc<dyn Assistant>,
    interrupt: Arc<Interrupt>,
    end: impl Future<Output = ()>,
) -> Result<()> {
    let connection = connection::read(connection_file)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    let outcome = runtime.block_on(async {
        let shutdown = Arc::new(Notify::new());
        start(&connection, language, assistant, &interrupt, &shutdown).await?;
        tokio::select! {
            () = shutdown.notified() => {}
            () = end => {}
        }
        interrupt.interrupt();
        tokio::time::sleep(LINGER).await;
        Ok(())
    });
    // A query that ignores its cancellation must not hold the process back.
    runtime.shutdown_background();
    outcome
}

/// Binds the five sockets and starts a task for each.
async fn start(
    connection: &ConnectionInfo,
    language: Box<dyn Language>,
    assistant: Arc<dyn Assistant>,
    interrupt: &Arc<Interrupt>,
    shutdown: &Arc<Notify>,
) -> Result<()> {
    connection::remove_stale_sockets(connection);
    let wire = Arc::new(Wire::new(connection)?);
    let (iopub, gate) = IoPub::bind(connection, wire.clone()).await?;
    let bind = async |name, url: String| Channel::bind(name, &url, &wire, &iopub).await;
    let shell = bind("shell", connection.shell_url()).await?;
    let control = bind("control", connection.control_url()).await?;
    let mut stdin = bind("stdin", connection.stdin_url()).await?;
    heartbeat::start(&connection.hb_url()).await?;

    let history = Arc::new(History::default());
    let evaluation = Evaluation::start(language, history.clone(), interrupt.clone())?;
    tokio::spawn(control::serve(control, gate.clone(), interrupt.clone(), shutdown.clone()));
    let shell_desk = shell::Desk { evaluation, assistant, history, shutdown: shutdown.clone() };
    tokio::spawn(shell::serve(shell, gate, shell_desk));
    // Front ends connect to stdin and must find somebody there; no cell ever asks for input.
    tokio::spawn(async move {
        loop {
            stdin.receive().await;
        }
    });
    Ok(())
}
