//! Habits from other languages, recognised, and what they are here.
//!
//! Only asked once a statement has failed, so nothing here can refuse a query
//! that is right.

use crate::diag::{Diagnostic, Place};
use crate::lang::lex::{Token, TokenKind};

/// What the statement looks like it was meant to be.
pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    sql(tokens).or_else(|| promql(code, tokens))
}

/// `SELECT … FROM …`
fn sql(tokens: &[Token]) -> Option<Diagnostic> {
    let word = |token: &Token, wanted: &str| matches!(&token.kind, TokenKind::Name(name) if name.eq_ignore_ascii_case(wanted));
    let first = tokens.first().filter(|token| word(token, "select"))?;
    let from = tokens.iter().position(|token| word(token, "from"));
    let table = from.and_then(|at| tokens.get(at + 1)).and_then(|token| match &token.kind {
        TokenKind::Name(name) => Some(&**name),
        _ => None,
    });
    let table = table.unwrap_or("cpu");
    Some(
        Diagnostic::error("sql", "this reads like SQL")
            .at(first.place, "a query starts with what it reads")
            .help(format!(
                "name the data first, then pipe it: `{table} | top 10 | select function, self`"
            )),
    )
}

/// Functions over a range, and what they are here: a stage.
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
    ("sort", "sort total"),
    ("sort_desc", "sort total desc"),
    ("count_over_time", "profiles"),
];
/// Aggregations, with `by` or `without` before or after what they read.
const AGGREGATIONS: [&str; 5] = ["sum", "avg", "min", "max", "count"];
const RANKINGS: [&str; 2] = ["topk", "bottomk"];

/// `rate(x[5m])`, `sum by (pod) (x)`, `sum(x) by (pod)`, `topk(5, x)`
fn promql(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    (0..tokens.len()).find_map(|at| {
        let rest = &tokens[at..];
        let TokenKind::Name(name) = &rest[0].kind else { return None };
        // After `|` the word is a verb, whatever follows it.
        if at > 0 && tokens[at - 1].kind == TokenKind::Symbol("|") {
            return None;
        }
        let call = over_range(code, rest, name)
            .or_else(|| aggregation(code, rest, name))
            .or_else(|| ranking(code, rest, name))?;
        Some(call.diagnostic())
    })
}

/// A call in PromQL's way, and the same as a pipe.
struct Call {
    message: &'static str,
    name: Place,
    place: Place,
    meant: String,
}

impl Call {
    fn diagnostic(self) -> Diagnostic {
        Diagnostic::error("promql-call", self.message).at(self.name, "written after `|`").fix(
            format!("`{}`", self.meant),
            self.place,
            self.meant,
        )
    }
}

fn over_range(code: &str, rest: &[Token], name: &str) -> Option<Call> {
    let (_, verb) = OVER_RANGE.iter().find(|(theirs, _)| *theirs == name)?;
    let (inner, length) = parenthesised(code, &rest[1..])?;
    Some(Call {
        message: "functions of a range are pipe stages here",
        name: rest[0].place,
        place: rest[0].place.to(rest[length].place),
        meant: format!("{inner} | {verb}"),
    })
}

fn aggregation(code: &str, rest: &[Token], name: &str) -> Option<Call> {
    let merge = AGGREGATIONS.into_iter().find(|theirs| *theirs == name)?;
    let before = grouping(code, &rest[1..]);
    let skipped = before.as_ref().map_or(0, |(_, length)| *length);
    let (inner, length) = parenthesised(code, &rest[1 + skipped..])?;
    let used = 1 + skipped + length;
    let after = if before.is_none() { grouping(code, &rest[used..]) } else { None };
    let end = used + after.as_ref().map_or(0, |(_, length)| *length) - 1;
    let meant = match before.or(after) {
        Some((grouping, _)) => format!("{inner} | {merge} {grouping}"),
        // One group of everything is what a selection is.
        None if merge == "sum" => inner.to_owned(),
        None => format!("{inner} | {merge} by (service)"),
    };
    let place = rest[0].place.to(rest[end].place);
    Some(Call { message: "aggregations are pipe stages here", name: rest[0].place, place, meant })
}

fn ranking(code: &str, rest: &[Token], name: &str) -> Option<Call> {
    let verb = RANKINGS.into_iter().find(|theirs| *theirs == name)?;
    let (inner, length) = parenthesised(code, &rest[1..])?;
    let (count, selection) = inner.split_once(',')?;
    Some(Call {
        message: "rankings are pipe stages here",
        name: rest[0].place,
        place: rest[0].place.to(rest[length].place),
        meant: format!("{} | by (service) | {verb} {}", selection.trim(), count.trim()),
    })
}

/// `by (pod)`: its text, and the number of its tokens.
fn grouping<'a>(code: &'a str, rest: &[Token]) -> Option<(&'a str, usize)> {
    let first = rest.first()?;
    let TokenKind::Name(word) = &first.kind else { return None };
    if !matches!(&**word, "by" | "without") {
        return None;
    }
    let (_, length) = parenthesised(code, &rest[1..])?;
    Some((&code[first.place.start..rest[length].place.end], length + 1))
}

/// What stands between the parentheses that open here, and the number of tokens
/// with them.
fn parenthesised<'a>(code: &'a str, rest: &[Token]) -> Option<(&'a str, usize)> {
    let open = rest.first().filter(|token| token.kind == TokenKind::Symbol("("))?;
    let mut depth = 0usize;
    for (at, token) in rest.iter().enumerate() {
        match token.kind {
            TokenKind::Symbol("(") => depth += 1,
            TokenKind::Symbol(")") => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((code[open.place.end..token.place.start].trim(), at + 1));
        }
    }
    None
}
