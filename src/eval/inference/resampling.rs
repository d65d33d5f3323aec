//! Errors of figures that are made of several sums, such as the part of a change.
//!
//! What replicates is left out in turn, the rest of its stratum takes its place, and the
//! figure is computed again: the stratified delete-one jackknife (B. Efron and C. Stein,
//! "The jackknife estimate of variance", Annals of Statistics 9, 1981; H. L. Jones,
//! Biometrika 61, 1974, for strata). The variance is never less than that of counting
//! samples, which goes through the figure by its slopes (the delta method). What varies
//! beyond counting is widened where neighbours in time correlate, as in `correlation`.

use crate::profile::chance::{half_interval, two_sided};

/// A figure and its error.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Interval {
    pub value: f64,
    /// Half of the 95 % interval; NaN if nothing is known of the error.
    pub half: f64,
    /// The probability of a figure as far from zero by chance; NaN as `half`.
    pub p: f64,
}

impl Interval {
    /// Whether the interval leaves out zero.
    pub fn is_significant(self) -> bool {
        self.value.abs() > self.half
    }

    /// Without a value or an error that only rounding leaves of figures of this size.
    pub fn rounded(self, size: f64) -> Interval {
        let least = 1e-12 * size;
        match (self.value.abs() <= least, self.half <= least) {
            (true, true) => Interval { value: 0.0, half: 0.0, p: 1.0 },
            (false, true) => Interval { half: 0.0, p: 0.0, ..self },
            (true, false) => Interval { value: 0.0, ..self },
            (false, false) => self,
        }
    }

    pub fn scaled(self, by: f64) -> Interval {
        Interval { value: self.value * by, half: self.half * by.abs(), p: self.p }
    }
}

/// Values by group and column, of one side.
pub type Sums = Vec<Vec<f64>>;

/// What is left out together: profiles of one block in time, a series, a pair.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// Side, group, and what it adds to each column.
    pub adds: Vec<(usize, usize, Vec<f64>)>,
    /// Before and after.
    pub exposure: [f64; 2],
}

/// Clusters that replicate each other.
#[derive(Debug, Clone, Default)]
pub struct Stratum {
    pub clusters: Vec<Cluster>,
}

/// All that a figure is computed from.
#[derive(Debug)]
pub struct Resampling {
    pub sums: [Sums; 2],
    pub strata: Vec<Stratum>,
    /// By side: the factor from a count of samples' value to its variance; 0 for a census.
    pub quantum: [f64; 2],
    /// Which columns count samples. Each is a part of the whole in column 0.
    pub counted: std::ops::Range<usize>,
    /// By side: how much correlation widens what varies beyond counting.
    pub widening: [f64; 2],
    /// By side: how the variance of a figure falls or grows with the side's exposure.
    pub growth: [f64; 2],
}

/// A variance and its degrees of freedom.
#[derive(Debug, Clone, Copy, Default)]
struct Variance {
    variance: f64,
    /// Σ variance² / freedom
    parts: f64,
}

impl Resampling {
    /// The figures with their intervals.
    pub fn intervals(&self, figures: &dyn Fn(&[Sums; 2]) -> Vec<f64>) -> Vec<Interval> {
        let values = figures(&self.sums);
        let floor = self.floor(figures, values.len());
        let varied = self.varied(figures, values.len());
        let of = |(at, value): (usize, f64)| {
            let sides = [0, 1].map(|side| {
                let (floor, varied) = (floor[side][at], varied[side].as_ref().map(|of| of[at]));
                match varied {
                    Some(Variance { variance, parts }) if variance > floor => {
                        let widened = floor + (variance - floor) * self.widening[side];
                        let times = (widened / variance).powi(2);
                        (widened, parts * times)
                    }
                    _ => (floor, 0.0),
                }
            });
            let (variance, parts) = (sides[0].0 + sides[1].0, sides[0].1 + sides[1].1);
            let freedom = if parts > 0.0 { variance * variance / parts } else { f64::INFINITY };
            let is_known = variance > 0.0 || varied.iter().all(Option::is_some);
            let (half, p) = match variance {
                0.0 if is_known => (0.0, if value == 0.0 { 1.0 } else { 0.0 }),
                0.0 => (f64::NAN, f64::NAN),
                variance => {
                    let se = variance.sqrt();
                    (half_interval(freedom) * se, two_sided(value / se, freedom))
                }
            };
            Interval { value, half, p }
        };
        values.into_iter().enumerate().map(of).collect()
    }

    /// The variance of counting, by side and figure.
    fn floor(&self, figures: &dyn Fn(&[Sums; 2]) -> Vec<f64>, n: usize) -> [Vec<f64>; 2] {
        let mut floor = [vec![0.0; n], vec![0.0; n]];
        let mut sums = self.sums.clone();
        for side in [0, 1].into_iter().filter(|side| self.quantum[*side] > 0.0) {
            for group in 0..sums[side].len() {
                let row = self.sums[side][group].clone();
                let counted = row[self.counted.clone()].iter().sum::<f64>();
                // Each counted column with the whole, then the rest of the whole.
                let columns = self.counted.clone().map(|at| (Some(at), row[at].abs()));
                for (column, value) in columns.chain([(None, (row[0] - counted).max(0.0))]) {
                    let step = 1e-4 * value;
                    if step <= 0.0 {
                        continue;
                    }
                    let mut moved = |by: f64| {
                        let sum = &mut sums[side][group];
                        sum[0] = row[0] + by;
                        if let Some(at) = column {
                            sum[at] = row[at] + by;
                        }
                        let moved = figures(&sums);
                        sums[side][group].clone_from(&row);
                        moved
                    };
                    let (low, high) = (moved(-step), moved(step));
                    for (floor, (low, high)) in floor[side].iter_mut().zip(low.iter().zip(high)) {
                        let slope = (high - low) / (2.0 * step);
                        *floor += slope * slope * self.quantum[side] * value;
                    }
                }
            }
        }
        floor
    }

    /// The variance between clusters, by side and figure; `None` if nothing replicates on
    /// either side.
    fn varied(
        &self,
        figures: &dyn Fn(&[Sums; 2]) -> Vec<f64>,
        n: usize,
    ) -> [Option<Vec<Variance>>; 2] {
        let mut varied = [vec![Variance::default(); n], vec![Variance::default(); n]];
        let (mut covered, mut all) = ([0.0; 2], [0.0; 2]);
        let mut sums = self.sums.clone();
        for stratum in &self.strata {
            let exposure = [0, 1].map(|side| {
                stratum.clusters.iter().map(|cluster| cluster.exposure[side]).sum::<f64>()
            });
            (0..2).for_each(|side| all[side] += exposure[side]);
            let k = stratum.clusters.len() as f64;
            if k < 2.0 {
                continue;
            }
            (0..2).for_each(|side| covered[side] += exposure[side]);
            let without = stratum.clusters.iter();
            let without: Vec<Vec<f64>> = without
                .map(|cluster| {
                    stratum.leave_out(cluster, exposure, &mut sums);
                    let found = figures(&sums);
                    stratum.restore(&self.sums, &mut sums);
                    found
                })
                .collect();
            // A pair is of both sides: half of its variance counts for each.
            let of_sides = [0, 1].map(|side| f64::from(u8::from(exposure[side] > 0.0)));
            let share = 1.0 / (of_sides[0] + of_sides[1]).max(1.0);
            for at in 0..n {
                let mean = without.iter().map(|figures| figures[at]).sum::<f64>() / k;
                let squares = without.iter().map(|figures| (figures[at] - mean).powi(2));
                let variance = (k - 1.0) / k * squares.sum::<f64>() * share;
                for side in [0, 1].into_iter().filter(|side| of_sides[*side] > 0.0) {
                    varied[side][at].variance += variance;
                    varied[side][at].parts += variance * variance / (k - 1.0);
                }
            }
        }
        let part = |side: usize| if all[side] > 0.0 { covered[side] / all[side] } else { 0.0 };
        let scaled = |side: usize, by: f64| {
            varied[side]
                .iter()
                .map(|it| Variance { variance: it.variance * by, parts: it.parts * by * by })
                .collect::<Vec<_>>()
        };
        // A side of which nothing replicates is taken to vary as the other one does.
        [0, 1].map(|side| match (part(side), part(1 - side)) {
            (0.0, 0.0) => None,
            (0.0, other) => {
                let growth = if self.growth[1 - side] > 0.0 {
                    self.growth[side] / self.growth[1 - side]
                } else {
                    1.0
                };
                Some(scaled(1 - side, growth / other))
            }
            (own, _) => Some(scaled(side, 1.0 / own)),
        })
    }
}

impl Stratum {
    /// Sums without a cluster: the others of its stratum take its place.
    fn leave_out(&self, without: &Cluster, exposure: [f64; 2], sums: &mut [Sums; 2]) {
        let factor = [0, 1].map(|side| match exposure[side] - without.exposure[side] {
            left if left > 0.0 => exposure[side] / left,
            _ => 1.0,
        });
        for cluster in &self.clusters {
            let is_out = std::ptr::eq(cluster, without);
            for (side, group, adds) in &cluster.adds {
                let by = if is_out { -1.0 } else { factor[*side] - 1.0 };
                let sums = sums[*side][*group].iter_mut();
                sums.zip(adds).for_each(|(sum, add)| *sum += by * add);
            }
        }
    }

    fn restore(&self, from: &[Sums; 2], sums: &mut [Sums; 2]) {
        for (side, group, _) in self.clusters.iter().flat_map(|cluster| &cluster.adds) {
            sums[*side][*group].clone_from(&from[*side][*group]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(side: usize, whole: f64, value: f64) -> Cluster {
        let mut exposure = [0.0; 2];
        exposure[side] = 1.0;
        Cluster { adds: vec![(side, 0, vec![whole, value])], exposure }
    }

    /// Two columns, the whole and a value, in profiles of equal length.
    fn resampling(before: &[(f64, f64)], after: &[(f64, f64)], quantum: f64) -> Resampling {
        let sides = [before, after];
        let sum = |side: &[(f64, f64)]| {
            let of = |at: fn(&(f64, f64)) -> f64| side.iter().map(at).sum::<f64>();
            vec![vec![of(|it| it.0), of(|it| it.1)]]
        };
        let stratum = |side: usize| Stratum {
            clusters: sides[side].iter().map(|(w, v)| cluster(side, *w, *v)).collect(),
        };
        Resampling {
            sums: sides.map(sum),
            strata: vec![stratum(0), stratum(1)],
            quantum: [quantum; 2],
            counted: 1..2,
            widening: [1.0; 2],
            growth: [1.0; 2],
        }
    }

    fn delta(sums: &[Sums; 2]) -> Vec<f64> {
        vec![sums[1][0][1] - sums[0][0][1]]
    }

    #[test]
    fn what_only_rounding_leaves_is_nothing() {
        let of = |value: f64, half: f64| Interval { value, half, p: 0.1 }.rounded(1e9);
        assert_eq!(of(1.5e-9, 2e-9), Interval { value: 0.0, half: 0.0, p: 1.0 });
        assert_eq!(of(1.5e-9, 2.0), Interval { value: 0.0, half: 2.0, p: 0.1 });
        assert_eq!(of(1.5, 2e-9), Interval { value: 1.5, half: 0.0, p: 0.0 });
        assert_eq!(of(1.5, 2.0), Interval { value: 1.5, half: 2.0, p: 0.1 });
    }

    #[test]
    fn a_difference_of_sums_has_the_variance_of_cochran() {
        // 1, 9 and 5: off by -4, 4 and 0 from their mean, 3/2 (16 + 16) = 48 of the sum, as in
        // `strata`. The same on both sides: 96 with 4 degrees, t = 2.776445.
        let side = [(20.0, 1.0), (20.0, 9.0), (20.0, 5.0)];
        let found = resampling(&side, &side, 0.0).intervals(&delta)[0];
        assert_eq!(found.value, 0.0);
        assert!((found.half - 2.776_445_1 * 96.0_f64.sqrt()).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn counting_is_the_least_error() {
        // 100 samples of 1 on each side, without any other variation: 1.959964 √200.
        let side = [(500.0, 50.0), (500.0, 50.0)];
        let found = resampling(&side, &side, 1.0).intervals(&delta)[0];
        assert!((found.half - 1.959_964 * 200.0_f64.sqrt()).abs() < 1e-4, "{found:?}");
        // Of a share, it is binomial: 2 s (1 - s) / 1000 with s = 0.1.
        let share =
            |sums: &[Sums; 2]| vec![sums[1][0][1] / sums[1][0][0] - sums[0][0][1] / sums[0][0][0]];
        let found = resampling(&side, &side, 1.0).intervals(&share)[0];
        let expected = 1.959_964 * (2.0 * 0.1 * 0.9 / 1000.0_f64).sqrt();
        assert!((found.half - expected).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_single_profile_varies_as_those_of_the_other_side() {
        let side = [(20.0, 1.0), (20.0, 9.0), (20.0, 5.0)];
        let found = resampling(&side[..1], &side, 0.0).intervals(&delta)[0];
        // 48 of the side, and 48 again, with 2 degrees each.
        assert!((found.half - 2.776_445_1 * 96.0_f64.sqrt()).abs() < 1e-5, "{found:?}");
        let found = resampling(&side[..1], &side[..1], 0.0).intervals(&delta)[0];
        assert!(found.half.is_nan(), "{found:?}");
    }
}
