//! Runs a selector: finds the profiles of a type, labels and window.
//!
//! An empty selection explains why it is empty.

use std::sync::Arc;

use crate::eval::error::{EvalError, Result};
use crate::eval::selection::context::Context;
use crate::eval::selection::cumulative::Counted;
use crate::eval::selection::empty::why_empty;
use crate::eval::selection::names::{check_labels, find_type, unknown_label};
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::matcher::label_matcher;
use crate::lang::asks::{Asks, LabelsAsked};
use crate::lang::ast::{Granularity, Matcher, Name, Selector};
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
        let (window, step) = self.window(selector, &kind, source)?;
        let ended = self.end_of_type(selector, &kind, (window, source));
        // A misspelled label is like one that no profile has: `!=` then selects everything,
        // and `=` nothing, which is explained below.
        let check = |accepts_absence: bool| {
            let pairs = compiled.iter().zip(&matchers);
            let part = pairs.filter(|(compiled, _)| compiled.accepts(None) == accepts_absence);
            let part: Vec<Matcher> = part.map(|(_, matcher)| matcher.clone()).collect();
            check_labels(source, &kind, window, &part, self.work)
        };
        check(true)?;
        let asked = asked(asks, source, step);
        let request = Request { kind: &kind, matchers: &compiled, window, asked };
        let grafana = self.settings.servers.grafana.as_deref();
        let page = grafana.and_then(|grafana| source.page(grafana, &request));
        let failed = |error| EvalError::source(&error, selector.place);
        let found = source.select(&request, self.work).map_err(failed)?;
        if found.snapshots.is_empty() {
            check(false)?;
        }
        let (selected, origin) = (selected(&found), found.origin.clone());
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
            step: step.or(origin.step),
            offset: self.offset(selector)?,
            snapshots: selection.snapshots,
            unsplit: None,
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
            notes: source.remarks().iter().chain(&origin.notes).cloned().chain(ended).collect(),
            requests: origin.requests,
            page: page.map(Arc::from),
            kind,
        };
        let profiles = if asked.stacks { profiles.read(self.work)? } else { profiles };
        if without_previous > 0 {
            return Ok(profiles.with_note(first_snapshot_note(without_previous)));
        }
        if profiles.snapshots.len() > 1 && profiles.kind.may_be_in_use() {
            let note = added_up(&profiles.kind.alias);
            return Ok(profiles.with_note(note));
        }
        if !source.lists_profiles() {
            self.check_groups(source, &profiles, asks, selector)?;
        }
        if profiles.snapshots.is_empty() {
            let why = why_empty(self, name, selector, window)?;
            return Ok(profiles.with_note(why));
        }
        Ok(profiles)
    }

    /// Reports a label that stages look at and no profile has. A server answers a question
    /// about such a label as about one that is not set.
    fn check_groups(
        self,
        source: &dyn Source,
        profiles: &Profiles,
        asks: &Asks,
        selector: &Selector,
    ) -> Result<()> {
        let LabelsAsked::Named(names) = &asks.labels else { return Ok(()) };
        let missing = names.iter().find(|name| !profiles.has_series_label(name));
        let (Some(missing), false) = (missing, profiles.snapshots.is_empty()) else {
            return Ok(());
        };
        let known = source.label_names(&profiles.kind, profiles.window, self.work);
        let known = known.map_err(|error| EvalError::source(&error, selector.place))?;
        let name = Name { text: missing.clone(), place: selector.place };
        let names: Vec<&str> = known.iter().map(|name| &**name).collect();
        match known.contains(missing) {
            true => Ok(()),
            false => Err(unknown_label(&profiles.kind, &name, &names).into()),
        }
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

/// The number of series and profiles that were selected; none if a server has merged them.
fn selected(found: &Selection) -> (usize, usize) {
    if found.origin.is_merged {
        return (0, 0);
    }
    // Snapshots are sorted by labels, so a series is consecutive.
    let series = found.snapshots.chunk_by(|a, b| a.labels.is_same(&b.labels)).count();
    (series, found.snapshots.len())
}

/// What the plan asks, in the terms of a source.
fn asked<'a>(asks: &'a Asks, source: &dyn Source, step: Option<Span>) -> Asked<'a> {
    Asked {
        // Samples are looked at for their labels, which a server has made labels of series.
        stacks: asks.needs.stacks || asks.needs.sample_labels && source.lists_profiles(),
        places: asks.needs.places,
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
        singles: asks.needs.singles,
    }
}
