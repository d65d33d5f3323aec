//! How precise a sum of profiles is, from their totals alone.
//!
//! Time replicates in each series (`strata`, `correlation`); series differ for good.

use super::correlation::{Correlation, Seen, Shown};
use super::precision::LEAST_FREEDOM;
use super::strata::{Basis, Item, Strata};
use crate::eval::merge::sums::Part;
use crate::profile::chance::{CONFIDENCE, quantile};

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
    let correlation = Correlation::new(Seen::new(std::iter::once(shown), strata.sizes(), false));
    let (variance, freedom) = correlation.widened(spread, 0.0);
    (freedom >= LEAST_FREEDOM).then(|| quantile(1.0 - CONFIDENCE, freedom) * variance.sqrt())
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
}
