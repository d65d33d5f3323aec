//! A ROUTER socket and the messages of one channel: shell, control or stdin.
//!
//! Receiving skips frames that are not a message. Replies are queued, so that the
//! evaluation thread can reply, too, and a client that has left blocks nobody.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc;
use zeromq::{RouterRecvHalf, RouterSendHalf, RouterSocket, Socket, SocketRecv, SocketSend};

use crate::kernel::iopub::IoPub;
use crate::kernel::log::log;
use crate::kernel::wire::{Message, Wire};

/// One bound socket.
pub(super) struct Channel {
    name: &'static str,
    socket: RouterRecvHalf,
    replies: mpsc::UnboundedSender<Vec<Bytes>>,
    wire: Arc<Wire>,
    iopub: IoPub,
}

/// A received message, with the queues for replies and outputs.
pub(super) struct Request {
    pub(super) message: Message,
    pub(super) iopub: IoPub,
    replies: mpsc::UnboundedSender<Vec<Bytes>>,
    wire: Arc<Wire>,
}

impl Channel {
    /// Binds `url`. The error contains the URL and the channel.
    pub(super) async fn bind(
        name: &'static str,
        url: &str,
        wire: &Arc<Wire>,
        iopub: &IoPub,
    ) -> Result<Self> {
        let mut socket = RouterSocket::new();
        socket.bind(url).await.with_context(|| format!("cannot bind {url} for {name}"))?;
        let (send_half, recv_half) = socket.split();
        let (replies, queue) = mpsc::unbounded_channel();
        tokio::spawn(send_replies(name, send_half, queue));
        Ok(Channel { name, socket: recv_half, replies, wire: wire.clone(), iopub: iopub.clone() })
    }

    /// The next valid message.
    pub(super) async fn receive(&mut self) -> Request {
        loop {
            match self.socket.recv().await {
                Ok(frames) => match self.wire.decode(frames.into_vec()) {
                    Ok(message) => return self.request(message),
                    Err(error) => log(self.name, "dropped a message", &error),
                },
                Err(error) => {
                    log(self.name, "cannot receive", &error);
                    // If the error persists, this loop must not use a whole core.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }

    fn request(&self, message: Message) -> Request {
        Request {
            message,
            iopub: self.iopub.clone(),
            replies: self.replies.clone(),
            wire: self.wire.clone(),
        }
    }
}

impl Request {
    pub(super) fn msg_type(&self) -> &str {
        &self.message.header.msg_type
    }

    /// Sends the `…_reply` to this `…_request`.
    pub(super) fn reply(&self, content: &impl Serialize) {
        let msg_type = self.msg_type();
        let kind = msg_type.strip_suffix("_request").unwrap_or(msg_type);
        match self.wire.encode(&format!("{kind}_reply"), &self.message.parent, content) {
            Ok(body) => {
                let mut frames = self.message.identities.clone();
                frames.extend(body);
                // Fails only while the runtime shuts down.
                let _ = self.replies.send(frames);
            }
            Err(error) => log(&format!("{kind}_reply"), "cannot be written", &error),
        }
    }

    /// Publishes a message whose parent is this request.
    pub(super) fn publish(&self, msg_type: &str, content: &impl Serialize) {
        self.iopub.publish(&self.message.parent, msg_type, content);
    }

    pub(super) fn busy(&self) {
        self.iopub.busy(&self.message.parent);
    }

    pub(super) fn idle(&self) {
        self.iopub.idle(&self.message.parent);
    }
}

async fn send_replies(
    name: &'static str,
    mut socket: RouterSendHalf,
    mut queue: mpsc::UnboundedReceiver<Vec<Bytes>>,
) {
    while let Some(frames) = queue.recv().await {
        let Ok(frames) = frames.try_into() else {
            continue;
        };
        if let Err(error) = socket.send(frames).await {
            log(name, "a client disconnected before its reply", &error);
        }
    }
}
