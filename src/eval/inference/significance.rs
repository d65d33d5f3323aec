//! Which changes in a diff are statistically significant.
//!
//! Each side is a sum over batches of profiles. The error of the sum is how much its
//! replicates differ (`design`, `strata`), and at least that of counting samples (`floor`).
//! With a single profile, nothing else can be said of that side; if the other side has
//! more, they say how much one profile varies.
//!
//! The verdicts are computed for each mode of a diff, because values relative to the whole
//! vary less than amounts.

use std::sync::Arc;

use super::calls::Calls;
use super::composition;
use super::correlation::Correlation;
use super::design::Design;
use super::figures::Figures;
use super::judge::{Judge, Side, Values};
use super::strata::Basis;
use crate::profile::diff::Mode;
use crate::profile::noise::{FunctionVerdict, ModeNoise};
use crate::profile::{Diff, Noise, Replicates, Verdict};
use crate::work::{Cancelled, Work};

/// Adds the significance of changes to a diff whose sides are sums of profiles.
pub fn with_significance(diff: Diff, work: Work<'_>) -> Result<Diff, Cancelled> {
    let noise = noise(&diff, work)?.map(Arc::new);
    Ok(Diff { noise, ..diff })
}

fn noise(diff: &Diff, work: Work<'_>) -> Result<Option<Noise>, Cancelled> {
    let (Some(before), Some(after)) = (&diff.before.replicates, &diff.after.replicates) else {
        return Ok(None);
    };
    let sides = [before, after];
    let batched = sides.map(|side| &*side.batches);
    if batched.iter().any(|side| side.batches.is_empty()) {
        return Ok(None);
    }
    let calls = Calls::new(&diff.after, &sides, work)?;
    let design = Design::new(batched);
    let side = |side: &Replicates| Figures::new(side, &calls, work);
    let (before, after) = rayon::join(|| side(sides[0]), || side(sides[1]));
    let figures = [before?, after?];
    let sides = [0, 1].map(|side| Side::new(batched[side], &figures[side]));
    let judge = Judge { sides: &sides, design: &design, rate: diff.fdr };
    let verdicts = Verdicts { diff, calls: &calls, judge };
    let measured = |basis| verdicts.judge.measured(basis);
    let (of_shares, of_amounts) =
        rayon::join(|| measured(Basis::Share), || measured(Basis::Amount));
    let (shares, [amounts, rates]) =
        rayon::join(|| verdicts.shares(&of_shares, &of_amounts), || verdicts.amounts(&of_amounts));
    Ok(Some(Noise {
        rate: diff.fdr,
        profiles: batched.map(|side| side.profiles),
        batches: batched.map(|side| side.batches.len()),
        replication: design.replication,
        is_lower_bound: design.time.iter().all(|time| time.covered() == 0.0)
            && design.units.is_none(),
        // The order of `Mode::ALL`.
        modes: [shares, amounts, rates],
    }))
}

/// The verdicts of a diff by mode.
struct Verdicts<'a> {
    diff: &'a Diff,
    calls: &'a Calls,
    judge: Judge<'a, 2>,
}

/// The verdicts on self and total, and how neighbours correlate on both sides.
type Judged = ([Vec<Verdict>; 2], [Correlation; 2]);

impl Verdicts<'_> {
    fn shares(&self, shares: &Values<2>, amounts: &Values<2>) -> ModeNoise {
        let judge = &self.judge;
        let scales = self.diff.scales_in(Mode::Share);
        let per_time = judge.sides.each_ref().map(Side::per_exposure);
        let (mut verdicts, correlations) = judge.verdicts(shares, scales, Basis::Share);
        let (rates, _) = judge.verdicts(amounts, per_time, Basis::Amount);
        for (of_shares, of_rates) in verdicts.iter_mut().zip(&rates) {
            composition::mark(of_shares, of_rates);
        }
        self.by_frame((verdicts, correlations))
    }

    /// In amounts and in rates.
    fn amounts(&self, amounts: &Values<2>) -> [ModeNoise; 2] {
        [Mode::Amount, Mode::Rate].map(|mode| {
            let scales = self.diff.scales_in(mode);
            self.by_frame(self.judge.verdicts(amounts, scales, Basis::Amount))
        })
    }

    fn by_frame(&self, ([own, total], correlation): Judged) -> ModeNoise {
        let mut functions = vec![None; self.diff.symbols().frames.len()];
        let verdicts = own.iter().zip(&total);
        for (frame, (own, total)) in self.calls.frames.iter().zip(verdicts) {
            functions[frame.index()] = Some(FunctionVerdict { own: *own, total: *total });
        }
        ModeNoise { functions, correlation: correlation.map(|side| side.rho) }
    }
}
