//! Statistical inference: which changes are significant. Each method names the source of
//! its formula.

pub mod significance;
