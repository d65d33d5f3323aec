//! Steps in the level of a value over time: when it changed, by how much, how sure that is.
//!
//! The way is that of Apache Otava (M. Fleming, P. Kołaczkowski, I. Kumar, S. Das, S.
//! McCarthy, P. Pattabhiraman and H. Ingo, "Hunter: Using Change Point Detection to Hunt for
//! Performance Regressions", ICPE 2023): candidates first, then a t-test of each between its
//! neighbours, and the weakest is removed until all hold. What differs makes p-values true:
//!
//! - Spikes are removed first (`spread::without_spikes`).
//! - Candidates are those of the best division into levels: B. Jackson and others, "An
//!   algorithm for optimal partitioning of data on an interval", IEEE Signal Processing
//!   Letters 12 (2005). So a change that went away again is found together with its end, where
//!   either alone is too weak.
//! - The variance of a mean knows that neighbours correlate (`spread`).
//! - The best of many places is tested, so that t alone would find changes everywhere. Its
//!   p-value is that of a maximum over all places: R. Miller and D. Siegmund, "Maximally
//!   selected chi square statistics", Biometrics 38 (1982).

use crate::eval::inference::spread::{Spread, sums, without_spikes};
use crate::profile::chance::{quantile, two_sided};
use crate::work::{Cancelled, Work};

/// The fewest points of a level; less is a spike.
pub const LEAST: usize = 3;

/// The largest p-value of a change. Where nothing changed, one in a hundred series has one.
pub const SIGNIFICANCE: f64 = 0.01;

/// The probability outside of an interval.
const OUTSIDE: f64 = 0.05;

/// How much counting samples makes values vary, even where nothing else does: the value of
/// one sample.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counting {
    /// Where each point counts samples of its own: the variance of a point by its value.
    pub of_points: f64,
    /// Where points of a level count the same samples again, as those of a heap: the variance
    /// of a level by its value.
    pub of_levels: f64,
}

/// One change of the level.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The first point of the new level, and the ends of its 95 % interval.
    pub at: usize,
    pub earliest: usize,
    pub latest: usize,
    /// The levels before and after it.
    pub before: f64,
    pub after: f64,
    /// Half of the 95 % interval of their difference.
    pub half: f64,
    pub p: f64,
    /// The first point at which the level was back where it had been before.
    pub back: Option<usize>,
}

/// What is known of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Steps {
    pub steps: Vec<Step>,
    /// The smallest lasting step in the middle that would be found; unknown for a series
    /// that is too short or does not change at all.
    pub visible: Option<f64>,
}

/// The changes of the level, in order of time.
pub fn steps(values: &[f64], counting: Counting, work: Work<'_>) -> Result<Steps, Cancelled> {
    let values = without_spikes(values);
    let Some(spread) = Spread::of(&values, LEAST, work)? else { return Ok(Steps::default()) };
    let mean = values.iter().map(|value| value.abs()).sum::<f64>() / values.len() as f64;
    let counted = counting.of_points * mean;
    // The variance of a count is known, and not estimated.
    let spread = match counted > spread.variance {
        true => Spread { variance: counted, freedom: f64::INFINITY },
        false => spread,
    };
    let same = counting.of_levels;
    let levels = Levels { sums: sums(&values), squares: squares(&values), spread, same };
    let mut cuts = levels.candidates(work)?;
    let steps = loop {
        let bounds: Vec<usize> =
            [0].into_iter().chain(cuts.iter().copied()).chain([values.len()]).collect();
        let steps: Vec<Step> =
            bounds.windows(3).map(|three| levels.step([three[0], three[1], three[2]])).collect();
        let weakest = (0..steps.len()).max_by(|a, b| steps[*a].p.total_cmp(&steps[*b].p));
        match weakest.filter(|at| steps[*at].p > SIGNIFICANCE) {
            Some(at) => drop(cuts.remove(at)),
            None => break steps,
        }
    };
    let quarter = values.len() as f64 / 4.0;
    let visible = levels.threshold().map(|t| t * (spread.variance / quarter).sqrt());
    Ok(Steps { steps: marked(steps), visible })
}

/// Sums of values and of their squares, from which every mean and variance follows.
struct Levels {
    sums: Vec<f64>,
    squares: Vec<f64>,
    spread: Spread,
    /// The variance of a level by its value that more points do not lessen.
    same: f64,
}

impl Levels {
    fn len(&self) -> usize {
        self.sums.len() - 1
    }

    fn mean(&self, from: usize, to: usize) -> f64 {
        (self.sums[to] - self.sums[from]) / (to - from) as f64
    }

    /// The sum of squares around their mean.
    fn cost(&self, from: usize, to: usize) -> f64 {
        let sum = self.sums[to] - self.sums[from];
        self.squares[to] - self.squares[from] - sum * sum / (to - from) as f64
    }

    /// The t of a change that is just significant; `None` if none could be.
    fn threshold(&self) -> Option<f64> {
        let margin = LEAST as f64 / self.len() as f64;
        let normal = bisected(|b| maximal_p(b, margin) > SIGNIFICANCE)?;
        let t = quantile(two_sided(normal, f64::INFINITY), self.spread.freedom);
        t.is_finite().then_some(t)
    }

    /// The cuts of the division into levels with the least cost, where every cut costs as much
    /// as one that is just significant gains.
    fn candidates(&self, work: Work<'_>) -> Result<Vec<usize>, Cancelled> {
        let (n, Some(t)) = (self.len(), self.threshold()) else { return Ok(Vec::new()) };
        let penalty = t * t * self.spread.variance;
        let parts: Vec<f64> = (0..=n).map(|length| 1.0 / length.max(1) as f64).collect();
        // The least cost of the values up to each place, less the sum of their squares.
        let (mut least, mut previous) = (vec![f64::INFINITY; n + 1], vec![0; n + 1]);
        least[0] = -penalty;
        for end in LEAST..=n {
            work.check()?;
            let cost = |start: usize| {
                least[start] - (self.sums[end] - self.sums[start]).powi(2) * parts[end - start]
            };
            let best = (LEAST..=end - LEAST).map(cost).fold(cost(0), f64::min);
            let found = (LEAST..=end - LEAST).find(|start| cost(*start) <= best);
            previous[end] = if cost(0) <= best { 0 } else { found.unwrap_or(0) };
            least[end] = best + penalty;
        }
        let cuts = std::iter::successors(Some(previous[n]), |cut| Some(previous[*cut]));
        let mut cuts: Vec<usize> = cuts.take_while(|cut| *cut > 0).collect();
        cuts.reverse();
        Ok(cuts)
    }

    /// The change between two neighbouring levels.
    fn step(&self, [from, at, to]: [usize; 3]) -> Step {
        let (before, after) = (self.mean(from, at), self.mean(at, to));
        let Spread { variance, freedom } = self.spread;
        let of_points = variance * (1.0 / (at - from) as f64 + 1.0 / (to - at) as f64);
        let error = (of_points + self.same * (before.abs() + after.abs())).sqrt();
        let t = (after - before) / error;
        let normal = quantile(two_sided(t, freedom), f64::INFINITY);
        let p = maximal_p(normal, LEAST as f64 / (to - from) as f64);
        let half = quantile(OUTSIDE, freedom) * error;
        let (earliest, latest) = self.interval([from, at, to]);
        Step { at, earliest, latest, before, after, half, p, back: None }
    }

    /// The places in which a change lies with 95 %, if all were equally likely at first: A. F.
    /// M. Smith, "A Bayesian approach to inference about a change-point in a sequence of
    /// random variables", Biometrika 62 (1975).
    fn interval(&self, [from, at, to]: [usize; 3]) -> (usize, usize) {
        let cost = |place: usize| self.cost(from, place) + self.cost(place, to);
        let least = cost(at);
        let weight = |place| (-(cost(place) - least) / 2.0 / self.spread.variance).exp().min(1.0);
        let places = from + LEAST.min(at - from)..=to - LEAST.min(to - at);
        let weights: Vec<(usize, f64)> = places.map(|place| (place, weight(place))).collect();
        let whole: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let place = |part: f64| {
            let mut sum = 0.0;
            let found = weights.iter().find(|(_, weight)| {
                sum += weight;
                sum >= part * whole
            });
            found.map_or(at, |(place, _)| *place)
        };
        (place(OUTSIDE / 2.0).min(at), place(1.0 - OUTSIDE / 2.0).max(at))
    }
}

/// Marks the changes that went away: a later level is nearer to that before the change than to
/// that after it.
fn marked(mut steps: Vec<Step>) -> Vec<Step> {
    for at in 0..steps.len() {
        let Step { before, after, .. } = steps[at];
        let is_back = |step: &&Step| (step.after - before).abs() < (step.after - after).abs();
        steps[at].back = steps[at + 1..].iter().find(is_back).map(|step| step.at);
    }
    steps
}

/// The probability of a largest standardised difference of at least `b`, over all places
/// between `margin` and 1 - `margin` of a series:
/// 4φ(b)/b + φ(b)(b - 1/b) ln((1 - margin)²/margin²).
pub fn maximal_p(b: f64, margin: f64) -> f64 {
    // It is no approximation for small differences, which are never significant.
    if b < 1.0 {
        return 1.0;
    }
    if b.is_infinite() {
        return 0.0;
    }
    let density = (-b * b / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let places = 2.0 * ((1.0 - margin) / margin).ln().max(0.0);
    (4.0 * density / b + density * (b - 1.0 / b) * places).min(1.0)
}

/// The end of the values for which a condition holds, which holds for small ones.
fn bisected(holds: impl Fn(f64) -> bool) -> Option<f64> {
    let (mut low, mut high) = (1.0, 40.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        *(if holds(middle) { &mut low } else { &mut high }) = middle;
    }
    (!holds(high)).then_some(high)
}

fn squares(values: &[f64]) -> Vec<f64> {
    sums(&values.iter().map(|value| value * value).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{Cancel, Unwatched};

    fn found(values: &[f64]) -> Vec<Step> {
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        steps(values, Counting::default(), work).expect("no interrupt").steps
    }

    fn places(values: &[f64]) -> Vec<usize> {
        found(values).iter().map(|step| step.at).collect()
    }

    /// Of `rng = numpy.random.default_rng(3)`: 20 values around 100 and 20 around 108, then 15
    /// around 50, 10 around 58 and 15 around 50, each rounded to tenths.
    const ONE_STEP: [f64; 40] = [
        104.1, 94.9, 100.8, 98.9, 99.1, 99.6, 96.0, 99.5, 98.3, 106.6, 100.5, 99.3, 99.4, 98.7,
        97.9, 99.2, 101.0, 99.5, 101.9, 99.6, 108.0, 111.1, 109.1, 107.0, 107.6, 109.1, 111.9,
        107.5, 107.5, 110.0, 106.2, 107.4, 109.8, 109.2, 108.2, 109.3, 102.3, 110.0, 106.1, 104.7,
    ];
    const FOR_A_WHILE: [f64; 40] = [
        50.3, 50.7, 49.6, 48.9, 50.0, 49.9, 51.4, 50.7, 50.2, 51.1, 49.8, 49.1, 50.6, 50.6, 49.8,
        57.2, 58.2, 55.5, 58.7, 58.5, 56.4, 58.1, 57.0, 58.8, 56.0, 49.1, 50.7, 51.2, 47.8, 49.5,
        50.3, 49.4, 51.6, 48.8, 50.4, 49.0, 51.4, 50.0, 49.6, 48.3,
    ];

    /// `otava.analysis.compute_change_points(x)` (apache-otava 0.8.0) finds 20, with the means
    /// 99.74 and 108.1; spikes, which it keeps, are a few tenths of these. `ruptures.Pelt(
    /// model="l2", min_size=3, jump=1).fit(x).predict(pen=60)` finds 20, too.
    #[test]
    fn a_step_is_where_otava_and_ruptures_find_it() {
        let steps = found(&ONE_STEP);
        assert_eq!(steps.len(), 1);
        let Step { at, before, after, half, p, back, .. } = steps[0];
        assert_eq!((at, back), (20, None));
        assert!((before - 99.74).abs() < 0.2 && (after - 108.1).abs() < 0.2, "{before} {after}");
        // `scipy.stats.ttest_ind` has t = 11.15, so that half is about 2.02 · 8.36 / 11.15.
        assert!((1.2..2.0).contains(&half), "{half}");
        assert!(p < 1e-6, "{p}");
    }

    /// Otava finds neither of the two; `predict(pen=60)` of ruptures finds 15 and 25.
    #[test]
    fn a_change_that_went_away_is_found_and_marked() {
        let steps = found(&FOR_A_WHILE);
        let facts: Vec<_> = steps.iter().map(|step| (step.at, step.back)).collect();
        assert_eq!(facts, [(15, Some(25)), (25, None)]);
    }

    /// Otava finds nothing in either: noise of 3 around 100, and spikes to 140 and 150.
    #[test]
    fn noise_and_spikes_are_no_steps() {
        let noise = [
            105.0, 102.3, 102.3, 103.4, 101.0, 98.1, 97.6, 97.6, 104.1, 95.6, 98.2, 99.0, 100.7,
            101.7, 96.3, 94.8, 100.0, 103.6, 102.3, 100.6, 99.0, 100.9, 99.3, 102.5, 97.6, 100.4,
            99.7, 101.6, 100.7, 107.7, 104.5, 104.5, 93.9, 99.0, 98.2, 101.6, 93.2, 103.5, 103.2,
            96.1,
        ];
        let spikes = [
            99.0, 99.2, 100.0, 100.6, 102.0, 99.8, 100.8, 100.2, 101.8, 100.7, 140.0, 98.9, 99.8,
            99.2, 101.5, 100.7, 99.7, 99.5, 100.5, 99.3, 150.0, 150.0, 102.5, 99.8, 99.4, 98.8,
            98.7, 100.5, 100.9, 100.0,
        ];
        assert!(found(&noise).is_empty());
        assert!(found(&spikes).is_empty());
        // The same spikes do not hide a step.
        assert_eq!(places(&[spikes, spikes.map(|value| value + 5.0)].concat()), [30]);
    }

    /// The clearer a step, the surer: its probability is 10⁻⁵⁰ and less, and then no number.
    #[test]
    fn a_step_far_larger_than_the_noise_is_found() {
        for times in [1.0, 1.5, 3.0, 10.0, 1e6] {
            let noise = (0..120).map(|nth| f64::from(nth * 37 % 11) - 5.0);
            let level = |nth: usize| if nth >= 60 { 500.0 + 20.0 * times } else { 500.0 };
            let values: Vec<f64> = noise.enumerate().map(|(nth, by)| level(nth) + by).collect();
            assert_eq!(places(&values), [60], "{times}");
        }
    }

    #[test]
    fn levels_without_noise_have_certain_steps() {
        let levels = [4.0, 4.0, 4.0, 4.0, 4.0, 7.0, 7.0, 7.0, 7.0, 7.0];
        let steps = found(&levels);
        let Step { at, earliest, latest, before, after, .. } = steps[0];
        assert_eq!((steps.len(), at, earliest, latest), (1, 5, 5, 5));
        assert_eq!((before, after), (4.0, 7.0));
        assert!(found(&[5.0; 50]).is_empty());
        assert!(found(&[0.0; 50]).is_empty());
        assert!(found(&[]).is_empty() && found(&[1.0]).is_empty());
        assert!(found(&[1.0, 1.0, 9.0, 9.0, 9.0]).is_empty(), "two points are a spike");
    }

    /// Nothing and then one sample in each point: 0 against 4 samples are no certain change, 0
    /// against 40 are one. The variance of a point is the mean of the values.
    #[test]
    fn one_sample_a_point_is_no_level() {
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let count = |values: &[f64], counting| {
            steps(values, counting, work).expect("no interrupt").steps.len()
        };
        let few = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        let many = few.map(|value| 10.0 * value);
        let each = Counting { of_points: 1.0, of_levels: 0.0 };
        assert_eq!([count(&few, Counting::default()), count(&few, each)], [1, 0]);
        assert_eq!(count(&many, each), 1);
        // Of a heap, four points show one sample and the same ten.
        let same = Counting { of_points: 0.0, of_levels: 1.0 };
        assert_eq!([count(&few, same), count(&many, same)], [0, 0]);
        assert_eq!(count(&few.map(|value| 1000.0 * value), same), 1);
    }

    /// 4φ(3)/3 + φ(3)(3 - 1/3) ln(0.9²/0.1²), φ(3) = `scipy.stats.norm.pdf(3)`.
    #[test]
    fn the_p_value_is_that_of_the_best_of_many_places() {
        assert!((maximal_p(3.0, 0.1) - 0.057_843_884_569_190_31).abs() < 1e-12);
        assert!((maximal_p(4.0, 0.15) - 0.001_874_895_607_174_375_8).abs() < 1e-12);
        assert_eq!(maximal_p(0.5, 0.1), 1.0);
        assert_eq!((maximal_p(50.0, 0.1), maximal_p(f64::INFINITY, 0.1)), (0.0, 0.0));
        // In 200 000 simulated series of 60, |z| passed 3.5 in 0.73 % anywhere from 6 to 54:
        // more than the 0.05 % of one place, and less than this bound.
        let bound = maximal_p(3.5, 0.1);
        assert!(bound > 0.0073 && bound < 0.02, "{bound}");
    }
}
