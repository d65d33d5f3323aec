//! Hints for stages of KQL, PRQL and SQL in pipes: `summarize … by …`, `group by`,
//! `head 10`, `count()`, `order by`.

use super::{is_symbol, is_word, labels, parenthesised, place, text, word};
use crate::diag::Diagnostic;
use crate::lang::functions::MEASURES;
use crate::lang::lex::{Token, TokenKind};
use crate::lang::verbs;

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    (1..tokens.len())
        .filter(|at| starts_stage(tokens, *at))
        .find_map(|at| {
            let stage = &tokens[at..];
            let pipe = if is_symbol(tokens.get(at - 1), "|") { "" } else { "| " };
            grouping(code, stage, pipe)
                .or_else(|| head(tokens, at))
                .or_else(|| ordering(stage))
                .or_else(|| rows(stage))
        })
        .or_else(|| measure(code, tokens))
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

const GROUPINGS: [&str; 5] = ["summarize", "summarise", "group", "group_by", "aggregate"];
const MERGES: [&str; 5] = ["sum", "avg", "min", "max", "count"];

/// Reports `summarize sum(value) by pod` and `group by pod`.
fn grouping(code: &str, stage: &[Token], pipe: &str) -> Option<Diagnostic> {
    let verb = stage.first().and_then(word).filter(|verb| GROUPINGS.contains(verb))?;
    let mut used = 1;
    let mut merge = None;
    if let Some(found) =
        stage.get(1).and_then(word).and_then(|name| MERGES.into_iter().find(|m| *m == name))
    {
        merge = Some(found).filter(|found| *found != "sum");
        used += 1 + parenthesised(&stage[2..]).map_or(0, |inner| inner.len() + 2);
    }
    if is_word(stage.get(used), "by") {
        used += 1;
    } else if verb != "group_by" {
        return None;
    }
    let (labels, length) = labels(code, &stage[used..])?;
    let merge = merge.map_or_else(String::new, |merge| format!("{merge} "));
    let meant = format!("{pipe}{merge}by {labels}");
    let whole = place(&stage[..used + length]);
    Some(
        Diagnostic::error("kql", format!("`{verb}` is `by` here"))
            .at(stage[0].place, "not a verb")
            .fix(format!("write `{meant}`"), whole, meant),
    )
}

/// Reports `head 10` and `limit 10`, which become `top 10` if there is no table yet.
fn head(tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let verb = word(&tokens[at]).filter(|verb| matches!(*verb, "head" | "limit"))?;
    if !matches!(tokens.get(at + 1)?.kind, TokenKind::Number(..)) {
        return None;
    }
    const TABLES: [&str; 9] = [
        "top",
        "table",
        "types",
        "labels",
        "values",
        "functions",
        "profiles",
        "describe",
        "select",
    ];
    let is_table = tokens[..at].iter().filter_map(word).any(|word| TABLES.contains(&word));
    let ours = if is_table { "take" } else { "top" };
    let what = if is_table { "rows of a table" } else { "the heaviest functions" };
    Some(
        Diagnostic::error("unknown-verb", format!("there is no verb `{verb}`"))
            .at(tokens[at].place, "not a verb")
            .fix(format!("`{ours}` keeps {what}"), tokens[at].place, ours),
    )
}

/// Reports `order by total` and `sort by total`.
fn ordering(stage: &[Token]) -> Option<Diagnostic> {
    let verb = stage.first().and_then(word).filter(|verb| matches!(*verb, "order" | "sort"))?;
    let column = stage.get(2).and_then(word).filter(|_| is_word(stage.get(1), "by"))?;
    Some(
        Diagnostic::error("kql", format!("`{verb} by` is `sort` here"))
            .at(place(&stage[..2]), "one word")
            .fix(format!("write `sort {column}`"), place(&stage[..2]), "sort"),
    )
}

/// Reports `count()` as a stage, which counts rows in KQL.
fn rows(stage: &[Token]) -> Option<Diagnostic> {
    let called = parenthesised(stage.get(1..)?)?;
    if !is_word(stage.first(), "count") || !called.is_empty() {
        return None;
    }
    Some(
        Diagnostic::error("kql", "`count` comes before `by` and counts the series of each group")
            .at(place(&stage[..3]), "counts rows in KQL")
            .fix("`describe` counts what was selected", place(&stage[..3]), "describe"),
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
