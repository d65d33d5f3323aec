//! Every verb is one arm of [`Evaluator::apply`]: the table of contents of a query.
//!
//! A new verb is an arm here, an entry in `lang::verbs`, and a function in `stage`.

use crate::eval::error::Result;
use crate::eval::query::check::{Demand, check_label, find_column};
use crate::eval::query::evaluator::{Evaluator, Piped, Upstream, profiles};
use crate::eval::query::expr::{Expression, Subject};
use crate::eval::query::stage::{Order, rate, rewrite_all};
use crate::eval::result::value::{Value, View};
use crate::eval::selection::labels::{tagleaf, tagroot};
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::rewrite as stacks;
use crate::eval::tables::catalog;
use crate::lang::ast::{Stage, Verb};

impl Evaluator<'_> {
    /// Applies one verb.
    pub fn apply(&self, piped: Piped, stage: &Stage, upstream: Upstream<'_>) -> Result<Piped> {
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
                    Expression::new(self, Subject::Row { table, row, whole }).value(value)
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
                Ok(table.columns(&columns.collect::<std::result::Result<Vec<_>, _>>()?))
            }),
            Verb::Assert { condition, message } => {
                let measured = self.assert(Some(&piped), condition, message.as_ref())?;
                Ok(piped.with_note(format!("the assertion holds: {measured}")))
            }
            Verb::Save(path) => self.save(piped, path),
            Verb::Publish(endpoint) => self.publish(piped, endpoint.as_ref(), stage),
        }
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
