//! The nodes of one pane in pre-order. Children that are left out become one `(other)`
//! after their siblings.

use std::borrow::Cow;

use super::columns::{Quantised, push_varint};
use super::head::PaneHead;
use super::names::{NameId, NameTable, OTHER, ROOT, Ranked};
use super::scene::ScenePane;
use crate::profile::StackId;
use crate::view::stacks::shape::{GraphRef, Shape};
use crate::work::{Cancelled, Work};

/// One pane, ready to be walked.
pub(super) struct PaneNodes<'a> {
    pub(super) shape: Shape<'a>,
    /// By frame.
    pub(super) names: Vec<NameId>,
    /// Self values by stack: of the tree or the side after, and of the side before.
    own: Cow<'a, [f64]>,
    before: Option<Cow<'a, [f64]>>,
    totals: &'a [f64],
    before_totals: &'a [f64],
}

/// The nodes of one pane in payload order.
#[derive(Debug, Default)]
pub(super) struct NodeRows {
    pops: Vec<u32>,
    pub(super) names: Vec<NameId>,
    own: Vec<f64>,
    before: Option<Vec<f64>>,
    /// Nodes that were not merged, without the root.
    pub(super) shown: usize,
}

/// A node still to be written.
#[derive(Debug, Clone, Copy)]
enum Next {
    Stack(StackId),
    /// The merged children of a stack.
    OtherOf(StackId),
}

impl<'a> PaneNodes<'a> {
    pub(super) fn new(
        pane: &ScenePane<'a>,
        names: &mut NameTable<'a>,
        work: Work<'_>,
    ) -> Result<PaneNodes<'a>, Cancelled> {
        let (own, before) = pane.stacks.own_values(work)?;
        let after = pane.stacks.after();
        let before_totals: &[f64] = match pane.stacks {
            GraphRef::Tree(_) => &[],
            GraphRef::Diff(diff) => &diff.before.totals,
        };
        Ok(PaneNodes {
            shape: pane.stacks.shape(work)?,
            names: names.of_frames(pane, work)?,
            own,
            before,
            totals: &after.totals,
            before_totals,
        })
    }

    /// In pre-order; `kept` marks the stacks to keep, `None` keeps all.
    pub(super) fn rows(
        &self,
        kept: Option<&[bool]>,
        work: Work<'_>,
    ) -> Result<NodeRows, Cancelled> {
        let keeps = |stack: StackId| kept.is_none_or(|kept| kept[stack.index()]);
        let mut rows =
            NodeRows { before: self.before.is_some().then(Vec::new), ..NodeRows::default() };
        let mut waiting = vec![(Next::Stack(StackId::EMPTY), 0_u32)];
        let (mut last_depth, mut steps) = (0, work.steps());
        while let Some((next, depth)) = waiting.pop() {
            steps.take()?;
            let is_root = rows.pops.is_empty();
            rows.pops.push(if is_root { 0 } else { last_depth + 1 - depth });
            last_depth = depth;
            match next {
                Next::Stack(stack) => {
                    let frame = self.shape.symbols.stacks.frame(stack);
                    rows.names.push(if is_root { ROOT } else { self.names[frame.index()] });
                    rows.own.push(self.own[stack.index()]);
                    if let (Some(rows), Some(own)) = (&mut rows.before, &self.before) {
                        rows.push(own[stack.index()]);
                    }
                    rows.shown += usize::from(!is_root);
                    let children = self.shape.children(stack);
                    if children.iter().any(|child| !keeps(*child)) {
                        waiting.push((Next::OtherOf(stack), depth + 1));
                    }
                    let children = children.iter().rev().filter(|child| keeps(**child));
                    waiting.extend(children.map(|child| (Next::Stack(*child), depth + 1)));
                }
                Next::OtherOf(parent) => {
                    let left_out = || self.shape.children(parent).iter().filter(|c| !keeps(**c));
                    let sum = |totals: &[f64]| left_out().map(|stack| totals[stack.index()]).sum();
                    rows.names.push(OTHER);
                    rows.own.push(sum(self.totals));
                    if let Some(before) = &mut rows.before {
                        before.push(sum(self.before_totals));
                    }
                }
            }
        }
        Ok(rows)
    }
}

impl NodeRows {
    /// Appends the columns and fills in the header's fields about them.
    pub(super) fn push<'a>(
        &self,
        mut head: PaneHead<'a>,
        ranked: &Ranked<'_>,
        out: &mut Vec<u8>,
    ) -> PaneHead<'a> {
        self.pops.iter().for_each(|pops| push_varint(out, u64::from(*pops)));
        for name in &self.names {
            push_varint(out, u64::from(ranked.id(*name).unwrap_or(ROOT)));
        }
        let own = Quantised::new(&self.own);
        own.push(out);
        (head.nodes, head.scale, head.signed) = (self.pops.len(), own.scale, own.signed);
        if let (Some(diff), Some(before)) = (&mut head.diff, &self.before) {
            let own_before = Quantised::new(before);
            own_before.push(out);
            (diff.scale, diff.signed) = (own_before.scale, own_before.signed);
            diff.rounding = own.rounding + own_before.rounding;
        }
        head
    }
}
