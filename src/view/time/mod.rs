//! Totals over time as pictures and as text.
//!
//! - `chart`, `timeline`: lines, as an image and interactive; `marks`: a chart with changes
//! - `heatmap`: groups or value ranges against time, in the colours of a `scale`; `sparkline`: lines in plain text
//! - `summary`: the first, smallest, mean, largest and last value of a line

pub(crate) mod chart;
pub(crate) mod heatmap;
pub(crate) mod marks;
pub(crate) mod scale;
pub(crate) mod sparkline;
pub(crate) mod summary;
pub(crate) mod timeline;
