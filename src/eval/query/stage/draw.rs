//! Merges a selection for a view: trees, series, and the default view of each type.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::merge::grouped_tree::grouped_tree;
use crate::eval::query::check::{Demand, check_frames};
use crate::eval::query::evaluator::{Evaluator, Piped, unplanned};
use crate::eval::result::value::{Graph, Outcome, Sandwich, SeriesSet, Value, View};
use crate::eval::selection::labels::grouped_by_root;
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::reached::Reached;
use crate::eval::{stacks::rewrite, tables::describe, time::heatmap, time::series};
use crate::lang::ast::{Name, Pattern, SeriesMerge, Stage};
use crate::lang::format;
use crate::profile::sample::profiled_seconds;
use crate::profile::{StackId, Temporality};
use crate::work::Work;

impl Evaluator<'_> {
    pub fn series(&self, profiles: Profiles, wrap: impl Fn(SeriesSet) -> Value) -> Result<Piped> {
        let set = series::series(&profiles, self.context.work)?;
        let mut header = describe::header(&profiles);
        header.notes.extend(series::uneven_steps(&profiles));
        Ok(Piped::Done(Outcome { value: wrap(set), header }))
    }

    pub fn timeline(&self, piped: Piped, names: &[Name], stage: &Stage) -> Result<Piped> {
        let timeline = |set| Value::View(View::Timeline(set));
        match piped {
            Piped::Profiles(profiles) if names.is_empty() => {
                self.series(profiles.as_rate(), timeline)
            }
            Piped::Profiles(profiles) => {
                let grouped = self.grouped(profiles, SeriesMerge::Sum, names, false)?;
                self.series(grouped.as_rate(), timeline)
            }
            Piped::Done(Outcome { value: Value::Series(_), .. }) if !names.is_empty() => {
                Err(Diagnostic::error("type-mismatch", "totals over time cannot be grouped")
                    .at(stage.verb_place, "each group is already one line")
                    .help(
                        "group each side first: \
                         `((alloc_space | by (pod)) / (cpu | by (pod))) | timeline`",
                    )
                    .into())
            }
            Piped::Done(Outcome { value: Value::Series(set), header }) => {
                Ok(Piped::Done(Outcome { value: timeline(set), header }))
            }
            Piped::Done(outcome) => unplanned(&outcome.value),
        }
    }

    /// Draws a heat map with a row per group; without groups, rows are ranges of values.
    pub fn heatmap(&self, profiles: Profiles, names: &[Name]) -> Result<Piped> {
        let profiles = match names {
            [] => profiles,
            names => self.grouped(profiles, SeriesMerge::Sum, names, false)?,
        };
        let profiles = profiles.as_rate();
        let rows = if profiles.is_grouped() { heatmap::by_group } else { heatmap::by_value };
        let map = rows(&profiles, self.context.work)?;
        let mut header = describe::header(&profiles);
        if !profiles.is_grouped() {
            header.rule = "profiles counted by their totals".to_owned();
        }
        Ok(Piped::Done(Outcome { value: Value::View(View::Heatmap(map)), header }))
    }

    /// Draws a tree. Groups become its first level.
    pub fn draw(&self, piped: Piped, view: fn(Graph) -> View) -> Result<Piped> {
        let outcome = match piped {
            Piped::Profiles(profiles) => self.grouped_outcome(profiles)?,
            Piped::Done(outcome) => outcome,
        };
        let Outcome { value, header } = outcome;
        let graph = value.into_graph().unwrap_or_else(|value| unplanned(&value));
        Ok(Piped::Done(Outcome { value: Value::View(view(graph)), header }))
    }

    /// Merges all groups into one tree.
    fn grouped_outcome(&self, profiles: Profiles) -> Result<Outcome> {
        let work = self.context.work;
        // Groups that share samples would count these twice.
        let roots = profiles.labels_of_roots().filter(|_| profiles.unsplit.is_none());
        let grouped = roots.map(|labels| grouped_tree(&profiles, &labels, work));
        match grouped.transpose()?.flatten() {
            Some(tree) => {
                let header = describe::header(&profiles.ungrouped()).with_totals_of(&tree);
                Ok(Outcome { value: Value::Tree(tree), header })
            }
            None => self.tree_outcome(&grouped_by_root(profiles, work)?),
        }
    }

    /// Draws the callers and callees of a match, from its outermost call in each stack.
    pub fn sandwich(&self, piped: Piped, pattern: &Pattern) -> Result<Piped> {
        let compiled = self.compile(pattern)?;
        check_frames(&compiled)?;
        self.note_unmatched(&compiled, &piped, Demand::Match)?;
        let graph = |value: Value| value.into_graph().unwrap_or_else(|value| unplanned(&value));
        let half = |make| {
            let half = self.callers_or_callees(piped.clone(), &compiled, make)?;
            Result::Ok(graph(half.value))
        };
        let (callers, callees) = (half(rewrite::callers)?, half(rewrite::show_from)?);
        let whole = match piped {
            Piped::Profiles(profiles) => self.tree_outcome(&profiles.ungrouped())?,
            Piped::Done(outcome) => outcome,
        };
        let pattern = format::pattern(pattern);
        let functions = entry_points(&callees, self.context.work)?;
        let graph = graph(whole.value);
        let sandwich = Sandwich { pattern, functions, graph, callers, callees };
        let value = Value::View(View::Sandwich(Box::new(sandwich)));
        Ok(Piped::Done(Outcome { value, header: whole.header }))
    }
}

/// The names of the functions at the roots of stacks.
fn entry_points(graph: &Graph, work: Work<'_>) -> Result<Vec<Arc<str>>> {
    let (symbols, used) = (&graph.tree().symbols, Reached::by_trees(graph.trees(), work)?);
    let mut names = BTreeSet::new();
    work.each(symbols.stacks.iter(), |(stack, parent, frame)| {
        if parent == StackId::EMPTY && used.stacks[stack.index()] {
            names.insert(symbols.frame_name(frame).clone());
        }
    })?;
    Ok(names.into_iter().collect())
}

pub(crate) fn rate(profiles: Profiles, place: Place) -> Result<Piped> {
    if profiles.kind.temporality == Temporality::Gauge {
        let alias = &profiles.kind.alias;
        return Err(Diagnostic::error(
            "rate-of-gauge",
            format!("`{alias}` is a gauge: it has no rate"),
        )
        .at(place, "a level, not an amount per time")
        .help("see it over time with `| timeline`, or take the rate of what was allocated")
        .into());
    }
    if profiled_seconds(profiles.snapshots.iter()) == 0.0 && !profiles.snapshots.is_empty() {
        return Err(Diagnostic::error(
            "no-duration",
            "these profiles do not record their duration",
        )
        .at(place, "a rate needs a duration")
        .into());
    }
    Ok(Piped::Profiles(Profiles { rate: true, ..profiles }))
}
