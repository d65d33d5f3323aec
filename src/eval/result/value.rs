//! Results of queries, with their provenance.
//!
//! A [`Value`] is the result of a statement. A [`Header`] says where it comes from: type,
//! window, counts and merge rule. Views show these and nothing else.

use std::sync::Arc;

use crate::eval::result::scalar::Scalar;
use crate::eval::result::table::Table;
use crate::lang::ast::Granularity;
use crate::profile::{Diff, Labels, Tree};
use crate::quantity::{Quantity, Span, Timestamp, Unit, Window};
use crate::source::Skipped;

/// A result and its provenance.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub value: Value,
    pub header: Header,
}

#[derive(Debug, Clone)]
pub enum Value {
    Tree(Tree),
    Diff(Box<Diff>),
    Table(Table),
    Series(SeriesSet),
    Scalar(Scalar),
    /// A bound pattern, such as `let gc = ~"runtime.*"`: its text, and the functions it
    /// matches.
    Pattern {
        text: String,
        functions: Vec<String>,
        of: usize,
    },
    View(View),
    /// A one-line note from `let`, `use`, `set` or `save`.
    Note(String),
    /// A help page.
    Help(String),
}

impl Outcome {
    /// The default view at the end of a statement: stacks and series are drawn.
    #[must_use]
    pub fn in_default_view(self) -> Outcome {
        let value = match self.value {
            Value::Tree(tree) => Value::View(View::Flame(Graph::Tree(tree))),
            Value::Diff(diff) => Value::View(View::Flame(Graph::Diff(diff))),
            Value::Series(series) => Value::View(View::Timeline(series)),
            other => other,
        };
        Outcome { value, ..self }
    }
}

impl Value {
    /// The stacks of the value, if it has any.
    pub fn trees(&self) -> Option<Trees<'_>> {
        match self {
            Value::Tree(tree) => Some(Trees::One(tree)),
            Value::Diff(diff) => Some(Trees::Two(diff)),
            Value::View(View::Flame(graph) | View::Icicle(graph) | View::Outline(graph)) => {
                Some(graph.trees())
            }
            _ => None,
        }
    }

    /// The same to keep, or the value if it has none.
    pub fn into_graph(self) -> Result<Graph, Value> {
        match self {
            Value::Tree(tree) => Ok(Graph::Tree(tree)),
            Value::Diff(diff) => Ok(Graph::Diff(diff)),
            Value::View(View::Flame(graph) | View::Icicle(graph) | View::Outline(graph)) => {
                Ok(graph)
            }
            other => Err(other),
        }
    }

    /// The name of its type in the language.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Tree(_) => "Tree",
            Value::Diff(_) => "Diff",
            Value::Table(_) => "Table",
            Value::Series(_) => "Series",
            Value::Scalar(_) => "Number",
            Value::Pattern { .. } => "Pattern",
            Value::View(_) => "View",
            Value::Note(_) | Value::Help(_) => "Text",
        }
    }
}

/// A drawing, chosen by a view verb.
#[derive(Debug, Clone)]
pub enum View {
    /// Root at the bottom.
    Flame(Graph),
    /// Root at the top.
    Icicle(Graph),
    /// An indented tree.
    Outline(Graph),
    Sandwich(Box<Sandwich>),
    Comparison(Comparison),
    Timeline(SeriesSet),
    Heatmap(Heatmap),
}

/// Stacks to draw: a tree or a diff.
#[derive(Debug, Clone)]
pub enum Graph {
    Tree(Tree),
    Diff(Box<Diff>),
}

/// As [`Graph`], borrowed: a copy of large stacks takes long.
#[derive(Debug, Clone, Copy)]
pub enum Trees<'a> {
    One(&'a Tree),
    Two(&'a Diff),
}

impl<'a> Trees<'a> {
    /// The tree; for a diff, the side after.
    pub fn tree(self) -> &'a Tree {
        match self {
            Trees::One(tree) => tree,
            Trees::Two(diff) => &diff.after,
        }
    }
}

impl Graph {
    pub fn trees(&self) -> Trees<'_> {
        match self {
            Graph::Tree(tree) => Trees::One(tree),
            Graph::Diff(diff) => Trees::Two(diff),
        }
    }

    /// The tree; for a diff, the side after.
    pub fn tree(&self) -> &Tree {
        self.trees().tree()
    }
}

/// The callers and callees of some functions.
///
/// Both halves start at the *outermost* call of a matching function, so the total
/// of each is what passes through any of them, once per sample.
#[derive(Debug, Clone)]
pub struct Sandwich {
    /// The pattern as written.
    pub pattern: String,
    /// The names that match it, in order.
    pub functions: Vec<Arc<str>>,
    /// The stacks that both halves are computed from.
    pub graph: Graph,
    /// The paths to the functions, reversed: the root's children are the matches.
    pub callers: Graph,
    /// What is below the functions: the root's children are the matches.
    pub callees: Graph,
}

/// Selections side by side; the others are compared with the first.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// At least two, all with one unit.
    pub panes: Vec<Pane>,
}

/// One side of a comparison.
#[derive(Debug, Clone)]
pub struct Pane {
    /// What distinguishes it from the others: `version=2`, `offset 1d`, `stable`.
    pub title: String,
    /// Its query, window and total.
    pub header: Header,
    pub tree: Tree,
    /// Totals over time, one line.
    pub timeline: SeriesSet,
}

/// Totals by time and group, or profiles counted by time and total: columns are time,
/// rows are groups or value ranges.
#[derive(Debug, Clone)]
pub struct Heatmap {
    pub unit: Unit,
    /// The length of a column.
    pub step: Span,
    /// The starts of the columns, in order, one step apart.
    pub starts: Vec<Timestamp>,
    pub rows: Vec<HeatRow>,
}

/// One row of a heat map. A column without a profile has no value, which differs from
/// zero.
#[derive(Debug, Clone)]
pub struct HeatRow {
    /// `pod="a"`, or a value range: `1.2 s .. 1.4 s`.
    pub title: String,
    /// One cell per column.
    pub cells: Vec<Option<f64>>,
}

/// Totals over time, a line per group.
#[derive(Debug, Clone, Default)]
pub struct SeriesSet {
    pub unit: Unit,
    /// The interval between points, if it is regular.
    pub step: Option<Span>,
    pub lines: Vec<Line>,
}

/// One group's totals. A gap has no value, which differs from zero.
#[derive(Debug, Clone)]
pub struct Line {
    pub labels: Labels,
    /// In order of time; with a step, the time is the start of the step.
    pub points: Vec<(Timestamp, Option<f64>)>,
    /// What was recorded in each step with a value, in order of time. Empty if the profiles
    /// of a step are added up, and after arithmetic between lines.
    pub recorded: Vec<Recorded>,
    /// Half of the 95 % interval of points, by time; empty if steps hold too few profiles to
    /// tell, and where `recorded` is.
    pub margins: Vec<(Timestamp, f64)>,
}

impl Line {
    /// Half of the 95 % interval of the value at a time.
    pub fn margin_at(&self, time: Timestamp) -> Option<f64> {
        let found = self.margins.binary_search_by_key(&time, |(at, _)| *at);
        found.ok().map(|at| self.margins[at].1)
    }

    /// What was recorded in the step that starts at a time.
    pub fn recorded_in(&self, step: Timestamp) -> Option<&Recorded> {
        let found = self.recorded.binary_search_by_key(&step, |recorded| recorded.step);
        found.ok().map(|at| &self.recorded[at])
    }
}

/// The smallest and the largest recorded value in a step, with their times. A point is a
/// mean if the step holds several profiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recorded {
    /// The start of the step.
    pub step: Timestamp,
    pub low: (Timestamp, f64),
    pub high: (Timestamp, f64),
}

/// Totals over time with their changes, drawn above the table of these.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    pub series: SeriesSet,
    pub marks: Vec<Mark>,
}

/// A change of one line, and the ends of the interval in which it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// The index of the line.
    pub line: usize,
    pub at: Timestamp,
    pub earliest: Timestamp,
    pub latest: Timestamp,
}

/// A label whose values on both sides of a diff are not the same, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelChange {
    pub label: Arc<str>,
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// The header of every result.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// The query as it was run, in one line.
    pub query: String,
    /// The query without its view, so that `| focus "f"` can be added to run it again.
    pub selection: String,
    /// The other side of a diff.
    pub baseline: Option<Box<Header>>,
    /// In which labels the sides of a diff differ.
    pub label_changes: Vec<LabelChange>,
    /// `cpu` and its matchers; "" for results of several types.
    pub subject: String,
    pub window: Option<Window>,
    pub series: usize,
    pub snapshots: usize,
    /// The merge rule in words: "sum over time", "mean of 240 snapshots".
    pub rule: String,
    /// The total of the selection before stack filters.
    pub total: Option<Quantity>,
    /// The total after stack filters, if there are any.
    pub kept: Option<Quantity>,
    pub granularity: Option<Granularity>,
    /// What a verb found, in one sentence.
    pub finding: Option<String>,
    /// The picture of what it found.
    pub chart: Option<Arc<Chart>>,
    /// The stacks of what it found, drawn below the table.
    pub stacks: Option<Arc<Diff>>,
    /// Other notes for the reader: "12 boxes under 0.1% merged", warnings.
    pub notes: Vec<String>,
    /// Files of the source that could not be read.
    pub skipped: Vec<Skipped>,
    /// Requests to a server, a line each, for `describe`.
    pub requests: Vec<String>,
    /// The page of Grafana with the same selection, for results of a server.
    pub page: Option<String>,
    /// In its session, if the result is shown again as it is when the same query runs again.
    pub number: Option<u64>,
}

impl Header {
    /// Adds the total of the selection, and the total after stack filters.
    #[must_use]
    pub fn with_totals(self, whole: f64, kept: f64, unit: &Unit) -> Header {
        let quantity = |value| Quantity::new(value, unit.clone());
        let (total, kept) = (Some(quantity(whole)), (kept != whole).then(|| quantity(kept)));
        Header { total, kept, ..self }
    }

    /// Adds the totals of a tree.
    #[must_use]
    pub fn with_totals_of(self, tree: &Tree) -> Header {
        self.with_totals(tree.whole, tree.total(), &tree.unit)
    }
}
