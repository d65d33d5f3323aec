//! A store that grows all day: a block every few seconds, whose newest are merged again and
//! again into larger ones.
//!
//! `import` merges everything once there are many blocks. A `scrape` would then write the
//! whole store again every few minutes. Here [`TOGETHER`] neighbours of a size class become
//! one block of the next, so that a sample is written once for each class, as in a
//! log-structured merge tree (O'Neil and others, 1996).

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::compact::{Compaction, SAMPLES, compact, merge};
use super::error::StoreError;
use super::folder::SCRAPE;
use super::growth::Growth;
use super::lock::Lock;
use super::manifest::BlockEntry;
use super::writer::{Writer, unless_changed};
use crate::profile::{ProfileType, Symbols};
use crate::quantity::Span;
use crate::source::recording::Recording;
use crate::work::Work;

/// So many blocks of a class become one.
const TOGETHER: usize = 8;
/// Blocks with fewer samples are in the lowest class.
const SMALLEST: u64 = 4 << 10;

/// A store that one `scrape` fills, until it is dropped or its process ends. Others may import
/// and compact meanwhile.
#[derive(Debug)]
pub(in crate::source) struct Tail {
    store: PathBuf,
    lock: Lock,
}

impl Tail {
    /// Opens a store, which is created if it does not exist. Fails if another scrape fills it.
    pub(in crate::source) fn open(store: &Path, work: Work<'_>) -> Result<Tail, StoreError> {
        drop(Writer::open(store, &|| {}, work)?);
        Ok(Tail { store: store.to_owned(), lock: own(store)? })
    }

    /// Adds profiles as a block; the bytes that it takes.
    pub(in crate::source) fn add(
        &mut self,
        kinds: &[ProfileType],
        symbols: &Symbols,
        recordings: &[Recording],
        work: Work<'_>,
    ) -> Result<u64, StoreError> {
        unless_changed(|| {
            let mut writer = Writer::open(&self.store, &|| {}, work)?;
            Growth::of(&mut writer, work).add(kinds, symbols, recordings.to_vec())
        })
        .and_then(|bytes| self.keep_lock().map(|()| bytes))
    }

    /// Merges the newest blocks if there are many.
    pub(in crate::source) fn merge(&self, work: Work<'_>) -> Result<(), StoreError> {
        unless_changed(|| {
            let mut writer = Writer::open(&self.store, &|| {}, work)?;
            while let Some(run) = run(&writer.manifest.blocks) {
                merge(&mut writer, &run, None, work)?;
            }
            Ok(())
        })
    }

    /// Drops profiles that started longer ago than this before the end of the newest; their
    /// number.
    pub(in crate::source) fn keep(&self, keep: Span, work: Work<'_>) -> Result<u64, StoreError> {
        let wanted = Compaction { keep: Some(keep), without: Vec::new() };
        compact(&self.store, &wanted, &|| {}, work).map(|done| done.dropped)
    }

    /// Whoever removes the store removes the lock, too: the next block makes both anew.
    fn keep_lock(&mut self) -> Result<(), StoreError> {
        if !self.lock.is_held()? {
            self.lock = own(&self.store)?;
        }
        Ok(())
    }
}

fn own(store: &Path) -> Result<Lock, StoreError> {
    let scraped = || StoreError::Scraped { path: store.to_owned() };
    Lock::now(store, SCRAPE)?.ok_or_else(scraped)
}

/// The blocks that become one.
fn run(blocks: &[BlockEntry]) -> Option<Vec<BlockEntry>> {
    let mut newest_first: Vec<&BlockEntry> = blocks.iter().collect();
    newest_first.sort_by_key(|entry| std::cmp::Reverse((entry.start(), entry.end())));
    let sizes: Vec<u64> = newest_first.iter().map(|entry| entry.samples()).collect();
    let run = newest_first[rows(&sizes)?].iter().rev();
    Some(run.map(|entry| (*entry).clone()).collect())
}

/// Which blocks become one, by their samples, newest first: neighbours of which enough are in
/// one class, and the others in a lower one.
fn rows(sizes: &[u64]) -> Option<Range<usize>> {
    let factor = TOGETHER as u64;
    let classes = std::iter::successors(Some(SMALLEST), |class| Some(class * factor));
    classes.take_while(|class| *class <= SAMPLES).find_map(|class| {
        let least = if class == SMALLEST { 0 } else { class / factor };
        let start = sizes.iter().take_while(|size| **size < least).count();
        let length = sizes[start..].iter().take_while(|size| **size < class).count();
        let run = start..start + length;
        let of_class = sizes[run.clone()].iter().filter(|size| **size >= least).count();
        (of_class >= TOGETHER).then_some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_a_class_become_one_of_the_next() {
        assert_eq!(rows(&[]), None);
        assert_eq!(rows(&[10; 7]), None);
        assert_eq!(rows(&[10; 8]), Some(0..8));
        // The larger one ends the run of small ones, and is no eighth of its own class.
        assert_eq!(rows(&[10, 10, 5000, 10]), None);
        assert_eq!(rows(&[10, 5000, 5000, 5000, 5000, 5000, 5000, 5000]), None);
        // Newer small ones wait for their own turn; an older one goes with its neighbours.
        let mixed = [10, 5000, 5000, 5000, 7, 5000, 5000, 5000, 5000, 5000, 99_000];
        assert_eq!(rows(&mixed), Some(1..10));
        // A full block is never written again.
        assert_eq!(rows(&[SAMPLES; 100]), None);
    }

    /// A block of 500 samples a thousand times: how many blocks there are, and how often a
    /// sample is written.
    #[test]
    fn a_sample_is_written_a_few_times_and_blocks_stay_few() {
        let (mut sizes, mut written, mut most) = (Vec::new(), 0, 0);
        for _ in 0..1000 {
            sizes.insert(0, 500);
            written += 500;
            while let Some(run) = rows(&sizes) {
                let start = run.start;
                let merged = sizes.drain(run).sum();
                sizes.insert(start, merged);
                written += merged;
            }
            most = most.max(sizes.len());
        }
        assert_eq!(sizes.iter().sum::<u64>(), 500_000);
        assert!(most < 4 * TOGETHER, "{most} blocks");
        assert!(written < 6 * 500_000, "{written} samples written");
    }
}
