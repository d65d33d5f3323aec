//! JFR, JDK Flight Recorder: recordings of a JVM, by itself or by async-profiler.
//!
//! A file is a run of chunks, each with a description of its events, the constants that
//! these refer to, and the events. Samples, allocations and waits are read; of the other two
//! hundred kinds, those with stacks are named in a note. The reader is written by hand
//! because no maintained library reads these events of both JVMs and async-profiler. The
//! format has no specification; this reader agrees with that of JDK 17, event by event.
//!
//! - `cursor`: numbers and texts
//! - `chunk`: the header, its clock, and the events one by one
//! - `metadata`, `record`: classes, and how their values are read
//! - `constants`: names, threads and stack traces, by number
//! - `kinds`: which events are read, and which types they become
//! - `settings`: what a sample stands for
//! - `stacks`: stack traces as stacks
//! - `profiles`: events to recordings
//! - `unread`: the events that are not read

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
mod unread;

#[cfg(test)]
mod fixture;
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
    let mut profiles = profiles::ProfileBuilder::default();
    let mut at = 0;
    while at < bytes.len() {
        let chunk = chunk::Chunk::at(bytes, at)?;
        profiles.read(&chunk, batch, work)?;
        at = chunk.end();
    }
    let recordings = profiles.into_recordings(batch);
    if recordings.is_empty() {
        let reason = "the file has no event that is a sample, an allocation or a wait";
        return Err(Malformed::at(at, reason).into());
    }
    Ok(recordings)
}
