//! The hottest functions of a tree: the table under a flame graph.
//!
//! It covers the whole tree, not only the boxes that are drawn.

use crate::eval::stacks::functions::{FunctionTotals, function_totals};
use crate::lang::columns::{FUNCTION, SELF, SELF_SHARE, TOTAL, TOTAL_SHARE};
use crate::profile::Tree;
use crate::quantity::unit::grouped;
use crate::view::parts::grid::{Align, Cell, Grid};
use crate::view::parts::header::counted;
use crate::view::parts::screen::{amount, percent};
use crate::work::{Cancelled, Work};

/// The `n` functions with the largest self values, collapsed under a title.
pub(crate) fn html(tree: &Tree, n: usize, work: Work<'_>) -> Result<String, Cancelled> {
    let (hottest, count) = hottest(tree, n, work)?;
    let title = if count > hottest.len() {
        format!("Top {} of {} functions by self", hottest.len(), grouped(count as f64))
    } else {
        format!("{} by self", counted(count, "function", "functions"))
    };
    let grid = grid(tree, &hottest).html();
    Ok(format!("<details><summary>{title}</summary>{grid}</details>"))
}

/// The `n` functions with the largest self values as a table for plain text.
pub(crate) fn grid(tree: &Tree, hottest: &[FunctionTotals]) -> Grid {
    let mut grid = Grid::new(&[
        (FUNCTION.name, Align::Left),
        (SELF.name, Align::Right),
        (SELF_SHARE.name, Align::Right),
        (TOTAL.name, Align::Right),
        (TOTAL_SHARE.name, Align::Right),
    ]);
    let amount = |value| Cell::new(amount(value, &tree.unit));
    let share = |value| Cell::with_bar(percent(value, tree.whole), value / tree.whole);
    for hot in hottest {
        grid.rows.push(vec![
            Cell::new(&**tree.symbols.frame_name(hot.frame)),
            amount(hot.self_value),
            share(hot.self_value),
            amount(hot.total),
            share(hot.total),
        ]);
    }
    grid
}

/// The `n` functions with the largest absolute self values, then totals, then by name;
/// and the number of all functions.
pub(crate) fn hottest(
    tree: &Tree,
    n: usize,
    work: Work<'_>,
) -> Result<(Vec<FunctionTotals>, usize), Cancelled> {
    let mut functions = function_totals(tree, work)?;
    let count = functions.len();
    work.sort_by(&mut functions, |a, b| {
        let by_self = b.self_value.abs().total_cmp(&a.self_value.abs());
        let by_total = || b.total.abs().total_cmp(&a.total.abs());
        let name = |hot: &FunctionTotals| tree.symbols.frame_name(hot.frame);
        by_self.then_with(by_total).then_with(|| name(a).cmp(name(b)))
    })?;
    functions.truncate(n);
    Ok((functions, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture::tree;

    #[test]
    fn the_largest_self_comes_first_and_recursion_counts_once() {
        // a;b;a of 10 and a of 1: self(a) = 11, total(a) = 11, total(b) = 10.
        let tree = tree(&[("a;b;a", 10.0), ("a", 1.0)]);
        let html = html(&tree, 1, Work::unattended()).expect("no interrupt");
        assert!(html.contains("<summary>Top 1 of 2 functions by self</summary>"));
        assert!(html.contains(">a</td>") && !html.contains(">b</td>"));
        assert_eq!(html.matches(">11\u{a0}ns</td>").count(), 2);
    }
}
