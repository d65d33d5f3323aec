//! The profiles of a run of files, with symbols of their own.
//!
//! Files are read on all cores. Each core fills a batch without locks, and neighbouring
//! batches are joined until one is left. Ids depend only on the order of files, not on
//! timing: a batch that another is joined to becomes what it would be after reading the
//! files of the other itself. Batches that grow from one [`BaseSymbols`] are
//! cheap to join: only the symbols that each has added are looked at. The result is
//! [`Symbols`] and snapshots, which all sources share.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::addresses::Addresses;
use super::code::source_kind;
use super::copies::{FileRead, without_copies};
use super::paths::Paths;
use super::recording::Recording;
use super::remarks::Remarks;
use super::tagging::Tagging;
use crate::profile::frame::{FrameId, FunctionId, StringId};
use crate::profile::symbols::{Interned, TagsId};
use crate::profile::{
    Frame, FrameKind, Function, Labels, ProfileType, Snapshot, StackId, Stacks, Symbols,
};

/// Paths longer than this are looked up frame by frame and not kept whole: a few thousand
/// samples of a runaway recursion would fill the memory.
const LONGEST_KNOWN_PATH: usize = 512;
use crate::work::{Cancelled, Work};

/// Profiles and their symbols, growing.
#[derive(Debug, Clone)]
pub struct Batch {
    strings: Interned<Arc<str>>,
    functions: Interned<Function>,
    frames: Interned<Frame>,
    stacks: Stacks,
    tags: Interned<Labels>,
    paths: Paths,
    pub(super) addresses: Addresses,
    /// By function, its names as the last file has them: its name may be mangled.
    written: Vec<Function>,
    known_tags: FxHashMap<Tagging, TagsId>,
    /// Demangled names, by the mangled ones.
    demangled: FxHashMap<StringId, StringId>,
    kinds: Vec<ProfileType>,
    recordings: Vec<Recording>,
    /// The files that the recordings are from.
    files: Vec<FileRead>,
    pub(super) remarks: Remarks,
    base: TableLengths,
}

/// Symbols that several batches start from; their ids are the same in all of them.
#[derive(Debug, Default)]
pub(super) struct BaseSymbols(Batch);

/// How many rows of each table belong to the base symbols.
#[derive(Debug, Clone, Copy)]
struct TableLengths {
    strings: usize,
    functions: usize,
    frames: usize,
    stacks: usize,
    tags: usize,
}

/// All profiles of a source, by type.
#[derive(Debug)]
pub struct LoadedProfiles {
    /// Sorted by id.
    pub kinds: Vec<ProfileType>,
    pub symbols: Symbols,
    /// As long as `kinds`; each sorted by labels, then by time.
    pub snapshots: Vec<Vec<Snapshot>>,
    /// What is said about the files, a line each.
    pub remarks: Arc<[String]>,
}

impl Default for Batch {
    fn default() -> Self {
        Batch {
            strings: Interned::with_zero(Arc::from("")),
            functions: Interned::with_zero(Function::default()),
            frames: Interned::with_zero(Frame::default()),
            stacks: Stacks::new(),
            tags: Interned::with_zero(Labels::default()),
            paths: Paths::default(),
            addresses: Addresses::default(),
            written: Vec::new(),
            known_tags: FxHashMap::default(),
            demangled: FxHashMap::default(),
            kinds: Vec::new(),
            recordings: Vec::new(),
            files: Vec::new(),
            remarks: Remarks::default(),
            // The first row of every table is the empty one.
            base: TableLengths { strings: 1, functions: 1, frames: 1, stacks: 1, tags: 1 },
        }
    }
}

impl BaseSymbols {
    pub(super) fn new(batch: Batch) -> BaseSymbols {
        let base = TableLengths {
            strings: batch.strings.len(),
            functions: batch.functions.len(),
            frames: batch.frames.len(),
            stacks: batch.stacks.len(),
            tags: batch.tags.len(),
        };
        let (recordings, files, remarks) = (Vec::new(), Vec::new(), Remarks::default());
        BaseSymbols(Batch { recordings, files, remarks, base, ..batch })
    }

    /// An empty batch that knows these symbols.
    pub(super) fn batch(&self) -> Batch {
        self.0.clone()
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

    /// A function by its name in the binary. The name is demangled, and the mangled one kept
    /// as the system name unless the function has one.
    pub fn function(&mut self, mut function: Function) -> FunctionId {
        let written = function;
        let name = self.demangled(function.name);
        if name != function.name && function.system_name == StringId(0) {
            function.system_name = function.name;
        }
        function.name = name;
        let id = FunctionId(self.functions.intern(function));
        if self.written.len() <= id.index() {
            self.written.resize(self.functions.len(), Function::default());
        }
        self.written[id.index()] = written;
        id
    }

    /// The kind of code of a function, by its source file.
    pub(super) fn source_kind(&self, id: FunctionId) -> FrameKind {
        source_kind(self.text(self.functions.get(id.0).file))
    }

    /// What a function was made of, with its name in the binary.
    pub(super) fn written(&self, id: FunctionId) -> Function {
        self.written.get(id.index()).copied().unwrap_or_default()
    }

    fn demangled(&mut self, name: StringId) -> StringId {
        // Only mangled names start like this; most names are plain.
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

    /// The frame with an id.
    pub(super) fn frame_of(&self, id: FrameId) -> &Frame {
        self.frames.get(id.0)
    }

    pub(super) fn tags(&mut self, tagging: &Tagging) -> TagsId {
        if let Some(known) = self.known_tags.get(tagging) {
            return *known;
        }
        let tags = TagsId(self.tags.intern(tagging.to_labels()));
        self.known_tags.insert(tagging.clone(), tags);
        tags
    }

    /// The stack of a path that is given leaf first.
    pub fn stack(&mut self, path: &[FrameId]) -> StackId {
        if path.len() > LONGEST_KNOWN_PATH {
            return self.descend(path);
        }
        self.paths.find(path).unwrap_or_else(|hash| {
            let stack = self.descend(path);
            self.paths.keep(path, hash, stack);
            stack
        })
    }

    /// The stack that has `frame` called by `parent`.
    pub fn below(&mut self, parent: StackId, frame: FrameId) -> StackId {
        self.stacks.intern(parent, frame)
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

    /// The profile types, as columns number them.
    pub(super) fn kinds(&self) -> &[ProfileType] {
        &self.kinds
    }

    pub fn push(&mut self, recording: Recording) {
        self.recordings.push(recording);
    }

    /// The recordings of a file that was read, whose remarks were pending.
    pub(super) fn push_file(&mut self, path: &str, recordings: impl Iterator<Item = Recording>) {
        self.remarks.sign(path);
        let before = self.recordings.len();
        self.recordings.extend(recordings);
        let recordings = self.recordings.len() - before;
        self.files.push(FileRead { path: path.to_owned(), recordings });
    }

    pub fn is_empty(&self) -> bool {
        self.recordings.is_empty()
    }

    /// This batch, then the other, whose ids are rewritten to this one's.
    /// Both have grown from the same base symbols.
    pub fn joined(mut self, other: Batch, work: Work<'_>) -> Result<Batch, Cancelled> {
        let TableLengths { strings: n_strings, functions: n_functions, .. } = other.base;
        let strings = rewritten(n_strings, other.strings.iter(), StringId, |s| self.string(s));
        let functions = rewritten(n_functions, other.functions.iter(), FunctionId, |function| {
            FunctionId(self.functions.intern(renamed(function, &strings)))
        });
        let frames = rewritten(other.base.frames, other.frames.iter(), FrameId, |frame| {
            let function = functions[frame.function.index()];
            self.frame(Frame { function, module: strings[frame.module.index()], ..*frame })
        });
        let tags = rewritten(other.base.tags, other.tags.iter(), TagsId, |tags| {
            TagsId(self.tags.intern(tags.clone()))
        });
        let mut stacks: Vec<_> = (0..other.stacks.len() as u32).map(StackId).collect();
        let new = other.stacks.iter().skip(other.base.stacks - 1);
        work.each(new, |(stack, parent, frame)| {
            stacks[stack.index()] =
                self.stacks.intern(stacks[parent.index()], frames[frame.index()]);
        })?;
        let kinds: Vec<_> = other.kinds.into_iter().map(|kind| self.kind(kind)).collect();
        for mut recording in other.recordings {
            recording.stacks.replace(|stack| stacks[stack.index()]);
            recording.tags.replace(|old| tags[old.index()]);
            recording.columns.iter_mut().for_each(|column| column.kind = kinds[column.kind]);
            self.recordings.push(recording);
        }
        self.files.extend(other.files);
        self.remarks.append(other.remarks);
        Ok(self)
    }

    /// What recordings refer to, and the recordings.
    pub(super) fn into_parts(self) -> (Symbols, Vec<ProfileType>, Vec<Recording>) {
        let symbols = Symbols {
            strings: Arc::new(self.strings.of_source()),
            functions: Arc::new(self.functions.of_source()),
            frames: Arc::new(self.frames.of_source()),
            stacks: Arc::new(self.stacks),
            tags: Arc::new(self.tags.of_source()),
        };
        (symbols, self.kinds, self.recordings)
    }

    /// The finished profiles.
    pub fn finish(mut self) -> LoadedProfiles {
        let mut remarks = std::mem::take(&mut self.remarks);
        let files = std::mem::take(&mut self.files);
        let (symbols, kinds, recordings) = self.into_parts();
        let recordings = without_copies(recordings, &files, (&symbols, &kinds), &mut remarks);
        let mut order: Vec<usize> = (0..kinds.len()).collect();
        order.sort_by(|a, b| kinds[*a].id.cmp(&kinds[*b].id));
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old] = new;
        }
        let mut snapshots = vec![Vec::new(); order.len()];
        for recording in recordings {
            for (kind, snapshot) in recording.into_snapshots() {
                snapshots[place[kind]].push(snapshot);
            }
        }
        for of_kind in &mut snapshots {
            of_kind.sort_by(|a: &Snapshot, b| (&a.labels, a.start).cmp(&(&b.labels, b.start)));
            share_labels(of_kind);
        }
        LoadedProfiles {
            kinds: order.into_iter().map(|old| kinds[old].clone()).collect(),
            symbols,
            snapshots,
            remarks: remarks.lines().into(),
        }
    }
}

/// Gives the profiles of a series one shared set of labels, which is fast to compare.
fn share_labels(sorted: &mut [Snapshot]) {
    for at in 1..sorted.len() {
        if sorted[at].labels == sorted[at - 1].labels {
            sorted[at].labels = sorted[at - 1].labels.clone();
        }
    }
}

/// The new id of each row of a table: the first `n_base` keep theirs, the others are looked up.
fn rewritten<'t, T: 't, Id>(
    n_base: usize,
    rows: impl Iterator<Item = &'t T>,
    id: impl Fn(u32) -> Id,
    new: impl FnMut(&'t T) -> Id,
) -> Vec<Id> {
    (0..n_base as u32).map(id).chain(rows.skip(n_base).map(new)).collect()
}

fn renamed(function: &Function, strings: &[StringId]) -> Function {
    Function {
        name: strings[function.name.index()],
        system_name: strings[function.system_name.index()],
        file: strings[function.file.index()],
        start_line: function.start_line,
    }
}

/// The demangled name of Rust, without its hash, or of C++; none for other names.
fn demangle(name: &str) -> Option<String> {
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        return Some(format!("{rust:#}"));
    }
    // Apple's linkers add an underscore.
    let name = name.strip_prefix('_').filter(|name| name.starts_with("_Z")).unwrap_or(name);
    cpp_demangle::Symbol::new(name).ok()?.demangle().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::{Span, Timestamp};
    use crate::source::recording::Column;
    use crate::work::{Cancel, Unwatched};

    fn frame(batch: &mut Batch, name: &str) -> FrameId {
        let name = batch.string(name);
        let function = batch.function(Function { name, ..Function::default() });
        batch.frame(Frame { function, ..Frame::default() })
    }

    /// A recording of these values whose stacks are all empty.
    fn recording(batch: &mut Batch, values: &[i64]) -> Recording {
        let kind = batch.kind(ProfileType::new("wall", ("time", "nanoseconds"), ("", "")));
        Recording {
            labels: Labels::default(),
            start: Timestamp(0),
            is_undated: false,
            duration: Span(0),
            period: 0,
            stacks: vec![StackId::EMPTY; values.len()].into(),
            tags: vec![TagsId(0); values.len()].into(),
            columns: vec![Column { kind, values: values.to_vec().into() }],
        }
    }

    /// A batch with one recording whose samples are paths of names, root first.
    fn batch(paths: &[(&[&str], i64)]) -> Batch {
        let mut batch = Batch::default();
        let mut stacks = Vec::new();
        for (path, _) in paths {
            let path: Vec<_> = path.iter().rev().map(|name| frame(&mut batch, name)).collect();
            stacks.push(batch.stack(&path));
        }
        let values: Vec<_> = paths.iter().map(|(_, value)| *value).collect();
        let recording = Recording { stacks: stacks.into(), ..recording(&mut batch, &values) };
        batch.push(recording);
        batch
    }

    #[test]
    fn joined_batches_share_what_they_have_in_common() {
        let left = batch(&[(&["main", "parse"], 1), (&["main"], 2)]);
        let right = batch(&[(&["start"], 3), (&["main", "parse"], 4)]);
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let profiles = left.joined(right, work).expect("nobody cancels").finish();
        let symbols = &profiles.symbols;
        assert_eq!(symbols.stacks.len(), 4, "empty, main, main/parse, start");
        let samples: Vec<_> = profiles.snapshots[0]
            .iter()
            .flat_map(|snapshot| snapshot.samples().iter())
            .map(|(stack, _, value)| {
                let names = symbols.stacks.path(stack).map(|f| symbols.frame_name(f).to_string());
                (names.collect::<Vec<_>>().join("<"), value)
            })
            .collect();
        let expected = [("parse<main", 1), ("main", 2), ("start", 3), ("parse<main", 4)];
        assert_eq!(samples, expected.map(|(path, value)| (path.to_owned(), value)));
    }

    #[test]
    fn base_symbols_keep_their_ids() {
        let base = BaseSymbols::new(batch(&[(&["main", "parse"], 1)]));
        let grown = |path: &[&str]| {
            let mut batch = base.batch();
            let path: Vec<_> = path.iter().rev().map(|name| frame(&mut batch, name)).collect();
            let stack = batch.stack(&path);
            let recording = Recording { stacks: vec![stack].into(), ..recording(&mut batch, &[1]) };
            batch.push(recording);
            batch
        };
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let joined = grown(&["main", "left"]).joined(grown(&["main", "parse", "right"]), work);
        let profiles = joined.expect("nobody cancels").finish();
        let symbols = &profiles.symbols;
        assert_eq!(symbols.stacks.len(), 5, "empty, main, main/parse, and one of each");
        let leaves = profiles.snapshots[0].iter().map(|snapshot| snapshot.samples().stacks[0]);
        let names: Vec<_> =
            leaves.map(|leaf| &**symbols.frame_name(symbols.stacks.frame(leaf))).collect();
        assert_eq!(names, ["left", "right"], "base symbols have no recordings");
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
