//! What a failed parse means to the one who typed it.
//!
//! Says what was found, what would be accepted, and one fix. The hand-written
//! hints come first, then what the grammar knew, then what it wanted.

use super::{hints, place};
use crate::diag::{Diagnostic, Place};
use crate::lang::expected::{Expected, one_of};
use crate::lang::lex::{Bad, Token, TokenKind};
use crate::lang::tokens::Trail;
use crate::lang::{text, verbs};

/// A message for each token that could not be read.
pub(super) fn unreadable(code: &str, tokens: &[Token]) -> Vec<Diagnostic> {
    if let Some(unquoted) = hints::unquoted(code, tokens) {
        return vec![unquoted];
    }
    let mut last = Place::default();
    let bad = tokens.iter().filter_map(|token| match &token.kind {
        TokenKind::Bad(bad) => {
            // `&&` is one mistake.
            let goes_on = last.end == token.place.start && last.start < last.end;
            last = token.place;
            (!goes_on).then(|| describe(code, tokens, bad, token.place))
        }
        _ => None,
    });
    // Text in another language is one mistake, not one for each of its letters.
    bad.take(3).collect()
}

fn describe(code: &str, tokens: &[Token], bad: &Bad, place: Place) -> Diagnostic {
    match bad {
        Bad::Character(c) => character(code, *c, place),
        Bad::Unclosed(quote) => {
            let end = hints::closing_quote(code, tokens, place);
            let end = Place::new(end, end);
            Diagnostic::error("unclosed-text", "the text is never closed")
                .at(place, "starts here")
                .fix(format!("close it with `{quote}` on the same line"), end, quote.to_string())
        }
        Bad::SmartQuotes(inner) => {
            let straight = text::quote(inner);
            Diagnostic::error("smart-quotes", "these are typographic quotes")
                .at(place, "from a word processor or a chat")
                .fix(format!("use straight ones: {straight}"), place, straight)
        }
        Bad::Number { why, fix } => {
            let literal = &code[place.start..place.end];
            let error =
                Diagnostic::error("bad-number", format!("`{literal}` cannot be read: {why}"))
                    .at(place, "");
            match unit_meant(literal) {
                Some(meant) => error.fix(format!("write `{meant}`"), place, meant),
                None => error.help(*fix),
            }
        }
    }
}

/// Units as other tools write them, and ours.
const UNITS: [(&str, &str); 21] = [
    ("day", "d"),
    ("days", "d"),
    ("gb", "GB"),
    ("hour", "h"),
    ("hours", "h"),
    ("hr", "h"),
    ("kb", "kB"),
    ("kib", "KiB"),
    ("KB", "kB"),
    ("mb", "MB"),
    ("mib", "MiB"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("sec", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("secs", "s"),
    ("week", "w"),
    ("weeks", "w"),
];

/// `5m` for `5min`.
fn unit_meant(literal: &str) -> Option<String> {
    let unit = literal.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &literal[..literal.len() - unit.len()];
    let (_, ours) = UNITS.iter().find(|(theirs, _)| *theirs == unit)?;
    (!digits.is_empty()).then(|| format!("{digits}{ours}"))
}

fn character(code: &str, c: char, place: Place) -> Diagnostic {
    let shown = c.escape_debug();
    let error = Diagnostic::error("bad-character", format!("`{shown}` means nothing here"))
        .at(place, "not a character of the language");
    if let Some(ours) = looks_like(c) {
        return error.fix(format!("it looks like `{ours}`: write that"), place, ours.to_string());
    }
    if c == '!' {
        return error.fix("write `not`, or `!=` and `!~` to compare", place, "not ");
    }
    if code[place.start..].starts_with("&&") {
        let both = Place::new(place.start, place.end + 1);
        return error.fix("write `and`", both, "and");
    }
    error.help(character_help(c))
}

/// The sign of the language that a sign of another keyboard looks like.
fn looks_like(c: char) -> Option<char> {
    match c {
        // Full-width forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0),
        '\u{2223}' | '\u{2502}' | '\u{ffe8}' | '\u{a6}' | '\u{23d0}' => Some('|'),
        '\u{2013}' | '\u{2014}' | '\u{2212}' | '\u{2010}' | '\u{2011}' => Some('-'),
        '\u{d7}' => Some('*'),
        '\u{f7}' => Some('/'),
        '\u{37e}' => Some(';'),
        '\u{3001}' => Some(','),
        _ => None,
    }
}

fn character_help(c: char) -> &'static str {
    match c {
        '%' => "`%` belongs to a number: `5%`",
        '&' => "write `and`",
        '$' => "a variable is written without `$`",
        '.' => "quote text that holds a point: \"json.*\"",
        '^' | '\\' => "quote a regex: ~\"^runtime\"",
        _ => "quote it, if it is part of a text",
    }
}

/// What is wrong with the statement.
pub(super) fn explain(
    code: &str,
    tokens: &[Token],
    trail: &Trail,
    known: Option<Diagnostic>,
) -> Diagnostic {
    if let Some(hint) = hints::recognise(code, tokens) {
        return hint;
    }
    if let Some(known) = known {
        return known;
    }
    let (at, expected) = trail.furthest();
    if at >= tokens.len() {
        return at_end(tokens, &expected);
    }
    unopened(code, tokens, at)
        .or_else(|| interrupted(tokens, at))
        .or_else(|| missing_pipe(code, tokens, at))
        .unwrap_or_else(|| unexpected(code, tokens, at, &expected))
}

/// The statement ends too early.
fn at_end(tokens: &[Token], expected: &[Expected]) -> Diagnostic {
    let end = place(tokens).end;
    let behind = Place::new(end, end);
    let wanted = one_of(expected);
    if let Some((open, closing)) = unclosed(tokens) {
        return Diagnostic::error(
            "unclosed",
            format!("a bracket is never closed with `{closing}`"),
        )
        .at(behind, format!("expected {wanted}"))
        .related(open, "opened here")
        .fix(format!("add `{closing}`"), behind, closing);
    }
    let error =
        Diagnostic::error("incomplete", format!("the statement ends where {wanted} is expected"))
            .at(behind, "");
    with_usage(error, tokens, tokens.len())
}

/// The innermost bracket that is open at the end, and what closes it.
fn unclosed(tokens: &[Token]) -> Option<(Place, &'static str)> {
    let mut open = Vec::new();
    for token in tokens {
        match token.kind {
            TokenKind::Symbol("(") => open.push((token.place, ")")),
            TokenKind::Symbol("[") => open.push((token.place, "]")),
            TokenKind::Symbol("{") => open.push((token.place, "}")),
            TokenKind::Symbol(")" | "]" | "}") => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

/// A `|` inside brackets where no query can stand, as in `by (pod | top`.
fn interrupted(tokens: &[Token], at: usize) -> Option<Diagnostic> {
    if tokens[at].kind != TokenKind::Symbol("|") {
        return None;
    }
    let (open, closing) = unclosed(&tokens[..at])?;
    if closing == ")" && !can_end(&tokens[at - 1]) {
        return None;
    }
    let end = tokens[at - 1].place.end;
    let behind = Place::new(end, end);
    Some(
        Diagnostic::error("unclosed", format!("a bracket is never closed with `{closing}`"))
            .at(behind, format!("`{closing}` is missing"))
            .related(open, "opened here")
            .fix(format!("add `{closing}`"), behind, closing),
    )
}

/// A closing bracket where none is open.
fn unopened(code: &str, tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let TokenKind::Symbol(")" | "]" | "}") = tokens[at].kind else { return None };
    if unclosed(&tokens[..at]).is_some() {
        return None;
    }
    let place = tokens[at].place;
    let bracket = &code[place.start..place.end];
    Some(
        Diagnostic::error("unclosed", format!("nothing opens this `{bracket}`"))
            .at(place, "closes nothing")
            .fix("remove it", place, ""),
    )
}

/// `cpu flame`: a verb where the grammar is done with what came before.
fn missing_pipe(code: &str, tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let TokenKind::Name(name) = &tokens[at].kind else { return None };
    let spec = verbs::find(name)?;
    if at == 0 || !can_end(&tokens[at - 1]) {
        return None;
    }
    let place = tokens[at].place;
    let before = Place::new(place.start, place.start);
    let previous = &code[tokens[at - 1].place.start..tokens[at - 1].place.end];
    let previous = if previous.len() > 1 { format!("{previous} ") } else { String::new() };
    Some(
        Diagnostic::error("missing-pipe", format!("a `|` is missing before `{}`", spec.name))
            .at(place, "verbs stand after `|`")
            .fix(format!("write `{previous}| {}`", spec.name), before, "| "),
    )
}

/// Whether a query may end with this token.
fn can_end(token: &Token) -> bool {
    match token.kind {
        TokenKind::Symbol(symbol) => matches!(symbol, ")" | "]" | "}"),
        _ => true,
    }
}

fn unexpected(code: &str, tokens: &[Token], at: usize, expected: &[Expected]) -> Diagnostic {
    let place = tokens[at].place;
    let found = &code[place.start..place.end];
    let wanted = one_of(expected);
    let error =
        Diagnostic::error("unexpected", format!("expected {wanted}, found `{}`", shortened(found)))
            .at(place, "cannot stand here");
    with_usage(error, tokens, at)
}

fn shortened(found: &str) -> String {
    if found.chars().count() <= 40 {
        return found.to_owned();
    }
    found.chars().take(37).chain("...".chars()).collect()
}

/// Adds how the verb around the failure is written.
fn with_usage(error: Diagnostic, tokens: &[Token], at: usize) -> Diagnostic {
    let before = &tokens[..at];
    let verb = before
        .iter()
        .rposition(|token| token.kind == TokenKind::Symbol("|"))
        .map_or(0, |pipe| pipe + 1);
    let Some(TokenKind::Name(name)) = before.get(verb).map(|token| &token.kind) else {
        return error;
    };
    let Some(spec) = verbs::find(name) else { return error };
    let example = spec.examples.first().copied().unwrap_or_default();
    error.help(format!("it is written `{}`: {example}", spec.signature))
}
