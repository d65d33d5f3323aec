//! The small messages of `profile.proto`. Strings are indices into the string table; as
//! everywhere in the format, 0 is "" or nothing.
//!
//! prost reads the rare messages. Lines and functions come by the hundred and are read
//! here, which is faster.

use super::Malformed;
use crate::source::wire::Field;

/// What a column counts, and in which unit.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::source) struct ValueType {
    #[prost(int64, tag = "1")]
    pub(in crate::source) kind: i64,
    #[prost(int64, tag = "2")]
    pub(in crate::source) unit: i64,
}

/// A label of a sample: a string, or a number with a unit.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::source) struct Label {
    #[prost(int64, tag = "1")]
    pub(in crate::source) key: i64,
    #[prost(int64, tag = "2")]
    pub(in crate::source) text: i64,
    #[prost(int64, tag = "3")]
    pub(in crate::source) number: i64,
    #[prost(int64, tag = "4")]
    pub(in crate::source) unit: i64,
}

/// A binary or library in memory.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::source) struct Mapping {
    #[prost(uint64, tag = "1")]
    pub(in crate::source) id: u64,
    #[prost(int64, tag = "5")]
    pub(in crate::source) file: i64,
}

/// A line of source code in a function.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) struct Line {
    pub(in crate::source) function_id: u64,
    pub(in crate::source) line: i64,
}

impl Line {
    pub(in crate::source) fn read(message: &Field<'_>) -> Result<Line, Malformed> {
        let [_, function_id, line] = message.numbers_by_field()?;
        Ok(Line { function_id, line: line as i64 })
    }
}

#[derive(Debug, Clone, Copy)]
pub(in crate::source) struct Function {
    pub(in crate::source) id: u64,
    pub(in crate::source) name: i64,
    pub(in crate::source) system_name: i64,
    pub(in crate::source) file: i64,
    pub(in crate::source) start_line: i64,
}

impl Function {
    pub(in crate::source) fn read(message: &Field<'_>) -> Result<Function, Malformed> {
        let [_, id, name, system_name, file, start_line] = message.numbers_by_field()?;
        Ok(Function {
            id,
            name: name as i64,
            system_name: system_name as i64,
            file: file as i64,
            start_line: start_line as i64,
        })
    }
}
