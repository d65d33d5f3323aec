//! Verbs that group series and merge them, over labels and over time.

use super::{Accepts, Columns, Role, Shape, Verb, VerbSpec};
use crate::lang::needs::Needs;
use crate::lang::types::Type;

/// Verbs that group series and merge them. `By` stands for `avg by` and the like, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupVerb {
    By,
    TopK,
    BottomK,
    Rate,
    OverTime,
    Series,
}

const PROFILES: &[Accepts] = &[Accepts::Profiles];
const GROUPS: &[Accepts] = &[Accepts::Grouped, Accepts::Series];

/// How series of a group are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeriesMerge {
    Sum,
    Avg,
    Max,
    Min,
    Count,
}

/// How snapshots are merged over time, where the type's own rule is overridden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeMerge {
    Sum,
    Avg,
    Min,
    Max,
    Last,
}

impl SeriesMerge {
    /// The word before `by`.
    pub fn name(self) -> &'static str {
        match self {
            SeriesMerge::Sum => "sum",
            SeriesMerge::Avg => "avg",
            SeriesMerge::Max => "max",
            SeriesMerge::Min => "min",
            SeriesMerge::Count => "count",
        }
    }
}

impl TimeMerge {
    /// The verb: `sum_over_time`.
    pub fn verb(self) -> &'static str {
        match self {
            TimeMerge::Sum => "sum_over_time",
            TimeMerge::Avg => "avg_over_time",
            TimeMerge::Min => "min_over_time",
            TimeMerge::Max => "max_over_time",
            TimeMerge::Last => "last_over_time",
        }
    }
}

/// `sum by (L)` and its kind differ in how series of a group are merged only.
const fn merge(
    (name, signature): (&'static str, &'static str),
    merge: SeriesMerge,
    summary: &'static str,
    examples: &'static [&'static str],
    promql: &'static str,
) -> VerbSpec {
    VerbSpec {
        name,
        id: Verb::Group(GroupVerb::By),
        signature,
        shape: Shape::Merge(merge),
        accepts: PROFILES,
        gives: |_| Type::GROUPED,
        needs: Needs::TOTALS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary,
        doc: "`without (L)` instead of `by (L)` groups by all labels except those. Merging over \
              time still follows the rule of the profile type.",
        examples,
        options: &[],
        related: &["by", "without"],
        pprof: "",
        promql,
    }
}

/// The overrides of the rule for time differ in the rule only.
const fn over_time(
    name: &'static str,
    (id, shape, needs): (Verb, Shape, Needs),
    (summary, doc): (&'static str, &'static str),
    examples: &'static [&'static str],
    promql: &'static str,
) -> VerbSpec {
    VerbSpec {
        name,
        id,
        signature: name,
        shape,
        accepts: PROFILES,
        gives: |piped| piped,
        needs,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary,
        doc,
        examples,
        options: &[],
        related: &["rate", "series", "describe"],
        pprof: "",
        promql,
    }
}

pub(super) const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "by",
        id: Verb::Group(GroupVerb::By),
        signature: "by (L)",
        shape: Shape::Group { without: false },
        accepts: PROFILES,
        gives: |_| Type::GROUPED,
        needs: Needs::TOTALS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Splits a selection by labels; series of a group are summed.",
        doc: "Later stages work on each group: `top`, `table`, `where`, `topk`, `timeline`. Write \
              `avg`, `max`, `min` or `count` before `by` to merge series in another \
              way. A sample with several values of a label is in the group of each, and a note \
              says so.",
        examples: &["cpu | by (version) | table", "cpu{service=\"shop\"} | by (pod) | timeline"],
        options: &[],
        related: &["without", "avg", "table", "topk", "tagroot"],
        pprof: "-tagshow",
        promql: "sum by (pod) (x)",
    },
    VerbSpec {
        name: "without",
        id: Verb::Group(GroupVerb::By),
        signature: "without (L)",
        shape: Shape::Group { without: true },
        accepts: PROFILES,
        gives: |_| Type::GROUPED,
        needs: Needs::TOTALS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Splits a selection by all labels except these.",
        doc: "Series that differ only in these labels are summed.",
        examples: &["cpu | without (pod) | table", "cpu | without (pod, env) | timeline"],
        options: &[],
        related: &["by", "table"],
        pprof: "",
        promql: "sum without (pod) (x)",
    },
    merge(
        ("sum", "sum by (L)"),
        SeriesMerge::Sum,
        "Splits by labels and sums the series of a group, as `by` alone does.",
        &["cpu | sum by (version) | table", "cpu | sum without (pod) | table"],
        "sum by (pod) (x)",
    ),
    merge(
        ("avg", "avg by (L)"),
        SeriesMerge::Avg,
        "Splits by labels and averages the series of a group: the mean pod.",
        &["cpu | avg by (version) | table", "inuse_space | avg by (version) | table"],
        "avg by (pod) (x)",
    ),
    merge(
        ("max", "max by (L)"),
        SeriesMerge::Max,
        "Splits by labels and takes the series with the largest total of each group.",
        &["cpu | max by (version) | table", "inuse_space | max by (version) | table"],
        "max by (pod) (x)",
    ),
    merge(
        ("min", "min by (L)"),
        SeriesMerge::Min,
        "Splits by labels and takes the series with the smallest total of each group.",
        &["cpu | min by (version) | table", "inuse_space | min by (version) | table"],
        "min by (pod) (x)",
    ),
    merge(
        ("count", "count by (L)"),
        SeriesMerge::Count,
        "Splits by labels and counts the series of each group.",
        &["cpu | count by (version) | table", "cpu | count by (service) | table"],
        "count by (pod) (x)",
    ),
    VerbSpec {
        name: "topk",
        id: Verb::Group(GroupVerb::TopK),
        signature: "topk N",
        shape: Shape::Count,
        accepts: GROUPS,
        gives: |piped| piped,
        needs: Needs::GROUPS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Keeps the N groups with the largest totals.",
        doc: "Group first, with `by (L)`. To rank functions instead of groups, use `top`.",
        examples: &[
            "cpu | by (pod) | topk 1 | flame",
            "cpu | by (version, pod) | topk 2 | timeline",
            "(alloc_space | by (pod)) / (cpu | by (pod)) | topk 1",
        ],
        options: &[],
        related: &["bottomk", "top", "by"],
        pprof: "",
        promql: "topk(5, x)",
    },
    VerbSpec {
        name: "bottomk",
        id: Verb::Group(GroupVerb::BottomK),
        signature: "bottomk N",
        shape: Shape::Count,
        accepts: GROUPS,
        gives: |piped| piped,
        needs: Needs::GROUPS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Keeps the N groups with the smallest totals.",
        doc: "Group first, with `by (L)`.",
        examples: &[
            "cpu | by (pod) | bottomk 1 | flame",
            "cpu | by (version, pod) | bottomk 2 | table",
        ],
        options: &[],
        related: &["topk", "by"],
        pprof: "",
        promql: "bottomk(5, x)",
    },
    over_time(
        "rate",
        (Verb::Group(GroupVerb::Rate), Shape::Nothing, Needs::TOTALS),
        (
            "Makes values per second of profiled time: cores, bytes per second.",
            "It divides by the profiled time and not by the window, so that a gap in scraping \
             does not look like idleness. For cumulative snapshots this is the time between them. \
             A gauge such as `inuse_space` has no rate.",
        ),
        &["cpu | rate | top 5", "alloc_space | by (version) | rate | table"],
        "rate(x[5m])",
    ),
    over_time(
        "sum_over_time",
        (Verb::Group(GroupVerb::OverTime), Shape::OverTime(TimeMerge::Sum), Needs::SNAPSHOTS),
        (
            "Merges profiles over time by sum.",
            "The default for delta types. For a gauge, a sum over snapshots is not a useful \
             amount, but it is what pprof shows for several files. Cumulative snapshots are \
             merged as recorded, without turning them into deltas; this holds for all \
             `_over_time` verbs.",
        ),
        &["cpu | sum_over_time | top 5", "inuse_space | sum_over_time | top 5"],
        "sum_over_time(x[1h])",
    ),
    over_time(
        "avg_over_time",
        (Verb::Group(GroupVerb::OverTime), Shape::OverTime(TimeMerge::Avg), Needs::SNAPSHOTS),
        (
            "Merges profiles over time by mean.",
            "The default for gauges: the mean of a series' snapshots. A parent still equals the \
             sum of its children and its self value.",
        ),
        &["inuse_space | avg_over_time | top 5", "cpu | avg_over_time | top 5"],
        "avg_over_time(x[1h])",
    ),
    over_time(
        "min_over_time",
        (Verb::Group(GroupVerb::OverTime), Shape::OverTime(TimeMerge::Min), Needs::SNAPSHOTS),
        (
            "Merges profiles over time by the minimum of each stack.",
            "Use it to find leaks: memory that was in use all the time. Sums of minima are not \
             the minimum of sums, and the header says so.",
        ),
        &["inuse_space | min_over_time | top 5", "inuse_objects | min_over_time | flame"],
        "min_over_time(x[1h])",
    ),
    over_time(
        "max_over_time",
        (Verb::Group(GroupVerb::OverTime), Shape::OverTime(TimeMerge::Max), Needs::SNAPSHOTS),
        (
            "Merges profiles over time by the maximum of each stack.",
            "Sums of maxima are not the maximum of sums, and the header says so.",
        ),
        &["inuse_space | max_over_time | top 5", "inuse_objects | max_over_time | flame"],
        "max_over_time(x[1h])",
    ),
    over_time(
        "last_over_time",
        (Verb::Group(GroupVerb::OverTime), Shape::OverTime(TimeMerge::Last), Needs::SNAPSHOTS),
        (
            "Takes the last profile of each series.",
            "For a heap: what is in use now. Series are then merged as usual.",
        ),
        &[
            "inuse_space | last_over_time | top 5",
            "inuse_space{version=\"2\"} | last_over_time | flame",
        ],
        "last_over_time(x[1h])",
    ),
    VerbSpec {
        name: "series",
        id: Verb::Group(GroupVerb::Series),
        signature: "series",
        shape: Shape::Nothing,
        accepts: PROFILES,
        gives: |_| Type::Series,
        needs: Needs::STEPS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Totals per time step, a line per group.",
        doc: "The step is that of the range, `[1h:5m]`, aligned to the Unix epoch; without one a \
              suitable step is chosen. A step without a profile is a gap, not a zero. Arithmetic \
              on selections gives a series too: `alloc_space / cpu`, `cpu * 2`, `cpu - cpu offset \
              1d`. There, delta types are per second, groups are combined if their labels are \
              equal, and a gap on either side gives a gap. A sum of two types of one unit is also \
              Profiles, for a verb that reads these: `mutex:delay + block:delay | flame`. Its \
              series have the label `__name__`.",
        examples: &["cpu | by (version) | series", "inuse_space | by (pod) | series | table"],
        options: &[],
        related: &["timeline", "table", "rate"],
        pprof: "",
        promql: "x[1h:5m]",
    },
];
