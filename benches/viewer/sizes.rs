//! Sizes in bytes: of a node in a payload, a saved page and a cell, and of the same tree
//! in other formats.

use std::path::{Path, PathBuf};

use flamebook::eval::result::value::{Outcome, Value, View};
use flamebook::kernel::language::CellRequest;
use flamebook::notebook::Notebook;
use flamebook::profile::{StackId, Tree};
use flamebook::view::{Mime, export, render};
use flamebook::work::{Cancel, Unwatched, Work};
use inferno::flamegraph;
use serde_json::json;

use crate::report::Row;
use crate::{ROOT, flame, trees};

const KB: f64 = 1e3;
/// Nodes of the tree that must fit in a cell.
const CELL_NODES: usize = 100_000;
/// Trees with more nodes have a claimed limit of bytes per node.
const LARGE: usize = 10_000;
const NODE: f64 = 4.6;

pub(crate) fn rows(tree: &Tree) -> Vec<Row> {
    let nodes = trees::nodes(tree);
    let page = |tree: &Tree| {
        vec![
            export::page(&[flame(tree.clone())], Work::unattended()).expect("no interrupt").len()
                as f64
                / KB,
        ]
    };
    let sampled = trees::generated(nodes, trees::Load::Recorded);
    let drawn = flame(trees::generated(CELL_NODES, trees::Load::Fleet));
    let cell = render(&drawn, Work::unattended()).expect("no interrupt");
    let cell = cell.get(Mime::Html).expect("every output has html").len();
    let a_node = |bytes: usize| vec![bytes as f64 / nodes as f64];
    let mut rows = recorded();
    rows.extend([
        node(tree, "").against("inferno svg", a_node(svg(tree)), None),
        node(tree, "").against("flamebearer json", a_node(flamebearer(tree)), None),
        node(&sampled, ", sampled as demo:"),
        Row::new(format!("a saved page of {nodes} nodes, sampled as demo:"), "KB", page(&sampled))
            .median_at_most(600.0),
        // Larger numbers take more bytes.
        Row::new(format!("a saved page of {nodes} nodes"), "KB", page(tree)),
        Row::new(format!("a cell of {CELL_NODES} nodes"), "KB", vec![cell as f64 / KB])
            .median_at_most(400.0),
    ]);
    rows
}

/// Bytes per node of base64 in a saved page.
fn node(tree: &Tree, name: &str) -> Row {
    let page = export::page(&[flame(tree.clone())], Work::unattended()).expect("no interrupt");
    let nodes = trees::nodes(tree);
    let row = Row::new(
        format!("a node of {nodes}{name}"),
        "B",
        vec![payload(&page) as f64 / nodes as f64],
    );
    if nodes > LARGE { row.median_at_most(NODE) } else { row }
}

/// Bytes of the stacks in a page: the last string of its script.
fn payload(html: &str) -> usize {
    let (_, call) = html.rsplit_once("(\"").expect("a program");
    call.split_once("\")").expect("a program").0.len()
}

/// Real profiles, merged: the example recording, and files beside the repository.
fn recorded() -> Vec<Row> {
    let beside = Path::new(ROOT).join("../shared/data/profiles");
    let beside = ["profile1.pb.gz", "alloc_objects.pb.gz", "many/*.pb.gz"].map(|f| beside.join(f));
    let mut sources = vec![("demo:".to_owned(), "cpu"), ("demo:".to_owned(), "alloc_space")];
    let kinds = ["cpu", "alloc_space", "alloc_space"];
    let there =
        beside.iter().zip(kinds).filter(|(path, _)| path.parent().is_some_and(Path::exists));
    sources.extend(there.map(|(path, kind)| (path.display().to_string(), kind)));
    let row = |(source, kind): &(String, &str)| {
        let tree = query(&format!("use {source:?}; {kind}"));
        let file = Path::new(source).file_name().unwrap_or_default().to_string_lossy();
        node(&tree, &format!(", {kind} of {file}"))
    };
    sources.iter().map(row).collect()
}

fn query(code: &str) -> Tree {
    let (cancel, cell) = (Cancel::new(), CellRequest { code, number: 1, store: false });
    let work = Work { cancel: &cancel, watch: &Unwatched };
    let outcome = Notebook::new(PathBuf::new()).run(&cell, &|_| {}, work);
    match outcome.expect("a query that runs") {
        Some(Outcome { value: Value::Tree(tree), .. }) => tree,
        Some(Outcome { value: Value::View(View::Flame(graph)), .. }) => graph.tree().clone(),
        _ => panic!("{code} gives a tree"),
    }
}

/// Bytes of inferno's flame graph with all stacks, including thin ones.
fn svg(tree: &Tree) -> usize {
    let children = tree.children(Work::unattended()).expect("no interrupt");
    let mut lines = Vec::new();
    let mut open = vec![(StackId::EMPTY, String::new())];
    while let Some((stack, path)) = open.pop() {
        let value = tree.self_values[stack.index()];
        if value > 0.0 {
            lines.push(format!("{path} {value:.0}"));
        }
        for child in &children[stack.index()] {
            let separator = if path.is_empty() { "" } else { ";" };
            open.push((*child, format!("{path}{separator}{}", tree.name(*child))));
        }
    }
    let mut options = flamegraph::Options::default();
    options.min_width = 0.0;
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .expect("stacks to draw");
    svg.len()
}

/// Bytes of Pyroscope's JSON: four numbers per node, level by level.
fn flamebearer(tree: &Tree) -> usize {
    let children = tree.children(Work::unattended()).expect("no interrupt");
    let mut names = vec!["total".to_owned()];
    let mut ids = std::collections::HashMap::new();
    let mut levels = Vec::new();
    let mut level = vec![(StackId::EMPTY, 0.0)];
    while !level.is_empty() {
        let (mut numbers, mut below, mut end) = (Vec::new(), Vec::new(), 0.0);
        for (stack, start) in level {
            let (total, own) = (tree.totals[stack.index()], tree.self_values[stack.index()]);
            let id = if stack == StackId::EMPTY {
                0
            } else {
                *ids.entry(tree.name(stack)).or_insert_with(|| {
                    names.push(tree.name(stack).to_owned());
                    names.len() - 1
                })
            };
            numbers.extend([(start - end) as u64, total as u64, own as u64, id as u64]);
            end = start + total;
            let mut at = start;
            for child in &children[stack.index()] {
                below.push((*child, at));
                at += tree.totals[child.index()];
            }
        }
        levels.push(numbers);
        level = below;
    }
    let most = tree.self_values.iter().copied().fold(0.0, f64::max);
    let total = tree.total() as u64;
    json!({
        "version": 1,
        "flamebearer":
            {"names": names, "levels": levels, "numTicks": total, "maxSelf": most as u64},
        "metadata": {"format": "single", "units": "nanoseconds", "name": "cpu"},
    })
    .to_string()
    .len()
}
