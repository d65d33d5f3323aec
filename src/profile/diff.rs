//! A diff: two trees aligned by the path of frame names.
//!
//! Both sides of a [`Diff`] share their symbols, so a stack id means the same path in
//! both, and code that reads or rewrites a tree is applied to each side in turn. A path
//! that one side lacks has the value 0 there. Values stay as recorded; the [`Mode`]
//! decides what a reader sees.

use std::ops::AddAssign;
use std::sync::Arc;

use super::frame::FrameId;
use super::noise::{FALSE_DISCOVERIES, FunctionVerdict, Noise};
use super::stack::StackId;
use super::symbols::Symbols;
use super::tree::Tree;
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Each value as a share of its own side's total; changes are in percentage points.
    Share,
    /// The values as recorded.
    Amount,
    /// Values per second of profiled time.
    Rate,
}

impl Mode {
    pub const ALL: [Mode; 3] = [Mode::Share, Mode::Amount, Mode::Rate];

    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Share => "share",
            Mode::Amount => "amount",
            Mode::Rate => "rate",
        }
    }
}

/// What the width of a box means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Before plus after, so that removed and added frames are both visible.
    Both,
    Before,
    After,
    /// The sum of the absolute changes below it.
    Delta,
}

impl Width {
    pub const ALL: [Width; 4] = [Width::Both, Width::Before, Width::After, Width::Delta];

    pub fn as_str(self) -> &'static str {
        match self {
            Width::Both => "both",
            Width::Before => "before",
            Width::After => "after",
            Width::Delta => "delta",
        }
    }
}

/// One value on both sides, in the unit of the mode.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Change {
    pub before: f64,
    pub after: f64,
}

impl Change {
    /// 0 for what only the rounding of fractions leaves, such as that of means; whole
    /// numbers are subtracted exactly.
    pub fn delta(self) -> f64 {
        let (delta, largest) = (self.after - self.before, self.before.abs().max(self.after.abs()));
        let is_whole = self.before.fract() == 0.0 && self.after.fract() == 0.0;
        if !is_whole && delta.abs() <= 8.0 * f64::EPSILON * largest { 0.0 } else { delta }
    }

    /// The relative change: 0.5 is half more; `None` for a new function.
    pub fn growth(self) -> Option<f64> {
        (self.before != 0.0).then(|| self.delta() / self.before.abs())
    }

    pub fn is_new(self) -> bool {
        self.before == 0.0 && self.after != 0.0
    }

    pub fn is_removed(self) -> bool {
        self.before != 0.0 && self.after == 0.0
    }

    /// The colour value: -1 for removed, 0 for unchanged, 1 for at least doubled or new.
    pub fn tint(self) -> f64 {
        let whole = if self.before == 0.0 { self.after.abs() } else { self.before.abs() };
        if whole == 0.0 { 0.0 } else { (self.delta() / whole).clamp(-1.0, 1.0) }
    }
}

/// Values before and after, stack by stack.
#[derive(Debug, Clone)]
pub struct Diff {
    /// Its symbols are equal to those of `after`.
    pub before: Tree,
    pub after: Tree,
    pub mode: Mode,
    pub width: Width,
    /// The titles of the sides: `version="1"`, `stable`.
    pub titles: [Arc<str>; 2],
    /// Seconds for which a series was profiled, before and after, for [`Mode::Rate`].
    pub seconds: [f64; 2],
    /// The significance of its changes; `None` if the sides are not sums of profiles.
    pub noise: Option<Arc<Noise>>,
    /// The false discovery rate at which changes are significant.
    pub fdr: f64,
    /// By frame: the functions that `where` kept, which tables list; `None` for all.
    pub chosen: Option<Arc<[bool]>>,
}

impl Diff {
    /// Aligns two trees by the path of frame names.
    pub fn align(
        before: Tree,
        after: Tree,
        mode: Mode,
        seconds: [f64; 2],
        work: Work<'_>,
    ) -> Result<Diff, Cancelled> {
        let (before, after) = aligned(before, after, work)?;
        let (width, titles) = (Width::Both, ["before", "after"].map(Arc::from));
        let (noise, fdr, chosen) = (None, FALSE_DISCOVERIES, None);
        Ok(Diff { before, after, mode, width, titles, seconds, noise, fdr, chosen })
    }

    /// The same comparison of other trees, whose symbols are equal.
    #[must_use]
    pub fn with_sides(&self, before: Tree, after: Tree) -> Diff {
        Diff {
            before,
            after,
            mode: self.mode,
            width: self.width,
            titles: self.titles.clone(),
            seconds: self.seconds,
            noise: self.noise.clone(),
            fdr: self.fdr,
            chosen: self.chosen.clone(),
        }
    }

    pub fn symbols(&self) -> &Symbols {
        &self.after.symbols
    }

    /// A pair of recorded values, converted to the unit of the mode.
    pub fn change(&self, before: f64, after: f64) -> Change {
        let [b, a] = self.scales();
        Change { before: before * b, after: after * a }
    }

    /// How the total of a stack changed.
    pub fn total(&self, stack: StackId) -> Change {
        self.change(self.before.totals[stack.index()], self.after.totals[stack.index()])
    }

    /// How the self value of a stack changed.
    pub fn self_value(&self, stack: StackId) -> Change {
        self.change(self.before.self_values[stack.index()], self.after.self_values[stack.index()])
    }

    /// Whether tables list a function.
    pub fn lists(&self, frame: FrameId) -> bool {
        let kept = |chosen: &Arc<[bool]>| chosen.get(frame.index()).copied().unwrap_or(false);
        self.chosen.as_ref().is_none_or(kept)
    }

    /// Standard errors and significance of a function's changes, if known.
    pub fn verdict(&self, frame: FrameId) -> Option<FunctionVerdict> {
        self.noise.as_ref()?.of(self.mode, frame)
    }

    /// Whether the change in the total of a stack's function is known and not
    /// significant. False for the empty stack, which has no function.
    pub fn is_insignificant(&self, stack: StackId) -> bool {
        let frame = self.symbols().stacks.frame(stack);
        stack != StackId::EMPTY
            && self.verdict(frame).is_some_and(|verdict| !verdict.total.significant)
    }

    /// Whether a mode is possible: a rate needs profiled time.
    pub fn has(&self, mode: Mode) -> bool {
        mode != Mode::Rate || self.seconds.iter().all(|seconds| *seconds > 0.0)
    }

    /// The factors that convert recorded values to the unit of the mode; 0 for a side
    /// with a total of zero.
    pub fn scales(&self) -> [f64; 2] {
        self.scales_in(self.mode)
    }

    /// As `scales`, in another mode.
    pub fn scales_in(&self, mode: Mode) -> [f64; 2] {
        let inverse = |whole: f64| if whole == 0.0 { 0.0 } else { 1.0 / whole };
        match mode {
            Mode::Share => [inverse(self.before.whole), inverse(self.after.whole)],
            Mode::Amount => [1.0, 1.0],
            Mode::Rate => {
                // Nanoseconds per nanosecond are cores.
                let part = if self.raw_unit() == &Unit::Nanoseconds { 1e9 } else { 1.0 };
                self.seconds.map(|seconds| inverse(seconds * part))
            }
        }
    }

    /// The unit of the values as recorded.
    pub fn raw_unit(&self) -> &Unit {
        &self.after.unit
    }

    /// The unit of changes; `Unit::None` for shares, which are fractions.
    pub fn unit(&self) -> Unit {
        match self.mode {
            Mode::Share => Unit::None,
            Mode::Amount => self.raw_unit().clone(),
            Mode::Rate => self.raw_unit().per_second(),
        }
    }
}

/// Both trees with one shared table of stacks.
fn aligned(mut before: Tree, mut after: Tree, work: Work<'_>) -> Result<(Tree, Tree), Cancelled> {
    if !Arc::ptr_eq(&before.symbols.stacks, &after.symbols.stacks) {
        let mut symbols = after.symbols.clone();
        let map = graft(&before.symbols, &mut symbols, work)?;
        before.self_values = moved(&before.self_values, &map, symbols.stacks.len(), work)?;
        before.totals = moved(&before.totals, &map, symbols.stacks.len(), work)?;
        let exact = before.exact.as_ref();
        let exact = exact.map(|exact| moved(exact, &map, symbols.stacks.len(), work));
        before.exact = exact.transpose()?.map(Into::into);
        let replicates = before.replicates.map(|batches| batches.rewritten(&map, work));
        before.replicates = replicates.transpose()?;
        // Large tables take long to free and to make.
        work.check()?;
        before.symbols = symbols.clone();
        work.check()?;
        after.symbols = symbols;
    }
    work.check()?;
    after.self_values.resize(after.symbols.stacks.len(), 0.0);
    work.check()?;
    after.totals.resize(after.symbols.stacks.len(), 0.0);
    let missing = |exact: &[i128]| after.symbols.stacks.len() - exact.len();
    let lengthened = |exact: Arc<[i128]>| match missing(&exact) {
        0 => exact,
        missing => exact.iter().copied().chain(std::iter::repeat_n(0, missing)).collect(),
    };
    after.exact = after.exact.map(lengthened);
    work.check()?;
    Ok((before, after))
}

/// Adds the stacks of one table to another; returns the new id of each.
fn graft(from: &Symbols, into: &mut Symbols, work: Work<'_>) -> Result<Vec<StackId>, Cancelled> {
    let frames = same_names(from, into, work)?;
    let (stacks, map) = into.stacks.graft(&from.stacks, &frames, into.frames.len(), work)?;
    into.stacks = stacks.into();
    Ok(map)
}

/// Maps each frame of one table to the frame of the other with the same name.
fn same_names(
    from: &Symbols,
    into: &mut Symbols,
    work: Work<'_>,
) -> Result<Vec<FrameId>, Cancelled> {
    let ids = |symbols: &Symbols| (0..symbols.frames.len()).map(|i| FrameId(i as u32));
    let mut known = rustc_hash::FxHashMap::default();
    work.each(ids(into), |id| {
        known.entry(into.frame_name(id).clone()).or_insert(id);
    })?;
    work.collect(ids(from).map(|id| {
        let name = from.frame_name(id);
        let file = from.frame_file(id);
        *known.entry(name.clone()).or_insert_with(|| into.intern_frame_of(name, file))
    }))
}

fn moved<T: Copy + Default + AddAssign>(
    values: &[T],
    map: &[StackId],
    stacks: usize,
    work: Work<'_>,
) -> Result<Vec<T>, Cancelled> {
    let mut moved = vec![T::default(); stacks];
    work.each(values.iter().zip(map), |(value, stack)| moved[stack.index()] += *value)?;
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounding_leaves_is_no_change() {
        let delta = |before: f64, after: f64| Change { before, after }.delta();
        assert_eq!(delta(0.1 + 0.2, 0.3), 0.0);
        assert_eq!(delta(0.25, 0.75), 0.5);
        assert_eq!(delta(9_007_199_254_740_991.0, 9_007_199_254_740_990.0), -1.0);
        assert_eq!(delta(0.0, 5e-17), 5e-17);
    }

    fn tree(stacks: &[(&str, f64)]) -> Tree {
        let mut symbols = Symbols::new();
        let mut values = vec![0.0];
        for (path, value) in stacks {
            let mut stack = StackId::EMPTY;
            for name in path.split(';') {
                let frame = symbols.intern_named_frame(name);
                stack = Arc::make_mut(&mut symbols.stacks).intern(stack, frame);
            }
            values.resize(symbols.stacks.len(), 0.0);
            values[stack.index()] += value;
        }
        let whole = values.iter().sum();
        Tree::new(symbols, values, whole, Unit::Nanoseconds, Work::unattended())
            .expect("no interrupt")
    }

    fn of(diff: &Diff, path: &str) -> (f64, f64) {
        let found = diff.symbols().stacks.iter().find(|(stack, ..)| {
            let mut names: Vec<_> =
                diff.symbols().stacks.path(*stack).map(|f| diff.symbols().frame_name(f)).collect();
            names.reverse();
            names.iter().map(|name| &***name).collect::<Vec<_>>().join(";") == path
        });
        let at = found.expect("a stack of that path").0.index();
        (diff.before.totals[at], diff.after.totals[at])
    }

    #[test]
    fn stacks_of_one_path_are_one_whatever_their_order() {
        let before = tree(&[("main;b", 2.0), ("main;a;c", 1.0)]);
        let after = tree(&[("main;a", 4.0), ("new", 5.0), ("main;b", 3.0)]);
        let diff = Diff::align(before, after, Mode::Amount, [0.0; 2], Work::unattended())
            .expect("no interrupt");
        assert_eq!(of(&diff, "main"), (3.0, 7.0));
        assert_eq!(of(&diff, "main;a"), (1.0, 4.0));
        assert_eq!(of(&diff, "main;a;c"), (1.0, 0.0));
        assert_eq!(of(&diff, "main;b"), (2.0, 3.0));
        assert_eq!(of(&diff, "new"), (0.0, 5.0));
        assert_eq!((diff.before.total(), diff.after.total()), (3.0, 12.0));
    }

    #[test]
    fn a_mode_says_what_a_change_is_measured_in() {
        // 2 of 4 s in 10 s, then 3 of 12 s in 40 s.
        let change = |mode| {
            let diff = Diff::align(
                tree(&[("a", 2e9), ("b", 2e9)]),
                tree(&[("a", 3e9), ("b", 9e9)]),
                mode,
                [10.0, 40.0],
                Work::unattended(),
            )
            .expect("no interrupt");
            diff.change(2e9, 3e9)
        };
        assert_eq!(change(Mode::Share), Change { before: 0.5, after: 0.25 });
        assert_eq!(change(Mode::Amount).delta(), 1e9);
        assert!((change(Mode::Rate).delta() - (0.075 - 0.2)).abs() < 1e-12);
    }

    #[test]
    fn new_and_removed_are_words_and_growth_is_relative() {
        let change = |before, after| Change { before, after };
        assert!(change(0.0, 1.0).is_new() && change(0.0, 1.0).growth().is_none());
        assert!(change(1.0, 0.0).is_removed());
        assert_eq!(change(2.0, 3.0).growth(), Some(0.5));
        assert_eq!(change(-2.0, -3.0).growth(), Some(-0.5));
        assert_eq!(
            [change(0.0, 9.0), change(1.0, 9.0), change(4.0, 3.0)].map(Change::tint),
            [1.0, 1.0, -0.25]
        );
    }

    #[test]
    fn an_empty_side_is_zero_everywhere() {
        let diff =
            Diff::align(tree(&[]), tree(&[("a", 1.0)]), Mode::Share, [0.0; 2], Work::unattended())
                .expect("no interrupt");
        assert_eq!(diff.total(StackId::EMPTY), Change { before: 0.0, after: 1.0 });
    }
}
