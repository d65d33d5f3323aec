//! What one verb needs of the source of what is piped in. The registry says it; `asks`
//! puts the needs of a whole pipe together.

use super::types::Type;

/// What one verb needs of what is piped in, its arguments aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Stacks with their samples; else the totals of profiles are enough.
    pub stacks: bool,
    /// How finely in time.
    pub times: Times,
    /// Values by batch of profiles, for standard errors.
    pub replicates: bool,
    /// Cumulative snapshots as recorded, and not turned into deltas.
    pub as_recorded: bool,
}

/// How finely values are needed in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Times {
    /// One value over the whole window.
    #[default]
    Whole,
    /// One value for each step.
    Steps,
    /// The single profiles.
    Each,
}

impl Needs {
    pub const TOTALS: Needs =
        Needs { stacks: false, times: Times::Whole, replicates: false, as_recorded: false };
    pub const STACKS: Needs = Needs { stacks: true, ..Needs::TOTALS };
    pub const STEPS: Needs = Needs { times: Times::Steps, ..Needs::TOTALS };
    pub const EACH: Needs = Needs { times: Times::Each, ..Needs::TOTALS };
    pub const REPLICATES: Needs = Needs { replicates: true, ..Needs::STACKS };
    pub const RECORDED: Needs = Needs { as_recorded: true, ..Needs::TOTALS };
    /// What `sum_over_time` and the verbs like it are about.
    pub const SNAPSHOTS: Needs = Needs { as_recorded: true, ..Needs::EACH };

    /// What the default view of a type shows.
    pub fn of_view(shown: Type) -> Needs {
        match shown {
            Type::UNGROUPED => Needs::STACKS,
            Type::GROUPED => Needs::EACH,
            _ => Needs::TOTALS,
        }
    }

    #[must_use]
    pub fn and(self, other: Needs) -> Needs {
        Needs {
            stacks: self.stacks || other.stacks,
            times: self.times.max(other.times),
            replicates: self.replicates || other.replicates,
            as_recorded: self.as_recorded || other.as_recorded,
        }
    }
}
