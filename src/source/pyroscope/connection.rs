//! Calls of the querier service: Connect over HTTP with protobuf bodies.
//!
//! All calls read, so one that fails for the moment is made again, with growing pauses.
//! Answers about times that will not change any more are kept in memory, and in a folder if
//! one is set.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use prost::Message;

use super::access::Access;
use super::error::{ServerError, words_of};
use super::expiry::Expiry;
use super::folder::Folder;
use super::refusal::longest_in;
use super::span::DAY;
use crate::http::{Address, Answer, Client, Failure, Limits, Post};
use crate::quantity::{Quantity, Unit};
use crate::source::{LruCache, SourceError};
use crate::work::{Progress, Work};

/// Of answers kept in memory, in bytes.
const KEPT: usize = 64 << 20;
/// Requests at once.
const AT_ONCE: usize = 8;
/// The most requests of one selection.
const MOST: usize = 400;
/// How often one call is made.
const ATTEMPTS: u32 = 5;
/// The first pause before a call is made again.
const PAUSE: Duration = Duration::from_millis(200);
/// A server that asks to wait longer is not asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// How long a server that has answered before is waited for when it cannot be reached.
const RESTART: Duration = Duration::from_secs(60);
/// Profiles that are older have arrived, in milliseconds.
const MARGIN: i64 = 60_000;
/// How long an answer about newer times counts.
const FRESH: Duration = Duration::from_secs(10);

/// A server, and what it has answered.
pub(super) struct Connection {
    client: Client,
    access: Access,
    answers: LruCache<Asked, Kept>,
    /// Answers of earlier sessions.
    folder: Option<Folder>,
    /// Then it is there again soon if it cannot be reached.
    has_answered: AtomicBool,
    /// The longest range that the server answers at once, in milliseconds, as far as is known.
    longest: AtomicI64,
    pub(super) expiry: Expiry,
}

/// A method and its request.
type Asked = (&'static str, Vec<u8>);

/// An answer in memory.
#[derive(Clone)]
struct Kept {
    body: Bytes,
    /// None for times that are over.
    until: Option<Instant>,
}

impl Connection {
    pub(super) fn new(address: Address, access: Access, folder: Option<Folder>) -> Connection {
        let client = Client::new(address, Limits::default());
        Connection {
            client,
            access,
            answers: LruCache::within(KEPT),
            folder,
            has_answered: AtomicBool::new(false),
            longest: AtomicI64::new(DAY),
            expiry: Expiry::default(),
        }
    }

    pub(super) fn address(&self) -> &Address {
        self.client.address()
    }

    pub(super) fn warning(&self) -> Option<String> {
        self.access.warning(self.address())
    }

    /// A remark for a server that has no types.
    pub(super) fn nothing_yet(&self) -> String {
        self.access.nothing_yet()
    }

    /// What `ask` returns. If the server refuses a range as too long and says how long it may
    /// be, ranges are cut to that from now on, and it is asked again.
    pub(super) fn within_limit<T>(
        &self,
        ask: impl Fn() -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        loop {
            let before = self.longest.load(Ordering::Relaxed);
            let answer = ask();
            let most = match &answer {
                Err(SourceError::Server(ServerError::Refused { words, .. })) => longest_in(words),
                _ => None,
            };
            match most.filter(|most| *most < before) {
                Some(most) => _ = self.longest.fetch_min(most, Ordering::Relaxed),
                None => return answer,
            }
        }
    }

    fn kept(&self, asked: &Asked) -> Option<Bytes> {
        let kept = self.answers.get(asked)?;
        match kept.until {
            Some(until) if until <= Instant::now() => return None,
            Some(until) => self.expiry.note(until),
            None => {}
        }
        Some(kept.body)
    }

    fn keep(&self, asked: Asked, body: Bytes, is_closed: bool) {
        let bytes = body.len() + asked.1.len() + size_of::<Kept>();
        let until = (!is_closed).then(|| Instant::now() + FRESH);
        until.iter().for_each(|until| self.expiry.note(*until));
        self.answers.put(asked, Kept { body, until }, bytes);
    }

    /// Sends a request until it is answered or refused for good.
    fn send(
        &self,
        path: &str,
        body: &[u8],
        work: Work<'_>,
        received: &dyn Fn(u64),
    ) -> Result<Vec<u8>, SourceError> {
        let mut headers = vec![
            ("content-type", "application/proto"),
            ("accept", "*/*; allow-utf8-labelnames=true"),
            ("connect-protocol-version", "1"),
        ];
        headers.extend(self.access.headers());
        let post = Post { path, headers: &headers, body };
        let url = format!("{}{path}", self.address());
        let began = Instant::now();
        let (mut attempt, mut restarts) = (1, false);
        loop {
            let answer = self.client.post(&post, work, received);
            let is_new = !self.has_answered.fetch_or(answer.is_ok(), Ordering::Relaxed);
            // A server that has answered before is starting again.
            restarts |= !is_new && is_away(&answer);
            let has_time = attempt < ATTEMPTS || restarts && began.elapsed() < RESTART;
            let nth = attempt.min(ATTEMPTS);
            let pause = match &answer {
                Ok(answer) => pause_after(answer, nth),
                Err(Failure::Unreachable(_)) => restarts.then(|| growing(nth)),
                Err(failure) => failure.may_pass().then(|| growing(nth)),
            }
            .filter(|_| has_time);
            match pause.filter(|pause| *pause <= LONGEST_PAUSE) {
                Some(pause) => {
                    received(0);
                    wait(pause, work)?;
                }
                None => return self.body_of(answer, url),
            }
            attempt += 1;
        }
    }

    fn body_of(
        &self,
        answer: Result<Answer, Failure>,
        url: String,
    ) -> Result<Vec<u8>, SourceError> {
        Err(match answer {
            Ok(Answer { status: 200, body, .. }) => return Ok(body),
            Ok(Answer { status: 300..400, location, .. }) => {
                let to = location.unwrap_or_else(|| "no address".to_owned());
                ServerError::Redirected { url, to: self.words_of(to.as_bytes()) }
            }
            Ok(Answer { status, body, .. }) => {
                ServerError::Refused { url, status, words: self.words_of(&body) }
            }
            Err(Failure::Interrupted) => {
                return Err(SourceError::Cancelled(crate::work::Cancelled));
            }
            Err(failure) => ServerError::NoAnswer { url, failure },
        }
        .into())
    }

    fn words_of(&self, body: &[u8]) -> String {
        let text = self.access.hide(String::from_utf8_lossy(body).into_owned());
        words_of(text.as_bytes())
    }
}

/// Whether the server cannot be reached, or its own parts cannot reach each other: it then
/// speaks of its ring, such as `too many unhealthy instances in the ring`.
fn is_away(answer: &Result<Answer, Failure>) -> bool {
    match answer {
        Err(Failure::Unreachable(_)) => true,
        Ok(Answer { status: 500 | 503, body, .. }) => {
            words_of(body).split(|c: char| !c.is_alphanumeric()).any(|word| word == "ring")
        }
        _ => false,
    }
}

/// The pause before a call is made again; none if the server would say the same.
fn pause_after(answer: &Answer, attempt: u32) -> Option<Duration> {
    let may_pass = matches!(answer.status, 429 | 500 | 502 | 503 | 504);
    let asked = answer.retry_after.map(Duration::from_secs);
    may_pass.then(|| asked.unwrap_or_else(|| growing(attempt)))
}

/// Doubled each time, and up to a half longer, so that many who wait do not come at once.
pub(super) fn growing(attempt: u32) -> Duration {
    let pause = PAUSE * 2u32.pow(attempt - 1);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.subsec_nanos());
    pause + pause * (nanos % 1000) / 2000
}

pub(super) fn wait(pause: Duration, work: Work<'_>) -> Result<(), SourceError> {
    let end = Instant::now() + pause;
    while Instant::now() < end {
        work.check()?;
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// What one selection asks, with a line for each request.
pub(super) struct Inquiry<'a> {
    pub(super) connection: &'a Connection,
    pub(super) work: Work<'a>,
    log: Mutex<Vec<String>>,
    bytes: AtomicU64,
}

/// One call.
pub(super) struct Call<'c, M> {
    pub(super) method: &'static str,
    /// For the log: "stacks of {pod="a"}".
    pub(super) purpose: String,
    pub(super) request: &'c M,
    /// The last millisecond that it asks about; none if that is not known.
    pub(super) last: Option<i64>,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(connection: &'a Connection, work: Work<'a>) -> Inquiry<'a> {
        Inquiry { connection, work, log: Mutex::default(), bytes: AtomicU64::new(0) }
    }

    /// The longest range that the server answers at once, in milliseconds.
    pub(super) fn longest(&self) -> i64 {
        self.connection.longest.load(Ordering::Relaxed)
    }

    /// The requests so far, a line each.
    pub(super) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn call<A: Message + Default>(
        &self,
        call: &Call<'_, impl Message>,
    ) -> Result<A, SourceError> {
        self.call_as(call, |body| A::decode(body).ok())
    }

    /// An answer read by `read`, which returns none for what is no answer. That is not kept.
    pub(super) fn call_as<A>(
        &self,
        call: &Call<'_, impl Message>,
        read: impl Fn(Bytes) -> Option<A>,
    ) -> Result<A, SourceError> {
        let unexpected = |body: &Bytes| {
            let (url, words) = (self.url(call.method), self.connection.words_of(body));
            ServerError::Unexpected { url, words }
        };
        let asked = (call.method, call.request.encode_to_vec());
        if let Some(body) = self.connection.kept(&asked) {
            self.note(format!("{}, {}: from memory", call.method, call.purpose));
            return read(body.clone()).ok_or_else(|| unexpected(&body).into());
        }
        let folder = self.connection.folder.as_ref().filter(|_| call.last.is_some_and(is_closed));
        if let Some(body) = folder.and_then(|folder| folder.get(asked.0, &asked.1))
            && let Some(answer) = read(body.clone())
        {
            self.note(format!("{}, {}: from the folder", call.method, call.purpose));
            self.connection.keep(asked, body, true);
            return Ok(answer);
        }
        let body = self.ask(call, &asked.1)?;
        let answer = read(body.clone()).ok_or_else(|| unexpected(&body))?;
        if let Some(folder) = folder {
            folder.put(asked.0, &asked.1, &body);
        }
        self.connection.keep(asked, body, call.last.is_some_and(is_closed));
        Ok(answer)
    }

    /// Asks the server.
    fn ask(&self, call: &Call<'_, impl Message>, request: &[u8]) -> Result<Bytes, SourceError> {
        let began = Instant::now();
        let received = |bytes| {
            let done = self.bytes.load(Ordering::Relaxed) + bytes;
            self.work.watch.progress(&Progress {
                what: "waiting for the server",
                unit: "bytes",
                done,
                total: 0,
            });
        };
        let body = self.connection.send(&path(call.method), request, self.work, &received)?;
        self.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        let size = Quantity::new(body.len() as f64, Unit::Bytes);
        let time = began.elapsed().as_millis();
        self.note(format!("{}, {}: {size} in {time} ms", call.method, call.purpose));
        Ok(Bytes::from(body))
    }

    pub(super) fn url(&self, method: &str) -> String {
        format!("{}{}", self.connection.address(), path(method))
    }

    /// The results for all items in their order; several are asked for at once.
    pub(super) fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        ask: impl Fn(&T) -> Result<R, SourceError> + Sync,
    ) -> Result<Vec<R>, SourceError> {
        self.check_number(items.len())?;
        if let [only] = items {
            return Ok(vec![ask(only)?]);
        }
        let next = AtomicUsize::new(0);
        let results: Mutex<Vec<Option<Result<R, SourceError>>>> =
            Mutex::new(items.iter().map(|_| None).collect());
        thread::scope(|scope| {
            for _ in 0..items.len().min(AT_ONCE) {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(at) else { return };
                        let result = ask(item);
                        if result.is_err() {
                            next.store(items.len(), Ordering::Relaxed);
                        }
                        results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
                    }
                });
            }
        });
        let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        // After an error some have not been asked for.
        results.into_iter().flatten().collect()
    }

    /// Fails if a selection needs too many requests.
    pub(super) fn check_number(&self, requests: usize) -> Result<(), SourceError> {
        if requests <= MOST {
            return Ok(());
        }
        let url = self.connection.address().to_string();
        Err(ServerError::TooMany { url, requests, most: MOST }.into())
    }

    pub(super) fn note(&self, line: String) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

fn path(method: &str) -> String {
    format!("/querier.v1.QuerierService/{method}")
}

/// Whether all profiles until this millisecond have arrived.
pub(super) fn is_closed(last: i64) -> bool {
    last < now() - MARGIN
}

/// The wall clock, in milliseconds since the Unix epoch.
pub(super) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<u64>) -> Answer {
        Answer { status, location: None, retry_after, body: Vec::new() }
    }

    #[test]
    fn a_server_whose_parts_do_not_reach_each_other_is_away() {
        let says = |status, words: &str| {
            Ok(Answer { body: words.as_bytes().to_vec(), ..answer(status, None) })
        };
        let ring = r#"{"code":"internal","message":"too many unhealthy instances in the ring"}"#;
        assert!(is_away(&says(500, ring)) && is_away(&says(503, "empty ring")));
        assert!(!is_away(&says(500, "a string")) && !is_away(&says(400, ring)));
        assert!(is_away(&Err(Failure::Unreachable(String::new()))));
    }

    #[test]
    fn pauses_grow_and_a_server_may_ask_for_one() {
        for (attempt, least) in [(1, 200), (2, 400), (3, 800)] {
            let pause = growing(attempt).as_millis();
            assert!((least..=least * 3 / 2).contains(&pause), "{attempt}: {pause}");
        }
        assert_eq!(pause_after(&answer(429, Some(7)), 1), Some(Duration::from_secs(7)));
        for status in [400, 401, 403, 404, 413, 501] {
            assert_eq!(pause_after(&answer(status, Some(7)), 1), None, "{status}");
        }
    }
}
