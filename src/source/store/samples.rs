//! The samples of a selection, read when a stage asks for them.
//!
//! A snapshot gives the block and the first row of its samples. The row groups with these
//! rows are decoded on all cores, each once, and the snapshots are slices of them.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use polars_core::prelude::DataFrame;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::block::Block;
use super::error::{Inconsistent, StoreError};
use super::first_sample::{FirstSample, SamplesFile};
use super::frame::{into_values, numbers};
use super::memory::{GroupKey, United};
use super::shape::Shape;
use super::state::{Live, State};
use super::symbols::Renumbered;
use crate::profile::symbols::TagsId;
use crate::profile::{Column, Samples, Snapshot};
use crate::source::{Reading, SampleLoader, SourceError};
use crate::work::Work;

/// The samples of one type in a store.
#[derive(Debug)]
pub(super) struct StoredSamples {
    pub(super) state: Arc<State>,
    /// The id of the type.
    pub(super) kind: Arc<str>,
}

impl SampleLoader for StoredSamples {
    fn read(&self, snapshots: &Arc<[Snapshot]>, work: Work<'_>) -> Result<Reading, SourceError> {
        let read = self.read_now(snapshots, work);
        Ok(read.map_err(|error| self.state.settled(error))?)
    }
}

/// The first row of a row group, and its samples.
type Group = (u64, Samples);

impl StoredSamples {
    /// Fails if a block is gone that others may have replaced since.
    pub(super) fn read_now(
        &self,
        snapshots: &Arc<[Snapshot]>,
        work: Work<'_>,
    ) -> Result<Reading, StoreError> {
        let readings = &self.state.memory.readings;
        readings.reading(snapshots, || self.read_samples(snapshots, work))
    }

    fn read_samples(&self, snapshots: &[Snapshot], work: Work<'_>) -> Result<Reading, StoreError> {
        let firsts = || snapshots.iter().filter_map(first_sample);
        let files: BTreeSet<SamplesFile> = firsts().map(|first| first.file).collect();
        let blocks: BTreeSet<u16> = files.iter().map(|file| file.block).collect();
        let blocks: Vec<u16> = blocks.into_iter().collect();
        let united = self.united(&blocks)?;
        let mut starts = FxHashMap::default();
        for file in files {
            let (block, shape, _) = self.shape(file)?;
            starts.insert(file, block.samples(shape)?.sums().starts());
        }
        let group_of = |first: FirstSample| (first.file, group_of(&starts[&first.file], first.row));
        let wanted: BTreeSet<(SamplesFile, usize)> = firsts().map(group_of).collect();
        let groups = Vec::from_iter(wanted).into_par_iter().map(|(file, group)| {
            work.check()?;
            let samples = self.group(file, group, &united)?;
            Ok(((file, group), (starts[&file][group], samples)))
        });
        let groups: FxHashMap<(SamplesFile, usize), Group> =
            groups.collect::<Result<_, StoreError>>()?;
        let read = snapshots.iter().map(|snapshot| {
            let Some(first) = first_sample(snapshot) else {
                return Ok(snapshot.with_read(Samples::default()));
            };
            let (start, samples) = &groups[&group_of(first)];
            let row = (u64::from(first.row) - start) as usize;
            let rows = row..row + snapshot.n_samples as usize;
            if rows.end > samples.len() {
                let block = &self.state.blocks[first.file.block as usize].block;
                return Err(block.damaged("a profile continues in another row group".to_owned()));
            }
            Ok(snapshot.with_read(samples.cut(rows)))
        });
        Ok((united.symbols.clone(), read.collect::<Result<_, StoreError>>()?))
    }

    fn united(&self, blocks: &[u16]) -> Result<Arc<United>, StoreError> {
        let State { memory, number, blocks: live, .. } = &*self.state;
        memory.united(*number, blocks, |block| &live[block as usize].block)
    }

    /// A shape, its block, and the position of our type among its types.
    fn shape(&self, file: SamplesFile) -> Result<(&Block, &Shape, usize), StoreError> {
        let Live { entry, block } = &*self.state.blocks[file.block as usize];
        let shape = &entry.shapes[file.shape as usize];
        let position = shape.position(&self.kind);
        let position = position
            .ok_or_else(|| block.damaged(format!("{} has no {}", shape.name, self.kind)))?;
        Ok((block, shape, position))
    }

    fn group(
        &self,
        file: SamplesFile,
        group: usize,
        united: &United,
    ) -> Result<Samples, StoreError> {
        let (block, shape, position) = self.shape(file)?;
        let key = GroupKey { file, position, group, union: united.number };
        self.state.memory.group(key, || {
            let column = &*shape.columns[position];
            let has_tags = !shape.sample_labels.is_empty();
            let columns = match has_tags {
                true => &["stack", column, "labels"][..],
                false => &["stack", column],
            };
            let table = block.samples(shape)?.read_groups(columns, group..group + 1)?;
            let names = &united.blocks[&file.block];
            block.consistent(samples(table, column, has_tags, names))
        })
    }
}

/// The group of a row: the last one that does not begin after it.
fn group_of(starts: &[u64], first: u32) -> usize {
    let groups = &starts[..starts.len() - 1];
    groups.partition_point(|start| *start <= u64::from(first)).saturating_sub(1)
}

/// The first sample of a snapshot, if it has any.
fn first_sample(snapshot: &Snapshot) -> Option<FirstSample> {
    snapshot.place().filter(|_| snapshot.n_samples > 0).map(FirstSample::from)
}

/// A row group, renumbered to a union.
fn samples(
    table: DataFrame,
    column: &str,
    has_tags: bool,
    names: &Renumbered,
) -> Result<Samples, Inconsistent> {
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

/// The empty set of labels this many times, cut from one shared column.
fn no_tags(count: usize) -> Column<TagsId> {
    static NONE: LazyLock<Column<TagsId>> = LazyLock::new(|| vec![TagsId(0); 1 << 17].into());
    if count <= NONE.len() { NONE.cut(0..count) } else { vec![TagsId(0); count].into() }
}
