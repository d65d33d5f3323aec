//! LRU caches of a store, bounded in bytes, between queries.
//!
//! A second query on the same profiles finds them decoded. An idle kernel with a large
//! store open holds no more than these caches.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::block::{Block, Rows};
use super::error::StoreError;
use super::first_sample::SamplesFile;
use super::shape::Shape;
use super::symbols::{Renumbered, Union};
use crate::profile::{Samples, Snapshot, Symbols};
use crate::source::{LruCache, Readings, Request, SourceError};

/// In bytes, for samples: those of ten thousand profiles of 250 take 40 MB.
const SAMPLES: usize = 44 << 20;
/// For times and totals of profiles.
const PROFILES: usize = 12 << 20;

/// Decoded parts of blocks, and the answers to recent requests.
#[derive(Debug)]
pub(super) struct Memory {
    rows: LruCache<RowsKey, Arc<Rows>>,
    groups: LruCache<GroupKey, Samples>,
    united: Mutex<Option<Arc<United>>>,
    answers: LruCache<String, Answer>,
    pub(super) readings: Readings,
}

type RowsKey = (String, String, usize);

/// The profiles that a request selects, before their samples are read.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) snapshots: Arc<[Snapshot]>,
    /// Whether a matcher must be tested on samples.
    pub(super) by_samples: bool,
}

impl Default for Memory {
    fn default() -> Self {
        Memory {
            rows: LruCache::within(PROFILES),
            groups: LruCache::within(SAMPLES),
            united: Mutex::default(),
            answers: LruCache::within(PROFILES),
            // They share memory with the groups while these are kept.
            readings: Readings::within(SAMPLES),
        }
    }
}

/// A row group of samples: its file, the position of the type, the group, and the union
/// that numbers its stacks and labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct GroupKey {
    pub(super) file: SamplesFile,
    pub(super) position: usize,
    pub(super) group: usize,
    pub(super) union: u64,
}

/// The symbols of several blocks as one.
#[derive(Debug)]
pub(super) struct United {
    /// Of the state whose blocks are numbered here.
    state: u64,
    /// Different for each union of a store.
    pub(super) number: u64,
    pub(super) symbols: Symbols,
    /// By the number of the block.
    pub(super) blocks: FxHashMap<u16, Renumbered>,
}

impl Memory {
    pub(super) fn rows(
        &self,
        block: &Block,
        shape: &Shape,
        position: usize,
    ) -> Result<Arc<Rows>, StoreError> {
        let key = (block.facts.id.clone(), shape.name.clone(), position);
        if let Some(known) = self.rows.get(&key) {
            return Ok(known);
        }
        let rows = Arc::new(block.rows(shape, &shape.columns[position])?);
        self.rows.put(key, rows.clone(), rows.starts.len() * size_of::<[u64; 4]>());
        Ok(rows)
    }

    /// The kept answer to the same request to the same state, or that of `find`.
    pub(super) fn answer(
        &self,
        state: u64,
        request: &Request<'_>,
        find: impl FnOnce() -> Result<Answer, SourceError>,
    ) -> Result<Answer, SourceError> {
        let key =
            format!("{state} {} {:?} {:?}", request.kind.id, request.matchers, request.window);
        if let Some(known) = self.answers.get(&key) {
            return Ok(known);
        }
        let answer = find()?;
        let bytes = size_of_val(&*answer.snapshots);
        self.answers.put(key, answer.clone(), bytes);
        Ok(answer)
    }

    pub(super) fn group(
        &self,
        key: GroupKey,
        read: impl FnOnce() -> Result<Samples, StoreError>,
    ) -> Result<Samples, StoreError> {
        if let Some(known) = self.groups.get(&key) {
            return Ok(known);
        }
        let samples = read()?;
        self.groups.put(key, samples.clone(), samples.len() * size_of::<[u64; 2]>());
        Ok(samples)
    }

    /// The symbols of these blocks; those of the last query if they cover all blocks.
    pub(super) fn united<'b>(
        &self,
        state: u64,
        wanted: &[u16],
        block: impl Fn(u16) -> &'b Block,
    ) -> Result<Arc<United>, StoreError> {
        let mut last = self.united.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.as_ref()
            && known.state == state
            && wanted.iter().all(|number| known.blocks.contains_key(number))
        {
            return Ok(known.clone());
        }
        let mut union = Union::default();
        let mut blocks = FxHashMap::default();
        for number in wanted {
            let block = block(*number);
            blocks.insert(*number, block.consistent(union.add(&block.names()?))?);
        }
        let number = last.as_ref().map_or(0, |last| last.number + 1);
        let united = Arc::new(United { state, number, symbols: union.finish(), blocks });
        *last = Some(united.clone());
        Ok(united)
    }
}
