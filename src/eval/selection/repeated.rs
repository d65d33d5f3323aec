//! Results that are shown again when the same query runs again, within a limited amount of
//! memory.
//!
//! A query has the same result as before if its text, its variables and all settings are the
//! same, no other source was opened, and the sources would answer as before: a store has not
//! changed, and a server was asked about times that are over, or a moment ago. A query that
//! writes a file or uploads something has no kept result, nor has one that tells of requests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::eval::result::checked::Checked;
use crate::eval::result::value::Outcome;
use crate::eval::selection::scope::Bindings;
use crate::eval::selection::settings::Settings;
use crate::eval::selection::sources::Sources;
use crate::source::LruCache;

/// What a query gave.
#[derive(Debug, Clone)]
pub struct Shown {
    pub given: Given,
    /// In its view.
    pub outcome: Outcome,
    /// The asserts in it.
    pub asserts: Vec<Checked>,
}

/// The value of a query, as a variable holds it.
#[derive(Debug, Clone)]
pub enum Given {
    /// A selection; a variable holds its query.
    Profiles {
        grouped: bool,
    },
    Done(Arc<Outcome>),
}

/// What determines a result, besides the profiles.
pub struct Asked {
    text: String,
    bindings: Bindings,
}

impl Asked {
    /// `typed` is the query in its cell, `formatted` the same with the values of parameters.
    pub fn new(
        (typed, formatted): (&str, &str),
        bindings: &Bindings,
        settings: &Settings,
        sources: &Sources,
    ) -> Asked {
        let opened = sources.opened();
        let text = format!("{typed}\n{formatted}\n{settings:?}\n{opened}");
        let bindings = bindings.named_in(&format!("{typed} {formatted}"));
        Asked { text, bindings }
    }
}

/// The results of recent queries.
#[derive(Clone)]
pub struct RepeatedResults {
    kept: Arc<LruCache<String, Arc<Kept>>>,
    count: Arc<AtomicU64>,
}

struct Kept {
    bindings: Bindings,
    versions: Vec<u64>,
    /// None means as long as the versions are the same.
    until: Option<Instant>,
    shown: Shown,
}

/// In bytes: a few graphs.
const BUDGET: usize = 24 << 20;

impl Default for RepeatedResults {
    fn default() -> Self {
        RepeatedResults { kept: Arc::new(LruCache::within(BUDGET)), count: Arc::default() }
    }
}

impl fmt::Debug for RepeatedResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the results of recent queries")
    }
}

impl RepeatedResults {
    /// The result that running the query would give.
    pub fn get(&self, asked: &Asked, sources: &Sources) -> Option<Shown> {
        let kept = self.kept.get(&asked.text)?;
        let holds = kept.until.is_none_or(|until| Instant::now() < until)
            && kept.bindings.mean_the_same(&asked.bindings)
            && sources.versions().as_ref() == Some(&kept.versions);
        holds.then(|| kept.shown.clone())
    }

    /// Keeps a result of sources that had these versions before the query ran, and numbers it.
    pub fn put(
        &self,
        asked: Asked,
        (sources, before): (&Sources, Option<Vec<u64>>),
        mut shown: Shown,
    ) -> Shown {
        let until = sources.answers_until();
        let Some(versions) = before.filter(|before| sources.versions().as_ref() == Some(before))
        else {
            return shown;
        };
        let of_given = match &shown.given {
            Given::Profiles { .. } => 0,
            Given::Done(outcome) => outcome.bytes(),
        };
        let Asked { text, bindings } = asked;
        let bytes = text.len() + bindings.bytes() + of_given + shown.outcome.bytes();
        if bytes <= BUDGET {
            shown.outcome.header.number = Some(self.count.fetch_add(1, Ordering::Relaxed));
            let kept = Kept { bindings, versions, until, shown: shown.clone() };
            self.kept.put(text, Arc::new(kept), bytes);
        }
        shown
    }
}
