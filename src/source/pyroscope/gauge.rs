//! Stacks of a gauge, such as memory in use.
//!
//! The server adds up all profiles of a window, but a level is averaged over time and then
//! added up over series. So the profiles of each series are counted first, and the sum is
//! divided by their number: one merged profile is enough for series with the same number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::connection::Inquiry;
use super::question::Question;
use super::span::Range;
use super::stacks::{Cell, read};
use super::totals::{Total, seconds};
use crate::profile::{Labels, Samples, Snapshot};
use crate::quantity::{Span, Timestamp};
use crate::source::{Origin, Selection, SourceError};

/// The number of profiles of each series in each part of the window.
type Counts = BTreeMap<Labels, BTreeMap<Range, Vec<i64>>>;

/// The profiles of a selection without their stacks.
pub(super) struct Profiles {
    /// Of the labels of their series.
    names: Vec<Arc<str>>,
    pub(super) totals: Vec<Total>,
}

impl Profiles {
    pub(super) fn of(question: &Question, inquiry: &Inquiry<'_>) -> Result<Profiles, SourceError> {
        let names = question.all_names(inquiry)?;
        let totals = seconds(question, inquiry, &names)?;
        Ok(Profiles { names, totals })
    }
}

/// The levels of each group, or of each series where their numbers of profiles differ. With
/// `is_whole`, the parts only keep to the limits of the server, and the mean is that of all
/// profiles; otherwise there is a mean for each part.
pub(super) fn levels(
    question: &Question,
    inquiry: &Inquiry<'_>,
    profiles: &Profiles,
    parts: &[Range],
    is_whole: bool,
) -> Result<Selection, SourceError> {
    let counts = counts(&profiles.totals, parts);
    let names = profiles.names.clone();
    let (names, counts) = match &question.labels {
        Some(of_groups) => match grouped(&counts, of_groups) {
            Some(groups) => (of_groups.clone(), groups),
            None => (names, counts),
        },
        None => (names, counts),
    };
    let (mut cells, mut times) = (Vec::new(), Vec::new());
    for (labels, of_parts) in counts {
        for (range, at) in of_parts {
            cells.push(Cell { labels: labels.clone(), range });
            times.push(at);
        }
    }
    inquiry.check_number(cells.len())?;
    let (symbols, samples) = read(question, inquiry, &names, &cells)?;
    let mut snapshots = Vec::new();
    for ((cell, at), samples) in cells.iter().zip(&times).zip(samples) {
        let labels = question.labelled(&cell.labels);
        let snapshot = |at: i64, samples| {
            Snapshot::new(labels.clone(), Timestamp(at * 1_000_000), Span(0), samples)
        };
        if is_whole {
            // The sum over all of them is divided by their number later, so that nothing is
            // rounded.
            let others = at.iter().skip(1).map(|at| snapshot(*at, Samples::default()));
            snapshots.push(snapshot(at[0], samples));
            snapshots.extend(others);
        } else {
            snapshots.push(snapshot(at[0], mean(samples, at.len() as i64)));
        }
    }
    Ok(Selection {
        kind: question.kind.clone(),
        symbols,
        snapshots: snapshots.into(),
        loader: None,
        origin: Origin::default(),
    })
}

fn counts(totals: &[Total], parts: &[Range]) -> Counts {
    let mut counts = Counts::new();
    for total in totals {
        let at = total.range.first;
        let after = parts.partition_point(|part| part.first <= at);
        let Some(part) = after.checked_sub(1).and_then(|before| parts.get(before)) else {
            continue;
        };
        let of_series = counts.entry(total.labels.clone()).or_default();
        of_series.entry(*part).or_default().push(at);
    }
    counts
}

/// The counts of groups; none if the series of one differ in a part.
fn grouped(counts: &Counts, names: &[Arc<str>]) -> Option<Counts> {
    let mut groups = Counts::new();
    let mut members = BTreeMap::<Labels, BTreeSet<Vec<(Range, usize)>>>::new();
    for (labels, of_parts) in counts {
        let group = labels.only(names);
        let numbers = of_parts.iter().map(|(part, at)| (*part, at.len())).collect();
        members.entry(group.clone()).or_default().insert(numbers);
        groups.entry(group).or_insert_with(|| of_parts.clone());
    }
    members.values().all(|distinct| distinct.len() == 1).then_some(groups)
}

/// Values divided by the number of profiles, rounded.
pub(super) fn mean(samples: Samples, profiles: i64) -> Samples {
    let mut samples = samples;
    let half = profiles / 2;
    samples.values.replace(|value| (value + half * value.signum()) / profiles);
    samples
}
