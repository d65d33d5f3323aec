//! The types of the language.

use std::fmt;

/// What a query, a variable or a stage gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// A lazy selection. Grouped after `by (…)`.
    Profiles {
        grouped: bool,
    },
    /// A merged call tree.
    Tree,
    /// Two merged call trees, aligned.
    Diff,
    /// Totals over time, a line per group.
    Series,
    Table,
    Number,
    Bool,
    Text,
    Duration,
    Time,
    List,
    /// A frame pattern.
    Pattern,
    /// Something drawn; only `save` and `publish` read it.
    View,
    /// A statement without a value, such as `use`.
    Nothing,
    /// Known when the query runs: a label or a column in `where`. Also what an
    /// error leaves behind, so that one mistake is reported once.
    Any,
}

/// `true` and `false`, also as Python writes them: papermill injects `flag = True`.
///
/// They are names like others; a variable of that name wins.
pub fn boolean(name: &str) -> Option<bool> {
    match name {
        "true" | "True" => Some(true),
        "false" | "False" => Some(false),
        _ => None,
    }
}

impl Type {
    pub const UNGROUPED: Type = Type::Profiles { grouped: false };
    pub const GROUPED: Type = Type::Profiles { grouped: true };

    pub fn is_profiles(self) -> bool {
        matches!(self, Type::Profiles { .. })
    }

    /// Whether arithmetic and ordering make sense of it.
    pub fn is_scalar(self) -> bool {
        matches!(
            self,
            Type::Number | Type::Bool | Type::Text | Type::Duration | Type::Time | Type::Any
        )
    }

    /// The name, for messages: `Profiles`.
    pub fn name(self) -> &'static str {
        match self {
            Type::Profiles { .. } => "Profiles",
            Type::Tree => "Tree",
            Type::Diff => "Diff",
            Type::Series => "Series",
            Type::Table => "Table",
            Type::Number => "Number",
            Type::Bool => "Bool",
            Type::Text => "Text",
            Type::Duration => "Duration",
            Type::Time => "Time",
            Type::List => "List",
            Type::Pattern => "Pattern",
            Type::View => "View",
            Type::Nothing => "Nothing",
            Type::Any => "Any",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
