//! What it takes to answer a question: totals or stacks, whole or in parts.

use super::connection::Inquiry;
use super::question::Question;
use super::span::{Range, milliseconds};
use super::{gauge, replicates, stacks, totals};
use crate::profile::Temporality;
use crate::quantity::{ROUND_STEPS, Span, Window};
use crate::source::{Asked, AskedTimes, Origin, Selection, SourceError};

/// The most points of a line that are visible on a chart.
const POINTS: i64 = 200;

/// The usual interval of profiles.
const SHORTEST: Span = Span::seconds(15);

/// Asks the server what a selection needs.
pub(super) fn answer(
    question: &Question,
    inquiry: &Inquiry<'_>,
    asked: Asked<'_>,
) -> Result<Selection, SourceError> {
    let step = match asked.times {
        AskedTimes::Steps(step) => Some(step.unwrap_or_else(|| usual_step(question.range))),
        AskedTimes::Whole | AskedTimes::Each => None,
    };
    let are_replicates = asked.replicates && asked.times == AskedTimes::Whole;
    let (mut selection, is_merged) = match (asked.stacks, is_gauge(question)) {
        (false, true) => (totals::each(question, inquiry, &question.all_names(inquiry)?)?, false),
        (false, false) => {
            let names = question.names(inquiry)?;
            match (asked.times, step) {
                (AskedTimes::Each, _) => (totals::each(question, inquiry, &names)?, false),
                (_, Some(step)) => {
                    let step = milliseconds(step);
                    (totals::steps(question, inquiry, &names, step)?, true)
                }
                (_, None) => (totals::whole(question, inquiry, &names)?, true),
            }
        }
        (true, false) if are_replicates => (replicates::merged(question, inquiry)?, true),
        (true, true) if are_replicates => (replicates::levels(question, inquiry)?, true),
        (true, false) => {
            let parts = parts(question, inquiry, asked, step)?;
            (stacks::merged(question, inquiry, &parts)?, true)
        }
        (true, true) => {
            let parts = parts(question, inquiry, asked, step)?;
            let profiles = gauge::Profiles::of(question, inquiry)?;
            let is_whole = asked.times == AskedTimes::Whole;
            (gauge::levels(question, inquiry, &profiles, &parts, is_whole)?, !is_whole)
        }
    };
    let notes = selection.origin.notes;
    selection.origin = Origin { is_merged, step, notes, requests: inquiry.log().into() };
    Ok(selection)
}

/// The ranges that a merged profile is asked for.
fn parts(
    question: &Question,
    inquiry: &Inquiry<'_>,
    asked: Asked<'_>,
    step: Option<Span>,
) -> Result<Vec<Range>, SourceError> {
    if let Some(step) = step {
        return Ok(question.range.cut_at_multiples(milliseconds(step)));
    }
    if asked.times == AskedTimes::Each {
        let selection = totals::each(question, inquiry, &question.names(inquiry)?)?;
        let windows = selection.snapshots.iter().filter_map(|snapshot| {
            let second = snapshot.start.plus(Span::seconds(1));
            Range::of(Window { start: snapshot.start, end: second })
        });
        let mut parts: Vec<Range> = windows.collect();
        parts.sort();
        parts.dedup();
        return Ok(parts);
    }
    Ok(question.range.parts(inquiry.longest()))
}

/// A gauge is averaged, which the server does not do: its profiles are counted here.
fn is_gauge(question: &Question) -> bool {
    question.kind.temporality == Temporality::Gauge
}

/// A step with which a chart is readable.
fn usual_step(range: Range) -> Span {
    let wanted = (range.length() * 1_000_000 / POINTS).max(SHORTEST.0);
    let found = ROUND_STEPS.into_iter().find(|step| step.0 >= wanted);
    found.unwrap_or(ROUND_STEPS[ROUND_STEPS.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_gives_a_chart_of_at_most_two_hundred_points() {
        let hours = |n: i64| Range { first: 0, last: n * 3_600_000 - 1 };
        // 3600 s / 200 are 18 s; a week is 604800 s / 200 = 3024 s.
        assert_eq!(usual_step(hours(1)), Span::seconds(30));
        assert_eq!(usual_step(hours(7 * 24)), Span::seconds(3600));
        assert_eq!(usual_step(Range { first: 0, last: 9 }), Span::seconds(15));
    }
}
