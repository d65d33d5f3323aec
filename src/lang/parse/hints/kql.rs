//! Hints for stages of KQL, PRQL and SQL in pipes: `summarize … by …`, `group by`,
//! `head 10`, `count()`, `order by`, `filter pod = "a"`, `project function`.

use super::{is_symbol, is_word, labels, parenthesised, place, text, word};
use crate::diag::Diagnostic;
use crate::lang::ast::{Args, StatementKind};
use crate::lang::conditions;
use crate::lang::functions::MEASURES;
use crate::lang::lex::{Token, TokenKind};
use crate::lang::parse::parse;
use crate::lang::verbs;

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    (1..tokens.len())
        .filter(|at| starts_stage(tokens, *at))
        .find_map(|at| {
            let stage = Stage::at(tokens, at);
            grouping(code, &stage)
                .or_else(|| head(code, &stage))
                .or_else(|| ordering(&stage))
                .or_else(|| filter(code, tokens, at))
                .or_else(|| rows(&stage))
                .or_else(|| distinct(code, &stage))
        })
        .or_else(|| measure(code, tokens))
}

/// A stage, and what it needs before it.
struct Stage<'a> {
    tokens: &'a [Token],
    /// `| ` if that is missing.
    pipe: &'static str,
    /// The stage that makes a table, if there is none yet: `top 20 | `.
    table: &'static str,
}

impl<'a> Stage<'a> {
    fn at(tokens: &'a [Token], at: usize) -> Stage<'a> {
        let pipe = if is_symbol(tokens.get(at - 1), "|") { "" } else { "| " };
        let end = tokens[at..].iter().position(|token| is_symbol(Some(token), "|"));
        let stage = &tokens[at..end.map_or(tokens.len(), |end| at + end)];
        Stage { tokens: stage, pipe, table: super::to_table(&tokens[..at]) }
    }

    fn verb(&self) -> Option<&'a str> {
        self.tokens.first().and_then(word)
    }
}

/// Whether a stage starts here: after `|`, or where the `|` is missing.
fn starts_stage(tokens: &[Token], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| tokens.get(before)) else {
        return false;
    };
    match &before.kind {
        TokenKind::Symbol(symbol) => matches!(*symbol, "|" | ")" | "]" | "}"),
        TokenKind::Name(name) => verbs::find(name).is_none_or(|spec| spec.name == "table"),
        _ => false,
    }
}

/// Words that group.
pub(super) const GROUPINGS: [&str; 6] =
    ["summarize", "summarise", "group", "group_by", "aggregate", "split"];
const MERGES: [&str; 5] = ["sum", "avg", "min", "max", "count"];

/// Reports `summarize sum(value) by pod` and `group by pod`.
fn grouping(code: &str, stage: &Stage<'_>) -> Option<Diagnostic> {
    let verb = stage.verb().filter(|verb| GROUPINGS.contains(verb))?;
    let tokens = stage.tokens;
    let mut used = 1;
    let mut merge = None;
    if let Some(found) =
        tokens.get(1).and_then(word).and_then(|name| MERGES.into_iter().find(|m| *m == name))
    {
        merge = Some(found).filter(|found| *found != "sum");
        used += 1 + parenthesised(&tokens[2..]).map_or(0, |inner| inner.len() + 2);
    }
    if is_word(tokens.get(used), "by") {
        used += 1;
    }
    let (labels, length) = labels(code, &tokens[used..])?;
    let pipe = stage.pipe;
    let merge = merge.map_or_else(String::new, |merge| format!("{merge} "));
    let meant = match &*labels {
        "(function)" => format!("{pipe}top"),
        _ => format!("{pipe}{merge}by {labels}"),
    };
    let whole = place(&tokens[..used + length]);
    Some(
        Diagnostic::error("kql", format!("`{verb}` is not a verb"))
            .at(tokens[0].place, "groups in KQL and SQL")
            .fix(format!("write `{meant}`"), whole, meant),
    )
}

/// Verbs that keep the first rows; `take` and `sample` are those of KQL.
pub(super) const HEADS: [&str; 5] = ["first", "head", "limit", "sample", "tail"];

/// Reports `head 10` and `limit 10`, which become `top 10` if there is no table yet.
fn head(code: &str, stage: &Stage<'_>) -> Option<Diagnostic> {
    let verb = stage.verb().filter(|verb| HEADS.contains(verb))?;
    let (count, used) = match stage.tokens.get(1).map(|token| &token.kind) {
        None => ("10", 1),
        Some(TokenKind::Number(..)) => (text(code, &stage.tokens[1..2]), 2),
        Some(_) => return None,
    };
    let kept = match (stage.table, verb) {
        ("top 20 | ", "tail") => "top | sort self | take",
        ("top 20 | ", _) => "top",
        ("table | ", "tail") => "bottomk",
        ("table | ", _) => "topk",
        _ => "take",
    };
    let meant = format!("{}{kept} {count}", stage.pipe);
    Some(
        Diagnostic::error("unknown-verb", format!("there is no verb `{verb}`"))
            .at(stage.tokens[0].place, "not a verb")
            .fix(format!("write `{meant}`"), place(&stage.tokens[..used]), meant),
    )
}

/// Words that sort.
pub(super) const ORDERINGS: [&str; 3] = ["order", "order_by", "sort_by"];

/// Reports `order by total desc`, `sort by total`, `sort -total`.
fn ordering(stage: &Stage<'_>) -> Option<Diagnostic> {
    let verb = stage.verb().filter(|verb| *verb == "sort" || ORDERINGS.contains(verb))?;
    let rest = &stage.tokens[1..];
    let by = usize::from(is_word(rest.first(), "by"));
    let minus = usize::from(is_symbol(rest.get(by), "-"));
    let column = rest.get(by + minus).and_then(word)?;
    if verb == "sort" && by + minus == 0 {
        return None;
    }
    let order = rest.get(by + minus + 1).and_then(word).map(str::to_lowercase);
    let is_order = matches!(order.as_deref(), Some("asc" | "desc" | "ascending" | "descending"));
    let is_descending = minus > 0 || order.is_some_and(|order| order.starts_with("desc"));
    let used = 2 + by + minus + usize::from(is_order);
    let desc = if is_descending { " desc" } else { "" };
    let meant = format!("{}{}sort {column}{desc}", stage.pipe, stage.table);
    let written = place(&stage.tokens[..1 + by + minus]);
    Some(
        Diagnostic::error("kql", "tables are sorted by `sort`, and downwards with `desc`")
            .at(written, "not how a column is named")
            .fix(format!("write `{meant}`"), place(&stage.tokens[..used]), meant),
    )
}

/// Reports `filter pod = "a"`: the condition belongs where `where` would have it.
fn filter(code: &str, tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let stage = Stage::at(tokens, at);
    let verb = stage.verb().filter(|verb| *verb == "filter" && stage.tokens.len() > 1)?;
    // A text alone is what is searched for.
    if matches!(stage.tokens, [_, one] if matches!(one.kind, TokenKind::Text(_))) {
        return None;
    }
    let hint = Diagnostic::error("unknown-verb", format!("there is no verb `{verb}`"))
        .at(stage.tokens[0].place, "not a verb");
    let condition = text(code, &stage.tokens[1..]);
    if stage.table != "top 20 | " {
        let meant = format!("{}where {condition}", stage.pipe);
        return Some(hint.fix(format!("write `{meant}`"), place(stage.tokens), meant));
    }
    let start = usize::from(is_word(tokens.first(), "let")) * 3;
    let before = text(code, &tokens[start..at]).trim_end_matches(['|', ' ', '\n']);
    let (cell, mistakes) = parse(&format!("{before} | where {condition}"));
    let [statement] = &cell.statements[..] else { return None };
    let StatementKind::Query(query) = statement.kind.clone() else { return None };
    let last = query.stages.len().checked_sub(1).filter(|_| mistakes.is_empty())?;
    let Args::Condition(condition) = &query.stages[last].args else { return None };
    let meant = conditions::placed(&query, last, condition)?;
    let whole = place(&tokens[start..at + stage.tokens.len()]);
    Some(hint.fix(format!("write `{meant}`"), whole, meant))
}

/// Reports `count()` as a stage, which counts rows in KQL.
fn rows(stage: &Stage<'_>) -> Option<Diagnostic> {
    let called = parenthesised(stage.tokens.get(1..)?);
    if stage.verb() != Some("count")
        || stage.tokens.len() > 1 && called.is_none_or(|c| !c.is_empty())
    {
        return None;
    }
    let whole = place(stage.tokens);
    Some(
        Diagnostic::error("kql", "`count` comes before `by` and counts the series of each group")
            .at(whole, "counts rows in KQL")
            .fix("`describe` counts what was selected", whole, format!("{}describe", stage.pipe)),
    )
}

/// Words that list the values of a label.
pub(super) const DISTINCT: [&str; 3] = ["distinct", "uniq", "unique"];

/// Reports `distinct pod`.
fn distinct(code: &str, stage: &Stage<'_>) -> Option<Diagnostic> {
    let verb = stage.verb().filter(|verb| DISTINCT.contains(verb))?;
    let (labels, length) = labels(code, &stage.tokens[1..])?;
    let meant = format!("{}values {}", stage.pipe, labels.trim_matches(['(', ')']));
    Some(
        Diagnostic::error("kql", format!("`{verb}` is not a verb"))
            .at(stage.tokens[0].place, "lists values in KQL")
            .fix(format!("write `{meant}`"), place(&stage.tokens[..1 + length]), meant),
    )
}

/// Reports `count() > 3` in a condition, where `count` takes no parentheses.
fn measure(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(3).position(|window| {
        word(&window[0]).is_some_and(|name| MEASURES.iter().any(|(measure, _)| *measure == name))
            && is_symbol(window.get(1), "(")
            && is_symbol(window.get(2), ")")
    })?;
    let name = text(code, &tokens[at..=at]);
    let whole = place(&tokens[at..at + 3]);
    Some(
        Diagnostic::error("kql", format!("`{name}` is not a function"))
            .at(whole, "without parentheses")
            .fix(format!("write `{name}`"), whole, name),
    )
}
