//! Profile types, and how their values merge over time.

use std::fmt;
use std::sync::Arc;

use crate::quantity::Unit;

/// How values of one type merge over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Temporality {
    /// Events in a time span: added up.
    Delta,
    /// A level at one time: averaged over snapshots, never added over time.
    Gauge,
    /// Events since some start: only the growth is added up.
    Cumulative,
}

impl Temporality {
    /// Guessed from the name of a sample type, for sources without this metadata.
    pub fn from_name(name: &str) -> Temporality {
        if name.starts_with("inuse_") || matches!(name, "goroutine" | "goroutines" | "threads") {
            Temporality::Gauge
        } else {
            Temporality::Delta
        }
    }
}

/// One column of a profile: what was measured, in which unit.
///
/// The id has five parts, as Pyroscope and Parca write it:
/// `family:sample_type:sample_unit:period_type:period_unit`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProfileType {
    /// `process_cpu:cpu:nanoseconds:cpu:nanoseconds`
    pub id: Arc<str>,
    /// The short name a query uses: the sample type, `cpu`, as a word of the language:
    /// `cpu_time` for `cpu-time`. May be shared by several ids.
    pub alias: Arc<str>,
    pub unit: Unit,
    pub temporality: Temporality,
}

impl ProfileType {
    /// From the parts of the id; `sample` is (type, unit), and so is `period`, which may
    /// be empty.
    pub fn new(family: &str, sample: (&str, &str), period: (&str, &str)) -> ProfileType {
        ProfileType {
            id: format!("{family}:{}:{}:{}:{}", sample.0, sample.1, period.0, period.1).into(),
            alias: identifier(sample.0).into(),
            unit: Unit::from_pprof(sample.0, sample.1),
            temporality: Temporality::from_name(sample.0),
        }
    }

    /// From the id, if it has five parts.
    pub fn from_id(id: &str) -> Option<ProfileType> {
        let parts: Vec<&str> = id.split(':').collect();
        let [family, sample, sample_unit, period, period_unit] = parts[..] else { return None };
        Some(ProfileType::new(family, (sample, sample_unit), (period, period_unit)))
    }

    /// Whether a name in a query means this type: its alias, its name as recorded, its id,
    /// or `family:alias`.
    pub fn is_called(&self, name: &str) -> bool {
        name == &*self.alias
            || name == self.sample_type()
            || name == &*self.id
            || name.split_once(':').is_some_and(|(family, alias)| {
                (family == self.family() || family == identifier(self.family()))
                    && (alias == &*self.alias || alias == self.sample_type())
            })
    }

    /// Whether Go's runtime counts this type from the start of the process, in snapshots
    /// without a duration. Other profilers write deltas under the same names, so the
    /// values decide.
    pub fn counts_from_start(&self) -> bool {
        matches!(&*self.alias, "alloc_objects" | "alloc_space" | "contentions" | "delay")
    }

    /// Whether every one is counted, and none is a sample of several: goroutines, threads.
    pub fn is_census(&self) -> bool {
        matches!(&*self.alias, "goroutine" | "goroutines" | "thread" | "threads" | "threadcreate")
    }

    /// Whether a sample is worth one period, because both have one unit.
    pub fn has_period(&self) -> bool {
        let mut units = self.id.split(':').skip(2).step_by(2);
        units.next().is_some_and(|unit| !unit.is_empty() && units.next() == Some(unit))
    }

    /// Whether its name leaves open if it is what is in use, or what was allocated: heap
    /// profiles of gperftools, speedscope and others count `space` and `objects`.
    pub fn may_be_in_use(&self) -> bool {
        self.temporality == Temporality::Delta
            && matches!(&*self.alias, "space" | "objects" | "heap" | "live_space" | "live_objects")
    }

    /// The short name with the family in front: `mutex:delay`.
    pub fn qualified(&self) -> String {
        format!("{}:{}", identifier(self.family()), self.alias)
    }

    /// The sample type as it was recorded: the second part of the id.
    pub fn sample_type(&self) -> &str {
        self.id.split(':').nth(1).unwrap_or_default()
    }

    /// The first part of the id.
    pub fn family(&self) -> &str {
        self.id.split(':').next().unwrap_or_default()
    }
}

/// A name as one word of the language, which has no hyphens and blanks in a name.
fn identifier(name: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word: String = name.chars().map(|c| if is_word(c) { c } else { '_' }).collect();
    if word.starts_with(|c: char| c.is_numeric()) { format!("_{word}") } else { word }
}

impl fmt::Display for ProfileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.alias)
    }
}

/// The name of each type in a query: its alias, with the family in front if several types
/// share it: `cpu`, `mutex:delay`, `block:delay`.
pub fn short_names(types: &[ProfileType]) -> Vec<String> {
    let name =
        |kind: &ProfileType| match types.iter().filter(|other| other.alias == kind.alias).count() {
            1 => kind.alias.to_string(),
            _ => kind.qualified(),
        };
    types.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_answers_to_three_names() {
        let cpu = ProfileType::new("process_cpu", ("cpu", "nanoseconds"), ("cpu", "nanoseconds"));
        assert!(cpu.is_called("cpu"));
        assert!(cpu.is_called("process_cpu:cpu"));
        assert!(cpu.is_called("process_cpu:cpu:nanoseconds:cpu:nanoseconds"));
        assert!(!cpu.is_called("process_cpu"));
        assert!(!cpu.is_called("process_cpu:cpu:nanoseconds"));
        let time = ProfileType::new("process_cpu", ("cpu-time", "nanoseconds"), ("", ""));
        assert!(time.is_called("cpu_time") && time.is_called("cpu-time"));
        assert!(!time.is_called("cpu"));
    }

    #[test]
    fn a_name_that_is_no_word_has_a_short_name_that_is_one() {
        let kind = ProfileType::new("wall-time", ("cpu-time", "nanoseconds"), ("", ""));
        assert_eq!(&*kind.alias, "cpu_time");
        assert!(kind.id.starts_with("wall-time:cpu-time:"));
        for name in ["cpu_time", "wall_time:cpu_time", "wall-time:cpu-time"] {
            assert!(kind.is_called(name), "{name}");
        }
        let kind = ProfileType::new("", ("9 lives", "count"), ("", ""));
        assert_eq!(&*kind.alias, "_9_lives");
    }

    #[test]
    fn memory_in_use_is_a_gauge_and_allocation_is_not() {
        assert_eq!(Temporality::from_name("inuse_space"), Temporality::Gauge);
        assert_eq!(Temporality::from_name("goroutine"), Temporality::Gauge);
        assert_eq!(Temporality::from_name("alloc_space"), Temporality::Delta);
        let of = |name| ProfileType::new("memory", (name, "bytes"), ("", ""));
        assert!(of("space").may_be_in_use());
        assert!(!of("alloc_space").may_be_in_use() && !of("inuse_space").may_be_in_use());
    }
}
