//! What a pipe needs from the source of its selection.
//!
//! A timeline needs the totals of profiles but no stacks; a table of groups needs the
//! labels that it groups by. The registry lists the needs of each verb. This module
//! combines the needs of all stages, so that a source loads everything at once and
//! nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ast::{
    Args, Argument, Assertion, Expr, ExprKind, FramePattern, Granularity, Name, Pattern,
    PatternKind, SeriesMerge, Stage, TimeMerge,
};
use super::needs::Needs;
use super::pattern::{is_frame_field, is_of_name};
use super::types::Type;
use super::verbs::EACH_SERIES;

/// The combined needs of all stages of a pipe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asks {
    pub needs: Needs,
    pub labels: LabelsAsked,
    /// Whether a sum of selections must be Profiles, because the first stage takes these.
    pub profiles: bool,
}

/// The labels that stages read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelsAsked {
    Named(BTreeSet<Arc<str>>),
    All,
}

impl Default for LabelsAsked {
    fn default() -> Self {
        LabelsAsked::Named(BTreeSet::new())
    }
}

/// The needs of a query that is only bound to a name.
pub static NOTHING: Asks =
    Asks { needs: Needs::TOTALS, labels: LabelsAsked::Named(BTreeSet::new()), profiles: false };

impl From<Needs> for Asks {
    fn from(needs: Needs) -> Asks {
        Asks { needs, labels: LabelsAsked::default(), profiles: needs.stacks }
    }
}

impl Asks {
    /// Adds the needs of stages to those of their result.
    #[must_use]
    pub fn of(stages: &[Stage], of_result: &Asks) -> Asks {
        let mut asks = of_result.clone();
        if let Some(first) = stages.first() {
            asks.profiles = first.verb.takes_sum_as_profiles();
        }
        // If a variable already holds groups, this asks for more than needed.
        let mut piped = Type::UNGROUPED;
        for stage in stages {
            asks.needs = asks.needs.and(needs_of(stage, piped));
            asks.add_labels(stage);
            piped = (stage.verb.gives)(piped);
        }
        asks.needs.stacks |= asks.needs.group_totals && stages.iter().any(merges_trees);
        asks
    }

    fn add_labels(&mut self, stage: &Stage) {
        if needs_of(stage, Type::UNGROUPED).apart {
            self.labels = LabelsAsked::All;
        }
        match &stage.args {
            Args::Label(label) => self.add_label(label),
            Args::Labels(labels) | Args::ByLabels(labels) => {
                labels.iter().for_each(|label| self.add_label(label));
            }
            Args::Group { without: true, .. } => self.labels = LabelsAsked::All,
            // A mean or the largest is one of series, which all their labels tell apart.
            Args::Group { merge, .. } if *merge != SeriesMerge::Sum => {
                self.labels = LabelsAsked::All;
            }
            Args::Group { labels, .. } => labels.iter().for_each(|label| self.add_label(label)),
            Args::ByOn { labels, measure } => {
                labels.iter().for_each(|label| self.add_label(label));
                for_each_pattern(measure, &mut |pattern| self.add_labels_of(pattern));
            }
            Args::Pattern(pattern) | Args::MaybePattern(Some(pattern)) => {
                self.add_labels_of(pattern);
            }
            Args::Nothing if stage.verb.needs.sample_labels || stage.verb.needs.singles => {
                self.labels = LabelsAsked::All;
            }
            args => {
                for expr in measured(args) {
                    for_each_pattern(expr, &mut |pattern| self.add_labels_of(pattern));
                }
            }
        }
    }

    fn add_label(&mut self, label: &Name) {
        if let LabelsAsked::Named(names) = &mut self.labels {
            names.insert(label.text.clone());
        }
    }

    /// Adds the sample labels in the braces of a pattern.
    fn add_labels_of(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Or(patterns) | PatternKind::And(patterns) => {
                patterns.iter().for_each(|inner| self.add_labels_of(inner));
            }
            PatternKind::Not(inner) => self.add_labels_of(inner),
            PatternKind::Path(steps) => {
                for step in steps {
                    match &step.frame {
                        FramePattern::Group(inner) => self.add_labels_of(inner),
                        FramePattern::Fields(matchers) => {
                            let labels = matchers.iter().map(|matcher| &matcher.label);
                            let of_samples = labels.filter(|label| !is_frame_field(&label.text));
                            of_samples.for_each(|label| self.add_label(label));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// The needs of a stage: those of its verb and of its arguments.
fn needs_of(stage: &Stage, piped: Type) -> Needs {
    // The source has answered once a stage has made a table, a tree or a series; what it was
    // asked for stands in them.
    if !piped.is_profiles() {
        // A table of changes has no files.
        let is_of_changes = piped == Type::Diff && matches!(stage.args, Args::Top { .. });
        let places = stage.verb.needs.places && !is_of_changes;
        return Needs { places, ..Needs::TOTALS };
    }
    let adds = match &stage.args {
        Args::Assert(Assertion { condition, .. }) if has_call(condition) => {
            Needs { replicates: true, ..Needs::STACKS }
        }
        args if measured(args).iter().any(|expr| has_call(expr)) => Needs::STACKS,
        // A file holds the default view.
        Args::File { .. } => return Needs { places: true, ..Needs::of_view(piped) },
        Args::Pattern(pattern) | Args::MaybePattern(Some(pattern)) => {
            Needs { places: tests_places(pattern), ..Needs::TOTALS }
        }
        Args::Granularity(granularity) => {
            let is_of_names = matches!(granularity, Granularity::Function | Granularity::Package);
            Needs { places: !is_of_names, ..Needs::TOTALS }
        }
        _ if stage.option("of").is_some_and(|(word, _)| word == "functions") => EACH_SERIES,
        _ => Needs::TOTALS,
    };
    stage.verb.needs.and(adds)
}

/// Whether a pattern tests more of a frame than the name of its function. What a variable
/// tests is not known here.
fn tests_places(pattern: &Pattern) -> bool {
    match &pattern.kind {
        PatternKind::Or(patterns) | PatternKind::And(patterns) => patterns.iter().any(tests_places),
        PatternKind::Not(inner) => tests_places(inner),
        PatternKind::Path(steps) => steps.iter().any(|step| match &step.frame {
            FramePattern::Group(inner) => tests_places(inner),
            FramePattern::Fields(matchers) => {
                let mut labels = matchers.iter().map(|matcher| &*matcher.label.text);
                labels.any(|label| is_frame_field(label) && !is_of_name(label))
            }
            FramePattern::Variable(_) => true,
            FramePattern::Glob(_) | FramePattern::Regex(_) | FramePattern::RegexVariable(_) => {
                false
            }
        }),
    }
}

/// Whether the total of a group is that of its merged tree, and not the sum of the totals
/// of its profiles. Values for each step are merged without trees under every rule.
fn merges_trees(stage: &Stage) -> bool {
    matches!(
        stage.args,
        // These choose a series by the total of its tree.
        Args::Group { merge: SeriesMerge::Max | SeriesMerge::Min | SeriesMerge::Count, .. }
        // The minima or maxima of stacks do not add up to that of the total.
        | Args::OverTime(TimeMerge::Min | TimeMerge::Max)
    )
}

/// The expressions of a stage that may measure its input.
fn measured(args: &Args) -> Vec<&Expr> {
    match args {
        Args::Condition(condition) => vec![condition],
        Args::Assert(assertion) => vec![&assertion.condition],
        Args::Measures(measures) => measures.iter().map(|measure| &measure.value).collect(),
        Args::ByOn { measure, .. } => vec![measure],
        _ => Vec::new(),
    }
}

/// Whether an expression measures stacks.
fn has_call(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { .. } | ExprKind::Query(_) => true,
        ExprKind::Negate(inner) | ExprKind::Not(inner) => has_call(inner),
        ExprKind::Binary { left, right, .. } => has_call(left) || has_call(right),
        ExprKind::List(items) => items.iter().any(has_call),
        _ => false,
    }
}

fn for_each_pattern(expr: &Expr, see: &mut impl FnMut(&Pattern)) {
    match &expr.kind {
        ExprKind::Call { arguments, .. } => {
            for argument in arguments {
                if let Argument::Pattern(pattern) = argument {
                    see(pattern);
                }
            }
        }
        ExprKind::Negate(inner) | ExprKind::Not(inner) => for_each_pattern(inner, see),
        ExprKind::Binary { left, right, .. } => {
            for_each_pattern(left, see);
            for_each_pattern(right, see);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::ast::StatementKind;
    use crate::lang::needs::Times;
    use crate::lang::parse;

    fn asks(code: &str) -> Asks {
        let (cell, found) = parse(code);
        assert!(found.is_empty(), "{code}: {found:?}");
        let StatementKind::Query(query) = &cell.statements[0].kind else { panic!("{code}") };
        Asks::of(&query.stages, &Asks::default())
    }

    #[test]
    fn a_pipe_asks_for_what_its_stages_look_at_and_no_more() {
        for (code, stacks, times, labels) in [
            ("cpu | by (pod) | table", false, Times::Each, &["pod"][..]),
            ("cpu | timeline by (pod, env)", false, Times::Steps, &["env", "pod"]),
            ("cpu | focus {span=\"a\", package=\"b\"} | timeline", true, Times::Steps, &["span"]),
            ("cpu | by (pod) | where value > 1s | topk 2 | table", false, Times::Each, &["pod"]),
            ("cpu | by (pod) | where total(\"f\") > 1s | table", true, Times::Each, &["pod"]),
            ("cpu | max_over_time | timeline", false, Times::Each, &[]),
            ("cpu | max_over_time | by (pod) | table", true, Times::Each, &["pod"]),
            ("cpu | by (pod) | save \"x.csv\"", false, Times::Each, &["pod"]),
            ("cpu | save \"x.svg\"", true, Times::Whole, &[]),
            ("cpu | top 5", true, Times::Whole, &[]),
        ] {
            let Asks { needs, labels: found, .. } = asks(code);
            assert_eq!((needs.stacks, needs.times), (stacks, times), "{code}");
            let labels = labels.iter().map(|label| Arc::from(*label)).collect();
            assert_eq!(found, LabelsAsked::Named(labels), "{code}");
        }
        for (code, stacks, times) in [
            ("cpu | without (pod) | table", false, Times::Each),
            ("cpu | max by (pod) | table", true, Times::Each),
            ("cpu | max by (pod) | timeline", false, Times::Steps),
            ("cpu | max by (pod) | topk 1 | timeline", true, Times::Steps),
            ("cpu | max by (pod) | series | table", false, Times::Steps),
        ] {
            let Asks { needs, labels, .. } = asks(code);
            assert_eq!((needs.stacks, needs.times), (stacks, times), "{code}");
            assert_eq!(labels, LabelsAsked::All, "{code}");
        }
    }

    #[test]
    fn what_draws_functions_asks_for_their_names_alone() {
        for code in [
            "cpu | flame",
            "cpu | focus \"a\" >> {package=\"b\"} | hide ~\"c\" | icicle",
            "cpu | granularity package | tree",
            "cpu | diff {a=\"b\"} | top 5",
            "cpu | by (pod) | compare",
        ] {
            assert!(!asks(code).needs.places, "{code}");
        }
        for code in [
            "cpu | top 5",
            "cpu | focus not {file=\"a\"} | flame",
            "cpu | focus (\"a\" or {kind=\"kernel\"}) | flame",
            "cpu | focus gc | flame",
            "cpu | granularity line | flame",
            "cpu | save \"x.pb.gz\"",
            "cpu | callers \"a\" | top 5",
        ] {
            assert!(asks(code).needs.places, "{code}");
        }
    }

    #[test]
    fn a_diff_asks_for_replicates_and_over_time_for_snapshots_as_recorded() {
        assert!(asks("cpu | diff {a=\"b\"}").needs.replicates);
        assert!(asks("alloc_space | max_over_time | flame").needs.as_recorded);
        assert!(!asks("alloc_space | flame").needs.as_recorded);
    }
}
