//! Files and folders that survive a crash: what `write` and `sync_folder` have done is on the
//! disk.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::error::StoreError;

/// Writes a whole file.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let written = File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| StoreError::io(path, error))
}

/// Makes the names in a folder reach the disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| StoreError::io(folder, error))
}

/// Makes a folder and those above it, where they are not there yet.
pub(super) fn make_folder(path: &Path) -> std::io::Result<()> {
    // `create_dir_all` says "File exists" of one that it cannot look at.
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => std::fs::create_dir_all(path),
    }
}
