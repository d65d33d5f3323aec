//! The `trending` verb: functions by slope, and when a limit is reached.

use crate::diag::Diagnostic;
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped, Upstream};
use crate::eval::query::stage::next;
use crate::eval::result::value::{Header, Outcome, Value};
use crate::eval::selection::profiles::Profiles;
use crate::eval::tables::trends::{GroupTrends, table, trends};
use crate::eval::tables::{describe, trend_finding};
use crate::lang::ast::{SeriesMerge, Stage};
use crate::lang::text::quote;
use crate::quantity::{Quantity, Unit};

impl Evaluator<'_> {
    /// Ranks functions by the slope of their self values over time.
    pub fn trending(
        &self,
        profiles: Profiles,
        stage: &Stage,
        upstream: Upstream<'_>,
    ) -> Result<Piped> {
        let profiles = match stage.args.labels() {
            [] => profiles,
            names => self.grouped(profiles, SeriesMerge::Sum, names, false)?,
        };
        let profiles = profiles.as_rate();
        let unit = profiles.unit_of_one();
        let limit = limit(stage, &unit)?;
        let groups = trends(&profiles, self.context.work)?;
        let finding = Some(trend_finding::finding(&groups, &unit, limit.as_ref()));
        let mut header = Header { rule: rule(&groups), finding, ..describe::header(&profiles) };
        header.notes.extend(next_query(&groups, upstream));
        Ok(Piped::Done(Outcome { value: Value::Table(table(&groups, &unit)), header }))
    }
}

/// Who calls the function that grows fastest.
fn next_query(groups: &[GroupTrends], upstream: Upstream<'_>) -> Option<String> {
    let growing = groups.iter().flat_map(GroupTrends::significant);
    let growing = growing.filter(|row| row.trend.slope > 0.0);
    let steepest = growing.max_by(|a, b| a.trend.slope.total_cmp(&b.trend.slope))?;
    let callers = format!("callers {} | icicle", quote(&steepest.function));
    let query = next::then(upstream, &callers)?;
    Some(format!("next, who calls it: {query}"))
}

/// The limit in the unit of the selection.
fn limit(stage: &Stage, unit: &Unit) -> Result<Option<Quantity>> {
    let Some((limit, place)) = stage.amount("limit") else { return Ok(None) };
    let is_count = matches!(unit, Unit::Count(_)) && limit.unit == Unit::None;
    if limit.unit != *unit && !is_count {
        let given = Quantity::new(limit.value, limit.unit.clone());
        let example = Quantity::new(2.0, unit.clone()).to_string().replace(' ', "");
        return Err(Diagnostic::error("type-mismatch", "the limit has another unit")
            .at(place, format!("{given} against {unit}"))
            .help(format!("give it in the unit of the selection: `limit={example}`"))
            .into());
    }
    Ok(Some(Quantity::new(limit.value, unit.clone())))
}

/// `slopes of self within each series, 2 restarts`
fn rule(groups: &[GroupTrends]) -> String {
    let restarts = match groups.iter().map(|group| group.restarts).sum() {
        0 => String::new(),
        1 => ", 1 restart".to_owned(),
        restarts => format!(", {restarts} restarts"),
    };
    format!("slopes of self within each series{restarts}")
}
