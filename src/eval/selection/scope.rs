//! Variables: what names in a cell mean.
//!
//! A selection is bound as text, not as data: a [`Definition`] keeps the query and its
//! bindings, and runs again at each use. All other values are bound as they are.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::diag::{Diagnostic, Place};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::Outcome;
use crate::lang::ast::{FramePattern, Matcher, MatcherValue, Pattern, PatternKind, Query, Step};

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
    Result(Arc<Outcome>),
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
    pub grouped: bool,
    /// 1 for a query that uses no other definition.
    depth: usize,
}

/// The longest chain of definitions; all run again at each use.
const MAX_DEPTH: usize = 100;

impl Definition {
    /// A query as typed, with the bindings that it names.
    pub fn new(
        query: Query,
        text: String,
        bindings: &Bindings,
        cell: String,
        grouped: bool,
    ) -> Result<Definition, Diagnostic> {
        let bindings = bindings.named_in(&text);
        let depth = bindings.depth() + 1;
        if depth > MAX_DEPTH {
            let message = format!("this uses a chain of {MAX_DEPTH} selections");
            return Err(Diagnostic::error("too-deep", message)
                .at(query.place, "")
                .help("write the selection again, starting from a profile type"));
        }
        Ok(Definition { query, bindings, cell, text, grouped, depth })
    }

    /// The same definition with another query, which may also use the bindings of
    /// `others`.
    pub fn with_query(&self, query: Query, others: &Bindings) -> Definition {
        let mut bindings = others.clone();
        bindings.0.extend(self.bindings.0.clone());
        let (cell, text) = (self.cell.clone(), self.text.clone());
        Definition { query, bindings, cell, text, grouped: self.grouped, depth: self.depth }
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
        let all = |patterns: &[Pattern]| {
            patterns.iter().map(|inner| self.resolve(inner)).collect::<Result<Vec<_>, _>>()
        };
        let kind = match &pattern.kind {
            PatternKind::Or(patterns) => PatternKind::Or(all(patterns)?),
            PatternKind::And(patterns) => PatternKind::And(all(patterns)?),
            PatternKind::Not(inner) => PatternKind::Not(Box::new(self.resolve(inner)?)),
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
            FramePattern::Group(pattern) => FramePattern::Group(Box::new(self.resolve(pattern)?)),
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
