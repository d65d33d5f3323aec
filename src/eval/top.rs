//! `top` and `functions`: one row per function.

use crate::eval::functions::{FunctionTotals, function_totals};
use crate::eval::merge::Merger;
use crate::eval::profiles::Profiles;
use crate::eval::table::{Columns, Table};
use crate::profile::{Labels, Tree};
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// The columns that `top` can rank by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    SelfValue,
    Total,
}

/// The heaviest functions of a tree.
pub fn top(tree: &Tree, rank: Rank, count: usize) -> Table {
    let rows = ranked(tree, rank);
    let more = rows.len().saturating_sub(count);
    let mut table = figures(Columns::default(), tree, &rows[..rows.len() - more]).finish();
    table.more = more;
    table
}

/// The heaviest functions of each group, with the group's labels in front.
pub fn top_of_groups(
    profiles: &Profiles,
    rank: Rank,
    count: usize,
    work: Work<'_>,
) -> Result<Table, Cancelled> {
    let merger = Merger::new(profiles);
    let mut rows: Vec<(Labels, Tree, Vec<FunctionTotals>)> = Vec::new();
    for group in profiles.groups() {
        let tree = merger.tree(&group, work)?;
        let mut ranked = ranked(&tree, rank);
        ranked.truncate(count);
        rows.push((group.labels, tree, ranked));
    }
    let mut columns = Columns::default();
    for name in label_names(rows.iter().map(|(labels, ..)| labels)) {
        let values = rows.iter().flat_map(|(labels, _, ranked)| {
            ranked.iter().map(|_| labels.get(&name).map_or("", |value| value).to_owned())
        });
        columns = columns.text(&name, values);
    }
    let flat = |of: &dyn Fn(&Tree, &FunctionTotals) -> f64| -> Vec<f64> {
        rows.iter().flat_map(|(_, tree, ranked)| ranked.iter().map(|row| of(tree, row))).collect()
    };
    let unit = profiles.unit();
    let columns = columns
        .number("self", flat(&|_, row| row.self_value), unit.clone())
        .number("self %", flat(&|tree, row| percent(row.self_value, tree.whole)), Unit::Percent)
        .number("total", flat(&|_, row| row.total), unit)
        .number("total %", flat(&|tree, row| percent(row.total, tree.whole)), Unit::Percent)
        .text(
            "function",
            rows.iter().flat_map(|(_, tree, ranked)| {
                ranked.iter().map(|row| tree.symbols.frame_name(row.frame).to_string())
            }),
        );
    Ok(columns.finish())
}

/// Every function: name, package, file, self and total, by total.
pub fn functions(tree: &Tree, keep: impl Fn(&FunctionTotals) -> bool) -> Table {
    let mut rows = ranked(tree, Rank::Total);
    rows.retain(keep);
    let text = |of: &dyn Fn(&FunctionTotals) -> String| rows.iter().map(of).collect::<Vec<_>>();
    Columns::default()
        .text("function", text(&|row| tree.symbols.frame_name(row.frame).to_string()))
        .text("package", text(&|row| tree.symbols.frame_package(row.frame).to_owned()))
        .text("file", text(&|row| tree.symbols.frame_file(row.frame).to_string()))
        .number("self", rows.iter().map(|row| row.self_value).collect(), tree.unit.clone())
        .number("total", rows.iter().map(|row| row.total).collect(), tree.unit.clone())
        .finish()
}

/// Heaviest first; ties by the other figure, then by name, so that a table is
/// the same each time.
fn ranked(tree: &Tree, rank: Rank) -> Vec<FunctionTotals> {
    let mut rows = function_totals(tree);
    let key = |row: &FunctionTotals| match rank {
        Rank::SelfValue => (row.self_value, row.total),
        Rank::Total => (row.total, row.self_value),
    };
    let name = |row: &FunctionTotals| tree.symbols.frame_name(row.frame).clone();
    rows.sort_by(|a, b| {
        let ((a1, a2), (b1, b2)) = (key(a), key(b));
        b1.total_cmp(&a1).then(b2.total_cmp(&a2)).then_with(|| name(a).cmp(&name(b)))
    });
    rows
}

/// Figures first, the name last, as in pprof: names are long.
fn figures(columns: Columns, tree: &Tree, rows: &[FunctionTotals]) -> Columns {
    let percents = |base: f64, of: fn(&FunctionTotals) -> f64| -> Vec<f64> {
        rows.iter().map(|row| percent(of(row), base)).collect()
    };
    let self_of = |row: &FunctionTotals| row.self_value;
    let total_of = |row: &FunctionTotals| row.total;
    let mut columns = columns
        .number("self", rows.iter().map(self_of).collect(), tree.unit.clone())
        .number("self %", percents(tree.whole, self_of), Unit::Percent)
        .number("total", rows.iter().map(total_of).collect(), tree.unit.clone())
        .number("total %", percents(tree.whole, total_of), Unit::Percent);
    if tree.total() != tree.whole {
        columns =
            columns.number("total % of kept", percents(tree.total(), total_of), Unit::Percent);
    }
    columns.text("function", rows.iter().map(|row| tree.symbols.frame_name(row.frame).to_string()))
}

/// Never of nothing: the percentage of an empty whole is 0.
pub fn percent(value: f64, base: f64) -> f64 {
    if base == 0.0 { 0.0 } else { value / base * 100.0 }
}

/// All label names of some label sets, sorted.
pub fn label_names<'l>(sets: impl Iterator<Item = &'l Labels>) -> Vec<String> {
    let names: std::collections::BTreeSet<String> =
        sets.flat_map(|labels| labels.iter().map(|(name, _)| name.to_string())).collect();
    names.into_iter().collect()
}
