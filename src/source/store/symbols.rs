//! The symbols of a block as tables, and those of several blocks as one.
//!
//! Each block has its own functions, frames, stacks and sample labels, numbered by
//! their rows. A query over several blocks needs one numbering. [`Union`] adds one block at
//! a time and maps its numbers to new ones. The numbers of the first block stay, so that a
//! store of one block costs nothing extra.

use std::sync::Arc;

use polars_core::prelude::{Column, DataFrame};

use super::error::{Inconsistent, StoreError};
use super::frame::{booleans, frame, numbers, texts, values, wide_numbers};
use crate::profile::frame::{FrameId, FunctionId, StringId};
use crate::profile::symbols::{Interned, TagsId};
use crate::profile::{
    Frame, FrameKind, Function, LabelNumber, LabelValue, Labels, StackId, Stacks, Symbols,
};
use crate::source::identity::kind_number;

/// Growing symbols of several blocks.
#[derive(Default)]
pub(super) struct Union {
    symbols: Symbols,
}

/// The numbers of one block mapped to those of a union.
#[derive(Debug)]
pub(super) struct Renumbered {
    stacks: Renumbering<StackId>,
    tags: Renumbering<TagsId>,
}

/// New numbers by old ones.
#[derive(Debug)]
enum Renumbering<Id> {
    /// This many numbers that stay the same.
    Same(usize),
    Other(Vec<Id>),
}

impl Renumbered {
    pub(super) fn stacks(&self, numbers: &[u32]) -> Result<Vec<StackId>, Inconsistent> {
        self.stacks.of(numbers, StackId)
    }

    pub(super) fn tags(&self, numbers: &[u32]) -> Result<Vec<TagsId>, Inconsistent> {
        self.tags.of(numbers, TagsId)
    }
}

impl<Id: Copy> Renumbering<Id> {
    fn new(ids: Vec<Id>, number: impl Fn(Id) -> u32) -> Renumbering<Id> {
        match (0u32..).zip(&ids).all(|(old, new)| number(*new) == old) {
            true => Renumbering::Same(ids.len()),
            false => Renumbering::Other(ids),
        }
    }

    /// Checks the range once for all numbers and not for each.
    fn of(&self, numbers: &[u32], id: fn(u32) -> Id) -> Result<Vec<Id>, Inconsistent> {
        let largest = numbers.iter().max().map_or(0, |largest| *largest as usize);
        match self {
            Renumbering::Same(count) if largest < *count => {
                Ok(numbers.iter().map(|number| id(*number)).collect())
            }
            Renumbering::Other(ids) if largest < ids.len() => {
                Ok(numbers.iter().map(|number| ids[*number as usize]).collect())
            }
            _ => Err(Inconsistent::new("a sample refers to a stack or labels that do not exist")),
        }
    }
}

/// The tables of symbols of one block, as they were read.
pub(super) struct NameTables {
    pub(super) functions: DataFrame,
    pub(super) frames: DataFrame,
    pub(super) stacks: DataFrame,
    pub(super) tags: Vec<Labels>,
}

impl NameTables {
    pub(super) const FUNCTIONS: [&str; 4] = ["name", "system_name", "file", "start_line"];
    pub(super) const FRAMES: [&str; 6] =
        ["function", "line", "module", "address", "inlined", "kind"];
    pub(super) const STACKS: [&str; 2] = ["parent", "frame"];
}

/// `functions.parquet`
pub(super) fn functions(symbols: &Symbols) -> Result<DataFrame, StoreError> {
    let all = || symbols.functions.iter();
    let text = |of: fn(&Function) -> StringId| all().map(move |f| &**symbols.string(of(f)));
    frame(vec![
        ids("function", symbols.functions.len()),
        strings("name", text(|f| f.name)),
        strings("system_name", text(|f| f.system_name)),
        strings("file", text(|f| f.file)),
        Column::new("start_line".into(), all().map(|f| f.start_line).collect::<Vec<_>>()),
    ])
}

/// `frames.parquet`
pub(super) fn frames(symbols: &Symbols) -> Result<DataFrame, StoreError> {
    let all = || symbols.frames.iter();
    frame(vec![
        ids("frame", symbols.frames.len()),
        Column::new("function".into(), all().map(|f| f.function.0).collect::<Vec<_>>()),
        Column::new("line".into(), all().map(|f| f.line).collect::<Vec<_>>()),
        strings("module", all().map(|f| &**symbols.string(f.module))),
        Column::new("address".into(), all().map(|f| f.address).collect::<Vec<_>>()),
        Column::new("inlined".into(), all().map(|f| f.inlined).collect::<Vec<_>>()),
        Column::new("kind".into(), all().map(|f| kind_number(f.kind) as u32).collect::<Vec<_>>()),
    ])
}

/// `stacks.parquet`
pub(super) fn stacks(stacks: &Stacks) -> Result<DataFrame, StoreError> {
    let parents: Vec<u32> =
        std::iter::once(0).chain(stacks.iter().map(|(_, parent, _)| parent.0)).collect();
    let frames: Vec<u32> =
        std::iter::once(0).chain(stacks.iter().map(|(.., frame)| frame.0)).collect();
    frame(vec![
        ids("stack", stacks.len()),
        Column::new("parent".into(), parents),
        Column::new("frame".into(), frames),
    ])
}

/// `series.parquet` and `labels.parquet`: a row for each label of each set.
pub(super) fn label_sets<'l>(
    id: &str,
    sets: impl Iterator<Item = &'l Labels>,
) -> Result<DataFrame, StoreError> {
    let (mut ids, mut names, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let (mut amounts, mut units) = (Vec::new(), Vec::new());
    for (number, labels) in (0u32..).zip(sets) {
        for (name, value) in labels.iter() {
            ids.push(number);
            names.push(&**name);
            values.push(&**value);
            let (amount, unit) = value.as_number().map_or((0, ""), LabelNumber::spelled);
            amounts.push(amount);
            units.push(unit);
        }
    }
    let mut columns = vec![
        Column::new(id.into(), ids),
        Column::new("label".into(), names),
        Column::new("value".into(), values),
    ];
    if units.iter().any(|unit| !unit.is_empty()) {
        columns.push(Column::new("number".into(), amounts));
        columns.push(Column::new("unit".into(), units));
    }
    frame(columns)
}

/// The label sets of such a table, which may have numbers or not; `count` is the number of
/// sets.
pub(super) fn read_label_sets(
    table: &DataFrame,
    id: &str,
    count: usize,
) -> Result<Vec<Labels>, Inconsistent> {
    // Only one set, the empty one, has no row.
    if count > table.height() + 1 {
        return Err(Inconsistent::new("it claims more sets of labels than it has labels"));
    }
    let mut pairs = vec![Vec::new(); count];
    let (names, values) = (texts(table, "label")?, label_values(table)?);
    for ((set, name), value) in numbers(table, id)?.iter().zip(names).zip(values) {
        let set = pairs.get_mut(*set as usize);
        set.ok_or_else(|| Inconsistent::new("a label belongs to a set that does not exist"))?
            .push((Arc::from(name), value));
    }
    Ok(pairs.into_iter().map(Labels::of_sample).collect())
}

fn label_values(table: &DataFrame) -> Result<Vec<LabelValue>, Inconsistent> {
    let written = texts(table, "value")?;
    if table.column("unit").is_err() {
        return Ok(written.map(LabelValue::from).collect());
    }
    let rows = written.zip(values(table, "number")?).zip(texts(table, "unit")?);
    let values = rows.map(|((text, number), unit)| match unit {
        "" => LabelValue::from(text),
        unit => LabelValue::number("", *number, unit),
    });
    Ok(values.collect())
}

impl Union {
    pub(super) fn finish(self) -> Symbols {
        self.symbols
    }

    /// Adds the symbols of a block.
    pub(super) fn add(&mut self, names: &NameTables) -> Result<Renumbered, Inconsistent> {
        let functions = self.functions(&names.functions)?;
        let frames = self.frames(&names.frames, &functions)?;
        let stacks = self.stacks(&names.stacks, &frames)?;
        let own = Arc::make_mut(&mut self.symbols.tags);
        let tags: Vec<TagsId> =
            names.tags.iter().map(|tags| TagsId(own.intern(tags.clone()))).collect();
        Ok(Renumbered {
            stacks: Renumbering::new(stacks, |stack| stack.0),
            tags: Renumbering::new(tags, |tags| tags.0),
        })
    }

    fn functions(&mut self, table: &DataFrame) -> Result<Vec<FunctionId>, Inconsistent> {
        let columns = ["name", "system_name", "file"].map(|name| texts(table, name));
        let [names, system_names, files] = columns;
        let rows = names?.zip(system_names?).zip(files?).zip(numbers(table, "start_line")?);
        let (strings, functions) =
            (Arc::make_mut(&mut self.symbols.strings), Arc::make_mut(&mut self.symbols.functions));
        let ids = rows.map(|(((name, system_name), file), start_line)| {
            let [name, system_name, file] =
                [name, system_name, file].map(|text| interned(strings, text));
            let function = Function { name, system_name, file, start_line: *start_line };
            FunctionId(functions.intern(function))
        });
        Ok(ids.collect())
    }

    fn frames(
        &mut self,
        table: &DataFrame,
        functions: &[FunctionId],
    ) -> Result<Vec<FrameId>, Inconsistent> {
        let rows = numbers(table, "function")?.iter().zip(numbers(table, "line")?);
        let places = texts(table, "module")?.zip(wide_numbers(table, "address")?);
        let flags = booleans(table, "inlined")?.zip(numbers(table, "kind")?);
        let (strings, frames) =
            (Arc::make_mut(&mut self.symbols.strings), Arc::make_mut(&mut self.symbols.frames));
        let ids = rows.zip(places).zip(flags).map(
            |(((function, line), (module, address)), (inlined, kind))| {
                let function = functions.get(*function as usize).copied();
                let frame = Frame {
                    function: function.ok_or_else(|| {
                        Inconsistent::new("a frame refers to a function that does not exist")
                    })?,
                    line: *line,
                    module: interned(strings, module),
                    address: *address,
                    inlined,
                    kind: kind_of(*kind)?,
                };
                Ok(FrameId(frames.intern(frame)))
            },
        );
        ids.collect()
    }

    fn stacks(
        &mut self,
        table: &DataFrame,
        frames: &[FrameId],
    ) -> Result<Vec<StackId>, Inconsistent> {
        let own = Arc::make_mut(&mut self.symbols.stacks);
        let mut ids = vec![StackId::EMPTY];
        let rows = numbers(table, "parent")?.iter().zip(numbers(table, "frame")?);
        // The first row is the empty stack.
        for (parent, frame) in rows.skip(1) {
            match (ids.get(*parent as usize), frames.get(*frame as usize)) {
                (Some(parent), Some(frame)) => ids.push(own.intern(*parent, *frame)),
                _ => {
                    return Err(Inconsistent::new(
                        "a stack has a caller or a frame that does not exist",
                    ));
                }
            }
        }
        Ok(ids)
    }
}

fn interned(strings: &mut Interned<Arc<str>>, text: &str) -> StringId {
    let known = strings.find(text);
    StringId(known.unwrap_or_else(|| strings.intern(Arc::from(text))))
}

fn kind_of(number: u32) -> Result<FrameKind, Inconsistent> {
    let kinds = [FrameKind::Native, FrameKind::Kernel, FrameKind::Interpreted, FrameKind::Jit];
    let found = kinds.into_iter().find(|kind| kind_number(*kind) == u64::from(number));
    found.ok_or_else(|| Inconsistent::new("a frame has an unknown kind"))
}

/// The numbers of rows, so that tables can be joined.
pub(super) fn ids(name: &str, count: usize) -> Column {
    Column::new(name.into(), (0..count as u32).collect::<Vec<_>>())
}

fn strings<'s>(name: &str, values: impl Iterator<Item = &'s str>) -> Column {
    Column::new(name.into(), values.collect::<Vec<_>>())
}
