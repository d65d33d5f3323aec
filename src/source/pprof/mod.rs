//! One pprof file: bytes, gzipped or not, to samples in a `Batch`.
//!
//! The format is Google's `profile.proto`. Samples come first in it and the
//! names they need come last, so a file is read in two passes: `decode` finds
//! the tables, `intern` walks the samples straight into columns. What a file
//! leaves out (times, names, mappings) is accepted; what contradicts itself is
//! [`Malformed`], with the offset. Nothing here knows paths or labels of series.
//!
//! - `gzip`: unpacking, with a limit
//! - `wire`, `message`: the protobuf encoding, and the small messages
//! - `decode`: the tables of a file
//! - `prune`: `drop_frames` and `keep_frames`
//! - `kind`: which profile types the columns are
//! - `sites`: locations to frames
//! - `columns`: samples to columns
//! - `intern`: all of it into a recording
//! - `encode`: the way back, merged stacks to the bytes of a file
//! - `whole`: one recording to a file, with all that is known of it

use std::fmt;

use super::batch::Batch;
use super::recording::Recording;
use crate::work::{Cancelled, Work};

mod columns;
mod decode;
mod encode;
mod gzip;
mod intern;
mod kind;
mod message;
mod prune;
mod sites;
mod whole;
mod wire;

#[cfg(test)]
mod tests;

pub use encode::Content;
pub(super) use whole::whole;

/// Why a file is not a profile that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Where in the file, or in what it unpacks to.
    pub offset: usize,
    pub unpacked: bool,
    pub reason: String,
}

impl Malformed {
    fn at(offset: usize, reason: impl Into<String>) -> Malformed {
        Malformed { offset, unpacked: false, reason: reason.into() }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = if self.unpacked { " of the unpacked file" } else { "" };
        write!(f, "{} at byte {}{of}", self.reason, self.offset)
    }
}

impl std::error::Error for Malformed {}

/// Why a file was not read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl ReadError {
    /// That the offset is one in the unpacked file.
    fn in_unpacked(self) -> ReadError {
        match self {
            ReadError::Malformed(malformed) => Malformed { unpacked: true, ..malformed }.into(),
            ReadError::Cancelled(cancelled) => cancelled.into(),
        }
    }
}

/// Reads pprof files one after another, and keeps between them what is dear to make.
#[derive(Debug, Default)]
pub struct Reader {
    unpacker: gzip::Unpacker,
    prunes: prune::Prunes,
    columns: columns::Columns,
}

impl Reader {
    /// Reads one file into the batch; the recording has no labels yet, and time 0
    /// where the file has none. `name` is the file's own, without folders: it may
    /// tell a mutex profile from a block profile, which have the same content.
    pub fn read(
        &mut self,
        bytes: &[u8],
        name: &str,
        batch: &mut Batch,
        work: Work<'_>,
    ) -> Result<Recording, ReadError> {
        let Reader { unpacker, prunes, columns } = self;
        let mut plain = |bytes: &[u8]| {
            if bytes.is_empty() {
                return Err(Malformed::at(0, "the file is empty").into());
            }
            let tables = decode::Tables::decode(bytes)?;
            intern::intern(&tables, name, prunes, columns, batch, work)
        };
        if gzip::is_gzip(bytes) {
            plain(unpacker.unpack(bytes, work)?).map_err(ReadError::in_unpacked)
        } else {
            plain(bytes)
        }
    }
}
