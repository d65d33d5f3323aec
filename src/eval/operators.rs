//! Operators on scalars: comparison results and arithmetic, with their units.

use std::cmp::Ordering;

use crate::diag::{Diagnostic, Place};
use crate::eval::value::Scalar;
use crate::lang::ast::BinaryOp;
use crate::quantity::{Quantity, Span, Unit};

/// Whether a comparison holds for this order; none is that of NaN.
pub(super) fn holds(op: BinaryOp, order: Option<Ordering>) -> bool {
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

/// On numbers, with units kept where they make sense; on durations and times.
pub(super) fn arithmetic(
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
            let (l, r) = (as_factor(l, r, op), as_factor(r, l, op));
            let unit = combined_unit(op, &l.unit, &r.unit).ok_or_else(mismatch)?;
            let value = match op {
                BinaryOp::Add => l.value + r.value,
                BinaryOp::Subtract => l.value - r.value,
                BinaryOp::Multiply => l.value * r.value,
                _ if r.value == 0.0 => {
                    return Err(
                        Diagnostic::error("division-by-zero", "division by zero").at(place, "")
                    );
                }
                _ => l.value / r.value,
            };
            Ok(Scalar::Number(Quantity::new(value, unit)))
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

/// A percentage is a fraction wherever it meets something else: 5% of 200 is
/// `5% * 200`, and a share of 0.2 plus 5% is 0.25. Among themselves they add up.
fn as_factor(number: &Quantity, other: &Quantity, op: BinaryOp) -> Quantity {
    let add = matches!(op, BinaryOp::Add | BinaryOp::Subtract);
    if number.unit != Unit::Percent || add && other.unit == Unit::Percent {
        return number.clone();
    }
    Quantity::new(number.value / 100.0, Unit::None)
}

/// The unit of a result; none where the operation makes no sense.
fn combined_unit(op: BinaryOp, left: &Unit, right: &Unit) -> Option<Unit> {
    match (op, left, right) {
        (BinaryOp::Divide, l, r) if l == r => Some(Unit::None),
        (_, l, Unit::None) => Some(l.clone()),
        (BinaryOp::Multiply | BinaryOp::Add | BinaryOp::Subtract, Unit::None, r) => Some(r.clone()),
        (BinaryOp::Add | BinaryOp::Subtract, l, r) if l == r => Some(l.clone()),
        (BinaryOp::Divide, l, r) => Some(Unit::Ratio(Box::new(l.clone()), Box::new(r.clone()))),
        _ => None,
    }
}
