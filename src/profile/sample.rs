//! Samples as columns that refer to [`Symbols`], and the snapshots they belong to.
//!
//! A [`Snapshot`] may exist before its samples are read: a store answers a timeline from
//! totals alone, and reads stacks when a stage needs them. Until then the snapshot holds
//! where they are stored; reading its samples is a bug and panics.

use std::collections::BTreeSet;
use std::ops::{Deref, Range};
use std::sync::Arc;

use super::label::Labels;
use super::stack::StackId;
use super::symbols::{Symbols, TagsId};
use crate::quantity::{Span, Timestamp, Unit, Window};

/// A range of rows in a shared column; cheap to clone and to slice.
#[derive(Debug, Clone)]
pub struct Column<T> {
    all: Arc<Vec<T>>,
    start: u32,
    end: u32,
}

impl<T> Column<T> {
    /// A sub-range of these rows; values are shared, not copied.
    #[must_use]
    pub fn cut(&self, rows: Range<usize>) -> Column<T> {
        let (start, end) = (self.start + rows.start as u32, self.start + rows.end as u32);
        assert!(start <= end && end <= self.end, "the rows are there");
        Column { all: self.all.clone(), start, end }
    }

    /// Replaces every value, in place if the column is not shared.
    pub fn replace(&mut self, new: impl Fn(T) -> T)
    where
        T: Copy,
    {
        match Arc::get_mut(&mut self.all) {
            Some(all) => all.iter_mut().for_each(|value| *value = new(*value)),
            None => *self = self.iter().map(|value| new(*value)).collect(),
        }
    }

    /// Whether both refer to the same column.
    pub fn shares(&self, other: &Column<T>) -> bool {
        Arc::ptr_eq(&self.all, &other.all)
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(all: Vec<T>) -> Self {
        let end = u32::try_from(all.len()).expect("fewer than 2^32 samples in a column");
        Column { all: Arc::new(all), start: 0, end }
    }
}

impl<T> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Vec::from_iter(values).into()
    }
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.all[self.start as usize..self.end as usize]
    }
}

/// The samples of one snapshot, as three columns of equal length; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    pub stacks: Column<StackId>,
    pub tags: Column<TagsId>,
    pub values: Column<i64>,
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

    /// Wider than a value, so that no sum overflows.
    pub fn total(&self) -> i128 {
        self.values.iter().map(|value| i128::from(*value)).sum()
    }

    /// These rows of each column.
    #[must_use]
    pub fn cut(&self, rows: Range<usize>) -> Samples {
        Samples {
            stacks: self.stacks.cut(rows.clone()),
            tags: self.tags.cut(rows.clone()),
            values: self.values.cut(rows),
        }
    }
}

/// Where the samples of a snapshot are.
#[derive(Debug, Clone)]
enum Content {
    Held(Samples),
    /// Stored in the source, which interprets the number.
    Stored(u64),
}

/// One profile of one type.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The labels of the series it belongs to.
    pub labels: Labels,
    pub start: Timestamp,
    /// Zero for a snapshot of an instant, such as a heap profile.
    pub duration: Span,
    /// The sum of its values.
    pub total: i128,
    /// The number of its samples.
    pub n_samples: u32,
    /// Whether no value is less than in the snapshot before it in its series, if the
    /// source knows.
    pub has_grown: Option<bool>,
    /// What a sample is worth, if the file says so; otherwise 0.
    pub period: u64,
    content: Content,
}

impl Snapshot {
    pub fn new(labels: Labels, start: Timestamp, duration: Span, samples: Samples) -> Snapshot {
        let (total, n_samples) = (samples.total(), samples.len() as u32);
        let content = Content::Held(samples);
        Snapshot { labels, start, duration, total, n_samples, has_grown: None, period: 0, content }
    }

    /// A snapshot with samples stored in the source, at a place that the source can read.
    pub fn stored(
        labels: Labels,
        (start, duration): (Timestamp, Span),
        (total, n_samples): (i128, u32),
        place: u64,
    ) -> Snapshot {
        let content = Content::Stored(place);
        Snapshot { labels, start, duration, total, n_samples, has_grown: None, period: 0, content }
    }

    /// The same profile with the period that its file names.
    #[must_use]
    pub fn with_period(self, period: u64) -> Snapshot {
        Snapshot { period, ..self }
    }

    /// The same profile with other samples.
    #[must_use]
    pub fn with_samples(&self, samples: Samples) -> Snapshot {
        let new = Snapshot::new(self.labels.clone(), self.start, self.duration, samples);
        Snapshot { period: self.period, ..new }
    }

    /// The same samples with other stacks, one for each.
    #[must_use]
    pub fn with_stacks(&self, stacks: Column<StackId>) -> Snapshot {
        let content = Content::Held(Samples { stacks, ..self.samples().clone() });
        Snapshot { content, has_grown: None, ..self.clone() }
    }

    /// The same profile with the samples that were read.
    #[must_use]
    pub fn with_read(&self, samples: Samples) -> Snapshot {
        Snapshot { content: Content::Held(samples), ..self.clone() }
    }

    /// Its samples, which must have been read.
    pub fn samples(&self) -> &Samples {
        match &self.content {
            Content::Held(samples) => samples,
            Content::Stored(_) => panic!("samples are read before a stage looks at them"),
        }
    }

    /// The place of its samples, if they have not been read.
    pub fn place(&self) -> Option<u64> {
        match self.content {
            Content::Held(_) => None,
            Content::Stored(place) => Some(place),
        }
    }

    /// The time from the start to the end of the recording; a snapshot without duration
    /// has one nanosecond.
    pub fn window(&self) -> Window {
        Window { start: self.start, end: self.start.plus(Span(self.duration.0.max(1))) }
    }
}

/// Seconds of profiled time; 0 for snapshots without duration.
pub fn profiled_seconds<'s>(snapshots: impl Iterator<Item = &'s Snapshot>) -> f64 {
    snapshots.map(|snapshot| snapshot.duration.as_seconds()).sum()
}

/// The divisor that turns a sum into a rate: the profiled time and not the window,
/// because a gap in scraping does not mean that the process was idle. Nanoseconds per
/// nanosecond are cores.
pub fn rate_divisor<'s>(unit: &Unit, snapshots: impl Iterator<Item = &'s Snapshot>) -> f64 {
    let seconds = profiled_seconds(snapshots);
    if *unit == Unit::Nanoseconds { seconds * 1e9 } else { seconds }
}

/// The label names of these snapshots: of their series and of their samples.
pub fn label_names(snapshots: &[Snapshot], symbols: &Symbols) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    let mut last: Option<&Labels> = None;
    let mut used = vec![false; symbols.tags.len()];
    for snapshot in snapshots {
        // Snapshots of a series are consecutive.
        if !last.is_some_and(|last| last.is_same(&snapshot.labels)) {
            names.extend(snapshot.labels.names().cloned());
            last = Some(&snapshot.labels);
        }
        for tags in snapshot.samples().tags.iter() {
            used[tags.index()] = true;
        }
    }
    for (tags, _) in symbols.tags.iter().zip(used).filter(|(_, used)| *used) {
        names.extend(tags.names().cloned());
    }
    names
}
