//! Which blocks a store has: `manifest.json`.
//!
//! It is the only file that changes, by an atomic rename, after everything it names has
//! reached the disk. So a crash at any instant leaves the last complete state. It ends with
//! a checksum of all that is before it. Stores of format 1 have none; they are read if
//! everything in the manifest agrees with each `block.json`, and get one with their next
//! change. `writer` replaces the manifest.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::block::Block;
use super::error::StoreError;
use super::facts::BlockFacts;
use super::folder::{MANIFEST, is_block_name};
use super::held::Holds;
use super::image::Images;
use super::shape::Shape;
use super::summed::{Sum, sum_of, summed};
use super::write::WrittenBlock;

/// The version that this program writes.
const FORMAT: u32 = 2;
/// The version before, without a checksum.
const UNSUMMED: u32 = 1;

/// The live blocks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    pub(super) blocks: Vec<BlockEntry>,
    /// The number of the next block.
    pub(super) next: u64,
}

/// A live block, with what a query needs to know before it opens one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockEntry {
    pub(super) id: String,
    /// The checksum of its `block.json`.
    check: u32,
    pub(super) bytes: u64,
    pub(super) shapes: Vec<Shape>,
}

/// Tells whether a manifest was replaced, without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Device and inode.
    file: (u64, u64),
    bytes: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
}

impl BlockEntry {
    pub(super) fn new(id: String, written: WrittenBlock) -> BlockEntry {
        let WrittenBlock { contents, check, bytes } = written;
        BlockEntry { id, check, bytes, shapes: contents.shapes }
    }

    pub(super) fn block(&self, store: &Path, images: &Arc<Images>, holds: &Arc<Holds>) -> Block {
        let facts = Arc::new(BlockFacts::new(&self.id, &self.shapes));
        Block::new(store, facts, self.check, images.clone(), holds.clone())
    }

    pub(super) fn profiles(&self) -> u64 {
        self.shapes.iter().map(|shape| shape.profiles).sum()
    }

    pub(super) fn samples(&self) -> u64 {
        self.shapes.iter().map(|shape| shape.samples).sum()
    }

    /// The end of its newest profile.
    pub(super) fn end(&self) -> i64 {
        self.shapes.iter().map(|shape| shape.end).max().unwrap_or(i64::MIN)
    }

    pub(super) fn start(&self) -> i64 {
        self.shapes.iter().map(|shape| shape.start).min().unwrap_or(i64::MAX)
    }
}

impl Stamp {
    pub(super) fn of(store: &Path) -> Result<Stamp, StoreError> {
        let path = store.join(MANIFEST);
        let metadata = path.metadata().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::Missing { path: store.to_owned() },
            _ => StoreError::io(&path, error),
        })?;
        Ok(Stamp::new(&metadata))
    }

    fn new(metadata: &Metadata) -> Stamp {
        Stamp {
            file: (metadata.dev(), metadata.ino()),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl Manifest {
    /// The manifest of a folder, and its stamp; none if it has no manifest.
    pub(super) fn read(store: &Path) -> Result<Option<(Manifest, Stamp)>, StoreError> {
        let path = store.join(MANIFEST);
        let failed = |error| StoreError::io(&path, error);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let stamp = Stamp::new(&file.metadata().map_err(failed)?);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some((Manifest::parsed(&bytes, &path)?, stamp)))
    }

    fn parsed(bytes: &[u8], path: &Path) -> Result<Manifest, StoreError> {
        let damaged = |reason: String| StoreError::Manifest { path: path.to_owned(), reason };
        let sum = sum_of(bytes);
        if sum == Sum::Wrong {
            return Err(damaged("it has other bytes than were written".to_owned()));
        }
        let manifest: Manifest =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        match (manifest.format, sum) {
            (FORMAT, Sum::Right) | (UNSUMMED, Sum::Absent) => {}
            (format, Sum::Right) if format > FORMAT => {
                return Err(StoreError::Later { path: path.to_owned(), format });
            }
            (format, _) => return Err(damaged(format!("format {format} without a checksum"))),
        }
        if let Some(entry) = manifest.blocks.iter().find(|entry| !is_block_name(&entry.id)) {
            return Err(damaged(format!("`{}` is not the name of a block", entry.id)));
        }
        let mut shapes = manifest.blocks.iter().flat_map(|entry| &entry.shapes);
        if shapes.any(|s| s.types.is_empty() || s.types.len() != s.columns.len()) {
            return Err(damaged("a type has no column".to_owned()));
        }
        Ok(manifest)
    }

    /// As it is written.
    pub(super) fn text(&self) -> Result<Vec<u8>, StoreError> {
        let current = Manifest { format: FORMAT, ..self.clone() };
        let text = serde_json::to_vec(&current).map_err(|e| StoreError::Encoding(e.to_string()));
        Ok(summed(text?))
    }

    /// The largest number of shapes in one block.
    pub(super) fn most_shapes(&self) -> usize {
        self.blocks.iter().map(|entry| entry.shapes.len()).max().unwrap_or(0)
    }

    /// Without blocks; the first will have this number.
    pub(super) fn empty(next: u64) -> Manifest {
        Manifest { format: FORMAT, blocks: Vec::new(), next }
    }
}
