//! The lock for changing a store, on a file in it, and that of the one `scrape` that fills it. Whoever cleans up may remove the file in
//! mid-work: so the holder looks whether it is still there before each change.

use std::fs::{File, TryLockError};
use std::io::ErrorKind::NotFound;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::StoreError;
use super::folder::LOCK;
use crate::work::Work;

const PATIENCE: Duration = Duration::from_millis(50);

/// Unlocks when it is dropped, or when the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Waits for other writers; `waiting` is called if there is one. None if the file, or
    /// the whole store, was removed in the meantime.
    pub(super) fn take(
        store: &Path,
        waiting: &dyn Fn(),
        work: Work<'_>,
    ) -> Result<Option<Lock>, StoreError> {
        let path = store.join(LOCK);
        let file = match File::options().create(true).append(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io(&path, error)),
        };
        let lock = Lock { path, file };
        let mut told = false;
        loop {
            match lock.file.try_lock() {
                Ok(()) => return Ok(lock.is_held()?.then_some(lock)),
                Err(TryLockError::Error(error)) => return Err(StoreError::io(&lock.path, error)),
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

    /// Takes the lock on a file of the store now; none if another process holds it.
    pub(super) fn now(store: &Path, name: &str) -> Result<Option<Lock>, StoreError> {
        let path = store.join(name);
        let opened = File::options().create(true).append(true).open(&path);
        let file = opened.map_err(|error| StoreError::io(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { path, file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(StoreError::io(&path, error)),
        }
    }

    /// Whether the locked file is still the one that others would lock.
    pub(super) fn is_held(&self) -> Result<bool, StoreError> {
        let failed = |error| StoreError::io(&self.path, error);
        let own = self.file.metadata().map_err(failed)?;
        match self.path.metadata() {
            Ok(there) => Ok((there.dev(), there.ino()) == (own.dev(), own.ino())),
            Err(error) if error.kind() == NotFound => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }
}
