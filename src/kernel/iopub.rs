//! IOPub: outputs and the busy status, sent to every client.
//!
//! PUB, not XPUB: with `zeromq` 0.7 one stalled XPUB subscriber blocks the others.
//! A PUB socket does not report subscriptions, so `relay` stands in front of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jupyter_protocol::messaging::Status;
use serde::Serialize;
use tokio::sync::mpsc;
use zeromq::{PubSocket, SocketSend, ZmqMessage};

use crate::kernel::log::log;
use crate::kernel::wire::{Parent, Wire};

/// Publishes messages. Cheap to clone; it queues them and never waits.
#[derive(Clone)]
pub(super) struct IoPub {
    wire: Arc<Wire>,
    queue: mpsc::UnboundedSender<ZmqMessage>,
    /// The `execute_request` whose cell runs now.
    running: Arc<Mutex<Option<Parent>>>,
}

impl IoPub {
    /// With the queue that [`send`] must empty.
    pub(super) fn new(wire: Arc<Wire>) -> (Self, Queue) {
        let (queue, messages) = mpsc::unbounded_channel();
        (IoPub { wire, queue, running: Arc::default() }, messages)
    }

    pub(super) fn publish(&self, parent: &Parent, msg_type: &str, content: &impl Serialize) {
        match self.wire.encode(msg_type, parent, content) {
            Ok(body) => {
                let mut message = ZmqMessage::from(self.wire.topic(msg_type));
                body.into_iter().for_each(|frame| message.push_back(frame));
                // Fails only while the runtime shuts down.
                let _ = self.queue.send(message);
            }
            Err(error) => log("iopub", "cannot write a message", &error),
        }
    }

    /// A request is being handled.
    pub(super) fn busy(&self, parent: &Parent) {
        let _order = self.running();
        self.publish(parent, "status", &Status::busy());
    }

    /// A request other than a cell has been handled. JupyterLab shows the last status
    /// that it received, so `busy` is repeated if a cell is running.
    pub(super) fn idle(&self, parent: &Parent) {
        let running = self.running();
        self.publish(parent, "status", &Status::idle());
        if let Some(cell) = running.as_ref() {
            self.publish(cell, "status", &Status::busy());
        }
    }

    pub(super) fn cell_busy(&self, parent: &Parent) {
        let mut running = self.running();
        *running = Some(parent.clone());
        self.publish(parent, "status", &Status::busy());
    }

    pub(super) fn cell_idle(&self, parent: &Parent) {
        let mut running = self.running();
        *running = None;
        self.publish(parent, "status", &Status::idle());
    }

    /// Locked while a status is queued, so that statuses are sent in the order of events.
    fn running(&self) -> MutexGuard<'_, Option<Parent>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages that wait to be sent.
pub(super) type Queue = mpsc::UnboundedReceiver<ZmqMessage>;

/// Sends what is queued to all subscribers, until the kernel ends.
pub(super) async fn send(mut socket: PubSocket, mut queue: Queue) {
    while let Some(message) = queue.recv().await {
        if let Err(error) = socket.send(message).await {
            log("iopub", "cannot send", &error);
        }
    }
}
