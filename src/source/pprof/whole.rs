//! One recording as a pprof file, with all that is known of it.
//!
//! Unlike `encode`, which writes what a query has merged, this keeps every type, line,
//! address and label. Functions that were inlined share a location with the one they
//! were inlined into, as pprof has it.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use rustc_hash::FxHashMap;

use super::message::{Label, Mapping, ValueType};
use crate::profile::frame::{FrameId, FunctionId, StringId};
use crate::profile::symbols::TagsId;
use crate::profile::{ProfileType, StackId, Symbols};
use crate::source::recording::Recording;

/// The gzipped bytes. Writing to memory fails only when there is none left.
pub(in crate::source) fn whole(
    recording: &Recording,
    symbols: &Symbols,
    kinds: &[ProfileType],
) -> io::Result<Vec<u8>> {
    let mut writing = Writing::new(symbols);
    writing.types(recording.columns.iter().map(|column| &kinds[column.kind]));
    writing.samples(recording);
    writing.profile.time_nanos = recording.start.0;
    writing.profile.duration_nanos = recording.duration.0;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&writing.profile.encode_to_vec())?;
    gzip.finish()
}

/// A file on its way, and what has a number in it already.
struct Writing<'a> {
    symbols: &'a Symbols,
    profile: Profile,
    strings: FxHashMap<String, i64>,
    functions: FxHashMap<FunctionId, u64>,
    /// By the frames of a location, innermost first.
    locations: FxHashMap<Vec<FrameId>, u64>,
    mappings: FxHashMap<StringId, u64>,
}

impl<'a> Writing<'a> {
    fn new(symbols: &'a Symbols) -> Writing<'a> {
        let mut writing = Writing {
            symbols,
            profile: Profile::default(),
            strings: FxHashMap::default(),
            functions: FxHashMap::default(),
            locations: FxHashMap::default(),
            mappings: FxHashMap::default(),
        };
        // The string 0 is "" by definition.
        writing.string("");
        writing
    }

    fn types<'k>(&mut self, kinds: impl Iterator<Item = &'k ProfileType>) {
        for kind in kinds {
            let parts: Vec<&str> = kind.id.split(':').collect();
            let part = |at: usize| parts.get(at).copied().unwrap_or_default();
            let of = ValueType { kind: self.string(part(1)), unit: self.string(part(2)) };
            self.profile.sample_types.push(of);
            self.profile.period_type =
                Some(ValueType { kind: self.string(part(3)), unit: self.string(part(4)) });
        }
    }

    fn samples(&mut self, recording: &Recording) {
        for (row, (stack, tags)) in recording.stacks.iter().zip(recording.tags.iter()).enumerate() {
            let values = recording.columns.iter().map(|column| column.values[row]).collect();
            let (locations, labels) = (self.stack(*stack), self.labels(*tags));
            self.profile.samples.push(Sample { locations, values, labels });
        }
    }

    /// The locations of a stack, from the leaf to the root.
    fn stack(&mut self, stack: StackId) -> Vec<u64> {
        let mut locations = Vec::new();
        let mut frames = Vec::new();
        for frame in self.symbols.stacks.path(stack) {
            frames.push(frame);
            if !self.symbols.frame(frame).inlined {
                locations.push(self.location(std::mem::take(&mut frames)));
            }
        }
        if !frames.is_empty() {
            locations.push(self.location(frames));
        }
        locations
    }

    fn location(&mut self, frames: Vec<FrameId>) -> u64 {
        if let Some(known) = self.locations.get(&frames) {
            return *known;
        }
        let id = self.locations.len() as u64 + 1;
        let (address, module) = frames.last().map_or((0, StringId(0)), |frame| {
            let frame = self.symbols.frame(*frame);
            (frame.address, frame.module)
        });
        let lines = frames.iter().map(|frame| {
            let frame = self.symbols.frame(*frame);
            Line { function_id: self.function(frame.function), line: i64::from(frame.line) }
        });
        let lines = lines.collect();
        let mapping_id = self.mapping(module);
        self.profile.locations.push(Location { id, mapping_id, address, lines });
        self.locations.insert(frames, id);
        id
    }

    fn function(&mut self, function: FunctionId) -> u64 {
        if let Some(known) = self.functions.get(&function) {
            return *known;
        }
        let id = self.functions.len() as u64 + 1;
        self.functions.insert(function, id);
        let function = self.symbols.function(function);
        let [name, system_name, file] = [function.name, function.system_name, function.file]
            .map(|string| self.string(self.symbols.string(string)));
        let start_line = i64::from(function.start_line);
        self.profile.functions.push(Function { id, name, system_name, file, start_line });
        id
    }

    /// The mapping of a module; 0 is none.
    fn mapping(&mut self, module: StringId) -> u64 {
        if module == StringId(0) {
            return 0;
        }
        if let Some(known) = self.mappings.get(&module) {
            return *known;
        }
        let id = self.mappings.len() as u64 + 1;
        self.mappings.insert(module, id);
        let file = self.string(self.symbols.string(module));
        self.profile.mappings.push(Mapping { id, file });
        id
    }

    fn labels(&mut self, tags: TagsId) -> Vec<Label> {
        let labels = self.symbols.tags(tags).iter();
        labels
            .map(|(name, value)| Label {
                key: self.string(name),
                text: self.string(value),
                ..Label::default()
            })
            .collect()
    }

    fn string(&mut self, text: &str) -> i64 {
        if let Some(known) = self.strings.get(text) {
            return *known;
        }
        let index = self.profile.strings.len() as i64;
        self.profile.strings.push(text.to_owned());
        self.strings.insert(text.to_owned(), index);
        index
    }
}

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_types: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    mappings: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    locations: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    functions: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    strings: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
}

/// Locations from the leaf to the root.
#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    locations: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    values: Vec<i64>,
    #[prost(message, repeated, tag = "3")]
    labels: Vec<Label>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    mapping_id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    lines: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    file: i64,
    #[prost(int64, tag = "5")]
    start_line: i64,
}
