//! Runs the queries of a checked plan, stage by stage.
//!
//! - `evaluator`: runs a query; `apply`: maps each verb to its function
//! - `stage`: what each verb does
//! - `check`: checks that need data: labels, columns, patterns that match nothing
//! - `expr`: conditions of `where`, `extend` and `assert`; `measure`: calls in them;
//!   `measured`: what these measured, in words
//! - `watched`: tells whether a query has written something

pub mod apply;
pub mod check;
pub mod evaluator;
pub mod expr;
mod measure;
mod measured;
pub mod stage;
pub mod watched;
