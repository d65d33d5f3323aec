//! The plan of a checked cell, which `eval` runs.
//!
//! Names of settings and verbs are resolved. Every statement has the type of its result,
//! and every query lists what it needs from its source. `eval` repeats none of these checks.

use super::asks::Asks;
use super::ast::{Assertion, Bound, Matcher, Name, Query, SetValue};
use super::settings::SettingSpec;
use super::types::Type;

/// A cell whose statements have been checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan<'c> {
    pub steps: Vec<Step<'c>>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Step<'c> {
    /// A statement with an error has none.
    pub action: Option<Action<'c>>,
    /// The type of its result or of the value that it binds.
    pub gives: Type,
}

/// The action of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<'c> {
    Let {
        name: &'c Name,
        value: &'c Bound,
    },
    Use {
        targets: &'c [Name],
        labels: &'c [Matcher],
        alias: Option<&'c Name>,
    },
    Set {
        setting: &'static SettingSpec,
        place: crate::diag::Place,
        value: Option<&'c SetValue>,
    },
    Assert(&'c Assertion),
    Help {
        topic: Option<&'c Name>,
    },
    /// A query whose result is shown.
    Show {
        query: &'c Query,
        asks: Asks,
    },
}
