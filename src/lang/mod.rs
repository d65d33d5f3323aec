//! The query language: turns the text of a cell into a checked plan. Pure, without I/O.
//!
//! `lex` makes tokens, `parse` makes the syntax tree of `ast`, `check` makes a `plan`
//! with the type of each statement and what it `asks` of its source. None of them
//! fails: each returns what it could make, with diagnostics. The language never sees
//! data: variables come through [`check::Scope`], and frames through
//! [`pattern::FrameView`]. Names of profile types and labels are resolved when a
//! query runs, because the `use` that adds them may be in the same cell. `secret` hides
//! secrets that a cell should not have.
//!
//! The registries (`verbs`, `functions`) define each verb and each function: its name,
//! arguments, result and documentation. `columns` names the columns of all tables.
//! `parameters` are values that come from a front end in another language.

mod args;
pub mod asks;
pub mod ast;
pub mod check;
pub mod columns;
mod completeness;
mod conditions;
pub mod expected;
pub mod format;
pub mod functions;
pub mod help;
pub mod lex;
pub mod needs;
pub mod parameters;
mod parse;
pub mod pattern;
pub mod plan;
pub mod quantity;
pub mod secret;
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
pub use parse::{KEYWORDS, expected_after, foreign_words, parse, parse_with, stages_of};
pub use plan::Plan;

/// The granularities, each with its name.
pub fn granularities() -> impl Iterator<Item = (&'static str, ast::Granularity)> {
    parse::GRANULARITIES.into_iter()
}
