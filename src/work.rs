//! Long work: how it is watched and how it is stopped.
//!
//! A query may read thousands of files. Whoever does such work takes a [`Work`]:
//! it asks `check` once per chunk, which fails after an interrupt, and reports
//! how far it is, which becomes a progress bar in a cell or a line on a terminal.
//! This module knows neither; it depends on nothing of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The user asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Cancelled;

/// A flag shared between the thread that works and the one that hears the interrupt.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    asked: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Cancel {
    pub fn new() -> Self {
        Self::default()
    }

    /// For work that nobody waits for any longer than this.
    pub fn at(deadline: Instant) -> Self {
        Cancel { deadline: Some(deadline), ..Cancel::default() }
    }

    /// Asks the work to stop at its next check.
    pub fn cancel(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Forgets an earlier request; called before each cell.
    pub fn reset(&self) {
        self.asked.store(false, Ordering::Relaxed);
    }

    /// Fails once the work has been asked to stop, or is past its deadline.
    pub fn check(&self) -> Result<(), Cancelled> {
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if late || self.asked.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }
}

/// How far a piece of work has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What is being done, in the present participle: "reading profiles".
    pub what: &'static str,
    /// What is counted: "files".
    pub unit: &'static str,
    pub done: u64,
    pub total: u64,
}

/// Hears of progress. Called often and from several threads: an implementation
/// throttles, and shows nothing for work that ends within 300 ms.
pub trait Watch: Sync {
    fn progress(&self, progress: &Progress);
}

/// Watches nothing.
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: &Progress) {}
}

/// What every long operation is handed.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    pub cancel: &'a Cancel,
    pub watch: &'a dyn Watch,
}

impl Work<'_> {
    pub fn check(&self) -> Result<(), Cancelled> {
        self.cancel.check()
    }
}
