//! Verbs that keep, drop or rewrite stacks.
//!
//! Stack filters (`focus`, `ignore`) keep or drop whole samples; frame filters
//! (`hide`, `show`, …) keep the samples and rewrite their stacks.

use super::{Accepts, Shape, VerbSpec};
use crate::lang::ast::Verb;
use crate::lang::types::Type;

const STACKS: &[Accepts] = &[Accepts::Profiles, Accepts::Tree, Accepts::Diff];

fn tree_or_diff(piped: Type) -> Type {
    if piped == Type::Diff { Type::Diff } else { Type::Tree }
}

pub(super) const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "focus",
        signature: "focus P",
        shape: Shape::Pattern(Verb::Focus),
        accepts: STACKS,
        gives: |piped| piped,
        summary: "Keeps only the stacks with a match.",
        doc: "P is a function glob in quotes, a regex `~\"…\"`, frame fields in braces, or a \
              path such as `\"http.*\" >> \"json.*\"`: the second somewhere below the first. \
              Percentages stay those of the selection before filtering.",
        examples: &[
            "cpu{service=\"shop\"} | focus \"net/http.*\"",
            "cpu | focus {package=\"encoding/json\"} | top 10",
        ],
        options: &[],
        related: &["ignore", "show_from", "callees"],
        pprof: "-focus",
        promql: "",
    },
    VerbSpec {
        name: "ignore",
        signature: "ignore P",
        shape: Shape::Pattern(Verb::Ignore),
        accepts: STACKS,
        gives: |piped| piped,
        summary: "Drops the stacks with a match.",
        doc: "The opposite of `focus`: whole samples go, and the total becomes smaller. To drop \
              frames but keep what they cost, use `hide`.",
        examples: &[
            "cpu | ignore \"runtime.gcBgMarkWorker\"",
            "cpu | ignore ~\"^runtime\\.\" | top 10",
        ],
        options: &[],
        related: &["focus", "hide"],
        pprof: "-ignore",
        promql: "",
    },
    VerbSpec {
        name: "hide",
        signature: "hide P",
        shape: Shape::Pattern(Verb::Hide),
        accepts: STACKS,
        gives: |piped| piped,
        summary: "Drops the matching frames; what they cost moves to their callers.",
        doc: "Samples stay and so does the total, except for samples that have no frame left.",
        examples: &[
            "cpu | hide {package=\"runtime\"} | top 10",
            "alloc_space | hide \"runtime.*\"",
        ],
        options: &[],
        related: &["show", "ignore", "collapse"],
        pprof: "-hide",
        promql: "",
    },
    VerbSpec {
        name: "show",
        signature: "show P",
        shape: Shape::Pattern(Verb::Show),
        accepts: STACKS,
        gives: |piped| piped,
        summary: "Keeps only the matching frames.",
        doc: "The opposite of `hide`. Samples with no matching frame are dropped.",
        examples: &["cpu | show \"shop/*\"", "cpu | show {package=\"net/http\"} | tree"],
        options: &[],
        related: &["hide", "focus"],
        pprof: "-show",
        promql: "",
    },
    VerbSpec {
        name: "show_from",
        signature: "show_from P",
        shape: Shape::Pattern(Verb::ShowFrom),
        accepts: STACKS,
        gives: |piped| piped,
        summary: "Cuts what is above the highest match; stacks with no match are dropped.",
        doc: "Highest means nearest to the root. Use it to start a flame graph at a handler, \
              whatever called it.",
        examples: &[
            "cpu | show_from \"shop/*\"",
            "cpu | show_from \"net/http.HandlerFunc.ServeHTTP\" | icicle",
        ],
        options: &[],
        related: &["prune_from", "callees"],
        pprof: "-show_from",
        promql: "",
    },
    VerbSpec {
        name: "prune_from",
        signature: "prune_from P",
        shape: Shape::Pattern(Verb::PruneFrom),
        accepts: STACKS,
        gives: |piped| piped,
        summary: "Cuts what is below the lowest match; what it cost moves into the match.",
        doc: "Lowest means nearest to the leaf. The match itself stays.",
        examples: &[
            "cpu | prune_from \"runtime.mallocgc\" | top 10",
            "cpu | prune_from {package=\"encoding/json\"}",
        ],
        options: &[],
        related: &["show_from", "hide"],
        pprof: "-prune_from",
        promql: "",
    },
    VerbSpec {
        name: "collapse",
        signature: "collapse P | collapse recursion",
        shape: Shape::PatternOrRecursion(Verb::Collapse),
        accepts: STACKS,
        gives: |piped| piped,
        summary: "Folds adjacent matching frames, or repeated ones, into one.",
        doc: "With a pattern, a run of matching frames becomes its topmost frame. `collapse \
              recursion` folds runs of the same function.",
        examples: &["cpu | collapse {package=\"runtime\"}", "cpu | collapse recursion | flame"],
        options: &[],
        related: &["hide", "granularity"],
        pprof: "",
        promql: "",
    },
    VerbSpec {
        name: "granularity",
        signature: "granularity G",
        shape: Shape::Granularity(Verb::Granularity),
        accepts: STACKS,
        gives: |piped| piped,
        summary: "Chooses what a frame is: function, line, file, package, module or address.",
        doc: "The default is `function`. Frames that become equal are merged.",
        examples: &[
            "cpu | granularity package | top 10",
            "alloc_objects | granularity line | top 10",
        ],
        options: &[],
        related: &["collapse", "top"],
        pprof: "-granularity",
        promql: "",
    },
    VerbSpec {
        name: "tagroot",
        signature: "tagroot (L)",
        shape: Shape::Labels(Verb::TagRoot),
        accepts: &[Accepts::Profiles],
        gives: |piped| piped,
        summary: "Makes the values of labels the root frames.",
        doc: "One flame graph then shows each value side by side. With several labels, the first \
              is the outermost.",
        examples: &["cpu | tagroot (version)", "cpu | tagroot (version, pod) | tree"],
        options: &[],
        related: &["tagleaf", "by"],
        pprof: "-tagroot",
        promql: "",
    },
    VerbSpec {
        name: "tagleaf",
        signature: "tagleaf (L)",
        shape: Shape::Labels(Verb::TagLeaf),
        accepts: &[Accepts::Profiles],
        gives: |piped| piped,
        summary: "Makes the values of labels the leaf frames.",
        doc: "Below each function stands who caused it. With several labels, the last is the \
              innermost.",
        examples: &[
            "cpu | tagleaf (pod)",
            "cpu | focus \"runtime.mallocgc\" | tagleaf (version) | tree",
        ],
        options: &[],
        related: &["tagroot", "by"],
        pprof: "-tagleaf",
        promql: "",
    },
    VerbSpec {
        name: "trim",
        signature: "trim Q",
        shape: Shape::Amount(Verb::Trim),
        accepts: STACKS,
        gives: |piped| piped,
        summary: "Merges small nodes into \"(other)\".",
        doc: "Q is a share of the total such as `1%`, or an amount such as `10ms` or `1MiB`. It \
              is for drawing: areas stay true because nothing is left out.",
        examples: &["cpu | trim 1% | flame", "alloc_space | trim 1MiB | tree"],
        options: &[],
        related: &["top", "focus"],
        pprof: "-nodefraction",
        promql: "",
    },
    VerbSpec {
        name: "callers",
        signature: "callers P",
        shape: Shape::Pattern(Verb::Callers),
        accepts: STACKS,
        gives: tree_or_diff,
        summary: "Who calls it: the inverted tree above all matches, merged.",
        doc: "Each stack counts once, at the outermost match, so the root's total is the total \
              of the matches and recursion is not counted twice.",
        examples: &[
            "cpu | callers \"runtime.mallocgc\"",
            "cpu | callers \"runtime.memmove\" | trim 1% | icicle",
        ],
        options: &[],
        related: &["callees", "focus"],
        pprof: "-peek",
        promql: "",
    },
    VerbSpec {
        name: "callees",
        signature: "callees P",
        shape: Shape::Pattern(Verb::Callees),
        accepts: STACKS,
        gives: tree_or_diff,
        summary: "What it calls: the tree below all matches, merged.",
        doc: "Each stack counts once, at the outermost match, so the root's total is the total \
              of the matches.",
        examples: &[
            "cpu | callees \"encoding/json.Marshal\"",
            "cpu | callees {package=\"net/http\"} | tree",
        ],
        options: &[],
        related: &["callers", "show_from"],
        pprof: "-peek",
        promql: "",
    },
];
