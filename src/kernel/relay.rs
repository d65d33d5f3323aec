//! A relay between clients and the PUB socket that detects each subscription.
//!
//! `zeromq` 0.7 does not report them: its PUB socket hides subscriptions, and with
//! its XPUB socket one stalled subscriber blocks all others. Waiting a fixed time
//! after the connection loses messages on a busy machine. So the PUB socket listens on
//! an internal address, and all bytes pass through here. ZMTP is parsed only as far
//! as needed to recognise a client's first message, which is its subscription:
//! <https://rfc.zeromq.org/spec/23/>. The relay can be removed when XPUB does not block
//! any more: <https://github.com/zeromq/zmq.rs/pull/283>.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jupyter_protocol::ConnectionInfo;
use jupyter_protocol::connection_info::Transport;
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use zeromq::{PubSocket, Socket};

use crate::kernel::iopub::IoPub;
use crate::kernel::log::log;
use crate::kernel::welcome::Gate;

/// The length of the greeting at the start of a connection, before any frame.
const GREETING_LENGTH: usize = 64;

/// The PUB socket has the path of the IOPub socket with this suffix.
pub(super) const INNER_SUFFIX: &str = "-inner";

/// The size of the buffer for bytes from the PUB socket.
const CHUNK: usize = 64 << 10;

/// Flags of a ZMTP frame.
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// What is done when a client has subscribed: it is welcomed.
#[derive(Clone)]
pub(super) struct SubscriptionHandler {
    pub(super) gate: Arc<Gate>,
    pub(super) iopub: IoPub,
}

/// Lets the clients of `connection` subscribe to `socket`. Errors contain the address.
pub(super) async fn bind(
    connection: &ConnectionInfo,
    socket: &mut PubSocket,
    handler: SubscriptionHandler,
) -> Result<()> {
    let bound = match connection.transport {
        Transport::TCP => bind_tcp(connection, socket, handler).await,
        Transport::IPC => bind_ipc(connection, socket, handler).await,
    };
    bound.with_context(|| format!("cannot bind {} for iopub", connection.iopub_url()))
}

async fn bind_tcp(
    connection: &ConnectionInfo,
    socket: &mut PubSocket,
    handler: SubscriptionHandler,
) -> Result<()> {
    let inner = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let address = inner.local_addr()?;
    socket.bind_listener(inner).await?;
    let outer = TcpListener::bind((connection.ip.as_str(), connection.iopub_port)).await?;
    tokio::spawn(async move {
        loop {
            let handler = handler.clone();
            match outer.accept().await {
                Ok((client, _)) => tokio::spawn(async move {
                    let server = TcpStream::connect(address).await?;
                    // Nagle's algorithm would delay small messages that follow one another.
                    client.set_nodelay(true)?;
                    server.set_nodelay(true)?;
                    relay(client, server, handler).await
                }),
                Err(error) => {
                    accept_failed(&error).await;
                    continue;
                }
            };
        }
    });
    Ok(())
}

async fn bind_ipc(
    connection: &ConnectionInfo,
    socket: &mut PubSocket,
    handler: SubscriptionHandler,
) -> Result<()> {
    let outer = format!("{}-{}", connection.ip, connection.iopub_port);
    let inner = format!("{outer}{INNER_SUFFIX}");
    socket.bind(&format!("ipc://{inner}")).await?;
    let outer = UnixListener::bind(outer)?;
    tokio::spawn(async move {
        loop {
            let (handler, inner) = (handler.clone(), inner.clone());
            match outer.accept().await {
                Ok((client, _)) => tokio::spawn(async move {
                    let server = UnixStream::connect(inner).await?;
                    relay(client, server, handler).await
                }),
                Err(error) => {
                    accept_failed(&error).await;
                    continue;
                }
            };
        }
    });
    Ok(())
}

async fn accept_failed(error: &io::Error) {
    log("iopub", "cannot accept", error);
    // Too many open files persist: then this loop must not use a whole core.
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// Copies in both directions until one side closes the connection.
async fn relay(
    client: impl AsyncRead + AsyncWrite,
    server: impl AsyncRead + AsyncWrite,
    handler: SubscriptionHandler,
) -> io::Result<()> {
    let (mut from_client, mut to_client) = io::split(client);
    let (mut from_server, mut to_server) = io::split(server);
    let (sender, delivered) = watch::channel(0);
    let upwards = async {
        pass_subscription(&mut from_client, &mut to_server).await?;
        let welcome = async {
            handler.gate.welcome(&handler.iopub, delivered).await;
            Ok(0)
        };
        tokio::try_join!(welcome, io::copy(&mut from_client, &mut to_server))?;
        io::Result::Ok(())
    };
    tokio::select! {
        ended = upwards => ended,
        ended = deliver(&mut from_server, &mut to_client, sender) => ended,
    }
}

/// Copies to the client and counts the reads. The handshake is complete before a client
/// subscribes, so later bytes are published messages.
async fn deliver(
    from_server: &mut (impl AsyncRead + Unpin),
    to_client: &mut (impl AsyncWrite + Unpin),
    delivered: watch::Sender<u64>,
) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    while from_server.read_buf(&mut chunk).await? > 0 {
        // Counted first, so that the count is right when the client reacts.
        delivered.send_modify(|count| *count += 1);
        to_client.write_all(&chunk).await?;
        chunk.clear();
    }
    Ok(())
}

/// Copies until a subscription has passed. Fails if the client disconnects earlier.
async fn pass_subscription(
    from_client: &mut (impl AsyncRead + Unpin),
    to_server: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let mut sent = Vec::new();
    while !has_subscribed(&sent) {
        let start = sent.len();
        if from_client.read_buf(&mut sent).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to_server.write_all(&sent[start..]).await?;
    }
    Ok(())
}

/// Whether the bytes that a client has sent contain a whole frame that is not a command.
fn has_subscribed(sent: &[u8]) -> bool {
    let mut frames = sent.get(GREETING_LENGTH..).unwrap_or_default();
    while let Some((flags, rest)) = split_frame(frames) {
        if flags & COMMAND == 0 {
            return true;
        }
        frames = rest;
    }
    false
}

/// The flags of the first frame and the bytes after it; none if the frame is incomplete.
fn split_frame(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&flags, bytes) = bytes.split_first()?;
    let (length, bytes) = if flags & LONG == 0 {
        let (&length, bytes) = bytes.split_first()?;
        (usize::from(length), bytes)
    } else {
        let (length, bytes) = bytes.split_first_chunk()?;
        (usize::try_from(u64::from_be_bytes(*length)).ok()?, bytes)
    };
    Some((flags, bytes.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a SUB socket sends: greeting, READY, and the subscription to everything.
    fn conversation(ready: &[u8]) -> Vec<u8> {
        let mut sent = vec![0; GREETING_LENGTH];
        sent.extend(ready);
        sent.extend([0, 1, 1]);
        sent
    }

    #[test]
    fn a_subscription_counts_when_its_last_byte_is_there() {
        let short_ready = [&[COMMAND, 6][..], b"\x05READY"].concat();
        let long_ready = [&[COMMAND | LONG, 0, 0, 0, 0, 0, 0, 0, 6][..], b"\x05READY"].concat();
        for ready in [short_ready, long_ready] {
            let sent = conversation(&ready);
            for end in 0..sent.len() {
                assert!(!has_subscribed(&sent[..end]), "after {end} of {} bytes", sent.len());
            }
            assert!(has_subscribed(&sent));
        }
    }

    #[test]
    fn an_impossible_length_is_never_there() {
        let mut sent = vec![0; GREETING_LENGTH];
        sent.extend([LONG, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
        assert!(!has_subscribed(&sent));
    }
}
