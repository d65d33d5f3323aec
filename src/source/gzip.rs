//! Unpacking gzip into a buffer that is reused.
//!
//! A stream may have several members, one after another, as `cat a.gz b.gz` makes them.
//! Checksums are verified: a profile with wrong numbers is worse than none. Profiles are
//! small, and setting up a decoder takes long in comparison. So one decoder is kept, and
//! headers are read here (RFC 1952).
//!
//! Files are read on all cores. Those that unpack to much wait for each other, so that the
//! limit holds for all of them together.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::malformed::{Malformed, ReadError};
use crate::quantity::{Quantity, Unit};
use crate::work::Work;

/// The most that a file may unpack to, in bytes, and files that are read at once together.
/// The largest real profiles have some hundred megabytes; a file far beyond that is a
/// decompression bomb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnpackLimit(pub u64);

impl Default for UnpackLimit {
    fn default() -> Self {
        UnpackLimit(1 << 30)
    }
}

impl fmt::Display for UnpackLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quantity::new(self.0 as f64, Unit::Bytes).fmt(f)
    }
}

/// The first guess of the unpacked size, as a multiple of the packed one; pprof files need 2 to 4.
const USUAL_RATIO: usize = 4;

/// What unpacks to more than this is read alone.
const LARGE: usize = 64 << 20;

/// Whether a file is read alone now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Held for the file that is read alone; unlike a lock it may move to another thread.
#[derive(Debug)]
struct Turn;

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.store(false, Ordering::Release);
    }
}

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The only compression method.
const DEFLATE: u8 = 8;

/// Flags of a header, for its optional parts.
const HEADER_CHECKSUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Unpacks files one after another.
#[derive(Debug)]
pub(super) struct Unpacker {
    inflate: Decompress,
    /// Never cleared, because growing it again would zero it for each file.
    buffer: Vec<u8>,
    limit: UnpackLimit,
    /// While the buffer is large.
    turn: Option<Turn>,
}

impl Default for Unpacker {
    fn default() -> Self {
        Unpacker::new(UnpackLimit::default())
    }
}

impl Unpacker {
    pub(super) fn new(limit: UnpackLimit) -> Unpacker {
        Unpacker { inflate: Decompress::new(false), buffer: Vec::new(), limit, turn: None }
    }

    /// The content is no longer needed. Others may unpack what is large now.
    pub(super) fn done(&mut self) {
        if self.turn.is_some() {
            self.buffer = Vec::new();
            self.turn = None;
        }
    }

    /// Makes room for this many bytes in all.
    fn grow(&mut self, length: usize, work: Work<'_>) -> Result<(), ReadError> {
        if length > LARGE && self.turn.is_none() {
            self.turn = Some(turn(work)?);
        }
        self.buffer.resize(length, 0);
        Ok(())
    }

    /// The content of `packed`.
    pub(super) fn unpack(&mut self, packed: &[u8], work: Work<'_>) -> Result<&[u8], ReadError> {
        let limit = usize::try_from(self.limit.0).unwrap_or(usize::MAX);
        let guess = (packed.len() * USUAL_RATIO).clamp(1024, limit.max(1024));
        if self.buffer.len() < guess {
            self.grow(guess.min(LARGE), work)?;
        }
        let mut packed = Packed { length: packed.len(), rest: packed };
        let mut filled = 0;
        loop {
            packed.header()?;
            let start = filled;
            filled = self.inflate(&mut packed, start, work)?;
            packed.trailer(&self.buffer[start..filled])?;
            if packed.rest.is_empty() {
                return Ok(&self.buffer[..filled]);
            }
        }
    }

    /// Unpacks one member into the buffer, from `filled` on; returns where it ends.
    ///
    /// The decoder gets the whole input and the whole buffer, so that it needs no sliding
    /// window.
    fn inflate(
        &mut self,
        packed: &mut Packed<'_>,
        mut filled: usize,
        work: Work<'_>,
    ) -> Result<usize, ReadError> {
        self.inflate.reset(false);
        loop {
            work.check()?;
            if filled == self.buffer.len() {
                // One byte more than is allowed shows that there is more.
                let most = usize::try_from(self.limit.0).unwrap_or(usize::MAX).saturating_add(1);
                self.grow((filled * 2).min(most).max(filled + 1), work)?;
            }
            let Unpacker { inflate, buffer, limit, .. } = self;
            let (read, written) = (inflate.total_in(), inflate.total_out());
            let status =
                inflate.decompress(packed.rest, &mut buffer[filled..], FlushDecompress::Finish);
            packed.rest = &packed.rest[(inflate.total_in() - read) as usize..];
            filled += (inflate.total_out() - written) as usize;
            let status = status.map_err(|error| packed.broken(&error.to_string()))?;
            if filled as u64 > limit.0 {
                let reason =
                    format!("it unpacks to more than the {limit} that `set unpack` allows");
                return Err(Malformed::at(packed.offset(), reason).into());
            }
            match status {
                Status::StreamEnd => return Ok(filled),
                // There was room for more.
                Status::Ok | Status::BufError if filled < buffer.len() => {
                    return Err(packed.short().into());
                }
                Status::Ok | Status::BufError => {}
            }
        }
    }
}

/// Waits for the other files that are read alone.
fn turn(work: Work<'_>) -> Result<Turn, ReadError> {
    const PAUSE: Duration = Duration::from_millis(5);
    while TAKEN.swap(true, Ordering::Acquire) {
        work.check()?;
        std::thread::sleep(PAUSE);
    }
    Ok(Turn)
}

/// The rest of a file.
struct Packed<'a> {
    rest: &'a [u8],
    /// That of the whole file.
    length: usize,
}

impl<'a> Packed<'a> {
    /// Skips the header of a member.
    fn header(&mut self) -> Result<(), Malformed> {
        let header = self.rest;
        if !MAGIC.starts_with(&header[..header.len().min(MAGIC.len())]) {
            return Err(self.broken("after the end comes something that is not gzip"));
        }
        let [_, _, method, flags, ..] = *self.array::<10>()?;
        if method != DEFLATE || flags & RESERVED != 0 {
            return Err(self.broken("its header has an unknown method or flag"));
        }
        if flags & EXTRA != 0 {
            let length = u16::from_le_bytes(*self.array()?);
            self.skip(length.into())?;
        }
        for text in [NAME, COMMENT] {
            if flags & text != 0 {
                let length = self.rest.iter().position(|byte| *byte == 0);
                self.skip(length.ok_or_else(|| self.short())? + 1)?;
            }
        }
        if flags & HEADER_CHECKSUM != 0 {
            let sum = checksum(&header[..header.len() - self.rest.len()]) as u16;
            if u16::from_le_bytes(*self.array()?) != sum {
                return Err(self.broken("the checksum of its header is wrong"));
            }
        }
        Ok(())
    }

    /// Checks the checksum and length after a member.
    fn trailer(&mut self, unpacked: &[u8]) -> Result<(), Malformed> {
        let sum = u32::from_le_bytes(*self.array()?);
        let length = u32::from_le_bytes(*self.array()?);
        // The length is modulo 2^32.
        if sum != checksum(unpacked) || length != unpacked.len() as u32 {
            return Err(self.broken("its checksum is wrong"));
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.short())?;
        self.rest = rest;
        Ok(array)
    }

    fn skip(&mut self, length: usize) -> Result<(), Malformed> {
        self.rest = self.rest.get(length..).ok_or_else(|| self.short())?;
        Ok(())
    }

    fn offset(&self) -> usize {
        self.length - self.rest.len()
    }

    fn short(&self) -> Malformed {
        Malformed::at(self.length, "truncated gzip: the file ends")
    }

    fn broken(&self, why: &str) -> Malformed {
        Malformed::at(self.offset(), format!("broken gzip ({why})"))
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const LIMIT: UnpackLimit = UnpackLimit(1 << 20);
    use crate::work::{Cancel, Unwatched};

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("a Vec takes all");
        encoder.finish().expect("a Vec takes all")
    }

    /// With an unpacker that has unpacked something else before.
    fn unpacked(packed: &[u8], limit: UnpackLimit) -> Result<Vec<u8>, ReadError> {
        let (cancel, watch) = (Cancel::new(), Unwatched);
        let work = Work { cancel: &cancel, watch: &watch };
        let mut unpacker = Unpacker::new(limit);
        unpacker.unpack(&pack(b"something else"), work)?;
        unpacker.unpack(packed, work).map(<[u8]>::to_vec)
    }

    #[test]
    fn members_are_joined_and_the_buffer_is_used_again() {
        let two = [pack(b"one "), pack(b"two")].concat();
        assert_eq!(unpacked(&two, LIMIT), Ok(b"one two".to_vec()));
        let long = vec![b'x'; 300_000];
        assert_eq!(unpacked(&pack(&long), LIMIT), Ok(long));
    }

    #[test]
    fn what_is_cut_or_changed_is_named_with_its_offset() {
        let whole = pack(&(0..=255).cycle().take(9999).collect::<Vec<u8>>());
        for end in [2, 12, whole.len() - 9, whole.len() - 1] {
            let error = unpacked(&whole[..end], LIMIT).expect_err("cut");
            assert_eq!(error.to_string(), format!("truncated gzip: the file ends at byte {end}"));
        }
        let mut changed = whole.clone();
        let checksum = changed.len() - 8;
        changed[checksum] ^= 1;
        let error = unpacked(&changed, LIMIT).expect_err("the checksum is wrong");
        assert!(error.to_string().starts_with("broken gzip"), "{error}");
    }

    #[test]
    fn a_bomb_is_refused() {
        let error = unpacked(&pack(&vec![0; 100_000]), UnpackLimit(10_240)).expect_err("a bomb");
        let reason = "it unpacks to more than the 10 KiB that `set unpack` allows at byte ";
        assert!(error.to_string().starts_with(reason), "{error}");
    }

    #[test]
    fn what_unpacks_to_much_is_read_alone() {
        let (cancel, watch) = (Cancel::new(), Unwatched);
        let work = Work { cancel: &cancel, watch: &watch };
        let packed = pack(&vec![0; LARGE + 1]);
        let limit = UnpackLimit(LARGE as u64 + 1);
        let mut first = Unpacker::new(limit);
        assert_eq!(first.unpack(&packed, work).map(<[u8]>::len), Ok(LARGE + 1));
        assert!(first.buffer.len() <= LARGE + 2, "no more than is allowed: {}", first.buffer.len());
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let mut second = Unpacker::new(limit);
                second.unpack(&packed, work).map(<[u8]>::len)
            });
            std::thread::sleep(Duration::from_millis(200));
            assert!(!second.is_finished(), "it waits");
            first.done();
            assert_eq!(second.join().expect("no panic"), Ok(LARGE + 1));
        });
        assert!(first.buffer.is_empty());
        let mut small = Unpacker::new(UnpackLimit(LARGE as u64));
        let error = small.unpack(&packed, work).expect_err("more than is allowed");
        assert!(error.to_string().contains("more than the 64 MiB"), "{error}");
    }

    #[test]
    fn headers_may_hold_names_and_more() {
        let whole = pack(b"profile");
        let flags = HEADER_CHECKSUM | EXTRA | NAME | COMMENT;
        let mut header = [&whole[..3], &[flags], &whole[4..10]].concat();
        header.extend_from_slice(b"\x03\0abcname\0comment\0");
        let sum = checksum(&header) as u16;
        let with_sum = |sum: u16| [&header, &sum.to_le_bytes()[..], &whole[10..]].concat();
        assert_eq!(unpacked(&with_sum(sum), LIMIT), Ok(b"profile".to_vec()));
        for (bytes, message) in [
            (with_sum(!sum), "broken gzip (the checksum of its header is wrong)"),
            (header[..14].to_vec(), "truncated gzip: the file ends"),
            (header[..18].to_vec(), "truncated gzip: the file ends"),
            (
                [&whole[..], b"\n"].concat(),
                "broken gzip (after the end comes something that is not gzip)",
            ),
            ([b"\x1f\x8b\x07", &whole[3..]].concat(), "broken gzip (its header has"),
        ] {
            let error = unpacked(&bytes, LIMIT).expect_err(message).to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
