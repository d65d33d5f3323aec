//! The matchers of a query as the text that a server reads, as in PromQL.

use std::fmt::Write;
use std::sync::Arc;

use regex::Regex;

use crate::profile::label::anchored;
use crate::profile::{LabelMatcher, Labels, MatchOp};

/// `{pod="a", version=~"1|2"}`
pub(super) fn selector<'m>(matchers: impl IntoIterator<Item = &'m LabelMatcher>) -> String {
    let mut text = String::from("{");
    for (nth, matcher) in matchers.into_iter().enumerate() {
        if nth > 0 {
            text.push(',');
        }
        let (op, value) = literal(&matcher.op);
        text.push_str(&format!("{}{op}\"{value}\"", name(&matcher.name)));
    }
    text.push('}');
    text
}

/// The operator, and the value as it stands between quotes.
pub(super) fn literal(op: &MatchOp) -> (&'static str, String) {
    let (op, value) = match op {
        MatchOp::Equal(value) => ("=", &**value),
        MatchOp::NotEqual(value) => ("!=", &**value),
        MatchOp::Regex(regex) => ("=~", written(regex.as_str())),
        MatchOp::NotRegex(regex) => ("!~", written(regex.as_str())),
        MatchOp::Amount(..) => unreachable!("a server is asked for values, not for sizes"),
    };
    (op, escaped(value))
}

/// A regex without the anchors that were added to it; the server adds its own.
fn written(anchored: &str) -> &str {
    let inner = anchored.strip_prefix("^(?s:").and_then(|rest| rest.strip_suffix(")$"));
    inner.unwrap_or(anchored)
}

/// A name that is not a word is quoted, which servers from 1.14 on understand.
fn name(name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_plain = name.chars().all(is_word) && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_plain { name.to_owned() } else { format!("\"{}\"", escaped(name)) }
}

/// The inside of a string literal of Go.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(escaped, "\\u{:04x}", c as u32);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// A regex of exactly these values.
pub(super) fn one_of(values: impl Iterator<Item = Arc<str>>) -> Regex {
    /// Matches nothing, in Go and in Rust.
    const NOTHING: &str = r"[^\x00-\x{10FFFF}]";
    let values: Vec<String> = values.map(|value| regex::escape(&value)).collect();
    let any = if values.is_empty() { NOTHING.to_owned() } else { values.join("|") };
    anchored(&any).expect("escaped values are a regex")
}

/// Matchers for exactly these labels; a missing one must be missing.
pub(super) fn exactly<'n>(
    labels: &Labels,
    names: impl IntoIterator<Item = &'n str>,
) -> Vec<LabelMatcher> {
    let matcher = |name: &str| {
        let value = labels.get(name).map_or_else(Arc::default, |value| value.shared().clone());
        LabelMatcher { name: name.into(), op: MatchOp::Equal(value) }
    };
    names.into_iter().map(matcher).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_a_regex_of_exactly_them() {
        let sizes = one_of(["1 KiB", "2.5 KiB"].into_iter().map(Arc::from));
        assert!(sizes.is_match("1 KiB") && sizes.is_match("2.5 KiB"));
        assert!(!sizes.is_match("2x5 KiB") && !sizes.is_match("11 KiB"));
        assert!(!one_of(std::iter::empty()).is_match(""));
    }

    #[test]
    fn matchers_are_written_as_in_promql() {
        let regex = |text: &str| anchored(text).expect("a regex");
        let matcher = |name: &str, op| LabelMatcher { name: name.into(), op };
        let matchers = [
            matcher("pod", MatchOp::Equal("a\"b\\c\n".into())),
            matcher("env", MatchOp::NotEqual("".into())),
            matcher("v", MatchOp::Regex(regex("1|2\\.0"))),
            matcher("k8s.pod", MatchOp::NotRegex(regex(".*x"))),
        ];
        assert_eq!(
            selector(&matchers),
            r#"{pod="a\"b\\c\n",env!="",v=~"1|2\\.0","k8s.pod"!~".*x"}"#
        );
        assert_eq!(selector([]), "{}");
    }

    #[test]
    fn a_group_without_a_label_matches_its_absence() {
        let labels: Labels = [("pod", "a")].into_iter().collect();
        assert_eq!(selector(&exactly(&labels, ["pod", "env"])), r#"{pod="a",env=""}"#);
    }
}
