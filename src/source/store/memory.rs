//! What a session keeps of a store between queries, within a budget.
//!
//! The second question about the same profiles finds them decoded. What was not
//! asked for longest goes first; a kernel with a large store open and nothing to do
//! holds no more than the budget.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::StoreError;
use super::block::{Block, Rows, Shape};
use super::shelf::Part;
use super::symbols::{Renumbered, Union};
use crate::profile::{Samples, Snapshot, Symbols};
use crate::source::{Request, SourceError};

/// In bytes, for samples: those of ten thousand profiles of 250 take 40 MB.
const SAMPLES: usize = 44 << 20;
/// For times and totals of profiles.
const PROFILES: usize = 12 << 20;

/// Decoded parts of blocks, and what was asked last.
#[derive(Debug)]
pub(super) struct Memory {
    rows: Mutex<Recent<RowsKey, Arc<Rows>>>,
    groups: Mutex<Recent<GroupKey, Samples>>,
    united: Mutex<Option<Arc<United>>>,
    answers: Mutex<Recent<String, Answer>>,
    readings: Mutex<Recent<usize, Remembered>>,
}

type RowsKey = (String, String, usize);

/// The profiles that a request selects, before their samples are read.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) snapshots: Arc<[Snapshot]>,
    /// Whether a matcher must be tested on samples.
    pub(super) by_samples: bool,
}

/// What was read for some snapshots.
#[derive(Debug, Clone)]
struct Remembered {
    /// Kept, so that no others come to lie at their address.
    _unread: Arc<[Snapshot]>,
    reading: Reading,
}

/// Profiles with their samples, and what these refer to.
pub(super) type Reading = (Symbols, Arc<[Snapshot]>);

impl Default for Memory {
    fn default() -> Self {
        Memory {
            rows: Recent::within(PROFILES),
            groups: Recent::within(SAMPLES),
            united: Mutex::default(),
            answers: Recent::within(PROFILES),
            // Cut from the groups, as long as these are kept.
            readings: Recent::within(SAMPLES),
        }
    }
}

/// A row group of samples: of which file, the position of the type, the group, and the
/// union whose numbers it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct GroupKey {
    pub(super) part: Part,
    pub(super) position: usize,
    pub(super) group: usize,
    pub(super) union: u64,
}

/// The names of some blocks as one.
#[derive(Debug)]
pub(super) struct United {
    /// No two unions of a store have the same.
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
        let key = (block.id.clone(), shape.name.clone(), position);
        if let Some(known) = locked(&self.rows).get(&key) {
            return Ok(known);
        }
        let rows = Arc::new(block.rows(shape, &shape.columns[position])?);
        locked(&self.rows).put(key, rows.clone(), rows.starts.len() * size_of::<[u64; 4]>());
        Ok(rows)
    }

    /// The answer to the same request before, or that of `find`.
    pub(super) fn answer(
        &self,
        request: &Request<'_>,
        find: impl FnOnce() -> Result<Answer, SourceError>,
    ) -> Result<Answer, SourceError> {
        let key = format!("{} {:?} {:?}", request.kind.id, request.matchers, request.window);
        if let Some(known) = locked(&self.answers).get(&key) {
            return Ok(known);
        }
        let answer = find()?;
        let bytes = size_of_val(&*answer.snapshots);
        locked(&self.answers).put(key, answer.clone(), bytes);
        Ok(answer)
    }

    /// What was read for the very same snapshots before, or what `read` gives.
    pub(super) fn reading(
        &self,
        snapshots: &Arc<[Snapshot]>,
        read: impl FnOnce() -> Result<Reading, StoreError>,
    ) -> Result<Reading, StoreError> {
        let key = snapshots.as_ptr().addr();
        if let Some(known) = locked(&self.readings).get(&key) {
            return Ok(known.reading);
        }
        let reading = read()?;
        let samples: usize = snapshots.iter().map(|snapshot| snapshot.n_samples as usize).sum();
        let bytes = samples * size_of::<[u64; 2]>() + 2 * size_of_val(&**snapshots);
        let remembered = Remembered { _unread: snapshots.clone(), reading: reading.clone() };
        locked(&self.readings).put(key, remembered, bytes);
        Ok(reading)
    }

    pub(super) fn group(
        &self,
        key: GroupKey,
        read: impl FnOnce() -> Result<Samples, StoreError>,
    ) -> Result<Samples, StoreError> {
        if let Some(known) = locked(&self.groups).get(&key) {
            return Ok(known);
        }
        let samples = read()?;
        locked(&self.groups).put(key, samples.clone(), samples.len() * size_of::<[u64; 2]>());
        Ok(samples)
    }

    /// The names of these blocks; those of the last query if they hold them all.
    pub(super) fn united(
        &self,
        wanted: &[u16],
        block: impl Fn(u16) -> Result<super::symbols::Names, StoreError>,
    ) -> Result<Arc<United>, StoreError> {
        let mut last = locked(&self.united);
        if let Some(known) = last.as_ref()
            && wanted.iter().all(|number| known.blocks.contains_key(number))
        {
            return Ok(known.clone());
        }
        let mut union = Union::default();
        let mut blocks = FxHashMap::default();
        for number in wanted {
            blocks.insert(*number, union.add(&block(*number)?)?);
        }
        let number = last.as_ref().map_or(0, |last| last.number + 1);
        let united = Arc::new(United { number, symbols: union.finish(), blocks });
        *last = Some(united.clone());
        Ok(united)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Values by key, the most recently used ones that fit into the budget.
#[derive(Debug)]
struct Recent<K, V> {
    values: FxHashMap<K, Kept<V>>,
    bytes: usize,
    budget: usize,
    clock: u64,
}

#[derive(Debug)]
struct Kept<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Clone + Eq + Hash, V: Clone> Recent<K, V> {
    fn within(budget: usize) -> Mutex<Recent<K, V>> {
        Mutex::new(Recent { values: FxHashMap::default(), bytes: 0, budget, clock: 0 })
    }

    fn get(&mut self, key: &K) -> Option<V> {
        self.clock += 1;
        let kept = self.values.get_mut(key)?;
        kept.used = self.clock;
        Some(kept.value.clone())
    }

    fn put(&mut self, key: K, value: V, bytes: usize) {
        self.clock += 1;
        self.bytes += bytes;
        let kept = Kept { value, bytes, used: self.clock };
        if let Some(replaced) = self.values.insert(key, kept) {
            self.bytes -= replaced.bytes;
        }
        while self.bytes > self.budget {
            let oldest = self.values.iter().min_by_key(|(_, kept)| kept.used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            self.bytes -= self.values.remove(&key).map_or(0, |kept| kept.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_is_kept() {
        let recent = Recent::within(100);
        let mut recent = locked(&recent);
        for key in 0..4 {
            recent.put(key, key, 25);
        }
        assert_eq!(recent.get(&0), Some(0));
        recent.put(4, 4, 25);
        assert_eq!((recent.get(&0), recent.get(&1), recent.get(&4)), (Some(0), None, Some(4)));
        // Larger than all there is room for.
        recent.put(5, 5, 101);
        assert_eq!((recent.get(&5), recent.bytes), (None, 0));
    }
}
