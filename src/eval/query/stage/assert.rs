//! `assert`: checks a condition and reports the measured values.

use crate::diag::Diagnostic;
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::eval::query::expr::{Expression, Subject};
use crate::lang::ast::Assertion;
use crate::lang::format;

impl Evaluator<'_> {
    /// Checks a condition on the input, and passes the input on with a note.
    pub fn assert_piped(&self, piped: Piped, assertion: &Assertion) -> Result<Piped> {
        let note = self.assert(Some(&piped), assertion)?;
        Ok(piped.with_note(note))
    }

    /// Checks a condition: `holds: E (measured …)`, or an error with the measured values.
    pub fn assert(&self, piped: Option<&Piped>, assertion: &Assertion) -> Result<String> {
        let condition = &assertion.condition;
        let subject = piped.map_or(Subject::None, Subject::Piped);
        let mut expression = Expression::new(self, subject);
        expression.is_optional |= assertion.optional;
        expression.has_errors = true;
        expression.confidence =
            assertion.confidence.as_ref().map(|confidence| confidence.percent / 100.0);
        let holds = match expression.is_true(condition) {
            Err(error) if assertion.optional && error.is("nothing-measured") => {
                return Ok(format!("holds: {} (nothing to measure)", format::condition(assertion)));
            }
            holds => holds?,
        };
        let measured = match expression.report() {
            report if report.is_empty() => expression.sides(condition)?,
            report => report,
        };
        if holds {
            return Ok(match measured.as_str() {
                "" => format!("holds: {}", format::condition(assertion)),
                measured => format!("holds: {} ({measured})", format::condition(assertion)),
            });
        }
        let message = assertion.message.as_ref();
        let text = message
            .map_or_else(|| "the assertion does not hold".to_owned(), |m| m.text.to_string());
        Err(Diagnostic::error("assert", text).at(condition.place, measured).into())
    }
}
