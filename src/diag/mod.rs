//! Errors and warnings as data: a message, a place in the cell, and one fix.
//!
//! A [`Diagnostic`] does not know about terminals or notebooks; `render` writes it
//! as plain text, with ANSI colours, or as HTML. `suggest` finds similar names for a
//! misspelt one. Uses no other module of this crate.

mod piece;
pub mod render;
mod snippet;
pub mod suggest;

pub use piece::harmless;

use std::panic::Location;

/// A range of bytes in the text of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Place {
    pub start: usize,
    pub end: usize,
}

impl Place {
    pub fn new(start: usize, end: usize) -> Place {
        Place { start, end }
    }

    /// The smallest place that contains both.
    #[must_use]
    pub fn to(self, other: Place) -> Place {
        Place { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The line of its start in a text, from 1.
    pub fn line_in(self, text: &str) -> usize {
        let before = &text.as_bytes()[..self.start.min(text.len())];
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }
}

/// Whether the cell still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The cell does not run, or stops here.
    Error,
    /// The cell runs; a note is shown above its result.
    Warning,
}

/// An error or a warning about what a user typed, or about its result.
///
/// How to phrase one: the message says what was found, the label says what is wrong
/// at the place, the help gives one fix. Names are in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// The name of its page of help, such as `unknown-label`.
    pub slug: &'static str,
    pub message: String,
    /// Marked with carets.
    pub place: Option<Place>,
    /// A few words beside the carets, or "".
    pub label: String,
    /// Other places that explain the error, marked with dashes.
    pub related: Vec<(Place, String)>,
    pub help: Option<String>,
    /// The line of this program that wrote the help, by which a test knows that each of
    /// them was tried.
    pub help_from: Option<&'static Location<'static>>,
    /// The corrected text, if there is only one.
    pub patch: Option<Patch>,
    pub notes: Vec<String>,
}

/// A replacement of a part of the cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    pub place: Place,
    pub text: String,
}

impl Diagnostic {
    pub fn error(slug: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            slug,
            message: clipped(message.into()),
            place: None,
            label: String::new(),
            related: Vec::new(),
            help: None,
            help_from: None,
            patch: None,
            notes: Vec::new(),
        }
    }

    pub fn warning(slug: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(slug, message) }
    }

    #[must_use]
    pub fn at(mut self, place: Place, label: impl Into<String>) -> Self {
        self.place = Some(place);
        self.label = label.into();
        self
    }

    #[must_use]
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// What to do about it. Queries and words of the language are in backticks.
    #[must_use]
    #[track_caller]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self.help_from = Some(Location::caller());
        self
    }

    /// Sets the help and the patch that does what it says.
    #[must_use]
    #[track_caller]
    pub fn fix(mut self, help: impl Into<String>, place: Place, text: impl Into<String>) -> Self {
        self.patch = Some(Patch { place, text: text.into() });
        self.help(help)
    }

    /// Suggests these names, of which there is at least one; the first is the patch.
    #[must_use]
    #[track_caller]
    pub fn did_you_mean(self, names: &[&str], place: Place) -> Self {
        let first = names.first().copied().unwrap_or_default();
        self.fix(suggest::did_you_mean(names), place, first)
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// Limits the length: messages quote the cell, and someone may paste a megabyte.
fn clipped(mut message: String) -> String {
    const LONGEST: usize = 500;
    if message.len() > LONGEST {
        message.truncate(message.floor_char_boundary(LONGEST));
        message.push_str(" ...");
    }
    message
}
