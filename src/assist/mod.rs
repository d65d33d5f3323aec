//! Editor services on plain data: what may be written at a cursor, and what a
//! word means.
//!
//! Nothing here knows Jupyter: `notebook` turns the answers into messages. The
//! answers come from the one parser (`lang`), which keeps what it expected where
//! it stopped, and from [`Names`], which must answer at once, because editors
//! ask while a query runs.

mod complete;
mod cursor;
mod inspect;
pub mod session;

use crate::lang::Scope;

pub use complete::complete;
pub use inspect::inspect;

/// The names that exist in the open sources and the session.
pub trait Names: Scope {
    /// Short names of profile types.
    fn profile_types(&self) -> Vec<String>;
    /// Labels of series and samples, the most common first.
    fn labels(&self) -> Vec<String>;
    /// Values of a label, the heaviest first.
    fn values(&self, label: &str) -> Vec<String>;
    /// Full names of functions, the heaviest first.
    fn functions(&self) -> Vec<String>;
    /// Names of opened sources, for `from`.
    fn sources(&self) -> Vec<String>;
}

/// What may stand between `start` and `end`, in Unicode code points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    pub start: usize,
    pub end: usize,
    pub items: Vec<CompletionItem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionItem {
    pub text: String,
    /// The kind shown beside it: `verb`, `label`, `type`, `variable`.
    pub kind: &'static str,
    /// A few words on it, or "".
    pub signature: String,
}

#[cfg(test)]
mod tests;
