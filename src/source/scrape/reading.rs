//! An answer of a target as recordings for the store.
//!
//! They are stamped with the clock of this machine: clocks of targets differ, and a timeline
//! compares them. A snapshot of what is in use is kept as it is. What Go counts from the start
//! of the process becomes what was added since the answer before, stack by stack, with the time
//! between the two as its length. If a value has shrunk the process was restarted, and
//! all that the new one has counted was added since. A counter that never counted anything,
//! such as the mutex profile of a program that does not turn it on, is left out.

use super::endpoint::Endpoint;
use crate::profile::growth::{Added, Rows};
use crate::profile::{Labels, ProfileType, Samples};
use crate::quantity::{Span, Timestamp};
use crate::source::batch::Batch;
use crate::source::malformed::ReadError;
use crate::source::recording::{Column, Recording};
use crate::source::{UnpackLimit, gzip, pprof};
use crate::work::Work;

/// The largest size that an answer may unpack to, in bytes.
const UNPACK: UnpackLimit = UnpackLimit(512 << 20);

/// An answer, and when it came.
#[derive(Debug, Clone)]
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    /// By the clock of this machine: when the request was sent, and when the answer was there.
    pub(super) asked: Timestamp,
    pub(super) answered: Timestamp,
}

/// What the store gets of an answer.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) batch: Batch,
    /// The time that the target gives, by its own clock; 0 if it gives none.
    pub(super) stamp: i64,
}

/// What is fetched at an address: both columns of the heap come from one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) endpoint: Endpoint,
    /// Levels, such as what is in use.
    pub(super) levels: bool,
    /// What is counted from the start of the process.
    pub(super) counters: bool,
}

impl Wanted {
    /// One answer for each address: the heap profile has the allocations, too.
    pub(super) fn of(endpoints: &[Endpoint]) -> Vec<Wanted> {
        let has = |endpoint| endpoints.contains(&endpoint);
        let is_told = |endpoint: &&Endpoint| **endpoint != Endpoint::Allocs || !has(Endpoint::Heap);
        let wanted = |endpoint: &Endpoint| Wanted {
            endpoint: *endpoint,
            levels: *endpoint != Endpoint::Allocs,
            counters: match endpoint {
                Endpoint::Heap => has(Endpoint::Allocs),
                Endpoint::Allocs | Endpoint::Mutex | Endpoint::Block => true,
                Endpoint::Cpu | Endpoint::Goroutine => false,
            },
        };
        endpoints.iter().filter(is_told).map(wanted).collect()
    }

    /// Recordings of an answer. `before` is the answer that counters are compared with, and
    /// must not be too old.
    pub(super) fn read(
        &self,
        before: Option<&Fetched>,
        now: &Fetched,
        labels: &Labels,
        work: Work<'_>,
    ) -> Result<Reading, ReadError> {
        let mut batch = Batch::default();
        let before = before.filter(|_| self.counters);
        let mut profile = |fetched: &Fetched| profile(fetched, self.endpoint, &mut batch, work);
        let read = profile(now)?;
        let stamp = read.first().map_or(0, |recording| recording.start.0);
        // It was read once, when it came.
        let earlier = before.map(profile).transpose()?.unwrap_or_default();
        let kinds = batch.kinds().to_vec();
        for mut recording in read {
            recording.labels = recording.labels.overlaid(labels);
            recording.is_undated = false;
            let (counters, levels): (Vec<Column>, Vec<Column>) =
                std::mem::take(&mut recording.columns)
                    .into_iter()
                    .partition(|column| recording.duration.0 == 0 && counts(&kinds[column.kind]));
            if self.levels && !levels.is_empty() {
                let (duration, columns) = (recording.duration, levels);
                let start = if duration.0 > 0 { now.asked } else { now.answered };
                batch.push(Recording { start, columns, ..recording.clone() });
            }
            let Some(before) = before else { continue };
            for column in counters {
                let since = (before.answered, now.answered.since(before.answered));
                if let Some(added) = added(&earlier, (&recording, &column), since) {
                    batch.push(added);
                }
            }
        }
        Ok(Reading { batch, stamp })
    }
}

/// The recordings of an answer, which must be a pprof file.
fn profile(
    fetched: &Fetched,
    endpoint: Endpoint,
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let mut unpacker = gzip::Unpacker::new(UNPACK);
    let bytes = match gzip::is_gzip(&fetched.bytes) {
        true => unpacker.unpack(&fetched.bytes, work)?,
        false => &fetched.bytes[..],
    };
    if !pprof::recognises(bytes) {
        let told = if bytes.is_empty() { "it is empty" } else { "it looks like something else" };
        return Err(ReadError::Unknown { told: told.to_owned() });
    }
    // The name tells a mutex profile from a block profile, which have the same content.
    pprof::Reader::default().read(bytes, endpoint.name(), batch, work)
}

/// Whether Go counts a type from the start of the process.
fn counts(kind: &ProfileType) -> bool {
    kind.counts_from_start()
}

/// What a column has more than before; none if it never counted anything.
fn added(
    earlier: &[Recording],
    (recording, column): (&Recording, &Column),
    (start, duration): (Timestamp, Span),
) -> Option<Recording> {
    let all = rows(recording, column);
    if duration.0 <= 0 || all.values.iter().all(|value| *value == 0) {
        return None;
    }
    let mut of_kind = earlier.iter().flat_map(|recording| {
        let of_kind = recording.columns.iter().filter(|before| before.kind == column.kind);
        of_kind.map(move |before| rows(recording, before))
    });
    let before = of_kind.next().unwrap_or(Rows { stacks: &[], tags: &[], values: &[] });
    let mut growth = Added::default();
    let has_grown = growth.push(before, all);
    let Samples { stacks, tags, values } = match has_grown {
        true => growth.finish(),
        false => Samples {
            stacks: recording.stacks.clone(),
            tags: recording.tags.clone(),
            values: column.values.clone(),
        },
    };
    let columns = vec![Column { kind: column.kind, values }];
    Some(Recording { start, duration, stacks, tags, columns, ..recording.clone() })
}

fn rows<'r>(recording: &'r Recording, column: &'r Column) -> Rows<'r> {
    Rows { stacks: &recording.stacks, tags: &recording.tags, values: &column.values }
}
