//! Stacks as indented text for a terminal, a log or a chat.
//!
//! The columns of numbers come first, because names vary in length and numbers are
//! compared. The heaviest child comes first, and lines that are left out are counted in
//! their place. [`LineColumns`] decides what the columns hold: `TreeColumns` here, and
//! `DiffPaint` for diffs.

use crate::profile::{StackId, Symbols, Tree};
use crate::quantity::Unit;
use crate::view::parts::screen::{Screen, amount, percent};
use crate::view::parts::{escape, fit};
use crate::view::stacks::branch::{self, Branch, Branches};
use crate::view::stacks::shape::{Shape, has_negative};
use crate::work::{Cancelled, Work};

/// The most lines; nobody reads more, and `save` writes them all.
const LINES: usize = 44;

/// A smaller share of the whole gets no line.
const LEAST: f64 = 0.005;

/// Shown for an empty tree.
const NOTHING: &str = "no samples";

/// The columns of numbers before a name.
pub(crate) trait LineColumns {
    fn symbols(&self) -> &Symbols;

    /// Whether a stack has no self value.
    fn is_silent(&self, stack: StackId) -> bool;

    /// The title of each column, and the width that it has at least.
    fn titles(&self) -> Vec<(&'static str, usize)>;

    /// A text for each column.
    fn numbers(&self, stack: StackId) -> Vec<String>;

    /// What is counted, which stands at the end of each amount: `goroutines`. `None` for
    /// a unit whose prefix depends on the amount.
    fn counted(&self) -> Option<String>;

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

/// How an outline is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) order: OutlineOrder,
    /// The title of the column of names.
    pub(crate) title: &'static str,
    /// Whether the first line is the total.
    pub(crate) has_total: bool,
    /// The most lines.
    pub(crate) lines: usize,
}

impl Form {
    /// A whole tree.
    pub(crate) const TREE: Form =
        Form { order: OutlineOrder::Down, title: "function", has_total: true, lines: LINES };
}

/// A tree as lines, starting with the column titles.
pub(crate) fn outline(
    tree: &Tree,
    screen: Screen,
    work: Work<'_>,
) -> Result<Vec<String>, Cancelled> {
    if tree.total() == 0.0 && !has_negative(tree) {
        return Ok(vec![NOTHING.to_owned()]);
    }
    write(&Shape::of_tree(tree, work)?, &TreeColumns::new(tree), screen, Form::TREE, work)
}

/// A shape as lines: column titles, the total, and the frames below it.
pub(crate) fn write(
    shape: &Shape<'_>,
    columns: &dyn LineColumns,
    screen: Screen,
    form: Form,
    work: Work<'_>,
) -> Result<Vec<String>, Cancelled> {
    let branches = branches(shape, columns, screen, form.lines, work)?;
    let mut lines = Vec::new();
    if form.has_total {
        let numbers = columns.numbers(StackId::EMPTY);
        lines.push(Line { numbers, guide: String::new(), name: LineName::Total });
    }
    Walk { columns, branches: &branches, order: form.order }.below(branches.root(), "", &mut lines);
    if form.order == OutlineOrder::Up {
        lines.reverse();
    }
    Ok(Page { columns, screen, form }.write(&lines))
}

/// The lines of a shape. How many names fit one depends on the numbers before it, which
/// depend on the lines: each pass knows the numbers of the one before.
fn branches(
    shape: &Shape<'_>,
    columns: &dyn LineColumns,
    screen: Screen,
    lines: usize,
    work: Work<'_>,
) -> Result<Branches, Cancelled> {
    const PASSES: usize = 3;
    let pass = |numbers: Vec<Vec<String>>| {
        let (numbers, _) = fitted(columns, numbers, screen);
        let room = room(&widths(columns, &numbers), screen);
        let fits = |depth: usize, chain: &[StackId]| {
            let guide = (GUIDE * depth.saturating_sub(1)).min(room / 2);
            branch::chain_fits(columns.symbols(), chain, room - guide)
        };
        Branches::new(shape, |stack| columns.is_silent(stack), fits, lines, LEAST, work)
    };
    let root = pass(vec![columns.numbers(StackId::EMPTY)])?;
    (1..PASSES).try_fold(root, |known, _| {
        pass(known.iter().map(|branch| columns.numbers(branch.stack())).collect())
    })
}

/// The numbers as they are written, without their unit if names would have no room beside
/// it; then that unit.
fn fitted(
    columns: &dyn LineColumns,
    mut numbers: Vec<Vec<String>>,
    screen: Screen,
) -> (Vec<Vec<String>>, Option<String>) {
    let unit = columns.counted().filter(|_| !leaves_room(&widths(columns, &numbers), screen));
    if let Some(unit) = &unit {
        numbers.iter_mut().for_each(|numbers| drop_unit(numbers, unit));
    }
    (numbers, unit)
}

/// Columns between the numbers and the names.
const GAP: usize = 2;

/// Columns of one level of guides.
const GUIDE: usize = 2;

/// A line before its columns have a width.
struct Line<'a> {
    /// Empty for the line of what is left out.
    numbers: Vec<String>,
    /// The indentation, with the lines from above.
    guide: String,
    name: LineName<'a>,
}

enum LineName<'a> {
    Total,
    Chain(&'a Branch),
    /// What is left out.
    Hidden(String),
}

/// Each column as wide as its widest number, with a gap before all but the first.
fn widths(columns: &dyn LineColumns, numbers: &[Vec<String>]) -> Vec<usize> {
    let titles = columns.titles();
    let widest = |at: usize| {
        let numbers = numbers.iter().filter_map(|row| row.get(at));
        numbers.map(|number| fit::columns(number) + if at > 0 { GAP } else { 0 }).max()
    };
    titles.iter().enumerate().map(|(at, (_, least))| widest(at).unwrap_or(0).max(*least)).collect()
}

/// Columns of the screen behind the numbers.
fn room(widths: &[usize], screen: Screen) -> usize {
    screen.columns().saturating_sub(widths.iter().sum::<usize>() + GAP)
}

/// Whether names get two fifths of the screen.
fn leaves_room(widths: &[usize], screen: Screen) -> bool {
    5 * room(widths, screen) >= 2 * screen.columns()
}

/// Amounts without their unit, which the title of the names has then.
fn drop_unit(numbers: &mut [String], unit: &str) {
    let unit = format!(" {unit}");
    for number in numbers {
        if let Some(short) = number.strip_suffix(&unit) {
            *number = short.to_owned();
        }
    }
}

/// Collects the lines of an outline.
struct Walk<'a> {
    columns: &'a dyn LineColumns,
    branches: &'a Branches,
    order: OutlineOrder,
}

impl<'a> Walk<'a> {
    /// The children of a branch; `guide` is the indentation with the lines from above.
    fn below(&self, parent: &'a Branch, guide: &str, lines: &mut Vec<Line<'a>>) {
        let hidden = Some(&parent.hidden).filter(|hidden| !hidden.is_empty());
        let hidden = hidden.and_then(|hidden| self.columns.hidden(hidden));
        // The first level has no parent line and so no indent.
        let is_first = parent.chain.is_empty();
        for (i, child) in parent.children.iter().enumerate() {
            let is_last = i + 1 == parent.children.len() && hidden.is_none();
            let branch = self.branches.get(*child);
            let (joint, onward) = match branch.continues {
                true => (self.arrow(), ""),
                false => self.joints(is_first, is_last),
            };
            lines.push(Line {
                numbers: self.columns.numbers(branch.stack()),
                guide: format!("{guide}{joint}"),
                name: LineName::Chain(branch),
            });
            self.below(branch, &format!("{guide}{onward}"), lines);
        }
        if let Some(hidden) = hidden {
            let (joint, _) = self.joints(is_first, true);
            let more = format!("… {} more ({hidden})", parent.hidden.len());
            let guide = format!("{guide}{joint}");
            lines.push(Line { numbers: Vec::new(), guide, name: LineName::Hidden(more) });
        }
    }

    /// The prefix of a line that goes on with the chain above it.
    fn arrow(&self) -> &'static str {
        if self.order == OutlineOrder::Up { "‹ " } else { "› " }
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

/// Writes lines with columns of one width.
struct Page<'a> {
    columns: &'a dyn LineColumns,
    screen: Screen,
    form: Form,
}

impl Page<'_> {
    fn write(&self, lines: &[Line<'_>]) -> Vec<String> {
        let numbers = lines.iter().map(|line| line.numbers.clone()).collect();
        let (numbers, unit) = fitted(self.columns, numbers, self.screen);
        let names = match unit {
            Some(unit) => format!("{}, in {unit}", self.form.title),
            None => self.form.title.to_owned(),
        };
        let widths = widths(self.columns, &numbers);
        let titles = self.columns.titles();
        let titles = padded(titles.iter().map(|(title, _)| *title), &widths);
        let names = fit::shorten(&names, room(&widths, self.screen)).into_owned();
        let titles = self.screen.dim(&format!("{titles}  {names}"));
        let lines =
            lines.iter().zip(&numbers).map(|(line, numbers)| self.line(line, numbers, &widths));
        std::iter::once(titles).chain(lines).collect()
    }

    fn line(&self, line: &Line<'_>, numbers: &[String], widths: &[usize]) -> String {
        let room = room(widths, self.screen);
        let guide = clipped(&line.guide, room / 2);
        let numbers = padded(numbers.iter().map(String::as_str), widths);
        let room = room - fit::columns(&guide);
        match &line.name {
            LineName::Total => format!("{numbers}  total"),
            LineName::Hidden(more) => {
                // Without the number where it would be cut.
                let count = more.split(" (").next().unwrap_or(more);
                let more = if fit::columns(more) <= room { more } else { count };
                format!("{numbers}  {}", self.screen.dim(&format!("{guide}{more}")))
            }
            LineName::Chain(branch) => {
                // Among callers, a chain goes from callee to caller.
                let arrow = if self.form.order == OutlineOrder::Up { "‹" } else { "›" };
                let title = branch.joined(self.columns.symbols(), room, arrow);
                format!("{numbers}  {}{title}", self.screen.dim(&guide))
            }
        }
    }
}

/// Numbers aligned at the right of their columns; blanks for those that are missing.
fn padded<'a>(numbers: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
    let numbers = numbers.chain(std::iter::repeat(""));
    numbers.zip(widths).map(|(number, width)| fit::right(number, *width)).collect()
}

/// The guides of very deep branches end at half a line, to leave room for names.
fn clipped(guide: &str, most: usize) -> String {
    let excess = guide.chars().count().saturating_sub(most);
    guide.chars().skip(excess).collect()
}

/// The name of what a unit counts.
pub(crate) fn counted(unit: &Unit) -> Option<String> {
    match unit {
        Unit::Count(name) => Some(escape::name(name)),
        _ => None,
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

    /// Without the percentage of what was kept if everything was.
    fn chosen<T>(&self, total: T, of_all: T, of_kept: T, own: T) -> Vec<T> {
        let kept = self.is_filtered.then_some(of_kept);
        [total, of_all].into_iter().chain(kept).chain([own]).collect()
    }
}

impl LineColumns for TreeColumns<'_> {
    fn symbols(&self) -> &Symbols {
        &self.tree.symbols
    }

    fn is_silent(&self, stack: StackId) -> bool {
        self.tree.self_values[stack.index()] == 0.0
    }

    fn titles(&self) -> Vec<(&'static str, usize)> {
        self.chosen(("total", 9), ("of all", 8), ("of kept", 9), ("self", 8))
    }

    fn numbers(&self, stack: StackId) -> Vec<String> {
        let (total, own) = (self.tree.totals[stack.index()], self.tree.self_values[stack.index()]);
        // Blank instead of zero, so that self values stand out.
        let own = if own == 0.0 { String::new() } else { percent(own, self.tree.whole) };
        self.chosen(
            amount(total, &self.tree.unit),
            percent(total, self.tree.whole),
            percent(total, self.tree.total()),
            own,
        )
    }

    fn counted(&self) -> Option<String> {
        counted(&self.tree.unit)
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

    fn outline(tree: &Tree, screen: Screen) -> Vec<String> {
        super::outline(tree, screen, Work::unattended()).expect("no interrupt")
    }

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
    fn a_chain_goes_on_below_itself_and_what_it_calls_hangs_there_too() {
        // 40 columns less 27 for the numbers leave 13.
        let tree =
            tree(&[("aaaaaaaa;bbbbbbbb;cccccccc;d", 1e9), ("aaaaaaaa;bbbbbbbb;cccccccc;e", 1e9)]);
        assert_eq!(
            outline(&tree, Screen { width: Some(40), colour: false }),
            [
                "    total  of all    self  function",
                "      2 s    100%          total",
                "      2 s    100%          aaaaaaaa",
                "      2 s    100%          › bbbbbbbb",
                "      2 s    100%          › cccccccc",
                "      1 s   50.0%   50.0%  ├ d",
                "      1 s   50.0%   50.0%  └ e",
            ]
        );
    }

    #[test]
    fn a_long_unit_leaves_the_numbers_before_a_name_is_cut() {
        let mut tree = tree(&[("main.handle", 3.0), ("main.wait", 1.0)]);
        tree.unit = Unit::Count("goroutines".into());
        // `4 goroutines` takes 12 columns and leaves 10 of 40 for names; 16 are two fifths.
        assert_eq!(
            outline(&tree, Screen { width: Some(40), colour: false }),
            [
                "    total  of all    self  func…routines",
                "        4    100%          total",
                "        3   75.0%   75.0%  main.handle",
                "        1   25.0%   25.0%  main.wait",
            ]
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
