//! A tree reduced to a readable number of lines: the heaviest frames, with chains joined.
//!
//! Plain text and the html outline use it. A frame without self value that calls just one
//! other frame is joined with it (`a › b`), if both names fit the line. Both have the same
//! total, so no numbers are lost.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::profile::{StackId, Symbols};
use crate::view::parts::short;
use crate::view::parts::{escape, fit};
use crate::view::stacks::shape::Shape;
use crate::work::{Cancelled, Work};

/// The lines; the first is the root of the tree.
#[derive(Debug)]
pub(crate) struct Branches {
    lines: Vec<Branch>,
}

/// One line: a chain of frames, and the lines below it.
#[derive(Debug, Default)]
pub(crate) struct Branch {
    /// From caller to callee; empty for the root.
    pub(crate) chain: Vec<StackId>,
    /// Whether it goes on with the chain of the line above, which was full.
    pub(crate) continues: bool,
    /// The number of guides before its children; 0 for the root.
    depth: usize,
    /// Indexes for [`Branches::get`], heaviest first.
    pub(crate) children: Vec<usize>,
    /// Children that were cut off.
    pub(crate) hidden: Vec<StackId>,
}

impl Branch {
    /// The last frame of the chain; the line shows its numbers.
    pub(crate) fn stack(&self) -> StackId {
        self.chain.last().copied().unwrap_or(StackId::EMPTY)
    }

    /// The names of the chain in at most `width` columns: all in full, else all
    /// without package paths, else the first and the last.
    pub(crate) fn title(&self, symbols: &Symbols, width: usize) -> String {
        self.joined(symbols, width, "›")
    }

    /// As `title`, with `arrow` between the names.
    pub(crate) fn joined(&self, symbols: &Symbols, width: usize, arrow: &str) -> String {
        let name = |stack: &StackId| full_name(symbols, *stack);
        let short = |stack: &StackId| short::without_path(&name(stack)).to_owned();
        let [first, .., last] = self.chain.as_slice() else {
            let only = self.chain.first().map_or("total".to_owned(), name);
            return short::cut(&only, width).into_owned();
        };
        // Do not join thousands of names just to find that they do not fit.
        if self.chain.len() <= width {
            let joined = |names: Vec<String>| {
                Some(names.join(&format!(" {arrow} "))).filter(|all| fits(all, width))
            };
            let full = joined(self.chain.iter().map(name).collect());
            let all = full.or_else(|| joined(self.chain.iter().map(short).collect()));
            if let Some(all) = all {
                return all;
            }
        }
        let between = match self.chain.len() - 2 {
            0 => format!(" {arrow} "),
            n => format!(" {arrow} … {n} … {arrow} "),
        };
        let room = width.saturating_sub(fit::columns(&between));
        let (first, last) = (short(first), short(last));
        let for_last = fit::columns(&last).min(room - room / 3);
        let first = short::cut(&first, room - for_last).into_owned();
        let last = short::cut(&last, for_last).into_owned();
        format!("{first}{between}{last}")
    }
}

fn fits(text: &str, width: usize) -> bool {
    fit::columns(text) <= width
}

fn full_name(symbols: &Symbols, stack: StackId) -> String {
    escape::name(symbols.frame_name(symbols.stacks.frame(stack)))
}

/// Whether the names of a chain fit a line of `width` columns without their paths.
pub(crate) fn chain_fits(symbols: &Symbols, chain: &[StackId], width: usize) -> bool {
    let names = chain.iter().map(|stack| full_name(symbols, *stack));
    let names: usize = names.map(|name| fit::columns(short::without_path(&name))).sum();
    names + 3 * chain.len().saturating_sub(1) <= width
}

impl Branches {
    /// The `lines` heaviest branches that hold at least the share `least` of the whole.
    ///
    /// `is_silent`: whether a stack has no self value. `fits`: whether a chain of frames
    /// fits a line at a depth.
    pub(crate) fn new(
        shape: &Shape<'_>,
        is_silent: impl Fn(StackId) -> bool,
        fits: impl Fn(usize, &[StackId]) -> bool,
        lines: usize,
        least: f64,
        work: Work<'_>,
    ) -> Result<Branches, Cancelled> {
        let least = shape.weights[StackId::EMPTY.index()] * least;
        let mut branches = vec![Branch::default()];
        let mut waiting = BinaryHeap::new();
        let offer = |waiting: &mut BinaryHeap<Offer>, parent, stacks: &[StackId]| {
            let offers = stacks.iter().enumerate();
            waiting.extend(offers.map(|(rank, stack)| Offer {
                weight: shape.weights[stack.index()],
                rank,
                parent,
                stack: *stack,
            }));
        };
        offer(&mut waiting, 0, shape.children(StackId::EMPTY));
        let mut steps = work.steps();
        while let Some(next) = waiting.pop() {
            steps.take()?;
            if branches.len() > lines || next.weight < least {
                branches[next.parent].hidden.push(next.stack);
                continue;
            }
            let line = branches.len();
            let parent = &mut branches[next.parent];
            parent.children.push(line);
            let (above, below) = (parent.stack(), parent.depth + 1);
            let continues = below > 1 && shape.children(above).len() == 1 && is_silent(above);
            let depth = if continues { below - 1 } else { below };
            let chain = chain(shape, &is_silent, |chain| fits(below, chain), next.stack);
            let end = chain.last().copied().unwrap_or(next.stack);
            branches.push(Branch { chain, continues, depth, ..Branch::default() });
            offer(&mut waiting, line, shape.children(end));
        }
        Ok(Branches { lines: branches })
    }

    pub(crate) fn root(&self) -> &Branch {
        &self.lines[0]
    }

    /// All lines, the root first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Branch> {
        self.lines.iter()
    }

    pub(crate) fn get(&self, line: usize) -> &Branch {
        &self.lines[line]
    }
}

/// At most this many frames are joined in one line.
const NAMES: usize = 4;

/// A longer chain is one line that shows only its first and last frame.
const LONG_CHAIN: usize = 40;

/// From `stack` down to the first frame with a self value or several callees.
fn chain(
    shape: &Shape<'_>,
    is_silent: impl Fn(StackId) -> bool,
    fits: impl Fn(&[StackId]) -> bool,
    stack: StackId,
) -> Vec<StackId> {
    let mut chain = vec![stack];
    let mut end = stack;
    while let ([only], true) = (shape.children(end), is_silent(end)) {
        end = *only;
        chain.push(end);
    }
    if chain.len() <= LONG_CHAIN {
        // The rest of the chain continues in the next line, so every name can be read.
        let joined = (1..=NAMES.min(chain.len())).rev().find(|names| fits(&chain[..*names]));
        chain.truncate(joined.unwrap_or(1));
    }
    chain
}

/// A branch that may become a line; ordered by weight, then as among its siblings.
#[derive(Debug)]
struct Offer {
    weight: f64,
    rank: usize,
    parent: usize,
    stack: StackId,
}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_weight = self.weight.total_cmp(&other.weight);
        by_weight.then_with(|| (other.parent, other.rank).cmp(&(self.parent, self.rank)))
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Offer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Offer {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Tree;
    use crate::view::fixture::tree;

    fn branches(tree: &Tree, lines: usize) -> Branches {
        let is_silent = |stack: StackId| tree.self_values[stack.index()] == 0.0;
        let work = Work::unattended();
        let shape = Shape::of_tree(tree, work).expect("no interrupt");
        Branches::new(&shape, is_silent, |_, _| true, lines, 0.0, work).expect("no interrupt")
    }

    #[test]
    fn chains_are_folded_and_the_light_are_counted() {
        let tree = tree(&[("a;b;c", 6.0), ("a;b;d", 3.0), ("a;b;e", 1.0)]);
        let branches = branches(&tree, 3);
        let title = |branch: &Branch| branch.title(&tree.symbols, 40);
        let top = branches.get(branches.root().children[0]);
        assert_eq!(title(top), "a › b");
        let below: Vec<_> = top.children.iter().map(|c| title(branches.get(*c))).collect();
        assert_eq!(below, ["c", "d"]);
        let hidden: Vec<_> = top.hidden.iter().map(|stack| tree.name(*stack)).collect();
        assert_eq!(hidden, ["e"]);
    }

    #[test]
    fn a_long_chain_names_its_ends() {
        let chain = format!("first;{};last", vec!["middle"; 10_000].join(";"));
        let tree = tree(&[(&chain, 1.0)]);
        let branches = branches(&tree, 40);
        let only = branches.get(branches.root().children[0]);
        assert_eq!(only.title(&tree.symbols, 40), "first › … 10000 … › last");
    }

    #[test]
    fn a_chain_that_does_not_fit_goes_on_in_the_next_line() {
        let tree = tree(&[("pkg/caller;pkg/middle;leaf", 1.0)]);
        let is_silent = |stack: StackId| tree.self_values[stack.index()] == 0.0;
        let work = Work::unattended();
        let shape = Shape::of_tree(&tree, work).expect("no interrupt");
        // `caller › middle` are 15 columns without the paths.
        for (width, first, second) in
            [(15, "caller › middle", "leaf"), (14, "pkg/caller", "middle")]
        {
            let fits = |_: usize, chain: &[StackId]| chain_fits(&tree.symbols, chain, width);
            let branches = Branches::new(&shape, is_silent, fits, 40, 0.0, work);
            let branches = branches.expect("no interrupt");
            let line = branches.get(branches.root().children[0]);
            assert_eq!(line.title(&tree.symbols, width), first);
            let below = branches.get(line.children[0]).title(&tree.symbols, width);
            assert!(below.starts_with(second), "{below}");
            assert!(branches.get(line.children[0]).continues && !line.continues);
        }
    }
}
