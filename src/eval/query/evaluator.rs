//! Runs a query: its source, and verb after verb applied to what was piped in.
//!
//! `apply` says what each verb does. Selections stay lazy ([`Piped::Profiles`]) until a
//! stage needs a tree, a table or totals.

use crate::eval::error::Result;
use crate::eval::merge::merger;
use crate::eval::result::value::{Outcome, Value};
use crate::eval::selection::context::Context;
use crate::eval::selection::profiles::Profiles;
use crate::eval::stacks::pattern::Compiled;
use crate::eval::tables::describe;
use crate::lang::asks::Asks;
use crate::lang::ast::{Input, Pattern, Query, Stage, Time};
use crate::lang::needs::Needs;
use crate::profile::Tree;
use crate::quantity::Timestamp;
use crate::work::Work;

/// What goes through a pipe.
#[derive(Debug, Clone)]
pub enum Piped {
    /// Lazy: nothing is merged yet.
    Profiles(Profiles),
    Done(Outcome),
}

impl Piped {
    /// The input of a verb that takes Profiles alone.
    pub fn into_profiles(self) -> Profiles {
        match self {
            Piped::Profiles(profiles) => profiles,
            Piped::Done(outcome) => unplanned(&outcome),
        }
    }

    /// With one more line in the header.
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

/// Ends a query whose value the checker should have kept from coming here.
pub fn unplanned(outcome: &Outcome) -> ! {
    unreachable!("the plan of this query lets no {} come here", outcome.value.type_name())
}

/// Writes results to files and servers: all that a query does to the outside world.
pub trait Export {
    /// Writes the value in the format of the suffix; says what was written, or why not.
    fn save(&self, outcome: &Outcome, path: &str) -> std::result::Result<String, ExportError>;

    /// Uploads the stacks of the value to a server that the user named.
    fn publish(
        &self,
        outcome: &Outcome,
        endpoint: &str,
        work: Work<'_>,
    ) -> std::result::Result<Published, ExportError>;
}

/// What a server made of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// An http or https address.
    pub link: String,
    /// What left this machine, and where it went: `12.3 KiB were uploaded to https://host`.
    pub said: String,
}

/// Why a file was not written or a profile not uploaded, and what would work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportError {
    pub message: String,
    pub help: Option<String>,
}

/// What was piped into a stage, as it was written.
#[derive(Clone, Copy)]
pub struct Upstream<'q> {
    pub source: &'q Input,
    pub stages: &'q [Stage],
}

/// Evaluates queries of one cell.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    pub context: Context<'a>,
    pub export: &'a dyn Export,
    /// Whether this is a query that runs again for the other side of a comparison:
    /// there a pattern may match nothing, for what it names may be new.
    pub is_rerun: bool,
    /// What is asked of the result of the query.
    pub asks: &'a Asks,
}

impl Evaluator<'_> {
    /// Runs a query up to its last stage.
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
                Upstream { source: &query.source, stages: &query.stages[..nth] },
            )
        })
    }

    /// Runs a query in an argument of a stage, for which this much is asked.
    pub fn asked(&self, needs: Needs, query: &Query) -> Result<Piped> {
        Evaluator { asks: &needs.into(), ..*self }.query(query)
    }

    /// A selection with its samples, read now if need be.
    pub fn read(&self, profiles: Profiles) -> Result<Profiles> {
        profiles.read(self.context.work)
    }

    /// A pattern with its variables replaced and its frame tests compiled.
    pub fn compile(&self, pattern: &Pattern) -> Result<Compiled> {
        Ok(Compiled::new(&self.context.bindings.resolve(pattern)?)?)
    }

    pub fn time(&self, time: &Time) -> Result<Timestamp> {
        Ok(self.context.clock_of_newest().time(time)?)
    }

    /// The merged tree of everything selected, whatever its groups.
    pub fn tree(&self, profiles: &Profiles) -> Result<Tree> {
        Ok(merger::tree(profiles, self.context.work)?)
    }

    /// A tree with its header.
    pub fn tree_outcome(&self, profiles: &Profiles) -> Result<Outcome> {
        let tree = self.tree(profiles)?;
        let header = describe::header(profiles).with_totals_of(&tree);
        Ok(Outcome { value: Value::Tree(tree), header })
    }

    /// What a statement shows when it ends here: the default view of each type.
    pub fn shown(&self, piped: Piped) -> Result<Outcome> {
        match piped {
            Piped::Profiles(profiles) if profiles.is_grouped() => self.group_outcome(&profiles),
            Piped::Profiles(profiles) => {
                let outcome = self.tree_outcome(&profiles)?;
                Ok(outcome.in_default_view())
            }
            Piped::Done(outcome) => Ok(outcome.in_default_view()),
        }
    }
}
