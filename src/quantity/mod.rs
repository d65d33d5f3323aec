//! Time and amounts: never bare numbers.
//!
//! A leaf that every layer shares. `time` has instants, spans and windows;
//! `unit` has what a value counts and how it is written for people, `quotient` what
//! one over another counts.

mod quotient;
pub mod time;
pub mod unit;

pub use time::{Span, Timestamp, Window};
pub use unit::{Quantity, Unit};

/// Never of nothing: the percentage of an empty whole is 0.
pub fn percent(value: f64, base: f64) -> f64 {
    if base == 0.0 { 0.0 } else { value / base * 100.0 }
}
