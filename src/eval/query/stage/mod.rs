//! The functions of all verbs, grouped by the kind of their result.
//!
//! - `input`: the input of a query; `calculate`: input that is arithmetic; `sum`: selections
//!   added up to one
//! - `rewrite`, `invert`: stages on stacks; `grouping`: stages on series; `tabular`: tables
//! - `draw`: trees, series and views
//! - `compare`: diffs and panes; `retarget`: runs the piped query again for the other side
//! - `bisect`: the value that brought a change; `trending`: slopes; `changepoints`: changes of a level; `next`: queries to look at next
//! - `explain`: what a diff is made of
//! - `assert`: checks; `save`, `publish`: results that leave the notebook
//!
//! `apply` maps verbs to these functions.

mod assert;
mod bisect;
mod calculate;
mod changepoints;
mod compare;
mod draw;
mod explain;
mod grouping;
mod input;
mod invert;
mod next;
mod publish;
mod retarget;
mod rewrite;
mod save;
mod sum;
mod tabular;
mod trending;

pub(crate) use draw::rate;
pub(crate) use grouping::Order;
pub(crate) use invert::invert;
pub(crate) use rewrite::{granularity, rewrite_all};
