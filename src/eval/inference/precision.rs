//! How precise a value is: of one selection, or of the change of what a pattern matches.
//!
//! The errors are those of a diff (`judge`). A value that has few samples has at least the
//! score interval of counts (E. B. Wilson, "Probable inference, the law of succession, and
//! statistical inference", J. Am. Stat. Assoc. 22, 1927): of no sample at all one knows that
//! there are not many, not that there are none.

use super::calls::Calls;
use super::design::Design;
use super::estimate::Estimate;
use super::figures::Figures;
use super::floor::Counting;
use super::judge::{Judge, Side};
use super::strata::Basis;
use crate::profile::chance::quantile;
use crate::profile::diff::Mode;
use crate::profile::{Diff, Replicates, Tree};
use crate::work::{Cancelled, Work};

/// With fewer degrees of freedom an interval is wider than anything one would ask about.
pub const LEAST_FREEDOM: f64 = 1.0;

/// What is known of a value, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// Its standard error.
    se: f64,
    /// Degrees of freedom of the standard error.
    freedom: f64,
    /// The value and what one sample is worth; none for a census and for a change.
    counted: Option<Counted>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Counted {
    value: f64,
    sample: f64,
    is_share: bool,
}

impl Precision {
    fn of(estimate: Estimate, counting: Counting, basis: Basis) -> Precision {
        let sample = counting.quantum * counting.scale.abs();
        let counted = Counted { value: estimate.value, sample, is_share: basis == Basis::Share };
        Precision {
            se: estimate.variance.sqrt(),
            freedom: estimate.freedom,
            counted: (sample > 0.0).then_some(counted),
        }
    }

    /// In a unit of which there are so many in one of this.
    #[must_use]
    pub fn times(self, factor: f64) -> Precision {
        let scaled = |it: Counted| Counted {
            value: it.value * factor,
            sample: it.sample * factor.abs(),
            is_share: it.is_share && factor == 1.0,
        };
        Precision { se: self.se * factor.abs(), counted: self.counted.map(scaled), ..self }
    }

    /// Half of the interval that contains the value with this probability.
    pub fn half(self, confidence: f64) -> f64 {
        let by_replicates = match self.se {
            0.0 => 0.0,
            se => quantile(1.0 - confidence, self.freedom) * se,
        };
        let z = quantile(1.0 - confidence, f64::INFINITY);
        by_replicates.max(self.counted.map_or(0.0, |counted| counted.half(z)))
    }
}

impl Counted {
    /// The larger half of the score interval.
    fn half(self, z: f64) -> f64 {
        let square = z * z;
        if !self.is_share {
            let count = self.value.abs() / self.sample;
            return self.sample * (square / 2.0 + z * (count + square / 4.0).sqrt());
        }
        let (p, n) = (self.value.clamp(0.0, 1.0), 1.0 / self.sample);
        let middle = (p + square / (2.0 * n)) / (1.0 + square / n);
        let half = z / (1.0 + square / n) * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
        (middle - p).abs() + half
    }
}

/// A value as a part of the whole, and as an amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precisions {
    pub share: Precision,
    pub amount: Precision,
}

/// The sum of what filters kept of a tree, as a part of its whole and as an amount; `None` if
/// nothing replicates. All functions of the tree show how much values vary, as in `top`.
pub fn of_sum(tree: &Tree, kept: &Tree, work: Work<'_>) -> Result<Option<Precisions>, Cancelled> {
    let (Some(alone), Some(sum)) = (Alone::of(tree), &kept.replicates) else { return Ok(None) };
    let calls = Calls::new(tree, &[alone.replicates], work)?;
    let figures = Figures::new(alone.replicates, &calls, work)?.with_sum_of(sum, work)?;
    let of_sum = |basis, scale| {
        let [_, total] = alone.precisions(&figures, basis, scale);
        total.last().copied().filter(|it| it.freedom >= LEAST_FREEDOM)
    };
    let share = of_sum(Basis::Share, 1.0 / tree.whole);
    let amount = of_sum(Basis::Amount, 1.0);
    Ok(share.zip(amount).map(|(share, amount)| Precisions { share, amount }))
}

/// By frame: self and total of its function as parts of the whole; `None` for a function
/// without samples. `None` if nothing replicates.
pub fn of_functions(
    tree: &Tree,
    work: Work<'_>,
) -> Result<Option<Vec<Option<[Precision; 2]>>>, Cancelled> {
    let Some(alone) = Alone::of(tree) else { return Ok(None) };
    let calls = Calls::new(tree, &[alone.replicates], work)?;
    let figures = Figures::new(alone.replicates, &calls, work)?;
    let [own, total] = alone.precisions(&figures, Basis::Share, 1.0 / tree.whole);
    let mut functions = vec![None; tree.symbols.frames.len()];
    let both = own.into_iter().zip(total);
    for (frame, (own, total)) in calls.frames.iter().zip(both) {
        functions[frame.index()] =
            Some([own, total]).filter(|[own, _]| own.freedom >= LEAST_FREEDOM);
    }
    Ok(Some(functions))
}

/// One selection, which is compared with nothing.
struct Alone<'a> {
    replicates: &'a Replicates,
    design: Design<1>,
}

impl Alone<'_> {
    /// `None` if nothing replicates.
    fn of(tree: &Tree) -> Option<Alone<'_>> {
        let replicates = tree.replicates.as_ref().filter(|_| tree.whole != 0.0)?;
        let design = Design::alone(&replicates.batches);
        design.replicates(0).then_some(Alone { replicates, design })
    }

    /// Self and total of each function.
    fn precisions(&self, figures: &Figures, basis: Basis, scale: f64) -> [Vec<Precision>; 2] {
        let sides = [Side::new(&self.replicates.batches, figures)];
        let judge = Judge { sides: &sides, design: &self.design, rate: 0.0 };
        let [counting] = judge.counting([scale]);
        judge.estimates(&judge.measured(basis), scale, basis).map(|of| {
            of.into_iter().map(|estimate| Precision::of(estimate, counting, basis)).collect()
        })
    }
}

/// The change of what a pattern kept on both sides, in the unit of the diff's mode, and
/// relative to the value before; `None` if nothing replicates. All functions of the diff show
/// how much values vary, as in its table.
pub fn of_change(
    diff: &Diff,
    kept: [&Replicates; 2],
    work: Work<'_>,
) -> Result<Option<[Precision; 2]>, Cancelled> {
    let (Some(before), Some(after)) = (&diff.before.replicates, &diff.after.replicates) else {
        return Ok(None);
    };
    let sides = [before, after];
    let batched = sides.map(|side| &*side.batches);
    if batched.iter().any(|side| side.batches.is_empty()) {
        return Ok(None);
    }
    let design = Design::new(batched);
    if ![0, 1].iter().any(|side| design.replicates(*side)) {
        return Ok(None);
    }
    let calls = Calls::new(&diff.after, &sides, work)?;
    let figures =
        |side: usize| Figures::new(sides[side], &calls, work)?.with_sum_of(kept[side], work);
    let figures = [figures(0)?, figures(1)?];
    let sides = [0, 1].map(|side| Side::new(batched[side], &figures[side]));
    let judge = Judge { sides: &sides, design: &design, rate: diff.fdr };
    let basis = match diff.mode {
        Mode::Share => Basis::Share,
        Mode::Amount | Mode::Rate => Basis::Amount,
    };
    let last = judge.last_change(&judge.measured(basis), diff.scales(), basis);
    let known = last.filter(|(change, _)| change.freedom >= LEAST_FREEDOM);
    Ok(known.map(|(change, growth)| {
        let freedom = change.freedom;
        [change.se, growth].map(|se| Precision { se, freedom, counted: None })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: f64, sample: f64, is_share: bool) -> Precision {
        let counted = Some(Counted { value, sample, is_share });
        Precision { se: 0.0, freedom: f64::INFINITY, counted }
    }

    #[test]
    fn few_samples_have_a_score_interval() {
        // z = 1.959964, z² = 3.841459. Of no sample, z²/2 + z √(z²/4) = z² samples.
        assert!((of(0.0, 10.0, false).half(0.95) - 38.41459).abs() < 1e-4);
        // Of 100 samples: 1.920729 + 1.959964 √100.960365 = 21.614258.
        assert!((of(100.0, 1.0, false).half(0.95) - 21.614258).abs() < 1e-5);
        // None of 300: z² / (300 + z²). All of them: the same on the other side.
        for share in [0.0, 1.0] {
            let half = of(share, 1.0 / 300.0, true).half(0.95);
            assert!((half - 3.841459 / 303.841459).abs() < 1e-7, "{half}");
        }
    }

    #[test]
    fn a_census_is_exact_and_units_scale() {
        let exact = Precision { se: 0.0, freedom: f64::INFINITY, counted: None };
        assert_eq!(exact.half(0.95), 0.0);
        // t of 2 degrees of freedom at 95 %: 4.302653.
        let known = Precision { se: 0.5, freedom: 2.0, counted: None };
        assert!((known.times(100.0).half(0.95) - 215.13265).abs() < 1e-4);
    }
}
