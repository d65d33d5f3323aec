//! The recordings of a block that have the same types: what is known before they are read.

use serde::{Deserialize, Serialize};

use crate::quantity::{Timestamp, Window};

/// Types that are recorded together, and their content in a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shape {
    /// The first part of the files' names.
    pub(super) name: String,
    /// Ids of profile types, in the order of their columns.
    pub(super) types: Vec<String>,
    pub(super) columns: Vec<String>,
    /// The names of labels that samples have.
    pub(super) sample_labels: Vec<String>,
    pub(super) profiles: u64,
    pub(super) samples: u64,
    /// From the first start to the last end, in nanoseconds.
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Shape {
    pub(super) fn window(&self) -> Window {
        Window { start: Timestamp(self.start), end: Timestamp(self.end) }
    }

    /// The position of a type among the types, if it is one of them.
    pub(super) fn position(&self, kind: &str) -> Option<usize> {
        self.types.iter().position(|known| known == kind)
    }
}
