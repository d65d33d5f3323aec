//! The functions of a diff: one row per function, for `top`, `where`, `sort` and the like.
//!
//! The reference is `pprof -top -diff_base`. Before, after and delta are self values in
//! the unit of the mode. The same change as an amount, or as a share, is in the next
//! columns, so that readers need no second query. `se`, `z` and `self_significant` belong
//! to delta; a view shows the last two as a mark on it.

use crate::eval::result::table::{Columns, Table};
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::stacks::functions::{FunctionChange, function_changes};
use crate::lang::columns::{
    AFTER, BEFORE, CHANGE, DELTA, DELTA_AMOUNT, DELTA_SHARE, FUNCTION, GROWTH, SE,
    SELF_SIGNIFICANT, SIGNIFICANT, TOTAL_AFTER, TOTAL_BEFORE, TOTAL_DELTA, TOTAL_DELTA_SHARE,
    TOTAL_GROWTH, TOTAL_SIGNIFICANT, Z,
};
use crate::profile::diff::Mode;
use crate::profile::noise::FunctionVerdict;
use crate::profile::{Change, Diff};
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// The columns that `top` can rank by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRank {
    Delta,
    DeltaAmount,
    DeltaShare,
    TotalDelta,
    Before,
    After,
    /// New functions come first, because they grew from nothing.
    Growth,
    Se,
    /// The change divided by its standard error; functions without one come last.
    Z,
}

impl ChangeRank {
    pub const ALL: [(&str, ChangeRank); 9] = [
        (DELTA.name, ChangeRank::Delta),
        (TOTAL_DELTA.name, ChangeRank::TotalDelta),
        (GROWTH.name, ChangeRank::Growth),
        (Z.name, ChangeRank::Z),
        (BEFORE.name, ChangeRank::Before),
        (AFTER.name, ChangeRank::After),
        (DELTA_AMOUNT.name, ChangeRank::DeltaAmount),
        (DELTA_SHARE.name, ChangeRank::DeltaShare),
        (SE.name, ChangeRank::Se),
    ];

    /// The largest first; changes by size, whether the function grew or shrank.
    fn key(self, row: &FunctionChange, shares: [f64; 2]) -> f64 {
        let own = row.self_value;
        let of = |value: fn(FunctionVerdict) -> f64| row.verdict.map_or(-1.0, value);
        match self {
            ChangeRank::Delta => own.delta().abs(),
            ChangeRank::DeltaAmount => row.raw.delta().abs(),
            ChangeRank::DeltaShare => share(row.raw, shares).delta().abs(),
            ChangeRank::TotalDelta => row.total.delta().abs(),
            ChangeRank::Before => own.before,
            ChangeRank::After => own.after,
            ChangeRank::Growth if own.is_new() => f64::INFINITY,
            ChangeRank::Growth => own.growth().unwrap_or(f64::NEG_INFINITY),
            ChangeRank::Se => of(|verdict| verdict.own.se),
            ChangeRank::Z => of(|verdict| verdict.own.z.abs()),
        }
    }
}

/// The functions of a diff that changed most.
pub fn top(
    diff: &Diff,
    rank: ChangeRank,
    count: usize,
    work: Work<'_>,
) -> Result<Table, Cancelled> {
    let rows = ranked(diff, rank, work)?;
    let more = rows.len().saturating_sub(count);
    let mut table = table(diff, &rows[..rows.len() - more]);
    table.more = more;
    Ok(table)
}

/// The table of a diff, with a note on how many changes are statistically significant.
pub fn outcome(
    diff: &Diff,
    mut header: Header,
    rank: ChangeRank,
    count: usize,
    work: Work<'_>,
) -> Result<Outcome, Cancelled> {
    header.notes.extend(diff.noise.as_ref().map(|noise| noise.summary(diff.mode)));
    Ok(Outcome { value: Value::Table(top(diff, rank, count, work)?), header })
}

/// Ties are broken by the total, then by name, so that the order is always the same.
pub fn ranked(
    diff: &Diff,
    rank: ChangeRank,
    work: Work<'_>,
) -> Result<Vec<FunctionChange>, Cancelled> {
    let mut rows = function_changes(diff, work)?;
    let shares = diff.scales_in(Mode::Share);
    let name = |row: &FunctionChange| diff.symbols().frame_name(row.frame).clone();
    work.sort_by(&mut rows, |a, b| {
        let by_key = rank.key(b, shares).total_cmp(&rank.key(a, shares));
        let by_total = || b.total.delta().abs().total_cmp(&a.total.delta().abs());
        by_key.then_with(by_total).then_with(|| name(a).cmp(&name(b)))
    })?;
    Ok(rows)
}

/// What was recorded before and after, as shares of each side.
fn share(recorded: Change, shares: [f64; 2]) -> Change {
    Change { before: recorded.before * shares[0], after: recorded.after * shares[1] }
}

/// The numbers come before the name, as in pprof, because names are long.
pub fn table(diff: &Diff, rows: &[FunctionChange]) -> Table {
    let column = |of: &dyn Fn(&FunctionChange) -> f64| rows.iter().map(of).collect::<Vec<_>>();
    let (unit, scale) = match diff.mode {
        Mode::Share => (Unit::Percent, 100.0),
        Mode::Amount | Mode::Rate => (diff.unit(), 1.0),
    };
    let figure = |of: fn(&FunctionChange) -> f64| column(&|row| scale * of(row));
    let known = |of: &dyn Fn(FunctionVerdict) -> f64| {
        rows.iter().map(|row| row.verdict.map(of)).collect::<Vec<_>>()
    };
    let holds = |of: fn(FunctionVerdict) -> bool| {
        rows.iter().map(|row| row.verdict.map(of)).collect::<Vec<_>>()
    };
    let columns = Columns::default()
        .number(BEFORE, figure(|row| row.self_value.before), unit.clone())
        .number(AFTER, figure(|row| row.self_value.after), unit.clone())
        .number(DELTA, figure(|row| row.self_value.delta()), unit.clone())
        .known_numbers(SE, known(&|verdict| scale * verdict.own.se), unit.clone());
    let shares = diff.scales_in(Mode::Share);
    let columns = match diff.mode {
        Mode::Share => {
            columns.number(DELTA_AMOUNT, column(&|row| row.raw.delta()), diff.raw_unit().clone())
        }
        Mode::Amount | Mode::Rate => {
            let points = column(&|row| 100.0 * share(row.raw, shares).delta());
            columns.number(DELTA_SHARE, points, Unit::Percent)
        }
    };
    let growth = |of: fn(&FunctionChange) -> Change| -> Vec<Option<f64>> {
        rows.iter().map(|row| of(row).growth().map(|growth| 100.0 * growth)).collect()
    };
    let total_points = column(&|row| 100.0 * share(row.raw_total, shares).delta());
    columns
        .known_numbers(GROWTH, growth(|row| row.self_value), Unit::Percent)
        .text(CHANGE, rows.iter().map(|row| word(row.self_value)))
        .number(TOTAL_DELTA, figure(|row| row.total.delta()), unit.clone())
        .text(FUNCTION, rows.iter().map(|row| diff.symbols().frame_name(row.frame).to_string()))
        .hide_following()
        .number(TOTAL_BEFORE, figure(|row| row.total.before), unit.clone())
        .number(TOTAL_AFTER, figure(|row| row.total.after), unit)
        .known_numbers(TOTAL_GROWTH, growth(|row| row.total), Unit::Percent)
        .number(TOTAL_DELTA_SHARE, total_points, Unit::Percent)
        .known_numbers(Z, known(&|verdict| verdict.own.z), Unit::None)
        .flags(SIGNIFICANT, holds(|verdict| verdict.own.significant || verdict.total.significant))
        .flags(SELF_SIGNIFICANT, holds(|verdict| verdict.own.significant))
        .flags(TOTAL_SIGNIFICANT, holds(|verdict| verdict.total.significant))
        .finish()
}

/// `new` or `removed` instead of an infinite growth.
fn word(change: Change) -> &'static str {
    if change.is_new() {
        "new"
    } else if change.is_removed() {
        "removed"
    } else {
        ""
    }
}
