//! The registry of all verbs.
//!
//! An entry holds a verb's name, the shape of its arguments, the types it accepts
//! and returns, its documentation, and examples that run. The parser, the checker,
//! completion, Shift-Tab, `help` and the tests all read it, so that a new verb
//! appears everywhere at once.

mod explore;
mod findings;
mod groups;
mod stacks;
mod tables;
mod views;

pub use explore::ExploreVerb;
pub use findings::{EACH_SERIES, FindingVerb};
pub use groups::{GroupVerb, SeriesMerge, TimeMerge};
pub use stacks::StackVerb;
pub use tables::TableVerb;
pub use views::ViewVerb;

use super::columns::Column;
use super::needs::Needs;
use super::types::Type;

/// The id of a verb. Each variant is a file of this folder, with its ids and their entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    Explore(ExploreVerb),
    Stack(StackVerb),
    Group(GroupVerb),
    Table(TableVerb),
    Finding(FindingVerb),
    View(ViewVerb),
}

/// The role of a verb in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Its result is piped into the next stage.
    Passes,
    /// It draws its input.
    Draws,
    /// It passes its input on, or stops the cell.
    Checks,
    /// It writes a file or uploads a profile.
    Writes,
}

/// The columns of the table that a verb returns, for completion.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// Whether the first columns are the labels of groups, or the label that the verb names.
    pub has_labels: bool,
    /// Empty for a verb that makes no table of its own.
    pub figures: &'static [Column],
}

impl Columns {
    /// For a verb that keeps the table of its input.
    pub const KEPT: Columns = Columns::only(&[]);

    const fn only(figures: &'static [Column]) -> Columns {
        Columns { has_labels: false, figures }
    }

    const fn after_labels(figures: &'static [Column]) -> Columns {
        Columns { has_labels: true, figures }
    }
}

/// The file formats of totals over time.
pub const SERIES_FILES: &[&str] = &["svg", "png", "html", "csv", "parquet", "arrow", "json", "md"];

/// An entry of the registry.
#[derive(Debug)]
pub struct VerbSpec {
    pub name: &'static str,
    /// The id, which `eval` matches on.
    pub id: Verb,
    /// The syntax: `focus P`.
    pub signature: &'static str,
    pub shape: Shape,
    /// The types that may be piped in.
    pub accepts: &'static [Accepts],
    /// The type of the result for each type of input.
    pub gives: fn(Type) -> Type,
    /// What it needs from the source of its input.
    pub needs: Needs,
    pub role: Role,
    /// The columns of the table that it returns.
    pub columns: Columns,
    /// The suffixes that `save` accepts after it, if the type of the result does not decide.
    pub saves: &'static [&'static str],
    /// A one-sentence description.
    pub summary: &'static str,
    /// Details that are not in the summary.
    pub doc: &'static str,
    /// Cells that run on the example data, `use "demo:"`.
    pub examples: &'static [&'static str],
    pub options: &'static [OptionSpec],
    pub related: &'static [&'static str],
    /// The equivalent in pprof, or "".
    pub pprof: &'static str,
    /// The equivalent in PromQL, or "".
    pub promql: &'static str,
}

/// An option such as `width=1200`.
#[derive(Debug)]
pub struct OptionSpec {
    pub name: &'static str,
    /// The words it accepts; none for an amount such as `2GiB`.
    pub values: &'static [&'static str],
    pub doc: &'static str,
}

/// The syntax of a verb's arguments.
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
    /// No arguments: the name of the verb says how profiles merge over time
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
    /// `E [at 95%] [optional] [, "message"]`
    Assert,
    /// `[E, …]`, each with or without `name =`
    Measures,
    /// `by (L, …) on E`
    ByOn,
    /// `"file" [new]`
    File,
    /// `B`: a selection, or its difference from the piped one
    Baseline,
    /// `[B, …]`
    Baselines,
    /// `["url"]`
    MaybeEndpoint,
}

impl Shape {
    /// Whether a frame pattern directly follows the verb.
    pub fn is_pattern(self) -> bool {
        matches!(self, Shape::Pattern | Shape::MaybePattern | Shape::PatternOrRecursion)
    }

    /// Whether a string may directly follow the verb.
    pub fn is_text(self) -> bool {
        self.is_pattern() || matches!(self, Shape::File | Shape::MaybeEndpoint)
    }
}

/// A type of input that a verb accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// No input: the verb may start a query.
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
            Accepts::Profiles => piped.is_profiles() || piped == Type::Sum,
            Accepts::Grouped => piped == Type::GROUPED,
            Accepts::Tree => piped == Type::Tree,
            Accepts::Diff => piped == Type::Diff,
            Accepts::Series => matches!(piped, Type::Series | Type::Sum),
            Accepts::Table => piped == Type::Table,
            Accepts::View => piped == Type::View,
            Accepts::Any => piped != Type::Nothing,
        }
    }

    /// The name in messages: `grouped Profiles`.
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

/// Entries are compared by name; a test checks that names are unique.
impl PartialEq for VerbSpec {
    fn eq(&self, other: &VerbSpec) -> bool {
        self.name == other.name
    }
}

impl VerbSpec {
    /// Whether a value of this type may be piped in.
    pub fn takes(&self, piped: Type) -> bool {
        piped == Type::Any || self.accepts.iter().any(|accepts| accepts.takes(piped))
    }

    /// Whether it takes a sum of selections as Profiles, and not as totals over time.
    pub fn takes_sum_as_profiles(&self) -> bool {
        let accepts = |accepted| self.accepts.contains(&accepted);
        // A check measures functions, which totals do not have.
        let checks = self.role == Role::Checks;
        checks || accepts(Accepts::Profiles) && !accepts(Accepts::Series)
    }

    /// Whether it may start a query.
    pub fn starts(&self) -> bool {
        self.accepts.contains(&Accepts::Start)
    }

    /// The accepted types in words: `Profiles or Tree`.
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

/// All verbs, in the order of the reference.
pub fn all() -> impl Iterator<Item = &'static VerbSpec> {
    [explore::VERBS, stacks::VERBS, groups::VERBS, tables::VERBS, findings::VERBS, views::VERBS]
        .into_iter()
        .flatten()
}

/// Finds a verb by name.
pub fn find(name: &str) -> Option<&'static VerbSpec> {
    all().find(|spec| spec.name == name)
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
    fn related_verbs_exist() {
        for spec in all() {
            for related in spec.related {
                assert!(
                    find(related).is_some() || functions::find(related).is_some(),
                    "{}: {related}",
                    spec.name
                );
            }
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
                // A verb starts a statement or a stage. The parser reads `sum by` as the verb
                // `by`, so this compares words of the text.
                let starts = cell.statements.iter().map(|statement| statement.place.start);
                let mut starts = starts.chain(stages.map(|stage| stage.verb_place.start));
                let is_used = starts.any(|at| example[at..].starts_with(spec.name));
                assert!(is_used, "{example} does not use {}", spec.name);
            }
        }
    }
}
