//! Messages that wait to be sent over one connection.
//!
//! Nobody waits for a slow client: messages are queued, and a client that lets more than
//! [`LIMIT`] bytes wait is disconnected. Then what waited is freed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};

/// In bytes. Subscribers share the bytes of a message, so many of them take no more.
const LIMIT: usize = 128 << 20;

/// The end that adds messages. Cheap to clone.
#[derive(Clone)]
pub(super) struct Outbox {
    queue: mpsc::UnboundedSender<Bytes>,
    waiting: Arc<Waiting>,
}

/// The end that sends them.
pub(super) struct Unsent {
    queue: mpsc::UnboundedReceiver<Bytes>,
    waiting: Arc<Waiting>,
}

#[derive(Default)]
struct Waiting {
    bytes: AtomicUsize,
    /// Notified when there are too many.
    full: Notify,
}

pub(super) fn outbox() -> (Outbox, Unsent) {
    let (sender, queue) = mpsc::unbounded_channel();
    let waiting = Arc::<Waiting>::default();
    (Outbox { queue: sender, waiting: waiting.clone() }, Unsent { queue, waiting })
}

impl Outbox {
    /// Queues a message. Returns whether the connection is still open.
    pub(super) fn push(&self, message: Bytes) -> bool {
        let length = message.len();
        if self.waiting.bytes.fetch_add(length, Ordering::Relaxed) + length > LIMIT {
            self.waiting.full.notify_one();
            return false;
        }
        self.queue.send(message).is_ok()
    }

    pub(super) fn is_same(&self, other: &Outbox) -> bool {
        self.queue.same_channel(&other.queue)
    }
}

impl Unsent {
    /// Sends messages until the connection breaks or too many bytes wait.
    pub(super) async fn send(&mut self, mut writer: impl AsyncWrite + Unpin) -> io::Result<()> {
        let Unsent { queue, waiting } = self;
        let send_all = async {
            while let Some(message) = queue.recv().await {
                writer.write_all(&message).await?;
                waiting.bytes.fetch_sub(message.len(), Ordering::Relaxed);
            }
            Ok(())
        };
        tokio::select! {
            sent = send_all => sent,
            () = waiting.full.notified() => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the client has not read {} MiB", LIMIT >> 20),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_that_does_not_read_is_disconnected_at_the_limit() {
        let (outbox, mut unsent) = outbox();
        let (here, _there) = tokio::io::duplex(16);
        let megabyte = Bytes::from(vec![0; 1 << 20]);
        let pushed = (0..1000).take_while(|_| outbox.push(megabyte.clone())).count();
        assert_eq!(pushed, LIMIT >> 20);
        unsent.send(here).await.expect_err("nobody reads");
        drop(unsent);
        assert!(!outbox.push(Bytes::new()), "the connection is closed");
    }

    #[tokio::test]
    async fn what_has_been_sent_does_not_count() {
        let (outbox, mut unsent) = outbox();
        let megabyte = Bytes::from(vec![0; 1 << 20]);
        for _ in 0..2 {
            (0..100).for_each(|_| assert!(outbox.push(megabyte.clone())));
            let sending = unsent.send(tokio::io::sink());
            let soon = std::time::Duration::from_millis(100);
            tokio::time::timeout(soon, sending).await.expect_err("it waits for more");
        }
    }
}
