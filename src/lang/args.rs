//! Typed access to the arguments of a stage.
//!
//! The parser builds arguments in the shape that the registry defines for a verb. Code
//! that runs a stage asks for that shape; any other shape is a mistake in the registry.

use super::ast::{
    Args, Assertion, Expr, ExprKind, Granularity, Measure, Name, Number, Pattern, Stage, TimeMerge,
};
use crate::diag::Place;

impl Args {
    pub fn pattern(&self) -> &Pattern {
        match self {
            Args::Pattern(pattern) => pattern,
            other => wrong(other),
        }
    }

    pub fn maybe_pattern(&self) -> Option<&Pattern> {
        match self {
            Args::MaybePattern(pattern) => pattern.as_ref(),
            other => wrong(other),
        }
    }

    pub fn granularity(&self) -> Granularity {
        match self {
            Args::Granularity(granularity) => *granularity,
            other => wrong(other),
        }
    }

    pub fn label(&self) -> &Name {
        match self {
            Args::Label(label) => label,
            other => wrong(other),
        }
    }

    pub fn labels(&self) -> &[Name] {
        match self {
            Args::Labels(labels)
            | Args::ByLabels(labels)
            | Args::Group { labels, .. }
            | Args::ByOn { labels, .. } => labels,
            other => wrong(other),
        }
    }

    pub fn over_time(&self) -> TimeMerge {
        match self {
            Args::OverTime(merge) => *merge,
            other => wrong(other),
        }
    }

    pub fn amount(&self) -> &Number {
        match self {
            Args::Amount(amount) => amount,
            other => wrong(other),
        }
    }

    pub fn count(&self) -> u32 {
        match self {
            Args::Count(count) => *count,
            other => wrong(other),
        }
    }

    pub fn condition(&self) -> &Expr {
        match self {
            Args::Condition(condition) => condition,
            other => wrong(other),
        }
    }

    pub fn assertion(&self) -> &Assertion {
        match self {
            Args::Assert(assertion) => assertion,
            other => wrong(other),
        }
    }

    /// The expression of `bisect`.
    pub fn measure(&self) -> &Expr {
        match self {
            Args::ByOn { measure, .. } => measure,
            other => wrong(other),
        }
    }

    pub fn measures(&self) -> &[Measure] {
        match self {
            Args::Measures(measures) => measures,
            other => wrong(other),
        }
    }

    pub fn columns(&self) -> &[Name] {
        match self {
            Args::Columns(columns) => columns,
            other => wrong(other),
        }
    }

    /// The path of a file, and whether it must be a new one.
    pub fn file(&self) -> (&Name, bool) {
        match self {
            Args::File { path, only_new } => (path, *only_new),
            other => wrong(other),
        }
    }

    pub fn baseline(&self) -> &Expr {
        match self {
            Args::Baseline(baseline) => baseline,
            other => wrong(other),
        }
    }

    pub fn baselines(&self) -> &[Expr] {
        match self {
            Args::Baselines(baselines) => baselines,
            other => wrong(other),
        }
    }

    pub fn endpoint(&self) -> Option<&Name> {
        match self {
            Args::Endpoint(endpoint) => endpoint.as_ref(),
            other => wrong(other),
        }
    }
}

impl Stage {
    /// The word that an option was set to; the parser accepts only known words.
    pub fn option(&self, name: &str) -> Option<(&str, Place)> {
        let found = self.options.iter().find(|(option, _)| &*option.text == name);
        found.and_then(|(_, value)| match &value.kind {
            ExprKind::Name(word) => Some((&**word, value.place)),
            _ => None,
        })
    }

    /// The amount that an option was set to.
    pub fn amount(&self, name: &str) -> Option<(&Number, Place)> {
        let found = self.options.iter().find(|(option, _)| &*option.text == name);
        found.and_then(|(_, value)| match &value.kind {
            ExprKind::Number(number) => Some((number, value.place)),
            _ => None,
        })
    }
}

fn wrong(args: &Args) -> ! {
    unreachable!("the parser gives a verb arguments of its shape, not {args:?}")
}
