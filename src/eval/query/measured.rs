//! What a call in a condition measured, for the report of an assert.
//!
//! The report is in the unit of what the value is compared with: a share of the whole for
//! `self("f") < 5%`, an amount for `self("f") < 2s`. It has digits enough to tell the value
//! from its limit.

use crate::eval::result::scalar::Scalar;
use crate::quantity::{Quantity, Unit, percent};

/// The measured value of a call.
#[derive(Debug, Clone)]
pub struct Measured {
    pub what: What,
    /// The total that percentages refer to.
    pub of: f64,
    /// A pattern that no function matched, which explains a value of 0.
    pub unmatched: Option<String>,
    /// What the value is compared with.
    limit: Option<Quantity>,
}

#[derive(Debug, Clone)]
pub enum What {
    /// `self(P)` and `total(P)`, of a whole.
    Amount { value: Quantity, whole: Quantity },
    /// `share(P)`: the same as a ratio.
    Share { value: Quantity, whole: Quantity },
    /// `delta(P)`: both sides in the unit of the diff's mode, in which shares are percent.
    Delta { before: Quantity, after: Quantity },
    /// `growth(P)`
    Growth { before: Quantity, after: Quantity },
}

impl Measured {
    pub fn new(what: What, of: f64, unmatched: Option<String>) -> Measured {
        Measured { what, of, unmatched, limit: None }
    }

    pub fn compare_with(&mut self, limit: &Scalar) {
        self.limit = match limit {
            Scalar::Number(limit) => Some(limit.clone()),
            Scalar::Duration(span) => Some(Quantity::new(span.0 as f64, Unit::Nanoseconds)),
            _ => None,
        };
    }

    /// `measured 7.90% (1.2 s of 15.3 s)`
    pub fn report(&self) -> String {
        let unmatched = self.unmatched.as_ref();
        let unmatched =
            unmatched.map_or(String::new(), |text| format!("; no function matches `{text}`"));
        format!("measured {}{unmatched})", self.figures())
    }

    /// The value, and what it is made of after an opening parenthesis.
    fn figures(&self) -> String {
        let in_percent = self.limit.as_ref().is_none_or(|limit| limit.unit == Unit::Percent);
        match &self.what {
            What::Amount { value, whole } if !in_percent => {
                let share = percent_of(value, whole.value);
                format!("{} ({share} of {whole}", self.precise(value))
            }
            What::Amount { value, whole } | What::Share { value, whole } => {
                let share = percent_of(value, whole.value);
                format!("{} ({value} of {whole}", self.precise(&share))
            }
            What::Delta { before, after } => {
                let delta = Quantity::new(after.value - before.value, after.unit.clone());
                let is_part = in_percent && self.limit.is_some() && delta.unit != Unit::Percent;
                let delta = if is_part { percent_of(&delta, self.of) } else { delta };
                format!("{} ({before} before, {after} after", self.precise(&delta))
            }
            What::Growth { before, after } if before.value == 0.0 => {
                format!("no growth (nothing before, {after} after")
            }
            What::Growth { before, after } => {
                let delta = Quantity::new(after.value - before.value, after.unit.clone());
                let growth = percent_of(&delta, before.value.abs());
                format!("{} ({before} before, {after} after", self.precise(&growth))
            }
        }
    }

    /// The value as text that differs from the limit in the last digits, unless both are equal.
    fn precise(&self, value: &Quantity) -> String {
        /// Three digits show a larger difference, relative to the limit.
        const VISIBLE: f64 = 0.01;
        let Some(limit) = &self.limit else { return value.to_string() };
        let limit = match (&value.unit, &limit.unit) {
            // A ratio such as `share` compares with a plain fraction.
            (Unit::Percent, Unit::None) => 100.0 * limit.value,
            _ => limit.value,
        };
        let difference = (value.value - limit).abs();
        if difference == 0.0 || difference > VISIBLE * limit.abs() {
            return value.to_string();
        }
        let (size, name) = value.unit.scale(value.value);
        let space = if value.unit == Unit::Percent { "" } else { " " };
        let digits = |of: f64, count: usize| format!("{:.count$}{space}{name}", of / size);
        let enough = (2..15).find(|count| digits(value.value, *count) != digits(limit, *count));
        digits(value.value, enough.unwrap_or(15))
    }
}

fn percent_of(value: &Quantity, whole: f64) -> Quantity {
    Quantity::new(percent(value.value, whole), Unit::Percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(value: f64) -> Quantity {
        Quantity::new(1e9 * value, Unit::Nanoseconds)
    }

    fn report(what: What, limit: Quantity) -> String {
        let mut measured = Measured::new(what, 4e9, None);
        measured.compare_with(&Scalar::Number(limit));
        measured.report()
    }

    #[test]
    fn a_report_is_in_the_unit_of_the_limit() {
        let percent = |value| Quantity::new(value, Unit::Percent);
        let amount = || What::Amount { value: seconds(1.0), whole: seconds(4.0) };
        assert_eq!(report(amount(), percent(5.0)), "measured 25% (1 s of 4 s)");
        assert_eq!(report(amount(), seconds(0.5)), "measured 1 s (25% of 4 s)");
        let growth = || What::Growth { before: seconds(2.0), after: seconds(3.0) };
        assert_eq!(report(growth(), percent(10.0)), "measured 50% (2 s before, 3 s after)");
        let delta = || What::Delta { before: seconds(2.0), after: seconds(3.0) };
        assert_eq!(report(delta(), seconds(0.5)), "measured 1 s (2 s before, 3 s after)");
        assert_eq!(report(delta(), percent(5.0)), "measured 25% (2 s before, 3 s after)");
        let new = What::Growth { before: seconds(0.0), after: seconds(3.0) };
        assert_eq!(report(new, percent(1.0)), "measured no growth (nothing before, 3 s after)");
    }

    #[test]
    fn digits_tell_the_value_from_its_limit() {
        let share = |value| What::Share { value: seconds(value), whole: seconds(100.0) };
        let of = |value, limit| report(share(value), Quantity::new(limit, Unit::None));
        assert!(of(5.001, 0.05).starts_with("measured 5.001% ("), "{}", of(5.001, 0.05));
        assert!(of(5.0, 0.05).starts_with("measured 5% ("));
        assert!(of(7.9, 0.05).starts_with("measured 7.90% ("));
        let amount = What::Amount { value: seconds(1.2004), whole: seconds(4.0) };
        assert!(report(amount, seconds(1.2)).starts_with("measured 1.2004 s ("));
    }
}
