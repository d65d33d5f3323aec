//! Which changes in a diff are statistically significant: standard errors from batches.
//!
//! Each side is a sum over batches of profiles. The standard error of the sum is
//! estimated from how much the batches of a stratum differ: the cluster (linearised)
//! variance of a ratio estimator, W. G. Cochran, *Sampling Techniques*, 3rd ed., sections
//! 6.3 and 11.12. The expected value of a batch is proportional to its whole for shares,
//! and to its exposure for amounts.
//!
//! A sum of samples is never more precise than a count of as many samples, so the
//! binomial error (Poisson's for an amount) is the minimum. With a single profile it is
//! all that can be estimated. The errors of both sides are combined by Welch's formula,
//! and the significant functions are chosen by the procedure of Benjamini and Hochberg
//! (`profile::chance`).

use std::ops::Range;
use std::sync::Arc;

use crate::eval::stacks::collapsed::Collapsed;
use crate::eval::stacks::functions::outermost_functions;
use crate::profile::chance::{discoveries, two_sided};
use crate::profile::diff::Mode;
use crate::profile::frame::FrameId;
use crate::profile::noise::{FALSE_DISCOVERIES, FunctionVerdict};
use crate::profile::replicates::Batch;
use crate::profile::{Diff, Noise, Replicates, StackId, Stacks, Verdict};
use crate::work::{Cancelled, Work};

/// Batches that are processed together: a row of them takes two cache lines.
const LANES: usize = 16;

/// Adds the significance of changes to a diff whose sides are sums of profiles.
pub fn with_significance(diff: Diff, work: Work<'_>) -> Result<Diff, Cancelled> {
    let noise = noise(&diff, work)?.map(Arc::new);
    Ok(Diff { noise, ..diff })
}

fn noise(diff: &Diff, work: Work<'_>) -> Result<Option<Noise>, Cancelled> {
    let (Some(before), Some(after)) = (&diff.before.replicates, &diff.after.replicates) else {
        return Ok(None);
    };
    if before.batches.is_empty() || after.batches.is_empty() {
        return Ok(None);
    }
    let calls = Calls::new(diff, [before, after], work)?;
    let sides = rayon::join(|| Side::new(before, &calls, work), || Side::new(after, &calls, work));
    let sides = [sides.0?, sides.1?];
    let (shares, [amounts, rates]) = rayon::join(
        || Pairs::new(&sides, Basis::Share).verdicts(diff, Mode::Share, &calls),
        || {
            // A rate is an amount divided by a known time, so it has the same z.
            let amounts = Pairs::new(&sides, Basis::Amount);
            [Mode::Amount, Mode::Rate].map(|mode| amounts.verdicts(diff, mode, &calls))
        },
    );
    // The order of `Mode::ALL`.
    let verdicts = [shares, amounts, rates];
    let is_lower_bound = sides.iter().any(|side| side.batches.len() < 2);
    Ok(Some(Noise::new([0, 1].map(|side| sides[side].profiles), is_lower_bound, verdicts)))
}

/// What a value is compared with; decides the expected value of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// The value as a part of everything recorded.
    Share,
    Amount,
}

/// The estimates before and after, by function.
struct Pairs {
    own: Vec<[Estimate; 2]>,
    total: Vec<[Estimate; 2]>,
}

impl Pairs {
    fn new(sides: &[Side<'_>; 2], basis: Basis) -> Pairs {
        let of = |figure: fn(&Figures, usize) -> &[f64]| {
            let functions = 0..sides[0].figures.functions;
            let side = |side: &Side<'_>, at| side.estimate(figure(&side.figures, at), basis);
            functions.map(|at| [side(&sides[0], at), side(&sides[1], at)]).collect()
        };
        Pairs { own: of(Figures::own), total: of(Figures::total) }
    }

    /// The verdicts in one mode, by frame.
    fn verdicts(&self, diff: &Diff, mode: Mode, calls: &Calls) -> Vec<Option<FunctionVerdict>> {
        let [b, a] = diff.scales_in(mode);
        let difference =
            |[before, after]: &[Estimate; 2]| Difference::new(before.scaled(b), after.scaled(a));
        let own = significant(self.own.iter().map(difference));
        let total = significant(self.total.iter().map(difference));
        let mut verdicts = vec![None; diff.symbols().frames.len()];
        for ((frame, own), total) in calls.frames.iter().zip(own).zip(total) {
            verdicts[frame.index()] = Some(FunctionVerdict { own, total });
        }
        verdicts
    }
}

fn significant(differences: impl Iterator<Item = Difference>) -> Vec<Verdict> {
    let differences: Vec<Difference> = differences.collect();
    let probabilities: Vec<f64> = differences.iter().map(|d| d.probability()).collect();
    let discovered = discoveries(&probabilities, FALSE_DISCOVERIES);
    let verdict = |(difference, significant): (&Difference, bool)| Verdict {
        se: difference.se,
        z: difference.z,
        significant,
    };
    differences.iter().zip(discovered).map(verdict).collect()
}

/// A sum and its variance.
#[derive(Debug, Clone, Copy)]
struct Estimate {
    value: f64,
    variance: f64,
    /// Degrees of freedom of the variance.
    freedom: f64,
}

impl Estimate {
    fn scaled(self, by: f64) -> Estimate {
        Estimate { value: self.value * by, variance: self.variance * by * by, ..self }
    }
}

/// After minus before.
#[derive(Debug, Clone, Copy)]
struct Difference {
    se: f64,
    z: f64,
    freedom: f64,
}

impl Difference {
    /// B. L. Welch, "The generalization of 'Student's' problem when several different
    /// population variances are involved", Biometrika 34 (1947).
    fn new(before: Estimate, after: Estimate) -> Difference {
        let variance = before.variance + after.variance;
        let part = |side: Estimate| side.variance * side.variance / side.freedom;
        let (se, parts) = (variance.sqrt(), part(before) + part(after));
        let delta = after.value - before.value;
        Difference {
            se,
            z: if se > 0.0 { delta / se } else { 0.0 },
            freedom: if parts > 0.0 { variance * variance / parts } else { f64::INFINITY },
        }
    }

    fn probability(self) -> f64 {
        /// A smaller |z| is never significant; most functions are below it.
        const LEAST: f64 = 1.9;
        if self.z.abs() < LEAST { 1.0 } else { two_sided(self.z, self.freedom) }
    }
}

/// One side: its batches, and the values of each function in them.
struct Side<'a> {
    batches: &'a [Batch],
    profiles: usize,
    quantum: f64,
    strata: Vec<Range<usize>>,
    /// By batch: its fraction of its stratum's exposure.
    parts: Vec<f64>,
    /// By batch: its whole minus that fraction of the stratum's whole.
    excess: Vec<f64>,
    whole: f64,
    figures: Figures,
}

impl<'a> Side<'a> {
    fn new(
        replicates: &'a Replicates,
        calls: &Calls,
        work: Work<'_>,
    ) -> Result<Side<'a>, Cancelled> {
        let batches = &replicates.batches;
        let (mut strata, mut end) = (Vec::new(), 0);
        for stratum in batches.chunk_by(|a, b| a.stratum == b.stratum) {
            strata.push(end..end + stratum.len());
            end += stratum.len();
        }
        let (mut parts, mut excess) = (Vec::new(), Vec::new());
        for stratum in &strata {
            let stratum = &batches[stratum.clone()];
            let sum = |of: fn(&Batch) -> f64| stratum.iter().map(of).sum::<f64>();
            let (exposure, whole) = (sum(|batch| batch.exposure), sum(|batch| batch.whole));
            for batch in stratum {
                // Without exposure nothing was recorded.
                let part = if exposure > 0.0 { batch.exposure / exposure } else { 0.0 };
                parts.push(part);
                excess.push(batch.whole - part * whole);
            }
        }
        Ok(Side {
            batches,
            profiles: replicates.profiles,
            quantum: replicates.quantum,
            strata,
            parts,
            excess,
            whole: batches.iter().map(|batch| batch.whole).sum(),
            figures: Figures::new(replicates, calls, work)?,
        })
    }

    /// The estimate for one function, from its values by batch.
    fn estimate(&self, values: &[f64], basis: Basis) -> Estimate {
        let value: f64 = values.iter().sum();
        // An amount does not depend on the rest of the profile.
        let share = match basis {
            Basis::Share if self.whole != 0.0 => value / self.whole,
            Basis::Share | Basis::Amount => 0.0,
        };
        let least = value.abs() * self.quantum * (1.0 - share).clamp(0.0, 1.0);
        let (variance, freedom) = self.variance(values, share);
        match variance > least {
            true => Estimate { value, variance, freedom },
            // A known variance, not an estimate.
            false => Estimate { value, variance: least, freedom: f64::INFINITY },
        }
    }

    /// The variance between batches, and its degrees of freedom (F. E. Satterthwaite,
    /// Biometrics Bulletin 2, 1946); zero if each stratum has a single batch.
    fn variance(&self, values: &[f64], share: f64) -> (f64, f64) {
        let (mut variance, mut parts) = (0.0, 0.0);
        for stratum in self.strata.iter().filter(|stratum| stratum.len() > 1) {
            let k = stratum.len() as f64;
            let sum: f64 = values[stratum.clone()].iter().sum();
            let residual = |at: usize| values[at] - self.parts[at] * sum - share * self.excess[at];
            let squares: f64 = stratum.clone().map(|at| residual(at).powi(2)).sum();
            let of_stratum = squares * k / (k - 1.0);
            variance += of_stratum;
            parts += of_stratum * of_stratum / (k - 1.0);
        }
        (variance, if parts > 0.0 { variance * variance / parts } else { 1.0 })
    }
}

/// The functions in the batches, and the stacks where they are called.
struct Calls {
    collapsed: Collapsed,
    /// By stack of the diff: its function; undefined for stacks that no batch reaches.
    functions: Vec<u32>,
    /// A function, and the row of one of its outermost calls.
    outermost: Vec<(u32, u32)>,
    /// By function.
    frames: Vec<FrameId>,
}

impl Calls {
    fn new(diff: &Diff, sides: [&Replicates; 2], work: Work<'_>) -> Result<Calls, Cancelled> {
        let stacks = &diff.symbols().stacks;
        let mut calls = Calls {
            collapsed: Collapsed::new(stacks, ends(stacks, sides, work)?, work)?,
            functions: vec![0; stacks.len()],
            outermost: Vec::new(),
            frames: Vec::new(),
        };
        let is_outermost = outermost_functions(&diff.after, work)?;
        let mut known = vec![None; diff.symbols().frames.len()];
        work.each(stacks.iter(), |(stack, _, frame)| {
            if !calls.collapsed.has(stack) {
                return;
            }
            let frames = &mut calls.frames;
            let function = *known[frame.index()].get_or_insert_with(|| {
                frames.push(frame);
                frames.len() as u32 - 1
            });
            calls.functions[stack.index()] = function;
            if is_outermost[stack.index()] {
                calls.outermost.push((function, calls.collapsed.rows[stack.index()]));
            }
        })?;
        Ok(calls)
    }
}

/// By stack: whether samples of either side end in it.
fn ends(stacks: &Stacks, sides: [&Replicates; 2], work: Work<'_>) -> Result<Vec<bool>, Cancelled> {
    let mut ends = vec![false; stacks.len()];
    for side in sides {
        work.each(side.batches.iter().flat_map(|batch| &batch.values), |(stack, _)| {
            if let Some(stack) = side.shown(*stack) {
                ends[stack.index()] = true;
            }
        })?;
    }
    Ok(ends)
}

/// Self and total of each function in each batch: a row per function.
struct Figures {
    functions: usize,
    batches: usize,
    own: Vec<f64>,
    total: Vec<f64>,
}

impl Figures {
    /// One pass over the stacks for every [`LANES`] batches.
    fn new(replicates: &Replicates, calls: &Calls, work: Work<'_>) -> Result<Figures, Cancelled> {
        let (functions, batches) = (calls.frames.len(), replicates.batches.len());
        let zeros = vec![0.0; functions * batches];
        let mut figures = Figures { functions, batches, own: zeros.clone(), total: zeros };
        let mut sums = vec![[0.0; LANES]; calls.collapsed.callers.len()];
        for (nth, lanes) in replicates.batches.chunks(LANES).enumerate() {
            work.each(&mut sums, |sums| *sums = [0.0; LANES])?;
            for (lane, batch) in lanes.iter().enumerate() {
                work.each(&batch.values, |(stack, value)| {
                    let Some(stack) = replicates.shown(*stack) else { return };
                    sums[calls.collapsed.rows[stack.index()] as usize][lane] += value;
                    if stack != StackId::EMPTY {
                        let row = calls.functions[stack.index()] as usize * batches;
                        figures.own[row + nth * LANES + lane] += value;
                    }
                })?;
            }
            figures.add_totals(&mut sums, calls, nth * LANES, lanes.len(), work)?;
        }
        Ok(figures)
    }

    /// Turns self values of rows into totals, and adds those of outermost calls up.
    fn add_totals(
        &mut self,
        sums: &mut [[f64; LANES]],
        calls: &Calls,
        first: usize,
        lanes: usize,
        work: Work<'_>,
    ) -> Result<(), Cancelled> {
        work.each(0..sums.len() - 1, |at| {
            let row = sums[at];
            let caller = &mut sums[calls.collapsed.callers[at] as usize];
            caller.iter_mut().zip(row).for_each(|(caller, value)| *caller += value);
        })?;
        work.each(&calls.outermost, |(function, row)| {
            let start = *function as usize * self.batches + first;
            let total = &mut self.total[start..start + lanes];
            total.iter_mut().zip(sums[*row as usize]).for_each(|(total, value)| *total += value);
        })
    }

    fn own(&self, function: usize) -> &[f64] {
        &self.own[function * self.batches..][..self.batches]
    }

    fn total(&self, function: usize) -> &[f64] {
        &self.total[function * self.batches..][..self.batches]
    }
}
