//! Errors of queries: a mistake in the query, a failure of a source, or an interrupt.
//!
//! An interrupt is separate, because it undoes the whole cell. Errors of a source become
//! diagnostics here, at the place of the selector or address that used it.

use crate::diag::{Diagnostic, Place};
use crate::source::SourceError;
use crate::source::store::error::StoreError;
use crate::work::Cancelled;

pub type Result<T> = std::result::Result<T, EvalError>;

/// Why a query has no result.
#[derive(Debug)]
pub enum EvalError {
    /// The user interrupted it.
    Cancelled,
    /// A mistake or failure, with its place and a fix.
    Diagnostic(Box<Diagnostic>),
}

impl EvalError {
    /// An error of a source, reported at the place that used it.
    pub fn source(error: &SourceError, place: Place) -> EvalError {
        match error {
            SourceError::Cancelled(_) => EvalError::Cancelled,
            error => of_source(error, place).into(),
        }
    }

    /// Changes the diagnostic; an interrupt stays.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> EvalError {
        match self {
            EvalError::Cancelled => EvalError::Cancelled,
            EvalError::Diagnostic(diagnostic) => change(*diagnostic).into(),
        }
    }

    /// Whether it is the mistake of this name.
    pub fn is(&self, slug: &str) -> bool {
        matches!(self, EvalError::Diagnostic(diagnostic) if diagnostic.slug == slug)
    }

    /// The message for the user.
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
        SourceError::NothingReadable { skipped, .. } => {
            // A single one is in the message.
            let several = if skipped.len() > 1 { &skipped[..skipped.len().min(5)] } else { &[] };
            several.iter().fold(
                Diagnostic::error("not-a-profile", error.to_string()).at(place, ""),
                |diagnostic, skipped| {
                    diagnostic.note(format!("{}: {}", skipped.path, skipped.reason))
                },
            )
        }
        SourceError::Io { .. } => Diagnostic::error("cannot-read", error.to_string()).at(place, ""),
        SourceError::Store(store) => of_store(store, place),
        SourceError::Server(server) => {
            Diagnostic::error("server", server.to_string()).at(place, "").help(server.help())
        }
        SourceError::Target(target) => {
            Diagnostic::error("target", target.to_string()).at(place, "").help(target.help())
        }
        SourceError::Address { .. } => Diagnostic::error("not-a-file", error.to_string())
            .at(place, "")
            .help("download the profiles and open the files: `use \"profiles/*.pb.gz\"`"),
        SourceError::Pattern(_) => Diagnostic::error("bad-glob", error.to_string()).at(place, ""),
    }
}

fn of_store(error: &StoreError, place: Place) -> Diagnostic {
    let slug = match error {
        StoreError::Missing { .. } | StoreError::NotAStore { .. } => "no-store",
        StoreError::NoManifest { .. }
        | StoreError::Manifest { .. }
        | StoreError::Damaged { .. }
        | StoreError::Gone { .. } => "damaged-store",
        StoreError::Changed { .. } => "changed-store",
        StoreError::Io { .. }
        | StoreError::Later { .. }
        | StoreError::Overlaps { .. }
        | StoreError::Scraped { .. }
        | StoreError::Encoding(_)
        | StoreError::UnknownBlock { .. }
        | StoreError::Cancelled(_) => "cannot-read",
    };
    let diagnostic = Diagnostic::error(slug, error.to_string()).at(place, "");
    match error.help() {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}
