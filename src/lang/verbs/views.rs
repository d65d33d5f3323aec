//! Verbs that draw, check and save.

use super::{Accepts, Shape, VerbSpec};
use crate::lang::ast::Verb;
use crate::lang::types::Type;

const TREES: &[Accepts] = &[Accepts::Profiles, Accepts::Tree];

pub(super) const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "flame",
        signature: "flame",
        shape: Shape::Nothing(|| Verb::Flame),
        accepts: TREES,
        gives: |_| Type::View,
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
        signature: "icicle",
        shape: Shape::Nothing(|| Verb::Icicle),
        accepts: TREES,
        gives: |_| Type::View,
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
        signature: "tree",
        shape: Shape::Nothing(|| Verb::Tree),
        accepts: TREES,
        gives: |_| Type::View,
        summary: "An outline: the call tree as indented text with self and total.",
        doc: "It reads well in a terminal, in a log and in a chat.",
        examples: &["cpu | tree", "cpu | focus \"encoding/json.*\" | trim 2% | tree"],
        options: &[],
        related: &["flame", "icicle", "callees"],
        pprof: "-tree",
        promql: "",
    },
    VerbSpec {
        name: "timeline",
        signature: "timeline [by (L)]",
        shape: Shape::MaybeByLabels(Verb::Timeline),
        accepts: &[Accepts::Profiles, Accepts::Series],
        gives: |_| Type::View,
        summary: "Totals over time as a chart, a line per group.",
        doc: "`timeline by (L)` is short for `by (L) | timeline`. A gap in the data is a gap in \
              the line.",
        examples: &["cpu | timeline", "inuse_space{service=\"shop\"} | timeline by (pod)"],
        options: &[],
        related: &["series", "by", "rate"],
        pprof: "",
        promql: "sum by (pod) (x)",
    },
    VerbSpec {
        name: "assert",
        signature: "assert E [, \"message\"]",
        shape: Shape::Assert,
        accepts: &[Accepts::Any],
        gives: |piped| piped,
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
        signature: "save \"file\"",
        shape: Shape::File(Verb::Save),
        accepts: &[Accepts::Any],
        gives: |piped| piped,
        summary: "Writes a file, in the format its suffix names.",
        doc: "Trees: `.svg` (interactive), `.html`, `.folded`. Tables and series: `.csv`, \
              `.parquet`, `.html`, `.md`, `.json`. A relative path is relative to the notebook.",
        examples: &["cpu | flame | save \"cpu.svg\"", "cpu | top 20 | save \"top.csv\""],
        options: &[],
        related: &["flame", "top"],
        pprof: "-output",
        promql: "",
    },
];
