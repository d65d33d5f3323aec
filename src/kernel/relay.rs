//! Stands between subscribers and the PUB socket, to see when each one has
//! subscribed.
//!
//! `zeromq` 0.7 does not tell: its PUB socket keeps subscriptions to itself, and
//! its XPUB socket, which reports them, lets one stalled subscriber block all
//! others. Guessing from the time of the connection loses messages whenever the
//! machine is busy. So the PUB socket listens on an address of its own, and what
//! clients say to it passes through here. ZMTP is only read as far as needed to
//! recognise the first message of a client, which is its subscription.
//! <https://rfc.zeromq.org/spec/23/>

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jupyter_protocol::ConnectionInfo;
use jupyter_protocol::connection_info::Transport;
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use zeromq::{PubSocket, Socket};

use crate::kernel::channel::log;
use crate::kernel::iopub::IoPub;
use crate::kernel::welcome::Gate;

/// The greeting that opens a connection, before any frame.
const GREETING: usize = 64;

/// Follows the path of the IOPub socket in that of the PUB socket behind it.
pub(super) const INNER: &str = "-inner";

/// What is read from the PUB socket at once.
const CHUNK: usize = 64 << 10;

/// Flags of a frame.
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// Welcomes clients when they have subscribed.
#[derive(Clone)]
pub(super) struct Doorkeeper {
    pub(super) gate: Arc<Gate>,
    pub(super) iopub: IoPub,
}

/// Lets the clients of `connection` subscribe to `socket`. Errors name the address.
pub(super) async fn bind(
    connection: &ConnectionInfo,
    socket: &mut PubSocket,
    doorkeeper: Doorkeeper,
) -> Result<()> {
    let bound = match connection.transport {
        Transport::TCP => bind_tcp(connection, socket, doorkeeper).await,
        Transport::IPC => bind_ipc(connection, socket, doorkeeper).await,
    };
    bound.with_context(|| format!("cannot bind {} for iopub", connection.iopub_url()))
}

async fn bind_tcp(
    connection: &ConnectionInfo,
    socket: &mut PubSocket,
    doorkeeper: Doorkeeper,
) -> Result<()> {
    let inner = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let address = inner.local_addr()?;
    socket.bind_listener(inner).await?;
    let outer = TcpListener::bind((connection.ip.as_str(), connection.iopub_port)).await?;
    tokio::spawn(async move {
        loop {
            let doorkeeper = doorkeeper.clone();
            match outer.accept().await {
                Ok((client, _)) => tokio::spawn(async move {
                    let server = TcpStream::connect(address).await?;
                    // Small messages follow one another closely.
                    client.set_nodelay(true)?;
                    server.set_nodelay(true)?;
                    relay(client, server, doorkeeper).await
                }),
                Err(error) => {
                    refused(&error).await;
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
    doorkeeper: Doorkeeper,
) -> Result<()> {
    let outer = format!("{}-{}", connection.ip, connection.iopub_port);
    let inner = format!("{outer}{INNER}");
    socket.bind(&format!("ipc://{inner}")).await?;
    let outer = UnixListener::bind(outer)?;
    tokio::spawn(async move {
        loop {
            let (doorkeeper, inner) = (doorkeeper.clone(), inner.clone());
            match outer.accept().await {
                Ok((client, _)) => tokio::spawn(async move {
                    let server = UnixStream::connect(inner).await?;
                    relay(client, server, doorkeeper).await
                }),
                Err(error) => {
                    refused(&error).await;
                    continue;
                }
            };
        }
    });
    Ok(())
}

async fn refused(error: &io::Error) {
    log("iopub", "cannot accept", error);
    // An error that stays, such as too many open files, must not keep a core busy.
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// Copies both ways until either side ends, which is how a connection ends.
async fn relay(
    client: impl AsyncRead + AsyncWrite,
    server: impl AsyncRead + AsyncWrite,
    doorkeeper: Doorkeeper,
) -> io::Result<()> {
    let (mut from_client, mut to_client) = io::split(client);
    let (mut from_server, mut to_server) = io::split(server);
    let (sender, delivered) = watch::channel(0);
    let upwards = async {
        pass_subscription(&mut from_client, &mut to_server).await?;
        let welcome = async {
            doorkeeper.gate.welcome(&doorkeeper.iopub, delivered).await;
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

/// Copies, and counts how often there was something. The client has answered
/// the whole handshake by the time it subscribes, so what comes then is published.
async fn deliver(
    from_server: &mut (impl AsyncRead + Unpin),
    to_client: &mut (impl AsyncWrite + Unpin),
    delivered: watch::Sender<u64>,
) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    while from_server.read_buf(&mut chunk).await? > 0 {
        // Before the client can react to it.
        delivered.send_modify(|count| *count += 1);
        to_client.write_all(&chunk).await?;
        chunk.clear();
    }
    Ok(())
}

/// Copies until a subscription has passed. Fails when the client leaves before.
async fn pass_subscription(
    from_client: &mut (impl AsyncRead + Unpin),
    to_server: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let mut said = Vec::new();
    while !has_subscribed(&said) {
        let start = said.len();
        if from_client.read_buf(&mut said).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to_server.write_all(&said[start..]).await?;
    }
    Ok(())
}

/// Does what a client `said` so far hold a whole frame that is not a command?
fn has_subscribed(said: &[u8]) -> bool {
    let mut frames = said.get(GREETING..).unwrap_or_default();
    while let Some((flags, rest)) = split_frame(frames) {
        if flags & COMMAND == 0 {
            return true;
        }
        frames = rest;
    }
    false
}

/// The flags of the first frame and what follows it, once it is there as a whole.
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

    /// What a SUB socket says: greeting, READY, and the subscription to everything.
    fn conversation(ready: &[u8]) -> Vec<u8> {
        let mut said = vec![0; GREETING];
        said.extend(ready);
        said.extend([0, 1, 1]);
        said
    }

    #[test]
    fn a_subscription_counts_when_its_last_byte_is_there() {
        let short_ready = [&[COMMAND, 6][..], b"\x05READY"].concat();
        let long_ready = [&[COMMAND | LONG, 0, 0, 0, 0, 0, 0, 0, 6][..], b"\x05READY"].concat();
        for ready in [short_ready, long_ready] {
            let said = conversation(&ready);
            for end in 0..said.len() {
                assert!(!has_subscribed(&said[..end]), "after {end} of {} bytes", said.len());
            }
            assert!(has_subscribed(&said));
        }
    }

    #[test]
    fn an_impossible_length_is_never_there() {
        let mut said = vec![0; GREETING];
        said.extend([LONG, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
        assert!(!has_subscribed(&said));
    }
}
