//! JFR, against the JDK's own `jfr`: a recording of a program that does known things
//! (`tests/data/jfr`), and what `jfr print` says of each of its events.
//!
//! What is expected is added up here, event by event, from that tool's JSON. Without a
//! JDK the comparisons pass and say so; in CI they fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use flamebook::source::format::Format;
use regex::Regex;
use serde_json::Value;

use crate::cells::{self, Cells};
use crate::pprof::{Figures, assert_figures, functions};
use crate::recording;

const RECORDING: &str = "shop.jfr";

/// As `shop.jfc` says: one sample of a thread that runs, and of one in native code.
const PERIOD: f64 = 20e6;
const NATIVE_PERIOD: f64 = 500e6;

/// The deepest stack that a JVM records unless it is told otherwise; `jfr` prints five frames.
const DEPTH: &str = "64";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/jfr")
}

/// An event, as far as it is compared.
struct Event {
    /// The class without its package: `ExecutionSample`.
    kind: String,
    /// Names of functions, leaf first.
    stack: Vec<String>,
    labels: BTreeMap<&'static str, String>,
    fields: Value,
}

impl Event {
    fn of(event: &Value) -> Event {
        let fields = event["values"].clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let frames = fields["stackTrace"]["frames"].as_array().cloned().unwrap_or_default();
        let class = |value: &Value| java_name(&text(&value["name"]));
        let function = |frame: &Value| {
            let method = &frame["method"];
            format!("{}.{}", class(&method["type"]), text(&method["name"]))
        };
        let first = |names: &[&str]| {
            let found = names.iter().map(|name| &fields[*name]).find(|value| !value.is_null());
            found.cloned().unwrap_or_default()
        };
        assert_ne!(fields["stackTrace"]["truncated"], true, "no stack of it is that deep");
        let labels = [
            ("thread", text(&first(&["sampledThread", "eventThread"])["javaName"])),
            ("state", text(&fields["state"])),
            ("class", class(&first(&["objectClass", "monitorClass", "parkedClass"]))),
        ];
        let kind = text(&event["type"]);
        Event {
            kind: kind.rsplit('.').next().unwrap_or_default().to_owned(),
            stack: frames.iter().map(function).collect(),
            labels: labels.into(),
            fields,
        }
    }

    fn number(&self, field: &str) -> f64 {
        self.fields[field].as_f64().unwrap_or_else(|| panic!("no {field} in {}", self.fields))
    }

    /// Nanoseconds of `PT0.103894377S`.
    fn duration(&self) -> f64 {
        let text = self.fields["duration"].as_str().unwrap_or_default();
        let seconds = text.strip_prefix("PT").and_then(|text| text.strip_suffix('S'));
        let (whole, nanos) = seconds.and_then(|text| text.split_once('.')).expect("seconds");
        let digits: f64 = format!("{whole}{nanos:0<9}").parse().expect("digits");
        digits
    }

    fn start(&self) -> i64 {
        let text = self.fields["startTime"].as_str().unwrap_or_default();
        let time = chrono::DateTime::parse_from_rfc3339(text).expect("a time");
        time.timestamp_nanos_opt().expect("a time of our days")
    }
}

/// `[Ljava/lang/Object;` is `java.lang.Object[]`; of hidden classes, the number and the
/// address are left out, which are others in the next run.
fn java_name(internal: &str) -> String {
    static HIDDEN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(\$\$Lambda)?(\$\d+)?[+/]0x\w+(/\w+)?").expect("a regex"));
    let internal = &*HIDDEN.replace(internal, "$1");
    match internal.strip_prefix('[') {
        Some("B") => "byte[]".to_owned(),
        Some("I") => "int[]".to_owned(),
        Some("C") => "char[]".to_owned(),
        Some("J") => "long[]".to_owned(),
        Some(element) => {
            let class = element.strip_prefix('L').and_then(|class| class.strip_suffix(';'));
            class.unwrap_or_else(|| panic!("not expected here: {internal}")).replace('/', ".")
                + "[]"
        }
        None => internal.replace('/', "."),
    }
}

/// Each type, the kinds of events that it is made of, and what each of them adds.
type Amount = fn(&Event) -> f64;
const TYPES: [(&str, &[&str], Amount); 12] = [
    ("samples", &["ExecutionSample"], |_| 1.0),
    ("cpu", &["ExecutionSample"], |_| PERIOD),
    ("native_samples", &["NativeMethodSample"], |_| 1.0),
    ("native", &["NativeMethodSample"], |_| NATIVE_PERIOD),
    ("memory:alloc_samples", &["ObjectAllocationSample"], |_| 1.0),
    ("memory:alloc_space", &["ObjectAllocationSample"], |event| event.number("weight")),
    ("tlab:alloc_samples", &["ObjectAllocationInNewTLAB", "ObjectAllocationOutsideTLAB"], |_| 1.0),
    ("tlab:alloc_space", &["ObjectAllocationInNewTLAB", "ObjectAllocationOutsideTLAB"], |event| {
        let field = if event.kind.ends_with("NewTLAB") { "tlabSize" } else { "allocationSize" };
        event.number(field)
    }),
    ("mutex:contentions", &["JavaMonitorEnter"], |_| 1.0),
    ("mutex:delay", &["JavaMonitorEnter"], Event::duration),
    ("block:contentions", &["ThreadPark"], |_| 1.0),
    ("block:delay", &["ThreadPark"], Event::duration),
];

#[test]
fn every_function_of_every_type_has_what_the_events_add_up_to() {
    let Some(events) = events() else { return };
    let mut cells = Cells::over(&folder(), RECORDING);
    for (sample_type, kinds, amount) in TYPES {
        let mut expected: BTreeMap<String, Figures> = BTreeMap::new();
        for event in events.iter().filter(|event| kinds.contains(&&*event.kind)) {
            // A few allocations of the JVM itself are at no method.
            let Some(leaf) = event.stack.first() else { continue };
            expected.entry(leaf.clone()).or_default().0 += amount(event);
            for function in event.stack.iter().collect::<BTreeSet<_>>() {
                expected.entry(function.clone()).or_default().1 += amount(event);
            }
        }
        let query = format!("{sample_type} | top 100000");
        assert_figures(&query, &functions(&cells.table(&query)), &expected);
    }
}

#[test]
fn threads_states_and_classes_are_labels_of_samples() {
    let Some(events) = events() else { return };
    let mut cells = Cells::over(&folder(), RECORDING);
    for (sample_type, kinds, amount) in TYPES {
        for label in ["thread", "state", "class"] {
            let mut expected: BTreeMap<String, f64> = BTreeMap::new();
            for event in events.iter().filter(|event| kinds.contains(&&*event.kind)) {
                let value = event.labels[label].clone();
                *expected.entry(value).or_default() += amount(event);
            }
            // "" is no label.
            expected.remove("");
            if expected.is_empty() {
                continue;
            }
            let table = cells.table(&format!("{sample_type} | values {label}"));
            let rows = 0..table.height();
            let values = rows
                .map(|row| (cells::text(&table, label, row), cells::figure(&table, "total", row)));
            assert_eq!(values.collect::<BTreeMap<_, _>>(), expected, "{sample_type} by {label}");
        }
    }
}

#[test]
fn a_recording_of_25_seconds_is_three_profiles() {
    let Some(events) = events() else { return };
    // The header of a chunk has its start at byte 32.
    let bytes = std::fs::read(folder().join(RECORDING)).expect("the recording");
    let start = i64::from_be_bytes(std::array::from_fn(|i| bytes[32 + i]));
    let mut expected = [0.0; 3];
    for event in events.iter().filter(|event| event.kind == "ExecutionSample") {
        let slice = (event.start() - start) / 10_000_000_000;
        expected[usize::try_from(slice).expect("not before the start").min(2)] += PERIOD;
    }
    let mut cells = Cells::over(&folder(), RECORDING);
    let table = cells.table("cpu | profiles | sort time");
    let totals: Vec<f64> =
        (0..table.height()).map(|row| cells::figure(&table, "total", row)).collect();
    assert_eq!(totals, expected);
}

#[test]
fn chunks_are_read_one_after_another() {
    let bytes = std::fs::read(folder().join(RECORDING)).expect("the recording");
    assert_eq!(Format::recognised(&bytes), Some(Format::Jfr));
    let folder = tempfile::tempdir().expect("a scratch folder");
    // As `jfr assemble` joins them.
    recording::write(folder.path(), "twice.jfr", &[&bytes[..], &bytes].concat());
    recording::write(folder.path(), "once.jfr", &bytes);
    let total = |name: &str, kind: &str| {
        let mut cells = Cells::over(folder.path(), name);
        cells.number(&format!(r#"total("*", {kind})"#))
    };
    for kind in ["cpu", "mutex:delay", "memory:alloc_space"] {
        let once = total("once.jfr", kind);
        assert!(once > 0.0, "{kind}");
        assert_eq!(total("twice.jfr", kind), 2.0 * once, "{kind}");
    }
}

#[test]
fn a_recording_that_is_cut_is_skipped_with_the_place() {
    let bytes = std::fs::read(folder().join(RECORDING)).expect("the recording");
    let folder = tempfile::tempdir().expect("a scratch folder");
    recording::write(folder.path(), "good.jfr", &bytes);
    for part in 1..50 {
        let name = format!("cut-{part:02}.jfr");
        recording::write(folder.path(), &name, &bytes[..bytes.len() * part / 50]);
    }
    let mut cells = Cells::new(folder.path());
    let opened = cells.run(r#"use "*.jfr""#);
    let skipped = &opened[0].header.skipped;
    assert_eq!(skipped.len(), 49);
    for skipped in skipped {
        // The size of the chunk is in its header.
        let announced = format!("{} bytes are announced and ", bytes.len());
        assert!(skipped.reason.starts_with(&announced), "{}", skipped.reason);
        assert!(skipped.reason.ends_with(" left at byte 0"), "{}", skipped.reason);
    }
    assert!(cells.number(r#"total("*", cpu)"#) > 0.0, "the others go on");
}

/// All events of the recording that are read, as the JDK prints them.
fn events() -> Option<Vec<Event>> {
    let kinds: BTreeSet<&str> = TYPES.iter().flat_map(|(_, kinds, _)| *kinds).copied().collect();
    let names: Vec<String> = kinds.iter().map(|kind| format!("jdk.{kind}")).collect();
    let mut print = Command::new("jfr");
    print.args(["print", "--json", "--stack-depth", DEPTH, "--events", &names.join(",")]);
    let Ok(printed) = print.arg(folder().join(RECORDING)).output() else {
        assert!(std::env::var_os("CI").is_none(), "no `jfr`: install a JDK");
        eprintln!("skipped: no `jfr`, which comes with a JDK");
        return None;
    };
    let text = String::from_utf8_lossy(&printed.stdout);
    let document: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&printed.stderr)));
    let events = document["recording"]["events"].as_array().expect("a list of events");
    let events: Vec<Event> = events.iter().map(Event::of).collect();
    for kind in kinds {
        assert!(events.iter().any(|event| event.kind == kind), "the recording has {kind}");
    }
    Some(events)
}
