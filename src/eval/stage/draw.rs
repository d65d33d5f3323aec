//! Merging for a view: trees, series, and the default view of each type.

use super::grouping::grouped_by_root;
use super::{Evaluator, Piped, Result, mismatch};
use crate::diag::{Diagnostic, Place};
use crate::eval::expr::tree_of;
use crate::eval::merge::{Merger, profiled_seconds};
use crate::eval::profiles::Profiles;
use crate::eval::select::cancelled;
use crate::eval::value::{Header, Outcome, SeriesSet, Value, View};
use crate::eval::{describe, series};
use crate::lang::ast::{Name, SeriesMerge, Stage, TimeMerge};
use crate::profile::{Temporality, Tree};

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
            Piped::Done(Outcome { value: Value::Series(set), header }) => {
                Ok(Piped::Done(Outcome { value: timeline(set), header }))
            }
            Piped::Done(outcome) => Err(mismatch(stage, "profiles or a Series", &outcome)),
        }
    }

    /// Draws a tree. Groups become the first level, so that none hides another.
    pub(super) fn draw(
        &self,
        piped: Piped,
        view: fn(Tree) -> View,
        stage: &Stage,
    ) -> Result<Piped> {
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

    /// What a statement shows when it ends here: the default view of each type.
    pub fn shown(&self, piped: Piped) -> Result<Outcome> {
        match piped {
            Piped::Profiles(profiles) if profiles.is_grouped() => self.group_outcome(&profiles),
            Piped::Profiles(profiles) => {
                let outcome = self.tree_outcome(&profiles)?;
                Ok(in_default_view(outcome))
            }
            Piped::Done(outcome) => Ok(in_default_view(outcome)),
        }
    }
}

pub(super) fn in_default_view(outcome: Outcome) -> Outcome {
    let value = match outcome.value {
        Value::Tree(tree) => Value::View(View::Flame(tree)),
        Value::Series(series) => Value::View(View::Timeline(series)),
        other => other,
    };
    Outcome { value, ..outcome }
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
