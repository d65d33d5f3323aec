//! The variance of a sum between its replicates.
//!
//! The sum of a side is over items: batches of profiles, or whole series. Items of one
//! stratum replicate each other. The variance is the cluster (linearised) variance of a
//! ratio estimator: W. G. Cochran, *Sampling Techniques*, 3rd ed., sections 6.3 and 11.12.
//! The expected value of an item is proportional to its whole for shares, and to its
//! exposure for amounts.
//!
//! Items may differ in size. A large one pulls the ratio towards itself, so its residual is
//! divided by one minus its leverage (HC2: J. G. MacKinnon and H. White, Journal of
//! Econometrics 29, 1985). With equal items that is Cochran's k / (k - 1). The degrees of
//! freedom are those of as many equal items as have the same sum of squares (A. V. Carter,
//! K. T. Schnepel and D. G. Steigerwald, Review of Economics and Statistics 99, 2017).

use std::ops::Range;

/// A smaller part of a sum is no variation.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// What a value is compared with; decides the expected value of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The value as a part of everything recorded.
    Share,
    Amount,
}

/// What an item adds to both denominators.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    /// Profiled time, or number of profiles.
    pub exposure: f64,
    /// The total of its samples.
    pub whole: f64,
}

/// The items of one side by stratum.
#[derive(Debug)]
pub struct Strata {
    strata: Vec<Range<usize>>,
    /// By item: its fraction of its stratum's exposure.
    parts: Vec<f64>,
    /// By item: its whole minus that fraction of the stratum's whole.
    excess: Vec<f64>,
    /// By item and basis: what a square of its residual counts. That is one over one minus its
    /// leverage, its fraction of what its stratum is compared with.
    weight: [Vec<f64>; 2],
    /// By item: one over the square root of its fraction of the side's exposure, or 0.
    per_root: Vec<f64>,
    /// By stratum and basis: the degrees of freedom.
    freedom: [Vec<f64>; 2],
    /// The fraction of the side's exposure in strata with several items.
    covered: f64,
}

/// The variance of a sum, as its replicates show it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    /// Zero if nothing replicates.
    pub variance: f64,
    /// Degrees of freedom of the variance; 0 if nothing replicates.
    pub freedom: f64,
    /// The sum of products of neighbours in time, and the sum of squares, with each item
    /// divided by the square root of its part of the side.
    pub products: f64,
    pub squares: f64,
}

impl Spread {
    /// Of values multiplied by a factor.
    #[must_use]
    pub fn scaled(self, by: f64) -> Spread {
        let by = by * by;
        Spread {
            variance: by * self.variance,
            freedom: self.freedom,
            products: by * self.products,
            squares: by * self.squares,
        }
    }
}

impl Strata {
    /// From the items of each stratum, in order of time.
    pub fn new(items: &[Vec<Item>]) -> Strata {
        let all: f64 = items.iter().flatten().map(|item| item.exposure).sum();
        let mut strata = Strata {
            strata: Vec::new(),
            parts: Vec::new(),
            excess: Vec::new(),
            weight: [Vec::new(), Vec::new()],
            per_root: Vec::new(),
            freedom: [Vec::new(), Vec::new()],
            covered: 0.0,
        };
        for stratum in items {
            strata.push(stratum, all);
        }
        strata
    }

    fn push(&mut self, stratum: &[Item], all: f64) {
        let start = self.parts.len();
        self.strata.push(start..start + stratum.len());
        let sum = |of: fn(&Item) -> f64| stratum.iter().map(of).sum::<f64>();
        let (exposure, whole) = (sum(|item| item.exposure), sum(|item| item.whole));
        // Without exposure nothing was recorded.
        let part = |of: f64, all: f64| if all > 0.0 { of / all } else { 0.0 };
        let mut squares = [0.0; 2];
        for item in stratum {
            let of_exposure = part(item.exposure, exposure);
            self.parts.push(of_exposure);
            self.excess.push(item.whole - of_exposure * whole);
            let leverages = [part(item.whole, whole).clamp(0.0, 1.0), of_exposure];
            for ((leverage, weight), squares) in
                leverages.into_iter().zip(&mut self.weight).zip(&mut squares)
            {
                weight.push(1.0 / (1.0 - leverage).max(f64::EPSILON));
                *squares += leverage * leverage;
            }
            let root = part(item.exposure, all).sqrt();
            self.per_root.push(if root > 0.0 { 1.0 / root } else { 0.0 });
        }
        for (squares, freedom) in squares.into_iter().zip(&mut self.freedom) {
            freedom.push(if squares > 0.0 { (1.0 / squares - 1.0).max(0.0) } else { 0.0 });
        }
        if stratum.len() > 1 {
            self.covered += part(exposure, all);
        }
    }

    /// The numbers of items of the strata with several.
    pub fn sizes(&self) -> impl Iterator<Item = usize> + Clone {
        self.strata.iter().map(Range::len).filter(|items| *items > 1)
    }

    /// The number of all items.
    pub fn items(&self) -> usize {
        self.parts.len()
    }

    /// The fraction of the side in strata with several items.
    pub fn covered(&self) -> f64 {
        self.covered
    }

    /// What an item differs from its expected value by. `share`: the value as a part of the
    /// whole; 0 for an amount, which does not depend on the rest of the profile.
    fn residual(&self, value: f64, sum: f64, share: f64, at: usize) -> f64 {
        value - self.parts[at] * sum - share * self.excess[at]
    }

    /// The residuals of all items in one stratum, for pairs: those of the other side are
    /// subtracted.
    pub fn residuals(&self, values: &[f64], share: f64) -> Vec<f64> {
        let mut residuals = Vec::with_capacity(values.len());
        for stratum in &self.strata {
            let sum: f64 = values[stratum.clone()].iter().sum();
            let of = |at: usize| self.residual(values[at], sum, share, at);
            residuals.extend(stratum.clone().map(of));
        }
        residuals
    }

    /// The degrees of freedom of all strata together.
    fn all_freedom(&self, basis: Basis) -> f64 {
        let freedom = &self.freedom[usize::from(basis == Basis::Amount)];
        let several = self.strata.iter().zip(freedom).filter(|(stratum, _)| stratum.len() > 1);
        several.map(|(_, freedom)| freedom).sum()
    }

    /// The variance between items, from a value for each. Strata add up; the degrees of
    /// freedom are F. E. Satterthwaite's, Biometrics Bulletin 2, 1946. Strata of one item
    /// are taken to vary as the others do.
    pub fn spread(&self, values: &[f64], share: f64, basis: Basis) -> Spread {
        let weight = &self.weight[usize::from(basis == Basis::Amount)];
        let freedom = &self.freedom[usize::from(basis == Basis::Amount)];
        let (mut spread, mut parts) = (Spread::default(), 0.0);
        if values.iter().all(|value| *value == 0.0) {
            return Spread { freedom: self.all_freedom(basis), ..spread };
        }
        for (stratum, freedom) in self.strata.iter().zip(freedom).filter(|(s, _)| s.len() > 1) {
            let sum: f64 = values[stratum.clone()].iter().sum();
            let (mut of_stratum, mut before) = (0.0, 0.0);
            let (mut squares, mut products) = (0.0, 0.0);
            for at in stratum.clone() {
                let residual = self.residual(values[at], sum, share, at);
                of_stratum += residual * residual * weight[at];
                let residual = residual * self.per_root[at];
                squares += residual * residual;
                products += residual * before;
                before = residual;
            }
            spread.freedom += freedom;
            // What only the rounding of means leaves.
            if of_stratum <= (ROUNDING * sum).powi(2) {
                continue;
            }
            spread.variance += of_stratum;
            spread.squares += squares;
            spread.products += products;
            if *freedom > 0.0 {
                parts += of_stratum * of_stratum / freedom;
            }
        }
        if parts > 0.0 {
            spread.freedom = spread.variance * spread.variance / parts;
        }
        if self.covered > 0.0 {
            spread.variance /= self.covered;
        }
        spread
    }
}

/// The variance of a sum of differences of pairs, and its degrees of freedom. `parts`: how
/// much of both sides each pair is; what is in no pair is taken to vary as the others do.
pub fn of_pairs(apart: &[f64], parts: &[f64]) -> (f64, f64) {
    let all: f64 = parts.iter().sum();
    let leverage = |part: f64| if all > 0.0 { part / all } else { 0.0 };
    let squares: f64 = parts.iter().map(|part| leverage(*part).powi(2)).sum();
    let of =
        |(apart, part): (&f64, &f64)| apart * apart / (1.0 - leverage(*part)).max(f64::EPSILON);
    let variance: f64 = apart.iter().zip(parts).map(of).sum();
    if squares >= 1.0 || all <= 0.0 {
        return (0.0, 0.0);
    }
    (variance / all, 1.0 / squares - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(sizes: &[(f64, f64)]) -> Vec<Item> {
        sizes.iter().map(|(exposure, whole)| Item { exposure: *exposure, whole: *whole }).collect()
    }

    #[test]
    fn equal_items_have_the_variance_of_a_sum() {
        let strata = Strata::new(&[items(&[(1.0, 20.0); 3])]);
        // 1, 9 and 5 of 20: off by -4, 4 and 0, and 3/2 (16 + 16) = 48.
        let spread = strata.spread(&[1.0, 9.0, 5.0], 0.25, Basis::Share);
        assert!((spread.variance - 48.0).abs() < 1e-9 && (spread.freedom - 2.0).abs() < 1e-9);
        // Neighbours: (-4)(4) + (4)(0), times three.
        assert!((spread.products + 48.0).abs() < 1e-9 && (spread.squares - 96.0).abs() < 1e-9);
    }

    #[test]
    fn an_item_of_another_size_counts_by_its_leverage() {
        // Amounts 1 and 9 in 1 s and 3 s: expected 2.5 and 7.5, off by 1.5 each way.
        // 1.5² / (3/4) + 1.5² / (1/4) = 3 + 9; 1 / (1/16 + 9/16) - 1 = 0.6 degrees.
        let strata = Strata::new(&[items(&[(1.0, 0.0), (3.0, 0.0)])]);
        let spread = strata.spread(&[1.0, 9.0], 0.0, Basis::Amount);
        assert!((spread.variance - 12.0).abs() < 1e-9 && (spread.freedom - 0.6).abs() < 1e-9);
    }

    #[test]
    fn strata_differ_for_good_and_a_lone_item_varies_as_the_others_do() {
        let pod = |count| items(&vec![(1.0, 0.0); count]);
        let strata = Strata::new(&[pod(2), pod(2)]);
        // Off by 20 each, from 30 and from 120: 2 (400 + 400) in each stratum.
        let spread = strata.spread(&[10.0, 50.0, 100.0, 140.0], 0.0, Basis::Amount);
        assert!((spread.variance - 3200.0).abs() < 1e-9 && (spread.freedom - 2.0).abs() < 1e-9);
        let strata = Strata::new(&[pod(2), pod(2), pod(1)]);
        let spread = strata.spread(&[10.0, 50.0, 100.0, 140.0, 7.0], 0.0, Basis::Amount);
        assert!((spread.variance - 3200.0 * 5.0 / 4.0).abs() < 1e-9);
        assert_eq!(Strata::new(&[pod(1)]).spread(&[3.0], 0.0, Basis::Amount), Spread::default());
    }
}
