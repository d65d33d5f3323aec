//! The open sources of a session, and caches of their profiles.

use std::sync::Arc;

use crate::eval::selection::cumulative::Histories;
use crate::eval::selection::memory::SumCache;
use crate::source::Source;

/// The open sources; the last one opened is the default.
#[derive(Clone, Default)]
pub struct Sources {
    open: Vec<OpenSource>,
    histories: Arc<Histories>,
    added: Arc<SumCache>,
}

/// A source and the name that `as` gave it.
#[derive(Clone)]
struct OpenSource {
    alias: Option<Arc<str>>,
    source: Arc<dyn Source>,
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

    /// The cache of deltas.
    pub fn histories(&self) -> &Histories {
        &self.histories
    }

    /// The cache of sums.
    pub fn added(&self) -> &Arc<SumCache> {
        &self.added
    }

    /// Opening a source again replaces what was open under the same name.
    pub fn open(&mut self, alias: Option<Arc<str>>, source: Arc<dyn Source>) {
        // The caches hold snapshots of the source that is replaced.
        (self.histories, self.added) = Default::default();
        self.open.retain(|known| {
            let same_source = alias.is_some() || known.source.name() == source.name();
            known.alias != alias || !same_source
        });
        self.open.push(OpenSource { alias, source });
    }
}
