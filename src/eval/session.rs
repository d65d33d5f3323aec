//! A session: open sources, bound names and settings. Runs one cell after another.
//!
//! All statements of a cell are checked before the first one runs. An error stops
//! the cell, but the effects of earlier statements remain, as in any notebook. An
//! interrupt undoes the whole cell.

use std::path::PathBuf;
use std::sync::Arc;

use crate::diag::{Diagnostic, Place, Severity};
use crate::eval::error::{EvalError, Result};
use crate::eval::help;
use crate::eval::query::evaluator::{Evaluator, Export, Piped};
use crate::eval::query::watched::Watched;
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::selection::context::Context;
use crate::eval::selection::earlier::EarlierResults;
use crate::eval::selection::names::in_queries;
use crate::eval::selection::repeated::{Asked, Given, RepeatedResults, Shown};
use crate::eval::selection::scope::{Again, Binding, Bindings, Definition, Kept};
use crate::eval::selection::settings::Settings;
use crate::eval::selection::sources::{Sources, quoted};
use crate::lang::asks::{self, Asks};
use crate::lang::ast::{Bound, Matcher, MatcherValue, Name, Query};
use crate::lang::check::{Scope, check};
use crate::lang::parameters::Parameters;
use crate::lang::plan::{Action, Step};
use crate::lang::types::Type;
use crate::lang::verbs::{ExploreVerb, Verb, ViewVerb};
use crate::lang::{format, parse_with};
use crate::profile::Labels;
use crate::quantity::{Quantity, Unit};
use crate::source::{self, Opening, Source};
use crate::work::{self, Work};

/// Everything a cell can see and change.
#[derive(Clone)]
pub struct Session {
    pub sources: Sources,
    pub bindings: Bindings,
    pub settings: Settings,
    /// The folder of relative file patterns.
    pub base_dir: PathBuf,
    /// What `use "-"` opens; none in a notebook.
    pub stdin: Option<Arc<[u8]>>,
    /// What `$name` and `{name}` mean in the next cell; none where the front end has no
    /// variables of its own.
    pub parameters: Option<Parameters>,
    earlier: EarlierResults,
    repeated: RepeatedResults,
}

/// How one cell is run.
pub struct Cell<'a> {
    pub code: &'a str,
    /// The `n` of `In[n]`.
    pub number: u32,
    /// Whether results become `_` and `_n`.
    pub store: bool,
    pub work: Work<'a>,
    pub export: &'a dyn Export,
    /// Shows the results of all statements but the last.
    pub show: &'a dyn Fn(Outcome),
}

impl Session {
    /// Makes a session whose relative file patterns start at `base_dir`; "" is the current folder.
    pub fn new(base_dir: PathBuf) -> Session {
        // An empty path can be joined but not read as a folder.
        let base_dir = if base_dir.as_os_str().is_empty() { ".".into() } else { base_dir };
        Session {
            sources: Sources::default(),
            bindings: Bindings::default(),
            settings: Settings::default(),
            base_dir,
            stdin: None,
            parameters: None,
            earlier: EarlierResults::default(),
            repeated: RepeatedResults::default(),
        }
    }

    /// Runs a cell and returns the result of its last statement.
    pub fn run(
        &mut self,
        cell: &Cell<'_>,
    ) -> std::result::Result<Option<Outcome>, Vec<Diagnostic>> {
        self.sources.refresh();
        let (parsed, mut found) = parse_with(cell.code, self.parameters.as_ref());
        let (plan, mistakes) = check(&parsed, self);
        found.extend(mistakes);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| found.severity == Severity::Error);
        if !errors.is_empty() {
            return Err(errors);
        }
        let before = self.clone();
        let mut last = None;
        let mut limit = self.memory_limit();
        let mut cancel = cell.work.cancel.within(limit);
        for Step { action, gives } in &plan.steps {
            let Some(action) = action else { continue };
            if let Some(outcome) = last.take() {
                (cell.show)(outcome);
            }
            let cell = &Cell { work: Work { cancel: &cancel, ..cell.work }, ..*cell };
            match self.act(action, *gives, cell) {
                Ok(outcome) => last = outcome,
                Err(EvalError::Cancelled) => {
                    *self = before;
                    let error = match cancel.is_out_of_memory() {
                        true => out_of_memory(limit),
                        false => EvalError::Cancelled.into_diagnostic(),
                    };
                    return Err(vec![error]);
                }
                Err(error) => return Err(vec![error.into_diagnostic()]),
            }
            if let Action::Set { .. } = action {
                self.earlier.shrink(self.settings.history.0 as usize);
                limit = self.memory_limit();
                cancel = cell.work.cancel.within(limit);
            }
        }
        if let Some(Outcome { header, .. }) = last.as_mut().filter(|_| !warnings.is_empty()) {
            header.notes.extend(warnings.into_iter().map(|warning| warning.message));
            // It is not what is kept of it.
            header.number = None;
        }
        Ok(last)
    }

    /// What a cell may take of memory, in bytes.
    fn memory_limit(&self) -> u64 {
        let half = || work::available().map_or(u64::MAX, |available| available / 2);
        self.settings.memory.unwrap_or_else(half)
    }

    fn act(
        &mut self,
        action: &Action<'_>,
        gives: Type,
        cell: &Cell<'_>,
    ) -> Result<Option<Outcome>> {
        match action {
            Action::Let { name, value } => self.bind(name, (value, gives), cell).map(Some),
            Action::Use { targets, labels, alias } => {
                self.open(targets, labels, *alias, cell.work).map(Some)
            }
            Action::Set { setting, place, value } => {
                let (bindings, source) = (&self.bindings, self.sources.newest());
                Ok(Some(note(self.settings.set((setting, *place), *value, bindings, source)?)))
            }
            Action::Assert(assertion) => {
                self.evaluator(cell).assert(None, assertion).map(note).map(Some)
            }
            Action::Help { topic } => {
                let page = help::page(topic.map(|topic| &*topic.text));
                Ok(page.map(|page| outcome(Value::Help(page.plain()))))
            }
            Action::Show { query, asks } => self.show((query, gives), asks, cell).map(Some),
        }
    }

    fn show(
        &mut self,
        (query, gives): (&Query, Type),
        asks: &Asks,
        cell: &Cell<'_>,
    ) -> Result<Outcome> {
        let typed = cell.code.get(query.place.start..query.place.end).unwrap_or_default();
        let texts = (typed, &*format::query(query));
        let asked = Asked::new(texts, &self.bindings, &self.settings, &self.sources);
        let shown = match self.repeated.get(&asked, &self.sources) {
            Some(shown) => {
                shown.asserts.iter().for_each(|checked| cell.export.checked(checked));
                shown
            }
            None => self.run_query(query, asks, asked, cell)?,
        };
        let binding = self.binding(&shown.given, (query, gives), cell)?;
        cell.work.check()?;
        if cell.store {
            if let Binding::Result(result) = &binding {
                self.earlier.add(result.clone(), self.settings.history.0 as usize);
            }
            self.bindings.set("_".into(), binding.clone());
            self.bindings.set(format!("_{}", cell.number).into(), binding);
        }
        Ok(shown.outcome)
    }

    /// Runs a query, and keeps its result for the next time.
    fn run_query(
        &self,
        query: &Query,
        asks: &Asks,
        asked: Asked,
        cell: &Cell<'_>,
    ) -> Result<Shown> {
        let versions = self.sources.versions();
        // What was answered before does not matter.
        self.sources.answers_until();
        let export = Watched::new(cell.export);
        let evaluator = Evaluator { asks, export: &export, ..self.evaluator(cell) };
        let piped = evaluator.query(query)?;
        cell.work.check()?;
        let given = given(&piped);
        let mut outcome = match asserted(query, &piped) {
            Some(note) => self::note(note),
            None => evaluator.shown(piped)?,
        };
        // A saved result says what was asked, also after the variables have changed.
        outcome.header.query = match &self.parameters {
            Some(_) => format::query(query),
            None => one_line(cell.code, query.place),
        };
        outcome.header.selection = format::undrawn(query);
        let shown = Shown { given, outcome, asserts: export.asserts() };
        match export.was_used() || tells_of_requests(query) {
            true => Ok(shown),
            false => Ok(self.repeated.put(asked, (&self.sources, versions), shown)),
        }
    }

    fn evaluator<'a>(&'a self, cell: &Cell<'a>) -> Evaluator<'a> {
        let context = Context {
            sources: &self.sources,
            bindings: &self.bindings,
            settings: &self.settings,
            work: cell.work,
        };
        Evaluator { context, export: cell.export, is_rerun: false, asks: &asks::NOTHING }
    }

    /// Makes a binding: a selection, or a sum of selections, keeps its query, everything
    /// else its value.
    fn binding(
        &self,
        given: &Given,
        (query, gives): (&Query, Type),
        cell: &Cell<'_>,
    ) -> Result<Binding> {
        let gives = match given {
            Given::Profiles { grouped } => Type::Profiles { grouped: *grouped },
            Given::Done(_) => gives,
        };
        let define = || {
            let text = one_line(cell.code, query.place);
            let named = format!("In[{}]", cell.number);
            Definition::new(query.clone(), text, &self.bindings, named, gives)
        };
        let Given::Done(outcome) = given else {
            return Ok(Binding::Profiles(Arc::new(define()?)));
        };
        Ok(match &outcome.value {
            Value::Scalar(scalar) => Binding::Scalar(scalar.clone()),
            _ if gives == Type::Sum => Binding::Profiles(Arc::new(define()?)),
            value => {
                let state = self.evaluator(cell).context.state();
                // A chain of results that is too long cannot run again.
                let definition = if has_effects(query) { None } else { define().ok() };
                let again = definition.map(|definition| Again { definition, state });
                let kind = type_of_value(value);
                Binding::Result(Arc::new(Kept::new(kind, outcome.clone(), again)))
            }
        })
    }

    /// Runs a `let`. Its query runs immediately, so that errors appear here. A selection is
    /// still bound as a query and runs again at each use.
    fn bind(
        &mut self,
        name: &Name,
        (value, gives): (&Bound, Type),
        cell: &Cell<'_>,
    ) -> Result<Outcome> {
        let (binding, description) = match value {
            Bound::Pattern(pattern) => {
                (Binding::Pattern(self.bindings.resolve(pattern)?), "a pattern".to_owned())
            }
            Bound::Query(query) => {
                let piped = self.evaluator(cell).query(query)?;
                let binding = self.binding(&given(&piped), (query, gives), cell)?;
                let description = match &piped {
                    Piped::Done(sum) if gives == Type::Sum => {
                        format!("the sum {}", sum.header.subject)
                    }
                    piped => describe(piped),
                };
                (binding, description)
            }
        };
        self.bindings.set(name.text.clone(), binding);
        Ok(note(format!("{} is {description}", name.text)))
    }

    fn open(
        &mut self,
        targets: &[Name],
        labels: &[Matcher],
        alias: Option<&Name>,
        work: Work<'_>,
    ) -> Result<Outcome> {
        let extra = self.extra_labels(labels)?;
        let opening = Opening {
            labels: &extra,
            base_dir: &self.base_dir,
            unpack: self.settings.unpack,
            stdin: self.stdin.as_deref(),
            servers: &self.settings.servers.options,
        };
        let place = targets.iter().map(|target| target.place).reduce(Place::to).unwrap_or_default();
        let texts: Vec<&str> = targets.iter().map(|target| &*target.text).collect();
        let opened = source::open(&texts, &opening, work)
            .map_err(|error| EvalError::source(&error, place))?;
        let opened: Arc<dyn Source> = Arc::from(opened);
        let types = in_queries(&opened.types());
        let window = opened.extent().map_or_else(String::new, |extent| format!(", {extent}"));
        let text = format!("opened {}{window}: {}", quoted(opened.name()), types.join(", "));
        let (skipped, mut notes) = (opened.skipped().to_vec(), opened.remarks().to_vec());
        notes.extend(self.sources.open(alias.map(|name| name.text.clone()), opened));
        let header = Header { skipped, notes, ..Header::default() };
        Ok(Outcome { value: Value::Note(text), header })
    }

    fn extra_labels(&self, labels: &[Matcher]) -> Result<Labels> {
        let labels = self.bindings.resolve_matchers(labels)?;
        let pairs = labels.into_iter().map(|matcher| match matcher.value {
            MatcherValue::Text(value) => (matcher.label.text, value),
            MatcherValue::Variable(name) => {
                unreachable!("the variable `{name}` has been replaced by its value")
            }
        });
        Ok(pairs.collect())
    }
}

impl Scope for Session {
    fn variable(&self, name: &str) -> Option<Type> {
        self.bindings.get(name).map(type_of)
    }

    fn variables(&self) -> Vec<String> {
        self.bindings.names().map(ToString::to_string).collect()
    }

    fn type_called(&self, recorded: &str) -> Option<String> {
        let types = self.sources.newest()?.types();
        let called = types.iter().position(|kind| kind.is_called(recorded))?;
        in_queries(&types).into_iter().nth(called)
    }
}

/// What a variable holds of a value.
fn given(piped: &Piped) -> Given {
    match piped {
        Piped::Profiles(profiles) => Given::Profiles { grouped: profiles.is_grouped() },
        Piped::Done(outcome) => Given::Done(Arc::new(outcome.clone())),
    }
}

/// The notes of the asserts that a query ends with, which are all it shows.
fn asserted(query: &Query, piped: &Piped) -> Option<String> {
    let asserts =
        query.stages.iter().rev().take_while(|stage| stage.verb.id == Verb::View(ViewVerb::Assert));
    let notes = piped.notes();
    let first = notes.len().checked_sub(asserts.count())?;
    (first < notes.len()).then(|| notes[first..].join("\n"))
}

/// The type of a binding.
pub fn type_of(binding: &Binding) -> Type {
    match binding {
        Binding::Profiles(definition) => definition.gives,
        Binding::Pattern(_) => Type::Pattern,
        Binding::Scalar(scalar) => match scalar {
            Scalar::Number(_) => Type::Number,
            Scalar::Bool(_) => Type::Bool,
            Scalar::Text(_) => Type::Text,
            Scalar::Duration(_) => Type::Duration,
            Scalar::Time(_) => Type::Time,
            Scalar::List(_) => Type::List,
        },
        Binding::Result(result) => result.kind,
    }
}

fn type_of_value(value: &Value) -> Type {
    match value {
        Value::Tree(_) => Type::Tree,
        Value::Diff(_) => Type::Diff,
        Value::Table(_) => Type::Table,
        Value::Series(_) => Type::Series,
        Value::View(_) => Type::View,
        Value::Pattern { .. } => Type::Pattern,
        Value::Scalar(_) | Value::Note(_) | Value::Help(_) => Type::Text,
    }
}

/// Whether a query writes a file or uploads something, so that it must not run again by
/// itself.
fn has_effects(query: &Query) -> bool {
    let is_effect = |verb| matches!(verb, Verb::View(ViewVerb::Save | ViewVerb::Publish));
    query.stages.iter().any(|stage| is_effect(stage.verb.id))
}

/// Whether a query lists the requests that it has made, which the next run does not make.
fn tells_of_requests(query: &Query) -> bool {
    query.stages.iter().any(|stage| stage.verb.id == Verb::Explore(ExploreVerb::Describe))
}

fn out_of_memory(limit: u64) -> Diagnostic {
    let limit = Quantity::new(limit as f64, Unit::Bytes);
    let message = format!("the cell was stopped, because it took {limit} of memory");
    Diagnostic::error("out-of-memory", message)
        .note("the session is as it was before")
        .help("select less: fewer series, or a shorter range; or allow more: set memory 8GiB")
}

/// Describes the value of a `let` in a few words.
fn describe(piped: &Piped) -> String {
    match piped {
        Piped::Profiles(profiles) => {
            let (count, series) = (profiles.snapshots.len(), profiles.series().len());
            format!("{count} profiles of {series} series, {}", profiles.subject)
        }
        Piped::Done(Outcome { value: Value::Scalar(scalar), .. }) => scalar.to_string(),
        Piped::Done(outcome) => format!("a {}", outcome.value.type_name()),
    }
}

fn note(text: String) -> Outcome {
    outcome(Value::Note(text))
}

fn outcome(value: Value) -> Outcome {
    Outcome { value, header: Header::default() }
}

/// A piece of a cell on one line, with its white space collapsed.
fn one_line(code: &str, place: crate::diag::Place) -> String {
    let text = code.get(place.start..place.end).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
