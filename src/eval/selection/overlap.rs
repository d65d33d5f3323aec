//! What two selections have in common, so that a diff can say that it compares something
//! with itself.

use rustc_hash::FxHashMap;

use crate::eval::selection::profiles::Profiles;
use crate::profile::{Labels, Snapshot, StackId};
use crate::quantity::Timestamp;
use crate::work::{Cancelled, Work};

/// The recorded values that are on both sides, before stack filters; 0 for separate sides.
///
/// A sample is on both sides if its profile is, and other samples with its labels: matchers
/// select nothing finer than that. Which profiles a server has merged is only known to be the
/// same if they are selected alike.
pub fn overlap(left: &Profiles, right: &Profiles, work: Work<'_>) -> Result<f64, Cancelled> {
    let are_merged = left.selected == (0, 0) || right.selected == (0, 0);
    if are_merged && left.subject != right.subject {
        return Ok(0.0);
    }
    let known: FxHashMap<(&Labels, Timestamp), &Snapshot> =
        left.snapshots.iter().map(|snapshot| (key(snapshot), snapshot)).collect();
    // Not `sum`, which is -0 for no values.
    let mut both = 0.0;
    for snapshot in right.snapshots.iter() {
        let Some(other) = known.get(&key(snapshot)) else { continue };
        let totals = [by_tags(left, other, work)?, by_tags(right, snapshot, work)?];
        let common = totals[1].iter().filter(|(tags, _)| totals[0].contains_key(*tags));
        both += common.map(|(_, total)| total).sum::<f64>();
    }
    Ok(both)
}

fn key(snapshot: &Snapshot) -> (&Labels, Timestamp) {
    (&snapshot.labels, snapshot.start)
}

/// The totals of the samples with the same labels.
fn by_tags<'p>(
    profiles: &'p Profiles,
    snapshot: &Snapshot,
    work: Work<'_>,
) -> Result<FxHashMap<&'p Labels, f64>, Cancelled> {
    let mut totals = FxHashMap::default();
    work.each(snapshot.samples().iter(), |(stack, tags, value)| {
        if stack != StackId::DROPPED {
            *totals.entry(profiles.symbols.tags(tags)).or_default() += value as f64;
        }
    })?;
    Ok(totals)
}
