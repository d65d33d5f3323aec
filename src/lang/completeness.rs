//! Decides whether a cell is complete, for front ends that run a cell on Enter.

use super::lex::{Bad, TokenKind, lex};
use super::parse::{statements, stopped};

/// The answer of `is_complete`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// The cell needs more lines; the next one starts with this indent.
    Incomplete {
        indent: String,
    },
    Invalid,
}

/// Decides whether a cell is ready to run. It is incomplete if its last statement
/// stops too early; any other syntax error makes it invalid.
pub fn is_complete(code: &str) -> Completeness {
    let tokens = lex(code);
    let mut statements: Vec<_> = statements(&tokens).collect();
    let Some(last) = statements.pop() else { return Completeness::Complete };
    let more = Completeness::Incomplete { indent: indent(code) };
    match last.last().map(|token| &token.kind) {
        Some(TokenKind::Bad(Bad::Unclosed('`'))) => return more,
        // A newline does not end a statement that stops too early.
        Some(_) if stopped(code, last).is_some_and(|(at, _)| at == last.len()) => return more,
        _ => {}
    }
    let (_, diagnostics) = super::parse(code);
    if diagnostics.is_empty() { Completeness::Complete } else { Completeness::Invalid }
}

/// The indent of the last line, or two spaces after an unindented line.
fn indent(code: &str) -> String {
    let line = code.trim_end().rsplit('\n').next().unwrap_or_default();
    let blanks: String = line.chars().take_while(|c| *c == ' ' || *c == '\t').collect();
    if blanks.is_empty() { "  ".to_owned() } else { blanks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_fails_at_its_end_wants_more() {
        let more = |indent: &str| Completeness::Incomplete { indent: indent.to_owned() };
        for (code, expected) in [
            ("", Completeness::Complete),
            ("# only a comment", Completeness::Complete),
            ("cpu", Completeness::Complete),
            ("cpu | top 10\n", Completeness::Complete),
            ("cpu |", more("  ")),
            ("cpu\n    | focus", more("    ")),
            ("cpu{service=\"a\",", more("  ")),
            ("cpu{service=", more("  ")),
            ("let a =", more("  ")),
            ("cpu[1h", more("  ")),
            ("cpu | where self(\"a\") <", more("  ")),
            ("`raw", more("  ")),
            ("cpu | focsu \"x\"", Completeness::Invalid),
            ("cpu | flame }", Completeness::Invalid),
            ("\"open", Completeness::Invalid),
            ("cpu |\nlet a = 1", Completeness::Invalid),
        ] {
            assert_eq!(is_complete(code), expected, "{code:?}");
        }
    }
}
