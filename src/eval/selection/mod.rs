//! From a selector to `Profiles`: type, labels, window, and the profiles found.
//!
//! - `select`: finds the profiles of a selector; `empty`: explains why there are none
//! - `profiles`: a selection on its way through a pipe, and its groups
//! - `labels`: stages that look at labels of samples
//! - `cumulative`: turns cumulative snapshots into deltas
//! - `context`: what a query may look up; `sources`, `scope`, `settings`: its parts
//! - `names`: profile types and labels, looked up in a source
//! - `clock`: instants and lengths as written, resolved
//! - `memory`: sums that a session keeps for its next query

pub mod clock;
pub mod context;
pub mod cumulative;
mod empty;
pub mod labels;
pub mod memory;
pub mod names;
pub mod profiles;
pub mod scope;
pub mod select;
pub mod settings;
pub mod sources;
