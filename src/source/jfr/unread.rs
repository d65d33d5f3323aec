//! The events of a recording that are not read, to name them with their number.
//!
//! A JVM writes two hundred kinds of events. Those with a stack trace could be a profile, so
//! that a reader must know they are missing; the others are only counted.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::metadata::Classes;

/// Events that describe others.
const DESCRIPTIONS: [&str; 3] = ["jdk.Metadata", "jdk.CheckPoint", "jdk.ActiveSetting"];

/// How many kinds are named.
const NAMED: usize = 5;

/// Numbers of events by class.
#[derive(Debug, Default)]
pub(super) struct Unread {
    with_stacks: BTreeMap<String, u64>,
    without: BTreeMap<String, u64>,
}

impl Unread {
    /// Adds the events of a chunk, by the numbers of their classes.
    pub(super) fn add(&mut self, of_chunk: &FxHashMap<i64, u64>, classes: &Classes) {
        for (class, count) in of_chunk {
            // Metadata, constants and settings are read, and have no rule.
            let Some(name) = classes.name(*class).filter(|name| !DESCRIPTIONS.contains(name))
            else {
                continue;
            };
            let kinds = match classes.has_field(*class, "stackTrace") {
                true => &mut self.with_stacks,
                false => &mut self.without,
            };
            *kinds.entry(name.to_owned()).or_default() += count;
        }
    }

    /// `not read: 12 jdk.SocketRead, 3 jdk.FileRead`; none if all stacks are read.
    pub(super) fn remark(&self) -> Option<String> {
        if self.with_stacks.is_empty() {
            return None;
        }
        let mut kinds: Vec<_> = self.with_stacks.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let named = kinds.iter().take(NAMED).map(|(name, count)| format!("{count} {name}"));
        let mut parts: Vec<String> = named.collect();
        if kinds.len() > NAMED {
            let more: u64 = kinds[NAMED..].iter().map(|(_, count)| **count).sum();
            parts.push(format!("{more} of {} other kinds", kinds.len() - NAMED));
        }
        if !self.without.is_empty() {
            let count: u64 = self.without.values().sum();
            parts.push(format!("{count} events without stacks"));
        }
        Some(format!("not read: {}", parts.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(with_stacks: &[(&str, u64)], without: &[(&str, u64)]) -> Option<String> {
        let counts = |kinds: &[(&str, u64)]| {
            kinds.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
        };
        Unread { with_stacks: counts(with_stacks), without: counts(without) }.remark()
    }

    #[test]
    fn kinds_with_stacks_are_named_and_the_others_counted() {
        assert_eq!(unread(&[], &[("jdk.CPULoad", 9)]), None);
        assert_eq!(
            unread(&[("jdk.FileRead", 3), ("jdk.SocketRead", 12)], &[("jdk.CPULoad", 9)])
                .as_deref(),
            Some("not read: 12 jdk.SocketRead, 3 jdk.FileRead, 9 events without stacks")
        );
        let many = [("a", 7), ("b", 6), ("c", 5), ("d", 4), ("e", 3), ("f", 2), ("g", 1)];
        assert_eq!(
            unread(&many, &[]).as_deref(),
            Some("not read: 7 a, 6 b, 5 c, 4 d, 3 e, 3 of 2 other kinds")
        );
    }
}
