//! A store as one manifest describes it. Queries read from it; the store makes the next one
//! when the manifest was replaced.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::block::Block;
use super::error::StoreError;
use super::folder::{MANIFEST, block_folders};
use super::manifest::{BlockEntry, Manifest, Stamp};
use super::memory::Memory;
use crate::profile::ProfileType;

/// How often a manifest is read again while others replace it.
const ATTEMPTS: usize = 100;

/// The live blocks, held against removal, and what was read of them.
#[derive(Debug)]
pub(super) struct State {
    pub(super) store: PathBuf,
    /// That of the manifest.
    pub(super) stamp: Stamp,
    /// Sorted by id.
    pub(super) kinds: Vec<ProfileType>,
    pub(super) blocks: Vec<Arc<Live>>,
    /// Shared by all states of a store, and told by this number which of them asks.
    pub(super) memory: Arc<Memory>,
    pub(super) number: u64,
}

/// A block, and its entry in the manifest.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) entry: BlockEntry,
    pub(super) block: Block,
}

impl State {
    /// Reads the manifest and compares it with each block. Blocks of the state before need
    /// not be read again.
    pub(super) fn read(store: &Path, before: Option<&State>) -> Result<State, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some((manifest, stamp)) = Manifest::read(store)? else {
                return Err(absent(store));
            };
            let state = State::new(store, manifest, stamp, before)?;
            state.check_blocks()?;
            // If this is still the manifest, nobody has removed a block before it was held.
            if Stamp::of(store)? == stamp {
                return Ok(state);
            }
        }
        Err(StoreError::Changed { path: store.to_owned() })
    }

    fn new(
        store: &Path,
        manifest: Manifest,
        stamp: Stamp,
        before: Option<&State>,
    ) -> Result<State, StoreError> {
        // A `FirstSample` has sixteen bits for each; a merged store has few.
        let most = u16::MAX as usize;
        if manifest.blocks.len().max(manifest.most_shapes()) > most {
            let reason = format!("more than {most} blocks, or sets of types in one");
            return Err(StoreError::Manifest { path: store.join(MANIFEST), reason });
        }
        let (images, holds) = (Arc::default(), Arc::default());
        let known = before.map_or(&[][..], |before| &before.blocks);
        let live = |entry: BlockEntry| match known.iter().find(|live| live.entry == entry) {
            Some(known) => known.clone(),
            None => Arc::new(Live { block: entry.block(store, &images, &holds), entry }),
        };
        let blocks: Vec<Arc<Live>> = manifest.blocks.into_iter().map(live).collect();
        let shapes = blocks.iter().flat_map(|live| &live.entry.shapes);
        let ids: BTreeSet<&String> = shapes.flat_map(|shape| &shape.types).collect();
        let kinds = ids.into_iter().filter_map(|id| ProfileType::from_id(id)).collect();
        let (memory, number) = before
            .map_or_else(Default::default, |before| (before.memory.clone(), before.number + 1));
        Ok(State { store: store.to_owned(), stamp, kinds, blocks, memory, number })
    }

    /// Opens each block. One that cannot be read stops only the queries that need it.
    fn check_blocks(&self) -> Result<(), StoreError> {
        for Live { entry, block } in self.blocks.iter().map(|live| &**live) {
            if block.contents().is_ok_and(|contents| contents.shapes != entry.shapes) {
                let reason = format!("it contradicts block.json of block {}", entry.id);
                return Err(StoreError::Manifest { path: self.store.join(MANIFEST), reason });
            }
        }
        Ok(())
    }

    /// What an error while reading this state means: a file that is gone was lost if the
    /// manifest is still the same.
    pub(super) fn settled(&self, error: StoreError) -> StoreError {
        match error {
            gone @ StoreError::Gone { .. } => match Stamp::of(&self.store) {
                Ok(stamp) if stamp == self.stamp => gone.lost(),
                Ok(_) => StoreError::Changed { path: self.store.clone() },
                Err(error) => error,
            },
            other => other,
        }
    }
}

/// Why there is nothing to read in a folder.
fn absent(store: &Path) -> StoreError {
    match block_folders(store) {
        Ok(folders) if folders.is_empty() => StoreError::Missing { path: store.to_owned() },
        Ok(_) => StoreError::NoManifest { path: store.to_owned() },
        Err(error) => error,
    }
}
