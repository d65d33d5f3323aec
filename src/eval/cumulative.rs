//! Totals that only grow, made into what was added between them.
//!
//! Go counts allocations, contentions and delay from the start of the process: every
//! snapshot holds all of them, and a sum of snapshots counts the first minute again
//! in each later one. So a series that grows, stack by stack, becomes the deltas of
//! its snapshots, each from the time of the one before it; it is in a window if its
//! own snapshot is. Where something shrank, the process began anew, and so does the
//! count. A profile with a duration is a delta already. `sum_over_time` and its kind
//! ask for the snapshots themselves, as they do in PromQL.

use rustc_hash::FxHashMap;

use crate::eval::select::Surroundings;
use crate::profile::symbols::TagsId;
use crate::profile::{ProfileType, Samples, Snapshot, StackId, Temporality};
use crate::quantity::Window;
use crate::source::{Request, Selection, Source, SourceError};
use crate::work::Work;

/// What was selected, ready to be added up.
pub struct Counted {
    pub selection: Selection,
    /// How often a count began anew, where totals became deltas.
    pub restarts: Option<usize>,
    /// Series whose first snapshot counts nothing, for there is none before it.
    pub begun: usize,
}

impl Surroundings<'_> {
    /// A selection with deltas in place of totals that only grow.
    pub fn counted(
        self,
        source: &dyn Source,
        request: &Request<'_>,
        selection: Selection,
    ) -> Result<Counted, SourceError> {
        let as_recorded = Counted { selection, restarts: None, begun: 0 };
        let is_told = request.kind.temporality == Temporality::Cumulative;
        let snapshots = &as_recorded.selection.snapshots;
        let may_grow = || snapshots.iter().any(is_instant) && self.may_grow(request.kind);
        if self.as_recorded || !(is_told || may_grow()) {
            return Ok(as_recorded);
        }
        let earlier = source.extent().map(|extent| extent.start);
        let history = match (request.window, earlier) {
            (Some(window), Some(start)) if start < window.start => {
                let window = Some(Window { start, ..window });
                source.select(&Request { window, ..*request }, self.work)?
            }
            _ => as_recorded.selection.clone(),
        };
        let deltas =
            History::new(history, request.window, self.work)?.deltas(is_told, self.work)?;
        Ok(deltas.unwrap_or(as_recorded))
    }

    /// Whether the type may be one that grows, for all that is known without its values.
    fn may_grow(self, kind: &ProfileType) -> bool {
        kind.temporality == Temporality::Delta
            && kind.counts_from_start()
            && self.settings.temporality(kind).is_none()
    }
}

fn is_instant(snapshot: &Snapshot) -> bool {
    snapshot.duration.0 == 0
}

/// The snapshots of a window, and the one before them of each series.
struct History {
    selection: Selection,
    series: Vec<Series>,
}

/// Rows of a history that are one series.
struct Series {
    rows: std::ops::Range<usize>,
    /// Whether the first of them is the one before the window.
    has_before: bool,
    /// Growing and shrinking totals before that.
    before: Growth,
}

/// How many pairs of snapshots grew, and how many shrank.
#[derive(Clone, Copy, Default)]
struct Growth {
    grown: usize,
    shrunk: usize,
}

impl Growth {
    fn add(&mut self, has_grown: bool) {
        *(if has_grown { &mut self.grown } else { &mut self.shrunk }) += 1;
    }
}

impl History {
    /// Reads what is needed of a selection that begins before the window.
    fn new(all: Selection, window: Option<Window>, work: Work<'_>) -> Result<History, SourceError> {
        let (mut needed, mut series) = (Vec::new(), Vec::new());
        for run in all.snapshots.chunk_by(|a, b| a.labels.is_same(&b.labels)) {
            let before = |snapshot: &Snapshot| window.is_some_and(|w| snapshot.start < w.start);
            let first = run.partition_point(before);
            let from = first.saturating_sub(1);
            if first < run.len() {
                let mut growth = Growth::default();
                run[..first].windows(2).for_each(|pair| growth.add(pair[0].total <= pair[1].total));
                let rows = needed.len()..needed.len() + run.len() - from;
                series.push(Series { rows, has_before: first > 0, before: growth });
                needed.extend_from_slice(&run[from..]);
            }
        }
        let selection = Selection { snapshots: needed.into(), ..all }.read(work)?;
        Ok(History { selection, series })
    }

    /// The window with deltas; nothing if no series grows.
    fn deltas(self, is_told: bool, work: Work<'_>) -> Result<Option<Counted>, SourceError> {
        let steps = self.series.iter().map(|series| self.steps(series, work));
        let steps = steps.collect::<Result<Vec<_>, _>>()?;
        let grows = |(series, steps): (&Series, &Vec<Step>)| {
            is_told || steps.iter().all(|step| step.is_of_instants) && series.grows(steps)
        };
        let growing: Vec<bool> = self.series.iter().zip(&steps).map(grows).collect();
        if !growing.contains(&true) {
            return Ok(None);
        }
        let (mut snapshots, mut restarts, mut begun) = (Vec::new(), 0, 0);
        for ((series, steps), grows) in self.series.iter().zip(steps).zip(growing) {
            let rows = &self.selection.snapshots[series.rows.clone()];
            // A single snapshot is what the others are.
            if grows || rows.len() == 1 && is_instant(&rows[0]) {
                begun += usize::from(!series.has_before);
                restarts += steps.iter().filter(|step| step.added.is_none()).count();
                let pairs = rows.windows(2).zip(steps);
                snapshots.extend(pairs.map(|(pair, step)| delta(&pair[0], &pair[1], step.added)));
            } else {
                snapshots.extend_from_slice(&rows[usize::from(series.has_before)..]);
            }
        }
        let selection = Selection { snapshots: snapshots.into(), ..self.selection };
        Ok(Some(Counted { selection, restarts: Some(restarts), begun }))
    }

    /// From each snapshot of a series to the next.
    fn steps(&self, series: &Series, work: Work<'_>) -> Result<Vec<Step>, SourceError> {
        let mut known = FxHashMap::default();
        let pairs = self.selection.snapshots[series.rows.clone()].windows(2);
        let steps = pairs.map(|pair| {
            work.check()?;
            let is_of_instants = pair.iter().all(is_instant);
            let added = added(pair[0].samples(), pair[1].samples(), &mut known);
            Ok(Step { is_of_instants, added })
        });
        steps.collect()
    }
}

/// What lies between two snapshots.
struct Step {
    is_of_instants: bool,
    /// None where something shrank.
    added: Option<Samples>,
}

impl Series {
    /// Whether it mostly grows: deltas go up as often as down, and processes seldom restart.
    fn grows(&self, steps: &[Step]) -> bool {
        let mut growth = self.before;
        steps.iter().for_each(|step| growth.add(step.added.is_some()));
        growth.grown > growth.shrunk
    }
}

/// After a restart all of the later snapshot is new.
fn delta(before: &Snapshot, after: &Snapshot, added: Option<Samples>) -> Snapshot {
    let samples = added.unwrap_or_else(|| after.samples().clone());
    let duration = after.start.since(before.start);
    Snapshot::new(after.labels.clone(), before.start, duration, samples)
}

/// What was added from one snapshot to the next; none if there is less of anything.
/// `known` is for the work, and used again.
fn added(
    before: &Samples,
    after: &Samples,
    known: &mut FxHashMap<(StackId, TagsId), i64>,
) -> Option<Samples> {
    known.clear();
    for (stack, tags, value) in after.iter() {
        let sum = known.entry((stack, tags)).or_default();
        *sum = sum.saturating_add(value);
    }
    for (stack, tags, value) in before.iter() {
        let sum = known.entry((stack, tags)).or_default();
        *sum = sum.saturating_sub(value);
    }
    if known.values().any(|sum| *sum < 0) {
        return None;
    }
    let (mut stacks, mut all_tags, mut values) = (Vec::new(), Vec::new(), Vec::new());
    // In the order of the later one, each stack once.
    for (stack, tags, _) in after.iter() {
        let sum = known.get_mut(&(stack, tags)).map(std::mem::take).unwrap_or_default();
        if sum != 0 {
            stacks.push(stack);
            all_tags.push(tags);
            values.push(sum);
        }
    }
    Some(Samples { stacks: stacks.into(), tags: all_tags.into(), values: values.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(rows: &[(u32, i64)]) -> Samples {
        Samples {
            stacks: rows.iter().map(|(stack, _)| StackId(*stack)).collect(),
            tags: rows.iter().map(|_| TagsId::default()).collect(),
            values: rows.iter().map(|(_, value)| *value).collect(),
        }
    }

    fn check(before: &[(u32, i64)], after: &[(u32, i64)], expected: Option<&[(u32, i64)]>) {
        let found = added(&samples(before), &samples(after), &mut FxHashMap::default());
        let rows = found.map(|found| {
            found.iter().map(|(stack, _, value)| (stack.0, value)).collect::<Vec<_>>()
        });
        assert_eq!(rows.as_deref(), expected);
    }

    #[test]
    fn a_delta_is_stack_by_stack_and_nothing_may_shrink() {
        check(&[(1, 10), (2, 5)], &[(2, 7), (1, 10), (3, 1)], Some(&[(2, 2), (3, 1)]));
        // The same stack in several samples, as Go writes sizes apart.
        check(&[(1, 10)], &[(1, 6), (1, 8)], Some(&[(1, 4)]));
        check(&[(1, 6), (1, 8)], &[(1, 14)], Some(&[]));
        check(&[(1, 10)], &[(1, 9), (2, 100)], None);
        check(&[(1, 10)], &[(2, 100)], None);
        check(&[(1, 0)], &[], Some(&[]));
    }
}
