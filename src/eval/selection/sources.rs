//! The open sources of a session, with what is remembered of their profiles.

use std::sync::Arc;

use crate::eval::selection::cumulative::Histories;
use crate::eval::selection::memory::SumCache;
use crate::source::Source;

/// What is open. The last one opened is the default.
#[derive(Clone, Default)]
pub struct Sources {
    open: Vec<Open>,
    histories: Arc<Histories>,
    added: Arc<SumCache>,
}

/// A source, and the name that `as` gave it.
#[derive(Clone)]
struct Open {
    alias: Option<Arc<str>>,
    source: Arc<dyn Source>,
}

impl Sources {
    /// The one that a selector without `from` asks.
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

    /// What was worked out of totals that only grow, for the next query.
    pub fn histories(&self) -> &Histories {
        &self.histories
    }

    /// What was added up of the snapshots of sources.
    pub fn added(&self) -> &Arc<SumCache> {
        &self.added
    }

    /// Opening a source again replaces what was open under the same name.
    pub fn open(&mut self, alias: Option<Arc<str>>, source: Arc<dyn Source>) {
        // They are of snapshots of what was open.
        (self.histories, self.added) = Default::default();
        self.open.retain(|known| {
            let same_source = alias.is_some() || known.source.name() == source.name();
            known.alias != alias || !same_source
        });
        self.open.push(Open { alias, source });
    }
}
