//! Hints for functions of PromQL around a selection, which become stages after it.

use super::{is_symbol, parenthesised, text};
use crate::diag::Diagnostic;
use crate::lang::lex::{Token, TokenKind};

/// Functions over a range, each with the stage that replaces it.
const OVER_RANGE: [(&str, &str); 12] = [
    ("rate", "rate"),
    ("irate", "rate"),
    ("increase", "sum_over_time"),
    ("delta", "series"),
    ("sum_over_time", "sum_over_time"),
    ("avg_over_time", "avg_over_time"),
    ("min_over_time", "min_over_time"),
    ("max_over_time", "max_over_time"),
    ("last_over_time", "last_over_time"),
    ("sort", "table | sort total"),
    ("sort_desc", "table | sort total desc"),
    ("count_over_time", "profiles"),
];
/// Aggregations, which take `by` or `without` before or after their argument.
const AGGREGATIONS: [&str; 5] = ["sum", "avg", "min", "max", "count"];
const RANKINGS: [&str; 2] = ["topk", "bottomk"];

/// Quantiles of a histogram. Profiles have no histograms, so the hint suggests a heat map.
const QUANTILES: [&str; 3] = ["histogram_quantile", "quantile_over_time", "quantile"];

/// Reports calls: `rate(x[5m])`, `sum by (pod) (x)`, `sum(x) by (pod)`, `topk(5, x)`.
pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let calls = outermost(code, tokens);
    let ((first, one), (last, other)) = (calls.first()?, calls.last()?);
    let end = last + other.length;
    let mut meant = String::new();
    let mut at = *first;
    for (start, call) in &calls {
        meant += between(code, tokens, at, *start);
        let is_operand = is_operator(tokens, start.checked_sub(1))
            || is_operator(tokens, Some(start + call.length));
        meant += &if is_operand { format!("({})", call.meant) } else { call.meant.clone() };
        at = start + call.length;
    }
    Some(
        Diagnostic::error("promql-call", one.message)
            .at(tokens[*first].place, "written after `|`")
            .fix(format!("`{meant}`"), super::place(&tokens[*first..end]), meant),
    )
}

/// The outermost calls, each with the index of its first token.
fn outermost(code: &str, tokens: &[Token]) -> Vec<(usize, Call)> {
    let mut calls = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // A word after `|` is always a verb.
        let is_verb = at > 0 && is_symbol(tokens.get(at - 1), "|");
        let Some(call) = call(code, &tokens[at..]).filter(|_| !is_verb) else {
            at += 1;
            continue;
        };
        let length = call.length;
        calls.push((at, call));
        at += length;
    }
    calls
}

/// The text between two calls, with its blanks.
fn between<'a>(code: &'a str, tokens: &[Token], from: usize, to: usize) -> &'a str {
    if from == to && from == 0 || from >= to {
        return "";
    }
    let start = from.checked_sub(1).map_or(0, |before| tokens[before].place.end);
    &code[start..tokens[to].place.start]
}

fn is_operator(tokens: &[Token], at: Option<usize>) -> bool {
    let token = at.and_then(|at| tokens.get(at));
    ["+", "-", "*", "/", "<", ">", "<=", ">=", "==", "!="].iter().any(|op| is_symbol(token, op))
}

/// A call of PromQL, and its equivalent as a pipe.
struct Call {
    message: &'static str,
    /// The number of its tokens.
    length: usize,
    meant: String,
}

/// Reads the call that starts here, with the calls inside it.
fn call(code: &str, tokens: &[Token]) -> Option<Call> {
    let TokenKind::Name(name) = &tokens.first()?.kind else { return None };
    over_range(code, tokens, name)
        .or_else(|| aggregation(code, tokens, name))
        .or_else(|| ranking(code, tokens, name))
        .or_else(|| quantile(code, tokens, name))
}

/// Rewrites the argument of a call as a pipe.
fn piped(code: &str, inner: &[Token]) -> String {
    match call(code, inner) {
        Some(call) if call.length == inner.len() => call.meant,
        _ => text(code, inner).to_owned(),
    }
}

fn over_range(code: &str, tokens: &[Token], name: &str) -> Option<Call> {
    let (_, verb) = OVER_RANGE.iter().find(|(theirs, _)| *theirs == name)?;
    let inner = parenthesised(&tokens[1..]).filter(|inner| !inner.is_empty())?;
    let length = inner.len() + 3;
    let after = grouping(&tokens[length..]);
    let by = after.map_or_else(String::new, |grouping| format!(" | {}", text(code, grouping)));
    let selection = piped(code, inner);
    let needs_groups = verb.starts_with("table") && !selection.contains(" by (");
    let grouped = if needs_groups { " | by (service)" } else { "" };
    Some(Call {
        message: "functions over a range are pipe stages here",
        length: length + after.map_or(0, <[Token]>::len),
        meant: format!("{selection}{grouped} | {verb}{by}"),
    })
}

fn aggregation(code: &str, tokens: &[Token], name: &str) -> Option<Call> {
    let merge = AGGREGATIONS.into_iter().find(|theirs| *theirs == name)?;
    let before = grouping(&tokens[1..]);
    let skipped = 1 + before.map_or(0, <[Token]>::len);
    let inner = parenthesised(&tokens[skipped..]).filter(|inner| !inner.is_empty())?;
    let used = skipped + inner.len() + 2;
    let after = if before.is_none() { grouping(&tokens[used..]) } else { None };
    let selection = piped(code, inner);
    let meant = match before.or(after) {
        Some(grouping) => format!("{selection} | {merge} {}", text(code, grouping)),
        // `sum` without labels is the selection itself.
        None if merge == "sum" => selection,
        None => format!("{selection} | {merge} by (service)"),
    };
    let length = used + after.map_or(0, <[Token]>::len);
    Some(Call { message: "aggregations are pipe stages here", length, meant })
}

fn ranking(code: &str, tokens: &[Token], name: &str) -> Option<Call> {
    let verb = RANKINGS.into_iter().find(|theirs| *theirs == name)?;
    let inner = parenthesised(&tokens[1..])?;
    let [count, comma, selection @ ..] = inner else { return None };
    if comma.kind != TokenKind::Symbol(",") || selection.is_empty() {
        return None;
    }
    let selection = piped(code, selection);
    let grouped = if selection.contains(" by (") { "" } else { " | by (service)" };
    let count = text(code, std::slice::from_ref(count));
    Some(Call {
        message: "rankings are pipe stages here",
        length: inner.len() + 3,
        meant: format!("{selection}{grouped} | {verb} {count}"),
    })
}

fn quantile(code: &str, tokens: &[Token], name: &str) -> Option<Call> {
    QUANTILES.contains(&name).then_some(())?;
    let inner = parenthesised(&tokens[1..])?;
    let at = inner.iter().position(|token| token.kind == TokenKind::Symbol(","))?;
    let selection = innermost(code, &inner[at + 1..])?;
    Some(Call {
        message: "profiles are not histograms and have no quantiles",
        length: inner.len() + 3,
        meant: format!("{selection} | heatmap"),
    })
}

/// The selection that nested calls read.
fn innermost<'a>(code: &'a str, tokens: &[Token]) -> Option<&'a str> {
    let selection = match tokens.iter().rposition(|token| token.kind == TokenKind::Symbol("(")) {
        Some(open) => parenthesised(&tokens[open..])?,
        None => tokens,
    };
    (!selection.is_empty()).then(|| text(code, selection))
}

/// Reads `by (pod)`.
fn grouping(tokens: &[Token]) -> Option<&[Token]> {
    let TokenKind::Name(word) = &tokens.first()?.kind else { return None };
    if !matches!(&**word, "by" | "without") {
        return None;
    }
    let inner = parenthesised(&tokens[1..])?;
    Some(&tokens[..inner.len() + 3])
}
