//! JFR, JDK Flight Recorder: what a JVM records of itself, and async-profiler of one.
//!
//! A file is a run of chunks, each with a description of its events, the constants that
//! these refer to, and the events. Only samples, allocations and waits are read; all
//! others, of which there are some two hundred kinds, are passed by. The format has no
//! specification; what is here agrees with the reader in JDK 17, event by event.
//!
//! - `cursor`: numbers and texts
//! - `chunk`: the header, its clock, and the events one by one
//! - `metadata`, `record`: classes, and how their values are read
//! - `constants`: names, threads and stack traces, by number
//! - `kinds`: which events are read, and which types they become
//! - `settings`: what a sample stands for
//! - `stacks`: stack traces as stacks
//! - `profiles`: events to recordings

use super::batch::Batch;
use super::malformed::{Malformed, ReadError};
use super::recording::Recording;
use crate::work::Work;

mod chunk;
mod constants;
mod cursor;
mod kinds;
mod metadata;
mod profiles;
mod record;
mod settings;
mod stacks;

#[cfg(test)]
mod tests;

pub(super) fn recognises(bytes: &[u8]) -> bool {
    bytes.starts_with(chunk::MAGIC)
}

/// Reads one file into the batch. What takes long is cut into recordings of ten seconds.
pub(super) fn read(
    bytes: &[u8],
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let mut profiles = profiles::Profiles::default();
    let mut at = 0;
    while at < bytes.len() {
        let chunk = chunk::Chunk::at(bytes, at)?;
        profiles.read(&chunk, batch, work)?;
        at = chunk.end();
    }
    let recordings = profiles.into_recordings(batch);
    if recordings.is_empty() {
        let reason = "no event up to the end is a sample, an allocation or a wait";
        return Err(Malformed::at(at, reason).into());
    }
    Ok(recordings)
}
