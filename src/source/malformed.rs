//! Why a file was not read: what is wrong in it, and where.
//!
//! The place is a byte of a binary file, a line of a text, or an item of valid JSON with a
//! wrong value. In a compressed file it is a place in the uncompressed content. The readers
//! make these errors; the caller adds the file's name.

use std::fmt;

use crate::work::Cancelled;

/// Why a file is not a profile that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    pub spot: Spot,
    /// The spot is in the uncompressed content.
    pub unpacked: bool,
    pub reason: String,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// From 0.
    Byte(usize),
    /// From 1.
    Line(usize),
    /// A path through JSON: `profiles[0]`.
    Item(String),
}

impl Malformed {
    pub(super) fn at(offset: usize, reason: impl Into<String>) -> Malformed {
        Malformed { spot: Spot::Byte(offset), unpacked: false, reason: reason.into() }
    }

    /// An error in an item of a JSON text in this format.
    pub(super) fn in_json(format: &str, item: String, reason: &str) -> Malformed {
        let reason = format!("{format}: {reason}");
        Malformed { spot: Spot::Item(item), unpacked: false, reason }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = if self.unpacked { " of the unpacked file" } else { "" };
        match &self.spot {
            Spot::Byte(offset) => write!(f, "{} at byte {offset}{of}", self.reason),
            Spot::Item(item) => write!(f, "{} at {item}", self.reason),
            Spot::Line(number) => write!(f, "{} in line {number}{of}", self.reason),
        }
    }
}

impl std::error::Error for Malformed {}

/// Why a file was not read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file is in no format that is read.
    #[error("no profile: {told}")]
    Unknown {
        /// What it looks like, and what to do.
        told: String,
    },
    /// The file is in a known format, and nothing is in it.
    #[error("{format}: the file holds no profile")]
    Empty { format: &'static str },
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl ReadError {
    /// The same error with its spot in the uncompressed content.
    pub(super) fn in_unpacked(self) -> ReadError {
        match self {
            ReadError::Malformed(malformed) => Malformed { unpacked: true, ..malformed }.into(),
            other @ (ReadError::Unknown { .. }
            | ReadError::Empty { .. }
            | ReadError::Cancelled(_)) => other,
        }
    }
}
