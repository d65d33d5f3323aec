//! Unpacking gzip, whole and into a buffer that is used again.
//!
//! A stream may have several members, one after another, as `cat a.gz b.gz` makes
//! them. Checksums are checked: a profile with wrong numbers is worse than none.

use std::io::{ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use super::{Malformed, ReadError};
use crate::work::Work;

/// The most that one file may unpack to. The largest profiles that people have are
/// some hundred megabytes; what is beyond this is a decompression bomb.
const LIMIT: usize = 4 << 30;

/// The first guess of the unpacked size, as a multiple of the packed one; pprof files have 2 to 4.
const USUAL_RATIO: usize = 4;

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// What `packed` unpacks to, in the front of `buffer`.
///
/// The buffer is handed to the decoder in one piece, which spares it the copies
/// of a window that slides. It is never cleared: that would mean zeroing it again
/// for each file.
pub(super) fn unpack<'b>(
    packed: &[u8],
    buffer: &'b mut Vec<u8>,
    work: Work<'_>,
) -> Result<&'b [u8], ReadError> {
    unpack_limited(packed, buffer, LIMIT, work)
}

fn unpack_limited<'b>(
    packed: &[u8],
    buffer: &'b mut Vec<u8>,
    limit: usize,
    work: Work<'_>,
) -> Result<&'b [u8], ReadError> {
    let mut decoder = MultiGzDecoder::new(packed);
    let mut filled = 0;
    let guess = (packed.len() * USUAL_RATIO).clamp(1024, limit.max(1024));
    if buffer.len() < guess {
        buffer.resize(guess, 0);
    }
    loop {
        work.check()?;
        if filled == buffer.len() {
            buffer.resize(filled * 2, 0);
        }
        let read = decoder.read(&mut buffer[filled..]);
        let offset = packed.len() - decoder.get_ref().len();
        match read {
            Ok(0) => return Ok(&buffer[..filled]),
            Ok(n) => filled += n,
            Err(error) => return Err(Malformed::at(offset, reason(&error)).into()),
        }
        if filled > limit {
            let reason = format!("it unpacks to more than {limit} bytes");
            return Err(Malformed::at(offset, reason).into());
        }
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "truncated gzip: the file ends".into(),
        _ => format!("broken gzip ({error})"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::work::{Cancel, Unwatched};

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("a Vec takes all");
        encoder.finish().expect("a Vec takes all")
    }

    fn unpacked<'b>(
        packed: &[u8],
        buffer: &'b mut Vec<u8>,
        limit: usize,
    ) -> Result<&'b [u8], ReadError> {
        unpack_limited(packed, buffer, limit, Work { cancel: &Cancel::new(), watch: &Unwatched })
    }

    #[test]
    fn members_are_joined_and_the_buffer_is_used_again() {
        let mut out = vec![7; 5000];
        let two = [pack(b"one "), pack(b"two")].concat();
        assert_eq!(unpacked(&two, &mut out, LIMIT), Ok(&b"one two"[..]));
        let long = vec![b'x'; 300_000];
        assert_eq!(unpacked(&pack(&long), &mut out, LIMIT), Ok(&long[..]));
    }

    #[test]
    fn what_is_cut_or_changed_is_named_with_its_offset() {
        let whole = pack(&(0..=255).cycle().take(9999).collect::<Vec<u8>>());
        let mut out = Vec::new();
        for end in [2, 12, whole.len() - 9, whole.len() - 1] {
            let error = unpacked(&whole[..end], &mut out, LIMIT).expect_err("cut");
            assert_eq!(error.to_string(), format!("truncated gzip: the file ends at byte {end}"));
        }
        let mut changed = whole.clone();
        let checksum = changed.len() - 8;
        changed[checksum] ^= 1;
        let error = unpacked(&changed, &mut out, LIMIT).expect_err("the checksum is wrong");
        assert!(error.to_string().starts_with("broken gzip"), "{error}");
    }

    #[test]
    fn a_bomb_is_refused() {
        let error = unpacked(&pack(&vec![0; 100_000]), &mut Vec::new(), 10_000)
            .expect_err("more than allowed");
        assert!(error.to_string().contains("more than 10000 bytes"), "{error}");
    }
}
