//! The correlation of neighbours in time, and how much it widens an error.
//!
//! Sums over time, such as CPU time, have none unless they show it. A level, such as memory in
//! use, is a state that stays: a heap is nearly the one before it. There, so much is taken
//! before anything is seen, and moved towards what is.
//!
//! Where profiles that follow each other are alike, there are fewer replicates than
//! profiles. Counts of samples do not depend on each other; what varies beyond them is
//! taken as a first-order autoregression, with one coefficient ρ for all functions of both
//! sides, which are recorded alike. Its expected products and squares of residuals are exact
//! for any number of replicates (F. H. C. Marriott and J. A. Pope, Biometrika 41, 1954), so
//! that their ratio, summed over functions, gives ρ without the bias of short series. The
//! variance is widened by the exact form of (1 + ρ) / (1 - ρ): G. V. Bayley and J. M.
//! Hammersley, "The effective number of independent observations in an autocorrelated time
//! series", J. R. Stat. Soc. Suppl. 8 (1946).

use super::strata::Spread;

/// A ratio within so many standard errors of none is chance.
const SURE: f64 = 2.0;
/// The same of a few functions, whose ratio has a large error: they are rather too wide.
const SURE_OF_FEW: f64 = 1.0;

/// Neighbours of recorded services correlate by about as much; 0.35 was the most that was seen.
const USUAL: f64 = 0.3;

/// Neighbouring snapshots of a level correlate by about as much; a walk has 1.
const USUAL_OF_LEVELS: f64 = 0.7;
/// Fewer snapshots of a series show no correlation at all.
const LEVELS: usize = 4;

/// A larger ρ cannot be told from a trend, which a few functions may have and others not.
const MOST: f64 = 0.8;

/// What one function shows of the correlation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    pub spread: Spread,
    /// The variance of counting; zero if nothing is sampled.
    pub floor: f64,
    /// How many times that functions of its size vary, if there are enough of them.
    pub common: Option<f64>,
}

/// The correlation on one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// Of what varies beyond the counting of samples.
    pub rho: f64,
    /// The factor by which it widens that variance.
    pub widening: f64,
}

impl Correlation {
    pub const NONE: Correlation = Correlation { rho: 0.0, widening: 1.0 };

    /// From what is seen on one side.
    pub fn new(seen: Seen) -> Correlation {
        let [correlation] = Correlation::of_sides([seen]);
        correlation
    }

    /// From what is seen on all sides, which are taken to correlate alike.
    pub fn of_sides<const N: usize>(sides: [Seen; N]) -> [Correlation; N] {
        let rho = rho(&sides);
        sides.map(|side| match rho {
            rho if rho > 0.0 && side.has_neighbours() => {
                Correlation { rho, widening: widening(rho, side.sizes.into_iter()) }
            }
            _ => Correlation::NONE,
        })
    }

    /// The variance of a sum with replicates that correlate, and its degrees of freedom.
    #[must_use]
    pub fn widened(self, spread: Spread, floor: f64) -> (f64, f64) {
        let beyond = (spread.variance - floor).max(0.0);
        if beyond == 0.0 || self.rho == 0.0 {
            return (spread.variance, spread.freedom);
        }
        let rho = self.rho * beyond / spread.variance;
        let fewer = (1.0 - rho * rho) / (1.0 + rho * rho);
        (spread.variance + (self.widening - 1.0) * beyond, spread.freedom * fewer)
    }
}

/// What the functions of one side show.
#[derive(Debug, Default)]
pub struct Seen {
    sums: Sums,
    /// The numbers of replicates in the strata.
    sizes: Vec<usize>,
    /// Whether these are levels.
    is_level: bool,
}

impl Seen {
    pub fn new(
        functions: impl Iterator<Item = Shown>,
        sizes: impl Iterator<Item = usize>,
        is_level: bool,
    ) -> Seen {
        let sizes: Vec<usize> = sizes.collect();
        let (products, squares) = expected(&sizes, 0.0);
        let mut sums = Sums::default();
        for Shown { spread, floor, common } in functions.filter(|it| it.spread.squares > 0.0) {
            if floor == 0.0 {
                sums.add(spread.products / spread.squares, 1.0, 1.0);
                continue;
            }
            sums.has_common = common.is_some();
            let beyond = [spread.products / floor - products, spread.squares / floor - squares];
            let times = common.unwrap_or(spread.squares / floor / squares);
            sums.add(beyond[0] / times, beyond[1] / times, 1.0 - 1.0 / times);
            sums.expected += squares * (1.0 - 1.0 / times).powi(2);
        }
        let is_level = is_level && sizes.iter().any(|size| *size >= LEVELS);
        Seen { sums, sizes, is_level }
    }

    /// One replicate has no neighbour, and the residuals of two are always opposite.
    fn has_neighbours(&self) -> bool {
        self.sizes.iter().any(|size| *size > 2)
    }

    fn pairs(&self) -> f64 {
        self.sizes.iter().map(|size| *size as f64 - 1.0).sum()
    }
}

/// The products and squares that are expected of values of variance 1.
fn expected(sizes: &[usize], rho: f64) -> (f64, f64) {
    sizes.iter().fold((0.0, 0.0), |(products, squares), size| {
        (products + products_of(rho, *size as f64), squares + squares_of(rho, *size as f64))
    })
}

/// The coefficient that all sides have in common.
fn rho(sides: &[Seen]) -> f64 {
    let seen = || sides.iter().filter(|side| side.has_neighbours());
    let sizes: Vec<usize> = seen().flat_map(|side| &side.sizes).copied().collect();
    let sums = seen().fold(Sums::default(), |all, side| all.with(&side.sums, side.pairs()));
    if sums.squares <= 0.0 {
        return 0.0;
    }
    let (products, squares) = expected(&sizes, 0.0);
    let none = products / squares;
    let found = match seen().any(|side| side.is_level) {
        true => {
            let (products, squares) = expected(&sizes, USUAL_OF_LEVELS);
            sums.ratio_of_levels(products / squares)
        }
        false => sums.ratio(none),
    };
    if found <= none {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, MOST);
    for _ in 0..30 {
        let rho = f64::midpoint(low, high);
        let (products, squares) = expected(&sizes, rho);
        if products / squares < found { low = rho } else { high = rho }
    }
    low
}

/// Products and squares beyond those of counting, summed over functions. Each has the
/// weight that gives the sum the least error.
#[derive(Debug, Default)]
struct Sums {
    products: f64,
    squares: f64,
    /// The squares that functions of their sizes have.
    expected: f64,
    /// The effective number of functions: those that vary little beyond counting say little.
    functions: f64,
    /// The same times the pairs of neighbours that each of them has.
    pairs: f64,
    /// Whether there are enough functions to tell how much one of a size varies.
    has_common: bool,
}

impl Sums {
    /// `part`: how much of what a function varies is beyond counting.
    fn add(&mut self, products: f64, squares: f64, part: f64) {
        if part > 0.0 {
            self.products += part * products;
            self.squares += part * squares;
            self.functions += part * part;
        }
    }

    /// Together with those of another side.
    fn with(self, other: &Sums, pairs: f64) -> Sums {
        Sums {
            products: self.products + other.products,
            squares: self.squares + other.squares,
            expected: self.expected + other.expected,
            functions: self.functions + other.functions,
            pairs: self.pairs + pairs * other.functions,
            has_common: self.has_common || other.has_common,
        }
    }

    /// The standard error of the ratio where nothing correlates.
    fn error(&self) -> f64 {
        1.0 / self.pairs.sqrt()
    }

    /// The ratio of products to squares.
    fn found(&self) -> f64 {
        /// Less than this part of the expected squares is chance, and no divisor.
        const LEAST: f64 = 0.5;
        self.products / self.squares.max(LEAST * self.expected)
    }

    /// The ratio that was found, moved towards the usual one of levels.
    fn ratio_of_levels(&self, usual: f64) -> f64 {
        usual + known(self.error()) * (self.found().min(1.0) - usual)
    }

    /// The ratio that was found, or that of no correlation if it is no further away than chance
    /// explains. Its standard error is that of M. S. Bartlett, J. R. Stat. Soc. Suppl. 8 (1946).
    fn ratio(&self, none: f64) -> f64 {
        let error = self.error();
        let beyond = self.found() - none;
        let sure = if self.has_common { SURE } else { SURE_OF_FEW };
        if beyond <= sure * error {
            return none;
        }
        // That of a correlation is smaller by √(1 - ρ²).
        let rho = (known(error) * beyond).clamp(0.0, MOST);
        none + known(error * (1.0 - rho * rho).sqrt()) * beyond
    }
}

/// How much of a ratio with this error counts. One with a large error is moved towards the usual
/// one, as the mean of a normal posterior: B. Efron and C. Morris, J. Am. Stat. Assoc. 70 (1975).
fn known(error: f64) -> f64 {
    USUAL * USUAL / (USUAL * USUAL + error * error)
}

/// The variance of the sum of `n` values of variance 1, divided by n.
fn of_sum(rho: f64, n: f64) -> f64 {
    1.0 + 2.0 * rho / (1.0 - rho) * (1.0 - (1.0 - rho.powf(n)) / (n * (1.0 - rho)))
}

/// The expected sum of squared residuals of `n` values of variance 1.
fn squares_of(rho: f64, n: f64) -> f64 {
    n - of_sum(rho, n)
}

/// The expected sum of products of neighbouring residuals.
fn products_of(rho: f64, n: f64) -> f64 {
    let with_first = (1.0 - rho.powf(n)) / (1.0 - rho);
    (n - 1.0) * rho - of_sum(rho, n) * (n + 1.0) / n + 2.0 * with_first / n
}

/// The true variance of a sum over the expected variance between its replicates.
fn widening(rho: f64, sizes: impl Iterator<Item = usize>) -> f64 {
    let (mut real, mut between) = (0.0, 0.0);
    for size in sizes.map(|size| size as f64) {
        real += of_sum(rho, size);
        between += squares_of(rho, size) / (size - 1.0);
    }
    if between > 0.0 { real / between } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_sums_are_those_of_three_values() {
        // Values with correlations ρ and ρ²: Var(sum) = 3 + 4ρ + 2ρ².
        let rho = 0.5;
        let of_mean = (3.0 + 4.0 * rho + 2.0 * rho * rho) / 3.0;
        assert!((of_sum(rho, 3.0) - of_mean).abs() < 1e-12);
        assert!((squares_of(rho, 3.0) - (3.0 - of_mean)).abs() < 1e-12);
        // E (x1 - m)(x2 - m) = ρ - E m (x1 + x2) + E m², and the same for x2 and x3:
        // E m x1 = (1 + ρ + ρ²) / 3, E m x2 = (1 + 2ρ) / 3, E m² = Var(sum) / 9.
        let with = (1.0 + rho + rho * rho) / 3.0 + (1.0 + 2.0 * rho) / 3.0;
        let products = 2.0 * (rho - with + of_mean / 3.0);
        assert!((products_of(rho, 3.0) - products).abs() < 1e-12);
    }

    #[test]
    fn many_values_are_widened_by_the_usual_factor_and_two_by_all_of_it() {
        let usual = |rho: f64| (1.0 + rho) / (1.0 - rho);
        assert!((widening(0.5, [100_000].into_iter()) / usual(0.5) - 1.0).abs() < 1e-3);
        assert!((widening(0.5, [2].into_iter()) - usual(0.5)).abs() < 1e-12);
        assert!((widening(0.0, [7].into_iter()) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_expected_of_a_correlation_is_found_as_it() {
        // Many functions whose sums are exactly those of ρ = 0.6 in twenty replicates, four
        // times as large as those of counting.
        let n = 20.0;
        let sum = |of: fn(f64, f64) -> f64| of(0.0, n) + 3.0 * of(0.6, n);
        let spread = Spread {
            variance: 1.0 + 3.0 * squares_of(0.6, n) / (n - 1.0),
            freedom: n - 1.0,
            products: sum(products_of),
            squares: sum(squares_of),
        };
        let shown = |spread: Spread| Shown { spread, floor: 1.0, common: None };
        let functions = std::iter::repeat_n(shown(spread), 100_000);
        let found = Correlation::new(Seen::new(functions, [20].into_iter(), false));
        assert!((found.rho - 0.6).abs() < 1e-3, "{found:?}");
        // The true variance: that of counting, and three times that of the sum.
        let (variance, _) = found.widened(spread, 1.0);
        assert!((variance - 1.0 - 3.0 * of_sum(0.6, n)).abs() < 2e-2, "{variance}");
        // Three such functions are less sure. A part of 1 - 1/times is beyond counting, which
        // three functions show in nineteen pairs each.
        let three = Correlation::new(Seen::new(
            std::iter::repeat_n(shown(spread), 3),
            [20].into_iter(),
            false,
        ));
        let times = spread.squares / squares_of(0.0, n);
        let error = 1.0 / (19.0 * 3.0 * (1.0 - 1.0 / times).powi(2)).sqrt();
        let [none, found] = [0.0, 0.6].map(|rho| products_of(rho, n) / squares_of(rho, n));
        // Its error is that of the correlation which is found first.
        let known = |error: f64| 0.09 / (0.09 + error * error);
        let first = (found - none) * known(error);
        let moved = none + (found - none) * known(error * (1.0 - first * first).sqrt());
        let ratio = products_of(three.rho, n) / squares_of(three.rho, n);
        assert!((ratio - moved).abs() < 1e-3 && three.rho < 0.55, "{three:?}");
        // Levels correlate usually; many functions show what it is.
        let level = |count: usize| {
            let functions = std::iter::repeat_n(shown(spread), count);
            Correlation::new(Seen::new(functions, [20].into_iter(), true)).rho
        };
        assert!((level(100_000) - 0.6).abs() < 1e-3 && level(1) > level(100), "{}", level(1));
        // One may be chance, and so is what is no more than counting.
        let little = Spread { products: 0.02 * spread.products, ..spread };
        let one =
            Correlation::new(Seen::new(std::iter::once(shown(little)), [20].into_iter(), false));
        assert_eq!(one, Correlation::NONE);
        let counted =
            Spread { products: products_of(0.0, n), squares: squares_of(0.0, n), ..spread };
        let none =
            Correlation::new(Seen::new(std::iter::once(shown(counted)), [20].into_iter(), false));
        assert_eq!(none, Correlation::NONE);
    }
}
