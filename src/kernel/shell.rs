//! The shell channel: cells and the questions of editors.
//!
//! Cells queue for the evaluation thread. Everything else is answered here and
//! now, also while a cell runs.

use std::sync::Arc;

use jupyter_protocol::messaging::{CommClose, CommId, CommInfoReply};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::kernel::channel::{Channel, Request};
use crate::kernel::control;
use crate::kernel::evaluation::Evaluation;
use crate::kernel::history::History;
use crate::kernel::language::{Assistant, Completeness, Failure};
use crate::kernel::reply;
use crate::kernel::request::{CommOpen, EditorRequest, HistoryRequest};
use crate::kernel::welcome::Gate;

/// What the shell answers from.
pub(super) struct Desk {
    pub(super) evaluation: Evaluation,
    pub(super) assistant: Arc<dyn Assistant>,
    pub(super) history: Arc<History>,
    pub(super) shutdown: Arc<Notify>,
}

/// Answers forever.
pub(super) async fn serve(mut channel: Channel, gate: Arc<Gate>, desk: Desk) {
    loop {
        let request = channel.receive().await;
        gate.pass(&request.message.header.session).await;
        match request.msg_type() {
            "execute_request" => desk.execute(request),
            // Belongs on control since protocol 5.4; older clients send it here.
            "shutdown_request" => control::shut_down(&request, &desk.shutdown),
            _ => desk.answer(&request).await,
        }
    }
}

/// Answers `request`, whatever happens, with busy before and idle after.
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

impl Desk {
    fn execute(&self, request: Request) {
        match request.message.content() {
            Ok(content) => self.evaluation.enqueue(request, content),
            Err(error) => {
                request.busy();
                request.reply(&reply::execute_error(0, &malformed(&error)));
                request.idle();
            }
        }
    }

    async fn answer(&self, request: &Request) {
        answer(request, self.content(request)).await;
    }

    /// The content of the reply to `request`, if it has one.
    async fn content(&self, request: &Request) -> Result<Option<Value>, Failure> {
        let content = match request.msg_type() {
            "kernel_info_request" => reply::kernel_info(),
            "complete_request" => self.complete(read(request)?).await?,
            "inspect_request" => self.inspect(read(request)?).await?,
            "is_complete_request" => self.is_complete(read(request)?).await?,
            "history_request" => {
                let request: HistoryRequest = read(request)?;
                json!({"status": "ok", "history": self.history.answer(&request)})
            }
            "comm_info_request" => json!(CommInfoReply::default()),
            "comm_open" => return close_comm(request),
            // Of a comm that was never open, so there is nobody to tell.
            "comm_msg" | "comm_close" => return Ok(None),
            other => return Err(unknown(other)),
        };
        Ok(Some(content))
    }

    async fn complete(&self, request: EditorRequest) -> Result<Value, Failure> {
        self.ask(move |assistant| {
            reply::completion(&assistant.complete(&request.code, request.cursor()))
        })
        .await
    }

    async fn inspect(&self, request: EditorRequest) -> Result<Value, Failure> {
        self.ask(move |assistant| {
            let found = assistant.inspect(&request.code, request.cursor(), request.detail_level);
            reply::inspection(found.as_ref())
        })
        .await
    }

    async fn is_complete(&self, request: EditorRequest) -> Result<Value, Failure> {
        self.ask(move |assistant| match assistant.is_complete(&request.code) {
            Completeness::Complete => json!({"status": "complete"}),
            Completeness::Incomplete { indent } => {
                json!({"status": "incomplete", "indent": indent})
            }
            Completeness::Invalid => json!({"status": "invalid"}),
        })
        .await
    }

    /// Asks the assistant on a thread where it may take its time or panic.
    async fn ask<F>(&self, question: F) -> Result<Value, Failure>
    where
        F: FnOnce(&dyn Assistant) -> Value + Send + 'static,
    {
        let assistant = self.assistant.clone();
        tokio::task::spawn_blocking(move || question(assistant.as_ref()))
            .await
            .map_err(|error| failure("panic", format!("the kernel made a mistake: {error}")))
    }
}

/// No target is registered, and the protocol asks to close such a comm at once.
fn close_comm(request: &Request) -> Result<Option<Value>, Failure> {
    let CommOpen { comm_id } = read(request)?;
    request
        .publish("comm_close", &CommClose { comm_id: CommId(comm_id), data: Default::default() });
    Ok(None)
}

/// Reads the content of `request`; a failure becomes its reply.
pub(super) fn read<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T, Failure> {
    request.message.content().map_err(|error| malformed(&error))
}

pub(super) fn unknown(msg_type: &str) -> Failure {
    failure("unknown-message", format!("this kernel does not know {msg_type}"))
}

fn malformed(error: &serde_json::Error) -> Failure {
    failure("malformed-message", format!("the content of the request cannot be read: {error}"))
}

fn failure(name: &str, value: String) -> Failure {
    Failure { name: name.to_owned(), traceback: vec![value.clone()], value }
}
