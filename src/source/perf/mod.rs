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
//! that was. A trace of more than 20 s is cut, see `events`. Lines of other fields and of
//! decoders are passed over and counted. The reader is written by hand because inferno,
//! which reads this format too, drops the times.
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
use crate::profile::symbols::TagsId;
use crate::profile::{Labels, StackId};
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

/// How many lines are looked at to recognise the format: errors may come before samples.
const LEADING: usize = 20;

const WANTED: &str = "expected a sample or a frame, such as `cat 7/7 [000] 5.25: 1000 cycles:`";

/// Whether the first line that is not blank or a comment is the header of a sample, or one
/// of the next with a frame below it.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    let lines = Lines::new(bytes).map(|(_, line)| line);
    let told = lines.filter(|line| !line.is_empty() && line[0] != b'#');
    let lines: Vec<&[u8]> = told.take(LEADING).collect();
    let is_sample = |pair: &[&[u8]]| is_header(pair[0]) && frames::is_frame(pair[1]);
    text::is_text(bytes)
        && (lines.first().is_some_and(|line| Header::parse(line).is_some())
            || lines.windows(2).any(is_sample))
}

fn is_header(line: &[u8]) -> bool {
    Header::parse(line).or_else(|| Header::parse_untimed(line)).is_some()
}

/// Reads a whole text.
pub(super) fn read(
    bytes: &[u8],
    batch: &mut Batch,
    work: Work<'_>,
) -> Result<Vec<Recording>, ReadError> {
    let bytes = without_open_blanks(bytes);
    let is_tabbed = bytes.windows(2).any(|pair| pair == b"\n\t");
    let mut script = Script { is_tabbed, ..Script::default() };
    for (number, line) in Lines::new(bytes) {
        work.check()?;
        match script.line(line, batch) {
            Ok(LineKind::Known) => {}
            Ok(LineKind::Foreign) => script.foreign.push(number),
            Err(reason) => return Err(malformed(number, reason).into()),
        }
    }
    let end = script.end(bytes, batch);
    match &script.foreign[..] {
        [first, ..] if script.foreign.len() >= script.samples => {
            Err(malformed(*first, WANTED).into())
        }
        _ => {
            batch.remarks.add_all(script.remarks());
            batch.remarks.add_all(end.map(str::to_owned));
            Ok(script.finish(batch))
        }
    }
}

/// The text without the blanks of a line that was cut before it said anything: as a line
/// they would end a sample.
fn without_open_blanks(bytes: &[u8]) -> &[u8] {
    match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(end) if bytes[end..].trim_ascii().is_empty() => &bytes[..=end],
        Some(_) | None => bytes,
    }
}

/// Whether a line belongs to a trace.
enum LineKind {
    Known,
    Foreign,
}

fn malformed(line: usize, reason: &str) -> Malformed {
    text::malformed(NAME, line, reason)
}

/// The part of a text that was read so far.
#[derive(Default)]
struct Script<'a> {
    /// The sample whose stack is being read.
    sample: Option<Sample<'a>>,
    frames: Frames<'a>,
    events: Vec<Event<'a>>,
    /// By the part of a header that names the thread.
    tags: FxHashMap<&'a [u8], TagsId>,
    captured: Option<Timestamp>,
    /// Frames start with a tab, as perf writes them; what starts with a blank is no frame.
    is_tabbed: bool,
    /// The numbers of lines that are neither.
    foreign: Vec<usize>,
    samples: usize,
    timed: usize,
    with_stack: usize,
    /// Samples with a blank line behind them.
    ended: usize,
}

struct Sample<'a> {
    /// What follows the header in its line.
    rest: &'a [u8],
    tags: TagsId,
    time: Timestamp,
    event: usize,
    period: Option<i64>,
}

impl<'a> Script<'a> {
    fn line(&mut self, line: &'a [u8], batch: &mut Batch) -> Result<LineKind, &'static str> {
        let is_open = self.sample.is_some();
        match line {
            [] => {
                self.ended += usize::from(is_open);
                self.end_of_sample(batch);
            }
            [b'#', ..] => self.comment(line),
            [b'\t', ..] if is_open && self.frames.push(line, batch) => {}
            _ => match self.parse(line) {
                Some(header) => {
                    self.end_of_sample(batch);
                    self.header(&header, batch)?;
                }
                None if is_open && self.belongs(line, batch) => {}
                None => return Ok(LineKind::Foreign),
            },
        }
        Ok(LineKind::Known)
    }

    fn parse(&self, line: &'a [u8]) -> Option<Header<'a>> {
        let untimed = || Header::parse_untimed(line).filter(|_| self.timed == 0);
        Header::parse(line).or_else(untimed)
    }

    /// Whether a line that starts with a blank is a part of the open sample: a place in a
    /// source, branches, registers; a frame, if an editor has replaced the tabs.
    fn belongs(&mut self, line: &'a [u8], batch: &mut Batch) -> bool {
        let is_error = line.starts_with(b" instruction trace error");
        line[0] == b' ' && !is_error && (self.is_tabbed || self.frames.push(line, batch))
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
        self.samples += 1;
        self.timed += usize::from(header.time.is_some());
        self.sample = Some(Sample { rest: header.rest, tags, time, event, period });
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
        if let Some(Sample { rest, tags, time, event, period }) = self.sample.take() {
            // An event without a call chain has its only frame behind it.
            let is_tracepoint = Event::is_tracepoint(self.events[event].written);
            if self.frames.is_empty()
                && let Some(frame) = frames::frame_in(rest, is_tracepoint)
            {
                self.frames.push(frame, batch);
            }
            let stack = self.frames.stack(batch);
            self.with_stack += usize::from(stack != StackId::EMPTY);
            // Without a period, a sample is one of what it counts.
            let values = [1, period.unwrap_or(1)];
            self.events[event].samples.push(time, stack, tags, &values);
        }
    }

    /// The last sample at the end of the text: what is said about it. perf writes a blank
    /// line behind each stack. Without it, the text may be cut.
    fn end(&mut self, bytes: &[u8], batch: &mut Batch) -> Option<&'static str> {
        let sample = self.sample.as_ref()?;
        let last = bytes.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_cut_frame = last.starts_with(b" ") || last.starts_with(b"\t");
        let is_cut_frame = is_cut_frame && !last.trim_ascii_end().ends_with(b")");
        // An event without a call chain has its only frame in its own line.
        let is_tracepoint = Event::is_tracepoint(self.events[sample.event].written);
        let is_whole = last.is_empty() || last.trim_ascii_end().ends_with(b")");
        let is_one_line = is_whole && frames::frame_in(sample.rest, is_tracepoint).is_some();
        let has_frames = !self.frames.is_empty() || is_one_line;
        // Each sample before has a stack.
        let lacks_stack = !has_frames && self.ended > 0 && self.ended + 1 == self.samples;
        if is_cut_frame || lacks_stack {
            self.sample = None;
            self.samples -= 1;
            self.frames.clear();
            return Some("it ends within a sample, which is left out; was the file cut?");
        }
        self.end_of_sample(batch);
        let may_be_cut = has_frames && !is_one_line || !last.is_empty();
        may_be_cut.then_some("it ends without a blank line, so the last stack may be cut")
    }

    /// What is not in the trace, and how to get it.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(first) = self.foreign.first() {
            let (lines, are) =
                if self.foreign.len() == 1 { ("line", "is") } else { ("lines", "are") };
            remarks.push(format!(
                "{} {lines} {are} neither a sample nor a frame, from line {first} on",
                self.foreign.len()
            ));
        }
        if self.samples > 0 && self.timed == 0 {
            remarks.push("samples have no times; `perf script -F +time` prints them".to_owned());
        }
        if self.samples > 0 && self.with_stack == 0 {
            let help = "`perf record -g` records them, `perf script -F +ip,sym` prints them";
            remarks.push(format!("samples have no stacks; {help}"));
        }
        remarks
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
        // The only sample of an event may have been left out.
        let seen = self.events.iter().filter(|event| event.samples.extent().is_some());
        let recordings = seen.flat_map(|event| {
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
