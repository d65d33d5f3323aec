//! Judges the changes of all functions: their errors, in one unit after the other.
//!
//! What varies in time (`correlation`, `moderation`), and between series where these
//! replicate, is at least what counting samples explains (`floor`).

use super::correlation::{Correlation, Seen, Shown};
use super::design::Design;
use super::estimate::{Difference, Estimate};
use super::exact::{Few, exact};
use super::family;
use super::figures::Figures;
use super::floor::{Counting, floors, pooled};
use super::moderation::{Observed, Prior};
use super::strata::{Basis, Spread, of_pairs};
use crate::profile::Verdict;
use crate::profile::noise::Replication;
use crate::profile::quantum::Quantum;
use crate::profile::replicates::Batched;

/// One side: its batches, and the values of each function in them.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    batched: &'a Batched,
    figures: &'a Figures,
    whole: f64,
    /// Profiled time, or number of profiles.
    exposure: f64,
}

impl<'a> Side<'a> {
    pub fn new(batched: &'a Batched, figures: &'a Figures) -> Side<'a> {
        Side {
            batched,
            figures,
            whole: batched.batches.iter().map(|batch| batch.whole).sum(),
            exposure: batched.batches.iter().map(|batch| batch.exposure).sum(),
        }
    }

    /// The factor from a value to that of one unit of exposure; a level is one already.
    pub fn per_exposure(&self) -> f64 {
        match self.exposure {
            exposure if self.batched.is_level || exposure == 0.0 => 1.0,
            exposure => 1.0 / exposure,
        }
    }

    /// How the variance of its sum grows with the exposure. The mean of a level has less of
    /// it with each snapshot.
    fn growth(&self) -> f64 {
        match self.batched.profiles {
            snapshots if self.batched.is_level => 1.0 / snapshots.max(1) as f64,
            _ => self.exposure,
        }
    }
}

/// What the batches say of one value of one function.
#[derive(Debug, Clone)]
pub struct Measured {
    value: f64,
    time: Spread,
    units: Between,
}

/// How much units differ.
#[derive(Debug, Clone)]
enum Between {
    /// Only time replicates.
    Nothing,
    Series(Spread),
    /// What each unit of a pair differs by from its expected value.
    Pairs(Vec<f64>),
}

/// Judges two sides, or tells the errors of one.
pub struct Judge<'a, const N: usize> {
    pub sides: &'a [Side<'a>; N],
    pub design: &'a Design<N>,
    /// The false discovery rate.
    pub rate: f64,
}

/// The values of each function on each side: self of all of them, then total of all of them.
/// Both are judged together, so that those of a function that calls no other are the same.
pub struct Values<const N: usize> {
    rows: Vec<[Measured; N]>,
    /// By row: whether it shows how functions vary. A sum of functions shows nothing that these
    /// do not, and neither does a total that is the self value once more.
    shows: Vec<bool>,
    /// How many of the rows are self values of functions.
    functions: usize,
}

impl<const N: usize> Values<N> {
    /// What is computed for all rows: of self, and of total.
    fn split<T>(mut each: Vec<T>) -> [Vec<T>; 2] {
        let totals = each.split_off(each.len() / 2);
        [each, totals]
    }
}

impl<const N: usize> Judge<'_, N> {
    /// Self and total of all functions.
    pub fn measured(&self, basis: Basis) -> Values<N> {
        let figures = |side: usize| self.sides[side].figures;
        let (rows, functions) = (figures(0).rows(), figures(0).functions());
        let of = |figure: fn(&Figures, usize) -> &[f64]| {
            let measure =
                move |side: usize, at| self.measure(side, figure(figures(side), at), basis);
            (0..rows).map(move |at| std::array::from_fn(|side| measure(side, at)))
        };
        let is_apart =
            |at: usize| (0..N).any(|side| figures(side).own(at) != figures(side).total(at));
        let own = (0..rows).map(|at| at < functions);
        let total = (0..rows).map(|at| at < functions && is_apart(at));
        Values {
            rows: of(Figures::own).chain(of(Figures::total)).collect(),
            shows: own.chain(total).collect(),
            functions,
        }
    }

    /// One function on one side, from its values by batch.
    fn measure(&self, side: usize, values: &[f64], basis: Basis) -> Measured {
        let value: f64 = values.iter().sum();
        let share = match basis {
            Basis::Share if self.sides[side].whole != 0.0 => value / self.sides[side].whole,
            Basis::Share | Basis::Amount => 0.0,
        };
        let units = self.design.units.as_ref().map(|units| &units[side]);
        let units = match units {
            None => Between::Nothing,
            Some(units) if self.design.replication == Replication::Pairs => {
                Between::Pairs(units.strata.residuals(&units.sums(values), share))
            }
            Some(units) => Between::Series(units.strata.spread(&units.sums(values), share, basis)),
        };
        let time = self.design.time[side].spread(values, share, basis);
        Measured { value, time, units }
    }

    /// How the sides count samples.
    pub fn counting(&self, scales: [f64; N]) -> [Counting; N] {
        let quanta = self.sides.iter().map(|side| side.batched.quantum);
        let quantum = quanta.reduce(Quantum::common).unwrap_or_default();
        std::array::from_fn(|side| Counting {
            quantum: quantum.value() * self.sides[side].batched.scale,
            scale: scales[side],
        })
    }

    fn functions(
        &self,
        values: &Values<N>,
        scales: [f64; N],
        basis: Basis,
    ) -> (Vec<Function<N>>, [Correlation; N]) {
        let counting = self.counting(scales);
        let mut functions: Vec<Function<N>> = values
            .rows
            .iter()
            .map(|measured| {
                let value = measured.each_ref().map(|side| side.value);
                let pooled = pooled(counting, value);
                let floor = floors(counting, pooled, basis == Basis::Share);
                Function {
                    value: std::array::from_fn(|side| value[side] * scales[side]),
                    count: std::array::from_fn(|side| counting[side].count(value[side])),
                    floor,
                    counted: floors(counting, pooled, false),
                    variance: floor,
                    freedom: [f64::INFINITY; N],
                    joint: None,
                }
            })
            .collect();
        let correlations = self.in_time(&mut functions, values, scales);
        self.between_series(&mut functions, values, scales);
        (functions, correlations)
    }

    /// Variances between blocks in time.
    fn in_time(
        &self,
        functions: &mut [Function<N>],
        values: &Values<N>,
        scales: [f64; N],
    ) -> [Correlation; N] {
        let replicated = self.design.time.each_ref().map(|time| time.covered() > 0.0);
        let spread =
            |measured: &[Measured; N], side: usize| measured[side].time.scaled(scales[side]);
        let correlations = {
            let seen = |side: usize| {
                let strata = &self.design.time[side];
                // Totals are sums of the same self values, which depend on each other less.
                let own = || functions.iter().zip(&values.rows).take(values.functions);
                let counted = own().filter(|(it, _)| it.floor[side] > 0.0);
                let observed = counted.map(|(function, it)| Observed {
                    ratio: spread(it, side).variance / function.floor[side],
                    freedom: spread(it, side).freedom,
                    count: function.count[side],
                });
                let prior = Prior::fit(observed, strata.items());
                let shown = |(function, it): (&Function<N>, &[Measured; N])| Shown {
                    spread: spread(it, side),
                    floor: function.floor[side],
                    common: prior.as_ref().map(|prior| prior.common(function.count[side])),
                };
                let frequent =
                    |(function, _): &(&Function<N>, _)| function.is_frequent(side, strata.items());
                let is_level = self.sides[side].batched.is_level;
                Seen::new(own().filter(frequent).map(shown), strata.sizes(), is_level)
            };
            Correlation::of_sides(std::array::from_fn(seen))
        };
        for side in (0..N).filter(|side| replicated[*side]) {
            let widened = |(function, it): (&Function<N>, &[Measured; N])| {
                correlations[side].widened(spread(it, side), function.floor[side])
            };
            let widened: Vec<_> = functions.iter().zip(&values.rows).map(widened).collect();
            moderate(functions, side, &widened, (&values.shows, self.design.time[side].items()));
        }
        for side in (0..N).filter(|side| !replicated[*side]) {
            match (0..N).find(|other| replicated[*other]) {
                Some(other) => self.borrow(functions, [side, other], scales, correlations[other]),
                // Known by counting alone, or not at all.
                None => functions.iter_mut().for_each(|function| {
                    let is_counted = function.floor[side] > 0.0;
                    function.freedom[side] = if is_counted { f64::INFINITY } else { 0.0 };
                }),
            }
        }
        correlations
    }

    /// A single replicate says nothing of its variance; that of the other side does, if
    /// nothing changed.
    fn borrow(
        &self,
        functions: &mut [Function<N>],
        [side, other]: [usize; 2],
        scales: [f64; N],
        correlation: Correlation,
    ) {
        let factor = |side: usize| scales[side] * scales[side] * self.sides[side].growth();
        let factor = if factor(other) > 0.0 { factor(side) / factor(other) } else { 0.0 };
        for function in functions {
            let beyond = (function.variance[other] - function.floor[other]).max(0.0);
            let variance =
                function.floor[other].min(function.variance[other]) + beyond / correlation.widening;
            function.variance[side] = function.floor[side].max(variance * factor);
            function.freedom[side] = function.freedom[other];
        }
    }

    /// Variances between series, where these replicate.
    fn between_series(&self, functions: &mut [Function<N>], values: &Values<N>, scales: [f64; N]) {
        let Some(units) = &self.design.units else { return };
        if self.design.replication == Replication::Pairs {
            return;
        }
        for side in (0..N).filter(|side| units[*side].parts.len() > 1) {
            let spread = |measured: &[Measured; N]| match &measured[side].units {
                Between::Series(spread) => spread.scaled(scales[side]),
                Between::Nothing | Between::Pairs(_) => Spread::default(),
            };
            let found = values.rows.iter().map(|it| (spread(it).variance, spread(it).freedom));
            let items = units[side].strata.items();
            moderate(functions, side, &found.collect::<Vec<_>>(), (&values.shows, items));
        }
        // A single series differs from others as those of the other side do.
        let single = (0..N).find(|side| units[*side].parts.len() == 1);
        let other = (0..N).find(|side| units[*side].parts.len() > 1);
        if let (Some(single), Some(other)) = (single, other) {
            let in_time: Vec<f64> = functions.iter().map(|it| it.variance[single]).collect();
            self.borrow(functions, [single, other], scales, Correlation::NONE);
            for (function, in_time) in functions.iter_mut().zip(in_time) {
                function.shared_freedom([single, other]);
                function.variance[single] = function.variance[single].max(in_time);
            }
        }
    }
}

impl Judge<'_, 1> {
    /// Self and total of each function with their errors.
    pub fn estimates(&self, values: &Values<1>, scale: f64, basis: Basis) -> [Vec<Estimate>; 2] {
        let (functions, _) = self.functions(values, [scale], basis);
        Values::<1>::split(functions.iter().map(|function| function.estimate(0)).collect())
    }
}

impl Judge<'_, 2> {
    /// The verdicts on self and total of each function, and how neighbours correlate. `scales`:
    /// from values to the unit of what is compared.
    pub fn verdicts(
        &self,
        values: &Values<2>,
        scales: [f64; 2],
        basis: Basis,
    ) -> ([Vec<Verdict>; 2], [Correlation; 2]) {
        let (functions, correlations) = self.compared(values, scales, basis);
        let differences = Values::<2>::split(self.differences(&functions, scales));
        (differences.map(|of| family::verdicts(&of, self.rate)), correlations)
    }

    /// The change of the last total, before it is judged together with others, and the standard
    /// error of its growth: after divided by before, minus one.
    pub fn last_change(
        &self,
        values: &Values<2>,
        scales: [f64; 2],
        basis: Basis,
    ) -> Option<(Difference, f64)> {
        let (functions, _) = self.compared(values, scales, basis);
        let last = functions.last()?;
        Some((last.difference(self.counting(scales).map(Counting::weight)), last.growth_error()))
    }

    fn differences(&self, functions: &[Function<2>], scales: [f64; 2]) -> Vec<Difference> {
        let weights = self.counting(scales).map(Counting::weight);
        functions.iter().map(|function| function.difference(weights)).collect()
    }

    /// The functions of both sides, with the errors of pairs, where these replicate.
    fn compared(
        &self,
        values: &Values<2>,
        scales: [f64; 2],
        basis: Basis,
    ) -> (Vec<Function<2>>, [Correlation; 2]) {
        let (mut functions, correlations) = self.functions(values, scales, basis);
        self.between_pairs(&mut functions, values, scales);
        (functions, correlations)
    }

    fn between_pairs(&self, functions: &mut [Function<2>], values: &Values<2>, scales: [f64; 2]) {
        let Some([before, after]) = &self.design.units else { return };
        if self.design.replication != Replication::Pairs {
            return;
        }
        let parts: Vec<f64> =
            before.parts.iter().zip(&after.parts).map(|(b, a)| f64::midpoint(*b, *a)).collect();
        let found =
            values.rows.iter().map(|measured| match [&measured[0].units, &measured[1].units] {
                [Between::Pairs(before), Between::Pairs(after)] => {
                    let sides = before.iter().zip(after);
                    let apart: Vec<f64> =
                        sides.map(|(b, a)| a * scales[1] - b * scales[0]).collect();
                    of_pairs(&apart, &parts)
                }
                _ => (0.0, 0.0),
            });
        let found: Vec<(f64, f64)> = found.collect();
        let base =
            |it: &Function<2>| (it.variance[0] + it.variance[1], it.freedom[0].min(it.freedom[1]));
        let bases: Vec<(f64, f64)> = functions.iter().map(base).collect();
        let counts: Vec<f64> = functions.iter().map(|it| it.count[0] + it.count[1]).collect();
        let telling = (&values.shows[..], before.strata.items());
        let moderated = moderated(&found, &bases, &counts, telling);
        for (function, joint) in functions.iter_mut().zip(moderated) {
            function.joint = Some(joint);
        }
    }
}

/// What is known of one value of a function, in the unit of what is compared.
#[derive(Debug, Clone)]
struct Function<const N: usize> {
    value: [f64; N],
    /// In samples.
    count: [f64; N],
    floor: [f64; N],
    /// The variance of counts that make up no whole, Poisson's.
    counted: [f64; N],
    variance: [f64; N],
    freedom: [f64; N],
    /// The variance of the difference and its freedom, of pairs.
    joint: Option<(f64, f64)>,
}

impl<const N: usize> Function<N> {
    /// Whether a side has a sample for each replicate, or is a census.
    fn is_frequent(&self, side: usize, replicates: usize) -> bool {
        self.floor[side] == 0.0 || self.count[side] >= replicates as f64
    }

    /// The variances of both sides are one estimate, so that their sum has no more degrees of
    /// freedom than that.
    fn shared_freedom(&mut self, sides: [usize; 2]) {
        let [a, b] = sides.map(|side| self.variance[side]);
        let part = (a * a + b * b) / (a + b).powi(2);
        if part.is_finite() {
            sides.iter().for_each(|side| self.freedom[*side] *= part);
        }
    }

    fn estimate(&self, side: usize) -> Estimate {
        Estimate {
            value: self.value[side],
            variance: self.variance[side],
            freedom: self.freedom[side],
        }
    }
}

impl Function<2> {
    /// Of both sides; those of pairs are as large together as that of the difference.
    fn variances(&self) -> [f64; 2] {
        let times = self.joint.map_or(1.0, |(joint, _)| joint / self.variance.iter().sum::<f64>());
        self.variance.map(|variance| variance * times)
    }

    /// The standard error of the value after relative to that before, by the delta method.
    fn growth_error(&self) -> f64 {
        let ([before, after], [of_before, of_after]) = (self.value, self.variances());
        let ratio = after / before;
        (of_after + ratio * ratio * of_before).sqrt() / before.abs()
    }

    fn difference(&self, weights: [f64; 2]) -> Difference {
        if self.value == [0.0; 2] {
            return Difference::NONE;
        }
        let variances = self.variances();
        let difference = match self.joint {
            None => Difference::new(self.estimate(0), self.estimate(1)),
            Some((variance, freedom)) => Difference::of(self.value, variance, freedom),
        };
        let few = [0, 1].map(|side| {
            // How many samples are as precise as one that is counted; of a large share,
            // one is as precise as several.
            let times = variances[side] / self.counted[side];
            Few { count: self.count[side] / times, weight: weights[side] / times }
        });
        match self.floor.iter().all(|floor| *floor > 0.0) {
            true => exact(difference, few),
            false => difference,
        }
    }
}

/// Replaces the variances of one side by moderated ones, whose base is what was there.
fn moderate<const N: usize>(
    functions: &mut [Function<N>],
    side: usize,
    found: &[(f64, f64)],
    telling: (&[bool], usize),
) {
    let base = |it: &Function<N>| (it.variance[side], it.freedom[side]);
    let bases: Vec<(f64, f64)> = functions.iter().map(base).collect();
    let counts: Vec<f64> = functions.iter().map(|function| function.count[side]).collect();
    let moderated = moderated(found, &bases, &counts, telling);
    for (function, (variance, freedom)) in functions.iter_mut().zip(moderated) {
        function.variance[side] = variance;
        function.freedom[side] = freedom;
    }
}

/// Variances and their freedom, moved towards their common multiple of a base, which has a
/// freedom as well; and never less than the base. Some of them, of so many replicates, show
/// what they have in common.
fn moderated(
    found: &[(f64, f64)],
    bases: &[(f64, f64)],
    counts: &[f64],
    (shows, replicates): (&[bool], usize),
) -> Vec<(f64, f64)> {
    let observed = |at: usize| Observed {
        ratio: found[at].0 / bases[at].0,
        freedom: found[at].1,
        count: counts[at],
    };
    let counted = (0..found.len()).filter(|at| shows[*at] && bases[*at].0 > 0.0).map(observed);
    let prior = Prior::fit(counted, replicates);
    let of = |at: usize| {
        let ((variance, freedom), (base, of_base)) = (found[at], bases[at]);
        match &prior {
            Some(prior) if base > 0.0 => {
                let (ratio, freedom) = prior.posterior(observed(at), of_base);
                (ratio.max(1.0) * base, freedom)
            }
            _ if variance > base => (variance, freedom),
            _ => (base, of_base),
        }
    };
    (0..found.len()).map(of).collect()
}
