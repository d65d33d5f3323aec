//! Where profiles come from: the one seam between the outside world and queries.
//!
//! A [`Source`] knows its profile types and hands out selections: snapshots that
//! share one set of [`Symbols`]. Everything after that is the same for all of
//! them. Only this module knows prost and files.
//!
//! - `target`: opens what is written after `use`; `opening`: how
//! - `reader`: one file of any format, bytes to recordings
//! - `gzip`: unpacking, with a limit
//! - `format`: the table of file formats
//! - `pprof`: one pprof file, bytes to samples
//! - `otlp`: a message of OpenTelemetry
//! - `jfr`: a recording of a JVM
//! - `folded`: folded stacks, a line each
//! - `perf`: what `perf script` prints
//! - `speedscope`, `cpuprofile`, `heapprofile`, `flamebearer`: formats written in JSON
//! - `wire`: protobuf, which pprof and OTLP are
//! - `v8`: the call frames of V8
//! - `text`, `json`: what formats of one kind have in common; `interruptible`: JSON that
//!   stops after an interrupt
//! - `naming`: the type that a title or a unit means
//! - `events`: events of known times, cut into recordings
//! - `tally`: samples without times, added up as they are read
//! - `code`: what file names tell about code
//! - `malformed`: why a file was not read
//! - `recording`: what was recorded at once
//! - `batch`: the profiles of some files, as they become one set
//! - `tagging`: the labels of a sample, as text
//! - `load`: many files, on all cores
//! - `glob`: which files a pattern means, and the labels in their paths
//! - `files`: the source over all of these
//! - `matching`: which profiles and which of their samples pass the matchers
//! - `store`: the embedded store, `*.flamestore`
//! - `cache`: LRU caches bounded in bytes, for what is kept between queries
//! - `nearby`: what a half-typed path may mean
//! - `demo`: the recording that ships inside the binary

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use self::store::error::StoreError;
use crate::profile::{LabelMatcher, ProfileType, Snapshot, Symbols};
use crate::quantity::Window;
use crate::work::{Cancelled, Work};

pub mod batch;
mod cache;
mod code;
mod cpuprofile;
pub mod demo;
mod events;
pub mod files;
#[cfg(test)]
mod fixture;
mod flamebearer;
mod folded;
pub mod format;
pub mod glob;
mod gzip;
mod heapprofile;
mod interruptible;
mod jfr;
mod json;
mod load;
pub mod malformed;
mod matching;
mod naming;
pub mod nearby;
mod opening;
mod otlp;
mod perf;
pub mod pprof;
pub mod reader;
mod recording;
mod speedscope;
pub mod store;
mod tagging;
mod tally;
mod target;
mod text;
mod v8;
mod wire;

pub use cache::{LruCache, Reading, Readings, SnapshotCache};
pub use gzip::UnpackLimit;
pub use opening::Opening;
pub use target::open;

/// A place that holds profiles.
pub trait Source: Send + Sync {
    /// As written after `use`.
    fn name(&self) -> &str;

    /// Every profile type, sorted by id.
    fn types(&self) -> &[ProfileType];

    /// The profiles of a type that match, sorted by labels, then by time.
    ///
    /// A matcher tests the label of the series, or that of each sample where the
    /// series does not have it; samples that fail are left out, and so is a
    /// snapshot with none left. (A snapshot that was recorded empty stays.) Samples may
    /// be left to the [loader](Selection::loader).
    fn select(&self, request: &Request<'_>, work: Work<'_>) -> Result<Selection, SourceError>;

    /// The names of all labels that profiles of the type have: of series and of samples.
    fn label_names(
        &self,
        kind: &ProfileType,
        work: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError>;

    /// From the first start to the last end of all its profiles.
    fn extent(&self) -> Option<Window>;

    /// Files that could not be read.
    fn skipped(&self) -> &[Skipped];
}

/// What to select.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub kind: &'a ProfileType,
    pub matchers: &'a [LabelMatcher],
    /// Tested on the start of a profile; none means all there is.
    pub window: Option<Window>,
}

/// What was selected.
#[derive(Debug, Clone)]
pub struct Selection {
    pub kind: ProfileType,
    pub symbols: Symbols,
    pub snapshots: Arc<[Snapshot]>,
    /// Reads the samples where they have not been read yet; then there are no stacks in
    /// `symbols` either.
    pub loader: Option<Arc<dyn SampleLoader>>,
}

impl Selection {
    /// With its samples, read now if need be.
    pub fn read(self, work: Work<'_>) -> Result<Selection, SourceError> {
        let Some(loader) = &self.loader else { return Ok(self) };
        let (symbols, snapshots) = loader.read(&self.snapshots, work)?;
        Ok(Selection { symbols, snapshots, loader: None, ..self })
    }
}

/// Reads the samples of snapshots when a stage asks for them.
pub trait SampleLoader: fmt::Debug + Send + Sync {
    /// The same snapshots with their samples, and what these refer to.
    fn read(&self, snapshots: &Arc<[Snapshot]>, work: Work<'_>) -> Result<Reading, SourceError>;
}

/// A file that was passed over, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub path: String,
    /// With the byte offset where there is one.
    pub reason: String,
}

/// What went wrong outside.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("no file matches `{pattern}`")]
    NoMatch { pattern: String, hint: String },
    #[error("cannot read {}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("none of the {} files that match `{pattern}` is a profile", skipped.len())]
    NothingReadable { pattern: String, skipped: Vec<Skipped> },
    #[error("{0}")]
    Pattern(String),
    #[error("`{address}` is an address; Flamebook reads files and stores on this machine")]
    Address { address: String },
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<StoreError> for SourceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cancelled(cancelled) => cancelled.into(),
            other => SourceError::Store(other),
        }
    }
}
