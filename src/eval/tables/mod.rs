//! Results as tables: functions, changes, groups, and what a source holds.
//!
//! - `top`: functions by self or total; `changes`: the same of a diff
//! - `explanation`: causes of a change and their label values; `explanation_finding`: the
//!   sentence above them
//! - `bisection`: values of a label by first sight
//! - `trends`: functions by slope; `changepoints`: changes of a level; `trend_finding` and
//!   `changepoint_finding`: the sentences above them
//! - `groups`: one row for each group
//! - `catalog`: types, labels, values, profiles; `describe`: the header as a table

pub mod bisection;
pub mod catalog;
pub mod changepoint_finding;
pub mod changepoints;
pub mod changes;
pub mod describe;
pub mod explanation;
pub mod explanation_finding;
pub mod groups;
pub mod top;
pub mod trend_finding;
pub mod trends;
