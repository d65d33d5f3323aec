//! Results as tables: functions, changes, groups, and what a source holds.
//!
//! - `top`: functions by self or total; `changes`: the same of a diff
//! - `groups`: one row for each group
//! - `catalog`: types, labels, values, profiles; `describe`: the header as a table

pub mod catalog;
pub mod changes;
pub mod describe;
pub mod groups;
pub mod top;
