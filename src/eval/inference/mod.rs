//! Tells a change from noise, with the formula and its source at each method.

pub mod significance;
