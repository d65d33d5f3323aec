//! The error of counting samples, the least that a sum of samples can have.
//!
//! Samples are counts: of a share `x`, the variance is binomial, of an amount Poisson's.
//! If nothing changed, both sides have the same `x`, so it is estimated from both together,
//! as in the score test of two proportions (W. G. Cochran, "Some methods for strengthening
//! the common χ² tests", Biometrics 10, 1954). A side without a sample has an error, too.

/// How one side counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counting {
    /// The value of one sample; 0 for a census.
    pub quantum: f64,
    /// The factor from values to what is compared: one over the whole for shares.
    pub scale: f64,
}

impl Counting {
    /// How many samples are expected per unit of what is compared.
    pub fn weight(self) -> f64 {
        let worth = self.quantum * self.scale.abs();
        if worth > 0.0 { 1.0 / worth } else { 0.0 }
    }

    /// The number of samples in a value.
    pub fn count(self, value: f64) -> f64 {
        if self.quantum > 0.0 { value.abs() / self.quantum } else { 0.0 }
    }
}

/// What all sides have if nothing changed, from their values.
pub fn pooled<const N: usize>(sides: [Counting; N], values: [f64; N]) -> f64 {
    let count: f64 = sides.iter().zip(values).map(|(side, value)| side.count(value)).sum();
    let weight: f64 = sides.iter().map(|side| side.weight()).sum();
    if weight > 0.0 { count / weight } else { 0.0 }
}

/// The variances of counting on each side, in the unit of what is compared.
pub fn floors<const N: usize>(sides: [Counting; N], pooled: f64, is_share: bool) -> [f64; N] {
    let rest = if is_share { (1.0 - pooled).clamp(0.0, 1.0) } else { 1.0 };
    sides.map(|side| side.quantum * side.scale.abs() * pooled * rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_without_samples_has_the_error_of_both_together() {
        // 0 of 300 samples, then 30 of 5 000: together 30 of 5 300.
        let sides = [300.0, 5_000.0].map(|whole| Counting { quantum: 1.0, scale: 1.0 / whole });
        let share = pooled(sides, [0.0, 30.0]);
        assert!((share - 30.0 / 5_300.0).abs() < 1e-15);
        let [before, after] = floors(sides, share, true);
        assert!((before - share * (1.0 - share) / 300.0).abs() < 1e-15);
        assert!((after - share * (1.0 - share) / 5_000.0).abs() < 1e-15);
    }

    #[test]
    fn amounts_of_equal_scale_have_the_sum_of_their_counts() {
        // 12 and 20 samples of 10 each: 10² (12 + 20), half of it on each side.
        let side = Counting { quantum: 10.0, scale: 1.0 };
        let amount = pooled([side; 2], [120.0, 200.0]);
        assert_eq!(floors([side; 2], amount, false), [1_600.0, 1_600.0]);
        // A census is no sample.
        let census = Counting { quantum: 0.0, scale: 1.0 };
        assert_eq!(floors([census; 2], pooled([census; 2], [3.0, 9.0]), false), [0.0, 0.0]);
    }
}
