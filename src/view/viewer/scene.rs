//! What one output of the viewer shows: panes of stacks, and which view is first.

use std::borrow::Cow;
use std::sync::Arc;

use crate::eval::value::{Graph, Header, SeriesSet};
use crate::profile::{Diff, Symbols, Tree};
use crate::view::shape::{Shape, own_values};

/// The stacks of one pane.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stacks<'a> {
    Tree(&'a Tree),
    Diff(&'a Diff),
}

impl<'a> From<&'a Tree> for Stacks<'a> {
    fn from(tree: &'a Tree) -> Stacks<'a> {
        Stacks::Tree(tree)
    }
}

impl<'a> From<&'a Diff> for Stacks<'a> {
    fn from(diff: &'a Diff) -> Stacks<'a> {
        Stacks::Diff(diff)
    }
}

impl<'a> From<&'a Graph> for Stacks<'a> {
    fn from(graph: &'a Graph) -> Stacks<'a> {
        match graph {
            Graph::Tree(tree) => Stacks::Tree(tree),
            Graph::Diff(diff) => Stacks::Diff(diff),
        }
    }
}

impl<'a> Stacks<'a> {
    pub(crate) fn symbols(self) -> &'a Symbols {
        match self {
            Stacks::Tree(tree) => &tree.symbols,
            Stacks::Diff(diff) => diff.symbols(),
        }
    }

    pub(crate) fn shape(self) -> Shape<'a> {
        match self {
            Stacks::Tree(tree) => Shape::of_tree(tree),
            Stacks::Diff(diff) => Shape::of_diff(diff),
        }
    }

    /// Own values by stack: of the tree or the side after, and of the side before.
    pub(super) fn own_values(self) -> (Cow<'a, [f64]>, Option<Cow<'a, [f64]>>) {
        match self {
            Stacks::Tree(tree) => (own_values(tree), None),
            Stacks::Diff(diff) => (own_values(&diff.after), Some(own_values(&diff.before))),
        }
    }

    /// The tree, or the side after.
    pub(super) fn after(self) -> &'a Tree {
        match self {
            Stacks::Tree(tree) => tree,
            Stacks::Diff(diff) => &diff.after,
        }
    }
}

/// The view that a page opens with; the reader may switch to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    Flame,
    Icicle,
    Sandwich,
    Compare,
}

impl Opening {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Opening::Flame => "flame",
            Opening::Icicle => "icicle",
            Opening::Sandwich => "sandwich",
            Opening::Compare => "compare",
        }
    }
}

/// Everything that one output shows.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) opening: Opening,
    pub(crate) title: &'a str,
    /// The functions that a sandwich is of.
    pub(crate) focus: &'a [Arc<str>],
    pub(crate) panes: Vec<ScenePane<'a>>,
}

/// One graph with its provenance.
#[derive(Debug)]
pub(crate) struct ScenePane<'a> {
    pub(crate) title: &'a str,
    pub(crate) header: &'a Header,
    pub(crate) stacks: Stacks<'a>,
    pub(crate) timeline: Option<&'a SeriesSet>,
}
