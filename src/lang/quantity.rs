//! Reads literals that start with a digit: numbers, amounts, durations and times.
//!
//! Decimal units of bytes are powers of 1000, binary units are powers of 1024. A
//! duration is a list of whole numbers with units, longest unit first. `1.5h` is
//! an error that suggests `1h30m`, because rounding would be silent.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::{char, digit1};
use nom::combinator::{opt, recognize};
use nom::{IResult, Parser};

use super::lex::{Bad, TokenKind};
use crate::quantity::time::SPAN_UNITS;
use crate::quantity::{Span, Timestamp, Unit};

/// The units of bytes: powers of 1000 and of 1024.
pub(super) const BYTE_UNITS: [(&str, f64); 9] = [
    ("TiB", 1_099_511_627_776.0),
    ("GiB", 1_073_741_824.0),
    ("MiB", 1_048_576.0),
    ("KiB", 1024.0),
    ("TB", 1e12),
    ("GB", 1e9),
    ("MB", 1e6),
    ("kB", 1e3),
    ("B", 1.0),
];

const UNITS_HELP: &str =
    "units are y w d h m s ms us ns, B kB MB GB TB KiB MiB GiB TiB, cores and %";

/// Reads a literal at the start of `rest`, which starts with a digit.
pub(super) fn read(rest: &str) -> (TokenKind, usize) {
    time(rest).unwrap_or_else(|| number(rest))
}

/// Parses a string that holds a duration and nothing else: `1h`.
pub fn parse_span(text: &str) -> Option<Span> {
    match read(text.trim()) {
        (TokenKind::Duration(span), length) if length == text.trim().len() => Some(span),
        _ => None,
    }
}

/// Parses a string that holds a number of bytes and nothing else: `8GiB`.
pub fn parse_bytes(text: &str) -> Option<f64> {
    match read(text.trim()) {
        (TokenKind::Number(bytes, Unit::Bytes), length) if length == text.trim().len() => {
            Some(bytes)
        }
        _ => None,
    }
}

/// Parses a string that holds a time and nothing else.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    match time(text.trim()) {
        Some((TokenKind::Time(at), length)) if length == text.trim().len() => Some(at),
        _ => None,
    }
}

fn number(rest: &str) -> (TokenKind, usize) {
    // Cannot fail on valid input, because `rest` starts with a digit.
    let Ok((after, digits)) = decimal(rest) else {
        return (bad("a number", UNITS_HELP), rest.len().min(1));
    };
    let (tail, suffix) = suffix(after);
    let length = rest.len() - tail.len();
    if suffix.is_empty() && after.starts_with('%') {
        return (amount(digits, 1.0, Unit::Percent), digits.len() + 1);
    }
    (with_suffix(digits, suffix), length)
}

/// Reads `1_000` or `2.5`. Of `5..` it reads only the 5, because `..` is a range.
fn decimal(rest: &str) -> IResult<&str, &str> {
    let whole = (digit1, take_while(|c: char| c.is_ascii_digit() || c == '_'));
    recognize((whole, opt((char('.'), digit1)))).parse(rest)
}

/// The letters and digits directly after a number: `h30m`, `MiB`.
fn suffix(rest: &str) -> (&str, &str) {
    let mut letters =
        take_while1::<_, _, nom::error::Error<&str>>(|c: char| c.is_alphanumeric() || c == '_');
    letters.parse(rest).unwrap_or((rest, ""))
}

fn with_suffix(digits: &str, suffix: &str) -> TokenKind {
    if let Some((_, size)) = BYTE_UNITS.iter().find(|(name, _)| *name == suffix) {
        return amount(digits, *size, Unit::Bytes);
    }
    match suffix {
        "" => amount(digits, 1.0, Unit::None),
        "cores" | "core" => amount(digits, 1.0, Unit::Cores),
        _ if digits.contains('.') && SPAN_UNITS.iter().any(|(name, _)| *name == suffix) => {
            bad("a duration takes whole numbers", "one and a half hours are `1h30m`")
        }
        _ => span(&format!("{digits}{suffix}")),
    }
}

fn amount(digits: &str, size: f64, unit: Unit) -> TokenKind {
    match digits.replace('_', "").parse::<f64>() {
        Ok(value) if (value * size).is_finite() => TokenKind::Number(value * size, unit),
        _ => bad("the number is too large", "write a smaller one, or use a larger unit"),
    }
}

/// Reads `1h30m`: whole numbers with units, longest unit first.
fn span(text: &str) -> TokenKind {
    let (mut rest, mut total, mut last) = (text, 0i64, None);
    while !rest.is_empty() {
        let Ok((after, digits)) = plain_digits(rest) else { return unknown_unit(rest) };
        let unit_length = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, tail) = after.split_at(unit_length);
        let Some(rank) = SPAN_UNITS.iter().position(|(name, _)| *name == unit) else {
            return unknown_unit(unit);
        };
        if last.is_some_and(|last| rank <= last) {
            return bad(
                "a duration starts with its longest unit",
                "the longest unit comes first: `1h30m`",
            );
        }
        let parsed = digits.replace('_', "").parse::<i64>().ok();
        let Some(sum) = parsed
            .and_then(|n| n.checked_mul(SPAN_UNITS[rank].1))
            .and_then(|part| total.checked_add(part))
        else {
            return bad("the duration is too long", "the longest is about 292 years");
        };
        (total, last, rest) = (sum, Some(rank), tail);
    }
    TokenKind::Duration(Span(total))
}

fn plain_digits(rest: &str) -> IResult<&str, &str> {
    recognize((digit1, take_while(|c: char| c.is_ascii_digit() || c == '_'))).parse(rest)
}

fn unknown_unit(unit: &str) -> TokenKind {
    bad(&format!("there is no unit `{}`", unit.escape_debug()), UNITS_HELP)
}

fn bad(why: &str, fix: &'static str) -> TokenKind {
    TokenKind::Bad(Bad::Number { why: why.to_owned(), fix })
}

/// Reads `YYYY-MM-DD[THH:MM[:SS[.frac]]][Z|±HH:MM]`; without a zone the time is UTC.
fn time(rest: &str) -> Option<(TokenKind, usize)> {
    shape(rest, "dddd-dd-dd")?;
    let mut length = 10;
    let mut clock = "T00:00:00".to_owned();
    if shape(&rest[length..], "Tdd:dd").is_some() {
        clock = rest[length..length + 6].to_owned();
        length += 6;
        if shape(&rest[length..], ":dd").is_some() {
            let seconds = 3 + fraction(&rest[length + 3..]);
            clock += &rest[length..length + seconds];
            length += seconds;
        } else {
            clock += ":00";
        }
    }
    let zone = zone(&rest[length..]);
    let date = &rest[..10];
    let end = length + zone.len();
    let kind = stamp(&format!("{date}{clock}"), zone).map_or_else(
        || bad("there is no such time", "a time is written `2026-03-01T10:00Z`"),
        TokenKind::Time,
    );
    Some((kind, end))
}

fn zone(rest: &str) -> &str {
    if rest.starts_with('Z') {
        &rest[..1]
    } else if shape(rest, "+dd:dd").or_else(|| shape(rest, "-dd:dd")).is_some() {
        &rest[..6]
    } else {
        ""
    }
}

/// The length of a fraction such as `.123`, or 0 without one: `..` is a range.
fn fraction(rest: &str) -> usize {
    let digits = rest
        .strip_prefix('.')
        .map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if digits == 0 { 0 } else { digits + 1 }
}

fn stamp(local: &str, zone: &str) -> Option<Timestamp> {
    let nanos = if zone.len() == 6 {
        DateTime::parse_from_rfc3339(&format!("{local}{zone}")).ok()?.timestamp_nanos_opt()
    } else {
        // NaiveDate rejects a date that does not exist, such as February 30.
        NaiveDate::parse_from_str(local.get(..10)?, "%Y-%m-%d").ok()?;
        NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M:%S%.f")
            .ok()?
            .and_utc()
            .timestamp_nanos_opt()
    };
    nanos.map(Timestamp)
}

/// Returns `Some` if `rest` starts with this shape, in which `d` stands for any digit.
fn shape(rest: &str, shape: &str) -> Option<()> {
    let bytes = rest.as_bytes().get(..shape.len())?;
    let fits = bytes.iter().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
        b'd' => byte.is_ascii_digit(),
        _ => *byte == wanted,
    });
    fits.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_in_their_base_unit() {
        let (hour, minute) = (3_600_000_000_000, 60_000_000_000);
        for (text, expected) in [
            ("20", TokenKind::Number(20.0, Unit::None)),
            ("1_000", TokenKind::Number(1000.0, Unit::None)),
            ("2.5", TokenKind::Number(2.5, Unit::None)),
            ("5%", TokenKind::Number(5.0, Unit::Percent)),
            ("10MiB", TokenKind::Number(10_485_760.0, Unit::Bytes)),
            ("10MB", TokenKind::Number(1e7, Unit::Bytes)),
            ("2cores", TokenKind::Number(2.0, Unit::Cores)),
            ("1h30m", TokenKind::Duration(Span(hour + 30 * minute))),
            ("250ms", TokenKind::Duration(Span(250_000_000))),
            ("1d", TokenKind::Duration(Span(24 * hour))),
        ] {
            assert_eq!(read(text), (expected, text.len()), "{text}");
        }
    }

    #[test]
    fn times_are_utc_unless_they_say_otherwise() {
        // 2026-03-01T00:00:00Z: 20 513 days after the epoch.
        let day = 20_513 * 86_400;
        for (text, seconds) in [
            ("2026-03-01", day),
            ("2026-03-01T10:00", day + 36_000),
            ("2026-03-01T10:00Z", day + 36_000),
            ("2026-03-01T10:00+02:00", day + 28_800),
            ("2026-03-01T10:00:05", day + 36_005),
        ] {
            let expected = TokenKind::Time(Timestamp(seconds * 1_000_000_000));
            assert_eq!(read(text), (expected, text.len()), "{text}");
        }
        let (half, length) = read("2026-03-01T10:00:05.5..");
        assert_eq!(
            (half, length),
            (TokenKind::Time(Timestamp((day + 36_005) * 1_000_000_000 + 500_000_000)), 21)
        );
    }

    #[test]
    fn what_is_not_a_literal_says_why() {
        for text in
            ["1.5h", "30m1h", "5parsecs", "2026-02-30", "9999-01-01", "9999999999999y", "1h30"]
        {
            let (kind, length) = read(text);
            assert!(matches!(kind, TokenKind::Bad(_)), "{text}: {kind:?}");
            assert_eq!(length, text.len(), "{text}");
        }
    }
}
