//! Whether a cell is whole, for front ends that send it on Enter.

use super::lex::{Bad, TokenKind, lex};
use super::parse::{statements, stopped};

/// What `is_complete` answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// More is to come; the next line starts with this indent.
    Incomplete {
        indent: String,
    },
    Invalid,
}

/// Whether a cell could run as it stands: a statement that fails at its end
/// only wants more, and only the last one can get more.
pub fn is_complete(code: &str) -> Completeness {
    let tokens = lex(code);
    let mut statements: Vec<_> = statements(&tokens).collect();
    let Some(last) = statements.pop() else { return Completeness::Complete };
    let more = Completeness::Incomplete { indent: indent(code) };
    match last.last().map(|token| &token.kind) {
        Some(TokenKind::Bad(Bad::Unclosed('`'))) => return more,
        // The newline behind a statement that asks for more is not an end.
        Some(_) if stopped(code, last).is_some_and(|(at, _)| at == last.len()) => return more,
        _ => {}
    }
    let (_, diagnostics) = super::parse(code);
    if diagnostics.is_empty() { Completeness::Complete } else { Completeness::Invalid }
}

/// The indent of the last line, or one step for the first that goes on.
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
