//! Completion: candidates for what the parser expected at the cursor, filtered by prefix.

use std::collections::HashSet;

use super::Names;
use super::candidate::Candidate;
use super::candidates::Candidates;
use super::cursor::Cursor;
use crate::lang::expected::Expected;
use crate::lang::expected_after;

/// The most items in a menu.
const MOST: usize = 200;

/// Items that can replace the text from `start` to `end`, in Unicode code points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    pub start: usize,
    pub end: usize,
    pub items: Vec<CompletionItem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionItem {
    pub text: String,
    /// The kind shown with it: `verb`, `label`, `type`, `variable`.
    pub kind: &'static str,
    /// A short description, or "".
    pub signature: String,
}

/// The completions at a cursor, which counts code points.
pub fn complete(code: &str, cursor: usize, names: &dyn Names) -> Completion {
    let Some(cursor) = Cursor::new(code, cursor) else {
        return Completion { start: cursor, end: cursor, items: Vec::new() };
    };
    let mut expected = expected_after(code, &cursor.tokens);
    let at_start = expected.contains(&Expected::Statement);
    expected.sort_by_key(|expected| rank(expected, at_start));
    let candidates = Candidates::new(names, &cursor, &expected);
    let mut items: Vec<Candidate> = expected.iter().flat_map(|e| candidates.of(e)).collect();
    let prefix = cursor.prefix();
    items.retain(|item| item.fits(&prefix, cursor.quote));
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.text.clone()));
    items.truncate(MOST);
    let points = |byte: usize| code[..byte].chars().count();
    let items = items.into_iter().map(|item| CompletionItem {
        text: item.text,
        kind: item.kind,
        signature: item.signature,
    });
    Completion { start: points(cursor.word), end: points(cursor.end()), items: items.collect() }
}

/// The likeliest items come first: in a range durations, in a comparison selections, in a
/// condition columns; keywords come after names.
fn rank(expected: &Expected, at_start: bool) -> u8 {
    match expected {
        Expected::Duration | Expected::Baseline => 0,
        Expected::Selection if at_start => 1,
        Expected::Statement => 2,
        Expected::Value => 3,
        Expected::Selection => 4,
        Expected::Option(_) => 6,
        Expected::Symbol("[") | Expected::QuotedType => 5,
        Expected::Word("offset") => 6,
        Expected::Word("from") => 7,
        Expected::Symbol("|") => 8,
        Expected::Word(_) | Expected::Symbol(_) => 9,
        _ => 4,
    }
}
