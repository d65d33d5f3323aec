//! Which profile types the columns of a file are.
//!
//! A file says `cpu/nanoseconds`; an id also needs a family, and the model is
//! Pyroscope's, so that a query means the same over files and over a server:
//! `process_cpu:cpu:nanoseconds:cpu:nanoseconds`, `memory:inuse_space:bytes:space:bytes`.

use crate::profile::ProfileType;
use crate::quantity::{Dimension, spelled};

/// The family of a file's types.
///
/// A mutex profile and a block profile of Go have the same fields. The file's name or a
/// comment may tell which it is; otherwise the family is `contentions`, which both count.
pub(in crate::source) fn family<'a>(
    sample_types: &[&'a str],
    period_type: &'a str,
    name: &str,
    comments: &[&str],
) -> &'a str {
    let counts = |kind: &str| sample_types.contains(&kind);
    if sample_types.iter().any(|kind| kind.starts_with("alloc_") || kind.starts_with("inuse_")) {
        return "memory";
    }
    if period_type == "cpu" || counts("cpu") {
        return "process_cpu";
    }
    if period_type == "contentions" || counts("contentions") {
        let told = |family: &&str| says(name, family) || comments.iter().any(|c| says(c, family));
        return ["mutex", "block"].into_iter().find(told).unwrap_or("contentions");
    }
    match period_type {
        // Written by newer and older versions of fgprof.
        "wallclock" | "wall" => "wall",
        "" if counts("time") => "wall",
        "" => sample_types.first().copied().unwrap_or_default(),
        other => other,
    }
}

/// Whether a text has a word: `mutex-17.pb.gz` says "mutex".
fn says(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphabetic()).any(|w| w.eq_ignore_ascii_case(word))
}

/// A type of the family, and the factor from the values of the file to ours. A column
/// without a name is called `value`, so that a query can name it.
///
/// Time is in nanoseconds and memory in bytes, in any unit that the file has: values of one
/// type can be compared and added up.
pub(in crate::source) fn profile_type(
    family: &str,
    (kind, unit): (&str, &str),
    (period, period_unit): (&str, &str),
) -> (ProfileType, i64) {
    let named =
        |name: &str| if name.is_empty() { "value".to_owned() } else { name.replace(':', "_") };
    let ((unit, factor), (period_unit, _)) = (base_unit(unit), base_unit(period_unit));
    let kind = ProfileType::new(&named(family), (&named(kind), unit), (period, period_unit));
    (kind, factor)
}

/// The unit that values are kept in, and the factor to it.
pub(super) fn base_unit(unit: &str) -> (&str, i64) {
    match spelled(unit) {
        Some((Dimension::Time, factor)) => ("nanoseconds", factor),
        Some((Dimension::Memory, factor)) => ("bytes", factor),
        None => (unit, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_those_of_pyroscope() {
        for (sample_types, period, name, expected) in [
            (&["samples", "cpu"][..], "cpu", "cpu.pb.gz", "process_cpu"),
            (&["samples"], "cpu", "", "process_cpu"),
            (&["inuse_objects", "inuse_space"], "space", "", "memory"),
            (&["goroutine"], "goroutine", "", "goroutine"),
            (&["threadcreate"], "threadcreate", "", "threadcreate"),
            (&["contentions", "delay"], "contentions", "mutex-17.pb.gz", "mutex"),
            (&["contentions", "delay"], "contentions", "pprof.block.pb", "block"),
            (&["contentions", "delay"], "contentions", "blocked.pb", "contentions"),
            (&["samples", "time"], "wallclock", "", "wall"),
            (&["samples", "time"], "", "", "wall"),
            (&["fds"], "", "", "fds"),
        ] {
            assert_eq!(
                family(sample_types, period, name, &[]),
                expected,
                "{sample_types:?} {name}"
            );
        }
        assert_eq!(family(&["delay"], "contentions", "", &["a Mutex profile"]), "mutex");
    }
}
