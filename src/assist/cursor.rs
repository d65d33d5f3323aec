//! What stands before a cursor: whole tokens, and the word being typed.

use crate::lang::lex::{Bad, Token, TokenKind, lex};

/// A cell up to a cursor.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub(super) code: &'a str,
    /// The byte of the cursor.
    pub(super) at: usize,
    /// The tokens of the cursor's statement, without the word being typed.
    pub(super) tokens: Vec<Token>,
    /// Where that statement starts.
    pub(super) statement: usize,
    /// Where the word being typed starts, its quote included.
    pub(super) word: usize,
    /// The quote it is typed in.
    pub(super) quote: Option<char>,
}

impl<'a> Cursor<'a> {
    /// None in a comment and in text that ends no word.
    pub(super) fn new(code: &'a str, cursor: usize) -> Option<Cursor<'a>> {
        let at = code.char_indices().nth(cursor).map_or(code.len(), |(at, _)| at);
        let before = &code[..at];
        let mut tokens = lex(before);
        let behind = tokens.last().map_or(0, |token| token.place.end);
        if before[behind.min(at)..].contains('#') && !before.ends_with('\n') {
            return None;
        }
        let start =
            tokens.iter().rposition(|token| token.kind == TokenKind::End).map_or(0, |end| end + 1);
        let statement = if start == 0 { 0 } else { tokens[start - 1].place.end };
        tokens.drain(..start);
        let (word, quote) = typed(&mut tokens, at);
        Some(Cursor { code, at, tokens, statement, word, quote })
    }

    /// What has been typed of the word, without its quote.
    pub(super) fn prefix(&self) -> &'a str {
        &self.code[self.word + self.quote.map_or(0, char::len_utf8)..self.at]
    }

    /// The end of what a completion replaces: editors add closing quotes by themselves.
    pub(super) fn end(&self) -> usize {
        match self.quote {
            Some(quote) if self.code[self.at..].starts_with(quote) => self.at + quote.len_utf8(),
            _ => self.at,
        }
    }

    /// The code before the last `|` of the statement at the cursor's depth of
    /// brackets, with all statements before it: what is piped into the next verb.
    pub(super) fn piped(&self) -> Option<String> {
        let mut depth = 0usize;
        let mut pipe = None;
        let mut inner = self.statement;
        for token in self.tokens.iter().rev() {
            match token.kind {
                TokenKind::Symbol(")" | "]" | "}") => depth += 1,
                TokenKind::Symbol("(") if depth == 0 => {
                    inner = token.place.end;
                    break;
                }
                TokenKind::Symbol("(" | "[" | "{") => depth = depth.saturating_sub(1),
                TokenKind::Symbol("|") if depth == 0 && pipe.is_none() => {
                    pipe = Some(token.place.start)
                }
                _ => {}
            }
        }
        let pipe = pipe?;
        Some(format!("{}\n{}", &self.code[..self.statement], &self.code[inner..pipe]))
    }
}

/// Takes the word that ends at the cursor off the tokens: its start and quote.
fn typed(tokens: &mut Vec<Token>, at: usize) -> (usize, Option<char>) {
    let Some(last) = tokens.last() else { return (at, None) };
    let quote = match last.kind {
        TokenKind::Bad(Bad::Unclosed(quote)) => Some(quote),
        TokenKind::Name(_)
        | TokenKind::Number(..)
        | TokenKind::Duration(_)
        | TokenKind::Bad(Bad::Number { .. })
            if last.place.end == at =>
        {
            None
        }
        _ => return (at, None),
    };
    let start = last.place.start;
    tokens.pop();
    (start, quote)
}
