//! Hints for missing or unclosed quotes and braces.

use super::is_symbol;
use crate::diag::{Diagnostic, Place};
use crate::lang::lex::{Bad, Token, TokenKind};
use crate::lang::text::quote;
use crate::lang::verbs;

/// Reports text without quotes: `focus json.*`, `use profiles/*.pb.gz`, `{version=1.2.3}`.
pub(in crate::lang::parse) fn unquoted(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let bad =
        tokens.iter().find(|token| matches!(token.kind, TokenKind::Bad(Bad::Character(_))))?;
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '|' | ',' | '}' | ')' | '=' | '{' | ';' | '"' | '\'')
    };
    let start = code[..bad.place.start].rfind(ends).map_or(0, |at| at + 1);
    let length = code[bad.place.end..].find(ends).unwrap_or(code.len() - bad.place.end);
    let place = Place::new(start, bad.place.end + length);
    let before = tokens.iter().rev().find(|token| token.place.end <= start)?;
    let wants_text = match &before.kind {
        TokenKind::Symbol(symbol) => {
            matches!(*symbol, "=" | "==" | "!=" | "=~" | "!~" | ">>" | "~")
        }
        TokenKind::Name(word) => {
            &**word == "use" || verbs::find(word).is_some_and(|spec| spec.shape.is_text())
        }
        _ => false,
    };
    if !code.is_char_boundary(start) || !wants_text {
        return None;
    }
    let quoted = quote(&code[place.start..place.end]);
    Some(
        Diagnostic::error("unquoted", "this text needs quotes")
            .at(place, "quotes are missing")
            .fix(format!("quote it: {quoted}"), place, quoted),
    )
}

/// Reports frame fields without braces: `hide package="runtime"`.
pub(super) fn braceless(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let fields = tokens.windows(4).find(|window| {
        let [verb, field, operator, value] = window else { return false };
        let TokenKind::Name(verb) = &verb.kind else { return false };
        let is_pattern = verbs::find(verb).is_some_and(|spec| spec.shape.is_pattern());
        is_pattern
            && matches!(field.kind, TokenKind::Name(_))
            && matches!(operator.kind, TokenKind::Symbol("=" | "==" | "!=" | "=~" | "!~"))
            && matches!(value.kind, TokenKind::Text(_))
    })?;
    let place = fields[1].place.to(fields[3].place);
    let braced = format!("{{{}}}", &code[place.start..place.end]);
    Some(
        Diagnostic::error("unexpected", "fields of a frame need braces")
            .at(place, "without braces")
            .fix(format!("write `{braced}`"), place, braced),
    )
}

/// Guesses where an unclosed string should end: before a bracket or a `|` that continues
/// the query, or else at the end of the line.
pub(in crate::lang::parse) fn closing_quote(code: &str, tokens: &[Token], open: Place) -> usize {
    let inside = &code[open.start + 1..open.end];
    let before: Vec<&Token> = tokens.iter().filter(|t| t.place.end <= open.start).collect();
    let last = before.last().copied();
    let is_value = ["=", "==", "!=", "=~", "!~"].iter().any(|op| is_symbol(last, op));
    let ends = |c: char| matches!(c, '}' | ',') && is_value || c == '|';
    let end = inside.find(ends).unwrap_or(inside.len());
    open.start + 1 + inside[..end].trim_end().len()
}
