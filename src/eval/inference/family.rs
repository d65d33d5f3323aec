//! The family of tests: the functions of a diff.
//!
//! The family is every function with a sample on either side, whatever path added it up.
//! Self and total are apart. A function that never has self time is no test of self, and a
//! value that cannot vary, such as the share of `main`, is none either.

use super::estimate::Difference;
use crate::profile::Verdict;
use crate::profile::chance::discoveries;

/// The verdicts on one value of each function, at a false discovery rate.
pub fn verdicts(differences: &[Difference], rate: f64) -> Vec<Verdict> {
    let tested: Vec<usize> =
        (0..differences.len()).filter(|at| !differences[*at].p.is_nan()).collect();
    let probabilities: Vec<f64> = tested.iter().map(|at| differences[*at].p).collect();
    let mut verdicts: Vec<Verdict> = differences.iter().map(verdict).collect();
    for (at, discovered) in tested.into_iter().zip(discoveries(&probabilities, rate)) {
        verdicts[at].significant = discovered;
    }
    verdicts
}

fn verdict(difference: &Difference) -> Verdict {
    let Difference { delta, se, z, p, freedom } = *difference;
    Verdict { delta, se, z, p, freedom, significant: false, share_only: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_test_does_not_count() {
        let of = |p: f64| Difference { p, ..Difference::NONE };
        // 0.01 is the least of three tests: at most 0.05 / 3; of six it would not be.
        let family = [0.01, 0.5, 0.9].map(of);
        let more = [f64::NAN; 3].map(of);
        let found = |family: &[Difference]| -> Vec<bool> {
            verdicts(family, 0.05).iter().map(|verdict| verdict.significant).collect()
        };
        assert_eq!(found(&family), [true, false, false]);
        let with = [family, more].concat();
        assert_eq!(found(&with), [true, false, false, false, false, false]);
    }
}
