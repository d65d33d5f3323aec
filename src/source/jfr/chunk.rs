//! A chunk: what a JVM writes between two rotations. Each can be read alone. Its header
//! holds the clock; the rest is events, one after another.

use super::cursor::{Cursor, Width};
use crate::quantity::{Span, Timestamp, Window};
use crate::source::malformed::Malformed;

pub(super) const MAGIC: &[u8] = b"FLR\0";

const HEADER: usize = 68;

/// Versions of the format with this layout: 1 is JDK 9 and 10, 2 is JDK 11 and later.
/// Files of Oracle's JDK 7 and 8 share only the magic bytes.
const MAJORS: [i64; 2] = [1, 2];

/// The integers of the chunk are compressed.
const COMPRESSED: i64 = 1;

/// A chunk of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk<'a> {
    /// Its events, up to its end.
    body: Cursor<'a>,
    start: i64,
    duration: i64,
    start_ticks: i64,
    ticks_per_second: i64,
}

/// An event: its class, and where its fields begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a> {
    pub(super) class: i64,
    pub(super) fields: Cursor<'a>,
}

impl<'a> Chunk<'a> {
    /// The chunk whose header starts here.
    pub(super) fn at(file: &'a [u8], start: usize) -> Result<Chunk<'a>, Malformed> {
        let mut header = Cursor::new(file, start, false);
        if header.take(MAGIC.len())? != MAGIC {
            return Err(Malformed::at(start, "expected a chunk of JFR"));
        }
        let (major, minor) = (header.number(Width::Short)?, header.number(Width::Short)?);
        if !MAJORS.contains(&major) {
            let reason = format!("version {major}.{minor} of JFR is not read, 1 and 2 are");
            return Err(Malformed::at(start, reason));
        }
        let mut long = || header.number(Width::Long);
        let size = long()?;
        let [_constants, _metadata] = [long()?, long()?];
        let [nanos, duration, start_ticks, ticks_per_second] = [long()?, long()?, long()?, long()?];
        let is_compressed = header.number(Width::Int)? & COMPRESSED != 0;
        if size == 0 {
            return Err(Malformed::at(
                start,
                "the recording was not finished: a chunk has no size",
            ));
        }
        if ticks_per_second <= 0 {
            let reason = format!("a chunk has a clock of {ticks_per_second} ticks per second");
            return Err(Malformed::at(start, reason));
        }
        let body = Cursor::new(file, start + HEADER, is_compressed).within(start, size)?;
        Ok(Chunk { body, start: nanos, duration, start_ticks, ticks_per_second })
    }

    pub(super) fn body(&self) -> Cursor<'a> {
        self.body
    }

    /// Where the next one starts.
    pub(super) fn end(&self) -> usize {
        self.body.end()
    }

    pub(super) fn window(&self) -> Window {
        let start = Timestamp(self.start);
        Window { start, end: start.plus(Span(self.duration.max(0))) }
    }

    pub(super) fn events(&self) -> EventIter<'a> {
        EventIter { rest: self.body }
    }

    /// A time of the chunk's clock.
    pub(super) fn time(&self, ticks: i64) -> Timestamp {
        let since = i128::from(ticks) - i128::from(self.start_ticks);
        Timestamp(clamped(i128::from(self.start) + self.scaled(since)))
    }

    pub(super) fn span(&self, ticks: i64) -> Span {
        Span(clamped(self.scaled(ticks.into())))
    }

    fn scaled(&self, ticks: i128) -> i128 {
        ticks * 1_000_000_000 / i128::from(self.ticks_per_second)
    }
}

fn clamped(nanos: i128) -> i64 {
    nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// The events of a chunk, one by one.
#[derive(Debug, Clone)]
pub(super) struct EventIter<'a> {
    rest: Cursor<'a>,
}

impl<'a> EventIter<'a> {
    pub(super) fn next(&mut self) -> Result<Option<Event<'a>>, Malformed> {
        if self.rest.is_at_end() {
            return Ok(None);
        }
        let start = self.rest.at();
        let size = self.rest.number(Width::Int)?;
        let event = self.rest.within(start, size)?;
        let mut fields = event;
        let class = fields.number(Width::Long)?;
        self.rest = self.rest.moved_to(event.end());
        Ok(Some(Event { class, fields }))
    }
}
