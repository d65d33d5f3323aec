//! Verbs that make tables and work on them.

use super::ColumnUnit::{NoUnit, OfType, Percent};
use super::{Accepts, Columns, FUNCTION, Role, Shape, Verb, VerbSpec};
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

const TABLE: &[Accepts] = &[Accepts::Table];

/// A Diff becomes the table of its functions.
fn table_of_diff(piped: Type) -> Type {
    if piped == Type::Diff { Type::Table } else { piped }
}

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
            ("self", OfType),
            ("self %", Percent),
            ("total", OfType),
            ("total %", Percent),
            FUNCTION,
        ]),
        saves: &[],
        summary: "The functions with the largest self values, or by another column.",
        doc: "self is the cost of a function itself, total its cost with its callees, counted \
              once per sample even if it recurs. The default of N is 20. After `by (L)` each \
              group has its own ranking. For a Diff, the columns are before, after, delta and \
              growth of self, the standard error of delta (se), and the change of the total; the \
              largest changes come first. The columns z (delta / se), significant and \
              total_significant are hidden unless they are selected.",
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
        signature: "table",
        shape: Shape::Nothing,
        accepts: &[Accepts::Grouped, Accepts::Series],
        gives: |_| Type::Table,
        needs: Needs::GROUP_TABLE,
        role: Role::Passes,
        columns: Columns::after_labels(&[
            ("total", OfType),
            ("share", Percent),
            ("mean", OfType),
            ("std dev", OfType),
            ("max", OfType),
            ("profiles", NoUnit),
        ]),
        saves: &[],
        summary: "One row per group: total, share, mean, standard deviation and maximum.",
        doc: "Mean, deviation and maximum are those of the profiles, or the steps, of a group.",
        examples: &["cpu | by (version) | table", "inuse_space | by (pod) | series | table"],
        options: &[],
        related: &["by", "top", "timeline"],
        pprof: "",
        promql: "sum by (pod) (x)",
    },
    VerbSpec {
        name: "where",
        id: Verb::Table(TableVerb::Where),
        signature: "where E",
        shape: Shape::Condition,
        accepts: &[Accepts::Grouped, Accepts::Table, Accepts::Diff],
        gives: table_of_diff,
        needs: Needs::GROUPS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Keeps the groups or rows for which a condition is true.",
        doc: "In a table, names are columns. For groups, names are labels, and `self(P)`, \
              `total(P)` and `share(P)` measure the group. `5%` of a quantity means 5 % of the \
              input's total.",
        examples: &[
            "cpu | by (version) | where share(\"runtime.*\") > 1% | table",
            "cpu | top 20 | where self > 1%",
            "cpu{version=\"2\"} | diff {version=\"1\"} | where significant and delta > 0.5%",
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
        accepts: &[Accepts::Table, Accepts::Diff],
        gives: |_| Type::Table,
        needs: Needs::TOTALS,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Orders rows by a column, ascending unless `desc` is given.",
        doc: "Equal rows keep their order. Put names with spaces in quotes.",
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
        doc: "Put names with spaces in quotes.",
        examples: &["cpu | top 10 | select function, self", "cpu | top 5 | select total, function"],
        options: &[],
        related: &["extend", "sort"],
        pprof: "",
        promql: "",
    },
];
