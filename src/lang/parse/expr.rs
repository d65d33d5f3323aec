//! Parses expressions by operator precedence.

use nom::Parser;
use nom::multi::separated_list0;

use super::pattern::pattern;
use super::range;
use super::selector;
use super::statement::{KEYWORDS, query};
use crate::diag::{Diagnostic, suggest};
use crate::lang::ast::{
    Argument, BinaryOp, Expr, ExprKind, Name, Number, Selector, Time, TimeKind,
};
use crate::lang::expected::Expected;
use crate::lang::functions::{self, FunctionSpec, Parameter};
use crate::lang::lex::TokenKind;
use crate::lang::tokens::{Parsed, Tokens, known, symbol};

/// Operator precedence; `not` is between `and` and comparisons.
const NOT: u8 = 3;
const COMPARISON: u8 = 4;

/// Parses an expression.
pub(super) fn expr(input: Tokens<'_>) -> Parsed<'_, Expr> {
    climb(input, 0)
}

/// Parses an expression whose operators have at least the precedence `floor`.
fn climb(input: Tokens<'_>, floor: u8) -> Parsed<'_, Expr> {
    let (mut rest, mut left) = operand(input, floor)?;
    let mut compared = false;
    while let Some((op, power)) = operator(rest).filter(|(_, power)| *power >= floor) {
        rest.count_operator()?;
        let operator_at = rest;
        let (after, right) = climb(rest.advance(), power + 1)?;
        if power == COMPARISON && compared {
            return chained(operator_at, &left, after.since(operator_at.advance()));
        }
        compared = power == COMPARISON;
        let place = after.since(input);
        left = Expr {
            kind: ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) },
            place,
        };
        rest = after;
    }
    Ok((rest, left))
}

fn operator(input: Tokens<'_>) -> Option<(BinaryOp, u8)> {
    let op = match input.peek() {
        Some(TokenKind::Symbol(symbol)) => match *symbol {
            "=" | "==" => BinaryOp::Equal,
            "!=" => BinaryOp::NotEqual,
            "=~" => BinaryOp::Matches,
            "!~" => BinaryOp::NotMatches,
            "<" => BinaryOp::Less,
            "<=" => BinaryOp::LessOrEqual,
            ">" => BinaryOp::Greater,
            ">=" => BinaryOp::GreaterOrEqual,
            "+" => BinaryOp::Add,
            "-" => BinaryOp::Subtract,
            "*" => BinaryOp::Multiply,
            "/" => BinaryOp::Divide,
            _ => return no_operator(input),
        },
        Some(TokenKind::Name(name)) if &**name == "or" => BinaryOp::Or,
        Some(TokenKind::Name(name)) if &**name == "and" => BinaryOp::And,
        _ => return no_operator(input),
    };
    Some((op, power(op)))
}

fn no_operator(input: Tokens<'_>) -> Option<(BinaryOp, u8)> {
    input.wants(Expected::Operator);
    None
}

fn power(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Add | BinaryOp::Subtract => 5,
        BinaryOp::Multiply | BinaryOp::Divide => 6,
        _ => COMPARISON,
    }
}

/// Reports `a < b < c`, and suggests two comparisons.
fn chained<'a>(at: Tokens<'a>, left: &Expr, right: crate::diag::Place) -> Parsed<'a, Expr> {
    let middle = match &left.kind {
        ExprKind::Binary { right, .. } => right.place,
        _ => left.place,
    };
    let operator = at.here();
    let (left_text, middle_text) = (at.text(left.place), at.text(middle));
    let meant = format!("{left_text} and {middle_text} {} {}", at.text(operator), at.text(right));
    known(
        Diagnostic::error("chained-comparison", "comparisons do not chain")
            .at(operator, "a second comparison")
            .related(left.place, "this is already true or false")
            .fix(format!("compare twice: `{meant}`"), left.place.to(right), meant),
    )
}

fn operand(input: Tokens<'_>, floor: u8) -> Parsed<'_, Expr> {
    if input.is_word(0, "not") && floor <= NOT {
        let (rest, inner) = input.advance().deeper(|rest| climb(rest, NOT))?;
        return Ok((rest, Expr { kind: ExprKind::Not(Box::new(inner)), place: rest.since(input) }));
    }
    if input.is_symbol(0, "-") {
        let (rest, inner) = primary(input.advance())?;
        return Ok((
            rest,
            Expr { kind: ExprKind::Negate(Box::new(inner)), place: rest.since(input) },
        ));
    }
    primary(input)
}

fn primary(input: Tokens<'_>) -> Parsed<'_, Expr> {
    let (rest, kind) = match input.peek() {
        Some(TokenKind::Symbol("(")) => parenthesised(input)?,
        Some(TokenKind::Symbol("[")) => list(input)?,
        Some(TokenKind::Symbol("{")) => {
            let (rest, selector) = selector::suffixes(input, input, None)?;
            (rest, ExprKind::Select(Box::new(selector)))
        }
        Some(TokenKind::Name(name)) => named(input, name)?,
        _ => literal(input)?,
    };
    Ok((rest, Expr { kind, place: rest.since(input) }))
}

/// Parses a literal.
pub(super) fn literal(input: Tokens<'_>) -> Parsed<'_, ExprKind> {
    let kind = match input.peek() {
        Some(TokenKind::Text(text)) => ExprKind::Text(text.clone()),
        Some(TokenKind::Number(value, unit)) => {
            ExprKind::Number(Number { value: *value, unit: unit.clone() })
        }
        Some(TokenKind::Duration(span)) => ExprKind::Duration(*span),
        Some(TokenKind::Time(at)) => {
            ExprKind::Time(Time::new(TimeKind::Literal(*at), input.here()))
        }
        _ => {
            input.wants(Expected::Selection);
            return input.miss(Expected::Value);
        }
    };
    Ok((input.advance(), kind))
}

fn parenthesised(input: Tokens<'_>) -> Parsed<'_, ExprKind> {
    let (rest, inner) = input.advance().deeper(query)?;
    let (rest, _) = symbol(")")(rest)?;
    Ok((rest, ExprKind::Query(Box::new(inner))))
}

fn list(input: Tokens<'_>) -> Parsed<'_, ExprKind> {
    let (rest, items) = separated_list0(symbol(","), item).parse(input.advance())?;
    let (rest, _) = symbol("]")(rest)?;
    Ok((rest, ExprKind::List(items)))
}

fn item(input: Tokens<'_>) -> Parsed<'_, Expr> {
    input.deeper(expr)
}

fn named<'a>(input: Tokens<'a>, name: &std::sync::Arc<str>) -> Parsed<'a, ExprKind> {
    let rest = input.advance();
    let place = input.here();
    if &**name == "now" {
        return Ok((rest, ExprKind::Time(Time::new(TimeKind::Now, place))));
    }
    if range::opens_time(input) {
        let (rest, kind) = range::edge(input)?;
        return Ok((rest, ExprKind::Time(Time::new(kind, rest.since(input)))));
    }
    if KEYWORDS.contains(&&**name) {
        input.wants(Expected::Selection);
        return input.miss(Expected::Value);
    }
    let name = Name { text: name.clone(), place };
    if rest.is_symbol(0, "(") {
        return call(input, name);
    }
    let (rest, selector) = selector::suffixes(input, rest, Some(name))?;
    Ok((rest, simplest(selector)))
}

/// Turns a selection without conditions into a plain name.
fn simplest(selector: Selector) -> ExprKind {
    match selector {
        Selector {
            name: Some(name),
            matchers,
            range: None,
            offset: None,
            at: None,
            from: None,
            place,
        } if matchers.is_empty() && place == name.place => ExprKind::Name(name.text),
        selector => ExprKind::Select(Box::new(selector)),
    }
}

/// Whether the word here names a selection, even if it is also the name of a verb.
pub(super) fn is_suffixed(input: Tokens<'_>) -> bool {
    input.is_symbol(1, "{") || input.is_symbol(1, "[")
}

fn call(input: Tokens<'_>, function: Name) -> Parsed<'_, ExprKind> {
    let Some(spec) = functions::find(&function.text) else { return unknown_function(&function) };
    let (mut rest, mut arguments) = (input.advance().advance(), Vec::new());
    for parameter in spec.parameters {
        if !arguments.is_empty() {
            if rest.is_symbol(0, ")") {
                break;
            }
            rest = symbol(",")(rest).or_else(|_| rest.miss(Expected::Symbol(")")))?.0;
        }
        let (after, argument) = rest.deeper(|rest| argument(rest, *parameter))?;
        arguments.push(argument);
        rest = after;
    }
    if rest.is_symbol(0, ",") {
        return too_many(rest, spec);
    }
    let (rest, _) = symbol(")")(rest)?;
    Ok((rest, ExprKind::Call { function, arguments }))
}

fn argument(input: Tokens<'_>, parameter: Parameter) -> Parsed<'_, Argument> {
    match parameter {
        Parameter::Pattern => {
            let (rest, pattern) = pattern(input)?;
            Ok((rest, Argument::Pattern(pattern)))
        }
        Parameter::Selection => {
            let (rest, query) = query(input)?;
            Ok((rest, Argument::Query(query)))
        }
    }
}

fn unknown_function<T>(function: &Name) -> Result<T, nom::Err<crate::lang::tokens::Fault>> {
    let message = format!("there is no function `{}`", function.text);
    let error = Diagnostic::error("unknown-function", message).at(function.place, "");
    let near = suggest::suggest(&function.text, functions::FUNCTIONS.iter().map(|spec| spec.name));
    if !near.is_empty() {
        return known(error.did_you_mean(&near, function.place));
    }
    if let Some(spec) = crate::lang::verbs::find(&function.text) {
        let example = spec.examples.first().copied().unwrap_or_default();
        return known(error.help(format!("a verb is written after `|`: `{example}`")));
    }
    let names: Vec<String> =
        functions::FUNCTIONS.iter().map(|spec| format!("`{}`", spec.name)).collect();
    known(
        error.help(format!(
            "the functions are {}; a selection is narrowed in braces",
            names.join(", ")
        )),
    )
}

fn too_many<'a>(at: Tokens<'a>, spec: &FunctionSpec) -> Parsed<'a, ExprKind> {
    let message = format!("`{}` takes at most {} arguments", spec.name, spec.parameters.len());
    known(
        Diagnostic::error("unexpected", message)
            .at(at.here(), "one more starts here")
            .help(format!("the syntax is `{}`", spec.signature)),
    )
}
