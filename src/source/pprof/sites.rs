//! Locations of a file to frames of the model.
//!
//! Names are interned once per table row, not once per sample. Inlined functions
//! become frames of their own; code without a name is called by its binary.

use std::borrow::Cow;

use super::Malformed;
use super::decode::{Location, Tables};
use super::message::{Function as FunctionRow, Line};
use super::prune::{Cut, Prune};
use crate::profile::frame::{FrameId, FunctionId, StringId};
use crate::profile::{Frame, FrameKind, Function};
use crate::source::batch::Batch;
use crate::source::code::{base_name, module_kind, name_without_symbol, source_kind};

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
    functions: Vec<Option<(FunctionId, FrameKind)>>,
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
        let kind = if location.kind == FrameKind::Native { kind } else { location.kind };
        let plain = Frame { module, address: location.address, kind, ..Frame::default() };
        if lines.is_empty() {
            let function = self.without_symbol(mapping, batch);
            frames.push(batch.frame(Frame { function, ..plain }));
        }
        for (i, line) in lines.iter().enumerate() {
            let (function, function_kind) =
                self.function(line.function_id, location, mapping, batch)?;
            frames.push(batch.frame(Frame {
                function,
                line: u32::try_from(line.line).unwrap_or(0),
                inlined: i + 1 < lines.len(),
                kind: if kind == FrameKind::Native { function_kind } else { kind },
                ..plain
            }));
        }
        Ok(())
    }

    fn function(
        &mut self,
        id: u64,
        location: &Location,
        mapping: Option<usize>,
        batch: &mut Batch,
    ) -> Result<(FunctionId, FrameKind), Malformed> {
        if id == 0 {
            return Ok((self.without_symbol(mapping, batch), FrameKind::Native));
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
            return Ok((self.without_symbol(mapping, batch), FrameKind::Native));
        }
        let file = self.string(row.file, location.offset, batch)?;
        let function = batch.function(Function {
            name,
            system_name,
            file,
            start_line: u32::try_from(row.start_line).unwrap_or(0),
        });
        let kind = source_kind(batch.text(file));
        self.functions[index] = Some((function, kind));
        Ok((function, kind))
    }

    /// The function of code that has no symbol.
    fn without_symbol(&self, mapping: Option<usize>, batch: &mut Batch) -> FunctionId {
        let module = mapping.map_or("", |m| &*self.modules[m].name);
        let name = batch.string(&name_without_symbol(module));
        batch.function(Function { name, ..Function::default() })
    }
}
