//! The parser's input: the tokens of one statement, as a nom input type.
//!
//! [`Tokens`] carries a [`Trail`], which records the furthest position that any
//! branch of the grammar reached, and what it expected there. Error messages,
//! `is_complete` and completion all use this record. Each statement has its own.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Input, Needed};

use super::expected::Expected;
use super::lex::{Token, TokenKind};
use crate::diag::{Diagnostic, Place};

/// The result of a grammar rule.
pub(super) type Parsed<'a, T> = IResult<Tokens<'a>, T, Fault>;

/// Why a rule did not match.
#[derive(Debug)]
pub(super) enum Fault {
    /// Another rule may match; the trail records what this one expected.
    Miss,
    /// The mistake is known, so no other rule is tried.
    Known(Box<Diagnostic>),
}

impl ParseError<Tokens<'_>> for Fault {
    fn from_error_kind(_: Tokens<'_>, _: ErrorKind) -> Fault {
        Fault::Miss
    }

    fn append(_: Tokens<'_>, _: ErrorKind, other: Fault) -> Fault {
        other
    }
}

/// Stops parsing with this diagnostic.
pub(super) fn known<T>(diagnostic: Diagnostic) -> Result<T, nom::Err<Fault>> {
    Err(nom::Err::Failure(Fault::Known(Box::new(diagnostic))))
}

/// The furthest failure of a statement, and the depth and operators counted so far.
#[derive(Debug, Default)]
pub(super) struct Trail {
    furthest: RefCell<(usize, Vec<Expected>)>,
    operators: Cell<usize>,
}

impl Trail {
    /// The index of the furthest token that no rule accepted, and what was expected there.
    pub(super) fn furthest(&self) -> (usize, Vec<Expected>) {
        self.furthest.borrow().clone()
    }

    fn miss(&self, at: usize, expected: Expected) {
        let mut furthest = self.furthest.borrow_mut();
        if at > furthest.0 {
            *furthest = (at, Vec::new());
        }
        if at == furthest.0 && !furthest.1.contains(&expected) {
            furthest.1.push(expected);
        }
    }
}

/// Deeper than any query written by hand, yet shallow enough for a small thread stack.
const MAX_DEPTH: usize = 64;
/// A chain of operators makes a tree as deep as the chain is long.
const MAX_OPERATORS: usize = 400;

/// The rest of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'a> {
    /// The text of the cell.
    pub(super) code: &'a str,
    all: &'a [Token],
    at: usize,
    end: usize,
    depth: usize,
    trail: &'a Trail,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(code: &'a str, all: &'a [Token], trail: &'a Trail) -> Tokens<'a> {
        Tokens { code, all, at: 0, end: all.len(), depth: 0, trail }
    }

    /// The next token's kind.
    pub(super) fn peek(&self) -> Option<&'a TokenKind> {
        self.nth(0)
    }

    pub(super) fn nth(&self, ahead: usize) -> Option<&'a TokenKind> {
        self.all[self.at..self.end].get(ahead).map(|token| &token.kind)
    }

    pub(super) fn is_symbol(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.nth(ahead), Some(TokenKind::Symbol(s)) if *s == symbol)
    }

    pub(super) fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.nth(ahead), Some(TokenKind::Name(name)) if &**name == word)
    }

    /// The place of the next token; at the end, an empty place after the last token.
    pub(super) fn here(&self) -> Place {
        match self.all[..self.end].get(self.at) {
            Some(token) => token.place,
            None => Place::new(self.previous_end(), self.previous_end()),
        }
    }

    /// The place from `start` to the last token that was consumed.
    pub(super) fn since(&self, start: Tokens<'a>) -> Place {
        let start = start.here().start;
        Place::new(start, self.previous_end().max(start))
    }

    /// The end of the last token that was consumed.
    fn previous_end(&self) -> usize {
        self.all[..self.at].last().map_or(0, |token| token.place.end)
    }

    pub(super) fn text(&self, place: Place) -> &'a str {
        &self.code[place.start..place.end]
    }

    /// The next literal as typed; that of a parameter as it would be typed.
    pub(super) fn spelling(&self) -> String {
        let typed = self.text(self.here());
        match self.peek() {
            Some(kind) if typed.starts_with(['$', '{']) => match kind {
                TokenKind::Number(number, _) => number.to_string(),
                TokenKind::Duration(span) => span.to_string(),
                TokenKind::Time(at) => at.to_string(),
                _ => typed.to_owned(),
            },
            _ => typed.to_owned(),
        }
    }

    /// The input after the next token.
    pub(super) fn advance(self) -> Tokens<'a> {
        Tokens { at: (self.at + 1).min(self.end), ..self }
    }

    /// Fails here and records that `expected` would have matched.
    pub(super) fn miss<T>(&self, expected: Expected) -> Result<T, nom::Err<Fault>> {
        self.wants(expected);
        Err(nom::Err::Error(Fault::Miss))
    }

    /// Records that `expected` is also accepted here.
    pub(super) fn wants(&self, expected: Expected) {
        self.trail.miss(self.at, expected);
    }

    /// Runs a rule one level deeper, or reports that the nesting is too deep.
    pub(super) fn deeper<T>(self, rule: impl FnOnce(Tokens<'a>) -> Parsed<'a, T>) -> Parsed<'a, T> {
        if self.depth == MAX_DEPTH {
            let message = format!("the query is nested more than {MAX_DEPTH} deep");
            return known(
                Diagnostic::error("too-deep", message)
                    .at(self.here(), "this is one level too deep")
                    .help("name the inner parts with `let`"),
            );
        }
        let (rest, value) = rule(Tokens { depth: self.depth + 1, ..self })?;
        Ok((Tokens { depth: self.depth, ..rest }, value))
    }

    /// Counts an operator, or reports that there are too many.
    pub(super) fn count_operator(&self) -> Result<(), nom::Err<Fault>> {
        let count = self.trail.operators.get() + 1;
        self.trail.operators.set(count);
        if count <= MAX_OPERATORS {
            return Ok(());
        }
        let message = format!("the statement has more than {MAX_OPERATORS} operators");
        known(
            Diagnostic::error("too-deep", message)
                .at(self.here(), "this is one too many")
                .help("split it with `let`, or match several values at once: `cpu{pod=~\"a|b\"}`"),
        )
    }
}

impl<'a> Input for Tokens<'a> {
    type Item = &'a Token;
    type Iter = std::slice::Iter<'a, Token>;
    type IterIndices = std::iter::Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.end - self.at
    }

    fn take(&self, index: usize) -> Self {
        Tokens { end: (self.at + index).min(self.end), ..*self }
    }

    fn take_from(&self, index: usize) -> Self {
        Tokens { at: (self.at + index).min(self.end), ..*self }
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(Self::Item) -> bool>(&self, predicate: P) -> Option<usize> {
        self.iter_elements().position(predicate)
    }

    fn iter_elements(&self) -> Self::Iter {
        self.all[self.at..self.end].iter()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        if count <= self.input_len() {
            Ok(count)
        } else {
            Err(Needed::new(count - self.input_len()))
        }
    }
}

/// Matches this symbol.
pub(super) fn symbol<'a>(wanted: &'static str) -> impl Fn(Tokens<'a>) -> Parsed<'a, Place> + Clone {
    move |input| {
        if input.is_symbol(0, wanted) {
            Ok((input.advance(), input.here()))
        } else {
            input.miss(Expected::Symbol(wanted))
        }
    }
}

/// Matches this keyword.
pub(super) fn word<'a>(wanted: &'static str) -> impl Fn(Tokens<'a>) -> Parsed<'a, Place> + Clone {
    move |input| {
        if input.is_word(0, wanted) {
            Ok((input.advance(), input.here()))
        } else {
            input.miss(Expected::Word(wanted))
        }
    }
}

/// Matches any word, even a keyword, at a place where only `expected` is accepted.
pub(super) fn any_word<'a>(
    expected: Expected,
) -> impl Fn(Tokens<'a>) -> Parsed<'a, super::ast::Name> + Clone {
    move |input| match input.peek() {
        Some(TokenKind::Name(text)) => Ok((input.advance(), named(text, input.here()))),
        _ => input.miss(expected.clone()),
    }
}

/// Matches a string.
pub(super) fn text<'a>(
    expected: Expected,
) -> impl Fn(Tokens<'a>) -> Parsed<'a, super::ast::Name> + Clone {
    move |input| match input.peek() {
        Some(TokenKind::Text(text)) => Ok((input.advance(), named(text, input.here()))),
        _ => input.miss(expected.clone()),
    }
}

fn named(text: &Arc<str>, place: Place) -> super::ast::Name {
    super::ast::Name { text: text.clone(), place }
}
