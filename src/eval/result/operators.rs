//! Operators on scalars with units: comparison and arithmetic.
//!
//! `time::arithmetic` combines totals over time by the same [`Rule`], value by value.

use std::cmp::Ordering;

use crate::diag::{Diagnostic, Place};
use crate::eval::result::scalar::Scalar;
use crate::lang::ast::BinaryOp;
use crate::quantity::{Quantity, Span, Unit};

/// Whether a comparison is true for this order; `None` is the order of NaN.
pub fn holds(op: BinaryOp, order: Option<Ordering>) -> bool {
    use Ordering::{Equal, Greater, Less};
    match op {
        BinaryOp::Equal => order == Some(Equal),
        BinaryOp::NotEqual => order != Some(Equal),
        BinaryOp::Less => order == Some(Less),
        BinaryOp::LessOrEqual => matches!(order, Some(Less | Equal)),
        BinaryOp::Greater => order == Some(Greater),
        BinaryOp::GreaterOrEqual => matches!(order, Some(Greater | Equal)),
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Matches
        | BinaryOp::NotMatches
        | BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide => false,
    }
}

/// Arithmetic on numbers, with units where they make sense, and on durations and times.
pub fn arithmetic(
    op: BinaryOp,
    left: &Scalar,
    right: &Scalar,
    place: Place,
) -> Result<Scalar, Diagnostic> {
    let mismatch = || {
        Diagnostic::error("type-mismatch", format!("cannot calculate with {left} and {right}"))
            .at(place, "")
    };
    match (left, right) {
        (Scalar::Number(l), Scalar::Number(r)) => {
            let (l, r) = (as_factor(l, &r.unit, op), as_factor(r, &l.unit, op));
            let rule = Rule::of(op, &l.unit, &r.unit).ok_or_else(mismatch)?;
            let value = rule.apply(l.value, r.value).ok_or_else(|| division_by_zero(place))?;
            Ok(Scalar::Number(Quantity::new(value, rule.unit)))
        }
        (Scalar::Duration(l), Scalar::Duration(r)) => match op {
            BinaryOp::Add => Ok(Scalar::Duration(Span(l.0.saturating_add(r.0)))),
            BinaryOp::Subtract => Ok(Scalar::Duration(Span(l.0.saturating_sub(r.0)))),
            _ => Err(mismatch()),
        },
        (Scalar::Time(l), Scalar::Duration(r)) => match op {
            BinaryOp::Add => Ok(Scalar::Time(l.plus(*r))),
            BinaryOp::Subtract => Ok(Scalar::Time(l.minus(*r))),
            _ => Err(mismatch()),
        },
        (Scalar::Time(l), Scalar::Time(r)) if op == BinaryOp::Subtract => {
            Ok(Scalar::Duration(l.since(*r)))
        }
        _ => Err(mismatch()),
    }
}

pub fn division_by_zero(place: Place) -> Diagnostic {
    Diagnostic::error("division-by-zero", "division by zero").at(place, "")
}

/// `-x`
pub fn negated(scalar: Scalar, place: Place) -> Result<Scalar, Diagnostic> {
    match scalar {
        Scalar::Number(number) => Ok(Scalar::Number(Quantity { value: -number.value, ..number })),
        Scalar::Duration(span) => Ok(Scalar::Duration(Span(-span.0))),
        other => Err(Diagnostic::error("type-mismatch", "only a number can be negated")
            .at(place, format!("this is {other}"))),
    }
}

/// A percentage combined with another unit is a fraction: 5% of 200 is `5% * 200`, and a
/// share of 0.2 plus 5% is 0.25. Percentages alone are added as they are.
pub fn as_factor(number: &Quantity, other: &Unit, op: BinaryOp) -> Quantity {
    if number.unit != Unit::Percent || is_sum(op) && *other == Unit::Percent {
        return number.clone();
    }
    Quantity::new(number.value / 100.0, Unit::None)
}

/// Whether both sides must have the same unit.
pub fn is_sum(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Add | BinaryOp::Subtract)
}

/// How values of two units are combined.
pub struct Rule {
    op: BinaryOp,
    /// The unit of the result.
    pub unit: Unit,
    /// The factor that converts a result to that unit.
    factor: f64,
}

impl Rule {
    /// `None` if the operation makes no sense for these units.
    pub fn of(op: BinaryOp, left: &Unit, right: &Unit) -> Option<Rule> {
        let (unit, factor) = match (op, left, right) {
            (BinaryOp::Divide, l, r) => l.over(r),
            (_, l, Unit::None) => (l.clone(), 1.0),
            (_, Unit::None, r) => (r.clone(), 1.0),
            (_, l, r) if is_sum(op) && l == r => (l.clone(), 1.0),
            _ => return None,
        };
        Some(Rule { op, unit, factor })
    }

    /// `None` for a division by zero.
    pub fn apply(&self, left: f64, right: f64) -> Option<f64> {
        Some(match self.op {
            BinaryOp::Add => left + right,
            BinaryOp::Subtract => left - right,
            BinaryOp::Multiply => left * right,
            _ if right == 0.0 => return None,
            _ => left / right * self.factor,
        })
    }
}
