//! Which blocks are in use: whoever reads or writes one holds a shared lock on its
//! `block.json`, and whoever removes one needs an exclusive lock.
//!
//! So a session that has a store open keeps the blocks it knows while others compact.

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A process may have about a thousand files open. Compaction keeps stores far below this.
const MOST: usize = 128;

/// How many blocks a reader holds.
#[derive(Debug, Default)]
pub(super) struct Holds(AtomicUsize);

impl Holds {
    /// Keeps a block in use as long as the result lives; a store of very many blocks leaves
    /// some unheld.
    pub(super) fn keep(&self, contents: File) -> Option<File> {
        let is_room = self.0.fetch_add(1, Ordering::Relaxed) < MOST;
        is_room.then_some(contents)
    }
}

/// Marks a block as in use. A block that is being removed is not there any more; where the
/// file system has no locks, there is nobody to keep it from.
pub(super) fn hold(contents: &File) -> std::io::Result<()> {
    match contents.try_lock_shared() {
        Err(std::fs::TryLockError::WouldBlock) => Err(std::io::ErrorKind::NotFound.into()),
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(()),
    }
}

/// Whether nobody uses a block; nobody can while the file is open.
pub(super) fn is_free(contents: &File) -> bool {
    contents.try_lock().is_ok()
}
