//! Profiles to recordings: types, labels and stacks of a message go into the batch.
//!
//! A profile has one type. If it counts CPU samples and gives their period, it becomes CPU
//! time as well, unless the same profiler sends that itself.

use rustc_hash::FxHashMap;

use super::attribute::{Attribute, KeyValue};
use super::dictionary::{Dictionary, row};
use super::profile::{Profile, Sample};
use crate::profile::frame::FrameId;
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, StackId};
use crate::quantity::{Dimension, Span, Timestamp, Window, spelled};
use crate::source::batch::Batch;
use crate::source::events::{Events, Outline};
use crate::source::malformed::{Malformed, ReadError};
use crate::source::pprof::{kind, message::ValueType, sites::Sites};
use crate::source::recording::Recording;
use crate::source::tagging::Tagging;
use crate::source::wire::Field;
use crate::work::Work;

/// The most slices of a message. A few bytes can claim that a profile took a year; a day
/// of one profiler has a third of this number.
const MOST_SLICES: usize = 30_000;

/// Interns the profiles of all resources; `name` is the file's own.
pub(super) fn intern(
    resources: &[Field<'_>],
    dictionary: &Dictionary<'_>,
    name: &str,
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let sites = Sites::intern(&dictionary.tables, None, batch)?;
    let mut message = Message {
        dictionary,
        sites,
        stacks: vec![None; dictionary.stacks.len()],
        tags: FxHashMap::default(),
        path: Vec::new(),
        sample: Sample::default(),
        slices_left: MOST_SLICES,
        name,
        batch,
        work,
    };
    let mut recordings = Vec::new();
    for resource in resources {
        message.resource(resource, &mut recordings)?;
    }
    Ok(recordings)
}

/// A message, and the parts of it that are in the batch so far.
struct Message<'m, 'a> {
    dictionary: &'m Dictionary<'a>,
    sites: Sites,
    stacks: Vec<Option<StackId>>,
    /// By the attributes of a sample: many samples share few sets.
    tags: FxHashMap<Box<[u64]>, TagsId>,
    path: Vec<FrameId>,
    sample: Sample,
    slices_left: usize,
    name: &'m str,
    batch: &'m mut Batch,
    work: Work<'m>,
}

impl Message<'_, '_> {
    fn resource(
        &mut self,
        resource: &Field<'_>,
        recordings: &mut Vec<Recording>,
    ) -> Result<(), ReadError> {
        let (mut labels, mut scopes) = (Labels::default(), Vec::new());
        let mut wire = resource.fields()?;
        while let Some(field) = wire.field()? {
            match field.number {
                1 => labels = self.attributes(&field)?,
                2 => scopes.push(field),
                _ => {}
            }
        }
        for scope in &scopes {
            let profiles = profiles(scope)?;
            let gives_time = self.any_is_cpu(&profiles)?;
            for profile in &profiles {
                recordings.extend(self.profile(profile, &labels, gives_time)?);
            }
        }
        Ok(())
    }

    /// The attributes of a resource.
    fn attributes(&self, resource: &Field<'_>) -> Result<Labels, Malformed> {
        let mut pairs = Vec::new();
        let mut wire = resource.fields()?;
        while let Some(field) = wire.field()? {
            if field.number == 1 {
                let string = |index| self.dictionary.string(index, field.offset);
                pairs.push(KeyValue::read(&field, &string)?);
            }
        }
        Ok(pairs.iter().map(|(name, value)| (&**name, &**value)).collect())
    }

    /// Whether CPU time itself is among the types.
    fn any_is_cpu(&self, profiles: &[Profile<'_>]) -> Result<bool, Malformed> {
        for profile in profiles {
            if self.value_type(&profile.sample_type)?.0 == "cpu" {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn value_type(&self, of: &ValueType) -> Result<(String, String), Malformed> {
        let string = |index: i64| Ok(self.dictionary.tables.string(index, 0)?.into_owned());
        Ok((string(of.kind)?, string(of.unit)?))
    }

    fn profile(
        &mut self,
        profile: &Profile<'_>,
        labels: &Labels,
        gives_time: bool,
    ) -> Result<Vec<Recording>, ReadError> {
        let labels = labels.overlaid(&self.profile_labels(profile)?);
        let (kinds, scale) = self.kinds(profile, gives_time)?;
        let mut events = Events::new(2);
        let mut is_timed = !profile.samples.is_empty();
        for sample in &profile.samples {
            self.work.check()?;
            is_timed &= self.sample(sample, profile.start, scale, &mut events)?;
        }
        let start = Timestamp(profile.start);
        let window = Window { start, end: start.plus(Span(profile.duration)) };
        let is_undated = profile.start == 0;
        let window = match events.extent().filter(|_| is_timed) {
            Some(extent) if is_undated => extent,
            Some(extent) if profile.duration == 0 => window.union(extent),
            Some(_) | None => window,
        };
        let is_undated = is_undated && !is_timed;
        let outline = Outline { kinds, labels, window, is_undated };
        let is_sliced = is_timed && outline.slices() <= self.slices_left;
        if is_sliced {
            self.slices_left -= outline.slices();
        }
        Ok(if is_sliced { events.sliced(&outline) } else { events.whole(&outline) })
    }

    fn profile_labels(&self, profile: &Profile<'_>) -> Result<Labels, Malformed> {
        let attribute = |index: &u64| self.dictionary.attribute(*index, 0);
        let pairs: Vec<_> = profile.attributes.iter().map(attribute).collect::<Result<_, _>>()?;
        Ok(pairs.iter().map(|attribute| (&*attribute.name, &*attribute.text)).collect())
    }

    /// The type of a profile, and CPU time if its period turns its counts into that.
    fn kinds(
        &mut self,
        profile: &Profile<'_>,
        gives_time: bool,
    ) -> Result<(Vec<usize>, Scale), Malformed> {
        let (sample, unit) = self.value_type(&profile.sample_type)?;
        let (period, period_unit) = self.value_type(&profile.period_type)?;
        let period_type = (&*period, &*period_unit);
        let family = kind::family(&[&sample], &period, self.name, &[]);
        let (kind, factor) = kind::profile_type(family, (&sample, &unit), period_type);
        let mut kinds = vec![self.batch.kind(kind)];
        let mut scale = Scale { value: factor, amount: 0 };
        let is_count = unit == "count" && period == "cpu";
        match spelled(&period_unit) {
            Some((Dimension::Time, worth)) if is_count && profile.period > 0 && !gives_time => {
                let (time, _) = kind::profile_type(family, ("cpu", "ns"), period_type);
                kinds.push(self.batch.kind(time));
                scale.amount = profile.period.saturating_mul(worth);
            }
            _ => {}
        }
        Ok((kinds, scale))
    }

    /// Adds the observations of a sample; tells whether their times are known.
    fn sample(
        &mut self,
        field: &Field<'_>,
        start: i64,
        scale: Scale,
        events: &mut Events,
    ) -> Result<bool, Malformed> {
        self.sample.read(field)?;
        let stack = self.stack(field.offset)?;
        let tags = self.tags(field.offset)?;
        let Sample { values, times, .. } = &self.sample;
        for (i, value) in values.iter().enumerate() {
            let at = times.get(i).map_or(start, |nanos| *nanos as i64);
            let too_large = || Malformed::at(field.offset, "a value is too large for its unit");
            let [value, amount] = scale.of(*value as i64).ok_or_else(too_large)?;
            events.push(Timestamp(at), stack, tags, &[value, amount]);
        }
        Ok(!times.is_empty())
    }

    fn stack(&mut self, offset: usize) -> Result<StackId, Malformed> {
        let index = self.sample.stack;
        if index == 0 {
            return Ok(StackId::EMPTY);
        }
        let stack = row(&self.dictionary.stacks, index, "stack", offset)?;
        if let Some(known) = self.stacks[index as usize] {
            return Ok(known);
        }
        self.path.clear();
        let mut wire = stack.fields()?;
        while let Some(field) = wire.field()? {
            if field.number == 1 {
                let mut locations = field.numbers()?;
                while let Some(location) = locations.next()? {
                    self.location(location, field.offset)?;
                }
            }
        }
        let id = self.batch.stack(&self.path);
        self.stacks[index as usize] = Some(id);
        Ok(id)
    }

    /// Appends the frames of a location to the path.
    fn location(&mut self, location: u64, offset: usize) -> Result<(), Malformed> {
        let count = self.dictionary.tables.locations.len();
        match usize::try_from(location) {
            Ok(index) if index < count => {
                self.sites.extend(&mut self.path, index as u32);
                Ok(())
            }
            _ => Err(Malformed::at(
                offset,
                format!("it refers to location {location}, but there are only {count}"),
            )),
        }
    }

    fn tags(&mut self, offset: usize) -> Result<TagsId, Malformed> {
        let attributes = &self.sample.attributes[..];
        if attributes.is_empty() {
            return Ok(TagsId(0));
        }
        if let Some(known) = self.tags.get(attributes) {
            return Ok(*known);
        }
        let mut tagging = Tagging::default();
        for index in attributes {
            let Attribute { name, text, number } = self.dictionary.attribute(*index, offset)?;
            match number {
                Some((number, unit)) => tagging.push_number(&name, number, &unit),
                None => tagging.push(&name, &text),
            }
        }
        let tags = self.batch.tags(&tagging);
        self.tags.insert(attributes.into(), tags);
        Ok(tags)
    }
}

/// From a value of a profile to ours: the value in its base unit, and the CPU time that it
/// stands for.
#[derive(Debug, Clone, Copy)]
struct Scale {
    value: i64,
    amount: i64,
}

impl Scale {
    fn of(self, value: i64) -> Option<[i64; 2]> {
        Some([value.checked_mul(self.value)?, value.checked_mul(self.amount)?])
    }
}

/// The profiles of a scope.
fn profiles<'a>(scope: &Field<'a>) -> Result<Vec<Profile<'a>>, Malformed> {
    let mut profiles = Vec::new();
    let mut wire = scope.fields()?;
    while let Some(field) = wire.field()? {
        if field.number == 2 {
            profiles.push(Profile::read(&field)?);
        }
    }
    Ok(profiles)
}
