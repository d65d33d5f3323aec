//! From samples to a tree: the one place where values are added up.
//!
//! Within a series, snapshots merge over time by the rule of their type (delta:
//! sum, gauge: mean) or by an explicit one; then the series of a group merge, by
//! sum unless `avg by` and the like say otherwise. Sums are kept in integers as
//! long as the rule allows, so that they agree with pprof to the unit.

use rayon::prelude::*;

use crate::eval::batches::Batches;
use crate::eval::profiles::{Group, Profiles};
use crate::eval::stacks;
use crate::lang::ast::{SeriesMerge, TimeMerge};
use crate::profile::{Samples, Snapshot, StackId, Symbols, Tree};
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// With fewer samples, one core has added them up before another has begun.
const MANY: u64 = 1 << 17;
/// Samples are added up in about so many parts at once.
const PARTS: usize = 4;
/// A sum of more profiles may be cut.
const RUN: usize = 256;

/// Snapshots of one series, and what their sum is divided by.
type Run<'a> = (&'a [usize], f64);

/// Merges groups of one selection; what they share is worked out once.
pub struct Merger<'a> {
    profiles: &'a Profiles,
    symbols: Symbols,
    /// From recorded stacks to stacks of the tree.
    map: Vec<StackId>,
}

impl<'a> Merger<'a> {
    pub fn new(profiles: &'a Profiles) -> Merger<'a> {
        let by_name = stacks::by_name(&profiles.symbols);
        let map = match &profiles.map {
            None => by_name.map,
            Some(map) => map.iter().map(|stack| by_name.apply(*stack)).collect(),
        };
        Merger { profiles, symbols: by_name.symbols, map }
    }

    /// The merged tree of one group.
    pub fn tree(&self, group: &Group, work: Work<'_>) -> Result<Tree, Cancelled> {
        let unit = self.profiles.unit();
        if self.is_linear() {
            return Ok(Tree { unit, ..self.shown_tree(&self.add_up(group, work)?) });
        }
        self.by_series(group, unit, work)
    }

    /// The same for a tree that is compared: with its values by batch of profiles,
    /// unless they are not what is added up.
    pub fn replicated_tree(&self, group: &Group, work: Work<'_>) -> Result<Tree, Cancelled> {
        if !self.is_linear() {
            return self.tree(group, work);
        }
        let counted = group.series.iter().map(|(_, members)| self.over_time(members).0.len());
        let mut batches = Batches::new(self.profiles, group, counted.collect());
        let sums = self.add_up_in_batches(group, &mut batches, work)?;
        let mut tree = self.shown_tree(&sums);
        tree.unit = self.profiles.unit();
        tree.replicates = Some(batches.finish(self.map.clone(), self.divisor_across(group)));
        Ok(tree)
    }

    /// Whether all samples can be added into one array under the rules in force.
    fn is_linear(&self) -> bool {
        matches!(self.profiles.series_merge(), SeriesMerge::Sum | SeriesMerge::Avg)
            && !matches!(self.profiles.time_rule(), TimeMerge::Min | TimeMerge::Max)
    }

    /// Moves values from recorded stacks to the stacks of the tree, whose number they take.
    fn to_shown(&self, recorded: &[f64]) -> Vec<f64> {
        let mut shown = vec![0.0; self.symbols.stacks.len()];
        for (value, stack) in recorded.iter().zip(&self.map) {
            if *stack != StackId::DROPPED {
                shown[stack.index()] += value;
            }
        }
        shown
    }

    /// The tree of values by recorded stack, without a unit yet.
    fn shown_tree(&self, recorded: &[f64]) -> Tree {
        let shown = self.to_shown(recorded);
        let mut tree = Tree::new(self.symbols.clone(), shown, recorded.iter().sum(), Unit::None);
        if !self.profiles.filtered {
            // The same values in another order may differ in the last digit.
            tree.whole = tree.total();
        }
        tree
    }

    /// Values by recorded stack; the last element holds samples that an earlier
    /// stage dropped, so that the sum is that of the whole selection.
    fn add_up(&self, group: &Group, work: Work<'_>) -> Result<Vec<f64>, Cancelled> {
        let across = self.divisor_across(group);
        let runs = group.series.iter().flat_map(|(_, members)| {
            let (members, divisor) = self.over_time(members);
            // Whole numbers add up to the same in any order, so a sum may be cut.
            let length = if divisor * across == 1.0 { RUN } else { usize::MAX };
            members.chunks(length).map(move |run| (run, divisor * across))
        });
        let runs: Vec<Run<'_>> = runs.collect();
        if self.n_samples(runs.iter().flat_map(|(members, _)| *members)) < MANY {
            return self.add_runs(&runs, work);
        }
        // How it is cut depends on the profiles alone, so that every machine gets the same.
        let parts = runs.par_chunks(runs.len().div_ceil(PARTS));
        let parts = parts.map(|part| self.add_runs(part, work));
        let mut parts = parts.collect::<Result<Vec<_>, _>>()?.into_iter();
        let mut sum = parts.next().unwrap_or_default();
        for part in parts {
            sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
        Ok(sum)
    }

    fn n_samples<'m>(&self, members: impl Iterator<Item = &'m usize>) -> u64 {
        members.map(|member| u64::from(self.profiles.snapshots[*member].n_samples)).sum()
    }

    fn add_runs(&self, runs: &[Run<'_>], work: Work<'_>) -> Result<Vec<f64>, Cancelled> {
        let mut sums = Sums::new(self.map.len());
        for (members, divisor) in runs {
            // With more samples than stacks it costs less to look at every stack once.
            let many = self.n_samples(members.iter()) > self.map.len() as u64;
            for member in *members {
                work.check()?;
                let samples = self.profiles.snapshots[*member].samples();
                if many { sums.add_many(samples) } else { sums.add(samples) }
            }
            sums.settle(*divisor);
        }
        Ok(sums.finish())
    }

    /// The same, with the values of each batch of profiles besides.
    fn add_up_in_batches(
        &self,
        group: &Group,
        batches: &mut Batches,
        work: Work<'_>,
    ) -> Result<Vec<f64>, Cancelled> {
        let across = self.divisor_across(group);
        let series = group.series.iter().map(|(_, members)| self.over_time(members));
        let series: Vec<Run<'_>> = series.collect();
        // Whole numbers of several series can wait for the end of their batch.
        let are_whole = series.iter().all(|(_, divisor)| divisor * across == 1.0);
        let mut sums = Sums::new(self.map.len());
        for (members, divisor) in series {
            let divisor = divisor * across;
            let many = self.n_samples(members.iter()) > self.map.len() as u64;
            for (nth, &member) in members.iter().enumerate() {
                work.check()?;
                let snapshot = &self.profiles.snapshots[member];
                if many {
                    sums.add_many(snapshot.samples());
                } else {
                    sums.add(snapshot.samples());
                }
                let ends = batches.is_full_after(snapshot);
                if ends || (nth + 1 == members.len() && !are_whole) {
                    sums.hand_over(batches, divisor);
                }
                if ends {
                    batches.end_batch();
                }
            }
            batches.end_series();
            if !are_whole {
                sums.settle(divisor);
            }
        }
        sums.settle(1.0);
        Ok(sums.finish())
    }

    /// What every series is divided by.
    fn divisor_across(&self, group: &Group) -> f64 {
        match self.profiles.series_merge() {
            SeriesMerge::Avg => group.series.len().max(1) as f64,
            SeriesMerge::Sum | SeriesMerge::Max | SeriesMerge::Min | SeriesMerge::Count => 1.0,
        }
    }

    /// Which snapshots of a series count, and what their sum is divided by.
    fn over_time<'m>(&self, members: &'m [usize]) -> (&'m [usize], f64) {
        let last = members.len().saturating_sub(1);
        let (members, divisor) = match self.profiles.time_rule() {
            TimeMerge::Last => (&members[last..], 1.0),
            TimeMerge::Avg => (members, members.len().max(1) as f64),
            TimeMerge::Sum | TimeMerge::Min | TimeMerge::Max => (members, 1.0),
        };
        if !self.profiles.rate {
            return (members, divisor);
        }
        let snapshots = members.iter().map(|member| &self.profiles.snapshots[*member]);
        (members, rate_divisor(&self.profiles.kind.unit, snapshots))
    }

    /// Rules under which series must be merged one by one.
    fn by_series(&self, group: &Group, unit: Unit, work: Work<'_>) -> Result<Tree, Cancelled> {
        let mut merged: Option<Tree> = None;
        for (_, members) in &group.series {
            let series = self.counted(self.series_tree(members, work)?);
            merged = Some(match merged {
                None => series,
                Some(merged) => self.across(merged, series),
            });
        }
        let mut tree = merged.unwrap_or_else(|| self.empty());
        if self.profiles.series_merge() == SeriesMerge::Avg {
            scale(&mut tree, 1.0 / group.series.len().max(1) as f64);
        }
        tree.unit = unit;
        Ok(tree)
    }

    /// `max by` and `min by` take one series whole, the one with the largest or
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
    fn series_tree(&self, members: &[usize], work: Work<'_>) -> Result<Tree, Cancelled> {
        let op: fn(f64, f64) -> f64 = match self.profiles.time_rule() {
            TimeMerge::Max => f64::max,
            TimeMerge::Min => f64::min,
            TimeMerge::Sum | TimeMerge::Avg | TimeMerge::Last => {
                let one = Group {
                    labels: Default::default(),
                    series: vec![(Default::default(), members.to_vec())],
                };
                return Ok(self.shown_tree(&self.add_up(&one, work)?));
            }
        };
        let mut merged: Option<Tree> = None;
        for &member in members {
            work.check()?;
            let snapshot = &self.profiles.snapshots[member];
            let divisor = self.length_of(snapshot);
            if divisor == 0.0 {
                continue;
            }
            let mut sums = Sums::new(self.map.len());
            sums.add(snapshot.samples());
            sums.settle(divisor);
            let tree = self.shown_tree(&sums.finish());
            merged = Some(match merged {
                None => tree,
                Some(merged) => combine(merged, &tree, op),
            });
        }
        Ok(merged.unwrap_or_else(|| self.empty()))
    }

    /// What a single profile is divided by; 0 if it has no rate.
    fn length_of(&self, snapshot: &Snapshot) -> f64 {
        match self.profiles.rate {
            true => rate_divisor(&self.profiles.kind.unit, std::iter::once(snapshot)),
            false => 1.0,
        }
    }

    /// For `count by`: 1 where the series has a value at all.
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

/// Seconds of profiled time, 0 for snapshots of instants.
pub fn profiled_seconds<'s>(snapshots: impl Iterator<Item = &'s Snapshot>) -> f64 {
    snapshots.map(|snapshot| snapshot.duration.as_seconds()).sum()
}

/// What a sum is divided by to be a rate: the profiled time, not the window, for
/// a gap in scraping is not idleness. Nanoseconds per nanosecond are cores.
pub fn rate_divisor<'s>(unit: &Unit, snapshots: impl Iterator<Item = &'s Snapshot>) -> f64 {
    let seconds = profiled_seconds(snapshots);
    if *unit == Unit::Nanoseconds { seconds * 1e9 } else { seconds }
}

/// Node by node, self and total each on their own.
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

/// Integer sums by stack, settled into floats series by series.
///
/// Exact as long as a series' sum at one stack stays under 2^53, which is 104
/// days of CPU time in nanoseconds.
struct Sums {
    pending: Pending,
    /// What a batch of the series has handed over already.
    handed_over: Pending,
    settled: Vec<f64>,
}

/// Sums by stack, and which of them are not zero.
struct Pending {
    sums: Vec<i64>,
    touched: Vec<u32>,
    /// Whether any of them may be, and `touched` does not tell.
    anywhere: bool,
}

impl Pending {
    fn new(stacks: usize) -> Pending {
        Pending { sums: vec![0; stacks], touched: Vec::new(), anywhere: false }
    }

    fn add(&mut self, at: usize, value: i64) {
        if self.sums[at] == 0 {
            self.touched.push(at as u32);
        }
        self.sums[at] = self.sums[at].saturating_add(value);
    }

    /// All sums, which are zero afterwards.
    fn drain(&mut self) -> impl Iterator<Item = (usize, i64)> {
        let sums = &mut self.sums;
        if std::mem::take(&mut self.anywhere) {
            self.touched.clear();
            self.touched.extend((0..).zip(&*sums).filter(|(_, sum)| **sum != 0).map(|(at, _)| at));
        }
        self.touched.drain(..).map(|at| (at as usize, std::mem::take(&mut sums[at as usize])))
    }
}

impl Sums {
    fn new(stacks: usize) -> Sums {
        // One more for samples that an earlier stage dropped.
        let stacks = stacks + 1;
        let (pending, handed_over) = (Pending::new(stacks), Pending::new(0));
        Sums { pending, handed_over, settled: vec![0.0; stacks] }
    }

    fn add(&mut self, samples: &Samples) {
        let dropped = self.settled.len() - 1;
        for (stack, _, value) in samples.iter() {
            self.pending.add(stack.index().min(dropped), value);
        }
    }

    /// The same, without keeping account of where.
    fn add_many(&mut self, samples: &Samples) {
        self.pending.anywhere = true;
        let (dropped, sums) = (self.settled.len() - 1, &mut self.pending.sums);
        for (stack, value) in samples.stacks.iter().zip(samples.values.iter()) {
            let sum = &mut sums[stack.index().min(dropped)];
            *sum = sum.saturating_add(*value);
        }
    }

    /// Tells a batch what was added since the last call.
    fn hand_over(&mut self, batches: &mut Batches, divisor: f64) {
        let (dropped, handed_over) = (self.settled.len() - 1, &mut self.handed_over);
        // Few sums are handed over at all.
        handed_over.sums.resize(self.settled.len(), 0);
        // Dividing by a profiled time of zero: there is no rate, so no value.
        let divisor = if divisor > 0.0 { divisor } else { f64::INFINITY };
        let sums = self.pending.drain().inspect(|(at, sum)| handed_over.add(*at, *sum));
        batches.take(sums, dropped, divisor);
    }

    /// Divides what was added since the last call, and adds it to the result.
    fn settle(&mut self, divisor: f64) {
        let settled = &mut self.settled;
        for (at, sum) in self.pending.drain().chain(self.handed_over.drain()) {
            // Dividing by a profiled time of zero: there is no rate, so no value.
            if divisor > 0.0 {
                settled[at] += sum as f64 / divisor;
            }
        }
    }

    fn finish(self) -> Vec<f64> {
        self.settled
    }
}
