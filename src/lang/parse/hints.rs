//! Habits from other languages, recognised, and what they are here.
//!
//! Only asked once a statement has failed, so nothing here can refuse a query
//! that is right.

use crate::diag::{Diagnostic, Place};
use crate::lang::lex::{Bad, Token, TokenKind};
use crate::lang::text::quote;
use crate::lang::verbs;

/// What the statement looks like it was meant to be.
pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    sql(tokens).or_else(|| promql(code, tokens)).or_else(|| braceless(code, tokens))
}

/// `SELECT … FROM …`
fn sql(tokens: &[Token]) -> Option<Diagnostic> {
    let word = |token: &Token, wanted: &str| match &token.kind {
        TokenKind::Name(name) => name.eq_ignore_ascii_case(wanted),
        _ => false,
    };
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
        // After `|` the word is a verb, whatever follows it.
        if at > 0 && tokens[at - 1].kind == TokenKind::Symbol("|") {
            return None;
        }
        let call = call(code, &tokens[at..])?;
        let place = tokens[at].place.to(tokens[at + call.length - 1].place);
        Some(
            Diagnostic::error("promql-call", call.message)
                .at(tokens[at].place, "written after `|`")
                .fix(format!("`{}`", call.meant), place, call.meant),
        )
    })
}

/// A call in PromQL's way, and the same as a pipe.
struct Call {
    message: &'static str,
    /// The number of its tokens.
    length: usize,
    meant: String,
}

/// The call that starts here, and those inside it.
fn call(code: &str, tokens: &[Token]) -> Option<Call> {
    let TokenKind::Name(name) = &tokens.first()?.kind else { return None };
    over_range(code, tokens, name)
        .or_else(|| aggregation(code, tokens, name))
        .or_else(|| ranking(code, tokens, name))
}

/// What a call works on, as a pipe itself.
fn piped(code: &str, inner: &[Token]) -> String {
    match call(code, inner) {
        Some(call) if call.length == inner.len() => call.meant,
        _ => text(code, inner).to_owned(),
    }
}

fn over_range(code: &str, tokens: &[Token], name: &str) -> Option<Call> {
    let (_, verb) = OVER_RANGE.iter().find(|(theirs, _)| *theirs == name)?;
    let inner = parenthesised(&tokens[1..])?;
    Some(Call {
        message: "functions of a range are pipe stages here",
        length: inner.len() + 3,
        meant: format!("{} | {verb}", piped(code, inner)),
    })
}

fn aggregation(code: &str, tokens: &[Token], name: &str) -> Option<Call> {
    let merge = AGGREGATIONS.into_iter().find(|theirs| *theirs == name)?;
    let before = grouping(&tokens[1..]);
    let skipped = 1 + before.map_or(0, <[Token]>::len);
    let inner = parenthesised(&tokens[skipped..])?;
    let used = skipped + inner.len() + 2;
    let after = if before.is_none() { grouping(&tokens[used..]) } else { None };
    let selection = piped(code, inner);
    let meant = match before.or(after) {
        Some(grouping) => format!("{selection} | {merge} {}", text(code, grouping)),
        // One group of everything is what a selection is.
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

/// `by (pod)`
fn grouping(tokens: &[Token]) -> Option<&[Token]> {
    let TokenKind::Name(word) = &tokens.first()?.kind else { return None };
    if !matches!(&**word, "by" | "without") {
        return None;
    }
    let inner = parenthesised(&tokens[1..])?;
    Some(&tokens[..inner.len() + 3])
}

/// What stands between the parentheses that open here.
fn parenthesised(tokens: &[Token]) -> Option<&[Token]> {
    tokens.first().filter(|token| token.kind == TokenKind::Symbol("("))?;
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Symbol("(") => depth += 1,
            TokenKind::Symbol(")") => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&tokens[1..at]);
        }
    }
    None
}

fn text<'a>(code: &'a str, tokens: &[Token]) -> &'a str {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => &code[first.place.start..last.place.end],
        _ => "",
    }
}

/// `focus json.*`, `use profiles/*.pb.gz`, `{version=1.2.3}`: a text without its quotes.
pub(super) fn unquoted(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let bad =
        tokens.iter().find(|token| matches!(token.kind, TokenKind::Bad(Bad::Character(_))))?;
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '|' | ',' | '}' | ')' | '=' | '{' | ';' | '"' | '\'')
    };
    let start = code[..bad.place.start].rfind(ends).map_or(0, |at| at + 1);
    let length = code[bad.place.end..].find(ends).unwrap_or(code.len() - bad.place.end);
    let place = Place::new(start, bad.place.end + length);
    let before = tokens.iter().rev().find(|token| token.place.end <= start)?;
    let wants_text = match &before.kind {
        TokenKind::Symbol(symbol) => {
            matches!(*symbol, "=" | "==" | "!=" | "=~" | "!~" | ">>" | "~")
        }
        TokenKind::Name(word) => {
            &**word == "use" || verbs::find(word).is_some_and(|spec| spec.shape.is_text())
        }
        _ => false,
    };
    if !code.is_char_boundary(start) || !wants_text {
        return None;
    }
    let quoted = quote(&code[place.start..place.end]);
    Some(
        Diagnostic::error("unquoted", "a text stands here without quotes")
            .at(place, "quotes are missing")
            .fix(format!("quote it: {quoted}"), place, quoted),
    )
}

/// `hide package="runtime"`: fields without their braces.
fn braceless(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let fields = tokens.windows(4).find(|window| {
        let [verb, field, operator, value] = window else { return false };
        let TokenKind::Name(verb) = &verb.kind else { return false };
        let is_pattern = verbs::find(verb).is_some_and(|spec| spec.shape.is_pattern());
        is_pattern
            && matches!(field.kind, TokenKind::Name(_))
            && matches!(operator.kind, TokenKind::Symbol("=" | "==" | "!=" | "=~" | "!~"))
            && matches!(value.kind, TokenKind::Text(_))
    })?;
    let place = fields[1].place.to(fields[3].place);
    let braced = format!("{{{}}}", &code[place.start..place.end]);
    Some(
        Diagnostic::error("unexpected", "fields of a frame stand in braces")
            .at(place, "without braces")
            .fix(format!("write `{braced}`"), place, braced),
    )
}
