//! Merging for a view: trees, series, and the default view of each type.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::grouping::{grouped_by_root, labels_of_roots, ungrouped};
use super::rewrite::Demand;
use super::{Evaluator, Piped, Result, mismatch};
use crate::diag::{Diagnostic, Place};
use crate::eval::expr::graph_of;
use crate::eval::merge::Merger;
use crate::eval::profiles::{Group, Profiles};
use crate::eval::rooted::rooted;
use crate::eval::select::cancelled;
use crate::eval::sums::profiled_seconds;
use crate::eval::used::Used;
use crate::eval::value::{Graph, Header, Outcome, Sandwich, SeriesSet, Value, View};
use crate::eval::{describe, heatmap, series, stacks};
use crate::lang::ast::{Name, Pattern, SeriesMerge, Stage, TimeMerge};
use crate::lang::format;
use crate::profile::{StackId, Temporality, Tree};
use crate::work::{Cancelled, Work};

impl Evaluator<'_> {
    pub(super) fn series(
        &self,
        profiles: Profiles,
        wrap: impl Fn(SeriesSet) -> Value,
    ) -> Result<Piped> {
        let set = series::series(&profiles, self.surroundings.work).map_err(|_| cancelled())?;
        let header = describe::header(&profiles);
        Ok(Piped::Done(Outcome { value: wrap(set), header }))
    }

    pub(super) fn timeline(&self, piped: Piped, names: &[Name], stage: &Stage) -> Result<Piped> {
        let timeline = |set| Value::View(View::Timeline(set));
        match piped {
            Piped::Profiles(profiles) if names.is_empty() => {
                self.series(as_rate(profiles), timeline)
            }
            Piped::Profiles(profiles) => {
                match self.group(profiles, SeriesMerge::Sum, names, false)? {
                    Piped::Profiles(grouped) => self.series(as_rate(grouped), timeline),
                    done => Ok(done),
                }
            }
            Piped::Done(Outcome { value: Value::Series(_), .. }) if !names.is_empty() => {
                Err(Diagnostic::error("type-mismatch", "totals over time cannot be grouped")
                    .at(stage.verb_place, "these are lines already")
                    .help("group before: `((a | by (pod)) / (c | by (pod))) | timeline`"))
            }
            Piped::Done(Outcome { value: Value::Series(set), header }) => {
                Ok(Piped::Done(Outcome { value: timeline(set), header }))
            }
            Piped::Done(outcome) => Err(mismatch(stage, "profiles or a Series", &outcome)),
        }
    }

    /// Groups down, where there are any; else ranges of values.
    pub(super) fn heatmap(&self, profiles: Profiles, names: &[Name]) -> Result<Piped> {
        let profiles = match names {
            [] => profiles,
            names => match self.group(profiles, SeriesMerge::Sum, names, false)? {
                Piped::Profiles(grouped) => grouped,
                done => return Ok(done),
            },
        };
        let profiles = as_rate(profiles);
        let rows = if profiles.is_grouped() { heatmap::by_group } else { heatmap::by_value };
        let map = rows(&profiles, self.surroundings.work).map_err(|_| cancelled())?;
        let mut header = describe::header(&profiles);
        if !profiles.is_grouped() {
            header.rule = "profiles counted by their totals".to_owned();
        }
        Ok(Piped::Done(Outcome { value: Value::View(View::Heatmap(map)), header }))
    }

    /// Draws a tree. Groups become the first level, so that none hides another.
    pub(super) fn draw(
        &self,
        piped: Piped,
        view: fn(Graph) -> View,
        stage: &Stage,
    ) -> Result<Piped> {
        let outcome = match piped {
            Piped::Profiles(profiles) => self.grouped_outcome(profiles)?,
            Piped::Done(outcome) => outcome,
        };
        match graph_of(&outcome) {
            Some(graph) => {
                let value = Value::View(view(graph));
                Ok(Piped::Done(Outcome { value, header: outcome.header }))
            }
            None => Err(mismatch(stage, "profiles, a Tree or a Diff", &outcome)),
        }
    }

    /// One tree of all groups.
    fn grouped_outcome(&self, profiles: Profiles) -> Result<Outcome> {
        let work = self.surroundings.work;
        let rooted = labels_of_roots(&profiles).map(|labels| rooted(&profiles, &labels, work));
        match rooted.transpose().map_err(|_| cancelled())?.flatten() {
            Some(tree) => {
                let header = with_totals(describe::header(&ungrouped(profiles)), &tree);
                Ok(Outcome { value: Value::Tree(tree), header })
            }
            None => self.tree_outcome(&grouped_by_root(profiles)),
        }
    }

    /// Callers and callees of whatever matches, from its outermost call in each stack.
    pub(super) fn sandwich(&self, piped: Piped, pattern: &Pattern, stage: &Stage) -> Result<Piped> {
        let compiled = self.compile(pattern)?;
        self.note_unmatched(&compiled, &piped, Demand::Match)?;
        let half =
            |make| self.half(piped.clone(), &compiled, make, stage).map(|half| graph_of(&half));
        let (callers, callees) = (half(stacks::callers)?, half(stacks::show_from)?);
        let whole = match piped {
            Piped::Profiles(profiles) => self.tree_outcome(&ungrouped(profiles))?,
            Piped::Done(outcome) => outcome,
        };
        let (Some(callers), Some(callees), Some(graph)) = (callers, callees, graph_of(&whole))
        else {
            return Err(mismatch(stage, "profiles, a Tree or a Diff", &whole));
        };
        let pattern = format::pattern(pattern);
        let functions = entered(&callees);
        let sandwich = Sandwich { pattern, functions, graph, callers, callees };
        let value = Value::View(View::Sandwich(Box::new(sandwich)));
        Ok(Piped::Done(Outcome { value, header: whole.header }))
    }

    /// The merged tree of everything selected, whatever its groups.
    pub fn tree(&self, profiles: &Profiles) -> Result<Tree> {
        if profiles.loader.is_some() {
            return self.tree(&self.read(profiles.clone())?);
        }
        tree(profiles, self.surroundings.work).map_err(|_| cancelled())
    }

    /// A tree with its header.
    pub fn tree_outcome(&self, profiles: &Profiles) -> Result<Outcome> {
        let tree = self.tree(profiles)?;
        let header = with_totals(describe::header(profiles), &tree);
        Ok(Outcome { value: Value::Tree(tree), header })
    }

    /// What a statement shows when it ends here: the default view of each type.
    pub fn shown(&self, piped: Piped) -> Result<Outcome> {
        match self.read_piped(piped)? {
            Piped::Profiles(profiles) if profiles.is_grouped() => self.group_outcome(&profiles),
            Piped::Profiles(profiles) => {
                let outcome = self.tree_outcome(&profiles)?;
                Ok(in_default_view(outcome))
            }
            Piped::Done(outcome) => Ok(in_default_view(outcome)),
        }
    }
}

/// The merged tree of profiles whose samples have been read.
pub(super) fn tree(profiles: &Profiles, work: Work<'_>) -> std::result::Result<Tree, Cancelled> {
    merged(profiles, work, |merger, group, work| merger.tree(group, work))
}

/// The tree of one side of a diff: with its values by batch of profiles.
pub(super) fn replicated_tree(
    profiles: &Profiles,
    work: Work<'_>,
) -> std::result::Result<Tree, Cancelled> {
    merged(profiles, work, |merger, group, work| merger.replicated_tree(group, work))
}

fn merged(
    profiles: &Profiles,
    work: Work<'_>,
    merge: fn(&Merger<'_>, &Group, Work<'_>) -> std::result::Result<Tree, Cancelled>,
) -> std::result::Result<Tree, Cancelled> {
    let groups = profiles.groups();
    let Some(group) = groups.first() else {
        let zeros = vec![0.0; profiles.symbols.stacks.len()];
        return Ok(Tree::new(profiles.symbols.clone(), zeros, 0.0, profiles.unit()));
    };
    merge(&Merger::new(profiles), group, work)
}

pub(super) fn in_default_view(outcome: Outcome) -> Outcome {
    let value = match outcome.value {
        Value::Tree(tree) => Value::View(View::Flame(Graph::Tree(tree))),
        Value::Diff(diff) => Value::View(View::Flame(Graph::Diff(diff))),
        Value::Series(series) => Value::View(View::Timeline(series)),
        other => other,
    };
    Outcome { value, ..outcome }
}

/// The functions that stacks begin with, by name.
fn entered(graph: &Graph) -> Vec<Arc<str>> {
    let (symbols, used) = (&graph.tree().symbols, Used::by_graph(graph));
    let roots = symbols
        .stacks
        .iter()
        .filter(|(stack, parent, _)| *parent == StackId::EMPTY && used.stacks[stack.index()]);
    let names: BTreeSet<Arc<str>> =
        roots.map(|(.., frame)| symbols.frame_name(frame).clone()).collect();
    names.into_iter().collect()
}

pub(super) fn with_totals(mut header: Header, tree: &Tree) -> Header {
    (header.total, header.kept) = describe::totals(tree.whole, tree.total(), &tree.unit);
    header
}

pub(super) fn rate(profiles: Profiles, place: Place) -> Result<Piped> {
    if profiles.kind.temporality == Temporality::Gauge {
        let alias = &profiles.kind.alias;
        return Err(Diagnostic::error(
            "rate-of-gauge",
            format!("`{alias}` is a gauge: it has no rate"),
        )
        .at(place, "a level, not an amount per time")
        .help("see it over time with `| timeline`, or take the rate of alloc_space"));
    }
    if profiled_seconds(profiles.snapshots.iter()) == 0.0 && !profiles.snapshots.is_empty() {
        return Err(Diagnostic::error(
            "no-duration",
            "these profiles do not say how long they took",
        )
        .at(place, "a rate needs a duration"));
    }
    Ok(Piped::Profiles(Profiles { rate: true, ..profiles }))
}

/// What happens in a span is drawn per second: a step that holds two profiles
/// must not stand twice as high as one that holds one.
pub(super) fn as_rate(profiles: Profiles) -> Profiles {
    let adds_up =
        profiles.time_rule() == TimeMerge::Sum && profiles.kind.temporality == Temporality::Delta;
    let timed = profiled_seconds(profiles.snapshots.iter()) > 0.0;
    Profiles { rate: profiles.rate || adds_up && timed, ..profiles }
}
