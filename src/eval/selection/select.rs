//! Runs a selector: finds the profiles of a type, labels and window.
//!
//! An empty selection explains why it is empty.

use crate::eval::error::{EvalError, Result};
use crate::eval::selection::context::Context;
use crate::eval::selection::cumulative::Counted;
use crate::eval::selection::empty::why_empty;
use crate::eval::selection::names::{check_labels, find_type};
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::matcher::label_matcher;
use crate::lang::asks::{Asks, LabelsAsked};
use crate::lang::ast::{Granularity, Name, Selector};
use crate::lang::format;
use crate::lang::needs::Times;
use crate::profile::Temporality;
use crate::quantity::Span;
use crate::source::{Asked, AskedTimes, Request, Selection, Source, SourceError};

impl Context<'_> {
    /// Runs a selector with a name. Its samples are read if a stage asks for stacks.
    pub fn select(self, name: &Name, selector: &Selector, asks: &Asks) -> Result<Profiles> {
        let source = self.source(selector.from.as_ref(), name.place)?;
        let mut kind = find_type(source, name)?;
        kind.temporality = self.settings.temporality(&kind).unwrap_or(kind.temporality);
        let matchers = self.bindings.resolve_matchers(&selector.matchers)?;
        let compiled =
            matchers.iter().map(label_matcher).collect::<std::result::Result<Vec<_>, _>>()?;
        let (window, step) = self.window(selector, source)?;
        check_labels(source, &kind, &matchers, self.work)?;
        let request =
            Request { kind: &kind, matchers: &compiled, window, asked: asked(asks, step) };
        let failed = |error| EvalError::source(&error, selector.place);
        let found = source.select(&request, self.work).map_err(failed)?;
        // Snapshots are sorted by labels, so a series is consecutive.
        let series = found.snapshots.chunk_by(|a, b| a.labels.is_same(&b.labels)).count();
        let selected = (series, found.snapshots.len());
        let Counted { selection, restarts, without_previous } =
            self.counted(source, &request, found, asks).map_err(failed)?;
        if kind.temporality == Temporality::Cumulative {
            kind.temporality = Temporality::Delta;
        }
        let profiles = Profiles {
            selected,
            subject: format::subject(name, &matchers),
            place: selector.place,
            window,
            step,
            offset: self.offset(selector)?,
            snapshots: selection.snapshots,
            added: self.sources.added().clone(),
            symbols: selection.symbols,
            loader: selection.loader,
            restarts,
            map: None,
            filtered: false,
            grouping: None,
            time_merge: None,
            rate: false,
            granularity: Granularity::Function,
            chosen: None,
            ranked: false,
            skipped: source.skipped().into(),
            notes: source.remarks().into(),
            kind,
        };
        let profiles = if asks.needs.stacks { profiles.read(self.work)? } else { profiles };
        if without_previous > 0 {
            return Ok(profiles.with_note(first_snapshot_note(without_previous)));
        }
        if profiles.snapshots.len() > 1 && profiles.kind.may_be_in_use() {
            let note = added_up(&profiles.kind.alias);
            return Ok(profiles.with_note(note));
        }
        if profiles.snapshots.is_empty() {
            let why = why_empty(self, name, selector, window)?;
            return Ok(profiles.with_note(why));
        }
        Ok(profiles)
    }

    /// The selection with deltas instead of cumulative snapshots.
    pub fn counted(
        self,
        source: &dyn Source,
        request: &Request<'_>,
        found: Selection,
        asks: &Asks,
    ) -> std::result::Result<Counted, SourceError> {
        let may_be_cumulative = self.settings.temporality(request.kind).is_none();
        match asks.needs.as_recorded {
            true => Ok(Counted::as_recorded(found)),
            false => self.sources.histories().counted(
                source,
                request,
                found,
                may_be_cumulative,
                self.work,
            ),
        }
    }
}

/// Note for a type that is summed over time although it may be a gauge.
fn added_up(name: &str) -> String {
    format!("`{name}` is added up over time; if it is what was in use, `set gauge {name}`")
}

/// A note on the first snapshot of a cumulative series, whose delta is unknown.
fn first_snapshot_note(series: usize) -> String {
    let of = if series == 1 { "a series".to_owned() } else { format!("{series} series") };
    format!("the first snapshot of {of} has no snapshot before it, so it is not counted")
}

/// What the plan asks, in the terms of a source.
fn asked(asks: &Asks, step: Option<Span>) -> Asked<'_> {
    Asked {
        stacks: asks.needs.stacks,
        times: match asks.needs.times {
            Times::Whole => AskedTimes::Whole,
            Times::Steps => AskedTimes::Steps(step),
            Times::Each => AskedTimes::Each,
        },
        labels: match &asks.labels {
            LabelsAsked::Named(labels) => Some(labels),
            LabelsAsked::All => None,
        },
        replicates: asks.needs.replicates,
    }
}
