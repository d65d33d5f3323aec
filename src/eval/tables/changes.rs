//! The `top`, `where` and `sort` verbs on a diff: one row per function.
//!
//! The reference is `pprof -top -diff_base`. Before, after and delta are self values in
//! the unit of the mode. The same change as an amount, or as a share, is in the next
//! columns, so that readers need no second query. `se`, `z` and `significant` belong to
//! delta; a view shows the last two as a mark on it.

use crate::eval::result::table::{Columns, Table};
use crate::eval::stacks::functions::{FunctionChange, function_changes};
use crate::profile::diff::Mode;
use crate::profile::noise::FunctionVerdict;
use crate::profile::{Change, Diff};
use crate::quantity::Unit;

/// The order of the rows; the largest change comes first, whether it grew or shrank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRank {
    Delta,
    TotalDelta,
    Before,
    After,
    /// New functions come first, because they grew from nothing.
    Growth,
    /// The change divided by its standard error; functions without one come last.
    Z,
}

/// The functions of a diff that changed most.
pub fn top(diff: &Diff, rank: ChangeRank, count: usize) -> Table {
    let rows = ranked(diff, rank);
    let more = rows.len().saturating_sub(count);
    let mut table = table(diff, &rows[..rows.len() - more]);
    table.more = more;
    table
}

/// Ties are broken by the total, then by name, so that the order is always the same.
pub fn ranked(diff: &Diff, rank: ChangeRank) -> Vec<FunctionChange> {
    let mut rows = function_changes(diff);
    let key = |row: &FunctionChange| {
        let own = row.self_value;
        match rank {
            ChangeRank::Delta => own.delta().abs(),
            ChangeRank::TotalDelta => row.total.delta().abs(),
            ChangeRank::Before => own.before,
            ChangeRank::After => own.after,
            ChangeRank::Growth if own.is_new() => f64::INFINITY,
            ChangeRank::Growth => own.growth().unwrap_or(f64::NEG_INFINITY),
            ChangeRank::Z => row.verdict.map_or(-1.0, |verdict| verdict.own.z.abs()),
        }
    };
    let name = |row: &FunctionChange| diff.symbols().frame_name(row.frame).clone();
    rows.sort_by(|a, b| {
        let by_total = || b.total.delta().abs().total_cmp(&a.total.delta().abs());
        key(b).total_cmp(&key(a)).then_with(by_total).then_with(|| name(a).cmp(&name(b)))
    });
    rows
}

/// The numbers come before the name, as in pprof, because names are long.
fn table(diff: &Diff, rows: &[FunctionChange]) -> Table {
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
        .number("before", figure(|row| row.self_value.before), unit.clone())
        .number("after", figure(|row| row.self_value.after), unit.clone())
        .number("delta", figure(|row| row.self_value.delta()), unit.clone())
        .known_numbers("se", known(&|verdict| scale * verdict.own.se), unit.clone());
    let columns = match diff.mode {
        Mode::Share => {
            columns.number("delta amount", column(&|row| row.raw.delta()), diff.raw_unit().clone())
        }
        Mode::Amount | Mode::Rate => {
            let shares = Diff { mode: Mode::Share, ..diff.clone() };
            let points =
                |row: &FunctionChange| 100.0 * shares.change(row.raw.before, row.raw.after).delta();
            columns.number("delta share", column(&points), Unit::Percent)
        }
    };
    let growth = |row: &FunctionChange| row.self_value.growth().map(|growth| 100.0 * growth);
    columns
        .known_numbers("growth", rows.iter().map(growth).collect(), Unit::Percent)
        .text("change", rows.iter().map(|row| word(row.self_value)))
        .number("total delta", figure(|row| row.total.delta()), unit)
        .text("function", rows.iter().map(|row| diff.symbols().frame_name(row.frame).to_string()))
        .hide_following()
        .known_numbers("z", known(&|verdict| verdict.own.z), Unit::None)
        .flags("significant", holds(|verdict| verdict.own.significant))
        .flags("total_significant", holds(|verdict| verdict.total.significant))
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
