//! Checks the use of variables in selectors, matchers, ranges, times and patterns.

use super::Checker;
use crate::diag::{Diagnostic, Patch, Place, suggest};
use crate::lang::ast::{
    Anchor, FramePattern, Length, LengthKind, Matcher, MatcherOp, MatcherValue, Pattern,
    PatternKind, Range, RangeKind, Selector, Step, Time, TimeKind,
};
use crate::lang::format;
use crate::lang::pattern::{self, FrameMatcher, is_frame_field};
use crate::lang::text::quote;
use crate::lang::types::{Type, boolean};

impl Checker<'_> {
    /// Checks a selector and returns its type.
    pub(super) fn selector(&mut self, selector: &Selector) -> Type {
        self.conditions(selector);
        let Some(name) = &selector.name else {
            let before = Place::new(selector.place.start, selector.place.start);
            let meant = format!("cpu{}", format::selector(selector));
            return self.report(
                Diagnostic::error("no-type", "a selection needs a profile type")
                    .at(selector.place, "the profile type is missing")
                    .fix(
                        format!("write it first: `{meant}`; `types` lists all types"),
                        before,
                        "cpu",
                    ),
            );
        };
        match self.named(&name.text, name.place) {
            found if found.is_profiles() || found == Type::Any => found,
            found => self.report(
                Diagnostic::error(
                    "type-mismatch",
                    format!("`{}` is a {found}, not a selection", name.text),
                )
                .at(name.place, format!("holds a {found}"))
                .help("braces, ranges and offsets narrow Profiles"),
            ),
        }
    }

    /// Checks all parts of a selector except its name.
    pub(super) fn conditions(&mut self, selector: &Selector) {
        self.matchers(&selector.matchers);
        if let Some(range) = &selector.range {
            self.range(range);
        }
        if let Some(offset) = &selector.offset {
            self.length(offset);
        }
        if let Some(at) = &selector.at {
            self.time(at);
        }
    }

    /// The type of a variable; any other name is a profile type.
    pub(super) fn named(&mut self, name: &str, place: Place) -> Type {
        if let Some(found) = self.variable(name) {
            return found;
        }
        if boolean(name).is_some() {
            return Type::Bool;
        }
        let digits = name.strip_prefix('_').unwrap_or("x");
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.report(
                Diagnostic::error("no-result", format!("`{name}` holds no result"))
                    .at(place, "nothing has been shown yet")
                    .help("run a query first: `_` is the last result, _7 is that of In[7]"),
            );
        }
        Type::UNGROUPED
    }

    pub(super) fn matchers(&mut self, matchers: &[Matcher]) {
        for matcher in matchers {
            self.matcher(matcher);
        }
    }

    fn matcher(&mut self, matcher: &Matcher) {
        match &matcher.value {
            MatcherValue::Variable(name) => self.matcher_variable(matcher, name),
            MatcherValue::Text(text)
                if matches!(matcher.op, MatcherOp::Regex | MatcherOp::NotRegex) =>
            {
                if let Err(mut error) = pattern::anchored(text, matcher.value_place) {
                    let meant = pattern::with_escaped_braces(text)
                        .or_else(|| pattern::with_leading_dot(text));
                    error.patch = meant
                        .map(|meant| Patch { place: matcher.value_place, text: quote(&meant) });
                    self.report(error);
                }
            }
            MatcherValue::Text(text) if matcher.op.is_size() => {
                if let Err(error) = pattern::size(text, matcher.value_place) {
                    self.report(error);
                }
            }
            MatcherValue::Text(_) => {}
        }
    }

    fn matcher_variable(&mut self, matcher: &Matcher, name: &str) {
        match self.variable(name) {
            Some(Type::Text | Type::Number | Type::Any) => {}
            Some(found) => {
                let message = format!("`{name}` is a {found}, not a Text");
                let error = Diagnostic::error("type-mismatch", message)
                    .at(matcher.value_place, "a text is needed");
                self.report(error);
            }
            None if matcher.op.is_size() => {
                self.report(
                    Diagnostic::error("unquoted", format!("`{name}` is not a variable"))
                        .at(matcher.value_place, "not a variable")
                        .help("compare with a number and its unit: `alloc_space{bytes>=1KiB}`"),
                );
            }
            None => {
                let fix = quote(name);
                self.report(
                    Diagnostic::error("unquoted", format!("`{name}` is not a variable"))
                        .at(matcher.value_place, "not a variable")
                        .fix(
                            format!("quote text values: {}={fix}", matcher.label.text),
                            matcher.value_place,
                            fix,
                        ),
                );
            }
        }
    }

    pub(super) fn range(&mut self, range: &Range) {
        match &range.kind {
            RangeKind::Last { length } if self.day(length) => {}
            RangeKind::Last { length } => self.length(length),
            RangeKind::Between { start, end } => {
                self.time(start);
                self.time(end);
                self.order(start, end);
            }
            RangeKind::From { start, length } => {
                self.time(start);
                self.length(length);
            }
        }
        if let Some(step) = &range.step {
            self.length(step);
        }
    }

    /// Reports a day by its name, which is no variable.
    fn day(&mut self, length: &Length) -> bool {
        let LengthKind::Variable { name, .. } = &length.kind else { return false };
        let meant = match &**name {
            "today" => "1d",
            "yesterday" => "-2d .. -1d",
            _ => return false,
        };
        let is_day = self.variable(name).is_none();
        if is_day {
            self.report(
                Diagnostic::error("time-format", format!("`{name}` is no range"))
                    .at(length.place, "days have no names")
                    .fix(format!("counted back from now: `[{meant}]`"), length.place, meant),
            );
        }
        is_day
    }

    /// Reports a range that ends before it starts, which is always empty.
    fn order(&mut self, start: &Time, end: &Time) {
        if let (TimeKind::Literal(from), TimeKind::Literal(to)) = (&start.kind, &end.kind)
            && from >= to
        {
            let error = |message| {
                Diagnostic::error("empty-range", message)
                    .at(end.place, "not after the start")
                    .related(start.place, "the start")
            };
            self.report(match from == to {
                true => error("the range ends where it starts").help("write a later end"),
                false => {
                    error("the range ends before it starts").help("write the earlier time first")
                }
            });
        }
    }

    pub(super) fn length(&mut self, length: &Length) {
        if let LengthKind::Variable { name, .. } = &length.kind {
            let fits = |found| matches!(found, Type::Duration | Type::Text | Type::Any);
            self.wanted(name, length.place, fits, ("a duration", "1h"));
        }
    }

    pub(super) fn time(&mut self, time: &Time) {
        match &time.kind {
            TimeKind::Variable(name) => {
                let fits =
                    |found| matches!(found, Type::Time | Type::Text | Type::Number | Type::Any);
                self.wanted(name, time.place, fits, ("a time", "2026-03-01T10:00Z"));
            }
            TimeKind::Now | TimeKind::Literal(_) | TimeKind::Start | TimeKind::End => {}
        }
        if let Some(shift) = &time.shift {
            self.length(shift);
        }
    }

    /// Checks that a variable holds the type needed at this place.
    fn wanted(
        &mut self,
        name: &str,
        place: Place,
        fits: fn(Type) -> bool,
        (what, such_as): (&str, &str),
    ) {
        match self.variable(name) {
            Some(found) if fits(found) => {}
            Some(found) => {
                let message = format!("{what} is needed, `{name}` is a {found}");
                self.report(
                    Diagnostic::error("type-mismatch", message)
                        .at(place, format!("holds a {found}")),
                );
            }
            None => {
                let names = self.all_variables();
                let near = suggest::suggest(name, names.iter().map(String::as_str));
                let message = format!("`{name}` is not a variable");
                let error = Diagnostic::error("unknown-variable", message).at(place, what);
                self.report(match near[..] {
                    _ if matches!(name, "start" | "end") && what == "a time" => {
                        let meant = format!("{name}()");
                        error.fix(format!("the edge of the data is `{meant}`"), place, meant)
                    }
                    [_, ..] => error.did_you_mean(&near, place),
                    [] => error.help(format!("set it first: `let {name} = {such_as}`")),
                });
            }
        }
    }

    fn all_variables(&self) -> Vec<String> {
        let mut names = self.scope.variables();
        names.extend(self.bound.keys().map(ToString::to_string));
        // `_` and `_7` are not useful as suggestions.
        names.retain(|name| !name.starts_with('_'));
        names.sort();
        names
    }

    pub(super) fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Or(parts) | PatternKind::And(parts) => {
                parts.iter().for_each(|part| self.pattern(part))
            }
            PatternKind::Not(inner) => self.pattern(inner),
            PatternKind::Path(steps) => steps.iter().for_each(|step| self.pattern_step(step)),
        }
    }

    fn pattern_step(&mut self, step: &Step) {
        match &step.frame {
            FramePattern::Glob(_) => {}
            FramePattern::Regex(text) => {
                if let Err(mut error) = FrameMatcher::compile(&step.frame, step.place) {
                    if step.anchor == Anchor::Anywhere {
                        let glob = text.starts_with('*').then(|| quote(text));
                        let meant = pattern::with_escaped_braces(text)
                            .map(|meant| format!("~{}", quote(&meant)));
                        error.patch = meant.or(glob).map(|text| Patch { place: step.place, text });
                    }
                    self.report(error);
                }
            }
            FramePattern::Fields(matchers) => {
                // `=` takes a glob for a frame field and a text for a label: both are texts.
                self.matchers(matchers);
                if matchers.is_empty() {
                    self.report(
                        Diagnostic::error("unexpected", "empty braces match every frame")
                            .at(step.place, "no condition")
                            .help("name a field: `{package=\"runtime\"}`"),
                    );
                }
            }
            FramePattern::Group(inner) => self.pattern(inner),
            FramePattern::Variable(name) => self.frame_variable(name, step.place),
            FramePattern::RegexVariable(name) => {
                let fits = |found| matches!(found, Type::Text | Type::Any);
                self.wanted(name, step.place, fits, ("a regex in quotes", "\"^runtime\""));
            }
        }
    }

    fn frame_variable(&mut self, name: &str, place: Place) {
        match self.variable(name) {
            Some(Type::Pattern | Type::Text | Type::Any) => {}
            Some(found) => {
                let message = format!("a frame pattern is needed, `{name}` is a {found}");
                self.report(
                    Diagnostic::error("type-mismatch", message)
                        .at(place, format!("holds a {found}")),
                );
            }
            None => {
                let fix = quote(&format!("*{name}*"));
                let field = if is_frame_field(name) { " or test a field in braces" } else { "" };
                let error = Diagnostic::error("unquoted", format!("`{name}` is not a variable"))
                    .at(place, "not a variable");
                self.report(error.fix(
                    format!("quote function patterns{field}: {fix}"),
                    place,
                    fix,
                ));
            }
        }
    }
}
