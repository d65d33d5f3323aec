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
//! - `precision`: the values of one selection, and the change of one pattern; `levels`:
//!   sums of totals
//! - `family`: many tests; `composition`: what changed in share alone
//!
//! `explain` says what a change is made of: `carriers` finds the parts of the tree, `moved`
//! those that only took work from each other, `grouping` the labels, with `surprise`;
//! `decomposition` is mix and rate, from the values in `grouped`, made of
//! `sources` and `clusters`, with the errors of `resampling`.
//!
//! `trend`, `changepoints` and `bisect` judge values in time; `spread` and `rhythm` are of
//! these.

pub mod bisect;
pub mod calls;
pub mod carriers;
pub mod changepoints;
pub mod clusters;
pub mod composition;
pub mod correlation;
pub mod decomposition;
pub mod design;
pub mod estimate;
pub mod exact;
pub mod explain;
pub mod family;
pub mod figures;
pub mod floor;
pub mod grouped;
pub mod grouping;
pub mod judge;
pub mod levels;
pub mod moderation;
pub mod moved;
pub mod precision;
pub mod resampling;
pub mod rhythm;
pub mod significance;
pub mod sources;
pub mod spread;
pub mod strata;
pub mod surprise;
pub mod trend;
