//! Adds values up; the only place that does.
//!
//! - `merger`: merges samples into a `Tree` by the merge rules
//! - `sums`: values by recorded stack; `adder`: its exact sums; `extremes`: maxima and minima over time
//! - `batches`: values by batch of profiles, for standard errors
//! - `splits`: the same told apart by labels of samples, for `explain`
//! - `points`: self values of functions at points in time
//! - `grouped_tree`: all groups in one tree

pub mod adder;
pub mod batches;
pub mod extremes;
pub mod grouped_tree;
pub mod merger;
pub mod points;
pub mod splits;
pub mod sums;
