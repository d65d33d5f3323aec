//! The tables and samples of one file into the model.
//!
//! Names are interned once per file and table row, not once per sample: a sample
//! is then a run of [`FrameId`]s, looked up whole. Inlined frames are expanded,
//! innermost first, as the file lists them.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::Malformed;
use super::decode::{Encoded, Location, Tables};
use super::kind;
use super::message::{Label, Line, ValueType};
use super::prune::{Cut, Prune, Prunes, kept};
use super::wire::{Value, Wire};
use crate::profile::frame::{FrameId, FunctionId, StringId};
use crate::profile::symbols::TagsId;
use crate::profile::{Frame, FrameKind, Function, Labels, StackId};
use crate::quantity::{Span, Timestamp};
use crate::source::batch::{Batch, Column, Recording};

/// Interns what a file holds; `name` is the file's own.
pub(super) fn intern(
    tables: &Tables<'_>,
    name: &str,
    prunes: &mut Prunes,
    batch: &mut Batch,
) -> Result<Recording, Malformed> {
    let kinds = kinds(tables, name, batch)?;
    let prune =
        prunes.of(tables.string(tables.drop_frames, 0)?, tables.string(tables.keep_frames, 0)?);
    let sites = Sites::intern(tables, prune.as_ref(), batch)?;
    let mut samples = Samples::new(tables, &sites, kinds.len());
    for sample in &tables.samples {
        samples.read(sample, batch)?;
    }
    Ok(Recording {
        labels: Labels::default(),
        start: Timestamp(tables.time_nanos),
        duration: Span(tables.duration_nanos.max(0)),
        stacks: samples.stacks,
        tags: samples.tags,
        columns: kinds
            .into_iter()
            .zip(samples.columns)
            .map(|(kind, values)| Column { kind, values })
            .collect(),
    })
}

/// The profile types of the columns, as the batch numbers them.
fn kinds(tables: &Tables<'_>, name: &str, batch: &mut Batch) -> Result<Vec<usize>, Malformed> {
    let value_type = |of: &ValueType| Ok((tables.string(of.kind, 0)?, tables.string(of.unit, 0)?));
    let sample_types = tables.sample_types.iter().map(value_type).collect::<Result<Vec<_>, _>>()?;
    let period = value_type(&tables.period_type)?;
    let comments =
        tables.comments.iter().map(|c| tables.string(*c, 0)).collect::<Result<Vec<_>, _>>()?;

    let names: Vec<&str> = sample_types.iter().map(|(kind, _)| &**kind).collect();
    let comments: Vec<&str> = comments.iter().map(|comment| &**comment).collect();
    let family = kind::family(&names, &period.0, name, &comments);
    let of = |(kind, unit): &(Cow<'_, str>, Cow<'_, str>)| {
        kind::profile_type(family, (kind, unit), (&period.0, &period.1))
    };
    Ok(sample_types.iter().map(|sample_type| batch.kind(of(sample_type))).collect())
}

/// The frames of each location, by the location's index.
struct Sites {
    frames: Vec<FrameId>,
    /// Where in `frames` a location's are, innermost first.
    spans: Vec<(u32, u32)>,
    cuts: Vec<Cut>,
    is_cut: bool,
}

impl Sites {
    fn intern(
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

    fn frames(&self, location: u32) -> &[FrameId] {
        let (first, end) = self.spans[location as usize];
        &self.frames[first as usize..end as usize]
    }
}

/// Which functions the file asks to drop, by their index.
fn dropped(tables: &Tables<'_>, prune: &Prune) -> Result<Vec<bool>, Malformed> {
    let drops = |function: &super::message::Function| {
        let name = tables.string(function.name, 0)?;
        Ok(!name.is_empty() && prune.drops(&name))
    };
    tables.functions.iter().map(drops).collect()
}

/// What is cut at a location with these lines, and how many of them go in any case.
fn cut(tables: &Tables<'_>, drops: &[bool], lines: &[Line]) -> (Cut, usize) {
    let is_dropped =
        |line: &Line| tables.function_ids.get(line.function_id).is_some_and(|f| drops[f]);
    match lines.iter().rposition(is_dropped) {
        None => (Cut::No, 0),
        // Its outermost function: the location is never shown, but above the user's own.
        Some(line) if line + 1 == lines.len() => (Cut::Here, 0),
        Some(line) => (Cut::Beneath, line + 1),
    }
}

/// A mapping, as far as frames need it.
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
        // A mapping is worth having, but a stack can be read without it: one that is
        // not in the file is none, as for pprof.
        let mapping = self.tables.mapping_ids.get(location.mapping_id);
        let (module, kind) =
            mapping.map_or_else(Default::default, |m| (self.modules[m].path, self.modules[m].kind));
        let plain = Frame { module, address: location.address, kind, ..Frame::default() };
        if lines.is_empty() {
            let function = self.address_function(location, mapping, batch);
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
            return Ok((self.address_function(location, mapping, batch), FrameKind::Native));
        }
        let Some(index) = self.tables.function_ids.get(id) else {
            let reason = format!("a location names function {id}, which is not there");
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
            return Ok((self.address_function(location, mapping, batch), FrameKind::Native));
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

    /// A function that is known by the address of its code alone: `libc.so.6+0x1f3c0`.
    fn address_function(
        &self,
        location: &Location,
        mapping: Option<usize>,
        batch: &mut Batch,
    ) -> FunctionId {
        let address = location.address;
        let name = match mapping.map_or("", |m| &*self.modules[m].name) {
            "" => format!("0x{address:x}"),
            module => format!("{module}+0x{address:x}"),
        };
        let name = batch.string(&name);
        batch.function(Function { name, ..Function::default() })
    }
}

fn base_name(path: Cow<'_, str>) -> Cow<'_, str> {
    match path.rfind(['/', '\\']) {
        // `[kernel.kallsyms]_stext` and the like have no folders, whatever is in the brackets.
        Some(slash) if !path.starts_with('[') => Cow::Owned(path[slash + 1..].to_owned()),
        Some(_) | None => path,
    }
}

fn module_kind(path: &str) -> FrameKind {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.starts_with("[kernel.")
        || path.starts_with("[guest.kernel.")
        || name.starts_with("vmlinux")
    {
        FrameKind::Kernel
    } else if path.starts_with("[jit]")
        || name.starts_with("jitted-")
        || name.starts_with("perf-") && name.ends_with(".map")
    {
        FrameKind::Jit
    } else {
        FrameKind::Native
    }
}

/// By the suffix of the source file, for languages that are hardly ever compiled ahead of time.
fn source_kind(file: &str) -> FrameKind {
    let suffix = file.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    match suffix {
        "py" | "pyx" | "rb" | "php" | "js" | "mjs" | "cjs" | "ts" | "lua" | "pl" | "pm" | "R" => {
            FrameKind::Interpreted
        }
        _ => FrameKind::Native,
    }
}

/// The columns of a file as they grow, and room to read one sample.
struct Samples<'t, 'a> {
    tables: &'t Tables<'a>,
    sites: &'t Sites,
    stacks: Vec<StackId>,
    tags: Vec<TagsId>,
    columns: Vec<Vec<i64>>,
    /// Labels as they are encoded, and their tags: few sets are many samples'.
    known_tags: FxHashMap<Vec<u8>, TagsId>,
    locations: Vec<u32>,
    path: Vec<FrameId>,
    labels: Vec<u8>,
}

impl<'t, 'a> Samples<'t, 'a> {
    fn new(tables: &'t Tables<'a>, sites: &'t Sites, n_columns: usize) -> Self {
        let n_samples = tables.samples.len();
        Samples {
            tables,
            sites,
            stacks: Vec::with_capacity(n_samples),
            tags: Vec::with_capacity(n_samples),
            columns: vec![Vec::with_capacity(n_samples); n_columns],
            known_tags: FxHashMap::default(),
            locations: Vec::new(),
            path: Vec::new(),
            labels: Vec::new(),
        }
    }

    fn read(&mut self, sample: &Encoded<'_>, batch: &mut Batch) -> Result<(), Malformed> {
        self.locations.clear();
        self.labels.clear();
        let mut n_values = 0;
        let mut wire = Wire::new(sample.bytes, sample.offset);
        while let Some(field) = wire.field()? {
            match (field.number, field.value) {
                (1, _) => field.each(|id| {
                    let Some(location) = self.tables.location_ids.get(id) else {
                        let reason = format!("a sample names location {id}, which is not there");
                        return Err(Malformed::at(sample.offset, reason));
                    };
                    self.locations.push(location as u32);
                    Ok(())
                })?,
                (2, _) => field.each(|value| {
                    if let Some(column) = self.columns.get_mut(n_values) {
                        column.push(value as i64);
                    }
                    n_values += 1;
                    Ok(())
                })?,
                (3, Value::Bytes(label)) => {
                    // With its length, so that no two sets of labels look the same.
                    self.labels.extend_from_slice(&(label.len() as u32).to_le_bytes());
                    self.labels.extend_from_slice(label);
                }
                _ => {}
            }
        }
        if n_values != self.columns.len() {
            let reason = format!("a sample has {n_values} values for {} types", self.columns.len());
            return Err(Malformed::at(sample.offset, reason));
        }
        let stack = self.stack(batch);
        self.stacks.push(stack);
        let tags = self.tags(sample, batch)?;
        self.tags.push(tags);
        Ok(())
    }

    fn stack(&mut self, batch: &mut Batch) -> StackId {
        let locations = match self.sites.is_cut {
            true => kept(&self.locations, |location| self.sites.cuts[location as usize]),
            false => &self.locations,
        };
        self.path.clear();
        for location in locations {
            self.path.extend_from_slice(self.sites.frames(*location));
        }
        batch.stack(&self.path)
    }

    fn tags(&mut self, sample: &Encoded<'_>, batch: &mut Batch) -> Result<TagsId, Malformed> {
        if self.labels.is_empty() {
            return Ok(TagsId(0));
        }
        if let Some(known) = self.known_tags.get(&self.labels) {
            return Ok(*known);
        }
        let mut labels = Vec::new();
        let mut wire = Wire::new(sample.bytes, sample.offset);
        while let Some(field) = wire.field()? {
            if field.number == 3 {
                labels.extend(label(self.tables, &field.message()?, field.offset)?);
            }
        }
        let labels = labels.iter().map(|(name, value)| (&**name, &**value)).collect();
        let tags = batch.tags(labels);
        self.known_tags.insert(self.labels.clone(), tags);
        Ok(tags)
    }
}

/// A label as name and value. A number is written with its unit, as pprof's own
/// `-tagfocus` is typed: `request=512bytes`; the unit is left out where the name says it.
/// A number 0 without a unit is not there, as for pprof.
fn label<'a>(
    tables: &Tables<'a>,
    label: &Label,
    offset: usize,
) -> Result<Option<(Cow<'a, str>, Cow<'a, str>)>, Malformed> {
    let name = tables.string(label.key, offset)?;
    if label.text != 0 {
        return Ok(Some((name, tables.string(label.text, offset)?)));
    }
    if label.number == 0 && label.unit == 0 {
        return Ok(None);
    }
    let unit = tables.string(label.unit, offset)?;
    let unit = if unit == name { "" } else { &*unit };
    Ok(Some((name, format!("{}{unit}", label.number).into())))
}
