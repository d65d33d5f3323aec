//! Clients without the key: what they may send, and what it costs the kernel.
//!
//! They write ZMTP byte by byte: <https://rfc.zeromq.org/spec/23/>.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::frontend::{self, Frontend, Kernel};

/// Shell, IOPub, stdin, control and heartbeat.
const SOCKETS: std::ops::RangeInclusive<u8> = 1..=5;

/// Connects to a socket: its file exists a moment before anybody listens.
pub(crate) fn connected(kernel: &Kernel, socket: u8) -> UnixStream {
    let start = Instant::now();
    loop {
        match UnixStream::connect(kernel.socket(socket)) {
            Ok(stream) => return stream,
            Err(error) if start.elapsed() > Duration::from_secs(20) => panic!("{error}"),
            Err(_) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Connects and makes the handshake, which needs no key.
fn greeted(kernel: &Kernel, socket: u8) -> UnixStream {
    let mut stream = connected(kernel, socket);
    let mut hello = vec![0; 64];
    (hello[0], hello[9], hello[10]) = (0xff, 0x7f, 3);
    hello[12..16].copy_from_slice(b"NULL");
    let socket_type: &[u8] = if socket == 2 { b"\0\0\0\x03SUB" } else { b"\0\0\0\x06DEALER" };
    let ready = [b"\x05READY\x0bSocket-Type", socket_type].concat();
    hello.extend([4, ready.len() as u8]);
    hello.extend(ready);
    stream.write_all(&hello).expect("the kernel reads the handshake");
    stream
}

/// A long frame of the given flags that claims this length.
fn header(flags: u8, length: u64) -> Vec<u8> {
    [&[flags | 2][..], &length.to_be_bytes()].concat()
}

/// Reads until the kernel closes the connection.
fn wait_for_end(mut stream: UnixStream) {
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
    match stream.read_to_end(&mut Vec::new()) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection stays open: {error}"),
    }
}

fn is_answered(kernel: &Kernel, frontend: &mut Frontend) {
    let (reply, published) = frontend.execute_to_end("20 + 22");
    assert_eq!((&reply.content["status"], published.len()), (&"ok".into(), 2));
    assert_eq!(frontend::heartbeat(kernel, b"still there?"), b"still there?");
}

#[test]
fn a_frame_that_claims_too_much_closes_its_connection_only() {
    let kernel = Kernel::process();
    let mut frontend = Frontend::connect(&kernel);
    for socket in SOCKETS {
        for length in [1 << 40, 1 << 30, (16 << 20) + 1, u64::MAX, 1 << 63] {
            for flags in [0, 1, 4] {
                let mut stream = greeted(&kernel, socket);
                stream.write_all(&header(flags, length)).expect("the kernel reads a header");
                wait_for_end(stream);
            }
        }
    }
    is_answered(&kernel, &mut frontend);
}

/// Writes `bytes` again and again to all streams, as fast as the kernel reads them.
fn flood(streams: &mut [UnixStream], bytes: &[u8], time: Duration) {
    let start = Instant::now();
    streams.iter().for_each(|stream| stream.set_nonblocking(true).expect("a socket"));
    let mut written = vec![0; streams.len()];
    while start.elapsed() < time {
        for (stream, at) in streams.iter_mut().zip(&mut written) {
            // Fails if the kernel has closed it, or has not read what came before.
            *at = (*at + stream.write(&bytes[*at..]).unwrap_or(0)) % bytes.len();
        }
    }
}

/// Nobody without the key makes the kernel take more than is said in `kernel`: 64 MiB for
/// large messages, 64 KiB for each connection, and outputs that a subscriber does not read.
#[cfg(target_os = "linux")]
#[test]
fn a_flood_without_the_key_takes_little_memory() {
    let kernel = Kernel::process();
    let mut frontend = Frontend::connect(&kernel);
    is_answered(&kernel, &mut frontend);
    let before = kernel.memory("VmHWM");

    // Frames of 15 MB that never end, of which everything is sent that is read.
    let connect = |socket| (0..80).map(|_| greeted(&kernel, socket)).collect::<Vec<_>>();
    let mut stalled: Vec<UnixStream> = [1, 3, 4].into_iter().flat_map(connect).collect();
    for stream in &mut stalled {
        stream.write_all(&header(0, 15_000_000)).expect("the kernel reads a header");
    }
    flood(&mut stalled, &[b'x'; 100_000], Duration::from_secs(2));
    is_answered(&kernel, &mut frontend);

    // Echoes that nobody reads, and unsigned messages without end.
    let mut beats = connect(5);
    let beat = [&header(0, 50_000)[..], &[b'x'; 50_000]].concat();
    flood(&mut beats, &beat, Duration::from_secs(2));
    let mut unsigned: Vec<UnixStream> = [1, 3, 4].into_iter().flat_map(connect).collect();
    let message = [1, 9].iter().chain(b"<IDS|MSG>").copied().chain([0, 0]);
    flood(&mut unsigned, &message.collect::<Vec<_>>().repeat(1000), Duration::from_secs(2));

    // Subscriptions without end.
    let mut subscribers = connect(2);
    flood(&mut subscribers, &[0, 2, 1, b'x'].repeat(1000), Duration::from_secs(1));
    is_answered(&kernel, &mut frontend);

    let taken = kernel.memory("VmHWM") - before;
    // 64 MiB and 560 times 64 KiB, and as much again for what the allocator keeps.
    assert!(taken < 200, "{taken} MB");
}
