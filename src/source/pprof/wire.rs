//! The protobuf encoding, as far as a profile needs it: fields one by one, each
//! with its offset, so that an error can say where.
//!
//! Only for what there is much of (samples, locations, functions, strings); the
//! other messages are prost's, in `message`.

use super::Malformed;

/// The rest of one message.
#[derive(Debug, Clone)]
pub(super) struct Wire<'a> {
    rest: &'a [u8],
    /// Where the message ends in the file.
    end: usize,
}

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) number: u32,
    pub(super) value: Value<'a>,
    /// Where the value starts in the file.
    pub(super) offset: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes; no field of a profile has them.
    Fixed,
}

impl<'a> Wire<'a> {
    /// A message whose first byte is at `offset` of the file.
    pub(super) fn new(bytes: &'a [u8], offset: usize) -> Wire<'a> {
        Wire { rest: bytes, end: offset + bytes.len() }
    }

    pub(super) fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    /// The next field, or none at the end of the message.
    // Inlined by force: a field that is returned through memory costs more than its decoding.
    #[inline(always)]
    pub(super) fn field(&mut self) -> Result<Option<Field<'a>>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let start = self.offset();
        let key = self.varint()?;
        let number = match u32::try_from(key >> 3) {
            Ok(0) | Err(_) => return Err(Malformed::at(start, "a field has no valid number")),
            Ok(number) => number,
        };
        let offset = self.offset();
        let (value, offset) = match key & 7 {
            0 => (Value::Varint(self.varint()?), offset),
            2 => {
                let length = self.varint()?;
                let offset = self.offset();
                (Value::Bytes(self.take(length)?), offset)
            }
            1 => (self.take(8).map(|_| Value::Fixed)?, offset),
            5 => (self.take(4).map(|_| Value::Fixed)?, offset),
            kind => return Err(unknown_type(start, number, kind)),
        };
        Ok(Some(Field { number, value, offset }))
    }

    #[inline(always)]
    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        // Nearly all are one or two bytes long; prost knows how to read the others.
        match *self.rest {
            [a, ..] if a < 0x80 => {
                self.rest = &self.rest[1..];
                Ok(u64::from(a))
            }
            [a, b, ..] if b < 0x80 => {
                self.rest = &self.rest[2..];
                Ok(u64::from(a & 0x7f) | u64::from(b) << 7)
            }
            _ => self.long_varint(),
        }
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let offset = self.offset();
        prost::encoding::decode_varint(&mut self.rest).map_err(|_| {
            let reason = if self.rest.len() < 10 {
                "the data end in a number"
            } else {
                "a number is too long"
            };
            Malformed::at(offset, reason)
        })
    }

    #[inline(always)]
    fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        match usize::try_from(length).ok().and_then(|n| self.rest.split_at_checked(n)) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.too_short(length)),
        }
    }

    #[cold]
    fn too_short(&self, length: u64) -> Malformed {
        let reason = format!("{length} bytes are announced and {} left", self.rest.len());
        Malformed::at(self.offset(), reason)
    }
}

#[cold]
fn unknown_type(offset: usize, number: u32, kind: u64) -> Malformed {
    Malformed::at(offset, format!("field {number} has the unknown wire type {kind}"))
}

/// The numbers of a repeated field, one by one.
#[derive(Debug, Clone)]
pub(super) struct Numbers<'a> {
    single: Option<u64>,
    packed: Wire<'a>,
}

impl Numbers<'_> {
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<u64>, Malformed> {
        if !self.packed.rest.is_empty() {
            return self.packed.varint().map(Some);
        }
        Ok(self.single.take())
    }
}

impl<'a> Field<'a> {
    /// The numbers of a repeated field, which come packed or each as a field of its own.
    #[inline]
    pub(super) fn numbers(&self) -> Result<Numbers<'a>, Malformed> {
        match self.value {
            Value::Varint(number) => {
                Ok(Numbers { single: Some(number), packed: Wire::new(&[], self.offset) })
            }
            Value::Bytes(packed) => {
                Ok(Numbers { single: None, packed: Wire::new(packed, self.offset) })
            }
            Value::Fixed => Err(self.unexpected()),
        }
    }

    /// The fields of a message inside this one.
    #[inline]
    pub(super) fn fields(&self) -> Result<Wire<'a>, Malformed> {
        match self.value {
            Value::Bytes(bytes) => Ok(Wire::new(bytes, self.offset)),
            Value::Varint(_) | Value::Fixed => Err(self.unexpected()),
        }
    }

    /// A message inside this one, read by prost.
    pub(super) fn message<M: prost::Message + Default>(&self) -> Result<M, Malformed> {
        let Value::Bytes(bytes) = self.value else { return Err(self.unexpected()) };
        M::decode(bytes).map_err(|error| Malformed::at(self.offset, error.to_string()))
    }

    #[inline]
    pub(super) fn int64(&self) -> Result<i64, Malformed> {
        match self.value {
            Value::Varint(number) => Ok(number as i64),
            Value::Bytes(_) | Value::Fixed => Err(self.unexpected()),
        }
    }

    #[cold]
    pub(super) fn unexpected(&self) -> Malformed {
        Malformed::at(self.offset, format!("field {} has the wrong wire type", self.number))
    }
}
