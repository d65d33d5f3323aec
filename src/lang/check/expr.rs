//! Checks the types of expressions.

use super::Checker;
use crate::diag::{Diagnostic, Place};
use crate::lang::ast::{Argument, BinaryOp, Expr, ExprKind, Name};
use crate::lang::format;
use crate::lang::functions::{self, FunctionSpec, MEASURES};
use crate::lang::text::quote;
use crate::lang::types::Type;
use crate::quantity::Unit;

impl Checker<'_> {
    /// The type of an expression; `piped` is the type of the input of its stage.
    pub(super) fn expr(&mut self, expr: &Expr, piped: Option<Type>) -> Type {
        match &expr.kind {
            ExprKind::Text(_) => Type::Text,
            ExprKind::Number(_) => Type::Number,
            ExprKind::Duration(_) => Type::Duration,
            ExprKind::Time(time) => {
                self.time(time);
                Type::Time
            }
            ExprKind::List(items) => {
                for item in items {
                    self.expr(item, piped);
                }
                Type::List
            }
            ExprKind::Name(name) => self.name(name, expr.place, piped),
            ExprKind::Select(selector) => self.selector(selector),
            ExprKind::Query(query) => match (&query.source, piped) {
                // Parentheses do not change the meaning of names.
                (crate::lang::ast::Input::Expr(inner), Some(_)) if query.stages.is_empty() => {
                    self.expr(inner, piped)
                }
                _ => self.query(query),
            },
            ExprKind::Call { function, arguments } => self.call(function, arguments, piped),
            ExprKind::Negate(inner) => self.negate(inner, piped),
            ExprKind::Not(inner) => {
                self.logical(inner, piped, "not");
                Type::Bool
            }
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, piped),
        }
    }

    /// The type of a name. In a stage it may be a label or a column, known only at run time.
    fn name(&mut self, name: &str, place: Place, piped: Option<Type>) -> Type {
        match piped {
            None => self.named(name, place),
            Some(Type::Profiles { .. } | Type::Tree | Type::Sum)
                if MEASURES.iter().any(|(measure, _)| *measure == name) =>
            {
                Type::Number
            }
            Some(
                Type::Table
                | Type::Diff
                | Type::Profiles { grouped: true }
                | Type::Series
                | Type::Sum
                | Type::Any,
            ) => Type::Any,
            Some(_) => self.named(name, place),
        }
    }

    fn call(&mut self, function: &Name, arguments: &[Argument], piped: Option<Type>) -> Type {
        // The parser has already reported a function that is not in the registry.
        let Some(spec) = functions::find(&function.text) else { return Type::Any };
        let mut selected = piped.is_some_and(|piped| spec.measures(piped));
        for argument in arguments {
            match argument {
                Argument::Pattern(pattern) => self.pattern(pattern),
                Argument::Query(query) => {
                    selected = true;
                    let found = self.query(query);
                    if !found.is_profiles() && !matches!(found, Type::Sum | Type::Any) {
                        let message = format!("`{}` measures Profiles, got {found}", spec.name);
                        self.report(
                            Diagnostic::error("type-mismatch", message)
                                .at(query.place, format!("gives {found}")),
                        );
                    }
                }
            }
        }
        if !selected {
            self.report(nothing_to_measure(spec, function.place, piped));
        }
        spec.gives
    }

    fn negate(&mut self, inner: &Expr, piped: Option<Type>) -> Type {
        match self.expr(inner, piped) {
            found @ (Type::Number | Type::Duration | Type::Series | Type::Any) => found,
            Type::Sum => Type::Series,
            found => self.report(
                Diagnostic::error("type-mismatch", format!("`-` needs a number, got {found}"))
                    .at(inner.place, format!("is {found}")),
            ),
        }
    }

    fn logical(&mut self, operand: &Expr, piped: Option<Type>, op: &str) {
        let found = self.expr(operand, piped);
        if !matches!(found, Type::Bool | Type::Any) {
            let message = format!("`{op}` needs conditions, got {found}");
            let error = Diagnostic::error("type-mismatch", message)
                .at(operand.place, "neither true nor false");
            self.report(match found.is_profiles() {
                true => error.help("a condition measures: `total(\"runtime.*\", cpu) > 1s`"),
                false => error.help("compare it: `version = \"2\"`"),
            });
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, piped: Option<Type>) -> Type {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            self.logical(left, piped, op.symbol());
            self.logical(right, piped, op.symbol());
            return Type::Bool;
        }
        let types = (self.expr(left, piped), self.expr(right, piped));
        let result = match op {
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                arithmetic(op, types)
            }
            BinaryOp::Matches | BinaryOp::NotMatches => {
                let text = |found| matches!(found, Type::Text | Type::Any);
                (text(types.0) && text(types.1)).then_some(Type::Bool)
            }
            BinaryOp::Equal | BinaryOp::NotEqual => comparable(types, true).then_some(Type::Bool),
            _ => comparable(types, false).then_some(Type::Bool),
        };
        let Some(result) = result else {
            return self.report(no_sense(op, (left, types.0), (right, types.1)));
        };
        if !matches!(op, BinaryOp::Multiply | BinaryOp::Divide)
            && let (Some(a), Some(b)) = (dimension(left), dimension(right))
            && a != b
        {
            return self.report(unit_mismatch(op, (left, a), (right, b)));
        }
        result
    }
}

fn nothing_to_measure(spec: &FunctionSpec, place: Place, piped: Option<Type>) -> Diagnostic {
    let message = format!("`{}` has nothing to measure here", spec.name);
    let error = Diagnostic::error("missing-input", message)
        .at(place, format!("written `{}`", spec.signature));
    if spec.measures(Type::Diff) {
        return error.help(format!(
            "it measures a Diff: `cpu{{version=\"2\"}} | diff {{version=\"1\"}} | \
             assert {}(\"runtime.*\") < 50%`",
            spec.name
        ));
    }
    match piped {
        Some(Type::Table) => error
            .help(format!("columns of a table have no parentheses: `where {} > 5%`", spec.name)),
        _ => error.help(format!("name a selection as well: `{}(\"runtime.*\", cpu)`", spec.name)),
    }
}

/// The type of an arithmetic result, or none if the types do not fit.
fn arithmetic(op: BinaryOp, types: (Type, Type)) -> Option<Type> {
    use Type::{Any, Duration, Number, Series, Sum, Time};
    let sum = matches!(op, BinaryOp::Add | BinaryOp::Subtract);
    let lined = |found: Type| found.is_profiles() || matches!(found, Series | Sum);
    let selected = |found: Type| matches!(found, Type::UNGROUPED | Sum);
    Some(match types {
        (Any, _) | (_, Any) => Any,
        (a, b) if op == BinaryOp::Add && selected(a) && selected(b) => Sum,
        (a, b) if lined(a) && (lined(b) || b == Number) || a == Number && lined(b) => Series,
        (Number, Number) => Number,
        (Duration, Duration) if sum => Duration,
        (Duration, Duration) if op == BinaryOp::Divide => Number,
        (Duration, Number) if !sum => Duration,
        (Number, Duration) if op == BinaryOp::Multiply => Duration,
        // A measured time, such as a CPU total, is a number in nanoseconds.
        (Number, Duration) | (Duration, Number) => Number,
        (Time, Duration) if sum => Time,
        (Duration, Time) if op == BinaryOp::Add => Time,
        (Time, Time) if op == BinaryOp::Subtract => Duration,
        _ => return None,
    })
}

/// Whether two types can be compared for equality or by order.
fn comparable(types: (Type, Type), equality: bool) -> bool {
    use Type::{Any, Bool, Duration, Number, Text, Time};
    match types {
        (Any, other) | (other, Any) => other.is_scalar(),
        (Number | Duration, Number | Duration) | (Time, Time) => true,
        (Text, Text) | (Bool, Bool) => equality,
        _ => false,
    }
}

fn no_sense(op: BinaryOp, left: (&Expr, Type), right: (&Expr, Type)) -> Diagnostic {
    let message = format!("`{}` does not work between {} and {}", op.symbol(), left.1, right.1);
    let error = Diagnostic::error("type-mismatch", message)
        .at(right.0.place, format!("is {}", right.1))
        .related(left.0.place, format!("is {}", left.1));
    if let Some((meant, place)) = filtered(op, left, right.0) {
        return error.fix(format!("keep or drop stacks: `{}`", meant.trim_start()), place, meant);
    }
    let one_is = |wanted: Type| left.1 == wanted || right.1 == wanted;
    if matches!(op, BinaryOp::Matches | BinaryOp::NotMatches) {
        error.help("`=~` compares a text with a regex in quotes")
    } else if one_is(Type::Text) && one_is(Type::Number) {
        error.help("numbers are written without quotes")
    } else if op.is_arithmetic() && (left.1.is_profiles() || right.1.is_profiles()) {
        error.help("calculate with selections and numbers: `alloc_space / cpu`, `cpu * 2`")
    } else if left.1.is_profiles() && right.1 == Type::Number {
        let (left, right) = (format::expr(left.0), format::expr(right.0));
        error.help(format!(
            "compare groups: `{left} | by (pod) | where value {} {right} | table`",
            op.symbol()
        ))
    } else if left.1.is_profiles() || right.1.is_profiles() {
        error.help("measure a selection to compare it: `total(\"runtime.*\", cpu) > 1s`")
    } else {
        error
    }
}

/// Reads a LogQL filter such as `cpu != "json"`: the stage that replaces it, and its place.
fn filtered(op: BinaryOp, left: (&Expr, Type), right: &Expr) -> Option<(String, Place)> {
    let ExprKind::Text(text) = &right.kind else { return None };
    let stage = match op {
        BinaryOp::NotEqual => format!(" | ignore {}", quote(&format!("*{text}*"))),
        BinaryOp::Matches => format!(" | focus ~{}", quote(text)),
        BinaryOp::NotMatches => format!(" | ignore ~{}", quote(text)),
        _ => return None,
    };
    let place = Place::new(left.0.place.end, right.place.end);
    left.1.is_profiles().then_some((stage, place))
}

/// The dimension that a literal measures. Plain numbers and percentages compare with
/// everything and have none, like values that are known only at run time.
fn dimension(expr: &Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Duration(_) => Some("a time"),
        ExprKind::Number(number) => match number.unit {
            Unit::Bytes => Some("bytes"),
            Unit::Cores => Some("cores"),
            Unit::Nanoseconds => Some("a time"),
            _ => None,
        },
        ExprKind::Call { function, .. } if &*function.text == "share" => Some("a share"),
        ExprKind::Negate(inner) => dimension(inner),
        _ => None,
    }
}

fn unit_mismatch(op: BinaryOp, left: (&Expr, &str), right: (&Expr, &str)) -> Diagnostic {
    let message = format!("`{}` does not work between {} and {}", op.symbol(), left.1, right.1);
    let error = Diagnostic::error("unit-mismatch", message)
        .at(right.0.place, format!("is {}", right.1))
        .related(left.0.place, format!("is {}", left.1));
    if left.1 == "a share" || right.1 == "a share" {
        error.help("a share compares with a percentage; `self` and `total` give amounts")
    } else {
        error.help("both sides must measure the same")
    }
}

impl BinaryOp {
    /// The operator as text.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Equal => "=",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Matches => "=~",
            BinaryOp::NotMatches => "!~",
            BinaryOp::Less => "<",
            BinaryOp::LessOrEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterOrEqual => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
        }
    }
}
