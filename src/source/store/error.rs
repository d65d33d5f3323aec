//! What goes wrong with a store.
//!
//! Three kinds are apart. What cannot be read now is an `Io` error, with the words of the
//! system, and may pass. What another process has changed meanwhile is `Gone` where a file
//! is missed; whoever opened the store reads the manifest again and goes on. What has other
//! bytes than were written is damaged.
//!
//! Tables that contradict each other are [`Inconsistent`] where they are read; the block
//! that they are in makes a [`StoreError`] of it, so that every message names a block.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::facts::BlockFacts;
use crate::quantity::Timestamp;
use crate::work::Cancelled;

/// Why a store was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no store at {}", path.display())]
    Missing { path: PathBuf },
    #[error("{} is not a store: {reason}", path.display())]
    NotAStore { path: PathBuf, reason: String },
    #[error("{} has blocks but no manifest.json, which says which of them count", path.display())]
    NoManifest { path: PathBuf },
    #[error("cannot use {}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("{} is damaged: {reason}", path.display())]
    Manifest { path: PathBuf, reason: String },
    #[error("{} has format {format}, which a later version of Flamebook has written", path.display())]
    Later { path: PathBuf, format: u32 },
    #[error("block {} of the store is damaged: {reason}; it holds {block}", block.id)]
    Damaged { block: Arc<BlockFacts>, reason: String },
    #[error("{file} of block {} is not there", block.id)]
    Gone { block: Arc<BlockFacts>, file: String },
    #[error("another process has changed {} meanwhile", path.display())]
    Changed { path: PathBuf },
    /// Profiles of a server would count the same time again.
    #[error("the store has other profiles of {kind}{{{labels}}} at {at}")]
    Overlaps { kind: String, labels: String, at: Timestamp },
    #[error("another `flamebook scrape` fills {}", path.display())]
    Scraped { path: PathBuf },
    #[error("cannot write a block: {0}")]
    Encoding(String),
    #[error("the store has no block {block}")]
    UnknownBlock { block: String },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl StoreError {
    pub(super) fn io(path: &Path, error: std::io::Error) -> StoreError {
        StoreError::Io { path: path.to_owned(), error }
    }

    /// A file that is gone while the manifest still needs it was lost.
    pub(super) fn lost(self) -> StoreError {
        match self {
            StoreError::Gone { block, file } => {
                StoreError::Damaged { block, reason: format!("{file} is missing") }
            }
            other => other,
        }
    }

    /// What the user can do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            StoreError::Missing { .. } => {
                "make one in a shell: flamebook import <store> <files or folders>".to_owned()
            }
            StoreError::NotAStore { .. } => {
                "name a store or a new folder first, then the files: flamebook import new.flamestore <files or folders>".to_owned()
            }
            StoreError::NoManifest { path } => repair(path),
            StoreError::Manifest { path, .. } => repair(path.parent().unwrap_or(path)),
            StoreError::Io { .. } => {
                "the store itself may be sound: try again when the reason is mended".to_owned()
            }
            StoreError::Later { .. } => "update Flamebook".to_owned(),
            StoreError::Damaged { block, .. } | StoreError::Gone { block, .. } => format!(
                "put the block back from a copy of the store, or go on without it: flamebook compact <store> --without {}",
                block.id
            ),
            StoreError::Changed { .. } => "run it again".to_owned(),
            StoreError::Overlaps { .. } => {
                "import with the same --step as before, or into another store".to_owned()
            }
            StoreError::Scraped { .. } => {
                "give its targets to one scrape, or name another store".to_owned()
            }
            StoreError::Encoding(_) | StoreError::UnknownBlock { .. } | StoreError::Cancelled(_) => {
                return None;
            }
        })
    }
}

fn repair(store: &Path) -> String {
    format!("make a manifest from the whole blocks: flamebook repair {}", store.display())
}

/// What in the tables of a block contradicts the rest.
#[derive(Debug)]
pub(super) struct Inconsistent(String);

impl Inconsistent {
    pub(super) fn new(reason: impl Into<String>) -> Inconsistent {
        Inconsistent(reason.into())
    }

    pub(super) fn in_block(self, block: &Arc<BlockFacts>) -> StoreError {
        StoreError::Damaged { block: block.clone(), reason: self.0 }
    }
}
