//! The functions of expressions, as `verbs` has the verbs.

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

/// What stands at a place between the parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    Pattern,
    /// Profiles; may be left out where something is piped in.
    Selection,
}

impl FunctionSpec {
    /// Whether it measures what is piped in, so that no selection need be named.
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
        summary: "What the matching functions cost themselves.",
        doc: "The sum over the samples whose leaf matches, in the unit of the profile type. \
              Compared with `5%` it is 5 % of the total.",
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
        summary: "What the matching functions cost with all they call.",
        doc: "The sum over the samples whose stack holds a match, once per sample, in the unit \
              of the profile type.",
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
        summary: "What part of the whole passes through the matching functions.",
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
        summary: "By how much the matching functions grew from before to after.",
        doc: "Of a Diff: the change of what passes through them, in the unit of its mode. For a \
              share Diff, `5%` is five percentage points.",
        examples: &[
            "cpu{version=\"2\"} | diff {version=\"1\"} | assert delta(\"runtime.*\") < 50%",
            "cpu{version=\"2\"} | diff {version=\"1\"} mode=amount | assert delta(\"runtime.*\") < 60s",
        ],
        related: &["growth", "total", "diff"],
    },
    FunctionSpec {
        name: "growth",
        signature: "growth(P)",
        parameters: &[Parameter::Pattern],
        gives: Type::Number,
        summary: "By what part of what they were the matching functions grew.",
        doc: "Of a Diff: the change divided by what it was before, a ratio: 0.5, or `50%`, is \
              half more. What is new has no growth, and a condition on it does not hold.",
        examples: &[
            "cpu{version=\"2\"} | diff {version=\"1\"} | assert growth(\"runtime.*\") < 300%",
            "cpu{version=\"2\"} | diff {version=\"1\"} mode=rate | assert growth(\"*recommend*\") > 10%",
        ],
        related: &["delta", "diff"],
    },
];

/// Names that measure a group without parentheses.
pub const MEASURES: [(&str, &str); 2] = [
    ("value", "The total of the group or of the input."),
    ("count", "The number of its profiles."),
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
