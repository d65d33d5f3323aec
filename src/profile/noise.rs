//! The statistical significance of each function's change in a diff.
//!
//! A function that did not change still differs between two recordings. Its standard
//! error is the expected size of this difference, and `z` is the change divided by it. A
//! change is significant if the false discovery rate is at most that of the diff.
//! `eval::inference` estimates these values; this module holds them for each mode of a
//! diff.

use super::chance::half_interval;
use super::diff::Mode;
use super::frame::FrameId;
use crate::quantity::unit::{grouped, three_digits};

/// The usual false discovery rate: the expected fraction of significant changes that are
/// chance.
pub const FALSE_DISCOVERIES: f64 = 0.05;

/// A smaller correlation of neighbours is not worth a word.
const CORRELATED: f64 = 0.05;

/// The standard error and significance of one change.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Verdict {
    /// After minus before, in the unit of the mode.
    pub delta: f64,
    /// The standard error of after minus before, in the unit of the mode; NaN if nothing
    /// replicates and nothing is sampled.
    pub se: f64,
    /// The change divided by its standard error; infinite if nothing varies.
    pub z: f64,
    /// The probability of such a change by chance; NaN if there is nothing to test.
    pub p: f64,
    /// The degrees of freedom of the standard error.
    pub freedom: f64,
    pub significant: bool,
    /// Whether only the share changed significantly, because other functions did.
    pub share_only: bool,
}

impl Verdict {
    /// The ends of the 95 % confidence interval of the change.
    pub fn interval(&self) -> [f64; 2] {
        let half = self.half_interval();
        [self.delta - half, self.delta + half]
    }

    /// Half of the 95 % confidence interval of the change.
    pub fn half_interval(&self) -> f64 {
        if self.se == 0.0 { 0.0 } else { half_interval(self.freedom) * self.se }
    }
}

/// The verdicts on the self and total of one function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunctionVerdict {
    pub own: Verdict,
    pub total: Verdict,
}

/// What replicates in a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Replication {
    /// A series on a side: its profiles in time.
    #[default]
    Time,
    /// The same series on both sides, each compared with itself: their profiles in time.
    Paired,
    /// The same series on both sides, of a single profile each: the pairs.
    Pairs,
    /// Different series on the two sides: the series.
    Series,
}

/// The verdicts on all functions in one mode.
#[derive(Debug, Clone, Default)]
pub struct ModeNoise {
    /// By frame; `None` for a frame on neither side.
    pub functions: Vec<Option<FunctionVerdict>>,
    /// How neighbours in time correlate, before and after.
    pub correlation: [f64; 2],
}

/// The verdicts on all functions of a diff, in each mode.
#[derive(Debug, Clone, Default)]
pub struct Noise {
    /// The number of profiles before and after.
    pub profiles: [usize; 2],
    /// The number of batches that they were pooled into.
    pub batches: [usize; 2],
    pub replication: Replication,
    /// Whether no side has a replicate. Errors are then only those of counting samples; the
    /// real ones are larger.
    pub is_lower_bound: bool,
    /// The false discovery rate.
    pub rate: f64,
    /// In the order of [`Mode::ALL`].
    pub modes: [ModeNoise; 3],
}

/// The number of functions and of significant changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub functions: usize,
    pub own: usize,
    pub total: usize,
    /// Significant in self or total, but only in share.
    pub share_only: usize,
}

impl FunctionVerdict {
    /// Whether self or total changed significantly.
    pub fn is_significant(&self) -> bool {
        self.own.significant || self.total.significant
    }

    /// Whether whatever changed significantly changed in share only.
    pub fn is_share_only(&self) -> bool {
        let both = [self.own, self.total];
        self.is_significant() && both.iter().all(|it| !it.significant || it.share_only)
    }
}

impl Noise {
    /// The verdict on a function; `None` without samples.
    pub fn of(&self, mode: Mode, frame: FrameId) -> Option<FunctionVerdict> {
        *self.in_mode(mode).functions.get(frame.index())?
    }

    pub fn counts(&self, mode: Mode) -> Counts {
        let functions = self.in_mode(mode).functions.iter().flatten();
        functions.fold(Counts::default(), |counts, verdict| Counts {
            functions: counts.functions + 1,
            own: counts.own + usize::from(verdict.own.significant),
            total: counts.total + usize::from(verdict.total.significant),
            share_only: counts.share_only + usize::from(verdict.is_share_only()),
        })
    }

    /// `48 profiles against 48, each series compared with itself, replicated in time: of
    /// 1 108 functions 9 changed significantly in self and 14 in total (5 % false
    /// discovery); ≈ marks the rest`
    pub fn summary(&self, mode: Mode) -> String {
        let [before, after] = self.profiles.map(|profiles| grouped(profiles as f64));
        let Counts { functions, own, total, share_only } = self.counts(mode);
        let [functions, own, total] = [functions, own, total].map(|n| grouped(n as f64));
        let word = if self.profiles[1] == 1 { "profile" } else { "profiles" };
        let share_only = match share_only {
            0 => String::new(),
            n => format!(", {} of them only because others did (share only)", grouped(n as f64)),
        };
        format!(
            "{after} {word} against {before}{}: of {functions} functions {own} changed significantly \
             in self and {total} in total ({} % false discovery){share_only}; ≈ marks the rest{}",
            self.replicates(mode),
            // Not 7.000000000000001.
            (1e6 * 100.0 * self.rate).round() / 1e6,
            self.bound()
        )
    }

    /// What replicates, and what is done about neighbours that are alike.
    fn replicates(&self, mode: Mode) -> String {
        if self.is_lower_bound {
            return String::new();
        }
        let time = match self.batches == self.profiles {
            true => "replicated by profiles in time",
            false => "replicated by blocks of profiles in time",
        };
        let what = match self.replication {
            Replication::Time => time.to_owned(),
            Replication::Paired => format!("each series compared with itself, {time}"),
            Replication::Pairs => "replicated by pairs of the same series".to_owned(),
            Replication::Series => "replicated by series, which differ".to_owned(),
        };
        let correlation = self.in_mode(mode).correlation.into_iter().fold(0.0, f64::max);
        match correlation {
            rho if rho < CORRELATED => format!(", {what}"),
            rho => format!(", {what}, widened by (1 + ρ)/(1 - ρ) with ρ {}", three_digits(rho)),
        }
    }

    fn bound(&self) -> &'static str {
        match (self.is_lower_bound, self.profiles.contains(&1)) {
            (true, _) => "; a side is a single profile, so standard errors are lower bounds",
            (false, true) => "; a single profile is taken to vary as those of the other side do",
            (false, false) => "",
        }
    }

    fn in_mode(&self, mode: Mode) -> &ModeNoise {
        &self.modes[match mode {
            Mode::Share => 0,
            Mode::Amount => 1,
            Mode::Rate => 2,
        }]
    }
}
