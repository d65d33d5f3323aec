//! Resolves times and durations as written to timestamps and spans.

use crate::diag::Diagnostic;
use crate::eval::result::scalar::Scalar;
use crate::eval::selection::scope::{Binding, Bindings};
use crate::lang::ast::{Length, LengthKind, Range, RangeKind, Time, TimeKind};
use crate::lang::quantity::{parse_span, parse_time};
use crate::profile::ProfileType;
use crate::quantity::{Span, Timestamp, Window};
use crate::source::Source;

/// What times and durations are resolved against.
pub struct Clock<'a> {
    pub bindings: &'a Bindings,
    /// The value of `set now`.
    pub now: Option<Timestamp>,
    /// The value of `set range`.
    pub range: Option<Span>,
    /// The data: profiles of this type, or all of the source. A server is asked for its time
    /// span only where it matters, because a result that depends on it changes with the clock.
    pub source: Option<&'a dyn Source>,
    pub kind: Option<&'a ProfileType>,
}

impl Clock<'_> {
    /// The time span of the data.
    fn extent(&self) -> Option<Window> {
        let source = self.source?;
        self.kind.map_or_else(|| source.extent(), |kind| source.extent_of(kind))
    }

    /// The value of `set now`, or the end of the newest profile.
    fn end(&self) -> Timestamp {
        let newest = || self.extent().map(|extent| extent.end);
        self.now.or_else(newest).unwrap_or_default()
    }

    pub fn window(
        &self,
        range: &Range,
        at: Option<Timestamp>,
    ) -> std::result::Result<(Option<Window>, Option<Span>), Diagnostic> {
        let length = |length| Clock::length(self.bindings, length);
        let window = match &range.kind {
            RangeKind::Last { length: whole } => {
                let end = at.unwrap_or_else(|| self.end());
                Window { start: end.minus(length(whole)?), end }
            }
            RangeKind::Between { start, end } => {
                Window { start: self.time(start)?, end: self.time(end)? }
            }
            RangeKind::From { start, length: whole } => {
                let start = self.time(start)?;
                Window { start, end: start.plus(length(whole)?) }
            }
        };
        let step = range.step.as_ref().map(length).transpose()?;
        if step.is_some_and(|step| step.0 <= 0) {
            return Err(Diagnostic::error("no-step", "the step has the length zero")
                .at(range.place, "")
                .help("write a longer step, or none: `cpu[6h:5m]`, `cpu[6h]`"));
        }
        if window.end == window.start {
            return Err(Diagnostic::error("empty-range", format!("the window {window} is empty"))
                .at(range.place, "ends where it starts")
                .help("write a longer range, or none: `cpu[5m]`, `cpu`"));
        }
        if window.end < window.start {
            return Err(Diagnostic::error("empty-range", format!("the window {window} is empty"))
                .at(range.place, "ends before it starts")
                .help("write the earlier time first: `cpu[now - 1h .. now]`"));
        }
        Ok((Some(window), step))
    }

    /// Without a range: everything up to `@`, moved by `offset`, if these are given.
    pub fn unbounded(&self, at: Option<Timestamp>, shift: Span) -> Option<Window> {
        let end = at.or(self.now);
        if let Some(length) = self.range {
            let end = end.or_else(|| self.extent().map(|extent| extent.end))?;
            return Some(Window { start: end.minus(length), end });
        }
        let extent = self.extent()?;
        let moved = end.is_some() || shift != Span(0);
        moved.then(|| Window { start: extent.start, end: end.unwrap_or(extent.end) })
    }

    pub fn length(bindings: &Bindings, length: &Length) -> std::result::Result<Span, Diagnostic> {
        let (name, negative) = match &length.kind {
            LengthKind::Literal(span) => return Ok(*span),
            LengthKind::Variable { name, negative } => (name, *negative),
        };
        let span = match bindings.get(name) {
            Some(Binding::Scalar(Scalar::Duration(span))) => Some(*span),
            Some(Binding::Scalar(Scalar::Text(text))) => parse_span(text),
            _ => None,
        };
        let span = span.ok_or_else(|| {
            Diagnostic::error("not-a-duration", format!("`{name}` is not a duration"))
                .at(length.place, "a duration is needed here")
                .help(format!("set it first: `let {name} = 1h`"))
        })?;
        Ok(if negative { Span(-span.0) } else { span })
    }

    pub fn time(&self, time: &Time) -> std::result::Result<Timestamp, Diagnostic> {
        let shift =
            time.shift.as_ref().map_or(Ok(Span(0)), |shift| Clock::length(self.bindings, shift))?;
        Ok(self.unshifted(time)?.plus(shift))
    }

    fn unshifted(&self, time: &Time) -> std::result::Result<Timestamp, Diagnostic> {
        match &time.kind {
            TimeKind::Literal(at) => Ok(*at),
            TimeKind::Now => Ok(self.end()),
            TimeKind::Start => Ok(self.extent().map(|extent| extent.start).unwrap_or_default()),
            TimeKind::End => Ok(self.extent().map(|extent| extent.end).unwrap_or_default()),
            TimeKind::Variable(name) => self.time_in(name).ok_or_else(|| {
                Diagnostic::error("not-a-time", format!("`{name}` is not a time"))
                    .at(time.place, "a time is needed here")
                    .help(format!("set it first: `let {name} = 2026-03-01T10:00Z`"))
            }),
        }
    }

    /// A parameter set by papermill is a text.
    fn time_in(&self, name: &str) -> Option<Timestamp> {
        match self.bindings.get(name)? {
            Binding::Scalar(Scalar::Time(at)) => Some(*at),
            Binding::Scalar(Scalar::Text(text)) => parse_time(text),
            _ => None,
        }
    }
}
