//! Which folder is a store, and which folders in it are blocks. Nothing else is ever changed
//! or removed.
//!
//! A store has a `manifest.json` that begins like ours. A folder that is empty, or has only
//! what the interrupted beginning of a store leaves, may become one.

use std::fs::{self, File};
use std::io::ErrorKind::{AlreadyExists, IsADirectory, NotADirectory, NotFound, UnexpectedEof};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::block::{BLOCKS, CONTENTS};
use super::durable;
use super::error::StoreError;

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const LOCK: &str = "lock";
/// Locked by the `scrape` that fills the store.
pub(super) const SCRAPE: &str = "scrape.lock";
/// The folder of blocks that were taken out because they are damaged.
pub(super) const DROPPED: &str = "dropped";
/// How the name of a manifest that is being written begins.
pub(super) const NEXT: &str = "manifest.next.";
/// How a manifest begins.
const MARK: &[u8] = b"{\"format\":";

/// What a folder is to a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Store,
    /// Not there or empty.
    Free,
}

/// Whether a folder is a store or may become one; else an error that says why not.
pub(super) fn place(folder: &Path) -> Result<Place, StoreError> {
    let no_store = |reason: &str| {
        Err(StoreError::NotAStore { path: folder.to_owned(), reason: reason.to_owned() })
    };
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return no_store("it is a file"),
        Err(error) if error.kind() == NotFound => return Ok(Place::Free),
        Err(error) => return Err(StoreError::io(folder, error)),
    }
    if is_link(&folder.join(BLOCKS))? {
        return no_store("its `blocks` is a link, and links are not followed");
    }
    if is_store(folder)? {
        return Ok(Place::Store);
    }
    let found = without_mark(folder);
    // Another process may have made the store since the first look.
    if found.is_err() && is_store(folder)? { Ok(Place::Store) } else { found }
}

/// Whether a folder without the mark of a store may become one.
fn without_mark(folder: &Path) -> Result<Place, StoreError> {
    if !block_folders(folder)?.is_empty() {
        let manifest = folder.join(MANIFEST);
        let exists = manifest.try_exists();
        return Err(match exists.map_err(|error| StoreError::io(&manifest, error))? {
            true => StoreError::Manifest {
                path: manifest,
                reason: "it does not begin as manifests do".to_owned(),
            },
            false => StoreError::NoManifest { path: folder.to_owned() },
        });
    }
    match stranger(folder).map_err(|error| StoreError::io(folder, error))? {
        Some(name) => Err(StoreError::NotAStore {
            path: folder.to_owned(),
            reason: format!("it holds `{name}`"),
        }),
        None => Ok(Place::Free),
    }
}

/// Whether a folder has the mark of a store.
pub(super) fn is_store(folder: &Path) -> Result<bool, StoreError> {
    let path = folder.join(MANIFEST);
    let mut start = [0; MARK.len()];
    match File::open(&path).and_then(|mut file| file.read_exact(&mut start)) {
        Ok(()) => Ok(start == MARK),
        Err(error) => match error.kind() {
            NotFound | NotADirectory | IsADirectory | UnexpectedEof => Ok(false),
            _ => Err(StoreError::io(&path, error)),
        },
    }
}

fn is_link(path: &Path) -> Result<bool, StoreError> {
    match path.symlink_metadata() {
        Ok(metadata) => Ok(metadata.is_symlink()),
        Err(error) if error.kind() == NotFound => Ok(false),
        Err(error) => Err(StoreError::io(path, error)),
    }
}

/// Whether this program may have given a block this name.
pub(super) fn is_block_name(name: &str) -> bool {
    name.len() >= 6 && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// The folders of blocks, live or not, sorted: named by this program, with a `block.json`,
/// and no links.
pub(super) fn block_folders(store: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let blocks = store.join(BLOCKS);
    let failed = |error| StoreError::io(&blocks, error);
    if is_link(&blocks)? {
        return Ok(Vec::new());
    }
    let entries = match fs::read_dir(&blocks) {
        Ok(entries) => entries,
        Err(error) if error.kind() == NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_folder = is_block_name(&name) && entry.file_type().map_err(failed)?.is_dir();
        if is_folder && has_contents(&entry.path())? {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a folder has a `block.json`.
fn has_contents(folder: &Path) -> Result<bool, StoreError> {
    let path = folder.join(CONTENTS);
    match path.metadata() {
        Ok(metadata) => Ok(metadata.is_file()),
        Err(error) if error.kind() == NotFound => Ok(false),
        Err(error) => Err(StoreError::io(&path, error)),
    }
}

/// Keeps the files of a block below `dropped`; its folder is left to the next sweep.
pub(super) fn set_aside(store: &Path, id: &str) -> Result<(), StoreError> {
    let (from, to) = (store.join(BLOCKS).join(id), store.join(DROPPED).join(id));
    let failed = |error| StoreError::io(&to, error);
    let entries = match fs::read_dir(&from) {
        Ok(entries) => entries,
        Err(error) if error.kind() == NotFound => return Ok(()),
        Err(error) => return Err(StoreError::io(&from, error)),
    };
    durable::make_folder(&to).map_err(failed)?;
    for entry in entries {
        let entry = entry.map_err(|error| StoreError::io(&from, error))?;
        let (file, copy) = (entry.path(), to.join(entry.file_name()));
        match fs::hard_link(&file, &copy) {
            Err(error) if error.kind() != AlreadyExists => {
                fs::copy(&file, &copy).map_err(failed)?;
            }
            _ => {}
        }
    }
    durable::sync_folder(&to)
}

/// Removes a block: its tables, its `block.json` last, and the folder if nothing else is in
/// it. Fails at the first that cannot be removed; `block.json` is then still there, so that
/// the next sweep finds the block again.
pub(super) fn remove_block(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_table = entry.path().extension().is_some_and(|suffix| suffix == "parquet");
        if is_table && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_file(folder.join(CONTENTS))?;
    fs::remove_dir(folder)
}

/// The name of something that no store has; none if there is nothing else.
fn stranger(folder: &Path) -> std::io::Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_empty =
            |folder| Ok::<_, std::io::Error>(fs::read_dir::<PathBuf>(folder)?.next().is_none());
        let is_ours = match &*name {
            LOCK | SCRAPE => entry.file_type()?.is_file(),
            next if next.starts_with(NEXT) => entry.file_type()?.is_file(),
            BLOCKS => entry.file_type()?.is_dir() && is_empty(entry.path())?,
            _ => false,
        };
        if !is_ours {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
