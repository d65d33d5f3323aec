//! Self and total of every function of a tree, and the value of calls between two.
//!
//! The reference is `pprof -top` and `-tree`: self is the value of samples that end in a
//! function; total is that of samples that pass through it, counted once per sample even
//! if the function recurs. The value of a call is counted in the same way. It is never a
//! sum of node totals.

use rustc_hash::FxHashMap;

use crate::profile::frame::FrameId;
use crate::profile::noise::FunctionVerdict;
use crate::profile::{Change, Diff, StackId, Stacks, Tree};
use crate::work::{Cancelled, Work};

/// One function's values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunctionTotals {
    pub frame: FrameId,
    pub self_value: f64,
    pub total: f64,
    /// Self and total to the last digit, where a float has not enough bits for them.
    pub exact: Option<[i128; 2]>,
}

/// One function's values before and after, in the unit of the diff's mode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunctionChange {
    pub frame: FrameId,
    pub self_value: Change,
    pub total: Change,
    /// Self before and after, as recorded.
    pub raw: Change,
    /// Total before and after, as recorded.
    pub raw_total: Change,
    /// Its standard errors and significance, if known.
    pub verdict: Option<FunctionVerdict>,
}

/// Every function with a sample on either side that `where` kept, in the order of its frame
/// id.
pub fn function_changes(diff: &Diff, work: Work<'_>) -> Result<Vec<FunctionChange>, Cancelled> {
    let outermost = outermost_functions(&diff.after, work)?;
    let [before, after] = [&diff.before, &diff.after].map(|tree| by_frame(tree, &outermost, work));
    let (before, after) = (before?, after?);
    let both = before.into_iter().zip(after).enumerate();
    let seen =
        both.filter(|(i, (before, after))| (before.2 || after.2) && diff.lists(FrameId(*i as u32)));
    work.collect(seen.map(|(i, (before, after))| FunctionChange {
        frame: FrameId(i as u32),
        self_value: diff.change(before.0, after.0),
        total: diff.change(before.1, after.1),
        raw: Change { before: before.0, after: after.0 },
        raw_total: Change { before: before.1, after: after.1 },
        verdict: diff.verdict(FrameId(i as u32)),
    }))
}

/// Every function with a sample, in the order of its frame id.
pub fn function_totals(tree: &Tree, work: Work<'_>) -> Result<Vec<FunctionTotals>, Cancelled> {
    let outermost = outermost_functions(tree, work)?;
    let exact = exact_by_frame(tree, &outermost, work)?;
    let totals = by_frame(tree, &outermost, work)?;
    let seen = totals.into_iter().enumerate().filter(|(_, (.., seen))| *seen);
    work.collect(seen.map(|(i, (self_value, total, _))| {
        let exact = exact.as_ref().map(|exact| exact[i]);
        let [self_value, total] =
            exact.map_or([self_value, total], |exact| exact.map(|value| value as f64));
        FunctionTotals { frame: FrameId(i as u32), self_value, total, exact }
    }))
}

/// Self and total by frame, to the last digit.
fn exact_by_frame(
    tree: &Tree,
    outermost: &[bool],
    work: Work<'_>,
) -> Result<Option<Vec<[i128; 2]>>, Cancelled> {
    let (Some(own), Some(totals)) = (&tree.exact, tree.exact_totals(work)?) else {
        return Ok(None);
    };
    let mut exact = vec![[0; 2]; tree.symbols.frames.len()];
    work.each(tree.symbols.stacks.iter(), |(stack, _, frame)| {
        let [self_value, total] = &mut exact[frame.index()];
        *self_value += own[stack.index()];
        if outermost[stack.index()] {
            *total += totals[stack.index()];
        }
    })?;
    Ok(Some(exact))
}

/// Self, total, and whether there is a sample at all, by frame.
fn by_frame(
    tree: &Tree,
    outermost: &[bool],
    work: Work<'_>,
) -> Result<Vec<(f64, f64, bool)>, Cancelled> {
    let mut totals = vec![(0.0, 0.0, false); tree.symbols.frames.len()];
    work.each(tree.symbols.stacks.iter(), |(stack, _, frame)| {
        let (self_value, total) = (tree.self_values[stack.index()], tree.totals[stack.index()]);
        let entry = &mut totals[frame.index()];
        entry.0 += self_value;
        if outermost[stack.index()] {
            entry.1 += total;
        }
        entry.2 |= self_value != 0.0 || total != 0.0;
    })?;
    Ok(totals)
}

/// The value of calls from one function to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeTotal {
    pub caller: FrameId,
    pub callee: FrameId,
    /// Counted once per sample, even if the call recurs.
    pub total: f64,
    /// Whether some of these calls are direct, without omitted functions in between.
    pub direct: bool,
}

/// Every pair of caller and callee among the functions to keep, in order of first
/// appearance; other functions in between are skipped. A function's calls to itself are
/// left out.
pub fn edge_totals(
    tree: &Tree,
    keep: impl Fn(FrameId) -> bool,
    work: Work<'_>,
) -> Result<Vec<EdgeTotal>, Cancelled> {
    let stacks = &tree.symbols.stacks;
    let mut edges: Vec<EdgeTotal> = Vec::new();
    let mut known = FxHashMap::default();
    // By stack: the innermost kept frame, and the edge that ends there, counted from 1.
    let mut kept = vec![StackId::EMPTY; stacks.len()];
    let mut ends = vec![0u32; stacks.len()];
    work.each(stacks.iter(), |(stack, parent, callee)| {
        let above = kept[parent.index()];
        kept[stack.index()] = if keep(callee) { stack } else { above };
        if kept[stack.index()] == above || above == StackId::EMPTY || stacks.frame(above) == callee
        {
            return;
        }
        let caller = stacks.frame(above);
        let edge = *known.entry((caller, callee)).or_insert_with(|| {
            edges.push(EdgeTotal { caller, callee, total: 0.0, direct: false });
            edges.len() as u32
        });
        ends[stack.index()] = edge;
        edges[edge as usize - 1].direct |= above == parent && tree.totals[stack.index()] != 0.0;
    })?;
    let outermost = outermost(stacks, &ends, edges.len() + 1, work)?;
    work.each(ends.iter().enumerate(), |(stack, edge)| {
        if *edge != 0 && outermost[stack] {
            edges[*edge as usize - 1].total += tree.totals[stack];
        }
    })?;
    edges.retain(|edge| edge.total != 0.0);
    Ok(edges)
}

/// By stack: whether no caller has the same frame.
pub fn outermost_functions(tree: &Tree, work: Work<'_>) -> Result<Vec<bool>, Cancelled> {
    let frames = tree.symbols.stacks.iter().map(|(.., frame)| frame.0);
    let keys = work.collect(std::iter::once(0).chain(frames))?;
    outermost(&tree.symbols.stacks, &keys, tree.symbols.frames.len(), work)
}

/// By stack: whether no caller has the same key. There are `n` keys.
///
/// One depth-first walk with a counter per key, so that deep stacks cost no more than
/// shallow ones.
pub fn outermost(
    stacks: &Stacks,
    keys: &[u32],
    n: usize,
    work: Work<'_>,
) -> Result<Vec<bool>, Cancelled> {
    let (mut first_child, mut next_sibling) = (vec![0u32; stacks.len()], vec![0u32; stacks.len()]);
    work.each(stacks.iter().rev(), |(stack, parent, _)| {
        next_sibling[stack.index()] = first_child[parent.index()];
        first_child[parent.index()] = stack.0;
    })?;
    let mut outermost = vec![true; stacks.len()];
    let mut on_path = vec![0u32; n];
    let (mut at, mut steps) = (first_child[0], work.steps());
    while at != 0 {
        steps.take()?;
        let stack = StackId(at);
        let key = keys[stack.index()] as usize;
        outermost[stack.index()] = on_path[key] == 0;
        on_path[key] += 1;
        if first_child[stack.index()] != 0 {
            at = first_child[stack.index()];
            continue;
        }
        at = leave(stacks, stack, &next_sibling, |left| on_path[keys[left.index()] as usize] -= 1);
    }
    Ok(outermost)
}

/// Leaves finished stacks up to one with a next sibling; returns 0 at the end.
fn leave(
    stacks: &Stacks,
    mut stack: StackId,
    next_sibling: &[u32],
    mut left: impl FnMut(StackId),
) -> u32 {
    while stack != StackId::EMPTY {
        left(stack);
        if next_sibling[stack.index()] != 0 {
            return next_sibling[stack.index()];
        }
        stack = stacks.parent(stack);
    }
    0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::profile::Symbols;
    use crate::profile::diff::Mode;
    use crate::quantity::Unit;

    /// a = 3, a;b = 1, a;b;a = 4, a;b;a;b = 2.
    fn recursive() -> (Tree, [FrameId; 2]) {
        let mut symbols = Symbols::new();
        let [a, b] = ["a", "b"].map(|name| symbols.intern_named_frame(name));
        let stacks = Arc::make_mut(&mut symbols.stacks);
        [a, b, a, b].into_iter().fold(StackId::EMPTY, |above, frame| stacks.intern(above, frame));
        let values = vec![0.0, 3.0, 1.0, 4.0, 2.0];
        (
            Tree::new(symbols, values, 10.0, Unit::None, Work::unattended()).expect("no interrupt"),
            [a, b],
        )
    }

    #[test]
    fn a_call_that_recurs_counts_once_per_sample() {
        let (tree, [a, b]) = recursive();
        // a -> b is in samples with 1, 4 and 2, once each; b -> a in 4 and 2.
        let edge = |caller, callee, total| EdgeTotal { caller, callee, total, direct: true };
        assert_eq!(
            edge_totals(&tree, |_| true, Work::unattended()).expect("no interrupt"),
            [edge(a, b, 7.0), edge(b, a, 6.0)]
        );
    }

    #[test]
    fn edges_skip_omitted_functions() {
        let (tree, [a, b]) = recursive();
        assert!(
            edge_totals(&tree, |frame| frame == a, Work::unattended())
                .expect("no interrupt")
                .is_empty(),
            "a calls a"
        );
        let mut symbols = tree.symbols.clone();
        let c = symbols.intern_named_frame("c");
        let stacks = Arc::make_mut(&mut symbols.stacks);
        stacks.intern(StackId(2), c);
        let mut values = tree.self_values.clone();
        values.push(5.0);
        let tree =
            Tree::new(symbols, values, 15.0, Unit::None, Work::unattended()).expect("no interrupt");
        let edge = EdgeTotal { caller: a, callee: c, total: 5.0, direct: false };
        assert_eq!(
            edge_totals(&tree, |frame| frame != b, Work::unattended()).expect("no interrupt"),
            [edge]
        );
    }

    #[test]
    fn recursion_counts_once_per_sample() {
        // a;b;a = 10 and a = 3: total(a) = 13, not 23; self(a) = 13; total(b) = 10.
        let mut symbols = Symbols::new();
        let [a, b] = ["a", "b"].map(|name| symbols.intern_named_frame(name));
        let stacks = Arc::make_mut(&mut symbols.stacks);
        let top = stacks.intern(StackId::EMPTY, a);
        let middle = stacks.intern(top, b);
        stacks.intern(middle, a);
        let tree =
            Tree::new(symbols, vec![0.0, 3.0, 0.0, 10.0], 13.0, Unit::None, Work::unattended())
                .expect("no interrupt");
        let totals = function_totals(&tree, Work::unattended()).expect("no interrupt");
        let of = |frame| totals.iter().find(|t| t.frame == frame).map(|t| (t.self_value, t.total));
        assert_eq!(of(a), Some((13.0, 13.0)));
        assert_eq!(of(b), Some((0.0, 10.0)));
    }

    #[test]
    fn a_change_counts_recursion_once_on_both_sides() {
        // Before a;b = 4; after a;b;a = 10.
        let mut symbols = Symbols::new();
        let [a, b] = ["a", "b"].map(|name| symbols.intern_named_frame(name));
        let stacks = Arc::make_mut(&mut symbols.stacks);
        let top = stacks.intern(StackId::EMPTY, a);
        let middle = stacks.intern(top, b);
        stacks.intern(middle, a);
        let tree = |values: [f64; 4], whole| {
            Tree::new(symbols.clone(), values.to_vec(), whole, Unit::None, Work::unattended())
                .expect("no interrupt")
        };
        let diff = Diff::align(
            tree([0.0, 0.0, 4.0, 0.0], 4.0),
            tree([0.0, 0.0, 0.0, 10.0], 10.0),
            Mode::Amount,
            [0.0; 2],
            Work::unattended(),
        )
        .expect("no interrupt");
        let changes = function_changes(&diff, Work::unattended()).expect("no interrupt");
        let of = |frame| changes.iter().find(|c| c.frame == frame).expect("a function");
        assert_eq!(of(a).self_value, Change { before: 0.0, after: 10.0 });
        assert_eq!(of(a).total, Change { before: 4.0, after: 10.0 });
        assert_eq!(of(b).self_value, Change { before: 4.0, after: 0.0 });
        assert_eq!(of(b).total, Change { before: 4.0, after: 10.0 });
    }
}
