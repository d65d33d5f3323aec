//! One block: a folder of Parquet files with symbols of its own.
//!
//! Nothing in a block ever changes. Recordings that have the same types share two
//! files, named by their family: `process_cpu.profiles.parquet` has a row for each
//! recording, `process_cpu.samples.parquet` those of its samples, in the same order,
//! with one column of values for each type. Both are sorted by series, then by time.
//!
//! | file | a row is | columns |
//! |---|---|---|
//! | `*.profiles.parquet` | a recording | `profile`, `series`, `time_ns` (UTC), `duration_ns`, `samples` (their number), `hash`, and the total of each type; `sample_period` where files name what a sample is worth; `*_high` where a total does not fit into 64 bits: its bits from the 65th on, while the column of the total has the lower ones; `*_grown` where a type counts from the start of the process: whether there is no less of anything than in the row before, empty in the first of a series |
//! | `*.samples.parquet` | a sample | `profile`, `stack`, `labels`, and the value of each type |
//! | `stacks.parquet` | a call path | `stack`, `parent` (the caller's), `frame` (the innermost); 0 is the empty one |
//! | `frames.parquet` | a frame | `frame`, `function`, `line`, `module`, `address`, `inlined`, `kind` (0 native, 1 kernel, 2 interpreted, 3 jit) |
//! | `functions.parquet` | a function | `function`, `name`, `system_name`, `file`, `start_line` |
//! | `series.parquet` | a label of a series | `series`, `label`, `value`; if a label is a number, also `number` and `unit` (`bytes`, `nanoseconds`, `count` or another name), which is empty for text |
//! | `labels.parquet` | a label of samples | `labels`, and the same |
//!
//! `block.json` lists the files with their checksums. The first column of each table
//! numbers its rows, so that tables can be joined by name.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::error::{Inconsistent, StoreError};
use super::facts::BlockFacts;
use super::frame::{maybe_booleans, numbers, values, wide_numbers};
use super::held::{Holds, hold};
use super::image::Images;
use super::shape::Shape;
use super::symbols::{NameTables, read_label_sets};
use super::table::{Sums, Table, unreadable};
use crate::profile::Labels;
use crate::quantity::{Span, Timestamp};
use crate::work::Work;

/// `block.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contents {
    pub(super) shapes: Vec<Shape>,
    pub(super) n_series: usize,
    /// The number of sets of sample labels.
    pub(super) n_labels: usize,
    pub(super) files: BTreeMap<String, Sums>,
    /// What was said about the files that it is from, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) remarks: Vec<String>,
}

pub(super) const CONTENTS: &str = "block.json";

/// The folder of blocks in a store.
pub(super) const BLOCKS: &str = "blocks";

/// A block that can be read. Everything read is verified by its checksum.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) facts: Arc<BlockFacts>,
    folder: PathBuf,
    /// The checksum of `block.json`.
    check: u32,
    opened: OnceLock<Opened>,
    images: Arc<Images>,
    holds: Arc<Holds>,
}

/// The content of `block.json`.
#[derive(Debug)]
struct Opened {
    contents: Contents,
    tables: BTreeMap<String, Table>,
    series: OnceLock<Arc<[Labels]>>,
    /// Keeps the block from being removed.
    _held: Option<File>,
}

/// The rows of one type: those of `*.profiles.parquet`.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) series: Vec<u32>,
    pub(super) starts: Vec<i64>,
    pub(super) durations: Vec<i64>,
    pub(super) samples: Vec<u32>,
    totals: Vec<i64>,
    /// The upper bits of the totals; empty if all fit into the lower ones.
    totals_high: Vec<i64>,
    /// Empty if the type does not count from the start of the process.
    grown: Vec<Option<bool>>,
    /// Empty if no file names its period.
    periods: Vec<u64>,
}

impl Block {
    pub(super) fn new(
        store: &Path,
        facts: Arc<BlockFacts>,
        check: u32,
        images: Arc<Images>,
        holds: Arc<Holds>,
    ) -> Block {
        let folder = store.join(BLOCKS).join(&facts.id);
        Block { facts, folder, check, opened: OnceLock::new(), images, holds }
    }

    fn opened(&self) -> Result<&Opened, StoreError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let (bytes, file) = self.contents_file()?;
        if crc32fast::hash(&bytes) != self.check {
            return Err(self.damaged(format!("{CONTENTS} has other bytes than were written")));
        }
        let contents: Contents = serde_json::from_slice(&bytes)
            .map_err(|error| self.damaged(format!("{CONTENTS} cannot be understood: {error}")))?;
        let table = |(name, sums): (&String, &Sums)| {
            let (path, images) = (self.folder.join(name), self.images.clone());
            (name.clone(), Table::new(self.facts.clone(), path, sums.clone(), images))
        };
        let tables = contents.files.iter().map(table).collect();
        let series = OnceLock::new();
        Ok(self.opened.get_or_init(|| Opened {
            contents,
            tables,
            series,
            _held: self.holds.keep(file),
        }))
    }

    /// The bytes of `block.json`, and the file, which is held.
    fn contents_file(&self) -> Result<(Vec<u8>, File), StoreError> {
        let path = self.folder.join(CONTENTS);
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|mut file| {
            hold(&file)?;
            file.read_to_end(&mut bytes)?;
            Ok(file)
        });
        match read {
            Ok(file) => Ok((bytes, file)),
            Err(error) => Err(unreadable(error, &path, &self.facts)),
        }
    }

    pub(super) fn contents(&self) -> Result<&Contents, StoreError> {
        Ok(&self.opened()?.contents)
    }

    fn table(&self, name: &str) -> Result<&Table, StoreError> {
        self.opened()?.tables.get(name).ok_or_else(|| self.damaged(format!("has no file {name}")))
    }

    pub(super) fn samples(&self, shape: &Shape) -> Result<&Table, StoreError> {
        self.table(&samples_file(&shape.name))
    }

    /// The labels of each series.
    pub(super) fn series(&self) -> Result<Arc<[Labels]>, StoreError> {
        let opened = self.opened()?;
        if let Some(known) = opened.series.get() {
            return Ok(known.clone());
        }
        let read = self.label_sets(SERIES_FILE, "series", opened.contents.n_series)?;
        Ok(opened.series.get_or_init(|| read.into()).clone())
    }

    fn label_sets(&self, file: &str, id: &str, count: usize) -> Result<Vec<Labels>, StoreError> {
        let table = self.table(file)?;
        let columns = [id, "label", "value", "number", "unit"].into_iter();
        let columns: Vec<&str> = columns.filter(|name| table.sums().has_column(name)).collect();
        let table = table.read(&columns)?;
        self.consistent(read_label_sets(&table, id, count))
    }

    /// Reads and verifies all files.
    pub(super) fn check_files(&self, work: Work<'_>) -> Result<(), StoreError> {
        self.opened()?.tables.values().try_for_each(|table| table.check(work))
    }

    /// Everything that samples refer to.
    pub(super) fn names(&self) -> Result<NameTables, StoreError> {
        Ok(NameTables {
            functions: self.table(FUNCTIONS_FILE)?.read(&NameTables::FUNCTIONS)?,
            frames: self.table(FRAMES_FILE)?.read(&NameTables::FRAMES)?,
            stacks: self.table(STACKS_FILE)?.read(&NameTables::STACKS)?,
            tags: self.label_sets(LABELS_FILE, "labels", self.contents()?.n_labels)?,
        })
    }

    /// Series, time and total of one type for each recording.
    pub(super) fn rows(&self, shape: &Shape, column: &str) -> Result<Rows, StoreError> {
        let file = self.table(&profiles_file(&shape.name))?;
        let [grown, high] = [grown_column(column), high_column(column)]
            .map(|name| Some(name).filter(|name| file.sums().has_column(name)));
        let columns = ["series", "time_ns", "duration_ns", "samples", column].into_iter();
        let period = Some(PERIOD).filter(|name| file.sums().has_column(name));
        let columns = columns.chain(grown.as_deref()).chain(high.as_deref()).chain(period);
        let columns: Vec<&str> = columns.collect();
        let table = file.read(&columns)?;
        let rows = || {
            Ok(Rows {
                series: numbers(&table, "series")?.to_vec(),
                starts: values(&table, "time_ns")?.to_vec(),
                durations: values(&table, "duration_ns")?.to_vec(),
                samples: numbers(&table, "samples")?.to_vec(),
                totals: values(&table, column)?.to_vec(),
                totals_high: match &high {
                    Some(high) => values(&table, high)?.to_vec(),
                    None => Vec::new(),
                },
                grown: match &grown {
                    Some(grown) => maybe_booleans(&table, grown)?.collect(),
                    None => Vec::new(),
                },
                periods: match period {
                    Some(period) => wide_numbers(&table, period)?.to_vec(),
                    None => Vec::new(),
                },
            })
        };
        let n_series = self.contents()?.n_series;
        self.consistent(rows().and_then(|rows: Rows| rows.checked(shape, n_series)))
    }

    /// The hash of each recording of a shape.
    pub(super) fn hashes(&self, shape: &Shape) -> Result<Vec<u64>, StoreError> {
        let table = self.table(&profiles_file(&shape.name))?.read(&["hash"])?;
        self.consistent(wide_numbers(&table, "hash").map(<[u64]>::to_vec))
    }

    /// What was read of this block, or that the block is damaged.
    pub(super) fn consistent<T>(&self, read: Result<T, Inconsistent>) -> Result<T, StoreError> {
        read.map_err(|error| error.in_block(&self.facts))
    }

    pub(super) fn damaged(&self, reason: impl Into<String>) -> StoreError {
        Inconsistent::new(reason).in_block(&self.facts)
    }
}

impl Rows {
    /// The rows, if they refer to series and samples that exist.
    fn checked(self, shape: &Shape, n_series: usize) -> Result<Rows, Inconsistent> {
        let samples: u64 = self.samples.iter().map(|samples| u64::from(*samples)).sum();
        if samples != shape.samples || samples > u64::from(u32::MAX) {
            return Err(Inconsistent::new("its profiles refer to samples that do not exist"));
        }
        if self.series.iter().any(|series| *series as usize >= n_series) {
            return Err(Inconsistent::new("a profile belongs to a series that does not exist"));
        }
        Ok(self)
    }

    /// The number of the first sample of each recording, in the file of samples.
    pub(super) fn first_samples(&self) -> impl Iterator<Item = u32> {
        self.samples.iter().scan(0, |next, samples| {
            let first = *next;
            *next += samples;
            Some(first)
        })
    }

    pub(super) fn start(&self, row: usize) -> Timestamp {
        Timestamp(self.starts[row])
    }

    pub(super) fn duration(&self, row: usize) -> Span {
        Span(self.durations[row])
    }

    pub(super) fn period(&self, row: usize) -> u64 {
        self.periods.get(row).copied().unwrap_or(0)
    }

    pub(super) fn total(&self, row: usize) -> i128 {
        match self.totals_high.get(row) {
            Some(high) => i128::from(*high) << 64 | i128::from(self.totals[row] as u64),
            None => self.totals[row].into(),
        }
    }

    /// Whether no value is less than in the row before.
    pub(super) fn has_grown(&self, row: usize) -> Option<bool> {
        self.grown.get(row).copied().flatten()
    }
}

/// The column of what a sample is worth, if some file names its period.
pub(super) const PERIOD: &str = "sample_period";

/// The column that says whether a type that counts from the start has grown.
pub(super) fn grown_column(column: &str) -> String {
    format!("{column}_grown")
}

/// The column of what the column of totals has no bits for.
pub(super) fn high_column(column: &str) -> String {
    format!("{column}_high")
}

pub(super) const FUNCTIONS_FILE: &str = "functions.parquet";
pub(super) const FRAMES_FILE: &str = "frames.parquet";
pub(super) const STACKS_FILE: &str = "stacks.parquet";
pub(super) const SERIES_FILE: &str = "series.parquet";
pub(super) const LABELS_FILE: &str = "labels.parquet";

pub(super) fn profiles_file(shape: &str) -> String {
    format!("{shape}.profiles.parquet")
}

pub(super) fn samples_file(shape: &str) -> String {
    format!("{shape}.samples.parquet")
}
