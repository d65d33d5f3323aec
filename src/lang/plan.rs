//! The plan of a checked cell, which `eval` runs.
//!
//! Names of settings and verbs are resolved. Every statement has the type of its result,
//! and every query lists what it needs from its source. `eval` repeats none of these checks.

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
    /// A statement with an error has none.
    pub action: Option<Action>,
    /// The type of its result or of the value that it binds.
    pub gives: Type,
}

/// The action of a statement.
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
