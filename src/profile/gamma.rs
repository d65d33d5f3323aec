//! The gamma function and the derivatives of its logarithm.
//!
//! Formulas have their numbers in the NIST Digital Library of Mathematical Functions,
//! <https://dlmf.nist.gov>. The series converge for large x; smaller ones are moved there
//! by recurrence.

use std::f64::consts::PI;

/// From here on the series are exact to the last digits.
const LARGE: f64 = 12.0;

/// ln Γ(x) for x > 0: Stirling's series, 5.11.1.
pub fn ln_gamma(x: f64) -> f64 {
    // Γ(x) = Γ(x + 1) / x, 5.5.1
    let (mut x, mut product) = (x, 1.0);
    while x < LARGE {
        product *= x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = (1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1260.0 - y / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + (2.0 * PI).ln() / 2.0 + series - product.ln()
}

/// ψ(x) for x > 0, the derivative of ln Γ: 5.11.2.
pub fn digamma(x: f64) -> f64 {
    // ψ(x) = ψ(x + 1) - 1/x, 5.5.2
    let (mut x, mut less) = (x, 0.0);
    while x < LARGE {
        less += 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y * (1.0 / 12.0 - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y / 240.0)));
    x.ln() - 0.5 / x - series - less
}

/// ψ′(x) for x > 0: the derivative of 5.11.2.
pub fn trigamma(x: f64) -> f64 {
    let (mut x, mut more) = (x, 0.0);
    while x < LARGE {
        more += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y * (1.0 / 6.0 - y * (1.0 / 30.0 - y * (1.0 / 42.0 - y / 30.0)));
    (1.0 + 0.5 / x + series) / x + more
}

/// The x with ψ′(x) = y for y > 0, by Newton's method on 1/ψ′, which is nearly a line
/// (G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 3 (2004), appendix).
pub fn trigamma_inverse(y: f64) -> f64 {
    /// The method converges from below in a few steps.
    const STEPS: usize = 50;
    let mut x = 0.5 + 1.0 / y;
    for _ in 0..STEPS {
        let value = trigamma(x);
        let step = value * (1.0 - value / y) / tetragamma(x);
        x += step;
        if -step / x < 1e-8 {
            break;
        }
    }
    x
}

/// ψ″(x) for x > 0.
fn tetragamma(x: f64) -> f64 {
    let (mut x, mut less) = (x, 0.0);
    while x < LARGE {
        less += 2.0 / (x * x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y * (0.5 - y * (1.0 / 6.0 - y * (1.0 / 6.0 - y * 0.3)));
    -y * (1.0 + 1.0 / x + series) - less
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_is_a_factorial() {
        for (x, gamma) in [(1.0, 1.0), (5.0, 24.0), (0.5, PI.sqrt()), (11.0, 3_628_800.0_f64)] {
            assert!((ln_gamma(x) - gamma.ln()).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn derivatives_have_known_values() {
        // Euler's constant, and the sum of 1/n².
        const EULER: f64 = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + EULER).abs() < 1e-12);
        assert!((digamma(0.5) + EULER + 2.0 * 2.0_f64.ln()).abs() < 1e-12);
        assert!((digamma(4.0) - (1.0 + 0.5 + 1.0 / 3.0 - EULER)).abs() < 1e-12);
        assert!((trigamma(1.0) - PI * PI / 6.0).abs() < 1e-12);
        assert!((trigamma(0.5) - PI * PI / 2.0).abs() < 1e-12);
        // -2 ζ(3), scipy.special.polygamma(2, 1)
        assert!((tetragamma(1.0) + 2.404_113_806_319_188_5).abs() < 1e-9);
    }

    #[test]
    fn the_inverse_of_trigamma_is_one() {
        for x in [0.05, 0.5, 1.0, 3.0, 40.0, 1e4] {
            assert!((trigamma_inverse(trigamma(x)) / x - 1.0).abs() < 1e-6, "{x}");
        }
    }
}
