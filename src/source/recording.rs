//! One recording, with values for one or more profile types. A file has one, or several
//! one after another in time.

use crate::profile::symbols::TagsId;
use crate::profile::{self, Labels, Samples, Snapshot, StackId};
use crate::quantity::{Span, Timestamp};

/// One recording: the columns that its types share, and a column of values for each type.
#[derive(Debug, Clone)]
pub struct Recording {
    pub labels: Labels,
    pub start: Timestamp,
    /// The file does not say when it was recorded; `start` counts from that time.
    pub is_undated: bool,
    pub duration: Span,
    /// What a sample is worth, if the file says so, for the types that have the unit of their
    /// period; otherwise 0.
    pub period: u64,
    /// As long as every other column.
    pub stacks: profile::Column<StackId>,
    pub tags: profile::Column<TagsId>,
    pub columns: Vec<Column>,
}

/// The values of one type.
#[derive(Debug, Clone)]
pub struct Column {
    /// The number of the type in the batch.
    pub kind: usize,
    pub values: profile::Column<i64>,
}

impl Recording {
    /// One snapshot per type, with the number of the type; they share stacks and labels.
    pub(super) fn into_snapshots(self) -> impl Iterator<Item = (usize, Snapshot)> {
        let (stacks, tags) = (self.stacks, self.tags);
        let (labels, start, duration) = (self.labels, self.start, self.duration);
        let period = self.period;
        self.columns.into_iter().map(move |Column { kind, values }| {
            let samples = Samples { stacks: stacks.clone(), tags: tags.clone(), values };
            let snapshot = Snapshot::new(labels.clone(), start, duration, samples);
            (kind, snapshot.with_period(period))
        })
    }
}
