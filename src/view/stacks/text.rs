//! Stacks as indented text, worth reading in a terminal, a log or a chat.
//!
//! Columns first, because names differ in length and numbers are compared; the
//! heavy child first; what is not shown is counted where it is missing. What the
//! columns hold is for [`Columns`] to say: `OfTree` here, of a diff in `change`.

use crate::profile::{StackId, Symbols, Tree};
use crate::view::parts::screen::{Screen, amount, percent, right};
use crate::view::stacks::branch::{Branch, Branches};
use crate::view::stacks::shape::{Shape, has_negative};

/// More lines than this are not read; `save` has the whole.
pub(crate) const LINES: usize = 44;

/// A branch under this share of the whole is not worth a line.
const LEAST: f64 = 0.005;

/// Said where there is nothing to print.
const NOTHING: &str = "no samples";

/// The numbers in front of a line, all of one width.
pub(crate) trait Columns {
    fn symbols(&self) -> &Symbols;

    /// Whether a stack has no value of its own.
    fn is_silent(&self, stack: StackId) -> bool;

    fn titles(&self) -> String;

    fn numbers(&self, stack: StackId) -> String;

    /// What is left out in short; none where it is not worth a line.
    fn hidden(&self, stacks: &[StackId]) -> Option<String>;
}

/// Which way an outline is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Callers above what they call.
    Down,
    /// The root at the end, as callers stand above a function.
    Up,
}

/// Lines of a tree, column titles first.
pub(crate) fn outline(tree: &Tree, screen: Screen) -> Vec<String> {
    if tree.total() == 0.0 && !has_negative(tree) {
        return vec![NOTHING.to_owned()];
    }
    write(&Shape::of_tree(tree), &OfTree::new(tree), screen, LINES)
}

/// Lines of what a shape holds: titles, the root, and what is below it.
pub(crate) fn write(
    shape: &Shape<'_>,
    columns: &dyn Columns,
    screen: Screen,
    lines: usize,
) -> Vec<String> {
    let mut written = vec![
        screen.dim(&format!("{}  function", columns.titles())),
        format!("{}  total", columns.numbers(StackId::EMPTY)),
    ];
    written.extend(below_root(shape, columns, screen, lines, Order::Down));
    written
}

/// Only the lines below the root.
pub(crate) fn below_root(
    shape: &Shape<'_>,
    columns: &dyn Columns,
    screen: Screen,
    lines: usize,
    order: Order,
) -> Vec<String> {
    let branches = Branches::new(shape, |stack| columns.is_silent(stack), lines, LEAST);
    let writer = Writer { columns, screen, branches, order };
    let mut written = Vec::new();
    writer.below(writer.branches.root(), "", &mut written);
    if order == Order::Up {
        written.reverse();
    }
    written
}

struct Writer<'a> {
    columns: &'a dyn Columns,
    screen: Screen,
    branches: Branches,
    order: Order,
}

impl Writer<'_> {
    /// The children of a branch; `guide` draws the lines that come from above.
    fn below(&self, parent: &Branch, guide: &str, lines: &mut Vec<String>) {
        let hidden = Some(&parent.hidden).filter(|hidden| !hidden.is_empty());
        let hidden = hidden.and_then(|hidden| self.columns.hidden(hidden));
        // The first level stands at the margin: it has no siblings to be told from.
        let is_first = parent.chain.is_empty();
        for (i, child) in parent.children.iter().enumerate() {
            let is_last = i + 1 == parent.children.len() && hidden.is_none();
            let (joint, onward) = self.joints(is_first, is_last);
            let branch = self.branches.get(*child);
            lines.push(self.line(branch, &format!("{guide}{joint}")));
            self.below(branch, &format!("{guide}{onward}"), lines);
        }
        if let Some(hidden) = hidden {
            let (joint, _) = self.joints(is_first, true);
            let blank = " ".repeat(self.columns.titles().chars().count());
            let guide = self.clipped(&format!("{guide}{joint}"), &blank);
            let more = format!("{guide}… {} more ({hidden})", parent.hidden.len());
            lines.push(format!("{blank}  {}", self.screen.dim(&more)));
        }
    }

    fn line(&self, branch: &Branch, guide: &str) -> String {
        let numbers = self.columns.numbers(branch.stack());
        let guide = self.clipped(guide, &numbers);
        let room = self.room(&numbers).saturating_sub(guide.chars().count());
        // In callers a chain goes from a function to who calls it.
        let arrow = if self.order == Order::Up { "‹" } else { "›" };
        let title = branch.joined(self.columns.symbols(), room.max(20), arrow);
        format!("{numbers}  {}{title}", self.screen.dim(&guide))
    }

    /// Guides of very deep branches may use half of the line, names keep the rest.
    fn clipped(&self, guide: &str, numbers: &str) -> String {
        let excess = guide.chars().count().saturating_sub(self.room(numbers) / 2);
        guide.chars().skip(excess).collect()
    }

    /// What the columns of numbers leave of a line.
    fn room(&self, numbers: &str) -> usize {
        self.screen.columns().saturating_sub(numbers.chars().count() + 2)
    }

    /// What stands before a child, and before the children of that child.
    fn joints(&self, is_first: bool, is_last: bool) -> (&'static str, &'static str) {
        match (is_first, is_last, self.order) {
            (true, ..) => ("", ""),
            (false, false, _) => ("├ ", "│ "),
            (false, true, Order::Down) => ("└ ", "  "),
            (false, true, Order::Up) => ("┌ ", "  "),
        }
    }
}

/// Total and self of one tree, with their percentages.
pub(crate) struct OfTree<'a> {
    tree: &'a Tree,
    /// Whether stack filters took samples away: then there are two kinds of percent.
    is_filtered: bool,
}

impl OfTree<'_> {
    pub(crate) fn new(tree: &Tree) -> OfTree<'_> {
        OfTree { tree, is_filtered: tree.whole != tree.total() }
    }

    fn columns(&self, total: &str, of_all: &str, of_kept: &str, own: &str) -> String {
        let kept = if self.is_filtered { right(of_kept, 9) } else { String::new() };
        let width = amount(self.tree.total(), &self.tree.unit).chars().count();
        format!("{}{}{kept}{}", right(total, width.max(9)), right(of_all, 8), right(own, 8))
    }
}

impl Columns for OfTree<'_> {
    fn symbols(&self) -> &Symbols {
        &self.tree.symbols
    }

    fn is_silent(&self, stack: StackId) -> bool {
        self.tree.self_values[stack.index()] == 0.0
    }

    fn titles(&self) -> String {
        self.columns("total", "of all", "of kept", "self")
    }

    fn numbers(&self, stack: StackId) -> String {
        let (total, own) = (self.tree.totals[stack.index()], self.tree.self_values[stack.index()]);
        // A blank says zero and lets the eye find where time is spent.
        let own = if own == 0.0 { String::new() } else { percent(own, self.tree.whole) };
        self.columns(
            &amount(total, &self.tree.unit),
            &percent(total, self.tree.whole),
            &percent(total, self.tree.total()),
            &own,
        )
    }

    /// Worth a line only if it is worth mentioning.
    fn hidden(&self, stacks: &[StackId]) -> Option<String> {
        let total: f64 = stacks.iter().map(|stack| self.tree.totals[stack.index()]).sum();
        (total.abs() >= 0.01 * self.tree.whole.abs()).then(|| percent(total, self.tree.whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture::tree;

    fn check(tree: &Tree, expected: &[&str]) {
        assert_eq!(outline(tree, Screen::PIPE), expected);
    }

    #[test]
    fn heavy_first_with_guides_and_folded_chains() {
        let tree = tree(&[
            ("main;serve;decode", 6e9),
            ("main;serve;decode;alloc", 1e9),
            ("main;serve;write", 2e9),
            ("gc", 1e9),
        ]);
        check(
            &tree,
            &[
                "    total  of all    self  function",
                "     10 s    100%          total",
                "      9 s   90.0%          main › serve",
                "      7 s   70.0%   60.0%  ├ decode",
                "      1 s   10.0%   10.0%  │ └ alloc",
                "      2 s   20.0%   20.0%  └ write",
                "      1 s   10.0%   10.0%  gc",
            ],
        );
    }

    #[test]
    fn filtered_trees_show_both_percentages() {
        let mut tree = tree(&[("a", 1e9), ("b", 3e9)]);
        tree.whole = 8e9;
        check(
            &tree,
            &[
                "    total  of all  of kept    self  function",
                "      4 s   50.0%     100%          total",
                "      3 s   37.5%    75.0%   37.5%  b",
                "      1 s   12.5%    25.0%   12.5%  a",
            ],
        );
    }

    #[test]
    fn an_empty_tree_is_an_answer() {
        check(&tree(&[]), &["no samples"]);
    }

    #[test]
    fn lines_are_bounded_however_deep_or_wide_the_tree() {
        let stacks: Vec<_> = (1..2000).map(|n| (vec!["f"; n].join(";"), 1.0)).collect();
        let stacks: Vec<_> = stacks.iter().map(|(path, value)| (path.as_str(), *value)).collect();
        let screen = Screen { width: Some(80), colour: false };
        let lines = outline(&tree(&stacks), screen);
        assert!(lines.len() <= 2 * LINES);
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
    }
}
