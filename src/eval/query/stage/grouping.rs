//! Stages on groups of series: `by`, `topk`, `where`, and merges such as `avg without`.

use std::sync::Arc;

use crate::eval::error::Result;
use crate::eval::merge::merger::group_totals;
use crate::eval::query::check::check_label;
use crate::eval::query::evaluator::{Evaluator, Piped, unplanned};
use crate::eval::query::expr::{Expression, Subject};
use crate::eval::result::value::{Outcome, Value};
use crate::eval::selection::profiles::{Grouping, Profiles};
use crate::eval::selection::split::promoted;
use crate::eval::tables::groups::kept;
use crate::lang::ast::{Args, Expr, Name, SeriesMerge};
use crate::profile::Labels;

impl Evaluator<'_> {
    /// Groups a selection: `by (pod)`, `avg without (pod)`.
    pub fn group(&self, profiles: Profiles, args: &Args) -> Result<Piped> {
        let (merge, without) = match args {
            Args::Group { merge, without, .. } => (*merge, *without),
            _ => (SeriesMerge::Sum, false),
        };
        self.grouped(profiles, merge, args.labels(), without).map(Piped::Profiles)
    }

    pub fn grouped(
        &self,
        profiles: Profiles,
        merge: SeriesMerge,
        labels: &[Name],
        without: bool,
    ) -> Result<Profiles> {
        let of_series =
            |name: &Name| profiles.snapshots.iter().all(|s| s.labels.get(&name.text).is_some());
        let loader = profiles.loader.as_ref();
        let has_only_series = loader.is_some_and(|loader| !loader.has_sample_labels());
        let profiles = match has_only_series || labels.iter().all(of_series) {
            true => profiles,
            // A label that series lack may be a sample label, so samples are needed.
            false => self.read(profiles)?,
        };
        for name in labels {
            check_label(std::slice::from_ref(&profiles), name)?;
        }
        let names: Arc<[Arc<str>]> = labels.iter().map(|name| name.text.clone()).collect();
        let promoted = match without {
            true => profiles,
            false => promoted(profiles, &names, self.context.work)?,
        };
        let grouping = Grouping { merge, labels: names, without };
        Ok(Profiles { grouping: Some(grouping), chosen: None, ranked: false, ..promoted })
    }

    pub(crate) fn keep_groups(&self, piped: Piped, count: u32, order: Order) -> Result<Piped> {
        match piped {
            Piped::Profiles(profiles) => {
                let totals = group_totals(&profiles, self.context.work)?;
                let mut ranked: Vec<(Labels, f64)> =
                    totals.into_iter().map(|(group, total)| (group.labels, total)).collect();
                ranked.sort_by(|a, b| order.compare(a.1, b.1));
                ranked.truncate(count as usize);
                let chosen = ranked.into_iter().map(|(labels, _)| labels).collect();
                Ok(Piped::Profiles(Profiles { chosen: Some(chosen), ranked: true, ..profiles }))
            }
            Piped::Done(Outcome { value: Value::Series(mut series), header }) => {
                let weight = |line: &crate::eval::result::value::Line| -> f64 {
                    line.points.iter().filter_map(|(_, value)| *value).sum()
                };
                series.lines.sort_by(|a, b| order.compare(weight(a), weight(b)));
                series.lines.truncate(count as usize);
                Ok(Piped::Done(Outcome { value: Value::Series(series), header }))
            }
            Piped::Done(outcome) => unplanned(&outcome.value),
        }
    }

    /// Keeps the groups, functions or rows for which a condition is true.
    pub fn filter(&self, piped: Piped, condition: &Expr) -> Result<Piped> {
        let profiles = match piped {
            Piped::Profiles(profiles) => profiles,
            Piped::Done(Outcome { value: Value::Diff(diff), header }) => {
                return self.choose_changes(&diff, header, condition);
            }
            piped => return self.rows_where(piped, condition),
        };
        let totals = group_totals(&profiles, self.context.work)?;
        let whole = kept(&profiles, &totals, self.context.work)?;
        let mut chosen = Vec::new();
        for (group, total) in &totals {
            let subject = Subject::Group { profiles: &profiles, group, total: *total, whole };
            if Expression::new(self, subject).is_true(condition)? {
                chosen.push(group.labels.clone());
            }
        }
        Ok(Piped::Profiles(Profiles { chosen: Some(chosen.into()), ..profiles }))
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Order {
    Largest,
    Smallest,
}

impl Order {
    pub(crate) fn compare(self, a: f64, b: f64) -> std::cmp::Ordering {
        match self {
            Order::Largest => b.total_cmp(&a),
            Order::Smallest => a.total_cmp(&b),
        }
    }
}
