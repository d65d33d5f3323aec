//! What each verb does, by the kind of its result.
//!
//! - `input`: what a query starts from; `calculate`: where that is arithmetic
//! - `rewrite`, `invert`: stages on stacks; `grouping`: stages on series; `tabular`: tables
//! - `draw`: trees, series and views
//! - `compare`: diffs and panes; `retarget`: the piped query again for the other side
//! - `assert`, `save`, `publish`: checks and results that leave the notebook
//!
//! Which verb is which function is said in `apply`.

mod assert;
mod calculate;
mod compare;
mod draw;
mod grouping;
mod input;
mod invert;
mod publish;
mod retarget;
mod rewrite;
mod save;
mod tabular;

pub(crate) use draw::rate;
pub(crate) use grouping::Order;
pub(crate) use invert::invert;
pub(crate) use rewrite::{granularity, rewrite_all};
