//! One pprof file: uncompressed bytes to samples in a `Batch`.
//!
//! The format is Google's `profile.proto`. Samples come first in it and the
//! names they need come last, so a file is read in two passes: `decode` finds
//! the tables, `intern` walks the samples straight into columns. What a file
//! leaves out (times, names, mappings) is accepted; a contradiction is
//! [`Malformed`], with the offset. Nothing here knows paths or labels of series.
//!
//! - `message`: the small messages
//! - `decode`: the tables of a file
//! - `prune`: `drop_frames` and `keep_frames`
//! - `kind`: which profile types the columns are
//! - `sites`: locations to frames
//! - `columns`: samples to columns
//! - `intern`: all of it into a recording
//! - `encode`: merged stacks to the bytes of a file
//! - `written`: the messages of a file that is written
//! - `whole`: one recording to a file, with everything known about it

use super::batch::Batch;
use super::malformed::{Malformed, ReadError};
use super::recording::Recording;
use super::text;
use crate::work::Work;

mod columns;
pub(super) mod decode;
mod encode;
mod intern;
pub(super) mod kind;
pub(super) mod message;
mod prune;
pub(super) mod sites;
mod whole;
mod written;

#[cfg(test)]
mod tests;

use super::wire::{Field, Value, Wire};
pub use encode::Content;
pub(super) use whole::whole;

/// Reads pprof files one after another, and reuses buffers and compiled patterns.
#[derive(Debug, Default)]
pub struct Reader {
    prunes: prune::Prunes,
    columns: columns::Columns,
}

impl Reader {
    /// Reads one file into the batch; the recordings have no labels yet, and time 0 where
    /// the file has none. Several profiles may stand one after another in a file. `name` is the file's own, without folders: it may
    /// tell a mutex profile from a block profile, which have the same content.
    pub fn read(
        &mut self,
        bytes: &[u8],
        name: &str,
        batch: &mut Batch,
        work: Work<'_>,
    ) -> Result<Vec<Recording>, ReadError> {
        let Reader { prunes, columns } = self;
        let (mut recordings, mut at) = (Vec::new(), 0);
        while recordings.is_empty() || at < bytes.len() {
            let (tables, end) = decode::Tables::decode(bytes, at)?;
            recordings.push(intern::intern(&tables, name, prunes, columns, batch, work)?);
            at = end;
        }
        Ok(recordings)
    }
}

/// How many fields are looked at to recognise the format.
const LEADING: usize = 16;

/// Whether the first fields of a file are those of a profile.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    // The letters of a text look like fields, too.
    if text::is_text(bytes) {
        return false;
    }
    let mut wire = Wire::new(bytes, 0);
    for known in 0..LEADING {
        match wire.field() {
            Ok(Some(field)) if is_of_profile(&field) => {}
            Ok(Some(_)) => return false,
            // The file ends here; the reader reports whether it is cut.
            Ok(None) | Err(_) => return known > 0,
        }
    }
    true
}

fn is_of_profile(field: &Field<'_>) -> bool {
    match (field.number, field.value) {
        // Two numbers at most, where other formats have messages in messages.
        (1 | 11, Value::Bytes(_)) => field.numbers_by_field::<3>().is_ok(),
        (2..=6 | 13, Value::Bytes(_)) => true,
        (7..=10 | 12..=15, Value::Varint(_)) => true,
        _ => false,
    }
}
