//! Hint for line filters of LogQL: `cpu |= "json"` becomes a filter of stacks.

use super::text;
use crate::diag::Diagnostic;
use crate::lang::lex::{Token, TokenKind};
use crate::lang::text::quote;

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(3).position(|window| {
        matches!(window[0].kind, TokenKind::Symbol("|"))
            && matches!(window[1].kind, TokenKind::Symbol("=" | "~" | "=~" | "!=" | "!~"))
            && window[0].place.end == window[1].place.start
            && matches!(window[2].kind, TokenKind::Text(_))
    })?;
    let filter = &tokens[at..at + 3];
    let TokenKind::Text(pattern) = &filter[2].kind else { return None };
    let meant = match filter[1].kind {
        TokenKind::Symbol("=") => format!("| focus {}", quote(&format!("*{pattern}*"))),
        TokenKind::Symbol("!=") => format!("| ignore {}", quote(&format!("*{pattern}*"))),
        TokenKind::Symbol("!~") => format!("| ignore ~{}", quote(pattern)),
        _ => format!("| focus ~{}", quote(pattern)),
    };
    let place = super::place(filter);
    let message =
        format!("`{}` filters log lines, but a profile has stacks", text(code, &filter[..2]));
    Some(Diagnostic::error("logql", message).at(place, "a LogQL filter").fix(
        format!("keep or drop stacks: `{meant}`"),
        place,
        meant,
    ))
}
