//! Totals that only grow, made into what was added between them.
//!
//! Go counts allocations, contentions and delay from the start of the process: every
//! snapshot holds all of them, and a sum of snapshots counts the first minute again
//! in each later one. So a series that grows, stack by stack, becomes the deltas of
//! its snapshots, each from the time of the one before it; it is in a window if its
//! own snapshot is. Where something shrank, the process began anew, and so does the
//! count. A profile with a duration is a delta already. `sum_over_time` and its kind
//! ask for the snapshots themselves, as they do in PromQL.
//!
//! Whether something shrank, a store knows; else it shows in the samples. What was
//! added is worked out when a stage asks for samples: a timeline needs totals alone.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::profile::growth::{Added, has_grown};
use crate::profile::{ProfileType, Samples, Snapshot, Temporality};
use crate::quantity::Window;
use crate::source::{
    Reading, Readings, Request, SampleLoader, Selection, SnapshotCache, Source, SourceError,
};
use crate::work::Work;

/// What was selected, ready to be added up.
#[derive(Debug, Clone)]
pub struct Counted {
    pub selection: Selection,
    /// How often a count began anew, where totals became deltas.
    pub restarts: Option<usize>,
    /// Series whose first snapshot counts nothing, for there is none before it.
    pub begun: usize,
}

impl Counted {
    /// Snapshots that are no totals since a start.
    pub fn as_recorded(selection: Selection) -> Counted {
        Counted { selection, restarts: None, begun: 0 }
    }
}

/// Whether the type may be one that grows, as far as its name says.
fn counts_from_start(kind: &ProfileType) -> bool {
    kind.temporality == Temporality::Delta && kind.counts_from_start()
}

/// The selection from the start of the data, where its window begins later.
fn with_earlier(
    source: &dyn Source,
    request: &Request<'_>,
    selection: &Selection,
    work: Work<'_>,
) -> Result<Selection, SourceError> {
    let earlier = source.extent().map(|extent| extent.start);
    match (request.window, earlier) {
        (Some(window), Some(start)) if start < window.start => {
            let window = Some(Window { start, ..window });
            source.select(&Request { window, ..*request }, work)
        }
        _ => Ok(selection.clone()),
    }
}

fn is_instant(snapshot: &Snapshot) -> bool {
    snapshot.duration.0 == 0
}

/// What was worked out of the histories that queries asked for last.
#[derive(Debug)]
pub struct Histories {
    /// By all the snapshots that the history was taken from.
    deltas: SnapshotCache<Asked, Option<Counted>>,
    readings: Arc<Readings>,
}

/// The window of a question, and whether the type was told to grow.
type Asked = (Option<Window>, bool);

impl Default for Histories {
    fn default() -> Self {
        /// In bytes: those of ten thousand profiles of 250 samples, all of which grew.
        const SAMPLES: usize = 44 << 20;
        const PROFILES: usize = 12 << 20;
        let readings = Arc::new(Readings::within(SAMPLES));
        Histories { deltas: SnapshotCache::within(PROFILES), readings }
    }
}

impl Histories {
    /// A selection with deltas in place of cumulative snapshots. `may_grow` says whether a
    /// delta type may turn out to be cumulative: not if a setting says how it adds up.
    pub fn counted(
        &self,
        source: &dyn Source,
        request: &Request<'_>,
        selection: Selection,
        may_grow: bool,
        work: Work<'_>,
    ) -> Result<Counted, SourceError> {
        let is_told = request.kind.temporality == Temporality::Cumulative;
        let may_grow = may_grow && counts_from_start(request.kind);
        if !(is_told || may_grow && selection.snapshots.iter().any(is_instant)) {
            return Ok(Counted::as_recorded(selection));
        }
        let history = with_earlier(source, request, &selection, work)?;
        let deltas = match history.loader {
            Some(_) => self.deltas(history, request.window, is_told, work)?,
            None => History::new(history, request.window, work)?.deltas(is_told, None),
        };
        match deltas {
            None => Ok(Counted::as_recorded(selection)),
            Some(deltas) if selection.loader.is_some() => Ok(deltas),
            Some(deltas) => Ok(Counted { selection: deltas.selection.read(work)?, ..deltas }),
        }
    }

    fn deltas(
        &self,
        all: Selection,
        window: Option<Window>,
        is_told: bool,
        work: Work<'_>,
    ) -> Result<Option<Counted>, SourceError> {
        let snapshots = all.snapshots.clone();
        let bytes = |_: &Option<Counted>| 2 * size_of_val(&*snapshots);
        self.deltas.get_or(&snapshots, (window, is_told), bytes, || {
            let readings = Some(self.readings.clone());
            Ok(History::new(all, window, work)?.deltas(is_told, readings))
        })
    }
}

/// The snapshots of a window, and the one before them of each series.
struct History {
    selection: Selection,
    series: Vec<Series>,
    /// By snapshot: whether it has no less of anything than the one before it.
    grown: Vec<bool>,
}

/// Rows of a history that are one series.
struct Series {
    rows: Range<usize>,
    /// Whether the first of them is the one before the window.
    has_before: bool,
    /// Growing and shrinking totals before that.
    before: Growth,
}

impl Series {
    /// The rows that have another before them.
    fn later(&self) -> Range<usize> {
        (self.rows.start + 1).min(self.rows.end)..self.rows.end
    }
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
    /// Takes what is needed of a selection that begins before the window.
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
        let selection = Selection { snapshots: needed.into(), ..all };
        let grown = grown(&selection, &series, work)?;
        Ok(History { selection, series, grown })
    }

    /// The window with deltas; nothing if no series grows.
    fn deltas(self, is_told: bool, readings: Option<Arc<Readings>>) -> Option<Counted> {
        let growing: Vec<bool> =
            self.series.iter().map(|series| is_told || self.grows(series)).collect();
        if !growing.contains(&true) {
            return None;
        }
        let (mut snapshots, mut restarts, mut begun) = (Vec::new(), 0, 0);
        for (series, grows) in self.series.iter().zip(growing) {
            let is_single = series.rows.len() == 1;
            // A single snapshot is what the others are.
            if grows || is_single && is_instant(&self.selection.snapshots[series.rows.start]) {
                begun += usize::from(!series.has_before);
                restarts += self.grown[series.later()].iter().filter(|grown| !**grown).count();
                snapshots.extend(series.later().map(|row| self.delta(row)));
            } else {
                let rows = series.rows.start + usize::from(series.has_before)..series.rows.end;
                snapshots.extend(rows.map(|row| as_recorded(&self.selection.snapshots[row], row)));
            }
        }
        let kind = self.selection.kind.clone();
        let symbols = self.selection.symbols.clone();
        let deltas = Deltas { history: self.selection, readings };
        let loader: Option<Arc<dyn SampleLoader>> = Some(Arc::new(deltas));
        let selection = Selection { kind, symbols, snapshots: snapshots.into(), loader };
        Some(Counted { selection, restarts: Some(restarts), begun })
    }

    /// Whether a series mostly grows: deltas go up as often as down, and processes seldom
    /// restart.
    fn grows(&self, series: &Series) -> bool {
        let mut growth = series.before;
        self.grown[series.later()].iter().for_each(|grown| growth.add(*grown));
        // A series of one has no pair; with two, both are looked at.
        let pairs = if series.rows.len() > 1 { series.rows.clone() } else { 0..0 };
        self.selection.snapshots[pairs].iter().all(is_instant) && growth.grown > growth.shrunk
    }

    /// From the snapshot before to this one; after a restart all of it is new.
    fn delta(&self, row: usize) -> Snapshot {
        let [before, after] = [row - 1, row].map(|row| &self.selection.snapshots[row]);
        let total = match self.grown[row] {
            true => after.total.saturating_sub(before.total),
            false => after.total,
        };
        let span = (before.start, after.start.since(before.start));
        let place = Place { row, is_added: self.grown[row] };
        Snapshot::stored(after.labels.clone(), span, (total, after.n_samples), place.into())
    }
}

fn as_recorded(snapshot: &Snapshot, row: usize) -> Snapshot {
    let Snapshot { labels, start, duration, total, n_samples, .. } = snapshot;
    let place = Place { row, is_added: false };
    Snapshot::stored(labels.clone(), (*start, *duration), (*total, *n_samples), place.into())
}

/// By snapshot: whether it has no less of anything than the one before it. Reads the
/// samples of those of which the source does not know.
fn grown(
    selection: &Selection,
    series: &[Series],
    work: Work<'_>,
) -> Result<Vec<bool>, SourceError> {
    let all = &selection.snapshots;
    let later = || series.iter().flat_map(Series::later);
    let mut grown = vec![false; all.len()];
    later().for_each(|row| grown[row] = all[row].has_grown == Some(true));
    let unknown: Vec<usize> = later().filter(|row| all[*row].has_grown.is_none()).collect();
    if unknown.is_empty() {
        return Ok(grown);
    }
    let pairs = unknown.iter().flat_map(|row| [all[*row - 1].clone(), all[*row].clone()]);
    let pairs = Selection { snapshots: pairs.collect(), ..selection.clone() }.read(work)?;
    let found = unknown.par_iter().zip(pairs.snapshots.par_chunks(2)).map(|(row, pair)| {
        work.check()?;
        Ok((*row, has_grown(pair[0].samples().into(), pair[1].samples().into())))
    });
    for (row, has_grown) in found.collect::<Result<Vec<_>, SourceError>>()? {
        grown[row] = has_grown;
    }
    Ok(grown)
}

/// The samples of deltas, from those of the history that they are of.
#[derive(Debug)]
struct Deltas {
    history: Selection,
    /// Where readings are kept for the next query, unless it is read once.
    readings: Option<Arc<Readings>>,
}

/// What a snapshot is made of: a row of the history, and whether the one before it is
/// to be taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    row: usize,
    is_added: bool,
}

impl From<Place> for u64 {
    fn from(Place { row, is_added }: Place) -> u64 {
        (row as u64) << 1 | u64::from(is_added)
    }
}

impl From<u64> for Place {
    fn from(place: u64) -> Place {
        Place { row: (place >> 1) as usize, is_added: place & 1 == 1 }
    }
}

impl SampleLoader for Deltas {
    fn read(&self, snapshots: &Arc<[Snapshot]>, work: Work<'_>) -> Result<Reading, SourceError> {
        match &self.readings {
            Some(readings) => readings.reading(snapshots, || self.worked_out(snapshots, work)),
            None => self.worked_out(snapshots, work),
        }
    }
}

impl Deltas {
    fn worked_out(&self, snapshots: &[Snapshot], work: Work<'_>) -> Result<Reading, SourceError> {
        /// So many share their columns.
        const TOGETHER: usize = 64;
        let history = self.history.clone().read(work)?;
        let parts = snapshots.par_chunks(TOGETHER).map(|part| {
            work.check()?;
            Ok(with_added(part, &history.snapshots))
        });
        let parts = parts.collect::<Result<Vec<_>, SourceError>>()?;
        Ok((history.symbols, parts.into_iter().flatten().collect()))
    }
}

/// Snapshots with their samples, from those of the history.
fn with_added(snapshots: &[Snapshot], history: &[Snapshot]) -> Vec<Snapshot> {
    let mut all = Added::default();
    let rows = snapshots.iter().map(|snapshot| {
        let Place { row, is_added } = snapshot.place().map(Place::from)?;
        let (start, samples) = (all.len(), history[row].samples());
        match is_added && all.push(history[row - 1].samples().into(), samples.into()) {
            true => Some(Ok(start..all.len())),
            false => Some(Err(samples.clone())),
        }
    });
    let rows: Vec<Option<Result<Range<usize>, Samples>>> = rows.collect();
    let all = all.finish();
    let read = snapshots.iter().zip(rows).map(|(snapshot, rows)| match rows {
        Some(Ok(added)) => snapshot.with_samples(all.cut(added)),
        Some(Err(samples)) => snapshot.with_samples(samples),
        None => snapshot.clone(),
    });
    read.collect()
}
