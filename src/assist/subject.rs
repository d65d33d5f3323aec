//! The selection that a place in a cell is about.
//!
//! In the braces of a selection it is that selection, as far as it is written; in
//! a stage it is what is piped in. Names that the cell itself binds are followed
//! here, those of the session by whoever knows the data.

use std::collections::HashMap;
use std::sync::Arc;

use super::cursor::Cursor;
use crate::lang::ast::{
    Bound, Cell, Expr, ExprKind, Input, Matcher, Name, Query, Selector, StatementKind,
};
use crate::lang::lex::TokenKind;
use crate::lang::types::Type;
use crate::lang::{Scope, check, parse, verbs};

/// Definitions that stand on each other are followed so far.
const DEPTH: usize = 32;

/// The selection around the cursor, or piped into its stage.
pub(super) fn at(cursor: &Cursor<'_>) -> Option<Selector> {
    match braces(cursor) {
        Some(Braces::Of(selection)) => Some(*selection),
        Some(Braces::Replacing(matchers)) => {
            let mut selection = piped(cursor)?;
            let replaces = |old: &Matcher| matchers.iter().any(|m| m.label.text == old.label.text);
            selection.matchers.retain(|old| !replaces(old));
            selection.matchers.extend(matchers);
            Some(selection)
        }
        None => piped(cursor),
    }
}

/// The selection that is piped into the cursor's stage.
pub(super) fn piped(cursor: &Cursor<'_>) -> Option<Selector> {
    selected(&piped_cell(cursor)?)
}

/// A cell that ends with what is piped into the cursor's stage.
pub(super) fn piped_cell(cursor: &Cursor<'_>) -> Option<Cell> {
    ending_with(cursor.before(), cursor.piped()?)
}

/// A cell of these statements and of one more, if that one is free of mistakes.
fn ending_with(before: &str, last: &str) -> Option<Cell> {
    let (last, mistakes) = parse(last);
    if !mistakes.is_empty() || last.statements.len() != 1 {
        return None;
    }
    let (mut cell, _) = parse(before);
    cell.statements.extend(last.statements);
    Some(cell)
}

/// What the statements before the cursor bind, and its types.
pub(super) fn bound(cursor: &Cursor<'_>, scope: &dyn Scope) -> Vec<(String, Type)> {
    let (cell, _) = parse(cursor.before());
    let types = check(&cell, scope).0.types;
    let statements = cell.statements.iter().zip(types);
    let bound = statements.filter_map(|(statement, kind)| match &statement.kind {
        StatementKind::Let { name, .. } => Some((name.text.to_string(), kind)),
        _ => None,
    });
    bound.collect()
}

/// The labels that the brackets around the cursor, or its stage, name already.
pub(super) fn used_labels<'c>(cursor: &'c Cursor<'_>) -> Vec<&'c str> {
    let open = cursor.open_bracket().unwrap_or(0);
    let pairs = cursor.tokens[open..].windows(2);
    let names = pairs.filter_map(|pair| match (&pair[0].kind, &pair[1].kind) {
        (TokenKind::Symbol("{" | "(" | ","), TokenKind::Name(name) | TokenKind::Text(name)) => {
            Some(&**name)
        }
        _ => None,
    });
    names.collect()
}

enum Braces {
    /// `cpu{…`
    Of(Box<Selector>),
    /// `diff {…`: matchers in place of those of the piped selection.
    Replacing(Vec<Matcher>),
}

/// The open braces around the cursor: what they belong to, with the matchers that
/// are whole.
fn braces(cursor: &Cursor<'_>) -> Option<Braces> {
    let open = cursor.open_bracket().filter(|i| is_symbol(cursor, *i, "{"))?;
    let commas = (open..cursor.tokens.len()).rev().find(|i| is_symbol(cursor, *i, ","));
    let whole = cursor.tokens[commas.unwrap_or(open)].place.end;
    let name = open.checked_sub(1).map(|before| &cursor.tokens[before]);
    let own = name.filter(|token| match &token.kind {
        TokenKind::Name(name) => !follows_a_pipe(cursor, open - 1) || verbs::find(name).is_none(),
        _ => false,
    });
    let own = own.filter(|token| {
        let word = &cursor.code[token.place.start..token.place.end];
        !crate::lang::KEYWORDS.contains(&word)
    });
    let Some(name) = own else {
        let text = format!("x{}}}", &cursor.code[cursor.tokens[open].place.start..whole]);
        let matchers = ending_with("", &text).and_then(|cell| selected(&cell));
        return Some(Braces::Replacing(matchers.map(|s| s.matchers).unwrap_or_default()));
    };
    let text = format!("{}}}", &cursor.code[name.place.start..whole]);
    selected(&ending_with(cursor.before(), &text)?).map(|of| Braces::Of(Box::new(of)))
}

fn is_symbol(cursor: &Cursor<'_>, index: usize, symbol: &str) -> bool {
    matches!(cursor.tokens[index].kind, TokenKind::Symbol(found) if found == symbol)
}

fn follows_a_pipe(cursor: &Cursor<'_>, index: usize) -> bool {
    index > 0 && is_symbol(cursor, index - 1, "|")
}

/// What the last statement of a cell selects, with the names that the cell binds replaced.
fn selected(cell: &Cell) -> Option<Selector> {
    let bound: HashMap<&Arc<str>, &Query> =
        queries(cell).filter_map(|(name, query)| Some((&name?.text, query))).collect();
    let mut selection = source(last_query(cell)?)?;
    for _ in 0..DEPTH {
        let name = selection.name.as_ref()?;
        let Some(definition) = bound.get(&name.text).and_then(|query| source(query)) else {
            break;
        };
        selection = narrowed(definition, selection);
    }
    Some(selection)
}

/// The query that the last statement of a cell is, or binds.
pub(super) fn last_query(cell: &Cell) -> Option<&Query> {
    queries(cell).last().map(|(_, query)| query)
}

/// The queries of a cell, with the names they are bound to.
fn queries(cell: &Cell) -> impl Iterator<Item = (Option<&Name>, &Query)> {
    cell.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Query(query) => Some((None, query)),
        StatementKind::Let { name, value: Bound::Query(query) } => Some((Some(name), query)),
        _ => None,
    })
}

/// The selection that a query starts with; of arithmetic, that on the left.
pub(super) fn source(query: &Query) -> Option<Selector> {
    match &query.source {
        Input::Expr(expr) => of_expr(expr),
        Input::Explore(_) => None,
    }
}

fn of_expr(expr: &Expr) -> Option<Selector> {
    match &expr.kind {
        ExprKind::Name(name) => {
            Some(Selector::everything(Name { text: name.clone(), place: expr.place }))
        }
        ExprKind::Select(selector) => Some((**selector).clone()),
        ExprKind::Query(query) => source(query),
        ExprKind::Binary { left, .. } => of_expr(left),
        ExprKind::Negate(inner) => of_expr(inner),
        _ => None,
    }
}

/// `wide` with what `narrow` adds: `sel{…}[1h]`.
pub(super) fn narrowed(wide: Selector, narrow: Selector) -> Selector {
    let mut matchers = wide.matchers;
    matchers.extend(narrow.matchers);
    Selector {
        name: wide.name,
        matchers,
        range: narrow.range.or(wide.range),
        offset: narrow.offset.or(wide.offset),
        at: narrow.at.or(wide.at),
        from: narrow.from.or(wide.from),
        place: narrow.place,
    }
}
