//! What texts share: their encoding, numbered lines, and values that may have fractions.

use std::borrow::Cow;

use super::json::Keys;
use super::malformed::{Malformed, Spot};

/// How many bytes are looked at to tell whether a file is a text.
const HEAD: usize = 4096;

/// Some programs write this at the start of every text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A text in UTF-8 without a byte order mark; all other content as it is.
///
/// Windows PowerShell writes UTF-16. JSON with names in another encoding is no JSON, so
/// that their bytes are replaced.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Without a mark: a Latin letter, a zero, another one, another zero.
        [b' '..=b'~', 0, b' '..=b'~', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b' '..=b'~', 0, b' '..=b'~', ..] => utf16(bytes, u16::from_be_bytes),
        _ => {
            let rest = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
            return match Keys::of(rest).map(|_| String::from_utf8_lossy(rest)) {
                Some(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
                Some(Cow::Borrowed(_)) | None => Cow::Borrowed(rest),
            };
        }
    };
    Cow::Owned(text.into_bytes())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The lines of a text without blanks at their ends, numbered from 1.
#[derive(Debug, Clone)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Lines<'a> {
        Lines { rest: text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text), number: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
        let line = self.rest[..end].trim_ascii_end();
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        self.number += 1;
        Some((self.number, line))
    }
}

/// Whether these bytes are a text; a binary format has a control character early on.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    let is_control = |byte: &u8| byte.is_ascii_control() && !b"\t\n\r\x1b".contains(byte);
    !head.iter().any(is_control)
}

/// An error in a line of a text in this format.
pub(super) fn malformed(format: &str, line: usize, reason: &str) -> Malformed {
    let reason = format!("{format}: {reason}");
    Malformed { spot: Spot::Line(line), unpacked: false, reason }
}

/// Rounds a row of numbers. Each rounding error is carried to the next number, so that a
/// sum is off by a half at most.
#[derive(Debug, Default, Clone)]
pub(super) struct Rounding {
    rest: f64,
}

impl Rounding {
    /// None for NaN, and for a number that an i64 does not hold.
    pub(super) fn whole(&mut self, value: f64) -> Option<i64> {
        let exact = value + self.rest;
        let whole = exact.round();
        // The largest power of two that an i64 does not hold; NaN is in no range.
        let is_held = whole > -(i64::MAX as f64) && whole < i64::MAX as f64;
        self.rest = if is_held { exact - whole } else { 0.0 };
        is_held.then_some(whole as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_many_ways() {
        let lines: Vec<_> = Lines::new(b"\xef\xbb\xbfa 1\r\n\n  b \t\r\nc").collect();
        assert_eq!(lines, [(1, &b"a 1"[..]), (2, b""), (3, b"  b"), (4, b"c")]);
        assert_eq!(Lines::new(b"").next(), None);
    }

    #[test]
    fn what_is_rounded_away_is_not_lost() {
        let mut rounding = Rounding::default();
        // 0.4 + 0.4 + 0.4 = 1.2
        let whole: Vec<_> = (0..3).map(|_| rounding.whole(0.4)).collect();
        assert_eq!(whole.iter().flatten().sum::<i64>(), 1);
        for value in [f64::NAN, f64::INFINITY, 1e19, -1e19] {
            assert_eq!(rounding.whole(value), None);
        }
        assert_eq!(Rounding::default().whole(9.0e18), Some(9_000_000_000_000_000_000));
    }
}
