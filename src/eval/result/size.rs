//! How much memory a result takes, roughly.
//!
//! What results share with their source, such as the names of functions, does not count; the
//! tables of names count where a stage has added to them, because it then has copied them.

use crate::eval::result::value::{Graph, Outcome, SeriesSet, Value, View};
use crate::profile::{Diff, Tree};

/// For each stack, in bytes: two values, its caller and frame, and the index of stacks.
const STACK: usize = 56;
/// For each point of a line, and for each cell of a heat map.
const POINT: usize = 24;
/// The header, and the smallest value.
const HEADER: usize = 1 << 10;

impl Outcome {
    /// The size in bytes.
    pub fn bytes(&self) -> usize {
        let stacks = self.header.stacks.as_ref().map_or(0, |diff| of_diff(diff));
        HEADER + self.value.bytes() + stacks
    }
}

impl Value {
    fn bytes(&self) -> usize {
        match self {
            Value::Tree(tree) => of_tree(tree),
            Value::Diff(diff) => of_diff(diff),
            Value::Table(table) => table.frame.estimated_size(),
            Value::Series(series) => of_series(series),
            Value::View(view) => of_view(view),
            Value::Pattern { functions, .. } => functions.iter().map(String::capacity).sum(),
            Value::Scalar(_) => 0,
            Value::Note(text) | Value::Help(text) => text.capacity(),
        }
    }
}

fn of_view(view: &View) -> usize {
    match view {
        View::Flame(graph) | View::Icicle(graph) | View::Outline(graph) => of_graph(graph),
        View::Sandwich(sandwich) => {
            [&sandwich.graph, &sandwich.callers, &sandwich.callees].into_iter().map(of_graph).sum()
        }
        View::Comparison(comparison) => {
            let panes = comparison.panes.iter();
            panes.map(|pane| of_tree(&pane.tree) + of_series(&pane.timeline)).sum()
        }
        View::Timeline(series) => of_series(series),
        View::Heatmap(map) => map.rows.iter().map(|row| row.cells.len() * POINT).sum(),
    }
}

fn of_graph(graph: &Graph) -> usize {
    match graph {
        Graph::Tree(tree) => of_tree(tree),
        Graph::Diff(diff) => of_diff(diff),
    }
}

fn of_diff(diff: &Diff) -> usize {
    of_tree(&diff.before) + of_tree(&diff.after)
}

fn of_tree(tree: &Tree) -> usize {
    let batches = tree.replicates.as_ref().map_or(0, |replicates| replicates.batches.bytes());
    let exact = tree.exact.as_ref().map_or(0, |exact| size_of_val(&**exact));
    tree.totals.len() * STACK + exact + batches + tree.symbols.copied_bytes()
}

fn of_series(series: &SeriesSet) -> usize {
    series.lines.iter().map(|line| line.points.len() * POINT).sum()
}
