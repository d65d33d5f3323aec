//! OTLP profiles: the message of OpenTelemetry that exporters send and collectors store.
//!
//! `ProfilesData` and `ExportProfilesServiceRequest` are the same on the wire: profiles
//! by resource, and one dictionary for all of them. The layout is that of
//! `profiles/v1development` from version 1.10 of the protocol on. Older versions number
//! their fields differently and are refused.
//!
//! - `attribute`: attributes as labels
//! - `dictionary`: the tables, which are nearly pprof's
//! - `profile`: the fields of a profile, borrowed from the bytes
//! - `intern`: profiles to recordings
//! - `json`: the same message as JSON

use super::batch::Batch;
use super::malformed::{Malformed, ReadError};
use super::recording::Recording;
use super::wire::{Field, Value, Wire, varint};
use crate::work::Work;

mod attribute;
mod dictionary;
mod intern;
pub(super) mod json;
mod profile;

#[cfg(test)]
mod tests;

use dictionary::Dictionary;

/// The only fields of the message. pprof has a dozen, with numbers in the first.
const RESOURCE_PROFILES: u32 = 1;
const DICTIONARY: u32 = 2;

/// Reads one message into the batch. Its labels are the attributes of resource and
/// profile; `name` is the file's own, which may say what a profile is of.
pub(super) fn read(
    bytes: &[u8],
    name: &str,
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let mut resources = Vec::new();
    let mut dictionary = Dictionary::default();
    let mut wire = Wire::new(bytes, 0);
    while let Some(field) = wire.field()? {
        match field.number {
            RESOURCE_PROFILES => resources.push(field),
            DICTIONARY => dictionary.read(&field)?,
            _ => {}
        }
    }
    dictionary.resolve()?;
    let recordings = intern::intern(&resources, &dictionary, name, batch, work)?;
    match recordings.is_empty() {
        true => Err(Malformed::at(bytes.len(), "the message has no profile").into()),
        false => Ok(recordings),
    }
}

/// Whether these bytes are OTLP, judged by the first field that is not empty. A file that
/// is cut within that field still counts.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((number, content)) = next_message(&mut rest) {
        match number {
            _ if content.is_empty() => {}
            RESOURCE_PROFILES => return is_resource(content, rest.is_empty()),
            // A sample of pprof has no field beyond 3, and numbers in the first two.
            DICTIONARY => return has_tables(content),
            _ => return false,
        }
    }
    false
}

/// Takes the next message, or the part of it that is there: its number and content.
fn next_message<'a>(rest: &mut &'a [u8]) -> Option<(u32, &'a [u8])> {
    let (&key, after_key) = rest.split_first()?;
    if key & 7 != 2 || key >= 0x80 {
        return None;
    }
    let (length, content) = varint(after_key)?;
    let end = content.len().min(usize::try_from(length).unwrap_or(usize::MAX));
    *rest = &content[end..];
    Some((u32::from(key >> 3), &content[..end]))
}

/// A resource, scopes and the address of a schema, all of them messages or texts. The
/// last of the file may be cut.
fn is_resource(mut content: &[u8], is_last: bool) -> bool {
    let mut parts = 0;
    while let Some((1..=3, _)) = next_message(&mut content) {
        parts += 1;
    }
    parts > 0 && (content.is_empty() || is_last)
}

/// Whether the messages are rows of tables: each table starts with an empty row.
fn has_tables(mut content: &[u8]) -> bool {
    let mut tables = 0;
    while let Some((number, row)) = next_message(&mut content) {
        match number {
            4..=7 => return true,
            1..=3 if row.is_empty() => tables += 1,
            1..=3 => {}
            _ => return false,
        }
    }
    tables > 0
}

/// The error for a file in an older layout.
fn older(field: &Field<'_>) -> Malformed {
    Malformed::at(field.offset, "it has the layout of OTLP before 1.10, which is not read")
}

/// The number in a field that held something else in older layouts.
fn number(field: &Field<'_>) -> Result<i64, Malformed> {
    match field.value {
        Value::Varint(number) => Ok(number as i64),
        Value::Bytes(_) | Value::Fixed(_) => Err(older(field)),
    }
}
