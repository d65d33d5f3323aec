//! Totals over time: series, heat maps, and arithmetic with them.

pub mod arithmetic;
pub mod buckets;
pub mod heatmap;
pub mod series;
