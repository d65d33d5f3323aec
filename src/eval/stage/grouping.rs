//! Stages on groups of series: `by`, `topk`, `where`, and what becomes of groups that are merged.

use std::sync::Arc;

use super::{Evaluator, Piped, Result, mismatch};
use crate::eval::expr::{Context, Expression};
use crate::eval::groups::group_totals;
use crate::eval::labels::tagroot;
use crate::eval::profiles::{Grouping, Profiles};
use crate::eval::select::{cancelled, unknown_label};
use crate::eval::value::{Outcome, Value};
use crate::lang::ast::{Expr, Name, SeriesMerge, Stage};
use crate::profile::Labels;

impl Evaluator<'_> {
    pub(super) fn group(
        &self,
        profiles: Profiles,
        merge: SeriesMerge,
        labels: &[Name],
        without: bool,
    ) -> Result<Piped> {
        let of_series =
            |name: &Name| profiles.snapshots.iter().all(|s| s.labels.get(&name.text).is_some());
        let profiles = match labels.iter().all(of_series) {
            true => profiles,
            // A label may be one of samples.
            false => self.read(profiles)?,
        };
        for name in labels {
            check_label(std::slice::from_ref(&profiles), name)?;
        }
        let names: Arc<[Arc<str>]> = labels.iter().map(|name| name.text.clone()).collect();
        let promoted = if without { profiles } else { profiles.promoted(&names) };
        let grouping = Grouping { merge, labels: names, without };
        Ok(Piped::Profiles(Profiles { grouping: Some(grouping), chosen: None, ..promoted }))
    }

    pub(super) fn keep_groups(
        &self,
        piped: Piped,
        count: u32,
        stage: &Stage,
        order: Order,
    ) -> Result<Piped> {
        match piped {
            Piped::Profiles(profiles) => {
                let totals =
                    group_totals(&profiles, self.surroundings.work).map_err(|_| cancelled())?;
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

    pub(super) fn filter(&self, piped: Piped, condition: &Expr, stage: &Stage) -> Result<Piped> {
        let Piped::Profiles(profiles) = piped else {
            return self.on_table(piped, stage, |table, whole| {
                let rows = (0..table.height()).map(|row| {
                    Expression::new(self, Context::Row { table, row, whole }).is_true(condition)
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
}

#[derive(Clone, Copy)]
pub(super) enum Order {
    Largest,
    Smallest,
}

impl Order {
    pub(super) fn compare(self, a: f64, b: f64) -> std::cmp::Ordering {
        match self {
            Order::Largest => b.total_cmp(&a),
            Order::Smallest => a.total_cmp(&b),
        }
    }
}

/// Profiles with every group merged; only what `topk` and `where` kept stays.
pub(super) fn ungrouped(profiles: Profiles) -> Profiles {
    let profiles = only_chosen(profiles);
    // A merge other than the sum is part of the question: it stays, over all series.
    let grouping = profiles.grouping.clone().filter(|g| g.merge != SeriesMerge::Sum);
    let grouping = grouping.map(|g| Grouping { labels: Arc::new([]), without: false, ..g });
    Profiles { grouping, chosen: None, ..profiles }
}

pub(super) fn only_chosen(profiles: Profiles) -> Profiles {
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
pub(super) fn grouped_by_root(profiles: Profiles) -> Profiles {
    match labels_of_roots(&profiles) {
        Some(labels) => tagroot(ungrouped(profiles), &labels),
        None => ungrouped(profiles),
    }
}

/// The labels whose values groups are told apart by in one tree, where they can be.
pub(super) fn labels_of_roots(profiles: &Profiles) -> Option<Arc<[Arc<str>]>> {
    let grouping = profiles.grouping.as_ref()?;
    let is_named = !grouping.without && grouping.merge == SeriesMerge::Sum;
    is_named.then(|| grouping.labels.clone()).filter(|labels| !labels.is_empty())
}

/// A label that neither a series nor a sample has is a mistake.
pub(super) fn check_label(selections: &[Profiles], name: &Name) -> Result<()> {
    let known: std::collections::BTreeSet<Arc<str>> =
        selections.iter().flat_map(Profiles::label_names).collect();
    let nothing_there = selections.iter().all(|profiles| profiles.snapshots.is_empty());
    match (nothing_there || known.contains(&name.text), selections.first()) {
        (false, Some(first)) => {
            let known: Vec<&str> = known.iter().map(|known| &**known).collect();
            Err(unknown_label(&first.kind, name, &known))
        }
        _ => Ok(()),
    }
}
