//! A JSON text read piece by piece, without recursion.
//!
//! serde_json stops at 128 levels, and a call tree takes two for each frame. Here the caller
//! walks through objects and lists itself, and serde reads the values in them that are not
//! nested any further.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::NAME;
use crate::source::json;
use crate::source::malformed::Malformed;

/// A place in a text.
pub(super) struct Pull<'a> {
    text: &'a [u8],
    at: usize,
    /// Nothing of the object or list that was opened last has been read.
    is_opened: bool,
}

impl<'a> Pull<'a> {
    pub(super) fn new(text: &'a [u8]) -> Pull<'a> {
        let at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Pull { text, at, is_opened: false }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Enters an object or a list.
    pub(super) fn open(&mut self, bracket: u8) -> Result<(), Malformed> {
        self.take(bracket)?;
        self.is_opened = true;
        Ok(())
    }

    /// The next name in an object, or none at its end.
    pub(super) fn name(&mut self) -> Result<Option<String>, Malformed> {
        if self.is_end(b'}')? {
            return Ok(None);
        }
        let name = self.value()?;
        self.take(b':')?;
        Ok(Some(name))
    }

    /// Goes to the next item of a list; false at its end.
    pub(super) fn item(&mut self) -> Result<bool, Malformed> {
        Ok(!self.is_end(b']')?)
    }

    /// A value that is not nested deep.
    pub(super) fn value<T: Deserialize<'a>>(&mut self) -> Result<T, Malformed> {
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter();
        match values.next() {
            Some(Ok(value)) => {
                self.at += values.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => {
                Err(json::malformed(NAME, &error, self.at + json::offset(&error, rest)))
            }
            None => Err(self.ended()),
        }
    }

    /// Passes over a value; serde_json does that without recursion.
    pub(super) fn skip(&mut self) -> Result<(), Malformed> {
        self.value::<IgnoredAny>().map(drop)
    }

    /// The end of the text.
    pub(super) fn end(mut self) -> Result<(), Malformed> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.malformed("nothing more is expected")),
        }
    }

    fn is_end(&mut self, bracket: u8) -> Result<bool, Malformed> {
        let is_first = std::mem::take(&mut self.is_opened);
        match self.peek() {
            Some(byte) if byte == bracket => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if is_first => Ok(false),
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(_) => {
                Err(self.malformed(&format!("`,` or `{}` is expected", char::from(bracket))))
            }
            None => Err(self.ended()),
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), Malformed> {
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.malformed(&format!("`{}` is expected", char::from(byte)))),
            None => Err(self.ended()),
        }
    }

    /// The next byte that is not blank.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text[self.at..];
        let blanks = rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        self.at += blanks;
        rest.get(blanks).copied()
    }

    fn ended(&self) -> Malformed {
        self.malformed("the text ends")
    }

    fn malformed(&self, reason: &str) -> Malformed {
        Malformed::at(self.at, format!("{NAME}: {reason}"))
    }
}
