//! What each batch adds to a carrier, and which batches replicate each other.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::carriers::Carriers;
use super::resampling::{Cluster, Stratum};
use super::sources::{Source, Sources};
use crate::profile::Labels;
use crate::profile::noise::Replication;
use crate::work::{Cancelled, Work};

/// Columns of a row before those of values.
pub const WHOLE: usize = 0;
pub const EXPOSURE: usize = 1;
pub const VALUES: usize = 2;

/// What one batch adds.
pub struct Cell {
    pub unit: usize,
    /// The number of the batch in its unit.
    pub nth: usize,
    /// The whole, the exposure, the value of each carrier, and of what no carrier has.
    pub row: Vec<f64>,
}

/// The group of each unit, by side and number.
pub type GroupOfUnit = FxHashMap<(usize, usize), usize>;

/// The batches of one side, by carrier.
pub fn cells_of(
    source: &Source<'_>,
    side: usize,
    carriers: &Carriers,
    scale: f64,
    work: Work<'_>,
) -> Result<Vec<Cell>, Cancelled> {
    let mut cells: Vec<Cell> = Vec::new();
    let columns = VALUES + carriers.found.len() + 1;
    for batch in &source.sides[side].batches {
        let mut row = vec![0.0; columns];
        work.each(&batch.values, |(stack, value)| {
            let Some(stack) = source.replicates[side].shown(*stack) else { return };
            let of = carriers.of_stack[stack.index()].map_or(carriers.found.len(), usize::from);
            row[VALUES + of] += value;
        })?;
        row[WHOLE] = batch.whole;
        row[EXPOSURE] = batch.exposure;
        row.iter_mut().for_each(|value| *value *= scale);
        let last = cells.last().filter(|last| last.unit == batch.unit);
        let nth = last.map_or(0, |last| last.nth + 1);
        cells.push(Cell { unit: batch.unit, nth, row });
    }
    Ok(cells)
}

/// Each series with its cells, and the group that all of these are in, if it is one.
struct Series<'c> {
    /// The side; 0 for a pair.
    side: usize,
    group: Option<usize>,
    cells: Vec<(usize, &'c Cell)>,
}

/// What replicates, by the design of the diff: blocks in time of each series, the series of a
/// group, or the pairs of a group. A series that is alone in its group replicates in time.
pub fn strata(
    sources: &Sources<'_>,
    source: &Source<'_>,
    cells: &[Vec<Cell>; 2],
    of_unit: &GroupOfUnit,
) -> Vec<Stratum> {
    let in_time = matches!(sources.replication, Replication::Time | Replication::Paired);
    let mut all = series(sources, source, cells, of_unit);
    all.sort_by_key(|one| (one.side, one.group));
    let mut strata = Vec::new();
    for together in all.chunk_by(|a, b| (a.side, a.group) == (b.side, b.group)) {
        if in_time || together.len() < 2 {
            together.iter().for_each(|one| strata.extend(one.in_time(of_unit)));
            continue;
        }
        let clusters = together.iter().map(|one| one.cluster(of_unit));
        strata.push(Stratum { clusters: clusters.collect() });
    }
    strata
}

fn series<'c>(
    sources: &Sources<'_>,
    source: &Source<'_>,
    cells: &'c [Vec<Cell>; 2],
    of_unit: &GroupOfUnit,
) -> Vec<Series<'c>> {
    let is_pairs = sources.replication == Replication::Pairs;
    let mut numbers: FxHashMap<(usize, Labels), usize> = FxHashMap::default();
    let mut all: Vec<Series<'c>> = Vec::new();
    for side in [0, 1] {
        for cell in &cells[side] {
            let labels = source.series(side, cell.unit);
            let key = match is_pairs {
                true => (0, labels.without(&sources.telling)),
                false => (side, labels),
            };
            let group = of_unit[&(side, cell.unit)];
            let side_of_all = key.0;
            let number = *numbers.entry(key).or_insert_with(|| {
                all.push(Series { side: side_of_all, group: Some(group), cells: Vec::new() });
                all.len() - 1
            });
            // The samples of a series may be in several groups.
            all[number].group = all[number].group.filter(|known| *known == group);
            all[number].cells.push((side, cell));
        }
    }
    all
}

impl Series<'_> {
    fn cluster(&self, of_unit: &GroupOfUnit) -> Cluster {
        let mut cluster = Cluster::default();
        self.cells.iter().for_each(|(side, cell)| add(&mut cluster, *side, cell, of_unit));
        cluster
    }

    /// Blocks in time; a pair that is alone has a stratum for each side.
    fn in_time(&self, of_unit: &GroupOfUnit) -> Vec<Stratum> {
        let mut sides = [BTreeMap::new(), BTreeMap::new()];
        for (side, cell) in &self.cells {
            let cluster = sides[*side].entry(cell.nth).or_insert_with(Cluster::default);
            add(cluster, *side, cell, of_unit);
        }
        let strata = sides.into_iter().filter(|clusters| !clusters.is_empty());
        strata.map(|clusters| Stratum { clusters: clusters.into_values().collect() }).collect()
    }
}

fn add(cluster: &mut Cluster, side: usize, cell: &Cell, of_unit: &GroupOfUnit) {
    cluster.adds.push((side, of_unit[&(side, cell.unit)], cell.row.clone()));
    cluster.exposure[side] += cell.row[EXPOSURE];
}
