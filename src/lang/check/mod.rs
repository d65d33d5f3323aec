//! Gives each statement its type, by asking the registry verb for verb.
//!
//! Here variables are known and data are not: a name that is no variable is
//! taken for a profile type, and whether there is one shows when the cell runs.
//! `expr` types expressions, `names` checks what variables are used for. After
//! an error the type is `Any`, so that one mistake is reported once.

mod expr;
mod names;

use std::collections::HashMap;
use std::sync::Arc;

use super::ast::{
    BinaryOp, Bound, Cell, Expr, ExprKind, Input, Matcher, MatcherOp, Name, Query, SetValue, Stage,
    Statement, StatementKind, Verb,
};
use super::settings::SETTINGS;
use super::types::Type;
use super::verbs::{Accepts, VerbSpec};
use super::{format, help};
use crate::diag::{Diagnostic, Patch, Place, suggest};
use crate::quantity::Unit;

/// The variables of a session.
pub trait Scope {
    /// What the variable of this name holds; `_` and `_7` are variables too.
    fn variable(&self, name: &str) -> Option<Type>;
    /// The names of all, for suggestions.
    fn variables(&self) -> Vec<String>;
}

/// What a checked cell will give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// By statement: the type of its result, or of what it binds.
    pub types: Vec<Type>,
}

/// Checks a cell. With any error among the diagnostics, none of it may run.
pub fn check(cell: &Cell, scope: &dyn Scope) -> (Plan, Vec<Diagnostic>) {
    let bound = cell.lost.iter().map(|name| (name.text.clone(), Type::Any)).collect();
    let mut checker = Checker { scope, bound, found: Vec::new() };
    let types = cell.statements.iter().map(|statement| checker.statement(statement)).collect();
    (Plan { types }, checker.found)
}

struct Checker<'a> {
    scope: &'a dyn Scope,
    /// What earlier statements of the cell bind.
    bound: HashMap<Arc<str>, Type>,
    found: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn variable(&self, name: &str) -> Option<Type> {
        self.bound.get(name).copied().or_else(|| self.scope.variable(name))
    }

    /// Reports an error; what it leaves behind has any type.
    fn report(&mut self, diagnostic: Diagnostic) -> Type {
        self.found.push(diagnostic);
        Type::Any
    }

    fn statement(&mut self, statement: &Statement) -> Type {
        match &statement.kind {
            StatementKind::Let { name, value } => {
                let bound = self.bound(value);
                self.bound.insert(name.text.clone(), bound);
                bound
            }
            StatementKind::Use { labels, .. } => {
                self.use_labels(labels);
                Type::Nothing
            }
            StatementKind::Set { setting, value } => {
                self.setting(setting, value.as_ref());
                Type::Nothing
            }
            StatementKind::Assert { condition, .. } => {
                self.condition(condition, None);
                Type::Nothing
            }
            StatementKind::Help { topic } => {
                if let Some(topic) = topic {
                    self.topic(topic);
                }
                Type::Text
            }
            StatementKind::Query(query) => {
                let result = self.query(query);
                // What the statement gives is `_` for those that follow.
                self.bound.insert("_".into(), result);
                result
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
                format!("`use` adds the label `{}`, so it needs one value", matcher.label.text);
            self.report(
                Diagnostic::error("type-mismatch", message)
                    .at(matcher.place, "only `=` gives a value")
                    .help("select after opening: `cpu{env!=\"test\"}`"),
            );
        }
    }

    fn setting(&mut self, setting: &Name, value: Option<&SetValue>) {
        let wanted = match &*setting.text {
            "cumulative" | "delta" | "gauge" => "the name of a profile type",
            "now" => "a time",
            "publish" => "an address in quotes",
            "range" => "a duration",
            "unpack" => "a size",
            _ => {
                self.unknown_setting(setting);
                return;
            }
        };
        if let Some(value) = value
            && !self.fits_setting(&setting.text, value)
        {
            let message = format!("`set {}` takes {wanted}", setting.text);
            let doc = SETTINGS
                .iter()
                .find(|(name, _)| *name == &*setting.text)
                .map_or("", |(_, doc)| doc);
            self.report(
                Diagnostic::error("type-mismatch", message).at(setting.place, "").help(doc),
            );
        }
    }

    fn fits_setting(&mut self, setting: &str, value: &SetValue) -> bool {
        match value {
            SetValue::Range(range) => {
                self.range(range);
                setting == "range"
            }
            SetValue::Time(time) => {
                self.time(time);
                setting == "now"
            }
            SetValue::Number(number) => {
                setting == "now" || setting == "unpack" && number.unit == Unit::Bytes
            }
            SetValue::Text(_) | SetValue::Name(_) => true,
        }
    }

    fn unknown_setting(&mut self, setting: &Name) {
        let names = SETTINGS.map(|(name, _)| name);
        let near = suggest::suggest(&setting.text, names.into_iter());
        let help = suggest::did_you_mean(&near)
            .unwrap_or_else(|| format!("the settings are `{}`", names.join("`, `")));
        let message = format!("there is no setting `{}`", setting.text);
        self.report(Diagnostic::error("unknown-setting", message).at(setting.place, "").help(help));
    }

    fn topic(&mut self, topic: &Name) {
        if help::page(Some(&topic.text)).is_some() || self.variable(&topic.text).is_some() {
            return;
        }
        let topics = help::topics();
        let near = suggest::suggest(&topic.text, topics.iter().copied());
        let help =
            suggest::did_you_mean(&near).unwrap_or_else(|| "`help` lists what there is".to_owned());
        let message = format!("there is no help on `{}`", topic.text);
        self.report(Diagnostic::error("unknown-topic", message).at(topic.place, "").help(help));
    }

    /// The type of a query, through all of its stages.
    fn query(&mut self, query: &Query) -> Type {
        let (mut piped, mut before) = match &query.source {
            Input::Expr(expr) => (self.expr(expr, None), expr.place),
            Input::Explore(stage) => {
                self.arguments(stage, Type::Nothing);
                ((stage.verb.spec().gives)(Type::Nothing), stage.verb_place)
            }
        };
        for stage in &query.stages {
            let found = self.found.len();
            let series = piped == Type::Series;
            piped = self.stage(stage, piped, before);
            if series && let Some(error) = self.found.get_mut(found) {
                meant_diff(error, &query.source);
            }
            before = stage.verb_place;
        }
        piped
    }

    fn stage(&mut self, stage: &Stage, piped: Type, before: Place) -> Type {
        let spec = stage.verb.spec();
        if !spec.takes(piped) {
            self.arguments(stage, Type::Any);
            return self.report(mismatch(spec, stage.verb_place, piped, before));
        }
        self.arguments(stage, piped);
        (spec.gives)(piped)
    }

    fn arguments(&mut self, stage: &Stage, piped: Type) {
        match &stage.verb {
            Verb::Functions(Some(pattern))
            | Verb::Focus(pattern)
            | Verb::Ignore(pattern)
            | Verb::Hide(pattern)
            | Verb::Show(pattern)
            | Verb::ShowFrom(pattern)
            | Verb::PruneFrom(pattern)
            | Verb::Collapse(Some(pattern))
            | Verb::Callers(pattern)
            | Verb::Callees(pattern)
            | Verb::Sandwich(pattern) => self.pattern(pattern),
            Verb::Diff(baseline) => self.baseline(baseline),
            Verb::Compare(baselines) => self.baselines(baselines, piped, stage.verb_place),
            Verb::Where(condition) | Verb::Assert { condition, .. } => {
                self.condition(condition, Some(piped))
            }
            Verb::Extend { value, .. } => {
                self.expr(value, Some(piped));
            }
            _ => {}
        }
    }

    /// A selection, or with a selector that has no name what differs from the piped one.
    fn baseline(&mut self, baseline: &Expr) {
        if let ExprKind::Select(selector) = &baseline.kind
            && selector.name.is_none()
        {
            return self.conditions(selector);
        }
        let found = self.expr(baseline, None);
        if !found.is_profiles() && found != Type::Any {
            self.report(
                Diagnostic::error("type-mismatch", format!("a selection is needed, got {found}"))
                    .at(baseline.place, format!("this is a {found}"))
                    .help("compare with profiles: `diff {version=\"1\"}`, `diff offset 1d`"),
            );
        }
    }

    fn baselines(&mut self, baselines: &[Expr], piped: Type, verb: Place) {
        if baselines.is_empty() && piped == Type::UNGROUPED {
            self.report(
                Diagnostic::error("no-baseline", "`compare` has nothing to compare with")
                    .at(verb, "with what?")
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

    fn condition(&mut self, condition: &Expr, piped: Option<Type>) {
        let found = self.expr(condition, piped);
        if !matches!(found, Type::Bool | Type::Any) {
            self.report(
                Diagnostic::error("type-mismatch", format!("a condition is needed, got {found}"))
                    .at(condition.place, "neither true nor false")
                    .help("compare it: `self(\"json.*\") < 5%`"),
            );
        }
    }
}

/// `a - b | flame`: arithmetic gives totals over time, which have no stacks.
fn meant_diff(error: &mut Diagnostic, source: &Input) {
    let Input::Expr(expr) = source else { return };
    if let ExprKind::Binary { op: BinaryOp::Subtract, left, right } = &expr.kind {
        let meant = format!("{} | diff {}", format::expr(left), format::expr(right));
        error.help = Some(format!("`-` subtracts totals; for stacks write `{meant}`"));
        error.patch = Some(Patch { place: expr.place, text: meant });
    }
}

/// A verb that does not take what is piped in.
fn mismatch(spec: &VerbSpec, verb: Place, piped: Type, before: Place) -> Diagnostic {
    let message = format!("`{}` needs {}, got {}", spec.name, spec.wanted(), described(piped));
    let error = Diagnostic::error("type-mismatch", message)
        .at(verb, format!("takes {}", spec.wanted()))
        .related(before, format!("gives {}", described(piped)));
    match bridge(spec, piped) {
        Some(help) => error.help(help),
        None => error,
    }
}

fn described(piped: Type) -> &'static str {
    if piped == Type::UNGROUPED { "Profiles that are not grouped" } else { piped.name() }
}

/// What would make of `piped` something that the verb takes.
fn bridge(spec: &VerbSpec, piped: Type) -> Option<String> {
    let wants = |accepts: Accepts| spec.accepts.contains(&accepts);
    let name = spec.name;
    Some(if piped == Type::UNGROUPED && name == "where" {
        "narrow a selection in braces, `cpu{pod=\"a\"}`; filter groups after `by (pod)`, \
         functions after `top`"
            .to_owned()
    } else if piped == Type::UNGROUPED && wants(Accepts::Grouped) {
        format!("group first: `by (pod) | {name}`")
    } else if (piped.is_profiles() || matches!(piped, Type::Tree | Type::Diff))
        && wants(Accepts::Table)
    {
        format!("make a table first: `top 20 | {name}`")
    } else if wants(Accepts::Diff) && piped.is_profiles() {
        format!("compare first: `diff {{version=\"1\"}} | {name}`")
    } else if wants(Accepts::Profiles)
        && matches!(piped, Type::Table | Type::Tree | Type::Diff | Type::Series | Type::View)
    {
        format!("put `{name}` earlier, where there are still Profiles")
    } else if piped == Type::Series && wants(Accepts::Table) {
        format!("make a table first: `table | {name}`")
    } else if piped == Type::Text && wants(Accepts::Profiles) {
        "a text in quotes is only a text: name a profile type without quotes".to_owned()
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests;
