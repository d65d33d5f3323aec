//! Prints selectors: matchers, ranges and times.

use super::{joined, label_name, quote};
use crate::lang::ast::{
    Length, LengthKind, Matcher, MatcherOp, MatcherValue, Name, Range, RangeKind, Selector, Time,
    TimeKind,
};

/// Prints a selector.
pub fn selector(selector: &Selector) -> String {
    let mut out = selector.name.as_ref().map_or(String::new(), |name| name.text.to_string());
    // A selector without conditions keeps its braces, or it would be a plain name.
    let bare = selector.range.is_none()
        && selector.offset.is_none()
        && selector.at.is_none()
        && selector.from.is_none();
    if !selector.matchers.is_empty() || bare {
        out += &braces(&selector.matchers);
    }
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

pub(super) fn braces(matchers: &[Matcher]) -> String {
    format!("{{{}}}", joined(matchers.iter().map(matcher)))
}

pub fn matcher(matcher: &Matcher) -> String {
    let op = match matcher.op {
        MatcherOp::Equal => "=",
        MatcherOp::NotEqual => "!=",
        MatcherOp::Regex => "=~",
        MatcherOp::NotRegex => "!~",
    };
    let value = match &matcher.value {
        MatcherValue::Text(text) => quote(text),
        MatcherValue::Variable(name) => name.to_string(),
    };
    format!("{}{op}{value}", label_name(&matcher.label))
}

pub(super) fn range(range: &Range) -> String {
    match &range.kind {
        RangeKind::Last { length: whole, step: None } => format!("[{}]", length(whole)),
        RangeKind::Last { length: whole, step: Some(step) } => {
            format!("[{}:{}]", length(whole), length(step))
        }
        RangeKind::Between { start, end } => format!("[{} .. {}]", time(start), time(end)),
        RangeKind::From { start, length: whole } => {
            format!("[{} .. +{}]", time(start), length(whole))
        }
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
    match &time.kind {
        TimeKind::Literal(at) => at.to_string(),
        TimeKind::Now { shift: None } => "now".to_owned(),
        TimeKind::Now { shift: Some(shift) } => shifted(shift),
        TimeKind::Start => "start()".to_owned(),
        TimeKind::End => "end()".to_owned(),
        TimeKind::Variable(name) => name.to_string(),
    }
}

fn shifted(shift: &Length) -> String {
    let text = length(shift);
    match text.strip_prefix('-') {
        Some(back) => format!("now - {back}"),
        None => format!("now + {text}"),
    }
}

/// Prints a type with matchers, for headers: `cpu{pod="a"}`.
pub fn subject(name: &Name, matchers: &[Matcher]) -> String {
    if matchers.is_empty() {
        return name.text.to_string();
    }
    let written: Vec<String> = matchers.iter().map(matcher).collect();
    format!("{}{{{}}}", name.text, written.join(", "))
}
