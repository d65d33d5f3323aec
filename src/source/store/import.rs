//! `import`: files of any format into a store, each recording once.
//!
//! Files are read in portions, each on all cores; two portions fit in memory. Recordings
//! that the store already has are left out, and the rest becomes a block, which is written
//! while the next portion is read. An interrupted import keeps its finished blocks, and run again it
//! adds the rest.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::compact;
use super::error::StoreError;
use super::folder::place;
use super::write::{Hashed, Lookup};
use super::writer::{Writer, unless_changed};
use crate::profile::{Labels, ProfileType, Symbols};
use crate::quantity::{Span, Timestamp};
use crate::source::identity::Identities;
use crate::source::load::{Input, Loaded, load};
use crate::source::recording::Recording;
use crate::source::remarks::Remarks;
use crate::source::target::not_an_address;
use crate::source::{Skipped, SourceError, UnpackLimit, demo, glob};
use crate::work::{Progress, Watch, Work};

/// The most files, and bytes on disk, of a portion.
const FILES: usize = 8192;
const BYTES: u64 = 64 << 20;

/// What to import, and what the user says about it.
#[derive(Debug, Default)]
pub struct Import {
    /// Patterns of files, folders, or the example data.
    pub patterns: Vec<String>,
    /// Bytes from elsewhere, such as standard input.
    pub held: Option<Vec<u8>>,
    /// Given to every profile; these override labels of folders and files.
    pub labels: Labels,
    /// Replaces the type of recordings that have only one.
    pub kind: Option<ProfileType>,
    /// The time of the first recording; the others move by the same amount.
    pub start: Option<Timestamp>,
    pub unpack: UnpackLimit,
}

/// The result of an import.
#[derive(Debug, Default)]
pub struct Imported {
    pub files: usize,
    /// Recordings that were added.
    pub added: usize,
    /// Recordings that were in the store already, or imported twice.
    pub known: usize,
    pub skipped: Vec<Skipped>,
    /// What is said about files that were read, a line each.
    pub remarks: Vec<String>,
    /// Of the files, and of the blocks that were added.
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// Adds recordings to a store, which is created if it does not exist. `waiting` is called
/// if another process is changing it.
pub fn import(
    store: &Path,
    wanted: &Import,
    base_dir: &Path,
    waiting: &dyn Fn(),
    work: Work<'_>,
) -> Result<Imported, SourceError> {
    place(store)?;
    let mut unread = Vec::new();
    let inputs = inputs(wanted, base_dir, &mut unread, work)?;
    // Run again, an import adds what is missing.
    Ok(unless_changed(|| {
        let mut done =
            Imported { skipped: unread.clone(), files: inputs.len(), ..Imported::default() };
        done.bytes_in = inputs.iter().map(|input| input.size).sum();
        let mut writer = Writer::open(store, waiting, work)?;
        let filled = fill(&mut writer, wanted, &inputs, &mut done, work);
        writer.close();
        filled.map(|()| done)
    })?)
}

/// Adds what the store does not have yet. A portion is written while the next is read, so
/// that no core waits for the disk.
fn fill(
    writer: &mut Writer,
    wanted: &Import,
    inputs: &[Input<'_>],
    done: &mut Imported,
    work: Work<'_>,
) -> Result<(), StoreError> {
    let mut known = known(writer)?;
    let mut before = 0;
    let mut shift = None;
    let mut read = None;
    let mut remarks = Remarks::default();
    for portion in portions(inputs) {
        let watch = PortionWatch { before, all: inputs.len() as u64, whole: work.watch };
        let part = Work { watch: &watch, ..work };
        let (written, loaded) =
            rayon::join(|| add(writer, read.take(), work), || load(portion, wanted.unpack, part));
        done.bytes_out += written?;
        let Loaded { mut batch, skipped } = loaded?;
        done.skipped.extend(skipped);
        let said = std::mem::take(&mut batch.remarks);
        remarks.append(said.clone());
        let (symbols, kinds, recordings) = batch.into_parts();
        let (kinds, recordings) = overridden(wanted, kinds, recordings, &mut shift);
        let identities = Identities::new(&symbols, &kinds);
        let all = recordings.len();
        let new: Vec<Hashed> = recordings
            .into_iter()
            .map(|recording| Hashed { hash: identities.of(&recording), recording })
            .filter(|hashed| known.insert(hashed.hash))
            .collect();
        done.added += new.len();
        done.known += all - new.len();
        read = Some(Portion { symbols, kinds, new, remarks: said.lines() });
        before += portion.len() as u64;
    }
    done.bytes_out += add(writer, read, work)?;
    done.remarks = remarks.lines();
    compact::merge_if_many(writer, work)
}

/// The recordings of some files that the store does not have yet.
struct Portion {
    symbols: Symbols,
    kinds: Vec<ProfileType>,
    new: Vec<Hashed>,
    remarks: Vec<String>,
}

/// Adds a portion as a block; the bytes that it takes.
fn add(writer: &mut Writer, portion: Option<Portion>, work: Work<'_>) -> Result<u64, StoreError> {
    let Some(portion) = portion.filter(|portion| !portion.new.is_empty()) else { return Ok(0) };
    let Portion { symbols, kinds, new, remarks } = portion;
    let lookup = Lookup { symbols: &symbols, kinds: &kinds, remarks: &remarks };
    writer.add(new, lookup, &[], work)
}

fn inputs<'w>(
    wanted: &'w Import,
    base_dir: &Path,
    skipped: &mut Vec<Skipped>,
    work: Work<'_>,
) -> Result<Vec<Input<'w>>, SourceError> {
    let mut inputs = Vec::new();
    for pattern in &wanted.patterns {
        if pattern == demo::TARGET {
            inputs.extend(demo::inputs(&wanted.labels)?);
            continue;
        }
        not_an_address(pattern)?;
        let (matches, unread) = glob::find(pattern, base_dir, work)?;
        inputs.extend(matches.into_iter().map(|file| Input::of_file(file, &wanted.labels)));
        skipped.extend(unread);
    }
    if let Some(bytes) = &wanted.held {
        inputs.push(Input::of_bytes(bytes, "standard input", &wanted.labels));
    }
    Ok(inputs)
}

/// The hashes of all recordings in the store.
fn known(writer: &Writer) -> Result<FxHashSet<u64>, StoreError> {
    let mut known = FxHashSet::default();
    let (images, holds) = (Arc::default(), Arc::default());
    for entry in &writer.manifest.blocks {
        let block = entry.block(writer.store(), &images, &holds);
        for shape in &entry.shapes {
            known.extend(block.hashes(shape)?);
        }
    }
    Ok(known)
}

fn portions<'i, 'a>(inputs: &'i [Input<'a>]) -> impl Iterator<Item = &'i [Input<'a>]> {
    let mut rest = inputs;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let mut fits = |input: &Input<'_>| {
            bytes += input.size;
            bytes <= BYTES
        };
        let n = rest.iter().take(FILES).take_while(|input| fits(input)).count();
        let (portion, after) = rest.split_at(n.max(1).min(rest.len()));
        rest = after;
        (!portion.is_empty()).then_some(portion)
    })
}

/// Recordings with the time and type that the user gave. `shift` is that of the first portion.
fn overridden(
    wanted: &Import,
    mut kinds: Vec<ProfileType>,
    mut recordings: Vec<Recording>,
    shift: &mut Option<Span>,
) -> (Vec<ProfileType>, Vec<Recording>) {
    if let Some(kind) = &wanted.kind {
        let own = kinds.iter().position(|known| known.id == kind.id).unwrap_or_else(|| {
            kinds.push(kind.clone());
            kinds.len() - 1
        });
        let of_one = recordings.iter_mut().filter(|recording| recording.columns.len() == 1);
        of_one.for_each(|recording| recording.columns[0].kind = own);
    }
    let first = recordings.iter().map(|recording| recording.start).min();
    if let (Some(start), Some(first)) = (wanted.start, first) {
        let shift = *shift.get_or_insert(start.since(first));
        recordings.iter_mut().for_each(|recording| recording.start = recording.start.plus(shift));
    }
    (kinds, recordings)
}

/// Reports progress over the files of all portions.
struct PortionWatch<'a> {
    before: u64,
    all: u64,
    whole: &'a dyn Watch,
}

impl Watch for PortionWatch<'_> {
    fn progress(&self, progress: &Progress) {
        let done = self.before + progress.done;
        self.whole.progress(&Progress { done, total: self.all, ..progress.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portion_is_bounded_by_files_and_bytes() {
        let input = |size| Input { size, ..Input::of_bytes(b"", "", &Labels::default()) };
        let sizes = |sizes: &[u64]| -> Vec<usize> {
            let inputs: Vec<_> = sizes.iter().map(|size| input(*size)).collect();
            portions(&inputs).map(<[_]>::len).collect()
        };
        assert_eq!(sizes(&[]), [0usize; 0]);
        assert_eq!(sizes(&[1, BYTES, BYTES - 1, 1, 1]), [1, 1, 2, 1]);
        assert_eq!(sizes(&[2 * BYTES, 1]), [1, 1]);
        assert_eq!(sizes(&vec![1; FILES + 1]), [FILES, 1]);
    }
}
