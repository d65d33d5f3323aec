//! The long text of every error, for `help unknown-label`.
//!
//! A slug is part of the language: it is what a reader searches for, so it keeps
//! its meaning once it is here.

/// Slug and text, in the order of the alphabet.
pub const SLUGS: &[(&str, &str)] = &[
    (
        "ambiguous-type",
        "Several profile types share this short name. Write the longer one: `family:name`, such \
         as `mutex:delay`, or the full id that `types` lists.",
    ),
    (
        "arguments",
        "A function has too few or too many arguments, or an argument of the wrong kind. `help \
         <function>` shows the right form.",
    ),
    (
        "assert",
        "The condition of an `assert` is false; the message shows the measured values. The cell \
         fails, and so does a notebook run by a script. A check of nothing fails, too, unless \
         `optional` follows the condition.",
    ),
    (
        "bad-character",
        "The language does not use this character outside of quotes. Put text in quotes; logical \
         operators are words: `and`, `or`, `not`.",
    ),
    (
        "bad-confidence",
        "The probability after `at` of an assert is at least 50 % and less than 100 %: `at 95%`.",
    ),
    (
        "bad-glob",
        "The file pattern is not valid. `*` matches part of a name, `**` matches folders, and \
         `{name}` turns the text in its place into a label.",
    ),
    (
        "bad-number",
        "This starts like a number but is not valid: the unit is unknown, units are in the wrong \
         order, or the date does not exist. Durations are whole numbers of units, longest first: \
         `1h30m`.",
    ),
    (
        "bad-regex",
        "The regular expression is not valid. The syntax is Rust's, which is Go's RE2 except that \
         a literal brace must be escaped. Without `~`, quoted text is a glob whose only special \
         character is `*`.",
    ),
    (
        "cannot-publish",
        "The profile was not uploaded: it has no flame graph, the server could not be reached, or \
         the server rejected it. Nothing is sent to any address except the one you name.",
    ),
    (
        "cannot-read",
        "A file or folder could not be read; the reason is the operating system's. It does not say \
         that anything is damaged: try again when the reason is mended.",
    ),
    (
        "cannot-save",
        "The file could not be written, or the result has no such format. The suffix of the name \
         decides: graphs as html, svg, png, folded, pb.gz, speedscope.json, dot; results with \
         rows as csv, parquet, arrow, json, md. The message lists the formats of this result.",
    ),
    (
        "chained-comparison",
        "`a < b < c` compares a true or false with a number. Write `a < b and b < c`.",
    ),
    (
        "changed-store",
        "Another process has changed the store while it was read, and a block that was needed is \
         gone. Nothing is damaged: run the query again.",
    ),
    (
        "damaged-store",
        "A block of the store or its manifest is not what was written: a file is missing, cut \
         short, or has other bytes. What lies in other blocks can still be read. `flamebook compact \
         <store> --without <block>` takes a block out and keeps its files in the folder `dropped`; \
         import its profiles again to have them back. `flamebook repair <store>` makes a new \
         manifest from the blocks that are whole.",
    ),
    ("division-by-zero", "The right side of a division is zero."),
    (
        "empty-range",
        "The range ends before or at its start. A range is [start, end): the end is not included.",
    ),
    (
        "incomplete",
        "The statement ends too early. Inside brackets, after `|` and after an operator it may \
         continue on the next line.",
    ),
    ("interrupted", "The cell was interrupted. The session is as it was before."),
    (
        "kql",
        "This is a stage of KQL, PRQL or SQL. Here grouping is `by (pod)`, or `avg by (pod)` to \
         merge by the mean; `sort` and `take` work on tables, which `top` and `table` make.",
    ),
    (
        "label-value",
        "A label is added to a source with `=` and one text, such as `use \"a.pb.gz\" \
         {pod=\"a\"}`.",
    ),
    (
        "leaf-position",
        "`leaf` is allowed only before the last step of a path, because nothing is below a leaf.",
    ),
    (
        "let-go",
        "The results of earlier cells, such as `_7`, are kept up to a size, and the oldest are let go \
         first. This one cannot be computed again by itself: the sources or settings have \
         changed, or its cell wrote something. Run the cell again, or keep more: `set history \
         1GiB`.",
    ),
    (
        "logql",
        "This is LogQL. A profile has stacks, not log lines. `focus` keeps the stacks through a \
         function, `ignore` drops them; a glob in quotes matches the whole name, a regex `~\"…\"` \
         a part of it.",
    ),
    (
        "missing-input",
        "`self`, `total` and `share` measure a selection. In a stage this is the piped selection; \
         elsewhere it is the second argument: `self(\"json.*\", cpu)`.",
    ),
    ("missing-pipe", "Write `|` before a verb: `cpu | flame`."),
    (
        "no-baseline",
        "A comparison has only one side. Name the other: a selection, or only the difference: \
         `diff {version=\"1\"}`, `[1h]`, `offset 1d`. `compare` of grouped profiles compares the \
         groups, and needs at least two.",
    ),
    (
        "no-counterpart",
        "Arithmetic on grouped selections combines groups with the same labels on both sides, and \
         no labels match. Group both sides by the same labels, `(a | by (pod)) / (c | by (pod))`, \
         or group neither.",
    ),
    (
        "no-duration",
        "The profiles have no duration, so there is no time to divide by. Snapshots such as heap \
         profiles have none.",
    ),
    (
        "no-endpoint",
        "Nothing is uploaded unless you name an address: `publish \"https://host\"`, or once per \
         session, `set publish \"https://host\"`.",
    ),
    (
        "no-files",
        "No file matches the pattern of `use`. Relative paths start at the folder of the notebook.",
    ),
    (
        "no-interval",
        "`at 95%` of an assert compares the interval of one measured value, such as \
         `share(\"runtime.*\")`, with a limit. A single profile has no interval, nor has a sum \
         of two measured values.",
    ),
    (
        "no-match",
        "No function matches the pattern. A glob in quotes matches the whole name: `\"*json*\"` \
         finds what contains json, and so does the regex `~\"json\"`.",
    ),
    (
        "no-result",
        "`_` is the last result and `_7` is the result of `In[7]`; there is no such result.",
    ),
    (
        "no-source",
        "No source of profiles is open. `use \"profiles/*.pb.gz\"` opens files, `use \"demo:\"` \
         opens the example data.",
    ),
    ("no-step", "The step of a range has the length zero: `[6h:0s]`. Write `[6h:5m]`, or `[6h]`."),
    (
        "no-store",
        "There is no store at this path. A store is a folder that `flamebook import <store> \
         <files or folders>` makes from profiles of any format.",
    ),
    (
        "no-type",
        "Braces and ranges need a profile type or a variable before them. `types` lists the types.",
    ),
    (
        "not-a-duration",
        "A duration is needed: `1h`, `30m`, or a variable with a duration. A text such as \"1h\" \
         works too.",
    ),
    (
        "not-a-file",
        "`use` opens files and stores on this machine, and servers, but no files of the web. \
         Download the profiles, for example with `curl -O`, and open the files.",
    ),
    (
        "not-a-profile",
        "The file has no known format. The format is recognised by the content and not by the \
         name; files may be compressed with gzip. `help use` lists the formats.",
    ),
    (
        "not-a-sum",
        "`explain` splits a change into parts that add up to it. Maxima, minima and counts of \
         series do not add up. Compare sums or means: leave out `max by`, `max_over_time` and the \
         like.",
    ),
    (
        "not-a-time",
        "A time is needed: `2026-03-01T10:00Z`, `now - 1h`, `start()`, or a variable with a time. \
         A time without a zone is UTC.",
    ),
    (
        "not-comparable",
        "The two sides are of different profile types or units, so a difference would be \
         meaningless. Use the same type, and `rate` on both sides or on neither.",
    ),
    (
        "nothing-measured",
        "A condition measures a selection without samples, so its result says nothing about the \
         program. Check the labels, the window and the filters of the selection. In an `assert`, \
         `optional` after the condition allows it.",
    ),
    ("nothing-piped", "The verb needs a piped input and has none."),
    (
        "out-of-memory",
        "The cell took more memory than it may, so it was stopped before the system stopped the \
         kernel. Select fewer series or a shorter range, or allow more: `set memory 8GiB`. The \
         session is as it was before.",
    ),
    (
        "percent-of-what",
        "A percentage is a part of a total: `self > 5%` means 5 % of the input's total. Here \
         there is no total. Compare with an amount, or use `share`.",
    ),
    (
        "pprof-option",
        "This is an option of pprof. Here it is a stage of the same name: `-focus=json` is `focus \
         ~\"json\"`, `-top` is `top`, `-diff_base=old` is `diff`. Files are opened with `use`.",
    ),
    (
        "promql-call",
        "PromQL calls functions on a selection; here they are stages after it: `sum by (pod) \
         (rate(x[5m]))` is `x[5m] | rate | sum by (pod)`.",
    ),
    (
        "rate-of-gauge",
        "A gauge such as `inuse_space` is a level at one time and has no rate. Draw it over time \
         with `timeline`, or use the allocations: `alloc_space | rate`.",
    ),
    ("reserved", "Verbs and keywords cannot name a variable."),
    (
        "server",
        "A Pyroscope server gave no answer that can be used. The message has its address, the \
         status and its own words. Requests that may pass later were made again before. The \
         session is as it was, so run the cell again when the reason is mended. `help server` \
         says how a server is asked.",
    ),
    ("setting-value", "The setting takes another kind of value. `help set` lists the settings."),
    (
        "smart-quotes",
        "These are typographic quotes, as word processors and chats insert them. Use straight \
         quotes: \" or '.",
    ),
    (
        "sql",
        "This is SQL. Here a query starts with a selection and pipes it into stages: `cpu | top \
         10 | select function, self`.",
    ),
    (
        "step-mismatch",
        "Arithmetic on totals over time needs the same step on both sides, but two are given: \
         `a[6h:5m] / c[6h:10m]`. Write the same step on both sides, or on one side only.",
    ),
    (
        "target",
        "A program that serves its profiles gave none that can be used. The message has its \
         address, the status and its own words. `use \"http://host:6060/debug/pprof\"` wants the \
         page that Go's `net/http/pprof` serves.",
    ),
    (
        "time-format",
        "Times are written `2026-03-01T10:00Z`, and are UTC without a zone; durations `1h30m`. A \
         range is `[1h]`, which ends now, or `[from .. to]`; `offset 1d` moves it back.",
    ),
    (
        "too-deep",
        "The statement has too many nested parts or operators: name parts of it with `let`. Or it \
         uses a chain of a hundred variables: write the selection again.",
    ),
    (
        "too-many-labels",
        "`explain` splits a change by one label, or by two together: of three, each combination \
         would have too few profiles. Name the two that matter, or none: it then finds the label \
         that says most.",
    ),
    (
        "too-many-panes",
        "There are too many selections to show side by side. Keep the largest groups with `topk`, \
         or show all of them as a `table` or a `heatmap`.",
    ),
    (
        "two-ends",
        "`@` sets the end of a range such as `[1h]`, but `[a .. b]` has an end already. Leave one \
         out, or move the range with `offset`.",
    ),
    (
        "type-mismatch",
        "A value has the wrong type: a verb does not take this input, or an operator cannot \
         combine these values. `help <verb>` says what a verb takes and gives.",
    ),
    ("unclosed", "A bracket is opened and not closed, or closed and not opened."),
    (
        "unclosed-text",
        "Quoted text must end on the line where it starts. Text in back quotes may span lines.",
    ),
    ("unexpected", "The grammar does not allow this here; the message lists what it allows."),
    (
        "unit-mismatch",
        "Two values have units that do not fit, such as a time and bytes. A percentage fits every \
         unit: it means a part of the total. In arithmetic, `+` and `-` need the same unit on \
         both sides; `/` gives a ratio of any two.",
    ),
    ("unknown-column", "The table has no such column. Put names with spaces in quotes."),
    (
        "unknown-field",
        "The fields of a frame are function, package, file, line, module, kind, inlined and \
         address. Any other name in braces is a label of samples.",
    ),
    (
        "unknown-function",
        "There is no function of this name. Verbs are written after `|`, without parentheses.",
    ),
    (
        "unknown-label",
        "No series of the selection has this label. `labels` lists those it has: `cpu | labels`.",
    ),
    (
        "unknown-name",
        "No variable, profile type, label or column that is valid here has this name.",
    ),
    ("unknown-option", "The verb has no such option."),
    (
        "unknown-parameter",
        "In a notebook of another language, `$name` and `{name}` stand for a variable of that \
         language, and its value is put into the query as it is. No variable has this name, or \
         its value is not a text, a number, a bool, a time with a zone, a duration or a list of \
         these.",
    ),
    ("unknown-setting", "There is no such setting. `help set` lists them."),
    ("unknown-source", "No open source has this name. `use \"…\" as prod` names one."),
    ("unknown-topic", "There is no help page with this name. `help` lists all pages."),
    ("unknown-type", "No open source has this profile type. `types` lists them."),
    ("unknown-variable", "There is no variable of this name. `let name = …` makes one."),
    ("unknown-verb", "There is no verb of this name. `help` lists them."),
    (
        "unquoted",
        "A name without quotes is a variable, and no variable has this name. Put text in quotes: \
         `service=\"checkout\"`.",
    ),
    (
        "verb-call",
        "Verbs are stages, not functions: `top 10` instead of `top(10)`. Use parentheses around \
         labels, `by (pod)`, and around queries.",
    ),
    (
        "verb-first",
        "The verb needs a piped input: start with a selection, `cpu | top 10`, or with `_`, the \
         last result.",
    ),
];

/// The long text of an error.
pub fn find(slug: &str) -> Option<&'static str> {
    SLUGS.iter().find(|(name, _)| *name == slug).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_sorted_words_with_a_text() {
        assert!(SLUGS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (slug, text) in SLUGS {
            assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{slug}");
            assert!(text.ends_with('.'), "{slug}");
        }
    }
}
