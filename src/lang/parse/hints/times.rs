//! Hints for times and durations in the notation of other tools.
//!
//! `2026/03/01` would parse as a division and `10:00` as a range with a step. Nobody
//! means that, so these are recognised before the statement is parsed.

use super::{is_symbol, is_word, place, text};
use crate::diag::Diagnostic;
use crate::lang::lex::{Token, TokenKind, lex};

pub(super) fn recognise(code: &str, tokens: &[Token]) -> Vec<Diagnostic> {
    let found: Vec<Diagnostic> = (0..tokens.len())
        .filter_map(|at| {
            let rest = &tokens[at..];
            day(code, tokens, at)
                .or_else(|| slashes(code, rest))
                .or_else(|| spaced(code, rest))
                .or_else(|| bare_clock(code, tokens, at))
                .or_else(|| quoted(tokens, at))
        })
        .collect();
    if found.is_empty() { lengths(code, tokens).into_iter().collect() } else { found }
}

/// Reports a day as a range: `[2026/03/01]`, `[2026-03-01]`.
fn day(code: &str, tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let opens = at.checked_sub(1).is_some_and(|before| is_symbol(tokens.get(before), "["));
    let slashed = date(code, &tokens[at..]).map(|date| (date, 5));
    let dashed = matches!(tokens[at].kind, TokenKind::Time(_))
        .then(|| (text(code, &tokens[at..=at]).to_owned(), 1))
        .filter(|(date, _)| date.len() == 10);
    let (date, length) = slashed.or(dashed).filter(|_| opens)?;
    if !is_symbol(tokens.get(at + length), "]") {
        return None;
    }
    let whole = place(&tokens[at..at + length]);
    let meant = format!("{date} .. +1d");
    Some(
        Diagnostic::error("time-format", "a range needs a start and an end")
            .at(whole, "a day, or the start of one")
            .fix(format!("write `[{meant}]` for the day"), whole, meant),
    )
}

/// Reports a date with slashes: `2026/03/01`, `2026/03/01 10:00`.
fn slashes(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let date = date(code, tokens)?;
    let clock = clock(code, &tokens[5..]);
    let hour = clock.as_ref().map_or_else(String::new, |(clock, _)| format!("T{clock}Z"));
    let meant = date + &hour;
    let whole = place(&tokens[..5 + clock.map_or(0, |(_, length)| length)]);
    Some(
        Diagnostic::error("time-format", "a date is written with dashes")
            .at(whole, "`/` is division")
            .fix(format!("write `{meant}`"), whole, meant),
    )
}

/// Rewrites a date of five tokens, `2026/03/01`, with dashes.
fn date(code: &str, tokens: &[Token]) -> Option<String> {
    let [year, slash, month, again, day, ..] = tokens else { return None };
    let slashed = is_symbol(Some(slash), "/") && is_symbol(Some(again), "/");
    let is_one = tokens.windows(2).take(4).all(|pair| pair[0].place.end == pair[1].place.start);
    let parts = [year, month, day].map(|token| text(code, std::slice::from_ref(token)));
    let is_date = parts[0].len() == 4 && parts.iter().all(|part| is_digits(part));
    let [year, month, day] = parts;
    (slashed && is_one && is_date).then(|| format!("{year}-{month:0>2}-{day:0>2}"))
}

/// Reports a time in quotes: `@ "2026-03-01 10:00"`.
fn quoted(tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let TokenKind::Text(written) = &tokens[at].kind else { return None };
    let before = tokens.get(at.checked_sub(1)?);
    let is_time = ["@", "[", ".."].iter().any(|sign| is_symbol(before, sign));
    let meant = written.trim().replacen(' ', "T", 1);
    let is_dated = meant.len() >= 10 && meant.get(..4).is_some_and(is_digits);
    let zoned = if meant.contains('T') && !meant.ends_with('Z') { "Z" } else { "" };
    let meant = format!("{meant}{zoned}");
    let again = lex(&meant);
    let is_one = matches!(&again[..], [one] if matches!(one.kind, TokenKind::Time(_)));
    (is_time && is_dated && is_one).then(|| {
        Diagnostic::error("time-format", "a time has no quotes").at(tokens[at].place, "a text").fix(
            format!("write `{meant}`"),
            tokens[at].place,
            meant,
        )
    })
}

/// Reports a blank in place of the `T`: `2026-03-01 10:00`.
fn spaced(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let [date, rest @ ..] = tokens else { return None };
    if !matches!(date.kind, TokenKind::Time(_)) {
        return None;
    }
    let (clock, length) = clock(code, rest)?;
    let meant = format!("{}T{clock}Z", text(code, &tokens[..1]));
    let whole = place(&tokens[..=length]);
    Some(
        Diagnostic::error(
            "time-format",
            "a time is written as one word, with a `T` before the hour",
        )
        .at(whole, "two words")
        .fix(format!("write `{meant}`, `Z` for UTC"), whole, meant),
    )
}

/// Reports a time of day without a date: `[10:00 .. 11:00]`.
fn bare_clock(code: &str, tokens: &[Token], at: usize) -> Option<Diagnostic> {
    let opens = at.checked_sub(1).is_some_and(|before| {
        ["[", "..", "@"].iter().any(|symbol| is_symbol(tokens.get(before), symbol))
    });
    let (clock, length) = clock(code, &tokens[at..]).filter(|_| opens)?;
    Some(
        Diagnostic::error("time-format", format!("`{clock}` has no date"))
            .at(place(&tokens[at..at + length]), "the date is missing")
            .help(format!(
                "write the day as well: `2026-03-01T{clock}Z`, or count back: `now - 2h`"
            )),
    )
}

/// Reads `10:00` or `10:00:30`, and counts its tokens.
fn clock(code: &str, tokens: &[Token]) -> Option<(String, usize)> {
    let two = |token: &Token| {
        let written = text(code, std::slice::from_ref(token));
        is_digits(written) && written.len() <= 2
    };
    let [hour, colon, minute, rest @ ..] = tokens else { return None };
    if !two(hour) || !is_symbol(Some(colon), ":") || !two(minute) {
        return None;
    }
    let length = match rest {
        [colon, second, ..] if is_symbol(Some(colon), ":") && two(second) => 5,
        _ => 3,
    };
    let hours = text(code, &tokens[..1]);
    Some((format!("{hours:0>2}{}", text(code, &tokens[1..length])), length))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reports `ago` after an offset: `offset 1d ago`.
fn lengths(code: &str, tokens: &[Token]) -> Option<Diagnostic> {
    let at = tokens.windows(3).position(|window| {
        is_word(window.first(), "offset")
            && matches!(window[1].kind, TokenKind::Duration(_))
            && is_word(window.get(2), "ago")
    })?;
    let meant = text(code, &tokens[at + 1..at + 2]);
    let whole = place(&tokens[at + 1..at + 3]);
    Some(
        Diagnostic::error("time-format", "a plain duration is expected")
            .at(whole, "an offset already goes back")
            .fix(format!("write `offset {meant}`"), whole, meant),
    )
}
