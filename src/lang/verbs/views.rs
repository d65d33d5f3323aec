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
        needs: Needs::STACKS,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &[],
        summary: "A flame graph: the root at the bottom, callees above.",
        doc: "The width of a box is its total, its place says nothing about time. It is what a \
              selection shows when no view is named.",
        examples: &[
            "cpu{service=\"shop\"} | flame",
            "alloc_space | hide {package=\"runtime\"} | flame",
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
        needs: Needs::STACKS,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &[],
        summary: "A flame graph that hangs: the root at the top.",
        doc: "The better shape when one reads downwards, as from a handler or from `callers`.",
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
        needs: Needs::STACKS,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &[],
        summary: "An outline: the call tree as indented text with self and total.",
        doc: "It reads well in a terminal, in a log and in a chat.",
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
        needs: Needs::STACKS,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &["html", "png", "csv", "parquet", "arrow", "json", "md"],
        summary: "Who calls the matching functions, and what they call.",
        doc: "Both halves start at the outermost match in each stack, so that each adds up to \
              the function's total however often it recurs. Callers grow upwards from it, \
              callees hang below.",
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
        needs: Needs::STACKS,
        role: Role::Draws,
        columns: Columns::KEPT,
        saves: &["html", "png", "speedscope.json", "csv", "parquet", "arrow", "json", "md"],
        summary: "Selections side by side, with shared colours, search and zoom.",
        doc: "Grouped profiles need no baseline: their groups are compared. `compare {version=\"1\"}` \
              runs the piped query again under other matchers, as `diff` does.",
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
        summary: "What changed: the piped selection minus the baseline.",
        doc: "The baseline is a selection, a query in parentheses, or only what differs from the \
              piped query, which then runs again with it: matchers in braces, a range in \
              brackets, `offset 1d`, `from source`. What is piped in is always *after*. Where \
              types add up over time the sides are compared by their share of each total, so \
              that twice the traffic is no change; gauges such as inuse_space by amount. The \
              profiles of each side are replicates: how much they differ gives each function a \
              standard error, and what is not told from noise at 5 % false discovery is drawn \
              pale and marked ≈. Of a single profile the error is that of counting samples, a \
              lower bound.",
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
                doc: "what is compared: shares of each side's total, the values as they are, or \
                      values per second of profiled time",
            },
            OptionSpec {
                name: "width",
                values: &["both", "before", "after", "delta"],
                doc: "what the width of a box stands for; `both` is before and after together",
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
              the line.",
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
        summary: "Time across, groups down: a cell's colour is the total of a step.",
        doc: "`heatmap by (L)` is short for `by (L) | heatmap`. Without groups the rows are \
              ranges of values, and a cell counts the profiles whose totals lie in one: a few \
              hot ones stand out that a sum would hide. A step without a profile stays empty.",
        examples: &["cpu | heatmap by (pod)", "inuse_space{service=\"shop\"} | heatmap"],
        options: &[],
        related: &["timeline", "by", "topk"],
        pprof: "",
        promql: "sum by (pod) (x)",
    },
    VerbSpec {
        name: "assert",
        id: Verb::View(ViewVerb::Assert),
        signature: "assert E [, \"message\"]",
        shape: Shape::Assert,
        accepts: &[Accepts::Any],
        gives: |piped| piped,
        needs: Needs::STACKS,
        role: Role::Checks,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Passes its input on, or fails the cell with the measured value.",
        doc: "A failed assert stops a notebook that is run by a script, with a non-zero exit. As \
              a statement of its own it needs the selection in the call: `assert self(\"f\", \
              cpu) < 5%`.",
        examples: &[
            "cpu | assert share(\"runtime.*\") < 100%, \"nothing but the runtime\"",
            "assert share(\"runtime.*\", cpu) < 100%",
        ],
        options: &[],
        related: &["where", "self", "share"],
        pprof: "",
        promql: "x > 5",
    },
    VerbSpec {
        name: "save",
        id: Verb::View(ViewVerb::Save),
        signature: "save \"file\"",
        shape: Shape::File,
        accepts: &[Accepts::Any],
        gives: |piped| piped,
        needs: Needs::STACKS,
        role: Role::Writes,
        columns: Columns::KEPT,
        saves: &[],
        summary: "Writes a file, in the format its suffix names.",
        doc: "Pictures: `.html` (one file that works from disk), `.svg`, `.png`. Stacks for other \
              tools: `.pb.gz` (pprof), `.folded`, `.speedscope.json`, `.dot`. Rows: `.csv`, \
              `.parquet`, `.arrow`, `.json`, `.md`. A relative path is relative to the notebook.",
        examples: &["cpu | flame | save \"cpu.svg\"", "cpu | top 20 | save \"top.csv\""],
        options: &[],
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
        summary: "Uploads a flame graph to a server, and gives the link to it.",
        doc: "The server is one of flamegraph.com's kind: it takes `POST /api/upload/v1`. Names \
              of functions, values, the selection and its window are sent, to the address that \
              stands here or in `set publish`; without an address nothing is. A redirect is not \
              followed.",
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
