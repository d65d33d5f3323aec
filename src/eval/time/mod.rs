//! Totals over time: series, heat maps, and arithmetic with them; series cut into pieces.

pub mod arithmetic;
pub mod buckets;
pub mod heatmap;
pub mod pieces;
pub mod series;
