//! A ROUTER socket and the messages of one channel: shell, control or stdin.
//!
//! A message that is not signed is dropped where it is received, so it waits nowhere.
//! Replies are queued for the connection of their request, so that the evaluation thread
//! can reply, too, and a client that has left blocks nobody.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::kernel::iopub::IoPub;
use crate::kernel::listener::{Listener, Stream};
use crate::kernel::log::log;
use crate::kernel::outbox::{Outbox, outbox};
use crate::kernel::wire::{Message, Wire};
use crate::kernel::zmtp::{self, Reader};

/// The number of messages that may wait to be handled; after that, their clients wait.
const WAITING: usize = 64;

/// The messages that one socket receives.
pub(super) struct Channel {
    requests: mpsc::Receiver<Request>,
}

/// A received message, with the queues for replies and outputs.
pub(super) struct Request {
    pub(super) message: Message,
    pub(super) iopub: IoPub,
    client: Client,
    socket: Arc<RouterSocket>,
}

/// The connection of a client.
#[derive(Clone)]
struct Client {
    identity: Bytes,
    outbox: Outbox,
}

/// What the connections of a socket share.
struct RouterSocket {
    name: &'static str,
    wire: Arc<Wire>,
    iopub: IoPub,
    /// The newest connection of each client that has a name. A client whose connection
    /// breaks connects again by this name, and gets the replies that are still due.
    named: Mutex<HashMap<Bytes, Outbox>>,
}

impl Channel {
    /// Receives what clients send to `listener`.
    pub(super) fn start(
        name: &'static str,
        listener: Listener,
        wire: &Arc<Wire>,
        iopub: &IoPub,
    ) -> Self {
        let named = Mutex::default();
        let socket = RouterSocket { name, wire: wire.clone(), iopub: iopub.clone(), named };
        let (socket, (sender, requests)) = (Arc::new(socket), mpsc::channel(WAITING));
        listener.start(move |stream| socket.clone().serve(stream, sender.clone()));
        Channel { requests }
    }

    /// The next valid message.
    pub(super) async fn receive(&mut self) -> Request {
        match self.requests.recv().await {
            Some(request) => request,
            // The listener has ended, with the runtime.
            None => std::future::pending().await,
        }
    }
}

impl RouterSocket {
    /// Serves a client until it leaves.
    async fn serve(
        self: Arc<Self>,
        stream: Stream,
        requests: mpsc::Sender<Request>,
    ) -> io::Result<()> {
        let mut peer = zmtp::handshake(stream, "ROUTER").await?;
        let (outbox, mut unsent) = outbox();
        let client = Client { identity: peer.identity, outbox };
        self.connected(&client);
        let ended = tokio::select! {
            ended = self.receive(&mut peer.reader, &client, requests) => ended,
            ended = unsent.send(peer.writer) => ended,
        };
        self.disconnected(&client);
        ended
    }

    /// Receives messages. Fails when the client leaves.
    async fn receive(
        self: &Arc<Self>,
        reader: &mut Reader<Stream>,
        client: &Client,
        requests: mpsc::Sender<Request>,
    ) -> io::Result<()> {
        loop {
            match self.wire.decode(reader.message(zmtp::LARGE).await?.frames) {
                Ok(message) => {
                    let (iopub, socket) = (self.iopub.clone(), self.clone());
                    let request = Request { message, iopub, client: client.clone(), socket };
                    // Fails only while the runtime shuts down.
                    let _ = requests.send(request).await;
                }
                Err(error) => log(self.name, "dropped a message", &error),
            }
        }
    }

    fn connected(&self, client: &Client) {
        if !client.identity.is_empty() {
            self.named().insert(client.identity.clone(), client.outbox.clone());
        }
    }

    fn disconnected(&self, client: &Client) {
        let mut named = self.named();
        if named.get(&client.identity).is_some_and(|newest| newest.is_same(&client.outbox)) {
            named.remove(&client.identity);
        }
    }

    fn reply(&self, client: &Client, message: &Bytes) {
        if client.outbox.push(message.clone()) {
            return;
        }
        let newest = self.named().get(&client.identity).cloned();
        if newest.is_none_or(|outbox| !outbox.push(message.clone())) {
            log(
                self.name,
                "a client disconnected before its reply",
                &io::Error::from(io::ErrorKind::NotConnected),
            );
        }
    }

    fn named(&self) -> MutexGuard<'_, HashMap<Bytes, Outbox>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
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
        match self.socket.wire.encode(&format!("{kind}_reply"), &self.message.parent, content) {
            Ok(body) => {
                let mut frames = self.message.identities.clone();
                frames.extend(body);
                self.socket.reply(&self.client, &zmtp::encode(&frames));
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
