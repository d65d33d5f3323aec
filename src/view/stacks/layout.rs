//! Lays out a flame graph: from a shape to boxes with positions, before any HTML.
//!
//! The number of boxes is limited. The widest ones are kept; children that are left out
//! become one `(other)` box beside their siblings, so that widths still add up. The table
//! beside the picture covers the whole tree.

use std::cmp::Ordering;

use crate::profile::StackId;
use crate::view::stacks::shape::Shape;
use crate::work::{Cancelled, Work};

/// A narrower share of the picture is less than half a pixel.
const NARROWEST: f64 = 0.0005;

/// Limits of a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) boxes: usize,
    pub(crate) rows: usize,
}

/// The boxes of a shape, parents before children.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) boxes: Vec<Slab>,
    /// Rows that are drawn, including the root's.
    pub(crate) rows: usize,
    /// Rows before any were left out.
    pub(crate) depth: usize,
    /// Frames without a box of their own.
    pub(crate) merged: usize,
    /// Frames before any were left out.
    pub(crate) frames: usize,
}

/// One box; `left` and `width` are shares of the whole picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slab {
    pub(crate) content: BoxContent,
    pub(crate) row: usize,
    pub(crate) left: f64,
    pub(crate) width: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BoxContent {
    /// A frame; for the root box the empty stack.
    Frame(StackId),
    /// Siblings too small to draw.
    Other(Vec<StackId>),
}

/// Lays out the boxes, the heaviest child at the left.
pub(crate) fn lay_out(
    shape: &Shape<'_>,
    budget: Budget,
    work: Work<'_>,
) -> Result<Layout, Cancelled> {
    let widths = &shape.widths;
    let whole = widths[StackId::EMPTY.index()];
    if whole <= 0.0 {
        return Ok(Layout { boxes: Vec::new(), rows: 0, depth: 0, merged: 0, frames: 0 });
    }
    let rows_of = rows_of(shape, work)?;
    let (mut frames, mut depth) = (0, 1);
    work.each(shape.symbols.stacks.iter(), |(stack, ..)| {
        if widths[stack.index()] > 0.0 {
            frames += 1;
            depth = depth.max(rows_of[stack.index()] as usize + 1);
        }
    })?;
    let drawn = widest(shape, &rows_of, budget, work)?;
    let boxes = Pen { shape, whole, drawn: &drawn }.draw();
    let rows = boxes.iter().map(|slab| slab.row + 1).max().unwrap_or(0);
    let merged = frames - (drawn.iter().filter(|is_drawn| **is_drawn).count() - 1);
    Ok(Layout { boxes, rows, depth, merged, frames })
}

/// The row of each stack; 0 for the empty stack.
fn rows_of(shape: &Shape<'_>, work: Work<'_>) -> Result<Vec<u32>, Cancelled> {
    let mut rows = vec![0; shape.widths.len()];
    work.each(shape.symbols.stacks.iter(), |(stack, parent, _)| {
        rows[stack.index()] = rows[parent.index()] + 1;
    })?;
    Ok(rows)
}

/// Which stacks get a box. They are ordered by width, then row: a child is never wider
/// than its parent, so the chosen stacks form a tree.
fn widest(
    shape: &Shape<'_>,
    rows_of: &[u32],
    budget: Budget,
    work: Work<'_>,
) -> Result<Vec<bool>, Cancelled> {
    let widths = &shape.widths;
    let least = widths[StackId::EMPTY.index()] * NARROWEST;
    let mut candidates = Vec::new();
    work.each(1..widths.len(), |i| {
        if widths[i] >= least && (rows_of[i] as usize) < budget.rows {
            candidates.push(i);
        }
    })?;
    let wider = |a: &usize, b: &usize| -> Ordering {
        widths[*b].total_cmp(&widths[*a]).then(rows_of[*a].cmp(&rows_of[*b])).then(a.cmp(b))
    };
    if candidates.len() > budget.boxes {
        candidates.select_nth_unstable_by(budget.boxes, wider);
        candidates.truncate(budget.boxes);
    }
    let mut drawn = vec![false; widths.len()];
    drawn[StackId::EMPTY.index()] = true;
    candidates.into_iter().for_each(|i| drawn[i] = true);
    Ok(drawn)
}

/// Walks the part of a shape that is drawn.
struct Pen<'a> {
    shape: &'a Shape<'a>,
    whole: f64,
    drawn: &'a [bool],
}

impl Pen<'_> {
    fn draw(&self) -> Vec<Slab> {
        let root =
            Slab { content: BoxContent::Frame(StackId::EMPTY), row: 0, left: 0.0, width: 1.0 };
        let mut boxes = Vec::new();
        let mut waiting = vec![root];
        while let Some(slab) = waiting.pop() {
            if let BoxContent::Frame(stack) = slab.content {
                waiting.extend(self.row_above(&slab, self.shape.children(stack)));
            }
            boxes.push(slab);
        }
        boxes
    }

    /// The boxes of a box's children, `(other)` last.
    fn row_above(&self, parent: &Slab, children: &[StackId]) -> Vec<Slab> {
        let mut left = parent.left;
        let mut place = |content, width: f64| {
            let slab = Slab { content, row: parent.row + 1, left, width: width / self.whole };
            left += slab.width;
            slab
        };
        let width = |child: &StackId| self.shape.widths[child.index()];
        let present = children.iter().filter(|child| width(child) > 0.0);
        let (drawn, small): (Vec<StackId>, Vec<StackId>) =
            present.partition(|child| self.drawn[child.index()]);
        let mut row: Vec<_> =
            drawn.iter().map(|child| place(BoxContent::Frame(*child), width(child))).collect();
        // If no child is drawn, no `(other)` is drawn either: it would stand on top of
        // every leaf.
        let rest: f64 = small.iter().map(width).sum();
        if !drawn.is_empty() && rest >= self.whole * NARROWEST {
            row.push(place(BoxContent::Other(small), rest));
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
    fn boxes_are_as_wide_as_their_share_heaviest_first() {
        // total 8: a = 6 (b 2, self 4), c = 2.
        let tree = tree(&[("c", 2.0), ("a", 4.0), ("a;b", 2.0)]);
        let layout = lay_out(
            &Shape::of_tree(&tree, Work::unattended()).expect("no interrupt"),
            ROOMY,
            Work::unattended(),
        )
        .expect("no interrupt");
        assert_eq!(
            slabs(&layout),
            [(0, 0.0, 1.0), (1, 0.0, 0.75), (1, 0.75, 0.25), (2, 0.0, 0.25)]
        );
        assert_eq!((layout.rows, layout.depth, layout.merged, layout.frames), (3, 3, 0, 3));
    }

    #[test]
    fn boxes_over_budget_are_merged_into_one_sibling() {
        let tree = tree(&[("a", 5.0), ("b", 3.0), ("c", 1.0), ("d", 1.0)]);
        let layout = lay_out(
            &Shape::of_tree(&tree, Work::unattended()).expect("no interrupt"),
            Budget { boxes: 2, rows: 100 },
            Work::unattended(),
        )
        .expect("no interrupt");
        assert_eq!(slabs(&layout), [(0, 0.0, 1.0), (1, 0.0, 0.5), (1, 0.5, 0.3), (1, 0.8, 0.2)]);
        let is_other =
            |b: &&Slab| matches!(&b.content, BoxContent::Other(small) if small.len() == 2);
        assert_eq!(layout.boxes.iter().filter(is_other).count(), 1);
        assert_eq!(layout.merged, 2);
    }

    #[test]
    fn a_deep_chain_is_drawn_up_to_the_last_row() {
        let chain = vec!["f"; 10_000].join(";");
        let layout = lay_out(
            &Shape::of_tree(&tree(&[(&chain, 1.0)]), Work::unattended()).expect("no interrupt"),
            Budget { boxes: 1500, rows: 100 },
            Work::unattended(),
        )
        .expect("no interrupt");
        assert_eq!((layout.rows, layout.depth, layout.merged), (100, 10_001, 9_901));
    }

    #[test]
    fn negative_values_are_as_wide_as_their_magnitude() {
        let layout = lay_out(
            &Shape::of_tree(&tree(&[("a", 3.0), ("b", -1.0)]), Work::unattended())
                .expect("no interrupt"),
            ROOMY,
            Work::unattended(),
        )
        .expect("no interrupt");
        assert_eq!(slabs(&layout), [(0, 0.0, 1.0), (1, 0.0, 0.75), (1, 0.75, 0.25)]);
    }

    #[test]
    fn an_empty_tree_has_no_boxes() {
        assert!(
            lay_out(
                &Shape::of_tree(&tree(&[]), Work::unattended()).expect("no interrupt"),
                ROOMY,
                Work::unattended()
            )
            .expect("no interrupt")
            .boxes
            .is_empty()
        );
    }
}
