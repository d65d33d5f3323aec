//! Prints selectors: matchers, ranges and times.

use super::{KEYWORDS, joined, label_name, quote};
use crate::lang::ast::{
    Length, LengthKind, Matcher, MatcherOp, MatcherValue, Name, Range, RangeKind, Selector, Time,
    TimeKind,
};
use crate::lang::verbs;

/// Prints a selector.
pub fn selector(selector: &Selector) -> String {
    // A selector without conditions keeps its braces, or it would be a plain name.
    let bare = selector.range.is_none()
        && selector.offset.is_none()
        && selector.at.is_none()
        && selector.from.is_none();
    let mut out = match &selector.name {
        Some(name) if !is_name(&name.text) => quoted(name, &selector.matchers),
        name => {
            let name = name.as_ref().map_or("", |name| &name.text);
            let is_braced = !selector.matchers.is_empty() || bare;
            format!("{name}{}", if is_braced { braces(&selector.matchers) } else { String::new() })
        }
    };
    if let Some(range) = &selector.range {
        out += &self::range(range);
    }
    if let Some(offset) = &selector.offset {
        out += &format!(" offset {}", length(offset));
    }
    if let Some(at) = &selector.at {
        out += &format!(" @ {}", time(at));
    }
    if let Some(from) = &selector.from {
        out += &format!(" from {}", from.text);
    }
    out
}

/// Prints a type whose name is no word of the language: `{"cpu-time", pod="a"}`.
fn quoted(name: &Name, matchers: &[Matcher]) -> String {
    let parts = std::iter::once(quote(&name.text)).chain(matchers.iter().map(matcher));
    format!("{{{}}}", joined(parts))
}

/// Whether the name is a word, or words joined by `:`, and means nothing else.
fn is_name(name: &str) -> bool {
    let is_word =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_taken = KEYWORDS.contains(&name) || verbs::find(name).is_some();
    starts && name.split(':').all(is_word) && !is_taken
}

pub(super) fn braces(matchers: &[Matcher]) -> String {
    format!("{{{}}}", joined(matchers.iter().map(matcher)))
}

pub fn matcher(matcher: &Matcher) -> String {
    let op = MatcherOp::ALL.iter().find(|(op, _)| *op == matcher.op).map_or("=", |(_, text)| text);
    let value = match &matcher.value {
        MatcherValue::Text(text) => quote(text),
        MatcherValue::Variable(name) => name.to_string(),
    };
    format!("{}{op}{value}", label_name(&matcher.label))
}

pub(super) fn range(range: &Range) -> String {
    let window = match &range.kind {
        RangeKind::Last { length: whole } => length(whole),
        RangeKind::Between { start, end } => format!("{} .. {}", time(start), time(end)),
        RangeKind::From { start, length: whole } => {
            format!("{} .. +{}", time(start), length(whole))
        }
    };
    match (&range.step, &range.kind) {
        (None, _) => format!("[{window}]"),
        (Some(step), RangeKind::Last { .. }) => format!("[{window}:{}]", length(step)),
        // A colon right after a time would be read as a part of it.
        (Some(step), _) => format!("[{window} : {}]", length(step)),
    }
}

fn length(length: &Length) -> String {
    match &length.kind {
        LengthKind::Literal(span) => span.to_string(),
        LengthKind::Variable { name, negative: false } => name.to_string(),
        LengthKind::Variable { name, negative: true } => format!("-{name}"),
    }
}

pub(super) fn time(time: &Time) -> String {
    let base = match &time.kind {
        TimeKind::Literal(at) => at.to_string(),
        TimeKind::Now => "now".to_owned(),
        TimeKind::Start => "start()".to_owned(),
        TimeKind::End => "end()".to_owned(),
        TimeKind::Variable(name) => name.to_string(),
    };
    match &time.shift {
        None => base,
        Some(shift) => {
            let text = length(shift);
            match text.strip_prefix('-') {
                Some(back) => format!("{base} - {back}"),
                None => format!("{base} + {text}"),
            }
        }
    }
}

/// Prints a type with matchers, for headers: `cpu{pod="a"}`.
pub fn subject(name: &Name, matchers: &[Matcher]) -> String {
    if !is_name(&name.text) {
        return quoted(name, matchers);
    }
    if matchers.is_empty() {
        return name.text.to_string();
    }
    let written: Vec<String> = matchers.iter().map(matcher).collect();
    format!("{}{{{}}}", name.text, written.join(", "))
}
