//! A completion candidate: a text, its kind, and a short description.
//!
//! `candidates` decides what is offered. This file quotes it where necessary and compares
//! it with the typed prefix.

use super::Named;
use crate::lang::format::word_or_quoted;
use crate::lang::text::quote;

/// A completion candidate.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) text: String,
    pub(super) kind: &'static str,
    pub(super) signature: String,
    /// The unquoted content, for quoted text.
    content: Option<String>,
}

impl Candidate {
    /// Names must start with the prefix. Quoted text may contain it anywhere, because the
    /// interesting part of a function name is rarely its beginning.
    pub(super) fn fits(&self, prefix: &str, quote: Option<char>) -> bool {
        if prefix.is_empty() {
            return quote.is_none() || self.content.is_some();
        }
        let prefix = prefix.to_lowercase();
        match (quote, &self.content) {
            (None, None) => self.text.trim_start().to_lowercase().starts_with(&prefix),
            (None, Some(content)) => content.to_lowercase().starts_with(&prefix),
            (Some(_), Some(content)) => content.to_lowercase().contains(&prefix),
            (Some(_), None) => false,
        }
    }
}

pub(super) fn item(text: &str, kind: &'static str, signature: &str) -> Candidate {
    Candidate { text: text.to_owned(), kind, signature: signature.to_owned(), content: None }
}

pub(super) fn words(texts: &[&str], kind: &'static str) -> Vec<Candidate> {
    texts.iter().map(|text| item(text, kind, "")).collect()
}

/// Names, quoted where they are not words of the language.
pub(super) fn named(names: Vec<Named>, kind: &'static str) -> Vec<Candidate> {
    names.into_iter().map(|name| name_or_text(name, kind)).collect()
}

pub(super) fn name_or_text(name: Named, kind: &'static str) -> Candidate {
    let text = word_or_quoted(&name.text);
    Candidate { text, kind, signature: name.figure, content: Some(name.text) }
}

pub(super) fn texts(texts: impl IntoIterator<Item = Named>, kind: &'static str) -> Vec<Candidate> {
    let quoted = |name: Named| Candidate {
        text: quote(&name.text),
        kind,
        signature: name.figure,
        content: Some(name.text),
    };
    texts.into_iter().map(quoted).collect()
}
