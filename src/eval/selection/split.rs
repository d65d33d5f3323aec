//! Sample labels become labels of series, so that `by` can group by them.
//!
//! A sample with several values of a label is in the group of each, as `pprof -tags` counts
//! it. Such groups add up to more than the selection, so the snapshots before the split stay
//! beside them for everything that is about the whole.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::eval::selection::profiles::{Profiles, filter_samples};
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, Samples, Snapshot, Symbols};
use crate::work::{Cancelled, Work};

/// Splits each snapshot by the values of the named labels that its series lacks.
///
/// Every part of a series gets a snapshot at every time, even if empty, because a mean over
/// time must include times without samples.
pub fn promoted(
    profiles: Profiles,
    names: &[Arc<str>],
    work: Work<'_>,
) -> Result<Profiles, Cancelled> {
    let mut profiles = profiles.unsplit();
    let is_carried =
        |name: &Arc<str>| profiles.symbols.tags.iter().any(|tags| tags.get(name).is_some());
    let carried: Vec<Arc<str>> = names.iter().filter(|name| is_carried(name)).cloned().collect();
    if carried.is_empty() {
        return Ok(profiles);
    }
    let (mut promoted, mut shared) = (Vec::new(), 0);
    // Most series lack the same labels.
    let mut known = FxHashMap::default();
    for (labels, members) in profiles.series() {
        let lacking = carried.iter().filter(|name| labels.get(name).is_none());
        let lacking: Vec<Arc<str>> = lacking.cloned().collect();
        let parts = known
            .entry(lacking)
            .or_insert_with_key(|lacking| Parts::new(&profiles.symbols, lacking));
        let members: Vec<&Snapshot> =
            members.iter().map(|member| &profiles.snapshots[*member]).collect();
        shared += members.iter().map(|member| parts.shared(member.samples())).sum::<usize>();
        promoted.extend(parts.split(&labels, &members, work)?);
    }
    let whole = std::mem::replace(&mut profiles.snapshots, promoted.into());
    if shared == 0 {
        return Ok(profiles);
    }
    profiles.unsplit = Some(whole);
    Ok(profiles.with_note(note(shared, &carried)))
}

fn note(shared: usize, names: &[Arc<str>]) -> String {
    let (samples, have) = if shared == 1 { ("sample", "has") } else { ("samples", "have") };
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(" or ");
    format!(
        "{shared} {samples} {have} several values of {names}: a table counts them in the group \
         of each, a graph shows them once, below all of them"
    )
}

/// The parts that samples belong to, by their labels.
struct Parts {
    /// By `TagsId`: a set of labels for each combination of values.
    of: Vec<Vec<Labels>>,
}

impl Parts {
    fn new(symbols: &Symbols, names: &[Arc<str>]) -> Parts {
        Parts { of: symbols.tags.iter().map(|tags| tags.only(names).combinations()).collect() }
    }

    fn of(&self, tags: TagsId) -> &[Labels] {
        &self.of[tags.index()]
    }

    /// The number of samples that are in several parts.
    fn shared(&self, samples: &Samples) -> usize {
        samples.tags.iter().filter(|tags| self.of(**tags).len() > 1).count()
    }

    /// The snapshots of a series, once for each part.
    fn split(
        &self,
        labels: &Labels,
        members: &[&Snapshot],
        work: Work<'_>,
    ) -> Result<Vec<Snapshot>, Cancelled> {
        let tags = members.iter().flat_map(|snapshot| snapshot.samples().tags.iter());
        let mut parts: BTreeSet<&Labels> = tags.flat_map(|tags| self.of(*tags)).collect();
        let none = Labels::default();
        if parts.is_empty() {
            parts.insert(&none);
        }
        let mut split = Vec::with_capacity(parts.len() * members.len());
        for part in parts {
            let labels = labels.overlaid(part);
            for snapshot in members {
                work.check()?;
                let samples =
                    filter_samples(snapshot.samples(), |_, tags| self.of(tags).contains(part));
                let (start, duration) = (snapshot.start, snapshot.duration);
                let part = Snapshot::new(labels.clone(), start, duration, samples);
                split.push(part.with_period(snapshot.period));
            }
        }
        Ok(split)
    }
}
