//! Many files into one batch, on all cores.
//!
//! The list is halved by bytes until a part is small. Each core reads neighbouring parts into one
//! batch; a core that has nothing to do takes the largest half that nobody has begun, and
//! the batches are joined. The result is the same however many cores there are. A core holds
//! one file at a time in memory.

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

impl<'a> Input<'a> {
    /// Bytes that were read from elsewhere, with these labels.
    pub(super) fn of_bytes(bytes: &'a [u8], shown: &str, labels: &Labels) -> Input<'a> {
        Input {
            content: FileBytes::Held(bytes),
            shown: shown.to_owned(),
            labels: labels.clone(),
            size: bytes.len() as u64,
        }
    }

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
    let part = PartLimits::of(inputs);
    let base = match part.holds(inputs) {
        true => BaseSymbols::default(),
        false => base_symbols(inputs, unpack, work)?,
    };
    let loader = Loader { base, part, unpack, counter };
    Ok(loader.load(inputs, loader.start())?.loaded)
}

/// The symbols that all runs start from: those of the largest file that holds only a small
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

/// The largest part that is not cut further: it would not be worth another batch.
#[derive(Debug, Clone, Copy)]
struct PartLimits {
    files: usize,
    bytes: u64,
}

impl PartLimits {
    fn of(inputs: &[Input<'_>]) -> PartLimits {
        let bytes: u64 = inputs.iter().map(|input| input.size).sum();
        PartLimits {
            files: PART_FILES.max(inputs.len() / PARTS as usize),
            bytes: PART_BYTES.max(bytes / PARTS),
        }
    }

    fn holds(self, inputs: &[Input<'_>]) -> bool {
        let bytes: u64 = inputs.iter().map(|input| input.size).sum();
        inputs.len() <= 1 || inputs.len() <= self.files && bytes <= self.bytes
    }
}

/// Where a list of two or more files has half of its bytes on either side.
fn middle(inputs: &[Input<'_>]) -> usize {
    let mut left = inputs.iter().map(|input| input.size).sum::<u64>() / 2;
    let fits = |input: &&Input<'_>| {
        let fits = input.size <= left;
        left = left.saturating_sub(input.size);
        fits
    };
    inputs.iter().take_while(fits).count().clamp(1, inputs.len() - 1)
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

/// Reads a list of files.
struct Loader<'a> {
    base: BaseSymbols,
    part: PartLimits,
    unpack: UnpackLimit,
    counter: Counter<'a>,
}

/// What one core has read of neighbouring files, and its buffers.
struct Run {
    loaded: Loaded,
    reader: Reader,
    bytes: Vec<u8>,
}

impl Loader<'_> {
    fn start(&self) -> Run {
        let loaded = Loaded { batch: self.base.batch(), skipped: Vec::new() };
        Run { loaded, reader: Reader::new(self.unpack), bytes: Vec::new() }
    }

    /// Reads files into a run. Another core may take the second half, into a run of its own
    /// that is joined; otherwise this run goes on with it, which gives the same.
    fn load(&self, inputs: &[Input<'_>], mut run: Run) -> Result<Run, Cancelled> {
        if self.part.holds(inputs) {
            for input in inputs {
                run.read(input, self.counter.work)?;
                self.counter.count()?;
            }
            return Ok(run);
        }
        let (left, right) = inputs.split_at(middle(inputs));
        let (run, other) = rayon::join_context(
            |_| self.load(left, run),
            |context| context.migrated().then(|| self.load(right, self.start())),
        );
        match other {
            Some(other) => run?.joined(other?, self.counter.work),
            None => self.load(right, run?),
        }
    }
}

impl Run {
    fn read(&mut self, input: &Input<'_>, work: Work<'_>) -> Result<(), Cancelled> {
        let Run { loaded, reader, bytes } = self;
        let skipped = load_one(input, bytes, reader, &mut loaded.batch, work)?;
        loaded.skipped.extend(skipped);
        Ok(())
    }

    fn joined(mut self, right: Run, work: Work<'_>) -> Result<Run, Cancelled> {
        self.loaded.batch = self.loaded.batch.joined(right.loaded.batch, work)?;
        self.loaded.skipped.extend(right.loaded.skipped);
        Ok(self)
    }
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
    batch.push_file(&input.shown, placed(recordings, input, name));
    Ok(None)
}

/// The recordings of a file, with the labels of its path and a place in time.
fn placed<'a>(
    recordings: Vec<Recording>,
    input: &'a Input<'_>,
    name: &'a str,
) -> impl Iterator<Item = Recording> {
    let undated = recordings.iter().filter(|recording| recording.is_undated);
    let length = undated.map(|r| r.start.0.saturating_add(r.duration.0)).max().map(Span);
    // A file is written when what it holds has ended.
    let begun = |length| stamp_of_file(input).map(|written| written.minus(length));
    let undated =
        length.map(|length| stamp_of_name(name).or_else(|| begun(length)).unwrap_or_default());
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

/// When a file was written: close to when the profile ended, and better than 1970.
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
            period: 0,
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
    fn what_a_file_holds_has_ended_when_it_was_written() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("trace");
        let file = File::create(&path).expect("a file");
        let written = UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        file.set_modified(written).expect("a time");
        let input = Input::of_file(
            Match { path, shown: "trace".into(), labels: Labels::default() },
            &Labels::default(),
        );
        // Ten seconds, then eight.
        let parts = [(0, 10), (10, 8)].map(|(start, length)| Recording {
            labels: Labels::default(),
            start: Timestamp(start * 1_000_000_000),
            is_undated: true,
            duration: Span::seconds(length),
            period: 0,
            stacks: Vec::new().into(),
            tags: Vec::new().into(),
            columns: Vec::new(),
        });
        let starts = placed(parts.to_vec(), &input, "trace").map(|r| r.start.0 / 1_000_000_000);
        assert_eq!(starts.collect::<Vec<_>>(), [1_699_999_982, 1_699_999_992]);
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

    /// Folded stacks of a program: each file has some that others have, too.
    fn texts() -> Vec<String> {
        let line = |file: usize, nth: usize| {
            let [a, b, c] = [file / 7 + nth, file * nth % 31, file + nth].map(|n| n % 40);
            format!("main;a{a};b{b};a{c};c{nth} {}\n", file + 1)
        };
        (0..200).map(|file| (0..9).map(|nth| line(file, nth)).collect()).collect()
    }

    #[test]
    fn a_list_is_cut_where_half_of_its_bytes_are() {
        let input = |size| Input {
            content: FileBytes::Held(b""),
            shown: String::new(),
            labels: Labels::default(),
            size,
        };
        for (sizes, expected) in [
            (&[5, 5][..], 1),
            (&[1, 1, 1, 9, 1], 3),
            (&[9, 1, 1], 1),
            (&[1, 1, 9], 2),
            (&[0, 0, 0], 2),
            (&[3, 3, 3, 3, 3, 3], 3),
        ] {
            let inputs: Vec<_> = sizes.iter().map(|size| input(*size)).collect();
            assert_eq!(middle(&inputs), expected, "{sizes:?}");
        }
    }

    #[test]
    fn any_number_of_cores_reads_the_same() {
        let texts = texts();
        let input = |(number, text)| Input {
            content: FileBytes::Held(str::as_bytes(text)),
            shown: format!("{}.folded", 1_644_509_272_337_470_000 + number),
            labels: Labels::default(),
            size: text.len() as u64,
        };
        let inputs: Vec<_> = (0u64..).zip(texts.iter().map(String::as_str)).map(input).collect();
        let read = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let work = Work { cancel: &crate::work::Cancel::new(), watch: &crate::work::Unwatched };
            let loaded =
                pool.expect("threads").install(|| load(&inputs, UnpackLimit::default(), work));
            let (symbols, _, recordings) = loaded.expect("nobody cancels").batch.into_parts();
            let strings: Vec<_> = symbols.strings.iter().cloned().collect();
            let frames: Vec<_> = symbols.frames.iter().copied().collect();
            let stacks: Vec<_> = symbols.stacks.iter().collect();
            let samples = recordings.iter().flat_map(|r| r.stacks.iter().copied());
            (strings, frames, stacks, samples.collect::<Vec<_>>())
        };
        let alone = read(1);
        assert_eq!(alone.3.len(), 9 * texts.len());
        for threads in [2, 3, 8] {
            assert!(read(threads) == alone, "{threads} threads");
        }
    }
}
