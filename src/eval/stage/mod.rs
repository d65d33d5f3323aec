//! One query: its source, and verb after verb applied to what was piped in.
//!
//! [`Evaluator::apply`] is the table of contents: every verb is one arm. Its
//! doing is in `rewrite` (stacks), `grouping` (series), `tabular` (tables), `draw`
//! (trees, series, views), `compare` (diffs, panes) or `publish`; `input` is what a
//! query starts from, `calculate` if that is arithmetic; `retarget` runs it again for the other side of a comparison. A
//! new verb is an arm here and an entry in `lang::verbs`.

mod calculate;
mod compare;
mod draw;
mod grouping;
mod input;
mod publish;
mod retarget;
mod rewrite;
mod tabular;

use self::draw::rate;
use self::grouping::{Order, check_label};
use self::rewrite::{Demand, rewrite_all};
use self::tabular::find_column;
use crate::diag::{Diagnostic, Place};
use crate::eval::expr::{Context, Expression};
use crate::eval::labels::{tagleaf, tagroot};
use crate::eval::pattern::Compiled;
use crate::eval::profiles::Profiles;
use crate::eval::select::{Surroundings, cancelled, from_source, resolve_time};
use crate::eval::value::{Outcome, Value, View};
use crate::eval::{catalog, describe, stacks};
use crate::lang::ast::{Expr, Input, Name, Pattern, Query, Stage, Time, Verb};
use crate::quantity::Timestamp;
use crate::work::Work;

/// What goes through a pipe.
#[derive(Debug, Clone)]
pub enum Piped {
    /// Lazy: nothing is merged yet.
    Profiles(Profiles),
    Done(Outcome),
}

impl Piped {
    /// With one more line in the header.
    fn with_note(self, note: String) -> Piped {
        match self {
            Piped::Profiles(profiles) => Piped::Profiles(profiles.with_note(note)),
            Piped::Done(mut outcome) => {
                outcome.header.notes.push(note);
                Piped::Done(outcome)
            }
        }
    }
}

/// Writes results to files and servers: all that a query does to the outside world.
pub trait Export {
    /// Writes the value in the format of the suffix; says what was written, or why not.
    fn save(&self, outcome: &Outcome, path: &str) -> std::result::Result<String, ExportError>;

    /// Uploads the stacks of the value to a server that the user named.
    fn publish(
        &self,
        outcome: &Outcome,
        endpoint: &str,
        work: Work<'_>,
    ) -> std::result::Result<Published, ExportError>;
}

/// What a server made of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// An http or https address.
    pub link: String,
    /// What left this machine, and where it went: `12.3 KiB were uploaded to https://host`.
    pub said: String,
}

/// Why a file was not written or a profile not uploaded, and what would work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportError {
    pub message: String,
    pub help: Option<String>,
}

/// What was piped into a stage, as it was written.
#[derive(Clone, Copy)]
struct Upstream<'q> {
    source: &'q Input,
    stages: &'q [Stage],
}

/// Evaluates queries of one cell.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    pub surroundings: Surroundings<'a>,
    pub export: &'a dyn Export,
    /// Whether this is a query that runs again for the other side of a comparison:
    /// there a pattern may match nothing, for what it names may be new.
    pub again: bool,
}

type Result<T> = std::result::Result<T, Diagnostic>;

impl Evaluator<'_> {
    /// Runs a query up to its last stage.
    pub fn query(&self, query: &Query) -> Result<Piped> {
        let piped = match &query.source {
            Input::Expr(expr) => self.before(&query.stages).source(expr)?,
            Input::Explore(stage) => Piped::Done(self.explore(stage)?),
        };
        query.stages.iter().enumerate().try_fold(piped, |piped, (nth, stage)| {
            self.surroundings.work.check().map_err(|_| cancelled())?;
            self.apply(
                piped,
                stage,
                Upstream { source: &query.source, stages: &query.stages[..nth] },
            )
        })
    }

    /// Who evaluates what these stages are applied to: `sum_over_time` and its kind are
    /// about the snapshots that were recorded.
    fn before(&self, stages: &[Stage]) -> Self {
        let of_snapshots = stages.iter().any(|stage| matches!(stage.verb, Verb::OverTime(_)));
        if of_snapshots { self.as_recorded() } else { *self }
    }

    fn as_recorded(&self) -> Self {
        Evaluator { surroundings: Surroundings { as_recorded: true, ..self.surroundings }, ..*self }
    }

    /// Applies one verb.
    fn apply(&self, piped: Piped, stage: &Stage, upstream: Upstream<'_>) -> Result<Piped> {
        let piped =
            if looks_at_samples(&stage.verb, &piped) { self.read_piped(piped)? } else { piped };
        match &stage.verb {
            Verb::Focus(p) => self.rewrite(piped, p, Demand::Match, stacks::focus),
            Verb::Ignore(p) => self.rewrite(piped, p, Demand::Note, stacks::ignore),
            Verb::Hide(p) => self.rewrite(piped, p, Demand::NoteFrame, stacks::hide),
            Verb::Show(p) => self.rewrite(piped, p, Demand::MatchFrame, stacks::show),
            Verb::ShowFrom(p) => self.rewrite(piped, p, Demand::MatchFrame, stacks::show_from),
            Verb::PruneFrom(p) => self.rewrite(piped, p, Demand::NoteFrame, stacks::prune_from),
            Verb::Collapse(Some(p)) => self.rewrite(piped, p, Demand::NoteFrame, stacks::collapse),
            Verb::Collapse(None) => Ok(rewrite_all(piped, stacks::collapse_recursion)),
            Verb::Granularity(granularity) => {
                let mut piped = rewrite_all(piped, |s| stacks::granularity(s, *granularity));
                match &mut piped {
                    Piped::Profiles(profiles) => profiles.granularity = *granularity,
                    Piped::Done(outcome) => outcome.header.granularity = Some(*granularity),
                }
                Ok(piped)
            }
            Verb::TagRoot(names) => self.tag(piped, names, tagroot, stage),
            Verb::TagLeaf(names) => self.tag(piped, names, tagleaf, stage),
            Verb::Trim(threshold) => self.trim(piped, threshold, stage.place),
            Verb::Callers(p) => self.callers(piped, p, stacks::callers, stage),
            Verb::Callees(p) => self.callers(piped, p, stacks::show_from, stage),
            Verb::Group { merge, labels, without } => {
                self.group(profiles(piped, stage)?, *merge, labels, *without)
            }
            Verb::TopK(count) => self.keep_groups(piped, *count, stage, Order::Largest),
            Verb::BottomK(count) => self.keep_groups(piped, *count, stage, Order::Smallest),
            Verb::Rate => rate(profiles(piped, stage)?, stage.verb_place),
            Verb::OverTime(merge) => {
                let profiles = Profiles { time_merge: Some(*merge), ..profiles(piped, stage)? };
                Ok(Piped::Profiles(profiles))
            }
            Verb::Series => self.series(profiles(piped, stage)?, Value::Series),
            Verb::Timeline(names) => self.timeline(piped, names, stage),
            Verb::Diff(baseline) => self.diff(piped, baseline, stage, upstream),
            Verb::Compare(baselines) => self.compare(piped, baselines, stage, upstream),
            Verb::Sandwich(p) => self.sandwich(piped, p, stage),
            Verb::Heatmap(names) => self.heatmap(profiles(piped, stage)?, names),
            Verb::Flame => self.draw(piped, View::Flame, stage),
            Verb::Icicle => self.draw(piped, View::Icicle, stage),
            Verb::Tree => self.draw(piped, View::Outline, stage),
            Verb::Types => self.types(profiles(piped, stage)?),
            Verb::Labels => self
                .table(profiles(piped, stage)?, |p| Ok(catalog::labels(std::slice::from_ref(p)))),
            Verb::Values(name) => self.table(profiles(piped, stage)?, |p| {
                check_label(std::slice::from_ref(p), name)?;
                Ok(catalog::values(std::slice::from_ref(p), &name.text))
            }),
            Verb::Profiles => self.table(profiles(piped, stage)?, |p| Ok(catalog::profiles(p))),
            Verb::Functions(pattern) => {
                self.with_tree(piped, stage, |tree| self.functions(tree, pattern.as_ref()))
            }
            Verb::Describe => self.describe(piped),
            Verb::Top { count, by } => self.top(piped, *count, by.as_ref(), stage),
            Verb::Table => self.tabulate(piped, stage),
            Verb::Where(condition) => self.filter(piped, condition, stage),
            Verb::Extend { column, value } => self.on_table(piped, stage, |table, whole| {
                let values = (0..table.height()).map(|row| {
                    Expression::new(self, Context::Row { table, row, whole }).value(value)
                });
                Ok(table.extended(&column.text, values.collect::<Result<_>>()?))
            }),
            Verb::Sort { column, descending } => self.on_table(piped, stage, |table, _| {
                Ok(table.sorted(find_column(table, column)?, *descending))
            }),
            Verb::Take(count) => {
                self.on_table(piped, stage, |table, _| Ok(table.head(*count as usize)))
            }
            Verb::Select(names) => self.on_table(piped, stage, |table, _| {
                let columns = names.iter().map(|name| find_column(table, name));
                Ok(table.columns(&columns.collect::<Result<Vec<_>>>()?))
            }),
            Verb::Assert { condition, message } => {
                let measured = self.assert(Some(&piped), condition, message.as_ref())?;
                Ok(piped.with_note(format!("the assertion holds: {measured}")))
            }
            Verb::Save(path) => self.save(piped, path),
            Verb::Publish(endpoint) => self.publish(piped, endpoint.as_ref(), stage),
        }
    }

    /// A selection with its samples, read now if need be.
    fn read(&self, profiles: Profiles) -> Result<Profiles> {
        let read = profiles.read(self.surroundings.work);
        read.map_err(|error| from_source(&error, Place::default()))
    }

    pub(super) fn read_piped(&self, piped: Piped) -> Result<Piped> {
        match piped {
            Piped::Profiles(profiles) => self.read(profiles).map(Piped::Profiles),
            done => Ok(done),
        }
    }

    /// A pattern with its variables replaced and its frame tests compiled.
    pub fn compile(&self, pattern: &Pattern) -> Result<Compiled> {
        Compiled::new(&self.surroundings.bindings.resolve(pattern)?)
    }

    pub fn time(&self, time: &Time) -> Result<Timestamp> {
        let Surroundings { sources, bindings, settings, .. } = self.surroundings;
        let extent = sources.newest().and_then(|source| source.extent());
        resolve_time(time, bindings, settings, extent)
    }

    /// What was measured; also where it fails, so that one sees by how much.
    pub fn assert(
        &self,
        piped: Option<&Piped>,
        condition: &Expr,
        message: Option<&Name>,
    ) -> Result<String> {
        let context = piped.map_or(Context::None, Context::Piped);
        let expression = Expression::new(self, context);
        if expression.is_true(condition)? {
            return Ok(expression.report());
        }
        let said = message
            .map_or_else(|| "the assertion does not hold".to_owned(), |m| m.text.to_string());
        Err(Diagnostic::error("assert", said).at(condition.place, expression.report()))
    }

    /// Writes the value as it would be shown, and passes it on.
    fn save(&self, piped: Piped, path: &Name) -> Result<Piped> {
        let shown = self.shown(piped.clone())?;
        let said = self.export.save(&shown, &path.text).map_err(|error| {
            let diagnostic = Diagnostic::error("cannot-save", error.message).at(path.place, "");
            match error.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        })?;
        Ok(piped.with_note(said))
    }
}

/// Whether a verb needs more than the totals of profiles. A store keeps these apart, so
/// that a timeline reads no stacks.
fn looks_at_samples(verb: &Verb, piped: &Piped) -> bool {
    match verb {
        Verb::Group { .. }
        | Verb::Rate
        | Verb::OverTime(_)
        | Verb::Series
        | Verb::Timeline(_)
        | Verb::Heatmap(_)
        | Verb::Types => false,
        // It counts them, and how many a delta has shows when it is worked out.
        Verb::Profiles => matches!(piped, Piped::Profiles(p) if p.restarts.is_some()),
        _ => true,
    }
}

/// The input of a verb that needs profiles.
fn profiles(piped: Piped, stage: &Stage) -> Result<Profiles> {
    match piped {
        Piped::Profiles(profiles) => Ok(profiles),
        Piped::Done(outcome) => Err(mismatch(stage, "Profiles", &outcome)),
    }
}

fn mismatch(stage: &Stage, wanted: &str, got: &Outcome) -> Diagnostic {
    let got = describe::type_name(&got.value);
    Diagnostic::error("type-mismatch", format!("this verb needs {wanted}, got {got}"))
        .at(stage.verb_place, "")
}
