//! Text to a checked cell; pure, without input, output or data.
//!
//! `lex` makes tokens, `parse` makes the syntax of `ast`, `check` makes a `plan` of it,
//! with the type of each statement and what it `asks` of its source. None of them fails: each gives what it could make, and
//! diagnostics. The language never sees data: the variables it needs come
//! through [`check::Scope`], and it meets stacks only through
//! [`pattern::FrameView`]. Names of profile types and labels are resolved when
//! a query runs, because the `use` that brings them may stand in the same cell.
//!
//! The registries (`verbs`, `functions`) are the one place that knows what a
//! verb or a function is called, takes, gives and means.

mod args;
pub mod asks;
pub mod ast;
pub mod check;
mod completeness;
pub mod expected;
pub mod format;
pub mod functions;
pub mod help;
pub mod lex;
pub mod needs;
mod parse;
pub mod pattern;
pub mod plan;
pub mod quantity;
pub mod settings;
pub mod slugs;
pub mod text;
mod tokens;
pub mod topics;
pub mod types;
pub mod verbs;

pub use check::{Scope, check};
pub use completeness::{Completeness, is_complete};
#[cfg(test)]
pub(crate) use parse::WORKED;
pub use parse::{KEYWORDS, expected_after, parse};
pub use plan::Plan;

/// The granularities by name.
pub fn granularities() -> impl Iterator<Item = (&'static str, ast::Granularity)> {
    parse::GRANULARITIES.into_iter()
}
