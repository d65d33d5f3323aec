//! Ctrl-C on the command line: the first one stops the query, the second one the program. A
//! command that runs for days is ended by SIGTERM in the same way.

use std::thread;

use anyhow::Context;
use flamebook::work::Cancel;
use tokio::signal::unix::{SignalKind, signal};

/// The exit code of a program that SIGINT ended: 128 + 2.
const INTERRUPTED: i32 = 130;

/// A token that Ctrl-C cancels.
pub(crate) fn cancel_on_ctrl_c() -> anyhow::Result<Cancel> {
    cancel_on([SignalKind::interrupt()])
}

/// A token that Ctrl-C and SIGTERM cancel.
pub(crate) fn cancel_on_stop() -> anyhow::Result<Cancel> {
    cancel_on([SignalKind::interrupt(), SignalKind::terminate()])
}

fn cancel_on<const N: usize>(kinds: [SignalKind; N]) -> anyhow::Result<Cancel> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot listen for Ctrl-C")?;
    let cancel = Cancel::new();
    for kind in kinds {
        let mut signals = {
            let _entered = runtime.enter();
            signal(kind).context("cannot listen for Ctrl-C")?
        };
        let token = cancel.clone();
        runtime.spawn(async move {
            signals.recv().await;
            token.cancel();
            signals.recv().await;
            std::process::exit(INTERRUPTED);
        });
    }
    // The tasks run as long as somebody waits.
    thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    Ok(cancel)
}
