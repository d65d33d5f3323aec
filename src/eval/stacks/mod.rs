//! Which stacks match a pattern, and what stages make of them.
//!
//! Everything here works on distinct stacks and functions, never on samples.
//!
//! - `pattern`: a compiled pattern and where it matches; `matcher`: one test of a label
//! - `rewrite`: `focus`, `hide`, `callers` and the others as a map from stacks to stacks
//! - `trim`: merges small nodes into "(other)"
//! - `reached`: the stacks and functions that have samples
//! - `collapsed`: stacks that share a total
//! - `functions`: self and total of each function in a tree

pub mod collapsed;
pub mod functions;
pub mod matcher;
pub mod pattern;
pub mod reached;
pub mod rewrite;
pub mod trim;
