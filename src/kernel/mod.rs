//! The Jupyter protocol: sockets, messages, and the kernel process.
//!
//! This module does not know the query language. It passes cells to a [`Language`]
//! and requests of editors to an [`Assistant`]; both traits are in [`language`], and
//! the tests implement them with a few lines.
//!
//! The way of a message: [`channel`] receives frames, [`wire`] verifies and decodes
//! them, [`welcome`] delays the first request of a client until it receives IOPub
//! messages, and [`shell`] or [`control`] answers. An `execute_request` continues to
//! [`evaluation`], the one thread that runs cells. Outputs leave through [`iopub`] and
//! [`relay`]. The contents of requests and replies are in [`request`] and [`reply`].
//! [`install`] is separate: it registers the kernel with Jupyter.
//!
//! Two invariants. No message ends a loop: an unreadable one is logged and dropped, an
//! unknown one is answered with an error. And publishing and replying never wait:
//! both only add to a queue.

mod answer;
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
mod log;
mod output;
pub mod probe;
mod process;
mod pygments;
mod relay;
mod replace;
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
use zeromq::{PubSocket, Socket};

use crate::kernel::channel::Channel;
use crate::kernel::evaluation::Evaluation;
use crate::kernel::history::History;
use crate::kernel::interrupt::Interrupt;
use crate::kernel::iopub::IoPub;
use crate::kernel::language::{Assistant, Language};
use crate::kernel::relay::SubscriptionHandler;
use crate::kernel::shell::ShellHandler;
use crate::kernel::welcome::Gate;
use crate::kernel::wire::Wire;

/// Queries may recurse deeply, and unused address space costs nothing.
const STACK_BYTES: usize = 64 << 20;

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
    connection::remove_stale_sockets(connection);
    let wire = Arc::new(Wire::new(connection)?);
    let (iopub, gate) = bind_iopub(connection, wire.clone()).await?;
    let bind = async |name, url: String| Channel::bind(name, &url, &wire, &iopub).await;
    let shell = bind("shell", connection.shell_url()).await?;
    let control = bind("control", connection.control_url()).await?;
    let mut stdin = bind("stdin", connection.stdin_url()).await?;
    heartbeat::start(&connection.hb_url()).await?;

    let history = Arc::new(History::default());
    let evaluation = Evaluation::start(language, history.clone(), interrupt.clone())?;
    tokio::spawn(control::serve(control, gate.clone(), interrupt.clone(), shutdown.clone()));
    let handler = ShellHandler { evaluation, assistant, history, shutdown: shutdown.clone() };
    tokio::spawn(shell::serve(shell, gate, handler));
    // Front ends connect to stdin, so the socket must exist. No cell asks for input.
    tokio::spawn(async move {
        loop {
            stdin.receive().await;
        }
    });
    Ok(())
}

/// Starts to publish to the clients of `connection`. Errors contain the address.
async fn bind_iopub(connection: &ConnectionInfo, wire: Arc<Wire>) -> Result<(IoPub, Arc<Gate>)> {
    let (iopub, queue) = IoPub::new(wire);
    let gate = Arc::new(Gate::default());
    let mut socket = PubSocket::new();
    let handler = SubscriptionHandler { gate: gate.clone(), iopub: iopub.clone() };
    relay::bind(connection, &mut socket, handler).await?;
    tokio::spawn(iopub::send(socket, queue));
    Ok((iopub, gate))
}
