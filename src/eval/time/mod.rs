//! Totals over time: series and how precise they are, heat maps, and arithmetic with them;
//! series cut into pieces.

pub mod arithmetic;
pub mod buckets;
pub mod heatmap;
pub mod margins;
pub mod pieces;
pub mod series;
