//! Which blocks a store has: `manifest.json`.
//!
//! It is the only file that changes, by an atomic rename, after everything it names has
//! reached the disk. So a crash at any instant leaves the last complete state. It may also
//! leave folders that no manifest names, which the next writer removes.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::block::{BLOCKS, Block, Shape};
use super::durable;
use super::error::StoreError;
use super::image::Images;
use super::write::WrittenBlock;
use crate::work::Work;

const MANIFEST: &str = "manifest.json";
const NEXT: &str = "manifest.next.json";
const LOCK: &str = "lock";
/// The version that this program reads and writes.
const FORMAT: u32 = 1;

/// The live blocks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    pub(super) blocks: Vec<BlockEntry>,
    /// The number of the next block.
    next: u64,
}

/// A live block, with what a query needs to know before it opens one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct BlockEntry {
    pub(super) id: String,
    /// The checksum of its `block.json`.
    check: u32,
    pub(super) bytes: u64,
    pub(super) shapes: Vec<Shape>,
}

impl BlockEntry {
    pub(super) fn block(&self, store: &Path, images: &Arc<Images>) -> Block {
        Block::new(store, &self.id, self.check, images.clone())
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

impl Manifest {
    /// The manifest of a folder; none if there is no store yet.
    pub(super) fn read(store: &Path) -> Result<Option<Manifest>, StoreError> {
        let path = store.join(MANIFEST);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io(&path, error)),
        };
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| {
            StoreError::Manifest { path: path.clone(), reason: error.to_string() }
        })?;
        if manifest.format != FORMAT {
            let reason = format!(
                "it has format {}, and this version reads format {FORMAT}",
                manifest.format
            );
            return Err(StoreError::Manifest { path, reason });
        }
        let shapes = || manifest.blocks.iter().flat_map(|entry| &entry.shapes);
        if shapes().any(|s| s.types.is_empty() || s.types.len() != s.columns.len()) {
            let reason = "a type has no column".to_owned();
            return Err(StoreError::Manifest { path, reason });
        }
        Ok(Some(manifest))
    }

    /// The largest number of shapes in one block.
    pub(super) fn most_shapes(&self) -> usize {
        self.blocks.iter().map(|entry| entry.shapes.len()).max().unwrap_or(0)
    }

    fn empty() -> Manifest {
        Manifest { format: FORMAT, blocks: Vec::new(), next: 1 }
    }
}

/// Whether a folder looks like a store.
pub(super) fn is_store(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// May change a store: holds its lock until dropped, or until the process ends.
#[derive(Debug)]
pub(super) struct Writer {
    store: PathBuf,
    pub(super) manifest: Manifest,
    /// The locked file; closing it unlocks.
    _lock: File,
}

impl Writer {
    /// Creates the store if needed, waits for other writers, and removes what a crash left.
    /// `waiting` is called once if there is another writer.
    pub(super) fn open(
        store: &Path,
        waiting: &dyn Fn(),
        work: Work<'_>,
    ) -> Result<Writer, StoreError> {
        let blocks = store.join(BLOCKS);
        fs::create_dir_all(&blocks).map_err(|error| StoreError::io(&blocks, error))?;
        let lock = lock(store, waiting, work)?;
        let manifest = Manifest::read(store)?.unwrap_or_else(Manifest::empty);
        let writer = Writer { store: store.to_owned(), manifest, _lock: lock };
        writer.sweep()?;
        Ok(writer)
    }

    pub(super) fn store(&self) -> &Path {
        &self.store
    }

    /// The id and the folder of a new block.
    pub(super) fn next_block(&mut self) -> (String, PathBuf) {
        let id = format!("{:06}", self.manifest.next);
        self.manifest.next += 1;
        let folder = self.store.join(BLOCKS).join(&id);
        (id, folder)
    }

    /// Replaces old blocks with new ones in one step.
    pub(super) fn commit(
        &mut self,
        new: Vec<(String, WrittenBlock)>,
        old: &[String],
    ) -> Result<(), StoreError> {
        durable::sync_folder(&self.store.join(BLOCKS))?;
        let mut next = self.manifest.clone();
        next.blocks.retain(|entry| !old.contains(&entry.id));
        next.blocks.extend(new.into_iter().map(|(id, written)| BlockEntry {
            id,
            check: written.check,
            bytes: written.bytes,
            shapes: written.contents.shapes,
        }));
        self.replace(next)
    }

    fn replace(&mut self, next: Manifest) -> Result<(), StoreError> {
        let path = self.store.join(NEXT);
        let text = serde_json::to_vec(&next).map_err(|e| StoreError::Encoding(e.to_string()))?;
        durable::write(&path, &text)?;
        let renamed = fs::rename(&path, self.store.join(MANIFEST));
        renamed.map_err(|error| StoreError::io(&path, error))?;
        durable::sync_folder(&self.store)?;
        self.manifest = next;
        Ok(())
    }

    /// Removes folders that no manifest names: those that a crash left, and blocks that an
    /// earlier change replaced. That change leaves them, so that queries on the store as it
    /// was can finish.
    fn sweep(&self) -> Result<(), StoreError> {
        let live: BTreeSet<String> = self.manifest.blocks.iter().map(|e| e.id.clone()).collect();
        let blocks = self.store.join(BLOCKS);
        let entries = fs::read_dir(&blocks).map_err(|error| StoreError::io(&blocks, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| StoreError::io(&blocks, error))?;
            if !live.contains(&*entry.file_name().to_string_lossy()) {
                let path = entry.path();
                fs::remove_dir_all(&path).map_err(|error| StoreError::io(&path, error))?;
            }
        }
        Ok(())
    }
}

fn lock(store: &Path, waiting: &dyn Fn(), work: Work<'_>) -> Result<File, StoreError> {
    const PATIENCE: Duration = Duration::from_millis(50);
    let path = store.join(LOCK);
    let failed = |error| StoreError::io(&path, error);
    let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) => {
                if !std::mem::replace(&mut told, true) {
                    waiting();
                }
                work.check()?;
                std::thread::sleep(PATIENCE);
            }
        }
    }
}
