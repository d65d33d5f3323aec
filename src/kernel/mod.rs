//! The Jupyter protocol: sockets, messages, and the kernel process.
//!
//! This module does not know the query language. It passes cells to a [`Language`]
//! and requests of editors to an [`Assistant`]; both traits are in [`language`], and
//! the tests implement them with a few lines.
//!
//! The way of a message: [`listener`] accepts connections, [`zmtp`] reads frames,
//! [`channel`] receives messages, [`wire`] verifies and decodes them, and [`shell`] or
//! [`control`] answers. An `execute_request` continues to [`evaluation`], the one thread
//! that runs cells. Outputs leave through [`iopub`], [`subscribers`] and an [`outbox`]
//! for each connection. The contents of requests and replies are in [`request`] and
//! [`reply`]. [`install`] is separate: it registers the kernel with Jupyter.
//!
//! Three invariants. No message ends a loop: an unreadable one is logged and dropped, an
//! unknown one is answered with an error. Publishing and replying never wait: both only
//! add to a queue. And clients without the key take a limited amount of memory: 64 MiB
//! for large messages in [`zmtp`], 64 KiB for each connection of [`listener`], and 128 MiB
//! of outputs that a subscriber does not read, in [`outbox`].

mod answer;
mod channel;
mod connection;
mod control;
mod evaluation;
mod heartbeat;
mod history;
pub mod install;
pub mod interrupt;
mod iopub;
mod labextension;
pub mod language;
mod listener;
mod log;
mod outbox;
pub mod output;
pub mod probe;
mod process;
mod pygments;
mod replace;
pub mod reply;
mod request;
mod shell;
mod subscribers;
mod wire;
mod zmtp;

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
use crate::kernel::listener::Listener;
use crate::kernel::shell::ShellHandler;
use crate::kernel::wire::Wire;

/// Queries may recurse deeply, and unused address space costs nothing.
pub const STACK_BYTES: usize = 64 << 20;

/// How long the last messages have to be sent before the sockets close.
const LINGER: Duration = Duration::from_millis(100);

/// Serves the front ends of `connection_file` until a `shutdown_request` or SIGTERM
/// arrives, or the parent process ends.
///
/// From now on SIGINT does not end the process; it interrupts the running cell.
pub fn serve(
    connection_file: &Path,
    language: Box<dyn Language>,
    assistant: Arc<dyn Assistant>,
) -> Result<()> {
    let interrupt = Arc::new(Interrupt::default());
    let end = process::end(interrupt.clone());
    run(connection_file, language, assistant, interrupt, end)
}

/// Like [`serve`], for a kernel on one thread of a larger process: it ignores signals
/// and the parent process, and only a `shutdown_request` ends it.
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
        connection::remove_sockets(&connection);
        Ok(())
    });
    // A query that ignores its cancellation must not keep the process alive.
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
    connection::remove_sockets(connection);
    let wire = Arc::new(Wire::new(connection)?);
    let bind = async |name, port| Listener::bind(name, connection, port).await;
    let iopub = IoPub::start(bind("iopub", connection.iopub_port).await?, wire.clone());
    let channel =
        async |name, port| anyhow::Ok(Channel::start(name, bind(name, port).await?, &wire, &iopub));
    let shell = channel("shell", connection.shell_port).await?;
    let control = channel("control", connection.control_port).await?;
    let mut stdin = channel("stdin", connection.stdin_port).await?;
    heartbeat::start(bind("heartbeat", connection.hb_port).await?);

    let history = Arc::new(History::default());
    let evaluation = Evaluation::start(language, history.clone(), interrupt.clone())?;
    tokio::spawn(control::serve(control, interrupt.clone(), shutdown.clone()));
    let handler = ShellHandler { evaluation, assistant, history, shutdown: shutdown.clone() };
    tokio::spawn(shell::serve(shell, handler));
    // Front ends connect to stdin, so the socket must exist. No cell asks for input.
    tokio::spawn(async move {
        loop {
            stdin.receive().await;
        }
    });
    Ok(())
}
