//! Samples of one recording, added up by stack and labels as they are read.
//!
//! A text may repeat the same stack many times; here each gets one row. (A pprof file was
//! added up by its writer and goes straight into columns. Samples with times are
//! `events`.)

use rustc_hash::FxHashMap;

use super::recording::{Column, Recording};
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, StackId};
use crate::quantity::{Span, Timestamp};

/// Growing rows, each with a value for each type.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    rows: FxHashMap<(StackId, TagsId), u32>,
    stacks: Vec<StackId>,
    tags: Vec<TagsId>,
    values: Vec<Vec<i64>>,
}

impl Tally {
    /// Adds a sample, which has as many values as all others.
    pub(super) fn add(&mut self, stack: StackId, tags: TagsId, values: &[i64]) {
        self.values.resize_with(values.len().max(self.values.len()), Vec::new);
        let row = *self.rows.entry((stack, tags)).or_insert_with(|| {
            self.stacks.push(stack);
            self.tags.push(tags);
            self.values.iter_mut().for_each(|column| column.push(0));
            (self.stacks.len() - 1) as u32
        });
        for (column, value) in self.values.iter_mut().zip(values) {
            let sum = &mut column[row as usize];
            *sum = sum.saturating_add(*value);
        }
    }

    /// The rows as a recording of these types, as the batch numbers them. It has no labels,
    /// and starts at the time of its file.
    pub(super) fn into_recording(mut self, kinds: &[usize], duration: Span) -> Recording {
        self.values.resize_with(kinds.len(), || vec![0; self.stacks.len()]);
        let columns = kinds.iter().zip(self.values);
        Recording {
            labels: Labels::default(),
            start: Timestamp(0),
            is_undated: true,
            duration,
            period: 0,
            stacks: self.stacks.into(),
            tags: self.tags.into(),
            columns: columns
                .map(|(kind, values)| Column { kind: *kind, values: values.into() })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_one_row() {
        let mut tally = Tally::default();
        for (stack, tags, values) in
            [(1, 0, [1, 5]), (2, 0, [1, 3]), (1, 7, [1, 4]), (1, 0, [1, 2])]
        {
            tally.add(StackId(stack), TagsId(tags), &values);
        }
        let recording = tally.into_recording(&[3, 4], Span(9));
        assert_eq!(&recording.stacks[..], [StackId(1), StackId(2), StackId(1)]);
        assert_eq!(&recording.tags[..], [TagsId(0), TagsId(0), TagsId(7)]);
        let columns: Vec<_> = recording.columns.iter().map(|c| (c.kind, &c.values[..])).collect();
        assert_eq!(columns, [(3, &[2, 1, 1][..]), (4, &[7, 3, 4])]);
    }

    #[test]
    fn a_recording_without_samples_has_its_types_all_the_same() {
        let recording = Tally::default().into_recording(&[1, 2], Span(0));
        assert_eq!(recording.columns.len(), 2);
        assert!(recording.columns[1].values.is_empty());
    }
}
