//! The types of the language.

use std::fmt;

/// The type of a query, a variable or the result of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// A lazy selection, which `by (…)` groups.
    Profiles {
        grouped: bool,
    },
    /// `a + b` of selections: totals over time, or Profiles for a verb that takes these.
    Sum,
    /// A merged call tree.
    Tree,
    /// Two merged call trees, aligned.
    Diff,
    /// Totals over time, one line per group.
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
    /// A drawing; only `save` and `publish` accept it.
    View,
    /// The type of a statement without a value, such as `use`.
    Nothing,
    /// Known only when the query runs: a label or a column in `where`. Also used after
    /// an error, so that one mistake is reported once.
    Any,
}

/// Reads `true` and `false`, also in Python's spelling: papermill injects `flag = True`.
///
/// These are not keywords: a variable of the same name takes precedence.
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

    /// Whether a value of this type can be ordered and calculated with.
    pub fn is_scalar(self) -> bool {
        matches!(
            self,
            Type::Number | Type::Bool | Type::Text | Type::Duration | Type::Time | Type::Any
        )
    }

    /// The name in messages: `Profiles`.
    pub fn name(self) -> &'static str {
        match self {
            Type::Profiles { .. } => "Profiles",
            Type::Sum => "Sum",
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
