//! Applies the matchers of a selector to profiles and their samples.
//!
//! A matcher tests the label of the series, or that of each sample where the series
//! does not have it. Samples that fail are left out, and so is a profile with none left.

use crate::profile::symbols::TagsId;
use crate::profile::{Column, LabelMatcher, Labels, Samples, Snapshot, Symbols};

/// The result of testing only the labels of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Refused,
    /// Some matcher is of a label that samples have.
    BySample,
}

/// Tests a series; `is_of_samples` tells which labels its samples may have.
pub(super) fn verdict(
    matchers: &[LabelMatcher],
    labels: &Labels,
    is_of_samples: impl Fn(&str) -> bool,
) -> Verdict {
    let mut verdict = Verdict::Accepted;
    for matcher in matchers {
        if labels.get(&matcher.name).is_none() && is_of_samples(&matcher.name) {
            verdict = Verdict::BySample;
        } else if !matcher.accepts_labels(labels) {
            return Verdict::Refused;
        }
    }
    verdict
}

/// The snapshots that pass, in the same order.
pub(super) fn selected_of(
    snapshots: &[Snapshot],
    matchers: &[LabelMatcher],
    symbols: &Symbols,
) -> Vec<Snapshot> {
    let mut tests: Vec<_> = matchers.iter().map(|matcher| Test::new(matcher, symbols)).collect();
    snapshots.iter().filter_map(|snapshot| part_of(snapshot, &mut tests)).collect()
}

/// A matcher, and its results for the sample labels of the source.
struct Test<'a> {
    matcher: &'a LabelMatcher,
    symbols: &'a Symbols,
    /// By `TagsId`, computed for the first series without the label; none if no sample has it.
    by_tags: Option<Option<Vec<bool>>>,
}

impl<'a> Test<'a> {
    fn new(matcher: &'a LabelMatcher, symbols: &'a Symbols) -> Self {
        Test { matcher, symbols, by_tags: None }
    }

    fn by_tags(&mut self) -> Option<&[bool]> {
        let (matcher, tags) = (self.matcher, &self.symbols.tags);
        let by_tags = self.by_tags.get_or_insert_with(|| {
            let is_used = tags.iter().any(|tags| tags.get(&matcher.name).is_some());
            is_used.then(|| tags.iter().map(|tags| matcher.accepts_labels(tags)).collect())
        });
        by_tags.as_deref()
    }
}

/// The part of a snapshot that passes all tests. A whole snapshot is shared, not copied.
fn part_of(snapshot: &Snapshot, tests: &mut [Test<'_>]) -> Option<Snapshot> {
    let mut masks: Vec<&[bool]> = Vec::new();
    for test in tests {
        let matcher = test.matcher;
        if snapshot.labels.get(&matcher.name).is_some() {
            if !matcher.accepts_labels(&snapshot.labels) {
                return None;
            }
        } else if let Some(mask) = test.by_tags() {
            masks.push(mask);
        } else if !matcher.accepts(None) {
            return None;
        }
    }
    if masks.is_empty() {
        return Some(snapshot.clone());
    }
    let passes = |tags: TagsId| masks.iter().all(|mask| mask[tags.index()]);
    if snapshot.samples().tags.iter().all(|tags| passes(*tags)) {
        return Some(snapshot.clone());
    }
    let samples = filtered(snapshot.samples(), passes);
    (!samples.is_empty()).then(|| snapshot.with_samples(samples))
}

fn filtered(samples: &Samples, passes: impl Fn(TagsId) -> bool) -> Samples {
    let kept: Vec<usize> = (0..samples.len()).filter(|i| passes(samples.tags[*i])).collect();
    fn rows<T: Copy>(column: &[T], kept: &[usize]) -> Column<T> {
        kept.iter().map(|i| column[*i]).collect()
    }
    Samples {
        stacks: rows(&samples.stacks, &kept),
        tags: rows(&samples.tags, &kept),
        values: rows(&samples.values, &kept),
    }
}
