//! Surprise: how far a part moved away from what all of it did.
//!
//! R. Bhagwan et al., "Adtributor: Revenue Debugging in Advertising Systems", NSDI 2014,
//! rank what explains a change by its explanatory power, its part of the change, and by
//! its surprise: its term of the Jensen-Shannon divergence between the shares before and
//! after. A small function that doubled is more surprising than a large one that grew by
//! as much in proportion to its size.

/// The term of one share, before and after.
pub fn term(before: f64, after: f64) -> f64 {
    let mean = f64::midpoint(before, after);
    let of = |share: f64| if share > 0.0 { share * (share / mean).ln() } else { 0.0 };
    f64::midpoint(of(before), of(after))
}

/// The divergence of a part from the rest, between 0 and ln 2. Of all parts of a tree, the
/// largest is the one that changed as a whole while the rest did not: a scan statistic of
/// a tree (M. Kulldorff, Z. Fang and S. J. Walsh, "A tree-based scan statistic for database
/// disease surveillance", Biometrics 59, 2003), with a divergence that is finite for what
/// is new.
pub fn surprise(before: f64, after: f64) -> f64 {
    // Rounding may leave less than nothing.
    (term(before, after) + term(1.0 - before, 1.0 - after)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surprise_agrees_with_scipy() {
        // scipy.spatial.distance.jensenshannon([b, 1 - b], [a, 1 - a]) ** 2
        for (before, after, expected) in [
            (0.1, 0.2, 0.009_966_389_341),
            (0.0, 0.3, 0.117_276_936_779),
            (0.5, 0.5, 0.0),
            (0.0, 1.0, std::f64::consts::LN_2),
        ] {
            let found = surprise(before, after);
            assert!((found - expected).abs() < 1e-9, "{before} {after}: {found}");
        }
    }

    #[test]
    fn what_doubled_surprises_more_than_what_holds_it() {
        // 5 of 100 doubled, below 40 that otherwise stayed.
        assert!(surprise(0.05, 10.0 / 105.0) > surprise(0.4, 45.0 / 105.0));
        // Two of 5 that doubled surprise most together.
        let both = surprise(0.1, 20.0 / 110.0);
        assert!(both > surprise(0.05, 10.0 / 110.0) && both > surprise(0.5, 60.0 / 110.0));
    }
}
