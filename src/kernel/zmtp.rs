//! ZMTP 3.0, the protocol between ZeroMQ sockets, as far as a kernel needs it.
//!
//! Anyone who reaches a port can send bytes before a signature can be checked. So memory
//! is only taken for bytes that have arrived, and never more than this file says: see
//! [`SMALL`], [`LARGE`] and [`TURNS`]. That is the reason for own code: `zeromq` 0.7
//! allocates what a frame claims, queues without regard to size, and does not tell which
//! connection has subscribed.
//!
//! There is no encryption (the mechanism is NULL), as Jupyter signs its messages itself.
//! <https://rfc.zeromq.org/spec/23/>

use std::io;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadHalf, WriteHalf, split,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// A connection may send messages of this size, in bytes, at any time.
pub(super) const SMALL: usize = 64 << 10;

/// A message is at most this large, in bytes. A Jupyter server passes on 10 MiB.
pub(super) const LARGE: usize = 16 << 20;

/// So many messages over [`SMALL`] are received at once, over all sockets of the process.
const TURNS: usize = 4;

static LARGE_TURNS: Semaphore = Semaphore::const_new(TURNS);

/// A message must have arrived this long after its first byte.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(30);

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// What a frame costs in addition to its bytes. It limits the number of empty frames.
const FRAME_COST: usize = 64;

/// The size of the longest command: the metadata of a peer.
const COMMAND: usize = 4 << 10;

/// Read at once, in bytes.
const CHUNK: usize = 64 << 10;

const GREETING_LENGTH: usize = 64;
const MECHANISM: &[u8; 20] = b"NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

const MORE_FLAG: u8 = 1;
const LONG_FLAG: u8 = 2;
const COMMAND_FLAG: u8 = 4;

/// A connection after its handshake.
pub(super) struct Peer<S> {
    pub(super) reader: Reader<S>,
    pub(super) writer: WriteHalf<S>,
    /// The name that the peer gives itself; most often empty.
    pub(super) identity: Bytes,
}

/// Reads messages.
pub(super) struct Reader<S> {
    stream: BufReader<ReadHalf<S>>,
}

/// A message. As long as a large one exists, it takes one of the turns.
pub(super) struct Received {
    pub(super) frames: Vec<Bytes>,
    _turn: Option<SemaphorePermit<'static>>,
}

struct FrameHeader {
    flags: u8,
    length: u64,
}

/// Greets the peer as a socket of this type: `ROUTER`, `PUB` or `DEALER`.
pub(super) async fn handshake<S>(stream: S, socket_type: &str) -> io::Result<Peer<S>>
where
    S: AsyncRead + AsyncWrite,
{
    let (read_half, mut writer) = split(stream);
    let mut reader = Reader { stream: BufReader::new(read_half) };
    let exchange = async {
        writer.write_all(&greeting()).await?;
        reader.greeting().await?;
        writer.write_all(&ready(socket_type)).await?;
        reader.ready().await
    };
    let identity = timeout(HANDSHAKE_TIMEOUT, exchange).await??;
    Ok(Peer { reader, writer, identity })
}

/// The bytes of a message.
pub(super) fn encode(frames: &[Bytes]) -> Bytes {
    let size: usize = frames.iter().map(|frame| 9 + frame.len()).sum();
    let mut bytes = BytesMut::with_capacity(size);
    for (nth, frame) in frames.iter().enumerate() {
        let more = if nth + 1 < frames.len() { MORE_FLAG } else { 0 };
        put_frame(&mut bytes, more, frame);
    }
    bytes.freeze()
}

fn put_frame(bytes: &mut BytesMut, flags: u8, body: &[u8]) {
    match u8::try_from(body.len()) {
        Ok(length) => bytes.put_slice(&[flags, length]),
        Err(_) => {
            bytes.put_u8(flags | LONG_FLAG);
            bytes.put_u64(body.len() as u64);
        }
    }
    bytes.put_slice(body);
}

fn greeting() -> [u8; GREETING_LENGTH] {
    let mut greeting = [0; GREETING_LENGTH];
    (greeting[0], greeting[9]) = (0xff, 0x7f);
    // The version: 3.0.
    greeting[10] = 3;
    greeting[12..32].copy_from_slice(MECHANISM);
    greeting
}

fn ready(socket_type: &str) -> Bytes {
    let mut body = BytesMut::new();
    body.put_slice(b"\x05READY\x0bSocket-Type");
    body.put_u32(socket_type.len() as u32);
    body.put_slice(socket_type.as_bytes());
    let mut bytes = BytesMut::new();
    put_frame(&mut bytes, COMMAND_FLAG, &body);
    bytes.freeze()
}

impl<S: AsyncRead> Reader<S> {
    /// The next message, of at most `limit` bytes.
    pub(super) async fn message(&mut self, limit: usize) -> io::Result<Received> {
        let first = self.message_header().await?;
        timeout(MESSAGE_TIMEOUT, self.rest(first, limit)).await?
    }

    async fn rest(&mut self, first: FrameHeader, limit: usize) -> io::Result<Received> {
        let (mut frames, mut header, mut left, mut turn) = (Vec::new(), first, limit, None);
        loop {
            let length = header.length_within(left)?;
            let cost = length + FRAME_COST;
            left = left.checked_sub(cost).ok_or_else(|| too_large(header.length))?;
            if limit - left > SMALL && turn.is_none() {
                turn = LARGE_TURNS.acquire().await.ok();
            }
            frames.push(self.body(length).await?);
            if header.flags & MORE_FLAG == 0 {
                return Ok(Received { frames, _turn: turn });
            }
            header = self.message_header().await?;
        }
    }

    /// The header of the next frame that is not a command.
    async fn message_header(&mut self) -> io::Result<FrameHeader> {
        loop {
            let header = self.header().await?;
            if header.flags & COMMAND_FLAG == 0 {
                return Ok(header);
            }
            self.body(header.length_within(COMMAND)?).await?;
        }
    }

    async fn header(&mut self) -> io::Result<FrameHeader> {
        let flags = self.stream.read_u8().await?;
        let length = match flags & LONG_FLAG {
            0 => u64::from(self.stream.read_u8().await?),
            _ => self.stream.read_u64().await?,
        };
        Ok(FrameHeader { flags, length })
    }

    /// Takes memory as bytes arrive, whatever the header has claimed.
    async fn body(&mut self, length: usize) -> io::Result<Bytes> {
        let mut body = Vec::new();
        while body.len() < length {
            let chunk = (length - body.len()).min(body.len().max(CHUNK));
            body.reserve_exact(chunk);
            if (&mut self.stream).take(chunk as u64).read_buf(&mut body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(body.into())
    }

    async fn greeting(&mut self) -> io::Result<()> {
        let mut greeting = [0; GREETING_LENGTH];
        self.stream.read_exact(&mut greeting).await?;
        let [0xff, _, _, _, _, _, _, _, _, 0x7f, (3..), _, mechanism @ ..] = &greeting else {
            return Err(invalid("the peer does not speak ZMTP 3"));
        };
        match mechanism.starts_with(MECHANISM) {
            true => Ok(()),
            false => Err(invalid("the peer requires a security mechanism")),
        }
    }

    /// The identity of the peer.
    async fn ready(&mut self) -> io::Result<Bytes> {
        let header = self.header().await?;
        let body = self.body(header.length_within(COMMAND)?).await?;
        match body.strip_prefix(b"\x05READY") {
            Some(metadata) if header.flags & COMMAND_FLAG != 0 => {
                identity(metadata).ok_or_else(|| invalid("the metadata of the peer is cut"))
            }
            _ => Err(invalid("the peer does not say that it is ready")),
        }
    }
}

impl FrameHeader {
    fn length_within(&self, limit: usize) -> io::Result<usize> {
        match usize::try_from(self.length) {
            Ok(length) if length <= limit => Ok(length),
            _ => Err(too_large(self.length)),
        }
    }
}

fn too_large(length: u64) -> io::Error {
    invalid(format!("a frame of {length} bytes makes the message too large"))
}

/// The property `Identity`; empty if it is not there.
fn identity(mut metadata: &[u8]) -> Option<Bytes> {
    let mut identity = Bytes::new();
    while let Some((&length, rest)) = metadata.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(length))?;
        let (length, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        if name.eq_ignore_ascii_case(b"Identity") {
            identity = Bytes::copy_from_slice(value);
        }
        metadata = rest;
    }
    Some(identity)
}

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the reader says to these bytes, sent after the handshake.
    async fn read(bytes: Vec<u8>, limit: usize) -> io::Result<Vec<Bytes>> {
        let (here, mut there) = tokio::io::duplex(1 << 20);
        there.write_all(&greeting()).await?;
        there.write_all(&ready("DEALER")).await?;
        there.write_all(&bytes).await?;
        let mut peer = handshake(here, "ROUTER").await?;
        drop(there);
        Ok(peer.reader.message(limit).await?.frames)
    }

    #[tokio::test]
    async fn an_encoded_message_can_be_read() {
        let frames = [0, 1, 255, 256, 200_000].map(|length| Bytes::from(vec![7; length]));
        let read = read(encode(&frames).to_vec(), LARGE).await.expect("a message");
        assert_eq!(read, frames);
    }

    /// From the specification: flags, length, body.
    #[test]
    fn frames_are_written_as_the_specification_says() {
        assert_eq!(&*encode(&["a".into(), Bytes::new()]), b"\x01\x01a\x00\x00");
        assert_eq!(&encode(&[vec![7; 256].into()])[..9], [2, 0, 0, 0, 0, 0, 0, 1, 0]);
    }

    #[tokio::test]
    async fn a_message_is_at_most_as_large_as_the_limit() {
        let huge = [&[LONG_FLAG][..], &(1u64 << 40).to_be_bytes()].concat();
        let negative = [&[LONG_FLAG][..], &u64::MAX.to_be_bytes()].concat();
        let command = [&[LONG_FLAG | COMMAND_FLAG][..], &5000u64.to_be_bytes()].concat();
        let many = [MORE_FLAG, 0].repeat(1000);
        let sum = encode(&[vec![0; 600].into(), vec![0; 600].into()]).to_vec();
        for bytes in [huge, negative, command, many, sum] {
            let error = read(bytes, 1000).await.expect_err("it is too large");
            assert!(error.to_string().ends_with("makes the message too large"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_message_that_ends_early_is_an_error() {
        let whole = encode(&[vec![7; 300].into(), "b".into()]);
        for length in 0..whole.len() {
            let error = read(whole[..length].to_vec(), LARGE).await.expect_err("it is cut");
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length} bytes");
        }
    }

    #[test]
    fn the_identity_is_found_in_the_metadata() {
        let metadata = b"\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\x02me";
        assert_eq!(identity(metadata).as_deref(), Some(&b"me"[..]));
        assert_eq!(identity(b"").as_deref(), Some(&b""[..]));
        for length in 1..metadata.len() {
            let cut = identity(&metadata[..length]);
            assert!(cut.is_none_or(|found| found.is_empty()), "{length}");
        }
    }
}
