//! A tree as indented text, worth reading in a terminal, a log or a chat.
//!
//! Columns first, because names differ in length and numbers are compared; the
//! heavy child first; what is not shown is counted where it is missing.

use super::branch::{Branch, Branches};
use super::layout::has_negative;
use super::screen::{Screen, amount, percent, right};
use crate::profile::Tree;

/// More lines than this are not read; `save` has the whole.
const LINES: usize = 44;

/// A branch under this share of the tree is not worth a line.
const LEAST: f64 = 0.005;

/// Lines of a tree, column titles first.
pub(crate) fn outline(tree: &Tree, screen: Screen) -> Vec<String> {
    if tree.total() == 0.0 && !has_negative(tree) {
        return vec!["no samples".to_owned()];
    }
    let writer = Writer {
        tree,
        screen,
        branches: Branches::new(tree, LINES, LEAST),
        is_filtered: tree.whole != tree.total(),
    };
    writer.write()
}

struct Writer<'a> {
    tree: &'a Tree,
    screen: Screen,
    branches: Branches,
    /// Whether stack filters took samples away: then there are two kinds of percent.
    is_filtered: bool,
}

impl Writer<'_> {
    fn write(&self) -> Vec<String> {
        let titles = self.columns("total", "of all", "of kept", "self");
        let mut lines = vec![self.screen.dim(&format!("{titles}  function"))];
        let root = self.branches.root();
        lines.push(format!("{}  total", self.numbers(root)));
        self.below(root, "", &mut lines);
        lines
    }

    /// The children of a branch; `guide` draws the lines that come from above.
    fn below(&self, parent: &Branch, guide: &str, lines: &mut Vec<String>) {
        let shows_hidden = self.shows_hidden(parent);
        // The first level stands at the margin: it has no siblings to be told from.
        let is_first = parent.chain.is_empty();
        for (i, child) in parent.children.iter().enumerate() {
            let is_last = i + 1 == parent.children.len() && !shows_hidden;
            let (joint, onward) = joints(is_first, is_last);
            let branch = self.branches.get(*child);
            lines.push(self.line(branch, &format!("{guide}{joint}")));
            self.below(branch, &format!("{guide}{onward}"), lines);
        }
        if shows_hidden {
            let (joint, _) = joints(is_first, true);
            let share = percent(parent.hidden_total, self.tree.whole);
            let blank = self.columns("", "", "", "");
            let guide = self.clipped(&format!("{guide}{joint}"), &blank);
            let more = format!("{guide}… {} more ({share})", parent.hidden);
            lines.push(format!("{blank}  {}", self.screen.dim(&more)));
        }
    }

    fn line(&self, branch: &Branch, guide: &str) -> String {
        let numbers = self.numbers(branch);
        let guide = self.clipped(guide, &numbers);
        let room = self.room(&numbers).saturating_sub(guide.chars().count());
        let title = branch.title(self.tree, room.max(20));
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

    /// Worth a line only if it is worth mentioning.
    fn shows_hidden(&self, branch: &Branch) -> bool {
        branch.hidden > 0 && branch.hidden_total.abs() >= 0.01 * self.tree.whole.abs()
    }

    fn numbers(&self, branch: &Branch) -> String {
        let stack = branch.stack().index();
        let (total, self_value) = (self.tree.totals[stack], self.tree.self_values[stack]);
        // A blank says zero and lets the eye find where time is spent.
        let own =
            if self_value == 0.0 { String::new() } else { percent(self_value, self.tree.whole) };
        self.columns(
            &amount(total, &self.tree.unit),
            &percent(total, self.tree.whole),
            &percent(total, self.tree.total()),
            &own,
        )
    }

    fn columns(&self, total: &str, of_all: &str, of_kept: &str, own: &str) -> String {
        let kept = if self.is_filtered { right(of_kept, 9) } else { String::new() };
        let width = amount(self.tree.total(), &self.tree.unit).chars().count();
        format!("{}{}{kept}{}", right(total, width.max(9)), right(of_all, 8), right(own, 8))
    }
}

/// What stands before a child, and before the children of that child.
fn joints(is_first: bool, is_last: bool) -> (&'static str, &'static str) {
    match (is_first, is_last) {
        (true, _) => ("", ""),
        (false, false) => ("├ ", "│ "),
        (false, true) => ("└ ", "  "),
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
