//! Names of labels and their values, for somebody who types.
//!
//! An editor waits a moment and no longer, but a large server may take seconds. So a request
//! goes on after the editor has given up, and the next key finds its answer. Names that are
//! a little old are better than none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::source::SourceError;
use crate::work::{Cancel, Unwatched, Work};

/// How long names count as new.
const FRESH: Duration = Duration::from_secs(60);
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at what has come.
const CHECK_INTERVAL: Duration = Duration::from_millis(5);

/// A profile type, and the label whose values are asked for; none asks for labels.
pub(super) type Wanted = (Arc<str>, Option<Arc<str>>);

/// Names, as the server's own or as values of a label.
pub(super) type NameSet = Arc<BTreeSet<Arc<str>>>;

/// What is known of names.
#[derive(Clone, Default)]
pub(super) struct EditorNames(Arc<Mutex<BTreeMap<Wanted, Known>>>);

#[derive(Default)]
struct Known {
    names: NameSet,
    at: Option<Instant>,
    /// A request is on its way.
    is_asked: bool,
}

impl Known {
    fn is_fresh(&self) -> bool {
        self.at.is_some_and(|at| at.elapsed() < FRESH)
    }
}

impl EditorNames {
    /// What is known when `work` ends, or when the answer to `ask` is there.
    pub(super) fn get(
        &self,
        wanted: &Wanted,
        work: Work<'_>,
        ask: impl FnOnce(Work<'_>) -> Result<BTreeSet<Arc<str>>, SourceError> + Send + 'static,
    ) -> NameSet {
        if self.must_ask(wanted) {
            let (names, wanted) = (self.clone(), wanted.clone());
            // Fails if there can be no more threads; then nothing is known yet.
            let _ = thread::Builder::new().name("names".to_owned()).spawn(move || {
                let cancel = Cancel::at(Instant::now() + PATIENCE);
                let found = ask(Work { cancel: &cancel, watch: &Unwatched });
                names.put(&wanted, found.ok());
            });
        }
        loop {
            let known =
                self.locked().get(wanted).map(|known| (known.names.clone(), known.is_asked));
            match known {
                Some((_, true)) if work.check().is_ok() => thread::sleep(CHECK_INTERVAL),
                known => return known.map(|(names, _)| names).unwrap_or_default(),
            }
        }
    }

    fn must_ask(&self, wanted: &Wanted) -> bool {
        let mut all = self.locked();
        let known = all.entry(wanted.clone()).or_default();
        let must_ask = !known.is_asked && !known.is_fresh();
        known.is_asked |= must_ask;
        must_ask
    }

    /// After a failure the old names stay.
    fn put(&self, wanted: &Wanted, found: Option<BTreeSet<Arc<str>>>) {
        let mut all = self.locked();
        let known = all.entry(wanted.clone()).or_default();
        known.is_asked = false;
        if let Some(found) = found {
            known.names = Arc::new(found);
            known.at = Some(Instant::now());
        }
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<Wanted, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
