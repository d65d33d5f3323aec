//! The embedded store, `*.flamestore`: profiles on disk, for fast queries.
//!
//! A folder of immutable blocks and a manifest that names the live ones. `import` adds
//! blocks, `compact` merges many into few and drops old profiles. Both survive a crash at
//! any instant, and readers need no lock. A query opens only the blocks, columns and row
//! groups that its window and type need. Totals and times are kept apart from stacks, so
//! that a timeline reads no stacks, except for cumulative totals: of these it reads the two
//! snapshots where blocks meet.
//!
//! - `block`: the files and columns of a block; `shape`: its recordings of the same types
//! - `table`: one Parquet file, with checksums; `image`: the buffers it is decoded in
//! - `frame`: polars frames as slices
//! - `symbols`: the names of a block, and of several as one
//! - `write`: recordings into a block
//! - `durable`: files that survive a crash
//! - `error`: what goes wrong; `facts`: what messages say of a block
//! - `folder`: which folder is a store
//! - `summed`: JSON with a checksum
//! - `manifest`: the live blocks; `state`: a store as one manifest describes it
//! - `writer`: changes to a store; `lock`: one writer at a time; `held`: blocks in use
//! - `samples`, `memory`: samples from disk, and those that are kept for the next query;
//!   `first_sample`: where those of a recording begin
//! - `import`, `compact`, `export`, `repair`: the commands; `growth`: adds what comes piece by
//!   piece; `tail`: merges the newest blocks of a store that grows all day

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::block::Block;
use self::error::StoreError;
use self::first_sample::{FirstSample, SamplesFile};
use self::manifest::Stamp;
use self::memory::Answer;
use self::samples::StoredSamples;
use self::shape::Shape;
use self::state::State;
use super::matching::{Verdict, selected_of, verdict};
use super::{Origin, Request, Selection, Skipped, Source, SourceError};
use crate::profile::{Labels, ProfileType, Snapshot, Symbols};
use crate::quantity::Window;
use crate::work::Work;

mod block;
mod compact;
mod durable;
pub mod error;
mod export;
mod facts;
mod first_sample;
mod folder;
mod frame;
pub(super) mod growth;
mod held;
mod image;
mod import;
mod lock;
mod manifest;
mod memory;
mod repair;
mod samples;
mod shape;
mod state;
mod summed;
mod symbols;
mod table;
pub(super) mod tail;
#[cfg(test)]
mod tests;
mod write;
mod writer;

pub use compact::{Compacted, Compaction, compact, contained};
pub use export::{Exported, export};
pub use import::{Import, Imported, import};
pub use repair::{Repaired, repair};

/// The suffix of the name of a store.
pub const SUFFIX: &str = ".flamestore";

/// A store that is open for queries. What others add is seen by the next cell: all queries of
/// a cell have the same profiles.
#[derive(Debug)]
pub struct Store {
    name: String,
    folder: PathBuf,
    /// Given to every profile.
    extra: Labels,
    state: Mutex<Arc<State>>,
    /// Whether the manifest must be looked at before the next query.
    may_be_old: AtomicBool,
}

/// Whether the text after `use` names a store.
pub fn is_store(target: &str, base_dir: &Path) -> bool {
    let has_mark = || folder::is_store(&base_dir.join(target)).unwrap_or(false);
    target.trim_end_matches('/').ends_with(SUFFIX) || has_mark()
}

impl Store {
    pub fn open(name: &str, extra: &Labels, base_dir: &Path) -> Result<Store, SourceError> {
        let folder = base_dir.join(name);
        let state = Mutex::new(Arc::new(State::read(&folder, None)?));
        let may_be_old = AtomicBool::new(true);
        Ok(Store { name: name.to_owned(), folder, extra: extra.clone(), state, may_be_old })
    }

    /// The store as the first query of the cell found it.
    fn state(&self) -> Result<Arc<State>, StoreError> {
        if self.may_be_old.load(Ordering::Relaxed) {
            return self.renewed();
        }
        Ok(self.last().clone())
    }

    /// The store as it is now.
    fn renewed(&self) -> Result<Arc<State>, StoreError> {
        let mut state = self.last();
        if Stamp::of(&self.folder)? != state.stamp {
            *state = Arc::new(State::read(&self.folder, Some(&state))?);
        }
        self.may_be_old.store(false, Ordering::Relaxed);
        Ok(state.clone())
    }

    fn last(&self) -> MutexGuard<'_, Arc<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store as it is now, or was when it could last be read.
    fn known(&self) -> Arc<State> {
        self.state().unwrap_or_else(|_| self.last().clone())
    }

    /// Reads from the store, and again from a newer state where another process has removed what
    /// was to be read.
    fn current<T>(
        &self,
        read: impl Fn(&Arc<State>) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let mut state = self.state()?;
        loop {
            match read(&state) {
                Err(SourceError::Store(gone @ StoreError::Gone { .. })) => {
                    let next = self.renewed()?;
                    if Arc::ptr_eq(&next, &state) {
                        return Err(gone.lost().into());
                    }
                    state = next;
                }
                read => return read,
            }
        }
    }

    fn select_in(
        &self,
        state: &Arc<State>,
        request: &Request<'_>,
        work: Work<'_>,
    ) -> Result<Selection, SourceError> {
        let Answer { snapshots, by_samples } =
            state.memory.answer(state.number, request, || self.find(state, request, work))?;
        let loader = StoredSamples { state: state.clone(), kind: request.kind.id.clone() };
        let (kind, origin) = (request.kind.clone(), Origin::default());
        if by_samples {
            let (symbols, read) = loader.read_now(&snapshots, work)?;
            let snapshots = selected_of(&read, request.matchers, &symbols).into();
            return Ok(Selection { kind, symbols, snapshots, loader: None, origin });
        }
        Ok(Selection {
            kind,
            symbols: Symbols::default(),
            snapshots,
            loader: Some(Arc::new(loader)),
            origin,
        })
    }

    fn find(
        &self,
        state: &State,
        request: &Request<'_>,
        work: Work<'_>,
    ) -> Result<Answer, SourceError> {
        let mut found = Found::default();
        for holding in holding(state, request.kind) {
            work.check()?;
            if request.window.is_none_or(|window| window.overlaps(holding.shape.window())) {
                found.add(request, &holding, (state, &self.extra))?;
            }
        }
        Ok(Answer { by_samples: found.by_samples, snapshots: found.in_order().into() })
    }
}

/// Every block with profiles of a type, and the shape with that type.
fn holding<'s>(state: &'s State, kind: &'s ProfileType) -> impl Iterator<Item = Holding<'s>> {
    (0u16..).zip(state.blocks.iter()).flat_map(move |(number, live)| {
        (0u16..).zip(&live.entry.shapes).filter_map(move |(nth, shape)| {
            let position = shape.position(&kind.id)?;
            let file = SamplesFile { block: number, shape: nth };
            Some(Holding { file, block: &live.block, shape, position })
        })
    })
}

/// The recordings of a block that have a type, and its position among their types.
struct Holding<'s> {
    file: SamplesFile,
    block: &'s Block,
    shape: &'s Shape,
    position: usize,
}

/// The profiles that a selection finds in the blocks, not sorted yet.
#[derive(Default)]
struct Found {
    /// Each with the number of its labels.
    snapshots: Vec<(u32, Snapshot)>,
    labels: BTreeMap<Labels, u32>,
    /// Whether a matcher must be tested on samples.
    by_samples: bool,
}

impl Found {
    /// The profiles of one shape that pass.
    fn add(
        &mut self,
        request: &Request<'_>,
        holding: &Holding<'_>,
        (state, extra): (&State, &Labels),
    ) -> Result<(), SourceError> {
        let Holding { file, block, shape, position } = *holding;
        let mut accepted = Vec::new();
        for labels in block.series()?.iter() {
            let labels = labels.overlaid(extra);
            let has_sample_label = |name: &str| shape.sample_labels.iter().any(|l| l == name);
            let verdict = verdict(request.matchers, &labels, has_sample_label);
            self.by_samples |= verdict == Verdict::BySample;
            let next = self.labels.len() as u32;
            accepted.push((verdict != Verdict::Refused).then(|| {
                let known = self.labels.entry(labels.clone()).or_insert(next);
                (*known, labels)
            }));
        }
        // Damage in this block must not stop a query that needs only others.
        if accepted.iter().all(Option::is_none) {
            return Ok(());
        }
        let rows = state.memory.rows(block, shape, position)?;
        for (row, first_sample) in rows.first_samples().enumerate() {
            let start = rows.start(row);
            let Some((labels_number, labels)) = &accepted[rows.series[row] as usize] else {
                continue;
            };
            if request.window.is_none_or(|window| window.contains(start)) {
                let mut snapshot = Snapshot::stored(
                    labels.clone(),
                    (start, rows.duration(row)),
                    (rows.total(row), rows.samples[row]),
                    FirstSample { file, row: first_sample }.into(),
                );
                snapshot.has_grown = rows.has_grown(row);
                snapshot.period = rows.period(row);
                self.snapshots.push((*labels_number, snapshot));
            }
        }
        Ok(())
    }

    /// Sorted by labels, then by time.
    fn in_order(self) -> Vec<Snapshot> {
        let mut rank = vec![0; self.labels.len()];
        for (place, number) in self.labels.values().enumerate() {
            rank[*number as usize] = place;
        }
        let mut snapshots = self.snapshots;
        snapshots.sort_by_key(|(labels, snapshot)| (rank[*labels as usize], snapshot.start));
        let mut snapshots: Vec<Snapshot> =
            snapshots.into_iter().map(|(_, snapshot)| snapshot).collect();
        forget_growth_across_blocks(&mut snapshots);
        snapshots
    }
}

/// A block says whether a row has grown since the one before. Where the row before is in
/// another block, that is not known.
fn forget_growth_across_blocks(snapshots: &mut [Snapshot]) {
    let mut end = None;
    for snapshot in snapshots {
        let first = snapshot.place().map(FirstSample::from);
        if first.map(|first| (first.file, first.row)) != end {
            snapshot.has_grown = None;
        }
        end = first.map(|first| (first.file, first.row + snapshot.n_samples));
    }
}

impl Source for Store {
    fn name(&self) -> &str {
        &self.name
    }

    fn refresh(&self) {
        self.may_be_old.store(true, Ordering::Relaxed);
    }

    fn types(&self) -> Vec<ProfileType> {
        self.known().kinds.clone()
    }

    fn select(&self, request: &Request<'_>, work: Work<'_>) -> Result<Selection, SourceError> {
        self.current(|state| self.select_in(state, request, work))
    }

    fn label_names(
        &self,
        kind: &ProfileType,
        _: Option<Window>,
        _: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError> {
        self.current(|state| {
            let extra = self.extra.iter().map(|(name, _)| name.clone());
            let mut names: BTreeSet<Arc<str>> = extra.collect();
            for Holding { block, shape, .. } in holding(state, kind) {
                names.extend(shape.sample_labels.iter().map(|name| Arc::from(name.as_str())));
                let series = block.series()?;
                let labels = series.iter().flat_map(|labels| labels.iter());
                names.extend(labels.map(|(name, _)| name.clone()));
            }
            Ok(names)
        })
    }

    fn version(&self) -> Option<u64> {
        self.state().ok().map(|state| state.number)
    }

    fn extent(&self) -> Option<Window> {
        let state = self.known();
        let shapes = state.blocks.iter().flat_map(|live| &live.entry.shapes);
        shapes.map(Shape::window).reduce(Window::union)
    }

    fn extent_of(&self, kind: &ProfileType) -> Option<Window> {
        let state = self.known();
        let shapes = state.blocks.iter().flat_map(|live| &live.entry.shapes);
        let of_kind = shapes.filter(|shape| shape.position(&kind.id).is_some());
        of_kind.map(Shape::window).reduce(Window::union)
    }

    fn skipped(&self) -> &[Skipped] {
        &[]
    }

    fn remarks(&self) -> Arc<[String]> {
        let mut remarks = Vec::new();
        for live in &self.known().blocks {
            // A block that cannot be read is named by the query that needs it.
            if let Ok(contents) = live.block.contents() {
                compact::add_remarks(&mut remarks, &contents.remarks);
            }
        }
        remarks.into()
    }
}
