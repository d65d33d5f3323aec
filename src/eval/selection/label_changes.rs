//! In which labels the series of two selections differ: what else than the code changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::eval::result::value::LabelChange;
use crate::eval::selection::profiles::Profiles;

/// The labels that do not have the same values on both sides, by name.
pub fn label_changes(before: &Profiles, after: &Profiles) -> Vec<LabelChange> {
    let mut sides = [before, after].map(values);
    let names: BTreeSet<Arc<str>> = sides.iter().flat_map(|side| side.keys().cloned()).collect();
    let changes = names.into_iter().map(|label| {
        let [before, after] = sides.each_mut().map(|side| side.remove(&label).unwrap_or_default());
        LabelChange {
            label,
            before: before.into_iter().collect(),
            after: after.into_iter().collect(),
        }
    });
    changes.filter(|change| change.before != change.after).collect()
}

fn values(side: &Profiles) -> BTreeMap<Arc<str>, BTreeSet<String>> {
    let mut values = BTreeMap::<Arc<str>, BTreeSet<String>>::new();
    for (labels, _) in side.series() {
        for (name, value) in labels.iter() {
            values.entry(name.clone()).or_default().insert(value.to_string());
        }
    }
    values
}
