//! Explains a failed parse to the user.
//!
//! A message says what was found, what would be accepted, and one fix. A hand-written
//! hint takes precedence over a mistake that a grammar rule recognised, and both over
//! the list of what the grammar expected.

use super::{hints, place, units};
use crate::diag::{Diagnostic, Place};
use crate::lang::expected::{Expected, one_of};
use crate::lang::lex::{Bad, Token, TokenKind};
use crate::lang::tokens::Trail;
use crate::lang::{text, verbs};

/// Returns a message for each unreadable token.
pub(super) fn unreadable(code: &str, tokens: &[Token]) -> Vec<Diagnostic> {
    if let Some(unquoted) = hints::unquoted(code, tokens) {
        return vec![unquoted];
    }
    let mut last = Place::default();
    let bad = tokens.iter().filter_map(|token| match &token.kind {
        TokenKind::Bad(bad) => {
            // Adjacent unreadable tokens such as `&&` are one mistake.
            let goes_on = last.end == token.place.start && last.start < last.end;
            last = token.place;
            (!goes_on).then(|| describe(code, tokens, bad, token.place))
        }
        _ => None,
    });
    // Text in another script would otherwise give a message for each letter.
    bad.take(3).collect()
}

fn describe(code: &str, tokens: &[Token], bad: &Bad, place: Place) -> Diagnostic {
    match bad {
        Bad::Character(c) => character(code, *c, place),
        Bad::Unclosed(quote) => {
            let end = hints::closing_quote(code, tokens, place);
            let end = Place::new(end, end);
            Diagnostic::error("unclosed-text", "the closing quote is missing")
                .at(place, "starts here")
                .fix(format!("close it with `{quote}` on the same line"), end, quote.to_string())
        }
        Bad::SmartQuotes(inner) => {
            let straight = text::quote(inner);
            Diagnostic::error("smart-quotes", "these are typographic quotes")
                .at(place, "from a word processor or a chat")
                .fix(format!("use straight ones: {straight}"), place, straight)
        }
        Bad::Parameter(name) => {
            Diagnostic::error("unknown-parameter", format!("`{name}` has no value for a query"))
                .at(place, "not a variable of the front end, or of another type")
                .help("assign a text, a number, a bool, a time, a duration or a list of these")
        }
        Bad::Number { why, fix } => {
            let literal = &code[place.start..place.end];
            let error =
                Diagnostic::error("bad-number", format!("`{literal}` cannot be read: {why}"))
                    .at(place, "");
            if place.start > 0 && names_a_variable(tokens, place) {
                let meant = format!("_{literal}");
                return Diagnostic::error("reserved", "a name starts with a letter")
                    .at(place, "starts with a digit")
                    .fix(format!("write `{meant}`"), place, meant);
            }
            match units::rewritten(literal) {
                Some(meant) => error.fix(format!("write `{meant}`"), place, meant),
                None => error.help(*fix),
            }
        }
    }
}

/// Whether the token stands after `let`.
fn names_a_variable(tokens: &[Token], place: Place) -> bool {
    let at = tokens.iter().position(|token| token.place == place);
    at == Some(1) && matches!(&tokens[0].kind, TokenKind::Name(word) if &**word == "let")
}

fn character(code: &str, c: char, place: Place) -> Diagnostic {
    let shown = c.escape_debug();
    let error = Diagnostic::error("bad-character", format!("`{shown}` has no meaning here"))
        .at(place, "not a character of the language");
    if let Some(ours) = looks_like(c) {
        return error.fix(format!("it looks like `{ours}`; use that"), place, ours.to_string());
    }
    if c == '!' {
        return error.fix("write `not`, or `!=` and `!~` to compare", place, "not ");
    }
    if code[place.start..].starts_with("&&") {
        let both = Place::new(place.start, place.end + 1);
        return error.fix("write `and`", both, "and");
    }
    match c {
        '%' => error.help("a percentage follows its number: `5%`"),
        '&' => error.help("a condition is joined by `and`"),
        '$' => error.help("a variable is written without the sign, and set by `let`"),
        '.' => error.help("text with a dot needs quotes: `focus \"runtime.*\"`"),
        '^' | '\\' => error.help("a regex is in quotes after `~`: `focus ~\"^runtime\"`"),
        _ => error.help("text needs quotes: `focus \"runtime.*\"`"),
    }
}

/// The ASCII character that a character of another keyboard resembles.
fn looks_like(c: char) -> Option<char> {
    match c {
        // Full-width forms have the same order as ASCII.
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

/// Explains what is wrong with a statement.
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

/// Explains a statement that ends too early.
fn at_end(tokens: &[Token], expected: &[Expected]) -> Diagnostic {
    let end = place(tokens).end;
    let after = Place::new(end, end);
    let wanted = one_of(expected);
    let unclosed = unclosed(tokens);
    if let Some((open, closing)) = unclosed
        && expected.contains(&Expected::Symbol(closing))
    {
        return Diagnostic::error("unclosed", format!("a bracket is not closed with `{closing}`"))
            .at(after, format!("expected {wanted}"))
            .related(open, "opened here")
            .fix(format!("add `{closing}`"), after, closing);
    }
    let error =
        Diagnostic::error("incomplete", format!("the statement ends where {wanted} is expected"))
            .at(after, "");
    match unclosed {
        Some((open, closing)) => error
            .related(open, "opened here")
            .help(format!("go on, and close the bracket with `{closing}`")),
        None => with_usage(error, tokens, tokens.len()),
    }
}

/// The innermost unclosed bracket, and the bracket that closes it.
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

/// Explains a `|` inside an unclosed bracket, as in `by (pod | top`.
fn interrupted(tokens: &[Token], at: usize) -> Option<Diagnostic> {
    if tokens[at].kind != TokenKind::Symbol("|") {
        return None;
    }
    let (open, closing) = unclosed(&tokens[..at])?;
    if closing == ")" && !can_end(&tokens[at - 1]) {
        return None;
    }
    let end = tokens[at - 1].place.end;
    let after = Place::new(end, end);
    Some(
        Diagnostic::error("unclosed", format!("a bracket is not closed with `{closing}`"))
            .at(after, format!("`{closing}` is missing"))
            .related(open, "opened here")
            .fix(format!("add `{closing}`"), after, closing),
    )
}

/// Explains a closing bracket without an opening one.
fn unopened(code: &str, tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let TokenKind::Symbol(")" | "]" | "}") = tokens[at].kind else { return None };
    if unclosed(&tokens[..at]).is_some() {
        return None;
    }
    let place = tokens[at].place;
    let bracket = &code[place.start..place.end];
    Some(
        Diagnostic::error("unclosed", format!("this `{bracket}` has no opening bracket"))
            .at(place, "closes nothing")
            .fix("remove it", place, ""),
    )
}

/// Explains a verb without its `|`: `cpu flame`.
fn missing_pipe(code: &str, tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let TokenKind::Name(name) = &tokens[at].kind else { return None };
    let spec = verbs::find(name)?;
    if at == 0 || !can_end(&tokens[at - 1]) {
        return None;
    }
    let place = tokens[at].place;
    let before = Place::new(place.start, place.start);
    let end = tokens[at..].iter().position(|token| token.kind == TokenKind::Symbol("|"));
    let stage = &tokens[at..end.map_or(tokens.len(), |end| at + end)];
    let written = &code[place.start..stage.last().map_or(place.end, |last| last.place.end)];
    Some(
        Diagnostic::error("missing-pipe", format!("a `|` is missing before `{}`", spec.name))
            .at(place, "verbs come after `|`")
            .fix(format!("write `| {written}`"), before, "| "),
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
            .at(place, "not allowed here");
    with_usage(error, tokens, at)
}

fn shortened(found: &str) -> String {
    if found.chars().count() <= 40 {
        return found.to_owned();
    }
    found.chars().take(37).chain("...".chars()).collect()
}

/// Adds the syntax of the verb whose stage failed.
fn with_usage(error: Diagnostic, tokens: &[Token], at: usize) -> Diagnostic {
    let before = &tokens[..at];
    if let [first, ..] = before
        && let TokenKind::Name(name) = &first.kind
        && verbs::find(name).is_none()
        && !super::KEYWORDS.contains(&&**name)
        && at == 1
        && matches!(tokens.get(1).map(|token| &token.kind), Some(TokenKind::Name(_)))
    {
        return error.help("a query names a profile type, then verbs after `|`: `cpu | top`");
    }
    let verb = before
        .iter()
        .rposition(|token| token.kind == TokenKind::Symbol("|"))
        .map_or(0, |pipe| pipe + 1);
    let Some(TokenKind::Name(name)) = before.get(verb).map(|token| &token.kind) else {
        return error;
    };
    let Some(spec) = verbs::find(name) else { return error };
    let example = spec.examples.first().copied().unwrap_or_default();
    error.help(format!("the syntax is `{}`: `{example}`", spec.signature))
}
