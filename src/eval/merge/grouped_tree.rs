//! All groups in one tree, each below frames with its label values.
//!
//! The result is the same tree as that of `tagroot`, which moves every sample below its
//! root. This merges each group, as a table of groups does, and puts the trees side by
//! side.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::eval::merge::merger::Merger;
use crate::eval::selection::profiles::Profiles;
use crate::profile::frame::FrameId;
use crate::profile::{Labels, StackId, Stacks, Symbols, Tree};
use crate::work::{Cancelled, Work};

/// The tree of all groups below the values of these labels; `None` if two groups have the
/// same values.
pub fn grouped_tree(
    profiles: &Profiles,
    labels: &[Arc<str>],
    work: Work<'_>,
) -> Result<Option<Tree>, Cancelled> {
    let merger = Merger::new(profiles, work)?;
    let mut grouped = GroupedTree::default();
    for group in profiles.groups() {
        let tree = merger.tree(&group, work)?;
        if !grouped.add(&tree, &group.labels, labels, work)? {
            return Ok(None);
        }
    }
    grouped.finish(profiles, work).map(Some)
}

#[derive(Default)]
struct GroupedTree {
    /// The symbols, shared by all trees, with the frames of the roots added.
    symbols: Option<Symbols>,
    stacks: Stacks,
    /// By stack: self and total; with rules such as the maximum, a total is not a sum of
    /// self values.
    values: Vec<[f64; 2]>,
    whole: f64,
    /// The stacks made from labels, and whether a group is below them.
    roots: FxHashMap<(StackId, FrameId), (StackId, bool)>,
}

impl GroupedTree {
    /// Returns false if another group has the same label values.
    fn add(
        &mut self,
        tree: &Tree,
        group: &Labels,
        labels: &[Arc<str>],
        work: Work<'_>,
    ) -> Result<bool, Cancelled> {
        let symbols = self.symbols.get_or_insert_with(|| tree.symbols.clone());
        let mut path = vec![StackId::EMPTY];
        for (nth, name) in labels.iter().enumerate() {
            let frame = match group.get(name) {
                Some(value) => symbols.intern_named_frame(value),
                None => symbols.intern_named_frame(&format!("(no {name})")),
            };
            let (root, stacks) = (path[nth], &mut self.stacks);
            let known = self.roots.entry((root, frame));
            let known = known.or_insert_with(|| (stacks.add(root, frame), false));
            if nth + 1 == labels.len() && std::mem::replace(&mut known.1, true) {
                return Ok(false);
            }
            path.push(known.0);
        }
        self.values.resize(self.stacks.len(), [0.0; 2]);
        path.iter().for_each(|root| self.values[root.index()][1] += tree.total());
        self.graft(tree, path[labels.len()], work)?;
        self.whole += tree.whole;
        Ok(true)
    }

    /// Adds all stacks of a tree that have samples below a root.
    fn graft(&mut self, tree: &Tree, root: StackId, work: Work<'_>) -> Result<(), Cancelled> {
        let values = tree.self_values.iter().zip(&tree.totals);
        let mut used = work.collect(values.map(|(own, total)| *own != 0.0 || *total != 0.0))?;
        let stacks = &tree.symbols.stacks;
        work.each(stacks.iter().rev(), |(stack, parent, _)| {
            used[parent.index()] |= used[stack.index()];
        })?;
        let mut moved = vec![root; stacks.len()];
        self.values[root.index()][0] += tree.self_values[StackId::EMPTY.index()];
        work.each(stacks.iter(), |(stack, parent, frame)| {
            if used[stack.index()] {
                moved[stack.index()] = self.stacks.add(moved[parent.index()], frame);
                self.values.push([tree.self_values[stack.index()], tree.totals[stack.index()]]);
            }
        })
    }

    fn finish(mut self, profiles: &Profiles, work: Work<'_>) -> Result<Tree, Cancelled> {
        self.values.resize(self.stacks.len(), [0.0; 2]);
        let symbols = self.symbols.unwrap_or_default();
        let symbols = Symbols { stacks: self.stacks.into(), ..symbols };
        let column = |at: usize| work.collect(self.values.iter().map(|values| values[at]));
        let (self_values, totals) = (column(0)?, column(1)?);
        // Floating-point sums in another order may differ in the last digit.
        let whole = if profiles.filtered { self.whole } else { totals[StackId::EMPTY.index()] };
        let unit = profiles.unit();
        Ok(Tree { symbols, self_values, totals, whole, unit, exact: None, replicates: None })
    }
}
