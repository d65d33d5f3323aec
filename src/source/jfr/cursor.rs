//! The encoding of JFR's primitive values: numbers, compressed or not, and texts.
//!
//! A cursor never goes past its end, and its offsets are those of the file.

use std::borrow::Cow;

use crate::source::malformed::Malformed;

/// The most bytes of a number: eight with seven bits each, and one with eight.
const LONGEST_VARINT: usize = 9;

/// A place in a chunk, up to the end of what is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    /// The file, up to the end.
    bytes: &'a [u8],
    at: usize,
    /// Whether integers are compressed, as all are that a JVM writes.
    is_compressed: bool,
}

/// The width of a number that is not compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Byte,
    Short,
    Char,
    Int,
    Long,
}

/// A text, or where to find it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text<'a> {
    /// In the constants of the class `java.lang.String`.
    Constant(i64),
    Utf8(&'a [u8]),
    Latin1(&'a [u8]),
    /// This many characters of 16 bits.
    Chars(Cursor<'a>, usize),
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize, is_compressed: bool) -> Cursor<'a> {
        Cursor { bytes, at, is_compressed }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The same, but ending this many bytes after an earlier place.
    pub(super) fn within(self, start: usize, length: i64) -> Result<Cursor<'a>, Malformed> {
        let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
        match end.filter(|end| *end >= self.at).and_then(|end| self.bytes.get(..end)) {
            Some(bytes) => Ok(Cursor { bytes, ..self }),
            None => {
                let left = self.bytes.len().saturating_sub(start);
                let reason = format!("{length} bytes are needed here, but only {left} are left");
                Err(Malformed::at(start, reason))
            }
        }
    }

    pub(super) fn end(&self) -> usize {
        self.bytes.len()
    }

    /// Continues at another place, which is not after the end.
    pub(super) fn moved_to(self, at: usize) -> Cursor<'a> {
        Cursor { at: at.min(self.bytes.len()), ..self }
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        match self.bytes[self.at..].get(..length) {
            Some(taken) => {
                self.at += length;
                Ok(taken)
            }
            None => {
                let left = self.bytes.len() - self.at;
                let reason = format!("{length} bytes are needed here, but only {left} are left");
                Err(Malformed::at(self.at, reason))
            }
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let taken = self.take(N)?;
        // As long as it was asked for.
        Ok(std::array::from_fn(|i| taken[i]))
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A number, with its sign.
    pub(super) fn number(&mut self, width: Width) -> Result<i64, Malformed> {
        if self.is_compressed && width != Width::Byte {
            let number = self.varint()?;
            return Ok(match width {
                Width::Byte => i64::from(number as i8),
                Width::Short => i64::from(number as i16),
                Width::Char => i64::from(number as u16),
                Width::Int => i64::from(number as i32),
                Width::Long => number as i64,
            });
        }
        Ok(match width {
            Width::Byte => i8::from_be_bytes(self.array()?).into(),
            Width::Short => i16::from_be_bytes(self.array()?).into(),
            Width::Char => u16::from_be_bytes(self.array()?).into(),
            Width::Int => i32::from_be_bytes(self.array()?).into(),
            Width::Long => i64::from_be_bytes(self.array()?),
        })
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for i in 0..LONGEST_VARINT {
            let byte = self.byte()?;
            if i + 1 == LONGEST_VARINT {
                return Ok(number | u64::from(byte) << (7 * i));
            }
            number |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                break;
            }
        }
        Ok(number)
    }

    /// The number of values that follow. Each takes a byte at least, so there are no more
    /// than bytes.
    pub(super) fn count(&mut self) -> Result<usize, Malformed> {
        let at = self.at;
        let count = self.number(Width::Int)?;
        let left = self.bytes.len() - self.at;
        usize::try_from(count).ok().filter(|count| *count <= left).ok_or_else(|| {
            Malformed::at(at, format!("{count} values cannot be in the {left} bytes that are left"))
        })
    }

    pub(super) fn text(&mut self) -> Result<Text<'a>, Malformed> {
        let at = self.at;
        match self.byte()? {
            // Null and "", which mean the same here.
            0 | 1 => Ok(Text::EMPTY),
            2 => self.number(Width::Long).map(Text::Constant),
            3 => {
                let length = self.count()?;
                self.take(length).map(Text::Utf8)
            }
            4 => {
                let length = self.count()?;
                let start = *self;
                for _ in 0..length {
                    self.number(Width::Char)?;
                }
                Ok(Text::Chars(start, length))
            }
            5 => {
                let length = self.count()?;
                self.take(length).map(Text::Latin1)
            }
            other => Err(Malformed::at(at, format!("a text has the unknown encoding {other}"))),
        }
    }
}

impl<'a> Text<'a> {
    pub(super) const EMPTY: Text<'static> = Text::Utf8(&[]);

    /// At most this many bytes of it, or characters of 16 bits.
    pub(super) fn start(self, most: usize) -> Text<'a> {
        match self {
            Text::Constant(_) => self,
            Text::Utf8(bytes) => Text::Utf8(&bytes[..bytes.len().min(most)]),
            Text::Latin1(bytes) => Text::Latin1(&bytes[..bytes.len().min(most)]),
            Text::Chars(cursor, length) => Text::Chars(cursor, length.min(most)),
        }
    }

    /// The text itself; "" for a constant, which has to be looked up.
    pub(super) fn read(self) -> Cow<'a, str> {
        match self {
            Text::Constant(_) => Cow::Borrowed(""),
            Text::Utf8(bytes) => String::from_utf8_lossy(bytes),
            Text::Latin1(bytes) => bytes.iter().map(|byte| char::from(*byte)).collect(),
            Text::Chars(mut cursor, length) => {
                let units: Vec<u16> = (0..length)
                    .filter_map(|_| cursor.number(Width::Char).ok())
                    .map(|unit| unit as u16)
                    .collect();
                Cow::Owned(String::from_utf16_lossy(&units))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compressed_or_not() {
        for (bytes, width, number) in [
            (&[0x7f][..], Width::Int, 127),
            (&[0xac, 0x02], Width::Long, 300),
            (&[0xff, 0xff, 0xff, 0xff, 0x0f], Width::Int, -1),
            (&[0xff; 9], Width::Long, -1),
            (&[0xff, 0xff, 0x03], Width::Short, -1),
            (&[0xff, 0xff, 0x03], Width::Char, 0xffff),
            // Padded, so that it can be written before it is known.
            (&[0x85, 0x80, 0x80, 0x80, 0x00], Width::Int, 5),
            (&[0xff], Width::Byte, -1),
        ] {
            let mut cursor = Cursor::new(bytes, 0, true);
            assert_eq!(cursor.number(width), Ok(number), "{bytes:?}");
            assert!(cursor.is_at_end(), "{bytes:?}");
        }
        for (bytes, width, number) in [
            (&[0xff, 0xfe][..], Width::Short, -2),
            (&[0, 0, 1, 0x2c], Width::Int, 300),
            (&[0xff; 8], Width::Long, -1),
        ] {
            assert_eq!(Cursor::new(bytes, 0, false).number(width), Ok(number), "{bytes:?}");
        }
    }

    #[test]
    fn texts_have_six_encodings() {
        for (bytes, text) in [
            (&[0][..], ""),
            (&[1], ""),
            (&[3, 2, 0xc3, 0xa9], "é"),
            (&[4, 2, 0x41, 0xe9, 0x01], "Aé"),
            (&[5, 2, 0x41, 0xe9], "Aé"),
        ] {
            let mut cursor = Cursor::new(bytes, 0, true);
            assert_eq!(cursor.text().map(Text::read), Ok(Cow::Borrowed(text)), "{bytes:?}");
            assert!(cursor.is_at_end(), "{bytes:?}");
        }
        let constant = Cursor::new(&[2, 7], 0, true).text();
        assert!(matches!(constant, Ok(Text::Constant(7))));
    }

    #[test]
    fn what_is_not_there_is_told() {
        for (bytes, message) in [
            (&[][..], "1 bytes are needed here, but only 0 are left at byte 0"),
            (&[3, 9, 0x41], "9 values cannot be in the 1 bytes that are left at byte 1"),
            (&[9], "a text has the unknown encoding 9 at byte 0"),
            (
                &[3, 0xff, 0xff, 0xff, 0xff, 0x0f],
                "-1 values cannot be in the 0 bytes that are left at byte 1",
            ),
        ] {
            let error = Cursor::new(bytes, 0, true).text().expect_err(message);
            assert_eq!(error.to_string(), message);
        }
    }
}
