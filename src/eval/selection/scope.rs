//! Variables: what names in a cell mean.
//!
//! A selection is bound as text, not as data: a [`Definition`] keeps the query and its
//! bindings, and runs again at each use. All other values are bound as they are. The
//! results of cells can be let go to save memory; see `earlier`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use crate::diag::{Diagnostic, Place};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::Outcome;
use crate::lang::ast::{FramePattern, Matcher, MatcherValue, Pattern, PatternKind, Query, Step};
use crate::lang::types::Type;

/// The variables in scope; cheap to clone, because each `let` captures them.
#[derive(Debug, Clone, Default)]
pub struct Bindings(FxHashMap<Arc<str>, Binding>);

#[derive(Debug, Clone)]
pub enum Binding {
    /// A selection, evaluated at each use.
    Profiles(Arc<Definition>),
    /// A frame pattern whose own variables are already replaced.
    Pattern(Pattern),
    Scalar(Scalar),
    /// A tree, table, series or view.
    Result(Arc<Kept>),
}

/// A result that may be let go; then its query runs again.
#[derive(Debug)]
pub struct Kept {
    pub kind: Type,
    bytes: usize,
    value: Mutex<Option<Arc<Outcome>>>,
    /// How to get it again; none if that is impossible.
    pub again: Option<Again>,
}

/// A query, and the state in which it gave a result.
#[derive(Debug)]
pub struct Again {
    pub definition: Definition,
    pub state: State,
}

/// What the result of a query depends on, besides its own bindings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The number of the last `use`.
    pub opened: u64,
    /// The settings that change results, as text.
    pub settings: String,
}

impl Kept {
    pub fn new(kind: Type, value: Arc<Outcome>, again: Option<Again>) -> Kept {
        Kept { kind, bytes: value.bytes(), value: Mutex::new(Some(value)), again }
    }

    /// The result, if it is in memory.
    pub fn value(&self) -> Option<Arc<Outcome>> {
        self.locked().clone()
    }

    /// The size of the result in bytes, also when it has been let go.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn let_go(&self) {
        *self.locked() = None;
    }

    fn locked(&self) -> MutexGuard<'_, Option<Arc<Outcome>>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A query with a name.
#[derive(Debug)]
pub struct Definition {
    pub query: Query,
    pub bindings: Bindings,
    /// `In[3]`
    pub cell: String,
    /// The query as typed, in one line.
    pub text: String,
    /// Profiles, or a sum of these.
    pub gives: Type,
    /// 1 for a query that uses no other definition.
    depth: usize,
}

/// The longest chain of definitions; all run again at each use.
const MAX_DEPTH: usize = 100;

/// The most frame tests in a pattern and in the patterns that it names.
const MAX_STEPS: usize = 10_000;

impl Definition {
    /// A query as typed, with the bindings that it names.
    pub fn new(
        query: Query,
        text: String,
        bindings: &Bindings,
        cell: String,
        gives: Type,
    ) -> Result<Definition, Diagnostic> {
        let bindings = bindings.named_in(&text);
        let depth = bindings.depth() + 1;
        if depth > MAX_DEPTH {
            let message = format!("this uses a chain of {MAX_DEPTH} selections");
            return Err(Diagnostic::error("too-deep", message)
                .at(query.place, "")
                .help("write the selection again, starting from a profile type"));
        }
        Ok(Definition { query, bindings, cell, text, gives, depth })
    }

    /// The same definition with another query, which may also use the bindings of
    /// `others`.
    pub fn with_query(&self, query: Query, others: &Bindings) -> Definition {
        let mut bindings = others.clone();
        bindings.0.extend(self.bindings.0.clone());
        let (cell, text) = (self.cell.clone(), self.text.clone());
        Definition { query, bindings, cell, text, gives: self.gives, depth: self.depth }
    }

    fn means_the_same(&self, other: &Definition) -> bool {
        self.query == other.query
            && self.text == other.text
            && self.bindings.mean_the_same(&other.bindings)
    }
}

impl Binding {
    fn means_the_same(&self, other: &Binding) -> bool {
        match (self, other) {
            (Binding::Profiles(one), Binding::Profiles(other)) => {
                Arc::ptr_eq(one, other) || one.means_the_same(other)
            }
            (Binding::Pattern(one), Binding::Pattern(other)) => one == other,
            (Binding::Scalar(one), Binding::Scalar(other)) => one == other,
            (Binding::Result(one), Binding::Result(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Bindings {
    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.0.get(name)
    }

    pub fn set(&mut self, name: Arc<str>, binding: Binding) {
        self.0.insert(name, binding);
    }

    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.keys()
    }

    /// The bindings that a text may name. Keeping all of them would keep every earlier
    /// result in memory for the whole session.
    pub fn named_in(&self, text: &str) -> Bindings {
        // A colon is part of a name, except before a step in brackets: `[window:step]`.
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let words = text.split(|c| !is_word(c)).chain(text.split(|c| !is_word(c) && c != ':'));
        let found = words.filter_map(|word| self.0.get_key_value(word));
        Bindings(found.map(|(name, binding)| (name.clone(), binding.clone())).collect())
    }

    /// Whether a query has the same result with either. Results are the same if they are of
    /// the same run.
    pub fn mean_the_same(&self, other: &Bindings) -> bool {
        let is_same = |(name, binding): (&Arc<str>, &Binding)| {
            other.get(name).is_some_and(|other| binding.means_the_same(other))
        };
        self.0.len() == other.0.len() && self.0.iter().all(is_same)
    }

    /// The size of the results among them, in bytes.
    pub fn bytes(&self) -> usize {
        let of_result = |binding: &Binding| match binding {
            Binding::Result(result) => result.bytes(),
            Binding::Profiles(definition) => definition.bindings.bytes(),
            Binding::Pattern(_) | Binding::Scalar(_) => 0,
        };
        self.0.values().map(of_result).sum()
    }

    /// The longest chain of definitions in these bindings.
    fn depth(&self) -> usize {
        let definitions = self.0.values().map(|binding| match binding {
            Binding::Profiles(definition) => definition.depth,
            Binding::Pattern(_) | Binding::Scalar(_) | Binding::Result(_) => 0,
        });
        definitions.max().unwrap_or(0)
    }

    /// The text of a variable, for a matcher or a pattern.
    pub fn text(&self, name: &str, place: Place) -> Result<Arc<str>, Diagnostic> {
        match self.get(name) {
            Some(Binding::Scalar(Scalar::Text(text))) => Ok(text.as_str().into()),
            Some(Binding::Scalar(Scalar::Number(number))) => Ok(number.value.to_string().into()),
            Some(_) => Err(Diagnostic::error("type-mismatch", format!("`{name}` is not a text"))
                .at(place, "a text is needed here")),
            None => Err(self.unquoted(name, place)),
        }
    }

    fn unquoted(&self, name: &str, place: Place) -> Diagnostic {
        Diagnostic::error("unquoted", format!("`{name}` is not a variable"))
            .at(place, "not a variable")
    }

    /// The pattern with every variable replaced by its value.
    pub fn resolve(&self, pattern: &Pattern) -> Result<Pattern, Diagnostic> {
        // Each variable may name another one twice, so a few lines make a pattern that
        // fills the memory.
        if self.count_steps(pattern, MAX_STEPS).is_none() {
            let message = format!("the pattern has more than {MAX_STEPS} parts");
            return Err(Diagnostic::error("too-deep", message)
                .at(pattern.place, "with the patterns that it names")
                .help("write one regex instead: `~'a|b|c'`"));
        }
        self.replace(pattern)
    }

    /// What is left of a number of steps after those of the pattern; none if it has more.
    fn count_steps(&self, pattern: &Pattern, left: usize) -> Option<usize> {
        let all = |patterns: &[Pattern]| {
            patterns.iter().try_fold(left, |left, inner| self.count_steps(inner, left))
        };
        match &pattern.kind {
            PatternKind::Or(patterns) | PatternKind::And(patterns) => all(patterns),
            PatternKind::Not(inner) => self.count_steps(inner, left),
            PatternKind::Path(steps) => steps.iter().try_fold(left, |left, step| {
                let left = left.checked_sub(1)?;
                match &step.frame {
                    FramePattern::Variable(name) => match self.get(name) {
                        Some(Binding::Pattern(pattern)) => self.count_steps(pattern, left),
                        _ => Some(left),
                    },
                    FramePattern::Group(pattern) => self.count_steps(pattern, left),
                    _ => Some(left),
                }
            }),
        }
    }

    fn replace(&self, pattern: &Pattern) -> Result<Pattern, Diagnostic> {
        let all = |patterns: &[Pattern]| {
            patterns.iter().map(|inner| self.replace(inner)).collect::<Result<Vec<_>, _>>()
        };
        let kind = match &pattern.kind {
            PatternKind::Or(patterns) => PatternKind::Or(all(patterns)?),
            PatternKind::And(patterns) => PatternKind::And(all(patterns)?),
            PatternKind::Not(inner) => PatternKind::Not(Box::new(self.replace(inner)?)),
            PatternKind::Path(steps) => PatternKind::Path(
                steps.iter().map(|step| self.resolve_step(step)).collect::<Result<_, _>>()?,
            ),
        };
        Ok(Pattern { kind, place: pattern.place })
    }

    fn resolve_step(&self, step: &Step) -> Result<Step, Diagnostic> {
        let frame = match &step.frame {
            FramePattern::Variable(name) => match self.get(name) {
                Some(Binding::Pattern(pattern)) => FramePattern::Group(Box::new(pattern.clone())),
                _ => FramePattern::Glob(self.text(name, step.place)?),
            },
            FramePattern::RegexVariable(name) => FramePattern::Regex(self.text(name, step.place)?),
            FramePattern::Fields(matchers) => {
                FramePattern::Fields(self.resolve_matchers(matchers)?)
            }
            FramePattern::Group(pattern) => FramePattern::Group(Box::new(self.replace(pattern)?)),
            FramePattern::Glob(_) | FramePattern::Regex(_) => step.frame.clone(),
        };
        Ok(Step { frame, ..step.clone() })
    }

    pub fn resolve_matchers(&self, matchers: &[Matcher]) -> Result<Vec<Matcher>, Diagnostic> {
        let resolve = |matcher: &Matcher| {
            let value = match &matcher.value {
                MatcherValue::Text(text) => text.clone(),
                MatcherValue::Variable(name) => self.text(name, matcher.value_place)?,
            };
            Ok(Matcher { value: MatcherValue::Text(value), ..matcher.clone() })
        };
        matchers.iter().map(resolve).collect()
    }
}
