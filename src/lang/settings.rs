//! The settings of a session: name, value and documentation of each.
//!
//! `check`, completion and `help` read this table. `eval::selection::settings` applies a
//! setting.

/// The id of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Cumulative,
    Delta,
    Gauge,
    History,
    Memory,
    Normalise,
    Now,
    Publish,
    Range,
    Unpack,
}

/// An entry of the table of settings.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingSpec {
    pub name: &'static str,
    pub id: Setting,
    /// The kind of value, in words.
    pub takes: &'static str,
    pub doc: &'static str,
}

pub static SETTINGS: [SettingSpec; 10] = [
    SettingSpec {
        name: "cumulative",
        id: Setting::Cumulative,
        takes: "the name of a profile type",
        doc: "A profile type whose snapshots count from the start of the process. Only what \
         was added between two snapshots is summed: `set cumulative my_type`. Go's `alloc_*`, \
         `contentions` and `delay` are detected automatically.",
    },
    SettingSpec {
        name: "delta",
        id: Setting::Delta,
        takes: "the name of a profile type",
        doc: "A profile type whose values are summed as recorded: `set delta alloc_space`.",
    },
    SettingSpec {
        name: "gauge",
        id: Setting::Gauge,
        takes: "the name of a profile type",
        doc: "A profile type that is averaged over time instead of summed: `set gauge my_type`.",
    },
    SettingSpec {
        name: "history",
        id: Setting::History,
        takes: "a size",
        doc: "What the results of earlier cells, `_` and `_7`, may take of memory: \
         `set history 1GiB`. Older results are let go, and their queries run again when they \
         are used. `set history default` goes back to 256 MiB.",
    },
    SettingSpec {
        name: "memory",
        id: Setting::Memory,
        takes: "a size",
        doc: "What a cell may take of memory, in addition to what the session holds; then it ends \
         with an error: `set memory 2GiB`. `set memory default` goes back to half of the memory \
         that is available. Measured on Linux only.",
    },
    SettingSpec {
        name: "normalise",
        id: Setting::Normalise,
        takes: "on or off",
        doc: "Whether `diff` and `compare` leave out what a run makes up in names, such as the \
         number in `$$Lambda$14`: `set normalise off` compares names as recorded.",
    },
    SettingSpec {
        name: "now",
        id: Setting::Now,
        takes: "a time",
        doc: "The end of ranges such as `[1h]`: `set now 2026-03-01T10:00Z`. `set now newest` goes \
         back to the newest profile.",
    },
    SettingSpec {
        name: "publish",
        id: Setting::Publish,
        takes: "an address in quotes",
        doc: "The address that `publish` uploads to: `set publish \"https://host\"`. \
         `set publish off` removes it.",
    },
    SettingSpec {
        name: "range",
        id: Setting::Range,
        takes: "a duration",
        doc: "The range of selections without one: `set range 1h`. `set range all` goes back to \
         everything.",
    },
    SettingSpec {
        name: "unpack",
        id: Setting::Unpack,
        takes: "a size",
        doc: "The largest size that a compressed file may unpack to: `set unpack 8GiB`. \
         `set unpack default` goes back to 1 GiB.",
    },
];

/// Finds a setting by name.
pub fn find(name: &str) -> Option<&'static SettingSpec> {
    SETTINGS.iter().find(|spec| spec.name == name)
}
