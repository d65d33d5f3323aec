//! How precise the totals of profiles are: their sum, and their mean in each step of a line.
//!
//! A sum is one over series, in each of which time replicates (`strata`, `correlation`). In
//! a step there are few profiles, so how much the profiles of a step differ is pooled over
//! all steps of a series, as in a one-way analysis of variance (R. A. Fisher, *Statistical
//! Methods for Research Workers*, 1925); series add up by F. E. Satterthwaite, Biometrics
//! Bulletin 2, 1946.

use super::correlation::{Correlation, Shown};
use super::precision::CONFIDENCE;
use super::strata::{Basis, Item, Strata};
use crate::profile::chance::quantile;

/// What a profile adds to a sum, and its profiled time, or 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    pub value: f64,
    pub exposure: f64,
}

/// The profiles of one series in a step: the number of the series, and their values.
pub type InStep = (usize, Vec<f64>);

/// Half of the 95 % interval of the sum of all parts, from the parts of each series in order
/// of time; `None` if no series has two.
pub fn margin_of_sum(series: &[Vec<Part>]) -> Option<f64> {
    let item = |part: &Part| Item { exposure: part.exposure, whole: 0.0 };
    let items: Vec<Vec<Item>> =
        series.iter().map(|parts| parts.iter().map(item).collect()).collect();
    let values: Vec<f64> = series.iter().flatten().map(|part| part.value).collect();
    let strata = Strata::new(&items);
    if strata.covered() == 0.0 {
        return None;
    }
    let spread = strata.spread(&values, 0.0, Basis::Amount);
    let shown = Shown { spread, floor: 0.0, common: None };
    let correlation = Correlation::new(std::iter::once(shown), strata.sizes());
    let (variance, freedom) = correlation.widened(spread, 0.0);
    half(variance, freedom, 1.0)
}

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
    /// With fewer degrees of freedom a band would hide its line.
    const LEAST_OF_STEPS: f64 = 3.0;
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
        Some(half(variance, freedom, LEAST_OF_STEPS)? / across(step.len()))
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

fn half(variance: f64, freedom: f64, least: f64) -> Option<f64> {
    (freedom >= least).then(|| quantile(1.0 - CONFIDENCE, freedom) * variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(values: &[f64]) -> Vec<Part> {
        values.iter().map(|value| Part { value: *value, exposure: 1.0 }).collect()
    }

    #[test]
    fn a_sum_varies_as_its_parts_do_and_series_differ_for_good() {
        // 1, 9 and 5: squares 16 + 16, over n - 1 = 2 is 16, times three parts is 48. t of two
        // degrees of freedom is 4.302653.
        let of_one = margin_of_sum(&[parts(&[1.0, 9.0, 5.0])]).expect("a margin");
        assert!((of_one - 4.302_653 * 48f64.sqrt()).abs() < 1e-4, "{of_one}");
        // A level apart, the same again: 96, and four degrees of freedom: t is 2.776445.
        let both = margin_of_sum(&[parts(&[1.0, 9.0, 5.0]), parts(&[101.0, 109.0, 105.0])]);
        assert!((both.expect("a margin") - 2.776_445 * 96f64.sqrt()).abs() < 1e-4, "{both:?}");
        assert_eq!(margin_of_sum(&[parts(&[1.0]), parts(&[2.0])]), None);
        assert_eq!(margin_of_sum(&[]), None);
    }

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
        let steps = [0, 2].map(|at| [0, 1].map(|series| (series, both[at..at + 2].to_vec())).to_vec());
        let found = margins_of_steps(&steps, |series| series as f64)[0].expect("a margin");
        assert!((found - 2.776_445 * 10f64.sqrt() / 2.0).abs() < 1e-4, "{found}");
        assert_eq!(margins_of_steps(&[vec![(0, vec![1.0])]], |_| 1.0), [None]);
    }
}
