//! The control channel: interrupts and shutdown, while the shell channel is busy.
//!
//! Kernel info is answered here, too.

use std::sync::Arc;

use jupyter_protocol::messaging::{InterruptReply, ReplyStatus, ShutdownReply};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::kernel::answer::{answer, unknown_message};
use crate::kernel::channel::{Channel, Request};
use crate::kernel::interrupt::Interrupt;
use crate::kernel::language::Failure;
use crate::kernel::reply;
use crate::kernel::request::ShutdownRequest;

/// Answers requests until the kernel ends.
pub(super) async fn serve(mut channel: Channel, interrupt: Arc<Interrupt>, shutdown: Arc<Notify>) {
    loop {
        let request = channel.receive().await;
        match request.msg_type() {
            "shutdown_request" => shut_down(&request, &shutdown),
            _ => answer(&request, async { content(&request, &interrupt) }).await,
        }
    }
}

/// Replies, publishes the reply to all clients, and ends the kernel.
pub(super) fn shut_down(request: &Request, shutdown: &Notify) {
    // A shutdown request with malformed content is still a shutdown request.
    let restart = request.message.content().is_ok_and(|content: ShutdownRequest| content.restart);
    let reply = ShutdownReply { restart, status: ReplyStatus::Ok, error: None };
    request.busy();
    request.reply(&reply);
    request.publish("shutdown_reply", &reply);
    request.idle();
    shutdown.notify_one();
}

fn content(request: &Request, interrupt: &Interrupt) -> Result<Option<Value>, Failure> {
    match request.msg_type() {
        "kernel_info_request" => Ok(Some(reply::kernel_info())),
        "interrupt_request" => {
            interrupt.interrupt();
            Ok(Some(json!(InterruptReply { status: ReplyStatus::Ok, error: None })))
        }
        // There is no debugger and no subshell; `kernel_info` says so.
        other => Err(unknown_message(other)),
    }
}
