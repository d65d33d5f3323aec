//! From a checked plan to results with provenance.
//!
//! Synchronous and cancellable; no sockets, no HTML. Its rooms use each other in one
//! direction, which `tests/tidy.rs` holds. From the ground up:
//!
//! - `error`: why a query ended without a result
//! - `result`: what comes out: values, tables, and how they compare
//! - `stacks`: which stacks match a pattern, and how stages rewrite them
//! - `selection`: from a selector to `Profiles`: names, settings, labels, windows
//! - `merge`: the one place where values are added up
//! - `time`: totals over time, and arithmetic with them
//! - `inference`: which changes are statistically significant
//! - `tables`: rows of functions, groups, labels and profiles
//! - `query`: a plan, stage by stage
//! - `help`: pages that name file formats; `session`: the statements of a cell

pub mod error;
pub mod result;

pub mod stacks;

pub mod selection;

pub mod merge;
pub mod time;

pub mod inference;

pub mod tables;

pub mod query;

pub mod help;
pub mod session;
