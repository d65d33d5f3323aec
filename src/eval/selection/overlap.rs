//! What two selections have in common, so that a diff can say that it compares something
//! with itself.

use rustc_hash::FxHashMap;

use crate::eval::selection::profiles::Profiles;
use crate::profile::{Labels, Snapshot, StackId};
use crate::quantity::Timestamp;

/// The recorded values that are on both sides, before stack filters; 0 for separate sides.
///
/// A sample is on both sides if its profile is, and other samples with its labels: matchers
/// select nothing finer than that.
pub fn overlap(left: &Profiles, right: &Profiles) -> f64 {
    let known: FxHashMap<(&Labels, Timestamp), &Snapshot> =
        left.snapshots.iter().map(|snapshot| (key(snapshot), snapshot)).collect();
    let both = right.snapshots.iter().filter_map(|snapshot| {
        let other = known.get(&key(snapshot))?;
        let totals = [by_tags(left, other), by_tags(right, snapshot)];
        let common = totals[1].iter().filter(|(tags, _)| totals[0].contains_key(*tags));
        Some(common.map(|(_, total)| total).sum::<f64>())
    });
    // Not `sum`, which is -0 for no values.
    both.fold(0.0, |sum, total| sum + total)
}

fn key(snapshot: &Snapshot) -> (&Labels, Timestamp) {
    (&snapshot.labels, snapshot.start)
}

/// The totals of the samples with the same labels.
fn by_tags<'p>(profiles: &'p Profiles, snapshot: &Snapshot) -> FxHashMap<&'p Labels, f64> {
    let mut totals = FxHashMap::default();
    for (stack, tags, value) in snapshot.samples().iter() {
        if stack != StackId::DROPPED {
            *totals.entry(profiles.symbols.tags(tags)).or_default() += value as f64;
        }
    }
    totals
}
