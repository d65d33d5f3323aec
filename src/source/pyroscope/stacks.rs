//! Merged profiles with their stacks, whole: as trees of functions, or with files and lines
//! where a stage looks at these, which takes a server several times as long.
//!
//! From 2.2 on `SelectMergeStacktraces` answers with pprof. An older server answers the
//! same request with a flame graph, which it cuts, and without an error; there
//! `SelectMergeProfile` is asked. What a server does is found out once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::connection::{Call, Inquiry};
use super::error::ServerError;
use super::message::{LabelSets, MergeRequest, PPROF, SeriesRequest, Stacktraces, TREE};
use super::question::{Question, labels_of};
use super::span::Range;
use super::state::Dialect;
use super::tree;
use crate::profile::{Labels, Samples, Snapshot, Symbols};
use crate::source::batch::Batch;
use crate::source::pprof::{self, Reader};
use crate::source::{Origin, Reading, SampleLoader, Selection, SourceError};
use crate::work::Work;

/// What one merged profile is asked for.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Of the group, as the server has them.
    pub(super) labels: Labels,
    pub(super) range: Range,
}

/// One merged profile for each group and part of the window.
pub(super) fn merged(
    question: &Question,
    inquiry: &Inquiry<'_>,
    parts: &[Range],
) -> Result<Selection, SourceError> {
    let names = question.labels.clone();
    let (names, groups) = match names {
        Some(names) if names.is_empty() => (names, BTreeSet::from([Labels::default()])),
        Some(names) => {
            let groups = groups(question, inquiry, &names)?;
            (names, groups)
        }
        None => {
            let names = question.all_names(inquiry)?;
            let groups = groups(question, inquiry, &names)?;
            (names, groups)
        }
    };
    inquiry.check_number(groups.len() * parts.len())?;
    let cells: Vec<Cell> = groups
        .iter()
        .flat_map(|labels| parts.iter().map(|range| Cell { labels: labels.clone(), range: *range }))
        .collect();
    let (symbols, samples) = read(question, inquiry, &names, &cells)?;
    let profiles = cells.iter().zip(samples).filter(|(_, samples)| !samples.is_empty());
    let snapshots = profiles.map(|(Cell { labels, range }, samples)| {
        let window = range.window();
        Snapshot::new(question.labelled(labels), window.start, window.length(), samples)
    });
    Ok(Selection {
        kind: question.kind.clone(),
        symbols,
        snapshots: snapshots.collect(),
        loader: None,
        origin: Origin::default(),
    })
}

/// The values of these labels, as they occur together.
fn groups(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
) -> Result<BTreeSet<Labels>, SourceError> {
    let found = inquiry.each(&question.range.parts(inquiry.longest()), |day| {
        let request = SeriesRequest {
            matchers: vec![question.selector_of_series()],
            label_names: names.iter().map(ToString::to_string).collect(),
            start: day.first,
            end: day.last,
        };
        let purpose = format!("groups by ({})", request.label_names.join(", "));
        let last = Some(day.last);
        let call = Call { method: "Series", purpose, request: &request, last };
        inquiry.call::<LabelSets>(&call)
    })?;
    let sets = found.iter().flat_map(|found| &found.sets);
    Ok(sets.map(|set| labels_of(&set.labels).only(names)).collect())
}

/// Merged profiles, asked for together and read one after another into the same symbols.
pub(super) fn read(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
    cells: &[Cell],
) -> Result<(Symbols, Vec<Samples>), SourceError> {
    let ask = |cell: &Cell| merge(question, inquiry, names, cell);
    let mut profiles = Vec::new();
    // The first answer tells how the others have to be asked for.
    let are_trees = !question.places && question.server.has_trees();
    let is_known = are_trees || question.server.dialect() != Dialect::Unknown;
    let (first, rest) = cells.split_at(usize::from(!is_known).min(cells.len()));
    for part in [first, rest] {
        profiles.extend(inquiry.each(part, ask)?);
    }
    let mut batch = Batch::default();
    let mut reader = Reader::default();
    let mut samples = Vec::with_capacity(profiles.len());
    for merged in profiles {
        samples.push(match merged {
            Merged::Tree(tree) => samples_of_tree(&tree, &mut batch, inquiry)?,
            Merged::Profile(profile) => samples_of(&profile, &mut reader, &mut batch, inquiry)?,
        });
    }
    let (symbols, _, _) = batch.into_parts();
    Ok((symbols, samples))
}

/// An encoded answer.
enum Merged {
    Tree(Bytes),
    Profile(Bytes),
}

fn samples_of_tree(
    tree: &Bytes,
    batch: &mut Batch,
    inquiry: &Inquiry<'_>,
) -> Result<Samples, SourceError> {
    inquiry.work.check()?;
    let read = tree::samples(tree, batch);
    Ok(read.map_err(|reason| ServerError::BadProfile {
        url: inquiry.connection.address().to_string(),
        reason: reason.to_owned(),
    })?)
}

/// A server answers without a byte if nothing matches.
fn samples_of(
    profile: &Bytes,
    reader: &mut Reader,
    batch: &mut Batch,
    inquiry: &Inquiry<'_>,
) -> Result<Samples, SourceError> {
    if profile.is_empty() {
        return Ok(Samples::default());
    }
    let read = reader.read(profile, "", batch, inquiry.work);
    inquiry.work.check()?;
    let recordings = read.map_err(|error| ServerError::BadProfile {
        url: inquiry.connection.address().to_string(),
        reason: error.to_string(),
    })?;
    let first = recordings.into_iter().next();
    let samples = first.and_then(|recording| {
        let column = recording.columns.into_iter().next()?;
        Some(Samples { stacks: recording.stacks, tags: recording.tags, values: column.values })
    });
    Ok(samples.unwrap_or_default())
}

/// One merged profile.
fn merge(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
    cell: &Cell,
) -> Result<Merged, SourceError> {
    let request = |format| MergeRequest {
        kind: question.kind.id.to_string(),
        selector: question.selector_of(&cell.labels, names),
        start: cell.range.first,
        end: cell.range.last,
        max_nodes: (format == TREE).then_some(tree::MOST_NODES),
        format,
    };
    let purpose = || {
        let window = cell.range.window();
        match cell.labels.is_empty() {
            true => format!("stacks of {window}"),
            false => format!("stacks of {{{}}} in {window}", cell.labels),
        }
    };
    let last = Some(cell.range.last);
    if !question.places && question.server.has_trees() {
        let request = request(TREE);
        let call =
            Call { method: "SelectMergeStacktraces", purpose: purpose(), request: &request, last };
        match inquiry.call::<Stacktraces>(&call) {
            Ok(Stacktraces { flamegraph: None, pprof: None, tree }) => {
                if tree::is_whole(&tree) {
                    return Ok(Merged::Tree(tree));
                }
            }
            // It does not know trees.
            Ok(_) => question.server.set_without_trees(),
            Err(SourceError::Server(ServerError::Refused { status: 404 | 501, .. })) => {
                question.server.set_without_trees();
                if question.server.dialect() == Dialect::Unknown {
                    question.server.set_dialect(Dialect::Profile);
                }
            }
            // `max flamegraph nodes limit 1048576 is greater than allowed 1000`
            Err(SourceError::Server(ServerError::Refused { status: 400, words, .. }))
                if words.contains("nodes limit") =>
            {
                question.server.set_without_trees();
            }
            Err(error) => return Err(error),
        }
    }
    if question.server.dialect() != Dialect::Profile {
        let request = request(PPROF);
        let call =
            Call { method: "SelectMergeStacktraces", purpose: purpose(), request: &request, last };
        match inquiry.call::<Stacktraces>(&call) {
            Ok(Stacktraces { pprof: Some(pprof), .. }) => {
                question.server.set_dialect(Dialect::Stacktraces);
                return Ok(Merged::Profile(pprof.profile));
            }
            Ok(Stacktraces { flamegraph: None, .. }) => return Ok(Merged::Profile(Bytes::new())),
            Ok(Stacktraces { .. }) => question.server.set_dialect(Dialect::Profile),
            // A server or a proxy without the method may have the other one.
            Err(SourceError::Server(ServerError::Refused { status: 404 | 501, .. }))
                if question.server.dialect() == Dialect::Unknown =>
            {
                question.server.set_dialect(Dialect::Profile);
            }
            Err(error) => return Err(error),
        }
    }
    let request = request(0);
    let call = Call { method: "SelectMergeProfile", purpose: purpose(), request: &request, last };
    let is_profile = |body: &Bytes| body.is_empty() || pprof::recognises(body);
    inquiry.call_as(&call, |body| is_profile(&body).then_some(Merged::Profile(body)))
}

/// Asks for the stacks of totals, when a stage needs them after all.
pub(super) struct MergedLoader {
    question: Question,
    cells: Vec<(Labels, Range)>,
    are_singles: bool,
}

impl MergedLoader {
    pub(super) fn new(
        question: &Question,
        cells: Vec<(Labels, Range)>,
        are_singles: bool,
    ) -> MergedLoader {
        let question = Question {
            server: question.server.clone(),
            kind: question.kind.clone(),
            matchers: question.matchers.clone(),
            labels: question.labels.clone(),
            ..*question
        };
        MergedLoader { question, cells, are_singles }
    }
}

impl fmt::Debug for MergedLoader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} profiles of a server", self.cells.len())
    }
}

impl SampleLoader for MergedLoader {
    fn read(&self, snapshots: &Arc<[Snapshot]>, work: Work<'_>) -> Result<Reading, SourceError> {
        let inquiry = Inquiry::new(&self.question.server.connection, work);
        let places = snapshots.iter().filter_map(Snapshot::place);
        let of_place = places.filter_map(|place| self.cells.get(place as usize));
        let cells: Vec<Cell> = of_place
            .map(|(labels, range)| Cell { labels: labels.clone(), range: *range })
            .collect();
        let labelled = cells.iter().flat_map(|cell| cell.labels.iter());
        let names: BTreeSet<Arc<str>> = labelled.map(|(name, _)| name.clone()).collect();
        let names: Vec<Arc<str>> = names.into_iter().collect();
        let (symbols, samples) = read(&self.question, &inquiry, &names, &cells)?;
        let read =
            snapshots.iter().zip(samples).map(|(snapshot, samples)| snapshot.with_read(samples));
        Ok((symbols, read.collect()))
    }

    fn are_singles(&self) -> bool {
        self.are_singles
    }

    fn has_sample_labels(&self) -> bool {
        false
    }
}
