//! Habits from other languages, recognised, and what they are here.
//!
//! One file per habit. What no query can mean is asked for first, [`certain`]; the
//! rest only once a statement has failed, [`recognise`], so that nothing here can
//! refuse a query that is right. A hint that knows the answer carries it as a patch.

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

/// More tokens than anybody types: hints look ahead, which is not for what a program wrote.
const LONGEST: usize = 1000;

/// What the statement is, where no query can mean it; nothing if one can.
pub(super) fn certain(code: &str, tokens: &[Token]) -> Vec<Diagnostic> {
    if tokens.len() > LONGEST {
        return Vec::new();
    }
    let whole = sql::recognise(code, tokens)
        .or_else(|| pprof::recognise(code, tokens))
        .or_else(|| typos::comment(tokens));
    whole.map_or_else(|| times::recognise(code, tokens), |hint| vec![hint])
}

/// What a statement that failed looks like it was meant to be.
pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    if tokens.len() > LONGEST {
        return None;
    }
    kql::recognise(code, tokens)
        .or_else(|| logql::recognise(code, tokens))
        .or_else(|| promql::recognise(code, tokens))
        .or_else(|| calls::recognise(code, tokens))
        .or_else(|| quoting::braceless(code, tokens))
        .or_else(|| typos::recognise(code, tokens))
}

/// The word, if the token is one.
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

/// What stands between the parentheses that open here.
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

/// The parts between the commas that stand in no brackets.
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

/// From the first token to the last one.
fn place(tokens: &[Token]) -> Place {
    super::place(tokens)
}

fn text<'a>(code: &'a str, tokens: &[Token]) -> &'a str {
    let place = place(tokens);
    &code[place.start..place.end]
}

/// Labels after `by`, with or without parentheses: the labels as `(a, b)`, and the
/// number of tokens they took.
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
