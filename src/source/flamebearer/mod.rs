//! Flamebearer JSON: a flame graph as Pyroscope and flamegraph.com export it, and as
//! Pyroscope's API returns it.
//!
//! Boxes stand in levels below a root. A level is a flat list: for each box the distance
//! from the end of the one before it, total, self, and the index of its name; a diff has
//! the first three once for each side. A box is called by the one above it.
//! A diff becomes two recordings with the label `side`, `left` and `right`. `view::export`
//! writes the format and says more about it.
//!
//! `samples` at a rate are time: `cpu` in nanoseconds, unless the name says `wall` (see
//! `naming`). Bytes are `space`, other units are counts by their name. An answer of the API
//! has no unit and becomes `samples`. The time is that of the timeline, if there is one.
//!
//! - `levels`: the numbers of the boxes

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::batch::Batch;
use super::code::unmarked;
use super::json;
use super::malformed::{Malformed, ReadError};
use super::naming::{self, Counted};
use super::recording::Recording;
use super::tally::Tally;
use super::text::Rounding;
use crate::profile::frame::FrameId;
use crate::profile::symbols::TagsId;
use crate::profile::{Frame, FrameKind, Function, StackId};
use crate::quantity::{Dimension, Span, Timestamp, spelled};
use crate::work::Work;
use levels::{Levels, Whole};

mod levels;

pub(super) const NAME: &str = "flamebearer";

/// Whether a file with this at its top is flamebearer JSON.
pub(super) fn claims(key: &[u8], _: &[u8]) -> bool {
    matches!(key, b"flamebearer" | b"flamegraph")
}

/// Reads a whole file.
pub(super) fn read(
    bytes: &[u8],
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let file: File = json::parse(NAME, bytes, work)?;
    let metadata = file.metadata.unwrap_or_default();
    let graph = file.graph;
    let is_double =
        metadata.format == "double" || file.left_ticks.is_some() || graph.left_ticks.is_some();
    let frames: Vec<FrameId> = graph.names.iter().map(|name| frame(name, batch)).collect();
    let scale = Scale::of(&metadata);
    let kind = batch.kind(naming::profile_type(&metadata.name, scale.counted, naming::cpu));
    let mut sides = vec![Side::default(); if is_double { 2 } else { 1 }];
    let mut above = Vec::new();
    for at in 0..graph.levels.ends.len() {
        work.check()?;
        let level = graph.levels.level(at);
        let placed = place(level, &above, &frames, at == 0, &scale, &mut sides, batch);
        above =
            placed.map_err(|reason| Malformed::in_json(NAME, format!("levels[{at}]"), reason))?;
    }
    let (start, duration) = file.timeline.map_or((None, Span(0)), Timeline::window);
    let names = ["left", "right"].into_iter().filter(|_| is_double).map(Some).chain([None]);
    let recordings = sides.into_iter().zip(names).map(|(side, name)| {
        let mut recording = side.tally.into_recording(&[kind], duration);
        recording.labels = name.map(|name| ("side", name)).into_iter().collect();
        if let Some(start) = start {
            (recording.start, recording.is_undated) = (start, false);
        }
        recording
    });
    Ok(recordings.collect())
}

fn frame(name: &str, batch: &mut Batch) -> FrameId {
    let (name, kind, inlined) = unmarked(name).unwrap_or((name, FrameKind::default(), false));
    let name = batch.string(name);
    let function = batch.function(Function { name, ..Function::default() });
    batch.frame(Frame { function, kind, inlined, ..Frame::default() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(alias = "flamebearer", alias = "flamegraph")]
    graph: Graph,
    metadata: Option<Metadata>,
    left_ticks: Option<Whole>,
    timeline: Option<Timeline>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Graph {
    names: Vec<String>,
    levels: Levels,
    left_ticks: Option<Whole>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    format: String,
    units: String,
    name: String,
    sample_rate: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Timeline {
    /// In seconds.
    start_time: f64,
    #[serde(default)]
    samples: Vec<IgnoredAny>,
    /// Of one sample, in seconds.
    #[serde(default)]
    duration_delta: f64,
}

impl Timeline {
    fn window(self) -> (Option<Timestamp>, Span) {
        let seconds = self.samples.len() as f64 * self.duration_delta;
        let start = (self.start_time > 0.0).then_some(Timestamp((self.start_time * 1e9) as i64));
        (start, Span((seconds * 1e9).max(0.0) as i64))
    }
}

/// The factor from a value of the file to ours.
struct Scale {
    counted: Counted,
    factor: f64,
}

impl Scale {
    fn of(metadata: &Metadata) -> Scale {
        let plain = |counted| Scale { counted, factor: 1.0 };
        match &*metadata.units {
            "samples" if metadata.sample_rate > 0.0 => {
                Scale { counted: Counted::Nanoseconds, factor: 1e9 / metadata.sample_rate }
            }
            "lock_nanoseconds" => plain(Counted::Nanoseconds),
            "objects" => plain(Counted::Count("objects")),
            "goroutines" => plain(Counted::Count("goroutines")),
            "lock_samples" => plain(Counted::Count("contentions")),
            "exceptions" => plain(Counted::Count("exceptions")),
            unit => match spelled(unit) {
                Some((Dimension::Time, worth)) => {
                    Scale { counted: Counted::Nanoseconds, factor: worth as f64 }
                }
                Some((Dimension::Memory, worth)) => {
                    Scale { counted: Counted::Bytes, factor: worth as f64 }
                }
                None => plain(Counted::Count("samples")),
            },
        }
    }
}

/// One side of a diff, or the whole of a single graph.
#[derive(Default, Clone)]
struct Side {
    tally: Tally,
    rounding: Rounding,
    /// The end of the last box in the level.
    end: i64,
}

/// A box in a level, both sides together.
struct Placed {
    start: i64,
    end: i64,
    stack: StackId,
}

/// Reads a level below the one `above`, or says what is wrong with it.
fn place(
    level: &[i64],
    above: &[Placed],
    frames: &[FrameId],
    is_root: bool,
    scale: &Scale,
    sides: &mut [Side],
    batch: &mut Batch,
) -> Result<Vec<Placed>, &'static str> {
    let width = 3 * sides.len() + 1;
    let mut placed = Vec::with_capacity(level.len() / width);
    let mut parents = above.iter().peekable();
    sides.iter_mut().for_each(|side| side.end = 0);
    for numbers in level.chunks(width) {
        let (name, parts) = numbers.split_last().ok_or("a box has no numbers")?;
        if numbers.len() != width {
            return Err("a level ends within a box");
        }
        let bounds = bounds(parts, sides).ok_or("a box has a negative or too large number")?;
        let parent = match is_root {
            true => StackId::EMPTY,
            false => {
                while parents.next_if(|parent| parent.end <= bounds.start).is_some() {}
                match parents.peek() {
                    _ if bounds.is_empty() => continue,
                    Some(parent) if parent.start <= bounds.start && bounds.end <= parent.end => {
                        parent.stack
                    }
                    _ => return Err("a box is not below any box of the level above"),
                }
            }
        };
        let frame = usize::try_from(*name).ok().and_then(|name| frames.get(name));
        let frame = *frame.ok_or("a box has a name that does not exist")?;
        let stack = if is_root { parent } else { batch.below(parent, frame) };
        for (side, part) in sides.iter_mut().zip(parts.chunks(3)).filter(|(_, part)| part[2] != 0) {
            let value = side.rounding.whole(part[2] as f64 * scale.factor);
            side.tally.add(stack, TagsId(0), &[value.ok_or("a value is too large")?]);
        }
        placed.push(Placed { start: bounds.start, end: bounds.end, stack });
    }
    Ok(placed)
}

/// The extent of a box, both sides together; none if its numbers are impossible.
fn bounds(parts: &[i64], sides: &mut [Side]) -> Option<std::ops::Range<i64>> {
    let (mut start, mut end) = (0i64, 0i64);
    for (side, part) in sides.iter_mut().zip(parts.chunks(3)) {
        let &[distance, total, own] = part else { return None };
        if distance < 0 || own < 0 || own > total {
            return None;
        }
        let from = side.end.checked_add(distance)?;
        side.end = from.checked_add(total)?;
        start = start.checked_add(from)?;
        end = end.checked_add(side.end)?;
    }
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use crate::source::fixture::{self, refused, refuses_what_is_broken};

    /// total 10 = main 9 (2 of its own, a 4, b 3) + idle 1; c is all of b.
    const LEVELS: &str =
        "[[0, 10, 0, 0], [0, 9, 2, 1, 0, 1, 1, 2], [2, 4, 4, 3, 0, 3, 0, 4], [6, 3, 3, 5]]";

    fn file(levels: &str, metadata: &str, rest: &str) -> String {
        format!(
            r#"{{"version": 1, "flamebearer": {{"names": ["total", "main", "idle", "a", "b", "c"],
                "levels": {levels}, "numTicks": 10, "maxSelf": 4}}, "metadata": {{{metadata}}}{rest}}}"#
        )
    }

    fn samples(text: &str) -> Vec<String> {
        fixture::samples(text.as_bytes())
    }

    #[test]
    fn a_box_is_called_by_the_one_it_stands_below() {
        let text = file(LEVELS, r#""format": "single", "units": "objects""#, "");
        let stacks = ["main 2", "idle 1", "main;a 4", "main;b;c 3"];
        assert_eq!(samples(&text), stacks.map(|stack| format!("objects {{}} {stack}")));
    }

    #[test]
    fn samples_at_a_rate_are_time() {
        let first = |units: &str| samples(&file(LEVELS, units, "")).remove(0);
        let rate = |rate: &str| first(&format!(r#""units": "samples", "sampleRate": {rate}"#));
        assert_eq!(rate("100"), "cpu {} main 20000000");
        assert_eq!(rate("1000000000"), "cpu {} main 2");
        // 2 × 10⁹ / 97 = 20 618 556.7
        assert_eq!(rate("97"), "cpu {} main 20618557");
        assert_eq!(rate("0"), "samples {} main 2");
        assert_eq!(first(r#""units": "bytes""#), "space {} main 2");
        assert_eq!(first(r#""units": "bytes", "name": "inuse_space""#), "inuse_space {} main 2");
        assert_eq!(
            first(r#""units": "lock_nanoseconds", "name": "mutex:delay{a=\"b\"}""#),
            "delay {} main 2"
        );
    }

    #[test]
    fn a_diff_is_two_sides() {
        // b 1 → 4, a 3 → 0, c 0 → 2 on the right alone.
        let levels = "[[0, 4, 0, 0, 6, 0, 0], [0, 1, 1, 0, 4, 4, 4, 0, 3, 3, 0, 0, 0, 3, 0, 0, 0, 0, 2, 2, 5]]";
        let text = file(levels, r#""format": "double", "units": "objects""#, r#", "leftTicks": 4"#);
        assert_eq!(
            samples(&text),
            [
                r#"objects {side="left"} b 1"#,
                r#"objects {side="left"} a 3"#,
                r#"objects {side="right"} b 4"#,
                r#"objects {side="right"} c 2"#,
            ]
        );
    }

    #[test]
    fn an_answer_of_the_api_has_numbers_in_quotes() {
        let text = r#"{"flamegraph":{"names":["total","f"], "levels":[{"values":["0","5","0","0"]},
            {"values":["0","5","5","1"]}], "total":"5", "maxSelf":"5"}}"#;
        assert_eq!(samples(text), ["samples {} f 5"]);
    }

    #[test]
    fn the_timeline_tells_the_time() {
        let timeline =
            r#", "timeline": {"startTime": 1795402700, "samples": [1, 2, 3], "durationDelta": 10}"#;
        let snapshots = fixture::read(file(LEVELS, "", timeline).as_bytes()).snapshots;
        let times = (snapshots[0][0].start.0, snapshots[0][0].duration.0);
        assert_eq!(times, (1_795_402_700_000_000_000, 30_000_000_000));
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_its_place() {
        let refused = |levels: &str| refused(file(levels, "", "").as_bytes());
        for (levels, error) in [
            ("[[0, 10, 0, 0], [0, 9, 2]]", "a level ends within a box at levels[1]"),
            (
                "[[0, 10, 0, 0], [0, 11, 2, 1]]",
                "a box is not below any box of the level above at levels[1]",
            ),
            (
                "[[0, 10, 10, 0], [12, 1, 1, 1]]",
                "a box is not below any box of the level above at levels[1]",
            ),
            ("[[0, 10, 0, 0], [0, 9, 2, 6]]", "a box has a name that does not exist at levels[1]"),
            ("[[0, 10, 0, 0], [0, 9, 2, -1]]", "a box has a name that does not exist at levels[1]"),
            ("[[0, 10, 11, 0]]", "a box has a negative or too large number at levels[0]"),
            (
                "[[0, 10, 0, 0], [-1, 9, 2, 1]]",
                "a box has a negative or too large number at levels[1]",
            ),
            (
                "[[1, 9223372036854775807, 0, 0]]",
                "a box has a negative or too large number at levels[0]",
            ),
        ] {
            assert_eq!(refused(levels), format!("flamebearer: {error}"), "{levels}");
        }
        for (levels, reason) in [
            ("[[0, 1e30, 0, 0]]", "a number is too large"),
            ("[[0, \"many\", 0, 0]]", "invalid value: string \"many\", expected a whole number"),
            ("[[0, NaN, 0, 0]]", "expected value"),
            ("[[[0], 1, 0, 0]]", "invalid type: sequence, expected a whole number"),
            ("[7]", "invalid type: integer `7`, expected a level of numbers"),
        ] {
            let error = refused(levels);
            assert!(error.starts_with(&format!("flamebearer: {reason}")), "{error}");
            assert!(error.contains(" at byte "), "{error}");
        }
    }

    #[test]
    fn any_cut_is_refused() {
        let good = file(LEVELS, r#""format": "single", "units": "bytes""#, "");
        refuses_what_is_broken(good.as_bytes());
    }
}
