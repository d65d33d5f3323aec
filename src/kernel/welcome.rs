//! Welcomes subscribers, and holds a new client's first request back until it
//! has been welcomed.
//!
//! A kernel that starts in milliseconds answers before a client's subscription
//! to IOPub exists; the client then misses the first `idle` and waits for it
//! forever. About a third of new clients did. The subscription follows the
//! connection at once, so a moment after a connection everything published
//! arrives. That is when `iopub_welcome` (JEP 65) is sent and counted, and the
//! n-th session to send a request waits for the n-th welcome.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jupyter_protocol::messaging::{IoPubWelcome, Status};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::kernel::iopub::IoPub;
use crate::kernel::wire::Parent;

/// From a subscriber's connection to its subscription.
const SUBSCRIPTION: Duration = Duration::from_millis(5);

/// A client that never subscribes is served all the same, after this long.
const PATIENCE: Duration = Duration::from_millis(200);

/// Welcomes a subscriber who has just connected, and counts it.
pub(super) async fn welcome(iopub: IoPub, welcomes: watch::Sender<usize>) {
    tokio::time::sleep(SUBSCRIPTION).await;
    iopub.publish(&Parent::none(), "iopub_welcome", &IoPubWelcome::new(String::new()));
    welcomes.send_modify(|count| {
        if *count == 0 {
            iopub.publish(&Parent::none(), "status", &Status::starting());
        }
        *count += 1;
    });
}

/// Where the first request of each session waits.
pub(super) struct Gate {
    welcomes: watch::Receiver<usize>,
    sessions: Mutex<HashMap<String, Ticket>>,
}

/// What one session waits for.
#[derive(Clone, Copy)]
struct Ticket {
    welcomes: usize,
    until: Instant,
}

impl Gate {
    pub(super) fn new(welcomes: watch::Receiver<usize>) -> Self {
        Gate { welcomes, sessions: Mutex::default() }
    }

    /// Returns when `session` hears what is published, or after 200 ms.
    pub(super) async fn pass(&self, session: &str) {
        let ticket = self.ticket(session);
        let mut welcomes = self.welcomes.clone();
        let welcomed = welcomes.wait_for(|count| *count >= ticket.welcomes);
        // Neither outcome changes what to do next.
        let _ = tokio::time::timeout_at(ticket.until, welcomed).await;
    }

    fn ticket(&self, session: &str) -> Ticket {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ticket) = sessions.get(session) {
            return *ticket;
        }
        let ticket = Ticket { welcomes: sessions.len() + 1, until: Instant::now() + PATIENCE };
        sessions.insert(session.to_owned(), ticket);
        ticket
    }
}
