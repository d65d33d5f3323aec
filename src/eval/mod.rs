//! Runs checked statements: from a plan to results with provenance.
//!
//! Synchronous and cancellable; no sockets, no HTML. In the order of a query:
//!
//! - `session`: sources, variables and settings; runs the statements of a cell
//! - `scope`: what names mean
//! - `select`: selector → `Profiles`: type, matchers, window; `empty`: why there are none;
//!   `cumulative`: totals that only grow become deltas
//! - `profiles`: a selection on its way through a pipe, and its groups
//! - `stage`: one verb applied to what was piped in
//! - `pattern`, `stacks`, `labels`, `used`: which stacks match, and what becomes of them
//! - `merge`: from samples to a `Tree`; `sums`: the one place where values are added up;
//!   `extremes`: the largest and the smallest over time; `packed`: stacks that share totals
//! - `batches`, `noise`: the same by batch of profiles, and what of a `Diff` is told from noise
//! - `rooted`: groups as the first level of a tree
//! - `functions`, `top`, `changes`, `groups`, `catalog`, `describe`: tables
//! - `series`, `heatmap`, `buckets`: totals over time; `arithmetic`: calculating with them
//! - `expr`, `operators`: `where`, `extend`, `assert`
//! - `table`, `value`: what comes out
//! - `help`: pages of help with the table of file formats

mod arithmetic;
mod batches;
mod buckets;
pub mod catalog;
pub mod changes;
pub mod cumulative;
pub mod describe;
mod empty;
pub mod expr;
mod extremes;
pub mod functions;
pub mod groups;
pub mod heatmap;
pub mod help;
pub mod labels;
pub mod merge;
pub mod noise;
mod operators;
mod packed;
pub mod pattern;
pub mod profiles;
pub mod rooted;
pub mod scope;
pub mod select;
pub mod series;
pub mod session;
pub mod stacks;
pub mod stage;
pub mod sums;
pub mod table;
pub mod top;
pub mod trim;
pub mod used;
pub mod value;
