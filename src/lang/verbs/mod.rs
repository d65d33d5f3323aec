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

use super::ast::{Expr, Granularity, Name, Number, Pattern, SeriesMerge, Verb};
use super::types::Type;

/// A verb.
#[derive(Debug)]
pub struct VerbSpec {
    pub name: &'static str,
    /// How it is written: `focus P`.
    pub signature: &'static str,
    pub shape: Shape,
    /// What may be piped in.
    pub accepts: &'static [Accepts],
    /// What comes out, for what came in.
    pub gives: fn(Type) -> Type,
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

/// The arguments of a verb, and what makes the verb of them.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Nothing(fn() -> Verb),
    /// `P`
    Pattern(fn(Pattern) -> Verb),
    /// `[P]`
    MaybePattern(fn(Option<Pattern>) -> Verb),
    /// `P` or `recursion`
    PatternOrRecursion(fn(Option<Pattern>) -> Verb),
    Granularity(fn(Granularity) -> Verb),
    /// `L`
    Label(fn(Name) -> Verb),
    /// `(L, …)`
    Labels(fn(Vec<Name>) -> Verb),
    /// `[by (L, …)]`
    MaybeByLabels(fn(Vec<Name>) -> Verb),
    /// `(L, …)` right after `by` or `without`
    Group {
        without: bool,
    },
    /// `by (L, …)` or `without (L, …)` after a merge such as `avg`
    Merge(SeriesMerge),
    Amount(fn(Number) -> Verb),
    Count(fn(u32) -> Verb),
    /// `[N] [by column]`
    Top,
    Condition(fn(Expr) -> Verb),
    /// `column = E`
    Extend,
    /// `column [desc]`
    Sort,
    /// `column, …`
    Columns(fn(Vec<Name>) -> Verb),
    /// `E [, "message"]`
    Assert,
    /// `"file"`
    File(fn(Name) -> Verb),
    /// `B`: a selection, or what differs from the piped one
    Baseline(fn(Expr) -> Verb),
    /// `[B, …]`
    Baselines(fn(Vec<Expr>) -> Verb),
    /// `["url"]`
    MaybeEndpoint(fn(Option<Name>) -> Verb),
}

impl Shape {
    /// Whether a frame pattern comes right after the verb.
    pub fn is_pattern(self) -> bool {
        matches!(self, Shape::Pattern(_) | Shape::MaybePattern(_) | Shape::PatternOrRecursion(_))
    }

    /// Whether a text in quotes may come right after the verb.
    pub fn is_text(self) -> bool {
        self.is_pattern() || matches!(self, Shape::File(_) | Shape::MaybeEndpoint(_))
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

impl Verb {
    /// The word it is written with.
    pub fn name(&self) -> &'static str {
        match self {
            Verb::Types => "types",
            Verb::Labels => "labels",
            Verb::Values(_) => "values",
            Verb::Functions(_) => "functions",
            Verb::Profiles => "profiles",
            Verb::Describe => "describe",
            Verb::Focus(_) => "focus",
            Verb::Ignore(_) => "ignore",
            Verb::Hide(_) => "hide",
            Verb::Show(_) => "show",
            Verb::ShowFrom(_) => "show_from",
            Verb::PruneFrom(_) => "prune_from",
            Verb::Collapse(_) => "collapse",
            Verb::Granularity(_) => "granularity",
            Verb::TagRoot(_) => "tagroot",
            Verb::TagLeaf(_) => "tagleaf",
            Verb::Trim(_) => "trim",
            Verb::Group { merge: SeriesMerge::Sum, without: false, .. } => "by",
            Verb::Group { merge: SeriesMerge::Sum, without: true, .. } => "without",
            Verb::Group { merge, .. } => merge.name(),
            Verb::TopK(_) => "topk",
            Verb::BottomK(_) => "bottomk",
            Verb::Rate => "rate",
            Verb::OverTime(merge) => merge.verb(),
            Verb::Series => "series",
            Verb::Callers(_) => "callers",
            Verb::Callees(_) => "callees",
            Verb::Top { .. } => "top",
            Verb::Table => "table",
            Verb::Where(_) => "where",
            Verb::Extend { .. } => "extend",
            Verb::Sort { .. } => "sort",
            Verb::Take(_) => "take",
            Verb::Select(_) => "select",
            Verb::Flame => "flame",
            Verb::Icicle => "icicle",
            Verb::Tree => "tree",
            Verb::Sandwich(_) => "sandwich",
            Verb::Diff(_) => "diff",
            Verb::Compare(_) => "compare",
            Verb::Timeline(_) => "timeline",
            Verb::Heatmap(_) => "heatmap",
            Verb::Assert { .. } => "assert",
            Verb::Save(_) => "save",
            Verb::Publish(_) => "publish",
        }
    }

    /// Its entry in the registry.
    pub fn spec(&self) -> &'static VerbSpec {
        let name = self.name();
        find(name).expect("every verb is in the registry; a test goes through them")
    }
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
