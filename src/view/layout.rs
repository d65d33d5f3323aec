//! From a tree to boxes: where each frame of a flame graph lies, before HTML.
//!
//! Drawing has a budget. The widest boxes are kept, what is left out of a
//! parent is one `(other)` beside its siblings, so that areas stay honest. The
//! table beside the picture is computed on the whole tree.

use std::cmp::Ordering;

use crate::profile::{StackId, Tree};

/// A box narrower than this share of the picture is less than half a pixel.
const NARROWEST: f64 = 0.0005;

/// What a picture may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) boxes: usize,
    pub(crate) rows: usize,
}

/// The boxes of a tree, parents before children.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) boxes: Vec<Slab>,
    /// Rows drawn, that of the root included.
    pub(crate) rows: usize,
    /// Rows there are.
    pub(crate) depth: usize,
    /// Frames that are in no box of their own.
    pub(crate) merged: usize,
    /// Frames there are.
    pub(crate) frames: usize,
}

/// One box: left and width are shares of the whole picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slab {
    pub(crate) content: Content,
    pub(crate) row: usize,
    pub(crate) left: f64,
    pub(crate) width: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Content {
    /// A frame; the empty stack is the root box.
    Frame(StackId),
    /// Siblings too small to draw: how many, and their value.
    Other { frames: usize, total: f64 },
}

/// How wide each stack is: its total, or where values are negative the sum of
/// the magnitudes below it, so that a parent is still as wide as its children.
pub(crate) fn weights(tree: &Tree) -> Vec<f64> {
    if !has_negative(tree) {
        return tree.totals.clone();
    }
    let mut weights: Vec<_> = tree.self_values.iter().map(|value| value.abs()).collect();
    for (stack, parent, _) in tree.symbols.stacks.iter().rev() {
        weights[parent.index()] += weights[stack.index()];
    }
    weights
}

/// Whether any value is below zero, as in a heap's delta.
pub(crate) fn has_negative(tree: &Tree) -> bool {
    tree.self_values.iter().any(|value| *value < 0.0)
}

/// Lays the tree out, heaviest child leftmost.
pub(crate) fn lay_out(tree: &Tree, budget: Budget) -> Layout {
    let weights = weights(tree);
    let whole = weights[StackId::EMPTY.index()];
    let rows_of = rows_of(tree);
    let is_present = |stack: StackId| weights[stack.index()] > 0.0;
    let frames = tree.symbols.stacks.iter().filter(|(stack, ..)| is_present(*stack)).count();
    let depth = max_row(tree, &rows_of, is_present) + 1;
    if whole <= 0.0 {
        return Layout { boxes: Vec::new(), rows: 0, depth: 0, merged: 0, frames: 0 };
    }
    let drawn = widest(tree, &weights, &rows_of, budget);
    let pen = Pen { tree, weights: &weights, whole, drawn: &drawn };
    let boxes = pen.draw();
    let rows = boxes.iter().map(|slab| slab.row + 1).max().unwrap_or(0);
    let merged = frames - (drawn.iter().filter(|is_drawn| **is_drawn).count() - 1);
    Layout { boxes, rows, depth, merged, frames }
}

/// The row of each stack: 0 for the empty one.
fn rows_of(tree: &Tree) -> Vec<u32> {
    let mut rows = vec![0; tree.totals.len()];
    for (stack, parent, _) in tree.symbols.stacks.iter() {
        rows[stack.index()] = rows[parent.index()] + 1;
    }
    rows
}

fn max_row(tree: &Tree, rows_of: &[u32], is_present: impl Fn(StackId) -> bool) -> usize {
    let present = tree.symbols.stacks.iter().filter(|(stack, ..)| is_present(*stack));
    present.map(|(stack, ..)| rows_of[stack.index()] as usize).max().unwrap_or(0)
}

/// Which stacks get a box. Ordered by weight, then row: a parent is never lighter
/// than its child, so the chosen ones are a tree.
fn widest(tree: &Tree, weights: &[f64], rows_of: &[u32], budget: Budget) -> Vec<bool> {
    let least = weights[StackId::EMPTY.index()] * NARROWEST;
    let mut candidates: Vec<_> = tree
        .symbols
        .stacks
        .iter()
        .map(|(stack, ..)| stack.index())
        .filter(|i| weights[*i] >= least && (rows_of[*i] as usize) < budget.rows)
        .collect();
    let wider = |a: &usize, b: &usize| -> Ordering {
        weights[*b].total_cmp(&weights[*a]).then(rows_of[*a].cmp(&rows_of[*b])).then(a.cmp(b))
    };
    if candidates.len() > budget.boxes {
        candidates.select_nth_unstable_by(budget.boxes, wider);
        candidates.truncate(budget.boxes);
    }
    let mut drawn = vec![false; weights.len()];
    drawn[StackId::EMPTY.index()] = true;
    candidates.into_iter().for_each(|i| drawn[i] = true);
    drawn
}

/// Walks the drawn part of a tree.
struct Pen<'a> {
    tree: &'a Tree,
    weights: &'a [f64],
    whole: f64,
    drawn: &'a [bool],
}

impl Pen<'_> {
    fn draw(&self) -> Vec<Slab> {
        let children = self.tree.children();
        let root = Slab { content: Content::Frame(StackId::EMPTY), row: 0, left: 0.0, width: 1.0 };
        let mut boxes = Vec::new();
        let mut waiting = vec![root];
        while let Some(slab) = waiting.pop() {
            boxes.push(slab);
            if let Content::Frame(stack) = slab.content {
                waiting.extend(self.row_above(slab, &children[stack.index()]));
            }
        }
        boxes
    }

    /// The boxes of the children of one box, `(other)` last.
    fn row_above(&self, parent: Slab, children: &[StackId]) -> Vec<Slab> {
        let mut left = parent.left;
        let mut place = |content, weight: f64| {
            let slab = Slab { content, row: parent.row + 1, left, width: weight / self.whole };
            left += slab.width;
            slab
        };
        let (drawn, small): (Vec<StackId>, Vec<StackId>) =
            children.iter().partition(|child| self.drawn[child.index()]);
        let weight = |child: &StackId| self.weights[child.index()];
        let mut row: Vec<_> =
            drawn.iter().map(|child| place(Content::Frame(*child), weight(child))).collect();
        // Where nothing is drawn, the flame just ends here: a row of `(other)` on
        // top of every box would say no more than that.
        let rest: f64 = small.iter().map(weight).sum();
        if !drawn.is_empty() && rest >= self.whole * NARROWEST {
            let total = small.iter().map(|child| self.tree.totals[child.index()]).sum();
            row.push(place(Content::Other { frames: small.len(), total }, rest));
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture::tree;

    const ROOMY: Budget = Budget { boxes: 1500, rows: 100 };

    fn slabs(layout: &Layout) -> Vec<(usize, f64, f64)> {
        let mut slabs: Vec<_> = layout.boxes.iter().map(|b| (b.row, b.left, b.width)).collect();
        slabs.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        slabs
    }

    #[test]
    fn boxes_are_as_wide_as_their_share_and_heaviest_first() {
        // total 8: a = 6 (b 2, self 4), c = 2.
        let tree = tree(&[("c", 2.0), ("a", 4.0), ("a;b", 2.0)]);
        let layout = lay_out(&tree, ROOMY);
        assert_eq!(
            slabs(&layout),
            [(0, 0.0, 1.0), (1, 0.0, 0.75), (1, 0.75, 0.25), (2, 0.0, 0.25)]
        );
        assert_eq!((layout.rows, layout.depth, layout.merged, layout.frames), (3, 3, 0, 3));
    }

    #[test]
    fn what_is_over_budget_is_one_box_beside_its_siblings() {
        let tree = tree(&[("a", 5.0), ("b", 3.0), ("c", 1.0), ("d", 1.0)]);
        let layout = lay_out(&tree, Budget { boxes: 2, rows: 100 });
        assert_eq!(slabs(&layout), [(0, 0.0, 1.0), (1, 0.0, 0.5), (1, 0.5, 0.3), (1, 0.8, 0.2)]);
        assert_eq!(
            layout
                .boxes
                .iter()
                .filter(|b| matches!(b.content, Content::Other { frames: 2, total: 2.0 }))
                .count(),
            1
        );
        assert_eq!(layout.merged, 2);
    }

    #[test]
    fn a_deep_chain_is_drawn_up_to_the_last_row() {
        let chain = vec!["f"; 10_000].join(";");
        let layout = lay_out(&tree(&[(&chain, 1.0)]), Budget { boxes: 1500, rows: 100 });
        assert_eq!((layout.rows, layout.depth, layout.merged), (100, 10_001, 9_901));
    }

    #[test]
    fn negative_values_are_as_wide_as_their_magnitude() {
        let layout = lay_out(&tree(&[("a", 3.0), ("b", -1.0)]), ROOMY);
        assert_eq!(slabs(&layout), [(0, 0.0, 1.0), (1, 0.0, 0.75), (1, 0.75, 0.25)]);
    }

    #[test]
    fn an_empty_tree_has_no_boxes() {
        assert!(lay_out(&tree(&[]), ROOMY).boxes.is_empty());
    }
}
