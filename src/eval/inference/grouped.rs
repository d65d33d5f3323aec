//! The values of carriers by label value and replicate, from the batches of a diff.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::carriers::Carriers;
use super::clusters::{Cell, EXPOSURE, GroupOfUnit, VALUES, WHOLE, cells_of, strata};
use super::decomposition::{Load, Parts, decompose};
use super::resampling::{Cluster, Interval, Resampling, Stratum, Sums};
use super::sources::{Source, Sources};
use super::strata::Basis;
use crate::profile::Labels;
use crate::profile::diff::Mode;
use crate::profile::replicates::Batched;
use crate::work::{Cancelled, Work};

/// More label values are not told apart: the smallest are one group.
const GROUPS: usize = 50;

/// Label values that are looked at together.
#[derive(Debug, Clone)]
pub struct Group {
    pub labels: Labels,
    /// The number of values, if these are the smallest ones; else 0.
    pub together: usize,
}

/// Sums and replicates of carriers by label value.
pub struct Grouped {
    pub groups: Vec<Group>,
    pub resampling: Resampling,
    /// By side and group: whether it has any work.
    pub is_on: [Vec<bool>; 2],
    basis: Basis,
}

impl Grouped {
    /// Everything in one group.
    pub fn whole(
        sources: &Sources<'_>,
        carriers: &Carriers,
        work: Work<'_>,
    ) -> Result<Grouped, Cancelled> {
        Grouped::new(sources, (&sources.all[0], &[]), carriers, &|_, _| true, work)
    }

    /// Only units that `keeps` keeps, by side and number, are in it.
    pub fn new(
        sources: &Sources<'_>,
        (source, names): (&Source<'_>, &[Arc<str>]),
        carriers: &Carriers,
        keeps: &dyn Fn(usize, usize) -> bool,
        work: Work<'_>,
    ) -> Result<Grouped, Cancelled> {
        let scales = match sources.basis() {
            Basis::Share => [1.0; 2],
            Basis::Amount => sources.diff.scales(),
        };
        let mut cells = [Vec::new(), Vec::new()];
        for side in [0, 1] {
            cells[side] = cells_of(source, side, carriers, scales[side], work)?;
            cells[side].retain(|cell| keeps(side, cell.unit));
        }
        let (groups, of_unit) = groups(source, names, &cells);
        let columns = VALUES + carriers.found.len() + 1;
        let mut sums =
            [vec![vec![0.0; columns]; groups.len()], vec![vec![0.0; columns]; groups.len()]];
        for side in [0, 1] {
            for cell in &cells[side] {
                let sum = &mut sums[side][of_unit[&(side, cell.unit)]];
                sum.iter_mut().zip(&cell.row).for_each(|(sum, add)| *sum += add);
            }
        }
        let is_on =
            [0, 1].map(|side: usize| sums[side].iter().map(|row| row[WHOLE] != 0.0).collect());
        let strata = strata(sources, source, &cells, &of_unit);
        let quantum = source.sides[0].quantum.common(source.sides[1].quantum).value();
        let rho = &sources.diff.noise.as_ref().map_or([0.0; 2], |noise| {
            let mode = Mode::ALL.iter().position(|mode| *mode == sources.diff.mode);
            noise.modes[mode.unwrap_or_default()].correlation
        });
        let resampling = Resampling {
            sums,
            strata,
            quantum: [0, 1].map(|side| quantum * source.sides[side].scale * scales[side]),
            counted: VALUES..columns,
            widening: rho.map(|rho| (1.0 + rho) / (1.0 - rho)),
            growth: [0, 1].map(|side| growth(source.sides[side], sources.diff.mode)),
        };
        Ok(Grouped { groups, resampling, is_on, basis: sources.basis() })
    }

    /// The value of a carrier in a row; the one after the last is what no carrier has, the
    /// next all of it.
    fn value(row: &[f64], nth: usize) -> f64 {
        row.get(VALUES + nth).copied().unwrap_or_else(|| row[VALUES..].iter().sum())
    }

    /// Before and after, in the unit of the mode.
    pub fn change(&self, sums: &[Sums; 2], nth: usize) -> [f64; 2] {
        [0, 1].map(|side: usize| {
            let sum = |of: &dyn Fn(&Vec<f64>) -> f64| sums[side].iter().map(of).sum::<f64>();
            let (value, whole) = (sum(&|row| Grouped::value(row, nth)), sum(&|row| row[WHOLE]));
            match self.basis {
                Basis::Amount => value,
                Basis::Share if whole != 0.0 => value / whole,
                Basis::Share => 0.0,
            }
        })
    }

    /// 1 if a carrier grew, else -1.
    pub fn sign(&self, nth: usize) -> f64 {
        let [before, after] = self.change(&self.resampling.sums, nth);
        if after >= before { 1.0 } else { -1.0 }
    }

    /// The values of a carrier by group, before and after, in the unit of the mode.
    pub fn values(&self, nth: usize) -> Vec<[f64; 2]> {
        let sums = &self.resampling.sums;
        let scale = [0, 1].map(|side: usize| {
            let whole: f64 = sums[side].iter().map(|row| row[WHOLE]).sum();
            if self.basis == Basis::Share && whole != 0.0 { 1.0 / whole } else { 1.0 }
        });
        let of =
            |group: usize| [0, 1].map(|side| Grouped::value(&sums[side][group], nth) * scale[side]);
        (0..self.groups.len()).map(of).collect()
    }

    /// How much of its group's work a carrier is, before and after, by group.
    pub fn shares(&self, nth: usize) -> Vec<[Option<f64>; 2]> {
        let sums = &self.resampling.sums;
        let of = |group: usize| {
            [0, 1].map(|side| {
                let row = &sums[side][group];
                (row[WHOLE] != 0.0).then(|| Grouped::value(row, nth) / row[WHOLE])
            })
        };
        (0..self.groups.len()).map(of).collect()
    }

    /// By group: its part of all work, of both sides alike.
    fn work(&self) -> Vec<f64> {
        let sums = &self.resampling.sums;
        let all = [0, 1].map(|side: usize| sums[side].iter().map(|row| row[WHOLE]).sum::<f64>());
        let part = |group: usize, side: usize| match all[side] {
            0.0 => 0.0,
            all => sums[side][group][WHOLE] / all,
        };
        (0..self.groups.len()).map(|group| f64::midpoint(part(group, 0), part(group, 1))).collect()
    }

    /// Mix and rate by group.
    pub fn decomposed(&self, sums: &[Sums; 2], nth: usize) -> Vec<Parts> {
        let loads = [0, 1].map(|side: usize| {
            let load = |row: &Vec<f64>| {
                let (value, whole) = (Grouped::value(row, nth), row[WHOLE]);
                // What only rounding leaves is nothing.
                let other = whole - value;
                let other = if other <= 1e-12 * whole { 0.0 } else { other };
                Load { value, other, exposure: row[EXPOSURE] }
            };
            sums[side].iter().map(load).collect::<Vec<_>>()
        });
        decompose(&loads[0], &loads[1], self.basis)
    }

    /// One carrier split by group, with errors.
    pub fn split(&self, nth: usize) -> Split {
        let one = self.only(nth);
        let groups = self.groups.len();
        let values = self.values(nth);
        let size: f64 = values.iter().flatten().sum();
        let work = self.work();
        let figures = |sums: &[Sums; 2]| {
            let parts = one.decomposed(sums, 0);
            let sum = |of: fn(&Parts) -> f64| parts.iter().map(of).sum::<f64>();
            let (mix, rate) = (sum(|it| it.mix), sum(|it| it.rate));
            let of_group = |((part, value), work): ((&Parts, &[f64; 2]), &f64)| {
                let usual = if size > 0.0 { (value[0] + value[1]) / size } else { 0.0 };
                let excess = |usual: f64| part.delta() - usual * (mix + rate);
                [part.mix, part.rate, part.delta(), excess(usual), excess(*work)]
            };
            let of_groups = parts.iter().zip(&values).zip(&work).flat_map(of_group);
            [mix, rate].into_iter().chain(of_groups).collect()
        };
        let found = one.resampling.intervals(&figures);
        let of = |at: usize| {
            let [mix, rate, delta, beyond_size, beyond_work] =
                [0, 1, 2, 3, 4].map(|figure| found[2 + 5 * at + figure]);
            OfGroup { mix, rate, delta, beyond_size, beyond_work }
        };
        Split { sums: [found[0], found[1]], groups: (0..groups).map(of).collect() }
    }

    /// The same sums of one carrier alone.
    fn only(&self, nth: usize) -> Grouped {
        let row = |row: &Vec<f64>| vec![row[WHOLE], row[EXPOSURE], Grouped::value(row, nth)];
        let all = &self.resampling;
        let cluster = |cluster: &Cluster| Cluster {
            adds: cluster
                .adds
                .iter()
                .map(|(side, group, adds)| (*side, *group, row(adds)))
                .collect(),
            exposure: cluster.exposure,
        };
        let stratum = |stratum: &Stratum| Stratum {
            clusters: stratum.clusters.iter().map(cluster).collect(),
        };
        let resampling = Resampling {
            sums: all.sums.each_ref().map(|side| side.iter().map(row).collect()),
            strata: all.strata.iter().map(stratum).collect(),
            counted: VALUES..VALUES + 1,
            ..*all
        };
        Grouped {
            groups: self.groups.clone(),
            resampling,
            is_on: self.is_on.clone(),
            basis: self.basis,
        }
    }
}

/// A carrier by group.
pub struct Split {
    /// Mix and rate of all groups together.
    pub sums: [Interval; 2],
    pub groups: Vec<OfGroup>,
}

/// The parts of one group.
#[derive(Debug, Clone, Copy)]
pub struct OfGroup {
    pub mix: Interval,
    pub rate: Interval,
    pub delta: Interval,
    /// What it changed beyond its part of the carrier.
    pub beyond_size: Interval,
    /// What it changed beyond its part of all work.
    pub beyond_work: Interval,
}

impl Split {
    pub fn delta(&self) -> f64 {
        self.sums[0].value + self.sums[1].value
    }

    /// Whether a group changed more, in the direction of the whole, than its part of the
    /// carrier explains.
    pub fn stands_out(&self, at: usize) -> bool {
        self.is_beyond(self.groups[at].beyond_size)
    }

    /// Whether it changed more than its part of all work explains: the carrier is at home
    /// there.
    pub fn is_home(&self, at: usize) -> bool {
        self.is_beyond(self.groups[at].beyond_work)
    }

    /// At 5 % for all groups together (Bonferroni).
    fn is_beyond(&self, excess: Interval) -> bool {
        const LEVEL: f64 = 0.05;
        excess.value * self.delta() > 0.0 && excess.p <= LEVEL / self.groups.len() as f64
    }
}

/// The groups in their natural order, the smallest of very many together; and the group of
/// each unit.
fn groups(
    source: &Source<'_>,
    names: &[Arc<str>],
    cells: &[Vec<Cell>; 2],
) -> (Vec<Group>, GroupOfUnit) {
    let mut sizes: BTreeMap<Labels, f64> = BTreeMap::new();
    let mut labels = FxHashMap::default();
    for side in [0, 1] {
        let whole: f64 = cells[side].iter().map(|cell| cell.row[WHOLE]).sum();
        for cell in &cells[side] {
            let of = labels
                .entry((side, cell.unit))
                .or_insert_with(|| source.group(side, cell.unit, names).unwrap_or_default());
            let size = if whole > 0.0 { cell.row[WHOLE] / whole } else { 0.0 };
            *sizes.entry(of.clone()).or_default() += size;
        }
    }
    let mut all: Vec<(Labels, f64)> = sizes.into_iter().collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.natural_cmp(&b.0)));
    let rest = if all.len() > GROUPS { all.split_off(GROUPS - 1) } else { Vec::new() };
    all.sort_by(|a, b| a.0.natural_cmp(&b.0));
    let known: FxHashMap<&Labels, usize> =
        all.iter().enumerate().map(|(at, (labels, _))| (labels, at)).collect();
    let of_unit =
        labels.iter().map(|(unit, of)| (*unit, known.get(of).copied().unwrap_or(all.len())));
    let of_unit = of_unit.collect();
    let mut groups: Vec<Group> =
        all.iter().map(|(labels, _)| Group { labels: labels.clone(), together: 0 }).collect();
    if !rest.is_empty() {
        groups.push(Group { labels: Labels::default(), together: rest.len() });
    }
    (groups, of_unit)
}

/// How the variance of a side's figure changes with what it is made of.
fn growth(side: &Batched, mode: Mode) -> f64 {
    let exposure: f64 = side.batches.iter().map(|batch| batch.exposure).sum();
    match mode {
        _ if side.is_level => 1.0 / side.profiles.max(1) as f64,
        Mode::Amount => exposure,
        Mode::Share | Mode::Rate if exposure > 0.0 => 1.0 / exposure,
        Mode::Share | Mode::Rate => 1.0,
    }
}
