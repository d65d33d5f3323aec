//! Probability distributions and multiple testing, for judging differences.
//!
//! It has the tails of Student's t distribution, and of the normal distribution for a
//! known variance, and the procedure of Benjamini and Hochberg for many tests. Formulas
//! have their numbers in the NIST Digital Library of Mathematical Functions,
//! <https://dlmf.nist.gov>; tests compare with printed tables. A statistics crate would
//! be about fifty times as much code.

use std::f64::consts::PI;

/// The most terms of a continued fraction; ours need fewer than fifty.
const TERMS: usize = 500;

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
    } else if freedom > 1e5 {
        complement_of_error(t / std::f64::consts::SQRT_2)
    } else {
        // 8.17.2, of the density of t with x = ν / (ν + t²).
        incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
    }
}

/// The `t` with this two-sided p-value, for `freedom` degrees of freedom: the inverse of
/// [`two_sided`], by bisection. Infinite for p = 0 and without a degree of freedom.
pub fn two_sided_quantile(p: f64, freedom: f64) -> f64 {
    const HALVINGS: usize = 200;
    let (mut low, mut high) = (0.0, 1.0);
    while two_sided(high, freedom) > p {
        (low, high) = (high, 2.0 * high);
        if high.is_infinite() {
            return high;
        }
    }
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        *(if two_sided(middle, freedom) > p { &mut low } else { &mut high }) = middle;
    }
    high
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

/// ln Γ(x) for x > 0: Stirling's series, 5.11.1, for x large enough.
fn ln_gamma(x: f64) -> f64 {
    // Γ(x) = Γ(x + 1) / x, 5.5.1
    let (mut x, mut product) = (x, 1.0);
    while x < 12.0 {
        product *= x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = (1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1260.0 - y / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + (2.0 * PI).ln() / 2.0 + series - product.ln()
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
                let quantile = two_sided_quantile(p, freedom);
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
        assert_eq!(two_sided_quantile(0.05, 0.0), f64::INFINITY);
        assert!(two_sided_quantile(1.0, 3.0) < 1e-9);
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
    fn gamma_is_a_factorial() {
        for (x, gamma) in [(1.0, 1.0), (5.0, 24.0), (0.5, PI.sqrt()), (11.0, 3_628_800.0_f64)] {
            assert!((ln_gamma(x) - gamma.ln()).abs() < 1e-12, "{x}");
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
