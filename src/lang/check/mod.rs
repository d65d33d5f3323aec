//! The checker: turns a parsed cell into a plan, with the type of each statement.
//!
//! The registry gives the types of each verb. The checker knows variables but no data: a
//! name that is not a variable is assumed to be a profile type, which is looked up when
//! the cell runs. `expr` checks expressions, `names` checks the use of variables,
//! `mismatch` explains a verb that does not fit its input. After an error the type is
//! `Any`, so that one mistake is reported once.

mod confidence;
mod expr;
mod mismatch;
mod names;

use std::collections::HashMap;
use std::sync::Arc;

use super::asks::Asks;
use super::ast::{
    Args, Bound, Cell, Expr, ExprKind, Input, Matcher, MatcherOp, Measure, Name, Query, SetValue,
    Stage, Statement, StatementKind,
};
use super::needs::Needs;
use super::plan::{Action, Plan, Step};
use super::settings::{self, Setting};
use super::types::Type;
use super::verbs::{FindingVerb, Verb};
use super::{conditions, format, help};
use crate::diag::{Diagnostic, Place, suggest};
use crate::quantity::Unit;
use mismatch::Misfit;

const EXPLAIN: Verb = Verb::Finding(FindingVerb::Explain);

/// The variables of a session.
pub trait Scope {
    /// The type of a variable; `_` and `_7` are variables too.
    fn variable(&self, name: &str) -> Option<Type>;
    /// The names of all variables, for suggestions.
    fn variables(&self) -> Vec<String>;
    /// How a query names the profile type that its recorder calls this: `cpu_time` for
    /// `cpu-time`.
    fn type_called(&self, _recorded: &str) -> Option<String> {
        None
    }
}

/// Checks and plans a cell. If any diagnostic is an error, the cell must not run.
pub fn check<'c>(cell: &'c Cell, scope: &dyn Scope) -> (Plan<'c>, Vec<Diagnostic>) {
    let bound = cell.lost.iter().map(|name| (name.text.clone(), Type::Any)).collect();
    let mut checker = Checker { scope, bound, found: Vec::new() };
    let steps = cell.statements.iter().map(|statement| checker.step(statement)).collect();
    (Plan { steps }, checker.found)
}

struct Checker<'a> {
    scope: &'a dyn Scope,
    /// The names that earlier statements of the cell bind.
    bound: HashMap<Arc<str>, Type>,
    found: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn variable(&self, name: &str) -> Option<Type> {
        self.bound.get(name).copied().or_else(|| self.scope.variable(name))
    }

    /// Reports an error; the value has type `Any` from here on.
    fn report(&mut self, diagnostic: Diagnostic) -> Type {
        self.found.push(diagnostic);
        Type::Any
    }

    fn step<'c>(&mut self, statement: &'c Statement) -> Step<'c> {
        match &statement.kind {
            StatementKind::Let { name, value } => {
                let gives = self.bound(value);
                self.bound.insert(name.text.clone(), gives);
                Step { action: Some(Action::Let { name, value }), gives }
            }
            StatementKind::Use { targets, labels, alias } => {
                self.use_labels(labels);
                let action = Action::Use { targets, labels, alias: alias.as_ref() };
                Step { action: Some(action), gives: Type::Nothing }
            }
            StatementKind::Set { setting, value } => {
                Step { action: self.setting(setting, value.as_ref()), gives: Type::Nothing }
            }
            StatementKind::Assert(assertion) => {
                self.assertion(assertion, None);
                Step { action: Some(Action::Assert(assertion)), gives: Type::Nothing }
            }
            StatementKind::Help { topic } => {
                let topic = topic.as_ref();
                if let Some(topic) = topic {
                    self.topic(topic);
                }
                Step { action: Some(Action::Help { topic }), gives: Type::Text }
            }
            StatementKind::Query(query) => {
                let gives = self.query(query);
                // The next statements see this result as `_`.
                self.bound.insert("_".into(), gives);
                let asks = Asks::of(&query.stages, &Needs::of_view(gives).into());
                Step { action: Some(Action::Show { query, asks }), gives }
            }
        }
    }

    fn bound(&mut self, value: &Bound) -> Type {
        match value {
            Bound::Pattern(pattern) => {
                self.pattern(pattern);
                Type::Pattern
            }
            Bound::Query(query) => self.query(query),
        }
    }

    fn use_labels(&mut self, labels: &[Matcher]) {
        self.matchers(labels);
        for matcher in labels.iter().filter(|matcher| matcher.op != MatcherOp::Equal) {
            let message =
                format!("`use` adds the label `{}` and needs its value", matcher.label.text);
            self.report(
                Diagnostic::error("type-mismatch", message)
                    .at(matcher.place, "only `=` gives a value")
                    .help(format!("select after opening: `cpu{{{}}}`", format::matcher(matcher))),
            );
        }
    }

    fn setting<'c>(&mut self, name: &Name, value: Option<&'c SetValue>) -> Option<Action<'c>> {
        let Some(setting) = settings::find(&name.text) else {
            self.unknown_setting(name);
            return None;
        };
        if let Some(value) = value
            && !self.fits_setting(setting.id, value)
        {
            let message = format!("`set {}` takes {}", setting.name, setting.takes);
            self.report(
                Diagnostic::error("setting-value", message).at(name.place, "").help(setting.doc),
            );
        }
        Some(Action::Set { setting, place: name.place, value })
    }

    fn fits_setting(&mut self, setting: Setting, value: &SetValue) -> bool {
        match value {
            SetValue::Range(range) => {
                self.range(range);
                setting == Setting::Range
            }
            SetValue::Time(time) => {
                self.time(time);
                setting == Setting::Now
            }
            SetValue::Number(number) => {
                let is_size = number.unit == Unit::Bytes;
                match setting {
                    Setting::Now => true,
                    Setting::History | Setting::Memory | Setting::Unpack => is_size,
                    Setting::Fdr => number.unit == Unit::Percent,
                    _ => false,
                }
            }
            SetValue::Text(text) => match setting {
                Setting::Token | Setting::Password => settings::is_place_of_secret(&text.text),
                _ => true,
            },
            SetValue::Name(name) => match setting {
                Setting::Token | Setting::Password => &*name.text == "off",
                _ => true,
            },
        }
    }

    fn unknown_setting(&mut self, setting: &Name) {
        let names = settings::SETTINGS.each_ref().map(|spec| spec.name);
        let near = suggest::suggest(&setting.text, names.into_iter());
        let message = format!("there is no setting `{}`", setting.text);
        let error = Diagnostic::error("unknown-setting", message).at(setting.place, "");
        self.report(match near[..] {
            [_, ..] => error.did_you_mean(&near, setting.place),
            [] => error.help(format!("the settings are `{}`", names.join("`, `"))),
        });
    }

    fn topic(&mut self, topic: &Name) {
        if help::page(Some(&topic.text)).is_some() {
            return;
        }
        let topics = help::topics();
        let near = suggest::suggest(&topic.text, topics.iter().copied());
        let message = format!("there is no help on `{}`", topic.text);
        let error = Diagnostic::error("unknown-topic", message).at(topic.place, "");
        let ours = super::parse::stages_of(&topic.text);
        let ours = ours.as_deref().and_then(|stages| stages.split(' ').next());
        self.report(match (ours, &near[..]) {
            (Some(verb), _) => error.fix(format!("here it is `help {verb}`"), topic.place, verb),
            (None, [_, ..]) => error.did_you_mean(&near, topic.place),
            (None, []) => error.help("`help` lists all topics"),
        });
    }

    /// The type of a query after all of its stages.
    fn query(&mut self, query: &Query) -> Type {
        let (mut piped, mut before) = match &query.source {
            Input::Expr(expr) => (self.expr(expr, None), expr.place),
            Input::Explore(stage) => {
                self.arguments(stage, Type::Nothing);
                ((stage.verb.gives)(Type::Nothing), stage.verb_place)
            }
        };
        let mut types = vec![of_sum(piped)];
        let mut is_misfit = false;
        for (at, stage) in query.stages.iter().enumerate() {
            if stage.verb.takes(piped) {
                let input = input_of(stage, piped);
                self.arguments(stage, input);
                piped = (stage.verb.gives)(input);
            } else {
                self.arguments(stage, Type::Any);
                let misfit = Misfit { scope: self.scope, query, at, piped: &types, before };
                // A query may have thousands of stages: one of them is mended at a time.
                let error = if is_misfit { misfit.plain() } else { misfit.report() };
                is_misfit = true;
                piped = self.report(error);
            }
            types.push(of_sum(piped));
            before = stage.verb_place;
        }
        piped
    }

    fn arguments(&mut self, stage: &Stage, piped: Type) {
        match &stage.args {
            Args::Pattern(pattern) | Args::MaybePattern(Some(pattern)) => self.pattern(pattern),
            Args::Baseline(baseline) => self.baseline(baseline),
            Args::Baselines(baselines) => self.baselines(baselines, piped, stage.verb_place),
            Args::Condition(condition) => self.condition(condition, Some(piped)),
            Args::Assert(assertion) => self.assertion(assertion, Some(piped)),
            Args::Measures(measures) => self.measures(measures, piped, stage.verb_place),
            Args::ByLabels(labels) if stage.verb.id == EXPLAIN => self.two_labels(labels),
            Args::ByOn { measure, .. } => self.measure(measure, Type::GROUPED),
            Args::Extend { value, .. } => {
                self.expr(value, Some(piped));
            }
            Args::Nothing
            | Args::MaybePattern(None)
            | Args::Granularity(_)
            | Args::Label(_)
            | Args::Labels(_)
            | Args::ByLabels(_)
            | Args::Group { .. }
            | Args::OverTime(_)
            | Args::Amount(_)
            | Args::Count(_)
            | Args::Top { .. }
            | Args::Sort { .. }
            | Args::Columns(_)
            | Args::File { .. }
            | Args::Endpoint(_) => {}
        }
    }

    /// Checks a baseline: a selection, or a selector without a name that changes the piped one.
    fn baseline(&mut self, baseline: &Expr) {
        if let ExprKind::Select(selector) = &baseline.kind
            && selector.name.is_none()
        {
            return self.conditions(selector);
        }
        if let Some(meant) = conditions::retarget(baseline) {
            self.report(
                Diagnostic::error("type-mismatch", "a selection is needed, or how it differs")
                    .at(baseline.place, "neither a selection nor a change to one")
                    .fix(format!("write `{meant}`"), baseline.place, meant),
            );
            return;
        }
        let found = self.expr(baseline, None);
        if !found.is_profiles() && !matches!(found, Type::Sum | Type::Any) {
            self.report(
                Diagnostic::error("type-mismatch", format!("a selection is needed, got {found}"))
                    .at(baseline.place, format!("this is a {found}"))
                    .help("compare with profiles: `diff {version=\"1\"}`, `diff offset 1m`"),
            );
        }
    }

    fn baselines(&mut self, baselines: &[Expr], piped: Type, verb: Place) {
        if baselines.is_empty() && piped == Type::UNGROUPED {
            self.report(
                Diagnostic::error("no-baseline", "`compare` has nothing to compare with")
                    .at(verb, "the baseline is missing")
                    .help(
                        "name it, `compare {version=\"1\"}`, or compare groups: \
                         `by (version) | compare`",
                    ),
            );
        }
        for baseline in baselines {
            self.baseline(baseline);
        }
    }

    /// Checks the columns of `table`, which measure groups.
    fn measures(&mut self, measures: &[Measure], piped: Type, verb: Place) {
        if !measures.is_empty() && piped == Type::Series {
            self.report(
                Diagnostic::error("type-mismatch", "`table` measures groups, got Series")
                    .at(verb, "a Series has totals, but no stacks to measure")
                    .help(
                        "leave out the columns, or group: \
                         `cpu | by (pod) | table share(\"runtime.*\")`",
                    ),
            );
        }
        for measure in measures {
            self.measure(&measure.value, piped);
        }
    }

    /// Checks the labels that `explain` looks at together.
    fn two_labels(&mut self, labels: &[Name]) {
        let [first, second, third, ..] = labels else { return };
        let (first, second) = (&first.text, &second.text);
        let words = [first, second].map(|name| format::word_or_quoted(name));
        let last = labels.last().unwrap_or(third);
        let error = Diagnostic::error("too-many-labels", "`explain` looks at two labels together")
            .at(third.place.to(last.place), "the third")
            .help(format!("explain by two of them: `explain by ({})`", words.join(", ")));
        self.report(error);
    }

    /// Checks an expression that measures groups.
    fn measure(&mut self, measure: &Expr, piped: Type) {
        let found = self.expr(measure, Some(piped));
        if !found.is_scalar() {
            let message = format!("a column needs a value for each group, got {found}");
            self.report(
                Diagnostic::error("type-mismatch", message)
                    .at(measure.place, format!("this is a {found}"))
                    .help("measure the group: `table share(\"runtime.*\"), value`"),
            );
        }
    }

    fn condition(&mut self, condition: &Expr, piped: Option<Type>) {
        let found = self.expr(condition, piped);
        if !matches!(found, Type::Bool | Type::Any) {
            self.report(
                Diagnostic::error("type-mismatch", format!("a condition is needed, got {found}"))
                    .at(condition.place, "neither true nor false")
                    .help(match piped {
                        Some(_) => "compare it: `where self(\"runtime.*\") < 5%`",
                        None => "compare it: `self(\"runtime.*\", cpu) < 5%`",
                    }),
            );
        }
    }
}

#[cfg(test)]
mod tests;

/// What a stage is given: a sum of selections is profiles to a verb that takes them, else
/// totals over time.
fn input_of(stage: &Stage, piped: Type) -> Type {
    match piped {
        Type::Sum if stage.verb.takes_sum_as_profiles() => Type::UNGROUPED,
        Type::Sum => Type::Series,
        piped => piped,
    }
}

/// How an error calls a type: a sum of selections is profiles.
fn of_sum(piped: Type) -> Type {
    if piped == Type::Sum { Type::UNGROUPED } else { piped }
}
