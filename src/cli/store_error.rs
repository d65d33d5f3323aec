//! Errors of stores and servers on the command line, with what can be done.

use flamebook::source::SourceError;
use flamebook::source::store::error::StoreError;

/// The error, and the help for it in a line of its own.
pub(crate) fn with_help(error: impl Into<SourceError>) -> anyhow::Error {
    let error = error.into();
    match &error {
        SourceError::Store(store) => match StoreError::help(store) {
            Some(help) => anyhow::anyhow!("{error}\nhelp: {help}"),
            None => error.into(),
        },
        SourceError::Server(server) => anyhow::anyhow!("{error}\nhelp: {}", server.help()),
        SourceError::Target(target) => anyhow::anyhow!("{error}\nhelp: {}", target.help()),
        _ => error.into(),
    }
}
