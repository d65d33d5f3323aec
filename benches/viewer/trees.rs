//! Trees to measure with: generated, or from a file.
//!
//! A generated tree has the shape of a large service's merged CPU profile. It is modelled
//! on the two trees with which Pyroscope benchmarks its diff (220 000 nodes, mean depth
//! 46 and maximum 115, 6 300 functions with 3 callees on average and at most 119, 44%
//! leaves, 73% with a self value, 93% in both trees): a random call graph, and paths
//! through it. Values are log-normal in samples of 10 ms, see [`Load`]. The generator
//! uses no clock and a fixed seed, so every run has the same trees.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use flamebook::profile::{StackId, Symbols, Tree};
use flamebook::quantity::Unit;
use flamebook::work::Work;

const FUNCTIONS: usize = 6_300;
const DEEPEST: usize = 115;
/// A sample of a CPU profile at 100 Hz.
const SAMPLE: f64 = 1e7;

/// Pseudo-random numbers, the same every time: xorshift64*.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number in [0, 1).
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        bits as f64 / (1u64 << 53) as f64
    }

    /// A number in [0, `n`); a higher `bias` makes small ones more likely.
    fn below(&mut self, n: usize, bias: i32) -> usize {
        (self.part().powi(bias) * n as f64) as usize
    }
}

/// The possible callees of each function; the first is the most likely.
fn calls() -> Vec<Vec<usize>> {
    let mut dice = Dice::new(1);
    let callees = |caller: usize| {
        let wide = if dice.part() < 0.02 { 60.0 } else { 5.0 };
        let count = 1 + (wide * dice.part().powi(2)) as usize;
        // Mostly nearby functions; sometimes any function, including itself and its
        // callers.
        let mut callee = |_| match dice.part() < 0.8 {
            true => (caller + 1 + dice.below(120, 2)) % FUNCTIONS,
            false => dice.below(FUNCTIONS, 1),
        };
        (0..count).map(&mut callee).collect()
    };
    (0..FUNCTIONS).map(callees).collect()
}

/// A name as long as in Go programs.
fn name(function: usize) -> String {
    const VERBS: [&str; 8] =
        ["Get", "handle", "Marshal", "next", "Write", "resolve", "Apply", "decode"];
    const NOUNS: [&str; 9] =
        ["Order", "Request", "Price", "Block", "Label", "Chunk", "Session", "Index", "Span"];
    let package = function / 70;
    let (verb, noun) = (VERBS[function % 8], NOUNS[function % 9]);
    let kind = NOUNS[(function / 7) % 9];
    match function % 3 {
        0 => format!("github.com/shop/platform/pkg{package}.{verb}{noun}{function}"),
        1 => format!("github.com/shop/platform/pkg{package}.(*{kind}).{verb}{noun}{function}"),
        _ => format!("pkg{package}/internal.(*{kind}Reader).{verb}{noun}{function}.func1"),
    }
}

/// A tree under construction: nodes as (parent, function, depth), parents first.
#[derive(Clone)]
struct Paths {
    calls: Arc<Vec<Vec<usize>>>,
    nodes: Vec<(usize, usize, usize)>,
    children: Vec<Vec<usize>>,
}

impl Paths {
    fn new() -> Paths {
        let root = (0, 0, 0);
        Paths { calls: Arc::new(calls()), nodes: vec![root], children: vec![Vec::new()] }
    }

    /// Extends paths from existing nodes until there are `nodes`, without the root.
    fn grow(&mut self, nodes: usize, seed: u64) {
        let mut dice = Dice::new(seed);
        while self.nodes.len() <= nodes {
            let mut at = dice.below(self.nodes.len(), 1);
            while self.nodes[at].2 < DEEPEST && self.nodes.len() <= nodes && dice.part() < 0.93 {
                let callees = &self.calls[self.nodes[at].1];
                let function = callees[dice.below(callees.len(), 3)];
                at = self.child(at, function);
            }
        }
    }

    fn child(&mut self, parent: usize, function: usize) -> usize {
        let mut known = self.children[parent].iter();
        if let Some(child) = known.find(|child| self.nodes[**child].1 == function) {
            return *child;
        }
        let child = self.nodes.len();
        self.nodes.push((parent, function, self.nodes[parent].2 + 1));
        self.children.push(Vec::new());
        self.children[parent].push(child);
        child
    }

    /// The tree, with its stacks in a random order.
    fn tree(&self, seed: u64, load: Load) -> Tree {
        let mut dice = Dice::new(seed);
        let mut symbols = Symbols::new();
        let mut values = vec![0.0];
        let mut open = vec![(0, StackId::EMPTY)];
        while !open.is_empty() {
            let (node, stack) = open.swap_remove(dice.below(open.len(), 1));
            for child in &self.children[node] {
                let frame = symbols.intern_named_frame(&name(self.nodes[*child].1));
                open.push((*child, Arc::make_mut(&mut symbols.stacks).intern(stack, frame)));
                let is_leaf = self.children[*child].is_empty();
                let samples =
                    if is_leaf || dice.part() < 0.5 { load.samples(&mut dice) } else { 0.0 };
                values.push(samples * SAMPLE);
            }
        }
        let whole = values.iter().sum();
        Tree::new(symbols, values, whole, Unit::Nanoseconds, Work::unattended())
            .expect("no interrupt")
    }
}

/// The distribution of values: mean and deviation of the logarithm.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Load {
    /// As in the CPU profiles of the example recording: half of the stacks have one
    /// sample, one in ten has seven or more.
    Recorded,
    /// As in Pyroscope's trees: the median is 600 samples and the deciles 15 and 4 300.
    /// This is two weeks of one core and hardly compresses.
    Fleet,
}

impl Load {
    fn samples(self, dice: &mut Dice) -> f64 {
        let (mean, deviation) = match self {
            Load::Recorded => (0.6, 1.0),
            Load::Fleet => (6.4, 2.1),
        };
        // The sum of twelve uniform numbers is close enough to normal.
        let normal = (0..12).map(|_| dice.part()).sum::<f64>() - 6.0;
        (mean + deviation * normal).exp().max(1.0).floor()
    }
}

/// A tree with this many nodes, without the root.
pub(crate) fn generated(nodes: usize, load: Load) -> Tree {
    let mut paths = Paths::new();
    paths.grow(nodes, 2);
    paths.tree(3, load)
}

/// Two trees with this many nodes each. 93% of the paths are in both, with different
/// values, and function ids differ between the trees.
pub(crate) fn pair(nodes: usize) -> [Tree; 2] {
    let mut shared = Paths::new();
    shared.grow(nodes * 93 / 100, 2);
    [4, 5].map(|seed| {
        let mut paths = shared.clone();
        paths.grow(nodes, seed);
        paths.tree(seed, Load::Fleet)
    })
}

/// The number of stacks with a value, without the root.
pub(crate) fn nodes(tree: &Tree) -> usize {
    tree.totals.iter().skip(1).filter(|total| **total != 0.0).count()
}

/// One line per node in pre-order: depth, self value and name, separated by tabs.
pub(crate) fn write(tree: &Tree, path: &Path) {
    let children = tree.children(Work::unattended()).expect("no interrupt");
    let mut text = String::new();
    let mut open: Vec<_> = children[0].iter().rev().map(|child| (1, *child)).collect();
    while let Some((depth, stack)) = open.pop() {
        let (value, name) = (tree.self_values[stack.index()], tree.name(stack));
        writeln!(text, "{depth}\t{value:.0}\t{name}").expect("memory");
        open.extend(children[stack.index()].iter().rev().map(|child| (depth + 1, *child)));
    }
    std::fs::write(path, text).expect("a scratch folder");
}

/// Reads a file of `write`.
pub(crate) fn read(path: &Path) -> Tree {
    let text = std::fs::read_to_string(path).expect("a file of a tree");
    let mut symbols = Symbols::new();
    let (mut values, mut above) = (vec![0.0], vec![StackId::EMPTY]);
    for line in text.lines() {
        let mut words = line.splitn(3, '\t');
        let mut word = || words.next().expect("depth, self value and name");
        let depth: usize = word().parse().expect("a depth");
        let value: f64 = word().parse().expect("a self value");
        let frame = symbols.intern_named_frame(word());
        above.truncate(depth);
        let stack = Arc::make_mut(&mut symbols.stacks).intern(above[depth - 1], frame);
        above.push(stack);
        values.resize(symbols.stacks.len(), 0.0);
        values[stack.index()] += value;
    }
    let whole = values.iter().sum();
    Tree::new(symbols, values, whole, Unit::Nanoseconds, Work::unattended()).expect("no interrupt")
}
