//! The maximum or minimum over time at each node, for self and total separately.
//!
//! A profile has few of all stacks, so only the rows that it reaches are visited. A row
//! that a profile does not reach counts as zero; this is applied at the end.

use crate::eval::stacks::collapsed::Collapsed;
use crate::profile::{Samples, StackId, Stacks, Symbols, Tree};
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// Which extreme to find, over which stacks.
pub struct Search {
    /// `f64::max` or `f64::min`.
    op: fn(f64, f64) -> f64,
    collapsed: Collapsed,
    /// By recorded stack: its row, or [`DROPPED`] if it was dropped.
    rows: Vec<u32>,
}

const DROPPED: u32 = u32::MAX;

impl Search {
    /// For samples that end in the `recorded` stacks; `map` maps those to stacks of the
    /// tree.
    pub fn new(
        op: fn(f64, f64) -> f64,
        recorded: &[bool],
        map: &[StackId],
        stacks: &Stacks,
        work: Work<'_>,
    ) -> Result<Search, Cancelled> {
        let is_kept = |stack: &StackId| *stack != StackId::DROPPED;
        let mut ends = vec![false; stacks.len()];
        work.each(map.iter().zip(recorded), |(shown, found)| {
            if *found && is_kept(shown) {
                ends[shown.index()] = true;
            }
        })?;
        let collapsed = Collapsed::new(stacks, ends, work)?;
        let row = |shown: &StackId| match is_kept(shown) {
            true => collapsed.rows[shown.index()],
            false => DROPPED,
        };
        let rows = work.collect(map.iter().map(row))?;
        Ok(Search { op, collapsed, rows })
    }
}

/// The extremes of one series so far.
pub struct Extremes<'p> {
    search: &'p Search,
    /// By row, as the fields below.
    nodes: Vec<Node>,
    /// Of the current profile: self, and the total of its callees.
    now: Vec<[i64; 2]>,
    /// A bit for each row that the current profile reaches.
    touched: Vec<u64>,
    profiles: u32,
    whole: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Node {
    own: f64,
    total: f64,
    /// How many profiles reach it.
    seen: u32,
}

impl<'p> Extremes<'p> {
    pub fn new(search: &'p Search) -> Extremes<'p> {
        let n = search.collapsed.callers.len();
        Extremes {
            search,
            nodes: vec![Node::default(); n],
            now: vec![[0; 2]; n],
            touched: vec![0; n.div_ceil(64)],
            profiles: 0,
            whole: 0.0,
        }
    }

    /// Adds a profile.
    pub fn add(
        &mut self,
        samples: &Samples,
        divisor: f64,
        work: Work<'_>,
    ) -> Result<(), Cancelled> {
        let rows = &self.search.rows;
        let mut whole = 0i64;
        work.each(samples.stacks.iter().zip(samples.values.iter()), |(stack, value)| {
            whole = whole.saturating_add(*value);
            let row = rows.get(stack.index()).copied().unwrap_or(DROPPED);
            if row != DROPPED {
                let own = &mut self.now[row as usize][0];
                *own = own.saturating_add(*value);
                self.touch(row as usize);
            }
        })?;
        let whole = whole as f64 / divisor;
        self.whole = if self.profiles == 0 { whole } else { (self.search.op)(self.whole, whole) };
        self.profiles += 1;
        self.settle(divisor, work)
    }

    /// Marks a row and its callers.
    fn touch(&mut self, mut row: usize) {
        loop {
            let (word, bit) = (row / 64, 1 << (row % 64));
            if self.touched[word] & bit != 0 {
                return;
            }
            self.touched[word] |= bit;
            // The empty stack is its own caller.
            row = self.search.collapsed.callers[row] as usize;
        }
    }

    /// Visits the rows in order, callees before callers.
    fn settle(&mut self, divisor: f64, work: Work<'_>) -> Result<(), Cancelled> {
        work.each(0..self.touched.len(), |word| {
            let mut bits = std::mem::take(&mut self.touched[word]);
            while bits != 0 {
                self.settle_at(word * 64 + bits.trailing_zeros() as usize, divisor);
                bits &= bits - 1;
            }
        })
    }

    fn settle_at(&mut self, row: usize, divisor: f64) {
        let [own, below] = std::mem::take(&mut self.now[row]);
        let total = own.saturating_add(below);
        let caller = self.search.collapsed.callers[row] as usize;
        if caller != row {
            self.now[caller][1] = self.now[caller][1].saturating_add(total);
        }
        let (op, node) = (self.search.op, &mut self.nodes[row]);
        let [own, total] = [own, total].map(|value| value as f64 / divisor);
        *node = match node.seen {
            0 => Node { own, total, seen: 1 },
            seen => Node { own: op(node.own, own), total: op(node.total, total), seen: seen + 1 },
        };
    }

    /// The tree of the series, before it gets its unit.
    pub fn finish(
        self,
        symbols: Symbols,
        is_filtered: bool,
        work: Work<'_>,
    ) -> Result<Tree, Cancelled> {
        let Extremes { search: Search { op, collapsed, .. }, mut nodes, profiles, whole, .. } =
            self;
        work.each(&mut nodes, |node| {
            if node.seen < profiles {
                (node.own, node.total) = (op(node.own, 0.0), op(node.total, 0.0));
            }
        })?;
        let all = || (0..symbols.stacks.len() as u32).map(StackId);
        let node = |stack: StackId| &nodes[collapsed.rows[stack.index()] as usize];
        let own = all().map(|stack| if collapsed.ends_in(stack) { node(stack).own } else { 0.0 });
        let is_used = |stack: StackId| stack == StackId::EMPTY || collapsed.has(stack);
        let totals = all().map(|stack| if is_used(stack) { node(stack).total } else { 0.0 });
        let (own, totals) = (work.collect(own)?, work.collect(totals)?);
        let mut tree = Tree { totals, ..Tree::new(symbols, own, whole, Unit::None, work)? };
        if !is_filtered {
            tree.whole = tree.total();
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::frame::FrameId;
    use crate::profile::symbols::TagsId;

    /// `a`, `a;b` and `a;c`, and a fourth stack that was dropped by an earlier stage.
    fn tree(op: fn(f64, f64) -> f64, profiles: &[[i64; 4]]) -> Tree {
        let mut stacks = Stacks::new();
        let a = stacks.intern(StackId::EMPTY, FrameId(0));
        let [b, c] = [1, 2].map(|frame| stacks.intern(a, FrameId(frame)));
        let map = [StackId::EMPTY, a, b, c, StackId::DROPPED];
        let samples = |values: &[i64; 4]| {
            let rows = (1..).zip(values).filter(|(_, value)| **value != 0);
            Samples {
                stacks: rows.clone().map(|(stack, _)| StackId(stack)).collect(),
                tags: rows.clone().map(|_| TagsId(0)).collect(),
                values: rows.map(|(_, value)| *value).collect(),
            }
        };
        let profiles: Vec<Samples> = profiles.iter().map(samples).collect();
        let mut recorded = vec![false; map.len()];
        let ends = profiles.iter().flat_map(|profile| profile.stacks.iter());
        ends.for_each(|stack| recorded[stack.index()] = true);
        let work = Work::unattended();
        let search = Search::new(op, &recorded, &map, &stacks, work).expect("no interrupt");
        let mut extremes = Extremes::new(&search);
        for profile in &profiles {
            extremes.add(profile, 2.0, work).expect("no interrupt");
        }
        let symbols = Symbols { stacks: stacks.clone().into(), ..Symbols::default() };
        extremes.finish(symbols, true, work).expect("no interrupt")
    }

    #[test]
    fn self_and_total_of_each_node_are_separate() {
        // Self is half of 2, 10, 0; total is half of 12, 10, 0 and of 8, 0, 8.
        let profiles = [[2, 10, 0, 100], [0, 0, 8, 4]];
        let most = tree(f64::max, &profiles);
        assert_eq!(most.self_values, [0.0, 1.0, 5.0, 4.0]);
        assert_eq!(most.totals, [6.0, 6.0, 5.0, 4.0]);
        assert_eq!(most.whole, 56.0);
        // A stack without samples in a profile counts as 0.
        let least = tree(f64::min, &profiles);
        assert_eq!(least.self_values, [0.0, 0.0, 0.0, 0.0]);
        assert_eq!(least.totals, [4.0, 4.0, 0.0, 0.0]);
        assert_eq!(least.whole, 6.0);
    }

    #[test]
    fn a_decrease_is_negative() {
        let profiles = [[-2, 0, 0, 0], [0, 0, 0, 0]];
        assert_eq!(tree(f64::min, &profiles).totals, [-1.0, -1.0, 0.0, 0.0]);
        assert_eq!(tree(f64::max, &profiles).totals, [0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_call_without_self_value_shares_the_row_of_its_only_callee() {
        let profiles = [[0, 4, 0, 0], [0, 6, 0, 0]];
        let most = tree(f64::max, &profiles);
        assert_eq!(most.self_values, [0.0, 0.0, 3.0, 0.0]);
        assert_eq!(most.totals, [3.0, 3.0, 3.0, 0.0]);
    }
}
