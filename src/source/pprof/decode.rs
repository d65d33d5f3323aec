//! The tables of one pprof file, borrowed from its bytes.
//!
//! One pass over the top-level fields. Samples are only located here, not read, because
//! the locations that they refer to may come after them. Ids become indices.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::Malformed;
use super::message::{Function, Line, Mapping, ValueType};
use crate::profile::FrameKind;
use crate::source::wire::{Field, Value, Wire};

/// A file whose samples are not read yet.
#[derive(Debug, Default)]
pub(in crate::source) struct Tables<'a> {
    strings: Vec<&'a [u8]>,
    pub(super) sample_types: Vec<ValueType>,
    pub(super) period_type: ValueType,
    /// The encoded samples.
    pub(super) samples: Vec<Encoded<'a>>,
    pub(in crate::source) mappings: Vec<Mapping>,
    pub(in crate::source) functions: Vec<Function>,
    pub(in crate::source) locations: Vec<Location>,
    lines: Vec<Line>,
    pub(in crate::source) mapping_ids: Ids,
    pub(in crate::source) function_ids: Ids,
    pub(super) location_ids: Ids,
    pub(super) drop_frames: i64,
    pub(super) keep_frames: i64,
    pub(super) comments: Vec<i64>,
    pub(super) time_nanos: i64,
    pub(super) duration_nanos: i64,
    pub(super) period: i64,
}

/// A message that is not decoded yet, and where it is in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Encoded<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
}

/// An address, and the lines of source it stands for.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) struct Location {
    pub(super) mapping_id: u64,
    pub(super) address: u64,
    /// Set by other formats; for pprof, mappings and files tell.
    pub(super) kind: FrameKind,
    first_line: u32,
    end_line: u32,
    pub(super) offset: usize,
}

impl<'a> Tables<'a> {
    /// The profile that starts here, and where it ends.
    pub(super) fn decode(file: &'a [u8], at: usize) -> Result<(Tables<'a>, usize), Malformed> {
        let mut tables = Tables::default();
        let read = tables.read(Wire::new(&file[at..], at));
        let decoded = read.and_then(|end| tables.check(end).map(|()| end));
        // Any text has some bytes that look like fields. For such a file the message says
        // first that it is not a profile, and then which field is wrong.
        let end = decoded.map_err(|malformed| match tables.sample_types.is_empty() {
            true => Malformed {
                reason: format!("not a pprof profile: {}", malformed.reason),
                ..malformed
            },
            false => malformed,
        })?;
        Ok((tables, end))
    }

    /// Reads up to the end of the profile, and returns where that is.
    fn read(&mut self, mut wire: Wire<'a>) -> Result<usize, Malformed> {
        let mut ids = (Vec::new(), Vec::new(), Vec::new());
        let mut end = wire.offset();
        while let Some(field) = wire.field()? {
            match field.number {
                // Types come first: this is the next profile of the file.
                1 if self.is_whole() => break,
                1 => self.sample_types.push(field.message()?),
                2 => self.samples.push(Encoded::of(&field)?),
                3 => {
                    let mapping: Mapping = field.message()?;
                    ids.0.push((mapping.id, field.offset));
                    self.mappings.push(mapping);
                }
                4 => {
                    let id = self.location(&field)?;
                    ids.1.push((id, field.offset));
                }
                5 => {
                    let function = Function::read(&field)?;
                    ids.2.push((function.id, field.offset));
                    self.functions.push(function);
                }
                6 => self.strings.push(Encoded::of(&field)?.bytes),
                7 => self.drop_frames = field.int64()?,
                8 => self.keep_frames = field.int64()?,
                9 => self.time_nanos = field.int64()?,
                10 => self.duration_nanos = field.int64()?,
                11 => self.period_type = field.message()?,
                12 => self.period = field.int64()?,
                13 => {
                    let mut comments = field.numbers()?;
                    while let Some(comment) = comments.next()? {
                        self.comments.push(comment as i64);
                    }
                }
                // Default sample type, documentation link, fields of later versions.
                _ => {}
            }
            end = wire.offset();
        }
        self.mapping_ids = Ids::new("mapping", &ids.0)?;
        self.location_ids = Ids::new("location", &ids.1)?;
        self.function_ids = Ids::new("function", &ids.2)?;
        Ok(end)
    }

    fn is_whole(&self) -> bool {
        let has = !self.samples.is_empty() && !self.strings.is_empty();
        has && !self.sample_types.is_empty()
    }

    /// Reads a location and returns its id.
    fn location(&mut self, field: &Field<'a>) -> Result<u64, Malformed> {
        let (mut id, mut mapping_id, mut address) = (0, 0, 0);
        let first_line = self.lines.len();
        let mut wire = field.fields()?;
        while let Some(field) = wire.field()? {
            match field.number {
                1 => id = field.int64()? as u64,
                2 => mapping_id = field.int64()? as u64,
                3 => address = field.int64()? as u64,
                4 => self.lines.push(Line::read(&field)?),
                _ => {}
            }
        }
        let location = Location {
            mapping_id,
            address,
            kind: FrameKind::default(),
            first_line: first_line as u32,
            end_line: self.lines.len() as u32,
            offset: field.offset,
        };
        self.locations.push(location);
        Ok(id)
    }

    /// Adds a string of another format that has these tables.
    pub(in crate::source) fn push_string(&mut self, field: &Field<'a>) -> Result<(), Malformed> {
        self.strings.push(Encoded::of(field)?.bytes);
        Ok(())
    }

    /// Adds a location of another format that has these tables; it comes without lines.
    pub(in crate::source) fn push_location(
        &mut self,
        mapping_id: u64,
        address: u64,
        kind: FrameKind,
        offset: usize,
    ) {
        let line = self.lines.len() as u32;
        let (first_line, end_line) = (line, line);
        self.locations.push(Location { mapping_id, address, kind, first_line, end_line, offset });
    }

    /// Adds a line to the location that was added last.
    pub(in crate::source) fn push_line(&mut self, line: Line) {
        self.lines.push(line);
        if let Some(location) = self.locations.last_mut() {
            location.end_line = self.lines.len() as u32;
        }
    }

    fn check(&self, end: usize) -> Result<(), Malformed> {
        if self.sample_types.is_empty() {
            return Err(Malformed::at(end, "the file has no sample type"));
        }
        match self.strings.first() {
            Some(first) if !first.is_empty() => {
                Err(Malformed::at(end, "the string table does not start with an empty string"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The lines of a location, innermost inlined function first.
    pub(super) fn lines(&self, location: &Location) -> &[Line] {
        &self.lines[location.first_line as usize..location.end_line as usize]
    }

    /// A string by its index. `offset` is where the index stands.
    pub(in crate::source) fn string(
        &self,
        index: i64,
        offset: usize,
    ) -> Result<Cow<'a, str>, Malformed> {
        let string = usize::try_from(index).ok().and_then(|index| self.strings.get(index));
        match string {
            // Checking all at once is much faster than a lossy conversion.
            Some(bytes) => Ok(std::str::from_utf8(bytes)
                .map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)),
            // A file without strings may still refer to the empty one.
            None if index == 0 => Ok(Cow::Borrowed("")),
            None => {
                let reason = format!(
                    "it refers to string {index}, but there are only {}",
                    self.strings.len()
                );
                Err(Malformed::at(offset, reason))
            }
        }
    }

    /// The bytes of a string, if it exists.
    pub(super) fn bytes(&self, index: usize) -> Option<&'a [u8]> {
        self.strings.get(index).copied()
    }

    pub(super) fn n_strings(&self) -> usize {
        self.strings.len()
    }
}

impl<'a> Encoded<'a> {
    fn of(field: &Field<'a>) -> Result<Encoded<'a>, Malformed> {
        match field.value {
            Value::Bytes(bytes) => Ok(Encoded { bytes, offset: field.offset }),
            Value::Varint(_) | Value::Fixed(_) => Err(field.unexpected()),
        }
    }
}

/// From the ids of a table to its indices.
///
/// Nearly every file numbers its ids from 1, but need not: Go's merge skips some, and
/// perf's converter hashes.
#[derive(Debug)]
pub(in crate::source) enum Ids {
    /// By id; `ABSENT` where there is none.
    Dense(Vec<u32>),
    Sparse(FxHashMap<u64, u32>),
}

const ABSENT: u32 = u32::MAX;

impl Default for Ids {
    fn default() -> Self {
        Ids::Dense(Vec::new())
    }
}

impl Ids {
    /// For a table whose rows are referred to by index, with 0 for none.
    pub(in crate::source) fn indices(rows: usize) -> Ids {
        let mut ids: Vec<u32> = (0..rows as u32).collect();
        if let Some(none) = ids.first_mut() {
            *none = ABSENT;
        }
        Ids::Dense(ids)
    }

    /// From each row's id and offset. An id may stand for one row only: two rows with the
    /// same id are what two files written into one look like.
    fn new(table: &str, rows: &[(u64, usize)]) -> Result<Ids, Malformed> {
        let largest = rows.iter().map(|(id, _)| *id).max().unwrap_or(0);
        let mut ids = if largest <= 2 * rows.len() as u64 + 64 {
            Ids::Dense(vec![ABSENT; largest as usize + 1])
        } else {
            Ids::Sparse(FxHashMap::default())
        };
        for (index, &(id, offset)) in (0u32..).zip(rows) {
            let known = match &mut ids {
                Ids::Dense(dense) => std::mem::replace(&mut dense[id as usize], index) != ABSENT,
                Ids::Sparse(sparse) => sparse.insert(id, index).is_some(),
            };
            if known {
                return Err(Malformed::at(offset, format!("a second {table} has the id {id}")));
            }
        }
        Ok(ids)
    }

    #[inline]
    pub(super) fn get(&self, id: u64) -> Option<usize> {
        let index = match self {
            Ids::Dense(dense) => usize::try_from(id).ok().and_then(|id| dense.get(id)),
            Ids::Sparse(sparse) => sparse.get(&id),
        };
        index.filter(|index| **index != ABSENT).map(|index| *index as usize)
    }
}
