//! Values that a front end in another language gives for `$name` and `{name}`.
//!
//! A Python notebook has variables of its own. Each becomes the tokens of a literal, in the
//! place where it is named: it is never text of a cell, so a value with quotes, braces or
//! newlines is one value and nothing else. Names in strings and comments mean nothing.

use std::collections::BTreeMap;

use crate::quantity::{Span, Timestamp};

/// The values by their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters(pub BTreeMap<String, ParameterValue>);

#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    Text(String),
    /// A finite number.
    Number(f64),
    Bool(bool),
    Duration(Span),
    Time(Timestamp),
    List(Vec<ParameterValue>),
}

impl Parameters {
    /// The name at the start of `rest`, after `$` or alone in braces, and the length of both.
    ///
    /// Braces are those of a selector unless there is a value with this name.
    pub(super) fn name_at<'a>(&self, rest: &'a str) -> Option<(&'a str, usize)> {
        if let Some(after) = rest.strip_prefix('$') {
            let name = &after[..name_length(after)?];
            return Some((name, 1 + name.len()));
        }
        let inner = rest.strip_prefix('{')?;
        let trimmed = inner.trim_start();
        let name = &trimmed[..name_length(trimmed)?];
        let end = trimmed[name.len()..].trim_start().strip_prefix('}')?;
        self.0.contains_key(name).then_some((name, rest.len() - end.len()))
    }

    pub(super) fn get(&self, name: &str) -> Option<&ParameterValue> {
        self.0.get(name)
    }
}

/// The length of the name that `text` starts with.
fn name_length(text: &str) -> Option<usize> {
    let starts = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    starts.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::{format, parse_with};

    /// The cell with its values as literals, or the slug of its first error.
    fn given(code: &str) -> String {
        let list = vec![ParameterValue::Text("a".into()), ParameterValue::Number(-1.5)];
        let values = [
            ("text", ParameterValue::Text("a\"b}\n| top 1".into())),
            ("two", ParameterValue::Number(2.0)),
            ("long", ParameterValue::Duration(Span::seconds(90))),
            ("at", ParameterValue::Time(Timestamp(0))),
            ("list", ParameterValue::List(list)),
        ];
        let parameters = Parameters(values.map(|(name, value)| (name.to_owned(), value)).into());
        let (cell, errors) = parse_with(code, Some(&parameters));
        errors.first().map_or_else(|| format::cell(&cell), |error| error.slug.to_owned())
    }

    #[test]
    fn a_value_is_one_literal_wherever_a_literal_may_stand() {
        for (code, meaning) in [
            ("cpu | focus $text", r#"cpu | focus "a\"b}\n| top 1""#),
            ("cpu{pod={text}}", r#"cpu{pod="a\"b}\n| top 1"}"#),
            // Label values are text.
            ("cpu{version=$two}", r#"cpu{version="2"}"#),
            ("cpu | top { two }", "cpu | top 2"),
            ("cpu[$long]", "cpu[1m30s]"),
            ("cpu[$at .. +{long}]", "cpu[1970-01-01T00:00:00Z .. +1m30s]"),
            ("let l = $list", r#"let l = ["a", -1.5]"#),
            ("use $text", r#"use "a\"b}\n| top 1""#),
        ] {
            assert_eq!(given(code), meaning, "{code}");
        }
    }

    #[test]
    fn names_in_texts_and_comments_mean_nothing() {
        let code = "use \"{text}/$two.pb\" # $none";
        assert_eq!(given(code), "use \"{text}/$two.pb\"");
    }

    #[test]
    fn a_name_without_a_value_is_an_error_and_braces_are_those_of_a_selector() {
        assert_eq!(given("cpu | top $none"), "unknown-parameter");
        assert_eq!(given("cpu{none=\"x\"}"), "cpu{none=\"x\"}");
        let (_, errors) = parse_with("cpu | top $two", None);
        assert_eq!(errors.first().map(|error| error.slug), Some("bad-character"));
    }
}
