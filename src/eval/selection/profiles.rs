//! A selection and the stages applied to it: the type between selector and result.
//!
//! No stage here reads samples; a verb at the end of the pipe merges them (`merge`).
//! Stack stages extend a mapping from recorded stacks to stacks as shown; grouping and
//! time rules are only noted. So a filter costs one pass over the distinct stacks, for
//! any number of samples.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::diag::Place;
use crate::eval::error::EvalError;
use crate::eval::selection::memory::SumCache;
use crate::eval::stacks::reached::Reached;
use crate::eval::stacks::rewrite::Rewrite;
use crate::lang::ast::{Granularity, SeriesMerge, TimeMerge};
use crate::profile::sample::{label_names, profiled_seconds, rate_divisor};
use crate::profile::{Labels, ProfileType, Samples, Snapshot, StackId, Symbols, Temporality};
use crate::quantity::{Span, Unit, Window};
use crate::source::{SampleLoader, Skipped};
use crate::work::{Cancelled, Work};

/// A selection and the stages applied to it so far.
#[derive(Debug, Clone)]
pub struct Profiles {
    pub kind: ProfileType,
    /// The number of series and profiles selected; grouping by labels of samples splits
    /// them. Zero if a server has merged them.
    pub selected: (usize, usize),
    /// The selector as written, for headers: `cpu{pod="a"}`.
    pub subject: String,
    /// The place of the selector in its cell, for errors while profiles are read.
    pub place: Place,
    /// The window asked for; without a range, that of the profiles found.
    pub window: Option<Window>,
    pub step: Option<Span>,
    /// How far back `offset` moved the window.
    pub offset: Span,
    pub snapshots: Arc<[Snapshot]>,
    /// The snapshots before `by` split them, if some of their samples belong to several
    /// groups, because they have several values of a label. The groups add up to more than
    /// these.
    pub unsplit: Option<Arc<[Snapshot]>>,
    /// The session's cache of sums.
    pub added: Arc<SumCache>,
    /// The stacks as shown, after all rewrites, with their names.
    pub symbols: Symbols,
    /// Loads the samples of `snapshots`, if they have not been read; until then `symbols`
    /// has no stacks.
    pub loader: Option<Arc<dyn SampleLoader>>,
    /// The number of restarts, if `snapshots` are deltas of cumulative ones.
    pub restarts: Option<usize>,
    /// Maps stacks in `snapshots` to stacks in `symbols`; `None` if they are the same.
    pub map: Option<Arc<[StackId]>>,
    /// Whether samples may have been dropped, so that the kept total differs from the
    /// whole.
    pub filtered: bool,
    pub grouping: Option<Grouping>,
    /// An explicit rule; `None` for that of the type.
    pub time_merge: Option<TimeMerge>,
    pub rate: bool,
    pub granularity: Granularity,
    /// The groups kept by `topk`, `bottomk` and `where`, in order; `None` means all.
    pub chosen: Option<Arc<[Labels]>>,
    /// Whether `topk` or `bottomk` ordered the groups.
    pub ranked: bool,
    pub skipped: Arc<[Skipped]>,
    /// Requests to a server, a line each.
    pub requests: Arc<[String]>,
    /// The page of Grafana with this selection.
    pub page: Option<Arc<str>>,
    /// Notes for the reader: a pattern that matched nothing, why the selection is empty.
    pub notes: Arc<[String]>,
}

/// `sum by (pod)`
#[derive(Debug, Clone)]
pub struct Grouping {
    pub merge: SeriesMerge,
    pub labels: Arc<[Arc<str>]>,
    pub without: bool,
}

/// The snapshots of one group, as indices, by series.
#[derive(Debug, Clone)]
pub struct Group {
    pub labels: Labels,
    /// For each series its labels and the indices of its snapshots in order of time.
    pub series: Vec<(Labels, Vec<usize>)>,
}

impl Group {
    pub fn snapshots(&self) -> usize {
        self.series.iter().map(|(_, members)| members.len()).sum()
    }
}

impl Profiles {
    pub fn unit(&self) -> Unit {
        match self.series_merge() {
            SeriesMerge::Count => Unit::Count("series".into()),
            SeriesMerge::Sum | SeriesMerge::Avg | SeriesMerge::Max | SeriesMerge::Min => {
                self.unit_of_one()
            }
        }
    }

    /// The unit of a single profile, before series are merged.
    pub fn unit_of_one(&self) -> Unit {
        if self.rate { self.kind.unit.per_second() } else { self.kind.unit.clone() }
    }

    /// How the series of a group merge; by sum, unless a `by` says otherwise.
    pub fn series_merge(&self) -> SeriesMerge {
        self.grouping.as_ref().map_or(SeriesMerge::Sum, |grouping| grouping.merge)
    }

    /// How snapshots of a series merge over time.
    pub fn time_rule(&self) -> TimeMerge {
        self.time_merge.unwrap_or(match self.kind.temporality {
            Temporality::Delta | Temporality::Cumulative => TimeMerge::Sum,
            Temporality::Gauge => TimeMerge::Avg,
        })
    }

    pub fn is_grouped(&self) -> bool {
        self.grouping.is_some()
    }

    /// Reads the samples, if that has not been done.
    pub fn read(self, work: Work<'_>) -> Result<Profiles, EvalError> {
        let Some(loader) = &self.loader else { return Ok(self) };
        let read = loader.read(&self.snapshots, work);
        let (symbols, snapshots) = read.map_err(|error| EvalError::source(&error, self.place))?;
        Ok(Profiles { symbols, snapshots, loader: None, ..self })
    }

    /// All series, in the order of their labels.
    pub fn series(&self) -> Vec<(Labels, Vec<usize>)> {
        let mut series = std::collections::BTreeMap::<&Labels, Vec<usize>>::new();
        let mut next = 0;
        // Snapshots of a series are consecutive, so its labels are looked up once.
        for run in self.snapshots.chunk_by(|a, b| a.labels.is_same(&b.labels)) {
            series.entry(&run[0].labels).or_default().extend(next..next + run.len());
            next += run.len();
        }
        series.into_iter().map(|(labels, members)| (labels.clone(), members)).collect()
    }

    /// The groups in the natural order of their labels, or as `topk` ordered them; without
    /// grouping, one group without labels.
    pub fn groups(&self) -> Vec<Group> {
        let Some(grouping) = &self.grouping else {
            return vec![Group { labels: Labels::default(), series: self.series() }];
        };
        let mut groups = std::collections::BTreeMap::<Labels, Vec<(Labels, Vec<usize>)>>::new();
        for (labels, members) in self.series() {
            groups.entry(grouping.key(&labels)).or_default().push((labels, members));
        }
        match &self.chosen {
            Some(chosen) => chosen
                .iter()
                .filter_map(|labels| {
                    let series = groups.remove(labels)?;
                    Some(Group { labels: labels.clone(), series })
                })
                .collect(),
            None => {
                let groups = groups.into_iter().map(|(labels, series)| Group { labels, series });
                let mut groups: Vec<Group> = groups.collect();
                groups.sort_by(|a, b| a.labels.natural_cmp(&b.labels));
                groups
            }
        }
    }

    /// Merges all groups that `topk` and `where` kept.
    #[must_use]
    pub fn ungrouped(self) -> Profiles {
        let profiles = match self.chosen {
            Some(_) => self.only_chosen(),
            None => self.unsplit(),
        };
        // A merge rule other than the sum still applies, now over all series.
        let grouping = profiles.grouping.clone().filter(|g| g.merge != SeriesMerge::Sum);
        let grouping = grouping.map(|g| Grouping { labels: Arc::new([]), without: false, ..g });
        Profiles { grouping, chosen: None, ..profiles }
    }

    /// As before `by` split samples by their labels, each sample once.
    #[must_use]
    pub fn unsplit(mut self) -> Profiles {
        self.snapshots = self.unsplit.take().unwrap_or(self.snapshots);
        self
    }

    /// Removes the groups that `topk` and `where` left out.
    #[must_use]
    pub fn only_chosen(self) -> Profiles {
        if self.chosen.is_none() {
            return self;
        }
        let members = self.groups().into_iter().flat_map(|group| group.series);
        let mut members: Vec<usize> = members.flat_map(|(_, members)| members).collect();
        members.sort_unstable();
        let snapshots = members.into_iter().map(|i| self.snapshots[i].clone()).collect();
        Profiles { snapshots, unsplit: None, chosen: None, ..self }
    }

    /// The labels whose values can be the first level of one tree with all groups.
    pub fn labels_of_roots(&self) -> Option<Arc<[Arc<str>]>> {
        let grouping = self.grouping.as_ref()?;
        let is_named = !grouping.without && grouping.merge == SeriesMerge::Sum;
        is_named.then(|| grouping.labels.clone()).filter(|labels| !labels.is_empty())
    }

    /// Converts deltas to rates for a timeline, because a step with two profiles must not
    /// be drawn twice as high as a step with one.
    #[must_use]
    pub fn as_rate(self) -> Profiles {
        let adds_up =
            self.time_rule() == TimeMerge::Sum && self.kind.temporality == Temporality::Delta;
        let timed = profiled_seconds(self.snapshots.iter()) > 0.0;
        Profiles { rate: self.rate || adds_up && timed, ..self }
    }

    /// The total of one profile after stack filters.
    pub fn total_of(&self, snapshot: &Snapshot) -> f64 {
        self.sum_of(snapshot) as f64
    }

    /// The same to the last digit.
    pub fn sum_of(&self, snapshot: &Snapshot) -> i128 {
        if !self.filtered {
            return snapshot.total;
        }
        let kept = snapshot.samples().iter().filter(|(stack, ..)| {
            *stack != StackId::DROPPED && self.shown(*stack) != StackId::DROPPED
        });
        kept.map(|(.., value)| i128::from(value)).sum()
    }

    /// The value of one profile: its total, or its rate if it has a duration.
    pub fn value_of(&self, snapshot: &Snapshot) -> Option<f64> {
        self.value_with(snapshot, self.total_of(snapshot))
    }

    /// As `value_of`, with the profile's total after stack filters.
    pub fn value_with(&self, snapshot: &Snapshot, total: f64) -> Option<f64> {
        if !self.rate {
            return Some(total);
        }
        let divisor = rate_divisor(&self.kind.unit, std::iter::once(snapshot));
        (divisor > 0.0).then(|| total / divisor)
    }

    /// The stacks and frames that have samples after all stages.
    pub fn reached(&self, work: Work<'_>) -> Result<Reached, Cancelled> {
        Reached::from_leaves(&self.symbols, self.shown_ends(work)?, work)
    }

    /// By stack as shown: whether samples end in it.
    pub fn shown_ends(&self, work: Work<'_>) -> Result<Vec<bool>, Cancelled> {
        let mut leaves = vec![false; self.symbols.stacks.len()];
        work.each((0..).map(StackId).zip(self.ends(work)?), |(recorded, ends)| {
            let shown = if ends { self.shown(recorded) } else { StackId::DROPPED };
            if shown != StackId::DROPPED {
                leaves[shown.index()] = true;
            }
        })?;
        Ok(leaves)
    }

    /// By recorded stack: whether samples end in it.
    pub fn ends(&self, work: Work<'_>) -> Result<Vec<bool>, Cancelled> {
        /// Profiles that one core processes at a time.
        const PART: usize = 2048;
        let stacks = self.map.as_ref().map_or(self.symbols.stacks.len(), |map| map.len());
        let parts = self.snapshots.par_chunks(PART).map(|part| {
            let mut ends = vec![false; stacks];
            let samples = part.iter().flat_map(|snapshot| snapshot.samples().stacks.iter());
            work.each(samples, |stack| {
                // The index of a dropped sample is out of range.
                if let Some(ends) = ends.get_mut(stack.index()) {
                    *ends = true;
                }
            })?;
            Ok(ends)
        });
        let either = |mut left: Vec<bool>, right: Vec<bool>| {
            work.each(left.iter_mut().zip(right), |(left, right)| *left |= right)?;
            Ok(left)
        };
        parts.try_reduce(|| vec![false; stacks], either)
    }

    /// The stack that a recorded stack is shown as.
    pub fn shown(&self, recorded: StackId) -> StackId {
        self.map.as_ref().map_or(recorded, |map| map[recorded.index()])
    }

    /// Applies a rewrite to the stacks as shown now.
    pub fn rewritten(mut self, rewrite: Rewrite, work: Work<'_>) -> Result<Profiles, Cancelled> {
        let composed = match &self.map {
            None => rewrite.map,
            Some(map) => work.collect(map.iter().map(|stack| rewrite.apply(*stack)))?,
        };
        self.filtered |= rewrite.drops;
        self.map = Some(composed.into());
        self.symbols = rewrite.symbols;
        Ok(self)
    }

    #[must_use]
    pub fn with_note(mut self, note: String) -> Profiles {
        self.notes = self.notes.iter().cloned().chain([note]).collect();
        self
    }

    /// The label names of its series, and of its samples if these have been read.
    pub fn label_names(&self) -> BTreeSet<Arc<str>> {
        match self.loader {
            None => label_names(&self.snapshots, &self.symbols),
            Some(_) => {
                let names = self.snapshots.iter().flat_map(|snapshot| snapshot.labels.names());
                names.cloned().collect()
            }
        }
    }

    pub fn has_series_label(&self, name: &str) -> bool {
        self.snapshots.iter().any(|snapshot| snapshot.labels.get(name).is_some())
    }

    /// The window that the snapshots span, from the first start to the last end.
    pub fn covered(&self) -> Option<Window> {
        self.snapshots.iter().map(Snapshot::window).reduce(Window::union)
    }
}

impl Grouping {
    /// The labels of the group that a series belongs to.
    pub fn key(&self, labels: &Labels) -> Labels {
        if self.without { labels.without(&self.labels) } else { labels.only(&self.labels) }
    }
}

/// Keeps the samples that pass a test of stack and tags.
pub fn filter_samples(
    samples: &Samples,
    keep: impl Fn(StackId, crate::profile::symbols::TagsId) -> bool,
) -> Samples {
    let kept = || samples.iter().filter(|(stack, tags, _)| keep(*stack, *tags));
    Samples {
        stacks: kept().map(|(stack, ..)| stack).collect(),
        tags: kept().map(|(_, tags, _)| tags).collect(),
        values: kept().map(|(.., value)| value).collect(),
    }
}
