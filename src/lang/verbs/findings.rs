//! Verbs that find what changed and why: the parts of a diff, trends, changes of a level, and
//! the release that brought one.

use super::{Accepts, Columns, OptionSpec, Role, Shape, Verb, VerbSpec};
use crate::lang::columns::{
    AFTER, BEFORE, BELOW, BESIDE, CHANGE, CULPRIT, DELTA, EARLIEST, FIRST_SEEN, FIRST_VALUE,
    FUNCTION, GROWTH, HIGH, LAST_SEEN, LAST_VALUE, LASTED, LATEST, LOW, MIX, MIX_HIGH, MIX_LOW,
    OF_CHANGE, OF_CHANGE_HIGH, OF_CHANGE_LOW, OF_GROWTH, ONLY_IN, P, PER_HOUR, PROFILES, RATE,
    RATE_HIGH, RATE_LOW, SERIES, SIGNIFICANT, STEP, SURPRISE, TIME, VALUE,
};
use crate::lang::needs::{Needs, Times};
use crate::lang::types::Type;

/// Verbs that find what changed and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingVerb {
    Explain,
    Trending,
    Changepoints,
    Bisect,
}

/// Stacks of each profile, and each series by itself.
pub const EACH_SERIES: Needs = Needs { times: Times::Each, apart: true, ..Needs::REPLICATES };

pub(super) const VERBS: &[VerbSpec] = &[
    VerbSpec {
        name: "explain",
        id: Verb::Finding(FindingVerb::Explain),
        signature: "explain [by (L)]",
        shape: Shape::MaybeByLabels,
        accepts: &[Accepts::Diff],
        gives: |_| Type::Table,
        needs: Needs::TOTALS,
        role: Role::Passes,
        columns: Columns::after_labels(&[
            OF_CHANGE,
            DELTA,
            MIX,
            RATE,
            LOW,
            HIGH,
            CHANGE,
            FUNCTION,
            BELOW,
            BESIDE,
            BEFORE,
            AFTER,
            OF_CHANGE_LOW,
            OF_CHANGE_HIGH,
            MIX_LOW,
            MIX_HIGH,
            RATE_LOW,
            RATE_HIGH,
            SURPRISE,
            P,
            SIGNIFICANT,
        ]),
        saves: &[],
        summary: "What a diff is made of: functions and label values by how much they explain.",
        doc: "A row is a cause: the deepest function that changed as a whole while the rest did \
          not, with what it calls, wherever it is called or below one caller. of_change is its \
          part of all growth, or of all shrinkage with a minus; delta is its change in the unit \
          of the diff, with the 95 % interval from low to high. mix is what more traffic on a \
          dear label value brings, and rate what the same work costs more; the other work of a \
          value stands for its traffic. Below a cause are its label values: of up to two \
          labels, or, without `by`, of the label whose values say most. Causes and (other \
          functions) add up to (total), and values to the row above them, exactly. change says \
          new, removed, or moved, which is a cost shift below a caller that stayed; stands out \
          says that a value has more of the change than of the work. Only significant changes \
          are causes; without any, the sentence says how large a change would have been found. \
          The columns below, beside, before, after, surprise, p, significant and the ends of \
          the other intervals are hidden unless they are selected.",
        examples: &[
            "cpu{version=\"2\"} | diff {version=\"1\"} | explain",
            "cpu{version=\"2\"} | diff {version=\"1\"} | explain by (endpoint)",
            "alloc_space{version=\"2\"} | diff {version=\"1\"} mode=rate | explain | where significant",
        ],
        options: &[],
        related: &["diff", "sandwich", "changepoints", "bisect"],
        pprof: "",
        promql: "",
    },
    VerbSpec {
        name: "trending",
        id: Verb::Finding(FindingVerb::Trending),
        signature: "trending [by (L)]",
        shape: Shape::MaybeByLabels,
        accepts: &[Accepts::Profiles],
        gives: |_| Type::Table,
        needs: EACH_SERIES,
        role: Role::Passes,
        columns: Columns::after_labels(&[
            PER_HOUR,
            LOW,
            HIGH,
            OF_GROWTH,
            FUNCTION,
            ONLY_IN,
            FIRST_VALUE,
            LAST_VALUE,
            P,
            SIGNIFICANT,
        ]),
        saves: &[],
        summary: "Functions by how fast their self value grows or shrinks: how to find a leak.",
        doc: "per_hour is the slope of one series, such as a pod, with its 95 % interval (low and \
          high); of_growth is its part of the slope of all functions together, the row \
          (total). Only profiles of the same series without a restart in between are compared, \
          so that neither new pods nor restarts look like a trend; a restart is a level that \
          falls below half and stays there. If one series alone has the trend, the row is of that \
          series, which only_in names. Delta types are compared per second. The slope is \
          the median of all slopes between two points, so that single peaks do not matter; of a \
          value that wanders, as the heap of a leak does, it is the mean step. A \
          trend that is not significant at 5 % false discovery rate is marked ≈. The significant \
          ones come first; all of them are listed, and up to ten others. The columns \
          only_in, first_value, last_value, p and significant are hidden unless they are selected. `trending by (L)` \
          is short for `by (L) | trending`.",
        examples: &[
            "inuse_space | trending",
            "inuse_space | trending by (version) | where per_hour > 1MiB",
            "inuse_space | trending limit=2GiB",
            "cpu | trending | where significant or function = \"(total)\"",
        ],
        options: &[OptionSpec {
            name: "limit",
            values: &[],
            doc: "a level, such as `limit=2GiB`: when the first series will reach it at this rate",
        }],
        related: &["timeline", "min_over_time", "top", "diff"],
        pprof: "",
        promql: "deriv(x[6h])",
    },
    VerbSpec {
        name: "changepoints",
        id: Verb::Finding(FindingVerb::Changepoints),
        signature: "changepoints [by (L)]",
        shape: Shape::MaybeByLabels,
        accepts: &[Accepts::Profiles, Accepts::Series],
        gives: |_| Type::Table,
        needs: Needs::STEPS,
        role: Role::Passes,
        columns: Columns::after_labels(&[
            TIME, BEFORE, AFTER, LOW, HIGH, P, LASTED, EARLIEST, LATEST, DELTA, GROWTH,
        ]),
        saves: &[],
        summary: "When the level of a total changed: steps that last, and not spikes.",
        doc: "The values are those of `timeline`, in the steps of the range, or else in the shortest \
          in which every series has a profile. A row is a change: its time, the \
          levels before and after it, the 95 % interval of their difference (low and high), and \
          the probability p of such a change where there is none. lasted says how long a change \
          lasted that went away again. A level has at least three points. Neighbours in time \
          correlate, and are not counted as if they were independent. With three days or more, \
          the rhythm of the day is removed first. The picture marks each change by a line, and \
          the 95 % interval of its time by a band. The columns earliest and latest (that \
          interval), delta and growth are hidden unless they are selected. `changepoints by (L)` \
          is short for `by (L) | changepoints`.",
        examples: &[
            "cpu | changepoints",
            "inuse_space | changepoints by (version)",
            "alloc_space / cpu | changepoints",
            "cpu | changepoints of=functions",
        ],
        options: &[OptionSpec {
            name: "of",
            values: &["total", "functions"],
            doc: "what is looked at: the total, or the self value of each function; only functions \
              that changed significantly at 5 % false discovery rate are listed",
        }],
        related: &["timeline", "trending", "diff", "series"],
        pprof: "",
        promql: "",
    },
    VerbSpec {
        name: "bisect",
        id: Verb::Finding(FindingVerb::Bisect),
        signature: "bisect by (L) on E",
        shape: Shape::ByOn,
        accepts: &[Accepts::Profiles],
        gives: |_| Type::Table,
        needs: Needs { stacks: false, ..EACH_SERIES },
        role: Role::Passes,
        columns: Columns::after_labels(&[
            FIRST_SEEN, VALUE, LOW, HIGH, STEP, CULPRIT, LAST_SEEN, SERIES, PROFILES,
        ]),
        saves: &[],
        summary: "Which value of a label, such as a release, brought a change of E.",
        doc: "The values are in the order in which they were first seen. value is E of the mean \
          series, such as a pod, per second or of a snapshot, with its 95 % interval (low and \
          high), so that a release on few pods compares with one on many; step is the \
          difference from the value above. A step from one value on is looked for, and one \
          value alone that differs, which was fixed or rolled back. culprit is the probability \
          that it was this value; it is empty where none is to blame, because the best place \
          is not significant at 5 %. Where values ran on several series, a change must be \
          larger than the differences between these. The columns last_seen, series and \
          profiles are hidden unless they are selected.",
        examples: &[
            "cpu | bisect by (version) on share(\"*recommend*\")",
            "cpu | bisect by (version) on value",
            "cpu | bisect by (version) on total(\"*recommend*\") / value | where culprit > 50%",
        ],
        options: &[],
        related: &["changepoints", "diff", "by", "share"],
        pprof: "",
        promql: "",
    },
];
