//! Evaluates a checked plan to results with provenance.
//!
//! It is synchronous and can be cancelled; it knows no sockets and no HTML. Its folders
//! use each other in one direction, which `tests/tidy.rs` checks. From the bottom up:
//!
//! - `error`: why a query ended without a result
//! - `result`: values, tables, and their operators
//! - `stacks`: finds the stacks that match a pattern, and rewrites stacks
//! - `selection`: from a selector to `Profiles`: names, settings, labels, windows
//! - `merge`: adds values up; the only place that does
//! - `time`: totals over time, and arithmetic with them
//! - `inference`: which changes are statistically significant
//! - `tables`: rows of functions, groups, labels and profiles
//! - `query`: runs a plan stage by stage
//! - `help`: the help page on file formats; `session`: runs the statements of a cell

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
