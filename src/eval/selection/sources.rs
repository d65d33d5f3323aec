//! The open sources of a session, and caches of their profiles.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::eval::selection::cumulative::Histories;
use crate::eval::selection::memory::SumCache;
use crate::source::Source;

/// The open sources; the last one opened is the default.
#[derive(Clone, Default)]
pub struct Sources {
    open: Vec<OpenSource>,
    histories: Arc<Histories>,
    added: Arc<SumCache>,
    /// The number of the last `use`, counted over all sessions.
    opened: u64,
}

/// A source and the name that `as` gave it.
#[derive(Clone)]
struct OpenSource {
    alias: Option<Arc<str>>,
    source: Arc<dyn Source>,
}

/// The name of a source as it is written after `use`: several patterns in quotes each.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace(", ", "\", \""))
}

impl OpenSource {
    fn closed(&self) -> String {
        let name = quoted(self.source.name());
        match &self.alias {
            Some(alias) => format!("{name}, which was {alias}, is closed"),
            None => format!("{name} is closed; `use {name} as old` would keep it"),
        }
    }

    fn staying(&self) -> String {
        let alias = self.alias.as_deref().unwrap_or_default();
        format!("{} stays open: `from {alias}`", quoted(self.source.name()))
    }
}

impl Sources {
    /// The default source, for a selector without `from`.
    pub fn newest(&self) -> Option<&dyn Source> {
        self.open.last().map(|open| &*open.source)
    }

    pub fn named(&self, name: &str) -> Option<&dyn Source> {
        let mut newest_first = self.open.iter().rev();
        let found = newest_first.find(|open| open.alias.as_deref() == Some(name));
        found.map(|open| &*open.source)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.open.iter().filter_map(|open| open.alias.as_deref())
    }

    /// Called before each cell, whose queries then have the same profiles.
    pub fn refresh(&self) {
        self.open.iter().for_each(|open| open.source.refresh());
    }

    /// A number that every `use` changes.
    pub fn opened(&self) -> u64 {
        self.opened
    }

    /// The versions of the open sources; none if one is not known.
    pub fn versions(&self) -> Option<Vec<u64>> {
        self.open.iter().map(|open| open.source.version()).collect()
    }

    /// Until when the answers hold that sources have given since the last call; none means
    /// for good.
    pub fn answers_until(&self) -> Option<Instant> {
        // All of them begin to note anew.
        let ends: Vec<_> = self.open.iter().map(|open| open.source.answers_until()).collect();
        ends.into_iter().flatten().min()
    }

    /// The cache of deltas.
    pub fn histories(&self) -> &Histories {
        &self.histories
    }

    /// The cache of sums.
    pub fn added(&self) -> &Arc<SumCache> {
        &self.added
    }

    /// Opens a source, which is the default from now on. One that no selection can name any
    /// more is closed: the default without a name, and what had the same name. Returns what
    /// became of the others, for people.
    pub fn open(&mut self, alias: Option<Arc<str>>, source: Arc<dyn Source>) -> Vec<String> {
        static OPENED: AtomicU64 = AtomicU64::new(1);
        self.opened = OPENED.fetch_add(1, Ordering::Relaxed);
        // The caches hold snapshots of the source that is replaced.
        (self.histories, self.added) = Default::default();
        let known = std::mem::take(&mut self.open);
        let (closed, open): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|known| known.alias.is_none() || known.alias == alias);
        let is_other = |known: &&OpenSource| known.source.name() != source.name();
        let closed = closed.iter().filter(is_other).map(OpenSource::closed);
        let notes = closed.chain(open.iter().map(OpenSource::staying)).collect();
        self.open = open;
        self.open.push(OpenSource { alias, source });
        notes
    }
}
