//! Statistical inference: which changes are significant, what has a trend, when a level
//! changed, and which release did it. Each method names the source of its formula.

pub mod bisect;
pub mod changepoints;
pub mod rhythm;
pub mod significance;
pub mod spread;
pub mod trend;
