//! The heartbeat: whatever arrives is sent back.
//!
//! A ROUTER rather than the customary REP, which insists on strict turns and
//! loses its place when a client leaves between a ping and its answer. To the
//! REQ socket of a client both look the same.

use std::time::Duration;

use anyhow::{Context, Result};
use zeromq::{RouterSocket, Socket, SocketRecv, SocketSend};

use crate::kernel::channel::log;

/// Binds `url` and echoes from now on. The error names it.
pub(super) async fn start(url: &str) -> Result<()> {
    let mut socket = RouterSocket::new();
    socket.bind(url).await.with_context(|| format!("cannot bind {url} for the heartbeat"))?;
    tokio::spawn(async move {
        loop {
            if let Err(error) = echo(&mut socket).await {
                log("heartbeat", "lost a beat", &error);
                // An error that stays must not keep a core busy.
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
