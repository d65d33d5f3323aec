//! Parses frame patterns: predicates over the path from the root to a frame.

use nom::Parser;
use nom::combinator::opt;

use super::selector;
use super::statement::KEYWORDS;
use crate::lang::ast::{Anchor, FramePattern, Link, Pattern, PatternKind, Step};
use crate::lang::expected::Expected;
use crate::lang::lex::TokenKind;
use crate::lang::tokens::{Parsed, Tokens, symbol, word};

/// Parses a pattern.
pub(super) fn pattern(input: Tokens<'_>) -> Parsed<'_, Pattern> {
    chain(input, "or", p_and, PatternKind::Or)
}

fn p_and(input: Tokens<'_>) -> Parsed<'_, Pattern> {
    chain(input, "and", p_not, PatternKind::And)
}

/// Parses one or more patterns, joined by a word such as `and`.
fn chain<'a>(
    input: Tokens<'a>,
    joint: &'static str,
    part: fn(Tokens<'a>) -> Parsed<'a, Pattern>,
    join: fn(Vec<Pattern>) -> PatternKind,
) -> Parsed<'a, Pattern> {
    let (mut rest, first) = part(input)?;
    let mut parts = vec![first];
    while let (after, Some(_)) = opt(word(joint)).parse(rest)? {
        let (after, next) = part(after)?;
        parts.push(next);
        rest = after;
    }
    if parts.len() == 1 {
        return Ok((rest, parts.remove(0)));
    }
    Ok((rest, Pattern { kind: join(parts), place: rest.since(input) }))
}

fn p_not(input: Tokens<'_>) -> Parsed<'_, Pattern> {
    if !input.is_word(0, "not") {
        return path(input);
    }
    let (rest, inner) = input.advance().deeper(p_not)?;
    Ok((rest, Pattern { kind: PatternKind::Not(Box::new(inner)), place: rest.since(input) }))
}

fn path(input: Tokens<'_>) -> Parsed<'_, Pattern> {
    let (mut rest, first) = step(input, Link::Below)?;
    let mut steps = vec![first];
    while let Some((after, link)) = link(rest) {
        let (after, next) = step(after, link)?;
        steps.push(next);
        rest = after;
    }
    Ok((rest, Pattern { kind: PatternKind::Path(steps), place: rest.since(input) }))
}

fn link(input: Tokens<'_>) -> Option<(Tokens<'_>, Link)> {
    let link = match input.peek() {
        Some(TokenKind::Symbol(">>")) => Link::Below,
        Some(TokenKind::Symbol(">")) => Link::Direct,
        _ => {
            input.wants(Expected::Symbol(">>"));
            return None;
        }
    };
    Some((input.advance(), link))
}

fn step(input: Tokens<'_>, link: Link) -> Parsed<'_, Step> {
    let (rest, anchor) = if input.is_word(0, "root") {
        (input.advance(), Anchor::Root)
    } else if input.is_word(0, "leaf") {
        (input.advance(), Anchor::Leaf)
    } else {
        (input, Anchor::Anywhere)
    };
    let (rest, frame) = frame(rest)?;
    Ok((rest, Step { link, anchor, frame, place: rest.since(input) }))
}

fn frame(input: Tokens<'_>) -> Parsed<'_, FramePattern> {
    let rest = input.advance();
    match input.peek() {
        Some(TokenKind::Text(glob)) => Ok((rest, FramePattern::Glob(glob.clone()))),
        Some(TokenKind::Name(name)) if !KEYWORDS.contains(&&**name) => {
            Ok((rest, FramePattern::Variable(name.clone())))
        }
        Some(TokenKind::Symbol("~")) => regex(rest),
        Some(TokenKind::Symbol("{")) => {
            let (rest, fields) = selector::fields(input)?;
            Ok((rest, FramePattern::Fields(fields)))
        }
        Some(TokenKind::Symbol("(")) => {
            let (rest, inner) = rest.deeper(pattern)?;
            let (rest, _) = symbol(")")(rest)?;
            Ok((rest, FramePattern::Group(Box::new(inner))))
        }
        _ => input.miss(Expected::Frame),
    }
}

fn regex(input: Tokens<'_>) -> Parsed<'_, FramePattern> {
    let frame = match input.peek() {
        Some(TokenKind::Text(regex)) => FramePattern::Regex(regex.clone()),
        Some(TokenKind::Name(name)) => FramePattern::RegexVariable(name.clone()),
        _ => return input.miss(Expected::Frame),
    };
    Ok((input.advance(), frame))
}

/// Whether the text here may start a pattern. A name alone does not count, because it
/// is parsed as an expression.
pub(super) fn opens(input: Tokens<'_>) -> bool {
    let mut rest = input;
    while rest.is_symbol(0, "(") || rest.is_word(0, "not") {
        rest = rest.advance();
    }
    match rest.peek() {
        Some(TokenKind::Text(_) | TokenKind::Symbol("~" | "{")) => true,
        _ => rest.is_word(0, "root") || rest.is_word(0, "leaf"),
    }
}

/// Whether the pattern is just a string.
pub(super) fn is_text(pattern: &Pattern) -> bool {
    match &pattern.kind {
        PatternKind::Path(steps) => match &steps[..] {
            [Step { anchor: Anchor::Anywhere, frame: FramePattern::Glob(_), .. }] => true,
            [Step { anchor: Anchor::Anywhere, frame: FramePattern::Group(inner), .. }] => {
                is_text(inner)
            }
            _ => false,
        },
        _ => false,
    }
}
