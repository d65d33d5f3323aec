//! Totals over time as pictures and as text.
//!
//! - `chart`, `timeline`: lines, as an image and interactive
//! - `heatmap`: groups or value ranges against time; `sparkline`: lines in plain text

pub(crate) mod chart;
pub(crate) mod heatmap;
pub(crate) mod sparkline;
pub(crate) mod timeline;
