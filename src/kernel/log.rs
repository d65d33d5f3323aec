//! What goes wrong below the protocol, on standard error.
//!
//! A client cannot be told about a message that could not be read or sent. Jupyter
//! shows a kernel's standard error in the log of its server.

/// Writes one line: where it happened, what, and why.
pub(super) fn log(channel: &str, what: &str, error: &dyn std::error::Error) {
    eprintln!("kernel: {channel}: {what}: {error}");
}
