//! What goes wrong with a store.
//!
//! Tables that contradict each other are [`Inconsistent`] where they are read; the block
//! that they are in makes a [`StoreError`] of it, so that every message names a block.

use std::path::{Path, PathBuf};

use crate::work::Cancelled;

/// Why a store was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no store at {}", path.display())]
    Missing { path: PathBuf },
    #[error("cannot use {}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("cannot understand {}: {reason}", path.display())]
    Manifest { path: PathBuf, reason: String },
    #[error("block {block} of the store is damaged: {reason}")]
    Damaged { block: String, reason: String },
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
}

/// What in the tables of a block contradicts the rest.
#[derive(Debug)]
pub(super) struct Inconsistent(String);

impl Inconsistent {
    pub(super) fn new(reason: impl Into<String>) -> Inconsistent {
        Inconsistent(reason.into())
    }

    pub(super) fn in_block(self, block: &str) -> StoreError {
        StoreError::Damaged { block: block.to_owned(), reason: self.0 }
    }
}
