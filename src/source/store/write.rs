//! Writes recordings into a new block.
//!
//! All files are on the disk before `write` returns. No reader sees the block until the
//! manifest names it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use polars_core::prelude::{Column, DataFrame};

use super::block::{
    CONTENTS, Contents, FRAMES_FILE, FUNCTIONS_FILE, LABELS_FILE, PERIOD, SERIES_FILE, STACKS_FILE,
    grown_column, high_column, profiles_file, samples_file,
};
use super::durable;
use super::error::StoreError;
use super::frame::frame;
use super::shape::Shape;
use super::summed::summed;
use super::symbols::{frames, functions, ids, label_sets, stacks};
use super::table::{self, Sums};
use crate::profile::growth::{Rows, has_grown};
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, ProfileType, StackId, Symbols, Temporality};
use crate::source::recording::{self, Recording};
use crate::work::Work;

/// The most samples of a row group: small enough to read one series without many others,
/// large enough for its columns to compress.
const GROUP: usize = 1 << 16;

/// The most remarks on files that a block keeps.
const MOST_REMARKS: usize = 20;

/// A recording, and the hash that identifies it.
#[derive(Debug)]
pub(super) struct Hashed {
    pub(super) hash: u64,
    pub(super) recording: Recording,
}

/// The symbols and profile types that recordings refer to by number, and what is said about
/// their files.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    pub(super) symbols: &'a Symbols,
    /// As the columns of recordings number them.
    pub(super) kinds: &'a [ProfileType],
    pub(super) remarks: &'a [String],
}

/// A block that was written: its contents, the checksum of `block.json`, and its bytes.
pub(super) struct WrittenBlock {
    pub(super) contents: Contents,
    pub(super) check: u32,
    pub(super) bytes: u64,
}

impl WrittenBlock {
    /// A block that was found, with the text of its `block.json`.
    pub(super) fn found(contents: Contents, text: &[u8]) -> WrittenBlock {
        let bytes = contents.files.values().map(|sums| sums.bytes).sum::<u64>() + text.len() as u64;
        WrittenBlock { contents, check: crc32fast::hash(text), bytes }
    }
}

/// Writes a block into a new folder.
pub(super) fn write(
    folder: &Path,
    mut recordings: Vec<Hashed>,
    lookup: Lookup<'_>,
    work: Work<'_>,
) -> Result<WrittenBlock, StoreError> {
    recordings.sort_by(|a, b| {
        let key = |h: &Hashed| (h.recording.start, h.hash);
        a.recording.labels.cmp(&b.recording.labels).then_with(|| key(a).cmp(&key(b)))
    });
    let series: BTreeSet<&Labels> = recordings.iter().map(|h| &h.recording.labels).collect();
    let numbers: BTreeMap<&Labels, u32> = series.iter().copied().zip(0..).collect();
    let mut block = BlockWriter { folder, lookup, numbers: &numbers, work, files: BTreeMap::new() };
    block.put(SERIES_FILE, &[label_sets("series", series.iter().copied())?])?;
    block.put(LABELS_FILE, &[label_sets("labels", lookup.symbols.tags.iter())?])?;
    block.put(FUNCTIONS_FILE, &[functions(lookup.symbols)?])?;
    block.put(FRAMES_FILE, &[frames(lookup.symbols)?])?;
    block.put(STACKS_FILE, &[stacks(&lookup.symbols.stacks)?])?;
    let mut shapes = Vec::new();
    for (types, of_shape) in by_shape(&recordings) {
        let shape = block.shape(&types, &of_shape, &shapes)?;
        shapes.push(shape);
    }
    let (n_series, n_labels) = (series.len(), lookup.symbols.tags.len());
    let remarks = lookup.remarks.iter().take(MOST_REMARKS).cloned().collect();
    finish(folder, Contents { shapes, n_series, n_labels, files: block.files, remarks })
}

/// Recordings by their types, in the same order.
fn by_shape(recordings: &[Hashed]) -> BTreeMap<Vec<usize>, Vec<&Hashed>> {
    let mut shapes = BTreeMap::<Vec<usize>, Vec<&Hashed>>::new();
    for hashed in recordings {
        let types = hashed.recording.columns.iter().map(|column| column.kind).collect();
        shapes.entry(types).or_default().push(hashed);
    }
    shapes
}

fn finish(folder: &Path, contents: Contents) -> Result<WrittenBlock, StoreError> {
    let path = folder.join(CONTENTS);
    let text = serde_json::to_vec(&contents).map_err(|e| StoreError::Encoding(e.to_string()));
    let text = summed(text?);
    durable::write(&path, &text)?;
    durable::sync_folder(folder)?;
    Ok(WrittenBlock::found(contents, &text))
}

/// A block that is being written.
struct BlockWriter<'a> {
    folder: &'a Path,
    lookup: Lookup<'a>,
    numbers: &'a BTreeMap<&'a Labels, u32>,
    work: Work<'a>,
    files: BTreeMap<String, Sums>,
}

impl BlockWriter<'_> {
    fn put(&mut self, name: &str, groups: &[DataFrame]) -> Result<(), StoreError> {
        let sums = table::write(&self.folder.join(name), groups)?;
        self.files.insert(name.to_owned(), sums);
        Ok(())
    }

    /// Writes both files for the recordings of some types.
    fn shape(
        &mut self,
        types: &[usize],
        recordings: &[&Hashed],
        others: &[Shape],
    ) -> Result<Shape, StoreError> {
        let kinds: Vec<&ProfileType> = types.iter().map(|kind| &self.lookup.kinds[*kind]).collect();
        let name = unused_name(kinds.first().map_or("", |kind| kind.family()), others);
        let columns = column_names(&kinds);
        let Sampled { groups, labels, grown } = self.samples(recordings, &kinds, &columns)?;
        self.put(&profiles_file(&name), &[self.profiles(recordings, &columns, grown)?])?;
        self.put(&samples_file(&name), &groups)?;
        let all = || recordings.iter().map(|hashed| &hashed.recording);
        let windows = all().map(|recording| {
            let end = recording.start.0.saturating_add(recording.duration.0.max(1));
            (recording.start.0, end)
        });
        Ok(Shape {
            name,
            types: kinds.iter().map(|kind| kind.id.to_string()).collect(),
            columns,
            sample_labels: labels.into_iter().collect(),
            profiles: recordings.len() as u64,
            samples: all().map(|recording| recording.stacks.len() as u64).sum(),
            start: windows.clone().map(|(start, _)| start).min().unwrap_or(0),
            end: windows.map(|(_, end)| end).max().unwrap_or(0),
        })
    }

    fn profiles(
        &self,
        recordings: &[&Hashed],
        columns: &[String],
        grown: Vec<Grown>,
    ) -> Result<DataFrame, StoreError> {
        let all = || recordings.iter().map(|hashed| &hashed.recording);
        let series: Vec<u32> = all().map(|recording| self.numbers[&recording.labels]).collect();
        let samples: Vec<u32> = all().map(|recording| recording.stacks.len() as u32).collect();
        let mut table = vec![
            ids("profile", recordings.len()),
            Column::new("series".into(), series),
            Column::new("time_ns".into(), all().map(|r| r.start.0).collect::<Vec<_>>()),
            Column::new("duration_ns".into(), all().map(|r| r.duration.0).collect::<Vec<_>>()),
            Column::new("samples".into(), samples),
            Column::new("hash".into(), recordings.iter().map(|h| h.hash).collect::<Vec<_>>()),
        ];
        if all().any(|recording| recording.period > 0) {
            let periods: Vec<u64> = all().map(|recording| recording.period).collect();
            table.push(Column::new(PERIOD.into(), periods));
        }
        for (at, name) in columns.iter().enumerate() {
            let total = |recording: &Recording| -> i128 {
                recording.columns[at].values.iter().map(|value| i128::from(*value)).sum()
            };
            let totals: Vec<i128> = all().map(total).collect();
            let column = |name: &str, bits: fn(&i128) -> i64| {
                Column::new(name.into(), totals.iter().map(bits).collect::<Vec<_>>())
            };
            table.push(column(name, |total| *total as i64));
            if totals.iter().any(|total| i64::try_from(*total).is_err()) {
                table.push(column(&high_column(name), |total| (total >> 64) as i64));
            }
        }
        for Grown { at, rows } in grown {
            table.push(Column::new(grown_column(&columns[at]).into(), rows));
        }
        frame(table)
    }

    fn samples(
        &self,
        recordings: &[&Hashed],
        kinds: &[&ProfileType],
        columns: &[String],
    ) -> Result<Sampled, StoreError> {
        let mut groups = Vec::new();
        let mut rows = Samples::new(columns);
        let mut used = vec![false; self.lookup.symbols.tags.len()];
        let mut grown = Grown::of(kinds);
        let mut before: Option<(&Labels, Samples)> = None;
        for (number, hashed) in (0u32..).zip(recordings) {
            self.work.check()?;
            let recording = &hashed.recording;
            let own = Samples::of(number, recording);
            if rows.len() > 0 && rows.len() + own.len() > GROUP {
                groups.push(std::mem::replace(&mut rows, Samples::new(columns)).finish(columns)?);
            }
            rows.extend(&own);
            let of_series = before.filter(|(labels, _)| **labels == recording.labels);
            let earlier = of_series.as_ref().map(|(_, earlier)| earlier);
            grown.iter_mut().for_each(|grown| grown.push(earlier, &own));
            recording.tags.iter().for_each(|tags| used[tags.index()] = true);
            before = Some((&recording.labels, own));
        }
        groups.push(rows.finish(columns)?);
        let sets = self.lookup.symbols.tags.iter().zip(used).filter(|(_, used)| *used);
        let names = sets.flat_map(|(tags, _)| tags.iter().map(|(name, _)| name.to_string()));
        Ok(Sampled { groups, labels: names.collect(), grown })
    }
}

/// The samples of a shape, their labels and growth.
struct Sampled {
    groups: Vec<DataFrame>,
    /// The names of their labels.
    labels: BTreeSet<String>,
    grown: Vec<Grown>,
}

/// For a type that counts from the start: whether no value of a recording is less than in
/// the one before it in its series.
struct Grown {
    /// The position of the type.
    at: usize,
    rows: Vec<Option<bool>>,
}

impl Grown {
    fn of(kinds: &[&ProfileType]) -> Vec<Grown> {
        let counts = |kind: &ProfileType| {
            kind.counts_from_start() || kind.temporality == Temporality::Cumulative
        };
        let counting = kinds.iter().enumerate().filter(|(_, kind)| counts(kind));
        counting.map(|(at, _)| Grown { at, rows: Vec::new() }).collect()
    }

    fn push(&mut self, before: Option<&Samples>, after: &Samples) {
        let has_grown = |before: &Samples| has_grown(before.rows(self.at), after.rows(self.at));
        self.rows.push(before.map(has_grown));
    }
}

/// Samples of recordings one after another, those of each in order of stack and labels.
struct Samples {
    profiles: Vec<u32>,
    stacks: Vec<StackId>,
    tags: Vec<TagsId>,
    values: Vec<Vec<i64>>,
}

impl Samples {
    fn new(columns: &[String]) -> Samples {
        let values = vec![Vec::new(); columns.len()];
        Samples { profiles: Vec::new(), stacks: Vec::new(), tags: Vec::new(), values }
    }

    /// Those of one recording.
    fn of(profile: u32, recording: &Recording) -> Samples {
        let (stacks, tags) = (&recording.stacks, &recording.tags);
        let mut order: Vec<u32> = (0..stacks.len() as u32).collect();
        // Neighbours in the tree of stacks have similar values, which compress well.
        order.sort_by_key(|i| (stacks[*i as usize], tags[*i as usize]));
        let order = || order.iter().map(|i| *i as usize);
        let values = |column: &recording::Column| order().map(|i| column.values[i]).collect();
        Samples {
            profiles: vec![profile; stacks.len()],
            stacks: order().map(|i| stacks[i]).collect(),
            tags: order().map(|i| tags[i]).collect(),
            values: recording.columns.iter().map(values).collect(),
        }
    }

    fn extend(&mut self, more: &Samples) {
        self.profiles.extend_from_slice(&more.profiles);
        self.stacks.extend_from_slice(&more.stacks);
        self.tags.extend_from_slice(&more.tags);
        self.values
            .iter_mut()
            .zip(&more.values)
            .for_each(|(all, more)| all.extend_from_slice(more));
    }

    fn len(&self) -> usize {
        self.stacks.len()
    }

    /// The values of one type.
    fn rows(&self, position: usize) -> Rows<'_> {
        Rows { stacks: &self.stacks, tags: &self.tags, values: &self.values[position] }
    }

    fn finish(self, columns: &[String]) -> Result<DataFrame, StoreError> {
        let stacks: Vec<u32> = self.stacks.iter().map(|stack| stack.0).collect();
        let tags: Vec<u32> = self.tags.iter().map(|tags| tags.0).collect();
        let mut table = vec![
            Column::new("profile".into(), self.profiles),
            Column::new("stack".into(), stacks),
            Column::new("labels".into(), tags),
        ];
        for (name, values) in columns.iter().zip(self.values) {
            table.push(Column::new(name.as_str().into(), values));
        }
        frame(table)
    }
}

/// The column of each type: its short name, or its id if that name is taken.
fn column_names(kinds: &[&ProfileType]) -> Vec<String> {
    const TAKEN: [&str; 8] =
        ["profile", "series", "time_ns", "duration_ns", "samples", "hash", "stack", PERIOD];
    let short = |kind: &&ProfileType| {
        let alias: &Arc<str> = &kind.alias;
        let ends = [grown_column(""), high_column("")];
        let is_taken = TAKEN.contains(&&**alias) || ends.iter().any(|end| alias.ends_with(end));
        let is_free = !is_taken && &**alias != "labels" && !alias.is_empty();
        let is_unique = kinds.iter().filter(|other| other.alias == *alias).count() == 1;
        (is_free && is_unique).then(|| alias.to_string())
    };
    kinds.iter().map(|kind| short(kind).unwrap_or_else(|| kind.id.to_string())).collect()
}

/// A family as a file name that no other shape uses.
fn unused_name(family: &str, others: &[Shape]) -> String {
    let plain: String = family
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' })
        .collect();
    let plain = if plain.is_empty() { "profiles".to_owned() } else { plain };
    let is_free = |name: &str| others.iter().all(|shape| shape.name != name);
    let numbered = (2..).map(|n| format!("{plain}-{n}"));
    std::iter::once(plain.clone()).chain(numbered).find(|name| is_free(name)).unwrap_or(plain)
}
