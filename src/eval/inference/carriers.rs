//! What carries a change: the parts of a diff's tree that changed while the rest did not.
//!
//! A part is a function with all its calls, a function's own time, or a function where it is
//! called in one place, each with everything below it. The part with the largest surprise
//! (`surprise`) is the one that changed as a whole: its callers hold more that stayed, and
//! its callees less that changed. Of parts that are about as surprising, and carry about as
//! much of the change, the smallest is taken: the deepest that carries most of it. A part and
//! all else are equally surprising in shares: what changed in share only is not taken beside
//! what changed in rate as well. Then the
//! same is done with the rest, as if that part were not there, so that what only makes room
//! for it is no second one (Z. Zhang, R. Assunção and M. Kulldorff, "Spatial scan statistics
//! adjusted for multiple clusters", J. Probab. Stat. 2010).
//!
//! A part must be a significant change of the diff, in its mode and in shares, since a part of
//! a program in which everything grew explains nothing; without the parts before it, its change
//! must still be as improbable as the least significant one of the diff.

use std::cmp::Reverse;

use super::surprise::surprise;
use crate::eval::stacks::functions::outermost_functions;
use crate::profile::chance::two_sided;
use crate::profile::diff::Mode;
use crate::profile::frame::FrameId;
use crate::profile::noise::FunctionVerdict;
use crate::profile::{Diff, StackId, Verdict};
use crate::work::{Cancelled, Work};

/// More are not found.
const MOST: usize = 8;
/// Parts whose surprise and change are this part of the largest are about as good.
const ABOUT: f64 = 0.9;
/// A smaller change beside the largest is not worth a row.
const LEAST: f64 = 0.02;

/// The stacks of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// A function and what it calls, wherever it is called.
    Function,
    /// The function's own time.
    Own,
    /// A function and what it calls, in one place.
    Place,
}

/// A part that changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Carrier {
    pub frame: FrameId,
    pub extent: Extent,
    /// Where it is called, or where it is called most.
    pub stack: StackId,
    /// The shares of all work before and after, without what earlier carriers took.
    pub shares: [f64; 2],
    pub surprise: f64,
    /// The probability of such a change by chance.
    pub p: f64,
}

impl Carrier {
    pub fn delta(&self) -> f64 {
        self.shares[1] - self.shares[0]
    }
}

/// All parts that changed, none a part of another.
#[derive(Debug, Default)]
pub struct Carriers {
    /// In the order in which they were found.
    pub found: Vec<Carrier>,
    /// By stack: the carrier that its own value belongs to.
    pub of_stack: Vec<Option<u8>>,
}

impl Carriers {
    pub fn find(diff: &Diff, work: Work<'_>) -> Result<Carriers, Cancelled> {
        let mut carriers =
            Carriers { found: Vec::new(), of_stack: vec![None; diff.symbols().stacks.len()] };
        let Some(search) = Search::new(diff, work)? else { return Ok(carriers) };
        while carriers.found.len() < MOST {
            let Some(best) = search.best(&carriers, work)? else { break };
            let first = carriers.found.first().map_or(0.0, |first: &Carrier| first.delta().abs());
            if best.delta().abs() < LEAST * first {
                break;
            }
            carriers.take(best, diff, work)?;
        }
        Ok(carriers)
    }

    /// Gives a carrier its stacks.
    fn take(&mut self, carrier: Carrier, diff: &Diff, work: Work<'_>) -> Result<(), Cancelled> {
        let number = self.found.len() as u8;
        let mut is_below = vec![false; self.of_stack.len()];
        let of_stack = &mut self.of_stack;
        work.each(diff.symbols().stacks.iter(), |(stack, parent, frame)| {
            let is_own = frame == carrier.frame;
            let is_part = match carrier.extent {
                Extent::Function => is_own || is_below[parent.index()],
                Extent::Own => is_own,
                Extent::Place => stack == carrier.stack || is_below[parent.index()],
            };
            is_below[stack.index()] = is_part;
            if is_part {
                of_stack[stack.index()].get_or_insert(number);
            }
        })?;
        self.found.push(carrier);
        Ok(())
    }
}

/// The largest p-value that is significant among these, by the procedure of `family`.
fn limit(verdicts: impl Iterator<Item = Verdict>, rate: f64) -> f64 {
    let (mut tested, mut found) = (0, 0);
    for verdict in verdicts.filter(|verdict| !verdict.p.is_nan()) {
        tested += 1;
        found += usize::from(verdict.significant);
    }
    if tested == 0 { 0.0 } else { rate * found as f64 / f64::from(tested) }
}

/// What is looked at in each round.
struct Search<'a> {
    diff: &'a Diff,
    outermost: Vec<bool>,
    /// By frame: the verdict on its share, if it is significant.
    verdicts: Vec<Option<FunctionVerdict>>,
    /// The largest p-value that is significant.
    limit: f64,
    /// By stack: the number of its callers.
    depth: Vec<u32>,
}

/// A part that may be taken.
#[derive(Debug, Clone, Copy)]
struct Part {
    carrier: Carrier,
    depth: u32,
    /// Whether it changed only because others did.
    is_share_only: bool,
}

impl Part {
    fn mass(&self) -> f64 {
        self.carrier.shares[0] + self.carrier.shares[1]
    }
}

/// The shares of the stacks that no carrier has.
struct Left {
    /// By stack: totals before and after.
    totals: [Vec<f64>; 2],
    own: [Vec<f64>; 2],
    /// How much of all work is left.
    all: [f64; 2],
}

impl<'a> Search<'a> {
    /// `None` if nothing is significant.
    fn new(diff: &'a Diff, work: Work<'_>) -> Result<Option<Search<'a>>, Cancelled> {
        let Some(noise) = &diff.noise else { return Ok(None) };
        let stacks = &diff.symbols().stacks;
        let verdict = |frame: FrameId| {
            // In the unit of the reader, too.
            let in_mode = noise.of(diff.mode, frame)?;
            let is_one = in_mode.is_significant() && diff.lists(frame);
            noise.of(Mode::Share, frame).filter(|it| it.is_significant() && is_one)
        };
        let frames = (0..diff.symbols().frames.len() as u32).map(FrameId);
        let verdicts: Vec<_> = work.collect(frames.map(verdict))?;
        if verdicts.iter().all(Option::is_none) {
            return Ok(None);
        }
        let of = |of: fn(&FunctionVerdict) -> Verdict| {
            limit(noise.modes[0].functions.iter().flatten().map(of), noise.rate)
        };
        let limit = of(|verdict| verdict.own).max(of(|verdict| verdict.total));
        let mut depth = vec![0; stacks.len()];
        work.each(stacks.iter(), |(stack, parent, _)| {
            depth[stack.index()] = depth[parent.index()] + 1;
        })?;
        let outermost = outermost_functions(&diff.after, work)?;
        Ok(Some(Search { diff, outermost, verdicts, limit, depth }))
    }

    fn left(&self, carriers: &Carriers, work: Work<'_>) -> Result<Left, Cancelled> {
        let scales = self.diff.scales_in(Mode::Share);
        let trees = [&self.diff.before, &self.diff.after];
        let mut left = Left { totals: Default::default(), own: Default::default(), all: [1.0; 2] };
        for side in [0, 1] {
            let own = trees[side].self_values.iter().zip(&carriers.of_stack);
            let mut taken = 0.0;
            let own = work.collect(own.map(|(value, of)| {
                let share = value * scales[side];
                if of.is_some() {
                    taken += share;
                    return 0.0;
                }
                share
            }))?;
            left.all[side] = 1.0 - taken;
            left.totals[side] = self.diff.symbols().stacks.summed_up(own.clone(), work)?;
            left.own[side] = own;
        }
        Ok(left)
    }

    /// The next part to take.
    fn best(&self, carriers: &Carriers, work: Work<'_>) -> Result<Option<Carrier>, Cancelled> {
        let left = self.left(carriers, work)?;
        if left.all.iter().any(|all| *all <= 0.0) {
            return Ok(None);
        }
        let mut parts = self.parts(&left, work)?;
        let surprise = |part: &Part| part.carrier.surprise;
        let most = |parts: &[Part], of: fn(&Part) -> f64| parts.iter().map(of).fold(0.0, f64::max);
        let surprising = most(&parts, surprise);
        parts.retain(|part| surprise(part) >= ABOUT * surprising);
        if parts.iter().any(|part| !part.is_share_only) {
            parts.retain(|part| !part.is_share_only);
        }
        let surprising = most(&parts, surprise);
        // Rounding must not choose between parts with the same samples.
        let rounded = |part: &Part| (part.mass() * 1e9).round() as i64;
        let is_best = |part: &&Part| surprise(part) >= surprising * (1.0 - 1e-9);
        let Some(best) = parts.iter().filter(is_best).min_by_key(|part| rounded(part)) else {
            return Ok(None);
        };
        let change = best.carrier.delta();
        let about = parts.iter().filter(|part| {
            part.carrier.delta() * change.signum() >= ABOUT * change.abs()
                && part.mass() <= best.mass() * (1.0 + 1e-9)
        });
        let smallest = about.min_by_key(|part| {
            (rounded(part), Reverse(part.depth), part.carrier.extent, part.carrier.stack)
        });
        Ok(smallest.map(|part| part.carrier))
    }

    /// All parts that changed more than chance explains.
    fn parts(&self, left: &Left, work: Work<'_>) -> Result<Vec<Part>, Cancelled> {
        let frames = self.verdicts.len();
        let mut totals = vec![[0.0; 2]; frames];
        let mut own = vec![[0.0; 2]; frames];
        let mut calls = vec![0u32; frames];
        // The call with the largest change.
        let mut place = vec![(StackId::EMPTY, -1.0); frames];
        let stacks = &self.diff.symbols().stacks;
        let at =
            |values: &[Vec<f64>; 2], stack: StackId| [0, 1].map(|side| values[side][stack.index()]);
        work.each(stacks.iter(), |(stack, _, frame)| {
            let frame = frame.index();
            if self.verdicts[frame].is_none() {
                return;
            }
            let [total, of_own] = [at(&left.totals, stack), at(&left.own, stack)];
            (0..2).for_each(|side| own[frame][side] += of_own[side]);
            if self.outermost[stack.index()] && total != [0.0; 2] {
                (0..2).for_each(|side| totals[frame][side] += total[side]);
                calls[frame] += 1;
                let change = (total[1] - total[0]).abs();
                if change > place[frame].1 {
                    place[frame] = (stack, change);
                }
            }
        })?;
        let mut parts = Vec::new();
        work.each(0..frames, |frame| {
            let Some(verdict) = self.verdicts[frame] else { return };
            let of = |extent, shares, verdict| {
                let frame = FrameId(frame as u32);
                self.part((frame, extent, place[frame.index()].0), shares, 1.0, (left, verdict))
            };
            parts.extend(of(Extent::Function, totals[frame], verdict.total));
            if own[frame] != totals[frame] {
                parts.extend(of(Extent::Own, own[frame], verdict.own));
            }
        })?;
        work.each(stacks.iter(), |(stack, _, frame)| {
            let Some(verdict) = self.verdicts[frame.index()] else { return };
            if calls[frame.index()] < 2 || !self.outermost[stack.index()] {
                return;
            }
            let (shares, all) = (at(&left.totals, stack), totals[frame.index()]);
            // Of counts, the variance is that of the function times its part of it.
            let part = (shares[0] + shares[1]) / (all[0] + all[1]);
            let of = (frame, Extent::Place, stack);
            parts.extend(self.part(of, shares, part.sqrt(), (left, verdict.total)));
        })?;
        Ok(parts)
    }

    /// A part with its surprise, unless chance explains its change. `part`: how its standard
    /// error compares with that of the function.
    fn part(
        &self,
        (frame, extent, stack): (FrameId, Extent, StackId),
        shares: [f64; 2],
        part: f64,
        (left, verdict): (&Left, Verdict),
    ) -> Option<Part> {
        let shares = [0, 1].map(|side| (shares[side] / left.all[side]).clamp(0.0, 1.0));
        let se = verdict.se * part / f64::midpoint(left.all[0], left.all[1]);
        let z = (shares[1] - shares[0]) / se;
        if z.is_nan() || verdict.p.is_nan() || shares[0] == shares[1] {
            return None;
        }
        let p = two_sided(z, verdict.freedom);
        let surprise = surprise(shares[0], shares[1]);
        let carrier = Carrier { frame, extent, stack, shares, surprise, p };
        let (depth, is_share_only) = (self.depth[stack.index()], verdict.share_only);
        (p <= self.limit).then_some(Part { carrier, depth, is_share_only })
    }
}

/// The highest caller of a carrier with at most half of all work: which request, which job.
/// `None` if it is not called from one such place.
pub fn caller(
    diff: &Diff,
    carriers: &Carriers,
    nth: usize,
    work: Work<'_>,
) -> Result<Option<FrameId>, Cancelled> {
    let carrier = carriers.found[nth];
    let stacks = &diff.symbols().stacks;
    let changes = |stack: StackId| match carriers.of_stack[stack.index()] {
        Some(of) if usize::from(of) == nth => diff.self_value(stack).delta(),
        _ => 0.0,
    };
    let below = work.collect((0..stacks.len() as u32).map(|at| changes(StackId(at))))?;
    let below = stacks.summed_up(below, work)?;
    let all = below[StackId::EMPTY.index()];
    let mut path: Vec<StackId> = Vec::new();
    let mut at = stacks.parent(carrier.stack);
    while at != StackId::EMPTY {
        path.push(at);
        at = stacks.parent(at);
    }
    let scales = diff.scales_in(Mode::Share);
    let share = |stack: StackId| {
        let (before, after) = (&diff.before.totals, &diff.after.totals);
        (before[stack.index()] * scales[0]).max(after[stack.index()] * scales[1])
    };
    let found = path.iter().rev().find(|stack| {
        let carries = below[stack.index()] * all.signum() >= ABOUT * all.abs();
        carries && share(**stack) <= 0.5
    });
    Ok(found.map(|stack| stacks.frame(*stack)).filter(|frame| *frame != carrier.frame))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::profile::noise::{ModeNoise, Noise};
    use crate::profile::{Symbols, Tree};
    use crate::quantity::Unit;

    /// A diff of stacks with values before and after, in which every function's change has
    /// this standard error, and is significant from two of it on.
    fn diff(stacks: &[(&str, f64, f64)], se: f64) -> Diff {
        let mut symbols = Symbols::new();
        let mut ids = Vec::new();
        for (path, ..) in stacks {
            let mut stack = StackId::EMPTY;
            for name in path.split(';') {
                let frame = symbols.intern_named_frame(name);
                stack = Arc::make_mut(&mut symbols.stacks).intern(stack, frame);
            }
            ids.push(stack);
        }
        let tree = |of: fn(&(&str, f64, f64)) -> f64| {
            let mut values = vec![0.0; symbols.stacks.len()];
            stacks.iter().zip(&ids).for_each(|(row, id)| values[id.index()] += of(row));
            let whole = values.iter().sum();
            Tree::new(symbols.clone(), values, whole, Unit::Nanoseconds, Work::unattended())
                .expect("no interrupt")
        };
        let (before, after) = (tree(|row| row.1), tree(|row| row.2));
        let diff = Diff::align(before, after, Mode::Share, [1.0; 2], Work::unattended());
        let diff = diff.expect("no interrupt");
        let changes = crate::eval::stacks::functions::function_changes(&diff, Work::unattended());
        let mut functions = vec![None; diff.symbols().frames.len()];
        for change in changes.expect("no interrupt") {
            let verdict = |of: crate::profile::Change| {
                let z = of.delta() / se;
                let p = if of.before == 1.0 { f64::NAN } else { two_sided(z, f64::INFINITY) };
                let significant = z.abs() > 2.0;
                let freedom = f64::INFINITY;
                Verdict { delta: of.delta(), se, z, p, freedom, significant, share_only: false }
            };
            functions[change.frame.index()] = Some(FunctionVerdict {
                own: verdict(change.self_value),
                total: verdict(change.total),
            });
        }
        let mode = ModeNoise { functions, correlation: [0.0; 2] };
        let modes = [mode.clone(), mode.clone(), mode];
        let noise = Noise { modes, rate: 0.05, ..Noise::default() };
        Diff { noise: Some(Arc::new(noise)), ..diff }
    }

    fn found(diff: &Diff) -> Vec<(String, Extent, Option<String>)> {
        let carriers = Carriers::find(diff, Work::unattended()).expect("no interrupt");
        let name = |frame| diff.symbols().frame_name(frame).to_string();
        let of = |nth: usize| {
            let carrier = carriers.found[nth];
            let caller = caller(diff, &carriers, nth, Work::unattended()).expect("no interrupt");
            (name(carrier.frame), carrier.extent, caller.map(name))
        };
        (0..carriers.found.len()).map(of).collect()
    }

    fn part(name: &str, extent: Extent, caller: Option<&str>) -> (String, Extent, Option<String>) {
        (name.to_owned(), extent, caller.map(str::to_owned))
    }

    #[test]
    fn the_deepest_part_that_changed_as_a_whole_is_found_once() {
        // All of `decode` doubled; the others only make room.
        let diff = diff(
            &[
                ("main;checkout;decode;array", 30.0, 60.0),
                ("main;checkout;decode;object", 20.0, 40.0),
                ("main;checkout;pay", 150.0, 150.0),
                ("main;list;render", 600.0, 600.0),
                ("main;idle", 200.0, 200.0),
            ],
            0.002,
        );
        assert_eq!(found(&diff), [part("decode", Extent::Function, Some("checkout"))]);
    }

    #[test]
    fn one_place_of_several_is_named_and_a_second_cause_too() {
        // `copy` grew below `a` alone, and `slow` by itself.
        let diff = diff(
            &[
                ("main;a;copy", 50.0, 150.0),
                ("main;b;copy", 80.0, 80.0),
                ("main;b;slow", 30.0, 50.0),
                ("main;b;slow;leaf", 40.0, 40.0),
                ("main;rest", 800.0, 800.0),
            ],
            0.002,
        );
        let expected =
            [part("copy", Extent::Place, Some("a")), part("slow", Extent::Own, Some("b"))];
        assert_eq!(found(&diff), expected);
    }

    #[test]
    fn what_moved_between_siblings_is_two_parts_and_noise_is_none() {
        let stacks =
            [("main;p;old", 100.0, 20.0), ("main;p;new", 20.0, 100.0), ("main;q", 880.0, 880.0)];
        let names: Vec<_> = found(&diff(&stacks, 0.002)).into_iter().map(|it| it.0).collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&"old".to_owned()) && names.contains(&"new".to_owned()));
        assert!(found(&diff(&stacks, 0.2)).is_empty());
    }
}
