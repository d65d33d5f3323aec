//! The profile type of a file that gives only a unit and a title.
//!
//! Titles are free text. If one starts with a well-known type, as a query does, that is
//! the type: `save` and `publish` write `cpu{version="2"}, 2026-11-23 …`, Pyroscope writes
//! `inuse_space`. Otherwise the unit decides.

use crate::profile::ProfileType;

/// What values are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    Nanoseconds,
    Bytes,
    /// Things of this name.
    Count(&'static str),
}

/// A type by its title, or else by its unit alone. Time without a better name becomes
/// `usual_time`.
pub(super) fn profile_type(
    title: &str,
    counted: Counted,
    usual_time: fn() -> ProfileType,
) -> ProfileType {
    titled(title, counted).unwrap_or_else(|| match counted {
        Counted::Nanoseconds => usual_time(),
        Counted::Bytes => ProfileType::new("memory", ("space", "bytes"), ("", "")),
        Counted::Count(things) => ProfileType::new(things, (things, "count"), ("", "")),
    })
}

/// CPU time.
pub(super) fn cpu() -> ProfileType {
    let cpu = ("cpu", "nanoseconds");
    ProfileType::new("process_cpu", cpu, cpu)
}

/// Wall-clock time.
pub(super) fn wall() -> ProfileType {
    let wall = ("wall", "nanoseconds");
    ProfileType::new("wall", wall, wall)
}

/// A type that a title starts with, if it has this unit.
fn titled(title: &str, counted: Counted) -> Option<ProfileType> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let end = title.find(|c| !is_part(c)).unwrap_or(title.len());
    let (family, kind) = title[..end].split_once(':').unwrap_or(("", &title[..end]));
    let is_time = counted == Counted::Nanoseconds;
    let is_count = matches!(counted, Counted::Count(_));
    let count = |family| ProfileType::new(family, (kind, "count"), ("", ""));
    match kind {
        "cpu" if is_time => Some(cpu()),
        "wall" if is_time => Some(wall()),
        "delay" if is_time && !family.is_empty() => {
            Some(ProfileType::new(family, (kind, "nanoseconds"), ("contentions", "count")))
        }
        "alloc_space" | "inuse_space" if counted == Counted::Bytes => {
            Some(ProfileType::new("memory", (kind, "bytes"), ("space", "bytes")))
        }
        "alloc_objects" | "inuse_objects" if is_count => {
            Some(ProfileType::new("memory", (kind, "count"), ("space", "bytes")))
        }
        "contentions" if is_count && !family.is_empty() => Some(count(family)),
        "goroutine" | "goroutines" | "samples" | "exceptions" if is_count => Some(count(kind)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_that_start_as_a_query_are_believed() {
        let count = Counted::Count("objects");
        for (title, counted, id) in [
            (
                r#"cpu{version="2"}, 2026"#,
                Counted::Nanoseconds,
                "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
            ),
            ("shop.js", Counted::Nanoseconds, "wall:wall:nanoseconds:wall:nanoseconds"),
            ("inuse_space", Counted::Bytes, "memory:inuse_space:bytes:space:bytes"),
            ("inuse_space", count, "objects:objects:count::"),
            ("alloc_objects[1m]", count, "memory:alloc_objects:count:space:bytes"),
            ("mutex:delay", Counted::Nanoseconds, "mutex:delay:nanoseconds:contentions:count"),
            ("heap", Counted::Bytes, "memory:space:bytes::"),
            ("", Counted::Count("samples"), "samples:samples:count::"),
        ] {
            assert_eq!(&*profile_type(title, counted, wall).id, id, "{title}");
        }
    }
}
