//! The kernel as a process: signals, and the end of its parent.
//!
//! Jupyter interrupts with a message. Ctrl-C in a terminal and older front ends send
//! SIGINT, and `kill` sends SIGTERM. A server that crashes sends nothing, so the kernel
//! ends when its parent process has changed.

use std::sync::Arc;
use std::time::Duration;

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use crate::kernel::interrupt::Interrupt;

/// Between two checks of the parent process.
const PARENT_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Returns when the process should end. Until then SIGINT interrupts the running cell.
pub(super) async fn end(interrupt: Arc<Interrupt>) {
    tokio::select! {
        () = terminated() => {}
        () = orphaned() => eprintln!("kernel: its parent process has ended"),
        () = interrupts(&interrupt) => {}
    }
}

/// Never returns. If no handler can be installed, only messages interrupt.
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

/// Jupyter sets `JPY_PARENT_PID`. Without it the kernel was started by hand, and may run
/// longer than its shell.
#[cfg(unix)]
async fn orphaned() {
    use std::os::unix::process::parent_id;

    if std::env::var_os("JPY_PARENT_PID").is_none() {
        return std::future::pending().await;
    }
    // The value of the variable is not used: with a wrapper script it is the grandparent.
    let parent = parent_id();
    while parent_id() == parent {
        tokio::time::sleep(PARENT_CHECK_INTERVAL).await;
    }
}

#[cfg(not(unix))]
async fn orphaned() {
    std::future::pending().await
}
