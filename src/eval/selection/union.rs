//! The union of two selections, such as two profile types of one unit in one graph.
//!
//! The series of each side keep the name of their type in the label `__name__`, as in
//! Prometheus, so that `by (__name__)` takes them apart again.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::eval::selection::profiles::Profiles;
use crate::profile::kind::short_names;
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, ProfileType, Samples, Snapshot, StackId};
use crate::work::{Cancelled, Work};

/// The label with the name of a series' profile type.
const NAME: &str = "__name__";

/// The profiles of both sides, whose samples have been read. Units and merge rules must be
/// the same.
pub fn union(left: Profiles, right: Profiles, work: Work<'_>) -> Result<Profiles, Cancelled> {
    let mut symbols = left.symbols.clone();
    let (stacks, tags) = symbols.graft(&right.symbols, work)?;
    let used = names(&left.snapshots);
    let kinds = short_names(&[left.kind.clone(), right.kind.clone()]);
    let of_left = |snapshot: &Snapshot| moved(&left, snapshot, &|stack| stack, &|tags| tags);
    let lefts = left.snapshots.iter().map(|snapshot| {
        let name = if used.is_empty() { &*kinds[0] } else { "" };
        work.check()?;
        Ok(named(of_left(snapshot), name))
    });
    let mut snapshots = lefts.collect::<Result<Vec<Snapshot>, Cancelled>>()?;
    let used = names(&snapshots);
    let number = (2..).find(|n| !used.contains(&*format!("{} ({n})", kinds[1])));
    let name = match used.contains(&*kinds[1]) {
        true => format!("{} ({})", kinds[1], number.unwrap_or(2)),
        false => kinds[1].clone(),
    };
    for snapshot in right.snapshots.iter() {
        work.check()?;
        let stack = |stack: StackId| stacks[stack.index()];
        snapshots.push(named(moved(&right, snapshot, &stack, &|id| tags[id.index()]), &name));
    }
    // The snapshots of a series are consecutive.
    snapshots.sort_by(|a, b| a.labels.cmp(&b.labels).then(a.start.cmp(&b.start)));
    let title: Arc<str> = format!("{} + {}", kinds[0], kinds[1]).into();
    Ok(Profiles {
        kind: ProfileType { id: title.clone(), alias: title, ..left.kind.clone() },
        selected: (left.selected.0 + right.selected.0, left.selected.1 + right.selected.1),
        subject: format!("{} + {}", left.subject, right.subject),
        window: left.window.zip(right.window).map(|(left, right)| left.union(right)),
        step: left.step.or(right.step),
        restarts: left.restarts.max(right.restarts),
        filtered: left.filtered || right.filtered,
        skipped: distinct(&left.skipped, &right.skipped),
        notes: distinct(&left.notes, &right.notes),
        requests: distinct(&left.requests, &right.requests),
        page: None,
        snapshots: snapshots.into(),
        unsplit: None,
        symbols,
        map: None,
        ..left
    })
}

/// The profile types that the series of a sum are named after.
fn names(snapshots: &[Snapshot]) -> BTreeSet<Arc<str>> {
    let named = snapshots.iter().filter_map(|snapshot| snapshot.labels.get(NAME));
    named.map(|name| name.shared().clone()).collect()
}

/// A snapshot with the stacks as shown, in the symbols of the union.
fn moved(
    profiles: &Profiles,
    snapshot: &Snapshot,
    stack: &dyn Fn(StackId) -> StackId,
    tags: &dyn Fn(TagsId) -> TagsId,
) -> Snapshot {
    let samples = snapshot.samples();
    let shown = |recorded: StackId| match recorded {
        StackId::DROPPED => StackId::DROPPED,
        recorded => match profiles.shown(recorded) {
            StackId::DROPPED => StackId::DROPPED,
            shown => stack(shown),
        },
    };
    snapshot.with_samples(Samples {
        stacks: samples.stacks.iter().map(|recorded| shown(*recorded)).collect(),
        tags: samples.tags.iter().map(|id| tags(*id)).collect(),
        values: samples.values.clone(),
    })
}

/// Adds the name of the type; "" for a series that has one.
fn named(mut snapshot: Snapshot, name: &str) -> Snapshot {
    let name: Labels = [(NAME, name)].into_iter().collect();
    snapshot.labels = snapshot.labels.overlaid(&name);
    snapshot
}

fn distinct<T: Clone + PartialEq>(left: &[T], right: &[T]) -> Arc<[T]> {
    left.iter().chain(right.iter().filter(|item| !left.contains(item))).cloned().collect()
}
