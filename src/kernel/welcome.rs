//! Welcomes subscribers, and holds a new client's first request back until it
//! has been welcomed.
//!
//! A kernel that starts in milliseconds answers before a client's subscription
//! to IOPub exists; the client then misses the first `idle` and waits for it
//! forever. About a third of new clients did. So each subscription is answered
//! with `iopub_welcome` (JEP 65), and whoever has been welcomed misses nothing.
//!
//! Which session a subscriber belongs to is not known. So each new session
//! claims one recent welcome that nobody has claimed, and waits for one if there
//! is none. Recent, because a server that connects twice for one session would
//! otherwise leave a welcome behind that lets a later client through too early.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jupyter_protocol::messaging::{IoPubWelcome, Status};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::kernel::iopub::IoPub;
use crate::kernel::wire::Parent;

/// From the moment a subscription has been seen to the one the socket obeys it,
/// most often.
const SUBSCRIPTION: Duration = Duration::from_millis(1);

/// A welcome that has not arrived by then was published too early, and is repeated.
const DELIVERY: Duration = Duration::from_millis(20);
const ATTEMPTS: usize = 8;

/// A client that never subscribes is served all the same, after this long.
const PATIENCE: Duration = Duration::from_millis(200);

/// From a client's subscription to its first request. A client that takes longer
/// waits for `PATIENCE`, once.
const RECENT: Duration = Duration::from_secs(2);

/// Where the first request of each session waits.
#[derive(Default)]
pub(super) struct Gate {
    ledger: Mutex<Ledger>,
    welcomed: Notify,
}

/// What the gate knows of its clients.
#[derive(Default)]
struct Ledger {
    /// When somebody was welcomed whom no session has claimed to be, oldest first.
    unclaimed: VecDeque<Instant>,
    /// Sessions that need not wait any more.
    admitted: HashSet<String>,
    /// Has the kernel said that it starts?
    started: bool,
}

impl Gate {
    /// Welcomes somebody whose subscription has just been seen, until the socket
    /// obeys it, and lets one session in. `delivered` counts what reaches them.
    pub(super) async fn welcome(&self, iopub: &IoPub, mut delivered: watch::Receiver<u64>) {
        let before = *delivered.borrow();
        for _ in 0..ATTEMPTS {
            tokio::time::sleep(SUBSCRIPTION).await;
            iopub.publish(&Parent::none(), "iopub_welcome", &IoPubWelcome::new(String::new()));
            let heard = delivered.wait_for(|count| *count > before);
            if tokio::time::timeout(DELIVERY, heard).await.is_ok() {
                break;
            }
        }
        self.open(iopub);
    }

    fn open(&self, iopub: &IoPub) {
        let mut ledger = self.ledger();
        if !ledger.started {
            iopub.publish(&Parent::none(), "status", &Status::starting());
            ledger.started = true;
        }
        ledger.unclaimed.push_back(Instant::now());
        self.welcomed.notify_waiters();
    }

    /// Returns when `session` hears what is published, or after 200 ms.
    pub(super) async fn pass(&self, session: &str) {
        let admission = async {
            loop {
                // Before the ledger is read, so that no welcome falls between.
                let welcomed = self.welcomed.notified();
                if self.ledger().admit(session) {
                    break;
                }
                welcomed.await;
            }
        };
        if tokio::time::timeout(PATIENCE, admission).await.is_err() {
            self.ledger().admitted.insert(session.to_owned());
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    fn admit(&mut self, session: &str) -> bool {
        if self.admitted.contains(session) {
            return true;
        }
        self.unclaimed.retain(|welcome| welcome.elapsed() < RECENT);
        let has_claimed = self.unclaimed.pop_front().is_some();
        if has_claimed {
            self.admitted.insert(session.to_owned());
        }
        has_claimed
    }
}
