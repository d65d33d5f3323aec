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
use crate::profile::{Samples, Symbols};

/// In bytes: the samples of ten thousand profiles of 250 take 40 MB.
const BUDGET: usize = 64 << 20;

/// Decoded parts of blocks.
#[derive(Debug, Default)]
pub(super) struct Memory {
    rows: Mutex<Recent<RowsKey, Arc<Rows>>>,
    groups: Mutex<Recent<GroupKey, Samples>>,
    united: Mutex<Option<Arc<United>>>,
}

type RowsKey = (String, String, usize);

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
    pub(super) blocks: FxHashMap<u32, Renumbered>,
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
        wanted: &[u32],
        block: impl Fn(u32) -> Result<super::symbols::Names, StoreError>,
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
    clock: u64,
}

#[derive(Debug)]
struct Kept<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Recent { values: FxHashMap::default(), bytes: 0, clock: 0 }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Recent<K, V> {
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
        while self.bytes > BUDGET {
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
        let mut recent = Recent::default();
        for key in 0..4 {
            recent.put(key, key, BUDGET / 4);
        }
        assert_eq!(recent.get(&0), Some(0));
        recent.put(4, 4, BUDGET / 4);
        assert_eq!((recent.get(&0), recent.get(&1), recent.get(&4)), (Some(0), None, Some(4)));
        // Larger than all there is room for.
        recent.put(5, 5, BUDGET + 1);
        assert_eq!((recent.get(&5), recent.bytes), (None, 0));
    }
}
