//! Uploads of a result, only to an address that the user has written. `flamebook push` is the
//! other way by which data leave this machine.
//!
//! The protocol is that of flamegraph.com: `POST /api/upload/v1` with a profile in
//! base64, answered with a key and a link. The request runs on its own thread, so that
//! an interrupt stops it at once. Redirects are not followed: a profile is sent to the
//! address that the user wrote and to no other. Only this module uses ureq.

mod endpoint;
mod error;
mod transport;

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

use crate::http::one_line;
use crate::work::{Progress, Work};
use transport::{Phase, from_transport};

/// For the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// For the whole upload.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

/// For the answer to `expect: 100-continue`; some servers never send one.
const CONTINUE_TIMEOUT: Duration = Duration::from_millis(500);

/// Between two checks for an interrupt.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// An answer has a key and a link; the rest of a longer one is not read.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

/// A profile to publish.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// The title on the server.
    pub name: &'a str,
    /// Flamebearer JSON.
    pub profile: &'a str,
    /// From the metadata of the profile, as is the recorder.
    pub units: &'a str,
    pub recorder: &'a str,
}

/// The result of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// An http or https address.
    pub link: String,
    /// The size of the request body.
    pub bytes: u64,
}

/// Uploads a profile and returns its link.
pub fn publish(
    endpoint: &Endpoint,
    upload: &Upload<'_>,
    work: Work<'_>,
) -> Result<Receipt, ShareError> {
    work.check().map_err(|_| ShareError::Interrupted)?;
    let body = envelope(upload).to_string().into_bytes();
    let bytes = body.len() as u64;
    let state = Arc::new(UploadState::default());
    let (done, answers) = channel();
    let (server, body) =
        (endpoint.clone(), UploadBody { body: Cursor::new(body), state: state.clone() });
    let spawned = thread::Builder::new().name("upload".to_owned()).spawn(move || {
        // Fails only after an interrupt, when nobody waits for the answer.
        let _ = done.send(post(&server, body, bytes));
    });
    spawned.map_err(|error| ShareError::Unreachable {
        endpoint: endpoint.to_string(),
        cause: error.to_string(),
    })?;
    loop {
        match answers.recv_timeout(CHECK_INTERVAL) {
            Ok(answer) => return answer?.receipt(endpoint, bytes),
            Err(RecvTimeoutError::Disconnected) => {
                let cause = "the upload ended without an answer".to_owned();
                return Err(ShareError::Broken { endpoint: endpoint.to_string(), cause });
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if work.check().is_err() {
            state.stop.store(true, Ordering::Relaxed);
            return Err(ShareError::Interrupted);
        }
        let done = state.bytes.load(Ordering::Relaxed);
        work.watch.progress(&Progress { what: "uploading", unit: "bytes", done, total: bytes });
    }
}

/// The request body.
fn envelope(upload: &Upload<'_>) -> Json {
    json!({
        "name": upload.name,
        "profile": STANDARD.encode(upload.profile),
        "fileTypeData": {"units": upload.units, "spyName": upload.recorder},
        "type": "json",
    })
}

/// Shared by the thread that uploads and the one that waits.
#[derive(Default)]
struct UploadState {
    /// Sent so far.
    bytes: AtomicU64,
    stop: AtomicBool,
}

/// The request body. After an interrupt reading it fails, which ends the request.
struct UploadBody {
    body: Cursor<Vec<u8>>,
    state: Arc<UploadState>,
}

impl Read for UploadBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("interrupted"));
        }
        let read = self.body.read(buffer)?;
        self.state.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The response of a server.
struct Response {
    status: u16,
    /// Where a redirect points.
    location: Option<String>,
    body: Vec<u8>,
}

fn post(endpoint: &Endpoint, body: UploadBody, bytes: u64) -> Result<Response, ShareError> {
    let state = body.state.clone();
    let transport = |error: ureq::Error| {
        let phase = match state.bytes.load(Ordering::Relaxed) {
            0 => Phase::Connecting,
            _ => Phase::Sending,
        };
        from_transport(&error, endpoint, phase)
    };
    let mut response = agent(endpoint)
        .post(endpoint.upload())
        .header("content-type", "application/json")
        .header("content-length", bytes.to_string())
        // A server can refuse before the body is sent. Otherwise it may close the
        // connection during the upload, and its answer is lost.
        .header("expect", "100-continue")
        .send(ureq::SendBody::from_owned_reader(body))
        .map_err(transport)?;
    let location = response.headers().get("location").and_then(|value| value.to_str().ok());
    let location = location.map(str::to_owned);
    let mut body = Vec::new();
    let read = response.body_mut().as_reader().take(MAX_ANSWER_BYTES).read_to_end(&mut body);
    let status = response.status().as_u16();
    // If a server refuses and then closes the connection, its reason is still shown.
    if (200..300).contains(&status) {
        read.map_err(|error| transport(error.into()))?;
    }
    Ok(Response { status, location, body })
}

fn agent(endpoint: &Endpoint) -> ureq::Agent {
    let mut config = ureq::Agent::config_builder()
        .user_agent(concat!("flamebook/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_await_100(Some(CONTINUE_TIMEOUT))
        .timeout_global(Some(TOTAL_TIMEOUT));
    if endpoint.is_local() {
        config = config.proxy(None);
    }
    config.build().new_agent()
}

impl Response {
    /// The link, or the error.
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
                    None => ShareError::RedirectLoop { endpoint: address },
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
        let link = answer["url"].as_str().unwrap_or_default();
        match endpoint.link(link) {
            Some(link) => Ok(Receipt { link, bytes }),
            None => Err(ShareError::NoLink { endpoint: address, link: one_line(link) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_that_of_the_protocol() {
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
        let answer = Response { status, location, body: body.as_bytes().to_owned() };
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
            (receipt(302, Some("/login"), ""), "redirects uploads to https://host/login"),
            (receipt(307, Some("//b/api/upload/v1"), ""), "redirects uploads to https://b"),
            (receipt(308, Some("gopher://x"), ""), "redirects uploads to itself, or to no address"),
            (
                receipt(302, Some("/api/upload/v1"), ""),
                "redirects uploads to itself, or to no address",
            ),
            (receipt(307, None, ""), "redirects uploads to itself, or to no address"),
        ] {
            assert_eq!(answer, Err(format!("https://host {reason}")));
        }
    }

    #[test]
    fn no_more_of_the_body_is_read_after_an_interrupt() {
        let state = Arc::new(UploadState::default());
        let mut body = UploadBody { body: Cursor::new(vec![1; 10]), state: state.clone() };
        assert_eq!(body.read(&mut [0; 4]).ok(), Some(4));
        assert_eq!(state.bytes.load(Ordering::Relaxed), 4);
        state.stop.store(true, Ordering::Relaxed);
        assert!(body.read(&mut [0; 4]).is_err());
    }
}
