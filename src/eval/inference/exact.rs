//! Few samples: their distribution is skewed, so the p-value of t is wrong.
//!
//! One sample in 3 profiles and none in 50 is z = 4 by the error of counting, but chance
//! puts it there once in eighteen. Given the samples of both sides together, those of one
//! side are binomial: the exact test of two rates (J. Przyborowski and H. Wilenski,
//! Biometrika 31, 1940), with Lancaster's mid-p. Where profiles vary more than counting alone, counts are divided
//! by that factor: the effective sample size of E. L. Korn and B. I. Graubard, "Confidence
//! intervals for proportions with small expected number of positive counts estimated from
//! survey data", Survey Methodology 24 (1998).
//!
//! Where the exact p-value is larger, the standard error is widened to agree with it, so
//! that the interval says the same: test-based limits, O. S. Miettinen, "Estimability and
//! estimation in case-referent studies", Am. J. Epidemiol. 103 (1976).

use super::estimate::Difference;
use crate::profile::chance::{quantile, two_sided_binomial};

/// From this many expected samples on the smaller side, t is as good.
const MANY: f64 = 50.0;
/// A larger p-value is far from any limit.
const UNSURE: f64 = 0.2;

/// How many samples a side has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Few {
    /// Effective samples.
    pub count: f64,
    /// The number expected, up to a factor that both sides have in common.
    pub weight: f64,
}

/// The difference with the p-value of few samples, where that is larger.
pub fn exact(difference: Difference, [before, after]: [Few; 2]) -> Difference {
    let (count, weight) = (before.count + after.count, before.weight + after.weight);
    let least = before.weight.min(after.weight);
    // Not less than UNSURE, or NaN.
    let is_unsure = !matches!(difference.p, p if p < UNSURE);
    if is_unsure || least <= 0.0 || count * least / weight >= MANY || difference.se == 0.0 {
        return difference;
    }
    let p = two_sided_binomial(before.count, count, before.weight / weight);
    if p <= difference.p {
        return difference;
    }
    let z = quantile(p, difference.freedom).max(f64::MIN_POSITIVE).copysign(difference.z);
    let se = match p {
        // Of so few samples every split is as likely: the error is at least the change.
        1.0 => difference.se.max(difference.delta.abs()),
        _ => difference.delta / z,
    };
    Difference { p, se, z: difference.delta / se, ..difference }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::chance::two_sided;

    fn few(count: f64, weight: f64) -> Few {
        Few { count, weight }
    }

    #[test]
    fn a_sample_on_the_smaller_side_is_no_discovery() {
        // 1 sample in 3 profiles, none in 50, z = 4.08: by chance 3/53, half of it on each
        // side of what was seen, and twice that for two sides.
        let z = 4.08;
        let by_t = Difference { delta: 0.333, se: 0.333 / z, z, p: 4.5e-5, freedom: f64::INFINITY };
        let found = exact(by_t, [few(1.0, 3.0), few(0.0, 50.0)]);
        assert!((found.p - 3.0 / 53.0).abs() < 1e-9, "{found:?}");
        // The interval agrees: z and se are those of the p-value.
        assert!((two_sided(found.z, f64::INFINITY) - found.p).abs() < 1e-9);
        assert!((found.z * found.se - found.delta).abs() < 1e-12);
    }

    #[test]
    fn many_samples_and_unsure_ones_stay_as_they_are() {
        let by_t = Difference { delta: 1.0, se: 0.25, z: 4.0, p: 6e-5, freedom: 30.0 };
        assert_eq!(exact(by_t, [few(120.0, 1.0), few(60.0, 1.0)]), by_t);
        let unsure = Difference { z: 1.0, p: 0.3, ..by_t };
        assert_eq!(exact(unsure, [few(3.0, 1.0), few(1.0, 1.0)]), unsure);
    }
}
