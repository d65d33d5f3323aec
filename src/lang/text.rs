//! Reads and writes string literals: quotes and escapes.
//!
//! `"…"` and `'…'` support the escapes `\\ \" \' \n \t \xNN \uNNNN` and keep any
//! other backslash, so that `"runtime\.gc"` works as a regex. Strings in back quotes
//! have no escapes and may span lines.

use super::lex::{Bad, TokenKind};

/// Reads a string that starts with `quote` at the start of `rest`.
pub(super) fn read(rest: &str, quote: char) -> (TokenKind, usize) {
    let body = &rest[1..];
    let end = if quote == '`' { body.find('`') } else { closing(body, quote) };
    match end {
        Some(end) if quote == '`' => (TokenKind::Text(body[..end].into()), end + 2),
        Some(end) => (TokenKind::Text(unescape(&body[..end]).into()), end + 2),
        None => (TokenKind::Bad(Bad::Unclosed(quote)), unclosed_length(rest, quote)),
    }
}

/// The offset of the closing quote, which must be on the same line.
fn closing(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn unclosed_length(rest: &str, quote: char) -> usize {
    if quote == '`' { rest.len() } else { rest.find('\n').unwrap_or(rest.len()) }
}

/// Reads text in typographic quotes, up to the closing quote on the same line.
pub(super) fn read_smart(rest: &str) -> (TokenKind, usize) {
    let is_quote = |c| matches!(c, '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' | '"' | '\'');
    let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
    let mut quotes = line.char_indices().filter(|(_, c)| is_quote(*c));
    let opening = quotes.next().map_or(0, |(_, c)| c.len_utf8());
    let (inner, end) = match quotes.next() {
        Some((at, c)) => (&line[opening..at], at + c.len_utf8()),
        None => ("", opening),
    };
    (TokenKind::Bad(Bad::SmartQuotes(inner.into())), end)
}

/// The value of an unfinished string, given without its opening quote.
pub fn typed(body: &str, quote: char) -> String {
    if quote == '`' { body.to_owned() } else { unescape(body) }
}

fn unescape(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (c, length) = escape(rest);
        match c {
            Some(c) => out.push(c),
            None => out.push('\\'),
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The character that an escape stands for, and its length after the backslash. An
/// unknown escape gives none; its text is kept.
fn escape(rest: &str) -> (Option<char>, usize) {
    match rest.as_bytes().first() {
        Some(b'\\') => (Some('\\'), 1),
        Some(b'"') => (Some('"'), 1),
        Some(b'\'') => (Some('\''), 1),
        Some(b'n') => (Some('\n'), 1),
        Some(b't') => (Some('\t'), 1),
        Some(b'x') => hex(rest, 2),
        Some(b'u') => hex(rest, 4),
        _ => (None, 0),
    }
}

fn hex(rest: &str, digits: usize) -> (Option<char>, usize) {
    let code = rest.get(1..=digits).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
    let c = code.and_then(|text| u32::from_str_radix(text, 16).ok()).and_then(char::from_u32);
    (c, if c.is_some() { digits + 1 } else { 0 })
}

/// Writes `text` as a string literal that parses back to the same text.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // `\.` needs no second backslash, and a regex is easier to read without it.
            '\\' if keeps_backslash(chars.peek().copied()) => out.push('\\'),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x100 && c.is_control() => {
                out.push_str(&format!("\\x{:02x}", c as u32))
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether a backslash before this character is a literal backslash.
fn keeps_backslash(next: Option<char>) -> bool {
    next.is_some_and(|c| !matches!(c, '\\' | '"' | '\'' | 'n' | 't' | 'x' | 'u') && !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(literal: &str) -> Option<String> {
        let first = literal.chars().next()?;
        match read(literal, first) {
            (TokenKind::Text(text), length) if length == literal.len() => Some(text.to_string()),
            _ => None,
        }
    }

    #[test]
    fn escapes_are_read_and_unknown_ones_are_kept() {
        for (literal, expected) in [
            (r#""a\"b""#, "a\"b"),
            (r#""runtime\.gc""#, r"runtime\.gc"),
            (r#""\x41\u00e9\n\t\\""#, "Aé\n\t\\"),
            (r#""\xZZ""#, r"\xZZ"),
            (r#"'it\'s "x"'"#, "it's \"x\""),
            (r"`a\nb`", r"a\nb"),
            (r#""""#, ""),
        ] {
            assert_eq!(content(literal).as_deref(), Some(expected), "{literal}");
        }
    }

    #[test]
    fn quoted_text_reads_back() {
        for text in
            ["", "a\"b", r"runtime\.gc", r"end\", r"\n\\x", "tab\tline\nbell\u{7}\u{9b}", "é✓"]
        {
            assert_eq!(content(&quote(text)).as_deref(), Some(text), "{}", quote(text));
        }
    }

    #[test]
    fn a_string_ends_on_its_line() {
        assert_eq!(read("\"abc\nd\"", '"'), (TokenKind::Bad(Bad::Unclosed('"')), 4));
        assert_eq!(content("`a\nb`").as_deref(), Some("a\nb"));
    }
}
