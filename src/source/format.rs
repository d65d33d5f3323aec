//! Which format a file is in, told by its content alone: names are changed, and a
//! suffix says what somebody wished.
//!
//! Formats are asked one after another, the pickiest first. Each has a module of its own
//! beside this one, which knows its own marks.

use super::{folded, jfr, otlp, perf, pprof};

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Jfr,
    Otlp,
    Pprof,
    Folded,
    PerfScript,
}

/// In the order in which they are asked.
const ALL: [Format; 5] =
    [Format::Jfr, Format::Otlp, Format::PerfScript, Format::Folded, Format::Pprof];

impl Format {
    /// The format of these bytes, which are not packed; none if nobody knows it.
    pub fn recognised(bytes: &[u8]) -> Option<Format> {
        ALL.into_iter().find(|format| format.recognises(bytes))
    }

    fn recognises(self, bytes: &[u8]) -> bool {
        match self {
            Format::Jfr => jfr::recognises(bytes),
            Format::Otlp => otlp::recognises(bytes),
            Format::Pprof => pprof::recognises(bytes),
            Format::Folded => folded::recognises(bytes),
            Format::PerfScript => perf::recognises(bytes),
        }
    }

    /// As people call it.
    fn name(self) -> &'static str {
        match self {
            Format::Jfr => "JFR",
            Format::Otlp => "OTLP profiles",
            Format::Pprof => "pprof",
            Format::Folded => folded::NAME,
            Format::PerfScript => perf::NAME,
        }
    }

    /// What is looked for, in a list for people.
    pub(super) fn names() -> String {
        ALL.map(Format::name).join(", ")
    }
}
