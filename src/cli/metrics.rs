//! Serves metrics to Prometheus: one page over HTTP/1.1, for a network that is trusted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// For a request and its answer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The largest head of a request, in bytes.
const HEAD: u64 = 16 << 10;

pub(crate) struct Metrics {
    listener: TcpListener,
    address: SocketAddr,
}

impl Metrics {
    /// `host:port`; `:9090` means all addresses of this machine.
    pub(crate) fn listen(text: &str) -> anyhow::Result<Metrics> {
        let address =
            if text.starts_with(':') { format!("0.0.0.0{text}") } else { text.to_owned() };
        let listener = TcpListener::bind(&address)
            .with_context(|| format!("cannot listen on {text}; write --listen 127.0.0.1:9090"))?;
        let address = listener.local_addr().context("a port that is open has an address")?;
        Ok(Metrics { listener, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Until the program ends. One answer after another: a slow reader is given up.
    pub(crate) fn serve(self, text: impl Fn() -> String + Send + 'static) {
        thread::spawn(move || {
            for stream in self.listener.incoming().flatten() {
                // The next request may fare better.
                let _ = answer(&stream, &text);
            }
        });
    }
}

fn answer(mut stream: &TcpStream, text: &dyn Fn() -> String) -> std::io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut lines = BufReader::new(stream.take(HEAD)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (status, body) = match request.split(' ').collect::<Vec<_>>()[..] {
        ["GET", "/metrics", _] => ("200 OK", text()),
        _ => ("404 Not Found", "the metrics are at /metrics\n".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}
