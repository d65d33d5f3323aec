//! The registry: every verb, once.
//!
//! One entry holds a verb's name, the shape of its arguments, the types it
//! takes and gives, its documentation and examples that run. The parser, the
//! checker, completion, shift-tab, `help` and the tests all read it, so that
//! none of them can know a verb that another does not.

mod explore;
mod groups;
mod stacks;
mod tables;
mod views;

pub use explore::ExploreVerb;
pub use groups::{GroupVerb, SeriesMerge, TimeMerge};
pub use stacks::StackVerb;
pub use tables::TableVerb;
pub use views::ViewVerb;

use super::needs::Needs;
use super::types::Type;

/// What a verb does: one of those of a file here, which stand beside their entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    Explore(ExploreVerb),
    Stack(StackVerb),
    Group(GroupVerb),
    Table(TableVerb),
    View(ViewVerb),
}

/// What a verb is to the query around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Its result goes on through the pipe.
    Passes,
    /// Here a query begins to draw.
    Draws,
    /// It passes on what it was given, or ends the cell.
    Checks,
    /// It writes to the outside world.
    Writes,
}

/// The columns of the table that a verb makes, for completion.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// Whether the labels of groups, or the label that the verb names, come first.
    pub has_labels: bool,
    /// Empty where the verb makes no table of its own.
    pub figures: &'static [(&'static str, ColumnUnit)],
}

impl Columns {
    /// The verb keeps the table that it is given.
    pub const KEPT: Columns = Columns::only(&[]);

    const fn only(figures: &'static [(&'static str, ColumnUnit)]) -> Columns {
        Columns { has_labels: false, figures }
    }

    const fn after_labels(figures: &'static [(&'static str, ColumnUnit)]) -> Columns {
        Columns { has_labels: true, figures }
    }
}

/// The unit of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnUnit {
    NoUnit,
    /// That of the profile type.
    OfType,
    Percent,
    Nanoseconds,
}

const FUNCTION: (&str, ColumnUnit) = ("function", ColumnUnit::NoUnit);

/// What totals over time are saved as.
pub const SERIES_FILES: &[&str] = &["svg", "png", "html", "csv", "parquet", "arrow", "json", "md"];

/// A verb.
#[derive(Debug)]
pub struct VerbSpec {
    pub name: &'static str,
    /// What it does: `eval` has one arm for each.
    pub id: Verb,
    /// How it is written: `focus P`.
    pub signature: &'static str,
    pub shape: Shape,
    /// What may be piped in.
    pub accepts: &'static [Accepts],
    /// What comes out, for what came in.
    pub gives: fn(Type) -> Type,
    /// What it asks of the source of what is piped in.
    pub needs: Needs,
    pub role: Role,
    /// The columns of the table that it makes.
    pub columns: Columns,
    /// The suffixes that `save` takes after it, where its result does not tell.
    pub saves: &'static [&'static str],
    /// One sentence.
    pub summary: &'static str,
    /// What one needs to know beyond the summary.
    pub doc: &'static str,
    /// Cells that run on the example data, `use "demo:"`.
    pub examples: &'static [&'static str],
    pub options: &'static [OptionSpec],
    pub related: &'static [&'static str],
    /// How pprof does it, or "".
    pub pprof: &'static str,
    /// How PromQL does it, or "".
    pub promql: &'static str,
}

/// `width=1200`
#[derive(Debug)]
pub struct OptionSpec {
    pub name: &'static str,
    /// The words it takes.
    pub values: &'static [&'static str],
    pub doc: &'static str,
}

/// The arguments that a verb takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Nothing,
    /// `P`
    Pattern,
    /// `[P]`
    MaybePattern,
    /// `P` or `recursion`
    PatternOrRecursion,
    Granularity,
    /// `L`
    Label,
    /// `(L, …)`
    Labels,
    /// `[by (L, …)]`
    MaybeByLabels,
    /// `(L, …)` right after `by` or `without`
    Group {
        without: bool,
    },
    /// `by (L, …)` or `without (L, …)` after a merge such as `avg`
    Merge(SeriesMerge),
    /// Nothing: the name of the verb says how profiles merge over time
    OverTime(TimeMerge),
    Amount,
    Count,
    /// `[N] [by column]`
    Top,
    Condition,
    /// `column = E`
    Extend,
    /// `column [desc]`
    Sort,
    /// `column, …`
    Columns,
    /// `E [, "message"]`
    Assert,
    /// `"file"`
    File,
    /// `B`: a selection, or what differs from the piped one
    Baseline,
    /// `[B, …]`
    Baselines,
    /// `["url"]`
    MaybeEndpoint,
}

impl Shape {
    /// Whether a frame pattern comes right after the verb.
    pub fn is_pattern(self) -> bool {
        matches!(self, Shape::Pattern | Shape::MaybePattern | Shape::PatternOrRecursion)
    }

    /// Whether a text in quotes may come right after the verb.
    pub fn is_text(self) -> bool {
        self.is_pattern() || matches!(self, Shape::File | Shape::MaybeEndpoint)
    }
}

/// A type that a verb takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// Nothing: it may start a query.
    Start,
    Profiles,
    /// Profiles after `by (…)`.
    Grouped,
    Tree,
    Diff,
    Series,
    Table,
    View,
    Any,
}

impl Accepts {
    fn takes(self, piped: Type) -> bool {
        match self {
            Accepts::Start => false,
            Accepts::Profiles => piped.is_profiles(),
            Accepts::Grouped => piped == Type::GROUPED,
            Accepts::Tree => piped == Type::Tree,
            Accepts::Diff => piped == Type::Diff,
            Accepts::Series => piped == Type::Series,
            Accepts::Table => piped == Type::Table,
            Accepts::View => piped == Type::View,
            Accepts::Any => piped != Type::Nothing,
        }
    }

    /// For messages: `grouped Profiles`.
    pub fn name(self) -> &'static str {
        match self {
            Accepts::Start => "nothing",
            Accepts::Profiles => "Profiles",
            Accepts::Grouped => "grouped Profiles",
            Accepts::Tree => "Tree",
            Accepts::Diff => "Diff",
            Accepts::Series => "Series",
            Accepts::Table => "Table",
            Accepts::View => "View",
            Accepts::Any => "anything",
        }
    }
}

/// A verb is its name: two entries never share one, which a test holds.
impl PartialEq for VerbSpec {
    fn eq(&self, other: &VerbSpec) -> bool {
        self.name == other.name
    }
}

impl VerbSpec {
    /// Whether this may be piped in.
    pub fn takes(&self, piped: Type) -> bool {
        piped == Type::Any || self.accepts.iter().any(|accepts| accepts.takes(piped))
    }

    /// Whether it may stand at the start of a query.
    pub fn starts(&self) -> bool {
        self.accepts.contains(&Accepts::Start)
    }

    /// What may be piped in, in words: `Profiles or Tree`.
    pub fn wanted(&self) -> String {
        let names: Vec<&str> =
            self.accepts.iter().filter(|a| **a != Accepts::Start).map(|a| a.name()).collect();
        match names.split_last() {
            None => "nothing".to_owned(),
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        }
    }
}

/// Every verb, in the order of the reference.
pub fn all() -> impl Iterator<Item = &'static VerbSpec> {
    [explore::VERBS, stacks::VERBS, groups::VERBS, tables::VERBS, views::VERBS]
        .into_iter()
        .flatten()
}

/// The verb of this name.
pub fn find(name: &str) -> Option<&'static VerbSpec> {
    all().find(|spec| spec.name == name)
}

/// What other tools call it, and what it is called here.
const ELSEWHERE: [(&str, &str); 20] = [
    ("count_over_time", "series"),
    ("filter", "where"),
    ("flamegraph", "flame"),
    ("graph", "flame"),
    ("grep", "focus"),
    ("group", "by"),
    ("group_by", "by"),
    ("head", "take"),
    ("limit", "take"),
    ("order", "sort"),
    ("outline", "tree"),
    ("peek", "callers"),
    ("plot", "timeline"),
    ("project", "select"),
    ("prune", "prune_from"),
    ("summarize", "by"),
    ("share", "publish"),
    ("tags", "labels"),
    ("upload", "publish"),
    ("write", "save"),
];

/// The verb that a word of another tool stands for.
pub fn translated(word: &str) -> Option<&'static str> {
    ELSEWHERE.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::ast::StatementKind;
    use crate::lang::{functions, parse};

    #[test]
    fn names_are_unique_and_entries_complete() {
        let mut names: Vec<&str> = all().map(|spec| spec.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for spec in all() {
            assert!(spec.examples.len() >= 2, "{} needs two examples", spec.name);
            assert!(spec.signature.starts_with(spec.name), "{}", spec.name);
            assert!(spec.summary.ends_with('.') && !spec.doc.is_empty(), "{}", spec.name);
            assert!(!spec.accepts.is_empty(), "{}", spec.name);
        }
    }

    #[test]
    fn related_and_translated_verbs_exist() {
        for spec in all() {
            for related in spec.related {
                assert!(
                    find(related).is_some() || functions::find(related).is_some(),
                    "{}: {related}",
                    spec.name
                );
            }
        }
        for (theirs, ours) in ELSEWHERE {
            assert!(find(ours).is_some() && find(theirs).is_none(), "{theirs}: {ours}");
        }
    }

    #[test]
    fn every_example_parses_and_uses_its_verb() {
        for spec in all() {
            for example in spec.examples {
                let (cell, diagnostics) = parse(example);
                assert!(diagnostics.is_empty(), "{example}: {diagnostics:?}");
                let queries =
                    cell.statements.iter().filter_map(|statement| match &statement.kind {
                        StatementKind::Query(query) => Some(query),
                        _ => None,
                    });
                let stages = queries.flat_map(|query| &query.stages);
                // A verb starts a statement or a stage. `sum by` is one verb with `by` to the
                // parser, so the words are compared.
                let starts = cell.statements.iter().map(|statement| statement.place.start);
                let mut starts = starts.chain(stages.map(|stage| stage.verb_place.start));
                let is_used = starts.any(|at| example[at..].starts_with(spec.name));
                assert!(is_used, "{example} does not use {}", spec.name);
            }
        }
    }
}
