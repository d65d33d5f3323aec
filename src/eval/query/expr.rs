//! Evaluates expressions: `where E`, `extend c = E`, `assert E`.
//!
//! An expression is evaluated on a [`Subject`]: a whole selection, one of its groups,
//! or a row of a table. Measured values are recorded, so that a failed assert can show
//! them.

use std::cell::RefCell;

use crate::diag::{Diagnostic, Place};
use crate::eval::error::EvalError;
use crate::eval::query::check::meant;
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::eval::query::measured::Measured;
use crate::eval::result::checked::Reading;
use crate::eval::result::operators::{arithmetic, holds, negated};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::table::Table;
use crate::eval::selection::profiles::{Group, Profiles};
use crate::eval::selection::scope::Binding;
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Input};
use crate::lang::format;
use crate::lang::types::boolean;
use crate::profile::frame::package_of;
use crate::profile::label::anchored;
use crate::profile::{LabelNumber, LabelValue};
use crate::quantity::{Quantity, Unit, amount};

/// The most values in a list and in the lists inside it.
const MOST_VALUES: usize = 10_000;

/// The value that names and functions refer to.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// Nothing is piped in.
    None,
    /// `cpu | assert …`
    Piped(&'a Piped),
    /// `cpu | by (pod) | where …`
    Group { profiles: &'a Profiles, group: &'a Group, total: f64, whole: f64 },
    /// The sums of some profiles of a series, for each call in the expression by its place.
    Block {
        calls: &'a [(Place, f64)],
        /// The totals after and before stack filters.
        value: f64,
        whole: f64,
        count: usize,
        unit: &'a Unit,
    },
    /// `… | top | where …`
    /// `whole` is the total of the profiles that the table was made from, if known.
    Row { table: &'a Table, row: usize, whole: Option<f64> },
}

/// Evaluates one expression and records what it measured.
pub struct Expression<'e> {
    pub evaluator: &'e Evaluator<'e>,
    pub subject: Subject<'e>,
    /// The measured values, such as 1.2 s of 15.3 s for `self("json.*")`.
    pub measured: RefCell<Vec<Measured>>,
    /// Whether a pattern may match nothing.
    pub is_optional: bool,
    /// Whether the error of what is measured is to be known, as for an assert.
    pub has_errors: bool,
    /// The probability with which comparisons must hold.
    pub confidence: Option<f64>,
}

impl<'e> Expression<'e> {
    pub fn new(evaluator: &'e Evaluator<'e>, subject: Subject<'e>) -> Expression<'e> {
        // On the other side of a comparison a function may be missing.
        let is_optional = evaluator.is_rerun;
        Expression {
            evaluator,
            subject,
            measured: RefCell::new(Vec::new()),
            is_optional,
            has_errors: false,
            confidence: None,
        }
    }

    /// All measured values: `measured 7.9% (1.2 s of 15.3 s)`.
    pub fn report(&self) -> String {
        let measured = self.measured.borrow();
        measured.iter().map(Measured::report).collect::<Vec<_>>().join(", ")
    }

    /// All measured values that were compared with a limit.
    pub fn readings(&self) -> Vec<Reading> {
        self.measured.borrow().iter().filter_map(Measured::reading).collect()
    }

    /// The values of both sides of a comparison; none for other conditions.
    pub fn sides(&self, condition: &Expr) -> Result<Option<(Scalar, BinaryOp, Scalar)>, EvalError> {
        match &condition.kind {
            ExprKind::Binary { op, left, right } if op.is_comparison() => {
                Ok(Some((self.value(left)?, *op, self.value(right)?)))
            }
            _ => Ok(None),
        }
    }

    /// Evaluates the expression as a condition.
    pub fn is_true(&self, expr: &Expr) -> Result<bool, EvalError> {
        match self.value(expr)? {
            Scalar::Bool(bit) => Ok(bit),
            other => Err(Diagnostic::error("type-mismatch", "a condition is needed here")
                .at(expr.place, format!("this is {other}"))
                .help("compare it with something: `self > 5%`")
                .into()),
        }
    }

    pub fn value(&self, expr: &Expr) -> Result<Scalar, EvalError> {
        match &expr.kind {
            ExprKind::Text(text) => Ok(Scalar::Text(text.to_string())),
            ExprKind::Number(number) => {
                Ok(Scalar::Number(Quantity::new(number.value, number.unit.clone())))
            }
            ExprKind::Duration(span) => Ok(Scalar::Duration(*span)),
            ExprKind::Time(time) => self.evaluator.time(time).map(Scalar::Time),
            ExprKind::List(items) => {
                let items = items.iter().map(|item| self.value(item));
                let list = Scalar::List(items.collect::<Result<_, _>>()?);
                if list.values() > MOST_VALUES {
                    Err(too_long(expr.place).into())
                } else {
                    Ok(list)
                }
            }
            ExprKind::Name(name) => self.name(name, expr.place),
            ExprKind::Call { function, arguments } => self.call(function, arguments, expr.place),
            ExprKind::Negate(inner) => Ok(negated(self.value(inner)?, inner.place)?),
            ExprKind::Not(inner) => Ok(Scalar::Bool(!self.is_true(inner)?)),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr.place),
            ExprKind::Query(query) => match &query.source {
                Input::Expr(inner) if query.stages.is_empty() => self.value(inner),
                Input::Expr(_) | Input::Explore(_) => Err(not_a_value(expr.place).into()),
            },
            ExprKind::Select(_) => Err(not_a_value(expr.place).into()),
        }
    }

    /// Looks up a label of the group, a column of the row, `value`, `count`, or a variable.
    fn name(&self, name: &str, place: Place) -> Result<Scalar, EvalError> {
        if let Some(scalar) = self.name_in_context(name) {
            return Ok(scalar);
        }
        if let Subject::Piped(piped) = self.subject
            && let Some(scalar) = self.of_input(piped, name, place)?
        {
            return Ok(scalar);
        }
        if let Some(Binding::Scalar(scalar)) = self.evaluator.context.bindings.get(name) {
            return Ok(scalar.clone());
        }
        if let Some(bit) = boolean(name) {
            return Ok(Scalar::Bool(bit));
        }
        if let Some(Binding::Profiles(_)) = self.evaluator.context.bindings.get(name) {
            return Err(not_a_value(place).into());
        }
        let known = self.known_names();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let diagnostic = Diagnostic::error("unknown-name", format!("there is no `{name}` here"))
            .at(place, "neither a column or label nor a variable");
        Err(match meant(name, &known) {
            Some(meant) => {
                let text = format::word_or_quoted(meant);
                let diagnostic = diagnostic.fix(format!("did you mean `{text}`?"), place, text);
                diagnostic.note(format!("known here: {}", known.join(", "))).into()
            }
            None if known.is_empty() => {
                diagnostic.help(format!("set it first: `let {name} = 1`")).into()
            }
            None => diagnostic.help(format!("known here: {}", known.join(", "))).into(),
        })
    }

    fn name_in_context(&self, name: &str) -> Option<Scalar> {
        match self.subject {
            Subject::None | Subject::Piped(_) => None,
            Subject::Group { profiles, group, total, .. } => match name {
                "value" => Some(Scalar::Number(Quantity::new(total, profiles.unit()))),
                "count" => {
                    Some(Scalar::Number(Quantity::new(group.snapshots() as f64, Unit::None)))
                }
                // For a group without the label the value is "", as in Prometheus.
                label if profiles.has_series_label(label) => {
                    Some(group.labels.get(label).map_or(Scalar::Text(String::new()), of_label))
                }
                _ => None,
            },
            Subject::Block { value, count, unit, .. } => match name {
                "value" => Some(Scalar::Number(Quantity::new(value, unit.clone()))),
                "count" => Some(Scalar::Number(Quantity::new(count as f64, Unit::None))),
                _ => None,
            },
            Subject::Row { table, row, .. } => cell(table, row, name),
        }
    }

    fn known_names(&self) -> Vec<String> {
        match self.subject {
            Subject::None | Subject::Piped(_) => Vec::new(),
            Subject::Group { profiles, .. } => {
                let grouping = profiles.grouping.iter().flat_map(|g| g.labels.iter());
                let labels = grouping.map(ToString::to_string);
                labels.chain(["value".to_owned(), "count".to_owned()]).collect()
            }
            Subject::Block { .. } => vec!["value".to_owned(), "count".to_owned()],
            Subject::Row { table, .. } => table.names().into_iter().map(str::to_owned).collect(),
        }
    }

    fn binary(
        &self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        place: Place,
    ) -> Result<Scalar, EvalError> {
        match op {
            BinaryOp::And => Ok(Scalar::Bool(self.is_true(left)? && self.is_true(right)?)),
            BinaryOp::Or => Ok(Scalar::Bool(self.is_true(left)? || self.is_true(right)?)),
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                Ok(arithmetic(op, &self.value(left)?, &self.value(right)?, place)?)
            }
            BinaryOp::Matches | BinaryOp::NotMatches => {
                let text = self.value(left)?.to_string();
                let pattern = self.value(right)?.to_string();
                let regex = anchored(&pattern).map_err(|_| {
                    Diagnostic::error("bad-regex", format!("`{pattern}` is not a regex"))
                        .at(right.place, "")
                })?;
                Ok(Scalar::Bool(regex.is_match(&text) == (op == BinaryOp::Matches)))
            }
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual => {
                let values = (self.value(left)?, self.value(right)?);
                let order = self.compare(&values.0, &values.1, place)?;
                let is_call = |side: &Expr| matches!(side.kind, ExprKind::Call { .. });
                let (limit, op_of_call) = match (is_call(left), is_call(right)) {
                    (true, false) => (&values.1, op),
                    (false, true) => (&values.0, op.turned()),
                    _ => return Ok(Scalar::Bool(holds(op, order))),
                };
                let mut measured = self.measured.borrow_mut();
                let Some(measured) = measured.last_mut() else {
                    return Ok(Scalar::Bool(holds(op, order)));
                };
                measured.compare_with(op_of_call, limit);
                match self.confidence {
                    None => Ok(Scalar::Bool(holds(op, order))),
                    Some(confidence) => measured
                        .holds_at(confidence, op_of_call)
                        .map(Scalar::Bool)
                        .ok_or_else(|| no_replicate(place).into()),
                }
            }
        }
    }

    /// Compares two values. A percentage compared with a quantity refers to the total of
    /// the input; compared with a ratio it is a plain fraction.
    fn compare(
        &self,
        left: &Scalar,
        right: &Scalar,
        place: Place,
    ) -> Result<Option<std::cmp::Ordering>, EvalError> {
        let mismatch = |left: &dyn std::fmt::Display, right: &dyn std::fmt::Display| {
            Diagnostic::error("type-mismatch", format!("cannot compare {left} with {right}"))
                .at(place, "different kinds of values")
        };
        match (left, right) {
            (Scalar::Number(left), Scalar::Number(right)) => {
                let l = self.comparable(left, right, place)?;
                let r = self.comparable(right, left, place)?;
                let comparable = l.1 == r.1 || l.1 == Unit::None || r.1 == Unit::None;
                if !comparable {
                    return Err(mismatch(left, right).note(format!("{} and {}", l.1, r.1)).into());
                }
                Ok(l.0.partial_cmp(&r.0))
            }
            // CPU time and durations are both in nanoseconds.
            (Scalar::Number(left), Scalar::Duration(span)) if left.unit == Unit::Nanoseconds => {
                Ok(left.value.partial_cmp(&(span.0 as f64)))
            }
            (Scalar::Duration(span), Scalar::Number(right)) if right.unit == Unit::Nanoseconds => {
                Ok((span.0 as f64).partial_cmp(&right.value))
            }
            (Scalar::Duration(left), Scalar::Duration(right)) => Ok(Some(left.cmp(right))),
            (Scalar::Time(left), Scalar::Time(right)) => Ok(Some(left.cmp(right))),
            (Scalar::Text(left), Scalar::Text(right)) => Ok(Some(left.cmp(right))),
            (Scalar::Bool(left), Scalar::Bool(right)) => Ok(Some(left.cmp(right))),
            // Most labels are text, even amounts: `version = 2`, `request >= 256KiB`.
            (Scalar::Text(left), Scalar::Number(right)) => Ok(match amount(left) {
                Some(left) if left.unit == right.unit || right.unit == Unit::None => {
                    left.value.partial_cmp(&right.value)
                }
                Some(left) if left.unit == Unit::None => left.value.partial_cmp(&right.value),
                // A label that is not set has no size.
                None if left.is_empty() && right.unit != Unit::None => None,
                _ => Some(left.as_str().cmp(right.value.to_string().as_str())),
            }),
            (Scalar::Text(text), Scalar::Duration(span)) => match amount(text) {
                Some(left) if left.unit == Unit::Nanoseconds => {
                    Ok(left.value.partial_cmp(&(span.0 as f64)))
                }
                None if text.is_empty() => Ok(None),
                _ => Err(mismatch(left, right).into()),
            },
            (Scalar::Number(_) | Scalar::Duration(_), Scalar::Text(_)) => {
                let order = self.compare(right, left, place)?;
                Ok(order.map(std::cmp::Ordering::reverse))
            }
            (left, right) => Err(mismatch(left, right).into()),
        }
    }

    fn comparable(
        &self,
        number: &Quantity,
        other: &Quantity,
        place: Place,
    ) -> Result<(f64, Unit), EvalError> {
        Ok(match (&number.unit, &other.unit) {
            (Unit::Percent, Unit::None) => (number.value / 100.0, Unit::None),
            (Unit::Percent, Unit::Percent) => (number.value, Unit::Percent),
            (Unit::Percent, unit) => {
                let whole = self.whole().ok_or_else(|| percent_of_what(place))?;
                (number.value / 100.0 * whole, unit.clone())
            }
            (unit, _) => (number.value, unit.clone()),
        })
    }

    /// The total that a percentage refers to: that of the last measured value.
    fn whole(&self) -> Option<f64> {
        if let Some(measured) = self.measured.borrow().last() {
            return Some(measured.of);
        }
        match self.subject {
            Subject::Group { whole, .. } | Subject::Block { whole, .. } => Some(whole),
            Subject::Row { whole, .. } => whole,
            Subject::None | Subject::Piped(_) => None,
        }
    }
}

/// A label that is a number is an amount; all others are text.
fn of_label(value: &LabelValue) -> Scalar {
    match value.as_number() {
        Some(LabelNumber { number, unit }) => {
            Scalar::Number(Quantity::new(*number as f64, unit.clone()))
        }
        None => Scalar::Text(value.to_string()),
    }
}

/// The cell of a row by the name of its column. `package` is derived from the function in
/// every table.
fn cell(table: &Table, row: usize, name: &str) -> Option<Scalar> {
    let of = |column: &str| table.find(column).map(|column| table.cell(column, row));
    of(name).or_else(|| match name {
        "package" => match of("function")? {
            Scalar::Text(function) => Some(Scalar::Text(package_of(&function).to_owned())),
            _ => None,
        },
        _ => None,
    })
}

/// A list that names another one twice doubles it, and so do the next lists.
fn too_long(place: Place) -> Diagnostic {
    Diagnostic::error("too-deep", format!("the list has more than {MOST_VALUES} values"))
        .at(place, "")
        .help("write a shorter list")
}

fn no_replicate(place: Place) -> Diagnostic {
    Diagnostic::error("no-interval", "the interval is not known: nothing replicates")
        .at(place, "a single profile, or nothing before to grow from")
        .help("measure more profiles, or leave out `at`")
}

fn not_a_value(place: Place) -> Diagnostic {
    Diagnostic::error("type-mismatch", "profiles are not a value to compare")
        .at(place, "this is a selection")
        .help("measure it: `total(\"*\", cpu{pod=\"a\"})`")
}

fn percent_of_what(place: Place) -> Diagnostic {
    Diagnostic::error("percent-of-what", "there is no total for this percentage")
        .at(place, "")
        .help("compare with an amount: `100ms`, `10MiB`")
}
