//! One part of a pattern, which is matched with the names in one folder.

use std::sync::Arc;

use regex::Regex;

use crate::source::SourceError;

/// A part of a pattern that has wildcards.
#[derive(Debug, Clone)]
pub(super) struct NamePattern {
    regex: Regex,
    /// The placeholder of each group of the regex.
    labels: Vec<Arc<str>>,
    matches_hidden: bool,
}

impl NamePattern {
    pub(super) fn parse(part: &str) -> Result<NamePattern, SourceError> {
        let broken = |reason: &str| SourceError::Pattern(format!("`{part}` {reason}"));
        let mut regex = String::from("^(?s:");
        let mut labels = Vec::new();
        let mut alternatives = 0;
        let mut rest = part;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '*' => regex.push_str(".*"),
                '?' => regex.push('.'),
                '[' => {
                    // A bracket that comes first is one of the characters.
                    let end = rest.char_indices().skip(1).find(|(_, c)| *c == ']');
                    let (end, _) = end.ok_or_else(|| broken("has a `[` without its `]`"))?;
                    push_class(&mut regex, &rest[..end]);
                    rest = &rest[end + 1..];
                }
                '{' => match rest.split_once('}') {
                    Some((name, after)) if is_label(name) => {
                        regex.push_str("(.+)");
                        labels.push(name.into());
                        rest = after;
                    }
                    Some((names, _)) if names.contains([',', '{']) => {
                        regex.push_str("(?:");
                        alternatives += 1;
                    }
                    Some((name, _)) => {
                        return Err(broken(&format!(
                            "has `{{{name}}}`, which is not a valid label name"
                        )));
                    }
                    None => return Err(broken("has a `{` without its `}`")),
                },
                ',' if alternatives > 0 => regex.push('|'),
                '}' if alternatives > 0 => {
                    regex.push(')');
                    alternatives -= 1;
                }
                c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
        }
        if alternatives > 0 {
            return Err(broken("has a `{` without its `}`"));
        }
        regex.push_str(")$");
        let regex = Regex::new(&regex).map_err(|_| broken("is not a pattern of file names"))?;
        Ok(NamePattern { regex, labels, matches_hidden: part.starts_with('.') })
    }

    /// The labels that a name gives, if it matches.
    pub(super) fn labels_of(&self, name: &str) -> Option<Vec<(Arc<str>, Arc<str>)>> {
        if name.starts_with('.') && !self.matches_hidden {
            return None;
        }
        // Nearly all names fail, and that test is much faster than finding groups.
        if !self.regex.is_match(name) {
            return None;
        }
        if self.labels.is_empty() {
            return Some(Vec::new());
        }
        let captures = self.regex.captures(name)?;
        let values = captures.iter().skip(1).flatten().map(|value| Arc::from(value.as_str()));
        Some(self.labels.iter().cloned().zip(values).collect())
    }
}

fn push_class(regex: &mut String, class: &str) {
    regex.push('[');
    let characters = match class.strip_prefix(['!', '^']) {
        Some(rest) => {
            regex.push('^');
            rest
        }
        None => class,
    };
    for c in characters.chars() {
        if matches!(c, '[' | ']' | '\\' | '&' | '~' | '^') {
            regex.push('\\');
        }
        regex.push(c);
    }
    regex.push(']');
}

/// Whether a placeholder or the key of a folder is a valid label name.
pub(super) fn is_label(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
