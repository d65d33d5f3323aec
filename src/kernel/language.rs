//! The interface between the Jupyter protocol and a language.
//!
//! The rest of `kernel` does not know the query language, and nothing outside `kernel`
//! knows sockets. A [`Language`] runs cells, one at a time, on the evaluation thread. An
//! [`Assistant`] answers editors on any thread, also while a cell runs, so it must not
//! wait for the cell.

use crate::view::bundle::Bundle;
use crate::work::{Cancel, Progress};

/// Runs cells. `notebook` implements it, and so do the tests of the kernel.
pub trait Language: Send {
    /// Runs one cell.
    ///
    /// The outputs of the cell go to `out`, in order. The value of the last statement is
    /// returned and becomes the `execute_result`. Returns soon after `cancel` is set.
    fn execute(
        &mut self,
        cell: &CellRequest<'_>,
        out: &dyn Output,
        cancel: &Cancel,
    ) -> Result<Option<Bundle>, Failure>;

    /// The code as it is shown again to other front ends and in the history.
    fn without_secrets(&self, code: &str) -> String;
}

/// One `execute_request`.
#[derive(Debug, Clone, Copy)]
pub struct CellRequest<'a> {
    pub code: &'a str,
    /// The `n` of `In[n]`; the result is stored as `_n`.
    pub number: u32,
    /// False for `silent` and for `store_history: false`: then `_` and `_n` do not change.
    pub store: bool,
}

/// Receives the outputs of a running cell.
pub trait Output: Sync {
    /// Shows a bundle now: a `display_data` message.
    fn display(&self, bundle: Bundle);
    /// Reports progress. The receiver throttles it, shows it after 300 ms, and removes it
    /// at the end of the cell.
    fn progress(&self, progress: &Progress);
}

/// Why a cell failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The slug of the first diagnostic, `interrupted`, or `panic`.
    pub name: String,
    /// One line.
    pub value: String,
    /// The line of the cell, from 1, if it is known.
    pub line: Option<usize>,
    /// The lines of the whole report, with ANSI colours.
    pub traceback: Vec<String>,
}

/// Answers editors. Cursors count Unicode code points.
pub trait Assistant: Send + Sync {
    fn complete(&self, code: &str, cursor: usize) -> Completion;
    fn inspect(&self, code: &str, cursor: usize, detail: u8) -> Option<Bundle>;
    fn is_complete(&self, code: &str) -> Completeness;
}

/// Texts that may replace the one between `start` and `end`.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    pub start: usize,
    pub end: usize,
    pub items: Vec<CompletionItem>,
}

#[derive(Debug, Clone)]
pub struct CompletionItem {
    pub text: String,
    /// Shown beside the text: `verb`, `label`, `type`, `variable`.
    pub kind: &'static str,
    pub signature: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// The cell needs another line, which starts with this indent.
    Incomplete {
        indent: String,
    },
    Invalid,
}
