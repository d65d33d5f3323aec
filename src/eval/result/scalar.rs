//! A single value: of a variable, a table cell, or an expression.

use std::fmt;

use crate::quantity::{Quantity, Span, Timestamp};

#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Number(Quantity),
    Bool(bool),
    Text(String),
    Duration(Span),
    Time(Timestamp),
    List(Vec<Scalar>),
}

impl Scalar {
    /// The number of values in it; more than one in a list.
    pub fn values(&self) -> usize {
        match self {
            Scalar::List(items) => items.iter().map(Scalar::values).sum(),
            _ => 1,
        }
    }
}

/// Written as in a query.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Number(number) => number.fmt(f),
            Scalar::Bool(bit) => bit.fmt(f),
            Scalar::Text(text) => text.fmt(f),
            Scalar::Duration(span) => span.fmt(f),
            Scalar::Time(at) => at.fmt(f),
            Scalar::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    let separator = if i > 0 { ", " } else { "" };
                    write!(f, "{separator}{item}")?;
                }
                f.write_str("]")
            }
        }
    }
}
