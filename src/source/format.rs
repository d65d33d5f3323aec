//! Which format a file is in, told by its content alone: names are changed, and a
//! suffix says what somebody wished.
//!
//! What is written in JSON is told by the first name at its top that a format claims.
//! Other formats are asked one after another, the pickiest first. Each format has a
//! module of its own beside this one, which knows its own marks.

use super::json::Keys;
use super::{cpuprofile, flamebearer, folded, jfr, otlp, perf, pprof, speedscope};

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Jfr,
    Otlp,
    PerfScript,
    Folded,
    Pprof,
    Speedscope,
    CpuProfile,
    Flamebearer,
}

/// In the order in which they are asked.
const ALL: [Format; 8] = [
    Format::Jfr,
    Format::Otlp,
    Format::Speedscope,
    Format::CpuProfile,
    Format::Flamebearer,
    Format::PerfScript,
    Format::Folded,
    Format::Pprof,
];

impl Format {
    /// The format of these bytes, which are not packed; none if nobody knows it.
    pub fn recognised(bytes: &[u8]) -> Option<Format> {
        // Once for all: the names may be far apart.
        let claimed = Keys::of(bytes)
            .and_then(|mut keys| keys.find_map(|(key, value)| Format::claiming(key, value)));
        claimed.or_else(|| ALL.into_iter().find(|format| format.recognises(bytes)))
    }

    /// The format that has this at the top of a JSON object.
    fn claiming(key: &[u8], value: &[u8]) -> Option<Format> {
        match key {
            _ if speedscope::claims(key, value) => Some(Format::Speedscope),
            _ if cpuprofile::claims(key) => Some(Format::CpuProfile),
            _ if flamebearer::claims(key) => Some(Format::Flamebearer),
            _ => None,
        }
    }

    fn recognises(self, bytes: &[u8]) -> bool {
        match self {
            Format::Jfr => jfr::recognises(bytes),
            Format::Otlp => otlp::recognises(bytes),
            Format::PerfScript => perf::recognises(bytes),
            Format::Folded => folded::recognises(bytes),
            Format::Pprof => pprof::recognises(bytes),
            // By a name at the top, if at all.
            Format::Speedscope | Format::CpuProfile | Format::Flamebearer => false,
        }
    }

    /// As people call it.
    fn name(self) -> &'static str {
        match self {
            Format::Jfr => "JFR",
            Format::Otlp => "OTLP profiles",
            Format::PerfScript => perf::NAME,
            Format::Folded => folded::NAME,
            Format::Pprof => "pprof",
            Format::Speedscope => speedscope::NAME,
            Format::CpuProfile => cpuprofile::NAME,
            Format::Flamebearer => flamebearer::NAME,
        }
    }

    /// What is looked for, in a list for people.
    pub(super) fn names() -> String {
        ALL.map(Format::name).join(", ")
    }
}
