//! What an import takes of a server: for each type, series and step the sum of its profiles,
//! or the mean of a gauge.
//!
//! Which steps have profiles is asked for first, without stacks; then each piece is one
//! request. A piece has the time and the length of its step, one of a gauge no length.

use std::sync::Arc;

use super::Server;
use super::connection::Inquiry;
use super::gauge::mean;
use super::question::Question;
use super::span::{Range, milliseconds};
use super::stacks::{Cell, read};
use super::totals::{in_steps, seconds};
use crate::profile::{LabelMatcher, Labels, ProfileType, Symbols, Temporality};
use crate::quantity::{Span, Timestamp, Window};
use crate::source::recording::{Column, Recording};
use crate::source::{Asked, Request, SourceError};
use crate::work::Work;

/// Pieces of one type.
pub(in crate::source) struct Pieces {
    question: Question,
    /// Of the labels that tell series apart.
    names: Vec<Arc<str>>,
    step: i64,
    pub(in crate::source) all: Vec<Piece>,
}

/// A step of a series that has profiles.
#[derive(Debug, Clone)]
pub(in crate::source) struct Piece {
    cell: Cell,
    /// How many profiles of a gauge are added up.
    profiles: i64,
    /// As the store has them.
    pub(in crate::source) labels: Labels,
}

impl Server {
    /// When the server has profiles, if it says so.
    pub(in crate::source) fn recorded(&self) -> Option<Window> {
        let at = |milliseconds: i64| Timestamp(milliseconds * 1_000_000);
        let (oldest, newest) = (self.0.oldest?, self.0.newest?);
        Some(Window { start: at(oldest), end: at(newest + 1) })
    }

    /// The pieces of a window of whole steps, by series and time.
    pub(in crate::source) fn pieces(
        &self,
        (kind, matchers): (&ProfileType, &[LabelMatcher]),
        (window, step): (Window, Span),
        work: Work<'_>,
    ) -> Result<Option<Pieces>, SourceError> {
        let inquiry = Inquiry::new(&self.0.connection, work);
        let asked = Asked::EVERYTHING;
        let request = Request { kind, matchers, window: Some(window), asked };
        let matchers = self.without_amounts(&request, work)?;
        let request = Request { matchers: &matchers, ..request };
        let range = Range::of(window);
        let question = range.and_then(|range| Question::of(&self.0, &request, range));
        let Some(question) = question else { return Ok(None) };
        let step = milliseconds(step);
        let names = self.0.connection.within_limit(|| question.all_names(&inquiry))?;
        let cells = self.0.connection.within_limit(|| {
            Ok(match kind.temporality {
                Temporality::Gauge => of_gauge(&question, &inquiry, &names, step)?,
                _ => in_steps(&question, &inquiry, &names, (question.range, step))?
                    .into_iter()
                    .map(|total| (Cell { labels: total.labels, range: total.range }, 1))
                    .collect::<Vec<_>>(),
            })
        })?;
        let mut all: Vec<Piece> = cells
            .into_iter()
            .map(|(cell, profiles)| Piece {
                labels: question.labelled(&cell.labels),
                cell,
                profiles,
            })
            .collect();
        all.sort_by(|a, b| (&a.labels, a.cell.range).cmp(&(&b.labels, b.cell.range)));
        Ok(Some(Pieces { question, names, step, all }))
    }
}

/// Steps with profiles, and their number.
fn of_gauge(
    question: &Question,
    inquiry: &Inquiry<'_>,
    names: &[Arc<str>],
    step: i64,
) -> Result<Vec<(Cell, i64)>, SourceError> {
    let mut totals = seconds(question, inquiry, names)?;
    let start = |range: Range| range.first.div_euclid(step) * step;
    totals.sort_by(|a, b| (&a.labels, a.range).cmp(&(&b.labels, b.range)));
    let of_step = totals.chunk_by(|a, b| a.labels == b.labels && start(a.range) == start(b.range));
    let cell = |same: &[super::totals::Total]| {
        let first = start(same[0].range);
        let range = Range { first, last: first + step - 1 };
        (Cell { labels: same[0].labels.clone(), range }, same.len() as i64)
    };
    Ok(of_step.map(cell).collect())
}

impl Pieces {
    /// Fetches the most pieces at once.
    pub(in crate::source) const TOGETHER: usize = 256;

    pub(in crate::source) fn kind(&self) -> &ProfileType {
        &self.question.kind
    }

    /// The time of a piece, and how long it lasts.
    pub(in crate::source) fn time(&self, piece: &Piece) -> (Timestamp, Span) {
        let start = piece.cell.range.window().start;
        match self.question.kind.temporality {
            Temporality::Gauge => (start, Span(0)),
            _ => (start, Span(self.step * 1_000_000)),
        }
    }

    /// The profiles of some pieces; their type is number 0.
    pub(in crate::source) fn read(
        &self,
        pieces: &[Piece],
        work: Work<'_>,
    ) -> Result<(Symbols, Vec<Recording>), SourceError> {
        let inquiry = Inquiry::new(&self.question.server.connection, work);
        let cells: Vec<Cell> = pieces.iter().map(|piece| piece.cell.clone()).collect();
        let (symbols, samples) = read(&self.question, &inquiry, &self.names, &cells)?;
        let recording = |(piece, samples): (&Piece, _)| {
            let (start, duration) = self.time(piece);
            let samples = mean(samples, piece.profiles);
            Recording {
                labels: piece.labels.clone(),
                start,
                is_undated: false,
                duration,
                period: 0,
                stacks: samples.stacks,
                tags: samples.tags,
                columns: vec![Column { kind: 0, values: samples.values }],
            }
        };
        let recordings = pieces.iter().zip(samples).map(recording).collect();
        Ok((symbols, recordings))
    }
}
