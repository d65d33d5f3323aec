//! Verbs that draw, check, save and publish.

use super::{Accepts, Columns, OptionSpec, Role, SERIES_FILES, Shape, Verb, VerbSpec};
use crate::lang::needs::Needs;
use crate::lang::types::Type;

/// Verbs that draw, compare, check, save and publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViewVerb {
    Flame,
    Icicle,
    Tree,
    Sandwich,
    Diff,
    Compare,
    Timeline,
    Heatmap,
    Assert,
    Save,
    Publish,
}

const TREES: &[Accepts] = &[Accepts::Profiles, Accepts::Tree, Accepts::Diff];

pub(super) const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "flame",
        id: Verb::View(ViewVerb::Flame),
        signature: "flame",
        shape: Shape::Nothing,
        accepts: TREES,
        gives: |_| Type::View,
        needs: Needs::NAMES,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &[],
        summary: "A flame graph: the root at the bottom, callees above.",
        doc: "The width of a box is its total; its position says nothing about time. It is the \
              default view of a selection.",
        examples: &[
            "cpu{service=\"shop\"} | flame",
            "alloc_space | hide {package=\"runtime\"} | flame",
            "mutex:delay + block:delay | flame",
        ],
        options: &[],
        related: &["icicle", "tree", "top"],
        pprof: "-http",
        promql: "",
    },
    VerbSpec {
        name: "icicle",
        id: Verb::View(ViewVerb::Icicle),
        signature: "icicle",
        shape: Shape::Nothing,
        accepts: TREES,
        gives: |_| Type::View,
        needs: Needs::NAMES,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &[],
        summary: "An upside-down flame graph: the root at the top.",
        doc: "Easier to read from the root down, for example from a handler or after `callers`.",
        examples: &["cpu | icicle", "cpu | callers \"runtime.mallocgc\" | icicle"],
        options: &[],
        related: &["flame", "tree"],
        pprof: "-http",
        promql: "",
    },
    VerbSpec {
        name: "tree",
        id: Verb::View(ViewVerb::Tree),
        signature: "tree",
        shape: Shape::Nothing,
        accepts: TREES,
        gives: |_| Type::View,
        needs: Needs::NAMES,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &[],
        summary: "An outline: the call tree as indented text with self and total.",
        doc: "It is readable in a terminal, a log or a chat.",
        examples: &["cpu | tree", "cpu | focus \"encoding/json.*\" | trim 2% | tree"],
        options: &[],
        related: &["flame", "icicle", "callees"],
        pprof: "-tree",
        promql: "",
    },
    VerbSpec {
        name: "sandwich",
        id: Verb::View(ViewVerb::Sandwich),
        signature: "sandwich P",
        shape: Shape::Pattern,
        accepts: TREES,
        gives: |_| Type::View,
        needs: Needs::NAMES,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &["html", "png", "csv", "parquet", "arrow", "json", "md"],
        summary: "The callers and callees of the matching functions.",
        doc: "Both halves start at the outermost match in each stack, so each adds up to the \
              function's total, even with recursion. Callers are above the function, callees \
              below.",
        examples: &[
            "cpu | sandwich \"runtime.mallocgc\"",
            "cpu{version=\"2\"} | diff {version=\"1\"} | sandwich \"*recommend*\"",
        ],
        options: &[],
        related: &["callers", "callees", "flame"],
        pprof: "-peek",
        promql: "",
    },
    VerbSpec {
        name: "compare",
        id: Verb::View(ViewVerb::Compare),
        signature: "compare [B, ...]",
        shape: Shape::Baselines,
        accepts: &[Accepts::Profiles],
        gives: |_| Type::View,
        needs: Needs::NAMES,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &["html", "png", "speedscope.json", "csv", "parquet", "arrow", "json", "md"],
        summary: "Selections side by side, with shared colours, search and zoom.",
        doc: "Grouped profiles need no baseline: their groups are compared. `compare \
              {version=\"1\"}` runs the piped query again with other matchers, as `diff` does.",
        examples: &["cpu{version=\"2\"} | compare {version=\"1\"}", "cpu | by (version) | compare"],
        options: &[],
        related: &["diff", "by", "table"],
        pprof: "",
        promql: "",
    },
    VerbSpec {
        name: "diff",
        id: Verb::View(ViewVerb::Diff),
        signature: "diff B",
        shape: Shape::Baseline,
        accepts: &[Accepts::Profiles],
        gives: |_| Type::Diff,
        needs: Needs::REPLICATES,
        role: Role::Passes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "The change: the piped selection minus the baseline.",
        doc: "The baseline is a selection, a query in parentheses, or only the parts that differ \
              from the piped query, which then runs again with them: matchers in braces, a range \
              in brackets, `offset 1d`, `from source`. The piped selection is always *after*. \
              Delta types are compared as shares of each total, so that twice the traffic is not \
              a change; gauges such as inuse_space are compared by amount. How much the profiles \
              of a side vary gives each change an interval; the header says what replicates. \
              Changes that are not significant at 5 % false discovery rate (`set fdr`) are pale \
              and marked ≈; `help noise` tells more. The header says if the sides overlap. What a run makes up in names, such as the number in \
              `$$Lambda$14`, is left out; `set normalise off` compares names as recorded.",
        examples: &[
            "cpu{version=\"2\"} | diff {version=\"1\"}",
            "cpu{version=\"2\"} | diff {version=\"1\"} | where significant",
            "inuse_space[1m] | diff offset 2m | top 10",
            "cpu{version=\"2\"} | diff {version=\"1\"} mode=rate | where delta > 0.01cores",
        ],
        options: &[
            OptionSpec {
                name: "mode",
                values: &["share", "amount", "rate"],
                doc: "what is compared: shares of each side's total, values as recorded, or \
                      values per second of profiled time",
            },
            OptionSpec {
                name: "width",
                values: &["both", "before", "after", "delta"],
                doc: "what the width of a box means; `both` is before plus after",
            },
        ],
        related: &["compare", "sandwich", "top", "where"],
        pprof: "-diff_base",
        promql: "x - x offset 1d",
    },
    VerbSpec {
        name: "timeline",
        id: Verb::View(ViewVerb::Timeline),
        signature: "timeline [by (L)]",
        shape: Shape::MaybeByLabels,
        accepts: &[Accepts::Profiles, Accepts::Series],
        gives: |_| Type::View,
        needs: Needs::STEPS,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: SERIES_FILES,
        summary: "Totals over time as a chart, a line per group.",
        doc: "`timeline by (L)` is short for `by (L) | timeline`. A gap in the data is a gap in \
              the line. Where a step holds several profiles of a level or a rate, the line is \
              their mean and a band is their range.",
        examples: &[
            "cpu | timeline",
            "inuse_space{service=\"shop\"} | timeline by (pod)",
            "alloc_space / cpu | timeline",
        ],
        options: &[],
        related: &["heatmap", "series", "by", "rate"],
        pprof: "",
        promql: "sum by (pod) (x)",
    },
    VerbSpec {
        name: "heatmap",
        id: Verb::View(ViewVerb::Heatmap),
        signature: "heatmap [by (L)]",
        shape: Shape::MaybeByLabels,
        accepts: &[Accepts::Profiles],
        gives: |_| Type::View,
        needs: Needs::STEPS,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &["png", "html", "csv", "parquet", "arrow", "json", "md"],
        summary: "Time from left to right, a row per group; the colour is the total of a step.",
        doc: "`heatmap by (L)` is short for `by (L) | heatmap`. Without groups the rows are value \
              ranges, and a cell counts the profiles with a total in that range. This shows a few \
              hot profiles that a sum would hide. A step without a profile stays empty.",
        examples: &["cpu | heatmap by (pod)", "inuse_space{service=\"shop\"} | heatmap"],
        options: &[],
        related: &["timeline", "by", "topk"],
        pprof: "",
        promql: "sum by (pod) (x)",
    },
    VerbSpec {
        name: "assert",
        id: Verb::View(ViewVerb::Assert),
        signature: "assert E [at 95%] [optional] [, \"message\"]",
        shape: Shape::Assert,
        accepts: &[Accepts::Any],
        gives: |piped| piped,
        needs: Needs::STACKS,
        role: Role::Checks,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Passes its input on, or fails the cell with the measured value.",
        doc: "A failed assert stops a notebook run by a script, with a non-zero exit status. \
              Without a pipe, the call needs the selection: `assert self(\"f\", cpu) < 5%`. At \
              the end of a query it prints one line. A check of nothing fails: a pattern without \
              a match, a selection without samples or a diff with an empty side is an error, \
              unless `optional` follows the condition. Then a function without a match counts 0, \
              and an assert with nothing to measure holds. What was measured is shown with its \
              95 % interval, if anything replicates. `at 95%` asks that the whole interval is \
              within the limit.",
        examples: &[
            "cpu | assert share(\"runtime.*\") < 100%, \"nothing but the runtime\"",
            "assert share(\"runtime.*\", cpu) < 100%",
            "cpu | assert share(\"runtime.*\") < 50% at 95%",
            "cpu | assert share(\"legacy.*\") < 1% optional",
        ],
        options: &[],
        related: &["where", "self", "share"],
        pprof: "",
        promql: "x > 5",
    },
    VerbSpec {
        name: "save",
        id: Verb::View(ViewVerb::Save),
        signature: "save \"file\" [new]",
        shape: Shape::File,
        accepts: &[Accepts::Any],
        gives: |piped| piped,
        needs: Needs::STACKS,
        role: Role::Writes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Writes a file in the format of its suffix.",
        doc: "Pictures: `.html` (self-contained), `.svg`, `.png`. Stacks for other tools: \
              `.pb.gz` (pprof), `.folded`, `.speedscope.json`, `.dot`. Rows: `.csv`, `.parquet`, \
              `.arrow`, `.json`, `.md`. Relative paths start at the folder of the notebook. A file \
              of this name is replaced; with `new` it is kept, and the cell fails.",
        examples: &[
            "cpu | flame | save \"cpu.svg\"",
            "cpu | top 20 | save \"top.csv\"",
            "cpu | top 20 | save \"all.csv\" cells=raw",
        ],
        options: &[OptionSpec {
            name: "cells",
            values: &["safe", "raw"],
            doc: "text in a `.csv` that a spreadsheet would run, such as a name that begins with \
                  `=`, `+`, `-` or `@`: `safe` puts a `'` before it, `raw` leaves it as it is",
        }],
        related: &["flame", "top", "publish"],
        pprof: "-output",
        promql: "",
    },
    VerbSpec {
        name: "publish",
        id: Verb::View(ViewVerb::Publish),
        signature: "publish [\"url\"]",
        shape: Shape::MaybeEndpoint,
        accepts: &[Accepts::Profiles, Accepts::Tree, Accepts::Diff, Accepts::View],
        gives: |_| Type::Text,
        needs: Needs::STACKS,
        role: Role::Writes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Uploads a flame graph to a server and returns its link.",
        doc: "The server must support flamegraph.com's `POST /api/upload/v1`. Function names, \
              values, the selection and its window are sent to the address given here or in `set \
              publish`; without an address nothing is sent. Redirects are not followed.",
        examples: &[
            "cpu{service=\"shop\"} | publish \"https://flames.example\"",
            "set publish \"https://flames.example\"; cpu | hide {package=\"runtime\"} | publish",
        ],
        options: &[],
        related: &["save", "flame"],
        pprof: "",
        promql: "",
    },
];
