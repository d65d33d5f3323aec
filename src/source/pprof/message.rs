//! The small messages of `profile.proto`. Strings are indices into the string table,
//! and -- as everywhere in the format -- 0 is "" or nothing.
//!
//! Those that a file has a few of are prost's; lines and functions, of which it has
//! thousands, are read field by field, which takes a third of the time.

use super::Malformed;
use super::wire::Field;

/// What a column counts, and in which unit.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct ValueType {
    #[prost(int64, tag = "1")]
    pub(super) kind: i64,
    #[prost(int64, tag = "2")]
    pub(super) unit: i64,
}

/// A label of a sample: a string, or a number with a unit.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Label {
    #[prost(int64, tag = "1")]
    pub(super) key: i64,
    #[prost(int64, tag = "2")]
    pub(super) text: i64,
    #[prost(int64, tag = "3")]
    pub(super) number: i64,
    #[prost(int64, tag = "4")]
    pub(super) unit: i64,
}

/// A binary or library in memory.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Mapping {
    #[prost(uint64, tag = "1")]
    pub(super) id: u64,
    #[prost(int64, tag = "5")]
    pub(super) file: i64,
}

/// A line of source code in a function.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Line {
    pub(super) function_id: u64,
    pub(super) line: i64,
}

impl Line {
    pub(super) fn read(message: &Field<'_>) -> Result<Line, Malformed> {
        let mut line = Line::default();
        let mut wire = message.fields()?;
        while let Some(field) = wire.field()? {
            match field.number {
                1 => line.function_id = field.int64()? as u64,
                2 => line.line = field.int64()?,
                _ => {}
            }
        }
        Ok(line)
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Function {
    pub(super) id: u64,
    pub(super) name: i64,
    pub(super) system_name: i64,
    pub(super) file: i64,
    pub(super) start_line: i64,
}

impl Function {
    pub(super) fn read(message: &Field<'_>) -> Result<Function, Malformed> {
        let mut function = Function::default();
        let mut wire = message.fields()?;
        while let Some(field) = wire.field()? {
            match field.number {
                1 => function.id = field.int64()? as u64,
                2 => function.name = field.int64()?,
                3 => function.system_name = field.int64()?,
                4 => function.file = field.int64()?,
                5 => function.start_line = field.int64()?,
                _ => {}
            }
        }
        Ok(function)
    }
}
