//! The code before a cursor: complete tokens, and the word being typed.

use crate::lang::functions;
use crate::lang::lex::{Bad, Token, TokenKind, lex};
use crate::lang::text;

/// A cell up to a cursor.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub(super) code: &'a str,
    /// The byte of the cursor.
    pub(super) at: usize,
    /// The tokens of the statement at the cursor, without the word being typed.
    pub(super) tokens: Vec<Token>,
    /// Where that statement starts.
    pub(super) statement: usize,
    /// Where the word being typed starts, including its quote.
    pub(super) word: usize,
    /// Its opening quote, if it has one.
    pub(super) quote: Option<char>,
}

impl<'a> Cursor<'a> {
    /// From a position in code points; `None` in a comment.
    pub(super) fn new(code: &'a str, cursor: usize) -> Option<Cursor<'a>> {
        let at = code.char_indices().nth(cursor).map_or(code.len(), |(at, _)| at);
        let cursor = Cursor::at(code, at);
        let behind = cursor.tokens.last().map_or(cursor.statement, |token| token.place.end);
        let gap = &code[behind.min(cursor.word)..cursor.word];
        let line = gap.rfind('\n').map_or(gap, |newline| &gap[newline..]);
        if line.contains('#') { None } else { Some(cursor) }
    }

    /// From a position in bytes, between characters.
    pub(super) fn at(code: &'a str, at: usize) -> Cursor<'a> {
        let mut tokens = lex(&code[..at]);
        let end = tokens.iter().rposition(|token| token.kind == TokenKind::End);
        let statement = end.map_or(0, |end| tokens[end].place.end);
        tokens.drain(..end.map_or(0, |end| end + 1));
        let (word, quote) = typed(&code[..at], &mut tokens);
        Cursor { code, at, tokens, statement, word, quote }
    }

    /// The typed prefix of the word, without quotes and escapes.
    pub(super) fn prefix(&self) -> String {
        match self.quote {
            Some(quote) => text::typed(&self.code[self.word + quote.len_utf8()..self.at], quote),
            None => self.code[self.word..self.at].to_owned(),
        }
    }

    /// The end of the text that a completion replaces. For quoted text this includes the
    /// rest, because editors insert closing quotes. A quote after characters that text
    /// rarely contains belongs to another text.
    pub(super) fn end(&self) -> usize {
        let Some(quote) = self.quote else { return self.at };
        let rest = &self.code[self.at..];
        let ends =
            |c: char| c == quote || c.is_whitespace() || matches!(c, '{' | '}' | '|' | ',' | '=');
        match rest.find(ends) {
            Some(length) if rest[length..].starts_with(quote) => {
                self.at + length + quote.len_utf8()
            }
            _ => self.at,
        }
    }

    /// Whether a space, a bracket or nothing precedes the word, so that another word may
    /// start here.
    pub(super) fn is_apart(&self) -> bool {
        let before = self.code[..self.word].chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '{' | ',' | '|' | '='))
    }

    /// The index of the innermost open bracket around the cursor.
    pub(super) fn open_bracket(&self) -> Option<usize> {
        self.open_brackets().next()
    }

    /// The indices of open brackets, from the inside out.
    fn open_brackets(&self) -> impl Iterator<Item = usize> {
        let mut depth = 0usize;
        let tokens = self.tokens.iter().enumerate().rev();
        tokens.filter_map(move |(index, token)| {
            match token.kind {
                TokenKind::Symbol(")" | "]" | "}") => depth += 1,
                TokenKind::Symbol("(" | "[" | "{") if depth == 0 => return Some(index),
                TokenKind::Symbol("(" | "[" | "{") => depth -= 1,
                _ => {}
            }
            None
        })
    }

    /// The index of the `|` that starts the stage at the cursor: the last one in the
    /// innermost brackets that contain any.
    fn pipe(&self) -> Option<usize> {
        let mut depth = 0isize;
        for (index, token) in self.tokens.iter().enumerate().rev() {
            match token.kind {
                TokenKind::Symbol(")" | "]" | "}") => depth += 1,
                TokenKind::Symbol("(" | "[" | "{") => depth = (depth - 1).max(0),
                TokenKind::Symbol("|") if depth == 0 => return Some(index),
                _ => {}
            }
        }
        None
    }

    /// The verb of the stage at the cursor.
    pub(super) fn verb(&self) -> Option<&str> {
        let first = self.pipe().map_or(0, |pipe| pipe + 1);
        match &self.tokens.get(first)?.kind {
            TokenKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The statements before the one at the cursor.
    pub(super) fn before(&self) -> &'a str {
        &self.code[..self.statement]
    }

    /// The code piped into the stage at the cursor.
    pub(super) fn piped(&self) -> Option<&'a str> {
        let pipe = self.pipe()?;
        Some(&self.code[self.start_of_query(pipe)..self.tokens[pipe].place.start])
    }

    /// Where the query that contains this token starts: after the surrounding bracket, or
    /// after the comma in the brackets of a call.
    fn start_of_query(&self, from: usize) -> usize {
        let mut depth = 0usize;
        let mut comma = None;
        for (index, token) in self.tokens[..from].iter().enumerate().rev() {
            match token.kind {
                TokenKind::Symbol(")" | "]" | "}") => depth += 1,
                TokenKind::Symbol("(" | "[" | "{") if depth == 0 => {
                    let is_call = index > 0 && self.is_function(index - 1);
                    return comma.filter(|_| is_call).unwrap_or(token.place.end);
                }
                TokenKind::Symbol("(" | "[" | "{") => depth -= 1,
                TokenKind::Symbol(",") if depth == 0 => {
                    comma = comma.or(Some(token.place.end));
                }
                _ => {}
            }
        }
        self.statement
    }

    /// Whether the surrounding bracket belongs to a call.
    pub(super) fn is_in_call(&self) -> bool {
        self.open_bracket().is_some_and(|open| open > 0 && self.is_function(open - 1))
    }

    fn is_function(&self, index: usize) -> bool {
        matches!(&self.tokens[index].kind, TokenKind::Name(name) if functions::find(name).is_some())
    }
}

/// Removes the last word from the tokens and returns its start and quote.
fn typed(code: &str, tokens: &mut Vec<Token>) -> (usize, Option<char>) {
    let at = code.len();
    let Some(last) = tokens.last() else { return (at, None) };
    if let TokenKind::Bad(Bad::Unclosed(quote)) = last.kind {
        let start = last.place.start;
        tokens.pop();
        return (start, Some(quote));
    }
    if let Some(start) = time(code).or_else(|| slug(code, tokens)) {
        tokens.retain(|token| token.place.start < start);
        return (start, None);
    }
    let is_word = matches!(
        last.kind,
        TokenKind::Name(_)
            | TokenKind::Number(..)
            | TokenKind::Duration(_)
            | TokenKind::Time(_)
            | TokenKind::Bad(Bad::Number { .. })
    );
    if !is_word || last.place.end != at {
        return (at, None);
    }
    let start = last.place.start;
    tokens.pop();
    (start, None)
}

/// Where an incomplete time starts, such as `2026-03`, which is several tokens.
fn time(code: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | 'Z');
    let start = code.trim_end_matches(is_part).len();
    let year = code[start..].split_once('-')?.0;
    let is_year = year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
    is_year.then_some(start)
}

/// Where the slug of an error starts after `help`, such as `unknown-la`.
fn slug(code: &str, tokens: &[Token]) -> Option<usize> {
    let is_help = |kind: &TokenKind| match kind {
        TokenKind::Name(word) => &**word == "help",
        kind => *kind == TokenKind::Symbol("?"),
    };
    let (help, topic) = (tokens.first()?, tokens.get(1)?);
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let start = code.trim_end_matches(is_part).len();
    (is_help(&help.kind) && topic.place.start == start).then_some(start)
}
