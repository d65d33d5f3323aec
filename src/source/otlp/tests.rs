//! Messages written by hand, field by field, and what they are read as.
//!
//! Numbers of fields are those of `profiles.proto`; that OpenTelemetry's own module
//! writes them so is what `tests/otlp.rs` looks at, with a message that it wrote.

use super::*;
use crate::profile::Snapshot;
use crate::profile::frame::StringId;
use crate::source::batch::LoadedProfiles;
use crate::source::pprof;
use crate::work::{Cancel, Unwatched};

/// A field of bytes.
fn message(number: u8, content: &[u8]) -> Vec<u8> {
    assert!(content.len() < 0x4000, "two bytes of length");
    let length = [content.len() as u8 & 0x7f | 0x80, (content.len() >> 7) as u8];
    [&[number << 3 | 2], &length[..], content].concat()
}

/// A field of a number.
fn number(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value & 0x7f | 0x80, value >> 7]
}

/// A field of eight bytes.
fn fixed(number: u8, value: u64) -> Vec<u8> {
    [&[number << 3 | 1], &value.to_le_bytes()[..]].concat()
}

fn all(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

const STRINGS: [&str; 12] = [
    "",
    "cpu",
    "nanoseconds",
    "samples",
    "count",
    "main",
    "parse",
    "shop",
    "endpoint",
    "/cart",
    "profile.frame.type",
    "bytes",
];

/// The dictionary of all messages here: `main` calls `parse`, which is inlined in it at
/// location 2, and is at location 1 alone, of the kernel.
fn dictionary() -> Vec<u8> {
    let string = |text: &&str| message(5, text.as_bytes());
    let text = |index: &str| message(2, &message(1, index.as_bytes()));
    let line = |function, line| message(3, &all(&[number(1, function), number(2, line)]));
    let mut parts = vec![message(1, &[]), message(1, &number(4, 7))];
    parts.extend([
        message(2, &[]),
        message(2, &all(&[number(1, 1), line(2, 20), message(4, &[2])])),
        message(2, &all(&[number(1, 1), number(2, 64), line(2, 21), line(1, 10)])),
        message(2, &all(&[number(1, 1), number(2, 99)])),
    ]);
    parts.extend([message(3, &[]), message(3, &number(1, 5)), message(3, &number(1, 6))]);
    parts.extend(STRINGS.iter().map(string));
    parts.extend([
        message(6, &[]),
        message(6, &all(&[number(1, 8), text("/cart")])),
        message(6, &all(&[number(1, 10), text("kernel")])),
        // 64 of the unit `bytes`.
        message(6, &all(&[number(1, 3), message(2, &number(3, 64)), number(3, 11)])),
    ]);
    parts.extend([
        message(7, &[]),
        message(7, &message(1, &[1, 2])),
        message(7, &message(1, &[3])),
    ]);
    message(2, &all(&parts))
}

/// A message with these profiles of the resource `service.name=shop`.
fn export(profiles: &[Vec<u8>]) -> Vec<u8> {
    let value = message(2, &message(1, b"shop"));
    let name = message(1, &[message(1, b"service.name"), value].concat());
    let scope: Vec<u8> = profiles.iter().flat_map(|profile| message(2, profile)).collect();
    let resource = [message(1, &name), message(2, &scope)].concat();
    [message(1, &resource), dictionary()].concat()
}

/// Its type, its samples, and what else.
fn profile((kind, unit): (u8, u8), samples: &[Vec<u8>], rest: &[Vec<u8>]) -> Vec<u8> {
    let kind = message(1, &all(&[number(1, kind), number(2, unit)]));
    let samples: Vec<u8> = samples.iter().flat_map(|sample| message(2, sample)).collect();
    [kind, samples, all(rest)].concat()
}

fn read_all(bytes: &[u8]) -> Result<LoadedProfiles, ReadError> {
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let mut batch = Batch::default();
    for recording in read(bytes, "x", &mut batch, work)? {
        batch.push(recording);
    }
    Ok(batch.finish())
}

fn error(bytes: &[u8]) -> String {
    read_all(bytes).expect_err("it is malformed").to_string()
}

/// The samples of a snapshot: names leaf first, labels, value.
fn samples(profiles: &LoadedProfiles, snapshot: &Snapshot) -> Vec<String> {
    let symbols = &profiles.symbols;
    let told = |(stack, tags, value)| {
        let names: Vec<&str> =
            symbols.stacks.path(stack).map(|frame| &**symbols.frame_name(frame)).collect();
        format!("{} {{{}}} {value}", names.join("<"), symbols.tags(tags))
    };
    snapshot.samples().iter().map(told).collect()
}

#[test]
fn a_profile_has_its_stacks_labels_and_time() {
    let sample = all(&[number(1, 1), message(2, &[1, 3]), message(4, &[5, 2])]);
    let other = all(&[number(1, 2), message(4, &[4])]);
    let when = [fixed(3, 1_000), number(4, 9), message(11, &[1])];
    let profiles = read_all(&export(&[profile((1, 2), &[sample, other], &when)])).expect("one");
    assert_eq!(&*profiles.kinds[0].id, "process_cpu:cpu:nanoseconds::");
    let [snapshot] = &profiles.snapshots[0][..] else { panic!("one snapshot") };
    assert_eq!(snapshot.labels.to_string(), r#"endpoint="/cart", service.name="shop""#);
    assert_eq!((snapshot.start.0, snapshot.duration.0), (1_000, 9));
    // Two values of one sample are two observations.
    let labels = r#"endpoint="/cart", samples="64 B""#;
    let expected = [format!("parse<parse<main {{{labels}}} 7"), "[shop] {} 4".to_owned()];
    assert_eq!(samples(&profiles, snapshot), expected);
    let frames: Vec<_> = profiles.symbols.frames.iter().collect();
    let kinds = frames.iter().map(|f| (f.line, f.inlined, f.kind.to_string(), f.module));
    let shop = profiles.symbols.strings.find("shop").map(StringId).expect("a module");
    for frame in [(20, false, "kernel"), (21, true, "native"), (10, false, "native")] {
        let (line, inlined, kind) = frame;
        let expected = (line, inlined, kind.to_owned(), shop);
        assert!(kinds.clone().any(|frame| frame == expected), "{expected:?}");
    }
}

#[test]
fn times_without_values_count_one_each_and_make_a_time_line() {
    let second = |n: u64| (n * 1_000_000_000).to_le_bytes();
    let at =
        |seconds: &[u64]| message(5, &seconds.iter().flat_map(|s| second(*s)).collect::<Vec<_>>());
    let one = all(&[number(1, 1), at(&[101, 102, 115])]);
    let two = all(&[number(1, 2), at(&[129]), message(4, &[8])]);
    let bytes = export(&[profile((3, 4), &[one, two], &[fixed(3, 100_000_000_000)])]);
    let profiles = read_all(&bytes).expect("one profile");
    let slice =
        |snapshot: &Snapshot| (snapshot.start.0 / 1_000_000_000, snapshot.samples().total());
    let slices: Vec<_> = profiles.snapshots[0].iter().map(slice).collect();
    assert_eq!(slices, [(100, 2), (110, 1), (120, 8)]);
}

#[test]
fn counts_with_a_period_are_cpu_time_too_unless_that_is_there() {
    let sample = all(&[number(1, 1), message(4, &[3])]);
    let period = || vec![message(5, &all(&[number(1, 1), number(2, 2)])), number(6, 100)];
    let counted = profile((3, 4), std::slice::from_ref(&sample), &period());
    let profiles = read_all(&export(std::slice::from_ref(&counted))).expect("one profile");
    let ids: Vec<_> = profiles.kinds.iter().map(|kind| &*kind.id).collect();
    let [time, count] = ["cpu:nanoseconds", "samples:count"]
        .map(|kind| format!("process_cpu:{kind}:cpu:nanoseconds"));
    assert_eq!(ids, [&time, &count]);
    let totals: Vec<_> = profiles.snapshots.iter().map(|of| of[0].samples().total()).collect();
    assert_eq!(totals, [300, 3]);
    let timed = profile((1, 2), &[sample], &period());
    let both = read_all(&export(&[counted, timed])).expect("two profiles");
    let totals: Vec<_> = both.snapshots.iter().map(|of| of.len()).collect();
    assert_eq!(totals, [1, 1], "cpu is what the file says");
}

#[test]
fn an_attribute_may_be_of_any_type() {
    let value = |content: Vec<u8>| message(2, &content);
    let list = message(1, &number(3, 1)).into_iter().chain(message(1, &message(1, b"b")));
    let map = message(1, &all(&[message(1, b"k"), value(number(2, 1))]));
    for (content, text) in [
        (message(1, b"text"), "text"),
        (number(2, 1), "true"),
        (number(3, 0), "0"),
        (fixed(4, 1.5_f64.to_bits()), "1.5"),
        (message(5, &list.collect::<Vec<u8>>()), r#"[1,"b"]"#),
        (message(6, &map), r#"{"k":true}"#),
        (message(7, &[0xab, 1]), "ab01"),
        (number(8, 7), "shop"),
        (vec![], ""),
    ] {
        let attribute = message(1, &all(&[message(1, b"a"), value(content)]));
        let scope = message(2, &message(2, &profile((1, 2), &[], &[])));
        let resource = message(1, &[message(1, &attribute), scope].concat());
        let profiles = read_all(&[resource, dictionary()].concat()).expect("a profile");
        let labels = &profiles.snapshots[0][0].labels;
        assert_eq!(labels.get("a").map_or("", |value| value), text);
    }
}

#[test]
fn otlp_and_pprof_are_told_apart_by_what_is_in_the_first_field() {
    let otlp = export(&[profile((1, 2), &[], &[])]);
    let reversed = [dictionary(), otlp[..otlp.len() - dictionary().len()].to_vec()].concat();
    for bytes in [&otlp, &reversed] {
        assert!(recognises(bytes));
        // As much as is needed to tell: a resource, or the first rows of the tables.
        for end in 12..bytes.len() {
            assert!(recognises(&bytes[..end]), "{end} of {}", bytes.len());
        }
    }
    // `cpu/ns`, then a sample; a sample first; strings first.
    for pprof in [
        &[0x0a, 4, 0x08, 1, 0x10, 2, 0x12, 2, 0x10, 5][..],
        &[0x12, 2, 0x10, 5, 0x0a, 4, 0x08, 1, 0x10, 2],
        &[0x12, 6, 0x0a, 1, 1, 0x12, 1, 5, 0x0a, 4, 0x08, 1, 0x10, 2],
        &[0x32, 0, 0x0a, 4, 0x08, 1, 0x10, 2],
        b"\nmain;parse 5\n",
        b"",
    ] {
        assert!(!recognises(pprof), "{pprof:?}");
    }
    assert!(!pprof::recognises(&otlp));
}

#[test]
fn what_contradicts_itself_is_told_with_its_place() {
    let of = |samples: &[Vec<u8>]| export(&[profile((1, 2), samples, &[])]);
    for (sample, reason) in [
        (
            all(&[number(1, 9), message(4, &[1])]),
            "it refers to stack 9, but there are only 3 at byte ",
        ),
        (
            all(&[number(1, 1), message(2, &[9]), message(4, &[1])]),
            "it refers to attribute 9, but there are only 4",
        ),
        (number(1, 1), "a sample has neither values nor times at byte "),
        (all(&[message(4, &[1, 2, 3]), fixed(5, 1)]), "a sample has 3 values for 1 times at byte "),
        (message(5, &[1, 2]), "2 bytes are not times of 8 bytes each at byte "),
    ] {
        let error = error(&of(&[sample]));
        assert!(error.starts_with(reason), "{error}");
    }
    let error = error(&[message(1, &[]), dictionary()].concat());
    assert!(error.starts_with("the message has no profile at byte "), "{error}");
}

#[test]
fn older_layouts_are_refused_by_name() {
    let reason = "it has the layout of OTLP before 1.10, which is not read at byte ";
    // 1.8 and 1.9: values in field 2, attributes in field 3.
    let values = all(&[number(1, 1), message(2, &[5])]);
    let attributes = all(&[number(1, 1), message(2, &[5]), message(3, &[1])]);
    // 1.7: indices of locations where the time is now.
    let locations = profile((1, 2), &[], &[message(3, &[1, 2])]);
    let samples = [values, attributes].map(|sample| profile((1, 2), &[sample], &[]));
    for older in samples.into_iter().chain([locations]) {
        let error = error(&export(&[older]));
        assert!(error.starts_with(reason), "{error}");
    }
}

#[test]
fn years_that_are_only_claimed_are_few_recordings() {
    // Ten profiles of a sample each, which is said to have taken four centuries.
    let sample = all(&[number(1, 1), fixed(5, 1)]);
    let years = [
        fixed(3, 1),
        message(12, &[]),
        vec![0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ];
    let long = profile((1, 2), &[sample], &years);
    let profiles = read_all(&export(&vec![long; 10])).expect("ten profiles");
    assert!(profiles.snapshots[0].len() < 40_000, "{}", profiles.snapshots[0].len());
    let totals = profiles.snapshots[0].iter().map(|snapshot| snapshot.samples().total());
    assert_eq!(totals.sum::<i128>(), 10);
}

#[test]
fn whatever_is_cut_or_changed_nothing_panics() {
    let sample = all(&[number(1, 1), message(2, &[1, 3]), message(4, &[5, 2])]);
    let timed = all(&[number(1, 2), fixed(5, 9)]);
    let when = [fixed(3, 1_000), number(4, 9), message(11, &[1])];
    let bytes = export(&[profile((1, 2), &[sample, timed], &when)]);
    let read = |bytes: &[u8]| match read_all(bytes) {
        Ok(profiles) => assert!(!profiles.kinds.is_empty()),
        Err(error) => assert!(error.to_string().contains(" at byte "), "{error}"),
    };
    for end in 0..bytes.len() {
        read(&bytes[..end]);
    }
    for at in 0..bytes.len() {
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            read(&changed);
        }
    }
}

#[test]
fn an_interrupt_ends_the_reading() {
    let sample = all(&[number(1, 1), message(4, &[3])]);
    let cancel = Cancel::new();
    cancel.cancel();
    let work = Work { cancel: &cancel, watch: &Unwatched };
    let bytes = export(&[profile((1, 2), &[sample], &[])]);
    let read = read(&bytes, "x", &mut Batch::default(), work);
    assert!(matches!(read, Err(ReadError::Cancelled(_))));
}
