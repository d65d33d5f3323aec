//! Samples of a file into columns.
//!
//! Loading spends most of its time here. The frames of a sample are looked up as one
//! path, and its labels in their encoded form, so that a sample allocates nothing. The
//! columns are reused for the next file.

use rustc_hash::FxHashMap;

use super::decode::{Encoded, Tables};
use super::message::Label;
use super::prune::kept;
use super::sites::Sites;
use super::{Malformed, ReadError};
use crate::profile::frame::FrameId;
use crate::profile::symbols::TagsId;
use crate::profile::{Column, StackId};
use crate::source::batch::Batch;
use crate::source::tagging::Tagging;
use crate::source::wire::{Value, Wire};
use crate::work::Work;

/// The growing columns of a file, and buffers to read one sample.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) stacks: Vec<StackId>,
    pub(super) tags: Vec<TagsId>,
    values: Vec<Vec<i64>>,
    /// Labels in their encoded form, and their tags: many samples share few sets.
    known_tags: FxHashMap<Vec<u8>, TagsId>,
    /// The locations of a sample, where some may be cut off.
    locations: Vec<u32>,
    path: Vec<FrameId>,
    labels: Vec<u8>,
    tagging: Tagging,
}

impl Columns {
    /// Replaces the content of the columns with the samples of a file.
    pub(super) fn read(
        &mut self,
        tables: &Tables<'_>,
        sites: &Sites,
        batch: &mut Batch,
        work: Work<'_>,
    ) -> Result<(), ReadError> {
        self.stacks.clear();
        self.tags.clear();
        self.values.resize_with(tables.sample_types.len(), Vec::new);
        self.values.iter_mut().for_each(Vec::clear);
        self.known_tags.clear();
        for sample in &tables.samples {
            work.check()?;
            self.sample(sample, tables, sites)?;
            let stack = self.stack(sites, batch);
            self.stacks.push(stack);
            let tags = self.tags(sample, tables, batch)?;
            self.tags.push(tags);
        }
        Ok(())
    }

    /// The values of a type times a factor, by its place among the file's types; none if
    /// one is too large.
    pub(super) fn values(&self, at: usize, factor: i64) -> Option<Column<i64>> {
        let values = self.values.get(at)?;
        match factor {
            1 => Some(values.clone().into()),
            _ => values.iter().map(|value| value.checked_mul(factor)).collect(),
        }
    }

    /// Splits a sample: frames and labels into buffers, values into their columns.
    fn sample(
        &mut self,
        sample: &Encoded<'_>,
        tables: &Tables<'_>,
        sites: &Sites,
    ) -> Result<(), Malformed> {
        self.locations.clear();
        self.path.clear();
        self.labels.clear();
        let mut n_values = 0;
        let mut wire = Wire::new(sample.bytes, sample.offset);
        while let Some(field) = wire.field()? {
            match (field.number, field.value) {
                (1, _) => {
                    let mut ids = field.numbers()?;
                    while let Some(id) = ids.next()? {
                        let Some(location) = tables.location_ids.get(id) else {
                            let reason =
                                format!("a sample names location {id}, which does not exist");
                            return Err(Malformed::at(sample.offset, reason));
                        };
                        match sites.is_cut {
                            true => self.locations.push(location as u32),
                            false => sites.extend(&mut self.path, location as u32),
                        }
                    }
                }
                (2, _) => {
                    let mut values = field.numbers()?;
                    while let Some(value) = values.next()? {
                        if let Some(column) = self.values.get_mut(n_values) {
                            column.push(value as i64);
                        }
                        n_values += 1;
                    }
                }
                (3, Value::Bytes(label)) => {
                    // With its length, so that different sets of labels differ.
                    self.labels.extend_from_slice(&(label.len() as u32).to_le_bytes());
                    self.labels.extend_from_slice(label);
                }
                _ => {}
            }
        }
        if n_values != self.values.len() {
            let reason = format!("a sample has {n_values} values for {} types", self.values.len());
            return Err(Malformed::at(sample.offset, reason));
        }
        Ok(())
    }

    fn stack(&mut self, sites: &Sites, batch: &mut Batch) -> StackId {
        if sites.is_cut {
            for location in kept(&self.locations, |location| sites.cuts[location as usize]) {
                sites.extend(&mut self.path, *location);
            }
        }
        batch.stack(&self.path)
    }

    fn tags(
        &mut self,
        sample: &Encoded<'_>,
        tables: &Tables<'_>,
        batch: &mut Batch,
    ) -> Result<TagsId, Malformed> {
        if self.labels.is_empty() {
            return Ok(TagsId(0));
        }
        if let Some(known) = self.known_tags.get(&self.labels) {
            return Ok(*known);
        }
        self.tagging.clear();
        let mut wire = Wire::new(sample.bytes, sample.offset);
        while let Some(field) = wire.field()? {
            if field.number == 3 {
                tag(&mut self.tagging, tables, &field.message()?, field.offset)?;
            }
        }
        let tags = batch.tags(&self.tagging);
        self.known_tags.insert(self.labels.clone(), tags);
        Ok(tags)
    }
}

/// Adds a label. As in pprof, a number 0 without a unit means no label.
fn tag(
    tagging: &mut Tagging,
    tables: &Tables<'_>,
    label: &Label,
    offset: usize,
) -> Result<(), Malformed> {
    let name = tables.string(label.key, offset)?;
    if label.text != 0 {
        tagging.push(&name, &tables.string(label.text, offset)?);
    } else if label.number != 0 || label.unit != 0 {
        tagging.push_number(&name, label.number, &tables.string(label.unit, offset)?);
    }
    Ok(())
}
