//! One side of a change and its error, and both sides together.

use crate::profile::Change;
use crate::profile::chance::two_sided;

/// A value and its variance, in the unit of what is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub variance: f64,
    /// Degrees of freedom of the variance; infinite if it is known, 0 if nothing is.
    pub freedom: f64,
}

/// After minus before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub delta: f64,
    pub se: f64,
    /// The change divided by its standard error; infinite if the change is certain.
    pub z: f64,
    /// The probability of a change as large by chance; NaN if there is nothing to test.
    pub p: f64,
    pub freedom: f64,
}

impl Difference {
    /// Nothing to test: nothing there, or a value that cannot vary.
    pub const NONE: Difference =
        Difference { delta: 0.0, se: 0.0, z: 0.0, p: f64::NAN, freedom: f64::INFINITY };

    /// B. L. Welch, "The generalization of 'Student's' problem when several different
    /// population variances are involved", Biometrika 34 (1947).
    pub fn new(before: Estimate, after: Estimate) -> Difference {
        let part = |side: Estimate| match side.variance {
            0.0 => 0.0,
            variance => variance * variance / side.freedom,
        };
        let (variance, parts) = (before.variance + after.variance, part(before) + part(after));
        let freedom = match parts {
            0.0 if before.freedom.min(after.freedom) == 0.0 => 0.0,
            0.0 => f64::INFINITY,
            parts => variance * variance / parts,
        };
        Difference::of([before.value, after.value], variance, freedom)
    }

    /// From the values before and after, and the variance of their difference.
    pub fn of([before, after]: [f64; 2], variance: f64, freedom: f64) -> Difference {
        /// A smaller |z| is never significant; most functions are below it.
        const LEAST: f64 = 0.05;
        let delta = Change { before, after }.delta();
        let se = variance.sqrt();
        if freedom == 0.0 && (before != 0.0 || after != 0.0) {
            // No replicate, and no counting: the error is unknown.
            let unknown = f64::NAN;
            return Difference { delta, se: unknown, z: unknown, p: f64::NAN, freedom };
        }
        if se == 0.0 && delta == 0.0 {
            return Difference { freedom, ..Difference::NONE };
        }
        let z = delta / se;
        let p = if z.abs() < LEAST { 1.0 } else { two_sided(z, freedom) };
        Difference { delta, se, z, p, freedom }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_two_sides_are_combined_by_welch() {
        // scipy.stats.ttest_ind_from_stats(5, 2, 4, 9, 6, 9, equal_var=False): variances of
        // the means 1 and 4, 3 and 8 degrees of freedom.
        let side = |value, variance, freedom| Estimate { value, variance, freedom };
        let found = Difference::new(side(5.0, 1.0, 3.0), side(9.0, 4.0, 8.0));
        assert!((found.z - 1.788_854_382).abs() < 1e-9, "{found:?}");
        assert!((found.p - 0.10191025356267049).abs() < 1e-9, "{found:?}");
        // (1 + 4)² / (1/3 + 16/8)
        assert!((found.freedom - 25.0 / (1.0 / 3.0 + 2.0)).abs() < 1e-9);
    }

    #[test]
    fn a_change_without_variation_is_certain_and_nothing_is_no_test() {
        let side = |value, freedom| Estimate { value, variance: 0.0, freedom };
        let certain = Difference::new(side(20.0, 49.0), side(30.0, 49.0));
        assert_eq!((certain.se, certain.z, certain.p), (0.0, f64::INFINITY, 0.0));
        assert!(Difference::new(side(20.0, 49.0), side(20.0, 49.0)).p.is_nan());
        let unknown = Difference::new(side(20.0, 0.0), side(30.0, 0.0));
        assert!(unknown.se.is_nan() && unknown.p.is_nan());
    }
}
