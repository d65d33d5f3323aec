//! Self values of functions at points in time: what a trend or a change of each function is
//! computed from.
//!
//! Most functions have samples in few profiles, so that only values that are not zero are
//! kept.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::eval::selection::profiles::Profiles;
use crate::profile::frame::FrameId;
use crate::profile::quantum::Quanta;
use crate::profile::{StackId, Symbols, Temporality};
use crate::work::{Cancelled, Work};

/// Snapshots that are added up, and the divisor of their sum; 0 for no value.
pub type Run<'a> = (&'a [usize], f64);

/// The self values of one function at all points.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FunctionPoints {
    /// Index of a point and value, in order; values of other points are zero.
    values: Vec<(u32, f64)>,
}

impl FunctionPoints {
    /// A value for each of `count` points.
    pub fn all(&self, count: usize) -> Vec<f64> {
        let mut all = vec![0.0; count];
        self.add_to(&mut all);
        all
    }

    pub fn add_to(&self, all: &mut [f64]) {
        self.values.iter().for_each(|(at, value)| all[*at as usize] += *value);
    }

    pub fn total(&self) -> f64 {
        self.values.iter().map(|(_, value)| value).sum()
    }
}

/// The self values of every function with samples, in the order of frame ids. A point is the
/// sum of some runs.
pub fn by_function(
    profiles: &Profiles,
    points: &[Vec<Run<'_>>],
    work: Work<'_>,
) -> Result<Vec<(FrameId, FunctionPoints)>, Cancelled> {
    let leaves = leaves(profiles);
    let scratch = || Sums::new(profiles.symbols.frames.len());
    let rows = points.par_iter().map_init(scratch, |sums, runs| {
        let mut row = Vec::new();
        for (members, divisor) in runs.iter().filter(|(_, divisor)| *divisor > 0.0) {
            for member in *members {
                work.check()?;
                sums.add(profiles, *member, &leaves);
            }
            row.extend(sums.drain().map(|(frame, sum)| (frame, sum as f64 / divisor)));
        }
        Ok(row)
    });
    let rows = rows.collect::<Result<Vec<Vec<(u32, f64)>>, _>>()?;
    let mut functions = vec![FunctionPoints::default(); profiles.symbols.frames.len()];
    for (at, row) in (0..).zip(&rows) {
        for (frame, value) in row {
            let values = &mut functions[*frame as usize].values;
            match values.last_mut().filter(|(last, _)| *last == at) {
                Some((_, sum)) => *sum += value,
                None => values.push((at, *value)),
            }
        }
    }
    let functions = functions.into_iter().enumerate();
    let known = functions.filter(|(_, points)| !points.values.is_empty());
    Ok(known.map(|(frame, points)| (FrameId(frame as u32), points)).collect())
}

/// The value of one sample. 0 if every one of what is counted is recorded, as goroutines are.
pub fn quantum(profiles: &Profiles) -> f64 {
    const SOME: usize = 64;
    let is_sampled = profiles.kind.temporality != Temporality::Gauge
        || profiles.kind.sample_type().starts_with("inuse_")
        || profiles.kind.may_be_in_use();
    let apart = profiles.snapshots.len().div_ceil(SOME).max(1);
    let mut quanta = Quanta::new(&profiles.kind);
    profiles.snapshots.iter().step_by(apart).for_each(|snapshot| quanta.see(snapshot));
    if is_sampled { quanta.quantum().value() } else { 0.0 }
}

/// A sample that an earlier stage dropped, or without a function.
const NONE: u32 = u32::MAX;

/// By recorded stack: the function that it ends in, the first frame of its name.
fn leaves(profiles: &Profiles) -> Vec<u32> {
    let symbols = &profiles.symbols;
    let first = first_of_name(symbols);
    let recorded = profiles.map.as_ref().map_or(symbols.stacks.len(), |map| map.len());
    let leaf = |stack: u32| match profiles.shown(StackId(stack)) {
        StackId::DROPPED | StackId::EMPTY => NONE,
        shown => first[symbols.stacks.frame(shown).index()],
    };
    (0..recorded as u32).map(leaf).collect()
}

/// By frame: the first one with the same name of a function, as trees and tables merge them.
fn first_of_name(symbols: &Symbols) -> Vec<u32> {
    let mut first = FxHashMap::default();
    let frames = (0..symbols.frames.len() as u32).map(|frame| {
        let name = symbols.function(symbols.frame(FrameId(frame)).function).name;
        *first.entry(name).or_insert(frame)
    });
    frames.collect()
}

/// Exact sums by frame, and which of them are not zero.
struct Sums {
    sums: Vec<i128>,
    touched: Vec<u32>,
}

impl Sums {
    fn new(frames: usize) -> Sums {
        Sums { sums: vec![0; frames], touched: Vec::new() }
    }

    fn add(&mut self, profiles: &Profiles, member: usize, leaves: &[u32]) {
        let samples = profiles.snapshots[member].samples();
        for (stack, value) in samples.stacks.iter().zip(samples.values.iter()) {
            // The index of a dropped sample is out of range.
            let leaf = leaves.get(stack.index()).copied().unwrap_or(NONE);
            if leaf == NONE {
                continue;
            }
            let sum = &mut self.sums[leaf as usize];
            if *sum == 0 {
                self.touched.push(leaf);
            }
            *sum += i128::from(*value);
        }
    }

    /// Takes all sums and resets them to zero.
    fn drain(&mut self) -> impl Iterator<Item = (u32, i128)> {
        let Sums { sums, touched } = self;
        let taken =
            touched.drain(..).map(|frame| (frame, std::mem::take(&mut sums[frame as usize])));
        taken.filter(|(_, sum)| *sum != 0)
    }
}
