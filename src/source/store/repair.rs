//! `repair`: a manifest for a store that has lost its own, from the blocks that are whole.
//!
//! Each recording counts once, in the newest block that has it: blocks that compaction had
//! replaced may still be there. What `compact --keep` had dropped may come back. Nothing is
//! removed: blocks that are not whole, and the manifest as it was, are kept aside.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::block::{BLOCKS, CONTENTS};
use super::compact::Gathered;
use super::durable;
use super::error::{Inconsistent, StoreError};
use super::facts::BlockFacts;
use super::folder::{DROPPED, MANIFEST, Place, block_folders, is_block_name, place, set_aside};
use super::lock::Lock;
use super::manifest::BlockEntry;
use super::state::{Live, State};
use super::summed::{Sum, sum_of};
use super::write::{Lookup, WrittenBlock};
use super::writer::{NewBlock, Writer};
use crate::work::{Progress, Work};

/// The result of a repair.
#[derive(Debug, Default)]
pub struct Repaired {
    /// The manifest was right, and nothing was changed.
    pub is_sound: bool,
    /// Blocks and profiles of the new manifest.
    pub blocks: usize,
    pub profiles: u64,
    /// Blocks that others replace.
    pub replaced: usize,
    /// Blocks that are not whole, and why.
    pub set_aside: Vec<String>,
}

/// Makes a manifest if that of the store is lost or damaged. `waiting` is called if another
/// process is changing the store.
pub fn repair(store: &Path, waiting: &dyn Fn(), work: Work<'_>) -> Result<Repaired, StoreError> {
    match place(store) {
        Ok(Place::Store) | Err(StoreError::NoManifest { .. } | StoreError::Manifest { .. }) => {}
        Ok(Place::Free) => return Err(StoreError::Missing { path: store.to_owned() }),
        Err(error) => return Err(error),
    }
    let changed = || StoreError::Changed { path: store.to_owned() };
    let lock = Lock::take(store, waiting, work)?.ok_or_else(changed)?;
    match State::read(store, None) {
        Ok(_) => return Ok(Repaired { is_sound: true, ..Repaired::default() }),
        Err(StoreError::NoManifest { .. } | StoreError::Missing { .. }) => {}
        Err(StoreError::Manifest { .. }) => keep_manifest_aside(store)?,
        Err(error) => return Err(error),
    }
    let repair = Repair {
        writer: Writer::without_manifest(store, lock, next_number(store)?),
        known: FxHashSet::default(),
        entries: Vec::new(),
        done: Repaired::default(),
    };
    repair.run(work)
}

/// A repair that is under way.
struct Repair {
    writer: Writer,
    /// The hashes of the recordings that are kept.
    known: FxHashSet<u64>,
    entries: Vec<BlockEntry>,
    done: Repaired,
}

impl Repair {
    fn run(mut self, work: Work<'_>) -> Result<Repaired, StoreError> {
        let mut held = Vec::new();
        let folders = block_folders(self.writer.store())?;
        let total = folders.len() as u64;
        // A block that replaces others is newer than these.
        for (done, (id, _)) in (0u64..).zip(folders.into_iter().rev()) {
            work.watch.progress(&Progress { what: "reading blocks", unit: "blocks", done, total });
            match whole(self.writer.store(), &id, work) {
                Ok(live) => held.extend(self.keep(live, work)?),
                Err(StoreError::Damaged { reason, .. }) => {
                    set_aside(self.writer.store(), &id)?;
                    self.done.set_aside.push(format!("block {id}: {reason}"));
                }
                Err(error) => return Err(error),
            }
        }
        self.entries.sort_by(|a, b| a.id.cmp(&b.id));
        self.done.blocks = self.entries.len();
        self.done.profiles = self.entries.iter().map(BlockEntry::profiles).sum();
        self.writer.commit(self.entries, &[])?;
        Ok(self.done)
    }

    /// Adds a block, or those of its recordings that no newer block has.
    fn keep(&mut self, live: Live, work: Work<'_>) -> Result<Option<NewBlock>, StoreError> {
        let mut hashes = Vec::new();
        for shape in &live.entry.shapes {
            hashes.extend(live.block.hashes(shape)?);
        }
        let new: FxHashSet<u64> =
            hashes.iter().copied().filter(|h| !self.known.contains(h)).collect();
        self.known.extend(&new);
        if new.is_empty() {
            self.done.replaced += 1;
            return Ok(None);
        }
        if new.len() == hashes.len() {
            self.entries.push(live.entry);
            return Ok(None);
        }
        let mut gathered = Gathered::default();
        gathered.add(&live, None, work)?;
        let Gathered { union, kinds, mut recordings, remarks } = gathered;
        recordings.retain(|hashed| new.contains(&hashed.hash));
        let symbols = union.finish();
        let lookup = Lookup { symbols: &symbols, kinds: &kinds, remarks: &remarks };
        let block = self.writer.write(recordings, lookup, work)?;
        self.entries.push(block.entry.clone());
        Ok(Some(block))
    }
}

/// A block whose files are all as they were written.
fn whole(store: &Path, id: &str, work: Work<'_>) -> Result<Live, StoreError> {
    let path = store.join(BLOCKS).join(id).join(CONTENTS);
    let facts = Arc::new(BlockFacts::new(id, &[]));
    let damaged = |reason: String| Inconsistent::new(reason).in_block(&facts);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(damaged(format!("{CONTENTS} is missing")));
        }
        Err(error) => return Err(StoreError::io(&path, error)),
    };
    if sum_of(&bytes) == Sum::Wrong {
        return Err(damaged(format!("{CONTENTS} has other bytes than were written")));
    }
    let contents = serde_json::from_slice(&bytes)
        .map_err(|error| damaged(format!("{CONTENTS} cannot be understood: {error}")))?;
    let written = WrittenBlock::found(contents, &bytes);
    let entry = BlockEntry::new(id.to_owned(), written);
    let block = entry.block(store, &Arc::default(), &Arc::default());
    let is_checked = block.check_files(work).map_err(StoreError::lost);
    is_checked.map(|()| Live { block, entry })
}

/// A number above those of all blocks that were ever seen here.
fn next_number(store: &Path) -> Result<u64, StoreError> {
    let live = block_folders(store)?.into_iter().map(|(id, _)| id);
    let numbers = live.chain(names_in(&store.join(DROPPED))?).filter(|name| is_block_name(name));
    let last = numbers.filter_map(|name| name.parse::<u64>().ok()).max();
    Ok(last.unwrap_or(0).saturating_add(1))
}

/// The names in a folder, which may not be there.
fn names_in(folder: &Path) -> Result<Vec<String>, StoreError> {
    let name = |entry: std::io::Result<fs::DirEntry>| {
        Ok(entry?.file_name().to_string_lossy().into_owned())
    };
    let names = fs::read_dir(folder).and_then(|entries| entries.map(name).collect());
    match names {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        names => names.map_err(|error| StoreError::io(folder, error)),
    }
}

fn keep_manifest_aside(store: &Path) -> Result<(), StoreError> {
    let folder = store.join(DROPPED);
    let failed = |error| StoreError::io(&folder, error);
    durable::make_folder(&folder).map_err(failed)?;
    fs::rename(store.join(MANIFEST), folder.join(MANIFEST)).map_err(failed)?;
    durable::sync_folder(store)
}
