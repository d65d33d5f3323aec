//! The functions of a diff: one row per function, for `top`, `where`, `sort` and the like.
//!
//! The reference is `pprof -top -diff_base`. Before, after and delta are self values in
//! the unit of the mode, with the 95 % interval of delta from low to high; those of the
//! total follow, by whose change rows are ranked. The same change as an amount, or as a
//! share, is in hidden columns, with what verdicts are made of. `self_significant` belongs
//! to delta, `total_significant` to total_delta; a view shows them as a mark.

use crate::eval::result::table::{Columns, Table};
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::stacks::functions::{FunctionChange, function_changes};
use crate::lang::columns::{
    AFTER, BEFORE, CHANGE, DELTA, DELTA_AMOUNT, DELTA_SHARE, DF, FUNCTION, GROWTH, HIGH, LOW, P,
    SE, SELF_SIGNIFICANT, SHARE_ONLY, SIGNIFICANT, TOTAL_AFTER, TOTAL_BEFORE, TOTAL_DELTA,
    TOTAL_DELTA_SHARE, TOTAL_DF, TOTAL_GROWTH, TOTAL_HIGH, TOTAL_LOW, TOTAL_P, TOTAL_SE,
    TOTAL_SIGNIFICANT, TOTAL_Z, Z,
};
use crate::profile::diff::Mode;
use crate::profile::noise::FunctionVerdict;
use crate::profile::{Change, Diff, Verdict};
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
    TotalSe,
    /// The smallest first: what is least likely chance.
    P,
    TotalP,
    /// The change divided by its standard error; functions without one come last.
    Z,
    TotalZ,
}

impl ChangeRank {
    /// New code may be below an old function, whose total has changed.
    pub const DEFAULT: ChangeRank = ChangeRank::TotalDelta;

    pub const ALL: [(&str, ChangeRank); 13] = [
        (DELTA.name, ChangeRank::Delta),
        (TOTAL_DELTA.name, ChangeRank::TotalDelta),
        (GROWTH.name, ChangeRank::Growth),
        (Z.name, ChangeRank::Z),
        (BEFORE.name, ChangeRank::Before),
        (AFTER.name, ChangeRank::After),
        (DELTA_AMOUNT.name, ChangeRank::DeltaAmount),
        (DELTA_SHARE.name, ChangeRank::DeltaShare),
        (SE.name, ChangeRank::Se),
        (P.name, ChangeRank::P),
        (TOTAL_Z.name, ChangeRank::TotalZ),
        (TOTAL_SE.name, ChangeRank::TotalSe),
        (TOTAL_P.name, ChangeRank::TotalP),
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
            ChangeRank::TotalSe => of(|verdict| verdict.total.se),
            ChangeRank::TotalZ => of(|verdict| verdict.total.z.abs()),
            ChangeRank::P => of(|verdict| -verdict.own.p.min(1.0).ln()),
            ChangeRank::TotalP => of(|verdict| -verdict.total.p.min(1.0).ln()),
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

/// Ties are broken by the total, by self, then by name, so that the order is always the
/// same.
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
        let by_self = || b.self_value.delta().abs().total_cmp(&a.self_value.delta().abs());
        by_key.then_with(by_total).then_with(by_self).then_with(|| name(a).cmp(&name(b)))
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
        let known = |row: &FunctionChange| row.verdict.map(of).filter(|value| value.is_finite());
        rows.iter().map(known).collect::<Vec<_>>()
    };
    let holds = |of: fn(FunctionVerdict) -> bool| {
        rows.iter().map(|row| row.verdict.map(of)).collect::<Vec<_>>()
    };
    let ends = |of: fn(FunctionVerdict) -> Verdict, end: usize| {
        known(&|verdict| scale * of(verdict).interval()[end])
    };
    let (own, total): (fn(_) -> _, fn(_) -> _) =
        (|of: FunctionVerdict| of.own, |of: FunctionVerdict| of.total);
    let shares = diff.scales_in(Mode::Share);
    let growth = |of: fn(&FunctionChange) -> Change| -> Vec<Option<f64>> {
        rows.iter().map(|row| of(row).growth().map(|growth| 100.0 * growth)).collect()
    };
    let total_points = column(&|row| 100.0 * share(row.raw_total, shares).delta());
    let columns = Columns::default()
        .number(BEFORE, figure(|row| row.self_value.before), unit.clone())
        .number(AFTER, figure(|row| row.self_value.after), unit.clone())
        .number(DELTA, figure(|row| row.self_value.delta()), unit.clone())
        .known_numbers(LOW, ends(own, 0), unit.clone())
        .known_numbers(HIGH, ends(own, 1), unit.clone())
        .text(CHANGE, rows.iter().map(word))
        .number(TOTAL_BEFORE, figure(|row| row.total.before), unit.clone())
        .number(TOTAL_AFTER, figure(|row| row.total.after), unit.clone())
        .number(TOTAL_DELTA, figure(|row| row.total.delta()), unit.clone())
        .known_numbers(TOTAL_LOW, ends(total, 0), unit.clone())
        .known_numbers(TOTAL_HIGH, ends(total, 1), unit.clone());
    let columns = match diff.mode {
        Mode::Share => {
            columns.number(DELTA_AMOUNT, column(&|row| row.raw.delta()), diff.raw_unit().clone())
        }
        Mode::Amount | Mode::Rate => {
            let points = column(&|row| 100.0 * share(row.raw, shares).delta());
            columns.number(DELTA_SHARE, points, Unit::Percent)
        }
    };
    columns
        .text(FUNCTION, rows.iter().map(|row| diff.symbols().frame_name(row.frame).to_string()))
        .hide_following()
        .known_numbers(GROWTH, growth(|row| row.self_value), Unit::Percent)
        .known_numbers(TOTAL_GROWTH, growth(|row| row.total), Unit::Percent)
        .number(TOTAL_DELTA_SHARE, total_points, Unit::Percent)
        .known_numbers(SE, known(&|verdict| scale * verdict.own.se), unit.clone())
        .known_numbers(Z, known(&|verdict| verdict.own.z), Unit::None)
        .known_numbers(P, known(&|verdict| verdict.own.p), Unit::None)
        .known_numbers(DF, known(&|verdict| verdict.own.freedom), Unit::None)
        .known_numbers(TOTAL_SE, known(&|verdict| scale * verdict.total.se), unit)
        .known_numbers(TOTAL_Z, known(&|verdict| verdict.total.z), Unit::None)
        .known_numbers(TOTAL_P, known(&|verdict| verdict.total.p), Unit::None)
        .known_numbers(TOTAL_DF, known(&|verdict| verdict.total.freedom), Unit::None)
        .flags(SIGNIFICANT, holds(|verdict| verdict.is_significant()))
        .flags(SELF_SIGNIFICANT, holds(|verdict| verdict.own.significant))
        .flags(TOTAL_SIGNIFICANT, holds(|verdict| verdict.total.significant))
        .flags(SHARE_ONLY, holds(|verdict| verdict.is_share_only()))
        .finish()
}

/// `new` or `removed` instead of an infinite growth, or that only the share changed.
fn word(row: &FunctionChange) -> &'static str {
    if row.total.is_new() {
        "new"
    } else if row.total.is_removed() {
        "removed"
    } else if row.verdict.is_some_and(|verdict| verdict.is_share_only()) {
        "share only"
    } else {
        ""
    }
}
