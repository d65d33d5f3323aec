//! Stages that return or accept a table.

use crate::diag::Diagnostic;
use crate::eval::error::Result;
use crate::eval::query::check::{check_label, find_column, must_match};
use crate::eval::query::evaluator::{Evaluator, Piped, unplanned};
use crate::eval::query::expr::{Expression, Subject};
use crate::eval::result::table::Table;
use crate::eval::result::value::{Graph, Header, Outcome, Value};
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::reached::Reached;
use crate::eval::tables::changes::ChangeRank;
use crate::eval::tables::groups::{GroupTable, group_table, series_table};
use crate::eval::tables::top::Rank;
use crate::eval::{tables::catalog, tables::changes, tables::describe, tables::top};
use crate::lang::ast::{Args, Name, Pattern, Stage};
use crate::lang::verbs::{ExploreVerb, Verb};
use crate::profile::{Diff, Labels, Tree};
use crate::quantity::Quantity;

/// The rows of a `top` without a number.
const DEFAULT_TOP: u32 = 20;

impl Evaluator<'_> {
    pub fn functions(&self, tree: &Tree, pattern: Option<&Pattern>) -> Result<Table> {
        let Some(pattern) = pattern else {
            return Ok(top::functions(tree, |_| true));
        };
        let compiled = self.compile(pattern)?;
        must_match(&compiled, &tree.symbols, &Reached::by_tree(tree))?;
        let matches = compiled.matches(&tree.symbols, &Labels::default());
        let mut matching = vec![false; tree.symbols.frames.len()];
        for (stack, _, frame) in tree.symbols.stacks.iter() {
            matching[frame.index()] |= matches.frame(stack);
        }
        Ok(top::functions(tree, |row| matching[row.frame.index()]))
    }

    /// Lists the functions of the input.
    pub fn functions_of(&self, piped: Piped, pattern: Option<&Pattern>) -> Result<Piped> {
        self.with_tree(piped, |tree| self.functions(tree, pattern))
    }

    /// Lists the content of a selection: types, labels, values or profiles.
    pub fn catalog(&self, profiles: Profiles, stage: &Stage) -> Result<Piped> {
        // The number of samples of a delta is known only after it was computed.
        let profiles = match stage.verb.id == Verb::Explore(ExploreVerb::Profiles)
            && profiles.restarts.is_some()
        {
            true => self.read(profiles)?,
            false => profiles,
        };
        let selection = std::slice::from_ref(&profiles);
        let table = match stage.verb.id {
            Verb::Explore(ExploreVerb::Types) => catalog::types(selection),
            Verb::Explore(ExploreVerb::Labels) => catalog::labels(selection),
            Verb::Explore(ExploreVerb::Profiles) => catalog::profiles(&profiles),
            _ => {
                let label = stage.args.label();
                check_label(selection, label)?;
                catalog::values(selection, &label.text)
            }
        };
        let header = describe::header(&profiles);
        Ok(Piped::Done(Outcome { value: Value::Table(table), header }))
    }

    fn with_tree(&self, piped: Piped, make: impl Fn(&Tree) -> Result<Table>) -> Result<Piped> {
        let outcome = match piped {
            Piped::Profiles(profiles) => self.tree_outcome(&profiles.ungrouped())?,
            Piped::Done(outcome) => outcome,
        };
        let Some(Graph::Tree(tree)) = outcome.graph() else { unplanned(&outcome) };
        let value = Value::Table(make(&tree)?);
        Ok(Piped::Done(Outcome { value, header: outcome.header }))
    }

    pub fn describe(&self, piped: Piped) -> Result<Piped> {
        let (table, header) = match piped {
            Piped::Profiles(profiles) => {
                let tree = self.tree(&profiles.clone().ungrouped())?;
                let total = Quantity::new(tree.total(), tree.unit.clone());
                (describe::describe_profiles(&profiles, &total), describe::header(&profiles))
            }
            Piped::Done(outcome) => (describe::describe_outcome(&outcome), outcome.header),
        };
        Ok(Piped::Done(Outcome { value: Value::Table(table), header }))
    }

    pub fn top(&self, piped: Piped, args: &Args) -> Result<Piped> {
        let (count, by) = match args {
            Args::Top { count, by } => (*count, by.as_ref()),
            _ => (None, None),
        };
        let count = count.unwrap_or(DEFAULT_TOP) as usize;
        match piped {
            Piped::Done(Outcome { value: Value::Diff(diff), header }) => {
                let rank = change_rank_of(by)?;
                Ok(Piped::Done(changed_functions(&diff, header, rank, count)))
            }
            Piped::Profiles(profiles) if profiles.is_grouped() => {
                let table = top::top_of_groups(&profiles, rank_of(by)?, count, self.context.work)?;
                let header = describe::header(&profiles);
                Ok(Piped::Done(Outcome { value: Value::Table(table), header }))
            }
            piped => self.with_tree(piped, |tree| Ok(top::top(tree, rank_of(by)?, count))),
        }
    }

    /// A table with one row per group; the header holds their sum.
    pub fn group_outcome(&self, profiles: &Profiles) -> Result<Outcome> {
        let work = self.context.work;
        let GroupTable { table, whole, kept } = group_table(profiles, work)?;
        let header = describe::header(profiles).with_totals(whole, kept, &profiles.unit());
        Ok(Outcome { value: Value::Table(table), header })
    }

    pub fn tabulate(&self, piped: Piped) -> Result<Piped> {
        match piped {
            Piped::Profiles(profiles) => self.group_outcome(&profiles).map(Piped::Done),
            Piped::Done(Outcome { value: Value::Series(series), header }) => {
                let value = Value::Table(series_table(&series));
                Ok(Piped::Done(Outcome { value, header }))
            }
            Piped::Done(outcome) => unplanned(&outcome),
        }
    }

    pub fn on_table(
        &self,
        piped: Piped,
        make: impl Fn(&Table, Option<f64>) -> Result<Table>,
    ) -> Result<Piped> {
        match piped {
            Piped::Done(Outcome { value: Value::Diff(diff), header }) => {
                let table = changed_functions(&diff, header, ChangeRank::Delta, usize::MAX);
                self.on_table(Piped::Done(table), make)
            }
            Piped::Done(Outcome { value: Value::Table(table), header }) => {
                // Percentages of a change refer to the value before.
                let total = header.baseline.as_ref().map_or(&header.total, |before| &before.total);
                let whole = total.as_ref().map(|total| total.value);
                let value = Value::Table(make(&table, whole)?);
                Ok(Piped::Done(Outcome { value, header }))
            }
            Piped::Done(outcome) => unplanned(&outcome),
            Piped::Profiles(profiles) => {
                unreachable!("the plan lets no selection come here: {}", profiles.subject)
            }
        }
    }

    /// Runs a stage on a table: adds a column, sorts it, or drops rows or columns.
    pub fn on_rows(&self, piped: Piped, args: &Args) -> Result<Piped> {
        self.on_table(piped, |table, whole| match args {
            Args::Extend { column, value } => {
                let values = (0..table.height()).map(|row| {
                    Expression::new(self, Subject::Row { table, row, whole }).value(value)
                });
                Ok(table.extended(&column.text, values.collect::<Result<_>>()?))
            }
            Args::Sort { column, descending } => {
                Ok(table.sorted(find_column(table, column)?, *descending))
            }
            Args::Columns(names) => {
                let columns = names.iter().map(|name| find_column(table, name));
                Ok(table.columns(&columns.collect::<std::result::Result<Vec<_>, _>>()?))
            }
            args => Ok(table.head(args.count() as usize)),
        })
    }
}

/// The table of a diff, with a note on how many changes are statistically significant.
fn changed_functions(diff: &Diff, mut header: Header, rank: ChangeRank, count: usize) -> Outcome {
    header.notes.extend(diff.noise.as_ref().map(|noise| noise.summary(diff.mode)));
    Outcome { value: Value::Table(changes::top(diff, rank, count)), header }
}

pub(crate) fn rank_of(by: Option<&Name>) -> Result<Rank> {
    match by.map(|name| (&*name.text, name)) {
        None | Some(("self", _)) => Ok(Rank::SelfValue),
        Some(("total", _)) => Ok(Rank::Total),
        Some((other, name)) => {
            Err(Diagnostic::error("unknown-column", format!("`top` cannot rank by `{other}`"))
                .at(name.place, "")
                .fix("rank by self or total", name.place, "total")
                .into())
        }
    }
}

fn change_rank_of(by: Option<&Name>) -> Result<ChangeRank> {
    let Some(name) = by else { return Ok(ChangeRank::Delta) };
    Ok(match &*name.text {
        "delta" | "self" => ChangeRank::Delta,
        "total" | "total delta" => ChangeRank::TotalDelta,
        "before" => ChangeRank::Before,
        "after" => ChangeRank::After,
        "growth" => ChangeRank::Growth,
        "z" => ChangeRank::Z,
        other => {
            let message = format!("`top` of a Diff cannot rank by `{other}`");
            return Err(Diagnostic::error("unknown-column", message)
                .at(name.place, "")
                .fix("rank by delta, total, growth, z, before or after", name.place, "delta")
                .into());
        }
    })
}
