//! On which line of a notebook's file each line of its cells is, for tools that mark lines.
//!
//! serde_json does not keep places, but it tells where a value ends; so members and items are
//! walked one by one.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Deserializer;

/// For each cell of a file, the lines on which those of its source are, from 1.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Vec<usize>>> {
    let text = std::fs::read_to_string(path);
    Ok(of(&text.with_context(|| format!("cannot read {}", path.display()))?))
}

fn of(text: &str) -> Vec<Vec<usize>> {
    let breaks: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line = |at: usize| 1 + breaks.partition_point(|end| *end < at);
    let Some(cells) = member(text, 0, "cells") else { return Vec::new() };
    let cells = items(text, cells).into_iter();
    let sources = cells.map(|cell| member(text, cell, "source"));
    let lines = sources.map(|source| match source {
        Some(at) if text[at..].starts_with('[') => items(text, at).into_iter().map(line).collect(),
        Some(at) => vec![line(at)],
        None => Vec::new(),
    });
    lines.collect()
}

/// Where the value of a member of the object at a place starts.
fn member(text: &str, at: usize, name: &str) -> Option<usize> {
    let mut at = opened(text, at, b'{')?;
    loop {
        let (key, end) = value::<String>(text, at)?;
        let start = blank(text, expect(text, end, b':')?);
        if key == name {
            return Some(start);
        }
        let (_, end) = value::<IgnoredAny>(text, start)?;
        at = blank(text, expect(text, end, b',')?);
    }
}

/// Where the items of the array at a place start.
fn items(text: &str, at: usize) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut next = opened(text, at, b'[');
    while let Some(at) = next {
        let Some((_, end)) = value::<IgnoredAny>(text, at) else { break };
        starts.push(at);
        next = expect(text, end, b',').map(|after| blank(text, after));
    }
    starts
}

/// A value, and where it ends.
fn value<'t, T: Deserialize<'t>>(text: &'t str, at: usize) -> Option<(T, usize)> {
    let mut values = Deserializer::from_str(&text[at..]).into_iter::<T>();
    let value = values.next()?.ok()?;
    Some((value, at + values.byte_offset()))
}

fn opened(text: &str, at: usize, bracket: u8) -> Option<usize> {
    Some(blank(text, expect(text, at, bracket)?))
}

/// Behind a character that follows, perhaps after blanks.
fn expect(text: &str, at: usize, character: u8) -> Option<usize> {
    let at = blank(text, at);
    (text.as_bytes().get(at) == Some(&character)).then_some(at + 1)
}

fn blank(text: &str, at: usize) -> usize {
    at + text[at..].len() - text[at..].trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_a_cell_has_its_line_in_the_file() {
        let text = r#"{
 "nbformat": 4,
 "cells": [
  {
   "source": [
    "use \"a]\"\n",
    "cpu"
   ],
   "outputs": [{"text": ["cpu"]}, 1, true, null]
  },
  {"source": "a\nb"}, {"source": []}
 ]
}"#;
        assert_eq!(of(text), [vec![6, 7], vec![11], vec![]]);
        assert!(of("[]").is_empty() && of("{}").is_empty() && of("").is_empty());
    }
}
