//! What a call in a condition measured, for the report of an assert.
//!
//! The report is in the unit of what the value is compared with: a share of the whole for
//! `self("f") < 5%`, an amount for `self("f") < 2s`. It has digits enough to tell the value
//! from its limit. `±` is half of the 95 % interval, or of that which the assert asks for.

use crate::eval::inference::precision::Precision;
use crate::eval::result::checked::Reading;
use crate::eval::result::operators::holds;
use crate::eval::result::scalar::Scalar;
use crate::lang::ast::BinaryOp;
use crate::profile::chance::CONFIDENCE;
use crate::quantity::{Quantity, Unit, percent};

/// The measured value of a call.
#[derive(Debug, Clone)]
pub struct Measured {
    pub what: What,
    /// The total that percentages refer to.
    pub of: f64,
    /// A pattern that no function matched, which explains a value of 0.
    pub unmatched: Option<String>,
    /// How precise the value is in percent, and in its own unit; `None` if nothing replicates.
    precision: Option<[Precision; 2]>,
    /// What the value is compared with.
    limit: Option<Quantity>,
    /// The comparison with the limit.
    op: Option<BinaryOp>,
    /// The probability that the assert asks for.
    confidence: f64,
    /// The end of the interval that is beyond the limit.
    beyond: Option<f64>,
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
        Measured {
            what,
            of,
            unmatched,
            precision: None,
            limit: None,
            op: None,
            confidence: CONFIDENCE,
            beyond: None,
        }
    }

    #[must_use]
    pub fn with_precision(self, precision: Option<[Precision; 2]>) -> Measured {
        Measured { precision, ..self }
    }

    /// What the value is compared with: it `op` the limit.
    pub fn compare_with(&mut self, op: BinaryOp, limit: &Scalar) {
        self.op = Some(op);
        self.limit = match limit {
            Scalar::Number(limit) => Some(limit.clone()),
            Scalar::Duration(span) => Some(Quantity::new(span.0 as f64, Unit::Nanoseconds)),
            _ => None,
        };
    }

    /// `measured 7.90% ± 0.31% (1.2 s of 15.3 s)`
    pub fn report(&self) -> String {
        let unmatched = self.unmatched.as_ref();
        let unmatched =
            unmatched.map_or(String::new(), |text| format!("; no function matches `{text}`"));
        let Some(value) = self.value() else {
            return format!("measured no growth ({}{unmatched})", self.parts());
        };
        let of_unit = |amount: f64| Quantity::new(amount, value.unit.clone());
        let half = self.half(self.confidence);
        let half = half.map_or(String::new(), |half| format!(" ± {}", of_unit(half)));
        let beyond = self.beyond.map_or(String::new(), |end| {
            let percent = Quantity::new(100.0 * self.confidence, Unit::Percent);
            format!(", the {percent} interval reaches {}", self.precise(&of_unit(end)))
        });
        format!("measured {}{half} ({}{unmatched}){beyond}", self.precise(&value), self.parts())
    }

    /// The same for programs: the value, its interval and its limit.
    pub fn reading(&self) -> Option<Reading> {
        let (limit, op) = (self.limit.as_ref()?, self.op?);
        let limit = format!("{} {limit}", op.symbol());
        let Some(value) = self.value() else {
            return Some(Reading::of("no growth".to_owned(), limit));
        };
        let half = self.half(self.confidence);
        let end = |end: f64| self.precise(&Quantity::new(end, value.unit.clone()));
        Some(Reading {
            value: self.precise(&value),
            interval: half.map(|half| [end(value.value - half), end(value.value + half)]),
            confidence: Quantity::new(100.0 * self.confidence, Unit::Percent).to_string(),
            limit,
        })
    }

    /// Whether the whole interval satisfies `value op limit`, if it is known.
    pub fn holds_at(&mut self, confidence: f64, op: BinaryOp) -> Option<bool> {
        self.confidence = confidence;
        let (value, limit) = (self.value()?, self.limit.as_ref()?);
        let (half, limit) = (self.half(confidence)?, in_unit_of(limit, &value));
        let is_within = |end: &f64| holds(op, end.partial_cmp(&limit));
        let ends = [value.value - half, value.value + half];
        if is_within(&value.value) {
            self.beyond = ends.into_iter().find(|end| !is_within(end));
        }
        Some(ends.iter().all(is_within))
    }

    fn half(&self, confidence: f64) -> Option<f64> {
        let [percent, amount] = self.precision?;
        let precision = if self.value()?.unit == Unit::Percent { percent } else { amount };
        Some(precision.half(confidence)).filter(|half| half.is_finite())
    }

    fn is_in_percent(&self) -> bool {
        self.limit.as_ref().is_some_and(|limit| limit.unit == Unit::Percent)
    }

    /// The value in the unit of its limit; `None` if it is a growth of nothing.
    fn value(&self) -> Option<Quantity> {
        let change = |before: &Quantity, after: &Quantity| {
            Quantity::new(after.value - before.value, after.unit.clone())
        };
        Some(match &self.what {
            What::Amount { value, .. } if !self.is_in_percent() => value.clone(),
            What::Amount { value, whole } | What::Share { value, whole } => {
                percent_of(value, whole.value)
            }
            What::Delta { before, after } => {
                let delta = change(before, after);
                match delta.unit != Unit::Percent && self.is_in_percent() {
                    true => percent_of(&delta, self.of),
                    false => delta,
                }
            }
            What::Growth { before, .. } if before.value == 0.0 => return None,
            What::Growth { before, after } => {
                percent_of(&change(before, after), before.value.abs())
            }
        })
    }

    /// What the value is made of.
    fn parts(&self) -> String {
        match &self.what {
            What::Amount { value, whole } if !self.is_in_percent() => {
                format!("{} of {whole}", percent_of(value, whole.value))
            }
            What::Amount { value, whole } | What::Share { value, whole } => {
                format!("{value} of {whole}")
            }
            What::Growth { before, after } if before.value == 0.0 => {
                format!("nothing before, {after} after")
            }
            What::Delta { before, after } | What::Growth { before, after } => {
                format!("{before} before, {after} after")
            }
        }
    }

    /// The value as text that differs from the limit in the last digits, unless both are equal.
    fn precise(&self, value: &Quantity) -> String {
        /// Three digits show a larger difference, relative to the limit.
        const VISIBLE: f64 = 0.01;
        let Some(limit) = &self.limit else { return value.to_string() };
        let limit = in_unit_of(limit, value);
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

/// A ratio such as `share` compares with a plain fraction.
fn in_unit_of(limit: &Quantity, value: &Quantity) -> f64 {
    match (&value.unit, &limit.unit) {
        (Unit::Percent, Unit::None) => 100.0 * limit.value,
        _ => limit.value,
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
        measured.compare_with(BinaryOp::Less, &Scalar::Number(limit));
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
