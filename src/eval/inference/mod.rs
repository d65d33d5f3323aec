//! Statistical inference: which changes are significant, what has a trend, when a level
//! changed, and which release did it. Each method names the source of its formula.
//!
//! Read in the order in which a diff is judged:
//!
//! - `significance`: the verdicts of a diff; `judge`: all functions, from the following
//! - `figures`: self and total of each function by batch; `calls`: where it is called
//! - `design`: what replicates; `strata`: variances between replicates
//! - `floor`: the error of counting samples
//! - `correlation`: neighbours in time; `moderation`: variances of few replicates
//! - `estimate`: one side of a change, and both together; `exact`: few samples
//! - `family`: many tests; `composition`: what changed in share alone
//!
//! `trend`, `changepoints` and `bisect` judge values in time; `spread` and `rhythm` are of
//! these.

pub mod bisect;
pub mod calls;
pub mod changepoints;
pub mod composition;
pub mod correlation;
pub mod design;
pub mod estimate;
pub mod exact;
pub mod family;
pub mod figures;
pub mod floor;
pub mod judge;
pub mod moderation;
pub mod rhythm;
pub mod significance;
pub mod spread;
pub mod strata;
pub mod trend;
