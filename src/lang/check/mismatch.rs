//! The error for a verb that does not accept its input, with the query that does what was
//! meant.

use super::Scope;
use crate::diag::{Diagnostic, Place};
use crate::lang::ast::{Args, BinaryOp, Expr, ExprKind, Input, Query, Stage};
use crate::lang::types::Type;
use crate::lang::verbs::Accepts;
use crate::lang::{conditions, format};

/// A stage of a query, and the types before it.
pub(super) struct Misfit<'a> {
    pub(super) scope: &'a dyn Scope,
    pub(super) query: &'a Query,
    /// The index of the stage.
    pub(super) at: usize,
    /// What is piped into each stage up to this one.
    pub(super) piped: &'a [Type],
    /// The place of the source or the verb before.
    pub(super) before: Place,
}

impl Misfit<'_> {
    fn stage(&self) -> &Stage {
        &self.query.stages[self.at]
    }

    fn gives(&self) -> Type {
        self.piped[self.at]
    }

    fn wants(&self, accepts: Accepts) -> bool {
        self.stage().verb.accepts.contains(&accepts)
    }

    /// The query from its source to the end of this stage.
    fn place(&self) -> Place {
        Place::new(self.query.place.start, self.stage().place.end)
    }

    /// The error without a fix: the fixes of a pipe are written from all that is before.
    pub(super) fn plain(&self) -> Diagnostic {
        let spec = self.stage().verb;
        let gives = described(self.gives());
        let message = format!("`{}` needs {}, got {gives}", spec.name, spec.wanted());
        Diagnostic::error("type-mismatch", message)
            .at(self.stage().verb_place, format!("takes {}", spec.wanted()))
            .related(self.before, format!("gives {gives}"))
    }

    pub(super) fn report(&self) -> Diagnostic {
        let error = self.plain();
        let fits = |at: &Type| self.stage().verb.takes(*at);
        if self.stage().verb.accepts == [Accepts::Diff] && !self.piped.iter().any(fits) {
            return self.of_no_diff(error);
        }
        match self.gives() {
            Type::Profiles { grouped } => self.of_profiles(error, grouped),
            Type::Tree | Type::Diff if self.wants(Accepts::Table) => {
                self.after_table(error, "top 20")
            }
            Type::Series if self.wants(Accepts::Table) => self.after_table(error, "table"),
            Type::Series if self.at == 0 => self.of_arithmetic(error),
            Type::Table | Type::Tree | Type::Diff | Type::Series | Type::View => {
                self.earlier(error)
            }
            Type::Text => self.of_text(error),
            _ => error,
        }
    }

    fn of_profiles(&self, error: Diagnostic, grouped: bool) -> Diagnostic {
        match &self.stage().args {
            Args::Condition(condition) if !grouped => self.of_condition(error, condition),
            Args::Count(count) if !grouped && self.wants(Accepts::Table) => {
                let verb = self.stage().place;
                let meant = format!("top {count}");
                error.fix(format!("the heaviest functions are `{meant}`"), verb, meant)
            }
            Args::Count(count) if self.wants(Accepts::Table) => {
                let meant = format!("topk {count}");
                let verb = self.stage().place;
                error.fix(format!("the largest groups are `{meant}`"), verb, meant)
            }
            _ if self.wants(Accepts::Table) && !self.wants(Accepts::Grouped) => {
                self.after_table(error, if grouped { "table" } else { "top 20" })
            }
            _ if self.wants(Accepts::Grouped) => {
                let stage = format::stage(self.stage());
                error.help(format!("group first: `by (pod) | {stage}`"))
            }
            _ => error,
        }
    }

    /// A verb on a diff, without one before it.
    fn of_no_diff(&self, error: Diagnostic) -> Diagnostic {
        let selected = self.piped.iter().take_while(|piped| piped.is_profiles()).count();
        let stages = &self.query.stages[..selected.saturating_sub(1)];
        let source = match &self.query.source {
            Input::Expr(source) if selected > 0 => format::expr(source),
            _ => "cpu".to_owned(),
        };
        let start = stages.iter().fold(source, |text, stage| text + " | " + &format::stage(stage));
        let stage = format::stage(self.stage());
        error.help(format!("compare first: `{start} | diff offset 1m | {stage}`"))
    }

    /// A condition on profiles without groups.
    fn of_condition(&self, error: Diagnostic, condition: &Expr) -> Diagnostic {
        match conditions::placed(self.query, self.at, condition) {
            Some(meant) => error.fix(format!("write `{meant}`"), self.place(), meant),
            None => error.help("filter groups, `by (pod) | where value > 0`, or functions, `top`"),
        }
    }

    fn after_table(&self, error: Diagnostic, table: &str) -> Diagnostic {
        let verb = self.stage().verb_place.start;
        let meant = format!("{table} | {}", format::stage(self.stage()));
        error.fix(
            format!("make a table first: `{meant}`"),
            Place::new(verb, verb),
            format!("{table} | "),
        )
    }

    /// A type that its recorder calls `cpu-time` reads as a difference: the name that a
    /// query has for it, with the matchers and the range behind it.
    fn hyphenated(&self, source: &Expr) -> Option<String> {
        let written = format::expr(source);
        let end = written.find(['{', '[', '(']).unwrap_or(written.len());
        let (name, rest) = written.split_at(end);
        let recorded = name.contains(" - ").then(|| name.replace(" - ", "-"))?;
        Some(self.scope.type_called(&recorded)? + rest)
    }

    /// Arithmetic gives totals over time, without stacks.
    fn of_arithmetic(&self, error: Diagnostic) -> Diagnostic {
        let Input::Expr(source) = &self.query.source else { return error };
        let source = match &source.kind {
            ExprKind::Query(query) if query.stages.is_empty() => match &query.source {
                Input::Expr(inner) => inner,
                Input::Explore(_) => source,
            },
            _ => source,
        };
        if let Some(meant) = self.hyphenated(source) {
            return error.fix(format!("as a name it is `{meant}`"), source.place, meant);
        }
        match &source.kind {
            ExprKind::Binary { op: BinaryOp::Subtract, left, right } => {
                let meant = format!("{} | diff {}", format::expr(left), format::expr(right));
                let is_close = left.place.end + 1 == right.place.start;
                let error = error.fix(
                    format!("`-` subtracts totals; for stacks write `{meant}`"),
                    source.place,
                    meant,
                );
                // The cell may open the source that has the type.
                match (&left.kind, &right.kind) {
                    (ExprKind::Name(left), ExprKind::Name(right)) if is_close => error.note(
                        format!("the profile type `{left}-{right}` is written `{left}_{right}`"),
                    ),
                    _ => error,
                }
            }
            _ => error.help(format!(
                "arithmetic gives totals over time: `({}) | timeline`",
                format::expr(source)
            )),
        }
    }

    /// A stage that came too late: it belongs before the one after which it does not fit, or in
    /// its place.
    fn earlier(&self, error: Diagnostic) -> Diagnostic {
        let spec = self.stage().verb;
        if let (Type::Table, Args::Top { count: Some(count), .. }) =
            (self.gives(), &self.stage().args)
        {
            let meant = format!("take {count}");
            return error.fix(format!("the first rows are `{meant}`"), self.stage().place, meant);
        }
        let Some(fits) = (0..self.at).rev().find(|at| spec.takes(self.piped[*at])) else {
            return self.of_selection(error);
        };
        let (kept, passed) = (&self.query.stages[..fits], &self.query.stages[fits..self.at]);
        let next = self.query.stages.get(self.at + 1);
        let is_before =
            self.can_follow(fits, passed) && next.is_none_or(|next| next.verb.takes(self.gives()));
        let passed_on = if is_before { passed } else { &[] };
        let stages = kept.iter().chain([self.stage()]).chain(passed_on);
        let meant = stages.fold(self.source(), |text, stage| text + " | " + &format::stage(stage));
        let name = passed[0].verb.name;
        match is_before {
            true => error.fix(format!("put it before `{name}`: `{meant}`"), self.place(), meant),
            false => error.fix(format!("leave out `{name}`: `{meant}`"), self.place(), meant),
        }
    }

    /// Whether stages take what this one gives of what is piped there.
    fn can_follow(&self, at: usize, stages: &[Stage]) -> bool {
        let mut piped = (self.stage().verb.gives)(self.piped[at]);
        stages.iter().all(|stage| {
            let takes = stage.verb.takes(piped);
            piped = (stage.verb.gives)(piped);
            takes
        })
    }

    /// A stage that takes nothing of what is before it: the selection for it.
    fn of_selection(&self, error: Diagnostic) -> Diagnostic {
        let stage = format::stage(self.stage());
        let selected = self.piped.iter().take_while(|piped| piped.is_profiles()).count();
        if selected == 0 || !self.wants(Accepts::Series) {
            return error.help(format!("start from a profile type: `cpu | {stage}`"));
        }
        let kept = &self.query.stages[..selected - 1];
        let start =
            kept.iter().fold(self.source(), |text, stage| text + " | " + &format::stage(stage));
        let meant = format!("{start} | series | {stage}");
        error.fix(format!("totals in time are `series`: `{meant}`"), self.place(), meant)
    }

    fn source(&self) -> String {
        match &self.query.source {
            Input::Expr(source) => format::expr(source),
            Input::Explore(stage) => format::stage(stage),
        }
    }

    fn of_text(&self, error: Diagnostic) -> Diagnostic {
        let Input::Expr(Expr { kind: ExprKind::Text(text), place }) = &self.query.source else {
            return error;
        };
        let braced = format!("{{{}}}", crate::lang::text::quote(text));
        let meant = if format::word_or_quoted(text) == **text { text.to_string() } else { braced };
        error.fix(format!("a profile type has no quotes: `{meant}`"), *place, meant)
    }
}

fn described(piped: Type) -> &'static str {
    if piped == Type::UNGROUPED { "Profiles that are not grouped" } else { piped.name() }
}
