//! Many files into one batch, on all cores.
//!
//! The list is halved until a part is small, one core reads each part in order, and the
//! halves are joined. The cuts depend only on the files, so that the result is the same on
//! every machine. A part holds one file at a time in memory.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Skipped;
use super::batch::{BaseSymbols, Batch};
use super::glob::Match;
use super::gzip::UnpackLimit;
use super::malformed::ReadError;
use super::reader::Reader;
use super::recording::Recording;
use crate::profile::Labels;
use crate::quantity::{Span, Timestamp};
use crate::work::{Cancelled, Progress, Work};

/// A list is cut into about this many parts: enough to keep the cores of most machines busy
/// until the end.
const PARTS: u64 = 16;

/// A part is not cut further if it has at most this many files and bytes.
const PART_FILES: usize = 16;
const PART_BYTES: u64 = 1 << 20;

/// A file to load.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) content: FileBytes<'a>,
    /// Its name in messages.
    pub(super) shown: String,
    pub(super) labels: Labels,
    /// In bytes, compressed or not as it is stored.
    pub(super) size: u64,
}

impl Input<'_> {
    /// A file that a pattern matched, with more labels.
    pub(super) fn of_file(file: Match, extra: &Labels) -> Input<'static> {
        Input {
            size: file.path.metadata().map_or(0, |metadata| metadata.len()),
            labels: file.labels.overlaid(extra),
            content: FileBytes::Path(file.path),
            shown: file.shown,
        }
    }
}

/// Where the bytes of a file are.
#[derive(Debug)]
pub(super) enum FileBytes<'a> {
    Path(PathBuf),
    Held(&'a [u8]),
}

/// The recordings of a list of files, and the files that were skipped.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) batch: Batch,
    pub(super) skipped: Vec<Skipped>,
}

/// Reads all files; one that cannot be read is skipped.
pub(super) fn load(
    inputs: &[Input<'_>],
    unpack: UnpackLimit,
    work: Work<'_>,
) -> Result<Loaded, Cancelled> {
    let counter = Counter { done: AtomicU64::new(0), total: inputs.len() as u64, work };
    let bytes: u64 = inputs.iter().map(|input| input.size).sum();
    let part = PartLimits {
        files: PART_FILES.max(inputs.len() / PARTS as usize),
        bytes: PART_BYTES.max(bytes / PARTS),
        unpack,
    };
    let base = match part.holds(inputs) {
        true => BaseSymbols::default(),
        false => base_symbols(inputs, unpack, work)?,
    };
    load_part(inputs, part, &base, &counter)
}

/// The symbols that all parts start from: those of the largest file that holds only a small
/// share of the bytes.
///
/// Files of one program have nearly the same symbols, and a core that knows them has half
/// the work. The file is read again in its part, where an error in it is reported.
fn base_symbols(
    inputs: &[Input<'_>],
    unpack: UnpackLimit,
    work: Work<'_>,
) -> Result<BaseSymbols, Cancelled> {
    let bytes: u64 = inputs.iter().map(|input| input.size).sum();
    let small = inputs.iter().filter(|input| input.size <= bytes / PARTS);
    let mut batch = Batch::default();
    if let Some(input) = small.max_by_key(|input| input.size) {
        load_one(input, &mut Vec::new(), &mut Reader::new(unpack), &mut batch, work)?;
    }
    Ok(BaseSymbols::new(batch))
}

/// The largest part that is not cut further, and how it is read.
#[derive(Debug, Clone, Copy)]
struct PartLimits {
    files: usize,
    bytes: u64,
    unpack: UnpackLimit,
}

impl PartLimits {
    fn holds(self, inputs: &[Input<'_>]) -> bool {
        let bytes: u64 = inputs.iter().map(|input| input.size).sum();
        inputs.len() <= 1 || inputs.len() <= self.files && bytes <= self.bytes
    }
}

/// Counts the files that are read, for the progress bar.
struct Counter<'a> {
    done: AtomicU64,
    total: u64,
    work: Work<'a>,
}

impl Counter<'_> {
    fn count(&self) -> Result<(), Cancelled> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let progress =
            Progress { what: "reading profiles", unit: "files", done, total: self.total };
        self.work.watch.progress(&progress);
        self.work.check()
    }
}

fn load_part(
    inputs: &[Input<'_>],
    part: PartLimits,
    base: &BaseSymbols,
    counter: &Counter<'_>,
) -> Result<Loaded, Cancelled> {
    if part.holds(inputs) {
        return load_in_order(inputs, part.unpack, base, counter);
    }
    let (left, right) = inputs.split_at(inputs.len() / 2);
    let (left, right) = rayon::join(
        || load_part(left, part, base, counter),
        || load_part(right, part, base, counter),
    );
    let (mut left, right) = (left?, right?);
    left.skipped.extend(right.skipped);
    Ok(Loaded { batch: left.batch.joined(right.batch), skipped: left.skipped })
}

fn load_in_order(
    inputs: &[Input<'_>],
    unpack: UnpackLimit,
    base: &BaseSymbols,
    counter: &Counter<'_>,
) -> Result<Loaded, Cancelled> {
    let mut loaded = Loaded { batch: base.batch(), skipped: Vec::new() };
    let mut reader = Reader::new(unpack);
    let mut bytes = Vec::new();
    for input in inputs {
        let skipped = load_one(input, &mut bytes, &mut reader, &mut loaded.batch, counter.work)?;
        loaded.skipped.extend(skipped);
        counter.count()?;
    }
    Ok(loaded)
}

/// Reads one file into the batch, or says why it is skipped.
fn load_one(
    input: &Input<'_>,
    buffer: &mut Vec<u8>,
    reader: &mut Reader,
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Option<Skipped>, Cancelled> {
    let skipped = |reason| Ok(Some(Skipped { path: input.shown.clone(), reason }));
    let bytes = match input.content.read(buffer) {
        Ok(bytes) => bytes,
        Err(error) => return skipped(format!("cannot read it: {error}")),
    };
    let name = input.shown.rsplit('/').next().unwrap_or_default();
    let recordings = match reader.read(bytes, name, batch, work) {
        Ok(recordings) => recordings,
        Err(ReadError::Cancelled(cancelled)) => return Err(cancelled),
        Err(error) => {
            batch.remarks.discard();
            return skipped(error.to_string());
        }
    };
    batch.remarks.sign(&input.shown);
    for recording in placed(recordings, input, name) {
        batch.push(recording);
    }
    Ok(None)
}

/// The recordings of a file, with the labels of its path and a place in time.
fn placed<'a>(
    recordings: Vec<Recording>,
    input: &'a Input<'_>,
    name: &'a str,
) -> impl Iterator<Item = Recording> {
    let stamp = || stamp_of_name(name).or_else(|| stamp_of_file(input)).unwrap_or_default();
    let undated = recordings.iter().any(|recording| recording.is_undated).then(stamp);
    recordings.into_iter().map(move |mut recording| {
        recording.labels = recording.labels.overlaid(&input.labels);
        if let Some(stamp) = undated.filter(|_| recording.is_undated) {
            recording.start = stamp.plus(Span(recording.start.0));
        }
        recording
    })
}

impl<'a> FileBytes<'a> {
    /// The bytes, read into the buffer unless they are in memory already.
    fn read<'b>(&self, buffer: &'b mut Vec<u8>) -> std::io::Result<&'b [u8]>
    where
        'a: 'b,
    {
        match self {
            FileBytes::Held(bytes) => Ok(bytes),
            FileBytes::Path(path) => {
                buffer.clear();
                File::open(path)?.read_to_end(buffer)?;
                Ok(buffer)
            }
        }
    }
}

/// A time in a file's name, in nanoseconds: `heap-1644509272337470000.pb.gz`.
fn stamp_of_name(name: &str) -> Option<Timestamp> {
    let numbers = name.split(|c: char| !c.is_ascii_digit());
    // Nineteen digits are nanoseconds of the years 2001 to 2262.
    let nanos =
        numbers.filter(|digits| digits.len() == 19).find_map(|digits| digits.parse().ok())?;
    Some(Timestamp(nanos))
}

/// When a file was written: close to when the profile was taken, and better than 1970.
fn stamp_of_file(input: &Input<'_>) -> Option<Timestamp> {
    let FileBytes::Path(path) = &input.content else { return None };
    let written: SystemTime = path.metadata().ok()?.modified().ok()?;
    let nanos = written.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some(Timestamp(i64::try_from(nanos).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_has_labels_and_a_time_of_its_own_or_those_of_its_file() {
        let recording = |start, is_undated| Recording {
            labels: [("side", "left"), ("env", "test")].into_iter().collect(),
            start: Timestamp(start),
            is_undated,
            duration: Span(0),
            stacks: Vec::new().into(),
            tags: Vec::new().into(),
            columns: Vec::new(),
        };
        let input = Input {
            content: FileBytes::Held(b""),
            shown: "prod/1644509272337470000.json".into(),
            labels: [("env", "prod")].into_iter().collect(),
            size: 0,
        };
        let recordings = vec![recording(0, true), recording(10, true), recording(5, false)];
        let placed = placed(recordings, &input, "1644509272337470000.json");
        let placed = placed.map(|recording| (recording.labels.to_string(), recording.start.0));
        let named = 1_644_509_272_337_470_000;
        let labels = || r#"env="prod", side="left""#.to_owned();
        assert_eq!(
            placed.collect::<Vec<_>>(),
            [(labels(), named), (labels(), named + 10), (labels(), 5)]
        );
    }

    #[test]
    fn names_may_tell_the_time() {
        for (name, nanos) in [
            ("1644509272337470000.pb.gz", Some(1_644_509_272_337_470_000)),
            ("cpu-2-1795402844113370235.pb.gz", Some(1_795_402_844_113_370_235)),
            ("cpu-20261123.pb.gz", None),
            ("cpu.pb.gz", None),
        ] {
            assert_eq!(stamp_of_name(name), nanos.map(Timestamp), "{name}");
        }
    }
}
