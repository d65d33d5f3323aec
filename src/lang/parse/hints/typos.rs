//! Hints for single words and symbols of other languages.

use super::{is_symbol, is_word, place, text, word};
use crate::diag::{Diagnostic, Place};
use crate::lang::lex::{Token, TokenKind};
use crate::lang::verbs::{self, Shape};
use crate::quantity::Unit;

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    keyword(tokens)
        .or_else(|| assigned(tokens))
        .or_else(|| unassigned(tokens))
        .or_else(|| twice_braced(tokens))
        .or_else(|| by_left_out(tokens))
        .or_else(|| order_of_top(tokens))
        .or_else(|| quoted_amount(tokens))
        .or_else(|| rank(code, tokens))
        .or_else(|| two_patterns(code, tokens))
        .or_else(|| last_comma(tokens))
        .or_else(|| last_pipe(tokens))
        .or_else(|| matcher(code, tokens))
        .or_else(|| subtracted(tokens))
        .or_else(|| regex_in_slashes(code, tokens))
        .or_else(|| doubled_pipe(tokens))
        .or_else(|| calculated_stage(code, tokens))
}

/// Keywords of other languages, each with the keyword of this one.
pub(super) const KEYWORDS: [(&str, &str); 7] = [
    ("const", "let"),
    ("def", "let"),
    ("import", "use"),
    ("load", "use"),
    ("open", "use"),
    ("source", "use"),
    ("var", "let"),
];

/// Reports a keyword of another language: `var a = cpu`, `open "x.pb.gz"`.
fn keyword(tokens: &[Token]) -> Option<Diagnostic> {
    let [first, second, ..] = tokens else { return None };
    let theirs = word(first)?;
    let (_, ours) = KEYWORDS.iter().find(|(word, _)| *word == theirs)?;
    let fits = match *ours {
        "let" => word(second).is_some(),
        _ => matches!(second.kind, TokenKind::Text(_)),
    };
    fits.then(|| {
        Diagnostic::error("unexpected", format!("`{theirs}` is `{ours}` here"))
            .at(first.place, "not a keyword")
            .fix(format!("write `{ours}`"), first.place, *ours)
    })
}

/// Reports `a := cpu`.
fn assigned(tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens
        .windows(2)
        .take(3)
        .position(|pair| is_symbol(pair.first(), ":") && is_symbol(pair.get(1), "="))?;
    let sign = place(&tokens[at..at + 2]);
    Some(Diagnostic::error("unexpected", "write `=` instead of `:=`").at(sign, "no colon").fix(
        "write `=`",
        sign,
        "=",
    ))
}

/// Reports `let a cpu`.
fn unassigned(tokens: &[Token]) -> Option<Diagnostic> {
    let [first, name, next, ..] = tokens else { return None };
    let is_let = is_word(Some(first), "let") && word(name).is_some();
    let is_value = matches!(next.kind, TokenKind::Symbol("(" | "{")) || word(next).is_some();
    let before = Place::new(next.place.start, next.place.start);
    (is_let && is_value).then(|| {
        Diagnostic::error("unexpected", "a `=` is missing behind the name")
            .at(next.place, "not the name")
            .fix("write `=` between them", before, "= ")
    })
}

/// Reports a comment of another language: `// note`, `-- note`.
pub(super) fn comment(tokens: &[Token]) -> Option<Diagnostic> {
    let at = (0..tokens.len().saturating_sub(1)).find(|at| {
        let sign =
            |wanted| is_symbol(tokens.get(*at), wanted) && is_symbol(tokens.get(at + 1), wanted);
        let is_glued = tokens[*at].place.end == tokens[at + 1].place.start;
        let is_apart =
            tokens.get(at + 2).is_some_and(|next| next.place.start > tokens[at + 1].place.end);
        is_glued && (sign("/") || sign("-") && is_apart)
    })?;
    let sign = place(&tokens[at..at + 2]);
    Some(
        Diagnostic::error("unexpected", "a comment starts with `#`")
            .at(sign, "not a comment here")
            .fix("write `#`", sign, "#"),
    )
}

/// Reports a second pair of braces: `cpu{service="shop"}{pod="a"}`.
fn twice_braced(tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens
        .windows(2)
        .position(|pair| is_symbol(pair.first(), "}") && is_symbol(pair.get(1), "{"))?;
    let braces = place(&tokens[at..at + 2]);
    Some(
        Diagnostic::error("unexpected", "all labels go in one pair of braces")
            .at(braces, "a second pair of braces")
            .fix("join them with a comma", braces, ", "),
    )
}

/// The columns that `top` ranks by.
const RANKS: [&str; 4] = ["delta", "growth", "self", "total"];

/// Reports a missing `by`: `| timeline pod`, `| top self`, `| sum(pod)`.
fn by_left_out(tokens: &[Token]) -> Option<Diagnostic> {
    let mut windows = tokens.windows(3).enumerate();
    let (at, _) = windows.find(|(at, window)| {
        let [pipe, verb, next] = window else { return false };
        let shape = word(verb).and_then(verbs::find).map(|spec| spec.shape);
        let is_option = is_symbol(tokens.get(at + 3), "=");
        let is_named = word(next).is_some_and(|name| verbs::find(name).is_none() && name != "by");
        let is_named = is_named && !is_option;
        is_symbol(Some(pipe), "|")
            && match shape {
                Some(Shape::MaybeByLabels) => is_named,
                Some(Shape::Top) => word(next).is_some_and(|name| RANKS.contains(&name)),
                Some(Shape::Merge(_)) => is_symbol(Some(next), "(") && tokens.len() > 4,
                _ => false,
            }
    })?;
    let verb = word(&tokens[at + 1])?;
    let next = tokens[at + 2].place;
    let before = Place::new(next.start, next.start);
    let insert = if tokens[at + 1].place.end == next.start { " by " } else { "by " };
    Some(
        Diagnostic::error("unexpected", format!("`{verb}` needs `by` before a name"))
            .at(next, "`by` is missing")
            .fix(format!("write `{verb} by`"), before, insert),
    )
}

/// Reports an order after `top`: `| top 10 by self desc`.
fn order_of_top(tokens: &[Token]) -> Option<Diagnostic> {
    let top = tokens
        .windows(2)
        .position(|pair| is_symbol(pair.first(), "|") && is_word(pair.get(1), "top"))?;
    let stage = &tokens[top + 1..];
    let end = stage.iter().position(|token| is_symbol(Some(token), "|")).unwrap_or(stage.len());
    let (order, before) = stage[..end].split_last().filter(|_| end > 2)?;
    if !is_word(Some(order), "desc") && !is_word(Some(order), "descending") {
        return None;
    }
    let blank = Place::new(place(before).end, order.place.end);
    Some(
        Diagnostic::error("unexpected", "`top` always starts with the largest")
            .at(order.place, "not needed")
            .fix("leave it out", blank, ""),
    )
}

/// Reports a number in quotes: `| trim "1%"`, `| top "10"`.
fn quoted_amount(tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(3).position(|window| {
        let shape = word(&window[1]).and_then(verbs::find).map(|spec| spec.shape);
        is_symbol(window.first(), "|")
            && matches!(shape, Some(Shape::Amount | Shape::Count | Shape::Top))
            && matches!(window[2].kind, TokenKind::Text(_))
    })?;
    let TokenKind::Text(amount) = &tokens[at + 2].kind else { return None };
    amount.starts_with(|c: char| c.is_ascii_digit()).then(|| {
        Diagnostic::error("unexpected", "numbers are written without quotes")
            .at(tokens[at + 2].place, "in quotes")
            .fix(format!("write `{amount}`"), tokens[at + 2].place, amount.to_string())
    })
}

/// Reports what `top` has no words for: `top 10%`, `top -10`, `top 10, self`.
fn rank(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens
        .windows(2)
        .position(|pair| is_symbol(pair.first(), "|") && is_word(pair.get(1), "top"))?;
    let end = tokens[at + 1..].iter().position(|token| is_symbol(Some(token), "|"));
    let stage = &tokens[at + 1..end.map_or(tokens.len(), |end| at + 1 + end)];
    let written = |tokens: &[Token]| text(code, tokens).to_owned();
    let (label, meant) = match &stage[1..] {
        [share] if matches!(share.kind, TokenKind::Number(_, Unit::Percent)) => {
            ("a share, not a number of rows", format!("trim {} | top", written(&stage[1..])))
        }
        [minus, count] if is_symbol(Some(minus), "-") && is_count(count) => (
            "the smallest are at the other end",
            format!("top | sort self | take {}", written(&stage[2..])),
        ),
        [count, comma, columns @ ..]
            if is_count(count) && is_symbol(Some(comma), ",") && !columns.is_empty() =>
        {
            (
                "columns are chosen by `select`",
                format!("top {} | select function, {}", written(&stage[1..2]), written(columns)),
            )
        }
        _ => return None,
    };
    Some(
        Diagnostic::error("unexpected", "`top` takes a number of rows and a column to rank by")
            .at(place(&stage[1..]), label)
            .fix(format!("write `{meant}`"), place(stage), meant),
    )
}

fn is_count(token: &Token) -> bool {
    matches!(token.kind, TokenKind::Number(_, Unit::None))
}

/// Reports two patterns without a word between them: `focus "a" "b"`.
fn two_patterns(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(3).position(|window| {
        word(&window[0]).and_then(verbs::find).is_some_and(|spec| spec.shape.is_pattern())
            && window[1..].iter().all(|token| matches!(token.kind, TokenKind::Text(_)))
    })?;
    let [first, second] = [at + 1, at + 2].map(|at| text(code, &tokens[at..=at]));
    Some(
        Diagnostic::error("unexpected", "two patterns need a word between them")
            .at(tokens[at + 2].place, "a second pattern")
            .help(format!(
                "write `{first} or {second}` for either, `{first} >> {second}` for the second below the first"
            )),
    )
}

/// Reports a comma after the last name: `by pod, | top`.
fn last_comma(tokens: &[Token]) -> Option<Diagnostic> {
    let at = (0..tokens.len()).find(|at| {
        let next = tokens.get(at + 1);
        is_symbol(tokens.get(*at), ",") && (next.is_none() || is_symbol(next, "|"))
    })?;
    let comma = tokens[at].place;
    Some(
        Diagnostic::error("unexpected", "a name is missing after the comma")
            .at(comma, "the last name has none")
            .fix("leave it out", comma, ""),
    )
}

/// Reports a `|` at the end.
fn last_pipe(tokens: &[Token]) -> Option<Diagnostic> {
    let last = tokens.last().filter(|token| is_symbol(Some(token), "|") && tokens.len() > 1)?;
    Some(
        Diagnostic::error("incomplete", "the statement ends where a verb is expected")
            .at(last.place, "nothing follows")
            .fix("leave it out, or go on: `| flame`, `| top`, `| timeline`", last.place, ""),
    )
}

/// Reports a wrong operator of a matcher: `{pod~"a"}`, `{pod:"a"}`, `{pod "a"}`.
fn matcher(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    tokens.windows(4).find_map(|window| {
        let [open, label, sign, value] = window else { return None };
        if !is_symbol(Some(open), "{") && !is_symbol(Some(open), ",") {
            return None;
        }
        word(label)?;
        let meant = match sign.kind {
            TokenKind::Symbol("~") => "=~",
            TokenKind::Symbol(":") => "=",
            _ => return None,
        };
        let value = matches!(value.kind, TokenKind::Text(_)).then(|| text(code, &window[3..]))?;
        let label = text(code, &window[1..2]);
        Some(
            Diagnostic::error(
                "unexpected",
                format!("expected `=`, `!=`, `=~` or `!~`, found `{}`", text(code, &window[2..3])),
            )
            .at(sign.place, "not an operator for labels")
            .fix(format!("write `{label}{meant}{value}`"), sign.place, meant),
        )
    })
}

/// Reports `-` between profiles: `cpu - offset 1d`, `cpu - {version="1"}`.
fn subtracted(tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(2).position(|pair| {
        is_symbol(pair.first(), "-")
            && (is_word(pair.get(1), "offset") || is_symbol(pair.get(1), "{"))
    })?;
    (at > 0).then(|| {
        Diagnostic::error("unexpected", "`-` subtracts numbers; `diff` compares profiles")
            .at(tokens[at].place, "not between selections")
            .fix("write `| diff`", tokens[at].place, "| diff")
    })
}

/// Reports a regex in slashes: `focus /json/`.
fn regex_in_slashes(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(4).position(|window| {
        word(&window[0]).is_some_and(|verb| verbs::find(verb).is_some())
            && is_symbol(window.get(1), "/")
            && is_symbol(window.get(3), "/")
    })?;
    let whole = place(&tokens[at + 1..at + 4]);
    let meant = format!("~{}", crate::lang::text::quote(text(code, &tokens[at + 2..at + 3])));
    Some(
        Diagnostic::error("unexpected", "a regex is written in quotes after `~`")
            .at(whole, "in slashes")
            .fix(format!("write `{meant}`"), whole, meant),
    )
}

/// Reports a doubled pipe: `cpu || top`, `cpu |> top`, `cpu -> top`.
fn doubled_pipe(tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(2).position(|pair| {
        let signs = [("|", "|"), ("|", ">"), ("-", ">")];
        signs.iter().any(|(a, b)| is_symbol(pair.first(), a) && is_symbol(pair.get(1), b))
            && pair[0].place.end == pair[1].place.start
    })?;
    let sign = place(&tokens[at..at + 2]);
    Some(Diagnostic::error("unexpected", "a pipe is one `|`").at(sign, "one sign too many").fix(
        "write `|`, or `or` in a condition",
        sign,
        "|",
    ))
}

/// Reports a calculation without parentheses: `cpu | rate / 4`. `|` has the lowest precedence.
fn calculated_stage(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(3).position(|window| {
        let shape = word(&window[1]).and_then(verbs::find).map(|spec| spec.shape);
        is_symbol(window.first(), "|")
            && matches!(shape, Some(Shape::Nothing))
            && ["+", "-", "*", "/"].iter().any(|sign| is_symbol(window.get(2), sign))
    })?;
    let start = match tokens {
        [first, ..] if is_word(Some(first), "let") => 3,
        [_, second, ..] if is_symbol(Some(second), "=") => 2,
        _ => 0,
    };
    let query = tokens.get(start..at + 2)?;
    let meant = format!("({})", text(code, query));
    Some(
        Diagnostic::error("unexpected", "a query inside a calculation needs parentheses")
            .at(tokens[at + 2].place, "binds tighter than `|`")
            .fix(format!("write `{meant}`"), place(query), meant),
    )
}
