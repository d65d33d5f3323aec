//! The `top` and `functions` verbs: one row per function.

use std::sync::Arc;

use rayon::prelude::*;

use crate::eval::inference::precision::{self, Precision};
use crate::eval::merge::merger::Merger;
use crate::eval::result::table::{Columns, Table};
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::functions::{FunctionTotals, function_totals};
use crate::lang::columns::{
    FILE, FUNCTION, KEPT_SHARE, PACKAGE, SELF, SELF_MARGIN, SELF_SHARE, TOTAL, TOTAL_MARGIN,
    TOTAL_SHARE,
};
use crate::profile::chance::CONFIDENCE;
use crate::profile::label::label_names;
use crate::profile::{Labels, Tree};
use crate::quantity::Unit;
use crate::quantity::percent;
use crate::work::{Cancelled, Work};

/// The columns that `top` can rank by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    SelfValue,
    Total,
}

/// The heaviest functions of a tree.
pub fn top(tree: &Tree, rank: Rank, count: usize, work: Work<'_>) -> Result<Table, Cancelled> {
    let rows = ranked(tree, rank, work)?;
    let more = rows.len().saturating_sub(count);
    let margins = Margins::of(tree, work)?;
    let shown = &rows[..rows.len() - more];
    let mut table = figures(Columns::default(), tree, shown, &margins).finish();
    table.more = more;
    Ok(table)
}

/// The heaviest functions of each group, with the group's labels in front.
pub fn top_of_groups(
    profiles: &Profiles,
    rank: Rank,
    count: usize,
    work: Work<'_>,
) -> Result<Table, Cancelled> {
    let merger = Merger::new(profiles, work)?;
    let groups = profiles.groups();
    // Trees are large and groups may be many, so only the first rows of each are kept.
    let rows = groups.par_iter().map(|group| {
        let tree = merger.replicated_tree(group, work)?;
        let mut ranked = ranked(&tree, rank, work)?;
        ranked.truncate(count);
        let margins = Margins::of(&tree, work)?;
        let row = |row: &FunctionTotals| GroupRow {
            labels: &group.labels,
            figures: [
                row.self_value,
                percent(row.self_value, tree.whole),
                row.total,
                percent(row.total, tree.whole),
            ],
            exact: row.exact,
            margins: [0, 1].map(|of| margins.of_row(row, of)),
            function: tree.symbols.frame_name(row.frame).clone(),
        };
        Ok(ranked.iter().map(row).collect::<Vec<_>>())
    });
    let rows: Vec<GroupRow<'_>> =
        rows.collect::<Result<Vec<_>, Cancelled>>()?.into_iter().flatten().collect();
    let mut columns = Columns::default();
    for name in label_names(groups.iter().map(|group| &group.labels)) {
        columns = columns.label(&name, rows.iter().map(|row| row.labels.get(&name)));
    }
    let share = |at: usize| rows.iter().map(|row| row.figures[at]).collect();
    let own = rows.iter().map(|row| (row.figures[0], row.exact.map(|[own, _]| own)));
    let totals = rows.iter().map(|row| (row.figures[2], row.exact.map(|[_, total]| total)));
    let unit = profiles.unit();
    let columns = columns
        .amounts(SELF, own, unit.clone())
        .number(SELF_SHARE, share(1), Unit::Percent)
        .amounts(TOTAL, totals, unit)
        .number(TOTAL_SHARE, share(3), Unit::Percent)
        .text(FUNCTION, rows.iter().map(|row| row.function.to_string()));
    let margins = |of: usize| rows.iter().map(|row| row.margins[of]).collect();
    Ok(with_margins(columns, [margins(0), margins(1)]).finish())
}

/// A function in one group: self and total, each as value and percentage.
struct GroupRow<'g> {
    labels: &'g Labels,
    figures: [f64; 4],
    /// Self and total to the last digit, where floats have not enough bits for them.
    exact: Option<[i128; 2]>,
    margins: [Option<f64>; 2],
    function: Arc<str>,
}

/// How precise the shares of functions are.
struct Margins {
    /// By frame; `None` if nothing replicates.
    functions: Option<Vec<Option<[Precision; 2]>>>,
}

impl Margins {
    fn of(tree: &Tree, work: Work<'_>) -> Result<Margins, Cancelled> {
        Ok(Margins { functions: precision::of_functions(tree, work)? })
    }

    /// Half of the interval of self or total, in percentage points.
    fn of_row(&self, row: &FunctionTotals, of: usize) -> Option<f64> {
        let function = self.functions.as_ref()?[row.frame.index()]?;
        let half = 100.0 * function[of].half(CONFIDENCE);
        Some(half).filter(|half| half.is_finite())
    }
}

/// Every function: name, package, file, self and total, by total.
pub fn functions(
    tree: &Tree,
    keep: impl Fn(&FunctionTotals) -> bool,
    work: Work<'_>,
) -> Result<Table, Cancelled> {
    let mut rows = ranked(tree, Rank::Total, work)?;
    rows.retain(keep);
    let text = |of: &dyn Fn(&FunctionTotals) -> String| rows.iter().map(of).collect::<Vec<_>>();
    let columns = Columns::default()
        .text(FUNCTION, text(&|row| tree.symbols.frame_name(row.frame).to_string()))
        .text(PACKAGE, text(&|row| tree.symbols.frame_package(row.frame).to_owned()))
        .text(FILE, text(&|row| tree.symbols.frame_file(row.frame).to_string()))
        .amounts(SELF, rows.iter().map(exact_self), tree.unit.clone())
        .amounts(TOTAL, rows.iter().map(exact_total), tree.unit.clone());
    Ok(columns.finish())
}

fn exact_self(row: &FunctionTotals) -> (f64, Option<i128>) {
    (row.self_value, row.exact.map(|[own, _]| own))
}

fn exact_total(row: &FunctionTotals) -> (f64, Option<i128>) {
    (row.total, row.exact.map(|[_, total]| total))
}

/// Heaviest first; ties by the other value, then by name, so that the order is always the
/// same.
fn ranked(tree: &Tree, rank: Rank, work: Work<'_>) -> Result<Vec<FunctionTotals>, Cancelled> {
    let mut rows = function_totals(tree, work)?;
    let key = |row: &FunctionTotals| match rank {
        Rank::SelfValue => (row.self_value, row.total),
        Rank::Total => (row.total, row.self_value),
    };
    let name = |row: &FunctionTotals| tree.symbols.frame_name(row.frame).clone();
    work.sort_by(&mut rows, |a, b| {
        let ((a1, a2), (b1, b2)) = (key(a), key(b));
        b1.total_cmp(&a1).then(b2.total_cmp(&a2)).then_with(|| name(a).cmp(&name(b)))
    })?;
    Ok(rows)
}

/// The numbers come before the name, as in pprof, because names are long.
fn figures(columns: Columns, tree: &Tree, rows: &[FunctionTotals], margins: &Margins) -> Columns {
    let percents = |base: f64, of: fn(&FunctionTotals) -> f64| -> Vec<f64> {
        rows.iter().map(|row| percent(of(row), base)).collect()
    };
    let self_of = |row: &FunctionTotals| row.self_value;
    let total_of = |row: &FunctionTotals| row.total;
    let (own, totals) = (rows.iter().map(exact_self), rows.iter().map(exact_total));
    let mut columns = columns
        .amounts(SELF, own, tree.unit.clone())
        .number(SELF_SHARE, percents(tree.whole, self_of), Unit::Percent)
        .amounts(TOTAL, totals, tree.unit.clone())
        .number(TOTAL_SHARE, percents(tree.whole, total_of), Unit::Percent);
    if tree.total() != tree.whole {
        columns = columns.number(KEPT_SHARE, percents(tree.total(), total_of), Unit::Percent);
    }
    let names = rows.iter().map(|row| tree.symbols.frame_name(row.frame).to_string());
    let margins = [0, 1].map(|of| rows.iter().map(|row| margins.of_row(row, of)).collect());
    with_margins(columns.text(FUNCTION, names), margins)
}

/// Hidden: a view writes them behind the shares.
fn with_margins(columns: Columns, [own, total]: [Vec<Option<f64>>; 2]) -> Columns {
    let columns = columns.hide_following().margins(SELF_MARGIN, own, Unit::Percent);
    columns.margins(TOTAL_MARGIN, total, Unit::Percent)
}
