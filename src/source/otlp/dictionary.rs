//! The dictionary of a message: tables whose rows are referred to by index.
//!
//! Strings, mappings, functions, locations and lines are those of pprof with other field
//! numbers. pprof's tables hold them, and its `sites` turns them into frames. Stacks and
//! attributes are read when a sample first needs them.

use super::attribute::{Attribute, KeyValueAndUnit};
use crate::profile::FrameKind;
use crate::source::malformed::Malformed;
use crate::source::pprof::decode::{Ids, Tables};
use crate::source::pprof::message::{Function, Line, Mapping};
use crate::source::wire::Field;

/// The attribute of a location that says what runs its code.
const FRAME_TYPE: &str = "profile.frame.type";

/// The tables, both as they are in the file and as pprof has them.
#[derive(Debug, Default)]
pub(super) struct Dictionary<'a> {
    pub(super) tables: Tables<'a>,
    mappings: Vec<Field<'a>>,
    locations: Vec<Field<'a>>,
    functions: Vec<Field<'a>>,
    attributes: Vec<Field<'a>>,
    pub(super) stacks: Vec<Field<'a>>,
}

impl<'a> Dictionary<'a> {
    /// Finds the rows; a second dictionary in a message continues the first.
    pub(super) fn read(&mut self, field: &Field<'a>) -> Result<(), Malformed> {
        let mut wire = field.fields()?;
        while let Some(field) = wire.field()? {
            match field.number {
                1 => self.mappings.push(field),
                2 => self.locations.push(field),
                3 => self.functions.push(field),
                5 => self.tables.push_string(&field)?,
                6 => self.attributes.push(field),
                7 => self.stacks.push(field),
                // Links to spans, and fields of later versions.
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes pprof's tables of the rows, once all are found.
    pub(super) fn resolve(&mut self) -> Result<(), Malformed> {
        for mapping in &self.mappings {
            let [_, _, _, _, file] = mapping.numbers_by_field()?;
            self.tables.mappings.push(Mapping { id: 0, file: file as i64 });
        }
        for function in &self.functions {
            let [_, name, system_name, file, start_line] = function.numbers_by_field()?;
            let [name, system_name, file, start_line] =
                [name, system_name, file, start_line].map(|number| number as i64);
            self.tables.functions.push(Function { id: 0, name, system_name, file, start_line });
        }
        for location in std::mem::take(&mut self.locations) {
            self.location(&location)?;
        }
        self.tables.mapping_ids = Ids::indices(self.tables.mappings.len());
        self.tables.function_ids = Ids::indices(self.tables.functions.len());
        Ok(())
    }

    fn location(&mut self, row: &Field<'a>) -> Result<(), Malformed> {
        let (mut mapping, mut address, mut kind) = (0, 0, FrameKind::default());
        let mut lines: Vec<Line> = Vec::new();
        let mut wire = row.fields()?;
        while let Some(field) = wire.field()? {
            match field.number {
                1 => mapping = field.int64()? as u64,
                2 => address = field.int64()? as u64,
                3 => {
                    let [_, function_id, line] = field.numbers_by_field()?;
                    lines.push(Line { function_id, line: line as i64 });
                }
                4 => {
                    let mut indices = field.numbers()?;
                    while let Some(index) = indices.next()? {
                        kind = self.frame_kind(index, field.offset)?.unwrap_or(kind);
                    }
                }
                _ => {}
            }
        }
        self.tables.push_location(mapping, address, kind, row.offset);
        lines.into_iter().for_each(|line| self.tables.push_line(line));
        Ok(())
    }

    /// What runs the code, if the attribute is about that.
    fn frame_kind(&self, index: u64, offset: usize) -> Result<Option<FrameKind>, Malformed> {
        let attribute = self.attribute(index, offset)?;
        // The names are those of the semantic conventions for profiles.
        Ok((attribute.name == FRAME_TYPE).then(|| match &*attribute.text {
            "kernel" => FrameKind::Kernel,
            "cpython" | "php" | "ruby" | "perl" | "lua" => FrameKind::Interpreted,
            "jvm" | "v8js" | "dotnet" | "phpjit" | "luajit" | "beam" => FrameKind::Jit,
            _ => FrameKind::Native,
        }))
    }

    /// An attribute by its index. `offset` is where the index stands.
    pub(super) fn attribute(&self, index: u64, offset: usize) -> Result<Attribute, Malformed> {
        let row = row(&self.attributes, index, "attribute", offset)?;
        let attribute: KeyValueAndUnit = row.message()?;
        attribute.read(&|index| self.string(index, row.offset))
    }

    pub(super) fn string(&self, index: i32, offset: usize) -> Result<String, Malformed> {
        self.tables.string(index.into(), offset).map(|string| string.into_owned())
    }
}

/// A row of a table. `offset` is where the index stands.
pub(super) fn row<'t, 'a>(
    table: &'t [Field<'a>],
    index: u64,
    what: &str,
    offset: usize,
) -> Result<&'t Field<'a>, Malformed> {
    usize::try_from(index).ok().and_then(|index| table.get(index)).ok_or_else(|| {
        Malformed::at(
            offset,
            format!("it refers to {what} {index}, but there are only {}", table.len()),
        )
    })
}
