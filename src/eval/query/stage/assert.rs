//! `assert`: checks a condition and reports the measured values.

use crate::diag::Diagnostic;
use crate::eval::error::Result;
use crate::eval::query::evaluator::{Evaluator, Piped};
use crate::eval::query::expr::{Expression, Subject};
use crate::lang::ast::{Args, Expr, Name};

impl Evaluator<'_> {
    /// Checks a condition on the input, and passes the input on.
    pub fn assert_piped(&self, piped: Piped, args: &Args) -> Result<Piped> {
        let message = match args {
            Args::Assert { message, .. } => message.as_ref(),
            _ => None,
        };
        let measured = self.assert(Some(&piped), args.condition(), message)?;
        Ok(piped.with_note(format!("the assertion holds: {measured}")))
    }

    /// Checks a condition. Success and failure both report the measured values.
    pub fn assert(
        &self,
        piped: Option<&Piped>,
        condition: &Expr,
        message: Option<&Name>,
    ) -> Result<String> {
        let subject = piped.map_or(Subject::None, Subject::Piped);
        let expression = Expression::new(self, subject);
        if expression.is_true(condition)? {
            return Ok(expression.report());
        }
        let text = message
            .map_or_else(|| "the assertion does not hold".to_owned(), |m| m.text.to_string());
        Err(Diagnostic::error("assert", text).at(condition.place, expression.report()).into())
    }
}
