//! A bound socket: TCP, or a file for `transport: ipc`.
//!
//! Each connection is one task. Only [`CONNECTIONS`] are open at once; others wait in the
//! queue of the system, so that connections without a key take a limited amount of memory
//! and of file descriptors.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jupyter_protocol::ConnectionInfo;
use jupyter_protocol::connection_info::Transport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;

use crate::kernel::log::log;

/// The number of open connections of one socket. Each receives up to `zmtp::SMALL` bytes.
const CONNECTIONS: usize = 250;

/// A connection of either transport.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub(super) type Stream = Box<dyn Duplex>;

/// A socket that accepts connections.
pub(super) struct Listener {
    /// The channel, for error messages.
    name: &'static str,
    socket: Socket,
}

enum Socket {
    Tcp(TcpListener),
    Ipc(UnixListener),
}

impl Listener {
    /// Binds one of the ports of `connection`. The error names port and channel.
    pub(super) async fn bind(
        name: &'static str,
        connection: &ConnectionInfo,
        port: u16,
    ) -> Result<Listener> {
        let ip = connection.ip.as_str();
        let bound = match connection.transport {
            Transport::TCP => {
                let ip = if ip == "*" { "0.0.0.0" } else { ip };
                TcpListener::bind((ip, port)).await.map(Socket::Tcp)
            }
            Transport::IPC => UnixListener::bind(format!("{ip}-{port}")).map(Socket::Ipc),
        };
        let socket = bound.with_context(|| format!("cannot bind {ip}, port {port}, for {name}"))?;
        Ok(Listener { name, socket })
    }

    /// Starts a task that calls `serve` for each connection.
    pub(super) fn start<F>(self, serve: impl Fn(Stream) -> F + Send + 'static)
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        tokio::spawn(async move {
            let open = Arc::new(Semaphore::new(CONNECTIONS));
            while let Ok(permit) = open.clone().acquire_owned().await {
                match self.accept().await {
                    Ok(stream) => {
                        let served = serve(stream);
                        tokio::spawn(async move {
                            if let Err(error) = served.await
                                && error.kind() == io::ErrorKind::InvalidData
                            {
                                log(self.name, "closed a connection", &error);
                            }
                            drop(permit);
                        });
                    }
                    Err(error) => {
                        log(self.name, "cannot accept", &error);
                        // Too many open files persist: then this loop must not use a whole core.
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                }
            }
        });
    }

    async fn accept(&self) -> io::Result<Stream> {
        Ok(match &self.socket {
            Socket::Tcp(socket) => {
                let (stream, _) = socket.accept().await?;
                // Nagle's algorithm would delay small messages that follow one another.
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Socket::Ipc(socket) => Box::new(socket.accept().await?.0),
        })
    }
}
