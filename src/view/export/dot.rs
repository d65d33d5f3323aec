//! The call graph for Graphviz, as in `pprof -dot`; draw it with `dot -Tsvg calls.dot`.
//!
//! A node is a function with its self and total. An edge is the value that one function
//! passes directly to another, counted once per sample. A graph of hundreds of nodes is
//! not readable, so only the largest totals stay (in a diff, the largest changes). An
//! edge through functions that were left out is dotted, and the title says what was left
//! out.

use rustc_hash::FxHashMap;

use super::SaveError;
use crate::eval::result::value::Header;
use crate::eval::stacks::functions::{EdgeTotal, edge_totals, function_totals};
use crate::profile::diff::{Change, Mode};
use crate::profile::frame::FrameId;
use crate::profile::{Diff, Symbols, Tree};
use crate::quantity::Unit;
use crate::view::parts::colour::{self, Colour};
use crate::view::parts::escape;
use crate::view::parts::screen::{amount, percent};
use crate::work::{Cancelled, Work};

/// The most functions in a graph.
const NODES: usize = 80;

/// Edges with a smaller share of the whole are left out.
const LEAST_EDGE: f64 = 0.001;

/// The call graph of a tree.
pub(super) fn tree(tree: &Tree, header: &Header, work: Work<'_>) -> Result<String, SaveError> {
    let all = function_totals(tree, work)?.into_iter().map(|row| {
        let whole = |value| Change { before: 0.0, after: value };
        Node { frame: row.frame, own: whole(row.self_value), total: whole(row.total) }
    });
    let edges = |keep: &dyn Fn(FrameId) -> bool| {
        let edges = edge_totals(tree, keep, work)?.into_iter();
        let edge = |edge: EdgeTotal| Edge::new(&edge, Change { before: 0.0, after: edge.total });
        Ok(edges.map(edge).collect())
    };
    let legend = format!("total {}", amount(tree.total(), &tree.unit));
    let text = NodeText::Tree { unit: &tree.unit, whole: tree.whole };
    drawn(&tree.symbols, header, &legend, text, all.collect(), edges)
}

/// The call graph of a diff, with the changes as after - before.
pub(super) fn diff(diff: &Diff, header: &Header, work: Work<'_>) -> Result<String, SaveError> {
    let mut figures: FxHashMap<FrameId, [f64; 4]> = FxHashMap::default();
    for (side, tree) in [&diff.before, &diff.after].into_iter().enumerate() {
        for row in function_totals(tree, work)? {
            let known = figures.entry(row.frame).or_default();
            known[side] += row.self_value;
            known[2 + side] += row.total;
        }
    }
    let all = figures.into_iter().map(|(frame, [own_before, own_after, before, after])| {
        let change = |before, after| diff.change(before, after);
        Node { frame, own: change(own_before, own_after), total: change(before, after) }
    });
    let edges = |keep: &dyn Fn(FrameId) -> bool| both_edges(diff, keep, work);
    let text = NodeText::Diff(diff);
    let total = diff.change(diff.before.total(), diff.after.total());
    drawn(
        diff.symbols(),
        header,
        &format!("total {}", text.described(total)),
        text,
        all.collect(),
        edges,
    )
}

/// The edges of both sides, paired.
fn both_edges(
    diff: &Diff,
    keep: &dyn Fn(FrameId) -> bool,
    work: Work<'_>,
) -> Result<Vec<Edge>, Cancelled> {
    let mut pairs: FxHashMap<(FrameId, FrameId), Edge> = FxHashMap::default();
    for (after, tree) in [(false, &diff.before), (true, &diff.after)] {
        for edge in edge_totals(tree, keep, work)? {
            let sides = if after { (0.0, edge.total) } else { (edge.total, 0.0) };
            let change = diff.change(sides.0, sides.1);
            let known = pairs
                .entry((edge.caller, edge.callee))
                .or_insert_with(|| Edge::new(&edge, Change::default()));
            known.total.before += change.before;
            known.total.after += change.after;
            known.direct |= edge.direct;
        }
    }
    Ok(pairs.into_values().collect())
}

#[derive(Debug, Clone, Copy)]
struct Node {
    frame: FrameId,
    own: Change,
    total: Change,
}

#[derive(Debug, Clone, Copy)]
struct Edge {
    caller: FrameId,
    callee: FrameId,
    total: Change,
    direct: bool,
}

impl Edge {
    fn new(edge: &EdgeTotal, total: Change) -> Edge {
        Edge { caller: edge.caller, callee: edge.callee, total, direct: edge.direct }
    }
}

/// Selects the nodes and edges and writes the graph. `edges` finds the edges between the
/// selected functions.
fn drawn(
    symbols: &Symbols,
    header: &Header,
    legend: &str,
    text: NodeText<'_>,
    mut nodes: Vec<Node>,
    edges: impl Fn(&dyn Fn(FrameId) -> bool) -> Result<Vec<Edge>, Cancelled>,
) -> Result<String, SaveError> {
    if nodes.is_empty() {
        return Err(SaveError::NoSamples);
    }
    let name = |frame| symbols.frame_name(frame);
    let functions = nodes.len();
    nodes.sort_by(|a, b| {
        let by = |of: fn(&Node) -> Change| of(b).delta().abs().total_cmp(&of(a).delta().abs());
        let by_value = by(|node| node.total).then(by(|node| node.own));
        by_value.then_with(|| name(a.frame).cmp(name(b.frame)))
    });
    nodes.truncate(NODES);
    let ids: FxHashMap<FrameId, usize> =
        nodes.iter().enumerate().map(|(i, node)| (node.frame, i + 1)).collect();
    let mut edges = edges(&|frame| ids.contains_key(&frame))?;
    let found = edges.len();
    edges.retain(|edge| text.weight(edge.total) >= LEAST_EDGE);
    edges.sort_by_key(|edge| (ids[&edge.caller], ids[&edge.callee]));
    let left_out = [
        (functions > NODES).then(|| text.excerpt(functions)),
        (found > edges.len())
            .then(|| format!("{} of {found} edges, the others under 0.1%", edges.len())),
    ];
    let mut title = vec![header.subject.clone()];
    title.extend(header.window.map(|window| window.to_string()));
    title.push(legend.to_owned());
    title.extend(left_out.into_iter().flatten());
    let lines: String =
        title.iter().filter(|line| !line.is_empty()).map(|line| quoted(line) + "\\l").collect();

    let mut dot = format!(
        "digraph calls {{\n\
         graph [label=\"{lines}\" labelloc=t labeljust=l fontname=\"Helvetica,Arial,sans-serif\"]\n\
         node [shape=box style=filled fontname=\"Helvetica,Arial,sans-serif\" color=\"#00000060\"]\n\
         edge [fontname=\"Helvetica,Arial,sans-serif\" fontsize=10 color=\"#606060\"]\n"
    );
    let largest = nodes.iter().map(|node| node.own.delta().abs()).fold(0.0, f64::max);
    for (number, node) in (1..).zip(&nodes) {
        dot.push_str(&node_line(number, node, name(node.frame), largest, text));
    }
    for edge in &edges {
        let names = [edge.caller, edge.callee].map(|frame| quoted(name(frame)));
        dot.push_str(&edge_line(edge, [ids[&edge.caller], ids[&edge.callee]], names, text));
    }
    dot.push_str("}\n");
    Ok(dot)
}

fn node_line(number: usize, node: &Node, name: &str, largest: f64, text: NodeText<'_>) -> String {
    // The font size grows with self, but stays readable.
    let share = if largest == 0.0 { 0.0 } else { node.own.delta().abs() / largest };
    let size = 8.0 + (16.0 * share.sqrt()).ceil();
    let figures = [("self", node.own), ("total", node.total)];
    let figures = figures.map(|(what, change)| format!("{what} {}", text.described(change)));
    let label = std::iter::once(name.to_owned()).chain(figures).chain(text.word(node.total));
    let label = label.map(|line| quoted(&line)).collect::<Vec<_>>().join("\\n");
    let fill = text.fill(name, node.total);
    format!("N{number} [label=\"{label}\" fontsize={size} fillcolor=\"{fill}\"]\n")
}

fn edge_line(
    edge: &Edge,
    [from, to]: [usize; 2],
    names: [String; 2],
    text: NodeText<'_>,
) -> String {
    let weight = text.weight(edge.total).min(1.0);
    let (width, pull) = (1.0 + (weight * 5.0).floor(), 1.0 + (weight * 100.0).floor());
    let label = quoted(&text.figure(edge.total));
    let style = if edge.direct { "" } else { " style=dotted" };
    let [caller, callee] = names;
    format!(
        "N{from} -> N{to} [label=\" {label}\" penwidth={width} weight={pull} \
         tooltip=\"{caller} -> {callee} {label}\"{style}]\n"
    )
}

/// How values are written and weighed.
#[derive(Debug, Clone, Copy)]
enum NodeText<'a> {
    Tree { unit: &'a Unit, whole: f64 },
    Diff(&'a Diff),
}

impl NodeText<'_> {
    /// `1.2 s (10.0%)`; in a diff `1 s → 1.2 s (+200 ms)`.
    fn described(self, change: Change) -> String {
        match self {
            NodeText::Tree { unit, whole } => {
                let value = change.after;
                format!("{} ({})", amount(value, unit), percent(value, whole))
            }
            NodeText::Diff(diff) => {
                let [before, after] = [change.before, change.after].map(|v| in_mode(diff, v));
                format!("{before} → {after} ({})", self.figure(change))
            }
        }
    }

    /// `new` or `removed` for a function on one side of a diff.
    fn word(self, total: Change) -> Option<String> {
        let word = match self {
            NodeText::Diff(_) if total.is_new() => "new",
            NodeText::Diff(_) if total.is_removed() => "removed",
            NodeText::Diff(_) | NodeText::Tree { .. } => return None,
        };
        Some(word.to_owned())
    }

    /// Which functions were selected.
    fn excerpt(self, functions: usize) -> String {
        match self {
            NodeText::Tree { .. } => format!("the {NODES} largest totals of {functions} functions"),
            NodeText::Diff(_) => format!("the {NODES} largest changes of {functions} functions"),
        }
    }

    /// The value; in a diff the change with its sign.
    fn figure(self, change: Change) -> String {
        match self {
            NodeText::Tree { unit, .. } => amount(change.after, unit),
            NodeText::Diff(diff) => {
                let sign = if change.delta() > 0.0 { "+" } else { "" };
                let points = if diff.mode == Mode::Share { " points" } else { "" };
                format!("{sign}{}{points}", in_mode(diff, change.delta()))
            }
        }
    }

    /// The larger side as a share of the larger whole.
    fn weight(self, change: Change) -> f64 {
        let whole = match self {
            NodeText::Tree { whole, .. } => whole.abs(),
            NodeText::Diff(diff) => {
                let whole = diff.change(diff.before.whole, diff.after.whole);
                whole.before.abs().max(whole.after.abs())
            }
        };
        let weight = change.before.abs().max(change.after.abs());
        if whole == 0.0 { 1.0 } else { weight / whole }
    }

    fn fill(self, name: &str, total: Change) -> Colour {
        match self {
            NodeText::Tree { .. } => colour::fill(name),
            NodeText::Diff(_) => colour::tint(total.tint()),
        }
    }
}

/// A value in the unit of the mode; shares in percent.
fn in_mode(diff: &Diff, value: f64) -> String {
    match diff.mode {
        Mode::Share => amount(value * 100.0, &Unit::Percent),
        Mode::Amount | Mode::Rate => amount(value, &diff.unit()),
    }
}

/// Escapes text for a quoted DOT string, where quotes, escapes and entities have a
/// meaning.
fn quoted(text: &str) -> String {
    let name = escape::name(text);
    name.replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    fn tree(tree: &Tree, header: &Header) -> Result<String, SaveError> {
        super::tree(tree, header, Work::unattended())
    }

    fn diff(diff: &Diff, header: &Header) -> Result<String, SaveError> {
        super::diff(diff, header, Work::unattended())
    }

    fn lines(dot: &str, start: &str) -> Vec<String> {
        dot.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
    }

    #[test]
    fn nodes_have_self_and_total_and_edges_count_once_per_sample() {
        // a;b;a with 10 passes 10 from a to b and 10 back; a recurs, and its total is 10.
        let dot = tree(&fixture::tree(&[("a;b;a", 10.0)]), &Header::default()).expect("a graph");
        assert!(
            dot.contains(r#"N1 [label="a\nself 10 ns (100%)\ntotal 10 ns (100%)" fontsize=24"#)
        );
        assert!(dot.contains(r#"N2 [label="b\nself 0 ns (0.0%)\ntotal 10 ns (100%)" fontsize=8"#));
        assert_eq!(lines(&dot, "N1 -> N2 [label=\" 10 ns\"").len(), 1);
        assert_eq!(lines(&dot, "N2 -> N1 [label=\" 10 ns\"").len(), 1);
        assert!(!dot.contains("dotted"));
    }

    #[test]
    fn omitted_functions_are_counted_and_edges_skip_them() {
        // main calls functions with 1 to 100, the smallest through a function that is
        // left out.
        let stacks: Vec<(String, f64)> =
            (1..=100).map(|n| (format!("main;f{n:03}"), f64::from(n))).collect();
        let stacks: Vec<(&str, f64)> = stacks.iter().map(|(path, n)| (&**path, *n)).collect();
        let dot = tree(&fixture::tree(&stacks), &Header::default()).expect("a graph");
        assert!(dot.contains("the 80 largest totals of 101 functions\\l"), "{dot}");
        assert!(dot.contains("\"f022\\n") && !dot.contains("f021"));
        assert_eq!(lines(&dot, "N1 -> ").len(), 79);
    }

    #[test]
    fn a_change_is_written_with_its_sign_and_words() {
        let before = fixture::tree(&[("main;a", 4.0), ("main;b", 4.0)]);
        let after = fixture::tree(&[("main;a", 6.0), ("main;c", 2.0)]);
        let both = Diff::align(before, after, Mode::Amount, [0.0; 2], Work::unattended())
            .expect("no interrupt");
        let dot = diff(&both, &Header::default()).expect("a graph");
        assert!(dot.contains("total 8 ns → 8 ns (0 ns)\\l"), "{dot}");
        assert!(dot.contains("b\\nself 4 ns → 0 ns (-4 ns)\\ntotal 4 ns → 0 ns (-4 ns)\\nremoved"));
        assert!(dot.contains("c\\nself 0 ns → 2 ns (+2 ns)\\ntotal 0 ns → 2 ns (+2 ns)\\nnew"));
        assert!(dot.contains("a\\nself 4 ns → 6 ns (+2 ns)"));
        assert_eq!(lines(&dot, "N4 -> N1 [label=\" -4 ns\"").len(), 1, "main -> b");
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        let hostile = "\"] evil -> x [a=\"\\N&lt\u{202e}\n";
        let dot = tree(&fixture::tree(&[(hostile, 1.0)]), &Header::default()).expect("a graph");
        assert!(dot.contains("[label=\"\\\"] evil -> x [a=\\\"\\\\N&amp;lt\u{fffd} \\n"), "{dot}");
    }

    #[test]
    fn an_empty_tree_has_no_graph() {
        let empty = tree(&fixture::tree(&[]), &Header::default());
        assert!(matches!(empty, Err(SaveError::NoSamples)));
    }
}
