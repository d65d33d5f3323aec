//! Uploads: the one thing that leaves this machine, and only when its user named where to.
//!
//! The protocol is flamegraph.com's: `POST /api/upload/v1` with a profile in
//! base64, answered by a key and a link. The request runs on a thread of its own,
//! so that an interrupt is heard at once; what was not sent by then is not sent.
//! A redirect is not followed: a profile goes to the address that was written and
//! to no other. This module alone knows ureq.

mod endpoint;
mod error;

use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

pub use endpoint::Endpoint;
pub use error::ShareError;

use crate::work::{Progress, Work};
use error::{from_transport, one_line};

/// Until a server is given up that does not take the connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Until an upload is given up.
const TOTAL: Duration = Duration::from_secs(30);

/// How long a server is asked for leave to send; some never answer that.
const LEAVE: Duration = Duration::from_millis(500);

/// Between two looks at the interrupt.
const PACE: Duration = Duration::from_millis(20);

/// An answer holds a key and a link; more than this is something else.
const LONGEST_ANSWER: u64 = 64 << 10;

/// A profile to publish.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// What the server calls it.
    pub name: &'a str,
    /// Flamebearer JSON.
    pub profile: &'a str,
    /// As the profile's own metadata have it.
    pub units: &'a str,
    pub recorder: &'a str,
}

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// An http or https address.
    pub link: String,
    /// How much was sent.
    pub bytes: u64,
}

/// Sends a profile; gives the link that the server made for it.
pub fn publish(
    endpoint: &Endpoint,
    upload: &Upload<'_>,
    work: Work<'_>,
) -> Result<Receipt, ShareError> {
    work.check().map_err(|_| ShareError::Interrupted)?;
    let body = envelope(upload).to_string().into_bytes();
    let bytes = body.len() as u64;
    let sent = Arc::new(Sent::default());
    let (done, answers) = channel();
    let parts = (endpoint.clone(), Posted { body: Cursor::new(body), sent: sent.clone() });
    let spawned = thread::Builder::new().name("upload".to_owned()).spawn(move || {
        let (endpoint, posted) = parts;
        // Nobody listens after an interrupt.
        let _ = done.send(post(&endpoint, posted, bytes));
    });
    spawned.map_err(|error| ShareError::Unreachable {
        endpoint: endpoint.to_string(),
        cause: error.to_string(),
    })?;
    loop {
        match answers.recv_timeout(PACE) {
            Ok(answer) => return answer?.receipt(endpoint, bytes),
            Err(RecvTimeoutError::Disconnected) => {
                let cause = "the upload ended without an answer".to_owned();
                return Err(ShareError::Broken { endpoint: endpoint.to_string(), cause });
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if work.check().is_err() {
            sent.stop.store(true, Ordering::Relaxed);
            return Err(ShareError::Interrupted);
        }
        let done = sent.bytes.load(Ordering::Relaxed);
        work.watch.progress(&Progress { what: "uploading", unit: "bytes", done, total: bytes });
    }
}

/// The request's body.
fn envelope(upload: &Upload<'_>) -> Json {
    json!({
        "name": upload.name,
        "profile": STANDARD.encode(upload.profile),
        "fileTypeData": {"units": upload.units, "spyName": upload.recorder},
        "type": "json",
    })
}

/// How far an upload is, and whether it is to go on.
#[derive(Default)]
struct Sent {
    bytes: AtomicU64,
    stop: AtomicBool,
}

/// The body as it is sent; after an interrupt it ends in an error, and the request with it.
struct Posted {
    body: Cursor<Vec<u8>>,
    sent: Arc<Sent>,
}

impl Read for Posted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.sent.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("interrupted"));
        }
        let read = self.body.read(buffer)?;
        self.sent.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// What a server said.
struct Answer {
    status: u16,
    /// Where a redirect points.
    location: Option<String>,
    body: Vec<u8>,
}

fn post(endpoint: &Endpoint, posted: Posted, bytes: u64) -> Result<Answer, ShareError> {
    let sent = posted.sent.clone();
    let transport = |error: ureq::Error| {
        from_transport(&error, endpoint, sent.bytes.load(Ordering::Relaxed) > 0)
    };
    let mut response = agent(endpoint)
        .post(endpoint.upload())
        .header("content-type", "application/json")
        .header("content-length", bytes.to_string())
        // A server that refuses says so before megabytes are on their way; else it
        // may hang up on them, and what it said is lost.
        .header("expect", "100-continue")
        .send(ureq::SendBody::from_owned_reader(posted))
        .map_err(transport)?;
    let location = response.headers().get("location").and_then(|value| value.to_str().ok());
    let location = location.map(str::to_owned);
    let mut body = Vec::new();
    let read = response.body_mut().as_reader().take(LONGEST_ANSWER).read_to_end(&mut body);
    let status = response.status().as_u16();
    // A server that hangs up over a refusal has still said why.
    if (200..300).contains(&status) {
        read.map_err(|error| transport(error.into()))?;
    }
    Ok(Answer { status, location, body })
}

fn agent(endpoint: &Endpoint) -> ureq::Agent {
    let mut config = ureq::Agent::config_builder()
        .user_agent(concat!("flamebook/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_await_100(Some(LEAVE))
        .timeout_global(Some(TOTAL));
    if endpoint.is_local() {
        config = config.proxy(None);
    }
    config.build().new_agent()
}

impl Answer {
    /// The link, or why there is none.
    fn receipt(&self, endpoint: &Endpoint, bytes: u64) -> Result<Receipt, ShareError> {
        let text = String::from_utf8_lossy(&self.body);
        let address = endpoint.to_string();
        match self.status {
            200..=299 => {}
            300..=399 => {
                let to = self.location.as_deref().and_then(|location| endpoint.link(location));
                let to = to.and_then(|link| Endpoint::parse(&link).ok());
                return Err(match to.filter(|to| to != endpoint) {
                    Some(to) => ShareError::Redirected { endpoint: address, to: to.to_string() },
                    None => ShareError::Circle { endpoint: address },
                });
            }
            status => {
                let reason = one_line(&text);
                return Err(ShareError::Refused { endpoint: address, status, reason });
            }
        }
        let Ok(answer) = serde_json::from_str::<Json>(&text) else {
            return Err(ShareError::NotJson { endpoint: address, answer: one_line(&text) });
        };
        let said = answer["url"].as_str().unwrap_or_default();
        match endpoint.link(said) {
            Some(link) => Ok(Receipt { link, bytes }),
            None => Err(ShareError::NoLink { endpoint: address, link: one_line(said) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_what_the_protocol_says() {
        let profile = "{\"version\":1}";
        let upload = Upload { name: "a \"b\"", profile, units: "bytes", recorder: "unknown" };
        // base64 of {"version":1}: three bytes are four letters, 13 are 18 and "==".
        let expected = json!({
            "name": "a \"b\"",
            "profile": "eyJ2ZXJzaW9uIjoxfQ==",
            "fileTypeData": {"units": "bytes", "spyName": "unknown"},
            "type": "json",
        });
        assert_eq!(envelope(&upload), expected);
    }

    fn receipt(status: u16, location: Option<&str>, body: &str) -> Result<String, String> {
        let endpoint = Endpoint::parse("https://host").expect("an address");
        let location = location.map(str::to_owned);
        let answer = Answer { status, location, body: body.as_bytes().to_owned() };
        answer.receipt(&endpoint, 7).map(|receipt| receipt.link).map_err(|error| error.to_string())
    }

    #[test]
    fn an_answer_is_a_link_or_a_reason() {
        let link = |body| receipt(201, None, body);
        assert_eq!(link("{\"key\":\"k\",\"url\":\"/k\"}"), Ok("https://host/k".into()));
        for (answer, reason) in [
            (receipt(200, None, "<h1>hi</h1>"), "answered, but not in JSON: `<h1>hi</h1>`"),
            (receipt(204, None, ""), "answered, but not in JSON"),
            (link("[]"), "answered without a link that can be opened"),
            (link("{\"url\":7}"), "answered without a link that can be opened"),
            (
                link("{\"url\":\"javascript:alert(1)\\u001b\"}"),
                "answered without a link that can be opened: `javascript:alert(1)\u{fffd}`",
            ),
            (receipt(500, None, "\nno\u{7} space\n"), "answered 500: `no\u{fffd} space`"),
            (receipt(302, Some("/login"), ""), "sends uploads elsewhere: https://host/login"),
            (receipt(307, Some("//b/api/upload/v1"), ""), "sends uploads elsewhere: https://b"),
            (receipt(308, Some("gopher://x"), ""), "sends uploads back to itself, or nowhere"),
            (receipt(302, Some("/api/upload/v1"), ""), "sends uploads back to itself, or nowhere"),
            (receipt(307, None, ""), "sends uploads back to itself, or nowhere"),
        ] {
            assert_eq!(answer, Err(format!("https://host {reason}")));
        }
    }

    #[test]
    fn a_body_is_not_read_on_after_an_interrupt() {
        let sent = Arc::new(Sent::default());
        let mut posted = Posted { body: Cursor::new(vec![1; 10]), sent: sent.clone() };
        assert_eq!(posted.read(&mut [0; 4]).ok(), Some(4));
        assert_eq!(sent.bytes.load(Ordering::Relaxed), 4);
        sent.stop.store(true, Ordering::Relaxed);
        assert!(posted.read(&mut [0; 4]).is_err());
    }
}
