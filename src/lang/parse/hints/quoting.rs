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
    let length = length(&code[bad.place.end..], ends, 0);
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
    let written = &code[place.start..place.end];
    let is_pattern = matches!(&before.kind, TokenKind::Name(word)
        if verbs::find(word).is_some_and(|spec| spec.shape.is_pattern()));
    Some(needs_quotes(place, written, is_pattern))
}

/// A part of a function's name becomes a glob.
fn needs_quotes(place: Place, written: &str, is_pattern: bool) -> Diagnostic {
    // A star inside belongs to a method of Go: `main.(*T).f`.
    let is_part = is_pattern && !written.starts_with('*') && !written.ends_with('*');
    let quoted = quote(&if is_part { format!("*{written}*") } else { written.to_owned() });
    Diagnostic::error("unquoted", "this text needs quotes").at(place, "quotes are missing").fix(
        format!("quote it: {quoted}"),
        place,
        quoted,
    )
}

/// The bytes up to one that ends a text; brackets inside it are closed: `main.(*T).f`.
fn length(code: &str, ends: impl Fn(char) -> bool, open: usize) -> usize {
    let mut depth = open;
    let end = code.find(|c: char| {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => {
                depth -= 1;
                return false;
            }
            _ => {}
        }
        ends(c)
    });
    end.unwrap_or(code.len())
}

/// Reports a path without quotes: `focus encoding/json`, `use demo`.
pub(super) fn path(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(2).position(|pair| {
        let TokenKind::Name(word) = &pair[0].kind else { return false };
        let wants = verbs::find(word).is_some_and(|spec| spec.shape.is_text()) || &**word == "use";
        wants && matches!(pair[1].kind, TokenKind::Name(_))
    })?;
    let glued = tokens[at + 1..].windows(2);
    let glued = glued.take_while(|pair| pair[0].place.end == pair[1].place.start).count();
    let whole = super::place(&tokens[at + 1..=at + 1 + glued]);
    let is_use = super::is_word(tokens.get(at), "use");
    (is_use || code[whole.start..whole.end].contains('/')).then(|| {
        let written = &code[whole.start..whole.end];
        let named = if written == "demo" { "demo:" } else { written };
        needs_quotes(whole, named, !is_use)
    })
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
