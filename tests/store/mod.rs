//! The store: it gives the same answers as the files it was made from, and survives
//! faults.
//!
//! - `answers`: every query gives the same table from files and from a store
//! - `totals`: cumulative snapshots in one block and in several
//! - `faults`: crashes at any time, two writers, a full disk, a flipped bit
//! - `failing`: every call to the system fails, or is the last
//! - `recognition`: folders that are no stores, and stores that have lost their manifest
//! - `damage`: flipped bits everywhere, and what cannot be read now
//! - `neighbours`: others that import, compact and remove the lock meanwhile
//! - `exports`: files that are complete, whatever the labels

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

mod answers;
mod damage;
mod exports;
#[cfg(target_os = "linux")]
mod failing;
pub(crate) mod faults;
mod neighbours;
mod recognition;
mod totals;

/// A folder for thousands of small files: in memory, where the system has a place for that.
pub(crate) fn scratch() -> TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory.or_else(|_| tempfile::tempdir()).expect("a scratch folder")
}

/// The program itself, as a shell runs it in a folder.
pub(crate) fn flamebook(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flamebook"));
    command.current_dir(folder).args(arguments).output().expect("the program starts")
}

/// The output of a command that succeeds.
pub(crate) fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = flamebook(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The files below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}
