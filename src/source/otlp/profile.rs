//! The fields of one profile and of one sample, before their indices are looked up.

use super::{number, older};
use crate::source::malformed::Malformed;
use crate::source::pprof::message::ValueType;
use crate::source::wire::{Field, Value};

/// A profile of one type.
#[derive(Debug, Default)]
pub(super) struct Profile<'a> {
    pub(super) sample_type: ValueType,
    pub(super) period_type: ValueType,
    pub(super) period: i64,
    /// Nanoseconds since the epoch; 0 if it is not given.
    pub(super) start: i64,
    pub(super) duration: i64,
    /// Indices of the attributes.
    pub(super) attributes: Vec<u64>,
    pub(super) samples: Vec<Field<'a>>,
}

impl<'a> Profile<'a> {
    pub(super) fn read(profile: &Field<'a>) -> Result<Profile<'a>, Malformed> {
        let mut read = Profile::default();
        let mut wire = profile.fields()?;
        while let Some(field) = wire.field()? {
            match field.number {
                1 => read.sample_type = field.message()?,
                2 => read.samples.push(field),
                3 => match field.value {
                    Value::Fixed(nanos) => read.start = nanos as i64,
                    Value::Varint(_) | Value::Bytes(_) => return Err(older(&field)),
                },
                4 => read.duration = number(&field)?.max(0),
                5 => read.period_type = field.message()?,
                6 => read.period = number(&field)?,
                11 => all(&mut read.attributes, &field)?,
                // The original payload, and an id.
                _ => {}
            }
        }
        Ok(read)
    }
}

/// Observations of one stack; the buffers are reused for the next sample.
#[derive(Debug, Default)]
pub(super) struct Sample {
    pub(super) stack: u64,
    /// Indices of the attributes.
    pub(super) attributes: Vec<u64>,
    pub(super) values: Vec<u64>,
    /// The time of each value, or of events that count one each; empty if unknown.
    pub(super) times: Vec<u64>,
}

impl Sample {
    /// Replaces its content with that of a field.
    pub(super) fn read(&mut self, sample: &Field<'_>) -> Result<(), Malformed> {
        self.stack = 0;
        for numbers in [&mut self.attributes, &mut self.values, &mut self.times] {
            numbers.clear();
        }
        let mut wire = sample.fields()?;
        while let Some(field) = wire.field()? {
            match field.number {
                1 => self.stack = field.int64()? as u64,
                2 => all(&mut self.attributes, &field)?,
                // The link to a span; attributes, before.
                3 => drop(number(&field)?),
                4 => all(&mut self.values, &field)?,
                5 => fixed(&mut self.times, &field)?,
                _ => {}
            }
        }
        self.check(sample)
    }

    fn check(&mut self, sample: &Field<'_>) -> Result<(), Malformed> {
        let (values, times) = (self.values.len(), self.times.len());
        if values == 0 && times == 0 {
            // Older layouts had values where attributes are now.
            let is_older = !self.attributes.is_empty();
            let bare = || Malformed::at(sample.offset, "a sample has neither values nor times");
            return Err(if is_older { older(sample) } else { bare() });
        }
        if values == 0 {
            self.values.resize(times, 1);
        } else if times != 0 && times != values {
            let reason = format!("a sample has {values} values for {times} times");
            return Err(Malformed::at(sample.offset, reason));
        }
        Ok(())
    }
}

fn all(numbers: &mut Vec<u64>, field: &Field<'_>) -> Result<(), Malformed> {
    let mut rest = field.numbers()?;
    while let Some(number) = rest.next()? {
        numbers.push(number);
    }
    Ok(())
}

/// Numbers of eight bytes, packed or not.
fn fixed(numbers: &mut Vec<u64>, field: &Field<'_>) -> Result<(), Malformed> {
    match field.value {
        Value::Fixed(number) => numbers.push(number),
        Value::Bytes(bytes) => {
            let (chunks, rest) = bytes.as_chunks::<8>();
            if !rest.is_empty() {
                let reason = format!("{} bytes are not times of 8 bytes each", bytes.len());
                return Err(Malformed::at(field.offset, reason));
            }
            numbers.extend(chunks.iter().map(|chunk| u64::from_le_bytes(*chunk)));
        }
        Value::Varint(_) => return Err(field.unexpected()),
    }
    Ok(())
}
