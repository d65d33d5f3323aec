//! `assert`: checks a condition and reports the measured values.

use crate::diag::Diagnostic;
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::eval::query::expr::{Expression, Subject};
use crate::eval::result::checked::{Checked, Reading};
use crate::lang::ast::{Assertion, Expr};
use crate::lang::format;

impl Evaluator<'_> {
    /// Checks a condition on the input, and passes the input on with a note.
    pub fn assert_piped(&self, piped: Piped, assertion: &Assertion) -> Result<Piped> {
        let note = self.assert(Some(&piped), assertion)?;
        Ok(piped.with_note(note))
    }

    /// Checks a condition: `holds: E (measured …)`, or an error with the measured values.
    pub fn assert(&self, piped: Option<&Piped>, assertion: &Assertion) -> Result<String> {
        let checked = self.check(piped, assertion)?;
        self.export.checked(&checked);
        let Checked { condition, message, place, holds, report, .. } = checked;
        if !holds {
            let text = message.unwrap_or_else(|| "the assertion does not hold".to_owned());
            return Err(Diagnostic::error("assert", text).at(place, report).into());
        }
        Ok(match report.as_str() {
            "" => format!("holds: {condition}"),
            report => format!("holds: {condition} ({report})"),
        })
    }

    fn check(&self, piped: Option<&Piped>, assertion: &Assertion) -> Result<Checked> {
        let condition = &assertion.condition;
        let subject = piped.map_or(Subject::None, Subject::Piped);
        let mut expression = Expression::new(self, subject);
        expression.is_optional |= assertion.optional;
        expression.has_errors = true;
        expression.confidence =
            assertion.confidence.as_ref().map(|confidence| confidence.percent / 100.0);
        let (holds, report, readings) = match expression.is_true(condition) {
            Err(error) if assertion.optional && error.is("nothing-measured") => {
                (true, "nothing to measure".to_owned(), Vec::new())
            }
            holds => {
                let holds = holds?;
                let (report, readings) = found(&expression, condition)?;
                (holds, report, readings)
            }
        };
        Ok(Checked {
            condition: format::condition(assertion),
            message: assertion.message.as_ref().map(|message| message.text.to_string()),
            place: condition.place,
            holds,
            report,
            readings,
        })
    }
}

/// What the condition measured, or the values of its sides.
fn found(expression: &Expression<'_>, condition: &Expr) -> Result<(String, Vec<Reading>)> {
    let (report, mut readings) = (expression.report(), expression.readings());
    if !readings.is_empty() {
        return Ok((report, readings));
    }
    let Some((left, op, right)) = expression.sides(condition)? else {
        return Ok((report, readings));
    };
    readings.push(Reading::of(left.to_string(), format!("{} {right}", op.symbol())));
    let report = if report.is_empty() { format!("{left} against {right}") } else { report };
    Ok((report, readings))
}
