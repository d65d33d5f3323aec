//! What of a diff is told from noise: a verdict on each function.
//!
//! A function that really did not change still differs between two recordings. Its
//! standard error says by how much that is to be expected, `z` is the change in
//! standard errors, and a change is significant if among all functions that are
//! called so no more than [`FALSE_DISCOVERIES`] are expected to be wrong. `eval::noise`
//! estimates, this only holds what it found, for each mode of a diff.

use super::diff::Mode;
use super::frame::FrameId;
use crate::quantity::unit::grouped;

/// The part of the significant changes that may be chance.
pub const FALSE_DISCOVERIES: f64 = 0.05;

/// What is known of one change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// The standard error of after minus before, in the unit of the mode.
    pub se: f64,
    /// The change in standard errors.
    pub z: f64,
    pub significant: bool,
}

/// The changes of self and of total of one function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunctionVerdict {
    pub own: Verdict,
    pub total: Verdict,
}

/// The verdicts on all functions of a diff.
#[derive(Debug, Clone, Default)]
pub struct Noise {
    /// Profiles before and after.
    pub profiles: [usize; 2],
    /// Whether a side has a single profile, which cannot be compared with its like: the
    /// error is then that of counting samples, and the real one larger.
    pub is_lower_bound: bool,
    /// By frame, in the order of [`Mode::ALL`]; none for a frame that neither side has.
    verdicts: [Vec<Option<FunctionVerdict>>; 3],
}

/// How many changes are significant, of how many functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub functions: usize,
    pub own: usize,
    pub total: usize,
}

impl Noise {
    /// From the verdicts in each mode, by frame.
    pub fn new(
        profiles: [usize; 2],
        is_lower_bound: bool,
        verdicts: [Vec<Option<FunctionVerdict>>; 3],
    ) -> Noise {
        Noise { profiles, is_lower_bound, verdicts }
    }

    /// The verdict on a function; none for one that has no sample.
    pub fn of(&self, mode: Mode, frame: FrameId) -> Option<FunctionVerdict> {
        *self.in_mode(mode).get(frame.index())?
    }

    pub fn counts(&self, mode: Mode) -> Counts {
        self.in_mode(mode).iter().flatten().fold(Counts::default(), |counts, verdict| Counts {
            functions: counts.functions + 1,
            own: counts.own + usize::from(verdict.own.significant),
            total: counts.total + usize::from(verdict.total.significant),
        })
    }

    /// `48 profiles against 48: of 1 108 functions 9 changed significantly in self and
    /// 14 in total (5 % false discovery); ≈ marks the rest`
    pub fn summary(&self, mode: Mode) -> String {
        let [before, after] = self.profiles.map(|profiles| grouped(profiles as f64));
        let Counts { functions, own, total } = self.counts(mode);
        let [functions, own, total] = [functions, own, total].map(|n| grouped(n as f64));
        let word = if self.profiles[1] == 1 { "profile" } else { "profiles" };
        let bound = match self.is_lower_bound {
            true => "; of a single profile the standard error is a lower bound",
            false => "",
        };
        format!(
            "{after} {word} against {before}: of {functions} functions {own} changed significantly \
             in self and {total} in total ({:.0} % false discovery); ≈ marks the rest{bound}",
            100.0 * FALSE_DISCOVERIES
        )
    }

    fn in_mode(&self, mode: Mode) -> &[Option<FunctionVerdict>] {
        &self.verdicts[match mode {
            Mode::Share => 0,
            Mode::Amount => 1,
            Mode::Rate => 2,
        }]
    }
}
