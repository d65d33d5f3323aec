//! Delays the first request of a client until its subscription to IOPub works.
//!
//! A kernel that starts within milliseconds may answer before the subscription exists.
//! Then the client misses the first `idle` and waits for it forever; without this file
//! that happened to a third of new clients. So the kernel publishes `iopub_welcome`
//! (JEP 65) after each subscription, and delays requests until it has been delivered.
//!
//! The kernel does not know which session a subscriber belongs to. So each new session
//! claims one unclaimed welcome, and waits if there is none. Old welcomes expire: a
//! server that connects twice for one session leaves one unclaimed, which would admit
//! a later client too early.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jupyter_protocol::messaging::{IoPubWelcome, Status};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::kernel::iopub::IoPub;
use crate::kernel::wire::Parent;

/// The usual time between a subscription and its effect in the PUB socket.
const SUBSCRIPTION_DELAY: Duration = Duration::from_millis(1);

/// A welcome that was not delivered by then is repeated: the subscription was not ready.
const DELIVERY_TIMEOUT: Duration = Duration::from_millis(20);
const ATTEMPTS: usize = 8;

/// A client that does not subscribe is served after this time.
const ADMISSION_TIMEOUT: Duration = Duration::from_millis(200);

/// The longest time between a subscription and the first request. A slower client waits
/// once for `ADMISSION_TIMEOUT`.
const WELCOME_EXPIRY: Duration = Duration::from_secs(2);

/// Delays the first request of each session.
#[derive(Default)]
pub(super) struct Gate {
    clients: Mutex<Clients>,
    welcomed: Notify,
}

/// The known clients.
#[derive(Default)]
struct Clients {
    /// The times of welcomes that no session has claimed, oldest first.
    unclaimed: VecDeque<Instant>,
    /// Sessions that do not wait any more.
    admitted: HashSet<String>,
    /// Whether the status `starting` has been published.
    started: bool,
}

impl Gate {
    /// Publishes welcomes to a new subscriber until one is delivered, then admits one
    /// session. `delivered` counts what the subscriber has received.
    pub(super) async fn welcome(&self, iopub: &IoPub, mut delivered: watch::Receiver<u64>) {
        let before = *delivered.borrow();
        for _ in 0..ATTEMPTS {
            tokio::time::sleep(SUBSCRIPTION_DELAY).await;
            iopub.publish(&Parent::none(), "iopub_welcome", &IoPubWelcome::new(String::new()));
            let heard = delivered.wait_for(|count| *count > before);
            if tokio::time::timeout(DELIVERY_TIMEOUT, heard).await.is_ok() {
                break;
            }
        }
        self.open(iopub);
    }

    fn open(&self, iopub: &IoPub) {
        let mut clients = self.clients();
        if !clients.started {
            iopub.publish(&Parent::none(), "status", &Status::starting());
            clients.started = true;
        }
        clients.unclaimed.push_back(Instant::now());
        self.welcomed.notify_waiters();
    }

    /// Returns when `session` receives published messages, or after 200 ms.
    pub(super) async fn pass(&self, session: &str) {
        let admission = async {
            loop {
                // Registered before `admit`, so that no welcome is missed in between.
                let welcomed = self.welcomed.notified();
                if self.clients().admit(session) {
                    break;
                }
                welcomed.await;
            }
        };
        if tokio::time::timeout(ADMISSION_TIMEOUT, admission).await.is_err() {
            self.clients().admitted.insert(session.to_owned());
        }
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clients {
    fn admit(&mut self, session: &str) -> bool {
        if self.admitted.contains(session) {
            return true;
        }
        self.unclaimed.retain(|welcome| welcome.elapsed() < WELCOME_EXPIRY);
        let has_claimed = self.unclaimed.pop_front().is_some();
        if has_claimed {
            self.admitted.insert(session.to_owned());
        }
        has_claimed
    }
}
