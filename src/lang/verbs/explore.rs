//! Verbs that say what there is.

use super::{Accepts, Shape, VerbSpec};
use crate::lang::ast::Verb;
use crate::lang::types::Type;

pub(super) const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "types",
        signature: "types",
        shape: Shape::Nothing(|| Verb::Types),
        accepts: &[Accepts::Start],
        gives: |_| Type::Table,
        summary: "Lists the profile types of the open sources.",
        doc: "One row per type: its short name and full id, unit, how it adds up over time \
              (delta types are summed, gauges are averaged), how many series and profiles there \
              are, and the window they cover.",
        examples: &["types", "types | sort profiles desc | take 3"],
        options: &[],
        related: &["labels", "describe"],
        pprof: "-sample_index",
        promql: "",
    },
    VerbSpec {
        name: "labels",
        signature: "labels",
        shape: Shape::Nothing(|| Verb::Labels),
        accepts: &[Accepts::Start, Accepts::Profiles],
        gives: |_| Type::Table,
        summary: "Lists labels, with the number of their values and how much they cover.",
        doc: "A label belongs to a series, such as `pod`, or to single samples, such as \
              `endpoint`. Both work in selectors (`cpu{pod=\"a\"}`, `=~` takes a regex), in \
              `by (endpoint)`, and in `where` after `by`. A name that is not a word stands in \
              quotes: `cpu{\"k8s.pod.name\"=\"a\"}`. Coverage is the share of the total that \
              has the label.",
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
        signature: "values L",
        shape: Shape::Label(Verb::Values),
        accepts: &[Accepts::Start, Accepts::Profiles],
        gives: |_| Type::Table,
        summary: "Lists the values of a label, the heaviest first.",
        doc: "For each value: its total, its share, and when it was first and last seen. Without \
              a piped selection there is no total to share: only names and times are given.",
        examples: &["values pod", "cpu{service=\"shop\"} | values version"],
        options: &[],
        related: &["labels", "by", "table"],
        pprof: "-tags",
        promql: "label_values(x, pod)",
    },
    VerbSpec {
        name: "functions",
        signature: "functions [P]",
        shape: Shape::MaybePattern(Verb::Functions),
        accepts: &[Accepts::Start, Accepts::Profiles],
        gives: |_| Type::Table,
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
        signature: "profiles",
        shape: Shape::Nothing(|| Verb::Profiles),
        accepts: &[Accepts::Profiles],
        gives: |_| Type::Table,
        summary: "Lists the individual profiles of a selection.",
        doc: "One row per recording: time, duration, labels, number of samples and total. The \
              place to look when a total surprises.",
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
        signature: "describe",
        shape: Shape::Nothing(|| Verb::Describe),
        accepts: &[Accepts::Start, Accepts::Any],
        gives: |_| Type::Table,
        summary: "Says what a selection or a result is made of.",
        doc: "Window, snapshots, series, total, unit, and the rules that were applied, such as \
              how snapshots were merged. With nothing piped in it describes the open sources.",
        examples: &["describe", "cpu{service=\"shop\"} | by (version) | describe"],
        options: &[],
        related: &["types", "profiles"],
        pprof: "",
        promql: "",
    },
];
