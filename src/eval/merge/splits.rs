//! Values by batch of profiles, told apart by labels of samples.
//!
//! `batches` tells series apart, and of very many only some. To split a change by a label,
//! its values must be apart; the errors of the diff itself stay those of `batches`.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::eval::selection::profiles::{Group, Profiles};
use crate::profile::replicates::{Batch, Batched, Split};
use crate::profile::symbols::TagsId;
use crate::profile::{LabelValue, Labels, StackId};
use crate::work::{Cancelled, Work};

/// More batches of a series say little more of its error.
const BATCHES: usize = 16;
/// The batches of all series together, if each has two of them.
const MOST: usize = 1024;

/// Snapshots of one series, and the divisor of their sum.
type Run<'a> = (&'a [usize], f64);

/// The values of a group. `runs`: the snapshots used from each series, and the divisor of
/// their sum. A sample with several values of a label has them in one text.
pub fn split(
    profiles: &Profiles,
    group: &Group,
    (runs, by): (&[Run<'_>], &Arc<[Arc<str>]>),
    batched: &Batched,
    work: Work<'_>,
) -> Result<Split, Cancelled> {
    let members = || runs.iter().flat_map(|(members, _)| *members);
    let is_timed =
        !batched.is_level && members().all(|member| profiles.snapshots[*member].duration.0 > 0);
    let each = (MOST / runs.len().max(1)).clamp(2, BATCHES);
    let of_tags: Vec<Labels> = profiles.symbols.tags.iter().map(|tags| joined(tags, by)).collect();
    let series = group.series.par_iter().zip(runs.par_iter());
    let series = series.map(|((labels, _), (members, divisor))| {
        let of = OfSeries { profiles, labels, of_tags: &of_tags, is_timed, divisor: *divisor };
        of.batches(members, each, work)
    });
    let mut whole = Batched { batches: Vec::new(), units: Vec::new(), ..copied(batched) };
    for classes in series.collect::<Result<Vec<_>, Cancelled>>()? {
        for (labels, mut batches) in classes {
            batches.iter_mut().for_each(|batch| batch.unit = whole.units.len());
            whole.batches.extend(batches);
            whole.units.push(vec![labels]);
        }
    }
    Ok(Split { by: by.clone(), batches: Arc::new(whole) })
}

fn copied(batched: &Batched) -> Batched {
    let Batched { profiles, quantum, is_level, scale, .. } = *batched;
    Batched { profiles, quantum, is_level, scale, ..Batched::default() }
}

/// The named labels, each with one value.
fn joined(tags: &Labels, by: &[Arc<str>]) -> Labels {
    let value = |name: &Arc<str>| Some((name.clone(), LabelValue::from(tags.joined(name)?)));
    by.iter().filter_map(value).collect()
}

/// One series.
struct OfSeries<'a> {
    profiles: &'a Profiles,
    labels: &'a Labels,
    of_tags: &'a [Labels],
    is_timed: bool,
    divisor: f64,
}

impl OfSeries<'_> {
    /// The batches of each combination of values, which all have the same profiles.
    fn batches(
        &self,
        members: &[usize],
        each: usize,
        work: Work<'_>,
    ) -> Result<Vec<(Labels, Vec<Batch>)>, Cancelled> {
        let mut classes: Vec<Labels> = Vec::new();
        let mut known = vec![None; self.of_tags.len()];
        let mut class_of = |tags: TagsId| {
            *known[tags.index()].get_or_insert_with(|| {
                // A label of the series takes precedence.
                let labels = self.of_tags[tags.index()].overlaid(self.labels);
                let at = classes.iter().position(|class| *class == labels);
                at.unwrap_or_else(|| {
                    classes.push(labels);
                    classes.len() - 1
                })
            })
        };
        // A profile of zero length has no rate.
        let divisor = if self.divisor > 0.0 { self.divisor } else { f64::INFINITY };
        let mut all = Vec::new();
        let parts = members.len().min(each).max(1);
        for part in 0..parts {
            let of = part * members.len() / parts..(part + 1) * members.len() / parts;
            let members = &members[of];
            let mut sums: FxHashMap<(usize, u32), f64> = FxHashMap::default();
            let mut exposure = 0.0;
            for member in members {
                let snapshot = &self.profiles.snapshots[*member];
                exposure += if self.is_timed { snapshot.duration.as_seconds() } else { 1.0 };
                work.each(snapshot.samples().iter(), |(stack, tags, value)| {
                    *sums.entry((class_of(tags), stack.0)).or_default() += value as f64;
                })?;
            }
            all.push((members.len(), exposure / divisor, sums));
        }
        if classes.is_empty() {
            classes.push(self.labels.clone());
        }
        let batches = |class: usize| {
            let of = |(profiles, exposure, sums): &(usize, f64, FxHashMap<(usize, u32), f64>)| {
                let own = sums.iter().filter(|((of, _), _)| *of == class);
                let own = own.map(|((_, stack), sum)| (StackId(*stack), sum / divisor));
                let mut values: Vec<(StackId, f64)> = own.collect();
                values.sort_unstable_by_key(|(stack, _)| stack.0);
                let whole = values.iter().map(|(_, value)| value).sum();
                values.retain(|(stack, _)| *stack != StackId::DROPPED);
                Batch { unit: 0, profiles: *profiles, exposure: *exposure, whole, values }
            };
            all.iter().map(of).collect::<Vec<Batch>>()
        };
        Ok((0..classes.len()).map(|class| (classes[class].clone(), batches(class))).collect())
    }
}
