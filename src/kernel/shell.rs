//! The shell channel: cells, and requests of editors.
//!
//! Cells are queued for the evaluation thread. Other requests are answered here at
//! once, also while a cell runs.

use std::sync::Arc;

use jupyter_protocol::messaging::{CommClose, CommId, CommInfoReply};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::kernel::answer::{answer, failure, malformed, read, unknown_message};
use crate::kernel::channel::{Channel, Request};
use crate::kernel::control;
use crate::kernel::evaluation::Evaluation;
use crate::kernel::history::History;
use crate::kernel::language::{Assistant, Completeness, Failure};
use crate::kernel::reply;
use crate::kernel::request::{CommOpen, EditorRequest, HistoryRequest};

/// Answers the requests of the shell channel.
pub(super) struct ShellHandler {
    pub(super) evaluation: Evaluation,
    pub(super) assistant: Arc<dyn Assistant>,
    pub(super) history: Arc<History>,
    pub(super) shutdown: Arc<Notify>,
}

/// Answers requests until the kernel ends.
pub(super) async fn serve(mut channel: Channel, handler: ShellHandler) {
    loop {
        let request = channel.receive().await;
        match request.msg_type() {
            "execute_request" => handler.execute(request),
            // Clients of protocols before 5.4 send it here and not on control.
            "shutdown_request" => control::shut_down(&request, &handler.shutdown),
            _ => answer(&request, handler.content(&request)).await,
        }
    }
}

impl ShellHandler {
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

    /// The content of the reply to `request`; none if it gets no reply.
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
            // No comm is ever open, so there is nothing to do.
            "comm_msg" | "comm_close" => return Ok(None),
            other => return Err(unknown_message(other)),
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

    /// Asks the assistant on a blocking thread, where it may be slow or panic.
    async fn ask<F>(&self, question: F) -> Result<Value, Failure>
    where
        F: FnOnce(&dyn Assistant) -> Value + Send + 'static,
    {
        let assistant = self.assistant.clone();
        tokio::task::spawn_blocking(move || question(assistant.as_ref())).await.map_err(|error| {
            failure("panic", format!("a bug in the kernel stopped this request: {error}"))
        })
    }
}

/// No comm target is registered; the protocol says to close such a comm at once.
fn close_comm(request: &Request) -> Result<Option<Value>, Failure> {
    let CommOpen { comm_id } = read(request)?;
    request
        .publish("comm_close", &CommClose { comm_id: CommId(comm_id), data: Default::default() });
    Ok(None)
}
