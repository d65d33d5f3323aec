//! The boundary between the Jupyter protocol and the language it serves.
//!
//! Nothing in `kernel` beyond this file knows what a query is; nothing outside
//! `kernel` knows what a socket is. [`Language`] runs cells, one at a time, on
//! the evaluation thread. [`Assistant`] answers editors from any thread, also
//! while a cell runs, so it must not wait for one.

use crate::view::bundle::Bundle;
use crate::work::{Cancel, Progress};

/// Runs cells. Implemented by the session; by an echo in the kernel's own tests.
pub trait Language: Send {
    /// Runs one cell.
    ///
    /// What the cell shows on the way goes to `out`, in order; the value of its
    /// last statement is returned and becomes the `execute_result`. Returns
    /// soon after `cancel` is set.
    fn execute(
        &mut self,
        cell: &Cell<'_>,
        out: &dyn Output,
        cancel: &Cancel,
    ) -> Result<Option<Bundle>, Failure>;
}

/// One `execute_request`.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    pub code: &'a str,
    /// The `n` of `In[n]`; the result becomes `_n`.
    pub number: u32,
    /// False for `silent` and for `store_history: false`: `_` and `_n` stay as they are.
    pub store: bool,
}

/// Where a running cell shows things.
pub trait Output: Sync {
    /// Shows a bundle now: a `display_data` message.
    fn display(&self, bundle: Bundle);
    /// How far the work has come. Throttled by the receiver, drawn only after
    /// 300 ms, removed when the cell ends.
    fn progress(&self, progress: &Progress);
}

/// Why a cell failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// A word: the slug of the first diagnostic, `interrupted`, or `panic`.
    pub name: String,
    /// One line.
    pub value: String,
    /// The whole report with ANSI colours, a line each.
    pub traceback: Vec<String>,
}

/// Answers editors. Cursors are Unicode code points.
pub trait Assistant: Send + Sync {
    fn complete(&self, code: &str, cursor: usize) -> Completion;
    fn inspect(&self, code: &str, cursor: usize, detail: u8) -> Option<Bundle>;
    fn is_complete(&self, code: &str) -> Completeness;
}

/// What may stand between `start` and `end`.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    pub start: usize,
    pub end: usize,
    pub items: Vec<CompletionItem>,
}

#[derive(Debug, Clone)]
pub struct CompletionItem {
    pub text: String,
    /// The kind shown beside it: `verb`, `label`, `type`, `variable`.
    pub kind: &'static str,
    pub signature: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// More is to come; the next line starts with this indent.
    Incomplete {
        indent: String,
    },
    Invalid,
}
