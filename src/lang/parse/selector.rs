//! Parses selectors: matchers and modifiers.

use nom::Parser;
use nom::combinator::opt;

use super::range::{range, signed_length, time};
use crate::diag::{Diagnostic, Place};
use crate::lang::ast::{Matcher, MatcherOp, MatcherValue, Name, Selector};
use crate::lang::expected::Expected;
use crate::lang::lex::TokenKind;
use crate::lang::tokens::{Parsed, Tokens, any_word, known, symbol};

/// Parses the parts of a selector that may follow a name or be used alone.
pub(super) fn suffixes<'a>(
    start: Tokens<'a>,
    input: Tokens<'a>,
    name: Option<Name>,
) -> Parsed<'a, Selector> {
    let (rest, found) = opt(|input| type_and_matchers(input, name.as_ref())).parse(input)?;
    let (quoted, matchers) = found.unwrap_or_default();
    let (mut rest, range) = opt(range).parse(rest)?;
    let mut selector = Selector {
        name: name.or(quoted),
        matchers,
        range,
        offset: None,
        at: None,
        from: None,
        place: Place::default(),
    };
    loop {
        let after = modifier(rest, &mut selector)?;
        let Some(after) = after else { break };
        rest = after;
    }
    selector.place = rest.since(start);
    Ok((rest, selector))
}

/// Parses one modifier, if there is one; each may occur once.
fn modifier<'a>(
    input: Tokens<'a>,
    selector: &mut Selector,
) -> Result<Option<Tokens<'a>>, nom::Err<crate::lang::tokens::Fault>> {
    if selector.offset.is_none() {
        if input.is_word(0, "offset") {
            let (rest, offset) = signed_length(input.advance())?;
            selector.offset = Some(offset);
            return Ok(Some(rest));
        }
        input.wants(Expected::Word("offset"));
    }
    if selector.at.is_none() {
        if input.is_symbol(0, "@") {
            let (rest, at) = time(input.advance())?;
            selector.at = Some(at);
            return Ok(Some(rest));
        }
        input.wants(Expected::Symbol("@"));
    }
    if selector.from.is_none() {
        if input.is_word(0, "from") {
            let (rest, from) = any_word(Expected::SourceName)(input.advance())?;
            selector.from = Some(from);
            return Ok(Some(rest));
        }
        input.wants(Expected::Word("from"));
    }
    Ok(None)
}

/// The content of braces: labels of a selection, or fields of a frame.
#[derive(Clone, Copy)]
enum Braces {
    Labels,
    Fields,
}

/// Parses the braces of a selection, which may hold its type in quotes, as in PromQL 3:
/// `{"cpu-time", service="api"}`.
fn type_and_matchers<'a>(
    input: Tokens<'a>,
    name: Option<&Name>,
) -> Parsed<'a, (Option<Name>, Vec<Matcher>)> {
    let mut quoted = None;
    let (rest, matchers) = braced(input, |item| {
        if name.is_none() && quoted.is_none() {
            item.wants(Expected::QuotedType);
        }
        let Some(found) = quoted_type(item) else {
            let (rest, matcher) = matcher(item, Braces::Labels)?;
            return Ok((rest, Some(matcher)));
        };
        if let Some(first) = name.or(quoted.as_ref()) {
            return second_type(item, first, &found);
        }
        quoted = Some(found);
        Ok((item.advance(), None))
    })?;
    Ok((rest, (quoted, matchers)))
}

/// A text that no operator follows.
fn quoted_type(input: Tokens<'_>) -> Option<Name> {
    match input.peek() {
        Some(TokenKind::Text(text)) if input.is_symbol(1, ",") || input.is_symbol(1, "}") => {
            Some(Name { text: text.clone(), place: input.here() })
        }
        _ => None,
    }
}

fn second_type<'a, T>(input: Tokens<'a>, first: &Name, second: &Name) -> Parsed<'a, T> {
    let value = input.text(second.place);
    let written = input.text(first.place);
    let meant = match written == &*first.text {
        true => format!("{written}{{service={value}}}"),
        false => format!("{{{written}, service={value}}}"),
    };
    known(
        Diagnostic::error("unexpected", format!("the label of the value {value} is missing"))
            .at(second.place, "a text alone in braces is a profile type")
            .related(first.place, "this is the type already")
            .help(format!("name the label: `{meant}`")),
    )
}

/// Parses matchers: `{service="api", pod=~"a|b"}`.
pub(super) fn matchers(input: Tokens<'_>) -> Parsed<'_, Vec<Matcher>> {
    braced(input, |item| {
        let (rest, matcher) = matcher(item, Braces::Labels)?;
        Ok((rest, Some(matcher)))
    })
}

/// Parses the fields of a frame pattern: `{package="runtime"}`.
pub(super) fn fields(input: Tokens<'_>) -> Parsed<'_, Vec<Matcher>> {
    braced(input, |item| {
        let (rest, matcher) = matcher(item, Braces::Fields)?;
        Ok((rest, Some(matcher)))
    })
}

/// Parses items in braces; an item may be something else than a matcher.
fn braced<'a>(
    input: Tokens<'a>,
    mut item: impl FnMut(Tokens<'a>) -> Parsed<'a, Option<Matcher>>,
) -> Parsed<'a, Vec<Matcher>> {
    let (mut rest, _) = symbol("{")(input)?;
    let mut matchers = Vec::new();
    loop {
        if rest.is_symbol(0, "}") {
            return Ok((rest.advance(), matchers));
        }
        let (after, matcher) = item(rest)?;
        matchers.extend(matcher);
        rest = if after.is_symbol(0, "}") {
            after
        } else {
            symbol(",")(after).or_else(|_| after.miss(Expected::Symbol("}")))?.0
        };
    }
}

fn matcher(input: Tokens<'_>, braces: Braces) -> Parsed<'_, Matcher> {
    let (rest, label) = match braces {
        Braces::Labels => label(input)?,
        Braces::Fields => label_or(Expected::Field)(input)?,
    };
    let (rest, op) = operator(rest)?;
    let start = rest;
    let (rest, value) = value(rest, &label, braces)?;
    let value_place = rest.since(start);
    Ok((rest, Matcher { place: label.place.to(value_place), label, op, value, value_place }))
}

/// Parses the name of a label, which needs quotes if it is not a word.
pub(super) fn label(input: Tokens<'_>) -> Parsed<'_, Name> {
    label_or(Expected::Label)(input)
}

fn label_or<'a>(expected: Expected) -> impl Fn(Tokens<'a>) -> Parsed<'a, Name> {
    move |input| match input.peek() {
        Some(TokenKind::Name(text) | TokenKind::Text(text)) => {
            Ok((input.advance(), Name { text: text.clone(), place: input.here() }))
        }
        _ => input.miss(expected.clone()),
    }
}

fn operator(input: Tokens<'_>) -> Parsed<'_, MatcherOp> {
    let known = |symbol: &str| {
        let symbol = if symbol == "==" { "=" } else { symbol };
        MatcherOp::ALL.iter().find(|(_, written)| *written == symbol).map(|(op, _)| *op)
    };
    match input.peek() {
        Some(TokenKind::Symbol(symbol)) if let Some(op) = known(symbol) => {
            Ok((input.advance(), op))
        }
        _ => input.miss(Expected::MatcherOperator),
    }
}

fn value<'a>(input: Tokens<'a>, label: &Name, braces: Braces) -> Parsed<'a, MatcherValue> {
    let rest = input.advance();
    let value = match input.peek() {
        Some(TokenKind::Text(text)) => return Ok((rest, MatcherValue::Text(text.clone()))),
        Some(TokenKind::Name(name)) => MatcherValue::Variable(name.clone()),
        // Label values are text, so a number keeps its spelling.
        Some(TokenKind::Number(..) | TokenKind::Duration(_) | TokenKind::Time(_)) => {
            MatcherValue::Text(input.spelling().into())
        }
        _ => {
            return input.miss(match braces {
                Braces::Labels => Expected::LabelValue(label.text.clone()),
                Braces::Fields => Expected::FieldValue(label.text.clone()),
            });
        }
    };
    if ends_value(rest) { Ok((rest, value)) } else { unquoted(input, label) }
}

/// Whether an unquoted value ends here; `search-x2x` consists of several tokens.
fn ends_value(input: Tokens<'_>) -> bool {
    match input.peek() {
        Some(TokenKind::Symbol(symbol)) => matches!(*symbol, "," | "}" | "]" | ")" | "|"),
        // With several words, either the quotes or a comma is missing.
        Some(_) => false,
        None => true,
    }
}

fn unquoted<'a, T>(input: Tokens<'a>, label: &Name) -> Parsed<'a, T> {
    let mut rest = input;
    while !matches!(rest.peek(), None | Some(TokenKind::Symbol("," | "}" | "|"))) {
        rest = rest.advance();
    }
    let place = rest.since(input);
    let quoted = crate::lang::text::quote(input.text(place));
    known(
        Diagnostic::error("unquoted", format!("`{}` is not one value", input.text(place)))
            .at(place, "text values need quotes")
            .fix(format!("quote text values: {}={quoted}", label.text), place, quoted),
    )
}
