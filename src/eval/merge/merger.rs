//! Merges samples into a tree by the merge rules.
//!
//! Within a series, snapshots merge over time by the rule of their type (delta: sum,
//! gauge: mean) or by an explicit rule. Then the series of a group merge: by sum, or as
//! `avg by` and the like say. `sums` adds up, `extremes` finds maxima and minima.

use std::sync::Arc;

use rayon::prelude::*;

use crate::eval::merge::adder::divided;
use crate::eval::merge::extremes::{Extremes, Search};
use crate::eval::merge::sums::{Part, Summation};
use crate::eval::selection::memory::Sums;
use crate::eval::selection::profiles::{Group, Profiles};
use crate::eval::stacks::rewrite::{by_name, moved};
use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::sample::rate_divisor;
use crate::profile::{Replicates, Snapshot, StackId, Symbols, Tree};
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// Merges groups of one selection; what they share is computed once.
pub struct Merger<'a> {
    profiles: &'a Profiles,
    symbols: Symbols,
    /// From recorded stacks to stacks of the tree.
    map: Vec<StackId>,
}

impl<'a> Merger<'a> {
    pub fn new(profiles: &'a Profiles, work: Work<'_>) -> Result<Merger<'a>, Cancelled> {
        let by_name = by_name(&profiles.symbols, work)?;
        let map = match &profiles.map {
            None => by_name.map,
            Some(map) => work.collect(map.iter().map(|stack| by_name.apply(*stack)))?,
        };
        Ok(Merger { profiles, symbols: by_name.symbols, map })
    }

    /// The merged tree of one group.
    pub fn tree(&self, group: &Group, work: Work<'_>) -> Result<Tree, Cancelled> {
        let unit = self.profiles.unit();
        if is_linear(self.profiles) {
            let tree = self.shown_tree(&self.summation().sums(group, work)?, work)?;
            return Ok(Tree { unit, ..tree });
        }
        if self.profiles.map.is_some() {
            return self.by_series(group, unit, work);
        }
        let key = self.summation().key(group, false);
        let added = &self.profiles.added;
        added.tree_or(key, &self.profiles.snapshots, || self.by_series(group, unit, work))
    }

    /// The total of one group, and its total before stack filters. Most rules need no tree
    /// for it, and without a filter no stacks either.
    pub fn totals(&self, group: &Group, work: Work<'_>) -> Result<(f64, f64), Cancelled> {
        if !is_linear(self.profiles) {
            let tree = self.tree(group, work)?;
            return Ok((tree.total(), tree.whole));
        }
        if !self.profiles.filtered {
            let total = self.summation().total(group);
            return Ok((total, total));
        }
        let sums = self.summation().sums(group, work)?;
        let Sums { values, divisor, .. } = sums;
        // Not `sum`, which is -0 for no values.
        let mut kept = 0.0;
        work.each(values.iter().zip(&self.map), |(value, stack)| {
            if *stack != StackId::DROPPED {
                kept += value;
            }
        })?;
        Ok((divided(kept, divisor), divided(values.iter().sum(), divisor)))
    }

    /// The merged tree of one side of a diff, with its values by batch of profiles if the
    /// rules add values up.
    pub fn replicated_tree(&self, group: &Group, work: Work<'_>) -> Result<Tree, Cancelled> {
        if !is_linear(self.profiles) {
            return self.tree(group, work);
        }
        let (sums, batched) = self.summation().batched(group, work)?;
        let mut tree = self.shown_tree(&sums, work)?;
        tree.unit = self.profiles.unit();
        tree.replicates = Some(Replicates::new(batched, self.map.clone()));
        Ok(tree)
    }

    /// As `replicated_tree`, with the values told apart by more labels.
    fn split_tree(
        &self,
        group: &Group,
        by: &[Arc<[Arc<str>]>],
        work: Work<'_>,
    ) -> Result<Tree, Cancelled> {
        let mut tree = self.replicated_tree(group, work)?;
        if let Some(replicates) = &mut tree.replicates {
            let batched = &replicates.batches;
            let split = |by: &Arc<[Arc<str>]>| self.summation().split(group, by, batched, work);
            replicates.splits = by.iter().map(split).collect::<Result<_, _>>()?;
        }
        Ok(tree)
    }

    fn summation(&self) -> Summation<'_> {
        Summation::new(self.profiles, self.map.len())
    }

    /// The tree of values by recorded stack, before it gets its unit.
    fn shown_tree(&self, recorded: &Sums, work: Work<'_>) -> Result<Tree, Cancelled> {
        let Sums { values, divisor, exact } = recorded;
        let stacks = self.symbols.stacks.len();
        let (shown, whole) = (moved(values, &self.map, stacks, work)?, values.iter().sum());
        let mut tree = Tree::new(self.symbols.clone(), shown, whole, Unit::None, work)?;
        if let Some(exact) = exact {
            tree = tree.with_exact(moved(exact, &self.map, stacks, work)?, work)?;
            tree.whole = exact.iter().sum::<i128>() as f64;
        }
        if *divisor != 1.0 {
            work.each(tree.self_values.iter_mut().chain(&mut tree.totals), |value| {
                *value = divided(*value, *divisor);
            })?;
            tree.whole = divided(tree.whole, *divisor);
        }
        if !self.profiles.filtered {
            // Floating-point sums in another order may differ in the last digit.
            tree.whole = tree.total();
        }
        Ok(tree)
    }

    /// For rules that need series merged one by one.
    fn by_series(&self, group: &Group, unit: Unit, work: Work<'_>) -> Result<Tree, Cancelled> {
        /// The number of trees in memory at once.
        const TOGETHER: usize = 8;
        let search = self.search(work)?;
        let mut merged: Option<Tree> = None;
        for several in group.series.chunks(TOGETHER) {
            let trees = several.par_iter();
            let trees = trees.map(|(_, members)| self.series_tree(members, search.as_ref(), work));
            for tree in trees.collect::<Result<Vec<_>, _>>()? {
                let series = self.counted(Tree { exact: None, ..tree }, work)?;
                merged = Some(match merged {
                    None => series,
                    Some(merged) => self.across(merged, series, work)?,
                });
            }
        }
        let mut tree = merged.map_or_else(|| self.empty(work), Ok)?;
        if self.profiles.series_merge() == SeriesMerge::Avg {
            scale(&mut tree, 1.0 / group.series.len().max(1) as f64, work)?;
        }
        tree.unit = unit;
        Ok(tree)
    }

    /// `max by` and `min by` choose one whole series, the one with the largest or
    /// smallest total: a maximum at each node would be a profile that no series had.
    fn across(&self, merged: Tree, series: Tree, work: Work<'_>) -> Result<Tree, Cancelled> {
        let larger = series.total() > merged.total();
        match self.profiles.series_merge() {
            SeriesMerge::Max if larger => Ok(series),
            SeriesMerge::Min if !larger => Ok(series),
            SeriesMerge::Max | SeriesMerge::Min => Ok(merged),
            SeriesMerge::Sum | SeriesMerge::Avg | SeriesMerge::Count => {
                combine(merged, &series, |a, b| a + b, work)
            }
        }
    }

    fn empty(&self, work: Work<'_>) -> Result<Tree, Cancelled> {
        let zeros = vec![0.0; self.symbols.stacks.len()];
        Tree::new(self.symbols.clone(), zeros, 0.0, Unit::None, work)
    }

    /// One series merged over time.
    fn series_tree(
        &self,
        members: &[usize],
        search: Option<&Search>,
        work: Work<'_>,
    ) -> Result<Tree, Cancelled> {
        let Some(search) = search else {
            let one = Group {
                labels: Default::default(),
                series: vec![(Default::default(), members.to_vec())],
            };
            return self.shown_tree(&self.summation().sums(&one, work)?, work);
        };
        let mut extremes = Extremes::new(search);
        for &member in members {
            work.check()?;
            let snapshot = &self.profiles.snapshots[member];
            let divisor = self.length_of(snapshot);
            if divisor > 0.0 {
                extremes.add(snapshot.samples(), divisor, work)?;
            }
        }
        extremes.finish(self.symbols.clone(), self.profiles.filtered, work)
    }

    /// The extreme that the time rule asks for, if any.
    fn search(&self, work: Work<'_>) -> Result<Option<Search>, Cancelled> {
        let op = match self.profiles.time_rule() {
            TimeMerge::Max => f64::max,
            TimeMerge::Min => f64::min,
            TimeMerge::Sum | TimeMerge::Avg | TimeMerge::Last => return Ok(None),
        };
        let ends = self.profiles.ends(work)?;
        Search::new(op, &ends, &self.map, &self.symbols.stacks, work).map(Some)
    }

    /// The divisor of a single profile; 0 if it has no rate.
    fn length_of(&self, snapshot: &Snapshot) -> f64 {
        match self.profiles.rate {
            true => rate_divisor(&self.profiles.kind.unit, std::iter::once(snapshot)),
            false => 1.0,
        }
    }

    /// For `count by`: 1 if the series has a value.
    fn counted(&self, mut tree: Tree, work: Work<'_>) -> Result<Tree, Cancelled> {
        if self.profiles.series_merge() == SeriesMerge::Count {
            let ones = |values: &mut Vec<f64>| {
                work.each(values, |value| *value = f64::from(u8::from(*value != 0.0)))
            };
            ones(&mut tree.self_values)?;
            ones(&mut tree.totals)?;
            tree.whole = 1.0;
        }
        Ok(tree)
    }
}

/// Whether the rules allow to add all samples into one array.
fn is_linear(profiles: &Profiles) -> bool {
    matches!(profiles.series_merge(), SeriesMerge::Sum | SeriesMerge::Avg)
        && !matches!(profiles.time_rule(), TimeMerge::Min | TimeMerge::Max)
}

/// The merged tree of a selection with one group, whose samples have been read.
pub fn tree(profiles: &Profiles, work: Work<'_>) -> Result<Tree, Cancelled> {
    merged(profiles, work, |merger, group, work| merger.tree(group, work))
}

/// The tree of one side of a diff, with its values by batch of profiles.
pub fn replicated_tree(profiles: &Profiles, work: Work<'_>) -> Result<Tree, Cancelled> {
    merged(profiles, work, |merger, group, work| merger.replicated_tree(group, work))
}

/// As `replicated_tree`, with the values told apart by labels of samples as well, or, for no
/// such labels, by each of very many series.
pub fn split_tree(
    profiles: &Profiles,
    by: &[Arc<[Arc<str>]>],
    work: Work<'_>,
) -> Result<Tree, Cancelled> {
    merged(profiles, work, |merger, group, work| merger.split_tree(group, by, work))
}

fn merged(
    profiles: &Profiles,
    work: Work<'_>,
    merge: impl Fn(&Merger<'_>, &Group, Work<'_>) -> Result<Tree, Cancelled>,
) -> Result<Tree, Cancelled> {
    let groups = profiles.groups();
    let Some(group) = groups.first() else {
        let zeros = vec![0.0; profiles.symbols.stacks.len()];
        return Tree::new(profiles.symbols.clone(), zeros, 0.0, profiles.unit(), work);
    };
    merge(&Merger::new(profiles, work)?, group, work)
}

/// The total of a group to the last digit, if it is a sum of whole profiles.
pub fn exact_total(profiles: &Profiles, group: &Group) -> Option<i128> {
    let is_sum = is_linear(profiles) && !profiles.filtered;
    is_sum.then(|| Summation::new(profiles, 0).exact_total(group)).flatten()
}

/// What each profile adds to the total of a group, by series, if the rules add profiles up.
pub fn parts_of_total(profiles: &Profiles, group: &Group) -> Option<Vec<Vec<Part>>> {
    is_linear(profiles).then(|| Summation::new(profiles, 0).parts(group))
}

/// The groups with their totals after stack filters.
pub fn group_totals(profiles: &Profiles, work: Work<'_>) -> Result<Vec<(Group, f64)>, Cancelled> {
    let merger = Merger::new(profiles, work)?;
    let groups = profiles.groups().into_iter();
    groups
        .map(|group| {
            let (total, _) = merger.totals(&group, work)?;
            Ok((group, total))
        })
        .collect()
}

/// Combines two trees node by node, self and total separately.
fn combine(
    mut left: Tree,
    right: &Tree,
    op: fn(f64, f64) -> f64,
    work: Work<'_>,
) -> Result<Tree, Cancelled> {
    let zip = |left: &mut [f64], right: &[f64]| {
        work.each(left.iter_mut().zip(right), |(l, r)| *l = op(*l, *r))
    };
    zip(&mut left.self_values, &right.self_values)?;
    zip(&mut left.totals, &right.totals)?;
    left.whole = op(left.whole, right.whole);
    Ok(left)
}

fn scale(tree: &mut Tree, factor: f64, work: Work<'_>) -> Result<(), Cancelled> {
    tree.whole *= factor;
    work.each(tree.self_values.iter_mut().chain(&mut tree.totals), |value| *value *= factor)
}
