//! Ctrl-C on the command line: the first one stops the query, the second one the program.

use std::thread;

use anyhow::Context;
use flamebook::work::Cancel;

/// The exit code of a program that SIGINT ended: 128 + 2.
const INTERRUPTED: i32 = 130;

/// A token that Ctrl-C cancels.
pub(crate) fn cancel_on_ctrl_c() -> anyhow::Result<Cancel> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot listen for Ctrl-C")?;
    let cancel = Cancel::new();
    let token = cancel.clone();
    thread::spawn(move || {
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                token.cancel();
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED);
            }
        });
    });
    Ok(cancel)
}
