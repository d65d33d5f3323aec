//! From a selector to profiles: type, matchers, window, source.
//!
//! Names of data are looked up here, not by the checker, because a `use` of the
//! same cell may have brought them. A result that is empty says why.

use std::sync::Arc;

use crate::diag::suggest::suggest;
use crate::diag::{Diagnostic, Place};
use crate::eval::cumulative::Counted;
use crate::eval::empty::why_empty;
use crate::eval::profiles::Profiles;
use crate::eval::scope::{Binding, Bindings, Settings};
use crate::eval::session::Sources;
use crate::eval::value::Scalar;
use crate::lang::ast::{
    Granularity, Length, LengthKind, Matcher, MatcherOp, MatcherValue, Name, Range, RangeKind,
    Selector, Time, TimeKind,
};
use crate::lang::format;
use crate::lang::quantity::{parse_span, parse_time};
use crate::profile::kind::short_names;
use crate::profile::label::anchored;
use crate::profile::{LabelMatcher, MatchOp, ProfileType, Temporality};
use crate::quantity::{Span, Timestamp, Window};
use crate::source::store::error::StoreError;
use crate::source::{Request, Source, SourceError};
use crate::work::Work;

/// What a selector is resolved against.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    pub sources: &'a Sources,
    pub bindings: &'a Bindings,
    pub settings: &'a Settings,
    pub work: Work<'a>,
    /// Whether totals that only grow stay what was recorded.
    pub as_recorded: bool,
}

impl<'a> Surroundings<'a> {
    /// Runs a selector with a name.
    pub fn select(self, name: &Name, selector: &Selector) -> Result<Profiles, Diagnostic> {
        let source = self.source(selector.from.as_ref(), name.place)?;
        let mut kind = find_type(source, name)?.clone();
        kind.temporality = self.settings.temporality(&kind).unwrap_or(kind.temporality);
        let matchers = self.bindings.resolve_matchers(&selector.matchers)?;
        let compiled = matchers
            .iter()
            .map(|m| label_matcher(m, self.bindings))
            .collect::<Result<Vec<_>, _>>()?;
        let (window, step) = self.window(selector, source)?;
        check_labels(source, &kind, &matchers, self.work)?;
        let request = Request { kind: &kind, matchers: &compiled, window };
        let failed = |error| from_source(&error, selector.place);
        let found = source.select(&request, self.work).map_err(failed)?;
        // Sorted by labels: a series is a run.
        let series = found.snapshots.chunk_by(|a, b| a.labels.is_same(&b.labels)).count();
        let selected = (series, found.snapshots.len());
        let Counted { selection, restarts, begun } =
            self.counted(source, &request, found).map_err(failed)?;
        if kind.temporality == Temporality::Cumulative {
            kind.temporality = Temporality::Delta;
        }
        let profiles = Profiles {
            selected,
            subject: subject(name, &matchers),
            window,
            step,
            offset: self.offset(selector, source)?,
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
            skipped: source.skipped().into(),
            notes: Arc::new([]),
            kind,
        };
        if begun > 0 {
            return Ok(profiles.with_note(begins(begun)));
        }
        if profiles.snapshots.is_empty() {
            let why = why_empty(self, name, selector, window)?;
            return Ok(profiles.with_note(why));
        }
        Ok(profiles)
    }

    /// The source that a selector names, or the default one.
    pub fn source(self, from: Option<&Name>, place: Place) -> Result<&'a dyn Source, Diagnostic> {
        match from {
            None => self.sources.newest().ok_or_else(|| no_source(place)),
            Some(name) => self.sources.named(&name.text).ok_or_else(|| {
                let known: Vec<&str> = self.sources.names().collect();
                Diagnostic::error("unknown-source", format!("no source is called `{}`", name.text))
                    .at(name.place, "not opened")
                    .help(match known.is_empty() {
                        true => format!("name one when opening it: use \"...\" as {}", name.text),
                        false => format!("opened: {}", known.join(", ")),
                    })
            }),
        }
    }

    /// The window a selector asks for; none is everything.
    pub fn window(
        self,
        selector: &Selector,
        source: &dyn Source,
    ) -> Result<(Option<Window>, Option<Span>), Diagnostic> {
        let clock = self.clock(source);
        let shift = self.offset(selector, source)?;
        let at = selector.at.as_ref().map(|at| clock.time(at)).transpose()?;
        let (window, step) = match &selector.range {
            Some(Range { kind: RangeKind::Between { .. } | RangeKind::From { .. }, place })
                if selector.at.is_some() =>
            {
                return Err(two_ends(selector, *place));
            }
            Some(range) => clock.range(range, at)?,
            None => (clock.unbounded(at, shift), None),
        };
        let shifted = window.map(|window| Window {
            start: window.start.minus(shift),
            end: window.end.minus(shift),
        });
        Ok((shifted, step))
    }

    fn offset(self, selector: &Selector, source: &dyn Source) -> Result<Span, Diagnostic> {
        selector.offset.as_ref().map_or(Ok(Span(0)), |offset| self.clock(source).length(offset))
    }

    fn clock(self, source: &dyn Source) -> Clock<'a> {
        Clock { bindings: self.bindings, settings: self.settings, extent: source.extent() }
    }
}

/// `[a .. b] @ t`
fn two_ends(selector: &Selector, range: Place) -> Diagnostic {
    let place = selector.at.as_ref().map_or(selector.place, |at| at.place);
    Diagnostic::error("two-ends", "the range says when it ends, and `@` says it again")
        .at(place, "the end of a length, such as `[1h]`")
        .related(range, "has an end of its own")
        .help("leave out `@`, or move the range with `offset`")
}

/// What of totals that only grow is not known.
fn begins(series: usize) -> String {
    let of = if series == 1 { "a series".to_owned() } else { format!("{series} series") };
    format!("the first snapshot of {of} has none before it and counts nothing")
}

/// Turns times and lengths as written into instants and spans.
struct Clock<'a> {
    bindings: &'a Bindings,
    settings: &'a Settings,
    extent: Option<Window>,
}

impl Clock<'_> {
    /// The end of the newest profile, unless `set now` said otherwise.
    fn now(&self) -> Timestamp {
        self.settings.now.or(self.extent.map(|extent| extent.end)).unwrap_or_default()
    }

    fn range(
        &self,
        range: &Range,
        at: Option<Timestamp>,
    ) -> Result<(Option<Window>, Option<Span>), Diagnostic> {
        let (window, step) = match &range.kind {
            RangeKind::Last { length, step } => {
                let end = at.unwrap_or_else(|| self.now());
                let window = Window { start: end.minus(self.length(length)?), end };
                (window, step.as_ref().map(|step| self.length(step)).transpose()?)
            }
            RangeKind::Between { start, end } => {
                (Window { start: self.time(start)?, end: self.time(end)? }, None)
            }
            RangeKind::From { start, length } => {
                let start = self.time(start)?;
                (Window { start, end: start.plus(self.length(length)?) }, None)
            }
        };
        if step.is_some_and(|step| step.0 <= 0) {
            return Err(Diagnostic::error("no-step", "a step of no length holds nothing")
                .at(range.place, "")
                .help("name a longer one, or none: [6h:5m], [6h]"));
        }
        if window.end <= window.start {
            return Err(Diagnostic::error("empty-window", format!("the window {window} is empty"))
                .at(range.place, "ends before it starts")
                .help("write the earlier time first: [from .. to]"));
        }
        Ok((Some(window), step))
    }

    /// Without a range: everything, up to `@` and moved by `offset` where these are given.
    fn unbounded(&self, at: Option<Timestamp>, shift: Span) -> Option<Window> {
        let extent = self.extent?;
        if let Some(length) = self.settings.range {
            let end = at.unwrap_or_else(|| self.now());
            return Some(Window { start: end.minus(length), end });
        }
        let moved = at.is_some() || shift != Span(0) || self.settings.now.is_some();
        moved.then(|| Window { start: extent.start, end: at.unwrap_or_else(|| self.now()) })
    }

    fn length(&self, length: &Length) -> Result<Span, Diagnostic> {
        let (name, negative) = match &length.kind {
            LengthKind::Literal(span) => return Ok(*span),
            LengthKind::Variable { name, negative } => (name, *negative),
        };
        let span = match self.bindings.get(name) {
            Some(Binding::Scalar(Scalar::Duration(span))) => Some(*span),
            Some(Binding::Scalar(Scalar::Text(text))) => parse_span(text),
            _ => None,
        };
        let span = span.ok_or_else(|| {
            Diagnostic::error("not-a-duration", format!("`{name}` does not hold a duration"))
                .at(length.place, "a duration is needed here")
                .help(format!("set it first: {name} = \"1h\""))
        })?;
        Ok(if negative { Span(-span.0) } else { span })
    }

    fn time(&self, time: &Time) -> Result<Timestamp, Diagnostic> {
        match &time.kind {
            TimeKind::Literal(at) => Ok(*at),
            TimeKind::Now { shift } => {
                let shift = shift.as_ref().map_or(Ok(Span(0)), |length| self.length(length))?;
                Ok(self.now().plus(shift))
            }
            TimeKind::Start => Ok(self.extent.map(|extent| extent.start).unwrap_or_default()),
            TimeKind::End => Ok(self.extent.map(|extent| extent.end).unwrap_or_default()),
            TimeKind::Variable(name) => self.time_in(name).ok_or_else(|| {
                Diagnostic::error("not-a-time", format!("`{name}` does not hold a time"))
                    .at(time.place, "a time is needed here")
                    .help(format!("set it first: let {name} = 2026-03-01T10:00Z"))
            }),
        }
    }

    /// A parameter that papermill injects is a text.
    fn time_in(&self, name: &str) -> Option<Timestamp> {
        match self.bindings.get(name)? {
            Binding::Scalar(Scalar::Time(at)) => Some(*at),
            Binding::Scalar(Scalar::Text(text)) => parse_time(text),
            _ => None,
        }
    }
}

/// `set now 2026-03-01` and `let t = now - 1h` outside of a selector.
pub fn resolve_time(
    time: &Time,
    bindings: &Bindings,
    settings: &Settings,
    extent: Option<Window>,
) -> Result<Timestamp, Diagnostic> {
    Clock { bindings, settings, extent }.time(time)
}

/// The length of `[1h]`, for `set range`.
pub fn resolve_length(length: &Length, bindings: &Bindings) -> Result<Span, Diagnostic> {
    Clock { bindings, settings: &Settings::default(), extent: None }.length(length)
}

/// Compiles one matcher as typed.
pub fn label_matcher(matcher: &Matcher, bindings: &Bindings) -> Result<LabelMatcher, Diagnostic> {
    let value = match &matcher.value {
        MatcherValue::Text(text) => text.clone(),
        MatcherValue::Variable(name) => bindings.text(name, matcher.value_place)?,
    };
    let regex = || {
        anchored(&value).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Diagnostic::error("bad-regex", format!("`{value}` is not a regex: {reason}"))
                .at(matcher.value_place, reason)
                .help("escape special characters with \\, or compare with = for plain text")
        })
    };
    let op = match matcher.op {
        MatcherOp::Equal => MatchOp::Equal(value),
        MatcherOp::NotEqual => MatchOp::NotEqual(value),
        MatcherOp::Regex => MatchOp::Regex(regex()?),
        MatcherOp::NotRegex => MatchOp::NotRegex(regex()?),
    };
    Ok(LabelMatcher { name: matcher.label.text.clone(), op })
}

/// `cpu{pod="a"}`
pub(super) fn subject(name: &Name, matchers: &[Matcher]) -> String {
    if matchers.is_empty() {
        return name.text.to_string();
    }
    let written: Vec<String> = matchers.iter().map(format::matcher).collect();
    format!("{}{{{}}}", name.text, written.join(", "))
}

fn no_source(place: Place) -> Diagnostic {
    Diagnostic::error("no-source", "no profiles are open yet")
        .at(place, "nothing to select from")
        .help("open some first: use \"profiles/*.pb.gz\", or use \"demo:\" for the example data")
}

/// The one type that a name means.
pub fn find_type<'s>(source: &'s dyn Source, name: &Name) -> Result<&'s ProfileType, Diagnostic> {
    let called: Vec<&ProfileType> =
        source.types().iter().filter(|kind| kind.is_called(&name.text)).collect();
    match called[..] {
        [only] => Ok(only),
        [] => Err(unknown_type(source, name)),
        _ => Err(ambiguous_type(&called, name)),
    }
}

fn unknown_type(source: &dyn Source, name: &Name) -> Diagnostic {
    let names = short_names(source.types());
    let message =
        format!("`{}` is neither a variable nor a profile type of {}", name.text, source.name());
    let diagnostic =
        Diagnostic::error("unknown-type", message).at(name.place, "not a type of this source");
    match suggest(&name.text, names.iter().map(String::as_str)).first() {
        Some(meant) => {
            diagnostic.fix(format!("did you mean `{meant}`?"), name.place, (*meant).to_owned())
        }
        None => diagnostic.help(format!("it has: {}", names.join(", "))),
    }
}

fn ambiguous_type(called: &[&ProfileType], name: &Name) -> Diagnostic {
    let short: Vec<String> =
        called.iter().map(|kind| format!("{}:{}", kind.family(), kind.alias)).collect();
    let distinct = short.iter().collect::<std::collections::BTreeSet<_>>().len() == short.len();
    let candidates: Vec<String> =
        if distinct { short } else { called.iter().map(|kind| kind.id.to_string()).collect() };
    Diagnostic::error(
        "ambiguous-type",
        format!("`{}` is the name of {} profile types", name.text, called.len()),
    )
    .at(name.place, "which one?")
    .fix(format!("write one of: {}", candidates.join(", ")), name.place, candidates[0].clone())
}

/// A matcher on a label that no profile of the type has is a mistake, whatever it selects.
fn check_labels(
    source: &dyn Source,
    kind: &ProfileType,
    matchers: &[Matcher],
    work: Work<'_>,
) -> Result<(), Diagnostic> {
    if matchers.is_empty() {
        return Ok(());
    }
    let names = source.label_names(kind, work).map_err(|e| from_source(&e, Place::default()))?;
    for matcher in matchers {
        let name = &matcher.label;
        let asks_for_absence = matcher.op == MatcherOp::Equal
            && matches!(&matcher.value, MatcherValue::Text(text) if text.is_empty());
        if !asks_for_absence && !names.contains(&name.text) {
            let known: Vec<&str> = names.iter().map(|name| &**name).collect();
            return Err(unknown_label(kind, name, &known));
        }
    }
    Ok(())
}

/// The diagnostic for a label that a selection does not have.
pub fn unknown_label(kind: &ProfileType, name: &Name, known: &[&str]) -> Diagnostic {
    let message = format!("no series of `{}` has the label `{}`", kind.alias, name.text);
    let diagnostic =
        Diagnostic::error("unknown-label", message).at(name.place, "not a label of this selection");
    match suggest(&name.text, known.iter().copied()).first() {
        Some(meant) => {
            diagnostic.fix(format!("did you mean `{meant}`?"), name.place, (*meant).to_owned())
        }
        None if known.is_empty() => diagnostic.help("its profiles have no labels at all"),
        None => diagnostic.help(format!("it has: {}", known.join(", "))),
    }
}

/// What the world did, told at the place that asked for it.
pub fn from_source(error: &SourceError, place: Place) -> Diagnostic {
    match error {
        SourceError::Cancelled(_) => cancelled(),
        SourceError::NoMatch { hint, .. } => {
            Diagnostic::error("no-files", error.to_string()).at(place, "").help(hint.clone())
        }
        SourceError::NothingReadable { skipped, .. } => skipped.iter().take(5).fold(
            Diagnostic::error("not-a-profile", error.to_string()).at(place, ""),
            |diagnostic, skipped| diagnostic.note(format!("{}: {}", skipped.path, skipped.reason)),
        ),
        SourceError::Io { .. } => Diagnostic::error("cannot-read", error.to_string()).at(place, ""),
        SourceError::Store(StoreError::Missing { .. }) => {
            Diagnostic::error("no-store", error.to_string())
                .at(place, "")
                .help("make one in a shell: flamebook import <store> <files or folders>")
        }
        SourceError::Store(StoreError::Damaged { block, .. }) => {
            Diagnostic::error("damaged-store", error.to_string()).at(place, "").help(format!(
                "if the store was compacted since it was opened, `use` it again; else go on without the block: flamebook compact <store> --without {block}"
            ))
        }
        SourceError::Store(_) => {
            Diagnostic::error("cannot-read", error.to_string()).at(place, "")
        }
        SourceError::Address { .. } => {
            Diagnostic::error("not-a-file", error.to_string())
                .at(place, "")
                .help("download the profiles and open the files: use \"profiles/*.pb.gz\"")
        }
        SourceError::Pattern(_) => Diagnostic::error("bad-glob", error.to_string()).at(place, ""),
    }
}

/// The diagnostic of an interrupt; the kernel answers with `interrupted`.
pub fn cancelled() -> Diagnostic {
    Diagnostic::error("interrupted", "the query was interrupted; the session is as it was before")
}
