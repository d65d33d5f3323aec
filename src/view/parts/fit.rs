//! Texts that fit a number of columns of a terminal.
//!
//! A Chinese letter and an emoji take two columns, an accent none. All widths of plain text
//! are measured here.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// The columns that a text takes.
pub(crate) fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(columns_of).sum() }
}

/// The columns of one letter. The mark that turns a letter into an emoji widens it.
fn columns_of(letter: char) -> usize {
    if letter == '\u{fe0f}' { 1 } else { letter.width().unwrap_or(0) }
}

/// `text` with blanks behind it.
pub(crate) fn left(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// `text` with blanks before it.
pub(crate) fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

/// At most `most` columns, cut in the middle: a function's name says most at its end, a
/// path also something at its beginning.
pub(crate) fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most || columns(text) <= most {
        return Cow::Borrowed(text);
    }
    let kept = most.saturating_sub(1);
    let head = prefix(text.chars(), kept / 3);
    let tail = prefix(text.chars().rev(), kept - head.columns);
    // An accent without its letter would stand on the ellipsis.
    let tail = text[text.len() - tail.bytes..].trim_start_matches(|c| columns_of(c) == 0);
    Cow::Owned(format!("{}…{tail}", &text[..head.bytes]))
}

struct Prefix {
    bytes: usize,
    columns: usize,
}

/// The longest run of letters from the start that takes at most `most` columns.
fn prefix(letters: impl Iterator<Item = char>, most: usize) -> Prefix {
    let mut taken = Prefix { bytes: 0, columns: 0 };
    for letter in letters {
        let columns = taken.columns + columns_of(letter);
        if columns > most {
            break;
        }
        taken = Prefix { bytes: taken.bytes + letter.len_utf8(), columns };
    }
    taken
}

/// Lines of at most `most` columns, broken between `parts`, which `between` joins. Later
/// lines start with `indent` blanks. A part that is wider than a line is cut in the middle.
pub(crate) fn wrapped<S: AsRef<str>>(
    parts: impl IntoIterator<Item = S>,
    between: &str,
    indent: usize,
    most: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line: Option<String> = None;
    for part in parts {
        let room = if lines.is_empty() && line.is_none() { most } else { most - indent };
        let part = shorten(part.as_ref(), room);
        line = Some(match line {
            None => part.into_owned(),
            Some(line) if columns(&line) + columns(between) + columns(&part) <= most => {
                format!("{line}{between}{part}")
            }
            Some(full) => {
                lines.push(full);
                format!("{}{part}", " ".repeat(indent))
            }
        });
    }
    lines.extend(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_letter_takes_two_columns_and_an_accent_none() {
        for (text, width) in
            [("abc", 3), ("函数", 4), ("e\u{301}", 1), ("🔥", 2), ("❤\u{fe0f}", 2), ("", 0)]
        {
            assert_eq!(columns(text), width, "{text}");
        }
        assert_eq!(right("函", 4), "  函");
        assert_eq!(left("函", 4), "函  ");
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shorten("abcdefghij", 10), "abcdefghij");
        assert_eq!(shorten("abcdefghijk", 10), "abc…fghijk");
        // Nine columns beside the ellipsis: one letter of two at the front, three behind.
        assert_eq!(shorten("一二三四五六七", 10), "一…五六七");
        assert_eq!(shorten(&"e\u{301}".repeat(9), 4), "e\u{301}…e\u{301}e\u{301}");
        for most in 1..20 {
            assert!(columns(&shorten("a一b二c三d四e五🔥🔥🔥", most)) <= most);
        }
    }

    #[test]
    fn lines_break_between_parts() {
        assert_eq!(wrapped(["one", "two", "three"], " · ", 2, 9), ["one · two", "  three"]);
        assert_eq!(wrapped(["abcdefghijklm", "x"], " ", 0, 8), ["ab…ijklm", "x"]);
        assert!(wrapped([""; 0], " ", 2, 8).is_empty());
    }
}
