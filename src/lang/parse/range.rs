//! Parses ranges, durations and times.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::{delimited, preceded};

use crate::diag::Diagnostic;
use crate::lang::ast::{Length, LengthKind, Range, RangeKind, Time, TimeKind};
use crate::lang::expected::Expected;
use crate::lang::lex::TokenKind;
use crate::lang::tokens::{Parsed, Tokens, known, symbol, word};
use crate::quantity::{Span, Timestamp, Unit};

/// Parses a range: `[1h]`, `[6h:5m]`, `[a .. b]`, `[a .. +30m]`, `[a ..]`, `[.. b]`.
pub(super) fn range(input: Tokens<'_>) -> Parsed<'_, Range> {
    let window = (alt((between, last)), step);
    let (rest, (kind, step)) = delimited(symbol("["), window, symbol("]")).parse(input)?;
    Ok((rest, Range { kind, step, place: rest.since(input) }))
}

/// Parses a duration as a range that ends now: `set range 1h`.
pub(super) fn bare_range(input: Tokens<'_>) -> Parsed<'_, Range> {
    let (rest, (kind, step)) = (last, step).parse(input)?;
    Ok((rest, Range { kind, step, place: rest.since(input) }))
}

fn step(input: Tokens<'_>) -> Parsed<'_, Option<Length>> {
    opt(preceded(symbol(":"), length)).parse(input)
}

fn last(input: Tokens<'_>) -> Parsed<'_, RangeKind> {
    let (rest, length) = length(input)?;
    Ok((rest, RangeKind::Last { length }))
}

fn between(input: Tokens<'_>) -> Parsed<'_, RangeKind> {
    let open = input.is_symbol(0, "..");
    let (rest, start) =
        if open { (input, Time::new(TimeKind::Start, input.here())) } else { time(input)? };
    let dots = rest.here();
    let (rest, _) = symbol("..")(rest)?;
    if rest.is_symbol(0, "+") {
        let (rest, length) = length(rest.advance())?;
        return Ok((rest, RangeKind::From { start, length }));
    }
    rest.wants(Expected::Symbol("+"));
    if !open && (rest.is_symbol(0, "]") || rest.is_symbol(0, ":")) {
        return Ok((rest, RangeKind::Between { start, end: Time::new(TimeKind::Now, dots) }));
    }
    let (rest, end) = time(rest)?;
    Ok((rest, RangeKind::Between { start, end }))
}

fn length(input: Tokens<'_>) -> Parsed<'_, Length> {
    let kind = match input.peek() {
        Some(TokenKind::Duration(span)) => LengthKind::Literal(*span),
        Some(TokenKind::Name(name)) => LengthKind::Variable { name: name.clone(), negative: false },
        Some(TokenKind::Number(_, Unit::None)) if !input.is_symbol(1, "..") => {
            return no_unit(input);
        }
        _ => return input.miss(Expected::Duration),
    };
    Ok((input.advance(), Length { kind, place: input.here() }))
}

fn no_unit<T>(input: Tokens<'_>) -> Parsed<'_, T> {
    let (place, number) = (input.here(), input.text(input.here()));
    known(
        Diagnostic::error("bad-number", format!("the duration `{number}` has no unit"))
            .at(place, "seconds, minutes, hours?")
            .fix(format!("write `{number}m` for minutes"), place, format!("{number}m")),
    )
}

/// Parses a duration with an optional minus sign.
pub(super) fn signed_length(input: Tokens<'_>) -> Parsed<'_, Length> {
    if input.is_symbol(0, "-") {
        let (rest, length) = length(input.advance())?;
        return Ok((rest, Length { kind: negated(length.kind), place: rest.since(input) }));
    }
    length(input)
}

fn negated(kind: LengthKind) -> LengthKind {
    match kind {
        LengthKind::Literal(span) => LengthKind::Literal(Span(-span.0)),
        LengthKind::Variable { name, negative } => {
            LengthKind::Variable { name, negative: !negative }
        }
    }
}

/// Whether a time starts here that is not just a variable.
pub(super) fn opens_time(input: Tokens<'_>) -> bool {
    input.is_word(0, "now") || is_edge(input)
}

/// Whether `start()` or `end()` is here.
fn is_edge(input: Tokens<'_>) -> bool {
    (input.is_word(0, "start") || input.is_word(0, "end")) && input.is_symbol(1, "(")
}

/// Parses a point in time, such as `now - 1h`; `-1h` is the same.
pub(super) fn time(input: Tokens<'_>) -> Parsed<'_, Time> {
    let (rest, kind) = if input.is_symbol(0, "-") {
        (input, TimeKind::Now)
    } else {
        alt((now, edge, plain_time)).parse(input)?
    };
    let (rest, shift) = shift(rest, &kind)?;
    Ok((rest, Time { kind, shift, place: rest.since(input) }))
}

fn now(input: Tokens<'_>) -> Parsed<'_, TimeKind> {
    let (rest, _) = word("now")(input)?;
    Ok((rest, TimeKind::Now))
}

/// Parses what is added to a time. After `cpu @ deploy`, a name after `-` is another
/// selection and no duration.
fn shift<'a>(input: Tokens<'a>, kind: &TimeKind) -> Parsed<'a, Option<Length>> {
    let is_length = match input.nth(1) {
        Some(TokenKind::Duration(_)) => true,
        Some(TokenKind::Name(_)) => {
            let ends = |symbol| input.is_symbol(2, symbol);
            *kind == TimeKind::Now || ends("..") || ends("]") || ends(":")
        }
        _ => *kind == TimeKind::Now,
    };
    if is_length && input.is_symbol(0, "-") {
        let (rest, shift) = signed_length(input)?;
        return Ok((rest, Some(shift)));
    }
    if is_length && input.is_symbol(0, "+") {
        let (rest, shift) = length(input.advance())?;
        return Ok((rest, Some(shift)));
    }
    if *kind == TimeKind::Now {
        input.wants(Expected::Symbol("-"));
    }
    Ok((input, None))
}

/// Parses `start()` or `end()`, the first or the last time of the data.
pub(super) fn edge(input: Tokens<'_>) -> Parsed<'_, TimeKind> {
    if !is_edge(input) {
        return input.miss(Expected::Time);
    }
    let kind = if input.is_word(0, "start") { TimeKind::Start } else { TimeKind::End };
    let (rest, _) = symbol(")")(input.advance().advance())?;
    Ok((rest, kind))
}

fn plain_time(input: Tokens<'_>) -> Parsed<'_, TimeKind> {
    let kind = match input.peek() {
        Some(TokenKind::Time(at)) => TimeKind::Literal(*at),
        // Seconds since the epoch, as in PromQL.
        Some(TokenKind::Number(seconds, Unit::None)) => {
            TimeKind::Literal(Timestamp((seconds * 1e9) as i64))
        }
        Some(TokenKind::Name(name)) => TimeKind::Variable(name.clone()),
        _ => return input.miss(Expected::Time),
    };
    Ok((input.advance(), kind))
}
