//! IOPub: outputs and the busy status, sent to every client that subscribes.
//!
//! Publishing never waits. A subscriber who stopped reading blocks nobody.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jupyter_protocol::messaging::{IoPubWelcome, Status};
use serde::Serialize;

use crate::kernel::listener::{Listener, Stream};
use crate::kernel::log::log;
use crate::kernel::outbox::{Outbox, outbox};
use crate::kernel::subscribers::{Publication, Subscribers};
use crate::kernel::wire::{Parent, Wire};
use crate::kernel::zmtp::{self, Reader};

/// A subscription has at most this many bytes, and a client as many subscriptions.
const SUBSCRIPTION: usize = 256;

/// Publishes messages. Cheap to clone.
#[derive(Clone)]
pub(super) struct IoPub {
    wire: Arc<Wire>,
    subscribers: Arc<Subscribers>,
    /// The `execute_request` whose cell runs now.
    running: Arc<Mutex<Option<Parent>>>,
}

impl IoPub {
    /// Lets clients subscribe on `listener`.
    pub(super) fn start(listener: Listener, wire: Arc<Wire>) -> Self {
        let iopub = IoPub { wire, subscribers: Arc::default(), running: Arc::default() };
        let publisher = iopub.clone();
        listener.start(move |stream| publisher.clone().serve(stream));
        iopub
    }

    pub(super) fn publish(&self, parent: &Parent, msg_type: &str, content: &impl Serialize) {
        match self.publication(parent, msg_type, content) {
            Ok(publication) => self.subscribers.publish(publication),
            Err(error) => log("iopub", "cannot write a message", &error),
        }
    }

    fn publication(
        &self,
        parent: &Parent,
        msg_type: &str,
        content: &impl Serialize,
    ) -> serde_json::Result<Publication> {
        let topic = self.wire.topic(msg_type);
        let mut frames = self.wire.encode(msg_type, parent, content)?;
        frames.insert(0, topic.clone());
        let session = parent.session.clone();
        Ok(Publication { topic, bytes: zmtp::encode(&frames), session })
    }

    /// Serves a client until it leaves.
    async fn serve(self, stream: Stream) -> io::Result<()> {
        let mut peer = zmtp::handshake(stream, "PUB").await?;
        let (outbox, mut unsent) = outbox();
        let ended = tokio::select! {
            ended = self.receive(&mut peer.reader, &outbox) => ended,
            ended = unsent.send(peer.writer) => ended,
        };
        self.subscribers.remove(&outbox);
        ended
    }

    /// Receives subscriptions. Fails when the client leaves.
    async fn receive(&self, reader: &mut Reader<Stream>, outbox: &Outbox) -> io::Result<()> {
        let mut subscriptions = 0;
        while subscriptions < SUBSCRIPTION {
            let frames = reader.message(SUBSCRIPTION).await?.frames;
            match frames.first().and_then(|frame| frame.split_first()) {
                Some((1, _)) => {
                    subscriptions += 1;
                    self.subscribe(outbox, frames[0].slice(1..))?;
                }
                Some((0, _)) => self.subscribers.unsubscribe(outbox, &frames[0].slice(1..)),
                _ => {}
            }
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, "too many subscriptions"))
    }

    /// JEP 65: the welcome tells a client that its subscription works.
    fn subscribe(&self, outbox: &Outbox, topic: bytes::Bytes) -> io::Result<()> {
        let welcome = IoPubWelcome::new(String::from_utf8_lossy(&topic).into_owned());
        let welcome = self.publication(&Parent::none(), "iopub_welcome", &welcome)?;
        let starting = self.publication(&Parent::none(), "status", &Status::starting())?;
        self.subscribers.subscribe(outbox, topic, [&welcome, &starting]);
        Ok(())
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

    /// Locked while a status is published, so that statuses are sent in the order of events.
    fn running(&self) -> MutexGuard<'_, Option<Parent>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
