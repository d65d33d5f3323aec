//! One query: its source, and verb after verb applied to what was piped in.
//!
//! [`Evaluator::apply`] is the table of contents: every verb is one arm, and
//! leads to the module that does it.

use std::sync::Arc;

use crate::diag::suggest::suggest;
use crate::diag::{Diagnostic, Place};
use crate::eval::expr::{Context, Expression, tree_of};
use crate::eval::groups::{group_table, group_totals, series_table};
use crate::eval::labels::{rewrite_matching, tagleaf, tagroot};
use crate::eval::merge::Merger;
use crate::eval::pattern::{Compiled, Hits};
use crate::eval::profiles::{Grouping, Profiles};
use crate::eval::scope::{Binding, Definition};
use crate::eval::select::{Surroundings, cancelled, resolve_time, unknown_label};
use crate::eval::stacks::{self, Rewrite};
use crate::eval::table::Table;
use crate::eval::top::Rank;
use crate::eval::trim::{rewrite_tree, trim};
use crate::eval::value::{Header, Outcome, Value, View};
use crate::eval::{catalog, describe, series, top};
use crate::lang::ast::{
    Expr, ExprKind, Input, Name, Number, Pattern, Query, Selector, SeriesMerge, Stage, Time, Verb,
};
use crate::profile::{Labels, Symbols, Temporality, Tree};
use crate::quantity::{Quantity, Timestamp, Unit};

/// Rows of a `top` that names no number.
const TOP: u32 = 20;

/// What goes through a pipe.
#[derive(Debug, Clone)]
pub enum Piped {
    /// Lazy: nothing is merged yet.
    Profiles(Profiles),
    Done(Outcome),
}

/// Writes results to files; the one thing a query does to the outside world.
pub trait Export {
    /// Writes the value in the format of the suffix; says what was written, or why not.
    fn save(&self, outcome: &Outcome, path: &str) -> std::result::Result<String, ExportError>;
}

/// Why a file was not written, and what would work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportError {
    pub message: String,
    pub help: Option<String>,
}

/// Evaluates queries of one cell.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    pub surroundings: Surroundings<'a>,
    pub export: &'a dyn Export,
}

type Result<T> = std::result::Result<T, Diagnostic>;

impl Evaluator<'_> {
    /// Runs a query up to its last stage.
    pub fn query(&self, query: &Query) -> Result<Piped> {
        let piped = match &query.source {
            Input::Expr(expr) => self.source(expr)?,
            Input::Explore(stage) => Piped::Done(self.explore(stage)?),
        };
        query.stages.iter().try_fold(piped, |piped, stage| {
            self.surroundings.work.check().map_err(|_| cancelled())?;
            self.apply(piped, stage)
        })
    }

    fn source(&self, expr: &Expr) -> Result<Piped> {
        match &expr.kind {
            ExprKind::Name(name) => self.named(name, expr.place),
            ExprKind::Select(selector) => self.selected(selector),
            ExprKind::Query(query) => self.query(query),
            _ => {
                let scalar = Expression::new(self, Context::None).value(expr)?;
                Ok(Piped::Done(Outcome { value: Value::Scalar(scalar), header: Header::default() }))
            }
        }
    }

    /// A variable, else a profile type.
    fn named(&self, name: &Arc<str>, place: Place) -> Result<Piped> {
        let plain = Name { text: name.clone(), place };
        match self.surroundings.bindings.get(name) {
            Some(Binding::Profiles(definition)) => self.defined(definition, place),
            Some(Binding::Result(outcome)) => Ok(Piped::Done((**outcome).clone())),
            Some(Binding::Scalar(scalar)) => Ok(Piped::Done(Outcome {
                value: Value::Scalar(scalar.clone()),
                header: Header::default(),
            })),
            Some(Binding::Pattern(pattern)) => self.shown_pattern(name, pattern),
            None => {
                let everything = Selector {
                    name: Some(plain.clone()),
                    matchers: Vec::new(),
                    range: None,
                    offset: None,
                    at: None,
                    from: None,
                    place,
                };
                self.surroundings.select(&plain, &everything).map(Piped::Profiles)
            }
        }
    }

    /// Runs a selection that was bound to a name. An error in it is told at the
    /// place that uses it, for its own text is in another cell.
    fn defined(&self, definition: &Definition, place: Place) -> Result<Piped> {
        let surroundings = Surroundings { bindings: &definition.bindings, ..self.surroundings };
        Evaluator { surroundings, export: self.export }.query(&definition.query).map_err(|inner| {
            Diagnostic { place: Some(place), related: Vec::new(), patch: None, ..inner }
                .note(format!("in its definition, {}: {}", definition.cell, definition.text))
        })
    }

    /// A selector: on a profile type, or on a variable, which it narrows.
    fn selected(&self, selector: &Selector) -> Result<Piped> {
        let Some(name) = &selector.name else {
            return Err(Diagnostic::error("no-type", "this selector names no profile type")
                .at(selector.place, "of which type?")
                .help("write the type in front: cpu{...}"));
        };
        match self.surroundings.bindings.get(&name.text) {
            Some(Binding::Profiles(definition)) => {
                let narrowed = narrow(definition, selector);
                self.defined(&narrowed?, selector.place)
            }
            Some(_) => Err(Diagnostic::error("type-mismatch", format!("`{}` is not a selection", name.text))
                .at(name.place, "only profiles can be narrowed")),
            None => self.surroundings.select(name, selector).map(Piped::Profiles),
        }
    }

    fn shown_pattern(&self, name: &str, pattern: &Pattern) -> Result<Piped> {
        let compiled = Compiled::new(pattern)?;
        let mut functions = std::collections::BTreeSet::new();
        let mut all = std::collections::BTreeSet::new();
        for profiles in self.everything()? {
            let hits = compiled.hits(&profiles.symbols, &Labels::default());
            for (stack, _, frame) in profiles.symbols.stacks.iter() {
                all.insert(profiles.symbols.frame_name(frame).to_string());
                if hits.frame(stack) {
                    functions.insert(profiles.symbols.frame_name(frame).to_string());
                }
            }
        }
        let value = Value::Pattern {
            text: name.to_owned(),
            functions: functions.into_iter().collect(),
            of: all.len(),
        };
        Ok(Piped::Done(Outcome { value, header: Header::default() }))
    }

    /// Every profile of the default source, a selection per type.
    fn everything(&self) -> Result<Vec<Profiles>> {
        let source = self.surroundings.source(None, Place::default())?;
        let selector = |name: &Name| Selector {
            name: Some(name.clone()),
            matchers: Vec::new(),
            range: None,
            offset: None,
            at: None,
            from: None,
            place: Place::default(),
        };
        let kinds = source.types().iter();
        kinds
            .map(|kind| {
                let name = Name { text: kind.id.clone(), place: Place::default() };
                self.surroundings.select(&name, &selector(&name))
            })
            .collect()
    }

    /// A catalogue verb with nothing piped in: over all types of the source.
    fn explore(&self, stage: &Stage) -> Result<Outcome> {
        let source = self.surroundings.source(None, stage.verb_place)?;
        let everything = self.everything()?;
        let table = match &stage.verb {
            Verb::Types | Verb::Describe => catalog::types(&everything),
            Verb::Labels => catalog::labels(&everything),
            Verb::Values(name) => {
                check_label(&everything, name)?;
                catalog::values(&everything, &name.text)
            }
            Verb::Functions(pattern) => self.functions_of_all(&everything, pattern.as_ref())?,
            _ => return Err(needs_input(stage)),
        };
        let header = Header {
            subject: source.name().to_owned(),
            window: source.extent(),
            skipped: source.skipped().to_vec(),
            ..Header::default()
        };
        Ok(Outcome { value: Value::Table(table), header })
    }

    /// Functions over all types have no common unit: the first type of each family counts.
    fn functions_of_all(&self, all: &[Profiles], pattern: Option<&Pattern>) -> Result<Table> {
        let Some(profiles) = all.iter().find(|p| &*p.kind.alias == "cpu").or(all.first()) else {
            return Ok(Table::empty());
        };
        self.functions(&self.tree(profiles)?, pattern)
    }

    fn functions(&self, tree: &Tree, pattern: Option<&Pattern>) -> Result<Table> {
        let Some(pattern) = pattern else {
            return Ok(top::functions(tree, |_| true));
        };
        let compiled = self.compile(pattern)?;
        self.must_match(&compiled, &tree.symbols)?;
        let hits = compiled.hits(&tree.symbols, &Labels::default());
        let mut matching = vec![false; tree.symbols.frames.len()];
        for (stack, _, frame) in tree.symbols.stacks.iter() {
            matching[frame.index()] |= hits.frame(stack);
        }
        Ok(top::functions(tree, |row| matching[row.frame.index()]))
    }

    /// Applies one verb.
    fn apply(&self, piped: Piped, stage: &Stage) -> Result<Piped> {
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
            Verb::Trim(threshold) => self.trim(piped, threshold),
            Verb::Callers(p) => self.callers(piped, p, stacks::callers, stage),
            Verb::Callees(p) => self.callers(piped, p, stacks::callees, stage),
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
            Verb::Flame => self.draw(piped, View::Flame, stage),
            Verb::Icicle => self.draw(piped, View::Icicle, stage),
            Verb::Tree => self.draw(piped, View::Outline, stage),
            Verb::Types => self.types(profiles(piped, stage)?),
            Verb::Labels => self.table(profiles(piped, stage)?, |p| Ok(catalog::labels(std::slice::from_ref(p)))),
            Verb::Values(name) => self.table(profiles(piped, stage)?, |p| {
                check_label(std::slice::from_ref(p), name)?;
                Ok(catalog::values(std::slice::from_ref(p), &name.text))
            }),
            Verb::Profiles => self.table(profiles(piped, stage)?, |p| Ok(catalog::profiles(p))),
            Verb::Functions(pattern) => self.with_tree(piped, stage, |tree| {
                self.functions(tree, pattern.as_ref())
            }),
            Verb::Describe => self.describe(piped),
            Verb::Top { count, by } => self.top(piped, *count, by.as_ref(), stage),
            Verb::Table => self.tabulate(piped, stage),
            Verb::Where(condition) => self.filter(piped, condition, stage),
            Verb::Extend { column, value } => self.on_table(piped, stage, |table| {
                let values = (0..table.height()).map(|row| {
                    Expression::new(self, Context::Row { table, row }).value(value)
                });
                Ok(table.extended(&column.text, values.collect::<Result<_>>()?))
            }),
            Verb::Sort { column, descending } => self.on_table(piped, stage, |table| {
                Ok(table.sorted(find_column(table, column)?, *descending))
            }),
            Verb::Take(count) => {
                self.on_table(piped, stage, |table| Ok(table.head(*count as usize)))
            }
            Verb::Select(names) => self.on_table(piped, stage, |table| {
                let columns = names.iter().map(|name| find_column(table, name));
                Ok(table.columns(&columns.collect::<Result<Vec<_>>>()?))
            }),
            Verb::Assert { condition, message } => {
                self.assert(Some(&piped), condition, message.as_ref())?;
                Ok(piped)
            }
            Verb::Save(path) => self.save(piped, path),
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

    /// A stage that depends on where a pattern matches.
    fn rewrite(
        &self,
        piped: Piped,
        pattern: &Pattern,
        demand: Demand,
        make: fn(&Symbols, &Hits) -> Rewrite,
    ) -> Result<Piped> {
        let compiled = self.compile(pattern)?;
        if let (true, Some(place)) = (demand.is_of_frames(), compiled.has_leaf_anchor()) {
            return Err(Diagnostic::error("leaf-position", "`leaf` says where a stack ends, and this verb looks at single frames")
                .at(place, "")
                .help("keep or drop whole stacks by their leaf: focus leaf \"...\", ignore leaf \"...\""));
        }
        let note = self.note_unmatched(&compiled, symbols_of(&piped), demand)?;
        Ok(match piped {
            Piped::Profiles(profiles) => {
                let rewritten = rewrite_matching(profiles, &compiled, make);
                Piped::Profiles(match note {
                    Some(note) => rewritten.with_note(note),
                    None => rewritten,
                })
            }
            Piped::Done(mut outcome) => {
                outcome.header.notes.extend(note);
                Piped::Done(rewrite_outcome(outcome, |tree| {
                    let hits = compiled.hits(&tree.symbols, &Labels::default());
                    make(&tree.symbols, &hits)
                }))
            }
        })
    }

    /// A test that nothing passes is an error where it would leave nothing, else a note.
    fn note_unmatched(
        &self,
        compiled: &Compiled,
        symbols: Option<&Symbols>,
        demand: Demand,
    ) -> Result<Option<String>> {
        let Some(symbols) = symbols else { return Ok(None) };
        if matches!(demand, Demand::Match | Demand::MatchFrame) {
            self.must_match(compiled, symbols)?;
            return Ok(None);
        }
        let unmatched = compiled.unmatched(symbols);
        Ok(unmatched.first().map(|test| format!("no function matches `{}`", test.text)))
    }

    fn must_match(&self, compiled: &Compiled, symbols: &Symbols) -> Result<()> {
        match compiled.unmatched(symbols).first() {
            Some(test) if !compiled.can_match(symbols) => {
                Err(no_match(symbols, &test.text, test.place))
            }
            _ => Ok(()),
        }
    }

    fn tag(
        &self,
        piped: Piped,
        names: &[Name],
        make: fn(Profiles, &[Arc<str>]) -> Profiles,
        stage: &Stage,
    ) -> Result<Piped> {
        let profiles = profiles(piped, stage)?;
        for name in names {
            check_label(std::slice::from_ref(&profiles), name)?;
        }
        let names: Vec<Arc<str>> = names.iter().map(|name| name.text.clone()).collect();
        Ok(Piped::Profiles(make(profiles, &names)))
    }

    fn trim(&self, piped: Piped, threshold: &Number) -> Result<Piped> {
        let under = |tree: &Tree| match threshold.unit {
            Unit::Percent => threshold.value / 100.0 * tree.total().abs(),
            _ => threshold.value,
        };
        let note = |trimmed: usize| match threshold.unit {
            Unit::Percent => format!("{trimmed} nodes under {}% merged into \"(other)\"", threshold.value),
            _ => {
                let limit = Quantity::new(threshold.value, threshold.unit.clone());
                format!("{trimmed} nodes under {limit} merged into \"(other)\"")
            }
        };
        Ok(match piped {
            Piped::Profiles(profiles) => {
                let tree = self.tree(&ungrouped(profiles.clone()))?;
                let (rewrite, trimmed) = trim(&tree, under(&tree));
                let by_name = stacks::by_name(&profiles.symbols);
                Piped::Profiles(profiles.rewritten(by_name).rewritten(rewrite).with_note(note(trimmed)))
            }
            Piped::Done(mut outcome) => {
                let mut count = 0;
                outcome = rewrite_outcome(outcome, |tree| {
                    let (rewrite, trimmed) = trim(tree, under(tree));
                    count += trimmed;
                    rewrite
                });
                outcome.header.notes.push(note(count));
                Piped::Done(outcome)
            }
        })
    }

    /// `callers` and `callees`: a tree, merged over all matches.
    fn callers(
        &self,
        piped: Piped,
        pattern: &Pattern,
        make: fn(&Symbols, &Hits) -> Rewrite,
        stage: &Stage,
    ) -> Result<Piped> {
        let profiles = profiles(piped, stage)?;
        let compiled = self.compile(pattern)?;
        self.must_match(&compiled, &profiles.symbols)?;
        let turned = rewrite_matching(ungrouped(profiles), &compiled, make);
        let tree = self.tree(&turned)?;
        let header = with_totals(describe::header(&turned), &tree);
        Ok(Piped::Done(Outcome { value: Value::Tree(tree), header }))
    }

    fn group(
        &self,
        profiles: Profiles,
        merge: SeriesMerge,
        labels: &[Name],
        without: bool,
    ) -> Result<Piped> {
        for name in labels {
            check_label(std::slice::from_ref(&profiles), name)?;
        }
        let names: Arc<[Arc<str>]> = labels.iter().map(|name| name.text.clone()).collect();
        let promoted = if without { profiles } else { profiles.promoted(&names) };
        let grouping = Grouping { merge, labels: names, without };
        Ok(Piped::Profiles(Profiles { grouping: Some(grouping), chosen: None, ..promoted }))
    }

    fn keep_groups(&self, piped: Piped, count: u32, stage: &Stage, order: Order) -> Result<Piped> {
        match piped {
            Piped::Profiles(profiles) => {
                let totals = group_totals(&profiles, self.surroundings.work).map_err(|_| cancelled())?;
                let mut ranked: Vec<(Labels, f64)> =
                    totals.into_iter().map(|(group, total)| (group.labels, total)).collect();
                ranked.sort_by(|a, b| order.compare(a.1, b.1));
                ranked.truncate(count as usize);
                let chosen = ranked.into_iter().map(|(labels, _)| labels).collect();
                Ok(Piped::Profiles(Profiles { chosen: Some(chosen), ..profiles }))
            }
            Piped::Done(Outcome { value: Value::Series(mut series), header }) => {
                let weight = |line: &crate::eval::value::Line| -> f64 {
                    line.points.iter().filter_map(|(_, value)| *value).sum()
                };
                series.lines.sort_by(|a, b| order.compare(weight(a), weight(b)));
                series.lines.truncate(count as usize);
                Ok(Piped::Done(Outcome { value: Value::Series(series), header }))
            }
            Piped::Done(outcome) => Err(mismatch(stage, "grouped profiles or a Series", &outcome)),
        }
    }

    fn series(&self, profiles: Profiles, wrap: impl Fn(crate::eval::value::SeriesSet) -> Value) -> Result<Piped> {
        let set = series::series(&profiles, self.surroundings.work).map_err(|_| cancelled())?;
        let header = describe::header(&profiles);
        Ok(Piped::Done(Outcome { value: wrap(set), header }))
    }

    fn timeline(&self, piped: Piped, names: &[Name], stage: &Stage) -> Result<Piped> {
        let timeline = |set| Value::View(View::Timeline(set));
        match piped {
            Piped::Profiles(profiles) if names.is_empty() => self.series(profiles, timeline),
            Piped::Profiles(profiles) => {
                match self.group(profiles, SeriesMerge::Sum, names, false)? {
                    Piped::Profiles(grouped) => self.series(grouped, timeline),
                    done => Ok(done),
                }
            }
            Piped::Done(Outcome { value: Value::Series(set), header }) => {
                Ok(Piped::Done(Outcome { value: timeline(set), header }))
            }
            Piped::Done(outcome) => Err(mismatch(stage, "profiles or a Series", &outcome)),
        }
    }

    /// Draws a tree. Groups become the first level, so that none hides another.
    fn draw(&self, piped: Piped, view: fn(Tree) -> View, stage: &Stage) -> Result<Piped> {
        let outcome = match piped {
            Piped::Profiles(profiles) => self.tree_outcome(&grouped_by_root(profiles))?,
            Piped::Done(outcome) => outcome,
        };
        match tree_of(&outcome) {
            Some(tree) => {
                let value = Value::View(view(tree.clone()));
                Ok(Piped::Done(Outcome { value, header: outcome.header }))
            }
            None => Err(mismatch(stage, "profiles or a Tree", &outcome)),
        }
    }

    /// The merged tree of everything selected, whatever its groups.
    pub fn tree(&self, profiles: &Profiles) -> Result<Tree> {
        let groups = profiles.groups();
        let Some(group) = groups.first() else {
            let zeros = vec![0.0; profiles.symbols.stacks.len()];
            return Ok(Tree::new(profiles.symbols.clone(), zeros, 0.0, profiles.unit()));
        };
        Merger::new(profiles).tree(group, self.surroundings.work).map_err(|_| cancelled())
    }

    /// A tree with its header.
    pub fn tree_outcome(&self, profiles: &Profiles) -> Result<Outcome> {
        let tree = self.tree(profiles)?;
        let header = with_totals(describe::header(profiles), &tree);
        Ok(Outcome { value: Value::Tree(tree), header })
    }

    fn types(&self, profiles: Profiles) -> Result<Piped> {
        self.table(profiles, |p| Ok(catalog::types(std::slice::from_ref(p))))
    }

    fn table(&self, profiles: Profiles, make: impl Fn(&Profiles) -> Result<Table>) -> Result<Piped> {
        let value = Value::Table(make(&profiles)?);
        Ok(Piped::Done(Outcome { value, header: describe::header(&profiles) }))
    }

    fn with_tree(
        &self,
        piped: Piped,
        stage: &Stage,
        make: impl Fn(&Tree) -> Result<Table>,
    ) -> Result<Piped> {
        let outcome = match piped {
            Piped::Profiles(profiles) => self.tree_outcome(&ungrouped(profiles))?,
            Piped::Done(outcome) => outcome,
        };
        let Some(tree) = tree_of(&outcome) else {
            return Err(mismatch(stage, "profiles or a Tree", &outcome));
        };
        let value = Value::Table(make(tree)?);
        Ok(Piped::Done(Outcome { value, header: outcome.header }))
    }

    fn describe(&self, piped: Piped) -> Result<Piped> {
        let (table, header) = match piped {
            Piped::Profiles(profiles) => {
                let tree = self.tree(&ungrouped(profiles.clone()))?;
                let total = Quantity::new(tree.total(), tree.unit.clone());
                (describe::describe_profiles(&profiles, &total), describe::header(&profiles))
            }
            Piped::Done(outcome) => (describe::describe_outcome(&outcome), outcome.header),
        };
        Ok(Piped::Done(Outcome { value: Value::Table(table), header }))
    }

    fn top(&self, piped: Piped, count: Option<u32>, by: Option<&Name>, stage: &Stage) -> Result<Piped> {
        let rank = rank_of(by)?;
        let count = count.unwrap_or(TOP) as usize;
        match piped {
            Piped::Profiles(profiles) if profiles.is_grouped() => {
                let table = top::top_of_groups(&profiles, rank, count, self.surroundings.work)
                    .map_err(|_| cancelled())?;
                let header = describe::header(&profiles);
                Ok(Piped::Done(Outcome { value: Value::Table(table), header }))
            }
            piped => self.with_tree(piped, stage, |tree| Ok(top::top(tree, rank, count))),
        }
    }

    fn tabulate(&self, piped: Piped, stage: &Stage) -> Result<Piped> {
        match piped {
            Piped::Profiles(profiles) => {
                let table = group_table(&profiles, self.surroundings.work).map_err(|_| cancelled())?;
                let header = describe::header(&profiles);
                Ok(Piped::Done(Outcome { value: Value::Table(table), header }))
            }
            Piped::Done(Outcome { value: Value::Series(series), header }) => {
                let value = Value::Table(series_table(&series));
                Ok(Piped::Done(Outcome { value, header }))
            }
            Piped::Done(outcome) if matches!(outcome.value, Value::Table(_)) => {
                Ok(Piped::Done(outcome))
            }
            Piped::Done(outcome) => Err(mismatch(stage, "grouped profiles or a Series", &outcome)
                .help("for functions, use top")),
        }
    }

    fn filter(&self, piped: Piped, condition: &Expr, stage: &Stage) -> Result<Piped> {
        let Piped::Profiles(profiles) = piped else {
            return self.on_table(piped, stage, |table| {
                let rows = (0..table.height()).map(|row| {
                    Expression::new(self, Context::Row { table, row }).is_true(condition)
                });
                Ok(table.filtered(&rows.collect::<Result<Vec<_>>>()?))
            });
        };
        let totals = group_totals(&profiles, self.surroundings.work).map_err(|_| cancelled())?;
        let whole = totals.iter().map(|(_, total)| total).sum();
        let mut chosen = Vec::new();
        for (group, total) in &totals {
            let context = Context::Group { profiles: &profiles, group, total: *total, whole };
            if Expression::new(self, context).is_true(condition)? {
                chosen.push(group.labels.clone());
            }
        }
        Ok(Piped::Profiles(Profiles { chosen: Some(chosen.into()), ..profiles }))
    }

    fn on_table(
        &self,
        piped: Piped,
        stage: &Stage,
        make: impl Fn(&Table) -> Result<Table>,
    ) -> Result<Piped> {
        match piped {
            Piped::Done(Outcome { value: Value::Table(table), header }) => {
                let value = Value::Table(make(&table)?);
                Ok(Piped::Done(Outcome { value, header }))
            }
            Piped::Done(outcome) => Err(mismatch(stage, "a Table", &outcome)),
            Piped::Profiles(_) => {
                Err(Diagnostic::error("type-mismatch", "this verb needs a Table, got Profiles")
                    .at(stage.verb_place, "")
                    .help("make a table first: ... | top | ... for functions, or ... | by (label) | table | ..."))
            }
        }
    }

    /// Fails with what was measured, not just that it failed.
    pub fn assert(&self, piped: Option<&Piped>, condition: &Expr, message: Option<&Name>) -> Result<()> {
        let context = piped.map_or(Context::None, Context::Piped);
        let expression = Expression::new(self, context);
        if expression.is_true(condition)? {
            return Ok(());
        }
        let said = message.map_or_else(|| "the assertion does not hold".to_owned(), |m| m.text.to_string());
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
        Ok(match piped {
            Piped::Profiles(profiles) => Piped::Profiles(profiles.with_note(said)),
            Piped::Done(mut outcome) => {
                outcome.header.notes.push(said);
                Piped::Done(outcome)
            }
        })
    }

    /// What a statement shows when it ends here: the default view of each type.
    pub fn shown(&self, piped: Piped) -> Result<Outcome> {
        match piped {
            Piped::Profiles(profiles) if profiles.is_grouped() => {
                let table = group_table(&profiles, self.surroundings.work).map_err(|_| cancelled())?;
                Ok(Outcome { value: Value::Table(table), header: describe::header(&profiles) })
            }
            Piped::Profiles(profiles) => {
                let outcome = self.tree_outcome(&profiles)?;
                Ok(in_default_view(outcome))
            }
            Piped::Done(outcome) => Ok(in_default_view(outcome)),
        }
    }
}

/// Whether a pattern must match something, and whether it is one of frames.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    Match,
    MatchFrame,
    Note,
    NoteFrame,
}

impl Demand {
    fn is_of_frames(self) -> bool {
        matches!(self, Demand::MatchFrame | Demand::NoteFrame)
    }
}

#[derive(Clone, Copy)]
enum Order {
    Largest,
    Smallest,
}

impl Order {
    fn compare(self, a: f64, b: f64) -> std::cmp::Ordering {
        match self {
            Order::Largest => b.total_cmp(&a),
            Order::Smallest => a.total_cmp(&b),
        }
    }
}

fn in_default_view(outcome: Outcome) -> Outcome {
    let value = match outcome.value {
        Value::Tree(tree) => Value::View(View::Flame(tree)),
        Value::Series(series) => Value::View(View::Timeline(series)),
        other => other,
    };
    Outcome { value, ..outcome }
}

/// `sel{…}`: the definition with the selector's parts added to its own.
fn narrow(definition: &Definition, selector: &Selector) -> Result<Definition> {
    let mut query = definition.query.clone();
    let place = selector.place;
    let base = match &mut query.source {
        Input::Expr(Expr { kind: ExprKind::Select(base), .. }) => base,
        Input::Expr(expr) => match &expr.kind {
            ExprKind::Name(name) => {
                let name = Name { text: name.clone(), place: expr.place };
                let plain = Selector { name: Some(name), matchers: Vec::new(), range: None, ..selector.clone() };
                expr.kind = ExprKind::Select(Selector { offset: None, at: None, from: None, ..plain });
                match &mut expr.kind {
                    ExprKind::Select(base) => base,
                    _ => return Err(cannot_narrow(place)),
                }
            }
            _ => return Err(cannot_narrow(place)),
        },
        Input::Explore(_) => return Err(cannot_narrow(place)),
    };
    base.matchers.extend(selector.matchers.iter().cloned());
    base.range = selector.range.clone().or(base.range.take());
    base.offset = selector.offset.clone().or(base.offset.take());
    base.at = selector.at.clone().or(base.at.take());
    base.from = selector.from.clone().or(base.from.take());
    Ok(Definition {
        query,
        bindings: definition.bindings.clone(),
        cell: definition.cell.clone(),
        text: definition.text.clone(),
        grouped: definition.grouped,
    })
}

fn cannot_narrow(place: Place) -> Diagnostic {
    Diagnostic::error("type-mismatch", "this variable is not a plain selection").at(place, "")
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

fn needs_input(stage: &Stage) -> Diagnostic {
    Diagnostic::error("type-mismatch", "this verb needs something piped into it")
        .at(stage.verb_place, "")
        .help("pipe a selection into it: cpu | ...")
}

/// Profiles with every group merged; only what `topk` and `where` kept stays.
fn ungrouped(profiles: Profiles) -> Profiles {
    let profiles = only_chosen(profiles);
    // A merge other than the sum is part of the question: it stays, over all series.
    let grouping = profiles.grouping.clone().filter(|g| g.merge != SeriesMerge::Sum);
    let grouping = grouping.map(|g| Grouping { labels: Arc::new([]), without: false, ..g });
    Profiles { grouping, chosen: None, ..profiles }
}

fn only_chosen(profiles: Profiles) -> Profiles {
    if profiles.chosen.is_none() {
        return profiles;
    }
    let members = profiles.groups().into_iter().flat_map(|group| group.series);
    let mut members: Vec<usize> = members.flat_map(|(_, members)| members).collect();
    members.sort_unstable();
    let snapshots = members.into_iter().map(|i| profiles.snapshots[i].clone()).collect();
    Profiles { snapshots, chosen: None, ..profiles }
}

/// Groups as the first level of one tree.
fn grouped_by_root(profiles: Profiles) -> Profiles {
    let labels = match &profiles.grouping {
        Some(grouping) if !grouping.without && grouping.merge == SeriesMerge::Sum => {
            grouping.labels.clone()
        }
        _ => return ungrouped(profiles),
    };
    tagroot(ungrouped(profiles), &labels)
}

fn with_totals(mut header: Header, tree: &Tree) -> Header {
    (header.total, header.kept) = describe::totals(tree.whole, tree.total(), &tree.unit);
    header
}

fn rewrite_all(piped: Piped, make: impl Fn(&Symbols) -> Rewrite) -> Piped {
    match piped {
        Piped::Profiles(profiles) => {
            let rewrite = make(&profiles.symbols);
            Piped::Profiles(profiles.rewritten(rewrite))
        }
        Piped::Done(outcome) => Piped::Done(rewrite_outcome(outcome, |tree| make(&tree.symbols))),
    }
}

/// Rewrites the tree in a result; the checker lets nothing else come here.
fn rewrite_outcome(mut outcome: Outcome, make: impl FnOnce(&Tree) -> Rewrite) -> Outcome {
    if let Value::Tree(tree) = &outcome.value {
        let rewritten = rewrite_tree(tree, &make(tree));
        outcome.header = with_totals(outcome.header, &rewritten);
        outcome.value = Value::Tree(rewritten);
    }
    outcome
}

fn symbols_of(piped: &Piped) -> Option<&Symbols> {
    match piped {
        Piped::Profiles(profiles) => Some(&profiles.symbols),
        Piped::Done(outcome) => tree_of(outcome).map(|tree| &tree.symbols),
    }
}

fn rate(profiles: Profiles, place: Place) -> Result<Piped> {
    if profiles.kind.temporality == Temporality::Gauge {
        let alias = &profiles.kind.alias;
        return Err(Diagnostic::error("rate-of-gauge", format!("`{alias}` is a gauge: it has no rate"))
            .at(place, "a level, not an amount per time")
            .help("see it over time with `| timeline`, or take the rate of alloc_space"));
    }
    if crate::eval::merge::profiled_seconds(profiles.snapshots.iter()) == 0.0
        && !profiles.snapshots.is_empty()
    {
        return Err(Diagnostic::error("no-duration", "these profiles do not say how long they took")
            .at(place, "a rate needs a duration"));
    }
    Ok(Piped::Profiles(Profiles { rate: true, ..profiles }))
}

fn rank_of(by: Option<&Name>) -> Result<Rank> {
    match by.map(|name| (&*name.text, name)) {
        None | Some(("self", _)) => Ok(Rank::SelfValue),
        Some(("total", _)) => Ok(Rank::Total),
        Some((other, name)) => {
            Err(Diagnostic::error("unknown-column", format!("`top` cannot rank by `{other}`"))
                .at(name.place, "")
                .fix("rank by self or total", name.place, "total"))
        }
    }
}

fn find_column(table: &Table, name: &Name) -> Result<usize> {
    table.index_of(&name.text).ok_or_else(|| {
        let names = table.names();
        let diagnostic =
            Diagnostic::error("unknown-column", format!("the table has no column `{}`", name.text))
                .at(name.place, "");
        match suggest(&name.text, names.iter().copied()).first() {
            Some(meant) => {
                diagnostic.fix(format!("did you mean `{meant}`?"), name.place, (*meant).to_owned())
            }
            None => diagnostic.help(format!("it has: {}", names.join(", "))),
        }
    })
}

/// A label that neither a series nor a sample has is a mistake.
fn check_label(selections: &[Profiles], name: &Name) -> Result<()> {
    let mut known = std::collections::BTreeSet::<&str>::new();
    for profiles in selections {
        for snapshot in profiles.snapshots.iter() {
            known.extend(snapshot.labels.iter().map(|(name, _)| &**name));
        }
        for tags in profiles.symbols.tags.iter() {
            known.extend(tags.iter().map(|(name, _)| &**name));
        }
    }
    let nothing_there = selections.iter().all(|profiles| profiles.snapshots.is_empty());
    match (nothing_there || known.contains(&*name.text), selections.first()) {
        (false, Some(first)) => {
            Err(unknown_label(&first.kind, name, &known.into_iter().collect::<Vec<_>>()))
        }
        _ => Ok(()),
    }
}

/// `no function matches …`, with what contains it.
fn no_match(symbols: &Symbols, text: &str, place: Place) -> Diagnostic {
    let mut names: Vec<&str> = symbols.functions.iter().map(|f| &**symbols.string(f.name)).collect();
    names.sort_unstable();
    names.dedup();
    let word = text.trim_matches('*');
    let containing: Vec<&str> =
        names.iter().filter(|name| !word.is_empty() && name.contains(word)).copied().collect();
    let diagnostic = Diagnostic::error("no-match", format!("no function matches `{text}`"))
        .at(place, format!("0 of {} functions", crate::quantity::unit::grouped(names.len() as f64)));
    match containing.first() {
        Some(example) => diagnostic.help(format!(
            "{} contain it: \"*{word}*\", e.g. {example}",
            containing.len()
        )),
        None => match suggest(word, names.iter().copied()).first() {
            Some(meant) => diagnostic.help(format!("did you mean \"{meant}\"?")),
            None => diagnostic.help("see what there is: ... | functions"),
        },
    }
}
