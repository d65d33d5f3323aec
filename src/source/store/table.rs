//! One Parquet file of a block: written once, read by column and row group.
//!
//! A file is written whole. Its checksums are kept apart from it: one for each column of
//! each row group, and one for the footer. So a reader fetches and verifies only the bytes
//! it needs; Parquet alone would accept a flipped bit. Files are read and never mapped into
//! memory: one that is cut short while open is an error and not a crash.

use std::fs::File;
use std::io::Cursor;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use polars_core::prelude::DataFrame;
use polars_io::SerReader;
use polars_io::parquet::metadata::{FileMetadata, FileMetadataRef};
use polars_io::prelude::{
    ParallelStrategy, ParquetCompression, ParquetReader, ParquetWriter, StatisticsOptions,
};
use serde::{Deserialize, Serialize};

use super::durable;
use super::error::{Inconsistent, StoreError};
use super::facts::BlockFacts;
use super::image::Images;
use crate::work::Work;

/// The size and checksums of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) bytes: u64,
    /// Where the footer begins, and its checksum.
    footer: (u64, u32),
    columns: Vec<String>,
    /// The rows of each row group, and the checksum of each of its columns.
    groups: Vec<(u64, Vec<u32>)>,
}

/// A file that can be read.
#[derive(Debug)]
pub(super) struct Table {
    /// The block that it is in.
    block: Arc<BlockFacts>,
    path: PathBuf,
    sums: Sums,
    footer: OnceLock<FileMetadataRef>,
    images: Arc<Images>,
}

/// Writes frames of the same columns as one file, a row group each.
pub(super) fn write(path: &Path, groups: &[DataFrame]) -> Result<Sums, StoreError> {
    let bytes = encoded(groups).map_err(|error| StoreError::Encoding(error.to_string()))?;
    let sums = Sums::of(&bytes, groups).map_err(|error| StoreError::Encoding(error.to_string()))?;
    durable::write(path, &bytes)?;
    Ok(sums)
}

fn encoded(groups: &[DataFrame]) -> polars_core::prelude::PolarsResult<Vec<u8>> {
    let mut bytes = Vec::new();
    let Some(first) = groups.first() else { return Ok(bytes) };
    // Dictionaries make the columns small already, so the compression is a fast one.
    let writer = ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Lz4Raw)
        .with_statistics(StatisticsOptions::empty());
    let mut writer = writer.batched(first.schema())?;
    for group in groups {
        writer.write_batch(group)?;
    }
    writer.finish()?;
    Ok(bytes)
}

impl Sums {
    fn of(bytes: &[u8], frames: &[DataFrame]) -> polars_core::prelude::PolarsResult<Sums> {
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        let metadata = reader.get_metadata()?.clone();
        let mut end = 0;
        let groups = metadata.row_groups.iter().map(|group| {
            let sums = group.byte_ranges_iter().map(|range| {
                end = range.end.max(end);
                crc32fast::hash(&bytes[range.start as usize..range.end as usize])
            });
            (group.num_rows() as u64, sums.collect())
        });
        let groups = groups.collect();
        let names = frames.iter().take(1).flat_map(|frame| frame.get_column_names());
        Ok(Sums {
            bytes: bytes.len() as u64,
            footer: (end, crc32fast::hash(&bytes[end as usize..])),
            columns: names.map(ToString::to_string).collect(),
            groups,
        })
    }

    pub(super) fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column == name)
    }

    /// The first row of each row group, and the end of the last.
    pub(super) fn starts(&self) -> Vec<u64> {
        let mut starts = vec![0];
        for (rows, _) in &self.groups {
            starts.push(starts.last().copied().unwrap_or(0) + rows);
        }
        starts
    }
}

impl Table {
    pub(super) fn new(
        block: Arc<BlockFacts>,
        path: PathBuf,
        sums: Sums,
        images: Arc<Images>,
    ) -> Table {
        Table { block, path, sums, footer: OnceLock::new(), images }
    }

    pub(super) fn sums(&self) -> &Sums {
        &self.sums
    }

    pub(super) fn n_groups(&self) -> usize {
        self.sums.groups.len()
    }

    /// Some columns of all row groups.
    pub(super) fn read(&self, columns: &[&str]) -> Result<DataFrame, StoreError> {
        self.read_groups(columns, 0..self.n_groups())
    }

    /// Some columns of some row groups, as one chunk each.
    pub(super) fn read_groups(
        &self,
        columns: &[&str],
        groups: Range<usize>,
    ) -> Result<DataFrame, StoreError> {
        let file = File::open(&self.path).map_err(|error| self.unreadable(error))?;
        let length = file.metadata().map_err(|error| self.unreadable(error))?.len();
        if length != self.sums.bytes {
            return Err(self.damaged(format!("has {length} bytes instead of {}", self.sums.bytes)));
        }
        self.images.with(self.sums.bytes as usize, |image| {
            self.decode_groups(&file, columns, groups, image)
        })
    }

    /// Reads and verifies the whole file.
    pub(super) fn check(&self, work: Work<'_>) -> Result<(), StoreError> {
        let columns: Vec<&str> = self.sums.columns.iter().map(String::as_str).collect();
        for group in 0..self.n_groups() {
            work.check()?;
            self.read_groups(&columns, group..group + 1)?;
        }
        Ok(())
    }

    fn decode_groups(
        &self,
        file: &File,
        columns: &[&str],
        groups: Range<usize>,
        image: &mut [u8],
    ) -> Result<DataFrame, StoreError> {
        let footer = self.footer(file, image)?;
        for group in groups.clone() {
            for name in columns {
                self.fetch_column(file, image, &footer, group, name)?;
            }
        }
        // Without other row groups: polars reads the pages of skipped ones, too.
        let mut footer = FileMetadata::clone(&footer);
        let rows = self.sums.groups.get(groups.clone()).unwrap_or_default();
        let rows: u64 = rows.iter().map(|(rows, _)| rows).sum();
        let wanted = footer.row_groups.get(groups);
        footer.row_groups = wanted.map(<[_]>::to_vec).unwrap_or_default();
        footer.num_rows = footer.row_groups.iter().map(|group| group.num_rows()).sum();
        let mut reader = ParquetReader::new(Cursor::new(&*image))
            .with_columns(Some(columns.iter().map(ToString::to_string).collect()))
            .read_parallel(ParallelStrategy::None)
            .set_rechunk(true);
        reader.set_metadata(Arc::new(footer));
        let frame = self.decoded(|| reader.finish())?;
        match frame.columns().iter().all(|column| column.len() as u64 == rows) {
            true => Ok(frame),
            false => Err(self.damaged(format!("has columns that are not {rows} rows long"))),
        }
    }

    fn footer(&self, file: &File, image: &mut [u8]) -> Result<FileMetadataRef, StoreError> {
        if let Some(known) = self.footer.get() {
            return Ok(known.clone());
        }
        let (start, sum) = self.sums.footer;
        self.fetch(file, image, start..self.sums.bytes, sum)?;
        let mut reader = ParquetReader::new(Cursor::new(&*image));
        let metadata = self.decoded(|| reader.get_metadata().cloned())?;
        Ok(self.footer.get_or_init(|| metadata).clone())
    }

    /// The result of polars for bytes with the right checksum. It panics on some files of
    /// other writers.
    fn decoded<T>(
        &self,
        decode: impl FnOnce() -> polars_core::prelude::PolarsResult<T>,
    ) -> Result<T, StoreError> {
        match catch_unwind(AssertUnwindSafe(decode)) {
            Ok(decoded) => {
                decoded.map_err(|error| self.damaged(format!("cannot be decoded: {error}")))
            }
            Err(_) => Err(self.damaged("cannot be decoded".to_owned())),
        }
    }

    fn fetch_column(
        &self,
        file: &File,
        image: &mut [u8],
        footer: &FileMetadataRef,
        group: usize,
        name: &str,
    ) -> Result<(), StoreError> {
        let column = self.sums.columns.iter().position(|column| column == name);
        let at = column.ok_or_else(|| self.damaged(format!("has no column `{name}`")))?;
        let range = footer.row_groups.get(group).and_then(|group| group.byte_ranges_iter().nth(at));
        let sum = self.sums.groups.get(group).and_then(|(_, sums)| sums.get(at));
        match (range, sum) {
            (Some(range), Some(sum)) => self.fetch(file, image, range, *sum),
            _ => Err(self.damaged(format!("has no row group {group}"))),
        }
    }

    /// Reads a range to its place in the image, and verifies its checksum.
    fn fetch(
        &self,
        file: &File,
        image: &mut [u8],
        range: Range<u64>,
        sum: u32,
    ) -> Result<(), StoreError> {
        let place = range.start as usize..range.end as usize;
        let Some(place) = image.get_mut(place) else {
            return Err(self.damaged(format!("ends before byte {}", range.end)));
        };
        file.read_exact_at(place, range.start).map_err(|error| self.unreadable(error))?;
        if crc32fast::hash(place) != sum {
            let (start, end) = (range.start, range.end);
            return Err(
                self.damaged(format!("has other bytes at {start}..{end} than were written"))
            );
        }
        Ok(())
    }

    fn unreadable(&self, error: std::io::Error) -> StoreError {
        unreadable(error, &self.path, &self.block)
    }

    fn damaged(&self, reason: String) -> StoreError {
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        Inconsistent::new(format!("{file} {reason}")).in_block(&self.block)
    }
}

/// What it means that a file of a block was not read: it is gone, it ends too early, or the
/// system does not give it now.
pub(super) fn unreadable(
    error: std::io::Error,
    path: &Path,
    block: &Arc<BlockFacts>,
) -> StoreError {
    let file = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match error.kind() {
        std::io::ErrorKind::NotFound => StoreError::Gone { block: block.clone(), file: file() },
        std::io::ErrorKind::UnexpectedEof => {
            Inconsistent::new(format!("{} ends too early", file())).in_block(block)
        }
        _ => StoreError::io(path, error),
    }
}
