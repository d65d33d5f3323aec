//! Samples: what was measured, as columns that refer to [`Symbols`].

use std::collections::BTreeSet;
use std::sync::Arc;

use super::label::Labels;
use super::stack::StackId;
use super::symbols::{Symbols, TagsId};
use crate::quantity::{Span, Timestamp, Window};

/// The samples of one snapshot, three columns of the same length. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    pub stacks: Arc<[StackId]>,
    pub tags: Arc<[TagsId]>,
    pub values: Arc<[i64]>,
}

impl Samples {
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (StackId, TagsId, i64)> {
        self.stacks
            .iter()
            .zip(self.tags.iter())
            .zip(self.values.iter())
            .map(|((s, t), v)| (*s, *t, *v))
    }

    pub fn total(&self) -> i64 {
        self.values.iter().fold(0, |sum, value| sum.saturating_add(*value))
    }
}

/// One profile, seen as one of its types.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The labels of the series it belongs to.
    pub labels: Labels,
    pub start: Timestamp,
    /// Zero for a snapshot of an instant, such as a heap profile.
    pub duration: Span,
    pub samples: Samples,
}

impl Snapshot {
    /// From the start to the end of the recording; an instant has one nanosecond.
    pub fn window(&self) -> Window {
        Window { start: self.start, end: self.start.plus(Span(self.duration.0.max(1))) }
    }
}

/// The names of all labels of these snapshots: of their series and of their samples.
pub fn label_names(snapshots: &[Snapshot], symbols: &Symbols) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    let mut last: Option<&Labels> = None;
    let mut used = vec![false; symbols.tags.len()];
    for snapshot in snapshots {
        // Snapshots of a series come one after another.
        if last != Some(&snapshot.labels) {
            names.extend(snapshot.labels.iter().map(|(name, _)| name.clone()));
            last = Some(&snapshot.labels);
        }
        for tags in snapshot.samples.tags.iter() {
            used[tags.index()] = true;
        }
    }
    for (tags, _) in symbols.tags.iter().zip(used).filter(|(_, used)| *used) {
        names.extend(tags.iter().map(|(name, _)| name.clone()));
    }
    names
}
