//! A request in the terms of the server: its type, matchers, groups and range.

use std::sync::Arc;

use super::connection::Inquiry;
use super::message::Pair;
use super::selector::{exactly, selector};
use super::span::Range;
use super::state::{Kind, State, is_internal, label_names, of_kind};
use crate::profile::{LabelMatcher, Labels, ProfileType};
use crate::source::{Asked, Request, SourceError};

/// What a selection asks a server.
pub(super) struct Question {
    pub(super) server: Arc<State>,
    pub(super) kind: ProfileType,
    /// From the values of the server to ours.
    pub(super) factor: i64,
    /// Without those of labels that the server does not know.
    pub(super) matchers: Vec<LabelMatcher>,
    pub(super) range: Range,
    /// The labels that stages look at, without those that the server does not know; none
    /// means all.
    pub(super) labels: Option<Vec<Arc<str>>>,
    /// Whether single profiles are asked for, where the server has them.
    pub(super) singles: bool,
    /// Whether stacks need files and lines, and not only the names of functions.
    pub(super) places: bool,
}

impl Question {
    /// None if a label that `use` has given to all profiles does not match.
    pub(super) fn of(server: &Arc<State>, request: &Request<'_>, range: Range) -> Option<Question> {
        let extra = &server.extra;
        let is_extra = |name: &str| extra.get(name).is_some();
        let (of_extra, matchers): (Vec<_>, Vec<_>) =
            request.matchers.iter().cloned().partition(|matcher| is_extra(&matcher.name));
        let labels = request
            .asked
            .labels
            .map(|names| names.iter().filter(|name| !is_extra(name)).cloned().collect::<Vec<_>>());
        let known = server.kinds.iter().find(|known| known.kind.id == request.kind.id);
        let factor = known.map_or(1, |Kind { factor, .. }| *factor);
        of_extra.iter().all(|matcher| matcher.accepts_labels(extra)).then(|| Question {
            server: server.clone(),
            kind: request.kind.clone(),
            factor,
            matchers,
            range,
            labels,
            singles: request.asked.singles,
            places: request.asked.places,
        })
    }

    /// Equal for questions with the same answer.
    pub(super) fn key(&self, asked: Asked<'_>) -> String {
        let Range { first, last } = self.range;
        let Asked { stacks, places, times, replicates, singles, .. } = asked;
        let places = stacks && places;
        let selector = selector(&self.matchers);
        let (id, rule, labels) = (&self.kind.id, self.kind.temporality, &self.labels);
        format!(
            "{id} {rule:?} {selector} {first} {last} {labels:?} {stacks} {places} {times:?} \
             {replicates} {singles}"
        )
    }

    /// The names of the labels to group by.
    pub(super) fn names(&self, inquiry: &Inquiry<'_>) -> Result<Vec<Arc<str>>, SourceError> {
        match &self.labels {
            Some(names) => Ok(names.clone()),
            None => self.all_names(inquiry),
        }
    }

    /// The names of all labels of the selected profiles.
    pub(super) fn all_names(&self, inquiry: &Inquiry<'_>) -> Result<Vec<Arc<str>>, SourceError> {
        let matchers = self.selector_of_series();
        let names = label_names(inquiry, &matchers, self.range)?;
        Ok(names.into_iter().collect())
    }

    /// The matchers of a call that does not name the type.
    pub(super) fn selector_of_series(&self) -> String {
        selector(std::iter::once(&of_kind(&self.kind)).chain(&self.matchers))
    }

    /// The matchers for one group.
    pub(super) fn selector_of(&self, group: &Labels, names: &[Arc<str>]) -> String {
        let of_group = exactly(group, names.iter().map(|name| &**name));
        selector(self.matchers.iter().chain(&of_group))
    }

    /// The labels of a profile, with those that `use` has given.
    pub(super) fn labelled(&self, labels: &Labels) -> Labels {
        labels.overlaid(&self.server.extra)
    }
}

/// Labels as the server writes them, without its own.
pub(super) fn labels_of(pairs: &[Pair]) -> Labels {
    let known = pairs.iter().filter(|pair| !is_internal(&pair.name));
    known.map(|pair| (&*pair.name, &*pair.value)).collect()
}
