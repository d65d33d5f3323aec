//! The names of a session, for editors.
//!
//! Worked out anew for each question, from what is in memory: a question comes
//! once per key, and the names change with every cell. Counts stop early on
//! large sources: an order that is good enough now beats the right one later.

use std::collections::HashMap;
use std::sync::Arc;

use super::Names;
use crate::eval::session::Session;
use crate::lang::Scope;
use crate::lang::types::Type;
use crate::profile::kind::short_names;
use crate::profile::{Snapshot, Symbols};
use crate::source::{Request, Source};
use crate::work::{Cancel, Unwatched, Work};

/// Samples that are looked at for one answer.
const SAMPLES: usize = 2_000_000;

/// What editors may know of a session.
pub struct SessionNames<'a> {
    session: &'a Session,
}

impl<'a> SessionNames<'a> {
    pub fn new(session: &'a Session) -> Self {
        SessionNames { session }
    }

    fn source(&self) -> Option<&dyn Source> {
        self.session.sources.newest()
    }

    /// Visits the snapshots of every type until enough samples have been seen.
    fn visit(&self, mut visit: impl FnMut(&Snapshot, &Symbols)) {
        let cancel = Cancel::new();
        let work = Work { cancel: &cancel, watch: &Unwatched };
        let Some(source) = self.source() else { return };
        let mut seen = 0;
        for kind in source.types() {
            let Ok(selection) = source.select(&Request { kind, matchers: &[], window: None }, work)
            else {
                continue;
            };
            for snapshot in &selection.snapshots {
                visit(snapshot, &selection.symbols);
                seen += snapshot.samples.len() + 1;
                if seen > SAMPLES {
                    return;
                }
            }
        }
    }
}

impl Scope for SessionNames<'_> {
    fn variable(&self, name: &str) -> Option<Type> {
        self.session.variable(name)
    }

    fn variables(&self) -> Vec<String> {
        self.session.variables()
    }
}

impl Names for SessionNames<'_> {
    fn profile_types(&self) -> Vec<String> {
        short_names(self.source().map(Source::types).unwrap_or_default())
    }

    fn labels(&self) -> Vec<String> {
        let mut weights = HashMap::<Arc<str>, usize>::new();
        self.visit(|snapshot, symbols| {
            for (name, _) in snapshot.labels.iter() {
                *weights.entry(name.clone()).or_default() += snapshot.samples.len() + 1;
            }
            for tags in snapshot.samples.tags.iter() {
                for (name, _) in symbols.tags(*tags).iter() {
                    *weights.entry(name.clone()).or_default() += 1;
                }
            }
        });
        heaviest_first(weights)
    }

    fn values(&self, label: &str) -> Vec<String> {
        let mut weights = HashMap::<Arc<str>, usize>::new();
        self.visit(|snapshot, symbols| {
            if let Some(value) = snapshot.labels.get(label) {
                *weights.entry(value.clone()).or_default() += snapshot.samples.len() + 1;
                return;
            }
            for tags in snapshot.samples.tags.iter() {
                if let Some(value) = symbols.tags(*tags).get(label) {
                    *weights.entry(value.clone()).or_default() += 1;
                }
            }
        });
        heaviest_first(weights)
    }

    fn functions(&self) -> Vec<String> {
        let mut weights = HashMap::<Arc<str>, usize>::new();
        self.visit(|snapshot, symbols| {
            for stack in snapshot.samples.stacks.iter() {
                for frame in symbols.stacks.path(*stack) {
                    *weights.entry(symbols.frame_name(frame).clone()).or_default() += 1;
                }
            }
        });
        heaviest_first(weights)
    }

    fn sources(&self) -> Vec<String> {
        self.session.sources.names().map(str::to_owned).collect()
    }
}

/// Ties in the order of the alphabet.
fn heaviest_first(weights: HashMap<Arc<str>, usize>) -> Vec<String> {
    let mut names: Vec<(Arc<str>, usize)> = weights.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    names.into_iter().map(|(name, _)| name.to_string()).collect()
}
