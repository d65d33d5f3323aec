//! Requests to a server that a query reads from, that profiles are pushed to, or that `scrape`
//! fetches profiles from.
//!
//! HTTP/1.1 with connections that are kept; HTTP/2 without TLS is left out. A request runs
//! on a thread of its own, so that an interrupt closes its connection at once. Answers may
//! be packed with gzip, as large requests are, and have a limit in bytes. Redirects are not followed, because
//! credentials must not reach another host. `share` has a client of its own for uploads, and quotes servers as here.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::read::{GzEncoder, MultiGzDecoder};
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, RequestBuilder};

use crate::work::Work;

mod address;
mod failure;
mod words;

pub use address::{Address, without_login};
pub use failure::Failure;
pub use words::one_line;

/// For the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two checks for an interrupt.
const CHECK_INTERVAL: Duration = Duration::from_millis(10);
/// Bodies from this size on are packed, in bytes.
const PACKED_FROM: usize = 8 << 10;
/// Connections that are kept for the next request.
const KEPT: usize = 8;

/// How long an answer may take, and how large it may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    /// Unpacked.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { time: Duration::from_secs(120), bytes: 256 << 20 }
    }
}

/// A request with a body.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// Below the address of the server, with a slash in front.
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

/// A request without a body.
#[derive(Debug, Clone, Copy)]
pub struct Get<'a> {
    /// Below the address of the server, with a slash in front.
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Where a redirect points to.
    pub location: Option<String>,
    /// From `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// Unpacked.
    pub body: Vec<u8>,
}

/// Sends requests to one server.
pub struct Client {
    address: Address,
    limits: Limits,
    config: ureq::config::Config,
    /// Each has one connection, so that closing one does not disturb other requests.
    idle: Mutex<Vec<Agent>>,
}

impl Client {
    pub fn new(address: Address, limits: Limits) -> Client {
        let mut config = Agent::config_builder()
            .user_agent(concat!("flamebook/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(limits.time));
        if address.is_local() {
            config = config.proxy(None);
        }
        if let Some(roots) = trusted(&address) {
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        Client { address, limits, config: config.build(), idle: Mutex::default() }
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Sends a request and waits for the whole answer. `received` is called meanwhile with
    /// the number of bytes that have come.
    pub fn post(
        &self,
        post: &Post<'_>,
        work: Work<'_>,
        received: &dyn Fn(u64),
    ) -> Result<Answer, Failure> {
        self.send((post.path, post.headers), Some(post.body.to_vec()), work, received)
    }

    /// The same without a body.
    pub fn get(&self, get: &Get<'_>, work: Work<'_>) -> Result<Answer, Failure> {
        self.send((get.path, get.headers), None, work, &|_| {})
    }

    fn send(
        &self,
        (path, headers): (&str, &[(&str, &str)]),
        body: Option<Vec<u8>>,
        work: Work<'_>,
        received: &dyn Fn(u64),
    ) -> Result<Answer, Failure> {
        work.check().map_err(|_| Failure::Interrupted)?;
        let agent = self.idle().pop().unwrap_or_else(|| self.config.new_agent());
        let call = Call {
            agent: agent.clone(),
            uri: format!("{}{path}", self.address),
            headers: headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            body,
            limits: self.limits,
            is_secure: self.address.is_secure(),
            bytes: Arc::default(),
        };
        let bytes = call.bytes.clone();
        let (done, answers) = channel();
        let spawned = thread::Builder::new().name("request".to_owned()).spawn(move || {
            // Fails only after an interrupt, when nobody waits for the answer.
            let _ = done.send(call.run());
        });
        spawned.map_err(|error| Failure::Unreachable(error.to_string()))?;
        loop {
            match answers.recv_timeout(CHECK_INTERVAL) {
                Ok(answer) => {
                    self.keep(agent);
                    return answer;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::Broken("the request ended without an answer".to_owned()));
                }
                Err(RecvTimeoutError::Timeout) if work.check().is_err() => {
                    agent.shutdown();
                    return Err(Failure::Interrupted);
                }
                Err(RecvTimeoutError::Timeout) => received(bytes.load(Ordering::Relaxed)),
            }
        }
    }

    fn keep(&self, agent: Agent) {
        let mut idle = self.idle();
        if idle.len() < KEPT {
            idle.push(agent);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Agent>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The roots of the system, or those that `SSL_CERT_FILE` names; none for an address without
/// TLS, and if the system has none.
fn trusted(address: &Address) -> Option<RootCerts> {
    if !address.is_secure() {
        return None;
    }
    let found = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<_> = found.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    (!roots.is_empty()).then(|| RootCerts::new_with_certs(&roots))
}

/// One request, owned by its thread.
struct Call {
    agent: Agent,
    uri: String,
    headers: Vec<(String, String)>,
    /// None for a request without one.
    body: Option<Vec<u8>>,
    limits: Limits,
    is_secure: bool,
    /// Received so far.
    bytes: Arc<AtomicU64>,
}

impl Call {
    fn run(self) -> Result<Answer, Failure> {
        let failed = |error: ureq::Error| {
            Failure::of_ureq(&error, self.is_secure, self.limits.time.as_secs())
        };
        let mut response = match &self.body {
            None => self.with_headers(self.agent.get(&self.uri)).call(),
            Some(body) => self.post(body),
        }
        .map_err(failed)?;
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let location = header("location");
        let retry_after = header("retry-after").and_then(|text| text.trim().parse().ok());
        let is_packed = header("content-encoding").is_some_and(|encoding| encoding == "gzip");
        let status = response.status().as_u16();
        let length: Option<u64> = header("content-length").and_then(|text| text.parse().ok());
        if length.is_some_and(|length| length > self.limits.bytes) {
            return Err(self.too_large());
        }
        let body = self.read(response.body_mut().as_reader(), is_packed)?;
        Ok(Answer { status, location, retry_after, body })
    }

    fn post(&self, body: &[u8]) -> Result<Response<Body>, ureq::Error> {
        let request = self.with_headers(self.agent.post(&self.uri));
        let is_packed = self.headers.iter().any(|(name, _)| name == "content-encoding");
        match body.len() < PACKED_FROM || is_packed {
            true => request.send(body),
            false => request.header("content-encoding", "gzip").send(&packed(body)[..]),
        }
    }

    fn with_headers<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        let headers = self.headers.iter();
        let request = headers.fold(request, |request, (name, value)| request.header(name, value));
        request.header("accept-encoding", "gzip")
    }

    /// The whole body, unpacked.
    fn read(&self, body: impl Read, is_packed: bool) -> Result<Vec<u8>, Failure> {
        let counted = Counted { body, bytes: &self.bytes };
        let read =
            self.within_limit(counted)?.map_err(|error| match error.downcast::<ureq::Error>() {
                Ok(error) => Failure::of_ureq(&error, self.is_secure, self.limits.time.as_secs()),
                Err(error) => Failure::of_io(&error, self.is_secure),
            })?;
        match is_packed {
            true => self
                .within_limit(MultiGzDecoder::new(&read[..]))?
                .map_err(|error| Failure::BadGzip(error.to_string())),
            false => Ok(read),
        }
    }

    fn within_limit(&self, from: impl Read) -> Result<io::Result<Vec<u8>>, Failure> {
        let most = self.limits.bytes;
        let mut read = Vec::new();
        let done = from.take(most + 1).read_to_end(&mut read);
        if read.len() as u64 > most {
            return Err(self.too_large());
        }
        Ok(done.map(|_| read))
    }

    fn too_large(&self) -> Failure {
        Failure::TooLarge(format!("{} MiB", self.limits.bytes >> 20))
    }
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    // Reading from memory does not fail.
    let _ = GzEncoder::new(body, Compression::fast()).read_to_end(&mut packed);
    packed
}

/// Counts what is read.
struct Counted<'b, R> {
    body: R,
    bytes: &'b AtomicU64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.body.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;
    use crate::work::{Cancel, Unwatched};

    /// A server that reads one request, sends `answer`, and then waits until the other side
    /// closes the connection; the client, and what tells that it was closed.
    fn server(answer: &'static [u8], limits: Limits) -> (Client, std::sync::mpsc::Receiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (closed, told) = channel();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(answer);
            while stream.read(&mut buffer).is_ok_and(|n| n > 0) {}
            let _ = closed.send(());
        });
        let address = Address::parse(&format!("http://{address}")).expect("an address");
        (Client::new(address, limits), told)
    }

    fn post(client: &Client, cancel: &Cancel) -> Result<Answer, Failure> {
        let post = Post { path: "/x", headers: &[], body: b"" };
        client.post(&post, Work { cancel, watch: &Unwatched }, &|_| {})
    }

    #[test]
    fn an_interrupt_closes_the_connection_at_once() {
        let (client, closed) = server(b"", Limits::default());
        let cancel = Cancel::new();
        let from_outside = cancel.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            from_outside.cancel();
        });
        let began = Instant::now();
        assert_eq!(post(&client, &cancel), Err(Failure::Interrupted));
        closed.recv_timeout(Duration::from_secs(5)).expect("the connection is closed");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }

    #[test]
    fn a_silent_server_is_given_up_after_the_deadline() {
        let limits = Limits { time: Duration::from_millis(200), ..Limits::default() };
        let (client, _closed) = server(b"", limits);
        assert_eq!(post(&client, &Cancel::new()), Err(Failure::Late(0)));
    }

    #[test]
    fn no_more_than_the_limit_is_read() {
        let limits = Limits { bytes: 4, ..Limits::default() };
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12345";
        let (client, _closed) = server(answer, limits);
        assert_eq!(post(&client, &Cancel::new()), Err(Failure::TooLarge("0 MiB".to_owned())));
        // It does not say how long it is.
        let (client, _closed) = server(b"HTTP/1.1 200 OK\r\n\r\n12345", limits);
        assert_eq!(post(&client, &Cancel::new()), Err(Failure::TooLarge("0 MiB".to_owned())));
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n1234";
        let (client, _closed) = server(answer, limits);
        assert_eq!(post(&client, &Cancel::new()).map(|answer| answer.body), Ok(b"1234".to_vec()));
    }

    #[test]
    fn a_packed_answer_has_the_limit_of_what_it_unpacks_to() {
        let limits = Limits { bytes: 1000, ..Limits::default() };
        for (bytes, is_read) in [(1000, true), (1001, false)] {
            let body = packed(&vec![0; bytes]);
            let length = body.len();
            assert!(length < 100, "{length}");
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n"
            );
            let (client, _closed) = server([head.into_bytes(), body].concat().leak(), limits);
            let read = post(&client, &Cancel::new()).map(|answer| answer.body.len());
            let too_large = Err(Failure::TooLarge("0 MiB".to_owned()));
            assert_eq!(read, if is_read { Ok(bytes) } else { too_large });
        }
    }

    #[test]
    fn what_is_wrong_with_an_answer_is_said() {
        let gzip = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope";
        let (client, _closed) = server(gzip, Limits::default());
        assert!(matches!(post(&client, &Cancel::new()), Err(Failure::BadGzip(_))));
        let other = b"220 mail.example ESMTP\r\n";
        let (client, _closed) = server(other, Limits::default());
        assert!(matches!(post(&client, &Cancel::new()), Err(Failure::NotHttp(_))));
    }
}
