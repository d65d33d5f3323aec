//! The subscribers of IOPub, and what a new one is told of the last moments.
//!
//! A client connects to IOPub and to shell separately, and a kernel that answers within
//! milliseconds may publish `idle` before the subscription has arrived. Then the client
//! would wait for it forever. Which subscriber belongs to which client is unknown, so
//! requests cannot wait for it. Instead, what is published for a session within
//! [`NEW`] of its first request is also sent to those who subscribe later in that time.
//! So all clients hear the whole of their first requests, in order and once, no matter
//! how many arrive together.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::kernel::outbox::Outbox;

/// How long a session is new. Clients subscribe within milliseconds of their first
/// request, or within seconds on a busy machine.
const NEW: Duration = Duration::from_secs(5);

/// The sessions that are known not to be new. Jupyter makes few of them.
const SESSIONS: usize = 1000;

/// The size of the kept messages, in bytes.
const KEPT: usize = 8 << 20;

/// A message as it is sent, and for whom.
#[derive(Clone)]
pub(super) struct Publication {
    pub(super) topic: Bytes,
    pub(super) bytes: Bytes,
    /// The session whose request caused it; empty if none did.
    pub(super) session: Arc<str>,
}

/// All connections of IOPub.
#[derive(Default)]
pub(super) struct Subscribers {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    subscribers: Vec<Subscriber>,
    recent: Recent,
    has_started: bool,
}

struct Subscriber {
    outbox: Outbox,
    /// Prefixes of topics.
    topics: Vec<Bytes>,
}

/// Messages of new sessions.
#[derive(Default)]
struct Recent {
    /// The time of the first message of a session, oldest first.
    sessions: VecDeque<(Arc<str>, Instant)>,
    messages: VecDeque<(Instant, Publication)>,
    bytes: usize,
}

impl Subscribers {
    /// Sends a message to everybody who wants it.
    pub(super) fn publish(&self, publication: Publication) {
        let mut state = self.state();
        state.subscribers.retain(|subscriber| subscriber.send(&publication));
        state.recent.add(publication, Instant::now());
    }

    /// Adds a topic. At the first topic of a subscriber, it also gets `welcome`, then
    /// `starting` if it is the first subscriber of all, and the recent messages.
    pub(super) fn subscribe(&self, outbox: &Outbox, topic: Bytes, hello: [&Publication; 2]) {
        let mut state = self.state();
        let State { subscribers, recent, has_started } = &mut *state;
        let known = subscribers.iter_mut().find(|known| known.outbox.is_same(outbox));
        if let Some(subscriber) = known {
            return subscriber.topics.push(topic);
        }
        let subscriber = Subscriber { outbox: outbox.clone(), topics: vec![topic] };
        let [welcome, starting] = hello;
        subscriber.send(welcome);
        if !std::mem::replace(has_started, true) {
            subscriber.send(starting);
        }
        recent.forget_old(Instant::now());
        recent.messages.iter().for_each(|(_, message)| {
            subscriber.send(message);
        });
        subscribers.push(subscriber);
    }

    /// Removes a topic.
    pub(super) fn unsubscribe(&self, outbox: &Outbox, topic: &Bytes) {
        let mut state = self.state();
        let known = state.subscribers.iter_mut().find(|known| known.outbox.is_same(outbox));
        if let Some(Subscriber { topics, .. }) = known
            && let Some(at) = topics.iter().position(|known| known == topic)
        {
            topics.remove(at);
        }
    }

    /// Forgets a subscriber that has left.
    pub(super) fn remove(&self, outbox: &Outbox) {
        self.state().subscribers.retain(|known| !known.outbox.is_same(outbox));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    /// Queues a message if it is wanted. Returns whether the connection is open.
    fn send(&self, publication: &Publication) -> bool {
        let is_wanted = self.topics.iter().any(|topic| publication.topic.starts_with(topic));
        !is_wanted || self.outbox.push(publication.bytes.clone())
    }
}

impl Recent {
    /// Keeps the message if its session is new.
    fn add(&mut self, publication: Publication, now: Instant) {
        self.forget_old(now);
        if self.is_new(&publication.session, now) {
            self.bytes += publication.bytes.len();
            self.messages.push_back((now, publication));
        }
        while self.bytes > KEPT {
            self.forget_oldest();
        }
    }

    fn is_new(&mut self, session: &Arc<str>, now: Instant) -> bool {
        if session.is_empty() {
            return false;
        }
        if let Some((_, first)) = self.sessions.iter().rev().find(|(known, _)| known == session) {
            return now.duration_since(*first) < NEW;
        }
        self.sessions.push_back((session.clone(), now));
        if self.sessions.len() > SESSIONS {
            self.sessions.pop_front();
        }
        true
    }

    fn forget_old(&mut self, now: Instant) {
        while self.messages.front().is_some_and(|(at, _)| now.duration_since(*at) >= NEW) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, publication)) = self.messages.pop_front() {
            self.bytes -= publication.bytes.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(session: &str, length: usize) -> Publication {
        Publication {
            topic: "topic".into(),
            bytes: vec![0; length].into(),
            session: session.into(),
        }
    }

    #[test]
    fn messages_are_kept_while_their_session_is_new() {
        let (mut recent, start) = (Recent::default(), Instant::now());
        let kept = |recent: &mut Recent, seconds, session: &str| {
            recent.add(publication(session, 1), start + Duration::from_secs(seconds));
            recent.messages.len()
        };
        assert_eq!(kept(&mut recent, 0, ""), 0);
        assert_eq!(kept(&mut recent, 0, "a"), 1);
        assert_eq!(kept(&mut recent, 4, "a"), 2);
        assert_eq!(kept(&mut recent, 4, "b"), 3);
        assert_eq!(kept(&mut recent, 5, "a"), 2, "not new any more; its first message is old");
        assert_eq!(kept(&mut recent, 9, "b"), 0);
    }

    #[test]
    fn kept_messages_and_sessions_are_limited() {
        let mut recent = Recent::default();
        for nth in 0..2 * SESSIONS {
            recent.add(publication(&nth.to_string(), KEPT / 10), Instant::now());
        }
        assert_eq!((recent.messages.len(), recent.sessions.len()), (10, SESSIONS));
        recent.add(publication("large", KEPT + 1), Instant::now());
        assert_eq!((recent.messages.len(), recent.bytes), (0, 0));
    }
}
