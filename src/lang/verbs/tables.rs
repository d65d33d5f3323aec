//! Verbs that make tables and work on them.

use super::{Accepts, Columns, Role, Shape, Verb, VerbSpec};
use crate::lang::columns::{
    FUNCTION, MARGIN, MAX, MEAN, PROFILES, SELF, SELF_MARGIN, SELF_SHARE, SHARE, STD_DEV, TOTAL,
    TOTAL_MARGIN, TOTAL_SHARE,
};
use crate::lang::needs::Needs;
use crate::lang::types::Type;

/// Verbs that make tables and work on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TableVerb {
    Top,
    Table,
    Where,
    Extend,
    Sort,
    Take,
    Select,
}

/// A Diff is read as the table of its functions.
const TABLE: &[Accepts] = &[Accepts::Table, Accepts::Diff];

pub(super) const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "top",
        id: Verb::Table(TableVerb::Top),
        signature: "top [N] [by column]",
        shape: Shape::Top,
        accepts: &[Accepts::Profiles, Accepts::Tree, Accepts::Diff],
        gives: |_| Type::Table,
        needs: Needs::STACKS,
        role: Role::Passes,
        columns: Columns::after_labels(&[
            SELF,
            SELF_SHARE,
            TOTAL,
            TOTAL_SHARE,
            FUNCTION,
            SELF_MARGIN,
            TOTAL_MARGIN,
        ]),
        saves: &[],
        summary: "The functions with the largest self values, or by another column.",
        doc: "self is the cost of a function itself, total its cost with its callees, counted \
              once per sample even if it recurs. self_share and total_share are percentages of \
              the selection before stack filters, kept_share of what filters left. `±` is half of \
              the 95 % interval, in percentage points, where several profiles show how much a \
              share varies; in conditions it is self_margin and total_margin. The default of N \
              is 20. After `by (L)` each group has its own ranking. For a Diff, the columns \
              are before, after and delta of self, with its 95 % interval from low to high, and \
              the same of the total (total_delta), whose largest change comes first. change is \
              new, removed, or share only for what changed in share but not in rate. Hidden \
              unless they are selected: growth, se, z, p and df, the same of the total, \
              self_significant, total_significant and significant (either of them).",
        examples: &[
            "cpu{service=\"shop\"} | top 10",
            "cpu | top 10 by total",
            "cpu{version=\"2\"} | diff {version=\"1\"} | top 10 by delta",
            "cpu{version=\"2\"} | diff {version=\"1\"} | top 10 by z | select function, delta, z, \
             significant",
        ],
        options: &[],
        related: &["table", "functions", "sort"],
        pprof: "-top",
        promql: "",
    },
    VerbSpec {
        name: "table",
        id: Verb::Table(TableVerb::Table),
        signature: "table [E, ...]",
        shape: Shape::Measures,
        accepts: &[Accepts::Grouped, Accepts::Series],
        gives: |_| Type::Table,
        needs: Needs::GROUP_TABLE,
        role: Role::Passes,
        columns: Columns::after_labels(&[TOTAL, SHARE, MEAN, STD_DEV, MAX, PROFILES, MARGIN]),
        saves: &[],
        summary: "One row per group: total, share, mean, standard deviation and maximum.",
        doc: "Mean, deviation and maximum are those of the profiles, or the steps, of a group. \
              The heaviest group comes first. `±` is half of the 95 % interval of the total, from \
              how much the profiles of a group vary; in conditions it is margin. With expressions the columns are these, such as \
              `self(P)`, `total(P)`, `share(P)`, `value` (the total of the group) and `count` \
              (its profiles). A column is named `name = E`, or after the expression: \
              `share(\"runtime.gc*\")` is `share_runtime_gc`.",
        examples: &[
            "cpu | by (version) | table",
            "cpu | by (version) | table share(\"runtime.gc*\"), json = self(\"encoding/json.*\")",
            "inuse_space | by (pod) | series | table",
        ],
        options: &[],
        related: &["by", "top", "share", "timeline"],
        pprof: "",
        promql: "sum by (pod) (x)",
    },
    VerbSpec {
        name: "where",
        id: Verb::Table(TableVerb::Where),
        signature: "where E",
        shape: Shape::Condition,
        accepts: &[Accepts::Grouped, Accepts::Table, Accepts::Diff],
        gives: |piped| piped,
        needs: Needs::GROUPS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Keeps the groups, functions or rows for which a condition is true.",
        doc: "In a table, names are columns. For groups, names are labels, and `self(P)`, \
              `total(P)` and `share(P)` measure the group. `5%` of a quantity means 5 % of the \
              input's total. A Diff is narrowed to the functions of its table that fulfil the \
              condition: tables list only these, and a flame graph keeps only the stacks through \
              one of them. At the end of a query it is shown as a table.",
        examples: &[
            "cpu | by (version) | where share(\"runtime.*\") > 1% | table",
            "cpu | top 20 | where self > 1%",
            "cpu{version=\"2\"} | diff {version=\"1\"} | where significant and delta > 0.5%",
            "cpu{version=\"2\"} | diff {version=\"1\"} | where significant | top 5 by total_delta",
            "cpu{version=\"2\"} | diff {version=\"1\"} | where significant | flame",
        ],
        options: &[],
        related: &["sort", "take", "self", "share"],
        pprof: "",
        promql: "x > 5",
    },
    VerbSpec {
        name: "extend",
        id: Verb::Table(TableVerb::Extend),
        signature: "extend column = E",
        shape: Shape::Extend,
        accepts: TABLE,
        gives: |_| Type::Table,
        needs: Needs::TOTALS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Adds a column.",
        doc: "E may use the other columns by their names.",
        examples: &[
            "cpu | top 10 | extend children = total - self",
            "cpu | top 5 | extend ratio = self / total",
        ],
        options: &[],
        related: &["select", "where"],
        pprof: "",
        promql: "",
    },
    VerbSpec {
        name: "sort",
        id: Verb::Table(TableVerb::Sort),
        signature: "sort column [desc]",
        shape: Shape::Sort,
        accepts: TABLE,
        gives: |_| Type::Table,
        needs: Needs::TOTALS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Orders rows by a column, ascending unless `desc` is given.",
        doc: "Equal rows keep their order. Only a label whose name is no word needs quotes: \
              `sort \"k8s.pod.name\"`.",
        examples: &["cpu | top 10 | sort total desc", "cpu | by (version) | table | sort version"],
        options: &[],
        related: &["take", "top"],
        pprof: "-sort",
        promql: "sort_desc(x)",
    },
    VerbSpec {
        name: "take",
        id: Verb::Table(TableVerb::Take),
        signature: "take N",
        shape: Shape::Count,
        accepts: TABLE,
        gives: |_| Type::Table,
        needs: Needs::TOTALS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Keeps the first N rows.",
        doc: "The other rows are counted below the table.",
        examples: &["cpu | functions | take 5", "types | take 1"],
        options: &[],
        related: &["top", "sort"],
        pprof: "-nodecount",
        promql: "limitk(5, x)",
    },
    VerbSpec {
        name: "select",
        id: Verb::Table(TableVerb::Select),
        signature: "select column, …",
        shape: Shape::Columns,
        accepts: TABLE,
        gives: |_| Type::Table,
        needs: Needs::TOTALS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Keeps these columns, in this order.",
        doc: "Only a label whose name is no word needs quotes: `select \"k8s.pod.name\", total`.",
        examples: &["cpu | top 10 | select function, self", "cpu | top 5 | select total, function"],
        options: &[],
        related: &["extend", "sort"],
        pprof: "",
        promql: "",
    },
];
