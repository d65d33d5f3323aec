//! Checks `at 95%` of an assert: each comparison is of one measured value with a limit.

use super::Checker;
use crate::diag::Diagnostic;
use crate::lang::ast::{Assertion, BinaryOp, Confidence, Expr, ExprKind};
use crate::lang::types::Type;

impl Checker<'_> {
    pub(super) fn assertion(&mut self, assertion: &Assertion, piped: Option<Type>) {
        self.condition(&assertion.condition, piped);
        if let Some(confidence) = &assertion.confidence {
            self.confidence(**confidence);
            self.judged(&assertion.condition);
        }
    }

    fn confidence(&mut self, Confidence { percent, place }: Confidence) {
        if !(50.0..100.0).contains(&percent) {
            self.report(
                Diagnostic::error("bad-confidence", format!("no interval has {percent} %"))
                    .at(place, "at least 50 % and less than 100 %")
                    .fix("write `95%`", place, "95%"),
            );
        }
    }

    /// Only a single measured value has an interval that can be compared with a limit.
    fn judged(&mut self, condition: &Expr) {
        use BinaryOp::{And, Greater, GreaterOrEqual, Less, LessOrEqual, Or};
        match &condition.kind {
            ExprKind::Binary { op: And | Or, left, right } => {
                self.judged(left);
                self.judged(right);
            }
            ExprKind::Binary { op: Less | LessOrEqual | Greater | GreaterOrEqual, left, right }
                if is_call(left) != is_call(right) => {}
            _ => {
                self.report(
                    Diagnostic::error(
                        "no-interval",
                        "`at` compares one measured value with a limit",
                    )
                    .at(condition.place, "this has no interval")
                    .help("measure a function: `cpu | assert share(\"runtime.*\") < 50% at 95%`"),
                );
            }
        }
    }
}

fn is_call(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Call { .. })
}
