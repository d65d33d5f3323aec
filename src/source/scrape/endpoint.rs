//! The profiles that Go's `net/http/pprof` serves, by name.

/// A profile of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    Cpu,
    Heap,
    Allocs,
    Goroutine,
    Mutex,
    Block,
}

impl Endpoint {
    pub const ALL: [Endpoint; 6] = [
        Endpoint::Cpu,
        Endpoint::Heap,
        Endpoint::Allocs,
        Endpoint::Goroutine,
        Endpoint::Mutex,
        Endpoint::Block,
    ];

    /// As `--profiles` has it.
    pub fn name(self) -> &'static str {
        match self {
            Endpoint::Cpu => "cpu",
            Endpoint::Heap => "heap",
            Endpoint::Allocs => "allocs",
            Endpoint::Goroutine => "goroutine",
            Endpoint::Mutex => "mutex",
            Endpoint::Block => "block",
        }
    }

    /// The last part of its address.
    pub(super) fn path(self) -> &'static str {
        match self {
            Endpoint::Cpu => "profile",
            other => other.name(),
        }
    }

    /// By its name, or by the last part of its address.
    pub(super) fn named(name: &str) -> Option<Endpoint> {
        Endpoint::ALL.into_iter().find(|known| known.name() == name || known.path() == name)
    }

    /// The names after `--profiles`, such as `cpu,heap`, each once; else the one that is not
    /// known.
    pub fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Vec<Endpoint>, &'n str> {
        let names = names.into_iter().map(str::trim);
        let mut found: Vec<_> =
            names.map(|name| Endpoint::named(name).ok_or(name)).collect::<Result<_, _>>()?;
        found.sort();
        found.dedup();
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_listed_by_name() {
        assert_eq!(
            Endpoint::list("mutex, cpu,profile".split(',')),
            Ok(vec![Endpoint::Cpu, Endpoint::Mutex])
        );
        assert_eq!(Endpoint::list(["cpu", "heep"]), Err("heep"));
    }
}
