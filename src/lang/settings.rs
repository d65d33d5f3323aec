//! The settings of a session: name, value and documentation of each.
//!
//! `check`, completion and `help` read this table. `eval::selection::settings` applies a
//! setting.

/// The id of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Cache,
    Cumulative,
    Delta,
    Fdr,
    Gauge,
    Grafana,
    History,
    Memory,
    Normalise,
    Now,
    Password,
    Publish,
    Range,
    Tenant,
    Token,
    Unpack,
    User,
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

pub static SETTINGS: [SettingSpec; 17] = [
    SettingSpec {
        name: "cache",
        id: Setting::Cache,
        takes: "a folder in quotes",
        doc: "A folder that keeps what servers answer about times that are over, so that another \
         session does not ask again: `set cache \"answers\"`, then `use`. It takes at most 2 GiB. \
         `set cache off` keeps answers in memory alone.",
    },
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
        name: "fdr",
        id: Setting::Fdr,
        takes: "a percentage",
        doc: "The false discovery rate of a diff: the part of its significant changes that are \
         expected to be chance: `set fdr 1%`. `set fdr default` goes back to 5 %.",
    },
    SettingSpec {
        name: "gauge",
        id: Setting::Gauge,
        takes: "the name of a profile type",
        doc: "A profile type that is averaged over time instead of summed: `set gauge my_type`.",
    },
    SettingSpec {
        name: "grafana",
        id: Setting::Grafana,
        takes: "an address in quotes",
        doc: "The address of Grafana. Results of a server then have a link to the same selection in \
         its Profiles Drilldown: `set grafana \"https://host\"`. `set grafana off` removes it.",
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
        name: "password",
        id: Setting::Password,
        takes: SECRET,
        doc: "Where the password that belongs to `set user` is, as with `set token`.",
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
        name: "tenant",
        id: Setting::Tenant,
        takes: NAME,
        doc: "The tenant that a server is asked for, sent as `X-Scope-OrgID` to the servers that \
         `use` opens next: `set tenant \"team-a\"` or `set tenant \"env:NAME\"`. `set tenant off` goes \
         back to the environment.",
    },
    SettingSpec {
        name: "token",
        id: Setting::Token,
        takes: SECRET,
        doc: "Where the token of a server is, which is sent as `Bearer` to the servers that `use` \
         opens next: `set token \"env:NAME\"` or `set token \"file:path\"`. The token itself is not \
         accepted, because a cell is saved with its notebook. `set token off` goes back to the \
         environment.",
    },
    SettingSpec {
        name: "unpack",
        id: Setting::Unpack,
        takes: "a size",
        doc: "The largest size that a compressed file may unpack to: `set unpack 8GiB`. \
         `set unpack default` goes back to 1 GiB.",
    },
    SettingSpec {
        name: "user",
        id: Setting::User,
        takes: NAME,
        doc: "The user that is sent as `Basic` with `set password` to the servers that `use` opens \
         next: `set user \"12345\"` or `set user \"env:NAME\"`. `set user off` goes back to the environment.",
    },
];

/// What `set tenant` and `set user` take.
const NAME: &str = "a name in quotes, or its place: \"env:NAME\" or \"file:path\"";

/// What `set token` and `set password` take.
const SECRET: &str = "the place of a secret: \"env:NAME\" or \"file:path\"";

/// Whether a text in quotes says where a secret is, and is not the secret.
pub fn is_place_of_secret(text: &str) -> bool {
    text.starts_with("env:") || text.starts_with("file:")
}

/// Finds a setting by name.
pub fn find(name: &str) -> Option<&'static SettingSpec> {
    SETTINGS.iter().find(|spec| spec.name == name)
}
