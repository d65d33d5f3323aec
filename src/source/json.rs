//! What formats written in JSON have in common: the names at the top, which tell the
//! format, and a reader that hears interrupts and gives errors their byte.
//!
//! A file may be far larger than the profile in it. Readers therefore process lists item
//! by item; none builds a tree of values.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, SeqAccess, Visitor};

use super::interruptible::Interruptible;
use super::malformed::{Malformed, ReadError};
use crate::work::Work;

/// Reads a whole text of this format.
pub(super) fn parse<T: DeserializeOwned>(
    format: &str,
    bytes: &[u8],
    work: Work<'_>,
) -> Result<T, ReadError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = T::deserialize(Interruptible::new(&mut json, work.cancel));
    let parsed = parsed.and_then(|value| json.end().map(|()| value));
    work.check()?;
    parsed.map_err(|error| malformed(format, &error, offset(&error, bytes)).into())
}

/// What serde_json found wrong in a text of this format, with the byte instead of the line.
pub(super) fn malformed(format: &str, error: &serde_json::Error, offset: usize) -> Malformed {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(&*text, |(reason, _)| reason);
    Malformed::at(offset, format!("{format}: {reason}"))
}

/// The byte of a text that serde_json did not expect.
pub(super) fn offset(error: &serde_json::Error, bytes: &[u8]) -> usize {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    // The column is that of the last byte which was read, from 1.
    let read = (before + error.column()).min(bytes.len());
    if error.is_eof() { read } else { read.saturating_sub(1) }
}

/// A list, which errors call a list and not a sequence, as serde does.
pub(super) struct List<T>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<T> List<T> {
    /// Adds the items of another list.
    pub(super) fn append(&mut self, mut more: List<T>) {
        self.0.append(&mut more.0);
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(List(items))
    }
}

/// The names at the top of an object, each with the text from its value on.
///
/// The values are skipped without being checked.
#[derive(Debug, Clone)]
pub(super) struct Keys<'a> {
    rest: &'a [u8],
}

impl<'a> Keys<'a> {
    /// None if the text does not start as an object.
    pub(super) fn of(text: &'a [u8]) -> Option<Keys<'a>> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let rest = text.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
        matches!(rest, [b'"' | b'}', ..]).then_some(Keys { rest })
    }
}

impl<'a> Iterator for Keys<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, rest) = string(self.rest.trim_ascii_start())?;
        let value = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let after = behind(value).trim_ascii_start();
        self.rest = after.strip_prefix(b",").unwrap_or_default();
        Some((key, value))
    }
}

/// The text in quotes, and the text after it.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let mut at = 0;
    loop {
        match *text.get(at)? {
            b'"' => return Some((&text[..at], &text[at + 1..])),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The text after a value; empty if the value does not end.
fn behind(value: &[u8]) -> &[u8] {
    let mut depth = 0;
    let mut rest = value;
    while let Some((first, after)) = rest.split_first() {
        match first {
            b'"' => {
                let Some((_, after)) = string(rest) else { return &[] };
                rest = after;
            }
            b'{' | b'[' => (depth, rest) = (depth + 1, after),
            b'}' | b']' | b',' if depth == 0 => return rest,
            b'}' | b']' => (depth, rest) = (depth - 1, after),
            _ => rest = after,
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{Cancel, Unwatched};

    fn keys(text: &str) -> Vec<String> {
        let keys = Keys::of(text.as_bytes()).into_iter().flatten();
        keys.map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect()
    }

    #[test]
    fn names_at_the_top_are_found() {
        let text = r#" {"a": {"x": [1, {"y": "}"}]}, "b\"": "],", "c":-1.5e3,"d":[],"e":null }"#;
        assert_eq!(keys(text), ["a", "b\\\"", "c", "d", "e"]);
        let (_, value) = Keys::of(text.as_bytes()).and_then(|mut k| k.nth(2)).expect("c");
        assert!(value.starts_with(b"-1.5e3,"));
        assert_eq!(keys("{}"), [""; 0]);
        assert!(Keys::of(b"{main};run 12").is_none());
        assert!(Keys::of(b"[{}]").is_none());
        for end in 0..text.len() {
            assert!(keys(&text[..end]).len() <= 5);
        }
    }

    #[test]
    fn an_error_has_the_place_of_its_byte() {
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let refused = |text: &str| {
            let parsed = parse::<Vec<u8>>("numbers", text.as_bytes(), work);
            parsed.expect_err("an error").to_string()
        };
        assert_eq!(refused("[1,\n 2"), "numbers: EOF while parsing a list at byte 6");
        assert_eq!(refused("[1,\n NaN]"), "numbers: expected value at byte 5");
        assert_eq!(refused("[1] [2]"), "numbers: trailing characters at byte 4");
        let deep = "[".repeat(100_000);
        assert!(parse::<serde::de::IgnoredAny>("numbers", deep.as_bytes(), work).is_err());
    }
}
