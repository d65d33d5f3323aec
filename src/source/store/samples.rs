//! The samples of a selection, read when a stage asks for them.
//!
//! Snapshots say in which block and from which row on their samples are. The row
//! groups that hold them are decoded on all cores, each once, and the snapshots are
//! cut out of these.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use polars::prelude::DataFrame;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::block::{Block, Shape};
use super::frame::{into_values, numbers};
use super::memory::{GroupKey, Memory, United};
use super::symbols::Renumbered;
use super::{Live, StoreError};
use crate::profile::symbols::TagsId;
use crate::profile::{Column, Samples, Snapshot};
use crate::source::{Reading, SampleLoader, SourceError};
use crate::work::Work;

/// Where the samples of a recording begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) part: Part,
    /// The row in the file of samples.
    pub(super) first: u32,
}

/// A file of samples: that of a shape in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Part {
    /// The number of the block among those that are open.
    pub(super) block: u16,
    /// The number of the shape among those of the block.
    pub(super) shape: u16,
}

impl From<Place> for u64 {
    fn from(Place { part, first }: Place) -> u64 {
        u64::from(part.block) << 48 | u64::from(part.shape) << 32 | u64::from(first)
    }
}

impl From<u64> for Place {
    fn from(place: u64) -> Place {
        let part = Part { block: (place >> 48) as u16, shape: (place >> 32) as u16 };
        Place { part, first: place as u32 }
    }
}

/// The samples of one type in some blocks.
#[derive(Debug)]
pub(super) struct StoredSamples {
    pub(super) blocks: Arc<[Live]>,
    pub(super) memory: Arc<Memory>,
    /// The id of the type.
    pub(super) kind: Arc<str>,
}

impl SampleLoader for StoredSamples {
    fn read(&self, snapshots: &Arc<[Snapshot]>, work: Work<'_>) -> Result<Reading, SourceError> {
        Ok(self.memory.readings.reading(snapshots, || self.read_samples(snapshots, work))?)
    }
}

/// A row group, and the row it begins with.
type Group = (u64, Samples);

impl StoredSamples {
    fn read_samples(&self, snapshots: &[Snapshot], work: Work<'_>) -> Result<Reading, StoreError> {
        let places = || snapshots.iter().filter_map(place_of);
        let parts: BTreeSet<Part> = places().map(|place| place.part).collect();
        let blocks: BTreeSet<u16> = parts.iter().map(|part| part.block).collect();
        let blocks: Vec<u16> = blocks.into_iter().collect();
        let names = |number: u16| self.blocks[number as usize].block.names();
        let united = self.memory.united(&blocks, names)?;
        let mut starts = FxHashMap::default();
        for part in parts {
            let (block, shape, _) = self.shape(part)?;
            starts.insert(part, block.samples(shape)?.sums().starts());
        }
        let group_of = |place: Place| (place.part, group_of(&starts[&place.part], place.first));
        let wanted: BTreeSet<(Part, usize)> = places().map(group_of).collect();
        let groups = Vec::from_iter(wanted).into_par_iter().map(|(part, group)| {
            work.check()?;
            let samples = self.group(part, group, &united)?;
            Ok(((part, group), (starts[&part][group], samples)))
        });
        let groups: FxHashMap<(Part, usize), Group> = groups.collect::<Result<_, StoreError>>()?;
        let read = snapshots.iter().map(|snapshot| {
            let Some(place) = place_of(snapshot) else {
                return Ok(snapshot.with_read(Samples::default()));
            };
            let (start, samples) = &groups[&group_of(place)];
            let first = (u64::from(place.first) - start) as usize;
            let rows = first..first + snapshot.n_samples as usize;
            if rows.end > samples.len() {
                let block = &self.blocks[place.part.block as usize].block;
                return Err(block.damaged("a profile goes on in another row group".to_owned()));
            }
            Ok(snapshot.with_read(samples.cut(rows)))
        });
        Ok((united.symbols.clone(), read.collect::<Result<_, StoreError>>()?))
    }

    /// A shape in its block, and where our type is among its types.
    fn shape(&self, part: Part) -> Result<(&Block, &Shape, usize), StoreError> {
        let Live { entry, block } = &self.blocks[part.block as usize];
        let shape = &entry.shapes[part.shape as usize];
        let position = shape.position(&self.kind);
        let position = position
            .ok_or_else(|| block.damaged(format!("{} has no {}", shape.name, self.kind)))?;
        Ok((block, shape, position))
    }

    fn group(&self, part: Part, group: usize, united: &United) -> Result<Samples, StoreError> {
        let (block, shape, position) = self.shape(part)?;
        let key = GroupKey { part, position, group, union: united.number };
        self.memory.group(key, || {
            let column = &*shape.columns[position];
            let has_tags = !shape.sample_labels.is_empty();
            let columns = match has_tags {
                true => &["stack", column, "labels"][..],
                false => &["stack", column],
            };
            let table = block.samples(shape)?.read_groups(columns, group..group + 1)?;
            let names = &united.blocks[&part.block];
            samples(table, column, has_tags, names).map_err(|error| error.in_block(&block.id))
        })
    }
}

/// The group that a row is in: the last one that does not begin after it.
fn group_of(starts: &[u64], first: u32) -> usize {
    let groups = &starts[..starts.len() - 1];
    groups.partition_point(|start| *start <= u64::from(first)).saturating_sub(1)
}

/// Where its samples are, if it has any.
fn place_of(snapshot: &Snapshot) -> Option<Place> {
    snapshot.place().filter(|_| snapshot.n_samples > 0).map(Place::from)
}

/// A row group with the numbers of a union.
fn samples(
    table: DataFrame,
    column: &str,
    has_tags: bool,
    names: &Renumbered,
) -> Result<Samples, StoreError> {
    let stacks = numbers(&table, "stack")?;
    Ok(Samples {
        stacks: names.stacks(stacks)?.into(),
        tags: match has_tags {
            true => names.tags(numbers(&table, "labels")?)?.into(),
            false => no_tags(stacks.len()),
        },
        values: into_values(table, column)?.into(),
    })
}

/// So many times the empty set of labels: rows of one column that everybody shares.
fn no_tags(count: usize) -> Column<TagsId> {
    static NONE: LazyLock<Column<TagsId>> = LazyLock::new(|| vec![TagsId(0); 1 << 17].into());
    if count <= NONE.len() { NONE.cut(0..count) } else { vec![TagsId(0); count].into() }
}
