//! Prints expressions: literals, calls and arithmetic.

use super::{joined, quote, selector};
use crate::lang::ast::{Argument, Expr, ExprKind, Number};
use crate::lang::quantity::BYTE_UNITS;
use crate::lang::verbs;
use crate::quantity::{Span, Unit};

/// Prints an expression.
pub fn expr(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Text(text) => quote(text),
        ExprKind::Number(number) => self::number(number),
        ExprKind::Duration(span) => span.to_string(),
        ExprKind::Time(time) => selector::time(time),
        ExprKind::List(items) => format!("[{}]", joined(items.iter().map(self::expr))),
        ExprKind::Name(name) => name.to_string(),
        // Without braces it would be parsed as a list, or as modifiers of what comes before.
        ExprKind::Select(selector) if selector.name.is_none() && selector.matchers.is_empty() => {
            format!("{{}}{}", super::selector(selector).trim_start_matches("{}"))
        }
        ExprKind::Select(selector) => super::selector(selector),
        ExprKind::Query(query) => format!("({})", super::query(query)),
        ExprKind::Call { function, arguments } => {
            format!("{}({})", function.text, joined(arguments.iter().map(argument)))
        }
        // `-top` would be parsed as an option of pprof.
        ExprKind::Negate(inner) if is_named_like_a_verb(inner) => {
            format!("- {}", self::expr(inner))
        }
        ExprKind::Negate(inner) => format!("-{}", self::expr(inner)),
        ExprKind::Not(inner) => format!("not {}", self::expr(inner)),
        ExprKind::Binary { op, left, right } => {
            format!("{} {} {}", self::expr(left), op.symbol(), self::expr(right))
        }
    }
}

/// Prints a baseline; one that only changes the piped query needs no braces: `offset 1d`.
pub(super) fn baseline(baseline: &Expr) -> String {
    match &baseline.kind {
        ExprKind::Select(selector) => super::selector(selector).trim_start().to_owned(),
        _ => expr(baseline),
    }
}

fn is_named_like_a_verb(expr: &Expr) -> bool {
    let name = match &expr.kind {
        ExprKind::Name(name) => name,
        ExprKind::Select(selector) => match &selector.name {
            Some(name) => &name.text,
            None => return false,
        },
        _ => return false,
    };
    verbs::all().any(|spec| spec.name == &**name || spec.pprof.strip_prefix('-') == Some(name))
}

fn argument(argument: &Argument) -> String {
    match argument {
        Argument::Pattern(pattern) => super::pattern(pattern),
        Argument::Query(query) => super::query(query),
    }
}

/// Prints a number in the largest unit that needs no fraction.
pub fn number(number: &Number) -> String {
    let value = number.value;
    match &number.unit {
        Unit::Percent => format!("{value}%"),
        Unit::Cores => format!("{value}cores"),
        Unit::Nanoseconds => Span(value as i64).to_string(),
        Unit::Bytes => {
            let whole =
                BYTE_UNITS.iter().find(|(_, size)| value >= *size && (value / size).fract() == 0.0);
            whole.map_or_else(
                || format!("{value}B"),
                |(name, size)| format!("{}{name}", value / size),
            )
        }
        _ => value.to_string(),
    }
}
