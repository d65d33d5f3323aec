//! Merged stacks and their values to one gzipped pprof file.
//!
//! A file that is written has one sample type, a location for each function (a
//! merged tree has no addresses) and a sample for each stack with a value. Two
//! sides are written as `pprof -diff_base` holds them: the base negated and with
//! the label `pprof::base=true`, so that pprof subtracts it and takes
//! percentages of it.

use rustc_hash::FxHashMap;

use super::message::{Label, ValueType};
use super::written::{Function, Line, Location, Sample, Written};
use crate::profile::frame::FrameId;
use crate::profile::{StackId, Symbols};
use crate::quantity::{Span, Timestamp};
use crate::work::{Cancelled, Work};

/// The content of a file.
#[derive(Debug)]
pub struct Content<'a> {
    /// The name of the sample type and its unit: `cpu`, `nanoseconds`.
    pub sample_type: (&'a str, &'a str),
    pub start: Timestamp,
    pub duration: Span,
    /// For a reader, `pprof -comments`; "" for none.
    pub comment: &'a str,
    pub symbols: &'a Symbols,
    /// By stack; 0 is no sample.
    pub values: &'a [i64],
    /// By stack, the base that the values are compared with.
    pub base: Option<&'a [i64]>,
}

impl Content<'_> {
    /// The bytes of the file.
    pub fn encode(&self, work: Work<'_>) -> Result<Vec<u8>, Cancelled> {
        StackWriter::new(self.symbols).written(self, work)?.finish(work)
    }
}

/// A file that is being written, and the ids given so far.
struct StackWriter<'a> {
    symbols: &'a Symbols,
    file: Written,
    /// Functions have the ids of their locations.
    locations: FxHashMap<FrameId, u64>,
}

impl<'a> StackWriter<'a> {
    fn new(symbols: &'a Symbols) -> StackWriter<'a> {
        StackWriter { symbols, file: Written::new(), locations: FxHashMap::default() }
    }

    fn written(mut self, content: &Content<'_>, work: Work<'_>) -> Result<Written, Cancelled> {
        let (kind, unit) = content.sample_type;
        let sample_type = ValueType { kind: self.file.string(kind), unit: self.file.string(unit) };
        self.file.profile.sample_types.push(sample_type);
        self.file.profile.time_nanos = content.start.0;
        self.file.profile.duration_nanos = content.duration.0;
        if !content.comment.is_empty() {
            let comment = self.file.string(content.comment);
            self.file.profile.comments.push(comment);
        }
        self.samples(content.values, None, work)?;
        if let Some(base) = content.base {
            let (key, text) = (self.file.string("pprof::base"), self.file.string("true"));
            let negated = work.collect(base.iter().map(|value| value.saturating_neg()))?;
            self.samples(&negated, Some(Label { key, text, ..Label::default() }), work)?;
        }
        Ok(self.file)
    }

    fn samples(
        &mut self,
        values: &[i64],
        label: Option<Label>,
        work: Work<'_>,
    ) -> Result<(), Cancelled> {
        work.each((0..).map(StackId).zip(values), |(stack, value)| {
            if *value == 0 {
                return;
            }
            let symbols = self.symbols;
            let locations = symbols.stacks.path(stack).map(|frame| self.location(frame)).collect();
            let labels = label.into_iter().collect();
            self.file.profile.samples.push(Sample { locations, values: vec![*value], labels });
        })
    }

    /// The location of a frame, made with its function and mapping when it is new.
    fn location(&mut self, id: FrameId) -> u64 {
        if let Some(known) = self.locations.get(&id) {
            return *known;
        }
        let number = self.locations.len() as u64 + 1;
        self.locations.insert(id, number);
        let symbols = self.symbols;
        let frame = symbols.frame(id);
        let function = symbols.function(frame.function);
        let [name, system_name, file] = [function.name, function.system_name, function.file]
            .map(|string| self.file.string(symbols.string(string)));
        self.file.profile.functions.push(Function {
            id: number,
            name,
            // With the same name again, pprof would take it for a mangled one.
            system_name: if system_name == name { 0 } else { system_name },
            file,
            start_line: i64::from(function.start_line),
        });
        let lines = vec![Line { function_id: number, line: 0 }];
        let mapping_id = self.file.mapping(symbols.frame_module(id));
        self.file.profile.locations.push(Location { id: number, mapping_id, address: 0, lines });
        number
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::batch::Batch;
    use crate::source::reader::Reader;
    use crate::work::{Cancel, Unwatched};

    /// A function that calls itself through another: `a`, `a;b`, `a;b;a`.
    fn recursive() -> Symbols {
        let mut symbols = Symbols::new();
        let a = symbols.intern_frame_of("a\0</script>", "a.go");
        let b = symbols.intern_frame_of("b", "");
        let stacks = Arc::make_mut(&mut symbols.stacks);
        let top = stacks.intern(StackId::EMPTY, a);
        let middle = stacks.intern(top, b);
        stacks.intern(middle, a);
        symbols
    }

    fn content<'a>(symbols: &'a Symbols, values: &'a [i64]) -> Content<'a> {
        Content {
            sample_type: ("cpu", "nanoseconds"),
            start: Timestamp(5),
            duration: Span(7),
            comment: "cpu | focus \"a\"",
            symbols,
            values,
            base: None,
        }
    }

    /// Each sample as our own reader sees it: names from root to leaf, labels, value.
    fn read(bytes: &[u8]) -> Vec<String> {
        let mut batch = Batch::default();
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let read = Reader::default().read(bytes, "x.pb.gz", &mut batch, work);
        read.expect("a profile").into_iter().for_each(|recording| batch.push(recording));
        let profiles = batch.finish();
        let (snapshot, symbols) = (&profiles.snapshots[0][0], &profiles.symbols);
        assert_eq!((snapshot.start, snapshot.duration), (Timestamp(5), Span(7)));
        assert_eq!(&*profiles.kinds[0].alias, "cpu");
        let sample = |(stack, tags, value)| {
            let mut path: Vec<&str> =
                symbols.stacks.path(stack).map(|frame| &**symbols.frame_name(frame)).collect();
            path.reverse();
            format!("{} {{{}}} {value}", path.join(";"), symbols.tags(tags))
        };
        snapshot.samples().iter().map(sample).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let symbols = recursive();
        let content = content(&symbols, &[2, 3, 0, 10]);
        let bytes = content.encode(Work::unattended()).expect("no interrupt");
        let a = "a\0</script>";
        assert_eq!(
            read(&bytes),
            [" {} 2".to_owned(), format!("{a} {{}} 3"), format!("{a};b;{a} {{}} 10"),]
        );
    }

    #[test]
    fn a_base_is_negated_and_says_that_it_is_one() {
        let symbols = recursive();
        let base = [0, 4, 6, 0];
        let both = Content { base: Some(&base), ..content(&symbols, &[0, 3, 0, 10]) };
        let a = "a\0</script>";
        assert_eq!(
            read(&both.encode(Work::unattended()).expect("no interrupt")),
            [
                format!("{a} {{}} 3"),
                format!("{a};b;{a} {{}} 10"),
                format!("{a} {{pprof::base=\"true\"}} -4"),
                format!("{a};b {{pprof::base=\"true\"}} -6"),
            ]
        );
    }
}
