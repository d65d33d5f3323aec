//! What one output of the viewer shows: panes of stacks, and which view is first.

use std::sync::Arc;

use crate::eval::result::value::{Header, SeriesSet};
use crate::view::stacks::shape::Stacks;

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
