//! A small HTTP server of the tests: it keeps connections, writes down each request, and
//! answers as the test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    /// `name: value`, names in lower case.
    pub(crate) headers: Vec<String>,
    /// Unpacked.
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// `SelectSeries` of a path that ends with it.
    pub(crate) fn method(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// What comes back.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A status with headers in further lines, and a body.
    Says(String, Vec<u8>),
    /// These bytes and nothing more; then the connection is closed.
    Raw(Vec<u8>),
    /// These bytes in ten parts with pauses; then the connection is closed.
    Slowly(Vec<u8>),
    /// Nothing, until the client closes the connection.
    Silence,
}

impl Reply {
    pub(crate) fn message(message: &impl prost::Message) -> Reply {
        Reply::Says("200 OK".to_owned(), message.encode_to_vec())
    }

    pub(crate) fn says(status: &str, body: &str) -> Reply {
        Reply::Says(status.to_owned(), body.as_bytes().to_vec())
    }
}

type Answering = dyn Fn(&Asked) -> Reply + Send + Sync;

/// Listens on a local port until it is dropped.
pub(crate) struct Web {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    asked: Mutex<Vec<Asked>>,
    stop: AtomicBool,
    answer: Box<Answering>,
}

impl Web {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Web {
        Web::at("127.0.0.1:0", answer)
    }

    /// The same on a port that is known.
    pub(crate) fn at(
        address: impl ToSocketAddrs,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Web {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let answer = Box::new(answer);
        let state =
            Arc::new(State { asked: Mutex::default(), stop: AtomicBool::new(false), answer });
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::Relaxed) {
                    return;
                }
                let shared = shared.clone();
                thread::spawn(move || stream.map(|stream| serve(stream, &shared)));
            }
        });
        Web { address, state }
    }

    /// `http://127.0.0.1:4711`
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests since the last call.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.state.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Their methods, sorted.
    pub(crate) fn methods(&self) -> Vec<String> {
        let mut methods: Vec<String> =
            self.asked().iter().map(|asked| asked.method().to_owned()).collect();
        methods.sort();
        methods
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts connections.
        let _ = TcpStream::connect(self.address);
    }
}

/// Answers the requests of one connection; an error ends it.
fn serve(stream: TcpStream, state: &State) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let asked = read(&mut reader)?;
        let reply = (state.answer)(&asked);
        state.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        match reply {
            Reply::Says(status, body) => {
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all(head.as_bytes()).ok()?;
                stream.write_all(&body).ok()?;
            }
            Reply::Raw(bytes) => {
                stream.write_all(&bytes).ok()?;
                return None;
            }
            Reply::Slowly(bytes) => {
                for part in bytes.chunks(bytes.len().div_ceil(10)) {
                    stream.write_all(part).ok()?;
                    thread::sleep(Duration::from_millis(20));
                }
                return None;
            }
            Reply::Silence => {
                let _ = reader.read(&mut [0]);
                return None;
            }
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push(format!("{}: {}", name.to_ascii_lowercase(), value.trim()));
    }
    let length = headers.iter().find_map(|header| header.strip_prefix("content-length: "));
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    if headers.iter().any(|header| header == "content-encoding: gzip") {
        let packed = std::mem::take(&mut body);
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut body).ok()?;
    }
    Some(Asked { path, headers, body })
}
