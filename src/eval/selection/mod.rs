//! From a selector to `Profiles`: finds the profiles of a type, labels and window.
//!
//! - `select`: finds the profiles of a selector; `empty`: explains why there are none
//! - `profiles`: a selection with the stages applied so far, and its groups
//! - `labels`: stages that depend on labels of samples; `label_changes`: in which labels two
//!   selections differ
//! - `cumulative`: turns cumulative snapshots into deltas
//! - `context`: what a query can look up; `sources`, `scope`, `settings`: its parts
//! - `server_settings`: the settings of servers; `setting_value`: errors about values
//! - `names`: profile types and labels, looked up in a source
//! - `clock`: resolves times and durations as written
//! - `presence`: how much of the time each series of a group was there
//! - `union`: two selections as one; `overlap`: what two have in common
//! - `memory`: a cache of sums for the next query
//! - `earlier`: the results of earlier cells that are in memory; `repeated`: those that are
//!   shown again

pub mod clock;
pub mod context;
pub mod cumulative;
pub mod earlier;
mod empty;
pub mod label_changes;
pub mod labels;
pub mod memory;
pub mod names;
pub mod overlap;
pub mod presence;
pub mod profiles;
pub mod repeated;
pub mod scope;
pub mod select;
pub mod server_settings;
mod setting_value;
pub mod settings;
pub mod sources;
pub mod split;
pub mod union;
