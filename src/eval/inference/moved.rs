//! Cost shifts: work that moved from one function to another while their caller stayed.
//!
//! Someone splits a function in two, or renames it: one part shrinks by what another grows,
//! and nothing got dearer. C. Hu et al., "FBDetect: Catching Tiny Performance Regressions at
//! Hyperscale through In-Production Monitoring", SOSP 2024, section 5.4, look at the caller:
//! if its total did not change, the cost was shifted.

use super::carriers::Carriers;
use crate::profile::diff::Mode;
use crate::profile::frame::FrameId;
use crate::profile::{Diff, StackId, Stacks};
use crate::work::{Cancelled, Work};

/// What the two may differ by, and the caller may change by, as a part of what moved. A caller
/// whose change is not significant may change by more.
const STAYED: f64 = 0.25;
/// A caller with more of all work stays in shares whatever happens below it.
const MOST: f64 = 0.9;

/// By carrier: the one that its work went to or came from, and their nearest caller.
/// `deltas`: the changes of carriers, in the unit of the mode.
pub fn moves(
    diff: &Diff,
    carriers: &Carriers,
    deltas: &[f64],
    work: Work<'_>,
) -> Result<Vec<Option<(usize, FrameId)>>, Cancelled> {
    let found = &carriers.found;
    let mut moves = vec![None; found.len()];
    let pairs = (0..found.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
    let mut stayed: Vec<(f64, usize, usize, FrameId)> = Vec::new();
    work.each(pairs, |(a, b)| {
        let [of_a, of_b] = [deltas[a], deltas[b]];
        let moved = of_a.abs().min(of_b.abs());
        let apart = (of_a + of_b).abs();
        if of_a * of_b >= 0.0 || apart > STAYED * moved {
            return;
        }
        let stacks = &diff.symbols().stacks;
        let [at, other] = [a, b].map(|nth| found[nth].stack);
        let caller = nearest(stacks, at, other);
        let total = diff.total(caller);
        let scales = diff.scales_in(Mode::Share);
        let share = diff.after.totals[caller.index()] * scales[1];
        let are_siblings = stacks.parent(at) == caller && stacks.parent(other) == caller;
        let is_close = share <= MOST || are_siblings;
        let is_small = total.delta().abs() <= STAYED * moved;
        let stayed_put = is_small || diff.is_insignificant(caller);
        if caller != StackId::EMPTY && is_close && stayed_put {
            stayed.push((apart / moved, a, b, stacks.frame(caller)));
        }
    })?;
    stayed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (_, a, b, caller) in stayed {
        if moves[a].is_none() && moves[b].is_none() {
            moves[a] = Some((b, caller));
            moves[b] = Some((a, caller));
        }
    }
    Ok(moves)
}

/// The nearest stack that both are called from.
fn nearest(stacks: &Stacks, a: StackId, b: StackId) -> StackId {
    // A caller's id is smaller than those of what it calls.
    let (mut a, mut b) = (stacks.parent(a), stacks.parent(b));
    while a != b {
        match a.index() > b.index() {
            true => a = stacks.parent(a),
            false => b = stacks.parent(b),
        }
    }
    a
}
