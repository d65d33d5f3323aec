//! Explains why a selection is empty: which matcher or window removed everything.
//!
//! The selection is run again without its window, then with one more matcher at a time.

use std::collections::BTreeSet;

use crate::eval::error::{EvalError, Result};
use crate::eval::selection::context::Context;
use crate::eval::selection::names::find_type;
use crate::eval::stacks::matcher::label_matcher;
use crate::lang::ast::{Matcher, MatcherOp, MatcherValue, Name, Selector};
use crate::lang::format;
use crate::lang::text::quote;
use crate::profile::sample::Snapshot;
use crate::profile::{LabelMatcher, Labels, ProfileType};
use crate::quantity::{Span, Timestamp, Window};
use crate::source::{Asked, Request, Source};
use crate::work::Work;

/// Why a selection is empty, as a sentence without a full stop.
pub(super) fn why_empty(
    context: Context<'_>,
    name: &Name,
    selector: &Selector,
    window: Option<Window>,
) -> Result<String> {
    let source = context.source(selector.from.as_ref(), name.place)?;
    let kind = find_type(source, name)?;
    let found = |matchers: &[LabelMatcher]| {
        let asked = Asked { stacks: false, ..Asked::EVERYTHING };
        let request = Request { kind: &kind, matchers, window: None, asked };
        let found = source.select(&request, context.work);
        found
            .map(|found| found.snapshots)
            .map_err(|error| EvalError::source(&error, selector.place))
    };
    let matchers = context.bindings.resolve_matchers(&selector.matchers)?;
    let compiled: Vec<LabelMatcher> =
        matchers.iter().map(label_matcher).collect::<std::result::Result<_, _>>()?;
    let matching = found(&compiled)?;
    if let (Some(window), false) = (window, matching.is_empty()) {
        return Ok(outside(name, &matching, window));
    }
    for end in 1..=compiled.len() {
        if !found(&compiled[..end])?.is_empty() {
            continue;
        }
        let matcher = &selector.matchers[end - 1];
        let written = format::subject(name, std::slice::from_ref(matcher));
        let alone = series(&found(&compiled[end - 1..end])?);
        let before = series(&found(&compiled[..end - 1])?);
        return Ok(if alone == 0 {
            let known = values_of(source, &kind, matcher, context.work)?;
            format!("`{written}` matches no series{}{known}", meant_regex(matcher))
        } else {
            format!(
                "`{written}` alone matches {alone} series and the matchers before it match {before}, but no series matches all of them"
            )
        });
    }
    Ok(format!("there are no profiles of `{}`", name.text))
}

/// The number of label sets.
fn series(snapshots: &[Snapshot]) -> usize {
    snapshots.iter().map(|snapshot| &snapshot.labels).collect::<BTreeSet<_>>().len()
}

/// The window removed everything: it is too early, too late, or between two profiles.
fn outside(name: &Name, snapshots: &[Snapshot], window: Window) -> String {
    let starts = || snapshots.iter().map(|snapshot| snapshot.start);
    let first = starts().min().unwrap_or_default();
    let last = starts().max().unwrap_or_default();
    let said = format!("no profile of `{}` starts in {window}", name.text);
    if let Some(interval) = interval(snapshots)
        && window.length() < interval
        && first < window.end
        && window.start <= last.plus(interval)
    {
        let length = window.length();
        return format!(
            "{said}: they come every {interval}, and the window is {length} long; make it longer"
        );
    }
    let there = Window { start: first, end: last };
    if first == last {
        format!("{said}; the only one starts at {first}")
    } else {
        format!("{said}; they start in {there}")
    }
}

/// The median interval between the profiles of a series, in whole seconds.
fn interval(snapshots: &[Snapshot]) -> Option<Span> {
    let mut starts: Vec<(&Labels, Timestamp)> =
        snapshots.iter().map(|snapshot| (&snapshot.labels, snapshot.start)).collect();
    starts.sort();
    let pairs = starts.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    let mut distances: Vec<i64> =
        pairs.map(|pair| pair[1].1.since(pair[0].1).0).filter(|distance| *distance > 0).collect();
    distances.sort_unstable();
    let median = *distances.get(distances.len() / 2)?;
    const SECOND: i64 = 1_000_000_000;
    Some(Span(if median < SECOND { median } else { (median + SECOND / 2) / SECOND * SECOND }))
}

/// A hint for a value of `=` that looks like a regex: `=` compares plain text.
fn meant_regex(matcher: &Matcher) -> String {
    let MatcherValue::Text(text) = &matcher.value else { return String::new() };
    let is_regex = ["|", ".*", ".+", "^"].iter().any(|sign| text.contains(sign));
    if matcher.op == MatcherOp::Equal && is_regex {
        return format!("; for a regex write `{}=~{}`", matcher.label.text, quote(text));
    }
    if matcher.op == MatcherOp::Equal && text.contains('*') {
        let regex = text.replace('*', ".*");
        return format!("; for a pattern write `{}=~{}`", matcher.label.text, quote(&regex));
    }
    String::new()
}

/// `; pod has a, b`: existing values.
fn values_of(
    source: &dyn Source,
    kind: &ProfileType,
    matcher: &Matcher,
    work: Work<'_>,
) -> Result<String> {
    let values = source.label_values(kind, &matcher.label.text, None, work);
    let values = values.map_err(|error| EvalError::source(&error, matcher.place))?;
    let shown: Vec<&str> = values.iter().take(5).map(|value| &**value).collect();
    Ok(match values.len() {
        0 => String::new(),
        n if n > shown.len() => format!("; `{}` has {}, …", matcher.label.text, shown.join(", ")),
        _ => format!("; `{}` has {}", matcher.label.text, shown.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;
    use crate::profile::sample::Samples;

    /// Profiles of one series that start at these seconds.
    fn at(seconds: &[i64]) -> Vec<Snapshot> {
        let start = |second: &i64| Timestamp(second * 1_000_000_000);
        let snapshot = |second| {
            Snapshot::new(Labels::default(), start(second), Span::default(), Samples::default())
        };
        seconds.iter().map(snapshot).collect()
    }

    fn name(text: &str) -> Name {
        Name { text: text.into(), place: Place::default() }
    }

    #[test]
    fn a_window_between_two_profiles_is_too_short() {
        let window = |start: i64, end: i64| Window {
            start: Timestamp(start * 1_000_000_000),
            end: Timestamp(end * 1_000_000_000),
        };
        for (start, end, part) in [
            (12, 17, "they come every 10s, and the window is 5s long"),
            // Long enough, but earlier than the first one.
            (-20, -5, "they start in 1970-01-01 00:00:00 .. 00:00:30 UTC"),
        ] {
            let said = outside(&name("cpu"), &at(&[0, 10, 20, 30]), window(start, end));
            assert!(said.contains(part), "{said}");
        }
        assert_eq!(interval(&at(&[0, 10, 20, 50])), Some(Span::seconds(10)));
        assert_eq!(interval(&at(&[5])), None);
    }

    #[test]
    fn a_regex_after_an_equals_sign_is_recognised() {
        for (op, value, meant) in [
            (MatcherOp::Equal, "a|b", "; for a regex write `pod=~\"a|b\"`"),
            (MatcherOp::Equal, "shop*", "; for a pattern write `pod=~\"shop.*\"`"),
            (MatcherOp::Equal, "shop", ""),
            (MatcherOp::Regex, "a|b", ""),
        ] {
            let matcher = Matcher {
                label: name("pod"),
                op,
                value: MatcherValue::Text(value.into()),
                value_place: Place::default(),
                place: Place::default(),
            };
            assert_eq!(meant_regex(&matcher), meant, "{value}");
        }
    }
}
