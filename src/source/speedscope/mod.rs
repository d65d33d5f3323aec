//! speedscope's own format: one or several profiles over one list of frames.
//!
//! A profile is `sampled`, a path and a weight for each sample, or `evented`, frames that
//! open and close. Values are `cpu`, `wall` and so on if the title says so (`naming`);
//! otherwise time is `wall` in nanoseconds, bytes are `space`, and values without a unit
//! are `samples`. Several profiles of one file get the label `profile`, their name.
//! There is no date in the format.
//!
//! - `events`: the weights of an evented profile
//!
//! Paths become a prefix tree while they are read, so that memory does not grow with the
//! number of samples. The format: <https://www.speedscope.app/file-format-schema.json>.

use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, de::DeserializeSeed};

use super::batch::Batch;
use super::code::{source_kind, unmarked};
use super::fractions::Part;
use super::json::{self, Keys, List};
use super::malformed::{Malformed, ReadError};
use super::naming::{self, Counted};
use super::recording::Recording;
use super::tally::Tally;
use super::text::Rounding;
use crate::profile::frame::FrameId;
use crate::profile::symbols::TagsId;
use crate::profile::{Frame, Function, StackId, Stacks};
use crate::quantity::Span;
use crate::work::Work;
use events::EventWeights;

mod events;

pub(super) const NAME: &str = "speedscope";

/// Whether a file with this at its top is a speedscope file.
pub(super) fn claims(key: &[u8], value: &[u8]) -> bool {
    let has_frames =
        || Keys::of(value).is_some_and(|mut keys| keys.any(|(key, _)| key == b"frames"));
    match key {
        b"$schema" => value.starts_with(b"\"https://www.speedscope.app/file-format-schema.json"),
        // Some programs leave out the schema.
        b"shared" => has_frames(),
        _ => false,
    }
}

/// Reads a whole file.
pub(super) fn read(
    bytes: &[u8],
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let file: File = json::parse(NAME, bytes, work)?;
    let frames: Vec<FrameId> = file.shared.frames.iter().map(|row| row.frame(batch)).collect();
    let several = file.profiles.len() > 1;
    let mut recordings = Vec::with_capacity(file.profiles.len());
    for (at, profile) in file.profiles.into_iter().enumerate() {
        let malformed = |reason: &str| Malformed::in_json(NAME, format!("profiles[{at}]"), reason);
        let label = several.then(|| profile.name.clone());
        let mut recording = profile.recording(&file.name, &frames, batch, work, malformed)?;
        if let Some(name) = label {
            recording.labels = [("profile", &*name)].into_iter().collect();
        }
        recordings.push(recording);
    }
    Ok(recordings)
}

#[derive(Deserialize)]
struct File {
    shared: Shared,
    profiles: Vec<Profile>,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Shared {
    frames: List<FrameRow>,
}

#[derive(Deserialize)]
struct FrameRow {
    name: String,
    file: Option<String>,
    line: Option<f64>,
}

/// A profile of either kind, told apart by its fields.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    #[serde(default)]
    name: String,
    unit: Unit,
    start_value: f64,
    end_value: f64,
    samples: Option<Paths>,
    weights: Option<List<f64>>,
    events: Option<EventWeights>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    None,
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
    Bytes,
}

impl Unit {
    /// What is counted, and the factor from the unit to ours.
    fn counted(self) -> (Counted, f64) {
        match self {
            Unit::None => (Counted::Count("samples"), 1.0),
            Unit::Nanoseconds => (Counted::Nanoseconds, 1.0),
            Unit::Microseconds => (Counted::Nanoseconds, 1e3),
            Unit::Milliseconds => (Counted::Nanoseconds, 1e6),
            Unit::Seconds => (Counted::Nanoseconds, 1e9),
            Unit::Bytes => (Counted::Bytes, 1.0),
        }
    }
}

impl FrameRow {
    fn frame(&self, batch: &mut Batch) -> FrameId {
        let file = self.file.as_deref().unwrap_or_default();
        let plain = (&*self.name, source_kind(file), false);
        let (name, kind, inlined) = unmarked(&self.name).unwrap_or(plain);
        let (name, file) = (batch.string(name), batch.string(file));
        let function = batch.function(Function { name, file, ..Function::default() });
        // A line number that does not fit becomes 0 or the largest one.
        let line = self.line.unwrap_or(0.0) as u32;
        batch.frame(Frame { function, line, kind, inlined, ..Frame::default() })
    }
}

/// Stacks of frames as the file numbers them, and the weight of each in the file's unit.
struct Weighed {
    stacks: Stacks,
    weights: Vec<f64>,
}

impl Profile {
    fn weighed(&mut self) -> Result<Weighed, &'static str> {
        match (self.samples.take(), self.events.take()) {
            (Some(Paths { stacks, samples }), None) => {
                let weights = self.weights.take().unwrap_or_default();
                if weights.len() != samples.len() {
                    return Err("there are not as many weights as samples");
                }
                let mut weighed = Weighed { weights: vec![0.0; stacks.len()], stacks };
                for (stack, weight) in samples.iter().zip(weights.iter()) {
                    weighed.weights[stack.index()] += *weight;
                }
                Ok(weighed)
            }
            (None, Some(EventWeights { stacks, weights })) => Ok(Weighed { stacks, weights }),
            (Some(_), Some(_)) => Err("there are both samples and events"),
            (None, None) => Err("there are neither samples nor events"),
        }
    }

    fn recording(
        mut self,
        title: &str,
        frames: &[FrameId],
        batch: &mut Batch,
        work: Work<'_>,
        malformed: impl Fn(&str) -> Malformed,
    ) -> Result<Recording, ReadError> {
        let Weighed { stacks, weights } = self.weighed().map_err(&malformed)?;
        let (counted, factor) = self.unit.counted();
        let title = if self.name.is_empty() { title } else { &*self.name };
        let kind = naming::profile_type(title, counted, naming::wall);
        let part = match &*kind.alias {
            "samples" => Part::of(weights.iter().copied()),
            _ => Part::Whole,
        };
        batch.remarks.add_all(part.remark());
        let kind = batch.kind(if part == Part::Whole { kind } else { part.samples() });
        let factor = factor * part.scale();
        let mut ids = vec![StackId::EMPTY; stacks.len()];
        for (stack, parent, frame) in stacks.iter() {
            work.check()?;
            let frame = frames.get(frame.index()).ok_or_else(|| {
                let (frame, count) = (frame.index(), frames.len());
                malformed(&format!("it refers to frame {frame}, but there are only {count}"))
            })?;
            ids[stack.index()] = batch.below(ids[parent.index()], *frame);
        }
        let mut tally = Tally::default();
        let mut rounding = Rounding::default();
        for (stack, weight) in ids.into_iter().zip(weights).filter(|(_, weight)| *weight != 0.0) {
            let value = rounding.whole(weight * factor);
            let value = value.ok_or_else(|| malformed("a weight is too large"))?;
            tally.add(stack, TagsId(0), &[value]);
        }
        let length = match counted {
            Counted::Nanoseconds => (self.end_value - self.start_value) * factor,
            Counted::Bytes | Counted::Count(_) => 0.0,
        };
        Ok(tally.into_recording(&[kind], Span(length.max(0.0) as i64)))
    }
}

/// The paths of samples, root first, as nodes of a tree.
struct Paths {
    stacks: Stacks,
    samples: Vec<StackId>,
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(PathsVisitor)
    }
}

struct PathsVisitor;

impl<'de> Visitor<'de> for PathsVisitor {
    type Value = Paths;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of paths")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Paths, A::Error> {
        let mut paths = Paths { stacks: Stacks::new(), samples: Vec::new() };
        while let Some(stack) = list.next_element_seed(Path(&mut paths.stacks))? {
            paths.samples.push(stack);
        }
        Ok(paths)
    }
}

/// One path, into a tree.
struct Path<'a>(&'a mut Stacks);

impl<'de> DeserializeSeed<'de> for Path<'_> {
    type Value = StackId;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<StackId, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Path<'_> {
    type Value = StackId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path of numbers of frames")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut path: A) -> Result<StackId, A::Error> {
        let mut stack = StackId::EMPTY;
        while let Some(frame) = path.next_element::<u32>()? {
            stack = self.0.intern(stack, FrameId(frame));
        }
        Ok(stack)
    }
}

#[cfg(test)]
mod tests {
    use crate::source::fixture::{self, refused, refuses_what_is_broken};

    const FRAMES: &str = r#"{"frames": [{"name": "main"}, {"name": "run", "file": "shop.py", "line": 7}, {"name": "f"}]}"#;

    /// A file with these profiles; their frames come last, as some programs write them.
    fn file(profiles: &str) -> String {
        format!(
            r#"{{"$schema": "https://www.speedscope.app/file-format-schema.json",
                "profiles": [{profiles}], "exporter": "by hand", "shared": {FRAMES}}}"#
        )
    }

    fn sampled(unit: &str, samples: &str, weights: &str) -> String {
        file(&format!(
            r#"{{"type": "sampled", "name": "one", "unit": "{unit}", "startValue": 0, "endValue": 2.5,
                "samples": {samples}, "weights": {weights}}}"#
        ))
    }

    fn evented(events: &str) -> String {
        file(&format!(
            r#"{{"type": "evented", "name": "one", "unit": "milliseconds", "startValue": 10, "endValue": 15,
                "events": [{events}]}}"#
        ))
    }

    fn event(kind: &str, frame: u32, at: f64) -> String {
        format!(r#"{{"type": "{kind}", "frame": {frame}, "at": {at}}}"#)
    }

    fn samples(text: &str) -> Vec<String> {
        fixture::samples(text.as_bytes())
    }

    #[test]
    fn a_sample_is_a_path_from_the_root_and_a_weight() {
        let of = |unit| sampled(unit, "[[0, 1], [0], [], [0, 1]]", "[0.5, 1, 0.25, 1.5]");
        assert_eq!(
            samples(&of("seconds")),
            ["wall {}  250000000", "wall {} main 1000000000", "wall {} main;run 2000000000"]
        );
        let whole = |unit| samples(&sampled(unit, "[[2]]", "[3]")).remove(0);
        assert_eq!(whole("bytes"), "space {} f 3");
        assert_eq!(whole("none"), "samples {} f 3");
        assert_eq!(whole("microseconds"), "wall {} f 3000");
        assert_eq!(fixture::frames(of("none").as_bytes()), [""; 0]);
        let frames = fixture::frames(sampled("none", "[[0, 1]]", "[1]").as_bytes());
        assert_eq!(frames, ["main native", "run shop.py:7 interpreted"]);
        let of_kind = &fixture::read(of("seconds").as_bytes()).snapshots[0];
        assert_eq!(of_kind[0].duration.0, 2_500_000_000);
    }

    #[test]
    fn what_passes_between_events_is_of_the_innermost_frame() {
        // main from 10 to 15 ms, but for run from 11 to 14, but for f from 12 to 12.5.
        let events = [
            event("O", 0, 10.0),
            event("O", 1, 11.0),
            event("O", 2, 12.0),
            event("C", 2, 12.5),
            event("C", 1, 14.0),
            event("C", 0, 15.0),
        ];
        assert_eq!(
            samples(&evented(&events.join(","))),
            ["wall {} main 2000000", "wall {} main;run 2500000", "wall {} main;run;f 500000"]
        );
    }

    #[test]
    fn several_profiles_are_told_apart_by_name() {
        let one = |name: &str, unit: &str| {
            format!(
                r#"{{"type": "sampled", "name": "{name}", "unit": "{unit}", "startValue": 0,
                    "endValue": 1, "samples": [[2]], "weights": [1]}}"#
            )
        };
        let both = [one("before", "none"), one("cpu{a=\\\"b\\\"}", "nanoseconds")].join(",");
        assert_eq!(
            samples(&file(&both)),
            [r#"cpu {profile="cpu{a=\"b\"}"} f 1"#, r#"samples {profile="before"} f 1"#,]
        );
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_its_place() {
        let refused = |text: &str| refused(text.as_bytes());
        assert_eq!(
            refused(&sampled("none", "[[0], [1]]", "[1]")),
            "speedscope: there are not as many weights as samples at profiles[0]"
        );
        assert_eq!(
            refused(&sampled("none", "[[0, 3]]", "[1]")),
            "speedscope: it refers to frame 3, but there are only 3 at profiles[0]"
        );
        assert_eq!(
            refused(&sampled("seconds", "[[0]]", "[1e300]")),
            "speedscope: a weight is too large at profiles[0]"
        );
        for (text, reason) in [
            (sampled("none", "[[0, -1]]", "[1]"), "invalid value: integer `-1`, expected u32"),
            (sampled("none", "[[4294967296]]", "[1]"), "invalid value: integer `4294967296`"),
            (sampled("none", "[[0]]", "[NaN]"), "expected value"),
            (sampled("none", "[[0]]", "[1e400]"), "number out of range"),
            (sampled("none", "[[[0]]]", "[1]"), "invalid type: sequence, expected u32"),
            (sampled("fathoms", "[]", "[]"), "unknown variant `fathoms`"),
            (evented(&event("C", 0, 10.0)), "frame 0 closes and is not open"),
            (evented(&event("O", 0, 10.0)), "frame 0 is still open after the last event"),
            (
                evented(&[event("O", 0, 10.0), event("O", 1, 9.0)].join(",")),
                "an event at 9 comes after a later one",
            ),
            (
                evented(&[event("O", 0, 1.0), event("O", 1, 2.0), event("C", 0, 3.0)].join(",")),
                "frame 0 closes while 1 is open in it",
            ),
        ] {
            let error = refused(&text);
            assert!(error.starts_with(&format!("speedscope: {reason}")), "{error}");
            assert!(error.contains(" at byte "), "{error}");
        }
    }

    #[test]
    fn any_cut_is_refused() {
        refuses_what_is_broken(include_bytes!("../../../tests/data/threads.speedscope.json"));
    }
}
