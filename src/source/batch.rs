//! The profiles of a run of files, with symbols of their own.
//!
//! Files are read on all cores; each core fills a batch, without locks, and
//! neighbouring batches are joined until one is left. Ids depend on the order of
//! files alone, never on who was faster. What every source shares ends as
//! [`Symbols`] and snapshots; a batch is only how it gets there.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::profile::frame::{FrameId, FunctionId, StringId};
use crate::profile::symbols::{Interned, TagsId};
use crate::profile::{
    Frame, Function, Labels, ProfileType, Samples, Snapshot, StackId, Stacks, Symbols,
};
use crate::quantity::{Span, Timestamp};

/// Paths longer than this are not kept whole: a few thousand samples of a runaway
/// recursion would fill the memory. They are looked up frame by frame.
const LONGEST_KNOWN_PATH: usize = 512;

/// Profiles and their symbols, growing.
#[derive(Debug)]
pub struct Batch {
    strings: Interned<Arc<str>>,
    functions: Interned<Function>,
    frames: Interned<Frame>,
    stacks: Stacks,
    tags: Interned<Labels>,
    /// Whole paths, leaf first: one look-up per sample instead of one per frame.
    paths: FxHashMap<Box<[FrameId]>, StackId>,
    /// Mangled names and what they mean.
    demangled: FxHashMap<StringId, StringId>,
    kinds: Vec<ProfileType>,
    recordings: Vec<Recording>,
}

/// One file: the columns that its types share, and those that they do not.
#[derive(Debug)]
pub struct Recording {
    pub labels: Labels,
    pub start: Timestamp,
    pub duration: Span,
    /// As long as every other column.
    pub stacks: Arc<[StackId]>,
    pub tags: Arc<[TagsId]>,
    pub columns: Vec<Column>,
}

/// The values of one type.
#[derive(Debug)]
pub struct Column {
    /// As [`Batch::kind`] numbers it.
    pub kind: usize,
    pub values: Arc<[i64]>,
}

/// All profiles of a source, by type.
#[derive(Debug)]
pub struct Profiles {
    /// Sorted by id.
    pub kinds: Vec<ProfileType>,
    pub symbols: Symbols,
    /// As long as `kinds`; each sorted by labels, then by time.
    pub snapshots: Vec<Vec<Snapshot>>,
}

impl Default for Batch {
    fn default() -> Self {
        Batch {
            strings: Interned::with_zero(Arc::from("")),
            functions: Interned::with_zero(Function::default()),
            frames: Interned::with_zero(Frame::default()),
            stacks: Stacks::new(),
            tags: Interned::with_zero(Labels::default()),
            paths: FxHashMap::default(),
            demangled: FxHashMap::default(),
            kinds: Vec::new(),
            recordings: Vec::new(),
        }
    }
}

impl Batch {
    pub fn string(&mut self, text: &str) -> StringId {
        let known = self.strings.find(text);
        StringId(known.unwrap_or_else(|| self.strings.intern(Arc::from(text))))
    }

    pub fn text(&self, id: StringId) -> &str {
        self.strings.get(id.0)
    }

    /// A function by its name in the binary: it is shown demangled, and keeps the mangled
    /// one as its system name, unless it has another.
    pub fn function(&mut self, mut function: Function) -> FunctionId {
        let name = self.demangled(function.name);
        if name != function.name && function.system_name == StringId(0) {
            function.system_name = function.name;
        }
        function.name = name;
        FunctionId(self.functions.intern(function))
    }

    fn demangled(&mut self, name: StringId) -> StringId {
        // Nothing else starts like this, and most names are Go's.
        let text = self.text(name);
        if !text.starts_with("_Z") && !text.starts_with("_R") && !text.starts_with("__Z") {
            return name;
        }
        if let Some(known) = self.demangled.get(&name) {
            return *known;
        }
        let plain = demangle(text).map_or(name, |plain| self.string(&plain));
        self.demangled.insert(name, plain);
        plain
    }

    pub fn frame(&mut self, frame: Frame) -> FrameId {
        FrameId(self.frames.intern(frame))
    }

    pub fn tags(&mut self, tags: Labels) -> TagsId {
        TagsId(self.tags.intern(tags))
    }

    /// The stack of a path that is given leaf first.
    pub fn stack(&mut self, path: &[FrameId]) -> StackId {
        if path.len() > LONGEST_KNOWN_PATH {
            return self.descend(path);
        }
        if let Some(known) = self.paths.get(path) {
            return *known;
        }
        let stack = self.descend(path);
        self.paths.insert(path.into(), stack);
        stack
    }

    fn descend(&mut self, path: &[FrameId]) -> StackId {
        path.iter().rev().fold(StackId::EMPTY, |stack, frame| self.stacks.intern(stack, *frame))
    }

    /// The number of a profile type, which columns refer to.
    pub fn kind(&mut self, kind: ProfileType) -> usize {
        self.kinds.iter().position(|known| known.id == kind.id).unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        })
    }

    pub fn push(&mut self, recording: Recording) {
        self.recordings.push(recording);
    }

    pub fn is_empty(&self) -> bool {
        self.recordings.is_empty()
    }

    /// This batch, then the other: the other's ids are rewritten to this one's.
    #[must_use]
    pub fn joined(mut self, other: Batch) -> Batch {
        let strings: Vec<_> = other.strings.iter().map(|text| self.string(text)).collect();
        let functions: Vec<_> = other
            .functions
            .iter()
            .map(|function| FunctionId(self.functions.intern(renamed(function, &strings))))
            .collect();
        let frame = |frame: &Frame| Frame {
            function: functions[frame.function.index()],
            module: strings[frame.module.index()],
            ..*frame
        };
        let frames: Vec<_> = other.frames.iter().map(|f| self.frame(frame(f))).collect();
        let mut stacks = vec![StackId::EMPTY; other.stacks.len()];
        for (stack, parent, frame) in other.stacks.iter() {
            stacks[stack.index()] =
                self.stacks.intern(stacks[parent.index()], frames[frame.index()]);
        }
        let tags: Vec<_> = other.tags.iter().map(|tags| self.tags(tags.clone())).collect();
        let kinds: Vec<_> = other.kinds.into_iter().map(|kind| self.kind(kind)).collect();
        for mut recording in other.recordings {
            rewrite(&mut recording.stacks, |stack| stacks[stack.index()]);
            rewrite(&mut recording.tags, |old| tags[old.index()]);
            recording.columns.iter_mut().for_each(|column| column.kind = kinds[column.kind]);
            self.recordings.push(recording);
        }
        self
    }

    /// The end of growing.
    pub fn finish(self) -> Profiles {
        let mut order: Vec<usize> = (0..self.kinds.len()).collect();
        order.sort_by(|a, b| self.kinds[*a].id.cmp(&self.kinds[*b].id));
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old] = new;
        }
        let mut snapshots = vec![Vec::new(); order.len()];
        for recording in self.recordings {
            for (kind, snapshot) in recording.into_snapshots() {
                snapshots[place[kind]].push(snapshot);
            }
        }
        for of_kind in &mut snapshots {
            of_kind.sort_by(|a: &Snapshot, b| (&a.labels, a.start).cmp(&(&b.labels, b.start)));
        }
        Profiles {
            kinds: order.into_iter().map(|old| self.kinds[old].clone()).collect(),
            symbols: Symbols {
                strings: Arc::new(self.strings),
                functions: Arc::new(self.functions),
                frames: Arc::new(self.frames),
                stacks: Arc::new(self.stacks),
                tags: Arc::new(self.tags),
            },
            snapshots,
        }
    }
}

impl Recording {
    /// One snapshot per type, with its number; they share what is not a value.
    fn into_snapshots(self) -> impl Iterator<Item = (usize, Snapshot)> {
        let (stacks, tags) = (self.stacks, self.tags);
        let (labels, start, duration) = (self.labels, self.start, self.duration);
        self.columns.into_iter().map(move |Column { kind, values }| {
            let samples = Samples { stacks: stacks.clone(), tags: tags.clone(), values };
            (kind, Snapshot { labels: labels.clone(), start, duration, samples })
        })
    }
}

/// In place: nobody else has a batch's columns yet.
fn rewrite<T: Copy>(column: &mut Arc<[T]>, new: impl Fn(T) -> T) {
    match Arc::get_mut(column) {
        Some(column) => column.iter_mut().for_each(|id| *id = new(*id)),
        None => *column = column.iter().map(|id| new(*id)).collect(),
    }
}

fn renamed(function: &Function, strings: &[StringId]) -> Function {
    Function {
        name: strings[function.name.index()],
        system_name: strings[function.system_name.index()],
        file: strings[function.file.index()],
        start_line: function.start_line,
    }
}

/// A name of Rust without its hash, or one of C++; none if it is neither.
fn demangle(name: &str) -> Option<String> {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return Some(format!("{rust:#}"));
    }
    // Apple's linkers put one more underscore before it.
    let name = name.strip_prefix('_').filter(|name| name.starts_with("_Z")).unwrap_or(name);
    cpp_demangle::Symbol::new(name).ok()?.demangle().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A batch with one recording whose samples are paths of names, root first.
    fn batch(paths: &[(&[&str], i64)]) -> Batch {
        let mut batch = Batch::default();
        let kind = batch.kind(ProfileType::new("wall", ("time", "nanoseconds"), ("", "")));
        let mut stack = |path: &[&str]| {
            let frame = |name: &&str| {
                let name = batch.string(name);
                let function = batch.function(Function { name, ..Function::default() });
                batch.frame(Frame { function, ..Frame::default() })
            };
            let path: Vec<_> = path.iter().rev().map(frame).collect();
            batch.stack(&path)
        };
        let stacks: Vec<_> = paths.iter().map(|(path, _)| stack(path)).collect();
        batch.push(Recording {
            labels: Labels::default(),
            start: Timestamp(0),
            duration: Span(0),
            tags: vec![TagsId(0); stacks.len()].into(),
            stacks: stacks.into(),
            columns: vec![Column { kind, values: paths.iter().map(|(_, value)| *value).collect() }],
        });
        batch
    }

    #[test]
    fn joined_batches_share_what_they_have_in_common() {
        let left = batch(&[(&["main", "parse"], 1), (&["main"], 2)]);
        let right = batch(&[(&["start"], 3), (&["main", "parse"], 4)]);
        let profiles = left.joined(right).finish();
        let symbols = &profiles.symbols;
        assert_eq!(symbols.stacks.len(), 4, "empty, main, main/parse, start");
        let samples: Vec<_> = profiles.snapshots[0]
            .iter()
            .flat_map(|snapshot| snapshot.samples.iter())
            .map(|(stack, _, value)| {
                let names = symbols.stacks.path(stack).map(|f| symbols.frame_name(f).to_string());
                (names.collect::<Vec<_>>().join("<"), value)
            })
            .collect();
        let expected = [("parse<main", 1), ("main", 2), ("start", 3), ("parse<main", 4)];
        assert_eq!(samples, expected.map(|(path, value)| (path.to_owned(), value)));
    }

    #[test]
    fn mangled_names_are_shown_plain_and_kept() {
        let mut batch = Batch::default();
        for (mangled, plain) in [
            ("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt"),
            (
                "_ZNSt6vectorIiSaIiEE9push_backERKi",
                "std::vector<int, std::allocator<int> >::push_back(int const&)",
            ),
            ("_Zweird", "_Zweird"),
            ("main.main", "main.main"),
        ] {
            let name = batch.string(mangled);
            let function = batch.function(Function { name, ..Function::default() });
            let function = *batch.functions.get(function.0);
            assert_eq!(batch.text(function.name), plain);
            let kept = if mangled == plain { "" } else { mangled };
            assert_eq!(batch.text(function.system_name), kept);
        }
    }
}
