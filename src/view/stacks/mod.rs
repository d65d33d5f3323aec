//! Stacks as pictures and as text: trees, diffs, sandwiches, comparisons.
//!
//! - `shape`: the stacks to draw and their widths, for trees and diffs alike
//! - `layout`, `boxes`, `flame`, `hot`: a tree as boxes, and the table below them
//! - `branch`, `text`, `outline`: a tree as lines
//! - `change`, `diff`, `sandwich`, `compare`: diffs, callers and callees, comparisons

pub(crate) mod boxes;
pub(crate) mod branch;
pub(crate) mod change;
pub(crate) mod compare;
pub(crate) mod diff;
pub(crate) mod flame;
pub(crate) mod hot;
pub(crate) mod layout;
pub(crate) mod outline;
pub(crate) mod sandwich;
pub(crate) mod shape;
pub(crate) mod text;
