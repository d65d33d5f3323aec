//! Hint for SQL: rewrites `SELECT … FROM … WHERE … GROUP BY … ORDER BY … LIMIT …` as a pipe.

use super::{text, word};
use crate::diag::Diagnostic;
use crate::lang::lex::{Token, TokenKind};
use crate::quantity::Unit;

/// The clauses of a SQL statement, each without its keywords.
#[derive(Default)]
struct Clauses<'a> {
    select: &'a [Token],
    from: &'a [Token],
    condition: &'a [Token],
    group: &'a [Token],
    order: &'a [Token],
    limit: &'a [Token],
}

const KEYWORDS: [&str; 7] = ["select", "from", "where", "group", "order", "limit", "having"];

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    if let Some(listed) = listed(tokens) {
        return Some(listed);
    }
    let first = tokens.first().filter(|token| is_keyword(token, "select"))?;
    let hint = Diagnostic::error("sql", "this reads like SQL")
        .at(first.place, "a query starts with a profile type");
    let clauses = clauses(tokens);
    Some(match clauses.as_ref().and_then(|clauses| piped(code, clauses)) {
        Some(meant) => {
            let whole = super::place(tokens);
            hint.fix(format!("name the data first, then pipe it: `{meant}`"), whole, meant)
        }
        None => {
            let selection = clauses.as_ref().and_then(|clauses| selection(code, clauses));
            let selection = selection.unwrap_or_else(|| "cpu".to_owned());
            hint.help(format!(
                "name the data first, then pipe it: `{selection} | top 10 | select function, self`"
            ))
        }
    })
}

/// Reports `SHOW TABLES`.
fn listed(tokens: &[Token]) -> Option<Diagnostic> {
    let [show, what] = tokens else { return None };
    let verb = match word(what)?.to_ascii_lowercase().as_str() {
        "databases" | "metrics" | "tables" | "types" => "types",
        "columns" | "labels" | "tags" => "labels",
        "functions" => "functions",
        _ => return None,
    };
    is_keyword(show, "show").then(|| {
        Diagnostic::error("sql", "this reads like SQL")
            .at(show.place, "verbs list what there is")
            .fix(format!("write `{verb}`"), super::place(tokens), verb)
    })
}

fn is_keyword(token: &Token, wanted: &str) -> bool {
    word(token).is_some_and(|word| word.eq_ignore_ascii_case(wanted))
}

fn clauses(tokens: &[Token]) -> Option<Clauses<'_>> {
    let mut clauses = Clauses::default();
    let starts: Vec<usize> = (0..tokens.len())
        .filter(|at| KEYWORDS.iter().any(|keyword| is_keyword(&tokens[*at], keyword)))
        .collect();
    for (nth, start) in starts.iter().enumerate() {
        let end = starts.get(nth + 1).copied().unwrap_or(tokens.len());
        let mut body = &tokens[start + 1..end];
        if body.first().is_some_and(|token| is_keyword(token, "by")) {
            body = &body[1..];
        }
        match word(&tokens[*start])?.to_ascii_lowercase().as_str() {
            "select" => clauses.select = body,
            "from" => clauses.from = body,
            "where" => clauses.condition = body,
            "group" => clauses.group = body,
            "order" => clauses.order = body,
            "limit" => clauses.limit = body,
            _ => return None,
        }
    }
    Some(clauses)
}

/// The table with its condition: `cpu{pod='a'}`.
fn selection(code: &str, clauses: &Clauses<'_>) -> Option<String> {
    let [table] = clauses.from else { return None };
    Some(format!("{}{}", word(table)?, matchers(code, clauses.condition)?))
}

/// Rewrites the statement as a pipe, if every clause is understood.
fn piped(code: &str, clauses: &Clauses<'_>) -> Option<String> {
    let selection = selection(code, clauses)?;
    let limit = match clauses.limit {
        [] => None,
        [Token { kind: TokenKind::Number(_, Unit::None), .. }] => Some(text(code, clauses.limit)),
        _ => return None,
    };
    if clauses.group.is_empty() {
        return functions(&selection, clauses, limit.unwrap_or("10"));
    }
    let (labels, length) = super::labels(code, clauses.group)?;
    let kept = limit.map_or_else(String::new, |limit| format!(" | topk {limit}"));
    (length == clauses.group.len()).then(|| format!("{selection} | by {labels}{kept} | table"))
}

/// Rewrites `pod = 'a' AND env != 'test'` as `{pod="a", env!="test"}`.
fn matchers(code: &str, condition: &[Token]) -> Option<String> {
    if condition.is_empty() {
        return Some(String::new());
    }
    let mut written = Vec::new();
    for part in condition.split(|token| is_keyword(token, "and")) {
        match part {
            [label, op, value]
                if word(label).is_some()
                    && matches!(op.kind, TokenKind::Symbol("=" | "==" | "!=" | "=~" | "!~"))
                    && matches!(value.kind, TokenKind::Text(_) | TokenKind::Number(..)) =>
            {
                written
                    .push([label, op, value].map(|t| text(code, std::slice::from_ref(t))).concat())
            }
            _ => return None,
        }
    }
    Some(format!("{{{}}}", written.join(", ")))
}

/// Rewrites a statement without `GROUP BY`, whose rows are functions.
fn functions(selection: &str, clauses: &Clauses<'_>, limit: &str) -> Option<String> {
    let by = match clauses.order {
        [] => "",
        [column, ..] => match word(column)? {
            "self" => "",
            "total" => " by total",
            _ => return None,
        },
    };
    let columns = columns(clauses.select)?;
    let select = if columns.is_empty() { columns } else { format!(" | select {columns}") };
    Some(format!("{selection} | top {limit}{by}{select}"))
}

/// The selected columns such as `function, self`, or "" for all.
fn columns(select: &[Token]) -> Option<String> {
    if let [Token { kind: TokenKind::Symbol("*"), .. }] = select {
        return Some(String::new());
    }
    let names: Option<Vec<&str>> = super::at_commas(select)
        .into_iter()
        .map(|column| match column {
            [name] => word(name).filter(|name| matches!(*name, "function" | "self" | "total")),
            _ => None,
        })
        .collect();
    Some(names?.join(", "))
}
