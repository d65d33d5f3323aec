//! Stacks as indented text for a terminal, a log or a chat.
//!
//! The columns of numbers come first, because names vary in length and numbers are
//! compared. The heaviest child comes first, and lines that are left out are counted in
//! their place. [`LineColumns`] decides what the columns hold: `TreeColumns` here, and
//! `DiffPaint` for diffs.

use crate::profile::{StackId, Symbols, Tree};
use crate::view::parts::screen::{Screen, amount, percent, right};
use crate::view::stacks::branch::{Branch, Branches};
use crate::view::stacks::shape::{Shape, has_negative};

/// The most lines; nobody reads more, and `save` writes them all.
pub(crate) const LINES: usize = 44;

/// A smaller share of the whole gets no line.
const LEAST: f64 = 0.005;

/// Shown for an empty tree.
const NOTHING: &str = "no samples";

/// The columns of numbers before a name, all of fixed width.
pub(crate) trait LineColumns {
    fn symbols(&self) -> &Symbols;

    /// Whether a stack has no self value.
    fn is_silent(&self, stack: StackId) -> bool;

    fn titles(&self) -> String;

    fn numbers(&self, stack: StackId) -> String;

    /// A short count of what is left out; `None` if it is too small to mention.
    fn hidden(&self, stacks: &[StackId]) -> Option<String>;
}

/// The direction of an outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutlineOrder {
    /// Callers above callees.
    Down,
    /// The root is the last line: callers stand above the function.
    Up,
}

/// A tree as lines, starting with the column titles.
pub(crate) fn outline(tree: &Tree, screen: Screen) -> Vec<String> {
    if tree.total() == 0.0 && !has_negative(tree) {
        return vec![NOTHING.to_owned()];
    }
    write(&Shape::of_tree(tree), &TreeColumns::new(tree), screen, LINES)
}

/// A shape as lines: column titles, the root, and the frames below it.
pub(crate) fn write(
    shape: &Shape<'_>,
    columns: &dyn LineColumns,
    screen: Screen,
    lines: usize,
) -> Vec<String> {
    let mut written = vec![
        screen.dim(&format!("{}  function", columns.titles())),
        format!("{}  total", columns.numbers(StackId::EMPTY)),
    ];
    written.extend(below_root(shape, columns, screen, lines, OutlineOrder::Down));
    written
}

/// Only the lines below the root.
pub(crate) fn below_root(
    shape: &Shape<'_>,
    columns: &dyn LineColumns,
    screen: Screen,
    lines: usize,
    order: OutlineOrder,
) -> Vec<String> {
    let branches = Branches::new(shape, |stack| columns.is_silent(stack), lines, LEAST);
    let writer = Writer { columns, screen, branches, order };
    let mut written = Vec::new();
    writer.below(writer.branches.root(), "", &mut written);
    if order == OutlineOrder::Up {
        written.reverse();
    }
    written
}

struct Writer<'a> {
    columns: &'a dyn LineColumns,
    screen: Screen,
    branches: Branches,
    order: OutlineOrder,
}

impl Writer<'_> {
    /// The children of a branch; `guide` is the indentation with the lines from above.
    fn below(&self, parent: &Branch, guide: &str, lines: &mut Vec<String>) {
        let hidden = Some(&parent.hidden).filter(|hidden| !hidden.is_empty());
        let hidden = hidden.and_then(|hidden| self.columns.hidden(hidden));
        // The first level has no parent line and so no indent.
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
        // Among callers, a chain goes from callee to caller.
        let arrow = if self.order == OutlineOrder::Up { "‹" } else { "›" };
        let title = branch.joined(self.columns.symbols(), room.max(20), arrow);
        format!("{numbers}  {}{title}", self.screen.dim(&guide))
    }

    /// Cuts the guides of very deep branches to half a line, to leave room for names.
    fn clipped(&self, guide: &str, numbers: &str) -> String {
        let excess = guide.chars().count().saturating_sub(self.room(numbers) / 2);
        guide.chars().skip(excess).collect()
    }

    /// The characters of a line that remain after the columns of numbers.
    fn room(&self, numbers: &str) -> usize {
        self.screen.columns().saturating_sub(numbers.chars().count() + 2)
    }

    /// The prefix of a child, and that of its children.
    fn joints(&self, is_first: bool, is_last: bool) -> (&'static str, &'static str) {
        match (is_first, is_last, self.order) {
            (true, ..) => ("", ""),
            (false, false, _) => ("├ ", "│ "),
            (false, true, OutlineOrder::Down) => ("└ ", "  "),
            (false, true, OutlineOrder::Up) => ("┌ ", "  "),
        }
    }
}

/// Total and self of one tree, with their percentages.
pub(crate) struct TreeColumns<'a> {
    tree: &'a Tree,
    /// Whether filters removed stacks: then there is a percentage of all and one of what
    /// was kept.
    is_filtered: bool,
}

impl TreeColumns<'_> {
    pub(crate) fn new(tree: &Tree) -> TreeColumns<'_> {
        TreeColumns { tree, is_filtered: tree.whole != tree.total() }
    }

    fn columns(&self, total: &str, of_all: &str, of_kept: &str, own: &str) -> String {
        let kept = if self.is_filtered { right(of_kept, 9) } else { String::new() };
        let width = amount(self.tree.total(), &self.tree.unit).chars().count();
        format!("{}{}{kept}{}", right(total, width.max(9)), right(of_all, 8), right(own, 8))
    }
}

impl LineColumns for TreeColumns<'_> {
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
        // Blank instead of zero, so that self values stand out.
        let own = if own == 0.0 { String::new() } else { percent(own, self.tree.whole) };
        self.columns(
            &amount(total, &self.tree.unit),
            &percent(total, self.tree.whole),
            &percent(total, self.tree.total()),
            &own,
        )
    }

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
    fn an_empty_tree_renders() {
        check(&tree(&[]), &["no samples"]);
    }

    #[test]
    fn deep_and_wide_trees_have_a_bounded_number_of_lines() {
        let stacks: Vec<_> = (1..2000).map(|n| (vec!["f"; n].join(";"), 1.0)).collect();
        let stacks: Vec<_> = stacks.iter().map(|(path, value)| (path.as_str(), *value)).collect();
        let screen = Screen { width: Some(80), colour: false };
        let lines = outline(&tree(&stacks), screen);
        assert!(lines.len() <= 2 * LINES);
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
    }
}
