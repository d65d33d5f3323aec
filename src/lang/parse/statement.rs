//! Parses statements, and queries as chains of stages.

use nom::Parser;
use nom::combinator::{cut, map, opt};
use nom::multi::many0;
use nom::sequence::preceded;

use super::expr::{self, expr};
use super::pattern::{self, pattern};
use super::range;
use super::selector;
use super::stage::{self, stage};
use crate::diag::Diagnostic;
use crate::lang::ast::{Bound, Input, Name, Number, Query, SetValue, StatementKind};
use crate::lang::expected::Expected;
use crate::lang::lex::TokenKind;
use crate::lang::tokens::{Parsed, Tokens, any_word, known, symbol, text, word};
use crate::lang::verbs;
use crate::quantity::Unit;

/// The keywords, which cannot name a variable.
pub const KEYWORDS: [&str; 15] = [
    "and", "as", "assert", "by", "from", "help", "leaf", "let", "not", "now", "offset", "or",
    "root", "set", "use",
];

/// Parses a statement with nothing after it.
pub(super) fn whole(input: Tokens<'_>) -> Parsed<'_, StatementKind> {
    let (rest, kind) = statement(input)?;
    let (rest, ()) = end(rest)?;
    Ok((rest, kind))
}

fn end(input: Tokens<'_>) -> Parsed<'_, ()> {
    input.wants(Expected::End);
    if input.peek().is_none() { Ok((input, ())) } else { input.miss(Expected::End) }
}

fn statement(input: Tokens<'_>) -> Parsed<'_, StatementKind> {
    input.wants(Expected::Statement);
    match input.peek() {
        Some(TokenKind::Symbol("?")) => map(topic, help_on).parse(input.advance()),
        Some(TokenKind::Symbol("@") | TokenKind::Text(_)) if input.is_symbol(1, "?") => {
            let (rest, topic) = topic(input)?;
            Ok((rest.advance(), help_on(topic)))
        }
        Some(TokenKind::Name(name)) => match &**name {
            "let" => binding(input.advance()),
            "use" => open(input.advance()),
            "set" => set(input.advance()),
            "assert" => map(stage::assertion, StatementKind::Assert).parse(input.advance()),
            "help" => help(input.advance()),
            _ if input.is_symbol(1, "=") => binding(input),
            _ if input.is_symbol(1, "?") => {
                let (rest, topic) = any_word(Expected::Topic)(input)?;
                Ok((rest.advance(), help_on(topic)))
            }
            _ => map(query, StatementKind::Query).parse(input),
        },
        _ => map(query, StatementKind::Query).parse(input),
    }
}

fn help_on(topic: Name) -> StatementKind {
    StatementKind::Help { topic: Some(topic) }
}

fn help(input: Tokens<'_>) -> Parsed<'_, StatementKind> {
    let (rest, topic) = opt(topic).parse(input)?;
    Ok((rest, StatementKind::Help { topic }))
}

/// Parses a topic of help: `focus`, `unknown-label`, `@`, or any of them in quotes.
fn topic(input: Tokens<'_>) -> Parsed<'_, Name> {
    match input.peek() {
        Some(TokenKind::Symbol("@")) => {
            Ok((input.advance(), Name { text: "@".into(), place: input.here() }))
        }
        Some(TokenKind::Text(_)) => text(Expected::Topic)(input),
        _ => slug(input),
    }
}

/// Parses the name of a verb, or of an error such as `unknown-label`.
fn slug(input: Tokens<'_>) -> Parsed<'_, Name> {
    let (mut rest, _) = any_word(Expected::Topic)(input)?;
    while rest.is_symbol(0, "-") && matches!(rest.nth(1), Some(TokenKind::Name(_))) {
        rest = rest.advance().advance();
    }
    let place = rest.since(input);
    Ok((rest, Name { text: input.text(place).into(), place }))
}

fn binding(input: Tokens<'_>) -> Parsed<'_, StatementKind> {
    let (rest, name) = new_name(input)?;
    let (rest, _) = symbol("=")(rest)?;
    let (rest, value) = bound(rest)?;
    Ok((rest, StatementKind::Let { name, value }))
}

fn new_name(input: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, name) = any_word(Expected::NewName)(input)?;
    let taken_by = if KEYWORDS.contains(&&*name.text) {
        "a keyword"
    } else if verbs::find(&name.text).is_some() {
        "a verb"
    } else {
        return Ok((rest, name));
    };
    let better = format!("my_{}", name.text);
    known(
        Diagnostic::error(
            "reserved",
            format!("`{}` is {taken_by} and cannot name a variable", name.text),
        )
        .at(name.place, taken_by)
        .fix(format!("choose another name, such as `{better}`"), name.place, better),
    )
}

/// Parses the right-hand side of a `let`. It is a pattern only if it cannot be a query:
/// a string or a name alone is a query, and so is a selector without a name that more
/// of a query follows.
fn bound(input: Tokens<'_>) -> Parsed<'_, Bound> {
    if pattern::opens(input)
        && let Ok((rest, found)) = pattern(input)
        && rest.peek().is_none()
        && !pattern::is_text(&found)
    {
        rest.wants(Expected::End);
        return Ok((rest, Bound::Pattern(found)));
    }
    map(query, Bound::Query).parse(input)
}

fn open(input: Tokens<'_>) -> Parsed<'_, StatementKind> {
    let (rest, targets) = targets(input)?;
    let (rest, labels) = opt(selector::matchers).parse(rest)?;
    let (rest, alias) = opt(preceded(word("as"), cut(new_name))).parse(rest)?;
    Ok((rest, StatementKind::Use { targets, labels: labels.unwrap_or_default(), alias }))
}

/// Parses one or more paths, with or without commas between them, as a shell has them.
fn targets(input: Tokens<'_>) -> Parsed<'_, Vec<Name>> {
    let (mut rest, first) = text(Expected::Source)(input)?;
    let mut targets = vec![first];
    loop {
        let next = if rest.is_symbol(0, ",") { rest.advance() } else { rest };
        match next.peek() {
            Some(TokenKind::Text(_)) => {
                let (after, target) = text(Expected::Source)(next)?;
                targets.push(target);
                rest = after;
            }
            _ if rest.is_symbol(0, ",") => return next.miss(Expected::Source),
            _ => return Ok((rest, targets)),
        }
    }
}

fn set(input: Tokens<'_>) -> Parsed<'_, StatementKind> {
    let (rest, setting) = any_word(Expected::Setting)(input)?;
    let (rest, equals) = opt(symbol("=")).parse(rest)?;
    if equals.is_none() && rest.peek().is_none() {
        rest.wants(Expected::SettingValue);
        return Ok((rest, StatementKind::Set { setting, value: None }));
    }
    let (rest, value) = set_value(rest)?;
    Ok((rest, StatementKind::Set { setting, value: Some(value) }))
}

fn set_value(input: Tokens<'_>) -> Parsed<'_, SetValue> {
    match input.peek() {
        Some(TokenKind::Symbol("[")) => map(range::range, SetValue::Range).parse(input),
        Some(TokenKind::Duration(_)) => map(range::bare_range, SetValue::Range).parse(input),
        Some(TokenKind::Number(value, unit)) => {
            let number = Number { value: *value, unit: unit.clone() };
            Ok((input.advance(), SetValue::Number(number)))
        }
        Some(TokenKind::Text(_)) => map(text(Expected::SettingValue), SetValue::Text).parse(input),
        Some(TokenKind::Name(_)) if !range::opens_time(input) => {
            map(any_word(Expected::SettingValue), SetValue::Name).parse(input)
        }
        Some(TokenKind::Name(_) | TokenKind::Time(_)) => {
            map(range::time, SetValue::Time).parse(input)
        }
        _ => input.miss(Expected::SettingValue),
    }
}

/// Parses a query: an input and its stages.
pub(super) fn query(input: Tokens<'_>) -> Parsed<'_, Query> {
    let (rest, source) = source(input)?;
    let (rest, stages) = many0(preceded(symbol("|"), cut(stage))).parse(rest)?;
    Ok((rest, Query { source, stages, place: rest.since(input) }))
}

fn source(input: Tokens<'_>) -> Parsed<'_, Input> {
    if let Some(TokenKind::Name(name)) = input.peek()
        && let Some(spec) = verbs::find(name)
        && !expr::is_suffixed(input)
    {
        if spec.starts() {
            return map(stage, Input::Explore).parse(input);
        }
        return stage::verb_first(input, spec);
    }
    map(expr, Input::Expr).parse(input)
}

/// Parses a number with a unit, which may be a unit of time.
pub(super) fn amount(input: Tokens<'_>) -> Parsed<'_, Number> {
    match input.peek() {
        Some(TokenKind::Number(value, unit)) => {
            Ok((input.advance(), Number { value: *value, unit: unit.clone() }))
        }
        Some(TokenKind::Duration(span)) => {
            Ok((input.advance(), Number { value: span.0 as f64, unit: Unit::Nanoseconds }))
        }
        _ => input.miss(Expected::Amount),
    }
}
