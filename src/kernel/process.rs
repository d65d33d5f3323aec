//! The kernel as a process: signals, and a parent that may die.
//!
//! Jupyter interrupts by message, but a terminal's Ctrl-C and older front ends
//! send SIGINT; `kill` sends SIGTERM. A server that crashes sends nothing, so
//! the kernel notices that it has been adopted by another process.

use std::sync::Arc;
use std::time::Duration;

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use crate::kernel::interrupt::Interrupt;

/// How often the parent is looked at.
const WATCH: Duration = Duration::from_secs(1);

/// Returns when the process should end. Each SIGINT until then is an interrupt.
pub(super) async fn end(interrupt: Arc<Interrupt>) {
    tokio::select! {
        () = terminated() => {}
        () = orphaned() => eprintln!("kernel: the process that started it is gone"),
        () = interrupts(&interrupt) => {}
    }
}

/// Never returns. Where no handler can be installed, interrupts come by message only.
#[cfg(unix)]
async fn interrupts(interrupt: &Interrupt) {
    if let Ok(mut signals) = signal(SignalKind::interrupt()) {
        while signals.recv().await.is_some() {
            interrupt.interrupt();
        }
    }
    std::future::pending().await
}

#[cfg(not(unix))]
async fn interrupts(interrupt: &Interrupt) {
    while tokio::signal::ctrl_c().await.is_ok() {
        interrupt.interrupt();
    }
    std::future::pending().await
}

#[cfg(unix)]
async fn terminated() {
    match signal(SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

/// Jupyter sets `JPY_PARENT_PID`; a kernel started by hand may outlive its shell.
#[cfg(unix)]
async fn orphaned() {
    use std::os::unix::process::parent_id;

    if std::env::var_os("JPY_PARENT_PID").is_none() {
        return std::future::pending().await;
    }
    // The variable's own value may name a grandparent, when a wrapper script stands between.
    let parent = parent_id();
    while parent_id() == parent {
        tokio::time::sleep(WATCH).await;
    }
}

#[cfg(not(unix))]
async fn orphaned() {
    std::future::pending().await
}
