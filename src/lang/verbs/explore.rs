//! Verbs that say what there is.

use super::{Accepts, Columns, Role, Shape, Verb, VerbSpec};
use crate::lang::columns::{
    COVERAGE, DURATION, EXAMPLES, FILE, FIRST, FIRST_SEEN, FUNCTION, ID, LABEL, LAST, LAST_SEEN,
    OF, OVER_TIME, PACKAGE, PROFILES, PROPERTY, SAMPLES, SELF, SERIES, SHARE, TIME, TOTAL, TYPE,
    UNIT, VALUE, VALUES,
};
use crate::lang::needs::Needs;
use crate::lang::types::Type;

/// Verbs that list what a source or a selection holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExploreVerb {
    Types,
    Labels,
    Values,
    Functions,
    Profiles,
    Describe,
}

pub(super) const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "types",
        id: Verb::Explore(ExploreVerb::Types),
        signature: "types",
        shape: Shape::Nothing,
        accepts: &[Accepts::Start],
        gives: |_| Type::Table,
        needs: Needs::RECORDED,
        role: Role::Passes,
        columns: Columns::only(&[TYPE, UNIT, OVER_TIME, SERIES, PROFILES, FIRST, LAST, ID]),
        saves: &[],
        summary: "Lists the profile types of the open sources.",
        doc: "One row per type: its short name and full id, its unit, how it merges over time \
              (delta types are summed, gauges are averaged), the number of series and profiles, \
              and the window they cover. A name that is not a word has a short name with `_`, \
              `cpu_time` for `cpu-time`, and works in quotes: `{\"cpu-time\"}`.",
        examples: &["types", "types | sort profiles desc | take 3"],
        options: &[],
        related: &["labels", "describe"],
        pprof: "-sample_index",
        promql: "",
    },
    VerbSpec {
        name: "labels",
        id: Verb::Explore(ExploreVerb::Labels),
        signature: "labels",
        shape: Shape::Nothing,
        accepts: &[Accepts::Start, Accepts::Profiles],
        gives: |_| Type::Table,
        needs: Needs::SAMPLE_LABELS,
        role: Role::Passes,
        columns: Columns::only(&[LABEL, VALUES, COVERAGE, OF, EXAMPLES]),
        saves: &[],
        summary: "Lists labels, with the number of their values and their coverage.",
        doc: "A label belongs to a series, such as `pod`, or to single samples, such as \
              `endpoint`. Both work in selectors (`cpu{pod=\"a\"}`, `=~` takes a regex), in `by \
              (endpoint)`, and in `where` after `by`. Put a name that is not a word in quotes: \
              `cpu{\"k8s.pod.name\"=\"a\"}`. Coverage is the share of the samples that have the \
              label.",
        examples: &[
            "labels",
            "cpu{service=\"shop\", pod=~\"a|b\"} | labels",
            "cpu{endpoint!=\"/cart\"} | labels",
        ],
        options: &[],
        related: &["values", "by"],
        pprof: "-tags",
        promql: "",
    },
    VerbSpec {
        name: "values",
        id: Verb::Explore(ExploreVerb::Values),
        signature: "values L",
        shape: Shape::Label,
        accepts: &[Accepts::Start, Accepts::Profiles],
        gives: |_| Type::Table,
        needs: Needs::SAMPLE_LABELS,
        role: Role::Passes,
        columns: Columns::after_labels(&[TOTAL, SHARE, PROFILES, FIRST_SEEN, LAST_SEEN]),
        saves: &[],
        summary: "Lists the values of a label, the heaviest first.",
        doc: "For each value: its total, its share, and when it was first and last seen. Without \
              a piped selection there is no total, so only names and times are listed.",
        examples: &["values pod", "cpu{service=\"shop\"} | values version"],
        options: &[],
        related: &["labels", "by", "table"],
        pprof: "-tags",
        promql: "label_values(x, pod)",
    },
    VerbSpec {
        name: "functions",
        id: Verb::Explore(ExploreVerb::Functions),
        signature: "functions [P]",
        shape: Shape::MaybePattern,
        accepts: &[Accepts::Start, Accepts::Profiles],
        gives: |_| Type::Table,
        needs: Needs::STACKS,
        role: Role::Passes,
        columns: Columns::only(&[FUNCTION, PACKAGE, FILE, SELF, TOTAL]),
        saves: &[],
        summary: "Lists functions, all or those that match a pattern.",
        doc: "For each function: package, file, and with a piped selection its self and total \
              values. Use it to see what a pattern matches before filtering with it.",
        examples: &["functions ~\"json\"", "cpu | functions \"net/http.*\" | take 5"],
        options: &[],
        related: &["top", "focus"],
        pprof: "-top",
        promql: "",
    },
    VerbSpec {
        name: "profiles",
        id: Verb::Explore(ExploreVerb::Profiles),
        signature: "profiles",
        shape: Shape::Nothing,
        accepts: &[Accepts::Profiles],
        gives: |_| Type::Table,
        needs: Needs::SINGLES,
        role: Role::Passes,
        columns: Columns::only(&[TIME, DURATION, SAMPLES, TOTAL]),
        saves: &[],
        summary: "Lists the individual profiles of a selection.",
        doc: "One row per recording: time, duration, labels, number of samples and total. Use it \
              to find out where a total comes from.",
        examples: &[
            "cpu{pod=\"a\"} | profiles",
            "inuse_space | profiles | sort total desc | take 3",
        ],
        options: &[],
        related: &["series", "describe"],
        pprof: "-raw",
        promql: "",
    },
    VerbSpec {
        name: "describe",
        id: Verb::Explore(ExploreVerb::Describe),
        signature: "describe",
        shape: Shape::Nothing,
        accepts: &[Accepts::Start, Accepts::Any],
        gives: |_| Type::Table,
        needs: Needs::NAMES,
        role: Role::Passes,
        columns: Columns::only(&[PROPERTY, VALUE]),
        saves: &[],
        summary: "Describes a selection or a result.",
        doc: "Lists window, snapshots, series, total, unit, and the rules that were applied, such \
              as how snapshots were merged. Without an input it describes the open sources.",
        examples: &["describe", "cpu{service=\"shop\"} | by (version) | describe"],
        options: &[],
        related: &["types", "profiles"],
        pprof: "",
        promql: "",
    },
];
