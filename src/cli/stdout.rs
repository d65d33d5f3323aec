//! Standard output, standard error and colours, for all commands.
//!
//! A name from a file system or a profile may hold terminal escapes. They are shown, and
//! never sent.

use std::io::{ErrorKind, IsTerminal, Write};

use anyhow::Context;
use flamebook::diag::harmless;

/// Writes to standard output. It is not an error if the reader closes it (`| head`).
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write the result"),
    }
}

/// A message with names from outside on standard output.
pub(crate) fn tell(message: &str) -> anyhow::Result<()> {
    print(&shown(message))
}

/// A message with names from outside on standard error.
pub(crate) fn say(message: &str) {
    eprintln!("{}", shown(message));
}

/// Lines without terminal escapes.
pub(crate) fn shown(text: &str) -> String {
    text.split('\n').map(harmless).collect::<Vec<_>>().join("\n")
}

/// Whether to colour the output: only on a terminal, and not if the user turned it off.
/// <https://no-color.org>
pub(crate) fn coloured(stream: &impl IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !refused && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_shown_and_lines_stay() {
        assert_eq!(shown("a\x1b[2Jb\u{9b}1m\nc\u{202e}\n"), "a\\u{1b}[2Jb\\u{9b}1m\nc\\u{202e}\n");
    }
}
