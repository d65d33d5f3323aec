//! What went wrong, as data: a message, the place it names, and one fix.
//!
//! A [`Diagnostic`] knows nothing of terminals or notebooks; `render` writes it
//! as plain text, with ANSI colours, or as HTML. `suggest` finds the name that
//! was meant. Depends on nothing of ours.

pub mod render;
mod snippet;
pub mod suggest;

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

    /// The smallest place that holds both.
    #[must_use]
    pub fn to(self, other: Place) -> Place {
        Place { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing of the cell runs, or the cell stops here.
    Error,
    /// The cell runs; a note stands above its result.
    Warning,
}

/// A finding about what a user typed, or about what came of it.
///
/// Phrase it so: the message says what was found, the label what is wrong at the
/// place, the help what would be accepted, in one fix. Names stand in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Words, for `help <slug>`: `unknown-label`.
    pub slug: &'static str,
    pub message: String,
    /// Where, and a few words beside the carets (may be "").
    pub place: Option<Place>,
    pub label: String,
    /// Other places that explain, drawn with dashes.
    pub related: Vec<(Place, String)>,
    pub help: Option<String>,
    /// What to write instead, where it is certain.
    pub patch: Option<Patch>,
    pub notes: Vec<String>,
}

/// A replacement of a piece of the cell.
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

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The help, with a patch that does it.
    #[must_use]
    pub fn fix(mut self, help: impl Into<String>, place: Place, text: impl Into<String>) -> Self {
        self.patch = Some(Patch { place, text: text.into() });
        self.help(help)
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// What a user pasted may be a megabyte, and messages quote it.
fn clipped(mut message: String) -> String {
    const LONGEST: usize = 500;
    if message.len() > LONGEST {
        message.truncate(message.floor_char_boundary(LONGEST));
        message.push_str(" ...");
    }
    message
}
