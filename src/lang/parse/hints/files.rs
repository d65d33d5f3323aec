//! Hints for names of files outside of quotes: `top cpu.pb.gz`, `cpu > top.svg`.

use super::{is_symbol, is_word, place};
use crate::diag::{Diagnostic, Place};
use crate::lang::lex::{Bad, Token, TokenKind};
use crate::lang::text::quote;
use crate::lang::verbs;

/// The ends of names of profiles.
const PROFILES: [&str; 8] =
    [".pb.gz", ".pprof", ".prof", ".pb", ".jfr", ".folded", ".collapsed", ".flamestore"];
/// The ends of names of pictures and tables.
const RESULTS: [&str; 7] = [".svg", ".png", ".html", ".csv", ".json", ".md", ".folded"];

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    if let [demo, colon] = tokens
        && is_word(Some(demo), "demo")
        && is_symbol(Some(colon), ":")
    {
        return Some(opened(code, &[], place(tokens)));
    }
    let bad = tokens.iter().position(|token| {
        matches!(token.kind, TokenKind::Bad(Bad::Character('.'))) || is_symbol(Some(token), "/")
    })?;
    let ends =
        |c: char| c.is_whitespace() || matches!(c, '|' | '(' | ')' | '>' | '"' | ';' | ',' | '=');
    let at = tokens[bad].place.start;
    let start = code[..at].rfind(ends).map_or(0, |before| before + 1);
    let end = code[at..].find(ends).map_or(code.len(), |length| at + length);
    let path = code.get(start..end)?;
    let before: Vec<&Token> = tokens.iter().filter(|token| token.place.end <= start).collect();
    let behind = tokens.iter().any(|token| token.place.start >= end);
    let is = |kinds: &[&str]| kinds.iter().any(|end| path.ends_with(end));
    let last = before.last().copied();
    if is_symbol(last, ">") && is(&RESULTS) && before.len() > 1 && !behind {
        return Some(redirected(code, tokens, last?.place, path));
    }
    let is_stage = before.iter().all(|token| match &token.kind {
        TokenKind::Name(name) => verbs::find(name).is_some() || &**name == "cpu",
        TokenKind::Symbol(symbol) => *symbol == "|",
        _ => false,
    });
    (is(&PROFILES) && !behind && is_stage).then(|| opened(code, &before, Place::new(start, end)))
}

/// Reports `cpu | flame > cpu.svg`.
fn redirected(code: &str, tokens: &[Token], sign: Place, path: &str) -> Diagnostic {
    let whole = place(tokens);
    let meant = format!("{} | save {}", code[whole.start..sign.start].trim_end(), quote(path));
    Diagnostic::error("unexpected", "`>` compares; files are written by `save`")
        .at(sign, "not a redirection")
        .fix(format!("write `{meant}`"), whole, meant)
}

/// Reports `top cpu.pb.gz`.
fn opened(code: &str, before: &[&Token], path: Place) -> Diagnostic {
    let target = quote(&code[path.start..path.end]);
    let (from, verb) = match before {
        [] => (path.start, String::new()),
        [first, ..] => {
            let last = before.iter().rfind(|token| matches!(token.kind, TokenKind::Name(_)));
            let verb = last.map_or("", |last| &code[last.place.start..last.place.end]);
            (first.place.start, format!("; cpu | {verb}"))
        }
    };
    let meant = format!("use {target}{verb}");
    Diagnostic::error("unquoted", "files are opened with `use`, in quotes")
        .at(path, "the name of a file")
        .fix(format!("write `{meant}`"), Place::new(from, path.end), meant)
}
