//! Answering a request: the statuses around the reply, and errors as replies.
//!
//! The same for `shell` and `control`. What the reply says is decided there.

use serde_json::Value;

use crate::kernel::channel::Request;
use crate::kernel::language::Failure;
use crate::kernel::reply;

/// Answers `request`, with `busy` before and `idle` after, also if it fails.
pub(super) async fn answer(
    request: &Request,
    answer: impl Future<Output = Result<Option<Value>, Failure>>,
) {
    request.busy();
    match answer.await {
        Ok(Some(content)) => request.reply(&content),
        Ok(None) => {}
        Err(failure) => request.reply(&reply::error(&failure)),
    }
    request.idle();
}

/// Reads the content of `request`; an error becomes the reply.
pub(super) fn read<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T, Failure> {
    request.message.content().map_err(|error| malformed(&error))
}

/// The failure of a request that the kernel does not support.
pub(super) fn unknown_message(msg_type: &str) -> Failure {
    failure("unknown-message", format!("this kernel does not support `{msg_type}`"))
}

/// The failure of a request whose content cannot be read.
pub(super) fn malformed(error: &serde_json::Error) -> Failure {
    failure("malformed-message", format!("the content of the request cannot be read: {error}"))
}

/// A failure whose report is one line.
pub(super) fn failure(name: &str, value: String) -> Failure {
    Failure { name: name.to_owned(), traceback: vec![value.clone()], value, line: None }
}
