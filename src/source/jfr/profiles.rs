//! The events of a recording by family, as they are read chunk by chunk.

use rustc_hash::FxHashMap;

use super::chunk::{Chunk, Event};
use super::constants::{Constants, short};
use super::cursor::Cursor;
use super::kinds::{Amount, Family, RULES, Rule, WALL_CLOCK_SAMPLE};
use super::metadata::Classes;
use super::record::{Content, Record};
use super::settings::Settings;
use super::stacks::Stacks;
use super::unread::Unread;
use crate::profile::Labels;
use crate::profile::symbols::TagsId;
use crate::quantity::Window;
use crate::source::batch::Batch;
use crate::source::events::{Events, Outline};
use crate::source::malformed::{Malformed, ReadError};
use crate::source::recording::Recording;
use crate::source::tagging::Tagging;
use crate::work::Work;

/// The labels of a sample: thread, state, and the class that it is about.
const THREAD: &str = "thread";
const STATE: &str = "state";
const CLASS: &str = "class";

/// What was read so far.
#[derive(Debug)]
pub(super) struct ProfileBuilder {
    families: [Drafted; Family::ALL.len()],
    /// Those of a JVM, and those of async-profiler.
    settings: [Settings; 2],
    /// Whether each of the two has sampled running threads.
    samples_cpu: [bool; 2],
    unread: Unread,
    window: Option<Window>,
}

/// The events of one family.
#[derive(Debug)]
struct Drafted {
    events: Events,
    /// Whether each of them had an amount.
    has_amounts: bool,
}

impl Default for ProfileBuilder {
    fn default() -> Self {
        let drafted = |_| Drafted { events: Events::new(2), has_amounts: true };
        ProfileBuilder {
            families: Family::ALL.map(drafted),
            settings: Default::default(),
            samples_cpu: [false; 2],
            unread: Unread::default(),
            window: None,
        }
    }
}

impl ProfileBuilder {
    /// Reads the events of a chunk.
    pub(super) fn read(
        &mut self,
        chunk: &Chunk<'_>,
        batch: &mut Batch,
        work: Work<'_>,
    ) -> Result<(), ReadError> {
        let Described { classes, checkpoints } = described(chunk, work)?;
        let constants = Constants::read(&checkpoints, chunk.body(), &classes)?;
        let window = chunk.window();
        self.window = Some(self.window.map_or(window, |known| known.union(window)));
        self.settings(chunk, &classes, &constants, work)?;
        let mut reader = ChunkReader {
            chunk,
            constants: &constants,
            stacks: Stacks::of(chunk, &classes)?,
            producer: usize::from(!classes.are_of_jvm()),
            tags: FxHashMap::default(),
            batch,
        };
        let records = records(&classes, chunk)?;
        let mut unread: FxHashMap<i64, u64> = FxHashMap::default();
        let mut events = chunk.events();
        while let Some(mut event) = events.next()? {
            work.check()?;
            match records.get(&event.class) {
                Some((rule, record)) => {
                    let fields = record.read(&mut event.fields)?;
                    self.event(rule, fields, &mut reader)?;
                }
                None => *unread.entry(event.class).or_default() += 1,
            }
        }
        self.unread.add(&unread, &classes);
        Ok(())
    }

    fn event(
        &mut self,
        rule: &Rule,
        fields: [Content<'_>; 7],
        reader: &mut ChunkReader<'_, '_>,
    ) -> Result<(), Malformed> {
        let [start, stack, thread, state, class, count, amount] = fields;
        let at = reader.chunk.time(start.number());
        let stack = reader.stacks.get(stack.number(), reader.constants, reader.batch)?;
        let [thread, state, class] = [thread, state, class].map(Content::number);
        let tags = reader.tags([thread, state, class])?;
        let settings = &self.settings[reader.producer];
        let family = settings.family(rule, || reader.constants.state_name(state))?;
        self.samples_cpu[reader.producer] |= family == Family::Cpu;
        let measured = if family == Family::Wall { WALL_CLOCK_SAMPLE } else { rule.event };
        let count = if let Content::Number(count) = count { count } else { 1 };
        let amount = match (rule.amount, amount) {
            (Amount::Bytes(_), Content::Number(bytes)) => Some(bytes),
            (Amount::Bytes(_), _) => None,
            (Amount::Ticks(_), Content::Number(ticks)) => Some(reader.chunk.span(ticks).0),
            (Amount::Ticks(_) | Amount::Period, _) => {
                let period = settings.period(measured);
                period.map(|period| period.saturating_mul(count))
            }
        };
        let family = &mut self.families[family as usize];
        family.has_amounts &= amount.is_some();
        family.events.push(at, stack, tags, &[count, amount.unwrap_or(0)]);
        Ok(())
    }
}

impl ProfileBuilder {
    /// Reads the settings of a chunk. They also hold for samples that come before them.
    fn settings<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        classes: &Classes,
        constants: &Constants<'a>,
        work: Work<'_>,
    ) -> Result<(), ReadError> {
        let Some(class) = classes.id("jdk.ActiveSetting") else { return Ok(()) };
        let record = Record::of(classes, class, ["id", "name", "value"], chunk.body().at())?;
        let mut events = chunk.events();
        while let Some(mut event) = events.next()? {
            work.check()?;
            if event.class == class {
                let [id, name, value] = record.read(&mut event.fields)?;
                let [name, value] = [constants.text(name)?, constants.text(value)?].map(short);
                let event = classes.name(id.number()).unwrap_or_default();
                self.settings[usize::from(!classes.are_of_jvm())].note(event, &name, &value);
            }
        }
        Ok(())
    }

    /// The recordings of each family that has events.
    pub(super) fn into_recordings(self, batch: &mut Batch) -> Vec<Recording> {
        let mut recordings = Vec::new();
        batch.remarks.add_all(self.unread.remark());
        if self.samples_cpu == [true; 2] {
            batch.remarks.add("`cpu` is what the JVM and what async-profiler sampled".to_owned());
        }
        for (family, Drafted { events, has_amounts }) in Family::ALL.iter().zip(self.families) {
            let Some(extent) = events.extent() else { continue };
            let types = family.types();
            let known = if has_amounts { &types[..] } else { &types[..1] };
            let outline = Outline {
                kinds: known.iter().map(|kind| batch.kind(kind.clone())).collect(),
                labels: Labels::default(),
                // A wait that began before the recording does not move its start, and a
                // chunk that was still being written does not know its end.
                window: self
                    .window
                    .map_or(extent, |window| Window { end: window.end.max(extent.end), ..window }),
                is_undated: false,
            };
            recordings.extend(match family {
                // What is in use at the end is one snapshot.
                Family::Live => events.whole(&outline),
                _ => events.sliced(&outline),
            });
        }
        recordings
    }
}

/// A chunk, and the parts of it that are in the batch so far.
struct ChunkReader<'r, 'a> {
    chunk: &'r Chunk<'a>,
    constants: &'r Constants<'a>,
    stacks: Stacks,
    /// The place of its settings.
    producer: usize,
    /// By the numbers of thread, state and class.
    tags: FxHashMap<[i64; 3], TagsId>,
    batch: &'r mut Batch,
}

impl ChunkReader<'_, '_> {
    fn tags(&mut self, of: [i64; 3]) -> Result<TagsId, Malformed> {
        if let Some(known) = self.tags.get(&of) {
            return Ok(*known);
        }
        let [thread, state, class] = of;
        let mut tagging = Tagging::default();
        tagging.push(THREAD, &self.constants.thread_name(thread)?);
        tagging.push(STATE, &self.constants.state_name(state)?);
        tagging.push(CLASS, &self.constants.class_name(class)?);
        let tags = self.batch.tags(&tagging);
        self.tags.insert(of, tags);
        Ok(tags)
    }
}

/// The description of a chunk.
struct Described<'a> {
    classes: Classes,
    /// The fields of each checkpoint event.
    checkpoints: Vec<Cursor<'a>>,
}

/// Metadata and checkpoints are events of the classes 0 and 1. The header names only the
/// last of each. A walk over all events finds every one and always ends.
fn described<'a>(chunk: &Chunk<'a>, work: Work<'_>) -> Result<Described<'a>, ReadError> {
    let (mut metadata, mut checkpoints) = (None, Vec::new());
    let mut events = chunk.events();
    while let Some(Event { class, fields }) = events.next()? {
        work.check()?;
        match class {
            0 => metadata = Some(fields),
            1 => checkpoints.push(fields),
            _ => {}
        }
    }
    let metadata = metadata.ok_or_else(|| Malformed::at(chunk.end(), "a chunk has no metadata"))?;
    Ok(Described { classes: Classes::read(metadata)?, checkpoints })
}

/// Start, stack trace, thread, state, class, count and amount.
type EventRecord = Record<7>;

/// The rules of the classes that a chunk has, by class.
fn records(
    classes: &Classes,
    chunk: &Chunk<'_>,
) -> Result<FxHashMap<i64, (&'static Rule, EventRecord)>, Malformed> {
    let mut records = FxHashMap::default();
    for rule in &RULES {
        if let Some(class) = classes.id(rule.event) {
            let amount = match rule.amount {
                Amount::Period => "",
                Amount::Bytes(field) | Amount::Ticks(field) => field,
            };
            let wanted =
                ["startTime", "stackTrace", rule.thread, "state", rule.class, rule.count, amount];
            records.insert(class, (rule, Record::of(classes, class, wanted, chunk.body().at())?));
        }
    }
    Ok(records)
}
