//! The settings of a session: their names and what they do.
//!
//! `check`, completion and `help` read this table. `eval::session` applies a setting.

/// Each setting with its documentation.
pub const SETTINGS: [(&str, &str); 7] = [
    (
        "cumulative",
        "A profile type whose snapshots count from the start of the process, so that only what \
         was added between two snapshots is summed: `set cumulative my_type`. Go's `alloc_*`, \
         `contentions` and `delay` are detected automatically.",
    ),
    ("delta", "A profile type whose values are summed as recorded: `set delta alloc_space`."),
    ("gauge", "A profile type that is averaged over time and not summed: `set gauge my_type`."),
    (
        "now",
        "The end of ranges such as `[1h]`: `set now 2026-03-01T10:00Z`. `set now newest` goes \
         back to the newest profile.",
    ),
    (
        "publish",
        "The address that `publish` uploads to: `set publish \"https://host\"`. \
         `set publish off` removes it.",
    ),
    (
        "range",
        "The range of selections without one: `set range 1h`. `set range all` goes back to \
         everything.",
    ),
    (
        "unpack",
        "The largest size that a compressed file may unpack to: `set unpack 8GiB`. \
         `set unpack default` goes back to 4 GiB.",
    ),
];
