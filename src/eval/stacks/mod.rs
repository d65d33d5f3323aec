//! Finds the stacks that match a pattern, and rewrites stacks.
//!
//! All code here works on distinct stacks and functions, never on samples.
//!
//! - `pattern`: a compiled pattern and its matches; `matcher`: a compiled test of a label
//! - `rewrite`: `focus`, `hide`, `callers` and the others as a map from stacks to stacks
//! - `normal`: functions under the names that they have in every run
//! - `trim`: merges small nodes into "(other)"
//! - `reached`: the stacks and functions that have samples
//! - `collapsed`: stacks that share a total
//! - `functions`: self and total of each function in a tree

pub mod collapsed;
pub mod functions;
pub mod matcher;
pub mod normal;
pub mod pattern;
pub mod reached;
pub mod rewrite;
pub mod trim;
