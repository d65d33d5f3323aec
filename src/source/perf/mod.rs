//! The output of `perf script`: samples with their stacks, as text.
//!
//! ```text
//! shop worker  2481/2489 [001]  1654.582834:   10101010 cpu-clock:
//!         ffffffff81d332f7 read_zero+0x77 ([kernel.kallsyms])
//!                     13c3 serve+0x45 (/opt/shop/shop)
//! ```
//!
//! `comm`, `pid` and `tid` become sample labels. Each event is measured in two types:
//! `samples`, and its period. The period is `cpu` in nanoseconds for `cpu-clock` and
//! `task-clock`, and a count with the event's name for all others: `cycles`, `page_faults`.
//! Times count from the start of the machine. A header (`perf script --header`) says when
//! that was. A trace of more than 20 s is cut, see `events`. The reader is written by hand
//! because inferno, which reads this format too, drops the times.
//!
//! - `header`: the line that a sample starts with
//! - `frames`: the lines of its stack
//! - `event`: which types an event is

use rustc_hash::FxHashMap;

use super::batch::Batch;
use super::events::Outline;
use super::malformed::{Malformed, ReadError};
use super::recording::Recording;
use super::tagging::Tagging;
use super::text::{self, Lines};
use crate::profile::Labels;
use crate::profile::symbols::TagsId;
use crate::quantity::{Span, Timestamp, Window};
use crate::work::Work;
use event::Event;
use frames::Frames;
use header::Header;

mod event;
mod frames;
mod header;

#[cfg(test)]
mod tests;

pub(super) const NAME: &str = "perf script";

/// The line of `perf script --header` with the time when a recording ended.
const CAPTURED: &str = "# captured on    : ";

/// Whether the first line that is not blank or a comment is the header of a sample.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    let mut lines = Lines::new(bytes).map(|(_, line)| line);
    let first = lines.find(|line| !line.is_empty() && line[0] != b'#');
    text::is_text(bytes) && first.is_some_and(|line| Header::parse(line).is_some())
}

/// Reads a whole text.
pub(super) fn read(
    bytes: &[u8],
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let mut script = Script::default();
    for (number, line) in Lines::new(bytes) {
        work.check()?;
        script.line(line, batch).map_err(|reason| malformed(number, reason))?;
    }
    script.end_of_sample(batch);
    Ok(script.finish(batch))
}

fn malformed(line: usize, reason: &str) -> Malformed {
    text::malformed(NAME, line, reason)
}

/// The part of a text that was read so far.
#[derive(Default)]
struct Script<'a> {
    /// The sample whose stack is being read.
    sample: Option<Sample>,
    frames: Frames<'a>,
    events: Vec<Event<'a>>,
    /// By the part of a header that names the thread.
    tags: FxHashMap<&'a [u8], TagsId>,
    captured: Option<Timestamp>,
}

struct Sample {
    tags: TagsId,
    time: Timestamp,
    event: usize,
    period: Option<i64>,
}

impl<'a> Script<'a> {
    fn line(&mut self, line: &'a [u8], batch: &mut Batch) -> Result<(), &'static str> {
        match line {
            [] => self.end_of_sample(batch),
            [b'#', ..] => self.comment(line),
            [b' ' | b'\t', ..] if self.sample.is_some() && self.frames.push(line, batch) => {}
            _ => {
                let header = Header::parse(line).ok_or(
                    "expected a sample or a frame, such as `cat 7/7 [000] 5.25: 1000 cycles:`",
                )?;
                self.end_of_sample(batch);
                self.header(&header, batch)?;
            }
        }
        Ok(())
    }

    fn header(&mut self, header: &Header<'a>, batch: &mut Batch) -> Result<(), &'static str> {
        // Processes and mappings that came and went, `--show-task-events`.
        if header.event.starts_with(b"PERF_RECORD_") {
            return Ok(());
        }
        let time = header.time.unwrap_or(Ok(Timestamp(0))).map_err(|()| "the time is too large")?;
        let event = Event::find(&mut self.events, header.event);
        let period = header.period.transpose().map_err(|()| "the period is too large")?;
        self.events[event].has_periods |= period.is_some();
        let tags = self.tags(header, batch);
        self.sample = Some(Sample { tags, time, event, period });
        // An event without a call chain has its only frame behind it.
        if !header.rest.is_empty() && self.frames.push(header.rest, batch) {
            self.end_of_sample(batch);
        }
        Ok(())
    }

    fn tags(&mut self, header: &Header<'a>, batch: &mut Batch) -> TagsId {
        *self.tags.entry(header.who).or_insert_with(|| {
            let mut tagging = Tagging::default();
            let labels = [("comm", header.comm), ("pid", header.pid), ("tid", header.tid)];
            for (label, value) in labels.into_iter().filter(|(_, value)| !value.is_empty()) {
                tagging.push(label, &String::from_utf8_lossy(value));
            }
            batch.tags(&tagging)
        })
    }

    fn end_of_sample(&mut self, batch: &mut Batch) {
        if let Some(Sample { tags, time, event, period }) = self.sample.take() {
            let stack = self.frames.stack(batch);
            // Without a period, a sample is one of what it counts.
            let values = [1, period.unwrap_or(1)];
            self.events[event].samples.push(time, stack, tags, &values);
        }
    }

    fn comment(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        if let Some(time) = line.strip_prefix(CAPTURED) {
            self.captured = header::captured(time);
        }
    }

    fn finish(self, batch: &mut Batch) -> Vec<Recording> {
        let extents = self.events.iter().filter_map(|event| event.samples.extent());
        let Some(window) = extents.reduce(Window::union) else { return Vec::new() };
        // The last sample is at the end, not before it.
        let window = Window { start: window.start, end: window.end.minus(Span(1)) };
        let length = window.end.since(window.start);
        let start = self.captured.map_or(Timestamp(0), |end| end.minus(length));
        let recordings = self.events.iter().flat_map(|event| {
            let outline = Outline {
                kinds: event.kinds(batch),
                labels: Labels::default(),
                window,
                is_undated: self.captured.is_none(),
            };
            event.samples.sliced(&outline)
        });
        let mut recordings: Vec<_> = recordings.collect();
        for recording in &mut recordings {
            recording.start = start.plus(recording.start.since(window.start));
        }
        recordings
    }
}
