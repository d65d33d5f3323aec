//! Files made by hand: what the format allows, and what it does not.
//!
//! They are written by prost from the declarations below, which are those of
//! `profile.proto`, and changed byte by byte where prost would not write them so.

use prost::Message;

use super::message::{Label, Mapping, ValueType};
use super::{Malformed, ReadError, Reader};
use crate::profile::{FrameKind, Snapshot, Symbols};
use crate::quantity::{Span, Timestamp, Unit};
use crate::source::batch::{Batch, LoadedProfiles};
use crate::source::malformed::Spot;
use crate::work::{Cancel, Unwatched, Work};

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
    #[prost(bytes = "vec", repeated, tag = "6")]
    strings: Vec<Vec<u8>>,
    #[prost(int64, tag = "7")]
    drop_frames: i64,
    #[prost(int64, tag = "8")]
    keep_frames: i64,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
}

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

impl Profile {
    /// A file with one type, `cpu/nanoseconds`, and nothing else.
    fn new() -> Profile {
        let mut profile = Profile { strings: vec![Vec::new()], ..Profile::default() };
        let (kind, unit) = (profile.string("cpu"), profile.string("nanoseconds"));
        profile.sample_types.push(ValueType { kind, unit });
        profile
    }

    fn string(&mut self, text: &str) -> i64 {
        self.strings.push(text.as_bytes().to_vec());
        self.strings.len() as i64 - 1
    }

    /// A function with the next id, from 1.
    fn function(&mut self, name: &str) -> u64 {
        let id = self.functions.len() as u64 + 1;
        let name = self.string(name);
        self.functions.push(Function { id, name, ..Function::default() });
        id
    }

    /// A location with these functions, innermost first; ids and addresses go up from 1.
    fn location(&mut self, functions: &[u64]) -> u64 {
        let id = self.locations.len() as u64 + 1;
        let lines = functions.iter().map(|&function_id| Line { function_id, line: 7 }).collect();
        self.locations.push(Location { id, mapping_id: 0, address: id, lines });
        id
    }

    /// A location for each name.
    fn named<const N: usize>(&mut self, names: [&str; N]) -> [u64; N] {
        names.map(|name| {
            let function = self.function(name);
            self.location(&[function])
        })
    }

    fn sample(&mut self, locations: &[u64], value: i64) -> &mut Sample {
        let sample =
            Sample { locations: locations.to_vec(), values: vec![value], labels: Vec::new() };
        self.samples.push(sample);
        self.samples.last_mut().expect("it was pushed")
    }
}

fn read(bytes: &[u8]) -> Result<LoadedProfiles, Malformed> {
    let mut batch = Batch::default();
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    match Reader::default().read(bytes, "cpu.pb", &mut batch, work) {
        Ok(recordings) => recordings.into_iter().for_each(|recording| batch.push(recording)),
        Err(ReadError::Malformed(malformed)) => return Err(malformed),
        Err(error) => unreachable!("{error}: pprof knows, and nobody cancels"),
    }
    Ok(batch.finish())
}

/// The samples of the first type: names from root to leaf, labels, value.
fn samples(profile: &Profile) -> Vec<String> {
    let profiles = read(&profile.encode_to_vec()).expect("a good file");
    written(&profiles.symbols, &profiles.snapshots[0][0])
}

fn written(symbols: &Symbols, snapshot: &Snapshot) -> Vec<String> {
    let sample = |(stack, tags, value)| {
        let mut path: Vec<_> =
            symbols.stacks.path(stack).map(|frame| &**symbols.frame_name(frame)).collect();
        path.reverse();
        format!("{} {{{}}} {value}", path.join(";"), symbols.tags(tags))
    };
    snapshot.samples().iter().map(sample).collect()
}

fn refused(profile: &Profile) -> Malformed {
    read(&profile.encode_to_vec()).expect_err("a bad file")
}

#[test]
fn inlined_functions_are_frames_of_their_own() {
    let mut profile = Profile::new();
    let (inner, outer) = (profile.function("inner"), profile.function("outer"));
    let leaf = profile.location(&[inner, outer]);
    let [main] = profile.named(["main"]);
    profile.sample(&[leaf, main], 5);
    let profiles = read(&profile.encode_to_vec()).expect("a good file");
    let symbols = &profiles.symbols;
    let snapshot = &profiles.snapshots[0][0];
    assert_eq!(written(symbols, snapshot), ["main;outer;inner {} 5"]);
    let frames =
        symbols.stacks.path(snapshot.samples().stacks[0]).map(|frame| symbols.frame(frame));
    let inlined: Vec<_> = frames.map(|frame| (frame.inlined, frame.line)).collect();
    assert_eq!(inlined, [(true, 7), (false, 7), (false, 7)]);
}

#[test]
fn times_and_types_are_those_of_the_file() {
    let mut profile = Profile::new();
    let count = ValueType { kind: profile.string("samples"), unit: profile.string("count") };
    profile.sample_types.insert(0, count);
    let [main] = profile.named(["main"]);
    profile.sample(&[main], 3).values.push(30_000_000);
    (profile.time_nanos, profile.duration_nanos) = (1_000, 10);
    let profiles = read(&profile.encode_to_vec()).expect("a good file");
    let ids: Vec<_> = profiles.kinds.iter().map(|kind| &*kind.id).collect();
    assert_eq!(ids, ["process_cpu:cpu:nanoseconds::", "process_cpu:samples:count::"]);
    let totals: Vec<_> = profiles.snapshots.iter().map(|of| of[0].total).collect();
    assert_eq!(totals, [30_000_000, 3]);
    let snapshot = &profiles.snapshots[0][0];
    assert_eq!((snapshot.start, snapshot.duration), (Timestamp(1_000), Span(10)));
}

#[test]
fn code_without_a_name_is_its_binary() {
    let mut profile = Profile::new();
    let files = ["/usr/lib/libc.so.6", "[kernel.kallsyms]", ""];
    for (id, file) in (1..).zip(files) {
        let file = profile.string(file);
        profile.mappings.push(Mapping { id, file });
    }
    let nameless = profile.function("");
    // The last mapping is not there at all.
    for mapping_id in 1..=4 {
        let id = profile.location(&[nameless][..usize::from(mapping_id == 2)]);
        let location = profile.locations.last_mut().expect("it was pushed");
        (location.mapping_id, location.address) = (mapping_id, 0x1f3c0 + mapping_id);
        profile.sample(&[id], 1);
    }
    assert_eq!(
        samples(&profile),
        ["[libc.so.6] {} 1", "[kernel.kallsyms] {} 1", "[unknown] {} 1", "[unknown] {} 1",]
    );
    let symbols = read(&profile.encode_to_vec()).expect("a good file").symbols;
    let kinds: Vec<_> = symbols.frames.iter().skip(1).map(|frame| frame.kind).collect();
    let native = FrameKind::Native;
    assert_eq!(kinds, [native, FrameKind::Kernel, native, native]);
}

#[test]
fn frames_that_the_file_wants_dropped_are_dropped() {
    let mut profile = Profile::new();
    let [profiler, alloc, main, kept] =
        profile.named(["prof.record", "malloc", "main", "prof.keep"]);
    // `malloc` with something inlined that goes, and something it was inlined into that stays.
    let (dropped, stays) = (profile.function("prof.inlined"), profile.function("stays"));
    let partly = profile.location(&[dropped, stays]);
    profile.drop_frames = profile.string("prof\\..*|malloc");
    profile.keep_frames = profile.string("prof\\.keep");
    profile.sample(&[profiler, alloc, main], 1);
    profile.sample(&[kept, main], 2);
    profile.sample(&[profiler, alloc], 3);
    profile.sample(&[alloc, partly, main], 4);
    assert_eq!(
        samples(&profile),
        ["main {} 1", "main;prof.keep {} 2", "malloc;prof.record {} 3", "main;stays {} 4",]
    );
    // A pattern that does not compile drops nothing.
    profile.drop_frames = profile.string("(");
    assert_eq!(samples(&profile)[0], "main;malloc;prof.record {} 1");
}

#[test]
fn labels_of_samples_are_text_or_quantities() {
    let mut profile = Profile::new();
    let [main] = profile.named(["main"]);
    let [endpoint, cart, bytes, request, ms] =
        ["endpoint", "/cart", "bytes", "request", "ms"].map(|text| profile.string(text));
    let text = |key, text| Label { key, text, ..Label::default() };
    let number = |key, number, unit| Label { key, number, unit, ..Label::default() };
    profile.sample(&[main], 1).labels = vec![text(endpoint, cart), number(bytes, 512, bytes)];
    profile.sample(&[main], 2).labels = vec![number(request, 20, ms)];
    profile.sample(&[main], 3).labels = vec![number(bytes, 512, 0)];
    // Neither text nor number nor unit: as for pprof, no label.
    profile.sample(&[main], 4).labels = vec![number(bytes, 0, 0)];
    assert_eq!(
        samples(&profile),
        [
            r#"main {bytes="512 B", endpoint="/cart"} 1"#,
            r#"main {request="20 ms"} 2"#,
            r#"main {bytes="512 B"} 3"#,
            "main {} 4",
        ]
    );
}

#[test]
fn untidy_files_are_read() {
    let mut profile = Profile::new();
    let [main] = profile.named(["main"]);
    profile.strings[3] = b"ma\xffin".to_vec();
    profile.functions[0].id = 1 << 40;
    profile.locations[0].lines[0].function_id = 1 << 40;
    profile.locations[0].id = u64::MAX;
    profile.sample(&[u64::MAX], -1);
    profile.sample(&[], 0);
    assert_eq!(main, 1, "the id before it was changed");
    assert_eq!(samples(&profile), ["ma\u{fffd}in {} -1", " {} 0"]);
    profile.samples.clear();
    assert!(samples(&profile).is_empty(), "a profile without samples is one");
}

#[test]
fn numbers_may_come_one_by_one() {
    // prost packs them; older writers do not. Two locations, one value, each a field.
    let mut profile = Profile::new();
    profile.named(["leaf", "root"]);
    let mut bytes = profile.encode_to_vec();
    bytes.extend([0x12, 6, 0x08, 1, 0x08, 2, 0x10, 9]);
    let profiles = read(&bytes).expect("a good file");
    assert_eq!(written(&profiles.symbols, &profiles.snapshots[0][0]), ["root;leaf {} 9"]);
}

#[test]
fn stacks_may_be_ten_thousand_deep() {
    let mut profile = Profile::new();
    let locations = profile.named(["f", "main"]);
    let deep: Vec<u64> = [vec![locations[0]; 10_000], vec![locations[1]]].concat();
    profile.sample(&deep, 1);
    profile.sample(&deep[9_000..], 2);
    let profiles = read(&profile.encode_to_vec()).expect("a good file");
    let stacks = &profiles.symbols.stacks;
    assert_eq!(stacks.len(), 10_002, "both share their upper part");
    let samples = profiles.snapshots[0][0].samples();
    assert_eq!(stacks.path(samples.stacks[0]).count(), 10_001);
}

#[test]
fn an_index_out_of_range_says_where() {
    let good = {
        let mut profile = Profile::new();
        let [main] = profile.named(["main"]);
        profile.sample(&[main], 1);
        profile
    };
    // The type is the first message: a tag, a length, and two fields of two bytes.
    // The sample is the next: its content starts after a tag and a length.
    let changed = |change: fn(&mut Profile)| {
        let mut profile = good.clone();
        change(&mut profile);
        refused(&profile).to_string()
    };
    assert_eq!(
        changed(|profile| profile.samples[0].locations = vec![9]),
        "a sample names location 9, which does not exist at byte 8"
    );
    assert_eq!(
        changed(|profile| profile.samples[0].values.push(2)),
        "a sample has 2 values for 1 types at byte 8"
    );
    let error = changed(|profile| profile.locations[0].lines[0].function_id = 9);
    assert!(error.starts_with("a location names function 9, which does not exist at"), "{error}");
    let error = changed(|profile| profile.functions[0].name = 99);
    assert!(error.starts_with("it refers to string 99, but there are only 4 at"), "{error}");
    let error = changed(|profile| profile.functions[0].name = -1);
    assert!(error.starts_with("it refers to string -1, but there are only 4 at"), "{error}");
    let error = changed(|profile| profile.locations.push(profile.locations[0].clone()));
    assert!(error.starts_with("a second location has the id 1 at"), "{error}");
}

#[test]
fn profiles_one_after_another_are_several_recordings() {
    let mut first = Profile::new();
    let locations = first.named(["leaf", "root"]);
    first.sample(&locations, 3);
    let mut second = Profile::new();
    let locations = second.named(["other"]);
    second.sample(&locations, 4);
    let file = [first.encode_to_vec(), second.encode_to_vec()].concat();
    let profiles = read(&file).expect("two profiles");
    let totals: Vec<_> = profiles.snapshots[0].iter().map(|snapshot| snapshot.total).collect();
    assert_eq!(totals, [3, 4]);
    // The second is cut: its place is that in the file.
    let error = read(&file[..file.len() - 1]).expect_err("the last string is cut");
    assert!(matches!(error.spot, Spot::Byte(offset) if offset > file.len() - 10), "{error}");
}

#[test]
fn two_types_of_one_name_are_kept_apart() {
    let mut profile = Profile::new();
    let cpu = profile.sample_types[0];
    profile.sample_types.push(cpu);
    let [leaf] = profile.named(["leaf"]);
    profile.sample(&[leaf], 1);
    profile.samples[0].values.push(2);
    let profiles = read(&profile.encode_to_vec()).expect("a good file");
    let names: Vec<_> = profiles.kinds.iter().map(|kind| kind.alias.to_string()).collect();
    let totals: Vec<_> = profiles.snapshots.iter().map(|of| of[0].total).collect();
    assert_eq!((names[1].clone(), totals), (format!("{}_2", names[0]), vec![1, 2]));
}

#[test]
fn every_unit_is_nanoseconds_or_bytes() {
    for (unit, value, worth, base) in [
        ("microseconds", 1_500_000, 1_500_000_000, Unit::Nanoseconds),
        ("MS", 3, 3_000_000, Unit::Nanoseconds),
        ("hours", 2, 7_200_000_000_000, Unit::Nanoseconds),
        ("kilobytes", 2048, 2_097_152, Unit::Bytes),
        ("GiB", 1, 1_073_741_824, Unit::Bytes),
        ("cycles", 7, 7, Unit::Count("cycles".into())),
    ] {
        let mut profile = Profile::new();
        profile.sample_types[0].unit = profile.string(unit);
        let [leaf] = profile.named(["leaf"]);
        profile.sample(&[leaf], value);
        let profiles = read(&profile.encode_to_vec()).expect("a good file");
        assert_eq!(profiles.kinds[0].unit, base, "{unit}");
        assert_eq!(profiles.snapshots[0][0].total, worth, "{unit}");
        profile.samples[0].values = vec![i64::MAX];
        assert_eq!(read(&profile.encode_to_vec()).is_err(), worth != i128::from(value), "{unit}");
    }
}

#[test]
fn what_is_no_profile_is_called_so() {
    for (bytes, reason) in [
        (&b"<html>not found</html>"[..], "not a pprof profile: "),
        (b"main;f 12\n", "not a pprof profile: "),
        (b"{\"flamebearer\": {}}", "not a pprof profile: "),
        (&[0; 100], "not a pprof profile: a field has an invalid number at byte 0"),
        (&[0xff; 100], "not a pprof profile: a number is too long at byte 0"),
        // One string, and no sample type.
        (&[0x32, 0], "not a pprof profile: the file has no sample type at byte 2"),
    ] {
        let error = read(bytes).expect_err("no profile").to_string();
        assert!(error.starts_with(reason), "{error}");
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_or_read() {
    let mut profile = Profile::new();
    let locations = profile.named(["leaf", "root"]);
    profile.sample(&locations, 1);
    let bytes = profile.encode_to_vec();
    for end in 1..bytes.len() {
        // The last fields of a file may be missing and nothing tells; a crash is what must not be.
        if let Err(error) = read(&bytes[..end]) {
            assert!(matches!(error.spot, Spot::Byte(offset) if offset <= end), "{error}");
        }
    }
    let error = read(&bytes[..bytes.len() - 1]).expect_err("the last string is cut");
    assert_eq!(error.reason, "4 bytes are needed here, but only 3 are left");
}

#[test]
fn an_interrupt_is_heard_within_a_file() {
    let mut profile = Profile::new();
    profile.sample(&[], 1);
    let cancel = Cancel::new();
    cancel.cancel();
    let work = Work { cancel: &cancel, watch: &Unwatched };
    let bytes = profile.encode_to_vec();
    let outcome = Reader::default().read(&bytes, "cpu.pb", &mut Batch::default(), work);
    assert!(matches!(outcome, Err(ReadError::Cancelled(_))));
}

/// What is at the only address of a file: the path of the binary, and for each function,
/// innermost first, its name, its name for the linker, its source file, its line there, and
/// the line of the sample.
type AtAddress<'t> = (&'t str, &'t [[&'t str; 5]]);

fn with_address((module, functions): AtAddress<'_>) -> Profile {
    let mut profile = Profile::new();
    // Other files give other numbers to the same names.
    for _ in 0..functions.len() + module.len() {
        profile.string("unused");
    }
    let file = profile.string(module);
    profile.mappings.push(Mapping { id: 1, file });
    let ids: Vec<u64> = functions.iter().map(|function| profile.function(function[0])).collect();
    let id = profile.location(&ids);
    for (nth, [_, system_name, file, start_line, line]) in functions.iter().enumerate() {
        let (system_name, file) = (profile.string(system_name), profile.string(file));
        let function = &mut profile.functions[nth];
        (function.system_name, function.file) = (system_name, file);
        function.start_line = start_line.parse().expect("a number");
        profile.locations[0].lines[nth].line = line.parse().expect("a number");
    }
    (profile.locations[0].mapping_id, profile.locations[0].address) = (1, 0x40);
    profile.sample(&[id], 1);
    profile
}

/// The frames of a sample, in the form of `AtAddress`.
fn at_address(symbols: &Symbols, snapshot: &Snapshot) -> (String, Vec<[String; 5]>) {
    let ids: Vec<_> = symbols.stacks.path(snapshot.samples().stacks[0]).collect();
    let inlined: Vec<bool> = ids.iter().map(|id| symbols.frame(*id).inlined).collect();
    assert_eq!(inlined.iter().rposition(|inlined| *inlined).map_or(1, |at| at + 2), ids.len());
    let functions = ids.iter().map(|id| {
        let (frame, function) = (symbols.frame(*id), symbols.function(symbols.frame(*id).function));
        let text = |string| symbols.string(string).to_string();
        let [name, system] = [function.name, function.system_name].map(text);
        let [start, line] = [function.start_line, frame.line].map(|line| line.to_string());
        [name, system, text(function.file), start, line]
    });
    (symbols.frame_module(ids[0]).to_string(), functions.collect())
}

#[test]
fn an_address_is_what_its_own_file_says() {
    let f = ["f", "f", "a.go", "3", "7"];
    let g = ["g", "g", "a.go", "9", "8"];
    let first: AtAddress<'_> = ("/bin/app", &[f, g]);
    let others: [AtAddress<'_>; 9] = [
        ("/bin/other", &[f, g]),
        ("/bin/app", &[["h", "f", "a.go", "3", "7"], g]),
        ("/bin/app", &[["f", "h", "a.go", "3", "7"], g]),
        ("/bin/app", &[["f", "f", "b.go", "3", "7"], g]),
        ("/bin/app", &[["f", "f", "a.go", "4", "7"], g]),
        ("/bin/app", &[["f", "f", "a.go", "3", "6"], g]),
        ("/bin/app", &[g, f]),
        ("/bin/app", &[f]),
        ("/bin/app", &[f, g, f]),
    ];
    let owned = |(module, functions): AtAddress<'_>| {
        let functions = functions.iter().map(|function| function.map(str::to_owned)).collect();
        (module.to_owned(), functions)
    };
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    for other in others {
        let (mut batch, mut reader) = (Batch::default(), Reader::default());
        let order = [first, other, first, first, other];
        for (time, content) in (1..).zip(order) {
            let file = Profile { time_nanos: time, ..with_address(content) }.encode_to_vec();
            let recordings = reader.read(&file, "cpu.pb", &mut batch, work).expect("a good file");
            recordings.into_iter().for_each(|recording| batch.push(recording));
        }
        let LoadedProfiles { symbols, snapshots, .. } = batch.finish();
        let read: Vec<_> = snapshots[0].iter().map(|one| at_address(&symbols, one)).collect();
        assert_eq!(read, order.map(owned), "{other:?}");
    }
}

#[test]
fn a_mangled_name_is_plain_in_each_file() {
    let mangled = "_ZN4shop4cart3add17h0123456789abcdefE";
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let (mut batch, mut reader) = (Batch::default(), Reader::default());
    for (time, name) in [(1, mangled), (2, mangled), (3, "shop::cart::add"), (4, mangled)] {
        let content = ("/bin/app", &[[name, "", "cart.rs", "3", "7"]][..]);
        let file = Profile { time_nanos: time, ..with_address(content) }.encode_to_vec();
        let recordings = reader.read(&file, "cpu.pb", &mut batch, work).expect("a good file");
        recordings.into_iter().for_each(|recording| batch.push(recording));
    }
    let LoadedProfiles { symbols, snapshots, .. } = batch.finish();
    let names = snapshots[0].iter().map(|one| at_address(&symbols, one).1[0][..2].to_vec());
    let plain = "shop::cart::add".to_owned();
    let expected = [mangled, mangled, "", mangled].map(|kept| vec![plain.clone(), kept.to_owned()]);
    assert_eq!(names.collect::<Vec<_>>(), expected);
}
