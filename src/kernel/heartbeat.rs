//! The heartbeat: every message is sent back unchanged.
//!
//! Each connection is an echo of its own, that sends a message back before it reads the
//! next. So a client that does not read its echo fills no queue.

use std::io;

use tokio::io::AsyncWriteExt;

use crate::kernel::listener::{Listener, Stream};
use crate::kernel::zmtp;

/// Echoes what clients send to `listener`.
pub(super) fn start(listener: Listener) {
    listener.start(echo);
}

/// Fails when the client leaves.
async fn echo(stream: Stream) -> io::Result<()> {
    let mut peer = zmtp::handshake(stream, "ROUTER").await?;
    loop {
        let beat = peer.reader.message(zmtp::SMALL).await?;
        peer.writer.write_all(&zmtp::encode(&beat.frames)).await?;
    }
}
