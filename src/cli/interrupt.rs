//! Ctrl-C on the command line: the first stops the query, the second the program.

use std::thread;

use anyhow::Context;
use flamebook::work::Cancel;

/// What a shell expects of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// A token that Ctrl-C sets, for as long as the process lives.
pub(crate) fn cancel_on_ctrl_c() -> anyhow::Result<Cancel> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot listen for Ctrl-C")?;
    let cancel = Cancel::new();
    let heard = cancel.clone();
    thread::spawn(move || {
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                heard.cancel();
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED);
            }
        });
    });
    Ok(cancel)
}
