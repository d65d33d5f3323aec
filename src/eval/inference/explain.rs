//! What explains the change of a diff: the parts of its tree that carry it (`carriers`), and
//! for each how much of it is mix and how much is rate (`decomposition`), by label value.
//! Errors are those of `resampling`, with the replicates of the diff.
//!
//! The change is in the unit of the diff's mode. Parts of a tree do not overlap, and neither
//! do label values, so everything adds up to the change of the whole exactly.

use std::sync::Arc;

use super::carriers::{Carrier, Carriers, Extent, caller};
use super::grouped::Grouped;
use super::grouping::{By, Finding, LabelFound, find};
use super::moved::moves;
use super::resampling::{Interval, Sums};
use super::sources::Sources;
use super::surprise::term;
use crate::profile::chance::quantile;
use crate::profile::diff::Mode;
use crate::profile::frame::FrameId;
use crate::profile::{Diff, Labels};
use crate::work::{Cancelled, Work};

/// The functions that are named beside a cause.
const BESIDE: usize = 3;

/// All that explains a diff.
#[derive(Debug)]
pub struct Explanation {
    /// By how much they explain.
    pub causes: Vec<Cause>,
    /// What no cause holds.
    pub others: Row,
    /// Everything together.
    pub whole: Row,
    /// The whole by label value.
    pub whole_groups: Vec<GroupRow>,
    /// The labels that causes are split by.
    pub labels: Arc<[Arc<str>]>,
    /// What labels say of the first cause.
    pub found: Option<LabelFound>,
    /// The change of a function's share that would have been found four times in five, as a
    /// fraction; `None` if no function can be tested.
    pub visible: Option<f64>,
    /// Whether anything is known of how much values vary.
    pub is_judged: bool,
}

/// A part of the tree that changed.
#[derive(Debug)]
pub struct Cause {
    pub carrier: Carrier,
    /// The highest caller that is not most of the program.
    pub caller: Option<FrameId>,
    /// Other functions in it that changed significantly, by how much they did.
    pub beside: Vec<FrameId>,
    pub row: Row,
    pub groups: Vec<GroupRow>,
    /// The cause that work went to or came from, and the caller that has both.
    pub moved: Option<(usize, FrameId)>,
}

/// A change and its parts, in the unit of the mode.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row {
    pub before: f64,
    pub after: f64,
    pub delta: Interval,
    pub mix: Interval,
    pub rate: Interval,
    /// Of all growth, or of all shrinkage if it shrank: then below zero. A fraction.
    pub part: Interval,
    pub surprise: f64,
}

/// The part of a change that a label value has.
#[derive(Debug, Clone)]
pub struct GroupRow {
    /// Empty for series without the label.
    pub labels: Labels,
    /// How many values are in it, if it holds all smaller ones.
    pub together: usize,
    pub row: Row,
    /// Whether it has more of the change than of the cause, or of all work.
    pub stands_out: bool,
}

/// Explains a diff whose sides have replicates; `None` if one of them has none.
pub fn explain(diff: &Diff, by: By<'_>, work: Work<'_>) -> Result<Option<Explanation>, Cancelled> {
    let Some(sources) = Sources::new(diff) else { return Ok(None) };
    let carriers = Carriers::find(diff, work)?;
    let count = carriers.found.len();
    let whole = Grouped::whole(&sources, &carriers, work)?;
    let rows = rows(&whole, count);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| rows[*b].delta.value.abs().total_cmp(&rows[*a].delta.value.abs()));
    let finding = find(&sources, &carriers, order.first().copied(), by, work)?;
    let deltas: Vec<f64> = rows.iter().map(|row| row.delta.value).collect();
    let moved = moves(diff, &carriers, &deltas, work)?;
    let at = |cause: usize| order.iter().position(|it| *it == cause).unwrap_or_default();
    let mut causes = Vec::with_capacity(count);
    for nth in &order {
        let mut row = rows[*nth];
        row.surprise = carriers.found[*nth].surprise;
        row.delta = judged(diff, carriers.found[*nth], row.delta);
        let groups = groups(&finding, *nth, &mut row);
        causes.push(Cause {
            carrier: carriers.found[*nth],
            caller: caller(diff, &carriers, *nth, work)?,
            beside: beside(diff, &carriers, *nth, work)?,
            row,
            groups,
            moved: moved[*nth].map(|(other, caller)| (at(other), caller)),
        });
    }
    let mut of_whole = rows[count + 1];
    let whole_groups = match diff.mode {
        Mode::Share => Vec::new(),
        Mode::Amount | Mode::Rate => groups(&finding, count + 1, &mut of_whole),
    };
    Ok(Some(Explanation {
        causes,
        others: rows[count],
        whole: of_whole,
        whole_groups,
        labels: finding.labels,
        found: finding.found,
        visible: visible(diff),
        is_judged: is_judged(diff),
    }))
}

/// The change of a cause with the interval that the diff has for it, where it is all of a
/// function's self or total: tables say the same of it.
fn judged(diff: &Diff, carrier: Carrier, delta: Interval) -> Interval {
    let verdict = diff.noise.as_ref().and_then(|noise| noise.of(diff.mode, carrier.frame));
    let verdict = match (carrier.extent, verdict) {
        (Extent::Function, Some(verdict)) => verdict.total,
        (Extent::Own, Some(verdict)) => verdict.own,
        (Extent::Place, _) | (_, None) => return delta,
    };
    let is_all = (verdict.delta - delta.value).abs() <= 1e-9 * delta.value.abs();
    match is_all && !verdict.p.is_nan() {
        true => Interval { half: verdict.half_interval(), p: verdict.p, ..delta },
        false => delta,
    }
}

/// The rows of the causes, of what no cause holds, and of everything.
fn rows(whole: &Grouped, causes: usize) -> Vec<Row> {
    let n = causes + 2;
    let figures = |sums: &[Sums; 2]| {
        let of = |nth: usize| whole.change(sums, nth);
        let deltas: Vec<f64> = (0..n).map(|nth| of(nth)[1] - of(nth)[0]).collect();
        // The same rows grow and shrink in every replicate.
        let sum = |sign: f64| {
            let all = (0..n - 1).filter(|nth| whole.sign(*nth) == sign);
            all.map(|nth| deltas[nth]).sum::<f64>().abs()
        };
        let all = [sum(-1.0), sum(1.0)];
        let part = |nth: usize| {
            let all = all[usize::from(whole.sign(nth) > 0.0)];
            if all > 0.0 { deltas[nth] / all } else { 0.0 }
        };
        let parts = (0..n).map(part);
        let of_parts = (0..n).flat_map(|nth| {
            let parts = whole.decomposed(sums, nth)[0];
            [parts.mix, parts.rate]
        });
        deltas.iter().copied().chain(parts).chain(of_parts).collect()
    };
    let found = whole.resampling.intervals(&figures);
    let row = |nth: usize| {
        let [before, after] = whole.change(&whole.resampling.sums, nth);
        let size = before.abs().max(after.abs());
        Row {
            before,
            after,
            delta: found[nth].rounded(size),
            part: found[n + nth],
            mix: found[2 * n + 2 * nth].rounded(size),
            rate: found[2 * n + 2 * nth + 1].rounded(size),
            surprise: 0.0,
        }
    };
    (0..n).map(row).collect()
}

/// The rows of label values; mix and rate of the whole row are then their sums.
fn groups(finding: &Finding, nth: usize, row: &mut Row) -> Vec<GroupRow> {
    let Some(grouped) = &finding.grouped else { return Vec::new() };
    let split = grouped.split(nth);
    let whole = row.before.abs().max(row.after.abs());
    [row.mix, row.rate] = split.sums.map(|sum| sum.rounded(whole));
    let values = grouped.values(nth);
    let all = [0, 1].map(|side| values.iter().map(|it| it[side]).sum::<f64>());
    let share =
        |at: usize, side: usize| if all[side] > 0.0 { values[at][side] / all[side] } else { 0.0 };
    let part = if row.delta.value == 0.0 { 0.0 } else { row.part.value / row.delta.value };
    let of = |at: usize| {
        let one = &split.groups[at];
        let [before, after] = values[at];
        let row = Row {
            before,
            after,
            delta: one.delta,
            mix: one.mix.rounded(whole),
            rate: one.rate.rounded(whole),
            part: one.delta.scaled(part),
            surprise: term(share(at, 0), share(at, 1)).max(0.0),
        };
        let group = &grouped.groups[at];
        let stands_out = split.stands_out(at) || split.is_home(at);
        GroupRow { labels: group.labels.clone(), together: group.together, row, stands_out }
    };
    let mut groups: Vec<GroupRow> = (0..grouped.groups.len()).map(of).collect();
    groups.retain(|group| {
        group.row.before != 0.0 || group.row.after != 0.0 || group.row.delta.value != 0.0
    });
    groups.sort_by(|a, b| {
        let rest = (a.together > 0).cmp(&(b.together > 0));
        rest.then(b.row.delta.value.abs().total_cmp(&a.row.delta.value.abs()))
    });
    groups
}

/// The other functions of a cause that changed significantly in its direction.
fn beside(
    diff: &Diff,
    carriers: &Carriers,
    nth: usize,
    work: Work<'_>,
) -> Result<Vec<FrameId>, Cancelled> {
    let carrier = carriers.found[nth];
    if carrier.extent == Extent::Own {
        return Ok(Vec::new());
    }
    let mut changes = vec![0.0; diff.symbols().frames.len()];
    work.each(diff.symbols().stacks.iter(), |(stack, _, frame)| {
        if carriers.of_stack[stack.index()] == Some(nth as u8) {
            changes[frame.index()] += diff.self_value(stack).delta();
        }
    })?;
    let sign = carrier.delta().signum();
    let is_one = |frame: &FrameId| {
        let noise = diff.noise.as_ref().and_then(|noise| noise.of(Mode::Share, *frame));
        *frame != carrier.frame
            && changes[frame.index()] * sign > 0.0
            && noise.is_some_and(|verdict| verdict.own.significant)
    };
    let mut found: Vec<FrameId> = (0..changes.len() as u32).map(FrameId).filter(is_one).collect();
    found.sort_by(|a, b| changes[b.index()].abs().total_cmp(&changes[a.index()].abs()));
    found.truncate(BESIDE);
    Ok(found)
}

/// Whether any function can be judged in the diff's mode.
fn is_judged(diff: &Diff) -> bool {
    let modes = diff.noise.iter().map(|noise| &noise.modes[diff.mode as usize].functions);
    modes.flatten().flatten().any(|it| !(it.own.p.is_nan() && it.total.p.is_nan()))
}

/// Four in five: the quantile of 80 % of the normal distribution, the usual power of a
/// test (J. Cohen, *Statistical Power Analysis for the Behavioral Sciences*, 1988).
const POWER: f64 = 0.841_621;

/// The change that one of the ten largest functions would have needed to be found among all
/// of them, in the middle.
fn visible(diff: &Diff) -> Option<f64> {
    const LARGEST: usize = 10;
    let noise = diff.noise.as_ref()?;
    let verdicts = noise.modes[0].functions.iter();
    let tested =
        verdicts.flatten().filter(|verdict| verdict.own.se > 0.0 && !verdict.own.p.is_nan());
    let tested: Vec<_> = tested.collect();
    let level = noise.rate / tested.len().max(1) as f64;
    // The largest functions have the largest errors.
    let mut errors: Vec<_> = tested.iter().map(|verdict| verdict.own).collect();
    errors.sort_by(|a, b| b.se.total_cmp(&a.se));
    errors.truncate(LARGEST);
    let middle = errors.get(errors.len() / 2)?;
    let change = (quantile(level, middle.freedom) + POWER) * middle.se;
    // No share changes by more than all of it.
    Some(change).filter(|change| *change <= 1.0)
}
