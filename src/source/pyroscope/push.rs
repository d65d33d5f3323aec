//! Sends profiles to a server, one in each request, some at once: `push.v1.PusherService/Push`.
//!
//! A profile is sent again only if it is known not to have arrived: there was no
//! connection, or the server answered that it is busy (429). After anything else that is no
//! answer it may have arrived, and that is an error. Each profile has one type; a server
//! stores the types of a recording apart.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use prost::Message;

use super::access::{Access, Credentials};
use super::connection::{growing, wait};
use super::error::{ServerError, words_of};
use super::message::{Nothing, Pair, PushRequest, PushSample, PushSeries};
use crate::http::{Address, Answer, Client, Failure, Limits, Post};
use crate::profile::{ProfileType, Snapshot, Symbols};
use crate::quantity::Timestamp;
use crate::source::recording::{Column, Recording};
use crate::source::{SourceError, pprof};
use crate::work::{Cancelled, Work};

/// The label by which a server lists its profiles; it wants one.
pub const SERVICE: &str = "service_name";

const PATH: &str = "/push.v1.PusherService/Push";
/// How long one profile is sent again while the server is busy, or restarts.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends profiles to one server.
pub struct Pusher {
    client: Client,
    access: Access,
    /// An address where nothing has ever answered is not waited for.
    has_answered: AtomicBool,
}

/// What came of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The server has it. The size of the request in bytes.
    Taken { bytes: u64 },
    /// The server does not want this profile, in its own words; others may follow.
    Refused { status: u16, words: String },
}

impl Pusher {
    /// Profiles that are sent together. A server from 2.0 on answers when it has written what
    /// came within half a second, so that one after another would take hours.
    pub const AT_ONCE: usize = 32;

    /// Nothing is sent yet. Fails for what is no address.
    pub fn new(address: &str) -> Result<Pusher, SourceError> {
        let address = Address::parse(address)
            .ok_or_else(|| ServerError::BadAddress { text: words_of(address.as_bytes()) })?;
        let client = Client::new(address, Limits::default());
        let access = Access::of(&Credentials::OF_ENVIRONMENT, Path::new("."))?;
        Ok(Pusher { client, access, has_answered: AtomicBool::new(false) })
    }

    /// A warning if a secret goes over the network as plain text.
    pub fn warning(&self) -> Option<String> {
        self.access.warning(self.client.address())
    }

    /// Sends profiles, at most [`AT_ONCE`](Self::AT_ONCE), as of their times; what came of each.
    /// Their samples have been read.
    pub fn push(
        &self,
        kind: &ProfileType,
        symbols: &Symbols,
        profiles: &[(Snapshot, Timestamp)],
        work: Work<'_>,
    ) -> Vec<Result<Pushed, SourceError>> {
        thread::scope(|scope| {
            let sent: Vec<_> = profiles
                .iter()
                .map(|(snapshot, at)| {
                    scope.spawn(move || self.push_one(kind, symbols, (snapshot, *at), work))
                })
                .collect();
            let ended = |reason: &str| ServerError::Unwritten { reason: reason.to_owned() };
            sent.into_iter()
                .map(|one| one.join().unwrap_or_else(|_| Err(ended("it panicked").into())))
                .collect()
        })
    }

    fn push_one(
        &self,
        kind: &ProfileType,
        symbols: &Symbols,
        (snapshot, at): (&Snapshot, Timestamp),
        work: Work<'_>,
    ) -> Result<Pushed, SourceError> {
        let url = format!("{}{PATH}", self.client.address());
        let body = request(kind, symbols, snapshot, at, work)?.encode_to_vec();
        let began = Instant::now();
        let mut attempt = 1;
        loop {
            let answer = self.post(&body, work);
            let pause = match &answer {
                Ok(Answer { status: 429, retry_after, .. }) => {
                    Some(retry_after.map_or_else(|| growing(attempt), Duration::from_secs))
                }
                Err(Failure::Unreachable(_)) if self.has_answered.load(Ordering::Relaxed) => {
                    Some(growing(attempt))
                }
                _ => None,
            };
            self.has_answered.fetch_or(answer.is_ok(), Ordering::Relaxed);
            match pause.filter(|pause| began.elapsed() + *pause <= PATIENCE) {
                Some(pause) => wait(pause, work)?,
                None => return outcome(answer, url, body.len() as u64),
            }
            attempt += 1;
        }
    }

    fn post(&self, body: &[u8], work: Work<'_>) -> Result<Answer, Failure> {
        let mut headers =
            vec![("content-type", "application/proto"), ("connect-protocol-version", "1")];
        headers.extend(self.access.headers());
        self.client.post(&Post { path: PATH, headers: &headers, body }, work, &|_| {})
    }
}

/// What an answer says of the profile.
fn outcome(
    answer: Result<Answer, Failure>,
    url: String,
    bytes: u64,
) -> Result<Pushed, SourceError> {
    let error = match answer {
        Ok(Answer { status: 200, body, .. }) if Nothing::decode(&body[..]).is_ok() => {
            return Ok(Pushed::Taken { bytes });
        }
        Ok(Answer { status: 200, body, .. }) => {
            ServerError::Unexpected { url, words: words_of(&body) }
        }
        Ok(Answer { status: 300..400, location, .. }) => {
            let to = words_of(location.unwrap_or_else(|| "no address".to_owned()).as_bytes());
            ServerError::Redirected { url, to }
        }
        Ok(Answer { status: status @ (400 | 413 | 422), body, .. }) => {
            return Ok(Pushed::Refused { status, words: words_of(&body) });
        }
        Ok(Answer { status: status @ (408 | 500..), body, .. }) if status != 501 => {
            let words = words_of(&body);
            let space = if words.is_empty() { "" } else { ": " };
            ServerError::InDoubt { url, reason: format!("answered {status}{space}{words}") }
        }
        Ok(Answer { status, body, .. }) => {
            ServerError::Refused { url, status, words: words_of(&body) }
        }
        Err(Failure::Interrupted) => return Err(SourceError::Cancelled(crate::work::Cancelled)),
        Err(failure @ (Failure::Unreachable(_) | Failure::Insecure(_))) => {
            ServerError::NoAnswer { url, failure }
        }
        Err(failure) => ServerError::InDoubt { url, reason: failure.to_string() },
    };
    Err(error.into())
}

/// A profile with its labels. Those of samples stay in the profile.
fn request(
    kind: &ProfileType,
    symbols: &Symbols,
    snapshot: &Snapshot,
    at: Timestamp,
    work: Work<'_>,
) -> Result<PushRequest, Cancelled> {
    let samples = snapshot.samples();
    let recording = Recording {
        labels: snapshot.labels.clone(),
        start: at,
        is_undated: false,
        duration: snapshot.duration,
        period: snapshot.period,
        stacks: samples.stacks.clone(),
        tags: samples.tags.clone(),
        columns: vec![Column { kind: 0, values: samples.values.clone() }],
    };
    let raw_profile = pprof::whole(&recording, symbols, std::slice::from_ref(kind), work)?;
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    // A server before 2.0 would take values that count from the start for totals.
    let own = [pair("__name__", kind.family()), pair("__delta__", "false")];
    let labels = snapshot.labels.iter().map(|(name, value)| pair(name, value));
    let labels = own.into_iter().chain(labels).collect();
    let samples = vec![PushSample { raw_profile: raw_profile.into() }];
    Ok(PushRequest { series: vec![PushSeries { labels, samples }] })
}
