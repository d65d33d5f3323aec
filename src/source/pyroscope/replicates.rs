//! The parts of a window that give standard errors, by the method of batch means.
//!
//! They are cut from the time that has profiles: a server that was filled for four minutes of
//! an hour would else have them all in one part, which replicates nothing.

use super::connection::Inquiry;
use super::question::Question;
use super::span::Range;
use super::totals::Total;
use super::{gauge, stacks, totals};
use crate::quantity::Span;
use crate::source::{Selection, SourceError};

/// The number of parts. A server takes for each half as long as for the whole, and with twice
/// as many the quantile of Student's t for a probability of 5% falls by 5% only.
const PARTS: i64 = 8;
/// Where the profiles are is asked for in about so many steps.
const STEPS: i64 = 1000;
const SECOND: i64 = 1000;

/// Parts of equal length; more if they were longer than the server answers.
pub(super) fn parts(range: Range, longest: i64) -> Vec<Range> {
    let least = (range.length() + longest - 1) / longest;
    range.equal_parts(PARTS.max(least))
}

/// The stacks of parts of the time that has profiles. Where that is takes one request more.
pub(super) fn merged(question: &Question, inquiry: &Inquiry<'_>) -> Result<Selection, SourceError> {
    let step = (question.range.length() / STEPS / SECOND).max(1) * SECOND;
    let around = question.range.widened(step);
    let totals = totals::in_steps(question, inquiry, &[], (around, step))?;
    let extent = extent(&totals).and_then(|extent| extent.common(question.range));
    let parts = extent.map_or_else(
        || question.range.parts(inquiry.longest()),
        |extent| parts(extent, inquiry.longest()),
    );
    Ok(noted(stacks::merged(question, inquiry, &parts)?, &parts))
}

/// The levels of parts of the time that has profiles.
pub(super) fn levels(question: &Question, inquiry: &Inquiry<'_>) -> Result<Selection, SourceError> {
    let profiles = gauge::Profiles::of(question, inquiry)?;
    let extent = extent(&profiles.totals).unwrap_or(question.range);
    let parts = parts(extent, inquiry.longest());
    Ok(noted(gauge::levels(question, inquiry, &profiles, &parts, false)?, &parts))
}

/// From the first to the last profile.
fn extent(totals: &[Total]) -> Option<Range> {
    let first = totals.iter().map(|total| total.range.first).min()?;
    let last = totals.iter().map(|total| total.range.last).max()?;
    Some(Range { first, last })
}

fn noted(mut selection: Selection, parts: &[Range]) -> Selection {
    let longest = parts.iter().map(|part| part.length()).max().unwrap_or_default();
    let length = Span(longest * 1_000_000);
    let note = format!("standard errors from {} parts of {length}", parts.len());
    selection.origin.notes.push(note);
    selection
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_is_longer_than_a_server_answers() {
        let days = |n: i64| Range { first: 0, last: n * 86_400_000 - 1 };
        assert_eq!(parts(days(7), 86_400_000).len(), 8);
        assert_eq!(parts(days(30), 86_400_000).len(), 30);
        assert_eq!(parts(days(1), 3_600_000).len(), 24);
    }
}
