//! The table of functions in expressions; `verbs` has the verbs.

use super::types::Type;

/// A function.
#[derive(Debug)]
pub struct FunctionSpec {
    pub name: &'static str,
    /// `self(P[, q])`
    pub signature: &'static str,
    pub parameters: &'static [Parameter],
    pub gives: Type,
    pub summary: &'static str,
    pub doc: &'static str,
    /// Cells that run on the example data.
    pub examples: &'static [&'static str],
    pub related: &'static [&'static str],
}

/// The kind of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    Pattern,
    /// Profiles; optional if a selection is piped in.
    Selection,
}

impl FunctionSpec {
    /// Whether it can measure the piped value, so that no selection has to be named.
    pub fn measures(&self, piped: Type) -> bool {
        match piped {
            Type::Any => true,
            Type::Diff => !self.parameters.contains(&Parameter::Selection),
            Type::Profiles { .. } | Type::Tree => self.parameters.contains(&Parameter::Selection),
            _ => false,
        }
    }
}

const MEASURE: &[Parameter] = &[Parameter::Pattern, Parameter::Selection];

/// Every function.
pub const FUNCTIONS: &[FunctionSpec] = &[
    FunctionSpec {
        name: "self",
        signature: "self(P[, q])",
        parameters: MEASURE,
        gives: Type::Number,
        summary: "The self value of the matching functions.",
        doc: "The sum of the samples whose leaf matches, in the unit of the profile type. In a \
              comparison, `5%` means 5 % of the total.",
        examples: &[
            "cpu | assert self(\"encoding/json.*\") < 90%",
            "cpu | by (version) | where self(\"runtime.*\") > 1% | table",
        ],
        related: &["total", "share"],
    },
    FunctionSpec {
        name: "total",
        signature: "total(P[, q])",
        parameters: MEASURE,
        gives: Type::Number,
        summary: "The total of the matching functions, with their callees.",
        doc: "The sum of the samples whose stack has a match, counted once per sample, in the \
              unit of the profile type.",
        examples: &[
            "assert total(\"runtime.*\", cpu) > 0",
            "cpu | by (version) | where total(\"net/http.*\") > 5% | table",
        ],
        related: &["self", "share"],
    },
    FunctionSpec {
        name: "share",
        signature: "share(P[, q])",
        parameters: MEASURE,
        gives: Type::Number,
        summary: "The share of the whole that passes through the matching functions.",
        doc: "`total(P)` divided by the total of the selection: a ratio, so that `5%` is 0.05.",
        examples: &[
            "assert share(\"runtime.*\", cpu) < 100%",
            "cpu | by (pod) | where share(\"runtime.*\") > 1% | table",
        ],
        related: &["self", "total"],
    },
    FunctionSpec {
        name: "delta",
        signature: "delta(P)",
        parameters: &[Parameter::Pattern],
        gives: Type::Number,
        summary: "The change in the total of the matching functions.",
        doc: "For a Diff: their total after minus before, in the unit of its mode. In the mode \
              `share`, `5%` is five percentage points.",
        examples: &[
            "cpu{version=\"2\"} | diff {version=\"1\"} | assert delta(\"runtime.*\") < 50%",
            "cpu{version=\"2\"} | diff {version=\"1\"} mode=amount | assert delta(\"runtime.*\") \
             < 60s",
        ],
        related: &["growth", "total", "diff"],
    },
    FunctionSpec {
        name: "growth",
        signature: "growth(P)",
        parameters: &[Parameter::Pattern],
        gives: Type::Number,
        summary: "The relative growth of the matching functions.",
        doc: "For a Diff: the change divided by the total before: 0.5, or `50%`, is half more. A \
              new function has no growth, and a condition on it is false.",
        examples: &[
            "cpu{version=\"2\"} | diff {version=\"1\"} | assert growth(\"runtime.*\") < 300%",
            "cpu{version=\"2\"} | diff {version=\"1\"} mode=rate | assert growth(\"*recommend*\") \
             > 10%",
        ],
        related: &["delta", "diff"],
    },
];

/// Names that measure profiles without parentheses.
pub const MEASURES: [(&str, &str); 2] = [
    ("value", "The total of the group, or of all profiles that are piped in."),
    ("count", "The number of these profiles."),
];

/// The function of this name.
pub fn find(name: &str) -> Option<&'static FunctionSpec> {
    FUNCTIONS.iter().find(|spec| spec.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse;

    #[test]
    fn examples_parse_and_call_their_function() {
        for spec in FUNCTIONS {
            assert!(spec.examples.len() >= 2 && spec.signature.starts_with(spec.name));
            for example in spec.examples {
                let (_, diagnostics) = parse(example);
                assert!(diagnostics.is_empty(), "{example}: {diagnostics:?}");
                assert!(example.contains(&format!("{}(", spec.name)), "{example}");
            }
        }
    }
}
