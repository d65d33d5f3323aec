//! The `table` verb: one row per group, or per line of a series.

use crate::eval::inference::levels::margin_of_sum;
use crate::eval::merge::merger::{Merger, exact_total, group_totals, parts_of_total};
use crate::eval::result::scalar::Scalar;
use crate::eval::result::table::{Columns, Table};
use crate::eval::result::value::SeriesSet;
use crate::eval::selection::profiles::{Group, Profiles};
use crate::lang::columns::{Column, MARGIN, MAX, MEAN, POINTS, PROFILES, SHARE, STD_DEV, TOTAL};
use crate::profile::Labels;
use crate::profile::label::label_names;
use crate::quantity::Unit;
use crate::quantity::percent;
use crate::work::{Cancelled, Work};

/// Labels, total, share, and the spread of the group's single profiles.
///
/// The share is of the whole selection before stack filters, including groups that `topk`
/// or `where` left out.
pub fn group_table(profiles: &Profiles, work: Work<'_>) -> Result<GroupTable, Cancelled> {
    let totals = heaviest_first(profiles, work)?;
    let kept = kept(profiles, &totals, work)?;
    let is_whole = !profiles.filtered && profiles.chosen.is_none() && profiles.unsplit.is_none();
    let whole = if is_whole { kept } else { whole(profiles, work)? };
    let spreads: Vec<Spread> =
        totals.iter().map(|(group, _)| Spread::of(&profile_totals(profiles, group))).collect();
    let columns = label_columns(Columns::default(), totals.iter().map(|(group, _)| &group.labels));
    let values = totals.iter().map(|(group, total)| (*total, exact_total(profiles, group)));
    let shares = totals.iter().map(|(_, total)| percent(*total, whole)).collect();
    let columns =
        columns.amounts(TOTAL, values, profiles.unit()).number(SHARE, shares, Unit::Percent);
    let unit = profiles.unit_of_one();
    let margins = totals.iter().map(|(group, _)| margin_of_sum(&parts_of_total(profiles, group)?));
    let columns = spread_columns(columns, &spreads, &unit, PROFILES).hide_following();
    let table = columns.margins(MARGIN, margins, profiles.unit()).finish();
    Ok(GroupTable { table, whole, kept })
}

/// The sum of the groups, in which each sample counts once unless only some groups are left.
pub fn kept(
    profiles: &Profiles,
    totals: &[(Group, f64)],
    work: Work<'_>,
) -> Result<f64, Cancelled> {
    // Not `sum`, which is -0 for no values.
    let sum = |totals: &[(Group, f64)]| totals.iter().fold(0.0, |sum, (_, total)| sum + total);
    match (&profiles.unsplit, &profiles.chosen) {
        (Some(_), None) => Ok(sum(&group_totals(&profiles.clone().unsplit(), work)?)),
        _ => Ok(sum(totals)),
    }
}

/// The groups by their totals, or as `topk` and `bottomk` ordered them.
pub fn heaviest_first(profiles: &Profiles, work: Work<'_>) -> Result<Vec<(Group, f64)>, Cancelled> {
    let mut totals = group_totals(profiles, work)?;
    if !profiles.ranked {
        totals.sort_by(|a, b| b.1.total_cmp(&a.1));
    }
    Ok(totals)
}

/// One row per group: its labels, and a column for each measure with its values.
pub fn measured_table(groups: &[&Labels], measured: Vec<(String, Vec<Scalar>)>) -> Table {
    let labels = label_columns(Columns::default(), groups.iter().copied());
    measured
        .into_iter()
        .fold(labels, |columns, (name, values)| columns.scalars(&name, values))
        .finish()
}

/// A table of groups, and the totals its rows are compared with.
pub struct GroupTable {
    pub table: Table,
    pub whole: f64,
    /// The sum of the rows.
    pub kept: f64,
}

/// The total of all groups before stack filters, each sample once.
fn whole(profiles: &Profiles, work: Work<'_>) -> Result<f64, Cancelled> {
    let all = Profiles { chosen: None, ..profiles.clone() }.unsplit();
    let merger = Merger::new(&all, work)?;
    all.groups().iter().try_fold(0.0, |sum, group| Ok(sum + merger.totals(group, work)?.1))
}

/// One row per line: labels, mean, standard deviation, minimum and maximum.
pub fn series_table(series: &SeriesSet) -> Table {
    let spreads: Vec<Spread> = series
        .lines
        .iter()
        .map(|line| Spread::of(&line.points.iter().filter_map(|(_, v)| *v).collect::<Vec<_>>()))
        .collect();
    let columns = label_columns(Columns::default(), series.lines.iter().map(|line| &line.labels));
    spread_columns(columns, &spreads, &series.unit, POINTS).finish()
}

fn profile_totals(profiles: &Profiles, group: &Group) -> Vec<f64> {
    let members = group.series.iter().flat_map(|(_, members)| members);
    members.filter_map(|member| profiles.value_of(&profiles.snapshots[*member])).collect()
}

/// The labels of groups, a column each.
pub fn label_columns<'l>(
    columns: Columns,
    sets: impl Iterator<Item = &'l Labels> + Clone,
) -> Columns {
    label_names(sets.clone()).iter().fold(columns, |columns, name| {
        columns.label(name, sets.clone().map(|labels| labels.get(name)))
    })
}

fn spread_columns(columns: Columns, spreads: &[Spread], unit: &Unit, counted: Column) -> Columns {
    let column = |of: fn(&Spread) -> f64| spreads.iter().map(of).collect::<Vec<f64>>();
    columns
        .number(MEAN, column(|spread| spread.mean), unit.clone())
        .number(STD_DEV, column(|spread| spread.deviation), unit.clone())
        .number(MAX, column(|spread| spread.max), unit.clone())
        .number(counted, column(|spread| spread.count), Unit::None)
}

/// The spread of some values.
struct Spread {
    count: f64,
    mean: f64,
    /// The sample standard deviation (divided by n - 1); 0 for a single value.
    deviation: f64,
    max: f64,
}

impl Spread {
    fn of(values: &[f64]) -> Spread {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count.max(1.0);
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = if values.len() < 2 { 0.0 } else { (squares / (count - 1.0)).sqrt() };
        let max = values.iter().copied().reduce(f64::max).unwrap_or_default();
        Spread { count, mean, deviation, max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        // Mean 4; squares 4 + 0 + 4 = 8; divided by n - 1 = 2 is 4; root 2.
        let spread = Spread::of(&[2.0, 4.0, 6.0]);
        assert_eq!((spread.mean, spread.deviation, spread.max), (4.0, 2.0, 6.0));
        assert_eq!(Spread::of(&[5.0]).deviation, 0.0);
        assert_eq!(Spread::of(&[]).max, 0.0);
    }
}
