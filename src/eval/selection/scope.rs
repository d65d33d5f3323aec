//! What names mean: variables, results, and the settings of a session.
//!
//! A selection is bound as text, not as data: a [`Definition`] keeps the query
//! and the bindings it was written under, and runs anew at each use. Everything
//! else is bound as the value it was.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::diag::{Diagnostic, Place};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::value::Outcome;
use crate::lang::ast::{FramePattern, Matcher, MatcherValue, Pattern, PatternKind, Query, Step};

/// The variables in scope. Cheap enough to be captured by each `let`.
#[derive(Debug, Clone, Default)]
pub struct Bindings(FxHashMap<Arc<str>, Binding>);

#[derive(Debug, Clone)]
pub enum Binding {
    /// A selection: lazy.
    Profiles(Arc<Definition>),
    /// A frame pattern, its own variables already replaced.
    Pattern(Pattern),
    Scalar(Scalar),
    /// A tree, table, series or view.
    Result(Arc<Outcome>),
}

/// A query under a name.
#[derive(Debug)]
pub struct Definition {
    pub query: Query,
    pub bindings: Bindings,
    /// `In[3]`
    pub cell: String,
    /// As typed, in one line.
    pub text: String,
    pub grouped: bool,
    /// 1 for a query over no other definition.
    depth: usize,
}

/// How many definitions may stand on each other; all of them run anew at each use.
const MAX_DEPTH: usize = 100;

impl Definition {
    /// A query as typed, under those bindings that it names.
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
            let message = format!("this stands on {MAX_DEPTH} selections, one on the other");
            return Err(Diagnostic::error("too-deep", message)
                .at(query.place, "")
                .help("write it anew, from a profile type"));
        }
        Ok(Definition { query, bindings, cell, text, grouped, depth })
    }

    /// The same with another query, which may name what `others` have as well.
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

    /// Those that a text may name. A definition that kept all others, too, would
    /// keep every result before it, and all that those keep, for the whole session.
    pub fn named_in(&self, text: &str) -> Bindings {
        // A colon is part of a name, but for a step in brackets: `[window:step]`.
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let words = text.split(|c| !is_word(c)).chain(text.split(|c| !is_word(c) && c != ':'));
        let found = words.filter_map(|word| self.0.get_key_value(word));
        Bindings(found.map(|(name, binding)| (name.clone(), binding.clone())).collect())
    }

    /// How many definitions stand on each other here.
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
            .fix(format!("quote text values: \"{name}\""), place, format!("\"{name}\""))
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
