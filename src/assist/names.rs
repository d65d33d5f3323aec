//! What editors ask of the data.

use super::subject::Subject;
use crate::lang::Scope;
use crate::lang::help::Section;

/// A name that exists, and a figure on it such as `37 %`, or "".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub text: String,
    pub figure: String,
}

impl Named {
    pub fn new(text: impl Into<String>, figure: impl Into<String>) -> Named {
        Named { text: text.into(), figure: figure.into() }
    }
}

/// What a page of inspection is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About<'a> {
    Variable(&'a str),
    /// A profile type.
    Type(&'a str),
    Label(&'a str),
    Value {
        label: &'a str,
        value: &'a str,
    },
    /// A function, or a glob that means several.
    Function(&'a str),
}

/// The names that exist in the open sources and the session.
///
/// `of` is what is asked about; none is all there is. A selection that cannot be
/// resolved has no names. Frames are those that its stages leave; labels and their
/// values are those of the selection, whatever the stages do. Answers come from memory and within a
/// deadline: an order that is good enough now beats the right one later.
pub trait Names: Scope {
    /// Short names of profile types, with their units.
    fn profile_types(&self) -> Vec<Named>;
    /// Labels of series and samples, those that cover most first.
    fn labels(&self, of: Option<&Subject>) -> Vec<Named>;
    /// Values of a label, the heaviest first.
    fn values(&self, of: Option<&Subject>, label: &str) -> Vec<Named>;
    /// What the frames have in this field (`function`, `package`, `file` or
    /// `module`) and holds this text in any case: the largest totals first.
    fn frames(&self, of: Option<&Subject>, field: &str, holding: &str) -> Vec<Named>;
    /// The columns of the table that a variable holds, with their units.
    fn columns(&self, variable: &str) -> Vec<Named>;
    /// The unit of a selection.
    fn unit(&self, of: &Subject) -> Option<String>;
    /// Names of opened sources, for `from`.
    fn sources(&self) -> Vec<String>;
    /// The first and the last time of the data, as the language writes them.
    fn edges(&self) -> Option<(String, String)>;
    /// What may be opened and starts with this.
    fn paths(&self, typed: &str) -> Vec<String>;
    /// What is known about something, in figures; empty where nothing is.
    fn facts(&self, of: Option<&Subject>, about: About<'_>) -> Vec<Section>;
}
