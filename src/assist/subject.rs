//! The subject of a position in a cell: a selection and the stages applied to it.
//!
//! In the braces of a selection it is that selection as written so far; in a stage it is
//! the piped value. Names bound in the cell are resolved here, names bound in the session
//! by `session`.

use std::fmt;
use std::sync::Arc;

use super::cursor::Cursor;
use crate::lang::ast::{
    Bound, Cell, Expr, ExprKind, Input, Matcher, Name, Query, Selector, Stage, StatementKind,
};
use crate::lang::lex::{Token, TokenKind};
use crate::lang::types::Type;
use crate::lang::{Scope, check, format, parse, verbs};

/// A selection, and the stages applied up to some position.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub selection: Selector,
    /// In order; the stages of a definition come first.
    pub stages: Vec<Stage>,
    /// The cell's bindings of patterns and texts, which stages may use.
    pub bound: Vec<(Arc<str>, Bound)>,
}

impl Subject {
    pub fn new(selection: Selector) -> Subject {
        Subject { selection, stages: Vec::new(), bound: Vec::new() }
    }

    /// Everything of a type, or the value of a variable.
    pub fn everything(name: &str) -> Subject {
        let name = Name { text: name.into(), place: Default::default() };
        Subject::new(Selector::everything(name))
    }

    /// The selection of a query and its stages; for arithmetic, of its left side.
    pub(super) fn of_query(query: &Query) -> Option<Subject> {
        let Input::Expr(source) = &query.source else { return None };
        let mut subject = Subject::of_expr(source)?;
        subject.stages.extend(query.stages.iter().cloned());
        Some(subject)
    }

    fn of_expr(expr: &Expr) -> Option<Subject> {
        match &expr.kind {
            ExprKind::Name(name) => {
                let name = Name { text: name.clone(), place: expr.place };
                Some(Subject::new(Selector::everything(name)))
            }
            ExprKind::Select(selector) => Some(Subject::new((**selector).clone())),
            ExprKind::Query(query) => Subject::of_query(query),
            ExprKind::Binary { left, .. } => Subject::of_expr(left),
            ExprKind::Negate(inner) => Subject::of_expr(inner),
            _ => None,
        }
    }

    /// The subject with the parts that `narrow` adds, where `narrow` names it:
    /// `sel{…}[1h] | hide "x"`, where `sel` is this.
    pub(super) fn narrowed(self, narrow: Subject) -> Subject {
        let selection = narrowed(self.selection, narrow.selection);
        let stages = [self.stages, narrow.stages].concat();
        Subject { selection, stages, bound: narrow.bound }
    }
}

/// Written as in a query.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let selection = format::selector(&self.selection);
        // A name alone is unambiguous for the reader of a cell.
        f.write_str(selection.strip_suffix("{}").filter(|s| !s.is_empty()).unwrap_or(&selection))?;
        self.stages.iter().try_for_each(|stage| write!(f, " | {}", format::stage(stage)))
    }
}

/// The selection around the cursor, or the value piped into its stage.
pub(super) fn at(cursor: &Cursor<'_>) -> Option<Subject> {
    match braces(cursor) {
        Some(Braces::Of(selection)) => Some(Subject::new(*selection)),
        Some(Braces::Replacing(matchers)) => {
            let mut subject = piped(cursor)?;
            let replaces = |old: &Matcher| matchers.iter().any(|m| m.label.text == old.label.text);
            subject.selection.matchers.retain(|old| !replaces(old));
            subject.selection.matchers.extend(matchers);
            Some(subject)
        }
        None => piped(cursor),
    }
}

/// The value piped into the stage at the cursor.
pub(super) fn piped(cursor: &Cursor<'_>) -> Option<Subject> {
    selected(&piped_cell(cursor)?)
}

/// A cell that ends with the query piped into the stage at the cursor.
pub(super) fn piped_cell(cursor: &Cursor<'_>) -> Option<Cell> {
    ending_with(cursor.before(), cursor.piped()?)
}

/// A cell with these statements and one more, if that one has no mistakes.
fn ending_with(before: &str, last: &str) -> Option<Cell> {
    let (last, mistakes) = parse(last);
    if !mistakes.is_empty() || last.statements.len() != 1 {
        return None;
    }
    let (mut cell, _) = parse(before);
    cell.statements.extend(last.statements);
    Some(cell)
}

/// The bindings of the statements before the cursor, with their types.
pub(super) fn bound(cursor: &Cursor<'_>, scope: &dyn Scope) -> Vec<(String, Type)> {
    let (cell, _) = parse(cursor.before());
    let steps = check(&cell, scope).0.steps;
    let types = steps.into_iter().map(|step| step.gives);
    let statements = cell.statements.iter().zip(types);
    let bound = statements.filter_map(|(statement, kind)| match &statement.kind {
        StatementKind::Let { name, .. } => Some((name.text.to_string(), kind)),
        _ => None,
    });
    bound.collect()
}

/// The labels already named in the surrounding brackets or stage.
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
    /// `cpu{…`, `{"cpu-time", …`
    Of(Box<Selector>),
    /// `diff {…`: matchers that replace those of the piped selection.
    Replacing(Vec<Matcher>),
}

/// The open braces around the cursor: what they belong to, and the complete matchers.
fn braces(cursor: &Cursor<'_>) -> Option<Braces> {
    let open = cursor.open_bracket().filter(|i| is_symbol(cursor, *i, "{"))?;
    let commas = (open..cursor.tokens.len()).rev().find(|i| is_symbol(cursor, *i, ","));
    let whole = cursor.tokens[commas.unwrap_or(open)].place.end;
    if let [Token { kind: TokenKind::Text(_), .. }, comma, ..] = &cursor.tokens[open + 1..]
        && comma.kind == TokenKind::Symbol(",")
    {
        let text = format!("{}}}", &cursor.code[cursor.tokens[open].place.start..whole]);
        let of = selected(&ending_with(cursor.before(), &text)?)?;
        return Some(Braces::Of(Box::new(of.selection)));
    }
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
        if !matches!(cursor.verb(), Some("diff" | "compare")) {
            // The braces of a frame pattern: `hide {package="runtime", …`
            return None;
        }
        let text = format!("x{}}}", &cursor.code[cursor.tokens[open].place.start..whole]);
        let matchers = ending_with("", &text).and_then(|cell| selected(&cell));
        let matchers = matchers.map(|found| found.selection.matchers);
        return Some(Braces::Replacing(matchers.unwrap_or_default()));
    };
    let text = format!("{}}}", &cursor.code[name.place.start..whole]);
    let of = selected(&ending_with(cursor.before(), &text)?)?;
    Some(Braces::Of(Box::new(of.selection)))
}

fn is_symbol(cursor: &Cursor<'_>, index: usize, symbol: &str) -> bool {
    matches!(cursor.tokens[index].kind, TokenKind::Symbol(found) if found == symbol)
}

fn follows_a_pipe(cursor: &Cursor<'_>, index: usize) -> bool {
    index > 0 && is_symbol(cursor, index - 1, "|")
}

/// The subject of a cell's last statement, with the cell's own bindings resolved.
fn selected(cell: &Cell) -> Option<Subject> {
    let mut before: Vec<_> = queries(cell).collect();
    let (_, last) = before.pop()?;
    let mut subject = Subject::of_query(last)?;
    // A name refers to an earlier binding, so `cpu` may be defined by `cpu`.
    while let Some(name) = &subject.selection.name
        && let Some(at) = before.iter().rposition(|(b, _)| b.is_some_and(|b| b.text == name.text))
        && let Some(definition) = Subject::of_query(before[at].1)
    {
        subject = definition.narrowed(subject);
        before.truncate(at);
    }
    subject.bound = words_bound(cell);
    Some(subject)
}

/// A cell's bindings of patterns and texts.
fn words_bound(cell: &Cell) -> Vec<(Arc<str>, Bound)> {
    let bound = cell.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Let { name, value } => Some((name.text.clone(), value)),
        _ => None,
    });
    let words = bound.filter(|(_, value)| match value {
        Bound::Pattern(_) => true,
        Bound::Query(query) => text_of(query).is_some(),
    });
    words.map(|(name, value)| (name, value.clone())).collect()
}

/// The text, if a query is just a text.
pub(super) fn text_of(query: &Query) -> Option<&Arc<str>> {
    match &query.source {
        Input::Expr(Expr { kind: ExprKind::Text(text), .. }) if query.stages.is_empty() => {
            Some(text)
        }
        _ => None,
    }
}

/// The query of a cell's last statement, alone or in a `let`.
pub(super) fn last_query(cell: &Cell) -> Option<&Query> {
    queries(cell).last().map(|(_, query)| query)
}

/// The queries of a cell, with the names bound to them.
fn queries(cell: &Cell) -> impl Iterator<Item = (Option<&Name>, &Query)> {
    cell.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Query(query) => Some((None, query)),
        StatementKind::Let { name, value: Bound::Query(query) } => Some((Some(name), query)),
        _ => None,
    })
}

/// `wide` with what `narrow` adds: `sel{…}[1h]`.
fn narrowed(wide: Selector, narrow: Selector) -> Selector {
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
