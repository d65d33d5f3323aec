//! Merges samples into a tree by the merge rules.
//!
//! Within a series, snapshots merge over time by the rule of their type (delta: sum,
//! gauge: mean) or by an explicit rule. Then the series of a group merge: by sum, or as
//! `avg by` and the like say. `sums` adds up, `extremes` finds maxima and minima.

use std::ops::AddAssign;

use rayon::prelude::*;

use crate::eval::merge::adder::divided;
use crate::eval::merge::extremes::{Extremes, Search};
use crate::eval::merge::sums::Summation;
use crate::eval::selection::memory::Sums;
use crate::eval::selection::profiles::{Group, Profiles};
use crate::eval::stacks::rewrite::by_name;
use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::sample::rate_divisor;
use crate::profile::{Snapshot, StackId, Symbols, Tree};
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
            Some(map) => map.iter().map(|stack| by_name.apply(*stack)).collect(),
        };
        Ok(Merger { profiles, symbols: by_name.symbols, map })
    }

    /// The merged tree of one group.
    pub fn tree(&self, group: &Group, work: Work<'_>) -> Result<Tree, Cancelled> {
        let unit = self.profiles.unit();
        if is_linear(self.profiles) {
            return Ok(Tree { unit, ..self.shown_tree(&self.summation().sums(group, work)?) });
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
        let shown = values.iter().zip(&self.map).filter(|(_, stack)| **stack != StackId::DROPPED);
        // Not `sum`, which is -0 for no values.
        let kept = shown.fold(0.0, |kept, (value, _)| kept + value);
        Ok((divided(kept, divisor), divided(values.iter().sum(), divisor)))
    }

    /// The merged tree of one side of a diff, with its values by batch of profiles if the
    /// rules add values up.
    pub fn replicated_tree(&self, group: &Group, work: Work<'_>) -> Result<Tree, Cancelled> {
        if !is_linear(self.profiles) {
            return self.tree(group, work);
        }
        let (sums, batched) = self.summation().batched(group, work)?;
        let mut tree = self.shown_tree(&sums);
        tree.unit = self.profiles.unit();
        tree.replicates = Some(batched.replicates(self.map.clone()));
        Ok(tree)
    }

    fn summation(&self) -> Summation<'_> {
        Summation::new(self.profiles, self.map.len())
    }

    /// Moves values from recorded stacks to the stacks of the tree.
    fn to_shown<T: Copy + Default + AddAssign>(&self, recorded: &[T]) -> Vec<T> {
        let mut shown = vec![T::default(); self.symbols.stacks.len()];
        for (value, stack) in recorded.iter().zip(&self.map) {
            if *stack != StackId::DROPPED {
                shown[stack.index()] += *value;
            }
        }
        shown
    }

    /// The tree of values by recorded stack, before it gets its unit.
    fn shown_tree(&self, recorded: &Sums) -> Tree {
        let Sums { values, divisor, exact } = recorded;
        let shown = self.to_shown(values);
        let mut tree = Tree::new(self.symbols.clone(), shown, values.iter().sum(), Unit::None);
        if let Some(exact) = exact {
            tree = tree.with_exact(self.to_shown(exact));
            tree.whole = exact.iter().sum::<i128>() as f64;
        }
        if *divisor != 1.0 {
            for value in tree.self_values.iter_mut().chain(&mut tree.totals) {
                *value = divided(*value, *divisor);
            }
            tree.whole = divided(tree.whole, *divisor);
        }
        if !self.profiles.filtered {
            // Floating-point sums in another order may differ in the last digit.
            tree.whole = tree.total();
        }
        tree
    }

    /// For rules that need series merged one by one.
    fn by_series(&self, group: &Group, unit: Unit, work: Work<'_>) -> Result<Tree, Cancelled> {
        /// The number of trees in memory at once.
        const TOGETHER: usize = 8;
        let search = self.search();
        let mut merged: Option<Tree> = None;
        for several in group.series.chunks(TOGETHER) {
            let trees = several.par_iter();
            let trees = trees.map(|(_, members)| self.series_tree(members, search.as_ref(), work));
            for tree in trees.collect::<Result<Vec<_>, _>>()? {
                let series = self.counted(Tree { exact: None, ..tree });
                merged = Some(match merged {
                    None => series,
                    Some(merged) => self.across(merged, series),
                });
            }
        }
        let mut tree = merged.unwrap_or_else(|| self.empty());
        if self.profiles.series_merge() == SeriesMerge::Avg {
            scale(&mut tree, 1.0 / group.series.len().max(1) as f64);
        }
        tree.unit = unit;
        Ok(tree)
    }

    /// `max by` and `min by` choose one whole series, the one with the largest or
    /// smallest total: a maximum at each node would be a profile that no series had.
    fn across(&self, merged: Tree, series: Tree) -> Tree {
        let larger = series.total() > merged.total();
        match self.profiles.series_merge() {
            SeriesMerge::Max if larger => series,
            SeriesMerge::Min if !larger => series,
            SeriesMerge::Max | SeriesMerge::Min => merged,
            SeriesMerge::Sum | SeriesMerge::Avg | SeriesMerge::Count => {
                combine(merged, &series, |a, b| a + b)
            }
        }
    }

    fn empty(&self) -> Tree {
        let zeros = vec![0.0; self.symbols.stacks.len()];
        Tree::new(self.symbols.clone(), zeros, 0.0, Unit::None)
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
            return Ok(self.shown_tree(&self.summation().sums(&one, work)?));
        };
        let mut extremes = Extremes::new(search);
        for &member in members {
            work.check()?;
            let snapshot = &self.profiles.snapshots[member];
            let divisor = self.length_of(snapshot);
            if divisor > 0.0 {
                extremes.add(snapshot.samples(), divisor);
            }
        }
        Ok(extremes.finish(self.symbols.clone(), self.profiles.filtered))
    }

    /// The extreme that the time rule asks for, if any.
    fn search(&self) -> Option<Search> {
        let op = match self.profiles.time_rule() {
            TimeMerge::Max => f64::max,
            TimeMerge::Min => f64::min,
            TimeMerge::Sum | TimeMerge::Avg | TimeMerge::Last => return None,
        };
        Some(Search::new(op, &self.profiles.ends(), &self.map, &self.symbols.stacks))
    }

    /// The divisor of a single profile; 0 if it has no rate.
    fn length_of(&self, snapshot: &Snapshot) -> f64 {
        match self.profiles.rate {
            true => rate_divisor(&self.profiles.kind.unit, std::iter::once(snapshot)),
            false => 1.0,
        }
    }

    /// For `count by`: 1 if the series has a value.
    fn counted(&self, mut tree: Tree) -> Tree {
        if self.profiles.series_merge() == SeriesMerge::Count {
            let ones = |values: &mut Vec<f64>| {
                for value in values {
                    *value = f64::from(u8::from(*value != 0.0));
                }
            };
            ones(&mut tree.self_values);
            ones(&mut tree.totals);
            tree.whole = 1.0;
        }
        tree
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

fn merged(
    profiles: &Profiles,
    work: Work<'_>,
    merge: fn(&Merger<'_>, &Group, Work<'_>) -> Result<Tree, Cancelled>,
) -> Result<Tree, Cancelled> {
    let groups = profiles.groups();
    let Some(group) = groups.first() else {
        let zeros = vec![0.0; profiles.symbols.stacks.len()];
        return Ok(Tree::new(profiles.symbols.clone(), zeros, 0.0, profiles.unit()));
    };
    merge(&Merger::new(profiles, work)?, group, work)
}

/// The total of a group to the last digit, if it is a sum of whole profiles.
pub fn exact_total(profiles: &Profiles, group: &Group) -> Option<i128> {
    let is_sum = is_linear(profiles) && !profiles.filtered;
    is_sum.then(|| Summation::new(profiles, 0).exact_total(group)).flatten()
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
fn combine(mut left: Tree, right: &Tree, op: fn(f64, f64) -> f64) -> Tree {
    let zip = |left: &mut [f64], right: &[f64]| {
        for (l, r) in left.iter_mut().zip(right) {
            *l = op(*l, *r);
        }
    };
    zip(&mut left.self_values, &right.self_values);
    zip(&mut left.totals, &right.totals);
    left.whole = op(left.whole, right.whole);
    left
}

fn scale(tree: &mut Tree, factor: f64) {
    for value in tree.self_values.iter_mut().chain(&mut tree.totals) {
        *value *= factor;
    }
    tree.whole *= factor;
}
