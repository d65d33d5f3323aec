//! Why a query ended without a result: a mistake, a fault of the world, or an interrupt.
//!
//! An interrupt is apart, because it takes the whole cell back. Errors of a source become
//! diagnostics here, at the place of the selector or address that asked for it.

use crate::diag::{Diagnostic, Place};
use crate::source::SourceError;
use crate::source::store::error::StoreError;
use crate::work::Cancelled;

pub type Result<T> = std::result::Result<T, EvalError>;

/// Why a query ended without a result.
#[derive(Debug)]
pub enum EvalError {
    /// The user interrupted it.
    Cancelled,
    /// Something is wrong, and this says where and how to mend it.
    Diagnostic(Box<Diagnostic>),
}

impl EvalError {
    /// What went wrong in a source, told at the place that asked for it.
    pub fn source(error: &SourceError, place: Place) -> EvalError {
        match error {
            SourceError::Cancelled(_) => EvalError::Cancelled,
            error => of_source(error, place).into(),
        }
    }

    /// The same with another diagnostic, unless it is an interrupt.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> EvalError {
        match self {
            EvalError::Cancelled => EvalError::Cancelled,
            EvalError::Diagnostic(diagnostic) => change(*diagnostic).into(),
        }
    }

    /// As a user reads it.
    pub fn into_diagnostic(self) -> Diagnostic {
        match self {
            EvalError::Cancelled => interrupted(),
            EvalError::Diagnostic(diagnostic) => *diagnostic,
        }
    }
}

impl From<Diagnostic> for EvalError {
    fn from(diagnostic: Diagnostic) -> EvalError {
        EvalError::Diagnostic(Box::new(diagnostic))
    }
}

impl From<Cancelled> for EvalError {
    fn from(_: Cancelled) -> EvalError {
        EvalError::Cancelled
    }
}

fn interrupted() -> Diagnostic {
    Diagnostic::error("interrupted", "the query was interrupted; the session is as it was before")
}

fn of_source(error: &SourceError, place: Place) -> Diagnostic {
    match error {
        SourceError::Cancelled(_) => interrupted(),
        SourceError::NoMatch { hint, .. } => {
            Diagnostic::error("no-files", error.to_string()).at(place, "").help(hint.clone())
        }
        SourceError::NothingReadable { skipped, .. } => skipped.iter().take(5).fold(
            Diagnostic::error("not-a-profile", error.to_string()).at(place, ""),
            |diagnostic, skipped| diagnostic.note(format!("{}: {}", skipped.path, skipped.reason)),
        ),
        SourceError::Io { .. } => Diagnostic::error("cannot-read", error.to_string()).at(place, ""),
        SourceError::Store(StoreError::Missing { .. }) => {
            Diagnostic::error("no-store", error.to_string())
                .at(place, "")
                .help("make one in a shell: flamebook import <store> <files or folders>")
        }
        SourceError::Store(StoreError::Damaged { block, .. }) => {
            Diagnostic::error("damaged-store", error.to_string()).at(place, "").help(format!(
                "if the store was compacted since it was opened, `use` it again; else go on without the block: flamebook compact <store> --without {block}"
            ))
        }
        SourceError::Store(_) => {
            Diagnostic::error("cannot-read", error.to_string()).at(place, "")
        }
        SourceError::Address { .. } => {
            Diagnostic::error("not-a-file", error.to_string())
                .at(place, "")
                .help("download the profiles and open the files: use \"profiles/*.pb.gz\"")
        }
        SourceError::Pattern(_) => Diagnostic::error("bad-glob", error.to_string()).at(place, ""),
    }
}
