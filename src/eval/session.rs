//! A session: the sources that are open, the names that are bound, and cells run one by one.
//!
//! All statements of a cell are checked before the first runs. An error stops
//! the cell where it is; what earlier statements did stays, as in any notebook.
//! An interrupt takes the whole cell back.

use std::path::PathBuf;
use std::sync::Arc;

use crate::diag::{Diagnostic, Severity};
use crate::eval::error::{EvalError, Result};
use crate::eval::help;
use crate::eval::query::evaluator::{Evaluator, Export, Piped};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::selection::context::Context;
use crate::eval::selection::scope::{Binding, Bindings, Definition};
use crate::eval::selection::settings::Settings;
use crate::eval::selection::sources::Sources;
use crate::eval::stacks::matcher::label_matcher;
use crate::lang::ast::{Bound, Expr, Matcher, MatcherOp, Name, Statement, StatementKind};
use crate::lang::check::{Scope, check};
use crate::lang::types::Type;
use crate::lang::{format, parse};
use crate::profile::kind::short_names;
use crate::profile::{Labels, MatchOp};
use crate::source::{self, Opening, Source};
use crate::work::Work;

/// Everything a cell can see and change.
#[derive(Clone)]
pub struct Session {
    pub sources: Sources,
    pub bindings: Bindings,
    pub settings: Settings,
    /// Where relative file patterns start.
    pub base_dir: PathBuf,
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
    /// Relative file patterns start at `base_dir`; "" is the folder of the process.
    pub fn new(base_dir: PathBuf) -> Session {
        // An empty path can be joined but not read as a folder.
        let base_dir = if base_dir.as_os_str().is_empty() { ".".into() } else { base_dir };
        Session {
            sources: Sources::default(),
            bindings: Bindings::default(),
            settings: Settings::default(),
            base_dir,
        }
    }

    /// Runs a cell; gives the result of its last statement.
    pub fn run(
        &mut self,
        cell: &Cell<'_>,
    ) -> std::result::Result<Option<Outcome>, Vec<Diagnostic>> {
        let (parsed, mut found) = parse(cell.code);
        found.extend(check(&parsed, self).1);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| found.severity == Severity::Error);
        if !errors.is_empty() {
            return Err(errors);
        }
        let before = self.clone();
        let mut last = None;
        for statement in &parsed.statements {
            if let Some(outcome) = last.take() {
                (cell.show)(outcome);
            }
            match self.statement(statement, cell) {
                Ok(outcome) => last = outcome,
                Err(error) => {
                    if matches!(error, EvalError::Cancelled) {
                        *self = before;
                    }
                    return Err(vec![error.into_diagnostic()]);
                }
            }
        }
        if let Some(outcome) = &mut last {
            outcome.header.notes.extend(warnings.into_iter().map(|warning| warning.message));
        }
        Ok(last)
    }

    fn statement(&mut self, statement: &Statement, cell: &Cell<'_>) -> Result<Option<Outcome>> {
        match &statement.kind {
            StatementKind::Let { name, value } => self.bind(name, value, cell).map(Some),
            StatementKind::Use { target, labels, alias } => {
                self.open(target, labels, alias.as_ref(), cell.work).map(Some)
            }
            StatementKind::Set { setting, value } => {
                let extent = self.sources.newest().and_then(Source::extent);
                let said = self.settings.set(setting, value.as_ref(), &self.bindings, extent)?;
                Ok(Some(note(said)))
            }
            StatementKind::Assert { condition, message } => {
                self.assert(condition, message.as_ref(), cell).map(Some)
            }
            StatementKind::Help { topic } => help_page(topic.as_ref()).map(Some),
            StatementKind::Query(query) => {
                let evaluator = self.evaluator(cell);
                let piped = evaluator.query(query)?;
                let binding = self.binding(&piped, query, cell)?;
                let mut outcome = evaluator.shown(piped)?;
                outcome.header.query = one_line(cell.code, query.place);
                outcome.header.selection = format::undrawn(query);
                if cell.store {
                    self.bindings.set("_".into(), binding.clone());
                    self.bindings.set(format!("_{}", cell.number).into(), binding);
                }
                Ok(Some(outcome))
            }
        }
    }

    fn evaluator<'a>(&'a self, cell: &Cell<'a>) -> Evaluator<'a> {
        let context = Context {
            sources: &self.sources,
            bindings: &self.bindings,
            settings: &self.settings,
            work: cell.work,
            as_recorded: false,
        };
        Evaluator { context, export: cell.export, is_rerun: false }
    }

    /// A selection is bound as text, everything else as its value.
    fn binding(
        &self,
        piped: &Piped,
        query: &crate::lang::ast::Query,
        cell: &Cell<'_>,
    ) -> Result<Binding> {
        Ok(match piped {
            Piped::Profiles(profiles) => {
                let text = one_line(cell.code, query.place);
                let named = format!("In[{}]", cell.number);
                let (query, grouped) = (query.clone(), profiles.is_grouped());
                let definition = Definition::new(query, text, &self.bindings, named, grouped)?;
                Binding::Profiles(Arc::new(definition))
            }
            Piped::Done(Outcome { value: Value::Scalar(scalar), .. }) => {
                Binding::Scalar(scalar.clone())
            }
            Piped::Done(outcome) => Binding::Result(Arc::new(outcome.clone())),
        })
    }

    /// `let`: the query runs at once, so that a mistake shows where it was made;
    /// a selection is still bound as text and runs anew at each use.
    fn bind(&mut self, name: &Name, value: &Bound, cell: &Cell<'_>) -> Result<Outcome> {
        let (binding, said) = match value {
            Bound::Pattern(pattern) => {
                (Binding::Pattern(self.bindings.resolve(pattern)?), "a pattern".to_owned())
            }
            Bound::Query(query) => {
                let piped = self.evaluator(cell).query(query)?;
                (self.binding(&piped, query, cell)?, said(&piped))
            }
        };
        self.bindings.set(name.text.clone(), binding);
        Ok(note(format!("{} is {said}", name.text)))
    }

    fn open(
        &mut self,
        target: &Name,
        labels: &[Matcher],
        alias: Option<&Name>,
        work: Work<'_>,
    ) -> Result<Outcome> {
        let extra = self.extra_labels(labels)?;
        let opening =
            Opening { labels: &extra, base_dir: &self.base_dir, unpack: self.settings.unpack };
        let opened = source::open(&target.text, &opening, work)
            .map_err(|error| EvalError::source(&error, target.place))?;
        let opened: Arc<dyn Source> = Arc::from(opened);
        let types = short_names(opened.types());
        let window = opened.extent().map_or_else(String::new, |extent| format!(", {extent}"));
        let said = format!("opened \"{}\"{window}: {}", target.text, types.join(", "));
        let header = Header { skipped: opened.skipped().to_vec(), ..Header::default() };
        self.sources.open(alias.map(|name| name.text.clone()), opened);
        Ok(Outcome { value: Value::Note(said), header })
    }

    fn extra_labels(&self, labels: &[Matcher]) -> Result<Labels> {
        let labels = self.bindings.resolve_matchers(labels)?;
        let pairs = labels.iter().map(|matcher| match label_matcher(matcher)?.op {
            MatchOp::Equal(value) if matcher.op == MatcherOp::Equal => {
                Ok((matcher.label.text.clone(), value))
            }
            _ => Err(Diagnostic::error("label-value", "a label that is added needs one value")
                .at(matcher.place, "")
                .help(format!("write {}=\"...\"", matcher.label.text))
                .into()),
        });
        pairs.collect()
    }

    fn assert(&self, condition: &Expr, message: Option<&Name>, cell: &Cell<'_>) -> Result<Outcome> {
        let measured = self.evaluator(cell).assert(None, condition, message)?;
        let text = one_line(cell.code, condition.place);
        Ok(note(if measured.is_empty() {
            format!("holds: {text}")
        } else {
            format!("holds: {text} ({measured})")
        }))
    }
}

impl Scope for Session {
    fn variable(&self, name: &str) -> Option<Type> {
        self.bindings.get(name).map(type_of)
    }

    fn variables(&self) -> Vec<String> {
        self.bindings.names().map(ToString::to_string).collect()
    }
}

/// The type of what a name is bound to.
pub fn type_of(binding: &Binding) -> Type {
    match binding {
        Binding::Profiles(definition) => Type::Profiles { grouped: definition.grouped },
        Binding::Pattern(_) => Type::Pattern,
        Binding::Scalar(scalar) => match scalar {
            Scalar::Number(_) => Type::Number,
            Scalar::Bool(_) => Type::Bool,
            Scalar::Text(_) => Type::Text,
            Scalar::Duration(_) => Type::Duration,
            Scalar::Time(_) => Type::Time,
            Scalar::List(_) => Type::List,
        },
        Binding::Result(outcome) => match &outcome.value {
            Value::Tree(_) => Type::Tree,
            Value::Diff(_) => Type::Diff,
            Value::Table(_) => Type::Table,
            Value::Series(_) => Type::Series,
            Value::View(_) => Type::View,
            Value::Pattern { .. } => Type::Pattern,
            Value::Scalar(_) | Value::Note(_) | Value::Help(_) => Type::Text,
        },
    }
}

/// What a `let` bound, in a few words.
fn said(piped: &Piped) -> String {
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
    Outcome { value: Value::Note(text), header: Header::default() }
}

fn help_page(topic: Option<&Name>) -> Result<Outcome> {
    match help::page(topic.map(|name| &*name.text)) {
        Some(page) => Ok(Outcome { value: Value::Help(page.plain()), header: Header::default() }),
        None => {
            let (text, place) = topic.map(|name| (&*name.text, name.place)).unwrap_or_default();
            Err(Diagnostic::error("unknown-topic", format!("there is no help on `{text}`"))
                .at(place, "")
                .help("help alone lists the topics")
                .into())
        }
    }
}

/// A piece of a cell, its white space folded.
fn one_line(code: &str, place: crate::diag::Place) -> String {
    let text = code.get(place.start..place.end).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
