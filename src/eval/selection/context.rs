//! What a query can look up: sources, names, settings, and the clock.

use crate::diag::{Diagnostic, Place};
use crate::eval::selection::clock::Clock;
use crate::eval::selection::scope::{Bindings, State};
use crate::eval::selection::settings::Settings;
use crate::eval::selection::sources::Sources;
use crate::lang::ast::{Name, Range, RangeKind, Selector};
use crate::profile::ProfileType;
use crate::quantity::{Span, Window};
use crate::source::Source;
use crate::work::Work;

/// What a selector is resolved against.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub sources: &'a Sources,
    pub bindings: &'a Bindings,
    pub settings: &'a Settings,
    pub work: Work<'a>,
}

impl<'a> Context<'a> {
    /// What results depend on.
    pub fn state(self) -> State {
        State { opened: self.sources.opened(), settings: self.settings.of_results() }
    }

    /// The source that a selector names, or the default one.
    pub fn source(self, from: Option<&Name>, place: Place) -> Result<&'a dyn Source, Diagnostic> {
        match from {
            None => self.sources.newest().ok_or_else(|| no_source(place)),
            Some(name) => self.sources.named(&name.text).ok_or_else(|| {
                let known: Vec<&str> = self.sources.names().collect();
                let message = format!("no source is called `{}`", name.text);
                let error =
                    Diagnostic::error("unknown-source", message).at(name.place, "not opened");
                match known.is_empty() {
                    true => error.help(format!(
                        "name one when opening it: `use \"demo:\" as {}`",
                        name.text
                    )),
                    false => error.help(format!("opened: {}", known.join(", "))),
                }
            }),
        }
    }

    /// The window of a selector; `None` is everything. Its times are resolved against the
    /// profiles of the selected type.
    pub fn window(
        self,
        selector: &Selector,
        kind: &ProfileType,
        source: &dyn Source,
    ) -> Result<(Option<Window>, Option<Span>), Diagnostic> {
        let clock = self.clock(Some(source), Some(kind));
        let shift = self.offset(selector)?;
        let at = selector.at.as_ref().map(|at| clock.time(at)).transpose()?;
        let (window, step) = match &selector.range {
            Some(Range {
                kind: RangeKind::Between { .. } | RangeKind::From { .. }, place, ..
            }) if selector.at.is_some() => {
                return Err(two_ends(selector, *place));
            }
            Some(range) => clock.window(range, at)?,
            None => (clock.unbounded(at, shift), None),
        };
        let shifted = window.map(|window| Window {
            start: window.start.minus(shift),
            end: window.end.minus(shift),
        });
        Ok((shifted, step))
    }

    /// Where a range ended and why, if profiles of other types are newer by a tenth of it.
    pub fn end_of_type(
        self,
        selector: &Selector,
        kind: &ProfileType,
        (window, source): (Option<Window>, &dyn Source),
    ) -> Option<String> {
        let is_last = match &selector.range {
            Some(range) => matches!(range.kind, RangeKind::Last { .. }),
            None => self.settings.range.is_some(),
        };
        let is_set = self.settings.now.is_some() || selector.at.is_some();
        if !is_last || is_set {
            return None;
        }
        let (newest, of_type) = (source.extent()?.end, source.extent_of(kind)?.end);
        (newest.since(of_type).0 > window?.length().0 / 10).then(|| {
            format!(
                "the range ends at {of_type}, with the newest profile of `{}`; other types go \
                 on until {newest}",
                kind.alias
            )
        })
    }

    pub fn offset(self, selector: &Selector) -> Result<Span, Diagnostic> {
        selector.offset.as_ref().map_or(Ok(Span(0)), |offset| Clock::length(self.bindings, offset))
    }

    /// The clock for times outside a selector: that of the default source.
    pub fn clock_of_newest(self) -> Clock<'a> {
        self.clock(self.sources.newest(), None)
    }

    fn clock<'c>(self, source: Option<&'c dyn Source>, kind: Option<&'c ProfileType>) -> Clock<'c>
    where
        'a: 'c,
    {
        let Settings { now, range, .. } = *self.settings;
        let range = range.or_else(|| source.and_then(Source::usual_range));
        Clock { bindings: self.bindings, now, range, source, kind }
    }
}

/// `[a .. b] @ t`
fn two_ends(selector: &Selector, range: Place) -> Diagnostic {
    let place = selector.at.as_ref().map_or(selector.place, |at| at.place);
    Diagnostic::error("two-ends", "the range and `@` both set the end")
        .at(place, "sets the end of a length such as `[1h]`")
        .related(range, "this range has its own end")
        .help("leave out `@`, or move the range with `offset`")
}

fn no_source(place: Place) -> Diagnostic {
    Diagnostic::error("no-source", "no profiles are open yet")
        .at(place, "nothing to select from")
        .help("open some first: `use \"profiles/*.pb.gz\"`, or `use \"demo:\"`, the example data")
}
