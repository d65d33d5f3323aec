//! Trees, diffs, sandwiches and comparisons as a table with a row per function.
//!
//! Scripts read these columns from CSV, Parquet, Arrow and JSON alike. Their names are
//! those of `lang::columns`. The values of a diff are in the unit of its mode; in the modes
//! `share` and `rate`, `before_amount` and `after_amount` are those recorded.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::eval::result::table::Columns;
use crate::eval::result::value::{Comparison, Graph, Sandwich};
use crate::eval::stacks::functions::function_totals;
use crate::lang::columns::{
    AFTER, BEFORE, CHANGE, Column, DELTA, DF, FILE, FUNCTION, GROWTH, HIGH, LOW, P, PACKAGE, SE,
    SELF, SELF_SIGNIFICANT, SHARE_ONLY, TOTAL, TOTAL_SIGNIFICANT, Z,
};
use crate::profile::diff::{Change, Mode};
use crate::profile::frame::{FrameId, package_of};
use crate::profile::noise::FunctionVerdict;
use crate::profile::{Diff, Tree, Verdict};
use crate::quantity::Unit;
use crate::work::{Cancelled, Work};

/// One row per function, the largest self first.
pub(super) fn tree(tree: &Tree, work: Work<'_>) -> Result<Columns, Cancelled> {
    let mut rows = functions(&[tree], work)?;
    work.sort_by(&mut rows, |a, b| {
        let by_self = b.own[0].total_cmp(&a.own[0]);
        by_self.then(b.total[0].total_cmp(&a.total[0]))
    })?;
    Ok(figures(named(Columns::default(), &rows), &rows, tree))
}

/// One row per function of either side, the largest change of total first.
pub(super) fn diff(diff: &Diff, work: Work<'_>) -> Result<Columns, Cancelled> {
    let rows = changed_functions(diff, work)?;
    Ok(verdicts(changes(named(Columns::default(), &rows), &rows, diff), &rows, diff))
}

/// One row per function: the functions asked for, their callers and their callees.
///
/// The column `half` is `function`, `callers` or `callees`. Only samples that pass
/// through one of the functions count, so callers have no self value.
pub(super) fn sandwich(sandwich: &Sandwich, work: Work<'_>) -> Result<Columns, Cancelled> {
    let is_matching = |row: &FunctionRow| sandwich.functions.contains(&row.name);
    let (mut middle, mut callees): (Vec<FunctionRow>, Vec<FunctionRow>) =
        functions(&sides(&sandwich.callees), work)?.into_iter().partition(is_matching);
    let mut callers = functions(&sides(&sandwich.callers), work)?;
    callers.retain(|row| !is_matching(row));
    for row in &mut callers {
        row.own.fill(0.0);
    }
    for half in [&mut middle, &mut callers, &mut callees] {
        work.sort_by(half, |a, b| weight(&b.total).total_cmp(&weight(&a.total)))?;
    }
    let words = ["function", "callers", "callees"];
    let halves = words.iter().zip([&middle, &callers, &callees]);
    let halves: Vec<&str> = halves.flat_map(|(word, rows)| rows.iter().map(|_| *word)).collect();
    let rows: Vec<FunctionRow> = middle.into_iter().chain(callers).chain(callees).collect();
    let columns = named(Columns::default().text("half", halves), &rows);
    Ok(match &sandwich.graph {
        Graph::Tree(tree) => figures(columns, &rows, tree),
        Graph::Diff(diff) => changes(columns, &rows, diff),
    })
}

/// One row per function of any pane, with columns for self and total in each.
pub(super) fn comparison(comparison: &Comparison, work: Work<'_>) -> Result<Columns, Cancelled> {
    let trees: Vec<&Tree> = comparison.panes.iter().map(|pane| &pane.tree).collect();
    let mut rows = functions(&trees, work)?;
    work.sort_by(&mut rows, |a, b| weight(&b.own).total_cmp(&weight(&a.own)))?;
    let mut columns = named(Columns::default(), &rows);
    for (side, pane) in comparison.panes.iter().enumerate() {
        let side = |of: fn(&FunctionRow) -> &[f64]| rows.iter().map(|row| of(row)[side]).collect();
        let unit = || pane.tree.unit.clone();
        columns = columns
            .number(format!("self_{}", pane.title), side(|row| &row.own), unit())
            .number(format!("total_{}", pane.title), side(|row| &row.total), unit());
    }
    Ok(columns)
}

/// One function and its values on each side: one side for a tree, two for a diff.
struct FunctionRow {
    name: Arc<str>,
    file: Arc<str>,
    /// In the tree where the function was first found.
    frame: FrameId,
    own: Vec<f64>,
    total: Vec<f64>,
    /// Self and total to the last digit, where floats have not enough bits for them.
    exact: Option<[i128; 2]>,
}

impl FunctionRow {
    fn change_of_total(&self, diff: &Diff) -> Change {
        diff.change(self.total[0], self.total[1])
    }
}

/// The functions of several trees, whose symbols may differ; in order of first
/// appearance.
fn functions(sides: &[&Tree], work: Work<'_>) -> Result<Vec<FunctionRow>, Cancelled> {
    let mut rows: Vec<FunctionRow> = Vec::new();
    let mut known: FxHashMap<Arc<str>, usize> = FxHashMap::default();
    for (side, tree) in sides.iter().enumerate() {
        for figures in function_totals(tree, work)? {
            let name = tree.symbols.frame_name(figures.frame);
            let at = *known.entry(name.clone()).or_insert_with(|| {
                let (name, file) = (name.clone(), tree.symbols.frame_file(figures.frame).clone());
                let zeros = || vec![0.0; sides.len()];
                let frame = figures.frame;
                let exact = figures.exact;
                rows.push(FunctionRow { name, file, frame, own: zeros(), total: zeros(), exact });
                rows.len() - 1
            });
            rows[at].own[side] += figures.self_value;
            rows[at].total[side] += figures.total;
        }
    }
    Ok(rows)
}

fn changed_functions(diff: &Diff, work: Work<'_>) -> Result<Vec<FunctionRow>, Cancelled> {
    let mut rows = functions(&[&diff.before, &diff.after], work)?;
    rows.retain(|row| diff.lists(row.frame));
    let by = |figures: &[f64]| diff.change(figures[0], figures[1]).delta().abs();
    work.sort_by(&mut rows, |a, b| {
        let by_total = by(&b.total).total_cmp(&by(&a.total));
        let by_self = || by(&b.own).total_cmp(&by(&a.own));
        by_total.then_with(by_self).then_with(|| a.name.cmp(&b.name))
    })?;
    Ok(rows)
}

fn sides(graph: &Graph) -> Vec<&Tree> {
    match graph {
        Graph::Tree(tree) => vec![tree],
        Graph::Diff(diff) => vec![&diff.before, &diff.after],
    }
}

/// The sum of absolute values of all sides.
fn weight(figures: &[f64]) -> f64 {
    figures.iter().map(|value| value.abs()).sum()
}

fn named(columns: Columns, rows: &[FunctionRow]) -> Columns {
    columns
        .text(FUNCTION, rows.iter().map(|row| &*row.name))
        .text(PACKAGE, rows.iter().map(|row| package_of(&row.name)))
        .text(FILE, rows.iter().map(|row| &*row.file))
}

fn figures(columns: Columns, rows: &[FunctionRow], tree: &Tree) -> Columns {
    let own = rows.iter().map(|row| (row.own[0], row.exact.map(|[own, _]| own)));
    let totals = rows.iter().map(|row| (row.total[0], row.exact.map(|[_, total]| total)));
    columns.amounts(SELF, own, tree.unit.clone()).amounts(TOTAL, totals, tree.unit.clone())
}

/// Self and total of both sides, and whether the function is new or removed.
fn changes(columns: Columns, rows: &[FunctionRow], diff: &Diff) -> Columns {
    let columns = change(columns, OF_SELF, rows, diff, |row| &row.own);
    let columns = change(columns, OF_TOTAL, rows, diff, |row| &row.total);
    columns.text(CHANGE, rows.iter().map(|row| word(row.change_of_total(diff))))
}

/// The first part of the names of columns.
const OF_SELF: &str = "";
const OF_TOTAL: &str = "total_";

/// Before, after, delta and growth in the unit of the mode, shares in percent; and before
/// and after as recorded, if that differs.
fn change(
    columns: Columns,
    of_what: &str,
    rows: &[FunctionRow],
    diff: &Diff,
    of: fn(&FunctionRow) -> &[f64],
) -> Columns {
    let name = |column: Column| format!("{of_what}{}", column.name);
    let (scale, unit) = unit_of_mode(diff);
    let changes: Vec<Change> = rows.iter().map(|row| diff.change(of(row)[0], of(row)[1])).collect();
    let each = |of: fn(Change) -> f64| changes.iter().map(|c| of(*c) * scale).collect();
    let growth = |change: &Change| change.growth().map(|growth| 100.0 * growth);
    let columns = columns
        .number(name(BEFORE), each(|change| change.before), unit.clone())
        .number(name(AFTER), each(|change| change.after), unit.clone())
        .number(name(DELTA), each(Change::delta), unit)
        .known_numbers(name(GROWTH), changes.iter().map(growth).collect(), Unit::Percent);
    let side = |side: usize| rows.iter().map(|row| of(row)[side]).collect();
    match diff.mode {
        Mode::Amount => columns,
        Mode::Share | Mode::Rate => columns
            .number(name(BEFORE) + "_amount", side(0), diff.raw_unit().clone())
            .number(name(AFTER) + "_amount", side(1), diff.raw_unit().clone()),
    }
}

/// Standard errors and significance, if they are known.
fn verdicts(columns: Columns, rows: &[FunctionRow], diff: &Diff) -> Columns {
    if diff.noise.is_none() {
        return columns;
    }
    type Of = fn(FunctionVerdict) -> Verdict;
    let own: (&str, Column, Of) = (OF_SELF, SELF_SIGNIFICANT, |verdict| verdict.own);
    let total: (&str, Column, Of) = (OF_TOTAL, TOTAL_SIGNIFICANT, |verdict| verdict.total);
    let columns = [own, total].into_iter().fold(columns, |columns, (of_what, flag, of)| {
        let verdicts: Vec<_> = rows.iter().map(|row| diff.verdict(row.frame).map(of)).collect();
        let (scale, unit) = unit_of_mode(diff);
        let figure = |of: fn(Verdict) -> f64, scale: f64| {
            let known = |verdict: &Option<Verdict>| verdict.map(|verdict| scale * of(verdict));
            verdicts.iter().map(|it| known(it).filter(|value| value.is_finite())).collect()
        };
        let name = |column: Column| format!("{of_what}{}", column.name);
        let significant = verdicts.iter().map(|verdict| verdict.map(|v| v.significant));
        columns
            .known_numbers(name(SE), figure(|v| v.se, scale), unit.clone())
            .known_numbers(name(Z), figure(|v| v.z, 1.0), Unit::None)
            .known_numbers(name(P), figure(|v| v.p, 1.0), Unit::None)
            .known_numbers(name(DF), figure(|v| v.freedom, 1.0), Unit::None)
            .known_numbers(name(LOW), figure(|v| v.interval()[0], scale), unit.clone())
            .known_numbers(name(HIGH), figure(|v| v.interval()[1], scale), unit)
            .flags(flag, significant.collect())
    });
    let share_only = rows.iter().map(|row| diff.verdict(row.frame).map(|it| it.is_share_only()));
    columns.flags(SHARE_ONLY, share_only.collect())
}

/// The factor and unit of values in the mode.
fn unit_of_mode(diff: &Diff) -> (f64, Unit) {
    match diff.mode {
        Mode::Share => (100.0, Unit::Percent),
        Mode::Amount | Mode::Rate => (1.0, diff.unit()),
    }
}

fn word(change: Change) -> &'static str {
    match change {
        change if change.is_new() => "new",
        change if change.is_removed() => "removed",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::result::value::{Header, Pane, SeriesSet};
    use crate::view::fixture;

    /// The lines of the table as CSV.
    fn csv(columns: Result<Columns, Cancelled>) -> Vec<String> {
        let frame = columns.expect("no interrupt").finish().frame;
        let csv = super::super::data::csv(frame, Work::unattended()).expect("csv");
        csv.lines().map(str::to_owned).collect()
    }

    fn diff_of(mode: Mode) -> Diff {
        // Before: a 4 with b 3; after: a 6 with c 1; profiled for 10 s, then 20 s.
        let before = fixture::tree(&[("a", 1e9), ("a;b", 3e9)]);
        let after = fixture::tree(&[("a", 5e9), ("a;c", 1e9)]);
        Diff::align(before, after, mode, [10.0, 20.0], Work::unattended()).expect("no interrupt")
    }

    #[test]
    fn amounts_before_and_after_with_words_for_new_and_removed() {
        assert_eq!(
            csv(diff(&diff_of(Mode::Amount), Work::unattended())),
            [
                "function,package,file,before,after,delta,growth,\
             total_before,total_after,total_delta,total_growth,change",
                "b,\"\",\"\",3000000000,0,-3000000000,-100.0,3000000000,0,-3000000000,-100.0,removed",
                "a,\"\",\"\",1000000000,5000000000,4000000000,400.0,\
             4000000000,6000000000,2000000000,50.0,\"\"",
                "c,\"\",\"\",0,1000000000,1000000000,,0,1000000000,1000000000,,new",
            ]
        );
    }

    #[test]
    fn shares_and_rates_are_columns_beside_recorded_values() {
        let share = csv(diff(&diff_of(Mode::Share), Work::unattended()));
        assert_eq!(
            share[0],
            "function,package,file,before,after,delta,growth,before_amount,after_amount,\
             total_before,total_after,total_delta,total_growth,\
             total_before_amount,total_after_amount,change"
        );
        // b: 3 of 4 s, then nothing: -75 percentage points. The share 1 of 6 s is a
        // fraction, so c's columns hold fractions.
        assert_eq!(
            share[1],
            "b,\"\",\"\",75,0.0,-75.0,-100.0,3000000000,0,75,0.0,-75.0,-100.0,3000000000,0,removed"
        );
        let rate = csv(diff(&diff_of(Mode::Rate), Work::unattended()));
        assert_eq!(rate[0], share[0]);
        // b: 3 s of CPU time in 10 s.
        assert!(rate[1].starts_with("b,\"\",\"\",0.3,0.0,-0.3,-100.0,3000000000,0,"), "{rate:?}");
    }

    #[test]
    fn a_sandwich_has_a_row_for_each_function_of_each_half() {
        // f is called by main and by g, recurs once, and calls h.
        let stacks =
            [("main;f", 1.0), ("main;g;f;h", 2.0), ("main;f;h;f", 4.0), ("main;other", 8.0)];
        let callers = fixture::tree(&[("f;main", 5.0), ("f;g;main", 2.0)]);
        let callees = fixture::tree(&[("f", 1.0), ("f;h", 2.0), ("f;h;f", 4.0)]);
        let made = Sandwich {
            pattern: "f".into(),
            functions: vec!["f".into()],
            graph: Graph::Tree(fixture::tree(&stacks)),
            callers: Graph::Tree(callers),
            callees: Graph::Tree(callees),
        };
        assert_eq!(
            csv(sandwich(&made, Work::unattended())),
            [
                "half,function,package,file,self,total",
                "function,f,\"\",\"\",5,7",
                "callers,main,\"\",\"\",0,7",
                "callers,g,\"\",\"\",0,2",
                "callees,h,\"\",\"\",2,6",
            ]
        );
    }

    #[test]
    fn a_comparison_has_two_columns_for_each_pane() {
        let pane = |title: &str, stacks: &[(&str, f64)]| Pane {
            title: title.into(),
            header: Header::default(),
            tree: fixture::tree(stacks),
            timeline: SeriesSet::default(),
        };
        let panes =
            vec![pane("version=1", &[("a;b", 3.0)]), pane("version=2", &[("b", 1.0), ("a", 5.0)])];
        assert_eq!(
            csv(comparison(&Comparison { panes }, Work::unattended())),
            [
                "function,package,file,self_version=1,total_version=1,\
             self_version=2,total_version=2",
                "a,\"\",\"\",0,3,5,5",
                "b,\"\",\"\",3,3,1,1",
            ]
        );
    }
}
