//! Variances of few replicates, moved towards what all functions have in common.
//!
//! The variance of three profiles is a poor guess, but there are hundreds of functions, and
//! functions of one size vary alike. Each variance is taken as a multiple of a base: that
//! of counting samples, or that between blocks in time. The logarithms of these ratios have
//! a trend over the number of samples; how far they are spread around it, beyond what so
//! few replicates explain, says how many degrees of freedom the trend is worth. This is the
//! moderated t of G. K. Smyth, "Linear models and empirical Bayes methods for assessing
//! differential expression", Stat. Appl. Genet. Mol. Biol. 3 (2004), sections 3 and 6.2,
//! with a trend as in limma-trend. The trend is a parabola, because variances are those of counts for rare
//! functions, and a power of the mean for frequent ones (L. R. Taylor, "Aggregation, variance
//! and the mean", Nature 189, 1961).

use crate::profile::gamma::{digamma, trigamma, trigamma_inverse};

/// With fewer functions there is no common trend.
const FUNCTIONS: usize = 8;
/// A function with fewer samples per side says nothing about the trend: its variance takes
/// few values only.
const SAMPLES: f64 = 10.0;
/// As many for each replicate.
const SAMPLES_EACH: f64 = 2.0;

/// The variance of one function over its base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    pub ratio: f64,
    pub freedom: f64,
    /// The number of samples.
    pub count: f64,
}

/// What functions have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// The logarithm of the ratio over that of the count.
    trend: Parabola,
    /// The degrees of freedom that this is worth.
    pub freedom: f64,
}

impl Prior {
    /// From all functions; `None` if too few say anything.
    pub fn fit(observed: impl Iterator<Item = Observed>, replicates: usize) -> Option<Prior> {
        let least = SAMPLES.max(SAMPLES_EACH * replicates as f64);
        let used = observed.filter(|it| it.count >= least && it.freedom > 0.1 && it.ratio > 0.0);
        let points: Vec<Point> = used.map(Point::new).collect();
        if points.len() < FUNCTIONS {
            return None;
        }
        let mut trend = Parabola::fit(&points);
        let n = points.len() as f64;
        let residual = |point: &Point| point.y - trend.at(point.x);
        let spread = mean(&points, |point| residual(point).powi(2)) * n / (n - 3.0);
        let beyond = spread - mean(&points, |point| point.expected);
        if beyond <= 0.0 {
            return Some(Prior { trend, freedom: f64::INFINITY });
        }
        let freedom = 2.0 * trigamma_inverse(beyond);
        trend.height += digamma(freedom / 2.0) - (freedom / 2.0).ln();
        Some(Prior { trend, freedom })
    }

    /// The ratio that functions with so many samples have.
    pub fn common(&self, count: f64) -> f64 {
        self.trend.at(count.max(1.0).ln()).exp()
    }

    /// The ratio of a function and its degrees of freedom, given what it shows itself, and
    /// the freedom of the base, which is infinite if the base is known.
    pub fn posterior(&self, observed: Observed, of_base: f64) -> (f64, f64) {
        let common = self.common(observed.count);
        if self.freedom.is_infinite() {
            return (common, of_base);
        }
        let freedom = self.freedom + observed.freedom;
        let sum = self.freedom * common + observed.freedom * observed.ratio;
        let worth = 1.0 / (1.0 / self.freedom + 1.0 / of_base);
        (sum / freedom, worth + observed.freedom)
    }
}

/// The logarithm of a ratio, over that of the count.
struct Point {
    x: f64,
    y: f64,
    /// The variance that y has for its degrees of freedom.
    expected: f64,
    weight: f64,
}

impl Point {
    fn new(observed: Observed) -> Point {
        let half = observed.freedom / 2.0;
        let expected = trigamma(half);
        // The mean of the logarithm of a χ² with its mean divided out.
        let y = observed.ratio.ln() - digamma(half) + half.ln();
        Point { x: observed.count.ln(), y, expected, weight: 1.0 / expected }
    }
}

fn mean(points: &[Point], of: impl Fn(&Point) -> f64) -> f64 {
    let weight: f64 = points.iter().map(|point| point.weight).sum();
    points.iter().map(|point| point.weight * of(point)).sum::<f64>() / weight
}

/// The least squares of a parabola, level outside of its points.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Parabola {
    height: f64,
    slope: f64,
    bend: f64,
    /// The means of x and x²; and by how much x² grows with x, so that all three are
    /// independent.
    x: f64,
    square: f64,
    lean: f64,
    ends: [f64; 2],
}

impl Parabola {
    fn fit(points: &[Point]) -> Parabola {
        let over = |above: f64, below: f64| if below > 1e-9 { above / below } else { 0.0 };
        let (x, height) = (mean(points, |point| point.x), mean(points, |point| point.y));
        let square = mean(points, |point| (point.x - x).powi(2));
        let third = mean(points, |point| (point.x - x).powi(3));
        let lean = over(third, square);
        let ends = points.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], point| {
            [low.min(point.x), high.max(point.x)]
        });
        let flat = Parabola { height, slope: 0.0, bend: 0.0, x, square, lean, ends };
        let curve = |point: &Point| flat.curve(point.x);
        let slope = over(mean(points, |point| (point.x - x) * point.y), square);
        let bend = over(
            mean(points, |point| curve(point) * point.y),
            mean(points, |point| curve(point).powi(2)),
        );
        Parabola { slope, bend, ..flat }
    }

    fn curve(&self, x: f64) -> f64 {
        (x - self.x).powi(2) - self.square - self.lean * (x - self.x)
    }

    fn at(&self, x: f64) -> f64 {
        let x = x.clamp(self.ends[0], self.ends[1]);
        self.height + self.slope * (x - self.x) + self.bend * self.curve(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(ratio: f64) -> Observed {
        Observed { ratio, freedom: 4.0, count: 100.0 }
    }

    #[test]
    fn a_prior_is_that_of_limma() {
        // limma's fitFDist in Python, for twelve ratios with four degrees of freedom:
        // e = log(s2) - digamma(2) + log(2); v = var(e, ddof=1) - trigamma(2);
        // df2 = 2 trigamma⁻¹(v); s20 = exp(mean(e) + digamma(df2 / 2) - log(df2 / 2))
        // Here a parabola is fitted as well, of three parameters: v has n - 3, not n - 1.
        let ratios = [0.2, 0.5, 0.7, 0.9, 1.1, 1.4, 2.0, 3.5, 9.0, 0.1, 0.3, 20.0];
        let prior = Prior::fit(ratios.into_iter().map(observed), 5).expect("enough functions");
        assert!((prior.freedom - 1.6365127111681856).abs() < 1e-6, "{prior:?}");
        let (ratio, freedom) = prior.posterior(observed(1.0), f64::INFINITY);
        assert!(
            (ratio - 0.9153830531845415).abs() < 1e-6
                && (freedom - 1.6365127111681856 - 4.0).abs() < 1e-6,
            "{ratio}"
        );
    }

    #[test]
    fn alike_functions_are_worth_all_there_is() {
        let prior = Prior::fit((0..20).map(|_| observed(1.5)), 5).expect("enough functions");
        // exp(ln 1.5 - ψ(2) + ln 2), whatever a function shows itself.
        let common = 1.5 * 2.0 / digamma(2.0).exp();
        assert_eq!(prior.freedom, f64::INFINITY);
        assert!((prior.posterior(observed(40.0), f64::INFINITY).0 - common).abs() < 1e-9);
    }

    #[test]
    fn few_functions_or_few_samples_have_no_trend() {
        assert_eq!(Prior::fit((0..7).map(|_| observed(1.5)), 5), None);
        let rare = Observed { count: 9.0, ..observed(1.5) };
        assert_eq!(Prior::fit((0..70).map(|_| rare), 5), None);
        let large = |count: f64| Observed { ratio: count, freedom: 1e3, count };
        let counts = (1..=20).map(|n| large(f64::from(20 * n)));
        let prior = Prior::fit(counts, 5).expect("enough functions");
        // The ratio grows as the count does: so it does for a count in between.
        assert!((prior.posterior(large(50.0), f64::INFINITY).0 / 50.0 - 1.0).abs() < 1e-2);
    }
}
