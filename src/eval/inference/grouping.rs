//! Which labels say most of a change: the values that changed more than their size explains, or
//! else those in which the function is called.
//!
//! Of all labels with such values, the one is taken that explains most of the change with
//! the fewest of them, as in Adtributor (`surprise`): a release rather than its ten pods.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::carriers::Carriers;
use super::grouped::{Grouped, Split};
use super::sources::{Source, Sources};
use super::surprise::term;
use crate::profile::diff::Mode;
use crate::profile::{Diff, Labels};
use crate::work::{Cancelled, Work};

/// A label with more values names single things, such as requests.
const VALUES: usize = 200;
/// The part of the change that the values which stand out must explain.
const ENOUGH: f64 = 0.67;

/// The labels that a change is split by.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// Those that say most.
    Found,
    Labels(&'a [Arc<str>]),
}

/// The groups of the labels that were named or found.
pub struct Finding {
    pub labels: Arc<[Arc<str>]>,
    pub grouped: Option<Grouped>,
    pub found: Option<LabelFound>,
}

/// What labels say of one change.
#[derive(Debug, Clone, Default)]
pub struct LabelFound {
    /// The values that carry most of the change, the largest first.
    pub values: Vec<Labels>,
    /// Whether none of them is on the side before.
    pub are_new: bool,
    /// Whether their part of the cause explains the change, but not their part of all work.
    pub is_home: bool,
    /// Another label, each of whose values changed alike: its name and their number.
    pub every: Option<(Arc<str>, usize)>,
}

/// All labels that a diff can be split by.
pub fn labels_of(diff: &Diff) -> BTreeSet<Arc<str>> {
    let sources = Sources::new(diff);
    let sources = sources.iter().flat_map(|sources| &sources.all);
    let names = sources.flat_map(|source| {
        let units = source.units().flat_map(|(side, unit)| &source.sides[side].units[unit]);
        units.flat_map(Labels::names).chain(source.by)
    });
    names.cloned().collect()
}

/// Finds or takes labels. `lead` is the first cause; without one, labels explain the whole.
pub fn find(
    sources: &Sources<'_>,
    carriers: &Carriers,
    lead: Option<usize>,
    by: By<'_>,
    work: Work<'_>,
) -> Result<Finding, Cancelled> {
    let is_share = sources.diff.mode == Mode::Share;
    // Shares of everything do not change.
    let nth = match lead {
        None if is_share => return Ok(named(by, None, None)),
        lead => lead.unwrap_or(carriers.found.len() + 1),
    };
    let everywhere = |_: usize, _: usize| true;
    let grouped = |source: &Source<'_>, names: &[Arc<str>]| {
        Grouped::new(sources, (source, names), carriers, &everywhere, work)
    };
    if let By::Labels(names) = by {
        let source = sources.all.iter().find(|source| is_split(source, names));
        let Some(source) = source else { return Ok(named(by, None, None)) };
        let grouped = grouped(source, names)?;
        let mut found = standing_out(&grouped, &grouped.split(nth), nth);
        found.every = every(sources, carriers, (nth, names, &found), work)?;
        return Ok(named(by, Some(grouped), Some(found)));
    }
    let mut best: Option<(Rank, Arc<str>, Grouped, LabelFound)> = None;
    for (source, name) in candidates(sources) {
        let names = [name.clone()];
        let grouped = grouped(source, &names)?;
        let is_shared =
            (0..grouped.groups.len()).any(|at| grouped.is_on[0][at] && grouped.is_on[1][at]);
        if grouped.groups.len() < 2 || !is_shared {
            continue;
        }
        let split = grouped.split(nth);
        let found = standing_out(&grouped, &split, nth);
        let rank = rank(&grouped, &found, nth);
        if best.as_ref().is_none_or(|(best, ..)| rank.is_better(best)) {
            best = Some((rank, name, grouped, found));
        }
    }
    let Some((_, name, grouped, mut found)) = best else {
        let every = every(sources, carriers, (nth, &[], &LabelFound::default()), work)?;
        let found = LabelFound { every, ..LabelFound::default() };
        return Ok(named(by, None, Some(found)));
    };
    let names = [name];
    found.every = every(sources, carriers, (nth, &names, &found), work)?;
    Ok(Finding { labels: names.into(), grouped: Some(grouped), found: Some(found) })
}

fn named(by: By<'_>, grouped: Option<Grouped>, found: Option<LabelFound>) -> Finding {
    let labels = match by {
        By::Labels(names) if grouped.is_some() => names.into(),
        _ => Arc::default(),
    };
    Finding { labels, grouped, found }
}

/// Whether a source can tell these labels apart, and no others of samples.
fn is_split(source: &Source<'_>, names: &[Arc<str>]) -> bool {
    source.by.iter().all(|by| names.contains(by))
        && names.iter().all(|name| has(source, name))
        && source.tells_apart(names)
}

fn has(source: &Source<'_>, name: &Arc<str>) -> bool {
    let mut series = source.units().flat_map(|(side, unit)| &source.sides[side].units[unit]);
    source.by.contains(name) || series.any(|labels| labels.get(name).is_some())
}

/// Each label that may say something, with a source that tells its values apart.
fn candidates<'s, 'a>(sources: &'s Sources<'a>) -> Vec<(&'s Source<'a>, Arc<str>)> {
    let mut names = BTreeSet::new();
    for source in &sources.all {
        let units = || source.units().flat_map(|(side, unit)| &source.sides[side].units[unit]);
        let all: BTreeSet<&Arc<str>> = match source.by {
            [] => units().flat_map(Labels::names).collect(),
            by => by.iter().collect(),
        };
        let few = all.into_iter().filter(|name| {
            let values: BTreeSet<_> = units().map(|labels| labels.joined(name)).collect();
            (2..=VALUES).contains(&values.len()) && !sources.telling.contains(name)
        });
        names.extend(few.cloned());
    }
    let source = |name: Arc<str>| {
        let names = [name.clone()];
        Some((sources.all.iter().find(|source| is_split(source, &names))?, name))
    };
    names.into_iter().filter_map(source).collect()
}

/// The values that stand out in a split; if none do, those where it is at home.
fn standing_out(grouped: &Grouped, split: &Split, nth: usize) -> LabelFound {
    let beyond_size = carrying(grouped, split, nth, &|at| split.stands_out(at));
    let found = beyond_size.or_else(|| {
        let home = carrying(grouped, split, nth, &|at| split.is_home(at))?;
        Some(LabelFound { is_home: true, ..home })
    });
    found.unwrap_or_default()
}

/// As few of these groups as explain enough; `None` if they do not.
fn carrying(
    grouped: &Grouped,
    split: &Split,
    nth: usize,
    is_one: &dyn Fn(usize) -> bool,
) -> Option<LabelFound> {
    let all = split.delta();
    let part = |at: usize| if all == 0.0 { 0.0 } else { split.groups[at].delta.value / all };
    let is_named = |at: &usize| is_one(*at) && grouped.groups[*at].together == 0;
    let mut at: Vec<usize> = (0..split.groups.len()).filter(is_named).collect();
    at.sort_by(|a, b| part(*b).total_cmp(&part(*a)));
    // No more than are needed.
    let mut sum = 0.0;
    at.retain(|at| {
        let is_needed = sum < ENOUGH;
        if is_needed {
            sum += part(*at);
        }
        is_needed
    });
    // All values of a label do not stand out among each other.
    let used = grouped.values(nth).iter().filter(|it| **it != [0.0; 2]).count();
    let is_some = sum >= ENOUGH && (at.len() < used || used == 1 && grouped.groups.len() > 1);
    is_some.then(|| LabelFound {
        are_new: at.iter().all(|at| !grouped.is_on[0][*at]),
        values: at.iter().map(|at| grouped.groups[*at].labels.clone()).collect(),
        ..LabelFound::default()
    })
}

/// How much a label says.
#[derive(Debug)]
struct Rank {
    /// How many values explain enough; `None` if they do not.
    needed: Option<usize>,
    is_home: bool,
    values: usize,
    surprise: f64,
}

impl Rank {
    /// Values that changed beyond their size rather than those where the cause is at home; fewer
    /// that explain enough, then fewer of all, else more surprise.
    fn is_better(&self, than: &Rank) -> bool {
        match (self.needed, than.needed) {
            (Some(own), Some(other)) => {
                (self.is_home, own, self.values) < (than.is_home, other, than.values)
            }
            (own, None) if own.is_some() => true,
            (None, Some(_)) => false,
            _ => self.surprise > than.surprise,
        }
    }
}

fn rank(grouped: &Grouped, found: &LabelFound, nth: usize) -> Rank {
    let values = grouped.values(nth);
    let all = [0, 1].map(|side| values.iter().map(|it| it[side]).sum::<f64>());
    let share =
        |it: &[f64; 2], side: usize| if all[side] > 0.0 { it[side] / all[side] } else { 0.0 };
    Rank {
        needed: Some(found.values.len()).filter(|count| *count > 0),
        is_home: found.is_home,
        values: values.len(),
        // By value, so that many values are not surprising because they are many.
        surprise: values.iter().map(|it| term(share(it, 0), share(it, 1))).sum::<f64>()
            / values.len() as f64,
    }
}

/// A label, other than those that are named, each of whose values has more of the change
/// than the side before had (or less, of what shrank). Only work with the values that stand
/// out counts.
fn every(
    sources: &Sources<'_>,
    carriers: &Carriers,
    (nth, names, found): (usize, &[Arc<str>], &LabelFound),
    work: Work<'_>,
) -> Result<Option<(Arc<str>, usize)>, Cancelled> {
    if nth >= carriers.found.len() {
        return Ok(None);
    }
    let mut best: Option<(Arc<str>, usize)> = None;
    let main = &sources.all[0];
    let of_series = main.units().flat_map(|(side, unit)| &main.sides[side].units[unit]);
    let others: BTreeSet<&Arc<str>> = of_series.flat_map(Labels::names).collect();
    for name in others {
        let all: Vec<Arc<str>> = names.iter().chain([name]).cloned().collect();
        let source = sources.all.iter().find(|source| is_split(source, &all));
        let Some(source) = source.filter(|_| !names.contains(name)) else { continue };
        if sources.telling.contains(name) {
            continue;
        }
        let is_wanted = |side: usize, unit: usize| {
            // What came is compared with everything before.
            let is_all = found.values.is_empty() || side == 0 && found.are_new;
            let values = || source.group(side, unit, names);
            is_all || values().is_some_and(|values| found.values.contains(&values))
        };
        let wanted = [name.clone()];
        let grouped = Grouped::new(sources, (source, &wanted), carriers, &is_wanted, work)?;
        let [before, _] = one_share(&grouped, nth);
        let shares = grouped.shares(nth);
        let after: Vec<f64> = shares.iter().filter_map(|it| it[1]).collect();
        let sign = grouped.sign(nth);
        let is_every = after.iter().all(|share| (share - before) * sign > 0.0);
        let is_more = best.as_ref().is_none_or(|(_, count)| after.len() > *count);
        let are_apart = grouped.groups.iter().all(|it| it.together == 0);
        if is_every && after.len() > 1 && is_more && are_apart {
            best = Some((name.clone(), after.len()));
        }
    }
    Ok(best)
}

/// The share of all work, before and after.
fn one_share(grouped: &Grouped, nth: usize) -> [f64; 2] {
    let sums = &grouped.resampling.sums;
    let whole = sums.each_ref().map(|side| side.iter().map(|row| row[0]).sum::<f64>());
    let value = sums.each_ref().map(|side| side.iter().map(|row| row[2 + nth]).sum::<f64>());
    [0, 1].map(|side| if whole[side] > 0.0 { value[side] / whole[side] } else { 0.0 })
}
