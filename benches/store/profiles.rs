//! Generates profiles to fill a store with.
//!
//! Stacks are those of CPU time in the example data, with the same frequencies. Which
//! stacks a profile has, and how many samples of 10 ms of each, is drawn from a fixed
//! pseudo-random sequence. So names, depths and the shape of the tree are real, and the
//! differences between profiles are not.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use flamebook::profile::frame::FrameId;
use flamebook::profile::{Labels, StackId, Symbols};
use flamebook::source::{Asked, Request, Selection, demo};
use flamebook::work::{Cancel, Unwatched, Work};
use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

/// There is a series for each pod of each service.
const SERVICES: u64 = 10;
const PODS: u64 = 4;
pub(crate) const SERIES: u64 = SERVICES * PODS;
/// The interval between profiles of a series.
const SECONDS: u64 = 10;
/// 2026-03-01T00:00Z
const BEGIN: u64 = 1_772_323_200;
/// One sample at 100 Hz.
const SAMPLE: i64 = 10_000_000;

/// Generates profiles.
pub(crate) struct Recorder {
    symbols: Symbols,
    /// Stacks with the cumulative sum of their values.
    stacks: Vec<(StackId, i64)>,
    dice: Dice,
    random_values: bool,
}

impl Recorder {
    pub(crate) fn new() -> Recorder {
        let Selection { symbols, snapshots, .. } = recorded();
        let mut values = vec![0; symbols.stacks.len()];
        for (stack, _, value) in snapshots.iter().flat_map(|snapshot| snapshot.samples().iter()) {
            values[stack.index()] += value;
        }
        let mut sum = 0;
        let seen = (0..).map(StackId).zip(values).filter(|(_, value)| *value > 0);
        let stacks = seen.map(|(stack, value)| {
            sum += value;
            (stack, sum)
        });
        let dice = Dice(0x9e37_79b9_7f4a_7c15);
        Recorder { stacks: stacks.collect(), symbols, dice, random_values: false }
    }

    /// Sample values are random and compress badly.
    pub(crate) fn with_random_values() -> Recorder {
        Recorder { random_values: true, ..Recorder::new() }
    }

    /// Writes profiles below a folder, one of each series in turn; returns their size in
    /// bytes.
    pub(crate) fn fill(&mut self, folder: &Path, profiles: u64, samples: usize) -> u64 {
        write(folder, profiles, |time, _| self.profile(time, samples))
    }

    /// Writes cumulative profiles, like Go's allocation profiles. Half of the stacks
    /// exist from the start, the others appear over time.
    pub(crate) fn fill_counting(&mut self, folder: &Path, profiles: u64, samples: usize) -> u64 {
        let mut counted = vec![BTreeMap::new(); SERIES as usize];
        write(folder, profiles, |time, number| {
            let so_far = &mut counted[(number % SERIES) as usize];
            let stacks = samples / 2 + samples / 2 * number as usize / profiles as usize;
            self.draw(so_far, stacks, samples);
            Encoding::allocations(&self.symbols, time).with_samples(so_far)
        })
    }

    fn profile(&mut self, time: i64, samples: usize) -> Vec<u8> {
        let mut drawn = BTreeMap::new();
        self.draw(&mut drawn, samples, 0);
        Encoding::cpu(&self.symbols, time).with_samples(&drawn)
    }

    /// Draws `times` samples; once there are `stacks` stacks, only from these.
    fn draw(&mut self, drawn: &mut BTreeMap<StackId, i64>, stacks: usize, mut times: usize) {
        let whole = self.stacks.last().map_or(0, |(_, sum)| *sum);
        while drawn.len() < stacks.min(self.stacks.len()) || times > 0 {
            let at = (self.dice.part() * whole as f64) as i64;
            let nth = self.stacks.partition_point(|(_, sum)| *sum <= at);
            let stack = self.stacks[nth.min(self.stacks.len() - 1)].0;
            if drawn.len() < stacks || drawn.contains_key(&stack) {
                let random = self.random_values;
                let value = if random { (self.dice.part() * 1e15) as i64 } else { SAMPLE };
                *drawn.entry(stack).or_default() += value;
                times = times.saturating_sub(1);
            }
        }
    }
}

/// Writes files by series and time, with the content that `profile` returns for a time in
/// nanoseconds and a number.
fn write(folder: &Path, profiles: u64, mut profile: impl FnMut(i64, u64) -> Vec<u8>) -> u64 {
    let mut bytes = 0;
    for number in 0..profiles {
        let (series, step) = (number % SERIES, number / SERIES);
        let (service, pod) = (series / PODS, series % PODS);
        let below = folder.join(format!("service=s{service}/pod=p{pod}"));
        std::fs::create_dir_all(&below).expect("a scratch folder");
        let time = (BEGIN + step * SECONDS) * 1_000_000_000 + series;
        let file = profile(time as i64, number);
        bytes += file.len() as u64;
        std::fs::write(below.join(format!("{time}.pb.gz")), file).expect("a file");
    }
    bytes
}

/// All CPU profiles of the example data.
fn recorded() -> Selection {
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let demo = demo::open(&Labels::default(), work).expect("the example data");
    let source: &dyn flamebook::source::Source = &demo;
    let kinds = source.types();
    let kind = kinds.iter().find(|kind| kind.is_called("cpu")).expect("cpu");
    source
        .select(&Request { kind, matchers: &[], window: None, asked: Asked::EVERYTHING }, work)
        .expect("profiles")
}

/// Pseudo-random numbers, the same every time: xorshift64*.
struct Dice(u64);

impl Dice {
    /// A number in [0, 1).
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        bits as f64 / (1u64 << 53) as f64
    }
}

/// A pprof file under construction: the parts of `profile.proto` that Go writes.
struct Encoding<'s> {
    symbols: &'s Symbols,
    profile: Profile,
    strings: std::collections::HashMap<String, i64>,
    locations: std::collections::HashMap<FrameId, u64>,
}

impl<'s> Encoding<'s> {
    fn cpu(symbols: &'s Symbols, time: i64) -> Encoding<'s> {
        Encoding::new(symbols, time, SECONDS, [["samples", "count"], ["cpu", "nanoseconds"]])
    }

    fn allocations(symbols: &'s Symbols, time: i64) -> Encoding<'s> {
        Encoding::new(symbols, time, 0, [["alloc_objects", "count"], ["alloc_space", "bytes"]])
    }

    fn new(symbols: &'s Symbols, time: i64, seconds: u64, types: [[&str; 2]; 2]) -> Encoding<'s> {
        let profile = Profile {
            time_nanos: time,
            duration_nanos: (seconds * 1_000_000_000) as i64,
            period: SAMPLE,
            ..Profile::default()
        };
        let mut encoding = Encoding { symbols, profile, strings: [].into(), locations: [].into() };
        encoding.string("");
        let types = types.map(|[kind, unit]| ValueType {
            kind: encoding.string(kind),
            unit: encoding.string(unit),
        });
        encoding.profile.sample_types = types.to_vec();
        encoding.profile.period_type = Some(types[1]);
        encoding
    }

    fn with_samples(mut self, samples: &BTreeMap<StackId, i64>) -> Vec<u8> {
        samples.iter().for_each(|(stack, value)| self.sample(*stack, *value));
        self.finish()
    }

    fn sample(&mut self, stack: StackId, value: i64) {
        let symbols = self.symbols;
        let locations = symbols.stacks.path(stack).map(|frame| self.location(frame)).collect();
        let values = vec![value / SAMPLE, value];
        self.profile.samples.push(Sample { locations, values });
    }

    fn location(&mut self, id: FrameId) -> u64 {
        if let Some(known) = self.locations.get(&id) {
            return *known;
        }
        let number = self.locations.len() as u64 + 1;
        self.locations.insert(id, number);
        let frame = self.symbols.frame(id);
        // The same in all profiles, as in a real program.
        let address = 0x40_0000 + u64::from(id.0) * 64;
        let (name, file) =
            (self.symbols.frame_name(id).clone(), self.symbols.frame_file(id).clone());
        let (name, file) = (self.string(&name), self.string(&file));
        let function = Function { id: number, name, system_name: name, file, start_line: 1 };
        self.profile.functions.push(function);
        let lines = vec![Line { function: number, line: i64::from(frame.line) }];
        self.profile.locations.push(Location { id: number, address, lines });
        number
    }

    fn string(&mut self, text: &str) -> i64 {
        let next = self.strings.len() as i64;
        let id = *self.strings.entry(text.to_owned()).or_insert(next);
        if id == next {
            self.profile.strings.push(text.to_owned());
        }
        id
    }

    fn finish(self) -> Vec<u8> {
        // As Go's runtime compresses.
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&self.profile.encode_to_vec()).expect("memory");
        gzip.finish().expect("memory")
    }
}

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_types: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
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
    #[prost(int64, tag = "12")]
    period: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    locations: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    values: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    lines: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function: u64,
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
