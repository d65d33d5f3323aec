//! What one output of the viewer shows: panes of stacks, and the initial view.

use std::sync::Arc;

use crate::eval::result::value::{Header, SeriesSet};
use crate::view::stacks::shape::GraphRef;

/// The initial view; the reader can switch.
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

/// All that one output shows.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) opening: Opening,
    pub(crate) title: &'a str,
    /// The functions in the middle of a sandwich.
    pub(crate) focus: &'a [Arc<str>],
    pub(crate) panes: Vec<ScenePane<'a>>,
}

/// One graph and where its data comes from.
#[derive(Debug)]
pub(crate) struct ScenePane<'a> {
    pub(crate) title: &'a str,
    pub(crate) header: &'a Header,
    pub(crate) stacks: GraphRef<'a>,
    pub(crate) timeline: Option<&'a SeriesSet>,
}
