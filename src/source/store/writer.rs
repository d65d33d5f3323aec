//! Changes a store: adds blocks, replaces blocks, and removes those that nobody needs.
//!
//! Each change is complete with the rename of the next manifest over the last one. Before
//! it, the writer looks whether lock and manifest are still those that it began with; if
//! not, it changes nothing and the command begins again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind::{AlreadyExists, NotFound};
use std::path::{Path, PathBuf};

use super::block::{BLOCKS, CONTENTS};
use super::durable;
use super::error::StoreError;
use super::folder::{LOCK, MANIFEST, NEXT, Place, block_folders, place, remove_block};
use super::held::{hold, is_free};
use super::lock::Lock;
use super::manifest::{BlockEntry, Manifest, Stamp};
use super::write::{Hashed, Lookup, write};
use crate::work::Work;

/// May change a store until it is dropped, or until the process ends.
#[derive(Debug)]
pub(super) struct Writer {
    store: PathBuf,
    pub(super) manifest: Manifest,
    /// That of the manifest; none while there is no manifest.
    stamp: Option<Stamp>,
    lock: Lock,
    /// Whether there was no store before.
    is_new: bool,
}

/// A block that is not live yet, held against removal.
#[derive(Debug)]
pub(super) struct NewBlock {
    pub(super) entry: BlockEntry,
    _held: File,
}

impl Writer {
    /// Creates the store if needed, waits for other writers, and removes what a crash left.
    /// `waiting` is called if there is another writer. A folder that is no store is refused
    /// untouched.
    pub(super) fn open(
        store: &Path,
        waiting: &dyn Fn(),
        work: Work<'_>,
    ) -> Result<Writer, StoreError> {
        loop {
            place(store)?;
            let blocks = store.join(BLOCKS);
            durable::make_folder(store).map_err(|error| StoreError::io(store, error))?;
            let Some(lock) = Lock::take(store, waiting, work)? else { continue };
            let is_new = place(store)? == Place::Free;
            if is_new {
                durable::make_folder(&blocks).map_err(|error| StoreError::io(&blocks, error))?;
                create_manifest(store)?;
            }
            if let Some((manifest, stamp)) = Manifest::read(store)? {
                let (store, stamp) = (store.to_owned(), Some(stamp));
                let writer = Writer { store, manifest, stamp, lock, is_new };
                writer.sweep()?;
                return Ok(writer);
            }
        }
    }

    /// To write the first manifest of a store that has lost its own.
    pub(super) fn without_manifest(store: &Path, lock: Lock, next: u64) -> Writer {
        let (store, manifest) = (store.to_owned(), Manifest::empty(next));
        Writer { store, manifest, stamp: None, lock, is_new: false }
    }

    pub(super) fn store(&self) -> &Path {
        &self.store
    }

    /// The id and the folder of a block that no other writer uses, held against removal.
    fn next_block(&mut self) -> Result<(String, PathBuf, File), StoreError> {
        loop {
            let id = format!("{:06}", self.manifest.next);
            self.manifest.next = self.manifest.next.wrapping_add(1);
            let folder = self.store.join(BLOCKS).join(&id);
            match fs::create_dir(&folder) {
                Ok(()) => match begin_block(&folder) {
                    // A writer without the lock has swept it: the next number is free.
                    Err(error) if error.kind() == NotFound => {}
                    begun => {
                        let held = begun.map_err(|error| StoreError::io(&folder, error))?;
                        return Ok((id, folder, held));
                    }
                },
                Err(error) if error.kind() == AlreadyExists => {}
                // The store itself was removed.
                Err(error) if error.kind() == NotFound => {
                    return Err(StoreError::Changed { path: self.store.clone() });
                }
                Err(error) => return Err(StoreError::io(&folder, error)),
            }
        }
    }

    /// Writes recordings as a block in place of old ones; the bytes that it takes.
    pub(super) fn add(
        &mut self,
        recordings: Vec<Hashed>,
        lookup: Lookup<'_>,
        old: &[String],
        work: Work<'_>,
    ) -> Result<u64, StoreError> {
        let block = self.write(recordings, lookup, work)?;
        self.commit(vec![block.entry.clone()], old)?;
        Ok(block.entry.bytes)
    }

    /// Writes recordings as a block that is not live yet.
    pub(super) fn write(
        &mut self,
        recordings: Vec<Hashed>,
        lookup: Lookup<'_>,
        work: Work<'_>,
    ) -> Result<NewBlock, StoreError> {
        let (id, folder, held) = self.next_block()?;
        let written = write(&folder, recordings, lookup, work)?;
        Ok(NewBlock { entry: BlockEntry::new(id, written), _held: held })
    }

    /// Replaces old blocks with new ones in one step.
    pub(super) fn commit(
        &mut self,
        new: Vec<BlockEntry>,
        old: &[String],
    ) -> Result<(), StoreError> {
        durable::sync_folder(&self.store.join(BLOCKS))?;
        let mut next = self.manifest.clone();
        next.blocks.retain(|entry| !old.contains(&entry.id));
        next.blocks.extend(new);
        let beside = write_beside(&self.store, &next)?;
        let changed = || StoreError::Changed { path: self.store.clone() };
        match self.is_last() {
            Ok(true) => {}
            other => {
                let _ = fs::remove_file(&beside);
                return Err(other.err().unwrap_or_else(changed));
            }
        }
        fs::rename(&beside, self.store.join(MANIFEST)).map_err(|error| match error.kind() {
            // Another writer has swept it.
            NotFound => changed(),
            _ => StoreError::io(&beside, error),
        })?;
        durable::sync_folder(&self.store)?;
        self.stamp = Some(Stamp::of(&self.store)?);
        self.manifest = next;
        Ok(())
    }

    /// Whether nobody has changed the store since this writer began.
    fn is_last(&self) -> Result<bool, StoreError> {
        let stamp = match Stamp::of(&self.store) {
            Ok(stamp) => Some(stamp),
            Err(StoreError::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(self.lock.is_held()? && stamp == self.stamp)
    }

    /// Ends the work: a new store without blocks is not left behind.
    pub(super) fn close(self) {
        let is_held = self.lock.is_held().unwrap_or(false);
        if !self.is_new || !self.manifest.blocks.is_empty() || !is_held {
            return;
        }
        let _ = self.sweep();
        let is_bare = block_folders(&self.store).is_ok_and(|folders| folders.is_empty());
        // Only an empty folder can be removed, so nothing that is not ours is lost.
        if is_bare && fs::remove_dir(self.store.join(BLOCKS)).is_ok() {
            let _ = fs::remove_file(self.store.join(MANIFEST));
            let _ = fs::remove_file(self.store.join(LOCK));
            let _ = fs::remove_dir(&self.store);
        }
    }

    /// Removes manifests that a crash left unfinished, and blocks that no manifest names:
    /// those that a crash left, and those that an earlier change replaced. Blocks in use
    /// stay until the next change.
    fn sweep(&self) -> Result<(), StoreError> {
        let live: BTreeSet<&String> = self.manifest.blocks.iter().map(|entry| &entry.id).collect();
        for entry in fs::read_dir(&self.store).into_iter().flatten().flatten() {
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if is_file && entry.file_name().to_string_lossy().starts_with(NEXT) {
                let _ = fs::remove_file(entry.path());
            }
        }
        for (id, folder) in block_folders(&self.store)? {
            let contents = folder.join(CONTENTS);
            if live.contains(&id) || contents.is_symlink() {
                continue;
            }
            // Network file systems want a file that may be written for an exclusive lock.
            let opened = File::options().read(true).write(true).open(contents);
            let Ok(contents) = opened else { continue };
            if is_free(&contents) {
                // What cannot be removed stays for the next time.
                let _ = remove_block(&folder);
            }
        }
        Ok(())
    }
}

/// The contents of a new block, held against removal; `NotFound` if it was swept before.
fn begin_block(folder: &Path) -> std::io::Result<File> {
    let path = folder.join(CONTENTS);
    let contents = File::create(&path)?;
    hold(&contents)?;
    // From here on nobody sweeps it; somebody may have before.
    path.metadata()?;
    Ok(contents)
}

/// Does the work, again if another writer came between: then nothing of it was done.
pub(super) fn unless_changed<T>(work: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    const ATTEMPTS: usize = 10;
    for _ in 1..ATTEMPTS {
        match work() {
            Err(StoreError::Changed { .. }) => {}
            // A block that is gone while nobody else may change the store was lost.
            done => return done.map_err(StoreError::lost),
        }
    }
    work().map_err(StoreError::lost)
}

/// Writes a manifest beside the last one, under a name that no other process uses.
fn write_beside(store: &Path, manifest: &Manifest) -> Result<PathBuf, StoreError> {
    let path = store.join(format!("{NEXT}{}", std::process::id()));
    durable::write(&path, &manifest.text()?)?;
    Ok(path)
}

/// The first manifest of a store, unless another writer has made one meanwhile.
fn create_manifest(store: &Path) -> Result<(), StoreError> {
    let beside = write_beside(store, &Manifest::empty(1))?;
    let manifest = store.join(MANIFEST);
    match fs::hard_link(&beside, &manifest) {
        Ok(()) => {}
        // Another writer has made one, or swept ours.
        Err(error) if matches!(error.kind(), AlreadyExists | NotFound) => {}
        // Not every file system has links.
        Err(_) => fs::rename(&beside, &manifest).map_err(|e| StoreError::io(&beside, e))?,
    }
    let _ = fs::remove_file(&beside);
    durable::sync_folder(store)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Symbols;
    use crate::work::{Cancel, Unwatched};

    #[test]
    fn a_writer_whose_lock_was_removed_changes_nothing() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let store = folder.path().join("x.flamestore");
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let open = || Writer::open(&store, &|| {}, work).expect("a store");
        let symbols = Symbols::default();
        let lookup = Lookup { symbols: &symbols, kinds: &[], remarks: &[] };
        let ids = || {
            let (manifest, _) = Manifest::read(&store).expect("a manifest").expect("a store");
            manifest.blocks.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
        };
        let mut first = open();
        let block = first.write(Vec::new(), lookup, work).expect("a block");
        fs::remove_file(store.join(LOCK)).expect("a lock");
        let mut second = open();
        second.add(Vec::new(), lookup, &[], work).expect("another block");
        assert_eq!(ids(), ["000002"]);
        assert!(store.join("blocks/000001/block.json").is_file(), "it is still being written");
        let refused = first.commit(vec![block.entry.clone()], &[]);
        assert!(matches!(refused, Err(StoreError::Changed { .. })), "{refused:?}");
        assert_eq!(ids(), ["000002"]);
        drop((first, second, block));
        // Again, now that nobody comes between.
        open().add(Vec::new(), lookup, &[], work).expect("a third block");
        assert_eq!(ids(), ["000002", "000003"]);
        assert!(!store.join("blocks/000001").exists(), "what was left is swept");
    }
}
