//! Topics of help that are neither a verb nor a function: ranges, patterns, noise.
//!
//! A table like that of the verbs. `help` makes a page of each entry. The test beside
//! the pages keeps them short, and `tests/examples.rs` runs the examples.

/// A topic of help.
#[derive(Debug)]
pub struct TopicSpec {
    pub name: &'static str,
    /// How it is written.
    pub title: &'static str,
    /// One sentence.
    pub summary: &'static str,
    pub paragraphs: &'static [&'static str],
    /// Forms or signs, each with a few words on it.
    pub forms: &'static [(&'static str, &'static str)],
    /// Cells that run on the example data, `use "demo:"`.
    pub examples: &'static [&'static str],
    pub related: &'static [&'static str],
}

/// The topic of this name.
pub fn find(name: &str) -> Option<&'static TopicSpec> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// Every topic, in the order of the overview.
pub const TOPICS: &[TopicSpec] = &[
    TopicSpec {
        name: "range",
        title: "[1h]",
        summary: "The window of time of a selection, in brackets after its labels.",
        paragraphs: &["The start belongs to the window, the end does not. A time without a zone \
                       is UTC. `now` is the newest profile, or the time of `set now`. Without a \
                       range a selection covers everything, or what `set range 1h` says."],
        forms: &[
            ("[1h]", "the last hour before now"),
            ("[6h:5m]", "the last 6 hours, in 5 minute steps"),
            ("[2026-03-01T10:00Z .. 2026-03-01T11:00Z]", "from one time to another"),
            ("[2026-03-01T10:00Z .. +30m]", "30 minutes from a time on"),
            ("[-1h .. -30m], [-1h ..], [.. now]", "counted back from now; open"),
            ("[deploy - 5m .. deploy + 5m : 1m]", "around a variable, in steps"),
        ],
        examples: &[
            "cpu[4m:30s] | timeline by (version)",
            "cpu[2026-11-23T04:52Z .. +1m] | top 5",
            "cpu[-2m .. -1m : 30s] | timeline",
        ],
        related: &["offset", "@", "set"],
    },
    TopicSpec {
        name: "offset",
        title: "offset 1d",
        summary: "Moves the window of a selection back in time.",
        paragraphs: &[
            "`cpu[1h] offset 1d` is the same hour of the day before. `offset -1h` moves the \
             window forward.",
            "After `diff` and `compare` it may stand alone. Then the piped query runs again in \
             the earlier window, and that is the side *before*.",
        ],
        forms: &[],
        examples: &["cpu[1m] offset 2m | top 5", "inuse_space[1m] | diff offset 2m | top 5"],
        related: &["range", "@", "diff"],
    },
    TopicSpec {
        name: "@",
        title: "@ time",
        summary: "Ends the range of a selection at this time and not at now.",
        paragraphs: &["An `offset` in the same selection counts from this time."],
        forms: &[
            ("@ 2026-03-01T10:00Z", "a time; without a zone it is UTC"),
            ("@ 1772359200", "seconds since 1970"),
            ("@ now - 1h", "an hour before now"),
            ("@ end()", "the end of the data; start() is its start"),
            ("@ deploy", "a variable that holds a time"),
        ],
        examples: &[
            "cpu[1m] @ 2026-11-23T04:53Z | top 5",
            "cpu[30s] @ now - 2m | top 5",
            "deploy = 2026-11-23T04:53Z; cpu[1m] @ deploy | top 5",
        ],
        related: &["range", "offset"],
    },
    TopicSpec {
        name: "from",
        title: "from source",
        summary: "Reads a selection from another source than the one opened last.",
        paragraphs: &[
            "`use \"path\" as name` gives a source its name. Without `from` a selection reads \
             the source that was opened last.",
            "After `diff` and `compare` it may stand alone, to compare two sources: \
             `cpu | diff from old`.",
        ],
        forms: &[],
        examples: &[
            "use \"demo:\" as shop; cpu{version=\"2\"} from shop | top 5",
            "use \"demo:\" as old; use \"demo:\" as new; cpu from new | diff from old | top 5",
        ],
        related: &["use", "diff", "compare"],
    },
    TopicSpec {
        name: "server",
        title: "use \"http://host:4040\"",
        summary: "A server of Grafana Pyroscope answers the same queries as files.",
        paragraphs: &[
            "`now` is the clock, the usual range the last hour, rates are per second of the window. \
             Grafana's `/api/datasources/proxy/uid/UID` is a server, too. A secret is named by its \
             place, because cells are saved.",
        ],
        forms: &[
            ("set token \"env:NAME\"", "a token, sent as Bearer; or \"file:path\""),
            ("set user \"a\"", "a login, sent as Basic; with `set password`"),
            ("set tenant \"a\"", "a tenant, sent as X-Scope-OrgID"),
            ("FLAMEBOOK_PYROSCOPE_TENANT", "if none is set; so _TOKEN, _USER, _PASSWORD"),
            ("set grafana \"https://host\"", "results link to the same selection there"),
            ("set cache \"folder\"", "another session does not ask again"),
            ("SSL_CERT_FILE", "the authorities that `https` trusts"),
            ("flamebook push http://… FILES", "in a shell: sends files or a store to it"),
            ("flamebook import STORE http://…", "in a shell: copies it into a store"),
        ],
        examples: &["types"],
        related: &["use", "range"],
    },
    TopicSpec {
        name: "pattern",
        title: "\"json.*\"",
        summary: "Selects frames by function, package, file or place in the stack.",
        paragraphs: &["Verbs such as `focus` and `hide` take one, and functions such as `self`. \
                       Names are compared whole and with case. `functions P` lists the matches."],
        forms: &[
            ("\"encoding/json.*\"", "a glob over the function; only * is special"),
            ("~\"gc|malloc\"", "a regex that may match anywhere in the name"),
            ("{package=\"runtime\"}", "fields: function package file line module kind"),
            ("\"http.*\" >> \"json.*\"", "the second somewhere below the first"),
            ("\"main.main\" > \"main.run\"", "the second called directly by the first"),
            ("root \"main.*\", leaf \"libc*\"", "at the root, at the leaf of the stack"),
            ("not P, P and Q, P or Q", "combined; parentheses group"),
        ],
        examples: &[
            "cpu | focus \"net/http.*\" >> \"encoding/json.*\"",
            "let gc = ~\"runtime\\.gc\"; cpu | ignore gc | top 5",
        ],
        related: &["focus", "hide", "functions"],
    },
    TopicSpec {
        name: "units",
        title: "10ms, 64MiB, 0.5cores, 5%",
        summary: "Numbers in queries have the units of the profiles that they are compared with.",
        paragraphs: &["Results are written with a fitting prefix, long times in hours. Files of \
                       csv and json have plain numbers in ns, bytes, cores and percent."],
        forms: &[
            ("1h30m, 250ms", "time, longest first: y w d h m s ms us ns"),
            ("64MiB, 2GB", "bytes: KiB is 1024 B, kB is 1000 B"),
            ("0.5cores", "CPU seconds per second, as `cpu | rate` has them"),
            ("5%", "of the total; percentage points in a diff of shares"),
        ],
        examples: &[
            "cpu | by (endpoint) | where total(\"*\") > 10s | table",
            "inuse_space | top 20 | where self > 1MiB",
            "cpu{version=\"2\"} | diff {version=\"1\"} mode=rate | where delta > 0.01cores",
        ],
        related: &["rate", "where", "assert"],
    },
    TopicSpec {
        name: "columns",
        title: "self, total, delta, share",
        summary: "A column is typed as it is printed, and saved under the same name.",
        paragraphs: &["`sort`, `where`, `select`, `extend` and `top N by` take names without \
                       quotes; only a label whose name is no word needs them. Files have plain \
                       numbers in ns, bytes, cores and percent."],
        forms: &[
            ("self, total", "of a function; in a diff their changes"),
            ("self_share, total_share", "percent of the selection before stack filters"),
            ("kept_share", "percent of what stack filters kept"),
            ("before, after, delta, growth", "self in a diff, in the unit of its mode"),
            ("total_delta", "the change of total"),
            ("delta_amount, delta_share", "the change in the other unit"),
        ],
        examples: &[
            "cpu | top 20 | where total_share > 5% | select function, total_share",
            "cpu{version=\"2\"} | diff {version=\"1\"} | top 5 by total_delta",
            "cpu | by (version) | table share(\"runtime.*\") | sort share_runtime",
        ],
        related: &["top", "table", "select", "noise"],
    },
    TopicSpec {
        name: "noise",
        title: "± ≈ z significant",
        summary: "A diff says which changes are larger than chance explains.",
        paragraphs: &[
            "Two recordings of the same program differ, too. How much the *replicates* of a side \
             differ is the error of a change. The same series on both sides replicate in time; \
             series that differ replicate each other.",
            "Of the significant changes, 5 % are expected to be wrong (`set fdr`).",
        ],
        forms: &[
            ("low, high", "the ends of the 95 % interval of the change"),
            ("±, se, z, p", "the standard error, the change divided by it, its chance"),
            ("significant", "the change of self or of total is significant"),
            ("total_significant", "that of total is; `self_significant`: that of self"),
            ("share only", "the share changed, and the rate did not"),
            ("≈, pale", "the change is not significant"),
        ],
        examples: &[
            "cpu{version=\"2\"} | diff {version=\"1\"} | where significant | sort z desc",
            "cpu{version=\"2\", pod=\"a\"} | diff {pod=\"b\"} | top 5",
        ],
        related: &["diff", "where"],
    },
];
