//! The table of file formats: how each is recognised, read and named.
//!
//! A file is recognised by its content alone, because files get renamed. Everything that
//! names a format reads this table: recognition, error messages, help, completion and
//! `flamebook doctor`. A new format is a module beside this one, its `mod` line, and a row
//! here. The module knows the bytes; the row knows what people call it.

use super::batch::Batch;
use super::json::Keys;
use super::malformed::ReadError;
use super::recording::Recording;
use super::{
    cpuprofile, devtools, flamebearer, folded, foreign, gzip, heapprofile, jfr, otlp, perf, pprof,
    speedscope, text,
};
use crate::work::Work;

/// A row of the table.
#[derive(Debug)]
pub struct Format {
    /// As messages and help call it.
    pub name: &'static str,
    /// What names of its files end with, after a dot; `.gz` may follow.
    pub suffixes: &'static [&'static str],
    /// One sentence on who writes it.
    pub help: &'static str,
    start: Start,
    read: Read,
}

/// How the content of a file tells its format.
#[derive(Debug)]
enum Start {
    /// By its first bytes.
    Bytes(fn(&[u8]) -> bool),
    /// By a name at the top of a JSON object, and the text that the value starts with.
    Key(fn(&[u8], &[u8]) -> bool),
    /// By either.
    KeyOrBytes(fn(&[u8], &[u8]) -> bool, fn(&[u8]) -> bool),
}

/// Reads the recordings of a file into its batch.
type Read = fn(Unpacked<'_>) -> Result<Vec<Recording>, ReadError>;

/// A file that is not compressed, and what its reader works with.
pub(super) struct Unpacked<'a> {
    pub(super) bytes: &'a [u8],
    /// The file's own name, without folders: it may say what the content does not.
    pub(super) name: &'a str,
    pub(super) batch: &'a mut Batch,
    /// Keeps its tables from one file to the next.
    pub(super) pprof: &'a mut pprof::Reader,
    pub(super) work: Work<'a>,
}

/// Every format. Those recognised by their first bytes are tried in this order, the most
/// specific first.
pub static FORMATS: [Format; 11] = [
    Format {
        name: "JFR",
        suffixes: &["jfr"],
        help: "JDK Flight Recorder and async-profiler record a JVM in it.",
        start: Start::Bytes(jfr::recognises),
        read: |file| jfr::read(file.bytes, file.batch, file.work),
    },
    Format {
        name: "OTLP profiles",
        suffixes: &["otlp"],
        help: "OpenTelemetry sends and stores profiles in it, as protobuf.",
        start: Start::Bytes(otlp::recognises),
        read: |file| otlp::read(file.bytes, file.name, file.batch, file.work),
    },
    Format {
        name: otlp::json::NAME,
        suffixes: &["otlp.json"],
        help: "The same as JSON, as the file exporter of a collector writes it.",
        start: Start::Key(otlp::json::claims),
        read: |file| otlp::json::read(file.bytes, file.name, file.batch, file.work),
    },
    Format {
        name: speedscope::NAME,
        suffixes: &["speedscope.json", "speedscope"],
        help: "speedscope and py-spy (`-f speedscope`) write it.",
        start: Start::Key(speedscope::claims),
        read: |file| speedscope::read(file.bytes, file.batch, file.work),
    },
    Format {
        name: cpuprofile::NAME,
        suffixes: &["cpuprofile"],
        help: "Chrome and Node.js (`--cpu-prof`) write it.",
        start: Start::Key(cpuprofile::claims),
        read: |file| cpuprofile::read(file.bytes, file.batch, file.work),
    },
    Format {
        name: devtools::NAME,
        suffixes: &["trace.json"],
        help: "Chrome saves it from the Performance panel of its DevTools.",
        start: Start::KeyOrBytes(devtools::claims, devtools::recognises),
        read: |file| devtools::read(file.bytes, file.batch, file.work),
    },
    Format {
        name: heapprofile::NAME,
        suffixes: &["heapprofile"],
        help: "Chrome and Node.js (`--heap-prof`) write it.",
        start: Start::Key(heapprofile::claims),
        read: |file| heapprofile::read(file.bytes, file.batch, file.work),
    },
    Format {
        name: flamebearer::NAME,
        suffixes: &["flamebearer.json", "flamebearer"],
        help: "Pyroscope and flamegraph.com export it as JSON.",
        start: Start::Key(flamebearer::claims),
        read: |file| flamebearer::read(file.bytes, file.batch, file.work),
    },
    Format {
        name: perf::NAME,
        suffixes: &["perf.txt", "perf"],
        help: "The Linux command `perf script` prints it.",
        start: Start::Bytes(perf::recognises),
        read: |file| perf::read(file.bytes, file.batch, file.work),
    },
    Format {
        name: folded::NAME,
        suffixes: &["folded", "collapsed"],
        help: "Collapse scripts, DTrace's and py-spy (`-f raw`) write a stack and a value in each line.",
        start: Start::Bytes(folded::recognises),
        read: |file| folded::read(file.bytes, file.batch, file.work),
    },
    Format {
        name: "pprof",
        suffixes: &["pb", "pprof", "prof"],
        help: "Go, gperftools and most continuous profilers write it.",
        start: Start::Bytes(pprof::recognises),
        read: |file| file.pprof.read(file.bytes, file.name, file.batch, file.work),
    },
];

/// The format of these bytes, which are not compressed; none if it is not in the table.
pub fn recognised(bytes: &[u8]) -> Option<&'static Format> {
    if foreign::is_foreign(bytes) {
        return None;
    }
    // Once for all formats: the names may be far apart.
    let claimed =
        Keys::of(bytes).and_then(|mut keys| keys.find_map(|(key, value)| claiming(key, value)));
    claimed.or_else(|| FORMATS.iter().find(|format| format.starts(bytes)))
}

/// Whether a file with these bytes may be a profile, packed or not.
pub fn may_be_profile(bytes: &[u8]) -> bool {
    gzip::is_gzip(bytes) || recognised(&text::decoded(bytes)).is_some()
}

/// The format that has this at the top of a JSON object.
fn claiming(key: &[u8], value: &[u8]) -> Option<&'static Format> {
    FORMATS.iter().find(|format| match format.start {
        Start::Key(claims) | Start::KeyOrBytes(claims, _) => claims(key, value),
        Start::Bytes(_) => false,
    })
}

/// All names, in a list for people.
pub fn names() -> String {
    FORMATS.each_ref().map(|format| format.name).join(", ")
}

impl Format {
    fn starts(&self, bytes: &[u8]) -> bool {
        match self.start {
            Start::Bytes(recognises) | Start::KeyOrBytes(_, recognises) => recognises(bytes),
            Start::Key(_) => false,
        }
    }

    pub(super) fn read(&self, file: Unpacked<'_>) -> Result<Vec<Recording>, ReadError> {
        (self.read)(file)
    }
}
