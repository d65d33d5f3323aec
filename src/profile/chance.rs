//! Probability distributions and multiple testing, for judging differences.
//!
//! It has the tails of Student's t distribution, and of the normal distribution for a
//! known variance, those of the binomial distribution, and the procedure of Benjamini and Hochberg for many tests. Formulas
//! have their numbers in the NIST Digital Library of Mathematical Functions,
//! <https://dlmf.nist.gov>; tests compare with printed tables. A statistics crate would
//! be about fifty times as much code.

use std::f64::consts::PI;

use super::gamma::ln_gamma;

/// The usual probability of an interval.
pub const CONFIDENCE: f64 = 0.95;

/// The most terms of a continued fraction; ours need fewer than fifty.
const TERMS: usize = 500;

/// With more degrees of freedom, t is normal.
const NORMAL: f64 = 1e5;

/// Iteration stops at this relative change.
const ENOUGH: f64 = 1e-15;

/// The two-sided p-value of `t`: the probability of a value at least as far from zero,
/// for `freedom` degrees of freedom. With infinitely many, that of the normal
/// distribution.
pub fn two_sided(t: f64, freedom: f64) -> f64 {
    let t = t.abs();
    if t.is_nan() || freedom <= 0.0 {
        1.0
    } else if t.is_infinite() {
        0.0
    } else if freedom > NORMAL {
        complement_of_error(t / std::f64::consts::SQRT_2)
    } else {
        // 8.17.2, of the density of t with x = ν / (ν + t²).
        incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
    }
}

/// The `t` that is exceeded, on either side, with this probability: the inverse of
/// [`two_sided`], by Newton's method on the logarithms of both.
pub fn quantile(probability: f64, freedom: f64) -> f64 {
    /// More than any case needs.
    const STEPS: usize = 60;
    if probability.is_nan() || probability >= 1.0 {
        return 0.0;
    }
    if freedom <= 0.0 || probability <= 0.0 {
        return f64::INFINITY;
    }
    let goal = probability.ln();
    // The tail of the normal distribution is below exp(-t² / 2), so this is never less than
    // its quantile, from where Newton's method goes straight down.
    let mut at = (-2.0 * goal).sqrt().ln();
    let mut last = at;
    for _ in 0..STEPS {
        let t = at.exp();
        let above = two_sided(t, freedom);
        // How fast the logarithm falls with that of t.
        let fall = 2.0 * t * density(t, freedom) / above;
        let step = match above {
            // Too far out for a number: half of the way back.
            0.0 => (last - at) / 2.0,
            above => {
                last = at;
                ((above.ln() - goal) / fall).clamp(-2.0, 50.0)
            }
        };
        at += step;
        if step.abs() < 1e-13 {
            break;
        }
    }
    at.exp()
}

/// The half of a 95 % confidence interval in standard errors: the quantile of 0.05.
pub fn half_interval(freedom: f64) -> f64 {
    /// That of the normal distribution.
    const Z: f64 = 1.959_963_984_540_054;
    if freedom < 30.0 {
        return quantile(0.05, freedom);
    }
    // M. Abramowitz and I. A. Stegun, 26.7.5: seven digits from here on.
    let (z, square) = (Z, Z * Z);
    let terms = [
        (square + 1.0) / 4.0,
        ((5.0 * square + 16.0) * square + 3.0) / 96.0,
        (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0,
        ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0)
            / 92_160.0,
    ];
    z + z * terms.iter().rev().fold(0.0, |sum, term| (sum + term) / freedom)
}

/// The density of t: 8.17.2 differentiated.
fn density(t: f64, freedom: f64) -> f64 {
    if freedom > NORMAL {
        return (-t * t / 2.0).exp() / (2.0 * PI).sqrt();
    }
    let half = freedom / 2.0;
    let scale = ln_gamma(half + 0.5) - ln_gamma(half) - (PI * freedom).ln() / 2.0;
    (scale - (half + 0.5) * (t * t / freedom).ln_1p()).exp()
}

/// The two-sided p-value of `count` successes in `of` trials of a probability: twice the
/// smaller tail, with half of the count's own probability, without which the test would be
/// too cautious (H. O. Lancaster, "Significance tests in discrete distributions", J. Am.
/// Stat. Assoc. 56, 1961). Counts may be fractions, as effective ones are.
pub fn two_sided_binomial(count: f64, of: f64, probability: f64) -> f64 {
    // 8.17.5: sums of the distribution are incomplete beta functions.
    let from = |count: f64, probability: f64| match count {
        count if count <= 0.0 => 1.0,
        count if count > of => 0.0,
        count => incomplete_beta(probability, count, of - count + 1.0),
    };
    let tail = |count: f64, p: f64| f64::midpoint(from(count, p), from(count + 1.0, p));
    let (at_least, at_most) = (tail(count, probability), tail(of - count, 1.0 - probability));
    (2.0 * at_least.min(at_most)).min(1.0)
}

/// Which null hypotheses to reject, from their p-values, at the false discovery rate
/// `rate`: the procedure of Benjamini and Hochberg, "Controlling the False Discovery
/// Rate", J. R. Stat. Soc. B 57 (1995).
pub fn discoveries(probabilities: &[f64], rate: f64) -> Vec<bool> {
    let mut sorted = probabilities.to_vec();
    sorted.sort_by(f64::total_cmp);
    let allowed = |rank: usize| rate * (rank + 1) as f64 / sorted.len() as f64;
    let last = (0..sorted.len()).rev().find(|rank| sorted[*rank] <= allowed(*rank));
    let most = last.map_or(f64::NEG_INFINITY, |rank| sorted[rank]);
    probabilities.iter().map(|probability| *probability <= most).collect()
}

/// erfc for x ≥ 0: the series 7.6.1 for small x, otherwise the continued fraction 7.9.2,
/// evaluated from its end.
fn complement_of_error(x: f64) -> f64 {
    let scale = (-x * x).exp() / PI.sqrt();
    if x < 2.0 {
        let (mut term, mut sum) = (2.0 * x, 2.0 * x);
        for n in 1..TERMS {
            term *= 2.0 * x * x / (2 * n + 1) as f64;
            sum += term;
        }
        return 1.0 - scale * sum;
    }
    let fraction = (1..=60).rev().fold(x, |below, n| x + f64::from(n) / 2.0 / below);
    scale / fraction
}

/// The regularised incomplete beta function by 8.17.22, on the side where it converges.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return f64::from(u8::from(x >= 1.0));
    }
    let front = a * x.ln() + b * (-x).ln_1p() - ln_gamma(a) - ln_gamma(b) + ln_gamma(a + b);
    // 8.17.4
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - front.exp() / (b * beta_fraction(1.0 - x, b, a));
    }
    front.exp() / (a * beta_fraction(x, a, b))
}

/// The continued fraction of 8.17.22, evaluated from its start (Lentz's method, 3.10).
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut value, mut above, mut below) = (1.0, 1.0, 0.0);
    for n in 1..TERMS {
        let m = (n / 2) as f64;
        // 8.17.23
        let d = if n % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        below = 1.0 / kept(1.0 + d * below);
        above = kept(1.0 + d / above);
        value *= above * below;
        if (above * below - 1.0).abs() < ENOUGH {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_t_agree_with_a_printed_table() {
        // Student's table: 95 %, 99 % and 99.9 % two-sided.
        for (freedom, quantiles) in [
            (1.0, [12.706_2, 63.656_7, 636.619_2]),
            (2.0, [4.302_65, 9.924_84, 31.599_05]),
            (5.0, [2.570_58, 4.032_14, 6.868_83]),
            (10.0, [2.228_14, 3.169_27, 4.586_89]),
            (30.0, [2.042_27, 2.750_00, 3.645_96]),
            (120.0, [1.979_93, 2.617_42, 3.373_45]),
            (f64::INFINITY, [1.959_964, 2.575_829, 3.290_527]),
        ] {
            for (t, p) in quantiles.into_iter().zip([0.05, 0.01, 0.001]) {
                let found = two_sided(-t, freedom);
                assert!((found / p - 1.0).abs() < 3e-5, "{freedom} {t}: {found}");
                let quantile = quantile(p, freedom);
                assert!((quantile / t - 1.0).abs() < 3e-5, "{freedom} {p}: {quantile}");
            }
        }
    }

    #[test]
    fn tails_in_closed_form_are_exact() {
        for t in [0.0, 0.3, 1.0, 2.5, 40.0, 1e6_f64] {
            // ν = 1 is Cauchy's distribution; ν = 2 has an algebraic formula.
            let cauchy = 1.0 - 2.0 / PI * t.atan();
            assert!((two_sided(t, 1.0) - cauchy).abs() < 1e-12, "{t}");
            let two = 1.0 - t / (2.0 + t * t).sqrt();
            assert!((two_sided(t, 2.0) - two).abs() < 1e-12, "{t}");
        }
        assert_eq!(two_sided(f64::NAN, 3.0), 1.0);
        assert_eq!(two_sided(f64::INFINITY, 3.0), 0.0);
        assert_eq!(two_sided(5.0, 0.0), 1.0);
        assert_eq!(quantile(0.05, 0.0), f64::INFINITY);
        assert!(quantile(1.0, 3.0) < 1e-9);
    }

    #[test]
    fn the_normal_tail_agrees_with_a_printed_table() {
        // Abramowitz and Stegun, table 7.1 (erf) and 26.2: two-sided tails.
        for (z, p) in [
            (0.5, 0.617_075_077),
            (1.0, 0.317_310_508),
            (2.0, 0.045_500_264),
            (3.0, 0.002_699_796),
            (4.0, 6.334_248e-5),
            (6.0, 1.973_175e-9),
        ] {
            assert!((two_sided(z, f64::INFINITY) / p - 1.0).abs() < 1e-6, "{z}");
        }
    }

    #[test]
    fn a_quantile_is_where_its_probability_is() {
        for freedom in [0.3, 1.0, 2.0, 4.5, 30.0, f64::INFINITY] {
            // The square of a quantile has to be a number.
            let least = match freedom {
                freedom if freedom < 1.0 => 1e-9,
                freedom if freedom < 10.0 => 1e-100,
                _ => 1e-300,
            };
            let all = [0.9, 0.32, 0.05, 1e-3, 1e-9, 1e-50, 1e-100, 1e-200, 1e-300];
            for p in all.into_iter().filter(|p| *p >= least) {
                let found = two_sided(quantile(p, freedom), freedom);
                assert!((found / p - 1.0).abs() < 1e-9, "{freedom} {p}: {found}");
            }
        }
        assert_eq!(quantile(1.0, 3.0), 0.0);
        assert_eq!((quantile(0.05, 0.0), quantile(0.0, 3.0)), (f64::INFINITY, f64::INFINITY));
        for freedom in [0.5, 3.0, 29.9, 30.0, 31.7, 200.0, f64::INFINITY] {
            let (fast, exact) = (half_interval(freedom), quantile(0.05, freedom));
            assert!((fast / exact - 1.0).abs() < 2e-8, "{freedom}: {fast} {exact}");
        }
    }

    #[test]
    fn binomial_tails_agree_with_scipy() {
        // b = scipy.stats.binom(n, p); less = b.cdf(k) - b.pmf(k) / 2;
        // more = b.sf(k) + b.pmf(k) / 2; 2 * min(less, more)
        for (count, of, probability, p) in [
            (0.0, 30.0, 3.0 / 53.0, 0.17411013091063457),
            (3.0, 3.0, 3.0 / 53.0, 0.0001813577651349772),
            (2.0, 7.0, 3.0 / 53.0, 0.06095947952271599),
            (5.0, 20.0, 0.5, 0.026603698730468753),
            (10.0, 20.0, 0.5, 0.9999999999999998),
            (40.0, 100.0, 0.3, 0.033486983170362875),
        ] {
            let found = two_sided_binomial(count, of, probability);
            assert!((found / p - 1.0).abs() < 1e-9, "{count} of {of}: {found}");
        }
    }

    #[test]
    fn discoveries_agree_with_the_paper() {
        // Section 4.1 of the paper: the first four of fifteen are rejected at 0.05.
        let published = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0,
        ];
        let mut expected = [false; 15];
        expected[..4].fill(true);
        assert_eq!(discoveries(&published, 0.05), expected);
        assert!(discoveries(&[0.9, 0.4], 0.05).iter().all(|rejected| !rejected));
        assert!(discoveries(&[], 0.05).is_empty());
        // A p-value below its threshold also rejects all smaller ones.
        assert_eq!(discoveries(&[0.04, 0.5, 0.03], 0.06), [true, false, true]);
    }
}
