//! The interactive viewer: a static picture, the script that replaces it, and its
//! payload.
//!
//! One output is `<div class="flamebook">` with the static picture, and one script
//! element with the program and its payload. Where scripts are removed, the picture
//! stays. All data in the script is base64, so no name in a profile can break out of it.
//!
//! - `scene`: what is shown
//! - `payload`, `head`, `names`, `rows`, `errors`, `columns`: the stacks as one line of
//!   text
//! - `program`: the script and its page, which `tests/viewer/build.js` builds from the
//!   JavaScript beside this file; start reading in `main.js`

mod columns;
mod errors;
mod head;
mod names;
mod payload;
mod program;
mod rows;
mod scene;

use std::sync::Arc;

pub(crate) use program::shared;

use super::parts::picture::Picture;
use super::stacks::boxes::{Direction, Limits};
use crate::eval::result::value::{Comparison, Header, Sandwich};
use crate::quantity::unit::grouped;
use crate::view::stacks::shape::GraphRef;
use crate::view::stacks::{compare, diff, flame, sandwich};
use crate::work::{Cancelled, Work};
use program::PROGRAM;
use scene::{Opening, Scene, ScenePane};

/// Bytes of html that a cell may hold; a saved page has no limit.
pub(crate) const CELL: usize = 400_000;

/// Bytes of the budget that the header above a picture may take.
const HEADER: usize = 10_000;

/// A tree or a diff as a flame graph.
pub(crate) fn graph<'a>(
    stacks: impl Into<GraphRef<'a>>,
    direction: Direction,
    header: &Header,
    budget: Option<usize>,
    work: Work<'_>,
) -> Result<Picture, Cancelled> {
    let stacks = stacks.into();
    let shape = stacks.shape(work)?;
    let still = match stacks {
        GraphRef::Tree(tree) => flame::flame(tree, &shape, direction, limits(budget), work)?,
        GraphRef::Diff(diff) => diff::flame(diff, &shape, direction, limits(budget), work)?,
    };
    let opening = match direction {
        Direction::Up => Opening::Flame,
        Direction::Down => Opening::Icicle,
    };
    let empty = shape.is_empty();
    drop(shape);
    if empty {
        return Ok(Picture::from(still));
    }
    let pane = ScenePane { title: &header.subject, header, stacks, timeline: None };
    let picture = output(&still, &scene(opening, header, &[], vec![pane]), budget, work)?;
    Ok(picture.noting(noise(stacks)))
}

/// Functions with their callers and callees.
pub(crate) fn sandwich(
    sandwich: &Sandwich,
    header: &Header,
    budget: Option<usize>,
    work: Work<'_>,
) -> Result<Picture, Cancelled> {
    let still = sandwich::html(sandwich, limits(budget), work)?;
    if sandwich.functions.is_empty() {
        return Ok(Picture::from(still));
    }
    let stacks = GraphRef::from(&sandwich.graph);
    let pane = ScenePane { title: &header.subject, header, stacks, timeline: None };
    let scene = scene(Opening::Sandwich, header, &sandwich.functions, vec![pane]);
    Ok(output(&still, &scene, budget, work)?.noting(noise(stacks)))
}

/// Selections side by side.
pub(crate) fn compare(
    comparison: &Comparison,
    header: &Header,
    budget: Option<usize>,
    work: Work<'_>,
) -> Result<Picture, Cancelled> {
    let still = compare::html(comparison, limits(budget), work)?;
    let panes = comparison.panes.iter().map(|pane| ScenePane {
        title: &pane.title,
        header: &pane.header,
        stacks: (&pane.tree).into(),
        timeline: Some(&pane.timeline),
    });
    output(&still, &scene(Opening::Compare, header, &[], panes.collect()), budget, work)
}

fn scene<'a>(
    opening: Opening,
    header: &'a Header,
    focus: &'a [Arc<str>],
    panes: Vec<ScenePane<'a>>,
) -> Scene<'a> {
    let title = if header.subject.is_empty() { "flamebook" } else { &header.subject };
    Scene { opening, title, focus, panes }
}

/// How many changes are significant, for a diff.
fn noise(stacks: GraphRef<'_>) -> Option<String> {
    match stacks {
        GraphRef::Tree(_) => None,
        GraphRef::Diff(diff) => diff::noise(diff),
    }
}

/// A page from disk runs its script, so its static picture may be rough.
fn limits(budget: Option<usize>) -> Limits {
    if budget.is_some() { Limits::STATIC } else { Limits::ROUGH }
}

/// The static picture and the script that replaces it.
fn output(
    still: &str,
    scene: &Scene<'_>,
    budget: Option<usize>,
    work: Work<'_>,
) -> Result<Picture, Cancelled> {
    let left = budget.map(|budget| budget.saturating_sub(still.len() + PROGRAM.len() + HEADER));
    let payload = payload::encode(scene, left, work)?;
    let html = format!(
        "<div class=\"flamebook\">{still}</div><script>{PROGRAM}(\"{}\")</script>",
        payload.text
    );
    let notes = (payload.shown < payload.of).then(|| {
        format!(
            "{} of {} boxes are in this output; the smaller ones are merged into (other). \
             save \"x.html\" has all.",
            grouped(payload.shown as f64),
            grouped(payload.of as f64)
        )
    });
    Ok(Picture { html, notes: notes.into_iter().collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Diff, Tree, diff::Mode};
    use crate::view::fixture::tree;

    fn graphed<'a>(stacks: impl Into<GraphRef<'a>>, budget: Option<usize>) -> Picture {
        let picture = graph(stacks, Direction::Up, &Header::default(), budget, Work::unattended());
        picture.expect("no interrupt")
    }

    fn cell(tree: &Tree) -> Picture {
        graphed(tree, Some(CELL))
    }

    /// Stacks with long names that share few callers.
    fn wide(stacks: usize) -> Tree {
        let name =
            |i: usize| format!("github.com/shop/package{}.(*Type{}).Method{i}", i % 83, i % 7);
        let path = |i: usize| {
            let mixed = i.wrapping_mul(2_654_435_761) % 1_000_003;
            [mixed % 11, mixed % 101, mixed % 1009, mixed % 4001].map(name).join(";")
        };
        let paths: Vec<_> = (0..stacks).map(path).collect();
        let value = |i: usize| 1.0 + ((i * i) % 9973) as f64;
        let paths: Vec<_> = paths.iter().enumerate().map(|(i, path)| (&**path, value(i))).collect();
        tree(&paths)
    }

    #[test]
    fn an_output_is_a_picture_and_a_script_without_names() {
        let hostile = "</script><script>alert(1)</script>\u{2028}<!--";
        let html = cell(&tree(&[(hostile, 3.0), ("", 1.0)])).html;
        assert!(html.starts_with("<div class=\"flamebook\"><div style="));
        assert_eq!(html.matches("</script>").count(), 1);
        let (_, script) = html.split_once("</div><script>(document").expect("a script");
        assert!(!script.contains("alert") && !script.contains("<!--"));
        assert!(script.ends_with("\")</script>"));
    }

    #[test]
    fn a_cell_stays_small_and_says_what_it_merged() {
        let tree = wide(100_000);
        let picture = cell(&tree);
        assert!(picture.html.len() <= CELL, "{} bytes", picture.html.len());
        assert!(picture.notes[0].contains("boxes are in this output"), "{:?}", picture.notes);
        let whole = graphed(&tree, None);
        assert!(whole.html.len() > CELL && whole.notes.is_empty());
    }

    #[test]
    fn a_node_of_a_large_graph_takes_less_than_five_bytes() {
        let tree = wide(20_000);
        let stacks = GraphRef::from(&tree);
        let header = Header::default();
        let pane = ScenePane { title: "", header: &header, stacks, timeline: None };
        let scene = scene(Opening::Flame, &header, &[], vec![pane]);
        let payload = payload::encode(&scene, None, Work::unattended()).expect("no interrupt");
        let bytes = payload.text.len() as f64 / payload.of as f64;
        assert!(payload.of > 10_000 && bytes <= 4.6, "{bytes} bytes for each of {}", payload.of);
    }

    #[test]
    fn an_empty_tree_has_no_script() {
        assert_eq!(cell(&tree(&[])).html, flame::NOTHING);
        let empty = Diff::align(tree(&[]), tree(&[]), Mode::Share, [0.0; 2], Work::unattended())
            .expect("no interrupt");
        let picture = graphed(&empty, Some(CELL));
        assert_eq!(picture.html, flame::NOTHING);
    }

    #[test]
    fn one_node_negative_values_and_a_deep_chain_are_outputs() {
        let chain = vec!["f"; 5000].join(";");
        for stacks in [&[("a", 1.0)][..], &[("a", 2.0), ("b", -2.0)], &[(&chain, 1.0)]] {
            let html = cell(&tree(stacks)).html;
            assert!(html.contains("<script>") && html.len() < 90_000, "{} bytes", html.len());
        }
    }
}
