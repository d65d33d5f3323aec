//! Turns cumulative snapshots into deltas.
//!
//! Go counts allocations, contentions and delays from the start of the process. Every
//! snapshot holds all of them, so a sum of snapshots would count the first minute again
//! in each later one. If a series grows, stack by stack, its snapshots become deltas,
//! each starting at the time of the snapshot before it. A delta is in a window if its own
//! snapshot is. If a value shrank, the process restarted, and counting starts again. A
//! profile with a duration is a delta already. `sum_over_time` and the like use the
//! snapshots as recorded, as in PromQL.
//!
//! A store knows whether a value shrank; for other sources the samples are compared.
//! Deltas are computed when a stage asks for samples: a timeline needs only totals.

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

/// A selection whose snapshots can be added up.
#[derive(Debug, Clone)]
pub struct Counted {
    pub selection: Selection,
    /// The number of restarts, if snapshots became deltas.
    pub restarts: Option<usize>,
    /// Series whose first snapshot counts nothing, because there is none before it.
    pub without_previous: usize,
}

impl Counted {
    /// A selection that is not cumulative.
    pub fn as_recorded(selection: Selection) -> Counted {
        Counted { selection, restarts: None, without_previous: 0 }
    }
}

/// Whether the type's name says that it may be cumulative.
fn counts_from_start(kind: &ProfileType) -> bool {
    kind.temporality == Temporality::Delta && kind.counts_from_start()
}

/// The selection from the start of the data, if its window starts later.
fn with_earlier(
    source: &dyn Source,
    request: &Request<'_>,
    selection: &Selection,
    work: Work<'_>,
) -> Result<Selection, SourceError> {
    let Some(window) = request.window else { return Ok(selection.clone()) };
    match source.extent().map(|extent| extent.start) {
        Some(start) if start < window.start => {
            let window = Some(Window { start, ..window });
            source.select(&Request { window, ..*request }, work)
        }
        _ => Ok(selection.clone()),
    }
}

fn is_instant(snapshot: &Snapshot) -> bool {
    snapshot.duration.0 == 0
}

/// A cache of the deltas that recent queries computed.
#[derive(Debug)]
pub struct Histories {
    /// Keyed by all the snapshots of the history.
    deltas: SnapshotCache<DeltaKey, Option<Counted>>,
    readings: Arc<Readings>,
}

/// The window, and whether a setting says that the type is cumulative.
type DeltaKey = (Option<Window>, bool);

impl Default for Histories {
    fn default() -> Self {
        /// In bytes: ten thousand profiles of 250 samples, all of which grew.
        const SAMPLES: usize = 44 << 20;
        const PROFILES: usize = 12 << 20;
        let readings = Arc::new(Readings::within(SAMPLES));
        Histories { deltas: SnapshotCache::within(PROFILES), readings }
    }
}

impl Histories {
    /// A selection with deltas instead of cumulative snapshots. `may_be_cumulative`: whether a
    /// delta type may turn out to be cumulative, which a setting can rule out.
    pub fn counted(
        &self,
        source: &dyn Source,
        request: &Request<'_>,
        selection: Selection,
        may_be_cumulative: bool,
        work: Work<'_>,
    ) -> Result<Counted, SourceError> {
        let is_declared = request.kind.temporality == Temporality::Cumulative;
        let may_be_cumulative = may_be_cumulative && counts_from_start(request.kind);
        if !(is_declared || may_be_cumulative && selection.snapshots.iter().any(is_instant)) {
            return Ok(Counted::as_recorded(selection));
        }
        let history = with_earlier(source, request, &selection, work)?;
        let deltas = match history.loader {
            Some(_) => self.deltas(history, request.window, is_declared, work)?,
            None => History::new(history, request.window, work)?.deltas(is_declared, None),
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
        is_declared: bool,
        work: Work<'_>,
    ) -> Result<Option<Counted>, SourceError> {
        let snapshots = all.snapshots.clone();
        let bytes = |_: &Option<Counted>| 2 * size_of_val(&*snapshots);
        self.deltas.get_or(&snapshots, (window, is_declared), bytes, || {
            let readings = Some(self.readings.clone());
            Ok(History::new(all, window, work)?.deltas(is_declared, readings))
        })
    }
}

/// The snapshots of a window, and the one before it in each series.
struct History {
    selection: Selection,
    series: Vec<Series>,
    /// By snapshot: whether no value is less than in the one before it.
    grown: Vec<bool>,
}

/// The rows of one series in a history.
struct Series {
    rows: Range<usize>,
    /// Whether the first row is the snapshot before the window.
    has_before: bool,
    /// The number of growing and shrinking totals before that.
    before: Growth,
}

impl Series {
    /// The rows that have a row before them.
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
    /// Takes the needed part of a selection that starts before the window.
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

    /// The window with deltas; `None` if no series grows.
    fn deltas(self, is_declared: bool, readings: Option<Arc<Readings>>) -> Option<Counted> {
        let growing: Vec<bool> =
            self.series.iter().map(|series| is_declared || self.grows(series)).collect();
        if !growing.contains(&true) {
            return None;
        }
        let (mut snapshots, mut restarts, mut without_previous) = (Vec::new(), 0, 0);
        for (series, grows) in self.series.iter().zip(growing) {
            let is_single = series.rows.len() == 1;
            // A single snapshot is treated like the other series.
            if grows || is_single && is_instant(&self.selection.snapshots[series.rows.start]) {
                without_previous += usize::from(!series.has_before);
                restarts += self.grown[series.later()].iter().filter(|grown| !**grown).count();
                snapshots.extend(series.later().map(|row| self.delta(row)));
            } else {
                let rows = series.rows.start + usize::from(series.has_before)..series.rows.end;
                snapshots.extend(rows.map(|row| as_recorded(&self.selection.snapshots[row], row)));
            }
        }
        let kind = self.selection.kind.clone();
        let (symbols, origin) = (self.selection.symbols.clone(), self.selection.origin.clone());
        let deltas = Deltas { history: self.selection, readings };
        let loader: Option<Arc<dyn SampleLoader>> = Some(Arc::new(deltas));
        let snapshots = snapshots.into();
        let selection = Selection { kind, symbols, snapshots, loader, origin };
        Some(Counted { selection, restarts: Some(restarts), without_previous })
    }

    /// Whether a series mostly grows. Deltas go up as often as down, and processes rarely
    /// restart.
    fn grows(&self, series: &Series) -> bool {
        let mut growth = series.before;
        self.grown[series.later()].iter().for_each(|grown| growth.add(*grown));
        // A series with one snapshot has no pairs; with two, both snapshots are counted.
        let pairs = if series.rows.len() > 1 { series.rows.clone() } else { 0..0 };
        self.selection.snapshots[pairs].iter().all(is_instant) && growth.grown > growth.shrunk
    }

    /// The delta from the snapshot before to this one; after a restart everything counts.
    fn delta(&self, row: usize) -> Snapshot {
        let [before, after] = [row - 1, row].map(|row| &self.selection.snapshots[row]);
        let total = match self.grown[row] {
            true => after.total - before.total,
            false => after.total,
        };
        let span = (before.start, after.start.since(before.start));
        let place = DeltaRow { row, is_delta: self.grown[row] };
        let labels = after.labels.clone();
        let delta = Snapshot::stored(labels, span, (total, after.n_samples), place.into());
        delta.with_period(after.period)
    }
}

fn as_recorded(snapshot: &Snapshot, row: usize) -> Snapshot {
    let Snapshot { labels, start, duration, total, n_samples, .. } = snapshot;
    let place = DeltaRow { row, is_delta: false };
    let (labels, span) = (labels.clone(), (*start, *duration));
    let recorded = Snapshot::stored(labels, span, (*total, *n_samples), place.into());
    recorded.with_period(snapshot.period)
}

/// By snapshot: whether no value is less than in the one before it. Reads samples if the
/// source does not know.
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

/// Loads the samples of deltas from those of the history.
#[derive(Debug)]
struct Deltas {
    history: Selection,
    /// A cache for the next query; `None` if it is read once.
    readings: Option<Arc<Readings>>,
}

/// How a snapshot is computed: a row of the history, and whether the row before it is
/// subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DeltaRow {
    row: usize,
    is_delta: bool,
}

impl From<DeltaRow> for u64 {
    fn from(DeltaRow { row, is_delta }: DeltaRow) -> u64 {
        (row as u64) << 1 | u64::from(is_delta)
    }
}

impl From<u64> for DeltaRow {
    fn from(place: u64) -> DeltaRow {
        DeltaRow { row: (place >> 1) as usize, is_delta: place & 1 == 1 }
    }
}

impl SampleLoader for Deltas {
    fn read(&self, snapshots: &Arc<[Snapshot]>, work: Work<'_>) -> Result<Reading, SourceError> {
        match &self.readings {
            Some(readings) => readings.reading(snapshots, || self.computed(snapshots, work)),
            None => self.computed(snapshots, work),
        }
    }
}

impl Deltas {
    fn computed(&self, snapshots: &[Snapshot], work: Work<'_>) -> Result<Reading, SourceError> {
        /// This many snapshots share their columns.
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

/// Snapshots with their samples, computed from the history.
fn with_added(snapshots: &[Snapshot], history: &[Snapshot]) -> Vec<Snapshot> {
    let mut all = Added::default();
    let rows = snapshots.iter().map(|snapshot| {
        let DeltaRow { row, is_delta } = snapshot.place().map(DeltaRow::from)?;
        let (start, samples) = (all.len(), history[row].samples());
        match is_delta && all.push(history[row - 1].samples().into(), samples.into()) {
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
