//! Times and quantities, so that no layer passes bare numbers.
//!
//! `time` has instants, durations and windows. `unit` has the units of values and how
//! they are written, `spelling` the names that others give them, `quotient` the unit of one
//! value divided by another, `amount` amounts in texts, `natural` the order of names. Uses no other module of this crate.

mod amount;
mod natural;
mod quotient;
mod spelling;
pub mod time;
pub mod unit;

pub use amount::amount;
pub use natural::natural;
pub use spelling::{Dimension, spelled};
pub use time::{ROUND_STEPS, Span, Timestamp, Window};
pub use unit::{Quantity, Unit};

/// The percentage that a value is of a whole; 0 if the whole is 0.
pub fn percent(value: f64, base: f64) -> f64 {
    if base == 0.0 { 0.0 } else { value / base * 100.0 }
}
