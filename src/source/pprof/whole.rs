//! One recording as a pprof file, with everything known about it.
//!
//! `encode` writes the merged result of a query; this keeps every type, line, address and
//! label. As in pprof, an inlined function shares the location of its caller.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::message::{Label, ValueType};
use super::written::{Function, Line, Location, Sample, Written};
use crate::profile::frame::{FrameId, FunctionId, StringId};
use crate::profile::symbols::TagsId;
use crate::profile::{LabelNumber, LabelValue, ProfileType, StackId, Symbols};
use crate::source::recording::Recording;
use crate::work::{Cancelled, Work};

/// The gzipped bytes.
pub(in crate::source) fn whole(
    recording: &Recording,
    symbols: &Symbols,
    kinds: &[ProfileType],
    work: Work<'_>,
) -> Result<Vec<u8>, Cancelled> {
    let mut writer = RecordingWriter::new(symbols);
    writer.types(recording.columns.iter().map(|column| &kinds[column.kind]));
    writer.samples(recording, work)?;
    writer.file.profile.time_nanos = recording.start.0;
    writer.file.profile.duration_nanos = recording.duration.0;
    writer.file.profile.period = i64::try_from(recording.period).unwrap_or(0);
    writer.file.finish(work)
}

/// A file that is being written, and the ids given so far.
struct RecordingWriter<'a> {
    symbols: &'a Symbols,
    file: Written,
    functions: FxHashMap<FunctionId, u64>,
    /// By the frames of a location, innermost first.
    locations: FxHashMap<Vec<FrameId>, u64>,
}

impl<'a> RecordingWriter<'a> {
    fn new(symbols: &'a Symbols) -> RecordingWriter<'a> {
        let (functions, locations) = (FxHashMap::default(), FxHashMap::default());
        RecordingWriter { symbols, file: Written::new(), functions, locations }
    }

    fn types<'k>(&mut self, kinds: impl Iterator<Item = &'k ProfileType>) {
        for kind in kinds {
            let parts: Vec<&str> = kind.id.split(':').collect();
            let part = |at: usize| parts.get(at).copied().unwrap_or_default();
            let of = ValueType { kind: self.file.string(part(1)), unit: self.file.string(part(2)) };
            self.file.profile.sample_types.push(of);
            self.file.profile.period_type = Some(ValueType {
                kind: self.file.string(part(3)),
                unit: self.file.string(part(4)),
            });
        }
    }

    fn samples(&mut self, recording: &Recording, work: Work<'_>) -> Result<(), Cancelled> {
        let rows = recording.stacks.iter().zip(recording.tags.iter()).enumerate();
        work.each(rows, |(row, (stack, tags))| {
            let values = recording.columns.iter().map(|column| column.values[row]).collect();
            let (locations, labels) = (self.stack(*stack), self.labels(*tags));
            self.file.profile.samples.push(Sample { locations, values, labels });
        })
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
        let mapping_id = self.file.mapping(self.symbols.string(module));
        self.file.profile.locations.push(Location { id, mapping_id, address, lines });
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
            .map(|string| self.file.string(self.symbols.string(string)));
        let start_line = i64::from(function.start_line);
        self.file.profile.functions.push(Function { id, name, system_name, file, start_line });
        id
    }

    fn labels(&mut self, tags: TagsId) -> Vec<Label> {
        let labels = self.symbols.tags(tags).iter();
        let label = |(name, value): (&Arc<str>, &LabelValue)| {
            let key = self.file.string(name);
            match value.as_number().map(LabelNumber::spelled) {
                // Without a unit, as it was; but then pprof takes a 0 for no label.
                Some((number, "count")) if number != 0 => Label { key, number, ..Label::default() },
                Some((number, unit)) => {
                    Label { key, number, unit: self.file.string(unit), ..Label::default() }
                }
                None => Label { key, text: self.file.string(value), ..Label::default() },
            }
        };
        labels.map(label).collect()
    }
}
