//! Hints for ranges in other words: `[now-1h]`, `[now-1h, now]`, `[a to b]`, `[since a]`,
//! `[1h ago .. now]`, `[24 hours]`.

use super::{is_symbol, is_word, place, text, word};
use crate::diag::{Diagnostic, Place};
use crate::lang::lex::{Token, TokenKind, lex};
use crate::lang::parse::units;
use crate::quantity::Unit;

/// Reports the first range that is written in another way.
pub(super) fn recognise(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    (1..tokens.len()).find_map(|open| {
        let follows = word(&tokens[open - 1]).is_some() || is_symbol(tokens.get(open - 1), "}");
        if !follows || !is_symbol(tokens.get(open), "[") {
            return None;
        }
        let length = tokens[open..].iter().position(|token| is_symbol(Some(token), "]"))?;
        let inside = &tokens[open + 1..open + length];
        match inside {
            [dots] if is_symbol(Some(dots), "..") => {
                Some(endless(place(&tokens[open..=open + length])))
            }
            [window, colon] if is_symbol(Some(colon), ":") => stepless(code, window, inside),
            inside => foreign(code, inside),
        }
    })
}

/// Reports `[..]`.
fn endless(range: Place) -> Diagnostic {
    Diagnostic::error("time-format", "this range has neither a start nor an end")
        .at(range, "all there is")
        .fix("leave it out: without a range everything is selected", range, "")
}

/// Reports `[1h:]`, a subquery of PromQL with its usual step.
fn stepless(code: &str, window: &Token, inside: &[Token]) -> Option<Diagnostic> {
    let window = match window.kind {
        TokenKind::Duration(_) => text(code, std::slice::from_ref(window)),
        _ => return None,
    };
    let whole = place(inside);
    Some(
        Diagnostic::error("time-format", "there is no step behind the `:`")
            .at(whole, "a length, and a step if there is a `:`")
            .fix(format!("without a step it is `[{window}]`"), whole, window),
    )
}

fn foreign(code: &str, inside: &[Token]) -> Option<Diagnostic> {
    let meant = meant(code, inside)?;
    let (whole, written) = (place(inside), text(code, inside));
    let again = lex(&format!("[{meant}]"));
    let same = again[1..again.len() - 1].iter().zip(inside).all(|(a, b)| a.kind == b.kind);
    if same && again.len() == inside.len() + 2 {
        return None;
    }
    Some(
        Diagnostic::error("time-format", format!("`[{written}]` is not a range"))
            .at(whole, "a length, or two times with `..` between them")
            .fix(format!("write `[{meant}]`"), whole, meant),
    )
}

fn meant(code: &str, inside: &[Token]) -> Option<String> {
    last(code, inside).or_else(|| between(code, inside))
}

/// `[now-1h]`, `[last 24 hours]`, `[24 hours]`, `[last hour]`, `[1h ago]`
fn last(code: &str, inside: &[Token]) -> Option<String> {
    let rest = match inside {
        [first, rest @ ..] if ["last", "past"].iter().any(|w| is_word(Some(first), w)) => rest,
        [now, minus, rest @ ..] if is_word(Some(now), "now") && is_symbol(Some(minus), "-") => rest,
        [minus, rest @ ..] if is_symbol(Some(minus), "-") => rest,
        rest => rest,
    };
    let (length, used) = length(code, rest)?;
    let ago = usize::from(is_word(rest.get(used), "ago"));
    (rest.len() == used + ago).then_some(length)
}

/// `1h`, `24 hours`, `hour`
fn length(code: &str, tokens: &[Token]) -> Option<(String, usize)> {
    let unit = |token: Option<&Token>| token.and_then(word).and_then(units::meant);
    match &tokens.first()?.kind {
        TokenKind::Duration(_) => {
            // `1h 30m`
            let is_part = |token: &&Token| matches!(token.kind, TokenKind::Duration(_));
            let parts = tokens.iter().take_while(is_part);
            let parts: Vec<&str> =
                parts.map(|part| text(code, std::slice::from_ref(part))).collect();
            Some((parts.concat(), parts.len()))
        }
        TokenKind::Number(_, Unit::None) => {
            Some((format!("{}{}", text(code, &tokens[..1]), unit(tokens.get(1))?), 2))
        }
        TokenKind::Name(_) => Some((format!("1{}", unit(tokens.first())?), 1)),
        _ => None,
    }
}

/// Words before the start and before the end of a range.
const STARTS: [&str; 4] = ["from", "since", "after", "between"];
const ENDS: [&str; 3] = ["until", "till", "before"];
const BETWEEN: [&str; 4] = ["to", "and", "until", "till"];

/// `[a to b]`, `[a, b]`, `[since a]`, `[1h ago .. now]`
fn between(code: &str, inside: &[Token]) -> Option<String> {
    let named = |words: &[&str]| inside.first().and_then(word).is_some_and(|w| words.contains(&w));
    if named(&ENDS) {
        let (end, used) = edge(code, &inside[1..])?;
        return (used + 1 == inside.len()).then(|| format!(".. {end}"));
    }
    let is_started = named(&STARTS);
    let rest = if is_started { &inside[1..] } else { inside };
    let (start, used) = edge(code, rest)?;
    let rest = &rest[used..];
    if rest.is_empty() {
        return is_started.then(|| format!("{start} .."));
    }
    // `[window:step]` is a range of this language.
    let is_length = used == 1 && !matches!(inside[0].kind, TokenKind::Time(_));
    let gap = separator(rest).filter(|_| !is_symbol(rest.first(), ":") || !is_length)?;
    match edge(code, &rest[gap..]) {
        Some((end, used)) if gap + used == rest.len() => Some(format!("{start} .. {end}")),
        _ => None,
    }
}

/// The number of tokens between two times: `..`, `,`, `to`, `-`, `...`.
fn separator(tokens: &[Token]) -> Option<usize> {
    let first = tokens.first()?;
    let signs = ["..", ",", "-", ":", "/"];
    let is_separator = signs.iter().any(|sign| is_symbol(Some(first), sign))
        || word(first).is_some_and(|word| BETWEEN.contains(&word));
    is_separator.then_some(1)
}

/// A time, and the number of its tokens: `now`, `now-1h`, `now-1h/h`, `1h ago`, `-1h`,
/// `2026-03-01`, `start()`, a variable.
fn edge(code: &str, tokens: &[Token]) -> Option<(String, usize)> {
    if let Some((length, used)) = length(code, tokens) {
        let ago = usize::from(is_word(tokens.get(used), "ago"));
        return Some((format!("-{length}"), used + ago));
    }
    let first = tokens.first()?;
    match &first.kind {
        TokenKind::Symbol("-") => {
            let (length, used) = length(code, &tokens[1..])?;
            Some((format!("-{length}"), 1 + used))
        }
        TokenKind::Time(_) | TokenKind::Number(..) => {
            Some((text(code, &tokens[..1]).to_owned(), 1))
        }
        TokenKind::Name(name) if matches!(&**name, "start" | "end") => {
            let is_called = is_symbol(tokens.get(1), "(") && is_symbol(tokens.get(2), ")");
            Some((format!("{name}()"), if is_called { 3 } else { 1 }))
        }
        TokenKind::Name(_) => {
            let is_signed = ["-", "+"].iter().any(|sign| is_symbol(tokens.get(1), sign));
            let by = tokens.get(2).map(|token| &token.kind);
            let is_shifted = is_signed && matches!(by, Some(TokenKind::Duration(_)));
            let length = if is_shifted { 3 } else { 1 };
            // `now-1d/d` rounds in Grafana.
            let rounded = is_symbol(tokens.get(length), "/")
                && tokens.get(length + 1).and_then(word).is_some_and(|word| word.len() == 1);
            let used = if rounded { length + 2 } else { length };
            Some((text(code, &tokens[..length]).to_owned(), used))
        }
        _ => None,
    }
}
