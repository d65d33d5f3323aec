//! A compiled test of a label.

use crate::diag::Diagnostic;
use crate::lang::ast::{Matcher, MatcherOp, MatcherValue};
use crate::lang::pattern;
use crate::profile::label::anchored;
use crate::profile::{AmountOp, LabelMatcher, MatchOp};

/// Compiles a matcher in which a variable has been replaced by its value.
pub fn label_matcher(matcher: &Matcher) -> Result<LabelMatcher, Diagnostic> {
    let value = match &matcher.value {
        MatcherValue::Text(text) => text.clone(),
        MatcherValue::Variable(name) => {
            unreachable!("the variable `{name}` has been replaced by its value")
        }
    };
    let regex = || {
        anchored(&value).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Diagnostic::error("bad-regex", format!("`{value}` is not a regex: {reason}"))
                .at(matcher.value_place, reason)
                .help("escape special characters, or compare the whole text without a regex")
        })
    };
    let size = || pattern::size(&value, matcher.value_place);
    let op = match matcher.op {
        MatcherOp::Equal => MatchOp::Equal(value),
        MatcherOp::NotEqual => MatchOp::NotEqual(value),
        MatcherOp::Regex => MatchOp::Regex(regex()?),
        MatcherOp::NotRegex => MatchOp::NotRegex(regex()?),
        MatcherOp::Less => MatchOp::Amount(AmountOp::Less, size()?),
        MatcherOp::LessOrEqual => MatchOp::Amount(AmountOp::LessOrEqual, size()?),
        MatcherOp::Greater => MatchOp::Amount(AmountOp::Greater, size()?),
        MatcherOp::GreaterOrEqual => MatchOp::Amount(AmountOp::GreaterOrEqual, size()?),
    };
    Ok(LabelMatcher { name: matcher.label.text.clone(), op })
}
