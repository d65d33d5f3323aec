//! Verbs that make tables and work on them.

use super::{Accepts, Shape, VerbSpec};
use crate::lang::ast::Verb;
use crate::lang::types::Type;

const TABLE: &[Accepts] = &[Accepts::Table];

/// A Diff becomes the table of its functions.
fn table_of_diff(piped: Type) -> Type {
    if piped == Type::Diff { Type::Table } else { piped }
}

pub(super) const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "top",
        signature: "top [N] [by column]",
        shape: Shape::Top,
        accepts: &[Accepts::Profiles, Accepts::Tree, Accepts::Diff],
        gives: |_| Type::Table,
        summary: "The functions with the largest self values, or by another column.",
        doc: "self is what a function cost itself, total what it cost with all it called, once \
              per sample however often it recurs. N is 20 when left out. After `by (L)` there is \
              a ranking per group. Of a Diff it shows before, after, delta and growth of self, \
              se, the standard error of delta, and the change of the total; the largest changes \
              come first. There, z is delta in standard errors, and significant and \
              total_significant say what is told from noise; these are not shown unless they are \
              selected.",
        examples: &[
            "cpu{service=\"shop\"} | top 10",
            "cpu | top 10 by total",
            "cpu{version=\"2\"} | diff {version=\"1\"} | top 10 by delta",
            "cpu{version=\"2\"} | diff {version=\"1\"} | top 10 by z | select function, delta, z, significant",
        ],
        options: &[],
        related: &["table", "functions", "sort"],
        pprof: "-top",
        promql: "",
    },
    VerbSpec {
        name: "table",
        signature: "table",
        shape: Shape::Nothing(|| Verb::Table),
        accepts: &[Accepts::Grouped, Accepts::Series],
        gives: |_| Type::Table,
        summary: "One row per group: total, share, mean, standard deviation and maximum.",
        doc: "Mean, deviation and maximum are over the profiles, or the steps, of a group.",
        examples: &["cpu | by (version) | table", "inuse_space | by (pod) | series | table"],
        options: &[],
        related: &["by", "top", "timeline"],
        pprof: "",
        promql: "sum by (pod) (x)",
    },
    VerbSpec {
        name: "where",
        signature: "where E",
        shape: Shape::Condition(Verb::Where),
        accepts: &[Accepts::Grouped, Accepts::Table, Accepts::Diff],
        gives: table_of_diff,
        summary: "Keeps the groups or rows for which a condition holds.",
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
        signature: "extend column = E",
        shape: Shape::Extend,
        accepts: TABLE,
        gives: |_| Type::Table,
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
        signature: "sort column [desc]",
        shape: Shape::Sort,
        accepts: &[Accepts::Table, Accepts::Diff],
        gives: |_| Type::Table,
        summary: "Orders rows by a column, ascending unless `desc` is given.",
        doc: "Rows that are equal in it keep their order. Names with spaces stand in quotes.",
        examples: &["cpu | top 10 | sort total desc", "cpu | by (version) | table | sort version"],
        options: &[],
        related: &["take", "top"],
        pprof: "-sort",
        promql: "sort_desc(x)",
    },
    VerbSpec {
        name: "take",
        signature: "take N",
        shape: Shape::Count(Verb::Take),
        accepts: TABLE,
        gives: |_| Type::Table,
        summary: "Keeps the first N rows.",
        doc: "What is left out is counted below the table.",
        examples: &["cpu | functions | take 5", "types | take 1"],
        options: &[],
        related: &["top", "sort"],
        pprof: "-nodecount",
        promql: "limitk(5, x)",
    },
    VerbSpec {
        name: "select",
        signature: "select column, …",
        shape: Shape::Columns(Verb::Select),
        accepts: TABLE,
        gives: |_| Type::Table,
        summary: "Keeps these columns, in this order.",
        doc: "Names with spaces stand in quotes.",
        examples: &["cpu | top 10 | select function, self", "cpu | top 5 | select total, function"],
        options: &[],
        related: &["extend", "sort"],
        pprof: "",
        promql: "",
    },
];
