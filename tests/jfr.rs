//! JFR recordings, compared with the output of the JDK's own `jfr print` for each event.
//!
//! The recorded program does known work (`tests/data/jfr`). The expected values are added
//! up here, event by event, from that tool's JSON. Without a JDK the comparisons are
//! skipped with a message; in CI they fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use flamebook::source::format;
use regex::Regex;
use serde_json::Value;

use crate::cells::{self, Cells};
use crate::pprof::{Figures, assert_figures, functions};
use crate::recording;

const RECORDING: &str = "shop.jfr";

/// The periods in `shop.jfc`: of samples of running threads, and of threads in native
/// code.
const PERIOD: f64 = 20e6;
const NATIVE_PERIOD: f64 = 500e6;

/// The maximum depth that a JVM records by default; `jfr` prints five frames by default.
const DEPTH: &str = "64";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/jfr")
}

/// The compared parts of an event.
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
            let (method, kind) = (&frame["method"], text(&frame["type"]));
            let (class, name) = (class(&method["type"]), text(&method["name"]));
            // async-profiler has the library as the class.
            let is_library = kind == "C++" || kind == "Kernel" || class.ends_with(".so");
            if is_library || class.contains(".so.") { name } else { format!("{class}.{name}") }
        };
        let first = |names: &[&str]| {
            let found = names.iter().map(|name| &fields[*name]).find(|value| !value.is_null());
            found.cloned().unwrap_or_default()
        };
        assert_ne!(fields["stackTrace"]["truncated"], true, "no stack of it is that deep");
        let thread = first(&["sampledThread", "eventThread"]);
        // Code other than Java has the system's name.
        let names = ["javaName", "osName"].map(|name| text(&thread[name]));
        let labels = [
            ("thread", names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()),
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
    fn span(&self, field: &str) -> f64 {
        let text = self.fields[field].as_str().unwrap_or_default();
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

/// `[Ljava/lang/Object;` becomes `java.lang.Object[]`. The number and address of a hidden
/// class are removed, because they differ in every run.
fn java_name(internal: &str) -> String {
    static HIDDEN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(\$\$Lambda)?(\$\d+)?[+/.]0x\w+(/\w+)?").expect("a regex"));
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

/// Each type, the kinds of events it is made from, and the value that each adds.
type Amount = fn(&Event) -> f64;
type Types = &'static [(&'static str, &'static [&'static str], Amount)];

/// Recorded by JDK 17, JDK 25, async-profiler 4.0 and 3.0.
const RECORDINGS: [(&str, Types); 4] =
    [(RECORDING, TYPES), ("cputime.jfr", CPU_TIMES), ("async.jfr", ASYNC), ("wall.jfr", WALL)];

const CPU_TIMES: Types = &[
    ("process_cpu:samples", &["ExecutionSample"], |_| 1.0),
    ("process_cpu:cpu", &["ExecutionSample"], |_| PERIOD),
    ("cpu_time:samples", &["CPUTimeSample"], |_| 1.0),
    ("cpu_time:cpu", &["CPUTimeSample"], |event| event.span("samplingPeriod")),
];

/// Recorded with a CPU sample every 10 ms, and a sample of all threads every 20 ms.
const ASYNC: Types = &[
    ("samples", &["ExecutionSample"], |_| 1.0),
    ("cpu", &["ExecutionSample"], |_| 10e6),
    ("wall_samples", &["WallClockSample"], |event| event.number("samples")),
    ("wall", &["WallClockSample"], |event| 20e6 * event.number("samples")),
    ("alloc_samples", &["ObjectAllocationInNewTLAB"], |_| 1.0),
    ("alloc_space", &["ObjectAllocationInNewTLAB"], |event| event.number("tlabSize")),
    ("contentions", &["JavaMonitorEnter"], |_| 1.0),
    ("delay", &["JavaMonitorEnter"], |event| event.span("duration")),
];

const WALL: Types =
    &[("wall_samples", &["ExecutionSample"], |_| 1.0), ("wall", &["ExecutionSample"], |_| 20e6)];

const TYPES: Types = &[
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
    ("mutex:delay", &["JavaMonitorEnter"], |event| event.span("duration")),
    ("block:contentions", &["ThreadPark"], |_| 1.0),
    ("block:delay", &["ThreadPark"], |event| event.span("duration")),
];

#[test]
fn every_function_of_every_type_has_what_the_events_add_up_to() {
    for (recording, types) in RECORDINGS {
        let Some(events) = events(recording, types) else { return };
        let mut cells = Cells::over(&folder(), recording);
        for (sample_type, kinds, amount) in types {
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
}

#[test]
fn threads_states_and_classes_are_labels_of_samples() {
    let mut compared = BTreeSet::new();
    for (recording, types) in RECORDINGS {
        let Some(events) = events(recording, types) else { return };
        let mut cells = Cells::over(&folder(), recording);
        for (sample_type, kinds, amount) in types {
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
                let value = |row| cells::text(&table, label, row);
                let total = |row| cells::figure(&table, "total", row);
                let values = (0..table.height()).map(|row| (value(row), total(row)));
                let found = values.collect::<BTreeMap<_, _>>();
                assert_eq!(found, expected, "{recording}: {sample_type} by {label}");
                compared.insert(label);
            }
        }
    }
    assert_eq!(compared.len(), 3, "each label is of some events: {compared:?}");
}

#[test]
fn a_recording_of_25_seconds_is_three_profiles() {
    let Some(events) = events(RECORDING, TYPES) else { return };
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
    assert_eq!(format::recognised(&bytes).map(|format| format.name), Some("JFR"));
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
        let announced = format!("{} bytes are needed here, but only ", bytes.len());
        assert!(skipped.reason.starts_with(&announced), "{}", skipped.reason);
        assert!(skipped.reason.ends_with(" are left at byte 0"), "{}", skipped.reason);
    }
    assert!(cells.number(r#"total("*", cpu)"#) > 0.0, "the others go on");
}

/// All events that we read, as the JDK prints them.
fn events(recording: &str, types: Types) -> Option<Vec<Event>> {
    let kinds: BTreeSet<&str> = types.iter().flat_map(|(_, kinds, _)| *kinds).copied().collect();
    let names: Vec<&str> = kinds.iter().copied().collect();
    let mut print = Command::new("jfr");
    print.args(["print", "--json", "--stack-depth", DEPTH, "--events", &names.join(",")]);
    let Ok(printed) = print.arg(folder().join(recording)).output() else {
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
        assert!(events.iter().any(|event| event.kind == kind), "{recording} has {kind}");
    }
    Some(events)
}
