//! The protobuf encoding: the fields of a message one by one, each with its offset.
//!
//! Written by hand because errors name the byte, which prost does not tell, and because
//! samples, locations, functions and strings are many and have to be fast. prost reads the
//! rare messages, in `pprof::message` and `otlp::attribute`.

use super::malformed::Malformed;

/// In bytes: 64 bits, seven in each byte.
const LONGEST_VARINT: usize = 10;

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
    /// Four or eight bytes; no field of pprof has them.
    Fixed(u64),
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
        match self.usual_field() {
            Some(field) => Ok(Some(field)),
            None => self.any_field().map(Some),
        }
    }

    /// A number or bytes with a key of one byte, as nearly all fields are. None for any other
    /// field, which is then not consumed.
    #[inline(always)]
    fn usual_field(&mut self) -> Option<Field<'a>> {
        let (&key, after_key) = self.rest.split_first()?;
        if !(8..0x80).contains(&key) {
            return None;
        }
        let number = u32::from(key >> 3);
        let (varint, after) = varint(after_key)?;
        let (value, start, rest) = match key & 7 {
            0 => (Value::Varint(varint), after_key, after),
            2 => {
                let (bytes, rest) = after.split_at_checked(usize::try_from(varint).ok()?)?;
                (Value::Bytes(bytes), after, rest)
            }
            _ => return None,
        };
        self.rest = rest;
        Some(Field { number, value, offset: self.end - start.len() })
    }

    #[cold]
    #[inline(never)]
    fn any_field(&mut self) -> Result<Field<'a>, Malformed> {
        let start = self.offset();
        let key = self.varint()?;
        let number = match u32::try_from(key >> 3) {
            Ok(0) | Err(_) => return Err(Malformed::at(start, "a field has an invalid number")),
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
            1 => (self.take(8).map(fixed)?, offset),
            5 => (self.take(4).map(fixed)?, offset),
            kind => return Err(unknown_type(start, number, kind)),
        };
        Ok(Field { number, value, offset })
    }

    #[inline(always)]
    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        match varint(self.rest) {
            Some((number, rest)) => {
                self.rest = rest;
                Ok(number)
            }
            None => Err(self.no_varint()),
        }
    }

    #[cold]
    fn no_varint(&self) -> Malformed {
        let reason = if self.rest.len() < LONGEST_VARINT {
            "the data ends within a number"
        } else {
            "a number is too long"
        };
        Malformed::at(self.offset(), reason)
    }

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
        let reason =
            format!("{length} bytes are needed here, but only {} are left", self.rest.len());
        Malformed::at(self.offset(), reason)
    }
}

#[cold]
fn unknown_type(offset: usize, number: u32, kind: u64) -> Malformed {
    Malformed::at(offset, format!("field {number} has the unknown wire type {kind}"))
}

/// The lowest byte comes first.
fn fixed(bytes: &[u8]) -> Value<'_> {
    Value::Fixed(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// A number, and the bytes after it.
#[inline(always)]
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    // Nearly all numbers are one or two bytes long.
    match *bytes {
        [a, ref rest @ ..] if a < 0x80 => Some((u64::from(a), rest)),
        [a, b, ref rest @ ..] if b < 0x80 => Some((u64::from(a & 0x7f) | u64::from(b) << 7, rest)),
        _ => long_varint(bytes),
    }
}

/// For a message of numbers only, with keys of one byte.
#[inline(always)]
fn usual_numbers_by_field<const N: usize>(mut bytes: &[u8]) -> Option<[u64; N]> {
    let mut numbers = [0; N];
    while let [key, ref value @ ..] = *bytes {
        // The key is short, of a number, and not that of field 0.
        if key & 0x87 != 0 || key == 0 {
            return None;
        }
        let (number, rest) = varint(value)?;
        if let Some(slot) = numbers.get_mut(usize::from(key >> 3)) {
            *slot = number;
        }
        bytes = rest;
    }
    Some(numbers)
}

/// Seven bits per byte, the lowest first.
#[inline(never)]
fn long_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (i, byte) in bytes.iter().take(LONGEST_VARINT).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * i);
        if *byte < 0x80 {
            // Only one bit of the last byte fits.
            let fits = i + 1 < LONGEST_VARINT || *byte <= 1;
            return fits.then_some((number, &bytes[i + 1..]));
        }
    }
    None
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
    /// The numbers of a repeated field, which are packed or each in a field of its own.
    #[inline]
    pub(super) fn numbers(&self) -> Result<Numbers<'a>, Malformed> {
        match self.value {
            Value::Varint(number) => {
                Ok(Numbers { single: Some(number), packed: Wire::new(&[], self.offset) })
            }
            Value::Bytes(packed) => {
                Ok(Numbers { single: None, packed: Wire::new(packed, self.offset) })
            }
            Value::Fixed(_) => Err(self.unexpected()),
        }
    }

    /// The fields of a message inside this one.
    #[inline]
    pub(super) fn fields(&self) -> Result<Wire<'a>, Malformed> {
        match self.value {
            Value::Bytes(bytes) => Ok(Wire::new(bytes, self.offset)),
            Value::Varint(_) | Value::Fixed(_) => Err(self.unexpected()),
        }
    }

    /// The numbers of a message inside this one, each at the index that is its field's
    /// number; 0 for a missing field. Index 0 is never used.
    #[inline]
    pub(super) fn numbers_by_field<const N: usize>(&self) -> Result<[u64; N], Malformed> {
        let mut wire = self.fields()?;
        if let Some(numbers) = usual_numbers_by_field(wire.rest) {
            return Ok(numbers);
        }
        let mut numbers = [0; N];
        while let Some(field) = wire.field()? {
            if let Some(slot) = numbers.get_mut(field.number as usize) {
                *slot = field.int64()? as u64;
            }
        }
        Ok(numbers)
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
            Value::Bytes(_) | Value::Fixed(_) => Err(self.unexpected()),
        }
    }

    #[cold]
    pub(super) fn unexpected(&self) -> Malformed {
        Malformed::at(self.offset, format!("field {} has the wrong wire type", self.number))
    }
}
