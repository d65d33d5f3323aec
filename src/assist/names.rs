//! The questions that completion and inspection ask about the data.

use super::subject::Subject;
use crate::lang::Scope;
use crate::lang::help::Section;

/// A name, and a figure such as `37 %`, or "".
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

/// The subject of an inspection page.
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
    /// A function, or a glob that may match several.
    Function(&'a str),
}

/// The names that exist in the open sources and the session.
///
/// `of` is the selection in question; `None` is everything. A selection that cannot be
/// resolved has no names. Frames are those left by its stages; labels and their values
/// ignore stages. Answers come from memory and before a deadline: a fast approximate
/// ranking is better than a late exact one.
pub trait Names: Scope {
    /// Short names of profile types, with their units.
    fn profile_types(&self) -> Vec<Named>;
    /// Their names as recorded, which need not be words: `cpu-time`.
    fn recorded_types(&self) -> Vec<Named>;
    /// Labels of series and samples, those of most samples first.
    fn labels(&self, of: Option<&Subject>) -> Vec<Named>;
    /// Values of a label, the heaviest first.
    fn values(&self, of: Option<&Subject>, label: &str) -> Vec<Named>;
    /// The values of a frame field (`function`, `package`, `file` or `module`) that
    /// contain this text in any case: the largest totals first.
    fn frames(&self, of: Option<&Subject>, field: &str, holding: &str) -> Vec<Named>;
    /// The columns of the table that a variable holds, with their units.
    fn columns(&self, variable: &str) -> Vec<Named>;
    /// The unit of a selection.
    fn unit(&self, of: &Subject) -> Option<String>;
    /// Names of opened sources, for `from`.
    fn sources(&self) -> Vec<String>;
    /// The first and last time of the data, in the syntax of the language.
    fn edges(&self) -> Option<(String, String)>;
    /// Sources that can be opened and start with this text.
    fn paths(&self, typed: &str) -> Vec<String>;
    /// Known figures about a subject; may be empty.
    fn facts(&self, of: Option<&Subject>, about: About<'_>) -> Vec<Section>;
}
