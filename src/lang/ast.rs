//! The syntax tree of a cell. The parser builds it, the checker adds types, `eval` runs it.
//!
//! The parser resolves verbs, because the registry (`verbs`) tells it the shape of
//! their arguments. It does not resolve names of variables and of data: whether
//! `cpu` is a variable or a profile type is known only when the statement runs.

use std::sync::Arc;

use super::verbs::VerbSpec;
pub use super::verbs::{SeriesMerge, TimeMerge};
use crate::diag::Place;
use crate::quantity::{Span, Timestamp, Unit};

/// A cell: its statements in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    pub statements: Vec<Statement>,
    /// The names that statements with syntax errors would have bound. A later use of
    /// such a name is not reported as a second error.
    pub lost: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `let a = …` or `a = …`. Papermill injects the second form.
    Let {
        name: Name,
        value: Bound,
    },
    /// `use "profiles/*.pb.gz", "more/*" {env="prod"} as prod`
    Use {
        targets: Vec<Name>,
        labels: Vec<Matcher>,
        alias: Option<Name>,
    },
    /// `set range 1h`; without a value it shows the current one.
    Set {
        setting: Name,
        value: Option<SetValue>,
    },
    Assert(Assertion),
    /// `help`, `help focus`, `?focus`, `focus?`
    Help {
        topic: Option<Name>,
    },
    Query(Query),
}

/// The right-hand side of a `let`.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// A frame pattern such as `~"^runtime"` or `"a" >> "b"`; a plain string is a query.
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

/// A word or the content of a string, with its place in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: Arc<str>,
    pub place: Place,
}

/// An input and the stages that it is piped through.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub source: Input,
    pub stages: Vec<Stage>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    Expr(Expr),
    /// `types`, `labels`, `values pod`, `functions` or `describe` at the start of a query.
    Explore(Stage),
}

/// An expression, with its place in the code.
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
    /// A variable or a profile type; in `where` also a column or a label.
    Name(Arc<str>),
    /// Matchers, a range or modifiers, usually after a name.
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
    /// Whether this is `+`, `-`, `*` or `/`.
    pub fn is_arithmetic(self) -> bool {
        matches!(self, BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide)
    }

    /// Whether this is `=`, `<` or the like.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        matches!(self, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
    }

    /// The same comparison with its sides changed: `a < b` is `b > a`.
    #[must_use]
    pub fn turned(self) -> BinaryOp {
        match self {
            BinaryOp::Less => BinaryOp::Greater,
            BinaryOp::LessOrEqual => BinaryOp::GreaterOrEqual,
            BinaryOp::Greater => BinaryOp::Less,
            BinaryOp::GreaterOrEqual => BinaryOp::LessOrEqual,
            other => other,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    Pattern(Pattern),
    Query(Query),
}

/// A number such as `5%`, `10MiB`, `2cores` or `1_000`, stored in the base unit (bytes, ns).
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    pub value: f64,
    pub unit: Unit,
}

/// A selector such as `cpu{service="api"}[1h] offset 1d from prod`; each part is optional.
/// In `{"cpu-time", service="api"}` the name is in the braces.
///
/// After `diff` and `compare`, a selector without a name changes the target of the piped query.
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
    /// The name, if there is nothing else.
    pub fn is_everything_of(&self) -> Option<&Name> {
        let others =
            [self.range.is_some(), self.offset.is_some(), self.at.is_some(), self.from.is_some()];
        let is_bare = self.matchers.is_empty() && !others.contains(&true);
        self.name.as_ref().filter(|_| is_bare)
    }

    /// The selector of all profiles of a type.
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

    /// Whether it is a name alone.
    pub fn narrows_nothing(&self) -> bool {
        let Selector { name: _, matchers, range, offset, at, from, place: _ } = self;
        matchers.is_empty() && range.is_none() && offset.is_none() && at.is_none() && from.is_none()
    }
}

/// A matcher: `service="api"`, `pod=~"a|b"`, or `version=v` with a variable.
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
    /// `request<1KiB` and the others: by size, for labels that are amounts.
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl MatcherOp {
    /// Every operator as it is written.
    pub const ALL: [(MatcherOp, &str); 8] = [
        (MatcherOp::Equal, "="),
        (MatcherOp::NotEqual, "!="),
        (MatcherOp::Regex, "=~"),
        (MatcherOp::NotRegex, "!~"),
        (MatcherOp::Less, "<"),
        (MatcherOp::LessOrEqual, "<="),
        (MatcherOp::Greater, ">"),
        (MatcherOp::GreaterOrEqual, ">="),
    ];

    /// Whether it compares amounts.
    pub fn is_size(self) -> bool {
        use MatcherOp::{Greater, GreaterOrEqual, Less, LessOrEqual};
        matches!(self, Less | LessOrEqual | Greater | GreaterOrEqual)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum MatcherValue {
    Text(Arc<str>),
    Variable(Arc<str>),
}

/// A time range in brackets: `[…]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub kind: RangeKind,
    /// `[6h:5m]`: in steps of five minutes.
    pub step: Option<Length>,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RangeKind {
    /// `[6h]`: the last six hours.
    Last { length: Length },
    /// `[a .. b]`; `[a ..]` ends now, and `[.. b]` starts with the data.
    Between { start: Time, end: Time },
    /// `[a .. +30m]`
    From { start: Time, length: Length },
}

/// A duration: a literal, or a variable that holds a duration or a string such as "1h".
#[derive(Debug, Clone, PartialEq)]
pub struct Length {
    pub kind: LengthKind,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub enum LengthKind {
    /// Negative in `offset -1h` and `now - 1h`.
    Literal(Span),
    /// `negative` is set in `offset -w`.
    Variable { name: Arc<str>, negative: bool },
}

/// A point in time, such as `now - 1h`.
#[derive(Debug, Clone, PartialEq)]
pub struct Time {
    pub kind: TimeKind,
    /// Negative in `now - 1h`.
    pub shift: Option<Length>,
    pub place: Place,
}

impl Time {
    pub fn new(kind: TimeKind, place: Place) -> Time {
        Time { kind, shift: None, place }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum TimeKind {
    Literal(Timestamp),
    Now,
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
    /// One or more steps.
    Path(Vec<Step>),
}

/// One step of a path such as `root "a" >> "b" > leaf "c"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The relation to the previous step; unused in the first step, where it is `Below`.
    pub link: Link,
    pub anchor: Anchor,
    pub frame: FramePattern,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// `>>`: called directly or indirectly.
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
    /// A glob, in which only `*` is special.
    Glob(Arc<str>),
    /// A regex that may match any part of the name.
    Regex(Arc<str>),
    /// `~name`
    RegexVariable(Arc<str>),
    /// `{package="runtime"}`: frame fields; any other name is a sample label.
    Fields(Vec<Matcher>),
    Variable(Arc<str>),
    Group(Box<Pattern>),
}

/// A verb with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// The verb's entry in the registry.
    pub verb: &'static VerbSpec,
    pub args: Args,
    /// Options such as `width=1200`; the registry lists those of each verb.
    pub options: Vec<(Name, Expr)>,
    /// The place of the verb itself.
    pub verb_place: Place,
    pub place: Place,
}

/// The arguments of a verb, in the shape that the registry defines. `args` reads them.
#[derive(Debug, Clone, PartialEq)]
pub enum Args {
    Nothing,
    Pattern(Pattern),
    /// Without a pattern the verb uses its default: every function, or `recursion`.
    MaybePattern(Option<Pattern>),
    Granularity(Granularity),
    Label(Name),
    Labels(Vec<Name>),
    /// The labels after `by`; empty without `by`.
    ByLabels(Vec<Name>),
    /// `sum by (pod)`, `avg without (pod)`
    Group {
        merge: SeriesMerge,
        labels: Vec<Name>,
        without: bool,
    },
    /// The verb itself names the merge: `sum_over_time`.
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
    Assert(Assertion),
    /// The columns of `table`; empty for its own.
    Measures(Vec<Measure>),
    /// `by (L, …) on E`
    ByOn {
        labels: Vec<Name>,
        measure: Expr,
    },
    File {
        path: Name,
        /// Whether `new` follows: a file that exists is kept.
        only_new: bool,
    },
    /// A selection. A selector without a name stands for the piped query with other
    /// matchers, another window or another source.
    Baseline(Expr),
    /// Without baselines the groups of the piped selection are compared.
    Baselines(Vec<Expr>),
    /// Without an address the one from `set publish` is used.
    Endpoint(Option<Name>),
}

/// What `assert` checks: `E [at 95%] [optional] [, "message"]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assertion {
    pub condition: Expr,
    /// The probability with which it must hold.
    pub confidence: Option<Box<Confidence>>,
    /// Whether there may be nothing to measure.
    pub optional: bool,
    pub message: Option<Name>,
}

/// `at 95%`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    /// In percent.
    pub percent: f64,
    pub place: Place,
}

/// A column of `table`: `E`, or `name = E`.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub name: Option<Name>,
    pub value: Expr,
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
