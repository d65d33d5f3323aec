//! A session: the sources that are open, the names that are bound, and cells run one by one.
//!
//! All statements of a cell are checked before the first runs. An error stops
//! the cell where it is; what earlier statements did stays, as in any notebook.
//! An interrupt takes the whole cell back.

use std::path::PathBuf;
use std::sync::Arc;

use crate::diag::{Diagnostic, Severity};
use crate::eval::cumulative::Histories;
use crate::eval::describe::type_name;
use crate::eval::help;
use crate::eval::scope::{Binding, Bindings, Definition, Settings};
use crate::eval::select::{
    Surroundings, cancelled, from_source, label_matcher, resolve_length, resolve_time,
};
use crate::eval::stage::{Evaluator, Export, Piped};
use crate::eval::sums::AddedUp;
use crate::eval::value::{Header, Outcome, Scalar, Value};
use crate::lang::ast::{
    Bound, Expr, Matcher, MatcherOp, Name, RangeKind, SetValue, Statement, StatementKind,
};
use crate::lang::check::{Scope, check};
use crate::lang::types::Type;
use crate::lang::{format, parse};
use crate::profile::kind::short_names;
use crate::profile::{Labels, MatchOp, Temporality};
use crate::quantity::{Quantity, Unit, Window};
use crate::source::{self, Opening, Source, UnpackLimit};
use crate::work::Work;

/// What is open. The last one opened is the default.
#[derive(Clone, Default)]
pub struct Sources {
    open: Vec<Open>,
    histories: Arc<Histories>,
    added: Arc<AddedUp>,
}

/// A source, and the name that `as` gave it.
#[derive(Clone)]
struct Open {
    alias: Option<Arc<str>>,
    source: Arc<dyn Source>,
}

impl Sources {
    /// The one that a selector without `from` asks.
    pub fn newest(&self) -> Option<&dyn Source> {
        self.open.last().map(|open| &*open.source)
    }

    pub fn named(&self, name: &str) -> Option<&dyn Source> {
        let mut newest_first = self.open.iter().rev();
        let found = newest_first.find(|open| open.alias.as_deref() == Some(name));
        found.map(|open| &*open.source)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.open.iter().filter_map(|open| open.alias.as_deref())
    }

    /// What was worked out of totals that only grow, for the next query.
    pub fn histories(&self) -> &Histories {
        &self.histories
    }

    /// What was added up of the snapshots of sources.
    pub fn added(&self) -> &Arc<AddedUp> {
        &self.added
    }

    /// Opening a source again replaces what was open under the same name.
    fn open(&mut self, alias: Option<Arc<str>>, source: Arc<dyn Source>) {
        // They are of snapshots of what was open.
        (self.histories, self.added) = Default::default();
        self.open.retain(|known| {
            let same_source = alias.is_some() || known.source.name() == source.name();
            known.alias != alias || !same_source
        });
        self.open.push(Open { alias, source });
    }
}

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
    pub fn run(&mut self, cell: &Cell<'_>) -> Result<Option<Outcome>, Vec<Diagnostic>> {
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
                    if error.slug == cancelled().slug {
                        *self = before;
                    }
                    return Err(vec![error]);
                }
            }
        }
        if let Some(outcome) = &mut last {
            outcome.header.notes.extend(warnings.into_iter().map(|warning| warning.message));
        }
        Ok(last)
    }

    fn statement(
        &mut self,
        statement: &Statement,
        cell: &Cell<'_>,
    ) -> Result<Option<Outcome>, Diagnostic> {
        match &statement.kind {
            StatementKind::Let { name, value } => self.bind(name, value, cell).map(Some),
            StatementKind::Use { target, labels, alias } => {
                self.open(target, labels, alias.as_ref(), cell.work).map(Some)
            }
            StatementKind::Set { setting, value } => {
                self.set(setting, value.as_ref()).map(|said| Some(note(said)))
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
        let surroundings = Surroundings {
            sources: &self.sources,
            bindings: &self.bindings,
            settings: &self.settings,
            work: cell.work,
            as_recorded: false,
        };
        Evaluator { surroundings, export: cell.export, again: false }
    }

    /// A selection is bound as text, everything else as its value.
    fn binding(
        &self,
        piped: &Piped,
        query: &crate::lang::ast::Query,
        cell: &Cell<'_>,
    ) -> Result<Binding, Diagnostic> {
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
    fn bind(&mut self, name: &Name, value: &Bound, cell: &Cell<'_>) -> Result<Outcome, Diagnostic> {
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
    ) -> Result<Outcome, Diagnostic> {
        let extra = self.extra_labels(labels)?;
        let opening =
            Opening { labels: &extra, base_dir: &self.base_dir, unpack: self.settings.unpack };
        let opened = source::open(&target.text, &opening, work)
            .map_err(|error| from_source(&error, target.place))?;
        let opened: Arc<dyn Source> = Arc::from(opened);
        let types = short_names(opened.types());
        let window = opened.extent().map_or_else(String::new, |extent| format!(", {extent}"));
        let said = format!("opened \"{}\"{window}: {}", target.text, types.join(", "));
        let header = Header { skipped: opened.skipped().to_vec(), ..Header::default() };
        self.sources.open(alias.map(|name| name.text.clone()), opened);
        Ok(Outcome { value: Value::Note(said), header })
    }

    fn extra_labels(&self, labels: &[Matcher]) -> Result<Labels, Diagnostic> {
        let pairs = labels.iter().map(|matcher| match label_matcher(matcher, &self.bindings)?.op {
            MatchOp::Equal(value) if matcher.op == MatcherOp::Equal => {
                Ok((matcher.label.text.clone(), value))
            }
            _ => Err(Diagnostic::error("label-value", "a label that is added needs one value")
                .at(matcher.place, "")
                .help(format!("write {}=\"...\"", matcher.label.text))),
        });
        pairs.collect()
    }

    fn set(&mut self, setting: &Name, value: Option<&SetValue>) -> Result<String, Diagnostic> {
        match &*setting.text {
            "now" => self.set_now(setting, value),
            "range" => self.set_range(setting, value),
            "gauge" => self.set_temporality(setting, value, Temporality::Gauge),
            "cumulative" => self.set_temporality(setting, value, Temporality::Cumulative),
            "delta" => self.set_temporality(setting, value, Temporality::Delta),
            "publish" => self.set_publish(setting, value),
            "unpack" => self.set_unpack(setting, value),
            other => Err(unknown_setting(other, setting)),
        }
    }

    fn set_now(&mut self, setting: &Name, value: Option<&SetValue>) -> Result<String, Diagnostic> {
        match value {
            None => {}
            Some(SetValue::Time(time)) => {
                self.settings.now =
                    Some(resolve_time(time, &self.bindings, &self.settings, self.extent())?);
            }
            Some(SetValue::Name(name)) if &*name.text == "newest" => self.settings.now = None,
            Some(SetValue::Name(name)) => match self.bindings.get(&name.text) {
                Some(Binding::Scalar(Scalar::Time(at))) => self.settings.now = Some(*at),
                _ => return Err(bad_value(setting, "a time, such as 2026-03-01T10:00Z")),
            },
            Some(_) => return Err(bad_value(setting, "a time, such as 2026-03-01T10:00Z")),
        }
        Ok(match self.settings.now {
            Some(now) => format!("now is {now}"),
            None => "now is the newest profile".to_owned(),
        })
    }

    fn set_range(
        &mut self,
        setting: &Name,
        value: Option<&SetValue>,
    ) -> Result<String, Diagnostic> {
        match value {
            None => {}
            Some(SetValue::Range(range)) => match &range.kind {
                RangeKind::Last { length, step: None } => {
                    self.settings.range = Some(resolve_length(length, &self.bindings)?);
                }
                _ => return Err(bad_value(setting, "a length of time, such as 1h")),
            },
            Some(SetValue::Name(name)) if &*name.text == "all" => self.settings.range = None,
            Some(_) => return Err(bad_value(setting, "a length of time, such as 1h, or all")),
        }
        Ok(match self.settings.range {
            Some(range) => format!("a selector without a range covers the last {range}"),
            None => "a selector without a range covers everything".to_owned(),
        })
    }

    /// What is said last of a type is true of it.
    fn set_temporality(
        &mut self,
        setting: &Name,
        value: Option<&SetValue>,
        temporality: Temporality,
    ) -> Result<String, Diagnostic> {
        match value {
            None => {}
            Some(SetValue::Name(name) | SetValue::Text(name)) => {
                self.settings.temporalities.insert(name.text.clone(), temporality);
            }
            Some(_) => return Err(bad_value(setting, "the name of a profile type")),
        }
        let told = self.settings.temporalities.iter().filter(|(_, told)| **told == temporality);
        let told: Vec<&str> = told.map(|(name, _)| &**name).collect();
        let rule = match temporality {
            Temporality::Gauge => "averaged over time besides inuse_* and goroutines",
            Temporality::Cumulative => "totals of which the growth is added up over time",
            Temporality::Delta => "added up over time as recorded",
        };
        let told = if told.is_empty() { "none".to_owned() } else { told.join(", ") };
        Ok(format!("{rule}: {told}"))
    }

    fn set_publish(
        &mut self,
        setting: &Name,
        value: Option<&SetValue>,
    ) -> Result<String, Diagnostic> {
        let variable = |name: &Name| match self.bindings.get(&name.text) {
            Some(Binding::Scalar(Scalar::Text(text))) => Some(Arc::from(text.as_str())),
            _ => None,
        };
        let address = match value {
            None => self.settings.publish.clone(),
            Some(SetValue::Name(name)) if &*name.text == "off" => None,
            Some(SetValue::Text(text)) => Some(text.text.clone()),
            Some(SetValue::Name(name)) if variable(name).is_some() => variable(name),
            Some(_) => return Err(bad_value(setting, ADDRESS)),
        };
        if address.as_deref().is_some_and(|address| !is_web_address(address)) {
            return Err(bad_value(setting, ADDRESS));
        }
        self.settings.publish = address;
        Ok(match &self.settings.publish {
            Some(address) => format!("publish uploads to {address}"),
            None => "publish uploads nothing, unless it names where".to_owned(),
        })
    }

    fn set_unpack(
        &mut self,
        setting: &Name,
        value: Option<&SetValue>,
    ) -> Result<String, Diagnostic> {
        let size = match value {
            None => None,
            Some(SetValue::Name(name)) if &*name.text == "default" => {
                self.settings.unpack = UnpackLimit::default();
                None
            }
            Some(SetValue::Number(number)) => Some((number.value, number.unit.clone())),
            Some(SetValue::Name(name)) => match self.bindings.get(&name.text) {
                Some(Binding::Scalar(Scalar::Number(Quantity { value, unit }))) => {
                    Some((*value, unit.clone()))
                }
                _ => return Err(bad_value(setting, SIZE)),
            },
            Some(_) => return Err(bad_value(setting, SIZE)),
        };
        match size {
            None => {}
            Some((bytes, Unit::Bytes)) if bytes >= 1.0 => {
                self.settings.unpack = UnpackLimit(bytes as u64);
            }
            Some(_) => return Err(bad_value(setting, SIZE)),
        }
        Ok(format!("a file may unpack to {}", self.settings.unpack))
    }

    fn extent(&self) -> Option<Window> {
        self.sources.newest().and_then(Source::extent)
    }

    fn assert(
        &self,
        condition: &Expr,
        message: Option<&Name>,
        cell: &Cell<'_>,
    ) -> Result<Outcome, Diagnostic> {
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
        Piped::Done(outcome) => format!("a {}", type_name(&outcome.value)),
    }
}

fn note(text: String) -> Outcome {
    Outcome { value: Value::Note(text), header: Header::default() }
}

fn help_page(topic: Option<&Name>) -> Result<Outcome, Diagnostic> {
    match help::page(topic.map(|name| &*name.text)) {
        Some(page) => Ok(Outcome { value: Value::Help(page.plain()), header: Header::default() }),
        None => {
            let (text, place) = topic.map(|name| (&*name.text, name.place)).unwrap_or_default();
            Err(Diagnostic::error("unknown-topic", format!("there is no help on `{text}`"))
                .at(place, "")
                .help("help alone lists the topics"))
        }
    }
}

fn unknown_setting(name: &str, setting: &Name) -> Diagnostic {
    Diagnostic::error("unknown-setting", format!("there is no setting `{name}`"))
        .at(setting.place, "")
        .help("settings: cumulative, delta, gauge, now, publish, range, unpack")
}

const SIZE: &str = "a size such as 8GiB, or default";

const ADDRESS: &str = "an address such as \"https://host\", or off";

/// Whether it can be an address at all: `publish` reads the rest.
fn is_web_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn bad_value(setting: &Name, wanted: &str) -> Diagnostic {
    Diagnostic::error("setting-value", format!("`set {}` takes {wanted}", setting.text))
        .at(setting.place, "")
}

/// A piece of a cell, its white space folded.
fn one_line(code: &str, place: crate::diag::Place) -> String {
    let text = code.get(place.start..place.end).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
