//! The one place where values are added up.
//!
//! - `merger`: from samples to a `Tree`, by the rules of merging
//! - `sums`: values by recorded stack; `extremes`: the largest and smallest over time
//! - `batches`: the same by batch of profiles, for standard errors
//! - `grouped_tree`: groups as the first level of one tree

pub mod batches;
pub mod extremes;
pub mod grouped_tree;
pub mod merger;
pub mod sums;
