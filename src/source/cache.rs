//! LRU caches bounded in bytes, for what is kept between queries.
//!
//! The value that was not used for the longest time is dropped first. Nothing here knows
//! what the values are; `store::memory` and `eval` keep theirs in these.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustc_hash::FxHashMap;

use crate::profile::{Snapshot, Symbols};

/// Values by key: the most recently used ones that fit into the budget.
#[derive(Debug)]
pub struct LruCache<K, V>(Mutex<Values<K, V>>);

#[derive(Debug)]
struct Values<K, V> {
    kept: FxHashMap<K, Kept<V>>,
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

impl<K: Clone + Eq + Hash, V: Clone> LruCache<K, V> {
    /// With room for this many bytes.
    pub fn within(budget: usize) -> LruCache<K, V> {
        let kept = FxHashMap::default();
        LruCache(Mutex::new(Values { kept, bytes: 0, budget, clock: 0 }))
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let mut values = self.locked();
        values.clock += 1;
        let clock = values.clock;
        let kept = values.kept.get_mut(key)?;
        kept.used = clock;
        Some(kept.value.clone())
    }

    pub fn put(&self, key: K, value: V, bytes: usize) {
        self.locked().put(key, value, bytes);
    }

    fn locked(&self) -> MutexGuard<'_, Values<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash, V> Values<K, V> {
    fn put(&mut self, key: K, value: V, bytes: usize) {
        self.clock += 1;
        self.bytes += bytes;
        let kept = Kept { value, bytes, used: self.clock };
        if let Some(replaced) = self.kept.insert(key, kept) {
            self.bytes -= replaced.bytes;
        }
        while self.bytes > self.budget {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            self.bytes -= self.kept.remove(&key).map_or(0, |kept| kept.bytes);
        }
    }
}

/// Profiles with their samples, and what these refer to.
pub type Reading = (Symbols, Arc<[Snapshot]>);

/// Results computed from snapshots, found again by the snapshots' address and by a key.
#[derive(Debug)]
pub struct SnapshotCache<K, V>(LruCache<(usize, K), Of<V>>);

#[derive(Debug, Clone)]
struct Of<V> {
    /// No other snapshots can lie at this address while this lives; their samples may go.
    _snapshots: Weak<[Snapshot]>,
    value: V,
}

impl<K: Clone + Eq + Hash, V: Clone> SnapshotCache<K, V> {
    pub fn within(budget: usize) -> SnapshotCache<K, V> {
        SnapshotCache(LruCache::within(budget))
    }

    /// The result kept for the very same snapshots, or that of `make`. `bytes` is the size
    /// of the result without the snapshots themselves, which many results share.
    pub fn get_or<E>(
        &self,
        snapshots: &Arc<[Snapshot]>,
        key: K,
        bytes: impl FnOnce(&V) -> usize,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        let key = (snapshots.as_ptr().addr(), key);
        if let Some(known) = self.0.get(&key) {
            return Ok(known.value);
        }
        let value = make()?;
        let bytes = bytes(&value);
        let of = Of { _snapshots: Arc::downgrade(snapshots), value: value.clone() };
        self.0.put(key, of, bytes);
        Ok(value)
    }
}

/// Snapshots with their samples, kept by the snapshots they were read for.
#[derive(Debug)]
pub struct Readings(SnapshotCache<(), Reading>);

impl Readings {
    pub fn within(budget: usize) -> Readings {
        Readings(SnapshotCache::within(budget))
    }

    /// What was read for the very same snapshots before, or what `read` returns.
    pub fn reading<E>(
        &self,
        snapshots: &Arc<[Snapshot]>,
        read: impl FnOnce() -> Result<Reading, E>,
    ) -> Result<Reading, E> {
        let bytes = |(_, read): &Reading| {
            let samples: usize = read.iter().map(|snapshot| snapshot.n_samples as usize).sum();
            samples * size_of::<[u64; 2]>() + 2 * size_of_val(&**read)
        };
        self.0.get_or(snapshots, (), bytes, read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_is_kept() {
        let cache = LruCache::within(100);
        for key in 0..4 {
            cache.put(key, key, 25);
        }
        assert_eq!(cache.get(&0), Some(0));
        cache.put(4, 4, 25);
        assert_eq!((cache.get(&0), cache.get(&1), cache.get(&4)), (Some(0), None, Some(4)));
        // Larger than all there is room for.
        cache.put(5, 5, 101);
        assert_eq!((cache.get(&5), cache.locked().bytes), (None, 0));
    }
}
