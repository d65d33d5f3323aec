//! `a + b` of selections as Profiles, for the verbs that read stacks.
//!
//! Both sides must have one unit and merge over time alike: two types of allocations, two
//! services. Other arithmetic, and a sum that is only drawn over time, is in `calculate`.

use super::calculate::unit_mismatch;
use crate::diag::{Diagnostic, Place};
use crate::eval::error::Result;
use crate::eval::query::evaluator::Evaluator;
use crate::eval::selection::profiles::Profiles;
use crate::eval::selection::union::union;
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Input};

impl Evaluator<'_> {
    /// The profiles of all selections that an expression adds up.
    pub fn summed(&self, expr: &Expr) -> Result<Profiles> {
        match &expr.kind {
            ExprKind::Binary { op: BinaryOp::Add, left, right } => {
                self.added(self.summed(left)?, self.summed(right)?, expr.place)
            }
            ExprKind::Query(query) => match &query.source {
                Input::Expr(inner) if query.stages.is_empty() => self.summed(inner),
                _ => Ok(self.query(query)?.into_profiles()),
            },
            _ => Ok(self.source(expr)?.into_profiles()),
        }
    }

    /// The union of both sides, or an error if they do not add up.
    pub fn added(&self, left: Profiles, right: Profiles, place: Place) -> Result<Profiles> {
        let units = [left.unit(), right.unit()];
        if units[0] != units[1] {
            return Err(unit_mismatch(BinaryOp::Add, &units, place).into());
        }
        if left.time_rule() != right.time_rule() || left.rate != right.rate {
            let message = format!(
                "`{}` and `{}` merge over time in different ways",
                left.kind.alias, right.kind.alias
            );
            return Err(Diagnostic::error("not-comparable", message)
                .at(place, "one is a sum over time, the other is not")
                .help(format!(
                    "merge both alike: `({} | avg_over_time) + ({} | avg_over_time)`",
                    left.kind.alias, right.kind.alias
                ))
                .into());
        }
        Ok(union(self.read(left)?, self.read(right)?, self.context.work)?)
    }
}
