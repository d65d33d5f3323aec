//! Hints for users of other languages: recognises foreign syntax and suggests ours.
//!
//! One file per kind. [`certain`] runs first and finds syntax that cannot be a query.
//! [`recognise`] runs only after a statement failed, so that no hint can reject a valid
//! query. A hint that knows the right query offers it as a patch.

mod baselines;
mod calls;
mod files;
mod kql;
mod logql;
mod pprof;
mod prompt;
mod promql;
mod quoting;
mod ranges;
mod sql;
mod times;
mod typos;
mod words;

use crate::diag::{Diagnostic, Place};
use crate::lang::lex::{Token, TokenKind};
use crate::lang::verbs::{self, Shape};

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
        .or_else(|| files::recognise(code, tokens))
        .or_else(|| typos::comment(tokens));
    whole.map_or_else(|| times::recognise(code, tokens), |hint| vec![hint])
}

/// Guesses what a failed statement was meant to be.
pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    if tokens.len() > MAX_TOKENS {
        return None;
    }
    ranges::recognise(code, tokens)
        .or_else(|| kql::recognise(code, tokens))
        .or_else(|| words::recognise(code, tokens))
        .or_else(|| baselines::recognise(code, tokens))
        .or_else(|| logql::recognise(code, tokens))
        .or_else(|| promql::matching(code, tokens))
        .or_else(|| promql::recognise(code, tokens))
        .or_else(|| calls::recognise(code, tokens))
        .or_else(|| quoting::braceless(code, tokens))
        .or_else(|| quoting::path(code, tokens))
        .or_else(|| typos::recognise(code, tokens))
}

/// The stages for a word of another tool that stands alone as a query: `web`, `top10`,
/// `flamegraph`.
pub fn stages_of(name: &str) -> Option<String> {
    let draws = |verb: &&str| verbs::find(verb).is_some_and(|spec| spec.shape == Shape::Nothing);
    prompt::stages_of(name).or_else(|| words::verb_of(name).filter(draws).map(str::to_owned))
}

/// All words of other tools that a hint knows. The reference has a mistake with each.
pub fn foreign_words() -> Vec<&'static str> {
    let mut words: Vec<&str> = words::WORDS.iter().map(|(word, _)| *word).collect();
    words.extend(words::TAGS.iter().map(|(word, _)| *word));
    words.extend(prompt::COMMANDS.iter().map(|(command, _, _)| *command));
    words.extend(promql::OVER_RANGE.iter().chain(&promql::LISTS).map(|(name, _)| *name));
    words.extend(promql::AGGREGATIONS.iter().chain(&promql::RANKINGS).chain(&promql::QUANTILES));
    words.extend(words::SEARCHES.iter().chain(&kql::GROUPINGS).chain(&kql::HEADS));
    words.extend(kql::DISTINCT.iter().chain(&kql::ORDERINGS).chain(&baselines::VERSUS));
    words.extend(typos::KEYWORDS.iter().map(|(word, _)| *word));
    words.extend(super::units::UNITS.iter().map(|(unit, _)| *unit));
    words.sort_unstable();
    words.dedup();
    words
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

/// The stage that makes a table of what these tokens give, if that is not one already.
fn to_table(before: &[Token]) -> &'static str {
    const TABLES: [&str; 12] = [
        "top",
        "table",
        "types",
        "labels",
        "values",
        "functions",
        "profiles",
        "describe",
        "select",
        "sort",
        "take",
        "extend",
    ];
    let starts = |at: &usize| *at == 0 || is_symbol(before.get(at - 1), "|");
    let verbs = (0..before.len()).filter(starts).filter_map(|at| word(&before[at]));
    verbs.fold("top 20 | ", |needed, verb| match verb {
        "diff" => "",
        "by" | "without" | "sum" | "avg" | "max" | "min" | "count" => "table | ",
        "series" => "table | ",
        verb if TABLES.contains(&verb) => "",
        _ => needed,
    })
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
