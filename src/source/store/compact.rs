//! `compact`: merges many blocks into few, and drops old profiles.
//!
//! Neighbours in time are merged until a block holds about [`SAMPLES`]; the new
//! blocks replace the old ones in one step. Replaced blocks stay on the disk until the next
//! change, for readers that have the store open.

use std::path::Path;
use std::sync::Arc;

use super::block::Block;
use super::error::{Inconsistent, StoreError};
use super::facts::BlockFacts;
use super::folder::{Place, place, set_aside};
use super::frame::{numbers, values};
use super::manifest::{BlockEntry, Manifest};
use super::shape::Shape;
use super::state::Live;
use super::symbols::{Renumbered, Union};
use super::write::{Hashed, Lookup};
use super::writer::{Writer, unless_changed};
use crate::profile::{Column, ProfileType};
use crate::quantity::{Span, Timestamp};
use crate::source::recording::{self, Recording};
use crate::work::{Progress, Work};

/// A block that holds more is not merged with others.
pub(super) const SAMPLES: u64 = 16 << 20;

/// If a store has more blocks, an import merges the small ones.
const BLOCKS: usize = 24;

/// How to compact a store.
#[derive(Debug, Default)]
pub struct Compaction {
    /// Profiles that started longer than this before the end of the newest are dropped.
    pub keep: Option<Span>,
    /// Blocks to leave out, such as damaged ones.
    pub without: Vec<String>,
}

/// What is in some blocks of a store, each with its id: what a user should know before they
/// are dropped.
pub fn contained(store: &Path, blocks: &[String]) -> Result<Vec<String>, StoreError> {
    let missing = || StoreError::Missing { path: store.to_owned() };
    let (manifest, _) = Manifest::read(store)?.ok_or_else(missing)?;
    let contained = |id: &String| {
        let entry = manifest.blocks.iter().find(|entry| entry.id == *id);
        let entry = entry.ok_or_else(|| StoreError::UnknownBlock { block: id.clone() })?;
        Ok(format!("block {id}: {}", BlockFacts::new(id, &entry.shapes)))
    };
    blocks.iter().map(contained).collect()
}

/// The result of a compaction.
#[derive(Debug, Default)]
pub struct Compacted {
    /// Blocks before and after, and their bytes.
    pub blocks: (usize, usize),
    pub bytes: (u64, u64),
    /// Recordings dropped because they were too old, or in a block left out.
    pub dropped: u64,
}

/// Merges the blocks of a store. `waiting` is called if another process is changing it.
pub fn compact(
    store: &Path,
    wanted: &Compaction,
    waiting: &dyn Fn(),
    work: Work<'_>,
) -> Result<Compacted, StoreError> {
    if place(store)? == Place::Free {
        return Err(StoreError::Missing { path: store.to_owned() });
    }
    let open = || Writer::open(store, waiting, work);
    // In a step of its own: left out once, they are not there if the merge begins again.
    let left_out = match wanted.without.is_empty() {
        true => Size::default(),
        false => unless_changed(|| leave_out(&mut open()?, &wanted.without))?,
    };
    let (before, after) = unless_changed(|| merge_all(open()?, wanted.keep, work))?;
    Ok(Compacted {
        blocks: (left_out.blocks + before.blocks, after.blocks),
        bytes: (left_out.bytes + before.bytes, after.bytes),
        dropped: left_out.profiles + before.profiles - after.profiles,
    })
}

/// The size before and after.
fn merge_all(
    mut writer: Writer,
    keep: Option<Span>,
    work: Work<'_>,
) -> Result<(Size, Size), StoreError> {
    let before = Size::of(&writer.manifest.blocks);
    let newest = writer.manifest.blocks.iter().map(BlockEntry::end).max().unwrap_or(0);
    let oldest = keep.map(|keep| Timestamp(newest).minus(keep));
    for run in runs(&writer.manifest.blocks, oldest) {
        merge(&mut writer, &run, oldest, work)?;
    }
    Ok((before, Size::of(&writer.manifest.blocks)))
}

/// Keeps the number of blocks small while a store grows.
pub(super) fn merge_if_many(writer: &mut Writer, work: Work<'_>) -> Result<(), StoreError> {
    if writer.manifest.blocks.len() > BLOCKS {
        for run in runs(&writer.manifest.blocks, None) {
            merge(writer, &run, None, work)?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Size {
    blocks: usize,
    bytes: u64,
    profiles: u64,
}

impl Size {
    fn of(blocks: &[BlockEntry]) -> Size {
        Size {
            blocks: blocks.len(),
            bytes: blocks.iter().map(|entry| entry.bytes).sum(),
            profiles: blocks.iter().map(BlockEntry::profiles).sum(),
        }
    }
}

/// Takes blocks out of the store, and keeps their files aside. The size of these.
fn leave_out(writer: &mut Writer, without: &[String]) -> Result<Size, StoreError> {
    let is_there = |id: &&String| writer.manifest.blocks.iter().any(|entry| entry.id == **id);
    if let Some(block) = without.iter().find(|id| !is_there(id)) {
        return Err(StoreError::UnknownBlock { block: block.clone() });
    }
    for id in without {
        set_aside(writer.store(), id)?;
    }
    let mut left_out = writer.manifest.blocks.clone();
    left_out.retain(|entry| without.contains(&entry.id));
    writer.commit(Vec::new(), without)?;
    Ok(Size::of(&left_out))
}

/// Runs of neighbours in time to merge into one block each, and blocks with old profiles.
fn runs(blocks: &[BlockEntry], oldest: Option<Timestamp>) -> Vec<Vec<BlockEntry>> {
    let mut in_time: Vec<&BlockEntry> = blocks.iter().collect();
    in_time.sort_by_key(|entry| (entry.start(), entry.end()));
    let mut runs: Vec<Vec<BlockEntry>> = Vec::new();
    let mut samples = 0;
    for entry in in_time {
        match runs.last_mut() {
            Some(run) if samples + entry.samples() <= SAMPLES => run.push(entry.clone()),
            _ => {
                samples = 0;
                runs.push(vec![entry.clone()]);
            }
        }
        samples += entry.samples();
    }
    let is_old = |entry: &BlockEntry| oldest.is_some_and(|oldest| entry.start() < oldest.0);
    runs.retain(|run| run.len() > 1 || run.iter().any(is_old));
    runs
}

pub(super) fn merge(
    writer: &mut Writer,
    run: &[BlockEntry],
    oldest: Option<Timestamp>,
    work: Work<'_>,
) -> Result<(), StoreError> {
    let mut gathered = Gathered::default();
    let (images, holds) = (Arc::default(), Arc::default());
    let old: Vec<String> = run.iter().map(|entry| entry.id.clone()).collect();
    for (done, entry) in (0u64..).zip(run) {
        work.watch.progress(&Progress {
            what: "merging",
            unit: "blocks",
            done,
            total: run.len() as u64,
        });
        let block = entry.block(writer.store(), &images, &holds);
        gathered.add(&Live { block, entry: entry.clone() }, oldest, work)?;
    }
    let symbols = gathered.union.finish();
    if gathered.recordings.is_empty() {
        return writer.commit(Vec::new(), &old);
    }
    let (kinds, remarks) = (&gathered.kinds, &gathered.remarks);
    let lookup = Lookup { symbols: &symbols, kinds, remarks };
    writer.add(gathered.recordings, lookup, &old, work).map(drop)
}

/// Adds the remarks of a block that others have not made.
pub(super) fn add_remarks(remarks: &mut Vec<String>, of_block: &[String]) {
    for remark in of_block {
        if !remarks.contains(remark) {
            remarks.push(remark.clone());
        }
    }
}

/// Recordings of several blocks, with one set of symbols.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) union: Union,
    pub(super) kinds: Vec<ProfileType>,
    pub(super) recordings: Vec<Hashed>,
    pub(super) remarks: Vec<String>,
}

impl Gathered {
    /// Adds the recordings of a block that do not start before `oldest`.
    pub(super) fn add(
        &mut self,
        live: &Live,
        oldest: Option<Timestamp>,
        work: Work<'_>,
    ) -> Result<(), StoreError> {
        let block = &live.block;
        let names = block.consistent(self.union.add(&block.names()?))?;
        add_remarks(&mut self.remarks, &block.contents()?.remarks);
        for shape in &live.entry.shapes {
            work.check()?;
            let all = self.recordings(block, shape, &names)?;
            let is_kept = |hashed: &Hashed| oldest.is_none_or(|at| hashed.recording.start >= at);
            self.recordings.extend(all.into_iter().filter(is_kept));
        }
        Ok(())
    }

    fn kind(&mut self, id: &str) -> Result<usize, Inconsistent> {
        if let Some(known) = self.kinds.iter().position(|kind| &*kind.id == id) {
            return Ok(known);
        }
        let kind = ProfileType::from_id(id);
        let unknown = || Inconsistent::new(format!("`{id}` is not a profile type"));
        self.kinds.push(kind.ok_or_else(unknown)?);
        Ok(self.kinds.len() - 1)
    }

    fn recordings(
        &mut self,
        block: &Block,
        shape: &Shape,
        names: &Renumbered,
    ) -> Result<Vec<Hashed>, StoreError> {
        let kinds = shape.types.iter().map(|id| self.kind(id));
        let kinds: Vec<usize> = block.consistent(kinds.collect())?;
        let columns: Vec<&str> = shape.columns.iter().map(String::as_str).collect();
        let table = block.samples(shape)?.read(&[&["stack", "labels"], &columns[..]].concat())?;
        let stacks = numbers(&table, "stack").and_then(|stacks| names.stacks(stacks));
        let stacks: Column<_> = block.consistent(stacks)?.into();
        let tags = numbers(&table, "labels").and_then(|tags| names.tags(tags));
        let tags: Column<_> = block.consistent(tags)?.into();
        let values: Vec<Column<i64>> = columns
            .iter()
            .map(|column| Ok(block.consistent(values(&table, column))?.to_vec().into()))
            .collect::<Result<_, StoreError>>()?;
        let rows = block.rows(shape, columns[0])?;
        if stacks.len() as u64 != shape.samples {
            return Err(block.damaged("it has more or fewer samples than its profiles need"));
        }
        let (series, hashes) = (block.series()?, block.hashes(shape)?);
        let recordings = rows.first_samples().enumerate().map(|(row, first)| {
            let cut = first as usize..(first + rows.samples[row]) as usize;
            let of_kind = |(kind, values): (&usize, &Column<i64>)| recording::Column {
                kind: *kind,
                values: values.cut(cut.clone()),
            };
            let recording = Recording {
                labels: series[rows.series[row] as usize].clone(),
                start: rows.start(row),
                duration: rows.duration(row),
                period: rows.period(row),
                is_undated: false,
                stacks: stacks.cut(cut.clone()),
                tags: tags.cut(cut.clone()),
                columns: kinds.iter().zip(&values).map(of_kind).collect(),
            };
            Hashed { hash: hashes[row], recording }
        });
        Ok(recordings.collect())
    }
}
