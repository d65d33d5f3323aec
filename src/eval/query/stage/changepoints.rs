//! The `changepoints` verb: when levels changed, as a table below its picture.

use std::sync::Arc;

use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped, Upstream, unplanned};
use crate::eval::query::stage::next;
use crate::eval::result::value::{Header, Line, Outcome, SeriesSet, Value};
use crate::eval::selection::profiles::Profiles;
use crate::eval::tables::changepoints::{
    Changed, OF_FUNCTION, OF_TOTAL, chart, of_functions, of_lines, table,
};
use crate::eval::tables::{changepoint_finding, describe};
use crate::eval::time::series;
use crate::lang::ast::{Range, RangeKind, Selector, SeriesMerge, Stage, Time, TimeKind};
use crate::quantity::{Span, Timestamp};

impl Evaluator<'_> {
    /// Finds when the level of each line changed, or that of each function.
    pub fn changepoints(
        &self,
        piped: Piped,
        stage: &Stage,
        upstream: Upstream<'_>,
    ) -> Result<Piped> {
        let work = self.context.work;
        let names = stage.args.labels();
        let functions = stage.option("of").filter(|(word, _)| *word == "functions");
        let profiles = match piped {
            Piped::Profiles(profiles) => profiles,
            Piped::Done(Outcome { value: Value::Series(set), header }) => {
                let given = functions.map(|(_, place)| place);
                let by = (!names.is_empty()).then_some(stage.verb_place);
                if let Some(place) = given.or(by) {
                    return Err(only_totals(place).into());
                }
                return Ok(found(of_lines(&set, work)?, set, header, None));
            }
            Piped::Done(outcome) => unplanned(&outcome.value),
        };
        let profiles = match names {
            [] => profiles,
            names => self.grouped(profiles, SeriesMerge::Sum, names, false)?,
        };
        let profiles = profiles.as_rate();
        let (lines, set, of) = match functions {
            Some(_) => {
                let (lines, of) = of_functions(&profiles, work)?;
                let step = Some(series::fine_step(&profiles, OF_FUNCTION));
                (
                    lines,
                    SeriesSet { unit: profiles.unit_of_one(), step, lines: Vec::new() },
                    Some(of),
                )
            }
            None => {
                let step = series::fine_step(&profiles, OF_TOTAL);
                let set = series::stepped(&profiles, step, Span(0), work)?;
                (of_lines(&set, work)?, set, None)
            }
        };
        let mut header = describe::header(&profiles);
        header.notes.extend(next_query(&profiles, &lines, upstream));
        Ok(found(lines, set, header, of))
    }
}

/// The table with its sentence and its picture.
fn found(
    lines: Vec<(Changed, Line)>,
    set: SeriesSet,
    header: Header,
    functions: Option<usize>,
) -> Piped {
    let unit = set.unit.clone();
    let changed: Vec<Changed> = lines.iter().map(|(changed, _)| changed.clone()).collect();
    let mut header = header;
    header.finding = Some(changepoint_finding::finding(&changed, &unit, functions));
    if changed.iter().any(|changed| changed.had_rhythm) {
        header.notes.push("the daily rhythm was removed before levels were compared".to_owned());
    }
    header.chart = (!lines.is_empty()).then(|| Arc::new(chart(&lines, set)));
    let value = Value::Table(table(&changed, &unit, functions.is_some()));
    Piped::Done(Outcome { value, header })
}

/// What changed with the largest change: the levels beside it as a diff.
fn next_query(
    profiles: &Profiles,
    lines: &[(Changed, Line)],
    upstream: Upstream<'_>,
) -> Option<String> {
    let size = |at: &(usize, usize)| {
        let step = &lines[at.0].0.steps.steps[at.1];
        (step.after - step.before).abs()
    };
    let all = lines.iter().enumerate().flat_map(|(line, (changed, _))| {
        let steps = changed.steps.steps.iter().enumerate();
        let own = steps.filter(|(_, step)| !changed.is_return(step));
        own.map(move |(step, _)| (line, step))
    });
    let (line, at) = all.max_by(|a, b| size(a).total_cmp(&size(b)))?;
    let (changed, steps) = (&lines[line].0, &lines[line].0.steps.steps);
    // Whole levels, without the time in which the change may have been.
    let start = |step: usize| changed.points[steps[step].latest.min(changed.points.len() - 1)].0;
    let end = |step: usize| changed.points[steps[step].earliest.saturating_sub(1)].0;
    let window = profiles.covered()?;
    let before = (if at == 0 { window.start } else { start(at - 1) }, end(at));
    let after = (start(at), if at + 1 == steps.len() { window.end } else { end(at + 1) });
    if profiles.offset.0 != 0 || before.0 >= before.1 || after.0 >= after.1 {
        return None;
    }
    let second = Span::seconds(1);
    let whole = |(start, end): (Timestamp, Timestamp)| {
        (start.floor(second), end.plus(Span(second.0 - 1)).floor(second))
    };
    let query = next::diff(upstream, &between(whole(after)), &between(whole(before)))?;
    Some(format!("next, what changed: {query}"))
}

fn between((start, end): (Timestamp, Timestamp)) -> Selector {
    let place = Place::default();
    let [start, end] = [start, end].map(|at| Time::new(TimeKind::Literal(at), place));
    let range = Some(Range { kind: RangeKind::Between { start, end }, step: None, place });
    Selector { name: None, matchers: Vec::new(), range, offset: None, at: None, from: None, place }
}

fn only_totals(place: Place) -> Diagnostic {
    Diagnostic::error("type-mismatch", "totals over time have neither labels nor functions")
        .at(place, "each group is already one line")
        .help("look at the selection itself: `cpu | changepoints of=functions`")
}
