//! The embedded store, `*.flamestore`: profiles on disk, for fast queries.
//!
//! A folder of immutable blocks and a manifest that names the live ones. `import` adds
//! blocks, `compact` merges many into few and drops old profiles. Both survive a crash at
//! any instant, and readers need no lock. A query opens only the blocks, columns and row
//! groups that its window and type need. Totals and times are kept apart from stacks, so
//! that a timeline reads no stacks, except for cumulative totals: of these it reads the two
//! snapshots where blocks meet.
//!
//! - `block`: the files and columns of a block
//! - `table`: one Parquet file, with checksums; `image`: the buffers it is decoded in
//! - `frame`: polars frames as slices
//! - `symbols`: the names of a block, and of several as one
//! - `write`: recordings into a block
//! - `identity`: tells whether two recordings are the same
//! - `durable`: files that survive a crash
//! - `error`: what goes wrong
//! - `manifest`: the live blocks, and the lock for changing them
//! - `samples`, `memory`: samples from disk, and those that are kept for the next query;
//!   `first_sample`: where those of a recording begin
//! - `import`, `compact`, `export`: the commands

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use self::block::{Block, Shape};
use self::error::StoreError;
use self::first_sample::{FirstSample, SamplesFile};
use self::manifest::{BlockEntry, Manifest};
use self::memory::{Answer, Memory};
use self::samples::StoredSamples;
use super::matching::{Verdict, selected_of, verdict};
use super::{Request, Selection, Skipped, Source, SourceError};
use crate::profile::{Labels, ProfileType, Snapshot, Symbols};
use crate::quantity::Window;
use crate::work::Work;

mod block;
mod compact;
mod durable;
pub mod error;
mod export;
mod first_sample;
mod frame;
mod identity;
mod image;
mod import;
mod manifest;
mod memory;
mod samples;
mod symbols;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use compact::{Compacted, Compaction, compact};
pub use export::{Exported, export};
pub use import::{Import, Imported, import};

/// The suffix of the name of a store.
pub const SUFFIX: &str = ".flamestore";

/// A store that is open for queries, in the state of its opening.
#[derive(Debug)]
pub struct Store {
    name: String,
    kinds: Vec<ProfileType>,
    /// Given to every profile.
    extra: Labels,
    blocks: Arc<[Live]>,
    memory: Arc<Memory>,
}

/// A block, and its entry in the manifest.
#[derive(Debug)]
struct Live {
    entry: BlockEntry,
    block: Block,
}

/// Whether the text after `use` names a store.
pub fn is_store(target: &str, base_dir: &Path) -> bool {
    target.trim_end_matches('/').ends_with(SUFFIX) || manifest::is_store(&base_dir.join(target))
}

impl Store {
    pub fn open(name: &str, extra: &Labels, base_dir: &Path) -> Result<Store, SourceError> {
        let folder = base_dir.join(name);
        let Some(manifest) = Manifest::read(&folder)? else {
            return Err(StoreError::Missing { path: name.into() }.into());
        };
        // A `FirstSample` has sixteen bits for each; a merged store has few.
        let most = u16::MAX as usize;
        if manifest.blocks.len().max(manifest.most_shapes()) > most {
            let reason = format!("more than {most} blocks, or sets of types in one");
            return Err(StoreError::Manifest { path: name.into(), reason }.into());
        }
        let images = Arc::default();
        let live = |entry: BlockEntry| Live { block: entry.block(&folder, &images), entry };
        let blocks: Arc<[Live]> = manifest.blocks.into_iter().map(live).collect();
        let shapes = blocks.iter().flat_map(|live| &live.entry.shapes);
        let ids: BTreeSet<&String> = shapes.flat_map(|shape| &shape.types).collect();
        let kinds = ids.into_iter().filter_map(|id| ProfileType::from_id(id)).collect();
        let name = name.to_owned();
        Ok(Store { name, kinds, extra: extra.clone(), blocks, memory: Arc::default() })
    }

    fn find(&self, request: &Request<'_>, work: Work<'_>) -> Result<Answer, SourceError> {
        let mut found = Found::default();
        for holding in self.holding(request.kind) {
            work.check()?;
            if request.window.is_none_or(|window| window.overlaps(holding.shape.window())) {
                found.add(request, &holding, self)?;
            }
        }
        Ok(Answer { by_samples: found.by_samples, snapshots: found.in_order().into() })
    }

    /// Every block with profiles of a type, and the shape with that type.
    fn holding<'s>(&'s self, kind: &'s ProfileType) -> impl Iterator<Item = Holding<'s>> {
        (0u16..).zip(self.blocks.iter()).flat_map(move |(number, live)| {
            (0u16..).zip(&live.entry.shapes).filter_map(move |(nth, shape)| {
                let position = shape.position(&kind.id)?;
                let file = SamplesFile { block: number, shape: nth };
                Some(Holding { file, block: &live.block, shape, position })
            })
        })
    }
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
        store: &Store,
    ) -> Result<(), SourceError> {
        let Holding { file, block, shape, position } = *holding;
        let mut accepted = Vec::new();
        for labels in block.series()?.iter() {
            let labels = labels.overlaid(&store.extra);
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
        let rows = store.memory.rows(block, shape, position)?;
        for (row, first_sample) in rows.first_samples().enumerate() {
            let start = rows.start(row);
            let Some((labels_number, labels)) = &accepted[rows.series[row] as usize] else {
                continue;
            };
            if request.window.is_none_or(|window| window.contains(start)) {
                let mut snapshot = Snapshot::stored(
                    labels.clone(),
                    (start, rows.duration(row)),
                    (rows.totals[row], rows.samples[row]),
                    FirstSample { file, row: first_sample }.into(),
                );
                snapshot.has_grown = rows.has_grown(row);
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

    fn types(&self) -> &[ProfileType] {
        &self.kinds
    }

    fn select(&self, request: &Request<'_>, work: Work<'_>) -> Result<Selection, SourceError> {
        let Answer { snapshots, by_samples } =
            self.memory.answer(request, || self.find(request, work))?;
        let selection = Selection {
            kind: request.kind.clone(),
            symbols: Symbols::default(),
            snapshots,
            loader: Some(Arc::new(StoredSamples {
                blocks: self.blocks.clone(),
                memory: self.memory.clone(),
                kind: request.kind.id.clone(),
            })),
        };
        if !by_samples {
            return Ok(selection);
        }
        let mut read = selection.read(work)?;
        read.snapshots = selected_of(&read.snapshots, request.matchers, &read.symbols).into();
        Ok(read)
    }

    fn label_names(
        &self,
        kind: &ProfileType,
        _: Work<'_>,
    ) -> Result<BTreeSet<Arc<str>>, SourceError> {
        let mut names: BTreeSet<Arc<str>> =
            self.extra.iter().map(|(name, _)| name.clone()).collect();
        for Holding { block, shape, .. } in self.holding(kind) {
            names.extend(shape.sample_labels.iter().map(|name| Arc::from(name.as_str())));
            let series = block.series()?;
            names.extend(series.iter().flat_map(|labels| labels.iter()).map(|(n, _)| n.clone()));
        }
        Ok(names)
    }

    fn extent(&self) -> Option<Window> {
        let shapes = self.blocks.iter().flat_map(|live| &live.entry.shapes);
        shapes.map(Shape::window).reduce(Window::union)
    }

    fn skipped(&self) -> &[Skipped] {
        &[]
    }
}
