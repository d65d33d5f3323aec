//! The heartbeat: every message is sent back unchanged.
//!
//! A ROUTER socket, not the usual REP. REP requires strict turns, and stops working
//! when a client disconnects between a ping and its answer. The REQ socket of a
//! client cannot tell the two apart.

use std::time::Duration;

use anyhow::{Context, Result};
use zeromq::{RouterSocket, Socket, SocketRecv, SocketSend};

use crate::kernel::log::log;

/// Binds `url` and starts to echo. The error contains the URL.
pub(super) async fn start(url: &str) -> Result<()> {
    let mut socket = RouterSocket::new();
    socket.bind(url).await.with_context(|| format!("cannot bind {url} for the heartbeat"))?;
    tokio::spawn(async move {
        loop {
            if let Err(error) = echo(&mut socket).await {
                log("heartbeat", "cannot echo", &error);
                // If the error persists, this loop must not use a whole core.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    });
    Ok(())
}

async fn echo(socket: &mut RouterSocket) -> zeromq::ZmqResult<()> {
    let beat = socket.recv().await?;
    socket.send(beat).await
}
