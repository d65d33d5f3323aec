//! The shape of what is drawn: the stacks, their widths, and their children by weight.
//!
//! Flame graphs, outlines and the viewer's payload use it, for one tree and for a diff
//! alike. It holds weights, not texts or colours.

use std::borrow::Cow;

use crate::eval::result::value::Graph;
use crate::profile::diff::Width;
use crate::profile::{Diff, StackId, Symbols, Tree};
use crate::work::{Cancelled, Work};

/// What is drawn: one tree or a diff.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GraphRef<'a> {
    Tree(&'a Tree),
    Diff(&'a Diff),
}

impl<'a> From<&'a Tree> for GraphRef<'a> {
    fn from(tree: &'a Tree) -> GraphRef<'a> {
        GraphRef::Tree(tree)
    }
}

impl<'a> From<&'a Diff> for GraphRef<'a> {
    fn from(diff: &'a Diff) -> GraphRef<'a> {
        GraphRef::Diff(diff)
    }
}

impl<'a> From<&'a Graph> for GraphRef<'a> {
    fn from(graph: &'a Graph) -> GraphRef<'a> {
        match graph {
            Graph::Tree(tree) => GraphRef::Tree(tree),
            Graph::Diff(diff) => GraphRef::Diff(diff),
        }
    }
}

/// By stack: of the tree or the side after, and of the side before.
pub(crate) type OwnValues<'a> = (Cow<'a, [f64]>, Option<Cow<'a, [f64]>>);

impl<'a> GraphRef<'a> {
    pub(crate) fn symbols(self) -> &'a Symbols {
        match self {
            GraphRef::Tree(tree) => &tree.symbols,
            GraphRef::Diff(diff) => diff.symbols(),
        }
    }

    pub(crate) fn shape(self, work: Work<'_>) -> Result<Shape<'a>, Cancelled> {
        match self {
            GraphRef::Tree(tree) => Shape::of_tree(tree, work),
            GraphRef::Diff(diff) => Shape::of_diff(diff, work),
        }
    }

    /// Self values by stack: of the tree or the side after, and of the side before.
    pub(crate) fn own_values(self, work: Work<'_>) -> Result<OwnValues<'a>, Cancelled> {
        let before = match self {
            GraphRef::Tree(_) => None,
            GraphRef::Diff(diff) => Some(own_values(&diff.before, work)?),
        };
        Ok((own_values(self.after(), work)?, before))
    }

    /// The tree; for a diff, the side after.
    pub(crate) fn after(self) -> &'a Tree {
        match self {
            GraphRef::Tree(tree) => tree,
            GraphRef::Diff(diff) => &diff.after,
        }
    }
}

/// Stacks with their widths and their sorted children.
#[derive(Debug)]
pub(crate) struct Shape<'a> {
    pub(crate) symbols: &'a Symbols,
    /// By stack: the width that is drawn. A parent is at least as wide as its children
    /// together.
    pub(crate) widths: Vec<f64>,
    /// By stack: the weight that orders siblings; 0 for a stack without a value.
    pub(crate) weights: Vec<f64>,
    /// By stack: where its children start in `children`; one extra entry at the end.
    starts: Vec<u32>,
    children: Vec<StackId>,
}

impl<'a> Shape<'a> {
    /// A tree. The widths are the totals; if some are negative, the sums of absolute self
    /// values, so that a parent is still as wide as its children.
    pub(crate) fn of_tree(tree: &'a Tree, work: Work<'_>) -> Result<Shape<'a>, Cancelled> {
        let own = own_values(tree, work)?;
        let weights = match own.iter().any(|value| *value < 0.0) {
            true => {
                let sizes = work.collect(own.iter().map(|value| value.abs()))?;
                tree.symbols.stacks.summed_up(sizes, work)?
            }
            false => tree.totals.clone(),
        };
        Shape::new(&tree.symbols, weights.clone(), weights, work)
    }

    /// A diff, with siblings ordered by before and after together, and the widths that
    /// the diff asks for.
    pub(crate) fn of_diff(diff: &'a Diff, work: Work<'_>) -> Result<Shape<'a>, Cancelled> {
        let weights = diff_widths(diff, Width::Both, work)?;
        let widths = match diff.width {
            Width::Both => weights.clone(),
            width => diff_widths(diff, width, work)?,
        };
        Shape::new(diff.symbols(), widths, weights, work)
    }

    /// Only the stacks of a diff that changed, the largest change first.
    pub(crate) fn of_changes(diff: &'a Diff, work: Work<'_>) -> Result<Shape<'a>, Cancelled> {
        let weights = diff_widths(diff, Width::Delta, work)?;
        Shape::new(diff.symbols(), weights.clone(), weights, work)
    }

    fn new(
        symbols: &'a Symbols,
        widths: Vec<f64>,
        weights: Vec<f64>,
        work: Work<'_>,
    ) -> Result<Shape<'a>, Cancelled> {
        let is_present = |stack: StackId| weights[stack.index()] > 0.0;
        let mut starts = vec![0u32; weights.len() + 1];
        work.each(symbols.stacks.iter(), |(stack, parent, _)| {
            starts[parent.index() + 1] += u32::from(is_present(stack));
        })?;
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut children = vec![StackId::EMPTY; starts[weights.len()] as usize];
        work.each(symbols.stacks.iter(), |(stack, parent, _)| {
            if is_present(stack) {
                children[next[parent.index()] as usize] = stack;
                next[parent.index()] += 1;
            }
        })?;
        let mut shape = Shape { symbols, widths, weights, starts, children };
        shape.sort(work)?;
        Ok(shape)
    }

    /// Heaviest first, ties by name, so that the picture is always the same.
    fn sort(&mut self, work: Work<'_>) -> Result<(), Cancelled> {
        let Shape { symbols, weights, starts, children, .. } = self;
        let name = |stack: &StackId| symbols.frame_name(symbols.stacks.frame(*stack));
        work.each(starts.windows(2), |ends| {
            children[ends[0] as usize..ends[1] as usize].sort_by(|a, b| {
                let by_weight = weights[b.index()].total_cmp(&weights[a.index()]);
                by_weight.then_with(|| name(a).cmp(name(b)))
            });
        })
    }

    /// The children of a stack that have a value, heaviest first.
    pub(crate) fn children(&self, stack: StackId) -> &[StackId] {
        let at = stack.index();
        &self.children[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// The number of stacks with a value, without the root.
    pub(crate) fn frames(&self) -> usize {
        self.children.len()
    }

    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.children.is_empty() && self.weights[StackId::EMPTY.index()] <= 0.0
    }

    pub(crate) fn name(&self, stack: StackId) -> &'a str {
        self.symbols.frame_name(self.symbols.stacks.frame(stack))
    }
}

/// By stack: its total minus the totals of its children.
///
/// This is the self value, except in a tree of maxima: there totals do not add up, and
/// this difference, which may be negative, makes them add up in a picture.
pub(crate) fn own_values<'t>(tree: &'t Tree, work: Work<'_>) -> Result<Cow<'t, [f64]>, Cancelled> {
    /// Floating-point sums in a different order differ in the last digits.
    const ROUNDING: f64 = 1e-9;
    let mut own = tree.totals.clone();
    work.each(tree.symbols.stacks.iter(), |(stack, parent, _)| {
        own[parent.index()] -= tree.totals[stack.index()];
    })?;
    let is_self = |stack: usize| {
        let off = (own[stack] - tree.self_values[stack]).abs();
        off <= ROUNDING * tree.totals[stack].abs().max(tree.self_values[stack].abs())
            || off <= ROUNDING * tree.whole.abs()
    };
    let mut are_selfs = true;
    work.each(0..own.len(), |stack| are_selfs &= is_self(stack))?;
    Ok(if are_selfs { Cow::Borrowed(&tree.self_values) } else { Cow::Owned(own) })
}

/// Whether any value is below zero, as in a heap's delta.
pub(crate) fn has_negative(tree: &Tree) -> bool {
    tree.self_values.iter().any(|value| *value < 0.0)
}

/// The sums of absolute values that one kind of width stands for, in the unit of the
/// mode.
fn diff_widths(diff: &Diff, width: Width, work: Work<'_>) -> Result<Vec<f64>, Cancelled> {
    let (before, after) = (own_values(&diff.before, work)?, own_values(&diff.after, work)?);
    let own = before.iter().zip(after.iter()).map(|(before, after)| {
        let change = diff.change(*before, *after);
        match width {
            Width::Both => change.before.abs() + change.after.abs(),
            Width::Before => change.before.abs(),
            Width::After => change.after.abs(),
            Width::Delta => change.delta().abs(),
        }
    });
    diff.symbols().stacks.summed_up(work.collect(own)?, work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::diff::Mode;
    use crate::view::fixture::tree;

    fn names<'a>(shape: &Shape<'a>, stack: StackId) -> Vec<(&'a str, f64)> {
        let children = shape.children(stack).iter();
        children.map(|child| (shape.name(*child), shape.widths[child.index()])).collect()
    }

    #[test]
    fn children_are_heaviest_first_and_ties_are_in_order_of_name() {
        let tree = tree(&[("b", 1.0), ("c", 2.0), ("a", 1.0), ("gone", 0.0)]);
        let shape = Shape::of_tree(&tree, Work::unattended()).expect("no interrupt");
        assert_eq!(names(&shape, StackId::EMPTY), [("c", 2.0), ("a", 1.0), ("b", 1.0)]);
        assert_eq!(shape.frames(), 3);
    }

    #[test]
    fn a_tree_of_maxima_is_as_wide_as_its_children() {
        // a has the maximum 5; its callees have 4 and 3, at different times.
        let mut tree = tree(&[("a;b", 4.0), ("a;c", 3.0)]);
        tree.totals = vec![5.0, 5.0, 4.0, 3.0];
        assert_eq!(
            *own_values(&tree, Work::unattended()).expect("no interrupt"),
            [0.0, -2.0, 4.0, 3.0]
        );
        let shape = Shape::of_tree(&tree, Work::unattended()).expect("no interrupt");
        assert_eq!(names(&shape, StackId::EMPTY), [("a", 9.0)]);
    }

    #[test]
    fn each_width_of_a_diff_is_the_sum_of_its_values() {
        // a: 2 then 6; b: 8 then 4; the total is 10 before and after.
        let mut diff = Diff::align(
            tree(&[("a", 2.0), ("b", 8.0)]),
            tree(&[("a", 6.0), ("b", 4.0)]),
            Mode::Amount,
            [0.0; 2],
            Work::unattended(),
        )
        .expect("no interrupt");
        for (width, expected) in [
            (Width::Both, [("b", 12.0), ("a", 8.0)]),
            (Width::Before, [("b", 8.0), ("a", 2.0)]),
            (Width::After, [("b", 4.0), ("a", 6.0)]),
            (Width::Delta, [("b", 4.0), ("a", 4.0)]),
        ] {
            diff.width = width;
            assert_eq!(
                names(
                    &Shape::of_diff(&diff, Work::unattended()).expect("no interrupt"),
                    StackId::EMPTY
                ),
                expected
            );
        }
        assert_eq!(
            Shape::of_changes(&diff, Work::unattended()).expect("no interrupt").weights[0],
            8.0
        );
    }
}
