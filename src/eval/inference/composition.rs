//! What changed in share alone.
//!
//! Shares add up to one: if one function doubles, the shares of all others shrink, though
//! they do the same work (J. Aitchison, *The Statistical Analysis of Compositional Data*,
//! 1986). A change in share is a change of the function itself only if its amount per
//! profiled time changed, too.

use crate::profile::Verdict;

/// Marks the significant changes of shares that are no significant change of rates in the
/// same direction.
pub fn mark(shares: &mut [Verdict], rates: &[Verdict]) {
    for (share, rate) in shares.iter_mut().zip(rates) {
        let is_own = rate.significant && rate.z.signum() == share.z.signum();
        share.share_only = share.significant && !is_own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rate_that_moved_the_same_way_is_a_change_of_its_own() {
        let verdict = |z: f64, significant| Verdict { z, significant, ..Verdict::default() };
        let mut shares =
            [verdict(5.0, true), verdict(-4.0, true), verdict(-4.0, true), verdict(1.0, false)];
        let rates =
            [verdict(6.0, true), verdict(-0.5, false), verdict(3.0, true), verdict(0.5, false)];
        mark(&mut shares, &rates);
        assert_eq!(shares.map(|share| share.share_only), [false, true, true, false]);
    }
}
