//! The names in a session, for completion and inspection.
//!
//! They are computed for each question from what is in memory: a question comes once per
//! key, and names change with every cell. No query is run; a selection is looked up by
//! its labels and window, and the answer uses what was read before the deadline.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::narrow::{Narrowing, narrowings};
use super::subject::text_of;
use super::weigh::{Frames, Seen, Weighed};
use super::{About, Named, Names, Subject};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::{Outcome, Value};
use crate::eval::selection::context::Context;
use crate::eval::selection::names::{find_type, in_queries};
use crate::eval::selection::scope::{Binding, Bindings};
use crate::eval::session::Session;
use crate::eval::stacks::matcher::label_matcher;
use crate::lang::Scope;
use crate::lang::asks;
use crate::lang::ast::{Bound, Matcher, Name, Selector};
use crate::lang::format;
use crate::lang::help::Section;
use crate::lang::pattern::Glob;
use crate::lang::types::Type;
use crate::profile::{Labels, ProfileType, Snapshot, Temporality};
use crate::quantity::{Quantity, Unit, Window};
use crate::source::{Asked, Request, Selection, Source, nearby};
use crate::work::{Cancel, Unwatched, Work};

/// The deadline; editors wait no longer.
const PATIENCE: Duration = Duration::from_millis(30);
/// The deadline for a server. What it has answered before is there at once.
const PATIENCE_FOR_SERVER: Duration = Duration::from_millis(300);
/// The most items in a menu.
const MOST: usize = 200;
/// The most rows of a table on a page.
const LISTED: usize = 10;
/// The longest chain of definitions.
const DEPTH: usize = 100;

/// The weights of the last question about frames, because each key typed in a name asks
/// the same question. Valid for one state of a session.
#[derive(Default)]
pub struct Recall(Mutex<Option<(String, Arc<Frames>)>>);

/// The names in a session.
pub struct SessionNames<'a> {
    session: &'a Session,
    recall: &'a Recall,
    cancel: Cancel,
    deadline: Instant,
}

impl<'a> SessionNames<'a> {
    /// For one question.
    pub fn new(session: &'a Session, recall: &'a Recall) -> Self {
        let newest = session.sources.newest();
        let patience = match newest.is_none_or(|source| source.lists_profiles()) {
            true => PATIENCE,
            false => PATIENCE_FOR_SERVER,
        };
        let deadline = Instant::now() + patience;
        SessionNames { session, recall, cancel: Cancel::at(deadline), deadline }
    }

    fn work(&self) -> Work<'_> {
        Work { cancel: &self.cancel, watch: &Unwatched }
    }

    fn context<'s>(&'s self, bindings: &'s Bindings) -> Context<'s> {
        Context {
            sources: &self.session.sources,
            bindings,
            settings: &self.session.settings,
            work: self.work(),
        }
    }

    /// The selections in question: one of each profile type, or those of the subject.
    fn selected(&self, of: Option<&Subject>) -> Selected {
        let Some(of) = of else {
            let Some(source) = self.session.sources.newest() else {
                return Selected::default();
            };
            let kinds = source.types();
            let all = kinds.iter().map(|kind| Request {
                kind,
                matchers: &[],
                window: None,
                asked: Asked::EVERYTHING,
            });
            let selections = all.filter_map(|all| self.read(source, &all)).collect();
            return Selected { selections, narrowings: Vec::new() };
        };
        self.follow(of.clone(), &self.bindings(of), DEPTH).unwrap_or_default()
    }

    /// The variables of the session and of the cell itself.
    fn bindings(&self, of: &Subject) -> Bindings {
        let mut bindings = self.session.bindings.clone();
        for (name, bound) in &of.bound {
            let binding = match bound {
                Bound::Pattern(pattern) => bindings.resolve(pattern).ok().map(Binding::Pattern),
                Bound::Query(query) => {
                    text_of(query).map(|text| Binding::Scalar(Scalar::Text(text.to_string())))
                }
            };
            if let Some(binding) = binding {
                bindings.set(name.clone(), binding);
            }
        }
        bindings
    }

    /// Resolves variables down to a profile type. Names in the cell have the bindings of
    /// the cell; names in a definition have those of the definition.
    fn follow(&self, mut of: Subject, bindings: &Bindings, depth: usize) -> Option<Selected> {
        of.selection.matchers = resolved(&of.selection.matchers, bindings);
        let narrowings = narrowings(&std::mem::take(&mut of.stages), bindings);
        let name = of.selection.name.as_ref()?;
        let mut selected = match bindings.get(&name.text) {
            Some(Binding::Profiles(definition)) => {
                let of = Subject::of_query(&definition.query)?.narrowed(of);
                self.follow(of, &definition.bindings, depth.checked_sub(1)?)?
            }
            Some(_) => return None,
            None => Selected {
                selections: vec![self.select(&of.selection, name, bindings)?],
                narrowings: Vec::new(),
            },
        };
        selected.narrowings.extend(narrowings);
        Some(selected)
    }

    fn select(&self, of: &Selector, name: &Name, bindings: &Bindings) -> Option<Selection> {
        let context = self.context(bindings);
        let source = context.source(of.from.as_ref(), name.place).ok()?;
        let kind = find_type(source, name).ok()?;
        let matchers: Vec<_> = resolved(&of.matchers, bindings)
            .iter()
            .filter_map(|matcher| label_matcher(matcher).ok())
            .collect();
        let window = context.window(of, &kind, source).ok().and_then(|(window, _)| window);
        self.read(
            source,
            &Request { kind: &kind, matchers: &matchers, window, asked: Asked::EVERYTHING },
        )
    }

    /// No profile of a server is fetched while somebody types.
    fn read(&self, source: &dyn Source, request: &Request<'_>) -> Option<Selection> {
        if !source.lists_profiles() {
            return None;
        }
        let context = self.context(&self.session.bindings);
        let found = source.select(request, self.work()).ok()?;
        context
            .counted(source, request, found, &asks::NOTHING)
            .ok()?
            .selection
            .read(self.work())
            .ok()
    }

    /// The server that is asked for names, and the types in question; none if the source has
    /// its profiles at hand.
    fn server(&self, of: Option<&Subject>) -> Option<(&dyn Source, Vec<ProfileType>)> {
        let from = of.and_then(|of| of.selection.from.as_ref());
        let sources = &self.session.sources;
        let source = from.map_or_else(|| sources.newest(), |name| sources.named(&name.text))?;
        let name = of.and_then(|of| of.selection.name.as_ref());
        let only = name.and_then(|name| find_type(source, name).ok());
        let kinds = only.map_or_else(|| source.types(), |kind| vec![kind]);
        (!source.lists_profiles()).then_some((source, kinds))
    }

    fn seen<'s>(&'s self, of: &'s Selected) -> Seen<'s> {
        Seen { selections: &of.selections, narrowings: &of.narrowings, work: self.work() }
    }

    fn weighed_frames(&self, of: Option<&Subject>, field: &str) -> Arc<Frames> {
        let asked = of.map(|of| format!("{of} {:?}", of.bound)).unwrap_or_default();
        let asked = format!("{field} {asked}");
        let mut last = self.recall.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, frames)) = last.as_ref().filter(|(question, _)| *question == asked) {
            return frames.clone();
        }
        let selected = self.selected(of);
        let frames = Arc::new(self.seen(&selected).frames(field));
        // An answer cut short by the deadline is not kept.
        if frames.seen_all && !selected.selections.is_empty() {
            *last = Some((asked, frames.clone()));
        }
        frames
    }

    fn find_type(&self, name: &str) -> Option<ProfileType> {
        let name = Name { text: name.into(), place: Default::default() };
        find_type(self.session.sources.newest()?, &name).ok()
    }

    fn about_variable(&self, name: &str) -> Vec<(String, String)> {
        match self.session.bindings.get(name) {
            None => Vec::new(),
            Some(Binding::Profiles(definition)) => {
                let mut facts =
                    vec![entry("text", &definition.text), entry("from", &definition.cell)];
                let found = self.selected(Some(&Subject::everything(name)));
                facts.extend(found.selections.iter().flat_map(size));
                facts
            }
            Some(Binding::Pattern(pattern)) => vec![entry("text", format::pattern(pattern))],
            Some(Binding::Scalar(scalar)) => {
                vec![entry("value", scalar)]
            }
            Some(Binding::Result(result)) => {
                let Some(outcome) = result.value() else {
                    let definition = result.again.as_ref().map(|again| &again.definition.text);
                    return definition.into_iter().map(|text| entry("text", text)).collect();
                };
                let mut facts = vec![entry("text", &outcome.header.query)];
                if let Value::Table(table) = &outcome.value {
                    facts.push(entry("rows", table.height().to_string()));
                    facts.push(entry("columns", table.names().join(", ")));
                }
                facts.extend(outcome.header.total.as_ref().map(|total| entry("total", total)));
                facts.retain(|(_, text)| !text.is_empty());
                facts
            }
        }
    }

    fn about_type(&self, name: &str) -> Vec<(String, String)> {
        let Some(kind) = self.find_type(name) else {
            return Vec::new();
        };
        let over_time = match kind.temporality {
            Temporality::Delta => "summed",
            Temporality::Gauge => "averaged over snapshots",
            Temporality::Cumulative => "the sum of the growth between snapshots",
        };
        let mut facts =
            vec![entry("id", &kind.id), entry("unit", &kind.unit), entry("over_time", over_time)];
        let found = self.follow(Subject::everything(name), &Bindings::default(), 0);
        facts.extend(found.unwrap_or_default().selections.iter().flat_map(size));
        facts
    }

    fn about_label(&self, of: Option<&Subject>, label: &str) -> Vec<Section> {
        let selected = self.selected(of);
        let seen = self.seen(&selected);
        let labels = seen.labels();
        let Some((_, coverage)) = labels.iter().find(|(name, _)| &**name == label) else {
            return Vec::new();
        };
        let (values, whole) = seen.values(label);
        let facts = vec![
            entry("coverage", percent(*coverage, 1.0)),
            entry("values", values.len().to_string()),
        ];
        vec![
            Section { heading: "Facts", entries: facts },
            Section { heading: "Top values", entries: shares(&values, whole) },
        ]
    }

    fn about_value(&self, of: Option<&Subject>, label: &str, value: &str) -> Vec<Section> {
        let selected = self.selected(of);
        let (values, whole) = self.seen(&selected).values(label);
        let Some((_, weight)) = values.iter().find(|(name, _)| &**name == value) else {
            return Vec::new();
        };
        let mut facts = vec![entry("share", percent(*weight, whole))];
        if let [only] = &selected.selections[..] {
            facts.insert(0, entry("total", Quantity::new(*weight, only.kind.unit.clone())));
        }
        let rank = values.iter().position(|(name, _)| &**name == value).map_or(0, |at| at + 1);
        facts.push(entry("rank", format!("{rank} of {}", values.len())));
        vec![Section { heading: "Facts", entries: facts }]
    }

    fn about_function(&self, of: Option<&Subject>, name: &str) -> Vec<Section> {
        let mut selected = self.selected(of);
        if of.is_none() {
            // Costs of several types cannot be added, so only the first is used.
            selected.selections.truncate(1);
        }
        let [only] = &selected.selections[..] else {
            return Vec::new();
        };
        let cost = self.seen(&selected).cost(&Glob::new(name), LISTED);
        if cost.functions.is_empty() {
            return Vec::new();
        }
        let figure = |value: f64| {
            let quantity = Quantity::new(value, only.kind.unit.clone());
            format!("{quantity} ({})", percent(value, cost.whole))
        };
        let mut facts = Vec::new();
        let is_one = cost.functions.len() == 1;
        if let Some((package, file)) = cost.place.as_ref().filter(|_| is_one) {
            facts.extend([entry("package", package), entry("file", file)]);
        }
        facts.extend([entry("self", figure(cost.self_value)), entry("total", figure(cost.total))]);
        facts.retain(|(_, text)| !text.is_empty());
        let mut sections = vec![Section { heading: "Facts", entries: facts }];
        if !is_one {
            let entries = shares(&cost.functions, cost.whole);
            sections.push(Section { heading: "Functions", entries });
        }
        let entries = shares(&cost.callers, cost.whole);
        sections.push(Section { heading: "Top callers", entries });
        sections
    }
}

impl Scope for SessionNames<'_> {
    fn variable(&self, name: &str) -> Option<Type> {
        self.session.variable(name)
    }

    fn variables(&self) -> Vec<String> {
        self.session.variables()
    }
}

impl Names for SessionNames<'_> {
    fn profile_types(&self) -> Vec<Named> {
        let types = self.session.sources.newest().map(Source::types).unwrap_or_default();
        let names = in_queries(&types).into_iter().zip(&types);
        names.map(|(name, kind)| Named::new(name, kind.unit.to_string())).collect()
    }

    fn recorded_types(&self) -> Vec<Named> {
        let types = self.session.sources.newest().map(Source::types).unwrap_or_default();
        let names = types.iter().map(ProfileType::sample_type);
        names.zip(&types).map(|(name, kind)| Named::new(name, kind.unit.to_string())).collect()
    }

    fn labels(&self, of: Option<&Subject>) -> Vec<Named> {
        if let Some((source, kinds)) = self.server(of) {
            let found = kinds.iter().map(|kind| source.known_names(kind, None, self.work()));
            return without_shares(found);
        }
        with_shares(self.seen(&self.selected(of)).labels(), 1.0)
    }

    fn values(&self, of: Option<&Subject>, label: &str) -> Vec<Named> {
        if let Some((source, kinds)) = self.server(of) {
            let found = kinds.iter().map(|kind| source.known_names(kind, Some(label), self.work()));
            return without_shares(found);
        }
        let (values, whole) = self.seen(&self.selected(of)).values(label);
        with_shares(values, whole)
    }

    fn frames(&self, of: Option<&Subject>, field: &str, wanted: &str) -> Vec<Named> {
        let frames = self.weighed_frames(of, field);
        with_shares(frames.holding(wanted, MOST), frames.whole)
    }

    fn columns(&self, variable: &str) -> Vec<Named> {
        match self.session.bindings.get(variable) {
            Some(Binding::Result(result)) => match result.value().as_deref() {
                Some(Outcome { value: Value::Table(table), .. }) => {
                    let units = table.units.iter().map(ToString::to_string);
                    let named = table.names().into_iter().zip(units);
                    named.map(|(name, unit)| Named::new(name, unit)).collect()
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn unit(&self, of: &Subject) -> Option<String> {
        let found = self.selected(Some(of)).selections;
        found.first().map(|selection| selection.kind.unit.to_string())
    }

    fn sources(&self) -> Vec<String> {
        self.session.sources.names().map(str::to_owned).collect()
    }

    fn edges(&self) -> Option<(String, String)> {
        let extent = self.session.sources.newest()?.extent()?;
        Some((extent.start.to_string(), extent.end.to_string()))
    }

    fn paths(&self, typed: &str) -> Vec<String> {
        nearby::nearby(typed, &self.session.base_dir, self.deadline)
    }

    fn facts(&self, of: Option<&Subject>, about: About<'_>) -> Vec<Section> {
        let facts = |entries: Vec<(String, String)>| match entries.is_empty() {
            true => Vec::new(),
            false => vec![Section { heading: "Facts", entries }],
        };
        match about {
            About::Variable(name) => facts(self.about_variable(name)),
            About::Type(name) => facts(self.about_type(name)),
            About::Label(label) => self.about_label(of, label),
            About::Value { label, value } => self.about_value(of, label, value),
            About::Function(name) => self.about_function(of, name),
        }
    }
}

/// The selections of a subject.
#[derive(Default)]
struct Selected {
    selections: Vec<Selection>,
    /// The stages applied to their stacks.
    narrowings: Vec<Narrowing>,
}

/// The matchers with variables replaced; those with unknown variables are left out.
fn resolved(matchers: &[Matcher], bindings: &Bindings) -> Vec<Matcher> {
    let one = |matcher: &Matcher| bindings.resolve_matchers(std::slice::from_ref(matcher)).ok();
    matchers.iter().filter_map(one).flatten().collect()
}

/// The window, the profiles, the series and the total of a selection.
fn size(found: &Selection) -> Vec<(String, String)> {
    let window = found.snapshots.iter().map(Snapshot::window).reduce(Window::union);
    let series: BTreeSet<&Labels> = found.snapshots.iter().map(|s| &s.labels).collect();
    let mut facts =
        vec![entry("profiles", format!("{} of {} series", found.snapshots.len(), series.len()))];
    facts.extend(window.map(|window| entry("window", window)));
    if found.kind.temporality == Temporality::Delta {
        let total: f64 = found.snapshots.iter().map(|s| s.total as f64).sum();
        facts.push(entry("total", Quantity::new(total, found.kind.unit.clone())));
    }
    facts
}

fn entry(name: &str, text: impl ToString) -> (String, String) {
    (name.to_owned(), text.to_string())
}

fn percent(part: f64, whole: f64) -> String {
    let share = if whole == 0.0 { 0.0 } else { 100.0 * part / whole };
    Quantity::new(share, Unit::Percent).to_string()
}

/// The names that came before the deadline. A server does not say how much each one weighs.
fn without_shares(found: impl Iterator<Item = Arc<BTreeSet<Arc<str>>>>) -> Vec<Named> {
    let found: Vec<_> = found.collect();
    let names: BTreeSet<&str> = found.iter().flat_map(|names| names.iter()).map(|n| &**n).collect();
    names.into_iter().map(|name| Named::new(name, "")).collect()
}

fn with_shares(names: Vec<Weighed>, whole: f64) -> Vec<Named> {
    names.into_iter().map(|(name, weight)| Named::new(&*name, percent(weight, whole))).collect()
}

fn shares(names: &[Weighed], whole: f64) -> Vec<(String, String)> {
    let shown = names.iter().take(LISTED);
    let named = |name: &str| {
        if name.is_empty() { "(root)".to_owned() } else { name.to_owned() }
    };
    shown.map(|(name, weight)| (named(name), percent(*weight, whole))).collect()
}
