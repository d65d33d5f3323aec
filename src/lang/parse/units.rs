//! Units as other tools write them: `5min`, `24 hours`, `10kb`.

/// Each with the unit of this language.
pub(super) const UNITS: [(&str, &str); 28] = [
    ("d", "d"),
    ("day", "d"),
    ("days", "d"),
    ("gb", "GB"),
    ("h", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("hr", "h"),
    ("kb", "kB"),
    ("kib", "KiB"),
    ("KB", "kB"),
    ("m", "m"),
    ("mb", "MB"),
    ("mib", "MiB"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("ms", "ms"),
    ("s", "s"),
    ("sec", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("secs", "s"),
    ("w", "w"),
    ("week", "w"),
    ("weeks", "w"),
    ("y", "y"),
];

/// The unit that is meant.
pub(super) fn meant(unit: &str) -> Option<&'static str> {
    UNITS.iter().find(|(theirs, _)| *theirs == unit).map(|(_, ours)| *ours)
}

/// Suggests `5m` for `5min`.
pub(super) fn rewritten(literal: &str) -> Option<String> {
    let unit = literal.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &literal[..literal.len() - unit.len()];
    (!digits.is_empty()).then_some(())?;
    Some(format!("{digits}{}", meant(unit)?))
}
