//! Standard output and colours, for all commands.

use std::io::{ErrorKind, IsTerminal, Write};

use anyhow::Context;

/// Writes to standard output. It is not an error if the reader closes it (`| head`).
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write the result"),
    }
}

/// Whether to colour the output: only on a terminal, and not if the user turned it off.
/// <https://no-color.org>
pub(crate) fn coloured(stream: &impl IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !refused && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
