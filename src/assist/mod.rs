//! Editor services on plain data: what may be written at a cursor, and what a
//! word means.
//!
//! Nothing here knows Jupyter: `notebook` turns the answers into messages. The
//! answers come from the one parser (`lang`), which keeps what it expected where
//! it stopped, and from [`Names`], which must answer at once, because editors
//! ask while a query runs.
//!
//! - `cursor`: what stands before a cursor
//! - `subject`: the selection that a place is about, and the stages on the way
//! - `candidate`: what may be written; `candidates`: what fits what the parser
//!   expected, `columns` those of tables, `files` those to
//!   save, `packages` those of functions
//! - `complete`, `inspect`: the two questions
//! - `names`: what must be known of the data; `session` knows it, `narrow` applies
//!   stages to it, `weigh` ranks it

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
