//! What an assert found: its condition, and what was measured against which limit.
//!
//! An assert that fails ends its cell with an error for readers; this is the same for
//! programs that report on all asserts of a notebook.

use crate::diag::Place;

/// An assert that was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The condition, as the language writes it.
    pub condition: String,
    /// What it means, in the words of its author.
    pub message: Option<String>,
    /// Of the condition, in the text of the cell.
    pub place: Place,
    pub holds: bool,
    /// `measured 7.90% ± 0.31% (1.2 s of 15.3 s)`
    pub report: String,
    pub readings: Vec<Reading>,
}

/// One value that was compared with a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// `7.90%`
    pub value: String,
    /// The ends of its interval, if anything replicates, and the probability of that.
    pub interval: Option<[String; 2]>,
    pub confidence: String,
    /// `< 5%`; "" if it was not compared.
    pub limit: String,
}

impl Reading {
    /// A value without an interval.
    pub fn of(value: String, limit: String) -> Reading {
        Reading { value, interval: None, confidence: String::new(), limit }
    }
}
