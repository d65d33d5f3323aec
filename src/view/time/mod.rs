//! Totals over time as pictures and as text.
//!
//! - `chart`, `timeline`: lines, still and with a program
//! - `heatmap`: groups or values against time; `sparkline`: lines in plain text

pub(crate) mod chart;
pub(crate) mod heatmap;
pub(crate) mod sparkline;
pub(crate) mod timeline;
