//! How precise the points of a line are that are means of profiles.
//!
//! In a step there are few profiles, so how much the profiles of a step differ is pooled over
//! all steps of a series, as in a one-way analysis of variance (R. A. Fisher, *Statistical
//! Methods for Research Workers*, 1925); series add up by F. E. Satterthwaite, Biometrics
//! Bulletin 2, 1946.

use crate::profile::chance::{CONFIDENCE, quantile};

/// The profiles of one series in a step: the number of the series, and their values.
pub type InStep = (usize, Vec<f64>);

/// Half of the 95 % interval of the value of each step, which is the sum over series of the
/// mean of their profiles, divided by `across`; `None` if no step has two profiles of a
/// series.
pub fn margins_of_steps(steps: &[Vec<InStep>], across: fn(usize) -> f64) -> Vec<Option<f64>> {
    let n_series = steps.iter().flatten().map(|(series, _)| series + 1).max().unwrap_or(0);
    let mut within = vec![Within::default(); n_series];
    for (series, values) in steps.iter().flatten() {
        within[*series].add(values);
    }
    let all = within.iter().fold(Within::default(), |all, one| Within {
        squares: all.squares + one.squares,
        freedom: all.freedom + one.freedom,
    });
    let margin = |step: &Vec<InStep>| {
        let (mut variance, mut parts) = (0.0, 0.0);
        for (series, values) in step {
            // A series without two profiles in any step varies as the others do.
            let of = if within[*series].freedom > 0.0 { within[*series] } else { all };
            let of_mean = of.squares / of.freedom / values.len() as f64;
            variance += of_mean;
            parts += of_mean * of_mean / of.freedom;
        }
        let freedom = if parts > 0.0 { variance * variance / parts } else { all.freedom };
        Some(half(variance, freedom)? / across(step.len()))
    };
    steps.iter().map(margin).collect()
}

/// Squares of what profiles differ from the mean of their step.
#[derive(Debug, Clone, Copy, Default)]
struct Within {
    squares: f64,
    freedom: f64,
}

impl Within {
    fn add(&mut self, values: &[f64]) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        self.squares += values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        self.freedom += values.len() as f64 - 1.0;
    }
}

fn half(variance: f64, freedom: f64) -> Option<f64> {
    /// With fewer degrees of freedom a band would hide its line.
    const LEAST: f64 = 3.0;
    (freedom >= LEAST).then(|| quantile(1.0 - CONFIDENCE, freedom) * variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_share_how_much_profiles_differ_in_them() {
        // Off by ±1, ±3 and ±2 in three steps: squares 2 + 18 + 8, over three degrees of freedom
        // is 28/3. A mean of two has half of it, a single profile all; t is 3.182446.
        let of = |step: &[f64]| vec![(0, step.to_vec())];
        let steps = [&[9.0, 11.0][..], &[97.0, 103.0], &[5.0, 9.0], &[50.0]].map(of);
        let found = margins_of_steps(&steps, |_| 1.0);
        for (found, part) in found.iter().zip([0.5, 0.5, 0.5, 1.0]) {
            let expected = 3.182_446 * (part * 28.0 / 3.0f64).sqrt();
            assert!((found.expect("a margin") - expected).abs() < 1e-4, "{found:?}");
        }
        // Two series that vary alike: 10 + 10 over four degrees of freedom, as a mean of both
        // half of √10 times 2.776445.
        let both = [9.0, 11.0, 97.0, 103.0];
        let steps =
            [0, 2].map(|at| [0, 1].map(|series| (series, both[at..at + 2].to_vec())).to_vec());
        let found = margins_of_steps(&steps, |series| series as f64)[0].expect("a margin");
        assert!((found - 2.776_445 * 10f64.sqrt() / 2.0).abs() < 1e-4, "{found}");
        assert_eq!(margins_of_steps(&[vec![(0, vec![1.0])]], |_| 1.0), [None]);
    }
}
