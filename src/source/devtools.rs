//! Traces of Chrome's DevTools: the CPU profiles in them.
//!
//! A trace is a list of events. Those called `Profile` open a profile of a thread, those
//! called `ProfileChunk` bring its nodes and samples piece by piece; all others are passed
//! over. Put together, each is what a `.cpuprofile` holds, and is read as that. Several get
//! the label `thread`, the name of the thread or its number.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde_json::Value;

use super::batch::Batch;
use super::cpuprofile::{CpuProfile, Node};
use super::json::{self, Keys, List};
use super::malformed::ReadError;
use super::recording::Recording;
use crate::work::Work;

pub(super) const NAME: &str = "DevTools trace";

/// Whether a file with this at its top is a trace.
pub(super) fn claims(key: &[u8], value: &[u8]) -> bool {
    key == b"traceEvents" && value.starts_with(b"[")
}

/// Whether it is the list of events alone.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    let first = bytes.trim_ascii_start().strip_prefix(b"[").and_then(Keys::of);
    first.is_some_and(|mut keys| keys.any(|(key, _)| key == b"ph"))
}

/// Reads a whole file.
pub(super) fn read(
    bytes: &[u8],
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let Profiles { profiles, threads } = match recognises(bytes) {
        true => json::parse(NAME, bytes, work)?,
        false => json::parse::<Trace>(NAME, bytes, work)?.trace_events,
    };
    let several = profiles.len() > 1;
    let mut recordings = Vec::new();
    for Thread { pid, tid, profile } in profiles.into_values() {
        let mut of_thread = profile.into_recordings(batch, work)?;
        if several {
            let name = threads.get(&(pid, tid)).filter(|name| !name.is_empty());
            let name = name.cloned().unwrap_or_else(|| tid.to_string());
            of_thread.iter_mut().for_each(|recording| {
                recording.labels = [("thread", &*name)].into_iter().collect();
            });
        }
        recordings.append(&mut of_thread);
    }
    Ok(recordings)
}

/// A process, and the number of a profile in it.
type ProfileKey = (i64, String);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    trace_events: Profiles,
}

/// What is taken out of the events, of which a trace may have millions.
#[derive(Default)]
struct Profiles {
    profiles: BTreeMap<ProfileKey, Thread>,
    /// Names, by process and thread.
    threads: BTreeMap<(i64, i64), String>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    name: String,
    #[serde(default)]
    pid: i64,
    #[serde(default)]
    tid: i64,
    #[serde(default, deserialize_with = "text_or_number")]
    id: String,
    /// Each kind of event has its own.
    #[serde(default)]
    args: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Data {
    start_time: f64,
    cpu_profile: Piece,
    time_deltas: List<f64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Piece {
    nodes: List<Node>,
    samples: List<i64>,
}

/// A profile of a thread, as far as its pieces are put together.
struct Thread {
    pid: i64,
    tid: i64,
    profile: CpuProfile,
}

impl<'de> Deserialize<'de> for Profiles {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(EventsVisitor)
    }
}

struct EventsVisitor;

impl<'de> Visitor<'de> for EventsVisitor {
    type Value = Profiles;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Profiles, A::Error> {
        let mut profiles = Profiles::default();
        while let Some(event) = list.next_element()? {
            profiles.add(event).map_err(A::Error::custom)?;
        }
        Ok(profiles)
    }
}

impl Profiles {
    fn add(&mut self, mut event: Event) -> Result<(), serde_json::Error> {
        match &*event.name {
            "thread_name" => {
                let name = event.args["name"].as_str().unwrap_or_default().to_owned();
                self.threads.insert((event.pid, event.tid), name);
            }
            "Profile" | "ProfileChunk" => {
                let data = event.args.get_mut("data").map(Value::take).unwrap_or_default();
                let key = (event.pid, std::mem::take(&mut event.id));
                let thread = self.profiles.entry(key).or_insert_with(|| Thread::new(&event));
                thread.add(&event, serde_json::from_value(data)?);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Thread {
    fn new(event: &Event) -> Thread {
        let profile = CpuProfile {
            nodes: List::default(),
            start_time: 0.0,
            samples: Some(List::default()),
            time_deltas: Some(List::default()),
        };
        Thread { pid: event.pid, tid: event.tid, profile }
    }

    fn add(&mut self, event: &Event, data: Data) {
        if event.name == "Profile" {
            // Chunks are sent by a thread of the profiler.
            self.tid = event.tid;
            self.profile.start_time = data.start_time;
        }
        self.profile.nodes.append(data.cpu_profile.nodes);
        self.profile.samples.get_or_insert_default().append(data.cpu_profile.samples);
        self.profile.time_deltas.get_or_insert_default().append(data.time_deltas);
    }
}

fn text_or_number<'de, D: Deserializer<'de>>(json: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Number(i64),
    }
    Ok(match Id::deserialize(json)? {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use crate::source::fixture::{self, refused, sorted};

    /// A profile opened in thread 2 of process 1, and two pieces sent by thread 3: `work` for
    /// 1 ms, `rest` for 2 ms, which the last sample ends.
    const EVENTS: &str = r#"
        {"pid": 1, "tid": 2, "ts": 1000, "ph": "P", "name": "Profile", "id": "0x1",
            "args": {"data": {"startTime": 1000}}},
        {"pid": 1, "tid": 2, "ts": 1, "ph": "X", "name": "RunTask", "dur": 7, "args": {}},
        {"pid": 1, "tid": 3, "ph": "P", "name": "ProfileChunk", "id": "0x1", "args": {"data": {
            "cpuProfile": {"nodes": [
                {"id": 1, "callFrame": {"functionName": "(root)", "scriptId": 0}},
                {"id": 2, "parent": 1, "callFrame": {"functionName": "work", "url": "a.js"}}],
                "samples": [2]},
            "timeDeltas": [0]}}},
        {"pid": 1, "tid": 3, "ph": "P", "name": "ProfileChunk", "id": "0x1", "args": {"data": {
            "cpuProfile": {"nodes": [
                {"id": 3, "parent": 2, "callFrame": {"functionName": "rest", "url": "a.js"}}],
                "samples": [3, 2]},
            "timeDeltas": [1000, 2000]}}}"#;

    fn trace(events: &str) -> String {
        format!(r#"{{"metadata": {{"source": "DevTools"}}, "traceEvents": [{events}]}}"#)
    }

    #[test]
    fn pieces_of_a_profile_are_put_together() {
        let mut samples = fixture::samples(trace(EVENTS).as_bytes());
        samples.sort_unstable();
        assert_eq!(
            samples,
            sorted([
                "samples {} work 2".to_owned(),
                "samples {} work;rest 1".to_owned(),
                "wall {} work 1000000".to_owned(),
                "wall {} work;rest 2000000".to_owned(),
            ])
        );
    }

    #[test]
    fn the_list_of_events_alone_is_a_trace() {
        let list = format!("\n [{EVENTS}]");
        let whole = fixture::samples(trace(EVENTS).as_bytes());
        assert_eq!(fixture::samples(list.as_bytes()), whole);
    }

    #[test]
    fn threads_are_told_apart_by_name() {
        let other = EVENTS.replace("\"pid\": 1", "\"pid\": 9");
        let name = r#"{"pid": 9, "tid": 2, "name": "thread_name", "args": {"name": "Worker"}}"#;
        let text = trace(&format!("{EVENTS}, {other}, {name}"));
        let samples = fixture::samples(text.as_bytes());
        for thread in ["2", "Worker"] {
            let expected = format!("wall {{thread=\"{thread}\"}} work;rest 2000000");
            assert!(samples.contains(&expected), "{expected}: {samples:?}");
        }
    }

    #[test]
    fn a_trace_without_a_profile_is_named_so() {
        let text = trace(r#"{"name": "RunTask", "ph": "X"}"#);
        assert_eq!(refused(text.as_bytes()), "DevTools trace: the file holds no profile");
        let broken = trace(&EVENTS.replace("\"samples\": [2]", "\"samples\": [7]"));
        assert_eq!(refused(broken.as_bytes()), "cpuprofile: node 7 does not exist at samples[0]");
    }
}
