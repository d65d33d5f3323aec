//! Runs a query: evaluates its input, then applies one verb after another.
//!
//! `apply` maps each verb to its function. Selections stay lazy ([`Piped::Profiles`])
//! until a stage needs a tree, a table or totals.

use std::sync::Arc;

use crate::eval::error::Result;
use crate::eval::merge::merger;
use crate::eval::result::checked::Checked;
use crate::eval::result::value::{Outcome, Value};
use crate::eval::selection::context::Context;
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::pattern::Compiled;
use crate::eval::tables::changes::{self, ChangeRank};
use crate::eval::tables::describe;
use crate::lang::asks::Asks;
use crate::lang::ast::{Input, Pattern, Query, Stage, Time};
use crate::lang::needs::Needs;
use crate::profile::Tree;
use crate::quantity::Timestamp;
use crate::work::Work;

/// The value that goes from stage to stage.
#[derive(Debug, Clone)]
pub enum Piped {
    /// A lazy selection: nothing is merged yet.
    Profiles(Profiles),
    Done(Outcome),
}

impl Piped {
    /// The selection, for a verb that accepts only Profiles.
    pub fn into_profiles(self) -> Profiles {
        match self {
            Piped::Profiles(profiles) => profiles,
            Piped::Done(outcome) => unplanned(&outcome.value),
        }
    }

    pub fn notes(&self) -> &[String] {
        match self {
            Piped::Profiles(profiles) => &profiles.notes,
            Piped::Done(outcome) => &outcome.header.notes,
        }
    }

    /// Adds a note to the header.
    pub fn with_note(self, note: String) -> Piped {
        match self {
            Piped::Profiles(profiles) => Piped::Profiles(profiles.with_note(note)),
            Piped::Done(mut outcome) => {
                outcome.header.notes.push(note);
                Piped::Done(outcome)
            }
        }
    }
}

/// Panics on a value that the checker should have rejected.
pub fn unplanned(value: &Value) -> ! {
    unreachable!("the plan of this query lets no {} come here", value.type_name())
}

/// Writes results to files and servers, the only side effects of a query, and hears of asserts.
pub trait Export {
    /// Writes the value in the format of the suffix. Returns a description of what was written.
    fn save(
        &self,
        outcome: &Arc<Outcome>,
        to: SaveRequest<'_>,
        work: Work<'_>,
    ) -> std::result::Result<String, ExportError>;

    /// Uploads the stacks of the value to a server that the user named.
    fn publish(
        &self,
        outcome: &Outcome,
        endpoint: &str,
        work: Work<'_>,
    ) -> std::result::Result<Published, ExportError>;

    /// An assert was checked. Only reports on whole notebooks need to know.
    fn checked(&self, _: &Checked) {}
}

/// The file that a result is saved in.
#[derive(Debug, Clone, Copy)]
pub struct SaveRequest<'a> {
    /// The path as written.
    pub path: &'a str,
    /// Whether a file that exists is kept.
    pub only_new: bool,
    /// Whether text that a spreadsheet would run stays as it is.
    pub raw_cells: bool,
}

/// The result of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The http or https address of the uploaded profile.
    pub link: String,
    /// The size and the destination: `uploaded 12.3 KiB to https://host`.
    pub note: String,
}

/// Why a file was not written or a profile not uploaded, with a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportError {
    pub message: String,
    pub help: Option<String>,
}

/// The part of a query before a stage, as syntax.
#[derive(Clone, Copy)]
pub struct Upstream<'q> {
    pub source: &'q Input,
    pub stages: &'q [Stage],
    /// The stages that follow.
    pub next: &'q [Stage],
}

/// Evaluates the queries of one cell.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    pub context: Context<'a>,
    pub export: &'a dyn Export,
    /// Whether the query runs again for the other side of a comparison. A pattern may
    /// match nothing there, because a function may exist on one side only.
    pub is_rerun: bool,
    /// What is needed from the result of the query.
    pub asks: &'a Asks,
}

impl Evaluator<'_> {
    /// Runs a query with all of its stages.
    pub fn query(&self, query: &Query) -> Result<Piped> {
        let asks = Asks::of(&query.stages, self.asks);
        let piped = match &query.source {
            Input::Expr(expr) => Evaluator { asks: &asks, ..*self }.source(expr)?,
            Input::Explore(stage) => Piped::Done(self.explore(stage)?),
        };
        query.stages.iter().enumerate().try_fold(piped, |piped, (nth, stage)| {
            self.context.work.check()?;
            self.apply(
                piped,
                stage,
                Upstream {
                    source: &query.source,
                    stages: &query.stages[..nth],
                    next: &query.stages[nth + 1..],
                },
            )
        })
    }

    /// Runs a query in an argument of a stage, which needs this from its result.
    pub fn asked(&self, needs: Needs, query: &Query) -> Result<Piped> {
        Evaluator { asks: &needs.into(), ..*self }.query(query)
    }

    /// Loads the samples of a selection, unless they are already loaded.
    pub fn read(&self, profiles: Profiles) -> Result<Profiles> {
        profiles.read(self.context.work)
    }

    /// Replaces the variables of a pattern and compiles its frame tests.
    pub fn compile(&self, pattern: &Pattern) -> Result<Compiled> {
        Ok(Compiled::new(&self.context.bindings.resolve(pattern)?)?)
    }

    pub fn time(&self, time: &Time) -> Result<Timestamp> {
        Ok(self.context.clock_of_newest().time(time)?)
    }

    /// Merges the whole selection into a tree; groups are ignored.
    pub fn tree(&self, profiles: &Profiles) -> Result<Tree> {
        Ok(merger::tree(profiles, self.context.work)?)
    }

    /// Merges the selection into a tree with its header.
    pub fn tree_outcome(&self, profiles: &Profiles) -> Result<Outcome> {
        let tree = self.tree(profiles)?;
        let header = describe::header(profiles).with_totals_of(&tree);
        Ok(Outcome { value: Value::Tree(tree), header })
    }

    /// Turns the final value of a query into the default view of its type; a diff that
    /// `where` narrowed is a table.
    pub fn shown(&self, piped: Piped) -> Result<Outcome> {
        match piped {
            Piped::Profiles(profiles) if profiles.is_grouped() => self.group_outcome(&profiles),
            Piped::Profiles(profiles) => {
                let outcome = self.tree_outcome(&profiles)?;
                Ok(outcome.in_default_view())
            }
            Piped::Done(Outcome { value: Value::Diff(diff), header }) if diff.chosen.is_some() => {
                let (rank, work) = (ChangeRank::DEFAULT, self.context.work);
                Ok(changes::outcome(&diff, header, rank, usize::MAX, work)?)
            }
            Piped::Done(outcome) => Ok(outcome.in_default_view()),
        }
    }
}
