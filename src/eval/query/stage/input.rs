//! Evaluates the input of a query: a selector, a variable, an expression, or a catalogue verb.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Diagnostic, Place};
use crate::eval::error::{EvalError, Result};
use crate::eval::query::check::check_label;
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::eval::query::expr::{Expression, Subject};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::table::Table;
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::selection::context::Context;
use crate::eval::selection::names::unknown_label;
use crate::eval::selection::profiles::Profiles;
use crate::eval::selection::scope::{Again, Binding, Bindings, Definition, Kept};
use crate::eval::stacks::pattern::Compiled;
use crate::eval::tables::catalog;
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Input, Name, Pattern, Selector, Stage};
use crate::lang::needs::Needs;
use crate::lang::types::boolean;
use crate::lang::verbs::{ExploreVerb, Verb};
use crate::profile::Labels;
use crate::source::Source;

impl Evaluator<'_> {
    pub fn source(&self, expr: &Expr) -> Result<Piped> {
        match &expr.kind {
            ExprKind::Name(name) => self.named(name, expr.place),
            ExprKind::Select(selector) => self.selected(selector),
            ExprKind::Query(query) => self.query(query),
            ExprKind::Negate(_) => self.calculate(expr),
            ExprKind::Binary { op: BinaryOp::Add, .. } if self.asks.profiles => {
                self.summed(expr).map(Piped::Profiles)
            }
            ExprKind::Binary { op, .. } if op.is_arithmetic() => self.calculate(expr),
            _ => Expression::new(self, Subject::None).value(expr).map(scalar),
        }
    }

    /// Evaluates a name: a variable, or else a profile type.
    pub fn named(&self, name: &Arc<str>, place: Place) -> Result<Piped> {
        let plain = Name { text: name.clone(), place };
        match self.context.bindings.get(name) {
            Some(Binding::Profiles(definition)) => self.defined(definition, place),
            Some(Binding::Result(result)) => self.result(result, name, place),
            Some(Binding::Scalar(value)) => Ok(scalar(value.clone())),
            Some(Binding::Pattern(pattern)) => self.shown_pattern(name, pattern),
            None => match boolean(name) {
                Some(bit) => Ok(scalar(Scalar::Bool(bit))),
                None => {
                    let everything = Selector::everything(plain.clone());
                    self.context.select(&plain, &everything, self.asks).map(Piped::Profiles)
                }
            },
        }
    }

    /// The result of an earlier cell. If it has been let go, its query runs again.
    fn result(&self, result: &Kept, name: &str, place: Place) -> Result<Piped> {
        if let Some(outcome) = result.value() {
            return Ok(Piped::Done((*outcome).clone()));
        }
        let again = result.again.as_ref().filter(|again| again.state == self.context.state());
        let Some(Again { definition, .. }) = again else {
            return Err(let_go(name, place, result.again.as_ref()).into());
        };
        let note = format!("`{name}` was no longer in memory, so its query ran again");
        Ok(self.defined(definition, place)?.with_note(note))
    }

    /// Runs the definition of a variable that holds a selection.
    pub fn defined(&self, definition: &Definition, place: Place) -> Result<Piped> {
        let context = Context { bindings: &definition.bindings, ..self.context };
        let piped = Evaluator { context, ..*self }.query(&definition.query);
        used_at(piped, definition, place)
    }

    /// Evaluates a selector on a profile type, or on a variable that it narrows.
    pub fn selected(&self, selector: &Selector) -> Result<Piped> {
        let name = selector.name.as_ref().expect("the checker asks for a name");
        match self.context.bindings.get(&name.text) {
            Some(Binding::Profiles(definition)) => {
                let bindings = self.context.bindings;
                self.defined(&narrow(definition, selector, bindings)?, selector.place)
            }
            Some(_) => unreachable!("the checker lets nothing but Profiles be narrowed"),
            None => self.context.select(name, selector, self.asks).map(Piped::Profiles),
        }
    }

    pub fn shown_pattern(&self, name: &str, pattern: &Pattern) -> Result<Piped> {
        let compiled = Compiled::new(pattern)?;
        let mut functions = std::collections::BTreeSet::new();
        let mut all = std::collections::BTreeSet::new();
        for profiles in self.everything(Needs::STACKS)? {
            let work = self.context.work;
            let matches = compiled.matches(&profiles.symbols, &Labels::default(), work)?;
            work.each(profiles.symbols.stacks.iter(), |(stack, _, frame)| {
                all.insert(profiles.symbols.frame_name(frame).to_string());
                if matches.frame(stack) || matches.leaf(stack) {
                    functions.insert(profiles.symbols.frame_name(frame).to_string());
                }
            })?;
        }
        let value = Value::Pattern {
            text: name.to_owned(),
            functions: functions.into_iter().collect(),
            of: all.len(),
        };
        Ok(Piped::Done(Outcome { value, header: Header::default() }))
    }

    /// All profiles of the default source, with one selection per type.
    pub fn everything(&self, needs: Needs) -> Result<Vec<Profiles>> {
        let source = self.context.source(None, Place::default())?;
        let kinds = source.types();
        kinds
            .iter()
            .map(|kind| {
                let name = Name { text: kind.id.clone(), place: Place::default() };
                self.context.select(&name, &Selector::everything(name.clone()), &needs.into())
            })
            .collect()
    }

    /// Runs a catalogue verb without input, over all types of the source.
    pub fn explore(&self, stage: &Stage) -> Result<Outcome> {
        let source = self.context.source(None, stage.verb_place)?;
        if !source.lists_profiles() {
            return self.explore_server(source, stage);
        }
        let table = match stage.verb.id {
            Verb::Explore(ExploreVerb::Types) | Verb::Explore(ExploreVerb::Describe) => {
                catalog::types(&self.everything(Needs::RECORDED)?)
            }
            Verb::Explore(ExploreVerb::Values) => {
                let (everything, label) = (self.everything(Needs::STACKS)?, stage.args.label());
                check_label(&everything, label)?;
                catalog::values(&everything, &label.text)
            }
            Verb::Explore(ExploreVerb::Functions) => {
                let everything = self.everything(Needs::STACKS)?;
                self.functions_of_all(&everything, stage.args.maybe_pattern())?
            }
            _ => catalog::labels(&self.everything(Needs::STACKS)?),
        };
        Ok(listed(source, table))
    }

    /// Runs a catalogue verb on a server, which is asked for names and not for profiles.
    fn explore_server(&self, source: &dyn Source, stage: &Stage) -> Result<Outcome> {
        let work = self.context.work;
        let failed = |error| EvalError::source(&error, stage.verb_place);
        let kinds = source.types();
        let names = || {
            let of_kinds = kinds.iter().map(|kind| source.label_names(kind, None, work));
            let names = of_kinds.collect::<std::result::Result<Vec<_>, _>>().map_err(failed)?;
            Result::Ok(names.into_iter().flatten().collect::<BTreeSet<_>>())
        };
        let values = |name: &str| {
            let of_kinds = kinds.iter().map(|kind| source.label_values(kind, name, None, work));
            let values = of_kinds.collect::<std::result::Result<Vec<_>, _>>().map_err(failed)?;
            Result::Ok(values.into_iter().flatten().collect::<BTreeSet<_>>())
        };
        let table = match stage.verb.id {
            Verb::Explore(ExploreVerb::Types) | Verb::Explore(ExploreVerb::Describe) => {
                catalog::type_names(&kinds)
            }
            Verb::Explore(ExploreVerb::Values) => {
                let label = stage.args.label();
                let found = values(&label.text)?;
                if found.is_empty()
                    && let Some(kind) = kinds.first()
                {
                    let known = names()?;
                    let known: Vec<&str> = known.iter().map(|name| &**name).collect();
                    return Err(unknown_label(kind, label, &known).into());
                }
                catalog::value_names(&label.text, &found)
            }
            Verb::Explore(ExploreVerb::Functions) => {
                return Err(Diagnostic::error(
                    "server",
                    "a server lists no functions of all types",
                )
                .at(stage.verb_place, "")
                .help("name a selection: cpu[1h] | functions")
                .into());
            }
            _ => {
                let names = names()?;
                let found = names.into_iter().map(|name| Ok((name.clone(), values(&name)?)));
                catalog::label_names_and_values(&found.collect::<Result<Vec<_>>>()?)
            }
        };
        Ok(listed(source, table))
    }

    /// Lists the functions of all types. Units differ, so only the first type of a family counts.
    pub fn functions_of_all(&self, all: &[Profiles], pattern: Option<&Pattern>) -> Result<Table> {
        let Some(profiles) = all.iter().find(|p| &*p.kind.alias == "cpu").or(all.first()) else {
            return Ok(Table::empty());
        };
        self.functions(&self.tree(profiles)?, pattern)
    }
}

/// A table about a whole source.
fn listed(source: &dyn Source, table: Table) -> Outcome {
    let header = Header {
        subject: source.name().to_owned(),
        window: source.extent(),
        skipped: source.skipped().to_vec(),
        ..Header::default()
    };
    Outcome { value: Value::Table(table), header }
}

/// Reports the result of a definition at the place that uses it, because the text of the
/// definition is in another cell.
pub(crate) fn used_at(
    piped: Result<Piped>,
    definition: &Definition,
    place: Place,
) -> Result<Piped> {
    let note = || format!("in its definition, {}: {}", definition.cell, definition.text);
    match piped {
        Ok(Piped::Profiles(profiles)) => Ok(Piped::Profiles(Profiles { place, ..profiles })),
        Ok(done) => Ok(done),
        Err(error) => Err(error.map(|inner| {
            Diagnostic { place: Some(place), related: Vec::new(), patch: None, ..inner }
                .note(note())
        })),
    }
}

/// A result that is no longer in memory, and whose query would give another one now.
fn let_go(name: &str, place: Place, again: Option<&Again>) -> Diagnostic {
    let diagnostic = Diagnostic::error("let-go", format!("`{name}` is no longer in memory"))
        .at(place, "an earlier result");
    match again {
        Some(Again { definition, .. }) => diagnostic
            .note("a later `use` or `set` would change it")
            .help(format!("run {} again: {}", definition.cell, definition.text)),
        None => diagnostic.help("run its cell again; `set history 1GiB` keeps more results"),
    }
}

pub(crate) fn scalar(value: Scalar) -> Piped {
    Piped::Done(Outcome { value: Value::Scalar(value), header: Header::default() })
}

/// Narrows a definition, as in `sel{…}`: adds the parts of the selector. Names in the
/// selector are looked up in `bindings`, the scope where it is written.
pub(crate) fn narrow(
    definition: &Definition,
    selector: &Selector,
    bindings: &Bindings,
) -> Result<Definition> {
    let mut query = definition.query.clone();
    let place = selector.place;
    if selector.narrows_nothing() {
        return Ok(definition.with_query(query, bindings));
    }
    let base = match &mut query.source {
        Input::Expr(Expr { kind: ExprKind::Select(base), .. }) => base,
        Input::Expr(expr) => match &expr.kind {
            ExprKind::Name(name) => {
                let name = Name { text: name.clone(), place: expr.place };
                expr.kind = ExprKind::Select(Box::new(Selector::everything(name)));
                match &mut expr.kind {
                    ExprKind::Select(base) => base,
                    _ => return Err(cannot_narrow(place).into()),
                }
            }
            _ => return Err(cannot_narrow(place).into()),
        },
        Input::Explore(_) => return Err(cannot_narrow(place).into()),
    };
    base.matchers.extend(bindings.resolve_matchers(&selector.matchers)?);
    base.range = selector.range.clone().or(base.range.take());
    base.offset = selector.offset.clone().or(base.offset.take());
    base.at = selector.at.clone().or(base.at.take());
    base.from = selector.from.clone().or(base.from.take());
    Ok(definition.with_query(query, bindings))
}

pub(crate) fn cannot_narrow(place: Place) -> Diagnostic {
    Diagnostic::error("type-mismatch", "this variable is not a plain selection").at(place, "")
}
