//! The long text of every error, for `help unknown-label`.
//!
//! A slug is part of the language: it is what a reader searches for, so it keeps
//! its meaning once it is here.

/// Slug and text, in the order of the alphabet.
pub const SLUGS: &[(&str, &str)] = &[
    (
        "ambiguous-type",
        "Several profile types share this short name. Write the longer one: `family:name`, \
         such as `mutex:delay`, or the full id that `types` lists.",
    ),
    (
        "arguments",
        "A function was given too few or too many arguments, or one of another kind. `help \
         <function>` shows how it is written.",
    ),
    (
        "assert",
        "The condition of an `assert` does not hold; the measured values stand beside it. The \
         cell fails, and so does a notebook that a script runs.",
    ),
    (
        "bad-character",
        "A character outside of quotes that the language does not use. Text stands in quotes; \
         operators are words: `and`, `or`, `not`.",
    ),
    (
        "bad-glob",
        "The pattern of files cannot be read. `*` stands for part of a name, `**` for \
         folders, `{name}` makes a label of what stands in its place.",
    ),
    (
        "bad-number",
        "A literal that starts like a number but is none: an unknown unit, units in the wrong \
         order, a date that does not exist. Durations are whole numbers of units, longest \
         first: `1h30m`.",
    ),
    (
        "bad-regex",
        "The regular expression cannot be read. It is Rust's syntax: as in Go's RE2, but a \
         brace that is meant as itself is escaped. Without `~`, quotes are a glob whose only \
         special character is `*`.",
    ),
    (
        "cannot-publish",
        "The profile was not uploaded: it has no flame graph to show, the server could not be \
         reached, or it refused. Nothing is sent to any other address than the one named.",
    ),
    ("cannot-read", "A file or folder could not be read; the reason is the operating system's."),
    (
        "cannot-save",
        "The file could not be written, or the result has no such format. The suffix of the \
         name decides: graphs as html, svg, png, folded, pb.gz, speedscope.json, dot; whatever has \
         rows as csv, parquet, arrow, json, md. The message lists what fits.",
    ),
    (
        "chained-comparison",
        "`a < b < c` compares yes-or-no with a number. Write `a < b and b < c`.",
    ),
    (
        "damaged-store",
        "A block of the store is not what was written: a file is missing, cut short, or has \
         other bytes. What lies in other blocks can still be read. `flamebook compact <store> \
         --without <block>` makes a store without it; import its profiles again to have them back.",
    ),
    ("division-by-zero", "The right side of a division is zero."),
    (
        "empty-range",
        "The range ends before it starts, or where it starts. A range is [start, end): the \
         end is not part of it.",
    ),
    (
        "incomplete",
        "The statement ends too early. Inside brackets, after `|` and after an operator it \
         may go on in the next line.",
    ),
    ("interrupted", "The cell was interrupted. The session is as it was before."),
    (
        "kql",
        "A stage as KQL, PRQL or SQL write it. Groups are `by (pod)`, or `avg by (pod)` for another \
         merge than the sum; `sort` and `take` work on tables, which `top` and `table` make.",
    ),
    (
        "leaf-position",
        "`leaf` stands before the last step of a path only: nothing is below a leaf.",
    ),
    (
        "logql",
        "A profile has stacks and no lines. `focus` keeps the stacks through a function, `ignore` \
         drops them; a glob in quotes matches the whole name, a regex `~\"…\"` a part of it.",
    ),
    (
        "missing-input",
        "`self`, `total` and `share` measure a selection. In a stage it is what is piped in; \
         elsewhere it is the second argument: `self(\"json.*\", cpu)`.",
    ),
    ("missing-pipe", "Verbs stand after `|`: `cpu | flame`."),
    (
        "no-baseline",
        "A comparison has only one side. Name the other: a selection, or after `diff` and `compare` just what differs: `{version=\"1\"}`, `[1h]`, `offset 1d`. `compare` of grouped profiles compares the groups, of which there must be two.",
    ),
    (
        "no-counterpart",
        "Arithmetic on grouped selections takes each group of the left side with the group of \
         the right side that has the same labels, and there is none. Group both sides by the \
         same labels, `(a | by (pod)) / (c | by (pod))`, or neither.",
    ),
    (
        "no-duration",
        "The profiles do not say how long they took, so there is nothing to divide by. \
         Snapshots such as a heap have no duration.",
    ),
    (
        "no-endpoint",
        "Nothing is uploaded unless you name where: `publish \"https://host\"`, or once for the \
         session `set publish \"https://host\"`.",
    ),
    (
        "no-files",
        "The pattern of `use` matches no file. A relative path is relative to the notebook.",
    ),
    (
        "no-match",
        "No function matches the pattern. A glob in quotes matches the whole name: \
         `\"*json*\"` finds what contains json, and so does the regex `~\"json\"`.",
    ),
    ("no-result", "`_` is the last result and `_7` that of `In[7]`; nothing has been shown there."),
    (
        "no-source",
        "No source of profiles is open. `use \"profiles/*.pb.gz\"` opens files, `use \
         \"demo:\"` the recorded example.",
    ),
    ("no-step", "A range was given a step of no length: `[6h:0s]`. Write `[6h:5m]`, or `[6h]`."),
    (
        "no-store",
        "There is no store at this path. A store is a folder that `flamebook import \
         <store> <files or folders>` fills from profiles of any format.",
    ),
    (
        "no-type",
        "Braces and ranges narrow a profile type or a variable; alone they select nothing. \
         `types` lists the types.",
    ),
    (
        "not-a-duration",
        "A duration is needed: `1h`, `30m`, or a variable that holds one. A text such as \
         \"1h\" will do.",
    ),
    (
        "not-a-file",
        "`use` opens files and stores on this machine, and an address is neither. Download the \
         profiles, for example with `curl -O`, and open the files.",
    ),
    (
        "not-a-profile",
        "The file is none of the known formats. Any may be compressed with gzip; the content \
         tells, the name does not matter. `help use` lists the formats.",
    ),
    (
        "not-a-time",
        "A time is needed: `2026-03-01T10:00Z`, `now - 1h`, `start()`, or a variable that \
         holds one. A time without a zone is UTC.",
    ),
    (
        "not-comparable",
        "The two sides are of different profile types or units, so a difference would mean nothing. Compare like with like: the same type, and `rate` on both sides or on none.",
    ),
    (
        "nothing-measured",
        "A condition measures a selection without samples, so it would hold or fail whatever \
         the program did. Look at the selection: a label, a window or a filter leaves nothing.",
    ),
    ("nothing-piped", "The verb works on what is piped into it, and nothing is."),
    (
        "percent-of-what",
        "A percentage needs an amount beside it: `self > 5%` means 5 % of the input's total, \
         and there is no total here to take a part of. Compare with an amount, or use \
         `share`.",
    ),
    (
        "pprof-option",
        "Options of pprof are stages here, with the same names: `-focus=json` is `focus ~\"json\"`, \
         `-top` is `top`, `-diff_base=old` is `diff`. Files are opened with `use`.",
    ),
    (
        "promql-call",
        "What PromQL writes around a selection is a stage after it here: `sum by (pod) \
         (rate(x[5m]))` is `x[5m] | rate | sum by (pod)`.",
    ),
    (
        "rate-of-gauge",
        "A gauge such as `inuse_space` is what is there at an instant; it has no rate. Look \
         at it over time with `timeline`, or at the allocations: `alloc_space | rate`.",
    ),
    ("reserved", "Verbs and keywords cannot name a variable."),
    ("setting-value", "The setting takes another kind of value. `help set` lists the settings."),
    (
        "smart-quotes",
        "Typographic quotes come from word processors and chats. Text stands in straight \
         quotes: \" or '.",
    ),
    (
        "sql",
        "A query starts with what it reads, and pipes it on: `cpu | top 10 | select function, \
         self`.",
    ),
    (
        "step-mismatch",
        "Arithmetic on totals over time takes both sides in the same steps, and two were asked \
         for: `a[6h:5m] / c[6h:10m]`. Name the same step on both, or on one side only.",
    ),
    (
        "time-format",
        "Times are written `2026-03-01T10:00Z`, without a zone in UTC; lengths `1h30m`. A range is \
         `[1h]`, up to now, or `[from .. to]`; `offset 1d` looks back from there.",
    ),
    (
        "too-deep",
        "The statement is nested deeper, or has more operators, than any query needs: name parts \
         of it with `let`. Or a hundred names stand on each other: write a selection anew.",
    ),
    (
        "too-many-panes",
        "More selections side by side than can be read. Keep the largest groups with `topk`, or look at all of them as a `table` or a `heatmap`.",
    ),
    (
        "two-ends",
        "`@` says when a range such as `[1h]` ends; one between two times, `[a .. b]`, does so \
         itself. Leave one out, or move the range with `offset`.",
    ),
    (
        "type-mismatch",
        "A value of one type stands where another is needed: a verb after something it does \
         not take, or an operator between things that do not compare. `help <verb>` says what \
         a verb takes and gives.",
    ),
    ("unclosed", "A bracket is opened and never closed, or the other way round."),
    (
        "unclosed-text",
        "Text in quotes ends on the line it starts on. Text in back quotes may span lines.",
    ),
    (
        "unexpected",
        "Something stands where the grammar has no place for it; the message lists what would \
         fit.",
    ),
    (
        "unit-mismatch",
        "A time is compared with bytes, or a share with an amount. A percentage fits \
         everything: it means a part of the total. In arithmetic, `+` and `-` need the same \
         unit on both sides; `/` gives a ratio of any two.",
    ),
    ("unknown-column", "The table has no such column. Names with spaces stand in quotes."),
    (
        "unknown-field",
        "The fields of a frame are function, package, file, line, module, kind, inlined and \
         address. Other names test labels of samples.",
    ),
    (
        "unknown-function",
        "There is no function of this name. Verbs are written after `|`, without parentheses.",
    ),
    (
        "unknown-label",
        "No series of the selection has this label. `labels` lists those it has: `cpu | \
         labels`.",
    ),
    (
        "unknown-name",
        "The name is neither a variable nor a profile type nor, where it stands, a label or a \
         column.",
    ),
    ("unknown-option", "The verb has no such option."),
    ("unknown-setting", "There is no such setting. `help set` lists them."),
    ("unknown-source", "No open source has this name. `use \"…\" as prod` names one."),
    ("unknown-topic", "There is no help on this. `help` alone lists what there is."),
    ("unknown-type", "No open source has this profile type. `types` lists them."),
    ("unknown-variable", "There is no variable of this name. `let name = …` makes one."),
    ("unknown-verb", "There is no verb of this name. `help` lists them."),
    (
        "unquoted",
        "A bare name is a variable, and there is none of this name. Text stands in quotes: \
         `service=\"checkout\"`.",
    ),
    (
        "verb-call",
        "Verbs are stages and no functions: `top 10`, not `top(10)`. Parentheses stand around \
         labels, `by (pod)`, and around queries.",
    ),
    (
        "verb-first",
        "The verb works on what is piped into it: start with a selection, `cpu | top 10`, or \
         with `_`, the last result.",
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
