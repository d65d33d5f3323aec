//! The statistical significance of each function's change in a diff.
//!
//! A function that did not change still differs between two recordings. Its standard
//! error is the expected size of this difference, and `z` is the change divided by it. A
//! change is significant if the false discovery rate is at most [`FALSE_DISCOVERIES`].
//! `eval::inference` estimates these values; this module holds them for each mode of a
//! diff.

use super::diff::Mode;
use super::frame::FrameId;
use crate::quantity::unit::grouped;

/// The false discovery rate: the expected fraction of significant changes that are
/// chance.
pub const FALSE_DISCOVERIES: f64 = 0.05;

/// The standard error and significance of one change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// The standard error of after minus before, in the unit of the mode.
    pub se: f64,
    /// The change divided by its standard error.
    pub z: f64,
    pub significant: bool,
}

/// The verdicts on the self and total of one function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunctionVerdict {
    pub own: Verdict,
    pub total: Verdict,
}

/// The verdicts on all functions of a diff, in each mode.
#[derive(Debug, Clone, Default)]
pub struct Noise {
    /// The number of profiles before and after.
    pub profiles: [usize; 2],
    /// Whether a side is a single profile. Its error is then only that of counting
    /// samples; the real error is larger.
    pub is_lower_bound: bool,
    /// By mode, in the order of [`Mode::ALL`], and by frame; `None` for a frame on
    /// neither side.
    verdicts: [Vec<Option<FunctionVerdict>>; 3],
}

/// The number of functions and of significant changes.
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

    /// The verdict on a function; `None` without samples.
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
            true => "; a side is a single profile, so standard errors are lower bounds",
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
