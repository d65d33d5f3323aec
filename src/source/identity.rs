//! Tells whether two recordings are the same, by a hash of their content.
//!
//! The hash covers labels, time, types, and each sample's stack, labels and values. The order
//! of samples, the file format, compression and path do not matter. `import` adds only
//! recordings that the store does not have yet, and files that are opened together count
//! each once. Hashes are stored, so the hash function is written out here: those of
//! libraries change.

use crate::profile::frame::{FrameKind, StringId};
use crate::profile::{LabelNumber, LabelValue, Labels, ProfileType, Symbols};
use crate::source::recording::Recording;

/// Hashes of symbols, computed once for many recordings.
pub(super) struct Identities {
    stacks: Vec<u64>,
    tags: Vec<u64>,
    kinds: Vec<u64>,
}

impl Identities {
    pub(super) fn new(symbols: &Symbols, kinds: &[ProfileType]) -> Identities {
        let strings: Vec<u64> = symbols.strings.iter().map(|string| of_text(string)).collect();
        let string = |id: StringId| strings[id.index()];
        let functions: Vec<u64> = symbols
            .functions
            .iter()
            .map(|f| {
                let names = [string(f.name), string(f.system_name), string(f.file)];
                names.into_iter().chain([u64::from(f.start_line)]).fold(1, mixed)
            })
            .collect();
        let frames: Vec<u64> = symbols
            .frames
            .iter()
            .map(|f| {
                let flags = u64::from(f.inlined) << 8 | kind_number(f.kind);
                let parts = [u64::from(f.line), string(f.module), f.address, flags];
                parts.into_iter().fold(functions[f.function.index()], mixed)
            })
            .collect();
        let mut stacks = vec![2; symbols.stacks.len()];
        for (stack, parent, frame) in symbols.stacks.iter() {
            stacks[stack.index()] = mixed(stacks[parent.index()], frames[frame.index()]);
        }
        let tags = symbols.tags.iter().map(of_labels).collect();
        let kinds = kinds.iter().map(|kind| of_text(&kind.id)).collect();
        Identities { stacks, tags, kinds }
    }

    pub(super) fn of(&self, recording: &Recording) -> u64 {
        let mut samples = vec![3u64; recording.stacks.len()];
        for column in &recording.columns {
            let kind = self.kinds[column.kind];
            for (sample, value) in samples.iter_mut().zip(column.values.iter()) {
                *sample = mixed(*sample, kind ^ *value as u64);
            }
        }
        let stacks = recording.stacks.iter().zip(recording.tags.iter());
        let unordered =
            samples.into_iter().zip(stacks).fold(0u64, |sum, (values, (stack, tags))| {
                let place = mixed(self.stacks[stack.index()], self.tags[tags.index()]);
                sum.wrapping_add(mixed(place, values))
            });
        let kinds = recording.columns.iter().map(|column| self.kinds[column.kind]);
        let stamps = [recording.start.0 as u64, recording.duration.0 as u64, unordered];
        stamps.into_iter().chain(kinds).fold(of_labels(&recording.labels), mixed)
    }
}

/// Not the discriminant: the order of variants may change.
pub(super) fn kind_number(kind: FrameKind) -> u64 {
    match kind {
        FrameKind::Native => 0,
        FrameKind::Kernel => 1,
        FrameKind::Interpreted => 2,
        FrameKind::Jit => 3,
    }
}

fn of_labels(labels: &Labels) -> u64 {
    labels
        .iter()
        .fold(4, |so_far, (name, value)| mixed(mixed(so_far, of_text(name)), of_value(name, value)))
}

/// A number counts as it was once written: `512bytes`, and `512` where the name is the unit.
fn of_value(name: &str, value: &LabelValue) -> u64 {
    match value.as_number().map(LabelNumber::spelled) {
        Some((number, unit)) if unit == name || unit == "count" => of_text(&number.to_string()),
        Some((number, unit)) => of_text(&format!("{number}{unit}")),
        None => of_text(value),
    }
}

/// Eight bytes at a time, after the length, so that padding differs from text.
fn of_text(text: &str) -> u64 {
    let mut words = text.as_bytes().chunks(8);
    words.by_ref().fold(text.len() as u64, |so_far, word| {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        mixed(so_far, u64::from_le_bytes(bytes))
    })
}

/// Two numbers into one, depending on their order: the finalizer of SplitMix64 (Steele, Lea,
/// Flood: Fast Splittable Pseudorandom Number Generators, 2014) over their sum.
fn mixed(so_far: u64, next: u64) -> u64 {
    let mut z = so_far.rotate_left(29).wrapping_add(next).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::StackId;
    use crate::profile::symbols::TagsId;
    use crate::quantity::{Span, Timestamp};
    use crate::source::recording::Column;
    use std::sync::Arc;

    /// The number of a recording of one type whose samples are paths of names, root first.
    fn identity(type_name: &str, start: i64, pod: &str, samples: &[(&[&str], i64)]) -> u64 {
        let mut symbols = Symbols::new();
        let stacks: Vec<StackId> = samples
            .iter()
            .map(|(path, _)| {
                path.iter().fold(StackId::EMPTY, |stack, name| {
                    let frame = symbols.intern_named_frame(name);
                    Arc::make_mut(&mut symbols.stacks).intern(stack, frame)
                })
            })
            .collect();
        let kinds = [ProfileType::new("test", (type_name, "nanoseconds"), ("", ""))];
        let values: Vec<i64> = samples.iter().map(|(_, value)| *value).collect();
        Identities::new(&symbols, &kinds).of(&Recording {
            labels: [("pod", pod)].into_iter().collect(),
            start: Timestamp(start),
            duration: Span(5),
            period: 0,
            is_undated: false,
            tags: vec![TagsId(0); stacks.len()].into(),
            stacks: stacks.into(),
            columns: vec![Column { kind: 0, values: values.into() }],
        })
    }

    #[test]
    fn what_was_recorded_counts_and_not_how_it_was_written_down() {
        let one: &[(&[&str], i64)] = &[(&["main", "a"], 1), (&["main", "b"], 2)];
        // Other order, so other numbers of strings, frames and stacks.
        let other: &[(&[&str], i64)] = &[(&["main", "b"], 2), (&["main", "a"], 1)];
        let number = identity("cpu", 7, "x", one);
        assert_eq!(number, identity("cpu", 7, "x", other));
        let swapped: &[(&[&str], i64)] = &[(&["main", "a"], 2), (&["main", "b"], 1)];
        let nested: &[(&[&str], i64)] = &[(&["a", "main"], 1), (&["main", "b"], 2)];
        let differing = [
            identity("wall", 7, "x", one),
            identity("cpu", 8, "x", one),
            identity("cpu", 7, "y", one),
            identity("cpu", 7, "x", swapped),
            identity("cpu", 7, "x", nested),
            identity("cpu", 7, "x", &one[..1]),
            identity("cpu", 7, "x", &[]),
        ];
        assert!(differing.iter().all(|other| *other != number), "{number} in {differing:?}");
    }
}
