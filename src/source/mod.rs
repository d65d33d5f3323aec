//! Where profiles come from: the only module that reads profiles for queries.
//!
//! A [`Source`] knows its profile types and hands out selections: snapshots that
//! share one set of [`Symbols`]. After that, all sources are treated alike. Only this module
//! knows prost and files of profiles.
//!
//! - `target`: opens what is written after `use`; `opening`: how
//! - `reader`: one file of any format, bytes to recordings
//! - `gzip`: unpacking, with a limit
//! - `format`: the table of file formats; `foreign`: of files that are not read
//! - `pprof`: one pprof file, bytes to samples
//! - `otlp`: a message of OpenTelemetry
//! - `jfr`: a recording of a JVM
//! - `folded`: folded stacks, a line each
//! - `perf`: what `perf script` prints
//! - `speedscope`, `cpuprofile`, `devtools`, `heapprofile`, `flamebearer`: formats written
//!   in JSON
//! - `wire`: protobuf, for pprof and OTLP
//! - `v8`: the call frames of V8
//! - `text`, `json`: what formats of one kind have in common; `interruptible`: JSON that
//!   stops after an interrupt
//! - `naming`: the profile type for a title or a unit
//! - `events`: events with times, cut into recordings
//! - `tally`: samples without times, added up as they are read
//! - `code`: the kind of code, by file names
//! - `fractions`: counts that are not whole
//! - `malformed`: why a file was not read
//! - `identity`: tells whether two recordings are the same; `copies`: counts each once
//! - `remarks`: what is said about files that were read
//! - `recording`: one recording, of one or more types
//! - `batch`: the profiles of many files, joined into one set
//! - `paths`, `addresses`: what it knows of samples and locations that come again
//! - `tagging`: the labels of a sample, as text
//! - `load`: many files, on all cores
//! - `glob`: which files a pattern means, and the labels in their paths
//! - `files`: the source that loads files
//! - `matching`: the matchers of a selector, on profiles and samples
//! - `store`: the embedded store, `*.flamestore`
//! - `pyroscope`: a server of Grafana Pyroscope
//! - `pull`: copies the profiles of a server into a store
//! - `scrape`: fetches profiles from programs that serve them, into a store or for a look
//! - `cache`: LRU caches bounded in bytes, for what is kept between queries
//! - `nearby`: completion of a half-typed path
//! - `demo`: the recording that ships inside the binary

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use self::pyroscope::error::ServerError;
use self::scrape::error::TargetError;
use self::store::error::StoreError;
use crate::profile::{LabelMatcher, ProfileType, Snapshot, Symbols};
use crate::quantity::{Span, Window};
use crate::work::{Cancelled, Work};

mod addresses;
pub mod batch;
mod cache;
mod code;
mod copies;
mod cpuprofile;
pub mod demo;
mod devtools;
mod events;
pub mod files;
#[cfg(test)]
mod fixture;
mod flamebearer;
mod folded;
mod foreign;
pub mod format;
mod fractions;
pub mod glob;
mod gzip;
mod heapprofile;
mod identity;
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
mod paths;
mod perf;
pub mod pprof;
pub mod pull;
pub mod pyroscope;
pub mod reader;
mod recording;
mod remarks;
pub mod scrape;
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
pub use opening::{Opening, ServerOptions};
pub use target::open;

/// A place that holds profiles.
pub trait Source: Send + Sync {
    /// As written after `use`.
    fn name(&self) -> &str;

    /// Called before each cell. A source that others change answers all queries of a cell from
    /// one state, and looks for a newer one with the next cell.
    fn refresh(&self) {}

    /// Every profile type, sorted by id.
    fn types(&self) -> Vec<ProfileType>;

    /// The profiles of a type that match, sorted by labels, then by time.
    ///
    /// A matcher tests the label of the series, or that of each sample where the
    /// series does not have it. Samples that fail are left out, and so is a snapshot
    /// without any left. (A snapshot that was recorded empty stays.) Samples may
    /// be left to the [loader](Selection::loader).
    fn select(&self, request: &Request<'_>, work: Work<'_>) -> Result<Selection, SourceError>;

    /// The names of all labels that profiles of the type have: of series and of samples. A
    /// source may look at profiles in the window alone.
    fn label_names(
        &self,
        kind: &ProfileType,
        window: Option<Window>,
        work: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError>;

    /// The values of a label that profiles of the type have. A source may look at profiles
    /// in the window alone.
    fn label_values(
        &self,
        kind: &ProfileType,
        name: &str,
        _window: Option<Window>,
        work: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError> {
        let request = Request { kind, matchers: &[], window: None, asked: Asked::EVERYTHING };
        let all = self.select(&request, work)?.read(work)?;
        let of_series = all.snapshots.iter().filter_map(|snapshot| snapshot.labels.get(name));
        let of_samples = all.symbols.tags.iter().flat_map(|tags| tags.values(name));
        Ok(of_series.chain(of_samples).map(|value| value.shared().clone()).collect())
    }

    /// The names of labels, or the values of one, that are known when `work` ends: for an
    /// editor, which shows what there is.
    fn known_names(
        &self,
        kind: &ProfileType,
        label: Option<&str>,
        work: Work<'_>,
    ) -> Arc<BTreeSet<Arc<str>>> {
        let found = match label {
            None => self.label_names(kind, None, work),
            Some(label) => self.label_values(kind, label, None, work),
        };
        Arc::new(found.unwrap_or_default())
    }

    /// Changes when the answers to the same requests may change; none if that is not known.
    /// What a server says of times that are not over is left to
    /// [`answers_until`](Self::answers_until).
    fn version(&self) -> Option<u64> {
        Some(0)
    }

    /// Until when the answers hold that were given since the last call; none means for good.
    fn answers_until(&self) -> Option<Instant> {
        None
    }

    /// From the first start to the last end of its profiles; for a server, until now.
    fn extent(&self) -> Option<Window>;

    /// The same of one type.
    fn extent_of(&self, kind: &ProfileType) -> Option<Window>;

    /// The range of a selector without one; none means everything.
    fn usual_range(&self) -> Option<Span> {
        None
    }

    /// The page of Grafana that shows what a request selects, if it has one.
    fn page(&self, _grafana: &str, _request: &Request<'_>) -> Option<String> {
        None
    }

    /// Whether single profiles and their samples are at hand. A server merges them instead.
    fn lists_profiles(&self) -> bool {
        true
    }

    /// Files that could not be read.
    fn skipped(&self) -> &[Skipped];

    /// What the reader of a result must know about the files that were read.
    fn remarks(&self) -> Arc<[String]> {
        Arc::default()
    }
}

/// What to select.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub kind: &'a ProfileType,
    pub matchers: &'a [LabelMatcher],
    /// Applied to the start of a profile; none means all time.
    pub window: Option<Window>,
    pub asked: Asked<'a>,
}

/// How much of the profiles later stages look at. A source may give more: files have all
/// of it at hand, a server answers what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Stacks with their samples; else the totals of profiles are enough.
    pub stacks: bool,
    /// Where the code of frames is: files, lines, binaries, addresses; else the names of
    /// functions are enough.
    pub places: bool,
    pub times: AskedTimes,
    /// The labels that stages look at; none means all.
    pub labels: Option<&'a BTreeSet<Arc<str>>>,
    /// Values by batch of profiles, for standard errors.
    pub replicates: bool,
    /// Profiles one by one, with their own times, also from a server that merges.
    pub singles: bool,
}

/// How finely later stages look at time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedTimes {
    /// One value over the window.
    Whole,
    /// One value for each step; none is a step that fits the profiles.
    Steps(Option<Span>),
    /// The single profiles.
    Each,
}

impl Asked<'_> {
    /// Each profile with its stacks and all labels.
    pub const EVERYTHING: Asked<'static> = Asked {
        stacks: true,
        places: true,
        times: AskedTimes::Each,
        labels: None,
        replicates: false,
        singles: false,
    };
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
    pub origin: Origin,
}

/// How a server has answered; nothing is said of files and stores.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Snapshots are sums over profiles, whose number is not known.
    pub is_merged: bool,
    /// The step of the snapshots, if they have one.
    pub step: Option<Span>,
    /// For the reader of the result.
    pub notes: Vec<String>,
    /// The requests that were made, a line each.
    pub requests: Arc<[String]>,
}

impl Selection {
    /// The selection with its samples, which are read now if they were not before.
    pub fn read(self, work: Work<'_>) -> Result<Selection, SourceError> {
        let Some(loader) = &self.loader else { return Ok(self) };
        let (symbols, snapshots) = loader.read(&self.snapshots, work)?;
        Ok(Selection { symbols, snapshots, loader: None, ..self })
    }
}

/// Reads the samples of snapshots when a stage asks for them.
pub trait SampleLoader: fmt::Debug + Send + Sync {
    /// The same snapshots with their samples, and the symbols of these.
    fn read(&self, snapshots: &Arc<[Snapshot]>, work: Work<'_>) -> Result<Reading, SourceError>;

    /// Whether each snapshot is one profile; else some may be sums of several.
    fn are_singles(&self) -> bool {
        true
    }

    /// Whether samples may have labels that their series does not have.
    fn has_sample_labels(&self) -> bool {
        true
    }
}

/// A file that was passed over, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub path: String,
    /// With the byte offset where there is one.
    pub reason: String,
}

/// Why a source was not opened or read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("no file matches `{pattern}`")]
    NoMatch { pattern: String, hint: String },
    #[error("cannot read {}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("{}", nothing_readable(pattern, skipped))]
    NothingReadable { pattern: String, skipped: Vec<Skipped> },
    #[error("{0}")]
    Pattern(String),
    #[error("`{address}` is an address; files and stores are read on this machine alone")]
    Address { address: String },
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// One file with its reason, several by their number.
fn nothing_readable(pattern: &str, skipped: &[Skipped]) -> String {
    match skipped {
        [Skipped { path, reason }] => format!("`{path}` is not read: {reason}"),
        several => {
            format!("none of the {} files that match `{pattern}` is a profile", several.len())
        }
    }
}

impl From<StoreError> for SourceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cancelled(cancelled) => cancelled.into(),
            other => SourceError::Store(other),
        }
    }
}
