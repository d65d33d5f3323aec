//! Which value of a label brought a change: of releases in the order of their first sight, one
//! from which on the measured value is another one, or one alone that differs.
//!
//! - Each series is cut into blocks of time, and its mean has the variance of block means: B.
//!   Schmeiser, "Batch size effects in the analysis of simulation output", Operations Research
//!   30 (1982), times (1 + ρ)/(1 - ρ) if neighbouring blocks correlate. One variance by
//!   profile is estimated from all series, so that a value seen once has an interval, too.
//! - Where values have several series, such as pods, these differ by themselves. The mean of a
//!   value is that of random effects: R. DerSimonian and N. Laird, "Meta-analysis in clinical
//!   trials", Controlled Clinical Trials 7 (1986). A change must hold beyond these pods.
//! - Every place of a step is tried, and every value alone; of values without an order in
//!   time, such as hosts, every value alone.
//! - If the values left on either side differ by more than their errors, there may be more
//!   steps. The values are divided into three levels, or four, with the least squares, and the
//!   largest step is judged, if it stands out. If values of a level differ, too, all of them
//!   differ by themselves, and all errors are widened by the ratio of R. T. Birge, "The
//!   calculation of errors by the method of least squares", Physical Review 40 (1932).
//! - The p-value is that of the best place, times the number of places (Bonferroni); of several
//!   steps, times that of the places of two neighbouring levels. Above 5 % no value is to
//!   blame. The probability of each value is its likelihood among all places, if each was as
//!   likely before.

use crate::profile::chance::{quantile, two_sided};

/// The largest p-value with which a value is to blame.
pub const SIGNIFICANCE: f64 = 0.05;

/// The probability outside of an interval.
const OUTSIDE: f64 = 0.05;

/// A correlation of one would leave nothing to judge by.
const MOST_CORRELATED: f64 = 0.9;

/// The mean of some profiles that follow each other in one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    pub profiles: f64,
    pub mean: f64,
}

/// The blocks of each series of one value.
pub type Series = Vec<Vec<Block>>;

/// What was measured of one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    /// Half of the 95 % interval; infinite if nothing tells.
    pub half: f64,
    /// The probability that this value brought the change, if one did.
    pub probability: f64,
}

/// The change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Culprit {
    pub value: usize,
    /// The first of the later values that are as those before it.
    pub back: Option<usize>,
    /// The means without and with it.
    pub before: f64,
    pub after: f64,
    /// Half of the 95 % interval of their difference.
    pub half: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bisection {
    pub estimates: Vec<Estimate>,
    /// The best place, which is to blame if `p` is small.
    pub best: Option<Culprit>,
    pub p: f64,
    /// Other steps: the value, and the means before and with it.
    pub others: Vec<(usize, f64, f64)>,
}

impl Bisection {
    /// The value that brought the change, if one did.
    pub fn culprit(&self) -> Option<Culprit> {
        self.best.filter(|_| self.p <= SIGNIFICANCE)
    }
}

/// Judges values in the order of their first sight, or without one.
pub fn bisect(values: &[Series], is_ordered: bool) -> Bisection {
    let Means { means, freedom } = Means::of(values);
    let places = places(&means, is_ordered);
    let estimate =
        |mean: &Mean| Estimate { mean: mean.mean, half: f64::INFINITY, probability: 0.0 };
    let mut estimates: Vec<Estimate> = means.iter().map(estimate).collect();
    let best = places.iter().max_by(|a, b| a.gain.total_cmp(&b.gain));
    let unknown = |estimates| Bisection { estimates, best: None, p: 1.0, others: Vec::new() };
    let Some(best) = best else { return unknown(estimates) };
    // What the best place leaves, by degree of freedom: 1 if the errors say it all.
    let whole = Side::of(means.iter());
    let spread: f64 =
        means.iter().map(|mean| (mean.mean - whole.mean).powi(2) / mean.variance).sum();
    let rest = means.len() as f64 - 2.0;
    let ratio = if rest > 0.0 { ((spread - best.gain) / rest).max(0.0) } else { 0.0 };
    if let Some(freedom) = freedom.filter(|_| is_ordered && ratio > AGREE)
        && let Some(levels) = Levels::of(&means)
    {
        let judged = levels.judged(&means, freedom);
        if judged.best.is_some_and(|step| stands_out(step, &means)) {
            return judged;
        }
    }
    let (ratio, freedom) = match freedom {
        Some(freedom) if ratio <= 1.0 => (1.0, freedom),
        _ => (ratio, rest),
    };
    if freedom <= 0.0 || ratio <= 0.0 {
        return unknown(estimates);
    }
    let quantile = quantile(OUTSIDE, freedom);
    let weight = |place: &Place| {
        (1.0 + (best.gain - place.gain) / ratio / freedom).powf(-(freedom + 1.0) / 2.0)
    };
    let all: f64 = places.iter().map(weight).sum();
    for (at, (estimate, mean)) in estimates.iter_mut().zip(&means).enumerate() {
        let own = places.iter().filter(|place| place.value == at);
        // Not `sum`, which is -0 for no places.
        estimate.probability = own.fold(0.0, |sum, place| sum + weight(place)) / all;
        estimate.half = quantile * (ratio * mean.variance).sqrt();
    }
    let p = two_sided((best.gain / ratio).sqrt(), freedom) * places.len() as f64;
    let culprit = Culprit {
        value: best.value,
        back: Some(best.value + 1).filter(|_| best.is_alone && is_ordered),
        before: best.without.mean,
        after: best.with.mean,
        half: quantile * (ratio * (1.0 / best.without.weight + 1.0 / best.with.weight)).sqrt(),
    };
    Bisection { estimates, best: Some(culprit), p: p.min(1.0), others: Vec::new() }
}

/// Values that differ by more than this many times their errors, squared, do not agree.
const AGREE: f64 = 1.5;
/// So many values more than levels tell whether those of a level agree.
const SPARE: usize = 3;
/// The most levels: three steps.
const LEVELS: usize = 4;
/// A step is so many times as large as values usually differ from their neighbours.
const CLEAR: f64 = 6.0;

/// Whether a step is no part of a drift, which divides into levels as well.
fn stands_out(step: Culprit, means: &[Mean]) -> bool {
    let mut apart: Vec<f64> =
        means.windows(2).map(|two| (two[1].mean - two[0].mean).abs()).collect();
    apart.sort_by(f64::total_cmp);
    let usual = apart.get(apart.len() / 2).copied().unwrap_or(0.0);
    (step.after - step.before).abs() >= CLEAR * usual
}

/// Several levels, each of neighbouring values that agree.
struct Levels {
    /// The ends of the levels, with 0 first.
    bounds: Vec<usize>,
    /// What they leave of squares by degree of freedom, at least 1.
    ratio: f64,
}

impl Levels {
    /// The fewest levels from three on whose values agree.
    fn of(means: &[Mean]) -> Option<Levels> {
        let n = means.len();
        (3..=LEVELS).take_while(|levels| levels + SPARE <= n).find_map(|count| {
            let (bounds, squares) = divided(means, count);
            let ratio = squares / (n - count) as f64;
            (ratio <= AGREE).then_some(Levels { bounds, ratio: ratio.max(1.0) })
        })
    }

    fn judged(&self, means: &[Mean], freedom: f64) -> Bisection {
        let sides: Vec<Side> = self
            .bounds
            .windows(2)
            .map(|level| Side::of(means[level[0]..level[1]].iter()))
            .collect();
        let gain = |nth: usize| Side::gain(sides[nth - 1], sides[nth]);
        let steps = 1..sides.len();
        let largest = steps.clone().max_by(|a, b| gain(*a).total_cmp(&gain(*b))).unwrap_or(1);
        let mean = |nth: usize| sides[nth].mean;
        let is_nearer =
            |level: f64, one: f64, other: f64| (level - one).abs() < (level - other).abs();
        // What takes a step back is not to blame; the step is.
        let is_back = |nth: usize| is_nearer(mean(nth), mean(nth - 2), mean(nth - 1));
        let largest = if largest > 1 && is_back(largest) { largest - 1 } else { largest };
        let [before, after] = [sides[largest - 1], sides[largest]];
        let later = largest + 1..sides.len();
        let later = later.into_iter().find(|at| is_nearer(mean(*at), before.mean, after.mean));
        let step = |nth: usize| (self.bounds[nth], sides[nth - 1].mean, sides[nth].mean);
        let others = steps.filter(|nth| *nth != largest && Some(*nth) != later).map(step);
        // Two neighbouring levels anywhere: three places of n + 1.
        let n = means.len() as f64;
        let places = (n + 1.0) * n * (n - 1.0) / 6.0;
        let quantile = quantile(OUTSIDE, freedom);
        let p = two_sided((gain(largest) / self.ratio).sqrt(), freedom) * places;
        let culprit = Culprit {
            value: self.bounds[largest],
            back: later.map(|nth| self.bounds[nth]),
            before: before.mean,
            after: after.mean,
            half: quantile * (self.ratio * (1.0 / before.weight + 1.0 / after.weight)).sqrt(),
        };
        // The step may be at any value of the two levels.
        let (start, end) = (self.bounds[largest - 1], self.bounds[largest + 1]);
        let of_step = |at: usize| {
            Side::gain(Side::of(means[start..at].iter()), Side::of(means[at..end].iter()))
        };
        let split = |at: usize| {
            let lost = of_step(culprit.value) - of_step(at);
            (1.0 + lost / self.ratio / freedom).powf(-(freedom + 1.0) / 2.0)
        };
        let all: f64 = (start + 1..end).map(split).sum();
        let estimate = |(at, mean): (usize, &Mean)| Estimate {
            mean: mean.mean,
            half: quantile * (self.ratio * mean.variance).sqrt(),
            probability: if at > start && at < end { split(at) / all } else { 0.0 },
        };
        let estimates = means.iter().enumerate().map(estimate).collect();
        Bisection { estimates, best: Some(culprit), p: p.min(1.0), others: others.collect() }
    }
}

/// The bounds of so many levels with the least squares around their means, in units of their
/// errors, and these squares: W. D. Fisher, "On grouping for maximum homogeneity", J. Am.
/// Stat. Assoc. 53 (1958).
fn divided(means: &[Mean], levels: usize) -> (Vec<usize>, f64) {
    let n = means.len();
    // Around their middle, so that squares lose no digits.
    let middle = means.iter().map(|mean| mean.mean).sum::<f64>() / n.max(1) as f64;
    let around: Vec<Mean> =
        means.iter().map(|mean| Mean { mean: mean.mean - middle, ..*mean }).collect();
    let running = |of: fn(&Mean) -> f64| {
        let sums = around.iter().scan(0.0, |sum, mean| {
            *sum += of(mean) / mean.variance;
            Some(*sum)
        });
        [0.0].into_iter().chain(sums).collect::<Vec<f64>>()
    };
    let weights = running(|_| 1.0);
    let (firsts, squares) = (running(|mean| mean.mean), running(|mean| mean.mean * mean.mean));
    let cost = |from: usize, to: usize| {
        let first = firsts[to] - firsts[from];
        squares[to] - squares[from] - first * first / (weights[to] - weights[from])
    };
    let mut least: Vec<f64> =
        (0..=n).map(|end| if end == 0 { 0.0 } else { cost(0, end) }).collect();
    let mut cuts = Vec::new();
    for level in 2..=levels {
        let best = |end: usize| {
            let starts = level - 1..end;
            let of = |start: usize| (start, least[start] + cost(start, end));
            starts.map(of).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f64::INFINITY))
        };
        let found: Vec<(usize, f64)> = (0..=n).map(best).collect();
        least = found.iter().map(|(_, cost)| *cost).collect();
        cuts.push(found);
    }
    let mut bounds = vec![n];
    for found in cuts.iter().rev() {
        let end = bounds[bounds.len() - 1];
        bounds.push(found[end].0);
    }
    bounds.push(0);
    bounds.reverse();
    (bounds, least[n].max(0.0))
}

/// The mean of a value, and the variance of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mean {
    mean: f64,
    variance: f64,
}

struct Means {
    means: Vec<Mean>,
    /// Of their variances; `None` if these are not known, and are all the same.
    freedom: Option<f64>,
}

impl Means {
    fn of(values: &[Series]) -> Means {
        let within = Within::of(values);
        let of_series = |series: &Vec<Block>| {
            let profiles: f64 = series.iter().map(|block| block.profiles).sum();
            let sum: f64 = series.iter().map(|block| block.profiles * block.mean).sum();
            Mean { mean: sum / profiles, variance: within.variance / profiles }
        };
        let values: Vec<Vec<Mean>> =
            values.iter().map(|series| series.iter().map(of_series).collect()).collect();
        let (between, degrees) = between(&values);
        let weighted = |series: &Vec<Mean>| {
            let weights = series.iter().map(|one| 1.0 / (one.variance + between));
            let sum: f64 = weights.clone().sum();
            let mean = weights.zip(series).map(|(weight, one)| weight * one.mean).sum::<f64>();
            Mean { mean: mean / sum, variance: 1.0 / sum }
        };
        let plain = |series: &Vec<Mean>| {
            let mean = series.iter().map(|one| one.mean).sum::<f64>() / series.len() as f64;
            Mean { mean, variance: 1.0 }
        };
        let freedom = match between > 0.0 {
            true => degrees,
            false => within.freedom,
        };
        match freedom > 0.0 {
            true => Means { means: values.iter().map(weighted).collect(), freedom: Some(freedom) },
            false => Means { means: values.iter().map(plain).collect(), freedom: None },
        }
    }
}

/// The variance of one profile, as far as profiles of the same series tell.
struct Within {
    variance: f64,
    freedom: f64,
}

impl Within {
    fn of(values: &[Series]) -> Within {
        let (mut squares, mut products, mut freedom, mut series) = (0.0, 0.0, 0.0, 0.0);
        let mut largest = 0.0_f64;
        for blocks in values.iter().flatten().filter(|blocks| blocks.len() > 1) {
            let profiles: f64 = blocks.iter().map(|block| block.profiles).sum();
            let sum: f64 = blocks.iter().map(|block| block.profiles * block.mean).sum();
            let left = |block: &Block| block.profiles.sqrt() * (block.mean - sum / profiles);
            squares += blocks.iter().map(|block| left(block).powi(2)).sum::<f64>();
            products += blocks.windows(2).map(|two| left(&two[0]) * left(&two[1])).sum::<f64>();
            freedom += blocks.len() as f64 - 1.0;
            series += 1.0;
            largest = blocks.iter().map(|block| block.mean.abs()).fold(largest, f64::max);
        }
        if freedom == 0.0 {
            return Within { variance: 0.0, freedom };
        }
        // The mean of n blocks makes their correlation too small by about (1 + 3ρ)/n.
        let blocks = freedom / series + 1.0;
        let measured = if squares > 0.0 { products / squares } else { 0.0 };
        let corrected =
            if blocks > 4.0 { (blocks * measured + 1.0) / (blocks - 3.0) } else { measured };
        let rho = corrected.clamp(0.0, MOST_CORRELATED);
        let variance = squares / freedom * (1.0 + rho) / (1.0 - rho);
        // Profiles that are all the same leave nothing to doubt.
        let least = 1e-12 * largest.max(f64::MIN_POSITIVE.sqrt()).powi(2);
        Within { variance: variance.max(least), freedom }
    }
}

/// The variance between series of one value, beyond that of their means, and its degrees of
/// freedom.
fn between(values: &[Vec<Mean>]) -> (f64, f64) {
    let (mut squares, mut freedom, mut expected, mut count) = (0.0, 0.0, 0.0, 0.0);
    for series in values.iter().filter(|series| series.len() > 1) {
        let mean = series.iter().map(|one| one.mean).sum::<f64>() / series.len() as f64;
        squares += series.iter().map(|one| (one.mean - mean).powi(2)).sum::<f64>();
        freedom += series.len() as f64 - 1.0;
        expected += series.iter().map(|one| one.variance).sum::<f64>();
        count += series.len() as f64;
    }
    if freedom == 0.0 {
        (0.0, 0.0)
    } else {
        ((squares / freedom - expected / count).max(0.0), freedom)
    }
}

/// The weighted mean of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Side {
    weight: f64,
    mean: f64,
}

impl Side {
    fn of<'m>(means: impl Iterator<Item = &'m Mean> + Clone) -> Side {
        let weight: f64 = means.clone().map(|mean| 1.0 / mean.variance).sum();
        Side { weight, mean: means.map(|mean| mean.mean / mean.variance).sum::<f64>() / weight }
    }

    /// The squared difference of two sides in standard errors.
    fn gain(self, other: Side) -> f64 {
        (other.mean - self.mean).powi(2) / (1.0 / self.weight + 1.0 / other.weight)
    }
}

/// A way to divide the values into two sides.
struct Place {
    value: usize,
    is_alone: bool,
    without: Side,
    with: Side,
    /// The squared difference of the sides in standard errors.
    gain: f64,
}

/// A step at each value but the first, and each value alone that has others on both sides;
/// without an order, each value alone.
fn places(means: &[Mean], is_ordered: bool) -> Vec<Place> {
    let n = means.len();
    let step = |at: usize| (at, false, at..n);
    let alone = |at: usize| (at, true, at..at + 1);
    let all: Vec<_> = match is_ordered {
        true => (1..n).map(step).chain((1..n.saturating_sub(1)).map(alone)).collect(),
        // Of two, one is as much to blame as the other.
        false if n == 2 => vec![alone(1)],
        false if n < 2 => Vec::new(),
        false => (0..n).map(alone).collect(),
    };
    let place = all.into_iter().map(|(value, is_alone, range)| {
        let side = |inside: bool| {
            let means = means.iter().enumerate();
            let side = means.filter(|(at, _)| range.contains(at) == inside);
            Side::of(side.map(|(_, mean)| mean))
        };
        let (without, with) = (side(false), side(true));
        Place { value, is_alone, without, with, gain: without.gain(with) }
    });
    place.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One series in blocks of one profile.
    fn series(means: &[f64]) -> Vec<Block> {
        means.iter().map(|mean| Block { profiles: 1.0, mean: *mean }).collect()
    }

    /// Values of one series each, around these means: two profiles, one below and one above.
    fn around(means: &[f64], distance: f64) -> Vec<Series> {
        let pair = |mean: &f64| vec![series(&[mean - distance, mean + distance])];
        means.iter().map(pair).collect()
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found} {expected}");
    }

    /// `scipy.stats.ttest_ind([12, 13.5, 11.5, 13], [10, 11, 9.5, 10.5])`: pooled variance 0.625,
    /// p = 0.00692005; intervals by `scipy.stats.t.ppf(0.975, 6)`. Neighbours correlate
    /// negatively, which does not count.
    #[test]
    fn two_values_in_one_series_each_are_a_t_test() {
        let [before, after] = [[10.0, 11.0, 9.5, 10.5], [12.0, 13.5, 11.5, 13.0]];
        let found = bisect(&[vec![series(&before)], vec![series(&after)]], true);
        close(found.p, 0.006_920_047_322_065_791);
        let culprit = found.culprit().expect("a change");
        assert_eq!((culprit.value, culprit.back), (1, None));
        close(culprit.before, 10.25);
        close(culprit.after, 12.5);
        close(culprit.half, 1.367_865_308_527_499_4);
        close(found.estimates[0].half, 0.967_226_835_409_624);
        close(found.estimates[1].probability, 1.0);
    }

    /// Five values, of which each mean has the variance 2/2 = 1 with five degrees of freedom. A
    /// step of 8 between two and three of them has gain 64 / (1/2 + 1/3) = 76.8; seven places
    /// are tried.
    #[test]
    fn the_step_is_at_the_first_value_that_differs() {
        let found = bisect(&around(&[10.0, 10.0, 18.0, 18.0, 18.0], 1.0), true);
        let culprit = found.culprit().expect("a change");
        assert_eq!((culprit.value, culprit.back), (2, None));
        close(found.p, 7.0 * two_sided(76.8_f64.sqrt(), 5.0));
        close(culprit.half, 2.570_581_8 * (5.0_f64 / 6.0).sqrt());
        // The others have gains 28.8, 34.13, 12.8, 28.8, 12.8 and 12.8, of which one of 12.8 is
        // value 2 alone; the weights are (1 + (76.8 - gain)/5)⁻³.
        let weight = |gain: f64| (1.0 + (76.8 - gain) / 5.0).powi(-3);
        let others = 2.0 * weight(28.8) + weight(512.0 / 15.0) + 2.0 * weight(12.8);
        let own = 1.0 + weight(12.8);
        close(found.estimates[2].probability, own / (own + others));
        assert_eq!(found.estimates[0].probability, 0.0);
        close(found.estimates.iter().map(|value| value.probability).sum(), 1.0);
    }

    #[test]
    fn a_value_that_was_taken_back_differs_alone() {
        let found = bisect(&around(&[10.0, 10.0, 18.0, 10.0, 10.0], 1.0), true);
        let culprit = found.culprit().expect("a change");
        assert_eq!((culprit.value, culprit.back), (2, Some(3)));
        assert_eq!((culprit.before, culprit.after), (10.0, 18.0));
    }

    #[test]
    fn several_steps_do_not_hide_each_other() {
        // Up by 8 and by 5 more: the larger one is named, and the other one told.
        let found = bisect(&around(&[10.0, 10.0, 18.0, 18.0, 18.0, 23.0, 23.0, 23.0], 1.0), true);
        let culprit = found.culprit().expect("a change");
        assert_eq!((culprit.value, culprit.back), (2, None));
        assert_eq!((culprit.before, culprit.after), (10.0, 18.0));
        assert_eq!(found.others, [(5, 18.0, 23.0)]);
        // Nothing is left within levels: errors are those of a mean of two profiles.
        close(found.estimates[0].half, quantile(0.05, 8.0));
        // Of 84 places of two levels, one has gain 64 / (1/2 + 1/3).
        close(found.p, 84.0 * two_sided(76.8_f64.sqrt(), 8.0));
        close(found.estimates.iter().map(|value| value.probability).sum(), 1.0);
        // Bad in two, and mended.
        let found = bisect(&around(&[10.0, 10.0, 18.0, 18.0, 10.0, 10.0, 10.0], 1.0), true);
        let culprit = found.culprit().expect("a change");
        assert_eq!((culprit.value, culprit.back), (2, Some(4)));
        assert!(found.others.is_empty(), "{:?}", found.others);
    }

    #[test]
    fn a_drift_has_no_steps() {
        let drift = [11.0, 12.0, 14.0, 14.2, 13.9, 13.0, 12.6, 12.2];
        assert_eq!(bisect(&around(&drift, 0.3), true).culprit(), None);
    }

    #[test]
    fn values_without_an_order_are_judged_alone() {
        // The first can be the one, and the others have no steps between them.
        let found = bisect(&around(&[18.0, 10.0, 10.0, 10.0], 1.0), false);
        let culprit = found.culprit().expect("a change");
        assert_eq!((culprit.value, culprit.back), (0, None));
        assert_eq!((culprit.before, culprit.after), (10.0, 18.0));
        // Four places; gain 64 / (1 + 1/3).
        close(found.p, 4.0 * two_sided(48.0_f64.sqrt(), 4.0));
    }

    #[test]
    fn noise_has_no_culprit() {
        assert_eq!(bisect(&around(&[10.0, 10.5, 9.5, 10.2, 9.9], 1.0), true).culprit(), None);
        // Every release is a little different, and measured very precisely.
        let releases = around(&[10.0, 12.0, 9.0, 11.0, 13.0, 10.0], 0.01);
        assert_eq!(bisect(&releases, true).culprit(), None);
        assert_eq!(bisect(&around(&[10.0], 1.0), true).best, None);
        assert_eq!(bisect(&[], true).best, None);
    }

    /// Pods of one value differ by more than the values do.
    #[test]
    fn a_change_must_hold_beyond_the_pods() {
        let pod = |mean: f64| series(&[mean - 0.1, mean + 0.1, mean - 0.1, mean + 0.1]);
        let noisy = [vec![pod(10.0), pod(14.0), pod(11.0)], vec![pod(15.0), pod(11.0), pod(12.0)]];
        assert_eq!(bisect(&noisy, true).culprit(), None);
        let one_each = [vec![pod(10.0)], vec![pod(15.0)]];
        assert!(bisect(&one_each, true).culprit().is_some(), "nothing tells that pods differ");
        let alike = [10.0, 10.2, 9.9].map(pod);
        let higher = [15.0, 15.1, 14.8].map(pod);
        let found = bisect(&[alike.to_vec(), higher.to_vec()], true);
        assert_eq!(found.culprit().map(|culprit| culprit.value), Some(1));
    }

    /// The variance of one profile is 2, so that a value seen once has one of 2, and one seen
    /// in eight profiles has 2/8.
    #[test]
    fn a_value_seen_once_has_a_wide_interval() {
        let eight = series(&[9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0]);
        let found = bisect(&[vec![eight.clone()], vec![eight], vec![series(&[12.0])]], true);
        let [a, _, once] = &found.estimates[..] else { panic!("three values") };
        close(once.half / a.half, 8.0_f64.sqrt());
        assert_eq!(found.culprit(), None);
    }

    /// Nothing but the values themselves tells how they vary: residuals of 0.1 have four
    /// degrees of freedom.
    #[test]
    fn values_of_one_profile_each_are_judged_by_each_other() {
        let once = |means: &[f64]| -> Vec<Series> {
            means.iter().map(|mean| vec![series(&[*mean])]).collect()
        };
        let found = bisect(&once(&[10.0, 10.1, 9.9, 15.0, 15.1, 14.9]), true);
        assert_eq!(found.culprit().map(|culprit| culprit.value), Some(3));
        // (15 - 10)² · 3/2 = 37.5 against 0.04 / 4.
        close(found.p, 9.0 * two_sided(3750.0_f64.sqrt(), 4.0));
        let two = bisect(&once(&[10.0, 15.0]), true);
        assert_eq!((two.best, two.p, two.estimates[0].half), (None, 1.0, f64::INFINITY));
    }
}
