//! The messages of a pprof file for writing, and its tables of strings and mappings.
//!
//! `encode` fills one from merged stacks, `whole` from a recording. Reading has messages
//! of its own, which borrow from the bytes; these own their content.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use rustc_hash::FxHashMap;

use super::message::{Label, ValueType};
use crate::work::{Buffer, Cancelled, Work};

/// A file that is being written; strings and mappings are added once.
pub(super) struct Written {
    pub(super) profile: Profile,
    strings: FxHashMap<String, i64>,
    mappings: FxHashMap<i64, u64>,
}

impl Written {
    pub(super) fn new() -> Written {
        let (strings, mappings) = (FxHashMap::default(), FxHashMap::default());
        let mut written = Written { profile: Profile::default(), strings, mappings };
        // The string 0 is "" by definition.
        written.string("");
        written
    }

    pub(super) fn string(&mut self, text: &str) -> i64 {
        if let Some(known) = self.strings.get(text) {
            return *known;
        }
        let index = self.profile.strings.len() as i64;
        self.profile.strings.push(text.to_owned());
        self.strings.insert(text.to_owned(), index);
        index
    }

    /// The mapping of a module; 0 is none.
    pub(super) fn mapping(&mut self, module: &str) -> u64 {
        let file = self.string(module);
        if file == 0 {
            return 0;
        }
        let next = self.mappings.len() as u64 + 1;
        let id = *self.mappings.entry(file).or_insert(next);
        if id == next {
            // So that pprof does not look for the binary to find the names in.
            self.profile.mappings.push(Mapping { id, file, has_functions: true });
        }
        id
    }

    /// The gzipped bytes.
    pub(super) fn finish(self, work: Work<'_>) -> Result<Vec<u8>, Cancelled> {
        let mut gzip = GzEncoder::new(Buffer::new(work), Compression::default());
        // Writing to memory fails only after an interrupt.
        gzip.write_all(&self.profile.encode_to_vec()).map_err(|_| Cancelled)?;
        gzip.finish().map_err(|_| Cancelled)?.finish()
    }
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Profile {
    #[prost(message, repeated, tag = "1")]
    pub(super) sample_types: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    pub(super) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    pub(super) mappings: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    pub(super) locations: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    pub(super) functions: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    pub(super) strings: Vec<String>,
    #[prost(int64, tag = "9")]
    pub(super) time_nanos: i64,
    #[prost(int64, tag = "10")]
    pub(super) duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    pub(super) period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    pub(super) period: i64,
    #[prost(int64, repeated, tag = "13")]
    pub(super) comments: Vec<i64>,
}

/// Locations from the leaf to the root.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    pub(super) locations: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    pub(super) values: Vec<i64>,
    #[prost(message, repeated, tag = "3")]
    pub(super) labels: Vec<Label>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Mapping {
    #[prost(uint64, tag = "1")]
    pub(super) id: u64,
    #[prost(int64, tag = "5")]
    pub(super) file: i64,
    #[prost(bool, tag = "7")]
    pub(super) has_functions: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Location {
    #[prost(uint64, tag = "1")]
    pub(super) id: u64,
    #[prost(uint64, tag = "2")]
    pub(super) mapping_id: u64,
    #[prost(uint64, tag = "3")]
    pub(super) address: u64,
    /// Innermost inlined function first.
    #[prost(message, repeated, tag = "4")]
    pub(super) lines: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Line {
    #[prost(uint64, tag = "1")]
    pub(super) function_id: u64,
    #[prost(int64, tag = "2")]
    pub(super) line: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Function {
    #[prost(uint64, tag = "1")]
    pub(super) id: u64,
    #[prost(int64, tag = "2")]
    pub(super) name: i64,
    #[prost(int64, tag = "3")]
    pub(super) system_name: i64,
    #[prost(int64, tag = "4")]
    pub(super) file: i64,
    #[prost(int64, tag = "5")]
    pub(super) start_line: i64,
}
