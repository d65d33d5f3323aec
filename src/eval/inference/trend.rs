//! The trend of a value in time: its slope with an interval, and how sure it is one.
//!
//! - The slope is the median of the slopes between any two points: P. K. Sen, "Estimates of
//!   the regression coefficient based on Kendall's tau", J. Am. Stat. Assoc. 63 (1968). A
//!   few wild points do not move it. Its interval is Sen's, too.
//! - The test is that of Mann and Kendall: S counts the pairs that rise less those that fall,
//!   and is compared with its variance, in which ties count less. It needs no
//!   distribution and no straight line.
//! - What a leak keeps stays: such a value wanders, and what is left around a straight line
//!   correlates so much that S says little. There the mean step is tested, as the drift of a
//!   random walk, by t. Where a value does not wander, its steps undo each other, and this
//!   test finds less than it may. The clearer of both is taken, and its p-value counts twice.
//! - Pods and restarts: only points of the same series, without a restart in between, are
//!   compared. Their S and its variances are added up, as for the seasons of R. M. Hirsch,
//!   J. R. Slack and R. A. Smith, "Techniques of trend analysis for monthly water quality
//!   data", Water Resources Research 18 (1982), and the slope is the median of all their
//!   slopes.
//! - One pod of many may leak. So the series with the clearest trend is tested as well, by
//!   the correction of Z. Šidák for the best of several, "Rectangular confidence regions for
//!   the means of multivariate normal distributions", J. Am. Stat. Assoc. 62 (1967), and the
//!   smaller of both p-values counts twice.
//! - Neighbours in time correlate, so that S varies more than independent points would let
//!   it: its variance is multiplied by n/n* of K. H. Hamed and A. R. Rao, "A modified
//!   Mann-Kendall trend test for autocorrelated data", J. Hydrology 204 (1998). They insert
//!   the measured correlation at every lag. With as few points as a page shows these
//!   correlations are mostly chance and biased, and twice as many trends are found as there
//!   should be. So lag one is measured, its bias is taken out (F. H. C. Marriott and J. A.
//!   Pope, "Bias in the estimation of autocorrelations", Biometrika 41, 1954), and the
//!   others follow from it, as of an autoregression of first order.

use crate::profile::chance::{quantile, two_sided};

/// Half the width of a 95 % interval of a normal distribution, in standard errors.
const NORMAL: f64 = 1.959_963_984_540_054;

/// The probability outside of an interval.
const OUTSIDE: f64 = 0.05;

/// A correlation of one would leave nothing to judge by.
const MOST_CORRELATED: f64 = 0.98;

/// The points of one series between two restarts, in order of time.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    pub times: &'a [f64],
    pub values: &'a [f64],
}

/// A slope, in units of value by units of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    pub slope: f64,
    /// The ends of the 95 % interval.
    pub low: f64,
    pub high: f64,
    /// The probability of a slope at least as clear where there is none.
    pub p: f64,
}

/// The trend of series, each in pieces: that which they have in common, or that of one series
/// alone with its index, if it is clearer. `None` if no two points can be compared.
pub fn trend_of_series(series: &[Vec<Piece<'_>>]) -> Option<(Trend, Option<usize>)> {
    let common = trend(&series.concat())?;
    if series.len() < 2 {
        return Some((common, None));
    }
    let own = series.iter().enumerate().filter_map(|(at, pieces)| Some((at, trend(pieces)?)));
    let best = own.min_by(|a, b| a.1.p.total_cmp(&b.1.p));
    let Some((at, own)) = best else { return Some((common, None)) };
    let best = best_of(own.p, series.len());
    let p = (2.0 * best.min(common.p)).min(1.0);
    Some(match best < common.p {
        true => (Trend { p, ..own }, Some(at)),
        false => (Trend { p, ..common }, None),
    })
}

/// The probability that the smallest of some p-values is this small by chance.
fn best_of(p: f64, count: usize) -> f64 {
    -(count as f64 * (-p).ln_1p()).exp_m1()
}

/// A p-value that is never larger than that of [`trend_of_series`], in a small part of its
/// time: points are taken as independent.
pub fn least_p_of_series(series: &[Vec<Piece<'_>>]) -> f64 {
    let common = least_p(&series.concat());
    if series.len() < 2 {
        return common;
    }
    let least = series.iter().map(|pieces| least_p(pieces)).fold(1.0, f64::min);
    (2.0 * best_of(least, series.len()).min(common)).min(1.0)
}

/// The trend that pieces have in common, by ranks or by steps; `None` if no two points can be
/// compared.
fn trend(pieces: &[Piece<'_>]) -> Option<Trend> {
    let by_ranks = trend_by_ranks(pieces)?;
    let Some(by_steps) = drift(pieces) else { return Some(by_ranks) };
    let clearer = if by_steps.p < by_ranks.p { by_steps } else { by_ranks };
    Some(Trend { p: (2.0 * clearer.p).min(1.0), ..clearer })
}

/// The drift of a random walk: of steps with the variance s²Δt, the mean is ΣΔx / ΣΔt, and its
/// variance s² / ΣΔt. `None` for fewer than four steps, and for steps without any noise.
fn drift(pieces: &[Piece<'_>]) -> Option<Trend> {
    const FEWEST: usize = 4;
    let steps = pieces.iter().flat_map(|piece| {
        let change = |values: &[f64], at: usize| values[at] - values[at - 1];
        let later = 1..piece.values.len();
        later.map(move |at| (change(piece.times, at), change(piece.values, at)))
    });
    let steps: Vec<(f64, f64)> = steps.filter(|(time, _)| *time > 0.0).collect();
    let time: f64 = steps.iter().map(|(time, _)| time).sum();
    let slope = steps.iter().map(|(_, value)| value).sum::<f64>() / time;
    let left = |(time, value): &(f64, f64)| (value - slope * time).powi(2) / time;
    let (squares, freedom) = (steps.iter().map(left).sum::<f64>(), steps.len() as f64 - 1.0);
    let scale = steps.iter().map(|(time, value)| value * value / time).sum::<f64>();
    if steps.len() < FEWEST || squares <= 1e-20 * scale {
        return None;
    }
    let error = (squares / freedom / time).sqrt();
    let half = quantile(OUTSIDE, freedom) * error;
    let p = two_sided(slope / error, freedom);
    Some(Trend { slope, low: slope - half, high: slope + half, p })
}

/// Sen's slope, with the test of Mann and Kendall.
fn trend_by_ranks(pieces: &[Piece<'_>]) -> Option<Trend> {
    let mut slopes: Vec<f64> = pieces.iter().flat_map(|piece| slopes(*piece)).collect();
    let slope = median(&mut slopes)?;
    let score = Score::of(pieces);
    let variance = score.variance * inflation(pieces, slope);
    // Sen's M1 and M2, as ranks from 0.
    let (pairs, width) = (slopes.len() as f64, NORMAL * variance.sqrt());
    let last = slopes.len() - 1;
    let rank = |rank: f64| rank.clamp(0.0, last as f64) as usize;
    let low = rank(((pairs - width) / 2.0).round_ties_even() - 1.0);
    let high = rank(((pairs + width) / 2.0).round_ties_even());
    let [low, high] = [low, high].map(|rank| nth(&mut slopes, rank));
    // Of so few points even the largest and the smallest slope are no interval of 95 %.
    let is_unknown = variance > 0.0 && Score { s: pairs, variance }.p() > OUTSIDE;
    let [low, high] = if is_unknown { [f64::NAN; 2] } else { [low, high] };
    Some(Trend { slope, low, high, p: Score { variance, ..score }.p() })
}

/// A p-value that is never larger than that of [`trend`], in a small part of its time:
/// points are taken as independent.
fn least_p(pieces: &[Piece<'_>]) -> f64 {
    let by_ranks = Score::of(pieces).p();
    drift(pieces).map_or(by_ranks, |drift| (2.0 * drift.p.min(by_ranks)).min(1.0))
}

/// Mann and Kendall's S, and its variance for independent points.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Score {
    s: f64,
    variance: f64,
}

impl Score {
    fn of(pieces: &[Piece<'_>]) -> Score {
        let scores = pieces.iter().map(|piece| Score::of_one(piece.values));
        scores.fold(Score { s: 0.0, variance: 0.0 }, |sum, one| Score {
            s: sum.s + one.s,
            variance: sum.variance + one.variance,
        })
    }

    /// Var S = (n(n - 1)(2n + 5) - Σ t(t - 1)(2t + 5)) / 18 with ties of t points each:
    /// M. G. Kendall, *Rank Correlation Methods* (1955).
    fn of_one(values: &[f64]) -> Score {
        let later = |nth: usize| values[nth + 1..].iter();
        let sign = |from: f64, to: f64| i64::from(to > from) - i64::from(to < from);
        let pairs = (0..values.len())
            .map(|nth| later(nth).map(|value| sign(values[nth], *value)).sum::<i64>());
        let s = pairs.sum::<i64>() as f64;
        let part = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let ties = sorted.chunk_by(|a, b| a == b).map(|tie| part(tie.len() as f64));
        Score { s, variance: (part(values.len() as f64) - ties.sum::<f64>()) / 18.0 }
    }

    /// With Kendall's correction for continuity, because S is a whole number.
    fn p(self) -> f64 {
        if self.variance <= 0.0 {
            return 1.0;
        }
        two_sided((self.s.abs() - 1.0).max(0.0) / self.variance.sqrt(), f64::INFINITY)
    }
}

/// The slopes between all pairs of points at different times.
fn slopes(piece: Piece<'_>) -> impl Iterator<Item = f64> {
    let Piece { times, values } = piece;
    (0..values.len()).flat_map(move |first| {
        let later = (first + 1..values.len()).filter(move |later| times[*later] > times[first]);
        later.map(move |later| (values[later] - values[first]) / (times[later] - times[first]))
    })
}

/// n/n* of Hamed and Rao: by how much correlation raises the variance of S. At least one,
/// because a correlation below zero is most often chance.
///
/// n/n* = 1 + 2 / (n(n - 1)(n - 2)) Σ (n - k)(n - k - 1)(n - k - 2) ρᵏ, for pieces the mean
/// of theirs, weighted by their parts of the variance.
fn inflation(pieces: &[Piece<'_>], slope: f64) -> f64 {
    let rho = correlation(pieces, slope);
    let (mut sum, mut weights) = (0.0, 0.0);
    for piece in pieces {
        let n = piece.values.len() as f64;
        let triples = |n: f64| n * (n - 1.0) * (n - 2.0);
        let lags = (1..piece.values.len()).scan(1.0, |power, k| {
            *power *= rho;
            Some(triples(n - k as f64) * *power)
        });
        let inflation = if n > 2.0 { 1.0 + 2.0 / triples(n) * lags.sum::<f64>() } else { 1.0 };
        let weight = n * (n - 1.0) * (2.0 * n + 5.0);
        sum += weight * inflation;
        weights += weight;
    }
    if weights > 0.0 { (sum / weights).max(1.0) } else { 1.0 }
}

/// The correlation of neighbours, of the ranks of what a straight line leaves of each
/// piece; between 0 and 1.
///
/// A mean and a slope are taken from the same points, which makes the measured correlation
/// of n points too small by (2 + 4ρ)/n. Many pieces share their slope, and then it is the
/// (1 + 3ρ)/n of their means.
fn correlation(pieces: &[Piece<'_>], slope: f64) -> f64 {
    let (mut products, mut squares, mut n, mut count) = (0.0, 0.0, 0.0, 0.0);
    for piece in pieces.iter().filter(|piece| piece.values.len() > 2) {
        let points = piece.times.iter().zip(piece.values);
        let ranks = centred_ranks(&points.map(|(t, x)| x - slope * t).collect::<Vec<_>>());
        products += ranks.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>();
        squares += ranks.iter().map(|rank| rank * rank).sum::<f64>();
        n += ranks.len() as f64;
        count += 1.0;
    }
    if squares <= 0.0 {
        return 0.0;
    }
    let (measured, each) = (products / squares, n / count);
    let (constant, factor) = if count == 1.0 { (2.0, 4.0) } else { (1.0, 3.0) };
    // With fewer points there is more bias than correlation.
    let corrected = match each > factor + 1.0 {
        true => (each * measured + constant) / (each - factor),
        false => measured,
    };
    corrected.clamp(0.0, MOST_CORRELATED)
}

/// Ranks less their mean; equal values share the mean of their ranks.
fn centred_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let (mut ranks, mut before) = (vec![0.0; values.len()], 0);
    let middle = (values.len() as f64 - 1.0) / 2.0;
    for tie in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = before as f64 + (tie.len() as f64 - 1.0) / 2.0;
        tie.iter().for_each(|at| ranks[*at] = rank - middle);
        before += tie.len();
    }
    ranks
}

/// The median; of an even number the mean of the two in the middle.
fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    let lower = below.iter().copied().reduce(f64::max).filter(|_| below.len() == middle);
    Some(match lower {
        Some(lower) if values.len().is_multiple_of(2) => (lower + upper) / 2.0,
        _ => upper,
    })
}

fn nth(values: &mut [f64], rank: usize) -> f64 {
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    const RISING: [f64; 10] = [4.1, 3.9, 4.6, 5.0, 4.8, 5.5, 5.2, 6.1, 5.9, 6.6];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} {expected}");
    }

    fn steps(count: usize) -> Vec<f64> {
        (0..count).map(|step| step as f64).collect()
    }

    fn one<'a>(times: &'a [f64], values: &'a [f64]) -> [Piece<'a>; 1] {
        [Piece { times, values }]
    }

    /// `pymannkendall.original_test(x)` and `scipy.stats.theilslopes(x, t)`, which take points
    /// as independent: of these three, neighbours correlate negatively.
    #[test]
    fn one_series_agrees_with_pymannkendall_and_scipy() {
        let gaps = [0.0, 1.0, 2.0, 4.0, 5.0, 8.0, 9.0, 10.0];
        let ties = [3.0, 3.0, 5.0, 4.0, 4.0, 7.0, 7.0, 6.0];
        let zeros = [0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 3.0, 0.0, 4.0, 0.0, 5.0, 6.0];
        let third = 1.0 / 3.0;
        for (times, values, [s, variance], p, [slope, low, high]) in [
            (
                &steps(10)[..],
                &RISING[..],
                [37.0, 125.0],
                0.001_282_183_741_805_331_7,
                [0.277_777_777_777_777_8, 0.2, 0.35],
            ),
            (&gaps, &ties, [17.0, 187.0 * third], 0.042_707_268_194_010_16, [third, 0.0, 0.6]),
            (
                &steps(12),
                &zeros,
                [31.0, 505.0 * third],
                0.020_763_498_374_263_28,
                [0.5, 0.0, 2.0 * third],
            ),
        ] {
            let found = trend_by_ranks(&one(times, values)).expect("points");
            let score = Score::of_one(values);
            assert_eq!(score.s, s);
            close(score.variance, variance);
            let found_all = [found.p, found.slope, found.low, found.high];
            found_all.iter().zip([p, slope, low, high]).for_each(|(found, to)| close(*found, to));
            assert_eq!(Score::of(&one(times, values)).p(), found.p);
        }
    }

    /// `pymannkendall.multivariate_test(x)` and `seasonal_sens_slope(x.flatten(), period=2)`.
    /// Pods of different levels: the points of one are not compared with those of the other.
    #[test]
    fn pods_are_combined_as_seasons_are() {
        let times = steps(6);
        let pods = [[1.0, 2.5, 2.0, 4.0, 3.5, 5.0], [10.0, 10.2, 11.9, 11.0, 13.1, 13.0]];
        let pieces = pods.each_ref().map(|values| Piece { times: &times, values });
        assert_eq!(Score::of(&pieces), Score { s: 22.0, variance: 170.0 / 3.0 });
        close(Score::of(&pieces).p(), 0.005_275_903_703_109_153);
        close(trend_by_ranks(&pieces).expect("points").slope, 0.6625);
    }

    /// A process that grows by 3 a step and restarts twice: over all points it goes nowhere.
    #[test]
    fn growth_between_restarts_is_growth() {
        let (times, whole) = (steps(5), [1.0, 4.0, 7.0, 10.0, 13.0]);
        let all: Vec<f64> = [whole; 3].concat();
        assert!(trend(&one(&steps(15), &all)).expect("points").p > 0.2);
        let pieces = [Piece { times: &times, values: &whole }; 3];
        let found = trend(&pieces).expect("points");
        // S = 3 · 10, Var S = 3 · 5 · 4 · 15 / 18 = 50, z = 29 / √50 = 4.10.
        assert_eq!([found.slope, found.low, found.high], [3.0; 3]);
        close(found.p, two_sided(29.0 / 50.0_f64.sqrt(), f64::INFINITY));
    }

    /// Slow waves: the numbers are those of numpy and `scipy.stats.rankdata` by the formulas
    /// above: r1 = 0.642745, ρ = (20 r1 + 2) / 16, n/n* = 7.366314. The independent test has
    /// p = 1.9e-5 (`pymannkendall.original_test`).
    #[test]
    fn correlation_of_neighbours_widens_the_interval_and_raises_p() {
        let waves =
            [10, 11, 13, 14, 14, 13, 12, 12, 13, 15, 17, 18, 18, 17, 16, 16, 17, 19, 21, 22];
        let (times, values) = (steps(20), waves.map(f64::from));
        let pieces = one(&times, &values);
        close(Score::of(&pieces).p(), 1.904_671_714_147_987_4e-5);
        close(correlation(&pieces, 0.5), 0.928_431_372_549_019_5);
        close(inflation(&pieces, 0.5), 7.366_314_122_314_614);
        let found = trend_by_ranks(&pieces).expect("points");
        close(found.p, 0.115_164_446_184_097_62);
        assert_eq!([found.slope, found.low, found.high], [0.5, -0.5, 1.5]);
    }

    /// `np.round(100 * 1.01**np.arange(20) * (1 + rng.normal(0, .02, 20)), 2)` with
    /// `rng = np.random.default_rng(7)`.
    #[test]
    fn a_leak_of_a_percent_a_minute_is_found_in_twenty_snapshots() {
        let leak = [
            100.0, 101.6, 101.45, 101.19, 103.11, 103.02, 106.28, 110.09, 107.22, 108.01, 111.54,
            112.36, 112.92, 111.69, 114.88, 117.71, 114.11, 117.35, 115.07, 117.7,
        ];
        let times = steps(20);
        let found = trend_by_ranks(&one(&times, &leak)).expect("points");
        // z = 161 / √(950 · 1.387411) = 4.4347, which a thousand other functions do not hide.
        close(found.slope, 0.958_774_509_803_921_3);
        close(found.p, two_sided(161.0 / (950.0_f64 * 1.387_410_508_221_200_4).sqrt(), 1e9));
        assert!(found.p < 0.05 / 1000.0 && found.low > 0.5 && found.high < 1.5);
        // Its steps say less, so that this counts twice.
        close(trend(&one(&times, &leak)).expect("points").p, 2.0 * found.p);
    }

    /// Three pods that stay where they are, and one that
    /// rises by one a step: S = 190, Var S = 950, z = 189/√950 with a p of 8.7e-10.
    #[test]
    fn one_pod_that_leaks_is_named() {
        let (times, leak) = (steps(20), steps(20));
        let flat: Vec<f64> = steps(20).iter().map(|step| (step * 7.0) % 5.0).collect();
        let piece = |values| vec![Piece { times: &times, values }];
        let series = [piece(&flat[..]), piece(&flat), piece(&leak), piece(&flat)];
        let (found, only) = trend_of_series(&series).expect("points");
        assert_eq!((only, found.slope), (Some(2), 1.0));
        let own = two_sided(189.0 / 950.0_f64.sqrt(), f64::INFINITY);
        // 1 - (1 - p)⁴, twice.
        assert!((found.p / (2.0 * 4.0 * own) - 1.0).abs() < 1e-6, "{}", found.p);
        let least = least_p_of_series(&series);
        assert!(least <= found.p * (1.0 + 1e-12));
        let all = [piece(&leak[..]), piece(&leak), piece(&leak)];
        assert_eq!(
            trend_of_series(&all).map(|(trend, only)| (trend.slope, only)),
            Some((1.0, None))
        );
        assert_eq!(trend_of_series(&[]), None);
    }

    /// A heap that keeps what it should drop, in MB: `scipy.stats.ttest_1samp(np.diff(x), 0)` has
    /// t = 10.4243 and p = 1.0847e-6 with 10 degrees of freedom. By ranks, what
    /// is left around a line correlates.
    #[test]
    fn a_leak_that_wanders_is_found_by_its_steps() {
        let heap = [14.8, 25.9, 35.5, 42.4, 50.8, 55.6, 61.4, 67.7, 80.0, 85.8, 92.1, 98.5];
        let times = steps(12);
        let pieces = one(&times, &heap);
        let found = drift(&pieces).expect("steps");
        close(found.slope, 83.7 / 11.0);
        close(found.p, 1.084_696_881_666_926e-6);
        close(found.high - found.slope, 1.626_403_878_973_102);
        let by_ranks = trend_by_ranks(&pieces).expect("points");
        assert!(by_ranks.p > 100.0 * found.p, "{by_ranks:?}");
        assert_eq!(trend(&pieces), Some(Trend { p: 2.0 * found.p, ..found }));
        // Four steps at least, and some noise.
        assert_eq!(drift(&one(&times[..4], &heap[..4])), None);
        assert_eq!(drift(&one(&times, &times)), None);
    }

    #[test]
    fn too_little_is_no_trend() {
        assert_eq!(trend(&[]), None);
        assert_eq!(trend(&one(&[1.0], &[5.0])), None);
        // Two profiles at one time.
        assert_eq!(trend(&one(&[1.0, 1.0], &[5.0, 6.0])), None);
        let flat = trend(&one(&[0.0, 1.0, 2.0, 3.0], &[7.0; 4])).expect("points");
        assert_eq!(flat, Trend { slope: 0.0, low: 0.0, high: 0.0, p: 1.0 });
        let two = trend(&one(&[0.0, 2.0], &[5.0, 6.0])).expect("points");
        assert_eq!((two.slope, two.p), (0.5, 1.0));
    }

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(centred_ranks(&[5.0, 3.0, 5.0, 9.0]), [0.0, -1.5, 0.0, 1.5]);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
