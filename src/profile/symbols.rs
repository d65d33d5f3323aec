//! The tables behind the ids: strings, functions, frames, stacks and sample labels.
//!
//! There is one per source, shared by all selections from it. A stage that rewrites
//! stacks makes a new one that shares unchanged tables; ids into those stay valid in
//! both.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::frame::{Frame, FrameId, Function, FunctionId, StringId, id, package_of};
use super::label::Labels;
use super::stack::{StackId, Stacks};
use crate::work::{Cancelled, Work};

id!(
    /// A set of sample labels (Go's `pprof.Do`); `TagsId(0)` is the empty one.
    TagsId
);

/// Distinct values in order of first appearance, with an index by value.
#[derive(Debug)]
pub struct Interned<T> {
    values: Vec<T>,
    index: FxHashMap<T, u32>,
    /// Whether it was copied from the table of a source, to add to it.
    is_copy: bool,
}

impl<T: Clone> Clone for Interned<T> {
    fn clone(&self) -> Self {
        Interned { values: self.values.clone(), index: self.index.clone(), is_copy: true }
    }
}

impl<T: Clone + Eq + Hash> Interned<T> {
    /// A table whose id 0 is `zero`.
    pub fn with_zero(zero: T) -> Self {
        let index = FxHashMap::from_iter([(zero.clone(), 0)]);
        Interned { values: vec![zero], index, is_copy: false }
    }

    /// The same as the table of a source.
    #[must_use]
    pub fn of_source(self) -> Self {
        Interned { is_copy: false, ..self }
    }

    /// What it takes of memory besides the table of a source, in bytes: the values, and the
    /// index, of which a half may be free.
    fn copied_bytes(&self) -> usize {
        let row = size_of::<T>() + 2 * size_of::<(T, u32)>();
        if self.is_copy { self.values.len() * row } else { 0 }
    }

    pub fn intern(&mut self, value: T) -> u32 {
        if let Some(&known) = self.index.get(&value) {
            return known;
        }
        let id = u32::try_from(self.values.len()).expect("fewer than 2^32 values");
        self.index.insert(value.clone(), id);
        self.values.push(value);
        id
    }

    /// The id of a value, if it is in the table.
    pub fn find<Q>(&self, value: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.index.get(value).copied()
    }

    pub fn get(&self, id: u32) -> &T {
        &self.values[id as usize]
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.values.iter()
    }
}

/// All names of a source. Cheap to clone; `Arc::make_mut` on a table copies just that table.
#[derive(Debug, Clone)]
pub struct Symbols {
    pub strings: Arc<Interned<Arc<str>>>,
    pub functions: Arc<Interned<Function>>,
    pub frames: Arc<Interned<Frame>>,
    pub stacks: Arc<Stacks>,
    /// Sample labels.
    pub tags: Arc<Interned<Labels>>,
}

impl Default for Symbols {
    fn default() -> Self {
        Symbols {
            strings: Arc::new(Interned::with_zero(Arc::from(""))),
            functions: Arc::new(Interned::with_zero(Function::default())),
            frames: Arc::new(Interned::with_zero(Frame::default())),
            stacks: Arc::new(Stacks::new()),
            tags: Arc::new(Interned::with_zero(Labels::default())),
        }
    }
}

impl Symbols {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn string(&self, id: StringId) -> &Arc<str> {
        self.strings.get(id.0)
    }

    pub fn function(&self, id: FunctionId) -> &Function {
        self.functions.get(id.0)
    }

    pub fn frame(&self, id: FrameId) -> &Frame {
        self.frames.get(id.0)
    }

    pub fn tags(&self, id: TagsId) -> &Labels {
        self.tags.get(id.0)
    }

    /// The name of a frame in every view: its function's name.
    pub fn frame_name(&self, id: FrameId) -> &Arc<str> {
        self.string(self.function(self.frame(id).function).name)
    }

    /// The file its function is defined in, "" when unknown.
    pub fn frame_file(&self, id: FrameId) -> &Arc<str> {
        self.string(self.function(self.frame(id).function).file)
    }

    pub fn frame_module(&self, id: FrameId) -> &Arc<str> {
        self.string(self.frame(id).module)
    }

    pub fn frame_package(&self, id: FrameId) -> &str {
        package_of(self.frame_name(id))
    }

    pub fn intern_string(&mut self, text: &str) -> StringId {
        match self.strings.find(text) {
            Some(known) => StringId(known),
            None => StringId(Arc::make_mut(&mut self.strings).intern(Arc::from(text))),
        }
    }

    pub fn intern_function(&mut self, function: Function) -> FunctionId {
        let known = self.functions.find(&function);
        let new = || Arc::make_mut(&mut self.functions).intern(function);
        FunctionId(known.unwrap_or_else(new))
    }

    pub fn intern_frame(&mut self, frame: Frame) -> FrameId {
        let known = self.frames.find(&frame);
        FrameId(known.unwrap_or_else(|| Arc::make_mut(&mut self.frames).intern(frame)))
    }

    /// What the tables of names take besides those of a source, in bytes.
    pub fn copied_bytes(&self) -> usize {
        let Symbols { strings, functions, frames, tags, .. } = self;
        let names = strings.copied_bytes() + functions.copied_bytes();
        names + frames.copied_bytes() + tags.copied_bytes()
    }

    /// Adds all names of another source; returns the new ids of its stacks and its tags.
    pub fn graft(
        &mut self,
        other: &Symbols,
        work: Work<'_>,
    ) -> Result<(Vec<StackId>, Vec<TagsId>), Cancelled> {
        let strings: Vec<StringId> =
            work.collect(other.strings.iter().map(|text| self.intern_string(text)))?;
        let string = |id: StringId| strings[id.index()];
        let functions: Vec<FunctionId> = work.collect(other.functions.iter().map(|function| {
            self.intern_function(Function {
                name: string(function.name),
                system_name: string(function.system_name),
                file: string(function.file),
                ..*function
            })
        }))?;
        let frames: Vec<FrameId> = work.collect(other.frames.iter().map(|frame| {
            let function = functions[frame.function.index()];
            self.intern_frame(Frame { function, module: string(frame.module), ..*frame })
        }))?;
        let tags = Arc::make_mut(&mut self.tags);
        let tags = other.tags.iter().map(|labels| TagsId(tags.intern(labels.clone())));
        let tags = work.collect(tags)?;
        let (stacks, map) = self.stacks.graft(&other.stacks, &frames, self.frames.len(), work)?;
        self.stacks = stacks.into();
        Ok((map, tags))
    }

    /// A frame with only a name.
    pub fn intern_named_frame(&mut self, name: &str) -> FrameId {
        self.intern_frame_of(name, "")
    }

    /// A frame of a function defined in a file.
    pub fn intern_frame_of(&mut self, name: &str, file: &str) -> FrameId {
        let (name, file) = (self.intern_string(name), self.intern_string(file));
        let function = self.intern_function(Function { name, file, ..Function::default() });
        self.intern_frame(Frame { function, ..Frame::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_stage_adds_cost_a_copy_of_the_tables() {
        let source = Symbols::new();
        let mut own = source.clone();
        assert_eq!(own.copied_bytes(), 0);
        own.intern_named_frame("");
        assert_eq!(own.copied_bytes(), 0, "it is there already");
        own.intern_named_frame("(other)");
        // Two strings, functions and frames, and twice their rows in the index.
        let row = |value: usize, of_index: usize| 2 * (value + 2 * of_index);
        let strings = row(size_of::<Arc<str>>(), size_of::<(Arc<str>, u32)>());
        let functions = row(size_of::<Function>(), size_of::<(Function, u32)>());
        let frames = row(size_of::<Frame>(), size_of::<(Frame, u32)>());
        assert_eq!(own.copied_bytes(), strings + functions + frames);
        assert_eq!(source.copied_bytes(), 0);
    }
}
