//! Hints for functions of PromQL around a selection, which become stages after it.

use super::{at_commas, is_symbol, is_word, parenthesised, text, word};
use crate::diag::Diagnostic;
use crate::lang::lex::{Token, TokenKind};

/// Functions over a range, each with the stage that replaces it.
pub(super) const OVER_RANGE: [(&str, &str); 18] = [
    ("absent", "describe"),
    ("avg_over_time", "avg_over_time"),
    ("changes", "timeline"),
    ("count_over_time", "profiles"),
    ("delta", "series"),
    ("deriv", "timeline"),
    ("idelta", "series"),
    ("increase", "sum_over_time"),
    ("irate", "rate"),
    ("last_over_time", "last_over_time"),
    ("max_over_time", "max_over_time"),
    ("min_over_time", "min_over_time"),
    ("predict_linear", "timeline"),
    ("rate", "rate"),
    ("sort", "table | sort total"),
    ("sort_desc", "table | sort total desc"),
    ("stddev_over_time", "table"),
    ("sum_over_time", "sum_over_time"),
];
/// Aggregations, which take `by` or `without` before or after their argument.
pub(super) const AGGREGATIONS: [&str; 7] =
    ["sum", "avg", "min", "max", "count", "stddev", "stdvar"];
pub(super) const RANKINGS: [&str; 2] = ["topk", "bottomk"];
/// Functions of Grafana that list names, each with the verb that does.
pub(super) const LISTS: [(&str, &str); 3] =
    [("label_names", "labels"), ("label_values", "values"), ("metrics", "types")];

/// Quantiles of a histogram. Profiles have no histograms, so the hint suggests a heat map.
pub(super) const QUANTILES: [&str; 3] = ["histogram_quantile", "quantile_over_time", "quantile"];

/// Reports vector matching: `a / on (pod) b`, `a / ignoring (pod) group_left b`.
pub(super) fn matching(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = (2..tokens.len()).find(|at| {
        is_operator(tokens, at.checked_sub(1))
            && (is_word(tokens.get(*at), "on") || is_word(tokens.get(*at), "ignoring"))
    })?;
    let labels = parenthesised(&tokens[at + 1..])?;
    let mut right = at + labels.len() + 3;
    if tokens.get(right).and_then(word).is_some_and(|word| word.starts_with("group_")) {
        right += 1 + parenthesised(&tokens[right + 1..]).map_or(0, |inner| inner.len() + 2);
    }
    let by = if is_word(tokens.get(at), "on") { "by" } else { "without" };
    let side = |side: &[Token]| format!("({} | {by} ({}))", text(code, side), text(code, labels));
    let (left, right) = (&tokens[..at - 1], tokens.get(right..).filter(|side| !side.is_empty())?);
    let meant = format!("{} {} {}", side(left), text(code, &tokens[at - 1..at]), side(right));
    Some(
        Diagnostic::error("promql-call", "groups are matched by the labels they are grouped by")
            .at(super::place(&tokens[at..at + labels.len() + 3]), "written on each side")
            .fix(format!("`{meant}`"), super::place(tokens), meant),
    )
}

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
    let whole = super::place(&tokens[*first..end]);
    let hint = Diagnostic::error("promql-call", one.message);
    // `sum by (pod) (x) > 5` keeps the groups for which that holds.
    let is_condition = tokens.get(end).is_some_and(is_comparison) && tokens.len() > end + 1;
    if is_condition && *first == 0 && calls.len() == 1 && one.meant.contains(" by (") {
        let condition = text(code, &tokens[end..]);
        let meant = format!("{} | where value {condition}", one.meant);
        return Some(hint.at(tokens[*first].place, "written after `|`").fix(
            format!("keep groups with `where`: `{meant}`"),
            super::place(tokens),
            meant,
        ));
    }
    if meant.contains('|') || one.message == NAMES {
        let hint = hint.at(tokens[*first].place, "written after `|`");
        return Some(hint.fix(format!("`{meant}`"), whole, meant));
    }
    let hint = hint.at(tokens[*first].place, "not needed");
    Some(hint.fix(format!("`{meant}`; over time `{meant} | timeline`"), whole, meant))
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

fn is_comparison(token: &Token) -> bool {
    ["<", ">", "<=", ">=", "==", "!="].iter().any(|op| is_symbol(Some(token), op))
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
        .or_else(|| list(code, tokens, name))
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
    // Further arguments, as of `predict_linear`, have no meaning here.
    let mut selection = piped(code, at_commas(inner)[0]);
    let outer = subquery(&tokens[length..]).filter(|_| after.is_none());
    if let Some(outer) = outer {
        let end = selection.rfind('[').filter(|_| selection.ends_with(']'));
        selection.truncate(end.unwrap_or(selection.len()));
        selection += text(code, outer);
    }
    let needs_groups = verb.starts_with("table") && !selection.contains(" by (");
    let grouped = if needs_groups { " | by (service)" } else { "" };
    Some(Call {
        message: "functions over a range are pipe stages here",
        length: length + after.or(outer).map_or(0, <[Token]>::len),
        meant: format!("{selection}{grouped} | {verb}{by}"),
    })
}

/// The range after a call: `rate(x[1m])[1h:5m]`.
fn subquery(tokens: &[Token]) -> Option<&[Token]> {
    let end = tokens.iter().position(|token| is_symbol(Some(token), "]"))?;
    is_symbol(tokens.first(), "[").then(|| &tokens[..=end])
}

fn aggregation(code: &str, tokens: &[Token], name: &str) -> Option<Call> {
    let merge = AGGREGATIONS.into_iter().find(|theirs| *theirs == name)?;
    let before = grouping(&tokens[1..]);
    let skipped = 1 + before.map_or(0, <[Token]>::len);
    let (inner, used) = match parenthesised(&tokens[skipped..]) {
        Some(inner) => (inner, skipped + inner.len() + 2),
        // `sum by (pod) cpu`
        None => {
            let rest = &tokens[before.map(|_| skipped)?..];
            let end = rest.iter().position(|token| is_symbol(Some(token), "|"));
            (&rest[..end.unwrap_or(rest.len())], skipped + end.unwrap_or(rest.len()))
        }
    };
    // `sum(cpu by (pod))`
    let inside = (1..inner.len()).find(|at| {
        grouping(&inner[*at..]).is_some_and(|grouping| at + grouping.len() == inner.len())
    });
    let (inner, inside) = inner.split_at(inside.unwrap_or(inner.len()));
    let inside = Some(inside).filter(|inside| before.is_none() && !inside.is_empty());
    let outside = if before.or(inside).is_none() { grouping(&tokens[used..]) } else { None };
    let length = used + outside.map_or(0, <[Token]>::len);
    let after = inside.or(outside);
    (!inner.is_empty()).then_some(())?;
    let selection = piped(code, inner);
    let by = before.or(after).map_or("by (service)", |grouping| text(code, grouping));
    let (message, meant) = match (merge, before.or(after)) {
        (_, Some(by)) if by_frame(by).is_some() => {
            let top = by_frame(by).unwrap_or_default();
            ("functions are ranked by `top`, not grouped", format!("{selection} | {top}"))
        }
        ("sum", None) => ("a selection is already the sum of its series", selection),
        ("stddev" | "stdvar", _) => {
            ("`table` has the standard deviation", format!("{selection} | {by} | table"))
        }
        _ => ("aggregations are pipe stages here", format!("{selection} | {merge} {by}")),
    };
    Some(Call { message, length, meant })
}

/// The stages for `by (function)`: names of frames are no labels.
fn by_frame(grouping: &[Token]) -> Option<String> {
    let TokenKind::Name(field) = &grouping.get(2).filter(|_| grouping.len() == 4)?.kind else {
        return None;
    };
    match &**field {
        "function" => Some("top".to_owned()),
        "package" | "file" | "line" | "module" => Some(format!("granularity {field} | top")),
        _ => None,
    }
}

fn ranking(code: &str, tokens: &[Token], name: &str) -> Option<Call> {
    let verb = RANKINGS.into_iter().find(|theirs| *theirs == name)?;
    let inner = parenthesised(&tokens[1..])?;
    let [count, comma, selection @ ..] = inner else { return None };
    if comma.kind != TokenKind::Symbol(",") || selection.is_empty() {
        return None;
    }
    let selection = piped(code, selection);
    let count = text(code, std::slice::from_ref(count));
    let meant = match (selection.strip_suffix(" | top"), verb) {
        (Some(ranked), "topk") => format!("{ranked} | top {count}"),
        (Some(_), _) => format!("{selection} | sort self | take {count}"),
        (None, _) if selection.contains(" by (") => format!("{selection} | {verb} {count}"),
        (None, _) => format!("{selection} | by (service) | {verb} {count}"),
    };
    let message = "rankings are pipe stages here";
    Some(Call { message, length: inner.len() + 3, meant })
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

const NAMES: &str = "names are listed by verbs here";

/// `label_values(pod)`, `label_values(cpu, pod)`, `label_names()`
fn list(code: &str, tokens: &[Token], name: &str) -> Option<Call> {
    let (_, verb) = LISTS.iter().find(|(theirs, _)| *theirs == name)?;
    let inner = parenthesised(&tokens[1..])?;
    let meant = match (*verb, &at_commas(inner)[..]) {
        ("types", _) => "types".to_owned(),
        ("values", [label]) if !label.is_empty() => format!("values {}", text(code, label)),
        ("values", [selection, label]) if !label.is_empty() => {
            format!("{} | values {}", text(code, selection), text(code, label))
        }
        ("values", _) => return None,
        (verb, [[]]) if verb == "labels" => verb.to_owned(),
        (verb, [selection]) if !selection.is_empty() => {
            format!("{} | {verb}", text(code, selection))
        }
        _ => return None,
    };
    Some(Call { message: NAMES, length: inner.len() + 3, meant })
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
