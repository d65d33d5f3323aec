//! What goes wrong below the protocol, on standard error.
//!
//! A client cannot be told about a message that could not be read or sent. Jupyter
//! shows a kernel's standard error in the log of its server. Anybody can send messages
//! that are wrong, so the number of lines is limited.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many lines are written in each interval.
const LINES: usize = 10;
const INTERVAL: Duration = Duration::from_secs(1);

/// The start of the interval, and the lines since then.
static WRITTEN: Mutex<Option<(Instant, usize)>> = Mutex::new(None);

/// Writes one line: where it happened, what, and why.
pub(super) fn log(channel: &str, what: &str, error: &dyn std::error::Error) {
    match lines_of_interval() {
        ..LINES => eprintln!("kernel: {channel}: {what}: {error}"),
        LINES => eprintln!("kernel: more of the like follow"),
        _ => {}
    }
}

/// How many lines came before this one.
fn lines_of_interval() -> usize {
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let (start, lines) = match *written {
        Some((start, lines)) if start.elapsed() < INTERVAL => (start, lines),
        _ => (Instant::now(), 0),
    };
    *written = Some((start, lines + 1));
    lines
}
