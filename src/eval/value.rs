//! Results of queries, with where they came from.
//!
//! A [`Value`] is what a statement ends in; a [`Header`] says what it is a
//! value of: type, window, counts, the merge rule that was used. Views draw
//! these and nothing else.

use std::fmt;
use std::sync::Arc;

use crate::eval::table::Table;
use crate::lang::ast::Granularity;
use crate::profile::{Diff, Labels, Tree};
use crate::quantity::{Quantity, Span, Timestamp, Unit, Window};
use crate::source::Skipped;

/// A finished result and its provenance.
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
    /// What `let gc = ~"runtime.*"` holds: the text, and how many functions it matches.
    Pattern {
        text: String,
        functions: Vec<String>,
        of: usize,
    },
    View(View),
    /// A one-line note: of `let`, `use`, `set`, `save`.
    Note(String),
    /// A page of `help`.
    Help(String),
}

/// A way of drawing, chosen by a view verb.
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

/// Stacks to draw: of one selection, or of two that are compared.
#[derive(Debug, Clone)]
pub enum Graph {
    Tree(Tree),
    Diff(Box<Diff>),
}

impl Graph {
    /// The one tree, or that of the side that is looked at: after.
    pub fn tree(&self) -> &Tree {
        match self {
            Graph::Tree(tree) => tree,
            Graph::Diff(diff) => &diff.after,
        }
    }
}

/// Who calls some functions, and what they call.
///
/// Both halves start at the *outermost* call of a matching function, so the total
/// of each is what passes through any of them, once per sample.
#[derive(Debug, Clone)]
pub struct Sandwich {
    /// The pattern as written.
    pub pattern: String,
    /// The names that match it, in order.
    pub functions: Vec<Arc<str>>,
    /// The stacks that both halves were taken from.
    pub graph: Graph,
    /// The paths to the functions, reversed: the root's children are the matches.
    pub callers: Graph,
    /// What is below the functions: the root's children are the matches.
    pub callees: Graph,
}

/// Selections side by side; the first is what the others are compared with.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// At least two, in one unit.
    pub panes: Vec<Pane>,
}

/// One side of a comparison.
#[derive(Debug, Clone)]
pub struct Pane {
    /// What tells it from the others: `version=2`, `offset 1d`, `stable`.
    pub title: String,
    /// Its query, window and total.
    pub header: Header,
    pub tree: Tree,
    /// Totals over time, one line.
    pub timeline: SeriesSet,
}

/// Totals by time and by group, or profiles counted by time and by their totals: columns
/// of time, and rows of groups or of ranges of values.
#[derive(Debug, Clone)]
pub struct Heatmap {
    pub unit: Unit,
    /// The length of a column.
    pub step: Span,
    /// The starts of the columns, in order, one step apart.
    pub starts: Vec<Timestamp>,
    pub rows: Vec<HeatRow>,
}

/// One row of a heat map. A column without a profile has no value; it is not a zero.
#[derive(Debug, Clone)]
pub struct HeatRow {
    /// `pod="a"`, or a range of values: `1.2 s .. 1.4 s`.
    pub title: String,
    /// As long as the starts.
    pub cells: Vec<Option<f64>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Number(Quantity),
    Bool(bool),
    Text(String),
    Duration(Span),
    Time(Timestamp),
    List(Vec<Scalar>),
}

/// As one would type it.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Number(number) => number.fmt(f),
            Scalar::Bool(bit) => bit.fmt(f),
            Scalar::Text(text) => text.fmt(f),
            Scalar::Duration(span) => span.fmt(f),
            Scalar::Time(at) => at.fmt(f),
            Scalar::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    let separator = if i > 0 { ", " } else { "" };
                    write!(f, "{separator}{item}")?;
                }
                f.write_str("]")
            }
        }
    }
}

/// Totals over time, a line per group.
#[derive(Debug, Clone, Default)]
pub struct SeriesSet {
    pub unit: Unit,
    /// The distance of points, where they are regular.
    pub step: Option<Span>,
    pub lines: Vec<Line>,
}

/// One group's totals. A gap has no value; it is not a zero.
#[derive(Debug, Clone)]
pub struct Line {
    pub labels: Labels,
    /// In order of time. With a step, the start of the step.
    pub points: Vec<(Timestamp, Option<f64>)>,
}

/// What every result opens with.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// The query as it was run, in one line.
    pub query: String,
    /// The query up to where drawing begins: with `| focus "f"` behind it, it runs again.
    pub selection: String,
    /// The other side of a diff.
    pub baseline: Option<Box<Header>>,
    /// `cpu`, and its matchers; "" for results that are not of one type.
    pub subject: String,
    pub window: Option<Window>,
    pub series: usize,
    pub snapshots: usize,
    /// The merge rule in words: "sum over time", "mean of 240 snapshots".
    pub rule: String,
    /// Of the selection before stack filters.
    pub total: Option<Quantity>,
    /// Of what the stack filters kept, where there were any.
    pub kept: Option<Quantity>,
    pub granularity: Option<Granularity>,
    /// What else the reader must know: "12 boxes under 0.1% merged", warnings.
    pub notes: Vec<String>,
    /// Files of the source that could not be read.
    pub skipped: Vec<Skipped>,
}
