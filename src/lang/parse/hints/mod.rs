//! Hints for users of other languages: recognises foreign syntax and suggests ours.
//!
//! One file per kind. [`certain`] runs first and finds syntax that cannot be a query.
//! [`recognise`] runs only after a statement failed, so that no hint can reject a valid
//! query. A hint that knows the right query offers it as a patch.

mod calls;
mod kql;
mod logql;
mod pprof;
mod promql;
mod quoting;
mod sql;
mod times;
mod typos;

use crate::diag::{Diagnostic, Place};
use crate::lang::lex::{Token, TokenKind};

pub(super) use quoting::{closing_quote, unquoted};

/// Longer statements get no hints: they were generated, and looking ahead takes too long.
const MAX_TOKENS: usize = 1000;

/// Finds syntax that cannot be part of any query.
pub(super) fn certain(code: &str, tokens: &[Token]) -> Vec<Diagnostic> {
    if tokens.len() > MAX_TOKENS {
        return Vec::new();
    }
    let whole = sql::recognise(code, tokens)
        .or_else(|| pprof::recognise(code, tokens))
        .or_else(|| typos::comment(tokens));
    whole.map_or_else(|| times::recognise(code, tokens), |hint| vec![hint])
}

/// Guesses what a failed statement was meant to be.
pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    if tokens.len() > MAX_TOKENS {
        return None;
    }
    kql::recognise(code, tokens)
        .or_else(|| logql::recognise(code, tokens))
        .or_else(|| promql::recognise(code, tokens))
        .or_else(|| calls::recognise(code, tokens))
        .or_else(|| quoting::braceless(code, tokens))
        .or_else(|| typos::recognise(code, tokens))
}

/// The word, if the token is a name.
fn word(token: &Token) -> Option<&str> {
    match &token.kind {
        TokenKind::Name(name) => Some(name),
        _ => None,
    }
}

fn is_word(token: Option<&Token>, wanted: &str) -> bool {
    token.and_then(word) == Some(wanted)
}

fn is_symbol(token: Option<&Token>, wanted: &str) -> bool {
    matches!(token.map(|token| &token.kind), Some(TokenKind::Symbol(symbol)) if *symbol == wanted)
}

/// The tokens inside the parentheses that open here.
fn parenthesised(tokens: &[Token]) -> Option<&[Token]> {
    if !is_symbol(tokens.first(), "(") {
        return None;
    }
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Symbol("(") => depth += 1,
            TokenKind::Symbol(")") => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&tokens[1..at]);
        }
    }
    None
}

/// Splits tokens at commas outside of brackets.
fn at_commas(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0usize;
    let parts = tokens.split(|token| {
        match token.kind {
            TokenKind::Symbol("(" | "[" | "{") => depth += 1,
            TokenKind::Symbol(")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.kind == TokenKind::Symbol(",")
    });
    parts.collect()
}

/// The place from the first token to the last one.
fn place(tokens: &[Token]) -> Place {
    super::place(tokens)
}

fn text<'a>(code: &'a str, tokens: &[Token]) -> &'a str {
    let place = place(tokens);
    &code[place.start..place.end]
}

/// Reads labels after `by`, with or without parentheses. Returns them as `(a, b)`, with
/// the number of their tokens.
fn labels(code: &str, tokens: &[Token]) -> Option<(String, usize)> {
    if let Some(inner) = parenthesised(tokens) {
        return Some((format!("({})", text(code, inner)), inner.len() + 2));
    }
    let mut length = 0;
    while tokens.get(length).is_some_and(|token| word(token).is_some()) {
        length += 1;
        if !is_symbol(tokens.get(length), ",") {
            return Some((format!("({})", text(code, &tokens[..length])), length));
        }
        length += 1;
    }
    None
}
