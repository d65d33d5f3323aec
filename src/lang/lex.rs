//! The lexer: turns the text of a cell into tokens.
//!
//! Lexing does not fail: unreadable text becomes a [`TokenKind::Bad`], which the
//! parser reports. Comments and blanks are dropped. A newline is kept only if it
//! ends a statement: outside of brackets, not before a line that starts with `|`,
//! and not after a token such as `=` that needs another one. `quantity` reads
//! literals that start with a digit, `text` reads strings.

use std::sync::Arc;

use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::satisfy;
use nom::combinator::recognize;
use nom::{IResult, Parser};

use super::parameters::{ParameterValue, Parameters};
use super::{quantity, text};
use crate::diag::Place;
use crate::quantity::{Span, Timestamp, Unit};

/// A token, with its place in the code.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub kind: TokenKind,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    /// A name or a keyword.
    Name(Arc<str>),
    /// The content of a string, unescaped.
    Text(Arc<str>),
    /// A number in the base unit, as in the syntax tree.
    Number(f64, Unit),
    Duration(Span),
    Time(Timestamp),
    /// One of [`SYMBOLS`].
    Symbol(&'static str),
    /// The end of a statement: a newline or `;`.
    End,
    Bad(Bad),
}

/// Text that could not be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Bad {
    Character(char),
    /// A string without its closing quote.
    Unclosed(char),
    /// Text in typographic quotes, as word processors make them.
    SmartQuotes(Arc<str>),
    /// `$name`, for which the front end has no value.
    Parameter(Arc<str>),
    /// A number with an unknown unit or out of range: the reason and a fix.
    Number {
        why: String,
        fix: &'static str,
    },
}

/// Punctuation, longest first.
const SYMBOLS: [&str; 27] = [
    "==", "!=", "=~", "!~", "<=", ">=", ">>", "..", "{", "}", "[", "]", "(", ")", ",", "|", "=",
    "<", ">", "+", "-", "*", "/", "~", ":", "@", "?",
];

/// All tokens of a cell, in order.
pub fn lex(code: &str) -> Vec<Token> {
    lex_with(code, None)
}

/// The same, with the values of a front end in place of `$name` and `{name}`.
pub fn lex_with(code: &str, parameters: Option<&Parameters>) -> Vec<Token> {
    let mut lexer = Lexer { code, parameters, at: 0, open: Vec::new(), tokens: Vec::new() };
    while lexer.at < code.len() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer<'a> {
    code: &'a str,
    parameters: Option<&'a Parameters>,
    at: usize,
    /// The brackets that are still open.
    open: Vec<&'static str>,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let rest = &self.code[self.at..];
        match rest.chars().next() {
            None => {}
            Some('\n') => self.newline(),
            Some(';') => self.push(TokenKind::End, 1),
            Some('#') => self.at += rest.find('\n').unwrap_or(rest.len()),
            Some(c) if c.is_whitespace() || c == '\u{feff}' => self.at += c.len_utf8(),
            Some('$' | '{') if self.parameter(rest) => {}
            Some(c) => {
                let (kind, length) = self.token(rest, c);
                self.push(kind, length);
            }
        }
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        match kind {
            TokenKind::Symbol(bracket @ ("(" | "[" | "{")) => self.open.push(bracket),
            TokenKind::Symbol(")" | "]" | "}") => drop(self.open.pop()),
            TokenKind::End => self.open.clear(),
            _ => {}
        }
        self.tokens.push(Token { kind, place: Place::new(self.at, self.at + length) });
        self.at += length;
    }

    /// Handles the name of a parameter, if there is one at the start of `rest`.
    fn parameter(&mut self, rest: &str) -> bool {
        let Some(parameters) = self.parameters else { return false };
        let Some((name, length)) = parameters.name_at(rest) else { return false };
        let place = Place::new(self.at, self.at + length);
        let mut kinds = Vec::new();
        match parameters.get(name) {
            Some(value) => literal(value, &mut kinds),
            None => kinds.push(TokenKind::Bad(Bad::Parameter(name.into()))),
        }
        self.tokens.extend(kinds.into_iter().map(|kind| Token { kind, place }));
        self.at += length;
        true
    }

    /// Handles a newline, then skips to the next line with a token.
    fn newline(&mut self) {
        let next = next_line(&self.code[self.at..]);
        if self.ends_statement(next) {
            self.push(TokenKind::End, 1);
        }
        self.at = self.code.len() - next.len();
    }

    /// Whether the newline before `next` ends a statement.
    fn ends_statement(&self, next: &str) -> bool {
        // A keyword cannot be inside brackets. Without this check, a bracket that is
        // never closed would swallow the statements below it.
        if starts_with_keyword(next) {
            return true;
        }
        let asks_for_more = matches!(
            self.tokens.last().map(|token| &token.kind),
            Some(TokenKind::Symbol(symbol)) if !matches!(*symbol, ")" | "]" | "}" | "?")
        );
        let goes_on = asks_for_more && !self.is_at_topic();
        self.open.is_empty() && !goes_on && !next.starts_with('|')
    }

    /// Whether the last token is the `@` of `help @` or `? @`, which needs nothing after it.
    fn is_at_topic(&self) -> bool {
        let [.., help, at] = &*self.tokens else { return false };
        let asks_for_help = match &help.kind {
            TokenKind::Name(word) => &**word == "help",
            kind => *kind == TokenKind::Symbol("?"),
        };
        asks_for_help && at.kind == TokenKind::Symbol("@")
    }

    fn token(&self, rest: &str, first: char) -> (TokenKind, usize) {
        match first {
            '"' | '\'' | '`' => text::read(rest, first),
            '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => text::read_smart(rest),
            '0'..='9' => quantity::read(rest),
            _ => self
                .name(rest)
                .or_else(|| symbol(rest))
                .unwrap_or_else(|| (TokenKind::Bad(Bad::Character(first)), first.len_utf8())),
        }
    }

    fn name(&self, rest: &str) -> Option<(TokenKind, usize)> {
        // In `[window:step]` the colon belongs to the range.
        let parts = if self.open.last() == Some(&"[") { word(rest) } else { words(rest) };
        let (_, name) = parts.ok()?;
        Some((TokenKind::Name(name.into()), name.len()))
    }
}

/// Adds the tokens that a value would be typed with.
fn literal(value: &ParameterValue, tokens: &mut Vec<TokenKind>) {
    match value {
        ParameterValue::Text(text) => tokens.push(TokenKind::Text(text.as_str().into())),
        ParameterValue::Number(number) => {
            sign(tokens, *number < 0.0);
            tokens.push(TokenKind::Number(number.abs(), Unit::None));
        }
        ParameterValue::Bool(bit) => tokens.push(TokenKind::Name(bit.to_string().into())),
        ParameterValue::Duration(span) => {
            sign(tokens, span.0 < 0);
            tokens.push(TokenKind::Duration(Span(span.0.saturating_abs())));
        }
        ParameterValue::Time(at) => tokens.push(TokenKind::Time(*at)),
        ParameterValue::List(items) => {
            tokens.push(TokenKind::Symbol("["));
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    tokens.push(TokenKind::Symbol(","));
                }
                literal(item, tokens);
            }
            tokens.push(TokenKind::Symbol("]"));
        }
    }
}

fn sign(tokens: &mut Vec<TokenKind>, negative: bool) {
    if negative {
        tokens.push(TokenKind::Symbol("-"));
    }
}

/// Skips blanks and comments.
fn next_line(rest: &str) -> &str {
    let mut rest = rest.trim_start();
    while rest.starts_with('#') {
        rest = rest.find('\n').map_or("", |end| rest[end..].trim_start());
    }
    rest
}

/// Whether a statement such as `let x` starts here; in `{use="x"}` the word is a label.
fn starts_with_keyword(line: &str) -> bool {
    let first = |rest: &str| rest.trim_start().chars().next();
    if let Some(rest) = line.strip_prefix("let ").or_else(|| line.strip_prefix("set ")) {
        first(rest).is_some_and(char::is_alphabetic)
    } else if let Some(rest) = line.strip_prefix("use ") {
        matches!(first(rest), Some('"' | '\'' | '`'))
    } else {
        false
    }
}

fn word(rest: &str) -> IResult<&str, &str> {
    recognize((
        satisfy(|c| c.is_alphabetic() || c == '_'),
        take_while(|c: char| c.is_alphanumeric() || c == '_'),
    ))
    .parse(rest)
}

/// Reads words joined by `:`, as in the id of a profile type. Parts after the first
/// may start with a digit but not be empty, so `a::b` is not one name.
fn words(rest: &str) -> IResult<&str, &str> {
    let part = take_while1(|c: char| c.is_alphanumeric() || c == '_');
    recognize((word, nom::multi::many0((nom::character::complete::char(':'), part)))).parse(rest)
}

fn symbol(rest: &str) -> Option<(TokenKind, usize)> {
    let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol))?;
    Some((TokenKind::Symbol(symbol), symbol.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prints the tokens on one line, with a slash for each end of a statement.
    fn shown(code: &str) -> String {
        let words: Vec<String> = lex(code)
            .into_iter()
            .map(|token| match token.kind {
                TokenKind::End => "/".to_owned(),
                TokenKind::Bad(bad) => format!("{bad:?}"),
                _ => code[token.place.start..token.place.end].to_owned(),
            })
            .collect();
        words.join(" ")
    }

    #[test]
    fn tokens_are_the_longest_that_fit() {
        for (code, expected) in [
            ("cpu{a=~\"b\"}[6h:5m]", "cpu { a =~ \"b\" } [ 6h : 5m ]"),
            (
                "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
                "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
            ),
            ("cpu[window:step]", "cpu [ window : step ]"),
            ("a>>b>c>=d", "a >> b > c >= d"),
            ("[2026-03-01..+30m]", "[ 2026-03-01 .. + 30m ]"),
            ("1.5 # comment | x", "1.5"),
            ("a $ b", "a Character('$') b"),
        ] {
            assert_eq!(shown(code), expected);
        }
    }

    #[test]
    fn newlines_end_statements_only_where_nothing_is_open() {
        for (code, expected) in [
            ("a\nb", "a / b"),
            ("a;b", "a / b"),
            ("a\n\n  # note\n  | b", "a | b"),
            ("a |\n b", "a | b"),
            ("a{\n x=\"1\",\n}\nb", "a { x = \"1\" , } / b"),
            ("a{x=\nlet b = c", "a { x = / let b = c"),
            ("a{x=\"1\",\nset=\"2\"}", "a { x = \"1\" , set = \"2\" }"),
            ("x?\ny", "x ? / y"),
            ("help @\ny", "help @ / y"),
            ("? @\ny", "? @ / y"),
        ] {
            assert_eq!(shown(code), expected);
        }
    }
}
