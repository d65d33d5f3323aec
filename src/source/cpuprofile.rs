//! `.cpuprofile`, recorded by V8: Chrome's JavaScript profiler and `node --cpu-prof`.
//!
//! A tree of nodes, a row of samples that name them, and the microseconds from each
//! sample to the next. V8 samples a thread at a fixed rate, even when it is `(idle)`: the
//! types are `wall` in nanoseconds and `samples`. The time until the next sample counts for
//! the earlier one; a clock that goes back counts as standing still. `(garbage collector)`
//! and `(program)` have no callers in the file. They go on top of the stack before them, as
//! in speedscope (and DevTools, for the former), to show which code they interrupted. Times
//! count from the start of the machine, unless they are too large for that; then they are
//! dates. A long trace is cut, see `events`.

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::batch::Batch;
use super::events::{Events, Outline};
use super::json::{self, List};
use super::malformed::{Malformed, ReadError};
use super::naming;
use super::recording::Recording;
use super::v8::CallFrame;
use crate::profile::frame::FrameId;
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, ProfileType, StackId};
use crate::quantity::{Timestamp, Window};
use crate::work::Work;

pub(super) const NAME: &str = "cpuprofile";

/// The microseconds until 2001: no machine runs that long, and no file is older.
const EARLIEST: f64 = 1e15;

/// Whether a file with this at its top is one of V8's.
pub(super) fn claims(key: &[u8], _: &[u8]) -> bool {
    matches!(key, b"nodes" | b"timeDeltas")
}

/// Reads a whole file.
pub(super) fn read(
    bytes: &[u8],
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let file: File = json::parse(NAME, bytes, work)?;
    let nodes = Nodes::new(&file.nodes, batch)?;
    let mut events = Events::new(2);
    let samples = ProfileType::new("wall", ("samples", "count"), ("wall", "nanoseconds"));
    let mut kinds = vec![batch.kind(samples)];
    let end = match (&file.samples, &file.time_deltas) {
        (Some(samples), Some(deltas)) => {
            kinds.push(batch.kind(naming::wall()));
            let runs = Runs { nodes: &nodes, above: Vec::new(), events: &mut events, batch };
            runs.read(samples, deltas, work)?
        }
        (samples, _) => count(&file, samples.as_deref(), &nodes, &mut events, batch)?,
    };
    let start = events.extent().map_or(end, |extent| extent.start);
    let window = Window { start, end };
    let is_undated = file.start_time < EARLIEST;
    let outline = Outline { kinds, labels: Labels::default(), window, is_undated };
    let mut recordings = events.sliced(&outline);
    let epoch = if is_undated { 0 } else { (file.start_time as i64).saturating_mul(1000) };
    for recording in &mut recordings {
        recording.start = Timestamp(epoch).plus(recording.start.since(start));
    }
    Ok(recordings)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    nodes: List<Node>,
    #[serde(default)]
    start_time: f64,
    samples: Option<List<i64>>,
    time_deltas: Option<List<f64>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: i64,
    call_frame: CallFrame,
    #[serde(default)]
    hit_count: i64,
    #[serde(default)]
    children: Vec<i64>,
    /// Instead of children, in a profile taken from a trace.
    parent: Option<i64>,
}

fn malformed(list: &str, at: usize, reason: &str) -> Malformed {
    Malformed::in_json(NAME, format!("{list}[{at}]"), reason)
}

/// The tree of a file, with its stacks in the batch.
struct Nodes {
    by_id: FxHashMap<i64, usize>,
    frames: Vec<FrameId>,
    stacks: Vec<StackId>,
    places: Vec<Placement>,
}

/// How the samples of a node become stacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placement {
    Tree,
    /// On top of the stack of the sample before.
    OnTop,
    /// Alone; the stack of the sample before has ended.
    Idle,
}

impl Nodes {
    fn new(rows: &[Node], batch: &mut Batch) -> Result<Nodes, Malformed> {
        let mut by_id = FxHashMap::default();
        for (at, row) in rows.iter().enumerate() {
            if by_id.insert(row.id, at).is_some() {
                let reason = format!("a second node has the id {}", row.id);
                return Err(malformed("nodes", at, &reason));
            }
        }
        let parents = parents(rows, &by_id)?;
        let frames: Vec<FrameId> = rows.iter().map(|row| row.call_frame.frame(batch)).collect();
        let places = rows.iter().map(|row| match row.call_frame.name() {
            "(garbage collector)" | "(program)" => Placement::OnTop,
            "(idle)" => Placement::Idle,
            _ => Placement::Tree,
        });
        let mut nodes = Nodes { by_id, places: places.collect(), frames, stacks: Vec::new() };
        nodes.stacks = nodes.stacks(rows, &parents, batch)?;
        Ok(nodes)
    }

    /// Nodes come in any order: from each up to the first whose stack is known, and back down.
    fn stacks(
        &self,
        rows: &[Node],
        parents: &[Option<usize>],
        batch: &mut Batch,
    ) -> Result<Vec<StackId>, Malformed> {
        let mut stacks: Vec<Option<StackId>> = vec![None; rows.len()];
        let mut path = Vec::new();
        for start in 0..rows.len() {
            let mut next = Some(start);
            while let Some(at) = next.filter(|at| stacks[*at].is_none()) {
                if path.len() > rows.len() {
                    return Err(malformed("nodes", start, "a node is its own ancestor"));
                }
                path.push(at);
                next = parents[at];
            }
            let mut stack = next.and_then(|at| stacks[at]).unwrap_or(StackId::EMPTY);
            while let Some(at) = path.pop() {
                if !rows[at].call_frame.is_root() {
                    stack = batch.below(stack, self.frames[at]);
                }
                stacks[at] = Some(stack);
            }
        }
        Ok(stacks.into_iter().map(Option::unwrap_or_default).collect())
    }

    fn find(&self, id: i64, sample: usize) -> Result<usize, Malformed> {
        let unknown = || malformed("samples", sample, &format!("node {id} does not exist"));
        self.by_id.get(&id).copied().ok_or_else(unknown)
    }
}

/// The node above each.
fn parents(rows: &[Node], by_id: &FxHashMap<i64, usize>) -> Result<Vec<Option<usize>>, Malformed> {
    let find = |id: i64, at: usize| {
        let unknown = || malformed("nodes", at, &format!("node {id} does not exist"));
        by_id.get(&id).copied().ok_or_else(unknown)
    };
    let mut parents = vec![None; rows.len()];
    for (at, row) in rows.iter().enumerate() {
        if let Some(parent) = row.parent {
            parents[at] = Some(find(parent, at)?);
        }
    }
    for (at, row) in rows.iter().enumerate() {
        for child in &row.children {
            let known = parents[find(*child, at)?].replace(at);
            if known.is_some_and(|known| known != at) {
                return Err(malformed("nodes", at, &format!("node {child} has two parents")));
            }
        }
    }
    Ok(parents)
}

/// Without times, samples are counted: each by itself, or as the nodes count them.
fn count(
    file: &File,
    samples: Option<&[i64]>,
    nodes: &Nodes,
    events: &mut Events,
    batch: &mut Batch,
) -> Result<Timestamp, Malformed> {
    let mut add = |at: usize, hits: i64| {
        let stack = match nodes.places[at] {
            Placement::Tree => nodes.stacks[at],
            Placement::OnTop | Placement::Idle => batch.below(StackId::EMPTY, nodes.frames[at]),
        };
        events.push(Timestamp(0), stack, TagsId(0), &[hits, 0]);
    };
    match samples {
        Some(samples) => {
            for (sample, id) in samples.iter().enumerate() {
                add(nodes.find(*id, sample)?, 1);
            }
        }
        None => {
            for (at, row) in file.nodes.iter().enumerate().filter(|(_, row)| row.hit_count != 0) {
                add(at, row.hit_count);
            }
        }
    }
    Ok(Timestamp(0))
}

/// From microseconds; times beyond our clock are at its end.
fn nanos(micros: f64) -> Timestamp {
    Timestamp((micros * 1e3).round() as i64)
}

/// Samples of one node after another.
#[derive(Clone, Copy)]
struct Run {
    node: usize,
    start: f64,
    samples: i64,
}

/// Reads samples into events, run by run.
struct Runs<'a> {
    nodes: &'a Nodes,
    /// The nodes on top of a node's stack, each with the stack up to it. The first is the
    /// node's own stack.
    above: Vec<(Option<usize>, StackId)>,
    events: &'a mut Events,
    batch: &'a mut Batch,
}

impl Runs<'_> {
    /// The time of the last sample.
    fn read(
        mut self,
        samples: &[i64],
        deltas: &[f64],
        work: Work<'_>,
    ) -> Result<Timestamp, ReadError> {
        if samples.len() != deltas.len() {
            let reason = "it has not as many items as samples";
            return Err(Malformed::in_json(NAME, "timeDeltas".to_owned(), reason).into());
        }
        let mut now = 0.0;
        let mut run: Option<Run> = None;
        for (sample, (id, delta)) in samples.iter().zip(deltas).enumerate() {
            work.check()?;
            now += delta;
            let node = self.nodes.find(*id, sample)?;
            match &mut run {
                Some(run) if run.node == node => run.samples += 1,
                _ => {
                    let start = run.map_or(now, |run| run.start.max(now));
                    if let Some(run) = run {
                        self.add(run, start);
                    }
                    run = Some(Run { node, start, samples: 1 });
                }
            }
        }
        let Some(run) = run else { return Ok(Timestamp(0)) };
        let end = run.start.max(now);
        self.add(run, end);
        Ok(nanos(end))
    }

    fn add(&mut self, run: Run, end: f64) {
        let stack = self.stack(run.node);
        let length = nanos(end).since(nanos(run.start)).0;
        self.events.push(nanos(run.start), stack, TagsId(0), &[run.samples, length]);
    }

    fn stack(&mut self, node: usize) -> StackId {
        match self.nodes.places[node] {
            Placement::Tree => {
                self.above.clear();
                self.above.push((None, self.nodes.stacks[node]));
            }
            Placement::Idle => {
                self.above.clear();
                return self.nodes.stacks[node];
            }
            Placement::OnTop => {
                let known = self.above.iter().position(|(above, _)| *above == Some(node));
                match known {
                    Some(at) => self.above.truncate(at + 1),
                    None => {
                        let below = self.above.last().map_or(StackId::EMPTY, |(_, stack)| *stack);
                        let stack = self.batch.below(below, self.nodes.frames[node]);
                        self.above.push((Some(node), stack));
                    }
                }
            }
        }
        self.above.last().map_or(StackId::EMPTY, |(_, stack)| *stack)
    }
}

#[cfg(test)]
mod tests {
    use crate::source::fixture::{self, refused, refuses_what_is_broken};

    /// `(root)` 1 calls main 2, which calls run 3; 4 to 6 are V8's own.
    const NODES: &str = r#"
        {"id": 3, "callFrame": {"functionName": "", "url": "file:///shop.js", "lineNumber": 4}, "hitCount": 7},
        {"id": 1, "callFrame": {"functionName": "(root)"}, "children": [2, 4, 5, 6]},
        {"id": 2, "callFrame": {"functionName": "main", "url": "file:///shop.js", "lineNumber": 0}, "hitCount": 1, "children": [3]},
        {"id": 4, "callFrame": {"functionName": "(program)", "lineNumber": -1}},
        {"id": 5, "callFrame": {"functionName": "(garbage collector)"}},
        {"id": 6, "callFrame": {"functionName": "(idle)"}, "hitCount": 2}"#;

    fn file(rest: &str) -> String {
        format!(r#"{{"nodes": [{NODES}], "startTime": 5000, "endTime": 9000{rest}}}"#)
    }

    fn sampled(samples: &str, deltas: &str) -> String {
        file(&format!(r#", "samples": [{samples}], "timeDeltas": [{deltas}]"#))
    }

    fn samples(text: &str) -> Vec<String> {
        let mut samples = fixture::samples(text.as_bytes());
        samples.sort_unstable();
        samples
    }

    #[test]
    fn what_passes_is_of_the_sample_before() {
        // main from 10, run from 12 to 15, main again to 19, where the last sample is.
        let text = sampled("2, 3, 3, 2, 2", "10, 2, 1, 2, 4");
        assert_eq!(
            samples(&text),
            [
                "samples {} main 3",
                "samples {} main;(anonymous) 2",
                "wall {} main 6000",
                "wall {} main;(anonymous) 3000"
            ]
        );
        let frames = fixture::frames(sampled("3, 3", "0, 1").as_bytes());
        assert_eq!(
            frames,
            ["main file:///shop.js:0 interpreted", "(anonymous) file:///shop.js:0 interpreted"]
        );
    }

    #[test]
    fn what_v8_does_itself_is_upon_the_stack_it_came_after() {
        // program, then main for 1, gc for 2, program for 3, gc again for 4, idle for 5, gc for 6.
        let text = sampled("4, 2, 5, 4, 5, 6, 5, 2", "0, 10, 1, 2, 3, 4, 5, 6");
        let wall = samples(&text).into_iter().filter(|line| line.starts_with("wall"));
        assert_eq!(
            wall.collect::<Vec<_>>(),
            [
                "wall {} (garbage collector) 6000",
                "wall {} (idle) 5000",
                "wall {} (program) 10000",
                "wall {} main 1000",
                "wall {} main;(garbage collector) 6000",
                "wall {} main;(garbage collector);(program) 3000"
            ]
        );
    }

    #[test]
    fn a_clock_that_goes_back_stands_still() {
        // At 10, 20, 15 and 30: run has nothing, main 10 and 10.
        let text = sampled("2, 3, 2, 6", "10, 10, -5, 15");
        let wall: Vec<_> =
            samples(&text).into_iter().filter(|line| line.starts_with("wall")).collect();
        assert_eq!(wall, ["wall {} (idle) 0", "wall {} main 20000", "wall {} main;(anonymous) 0"]);
    }

    #[test]
    fn without_times_hits_are_counted() {
        assert_eq!(
            samples(&file("")),
            ["samples {} (idle) 2", "samples {} main 1", "samples {} main;(anonymous) 7"]
        );
        assert_eq!(
            samples(&file(r#", "samples": [2, 3, 2]"#)),
            ["samples {} main 2", "samples {} main;(anonymous) 1"]
        );
    }

    #[test]
    fn a_start_is_a_date_if_it_can_be() {
        let text = sampled("2, 3", "0, 30000000");
        let start = |text: &str| fixture::read(text.as_bytes()).snapshots[1][0].start.0;
        assert_eq!(start(&text), 0);
        let dated = text.replace("5000", "1795402705954000");
        assert_eq!(start(&dated), 1_795_402_705_954_000_000);
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_its_place() {
        let refused = |text: &str| refused(text.as_bytes());
        for (text, error) in [
            (sampled("2, 9", "0, 1"), "node 9 does not exist at samples[1]"),
            (sampled("2, 2", "0"), "it has not as many items as samples at timeDeltas"),
            (file("").replace("[3]", "[9]"), "node 9 does not exist at nodes[2]"),
            (file("").replace("[2, 4, 5, 6]", "[2, 3]"), "node 3 has two parents at nodes[2]"),
            (file("").replace("\"id\": 6", "\"id\": 2"), "a second node has the id 2 at nodes[5]"),
            (
                file("").replace("\"hitCount\": 7", "\"children\": [2]").replace("[2, 4", "[4"),
                "a node is its own ancestor at nodes[0]",
            ),
        ] {
            assert_eq!(refused(&text), format!("cpuprofile: {error}"), "{text}");
        }
        for (text, reason) in [
            (sampled("2, NaN", "0, 1"), "expected value"),
            (sampled("99999999999999999999", "0"), "invalid type: floating point"),
            (sampled("2", "1e999"), "number out of range"),
            (r#"{"nodes": {}}"#.to_owned(), "invalid type: map, expected a list"),
        ] {
            let error = refused(&text);
            assert!(error.starts_with(&format!("cpuprofile: {reason}")), "{error}");
            assert!(error.contains(" at byte "), "{error}");
        }
        // Times beyond all clocks are at its end.
        assert_eq!(
            samples(&sampled("2, 3", "0, 1e300"))[1..],
            [
                "samples {} main;(anonymous) 1".to_owned(),
                format!("wall {{}} main {}", i64::MAX),
                "wall {} main;(anonymous) 0".to_owned(),
            ]
        );
    }

    #[test]
    fn any_cut_is_refused() {
        refuses_what_is_broken(include_bytes!("../../tests/data/timers.cpuprofile"));
    }
}
