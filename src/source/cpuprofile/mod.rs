//! `.cpuprofile`, recorded by V8: Chrome's JavaScript profiler and `node --cpu-prof`.
//!
//! A tree of nodes, a row of samples that name them, and the microseconds from each
//! sample to the next. V8 samples a thread at a fixed rate, even when it is `(idle)`: the
//! types are `wall` in nanoseconds and `samples`. The time until the next sample counts for
//! the earlier one; a clock that goes back counts as standing still. `(garbage collector)`
//! and `(program)` have no callers in the file. They go on top of the stack before them, as
//! in speedscope (and DevTools, for the former), to show which code they interrupted. Times
//! count from the start of the machine, unless they are too large for that; then they are
//! dates. A long trace is cut, see `events`. The same profiles in pieces are read in
//! `devtools`.

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

#[cfg(test)]
mod tests;

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
    json::parse::<CpuProfile>(NAME, bytes, work)?.into_recordings(batch, work)
}

impl CpuProfile {
    /// The recordings of a profile, one or several in time.
    pub(super) fn into_recordings(
        self,
        batch: &mut Batch,
        work: Work<'_>,
    ) -> Result<Vec<Recording>, ReadError> {
        let file = self;
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
}

/// A profile of one thread.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CpuProfile {
    pub(super) nodes: List<Node>,
    /// In microseconds.
    #[serde(default)]
    pub(super) start_time: f64,
    pub(super) samples: Option<List<i64>>,
    pub(super) time_deltas: Option<List<f64>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
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
    file: &CpuProfile,
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
