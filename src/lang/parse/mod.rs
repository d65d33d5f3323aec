//! The parser: turns tokens into a syntax tree.
//!
//! Each statement is parsed by itself, so that one mistake does not hide another.
//! The registry of verbs defines the arguments of a `stage`. `report` explains a
//! failed parse, with the hand-written `hints`.
//!
//! ```text
//! cell      = [ statement ] { ( newline | ";" ) [ statement ] }
//! statement = "let" name "=" ( pattern | query )
//!           | name "=" ( pattern | query )                 as papermill injects it
//!           | "use" string [ matchers ] [ "as" name ]
//!           | "set" name [ [ "=" ] ( range | dur | time | number | string | name ) ]
//!           | "assert" expr [ "at" number ] [ "optional" ] [ "," string ]
//!           | "help" [ name ] | "?" name | name "?"
//!           | query
//! query     = source { "|" stage }
//! source    = expr | explore                               types, labels, values, …
//!
//! selector  = name [ matchers ] [ range ] { modifier } | matchers [ range ] { modifier }
//! matchers  = "{" [ item { "," item } [ "," ] ] "}"
//! item      = matcher | string                           a string alone is the type, where no name is
//! matcher   = ( name | string ) ( "=" | "==" | "!=" | "=~" | "!~" ) ( string | name | literal )
//! range     = "[" ( dur | time ".." [ time | "+" dur ] | ".." time ) [ ":" dur ] "]"
//! modifier  = "offset" [ "-" ] dur | "@" time | "from" name
//! time      = instant [ ( "+" | "-" ) dur ] | "-" dur
//! instant   = literal | "now" | "start" "(" ")" | "end" "(" ")" | number | name
//!
//! pattern   = p_and { "or" p_and }
//! p_and     = p_not { "and" p_not }          p_not = "not" p_not | path
//! path      = step { ( ">>" | ">" ) step }
//! step      = [ "root" | "leaf" ] frame
//! frame     = string | "~" ( string | name ) | matchers | name | "(" pattern ")"
//!
//! expr      = e_and { "or" e_and }
//! e_and     = e_not { "and" e_not }          e_not = "not" e_not | cmp
//! cmp       = sum [ ( "=" | "==" | "!=" | "=~" | "!~" | "<" | "<=" | ">" | ">=" ) sum ]
//! sum       = product { ( "+" | "-" ) product }
//! product   = unary { ( "*" | "/" ) unary }  unary = [ "-" ] primary
//! primary   = literal | list | call | selector | "(" query ")"
//! call      = name "(" [ argument { "," argument } ] ")"   pattern or query, as the function says
//! list      = "[" [ expr { "," expr } ] "]"
//!
//! stage     = verb arguments { option }
//! option    = name "=" ( literal | name )
//! labels    = "(" name { "," name } ")" | name { "," name }
//! ```

mod expr;
mod hints;
mod pattern;
mod range;
mod report;
mod selector;
mod stage;
mod statement;
mod units;

use super::ast::{Cell, Name, Statement};
use super::expected::Expected;
use super::lex::{Token, TokenKind, lex_with};
use super::parameters::Parameters;
use super::tokens::{Fault, Tokens, Trail};
use crate::diag::{Diagnostic, Place};

pub use hints::{foreign_words, stages_of};
pub(super) use stage::GRANULARITIES;
pub use statement::KEYWORDS;

/// Parses a cell. Statements with errors are left out of it.
pub fn parse(code: &str) -> (Cell, Vec<Diagnostic>) {
    parse_with(code, None)
}

/// The same, with the values of a front end in place of `$name` and `{name}`.
pub fn parse_with(code: &str, parameters: Option<&Parameters>) -> (Cell, Vec<Diagnostic>) {
    let mut cell = Cell::default();
    let mut diagnostics = Vec::new();
    let tokens = lex_with(code, parameters);
    for tokens in statements(&tokens) {
        match parse_one(code, tokens) {
            Ok(statement) => cell.statements.push(statement),
            Err(found) => {
                diagnostics.extend(found);
                cell.lost.extend(bound_name(tokens));
            }
        }
    }
    (cell, diagnostics)
}

/// The name that a failed statement would bind: `let a = …`, `a = …`.
fn bound_name(tokens: &[Token]) -> Option<Name> {
    let is_let = matches!(&tokens.first()?.kind, TokenKind::Name(word) if &**word == "let");
    let [name, equals, ..] = &tokens[usize::from(is_let)..] else { return None };
    match (&name.kind, &equals.kind) {
        (TokenKind::Name(text), TokenKind::Symbol("=")) => {
            Some(Name { text: text.clone(), place: name.place })
        }
        _ => None,
    }
}

/// Splits tokens into statements; empty ones are skipped.
pub(super) fn statements(tokens: &[Token]) -> impl DoubleEndedIterator<Item = &[Token]> {
    tokens.split(|token| token.kind == TokenKind::End).filter(|tokens| !tokens.is_empty())
}

fn parse_one(code: &str, tokens: &[Token]) -> Result<Statement, Vec<Diagnostic>> {
    let found = match hints::certain(code, tokens) {
        hints if hints.is_empty() => report::unreadable(code, tokens),
        hints => hints,
    };
    if !found.is_empty() {
        return Err(found);
    }
    let trail = Trail::default();
    match statement::whole(Tokens::new(code, tokens, &trail)) {
        Ok((_, kind)) => Ok(Statement { kind, place: place(tokens) }),
        Err(fault) => {
            let known = match fault {
                nom::Err::Failure(Fault::Known(diagnostic)) => Some(*diagnostic),
                _ => None,
            };
            Err(vec![report::explain(code, tokens, &trail, known)])
        }
    }
}

/// The index of the token where the parse of a statement stopped, and what was
/// expected there. None if the statement is complete or wrong for another reason.
pub(super) fn stopped(code: &str, tokens: &[Token]) -> Option<(usize, Vec<Expected>)> {
    let trail = Trail::default();
    match statement::whole(Tokens::new(code, tokens, &trail)) {
        Ok(_) | Err(nom::Err::Failure(Fault::Known(_))) => None,
        Err(_) => Some(trail.furthest()),
    }
}

/// What may follow these tokens of a statement, even if the statement is already complete.
pub fn expected_after(code: &str, tokens: &[Token]) -> Vec<Expected> {
    let trail = Trail::default();
    // Only the trail matters, so the result is ignored.
    let _ = statement::whole(Tokens::new(code, tokens, &trail));
    let (at, expected) = trail.furthest();
    if at == tokens.len() { expected } else { Vec::new() }
}

fn place(tokens: &[Token]) -> Place {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => first.place.to(last.place),
        _ => Place::default(),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::WORKED;
