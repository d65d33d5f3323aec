//! The control channel: what must be heard while the shell is busy.
//!
//! Interrupts and the end. Kernel info is answered here too.

use std::sync::Arc;

use jupyter_protocol::messaging::{InterruptReply, ReplyStatus, ShutdownReply};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::kernel::channel::{Channel, Request};
use crate::kernel::interrupt::Interrupt;
use crate::kernel::language::Failure;
use crate::kernel::reply;
use crate::kernel::request::ShutdownRequest;
use crate::kernel::shell;
use crate::kernel::welcome::Gate;

/// Answers forever.
pub(super) async fn serve(
    mut channel: Channel,
    gate: Arc<Gate>,
    interrupt: Arc<Interrupt>,
    shutdown: Arc<Notify>,
) {
    loop {
        let request = channel.receive().await;
        gate.pass(&request.message.header.session).await;
        match request.msg_type() {
            "shutdown_request" => shut_down(&request, &shutdown),
            _ => shell::answer(&request, async { content(&request, &interrupt) }).await,
        }
    }
}

/// Replies, tells everybody, and asks for the end.
pub(super) fn shut_down(request: &Request, shutdown: &Notify) {
    // Who sends a shutdown that cannot be read still wants one.
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
        // There is no debugger, as kernel_info says, and no subshell.
        other => Err(shell::unknown(other)),
    }
}
