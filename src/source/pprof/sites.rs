//! Locations of a file to frames of the model.
//!
//! Names are looked up once per table row, not once per sample, and only compared where
//! an earlier file has the same address. Inlined functions become frames of their own; code
//! without a name is called by its binary.

use std::borrow::Cow;

use super::Malformed;
use super::decode::{Location, Tables};
use super::message::{Function as FunctionRow, Line};
use super::prune::{Cut, Prune};
use crate::profile::frame::{FrameId, FunctionId, StringId};
use crate::profile::{Frame, FrameKind, Function};
use crate::source::batch::Batch;
use crate::source::code::{base_name, module_kind, name_without_symbol};

/// The frames of each location, by the location's index.
pub(in crate::source) struct Sites {
    frames: Vec<FrameId>,
    /// The range in `frames` of each location, innermost first.
    spans: Vec<(u32, u32)>,
    pub(super) cuts: Vec<Cut>,
    pub(super) is_cut: bool,
}

impl Sites {
    pub(in crate::source) fn intern(
        tables: &Tables<'_>,
        prune: Option<&Prune>,
        batch: &mut Batch,
    ) -> Result<Sites, Malformed> {
        let mut names = Names::new(tables, batch)?;
        let mut sites = Sites {
            frames: Vec::with_capacity(tables.locations.len() * 5 / 4),
            spans: Vec::with_capacity(tables.locations.len()),
            cuts: Vec::new(),
            is_cut: false,
        };
        let drops = prune.map(|prune| dropped(tables, prune)).transpose()?;
        for location in &tables.locations {
            let lines = tables.lines(location);
            let (cut, removed) = drops.as_ref().map_or((Cut::No, 0), |d| cut(tables, d, lines));
            sites.cuts.push(cut);
            sites.is_cut |= cut != Cut::No;
            let first = sites.frames.len() as u32;
            names.frames(location, &lines[removed..], &mut sites.frames, batch)?;
            sites.spans.push((first, sites.frames.len() as u32));
        }
        Ok(sites)
    }

    /// Appends the frames of a location to a path from leaf to root.
    #[inline]
    pub(in crate::source) fn extend(&self, path: &mut Vec<FrameId>, location: u32) {
        let (first, end) = self.spans[location as usize];
        if first + 1 == end {
            path.push(self.frames[first as usize]);
        } else {
            path.extend_from_slice(&self.frames[first as usize..end as usize]);
        }
    }
}

/// Which functions the file asks to drop, by their index.
fn dropped(tables: &Tables<'_>, prune: &Prune) -> Result<Vec<bool>, Malformed> {
    let drops = |function: &FunctionRow| {
        let name = tables.string(function.name, 0)?;
        Ok(!name.is_empty() && prune.drops(&name))
    };
    tables.functions.iter().map(drops).collect()
}

/// How a location with these lines is cut, and how many lines are always dropped.
fn cut(tables: &Tables<'_>, drops: &[bool], lines: &[Line]) -> (Cut, usize) {
    let is_dropped =
        |line: &Line| tables.function_ids.get(line.function_id).is_some_and(|f| drops[f]);
    match lines.iter().rposition(is_dropped) {
        None => (Cut::No, 0),
        // Its outermost function is dropped: the location shows only above the user's code.
        Some(line) if line + 1 == lines.len() => (Cut::Here, 0),
        Some(line) => (Cut::Beneath, line + 1),
    }
}

/// The part of a mapping that frames need.
#[derive(Debug, Clone, Default)]
struct Module<'a> {
    path: StringId,
    /// Its file name without folders, or "".
    name: Cow<'a, str>,
    kind: FrameKind,
}

/// Interns functions and frames, each table row at most once.
struct Names<'t, 'a> {
    tables: &'t Tables<'a>,
    strings: Vec<Option<StringId>>,
    functions: Vec<Option<FunctionId>>,
    modules: Vec<Module<'a>>,
}

impl<'t, 'a> Names<'t, 'a> {
    fn new(tables: &'t Tables<'a>, batch: &mut Batch) -> Result<Self, Malformed> {
        let mut names = Names {
            tables,
            strings: vec![None; tables.n_strings()],
            functions: vec![None; tables.functions.len()],
            modules: Vec::with_capacity(tables.mappings.len()),
        };
        for mapping in &tables.mappings {
            let path = tables.string(mapping.file, 0)?;
            let module = Module {
                path: names.string(mapping.file, 0, batch)?,
                kind: module_kind(&path),
                name: base_name(path),
            };
            names.modules.push(module);
        }
        Ok(names)
    }

    fn string(
        &mut self,
        index: i64,
        offset: usize,
        batch: &mut Batch,
    ) -> Result<StringId, Malformed> {
        let known =
            usize::try_from(index).ok().and_then(|i| self.strings.get(i).copied().flatten());
        if let Some(known) = known {
            return Ok(known);
        }
        let id = batch.string(&self.tables.string(index, offset)?);
        if let Some(slot) = usize::try_from(index).ok().and_then(|i| self.strings.get_mut(i)) {
            *slot = Some(id);
        }
        Ok(id)
    }

    /// The frames of a location, innermost first.
    fn frames(
        &mut self,
        location: &Location,
        lines: &[Line],
        frames: &mut Vec<FrameId>,
        batch: &mut Batch,
    ) -> Result<(), Malformed> {
        // A stack can be read without its mapping, so that a missing one is ignored, as
        // pprof does.
        let mapping = self.tables.mapping_ids.get(location.mapping_id);
        let (module, kind) =
            mapping.map_or_else(Default::default, |m| (self.modules[m].path, self.modules[m].kind));
        if let Some(known) = self.known(location, module, lines, batch) {
            frames.extend_from_slice(known);
            return Ok(());
        }
        let first = frames.len();
        let kind = if location.kind == FrameKind::Native { kind } else { location.kind };
        let plain = Frame { module, address: location.address, kind, ..Frame::default() };
        if lines.is_empty() {
            let function = self.without_symbol(mapping, batch);
            frames.push(batch.frame(Frame { function, ..plain }));
        }
        for (i, line) in lines.iter().enumerate() {
            let function = self.function(line.function_id, location, mapping, batch)?;
            frames.push(batch.frame(Frame {
                function,
                line: line_number(line),
                inlined: i + 1 < lines.len(),
                kind: if kind == FrameKind::Native { batch.source_kind(function) } else { kind },
                ..plain
            }));
        }
        if has_frames_of_address(location, lines) {
            batch.addresses.keep(module, location.address, &frames[first..]);
        }
        Ok(())
    }

    /// The frames that an earlier file has at the address, if their lines and functions are
    /// those of this file.
    fn known<'b>(
        &mut self,
        location: &Location,
        module: StringId,
        lines: &[Line],
        batch: &'b Batch,
    ) -> Option<&'b [FrameId]> {
        if !has_frames_of_address(location, lines) {
            return None;
        }
        let frames = batch.addresses.frames(module, location.address)?;
        let mut pairs = frames.iter().zip(lines);
        let is_same = frames.len() == lines.len()
            && pairs.all(|(frame, line)| {
                let frame = batch.frame_of(*frame);
                frame.line == line_number(line)
                    && self.is_function(line.function_id, frame.function, batch)
            });
        is_same.then_some(frames)
    }

    /// Whether a function of the file has the names of a function that is known.
    fn is_function(&mut self, id: u64, function: FunctionId, batch: &Batch) -> bool {
        let Some(index) = self.tables.function_ids.get(id) else { return false };
        if let Some(known) = self.functions[index] {
            return known == function;
        }
        let (row, known) = (self.tables.functions[index], batch.written(function));
        let is_same = start_line(&row) == known.start_line
            && known.name != StringId(0)
            && self.is_string(row.name, known.name, batch)
            && self.is_string(row.system_name, known.system_name, batch)
            && self.is_string(row.file, known.file, batch);
        if is_same {
            self.functions[index] = Some(function);
        }
        is_same
    }

    /// Whether a string of the file is one that is known.
    fn is_string(&mut self, index: i64, known: StringId, batch: &Batch) -> bool {
        let Ok(index) = usize::try_from(index) else { return false };
        if let Some(Some(id)) = self.strings.get(index) {
            return *id == known;
        }
        let is_same = self.tables.bytes(index) == Some(batch.text(known).as_bytes());
        if is_same {
            self.strings[index] = Some(known);
        }
        is_same
    }

    fn function(
        &mut self,
        id: u64,
        location: &Location,
        mapping: Option<usize>,
        batch: &mut Batch,
    ) -> Result<FunctionId, Malformed> {
        if id == 0 {
            return Ok(self.without_symbol(mapping, batch));
        }
        let Some(index) = self.tables.function_ids.get(id) else {
            let reason = format!("a location names function {id}, which does not exist");
            return Err(Malformed::at(location.offset, reason));
        };
        if let Some(known) = self.functions[index] {
            return Ok(known);
        }
        let row = &self.tables.functions[index];
        let system_name = self.string(row.system_name, location.offset, batch)?;
        let name = match self.string(row.name, location.offset, batch)? {
            StringId(0) => system_name,
            name => name,
        };
        if name == StringId(0) {
            return Ok(self.without_symbol(mapping, batch));
        }
        let file = self.string(row.file, location.offset, batch)?;
        let function =
            batch.function(Function { name, system_name, file, start_line: start_line(row) });
        self.functions[index] = Some(function);
        Ok(function)
    }

    /// The function of code that has no symbol.
    fn without_symbol(&self, mapping: Option<usize>, batch: &mut Batch) -> FunctionId {
        let module = mapping.map_or("", |m| &*self.modules[m].name);
        let name = batch.string(&name_without_symbol(module));
        batch.function(Function { name, ..Function::default() })
    }
}

/// Whether the frames of a location follow from its address, its binary, and the lines and
/// functions that are compared. Other formats have addresses with frames of several kinds.
fn has_frames_of_address(location: &Location, lines: &[Line]) -> bool {
    location.address != 0 && location.kind == FrameKind::Native && !lines.is_empty()
}

fn line_number(line: &Line) -> u32 {
    u32::try_from(line.line).unwrap_or(0)
}

fn start_line(row: &FunctionRow) -> u32 {
    u32::try_from(row.start_line).unwrap_or(0)
}
