//! How much values vary around a level that may change, and how neighbours correlate.
//!
//! The level is not known, so that a plain variance would count its changes as well. Two
//! estimates are made, and the smaller one is taken:
//!
//! - from the differences between neighbours, and between every second value, of which few
//!   cross a change. If neighbours correlate by ρ, and distant values by powers of it, these
//!   have the variances 2σ²(1 - ρ) and 2σ²(1 - ρ²), whose ratio is 1 + ρ: S. Chakar, E.
//!   Lebarbier, C. Lévy-Leduc and S. Robin, "A robust approach for estimating change-points
//!   in the mean of an AR(1) process", Bernoulli 23 (2017). It is immune to many changes,
//!   and rough for few values.
//! - from what is left around the two levels of the best stretch: values from one to another
//!   against all others, the "arc" of A. B. Olshen, E. S. Venkatraman, R. Lucito and M.
//!   Wigler, "Circular binary segmentation for the analysis of array-based DNA copy number
//!   data", Biostatistics 5 (2004). It is exact for one change, also for one that ended.
//!
//! The variance of a mean of n values is σ²(1 + ρ)/(1 - ρ)/n, so that is what is returned.

use crate::work::{Cancelled, Work};

/// A correlation of one would leave nothing to judge by.
const MOST_CORRELATED: f64 = 0.95;

/// The variance of means of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// n times the variance of a mean of n values; not zero.
    pub variance: f64,
    /// Degrees of freedom.
    pub freedom: f64,
}

impl Spread {
    /// `least` is the fewest values of a level. `None` if all values are equal.
    pub fn of(values: &[f64], least: usize, work: Work<'_>) -> Result<Option<Spread>, Cancelled> {
        let [low, high] = [f64::min, f64::max].map(|end| values.iter().copied().reduce(end));
        let range = high.unwrap_or(0.0) - low.unwrap_or(0.0);
        if range <= 0.0 || values.len() < 2 * least {
            return Ok(None);
        }
        let differences = of_differences(values);
        let levels = best_arc(values, least, work)?.map(|arc| around(values, arc));
        let smaller = |a: Noise, b: Noise| if b.of_means() < a.of_means() { b } else { a };
        let noise = levels.into_iter().fold(differences, smaller);
        // Levels without any noise: every change is one.
        let variance = noise.of_means().max(1e-12 * range * range);
        let freedom = ((values.len() as f64 - 3.0) / noise.inflation()).max(1.0);
        Ok(Some(Spread { variance, freedom }))
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Noise {
    variance: f64,
    correlation: f64,
}

impl Noise {
    fn inflation(self) -> f64 {
        (1.0 + self.correlation) / (1.0 - self.correlation)
    }

    fn of_means(self) -> f64 {
        self.variance * self.inflation()
    }
}

fn of_differences(values: &[f64]) -> Noise {
    let n = values.len() as f64;
    let squares = |lag: usize| {
        let differences = values.iter().zip(&values[lag..]).map(|(from, to)| to - from);
        clipped_square(&differences.collect::<Vec<_>>())
    };
    let [near, far] = [squares(1), squares(2)];
    if near <= 0.0 {
        return Noise { variance: 0.0, correlation: 0.0 };
    }
    // The ratio is too small by about (1 + 3ρ)/n, as a measured correlation is.
    let correlation = (n * (far / near - 1.0) + 1.0) / (n - 3.0);
    let correlation = correlation.clamp(0.0, MOST_CORRELATED);
    Noise { variance: near / 2.0 / (1.0 - correlation), correlation }
}

/// The mean square of values, without those that are far outside.
fn clipped_square(values: &[f64]) -> f64 {
    /// In standard deviations. For normal values the mean of min(z², 2.5²) is 0.97.
    const FAR: f64 = 2.5;
    const KEPT: f64 = 0.97;
    let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    let deviation = MEDIAN_DEVIATION * median(&mut sizes);
    let count = values.len() as f64;
    let mean = |limit: f64| sizes.iter().map(|size| size.min(limit).powi(2)).sum::<f64>() / count;
    if deviation > 0.0 { mean(FAR * deviation) / KEPT } else { mean(f64::INFINITY) }
}

/// The stretch whose mean differs most from that of all other values, by what it leaves of
/// their squares. Of values less their mean, with a sum S in a stretch of k of n, two means
/// take S²n/(k(n - k)) away.
fn best_arc(
    values: &[f64],
    least: usize,
    work: Work<'_>,
) -> Result<Option<(usize, usize)>, Cancelled> {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let sums = sums(&values.iter().map(|value| value - mean).collect::<Vec<_>>());
    let gains: Vec<f64> = (0..=n).map(|k| 1.0 / (k as f64 * (n - k).max(1) as f64)).collect();
    let (mut best, mut arc) = (0.0, None);
    for start in (0..n).filter(|start| *start == 0 || *start >= least) {
        work.check()?;
        // Up to the end, or so far from it that the rest is a level; and not everything.
        let inner = start + least..(n + 1).saturating_sub(least);
        let last = (start >= least && start + least <= n).then_some(n);
        let gain = |end: usize| (sums[end] - sums[start]).powi(2) * gains[end - start];
        let most = inner.clone().map(gain).fold(last.map_or(0.0, gain), f64::max);
        if most > best {
            best = most;
            arc = inner.chain(last).find(|end| gain(*end) >= most).map(|end| (start, end));
        }
    }
    Ok(arc)
}

/// What is left around the means inside and outside of a stretch. Two means make the
/// correlation of n values too small by about (2 + 6ρ)/n.
fn around(values: &[f64], (start, end): (usize, usize)) -> Noise {
    let (n, sums) = (values.len(), sums(values));
    let inside = (sums[end] - sums[start]) / (end - start) as f64;
    let outside = (sums[n] - sums[end] + sums[start]) / (n + start - end) as f64;
    let level = |at: usize| if (start..end).contains(&at) { inside } else { outside };
    let left: Vec<f64> = values.iter().enumerate().map(|(at, value)| value - level(at)).collect();
    let squares: f64 = left.iter().map(|value| value * value).sum();
    let products: f64 = left.windows(2).map(|pair| pair[0] * pair[1]).sum();
    if squares <= 0.0 {
        return Noise { variance: 0.0, correlation: 0.0 };
    }
    let count = n as f64;
    let correlation = (count * products / squares + 2.0) / (count - 6.0).max(1.0);
    let correlation = correlation.clamp(0.0, MOST_CORRELATED);
    Noise { variance: squares / (count - 3.0), correlation }
}

/// Values without spikes: those far from the median of five neighbours are moved towards it.
/// The identifier of F. R. Hampel, as in L. Davies and U. Gather, "The identification of
/// multiple outliers", J. Am. Stat. Assoc. 88 (1993). Two spikes in a row go; three are a
/// level.
pub fn without_spikes(values: &[f64]) -> Vec<f64> {
    /// In standard deviations: one in 16 000 normal values is moved.
    const FAR: f64 = 4.0;
    const REACH: usize = 2;
    let middles = (0..values.len()).map(|at| {
        let near = at.saturating_sub(REACH)..(at + REACH + 1).min(values.len());
        median(&mut values[near].to_vec())
    });
    let middles: Vec<f64> = middles.collect();
    let distance = |(value, middle): (&f64, &f64)| (value - middle).abs();
    let mut distances: Vec<f64> = values.iter().zip(&middles).map(distance).collect();
    let mean = distances.iter().sum::<f64>() / distances.len().max(1) as f64;
    let deviation = match MEDIAN_DEVIATION * median(&mut distances) {
        // More than half of the values are equal to their neighbours.
        0.0 => MEAN_DEVIATION * mean,
        deviation => deviation,
    };
    let most = FAR * deviation;
    let kept = values.iter().zip(&middles);
    kept.map(|(value, middle)| value.clamp(middle - most, middle + most)).collect()
}

/// The standard deviation of normal values by their median, and by their mean distance from
/// the middle.
const MEDIAN_DEVIATION: f64 = 1.4826;
const MEAN_DEVIATION: f64 = 1.2533;

/// The sums of the first values, from none to all.
pub fn sums(values: &[f64]) -> Vec<f64> {
    let later = values.iter().scan(0.0, |sum, value| {
        *sum += value;
        Some(*sum)
    });
    std::iter::once(0.0).chain(later).collect()
}

/// 0 for no values.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 { 0.0 } else { (values[(n - 1) / 2] + values[n / 2]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{Cancel, Unwatched};

    fn arc(values: &[f64]) -> Option<(usize, usize)> {
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        best_arc(values, 2, work).expect("no interrupt")
    }

    #[test]
    fn the_best_arc_is_a_step_or_a_stretch() {
        assert_eq!(arc(&[1.0, 1.0, 1.0, 5.0, 5.0]), Some((0, 3)));
        assert_eq!(arc(&[1.0, 1.0, 5.0, 5.0, 5.0, 1.0, 1.0]), Some((2, 5)));
        assert_eq!(arc(&[3.0; 6]), None);
    }

    /// Around 1 and 5: -0.5, 0.5, -0.5, 0.5, 1, -1 have 1 + 2 = 3 squares; neighbours have the
    /// products -0.25 · 3 + 0.5 - 1 = -1.25, so that there is no positive correlation.
    #[test]
    fn levels_do_not_count_as_noise() {
        let values = [0.5, 1.5, 0.5, 1.5, 6.0, 4.0];
        let noise = around(&values, (0, 4));
        assert_eq!(noise, Noise { variance: 3.0 / 3.0, correlation: 0.0 });
        assert_eq!(noise.of_means(), 1.0);
    }

    /// (1 + 0.5) / (1 - 0.5) = 3.
    #[test]
    fn correlation_triples_the_variance_of_a_mean() {
        assert_eq!(Noise { variance: 2.0, correlation: 0.5 }.of_means(), 6.0);
    }

    #[test]
    fn a_spike_becomes_its_neighbours_and_a_level_stays() {
        let values = [1.0, 2.0, 1.0, 2.0, 90.0, 1.0, 2.0, 1.0, 1.0];
        // Middles 1, 1.5, 2, 2, 2, 2, 1, 1, 1; distances 0, 0.5, 1, 0, 88, 1, 1, 0, 0, of which
        // the median is 0.5.
        let kept = without_spikes(&values);
        assert!((kept[4] - (2.0 + 4.0 * 1.4826 * 0.5)).abs() < 1e-12, "{kept:?}");
        assert_eq!((kept[0], kept[8]), (1.0, 1.0));
        // More than half of the distances are zero: their mean is 88 / 7.
        let kept = without_spikes(&[2.0, 2.0, 2.0, 90.0, 2.0, 2.0, 2.0]);
        assert!((kept[3] - (2.0 + 4.0 * 1.2533 * 88.0 / 7.0)).abs() < 1e-9, "{kept:?}");
        let level = [1.0, 1.1, 0.9, 1.0, 1.2, 8.0, 8.1, 7.9, 8.2, 8.0];
        assert_eq!(without_spikes(&level), level);
        assert!(without_spikes(&[]).is_empty());
    }

    #[test]
    fn medians_and_sums() {
        assert_eq!(median(&mut [3.0, 1.0]), 2.0);
        assert_eq!(median(&mut []), 0.0);
        assert_eq!(sums(&[1.0, 2.0, 4.0]), [0.0, 1.0, 3.0, 7.0]);
    }
}
