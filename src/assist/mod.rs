//! Completion and inspection for editors, on plain data.
//!
//! This module does not know Jupyter: `notebook` converts the answers to messages. The
//! answers come from the parser (`lang`), which records what it expected where it
//! stopped, and from [`Names`], which must answer immediately, because editors ask while
//! a query runs.
//!
//! - `cursor`: the code before a cursor
//! - `subject`: the selection that a position refers to, and the stages applied to it
//! - `candidate`: a completion candidate; `candidates`: candidates for what the parser
//!   expected; `columns`, `files` and `packages`: columns of tables, file names for
//!   `save`, and packages of functions
//! - `complete`, `inspect`: the two services
//! - `names`: names in the data; `session` answers for a session, `narrow` applies
//!   stages, `weigh` ranks by weight

mod candidate;
mod candidates;
mod columns;
mod complete;
mod cursor;
mod files;
mod inspect;
mod names;
mod narrow;
mod packages;
pub mod session;
mod subject;
mod weigh;

pub use complete::{Completion, CompletionItem, complete};
pub use inspect::inspect;
pub use names::{About, Named, Names};
pub use subject::Subject;

#[cfg(test)]
mod tests;
