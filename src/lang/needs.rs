//! What one verb needs from the source of its input. The registry lists the needs of each
//! verb; `asks` combines those of a whole pipe.

use super::types::Type;

/// The needs of one verb, without those of its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Samples with their stacks; without this, the totals of profiles are enough.
    pub stacks: bool,
    /// Where the code of frames is: files, lines, binaries, addresses. Without this, the names
    /// of their functions are enough.
    pub places: bool,
    /// The labels of samples, without their stacks.
    pub sample_labels: bool,
    /// The totals of groups. Maxima and minima take these from trees, so from stacks.
    pub group_totals: bool,
    /// The resolution in time.
    pub times: Times,
    /// Values by batch of profiles, for standard errors.
    pub replicates: bool,
    /// Profiles one by one, with their own times and labels.
    pub singles: bool,
    /// Each series by itself, told apart by all of its labels.
    pub apart: bool,
    /// Cumulative snapshots as recorded, without turning them into deltas.
    pub as_recorded: bool,
}

/// The resolution in time that a verb needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Times {
    /// One value over the whole window.
    #[default]
    Whole,
    /// One value for each step.
    Steps,
    /// Each profile by itself.
    Each,
}

impl Needs {
    pub const TOTALS: Needs = Needs {
        stacks: false,
        places: false,
        sample_labels: false,
        group_totals: false,
        times: Times::Whole,
        replicates: false,
        singles: false,
        apart: false,
        as_recorded: false,
    };
    /// The needs of a verb that looks at stacks by the names of their functions.
    pub const NAMES: Needs = Needs { stacks: true, ..Needs::TOTALS };
    pub const STACKS: Needs = Needs { places: true, ..Needs::NAMES };
    pub const STEPS: Needs = Needs { times: Times::Steps, ..Needs::TOTALS };
    pub const EACH: Needs = Needs { times: Times::Each, ..Needs::TOTALS };
    /// The needs of a verb that lists profiles.
    pub const SINGLES: Needs = Needs { singles: true, ..Needs::EACH };
    /// The needs of a verb that lists labels and their values.
    pub const SAMPLE_LABELS: Needs = Needs { sample_labels: true, ..Needs::EACH };
    /// The needs of a verb that ranks or filters groups.
    pub const GROUPS: Needs = Needs { group_totals: true, ..Needs::TOTALS };
    /// The needs of a table of groups, which shows how their profiles spread.
    pub const GROUP_TABLE: Needs = Needs { group_totals: true, ..Needs::EACH };
    pub const REPLICATES: Needs = Needs { replicates: true, ..Needs::NAMES };
    pub const RECORDED: Needs = Needs { as_recorded: true, ..Needs::TOTALS };
    /// The needs of `sum_over_time` and the other `_over_time` verbs.
    pub const SNAPSHOTS: Needs = Needs { as_recorded: true, ..Needs::EACH };

    /// The needs of the default view of a type.
    pub fn of_view(shown: Type) -> Needs {
        match shown {
            Type::UNGROUPED => Needs::NAMES,
            Type::GROUPED => Needs::GROUP_TABLE,
            _ => Needs::TOTALS,
        }
    }

    #[must_use]
    pub fn and(self, other: Needs) -> Needs {
        Needs {
            stacks: self.stacks || other.stacks,
            places: self.places || other.places,
            sample_labels: self.sample_labels || other.sample_labels,
            group_totals: self.group_totals || other.group_totals,
            times: self.times.max(other.times),
            replicates: self.replicates || other.replicates,
            singles: self.singles || other.singles,
            apart: self.apart || other.apart,
            as_recorded: self.as_recorded || other.as_recorded,
        }
    }
}
