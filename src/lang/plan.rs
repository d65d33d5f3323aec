//! A checked cell: what `eval` runs.
//!
//! Names of settings and verbs are resolved, every statement has the type of its result,
//! and every query says what it asks of its source. Nothing of this is decided again.

use super::asks::Asks;
use super::ast::{Bound, Expr, Matcher, Name, Query, SetValue};
use super::settings::SettingSpec;
use super::types::Type;

/// A cell whose statements have been checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    pub steps: Vec<Step>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// None for a statement with an error.
    pub action: Option<Action>,
    /// The type of its result, or of what it binds.
    pub gives: Type,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Let {
        name: Name,
        value: Bound,
    },
    Use {
        target: Name,
        labels: Vec<Matcher>,
        alias: Option<Name>,
    },
    Set {
        setting: &'static SettingSpec,
        place: crate::diag::Place,
        value: Option<SetValue>,
    },
    Assert {
        condition: Expr,
        message: Option<Name>,
    },
    Help {
        topic: Option<Name>,
    },
    /// A query whose result is shown.
    Show {
        query: Query,
        asks: Asks,
    },
}
