//! Stages that return or accept a table.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::eval::error::Result;
use crate::eval::merge::merger;
use crate::eval::query::check::{
    check_frames, check_label, find_column, must_match, unknown_column,
};
use crate::eval::query::evaluator::{Evaluator, Piped, unplanned};
use crate::eval::query::expr::{Expression, Subject};
use crate::eval::query::stage::rewrite::diff_outcome;
use crate::eval::result::scalar::Scalar;
use crate::eval::result::table::Table;
use crate::eval::result::value::{Header, Outcome, Trees, Value};
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::reached::Reached;
use crate::eval::stacks::rewrite::{self, rewrite_tree};
use crate::eval::tables::changes::ChangeRank;
use crate::eval::tables::groups::{
    GroupTable, group_table, heaviest_first, kept, measured_table, series_table,
};
use crate::eval::tables::top::Rank;
use crate::eval::{tables::catalog, tables::changes, tables::describe, tables::top};
use crate::lang::ast::{Args, Expr, ExprKind, Measure, Name, Pattern, Stage};
use crate::lang::columns::{self, KEPT_SHARE, SELF, SELF_SHARE, TOTAL, TOTAL_SHARE};
use crate::lang::format;
use crate::lang::verbs::{ExploreVerb, Verb};
use crate::profile::{Diff, Labels, Tree};
use crate::quantity::unit::grouped;
use crate::quantity::{Quantity, Unit};

/// The rows of a `top` without a number.
const DEFAULT_TOP: u32 = 20;

impl Evaluator<'_> {
    pub fn functions(&self, tree: &Tree, pattern: Option<&Pattern>) -> Result<Table> {
        let work = self.context.work;
        let Some(pattern) = pattern else {
            return Ok(top::functions(tree, |_| true, work)?);
        };
        let compiled = self.compile(pattern)?;
        check_frames(&compiled)?;
        must_match(&compiled, &tree.symbols, &Reached::by_tree(tree, work)?, work)?;
        let matches = compiled.matches(&tree.symbols, &Labels::default(), work)?;
        let mut matching = vec![false; tree.symbols.frames.len()];
        work.each(tree.symbols.stacks.iter(), |(stack, _, frame)| {
            matching[frame.index()] |= matches.frame(stack);
        })?;
        Ok(top::functions(tree, |row| matching[row.frame.index()], work)?)
    }

    /// Lists the functions of the input.
    pub fn functions_of(&self, piped: Piped, pattern: Option<&Pattern>) -> Result<Piped> {
        self.with_tree(piped, |tree| self.functions(tree, pattern))
    }

    /// Lists the content of a selection: types, labels, values or profiles.
    pub fn catalog(&self, profiles: Profiles, stage: &Stage) -> Result<Piped> {
        let is_profiles = stage.verb.id == Verb::Explore(ExploreVerb::Profiles);
        let are_sums = profiles.loader.as_ref().is_some_and(|loader| !loader.are_singles());
        if is_profiles && are_sums {
            let message = "this server does not list single profiles; Pyroscope does from 1.17 on, \
                           with its storage of version 2";
            return Err(Diagnostic::error("server", message)
                .at(stage.verb_place, "its answers are sums of profiles")
                .help("see the totals in time: `| series | table`, or `| timeline`")
                .into());
        }
        // The number of samples of a delta is known only after it was computed.
        let profiles = match is_profiles && profiles.restarts.is_some() {
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
        let Some(Trees::One(tree)) = outcome.value.trees() else { unplanned(&outcome.value) };
        let value = Value::Table(make(tree)?);
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
                Ok(Piped::Done(changes::outcome(&diff, header, rank, count, self.context.work)?))
            }
            Piped::Profiles(profiles) if profiles.is_grouped() => {
                let table = top::top_of_groups(&profiles, rank_of(by)?, count, self.context.work)?;
                let header = describe::header(&profiles);
                Ok(Piped::Done(Outcome { value: Value::Table(table), header }))
            }
            // With its values by batch, which show how much a share varies.
            Piped::Profiles(profiles) => {
                let tree = merger::replicated_tree(&profiles, self.context.work)?;
                let header = describe::header(&profiles).with_totals_of(&tree);
                let value = Value::Table(top::top(&tree, rank_of(by)?, count, self.context.work)?);
                Ok(Piped::Done(Outcome { value, header }))
            }
            piped => self.with_tree(piped, |tree| {
                Ok(top::top(tree, rank_of(by)?, count, self.context.work)?)
            }),
        }
    }

    /// A table with one row per group; the header holds their sum.
    pub fn group_outcome(&self, profiles: &Profiles) -> Result<Outcome> {
        let work = self.context.work;
        let GroupTable { table, whole, kept } = group_table(profiles, work)?;
        let header = describe::header(profiles).with_totals(whole, kept, &profiles.unit());
        Ok(Outcome { value: Value::Table(table), header })
    }

    /// A table of groups with these columns: each expression is evaluated for each group.
    fn measured_groups(&self, profiles: &Profiles, measures: &[Measure]) -> Result<Outcome> {
        let totals = heaviest_first(profiles, self.context.work)?;
        let whole = kept(profiles, &totals, self.context.work)?;
        let column = |measure: &Measure| {
            let values = totals.iter().map(|(group, total)| {
                let subject = Subject::Group { profiles, group, total: *total, whole };
                self.measured_value(subject, &measure.value)
            });
            Ok((format::column_of(measure), values.collect::<Result<_>>()?))
        };
        let measured = measures.iter().map(column).collect::<Result<_>>()?;
        let groups: Vec<&Labels> = totals.iter().map(|(group, _)| &group.labels).collect();
        let table = measured_table(&groups, measured);
        let header = describe::header(profiles).with_totals(whole, whole, &profiles.unit());
        Ok(Outcome { value: Value::Table(table), header })
    }

    /// The value of an expression; shares are in percent, and unknown for an empty group.
    fn measured_value(&self, subject: Subject<'_>, value: &Expr) -> Result<Scalar> {
        let is_share =
            matches!(&value.kind, ExprKind::Call { function, .. } if &*function.text == "share");
        match Expression::new(self, subject).value(value) {
            Ok(Scalar::Number(share)) if is_share => {
                Ok(Scalar::Number(Quantity::new(100.0 * share.value, Unit::Percent)))
            }
            Err(error) if error.is("nothing-measured") => {
                Ok(Scalar::Number(Quantity::new(f64::NAN, Unit::None)))
            }
            value => value,
        }
    }

    pub fn tabulate(&self, piped: Piped, measures: &[Measure]) -> Result<Piped> {
        match piped {
            Piped::Profiles(profiles) if !measures.is_empty() => {
                self.measured_groups(&profiles, measures).map(Piped::Done)
            }
            Piped::Profiles(profiles) => self.group_outcome(&profiles).map(Piped::Done),
            Piped::Done(Outcome { value: Value::Series(series), header }) => {
                let value = Value::Table(series_table(&series));
                Ok(Piped::Done(Outcome { value, header }))
            }
            Piped::Done(outcome) => unplanned(&outcome.value),
        }
    }

    /// Narrows a diff to the functions for which a condition is true: tables list only
    /// these, and only the stacks through one of them stay.
    pub fn choose_changes(
        &self,
        diff: &Diff,
        mut header: Header,
        condition: &Expr,
    ) -> Result<Piped> {
        let work = self.context.work;
        let changes = changes::ranked(diff, ChangeRank::DEFAULT, work)?;
        let table = changes::table(diff, &changes);
        let holds = self.holds_for_rows(&table, diff_whole(&header), condition)?;
        let mut chosen = vec![false; diff.symbols().frames.len()];
        for (change, holds) in changes.iter().zip(&holds) {
            chosen[change.frame.index()] = *holds;
        }
        header.notes.push(kept_functions(&holds, condition));
        let rewrite = rewrite::through(diff.symbols(), &chosen, work)?;
        // The verdicts stay those of the whole diff, which the condition has read.
        let before = rewrite_tree(&diff.before, &rewrite, work)?;
        let after = rewrite_tree(&diff.after, &rewrite, work)?;
        let narrowed = Diff { chosen: Some(chosen.into()), ..diff.with_sides(before, after) };
        Ok(Piped::Done(diff_outcome(narrowed, header)))
    }

    pub fn rows_where(&self, piped: Piped, condition: &Expr) -> Result<Piped> {
        self.on_table(piped, |table, whole| {
            Ok(table.filtered(&self.holds_for_rows(table, whole, condition)?))
        })
    }

    fn holds_for_rows(
        &self,
        table: &Table,
        whole: Option<f64>,
        condition: &Expr,
    ) -> Result<Vec<bool>> {
        let rows = (0..table.height()).map(|row| {
            Expression::new(self, Subject::Row { table, row, whole }).is_true(condition)
        });
        rows.collect()
    }

    pub fn on_table(
        &self,
        piped: Piped,
        make: impl Fn(&Table, Option<f64>) -> Result<Table>,
    ) -> Result<Piped> {
        match piped {
            Piped::Done(Outcome { value: Value::Diff(diff), header }) => {
                let work = self.context.work;
                let rank = ChangeRank::DEFAULT;
                let table = changes::outcome(&diff, header, rank, usize::MAX, work)?;
                self.on_table(Piped::Done(table), make)
            }
            Piped::Done(Outcome { value: Value::Table(table), header }) => {
                let whole = diff_whole(&header);
                let value = Value::Table(make(&table, whole)?);
                Ok(Piped::Done(Outcome { value, header }))
            }
            Piped::Done(outcome) => unplanned(&outcome.value),
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

/// The total that percentages refer to: of changes, the total before.
fn diff_whole(header: &Header) -> Option<f64> {
    let total = header.baseline.as_ref().map_or(&header.total, |before| &before.total);
    total.as_ref().map(|total| total.value)
}

/// `significant holds for 14 of 1 108 functions`
fn kept_functions(holds: &[bool], condition: &Expr) -> String {
    let [kept, all] = [holds.iter().filter(|holds| **holds).count(), holds.len()];
    let [kept, all] = [kept, all].map(|count| grouped(count as f64));
    format!("`{}` holds for {kept} of {all} functions", format::expr(condition))
}

pub(crate) fn rank_of(by: Option<&Name>) -> Result<Rank> {
    // A share ranks as its value does.
    const RANKS: [(&str, Rank); 5] = [
        (SELF.name, Rank::SelfValue),
        (TOTAL.name, Rank::Total),
        (SELF_SHARE.name, Rank::SelfValue),
        (TOTAL_SHARE.name, Rank::Total),
        (KEPT_SHARE.name, Rank::Total),
    ];
    by.map_or(Ok(Rank::SelfValue), |name| named_rank(name, "`top`", &RANKS))
}

fn change_rank_of(by: Option<&Name>) -> Result<ChangeRank> {
    let Some(name) = by else { return Ok(ChangeRank::DEFAULT) };
    let column = columns::of_change(&name.text).map_or_else(|| name.text.clone(), Arc::from);
    named_rank(&Name { text: column, ..name.clone() }, "`top` of a Diff", &ChangeRank::ALL)
}

fn named_rank<R: Copy>(name: &Name, verb: &str, ranks: &[(&str, R)]) -> Result<R> {
    if let Some((_, rank)) = ranks.iter().find(|(column, _)| *column == &*name.text) {
        return Ok(*rank);
    }
    let known: Vec<&str> = ranks.iter().map(|(column, _)| *column).collect();
    Err(unknown_column(format!("{verb} cannot rank by `{}`", name.text), name, &known).into())
}
