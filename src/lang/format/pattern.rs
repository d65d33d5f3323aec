//! Prints frame patterns.

use super::quote;
use super::selector::braces;
use crate::lang::ast::{Anchor, FramePattern, Link, Pattern, PatternKind, Step};

/// Prints a frame pattern.
pub fn pattern(pattern: &Pattern) -> String {
    let all = |parts: &[Pattern], joint: &str| {
        parts.iter().map(self::pattern).collect::<Vec<_>>().join(joint)
    };
    match &pattern.kind {
        PatternKind::Or(parts) => all(parts, " or "),
        PatternKind::And(parts) => all(parts, " and "),
        PatternKind::Not(inner) => format!("not {}", self::pattern(inner)),
        PatternKind::Path(steps) => {
            steps.iter().enumerate().map(|(n, next)| step(n, next)).collect()
        }
    }
}

fn step(nth: usize, step: &Step) -> String {
    let link = match step.link {
        _ if nth == 0 => "",
        Link::Below => " >> ",
        Link::Direct => " > ",
    };
    let anchor = match step.anchor {
        Anchor::Anywhere => "",
        Anchor::Root => "root ",
        Anchor::Leaf => "leaf ",
    };
    format!("{link}{anchor}{}", frame(&step.frame))
}

fn frame(frame: &FramePattern) -> String {
    match frame {
        FramePattern::Glob(text) => quote(text),
        FramePattern::Regex(text) => format!("~{}", quote(text)),
        FramePattern::RegexVariable(name) => format!("~{name}"),
        FramePattern::Fields(matchers) => braces(matchers),
        FramePattern::Variable(name) => name.to_string(),
        FramePattern::Group(inner) => format!("({})", pattern(inner)),
    }
}
