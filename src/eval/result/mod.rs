//! Results of queries: values with a header that says where they come from.
//!
//! - `value`: `Outcome`, `Value`, `Header` and the views
//! - `table`: a polars data frame with a unit for each column
//! - `scalar`: numbers, texts, durations and times
//! - `size`: how much memory a result takes
//! - `operators`: arithmetic and comparisons of scalars
//! - `checked`: what an assert found

pub mod checked;
pub mod operators;
pub mod scalar;
mod size;
pub mod table;
pub mod value;
