//! IOPub: what everybody hears. Outputs, and whether the kernel is busy.
//!
//! PUB, not XPUB: with `zeromq` 0.7 one stalled XPUB subscriber blocks the rest.
//! [`crate::kernel::relay`] reports the subscriptions that PUB does not.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use jupyter_protocol::ConnectionInfo;
use jupyter_protocol::messaging::Status;
use serde::Serialize;
use tokio::sync::mpsc;
use zeromq::{PubSocket, Socket, SocketSend, ZmqMessage};

use crate::kernel::channel::log;
use crate::kernel::relay::{self, Doorkeeper};
use crate::kernel::welcome::Gate;
use crate::kernel::wire::{Parent, Wire};

/// The publishing end. Cheap to clone, never waits.
#[derive(Clone)]
pub(super) struct IoPub {
    wire: Arc<Wire>,
    queue: mpsc::UnboundedSender<ZmqMessage>,
    /// The `execute_request` whose cell runs now.
    running: Arc<Mutex<Option<Parent>>>,
}

impl IoPub {
    /// Starts to publish to the clients of `connection`. Errors name the address.
    pub(super) async fn bind(
        connection: &ConnectionInfo,
        wire: Arc<Wire>,
    ) -> Result<(Self, Arc<Gate>)> {
        let (queue, messages) = mpsc::unbounded_channel();
        let iopub = IoPub { wire, queue, running: Arc::default() };
        let gate = Arc::new(Gate::default());
        let mut socket = PubSocket::new();
        let doorkeeper = Doorkeeper { gate: gate.clone(), iopub: iopub.clone() };
        relay::bind(connection, &mut socket, doorkeeper).await?;
        tokio::spawn(send(socket, messages));
        Ok((iopub, gate))
    }

    pub(super) fn publish(&self, parent: &Parent, msg_type: &str, content: &impl Serialize) {
        match self.wire.encode(msg_type, parent, content) {
            Ok(body) => {
                let mut message = ZmqMessage::from(self.wire.topic(msg_type));
                body.into_iter().for_each(|frame| message.push_back(frame));
                // Fails only when the runtime is going down.
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

    /// A request that is no cell has been handled. JupyterLab believes the last
    /// status it saw, so a cell that runs meanwhile says again that it does.
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

    /// Held while a status is queued, so that statuses leave in the order of events.
    fn running(&self) -> MutexGuard<'_, Option<Parent>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(mut socket: PubSocket, mut queue: mpsc::UnboundedReceiver<ZmqMessage>) {
    while let Some(message) = queue.recv().await {
        if let Err(error) = socket.send(message).await {
            log("iopub", "cannot send", &error);
        }
    }
}
