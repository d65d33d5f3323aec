//! A test server that receives profiles like flamegraph.com, and records them.
//!
//! It supports as much HTTP as an upload needs, one request per connection. The test
//! chooses the answer: the link of the protocol, anything else, or none.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver as Channel, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// Listens on a local port until it is dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    arrived: Channel<()>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// One request as received.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `POST /api/upload/v1 HTTP/1.1`
    pub(crate) line: String,
    /// `name: value`, names in lower case.
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

/// A status line with headers, and a body.
#[derive(Clone)]
pub(crate) enum Answer {
    Says {
        head: String,
        body: Vec<u8>,
    },
    /// Sends this when the head of the request is read, and closes the connection.
    Refuses {
        head: String,
        body: Vec<u8>,
    },
    /// Reads the request and never answers.
    Silence,
    /// Speaks another protocol.
    Babbles,
    /// Closes the connection without an answer.
    HangsUp,
}

impl Answer {
    /// The answer of the protocol.
    pub(crate) fn link(url: &str) -> Answer {
        Answer::json(&serde_json::json!({"key": "k", "url": url}).to_string())
    }

    pub(crate) fn json(body: &str) -> Answer {
        Answer::says("200 OK\r\ncontent-type: application/json", body)
    }

    /// Sent before the profile is read.
    pub(crate) fn refuses(status: &str, body: &str) -> Answer {
        Answer::Refuses { head: format!("HTTP/1.1 {status}"), body: body.as_bytes().to_vec() }
    }

    /// `status` may be followed by headers.
    pub(crate) fn says(status: &str, body: impl AsRef<[u8]>) -> Answer {
        Answer::Says { head: format!("HTTP/1.1 {status}"), body: body.as_ref().to_vec() }
    }
}

impl Receiver {
    /// Answers every request in the same way.
    pub(crate) fn start(answer: Answer) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (requests, stop) = (Arc::<Mutex<Vec<_>>>::default(), Arc::new(AtomicBool::new(false)));
        let (tell, arrived) = channel();
        let thread = thread::spawn({
            let (requests, stop) = (requests.clone(), stop.clone());
            move || serve(&listener, &answer, &requests, &stop, &tell)
        });
        Receiver { address, requests, arrived, stop, thread: Some(thread) }
    }

    /// `http://127.0.0.1:4711`
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test failed in here").clone()
    }

    /// Waits until a request is read.
    pub(crate) fn wait(&self) {
        self.arrived.recv().expect("a request");
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes it, so that it looks.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    listener: &TcpListener,
    answer: &Answer,
    requests: &Mutex<Vec<Request>>,
    stop: &AtomicBool,
    tell: &Sender<()>,
) {
    let mut kept = Vec::new();
    for stream in listener.incoming() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(mut stream) = stream else { continue };
        // A client that uses TLS gets the answer too.
        if let Some(request) = read(&stream, matches!(answer, Answer::Refuses { .. })) {
            requests.lock().expect("no test failed in here").push(request);
            let _ = tell.send(());
        }
        match answer {
            Answer::Says { head, body } | Answer::Refuses { head, body } => {
                let length = body.len();
                let head =
                    format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
            }
            Answer::Silence => kept.push(stream),
            Answer::Babbles => drop(stream.write_all(&[0x15, 3, 1, 0, 2, 2, 70, b'\n', b'\n'])),
            Answer::HangsUp => {}
        }
    }
}

/// A request; only the head if it is refused.
fn read(stream: &TcpStream, refused: bool) -> Option<Request> {
    const HELLO_OF_TLS: u8 = 0x16;
    let mut first = [0];
    stream.peek(&mut first).ok()?;
    if first[0] == HELLO_OF_TLS {
        return None;
    }
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push(format!("{}: {}", name.to_ascii_lowercase(), value.trim()));
    }
    let length = headers.iter().find_map(|header| header.strip_prefix("content-length: "));
    let length = if refused { 0 } else { length?.parse().ok()? };
    if !refused && headers.iter().any(|header| header == "expect: 100-continue") {
        reader.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line: line.trim_end().to_owned(), headers, body })
}
