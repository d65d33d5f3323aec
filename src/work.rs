//! Cancellation and progress of long work.
//!
//! A query may read thousands of files. A function that does long work takes a [`Work`]. It
//! calls `check` once per chunk, which fails after an interrupt, and reports progress,
//! which becomes a progress bar in a cell or a line on a terminal. Uses no other module of
//! this crate.

mod buffer;
mod memory;

use std::cmp::Ordering as Order;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

pub use buffer::Buffer;
pub use memory::available;

use memory::MemoryLimit;

/// The user asked to stop, or a limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Cancelled;

/// A flag shared by the thread that works and the one that receives the interrupt.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    requested: Arc<AtomicBool>,
    deadline: Option<Instant>,
    memory: Option<Arc<MemoryLimit>>,
}

impl Cancel {
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the work at a deadline.
    pub fn at(deadline: Instant) -> Self {
        Cancel { deadline: Some(deadline), ..Cancel::default() }
    }

    /// The same, and it also cancels work for which the process takes so many bytes more
    /// than now.
    #[must_use]
    pub fn within(&self, bytes: u64) -> Self {
        Cancel { memory: Some(Arc::new(MemoryLimit::above_now(bytes))), ..self.clone() }
    }

    /// Whether the work was cancelled because it took too much memory.
    pub fn is_out_of_memory(&self) -> bool {
        self.memory.as_ref().is_some_and(|limit| limit.is_exceeded())
    }

    /// Stops the work at its next check.
    pub fn cancel(&self) {
        self.requested.store(true, Ordering::Relaxed);
    }

    /// Withdraws an earlier request; called between cells.
    pub fn reset(&self) {
        self.requested.store(false, Ordering::Relaxed);
    }

    /// Fails after a request to stop, after the deadline, and over the limit of memory.
    pub fn check(&self) -> Result<(), Cancelled> {
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let stops = late || self.requested.load(Ordering::Relaxed) || self.is_out_of_memory();
        if stops { Err(Cancelled) } else { Ok(()) }
    }
}

/// The progress of a piece of work.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The activity: "reading profiles".
    pub what: &'static str,
    /// The plural noun of what is counted: "files".
    pub unit: &'static str,
    pub done: u64,
    pub total: u64,
}

/// Receives progress. It is called often and from several threads: implementations throttle
/// it, and show nothing for work that ends within 300 ms.
pub trait Watch: Sync {
    fn progress(&self, progress: &Progress);
}

/// Ignores progress.
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: &Progress) {}
}

/// The argument of every long operation.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    pub cancel: &'a Cancel,
    pub watch: &'a dyn Watch,
}

/// A step for one item takes less than a few microseconds.
const ITEMS: usize = 4096;

impl Work<'static> {
    /// Work that nobody watches or stops.
    pub fn unattended() -> Work<'static> {
        static NEVER: LazyLock<Cancel> = LazyLock::new(Cancel::new);
        Work { cancel: &NEVER, watch: &Unwatched }
    }
}

impl<'a> Work<'a> {
    pub fn check(&self) -> Result<(), Cancelled> {
        self.cancel.check()
    }

    /// Takes a short step for each of very many items, and checks now and then.
    pub fn each<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        mut step: impl FnMut(T),
    ) -> Result<(), Cancelled> {
        let mut steps = self.steps();
        for item in items {
            steps.take()?;
            step(item);
        }
        Ok(())
    }

    /// Collects very many items, each of which takes a short step.
    pub fn collect<T>(&self, items: impl IntoIterator<Item = T>) -> Result<Vec<T>, Cancelled> {
        let items = items.into_iter();
        let mut collected = Vec::with_capacity(items.size_hint().0);
        self.each(items, |item| collected.push(item))?;
        Ok(collected)
    }

    /// Sorts very many items, as `sort_by` of a slice does.
    pub fn sort_by<T>(
        &self,
        items: &mut [T],
        mut compare: impl FnMut(&T, &T) -> Order,
    ) -> Result<(), Cancelled> {
        /// So many are sorted in one step.
        const RUN: usize = 1 << 16;
        // Runs are sorted, then pairs of runs merged: the sort of the standard library takes
        // one pass to merge two sorted runs.
        let mut run = RUN;
        loop {
            for items in items.chunks_mut(run) {
                self.check()?;
                items.sort_by(&mut compare);
            }
            if run >= items.len() {
                return Ok(());
            }
            run *= 2;
        }
    }

    /// Counts the short steps of loops in loops.
    pub fn steps(&self) -> Steps<'a> {
        Steps { work: *self, taken: 0 }
    }
}

/// Short steps of one piece of work, of which some check.
pub struct Steps<'a> {
    work: Work<'a>,
    taken: usize,
}

impl Steps<'_> {
    /// Called before each step.
    pub fn take(&mut self) -> Result<(), Cancelled> {
        if self.taken.is_multiple_of(ITEMS) {
            self.work.check()?;
        }
        self.taken += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_short_steps_end_soon_after_a_request() {
        let cancel = Cancel::new();
        let work = Work { cancel: &cancel, watch: &Unwatched };
        let mut taken = 0;
        let ended = work.each(0..10 * ITEMS, |nth| {
            taken += 1;
            if nth == ITEMS + 1 {
                cancel.cancel();
            }
        });
        assert_eq!((ended, taken), (Err(Cancelled), 2 * ITEMS));
        cancel.reset();
        assert_eq!(work.each(0..3 * ITEMS, |_| taken += 1), Ok(()));
        assert_eq!(taken, 5 * ITEMS);
    }

    #[test]
    fn many_items_are_sorted_as_by_the_standard_library_or_not_to_the_end() {
        let cancel = Cancel::new();
        let work = Work { cancel: &cancel, watch: &Unwatched };
        // Many are equal, so that their order shows whether the sort is stable.
        let items: Vec<(u32, u32)> =
            (0..300_000u32).map(|nth| (nth.wrapping_mul(2_654_435_761) >> 20, nth)).collect();
        let (mut ours, mut theirs) = (items.clone(), items);
        assert_eq!(work.sort_by(&mut ours, |a, b| b.0.cmp(&a.0)), Ok(()));
        theirs.sort_by_key(|item| std::cmp::Reverse(item.0));
        assert_eq!(ours, theirs);
        cancel.cancel();
        assert_eq!(work.sort_by(&mut ours, |a, b| a.cmp(b)), Err(Cancelled));
    }
}
