//! The shape of a cell: what the parser makes, the checker types and `eval` runs.
//!
//! Verbs are resolved by the parser, because the registry (`verbs`) tells it the
//! shape of their arguments. Names of variables and of data are not: whether
//! `cpu` is a variable or a profile type is known when the statement runs.

use std::sync::Arc;

use super::verbs::VerbSpec;
pub use super::verbs::{SeriesMerge, TimeMerge};
use crate::diag::Place;
use crate::quantity::{Span, Timestamp, Unit};

/// A cell: its statements in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    pub statements: Vec<Statement>,
    /// What statements with errors would have bound: whoever uses these names
    /// makes no mistake of their own.
    pub lost: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `let a = …`, and `a = …`, the form that papermill injects.
    Let {
        name: Name,
        value: Bound,
    },
    /// `use "profiles/*.pb.gz" {env="prod"} as prod`
    Use {
        target: Name,
        labels: Vec<Matcher>,
        alias: Option<Name>,
    },
    /// `set range 1h`; none as value asks for the current one.
    Set {
        setting: Name,
        value: Option<SetValue>,
    },
    Assert {
        condition: Expr,
        message: Option<Name>,
    },
    /// `help`, `help focus`, `?focus`, `focus?`
    Help {
        topic: Option<Name>,
    },
    Query(Query),
}

/// What a `let` binds.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// A frame pattern that is not just a text, such as `~"^runtime"` or `"a" >> "b"`.
    Pattern(Pattern),
    Query(Query),
}

#[derive(Debug, Clone, PartialEq)]
pub enum SetValue {
    Range(Range),
    Time(Time),
    Number(Number),
    Text(Name),
    Name(Name),
}

/// A word or the content of a string, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: Arc<str>,
    pub place: Place,
}

/// A source and the stages it is piped through.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub source: Input,
    pub stages: Vec<Stage>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    Expr(Expr),
    /// `types`, `labels`, `values pod`, `functions`, `describe` with nothing piped in.
    Explore(Stage),
}

/// An expression, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Text(Arc<str>),
    Number(Number),
    Duration(Span),
    Time(Time),
    List(Vec<Expr>),
    /// A variable, a profile type, or in `where` a column or label.
    Name(Arc<str>),
    /// A name with matchers, range or modifiers; or those alone.
    Select(Box<Selector>),
    /// `(query)`
    Query(Box<Query>),
    /// `self("json.*")`
    Call {
        function: Name,
        arguments: Vec<Argument>,
    },
    Negate(Box<Expr>),
    Not(Box<Expr>),
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Matches,
    NotMatches,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl BinaryOp {
    /// Whether it calculates, and does not compare.
    pub fn is_arithmetic(self) -> bool {
        matches!(self, BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    Pattern(Pattern),
    Query(Query),
}

/// `5%`, `10MiB`, `2cores`, `1_000`: the value in the unit's base (bytes, ns).
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    pub value: f64,
    pub unit: Unit,
}

/// `cpu{service="api"}[1h] offset 1d from prod`, or a part of it.
///
/// After `diff` and `compare` a selector without a name is a retarget.
#[derive(Debug, Clone, PartialEq)]
pub struct Selector {
    pub name: Option<Name>,
    pub matchers: Vec<Matcher>,
    pub range: Option<Range>,
    pub offset: Option<Length>,
    pub at: Option<Time>,
    pub from: Option<Name>,
    pub place: Place,
}

impl Selector {
    /// Everything of a type.
    pub fn everything(name: Name) -> Selector {
        let place = name.place;
        Selector {
            name: Some(name),
            matchers: Vec::new(),
            range: None,
            offset: None,
            at: None,
            from: None,
            place,
        }
    }
}

/// `service="api"`, `pod=~"a|b"`, `version=v` with a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Matcher {
    pub label: Name,
    pub op: MatcherOp,
    pub value: MatcherValue,
    pub value_place: Place,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatcherOp {
    Equal,
    NotEqual,
    Regex,
    NotRegex,
}

#[derive(Debug, Clone, PartialEq)]
pub enum MatcherValue {
    Text(Arc<str>),
    Variable(Arc<str>),
}

/// What stands in `[…]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub kind: RangeKind,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RangeKind {
    /// `[6h:5m]`: the last six hours in steps of five minutes.
    Last { length: Length, step: Option<Length> },
    /// `[a .. b]`
    Between { start: Time, end: Time },
    /// `[a .. +30m]`
    From { start: Time, length: Length },
}

/// A span of time: written out, or a variable that holds one (or a text like "1h").
#[derive(Debug, Clone, PartialEq)]
pub struct Length {
    pub kind: LengthKind,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum LengthKind {
    /// May be negative in `offset -1h` and `now - 1h`.
    Literal(Span),
    /// `negative` for `offset -w`.
    Variable { name: Arc<str>, negative: bool },
}

/// An instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Time {
    pub kind: TimeKind,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TimeKind {
    Literal(Timestamp),
    /// `now`, `now - 1h` (a negative length)
    Now {
        shift: Option<Length>,
    },
    /// The first and the last instant of the data.
    Start,
    End,
    Variable(Arc<str>),
}

/// A predicate over frames and stacks.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub kind: PatternKind,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PatternKind {
    Or(Vec<Pattern>),
    And(Vec<Pattern>),
    Not(Box<Pattern>),
    /// At least one step.
    Path(Vec<Step>),
}

/// One step of `root "a" >> "b" > leaf "c"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How it hangs on the step before; `Below` and of no meaning for the first.
    pub link: Link,
    pub anchor: Anchor,
    pub frame: FramePattern,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// `>>`: somewhere below.
    Below,
    /// `>`: called directly.
    Direct,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Anywhere,
    Root,
    Leaf,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FramePattern {
    /// `*` is its only special character.
    Glob(Arc<str>),
    /// Unanchored.
    Regex(Arc<str>),
    /// `~name`
    RegexVariable(Arc<str>),
    /// `{package="runtime"}`: frame fields, else sample labels.
    Fields(Vec<Matcher>),
    Variable(Arc<str>),
    Group(Box<Pattern>),
}

/// A verb with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its entry in the registry.
    pub verb: &'static VerbSpec,
    pub args: Args,
    /// `width=1200`, after the arguments; which ones a verb takes is in the registry.
    pub options: Vec<(Name, Expr)>,
    /// The verb's own word.
    pub verb_place: Place,
    pub place: Place,
}

/// What follows a verb, by the shape that the registry gives it. `args` has the access to it.
#[derive(Debug, Clone, PartialEq)]
pub enum Args {
    Nothing,
    Pattern(Pattern),
    /// None is what the verb takes for it: every function, `recursion`.
    MaybePattern(Option<Pattern>),
    Granularity(Granularity),
    Label(Name),
    Labels(Vec<Name>),
    /// After `by`; empty where there is none.
    ByLabels(Vec<Name>),
    /// `sum by (pod)`, `avg without (pod)`
    Group {
        merge: SeriesMerge,
        labels: Vec<Name>,
        without: bool,
    },
    /// `sum_over_time`; the merge is in the name of the verb.
    OverTime(TimeMerge),
    Amount(Number),
    Count(u32),
    Top {
        count: Option<u32>,
        by: Option<Name>,
    },
    Condition(Expr),
    Extend {
        column: Name,
        value: Expr,
    },
    Sort {
        column: Name,
        descending: bool,
    },
    Columns(Vec<Name>),
    Assert {
        condition: Expr,
        message: Option<Name>,
    },
    File(Name),
    /// A selection, or with a selector that has no name the piped query again under
    /// other matchers, window or source.
    Baseline(Expr),
    /// None for the groups of the piped selection.
    Baselines(Vec<Expr>),
    /// None is the address that `set publish` named.
    Endpoint(Option<Name>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granularity {
    Function,
    Line,
    File,
    Package,
    Module,
    Address,
}
