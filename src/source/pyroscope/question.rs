//! A request in the terms of the server: its type, matchers, groups and range.

use std::sync::Arc;

use super::connection::Inquiry;
use super::selector::{exactly, selector};
use super::span::{Range, milliseconds};
use super::{Kind, Server, gauge, stacks, totals};
use crate::profile::{LabelMatcher, Labels, ProfileType, Temporality};
use crate::quantity::Span;
use crate::source::{Asked, AskedTimes, Origin, Request, Selection, SourceError};

/// The most points of a line that are visible on a chart.
const POINTS: i64 = 200;

/// Steps that are easy to read, none shorter than the usual interval of profiles.
const STEPS: [Span; 12] = [
    Span::seconds(15),
    Span::seconds(30),
    Span::seconds(60),
    Span::seconds(120),
    Span::seconds(300),
    Span::seconds(600),
    Span::seconds(900),
    Span::seconds(1800),
    Span::seconds(3600),
    Span::seconds(3 * 3600),
    Span::seconds(6 * 3600),
    Span::seconds(86_400),
];

/// What a selection asks a server.
pub(super) struct Question {
    pub(super) server: Server,
    pub(super) kind: ProfileType,
    /// From the values of the server to ours.
    pub(super) factor: i64,
    /// Without those of labels that the server does not know.
    pub(super) matchers: Vec<LabelMatcher>,
    pub(super) range: Range,
    /// The labels that stages look at, without those that the server does not know; none
    /// means all.
    pub(super) labels: Option<Vec<Arc<str>>>,
}

impl Question {
    /// None if a label that `use` has given to all profiles does not match.
    pub(super) fn of(server: &Server, request: &Request<'_>, range: Range) -> Option<Question> {
        let extra = &server.0.extra;
        let is_extra = |name: &str| extra.get(name).is_some();
        let (of_extra, matchers): (Vec<_>, Vec<_>) =
            request.matchers.iter().cloned().partition(|matcher| is_extra(&matcher.name));
        let labels = request
            .asked
            .labels
            .map(|names| names.iter().filter(|name| !is_extra(name)).cloned().collect::<Vec<_>>());
        let known = server.0.kinds.iter().find(|known| known.kind.id == request.kind.id);
        let factor = known.map_or(1, |Kind { factor, .. }| *factor);
        of_extra.iter().all(|matcher| matcher.accepts_labels(extra)).then(|| Question {
            server: server.clone(),
            kind: request.kind.clone(),
            factor,
            matchers,
            range,
            labels,
        })
    }

    /// Equal for questions with the same answer.
    pub(super) fn key(&self, asked: Asked<'_>) -> String {
        let Range { first, last } = self.range;
        let Asked { stacks, times, replicates, .. } = asked;
        let selector = selector(&self.matchers);
        let (id, rule, labels) = (&self.kind.id, self.kind.temporality, &self.labels);
        format!(
            "{id} {rule:?} {selector} {first} {last} {labels:?} {stacks} {times:?} {replicates}"
        )
    }

    /// A gauge is averaged, which the server does not do: its profiles are counted here.
    fn is_gauge(&self) -> bool {
        self.kind.temporality == Temporality::Gauge
    }

    pub(super) fn answer(
        &self,
        inquiry: &Inquiry<'_>,
        asked: Asked<'_>,
    ) -> Result<Selection, SourceError> {
        let step = match asked.times {
            AskedTimes::Steps(step) => Some(step.unwrap_or_else(|| usual_step(self.range))),
            AskedTimes::Whole | AskedTimes::Each => None,
        };
        let (mut selection, is_merged) = match (asked.stacks, self.is_gauge()) {
            (false, true) => (totals::each(self, inquiry, &self.all_names(inquiry)?)?, false),
            (false, false) => {
                let names = self.names(inquiry)?;
                match (asked.times, step) {
                    (AskedTimes::Each, _) => (totals::each(self, inquiry, &names)?, false),
                    (_, Some(step)) => {
                        let step = milliseconds(step);
                        (totals::steps(self, inquiry, &names, step)?, true)
                    }
                    (_, None) => (totals::whole(self, inquiry, &names)?, true),
                }
            }
            (true, false) => {
                let parts = self.parts(inquiry, asked, step)?;
                (stacks::merged(self, inquiry, &parts)?, true)
            }
            (true, true) => {
                let parts = self.parts(inquiry, asked, step)?;
                let is_whole = asked.times == AskedTimes::Whole && !asked.replicates;
                (gauge::levels(self, inquiry, &parts, is_whole)?, !is_whole)
            }
        };
        let mut notes = selection.origin.notes;
        if asked.stacks && asked.replicates {
            let parts = self.range.equal_parts(stacks::REPLICATES);
            let length = parts[0].window().length();
            notes.push(format!("standard errors from {} parts of {length}", parts.len()));
        }
        selection.origin = Origin { is_merged, step, notes, requests: inquiry.log().into() };
        Ok(selection)
    }

    /// The ranges that a merged profile is asked for.
    fn parts(
        &self,
        inquiry: &Inquiry<'_>,
        asked: Asked<'_>,
        step: Option<Span>,
    ) -> Result<Vec<Range>, SourceError> {
        if let Some(step) = step {
            return Ok(self.range.cut_at_multiples(milliseconds(step)));
        }
        if asked.times == AskedTimes::Each {
            let selection = totals::each(self, inquiry, &self.names(inquiry)?)?;
            let windows = selection.snapshots.iter().filter_map(|snapshot| {
                let second = snapshot.start.plus(Span::seconds(1));
                Range::of(crate::quantity::Window { start: snapshot.start, end: second })
            });
            let mut parts: Vec<Range> = windows.collect();
            parts.sort();
            parts.dedup();
            return Ok(parts);
        }
        if asked.replicates {
            return Ok(self.range.equal_parts(stacks::REPLICATES));
        }
        Ok(self.range.days())
    }

    /// The names of the labels to group by.
    fn names(&self, inquiry: &Inquiry<'_>) -> Result<Vec<Arc<str>>, SourceError> {
        match &self.labels {
            Some(names) => Ok(names.clone()),
            None => self.all_names(inquiry),
        }
    }

    /// The names of all labels of the selected profiles.
    pub(super) fn all_names(&self, inquiry: &Inquiry<'_>) -> Result<Vec<Arc<str>>, SourceError> {
        let matchers = self.selector_of_series();
        let names = self.server.names(inquiry, &matchers, self.range)?;
        Ok(names.into_iter().collect())
    }

    /// The matchers of a call that does not name the type.
    pub(super) fn selector_of_series(&self) -> String {
        selector(std::iter::once(&super::of_kind(&self.kind)).chain(&self.matchers))
    }

    /// The matchers for one group.
    pub(super) fn selector_of(&self, group: &Labels, names: &[Arc<str>]) -> String {
        let of_group = exactly(group, names.iter().map(|name| &**name));
        selector(self.matchers.iter().chain(&of_group))
    }

    /// The labels of a profile, with those that `use` has given.
    pub(super) fn labelled(&self, labels: &Labels) -> Labels {
        labels.overlaid(&self.server.0.extra)
    }
}

/// A step with which a chart is readable.
fn usual_step(range: Range) -> Span {
    let wanted = range.length() * 1_000_000 / POINTS;
    STEPS.into_iter().find(|step| step.0 >= wanted).unwrap_or(STEPS[STEPS.len() - 1])
}

/// Labels as the server writes them, without its own.
pub(super) fn labels_of(pairs: &[super::message::Pair]) -> Labels {
    let known = pairs.iter().filter(|pair| !super::is_internal(&pair.name));
    known.map(|pair| (&*pair.name, &*pair.value)).collect()
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
