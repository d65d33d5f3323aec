//! A file in memory that fails after an interrupt, for encoders that write to a file.

use std::io::{self, Write};

use super::{Cancelled, Work};

/// Bytes that an encoder writes in a few milliseconds.
const STEP: usize = 1 << 16;

/// Bytes, and how many of them there were at the last check.
pub struct Buffer<'a> {
    work: Work<'a>,
    bytes: Vec<u8>,
    checked: usize,
}

impl<'a> Buffer<'a> {
    pub fn new(work: Work<'a>) -> Buffer<'a> {
        Buffer { work, bytes: Vec::new(), checked: 0 }
    }

    /// All bytes, if the encoder was not interrupted.
    pub fn finish(self) -> Result<Vec<u8>, Cancelled> {
        self.work.check()?;
        Ok(self.bytes)
    }
}

impl Write for Buffer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() >= self.checked + STEP {
            self.work.check().map_err(io::Error::other)?;
            self.checked = self.bytes.len();
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{Cancel, Unwatched};

    #[test]
    fn an_encoder_fails_soon_after_a_request() {
        let cancel = Cancel::new();
        let mut buffer = Buffer::new(Work { cancel: &cancel, watch: &Unwatched });
        buffer.write_all(&vec![1; 2 * STEP]).expect("no interrupt");
        cancel.cancel();
        assert!(buffer.write_all(&[2]).is_err());
        assert_eq!(buffer.finish(), Err(Cancelled));
    }
}
