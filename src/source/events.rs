//! Events with times to recordings: a long trace is cut into slices, so that it has a
//! timeline.
//!
//! Formats that keep the time of each event (JFR, OTLP, `perf script`) would otherwise be one
//! profile of an hour. A short trace stays whole. Equal events of a slice are added up. A
//! slice without events is an empty recording: the profiler ran and saw nothing.

use super::recording::{Column, Recording};
use crate::profile::symbols::TagsId;
use crate::profile::{self, Labels, StackId};
use crate::quantity::{Span, Timestamp, Window};

/// A longer trace is cut.
const LONGEST: Span = Span::seconds(20);

/// The length of a slice, the usual one of continuous profilers.
const SLICE: Span = Span::seconds(10);

/// The most slices. Those of a recording of days are longer, and no file can ask for more.
const MOST: i64 = 10_000;

/// Events of one kind, in any order.
#[derive(Debug)]
pub(super) struct Events {
    rows: Vec<Row>,
    /// `width` values for each row.
    values: Vec<i64>,
    width: usize,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    at: Timestamp,
    stack: StackId,
    tags: TagsId,
}

/// What all events of a trace share.
#[derive(Debug, Clone)]
pub(super) struct Outline {
    /// The types of the first values of each event, as the batch numbers them.
    pub(super) kinds: Vec<usize>,
    pub(super) labels: Labels,
    /// When the profiler was running. An event outside of it, such as a wait that began
    /// before, goes into the nearest slice.
    pub(super) window: Window,
    pub(super) is_undated: bool,
}

impl Outline {
    /// The number of recordings that a trace is cut into.
    pub(super) fn slices(&self) -> usize {
        Slices::of(self.window).count as usize
    }
}

impl Events {
    /// For events with this many values each.
    pub(super) fn new(width: usize) -> Events {
        Events { rows: Vec::new(), values: Vec::new(), width }
    }

    pub(super) fn push(&mut self, at: Timestamp, stack: StackId, tags: TagsId, values: &[i64]) {
        debug_assert_eq!(values.len(), self.width, "values of an event");
        self.rows.push(Row { at, stack, tags });
        self.values.extend_from_slice(values);
    }

    /// From the first event to the last; none without events.
    pub(super) fn extent(&self) -> Option<Window> {
        let end = self.rows.iter().map(|row| row.at).max()?.plus(Span(1));
        let start = self.rows.iter().map(|row| row.at).min()?;
        Some(Window { start, end })
    }

    /// As one recording, or several in time for a long trace.
    pub(super) fn sliced(&self, outline: &Outline) -> Vec<Recording> {
        self.recordings(Slices::of(outline.window), outline)
    }

    /// As one recording of any length, for events whose times are not known.
    pub(super) fn whole(&self, outline: &Outline) -> Vec<Recording> {
        self.recordings(Slices::whole(outline.window), outline)
    }

    fn recordings(&self, slices: Slices, outline: &Outline) -> Vec<Recording> {
        let key = |i: &usize| {
            let Row { at, stack, tags } = self.rows[*i];
            (slices.index(at), stack, tags)
        };
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_cached_key(key);
        let mut rest = &order[..];
        let slice = |index| {
            let (rows, later) = rest.split_at(rest.partition_point(|i| key(i).0 == index));
            rest = later;
            self.recording(rows, slices.window(index), outline)
        };
        (0..slices.count).map(slice).collect()
    }

    /// The recording of these rows. Equal rows are neighbours, and their values are added up.
    fn recording(&self, rows: &[usize], window: Window, outline: &Outline) -> Recording {
        let group = |i: &usize| (self.rows[*i].stack, self.rows[*i].tags);
        let groups: Vec<&[usize]> = rows.chunk_by(|a, b| group(a) == group(b)).collect();
        let sums = |column: usize| -> profile::Column<i64> {
            let value = |i: &usize| self.values[i * self.width + column];
            let sum = |rows: &&[usize]| rows.iter().map(value).fold(0, i64::saturating_add);
            groups.iter().map(sum).collect()
        };
        let kinds = outline.kinds.iter().enumerate();
        Recording {
            labels: outline.labels.clone(),
            start: window.start,
            is_undated: outline.is_undated,
            duration: window.end.since(window.start),
            period: 0,
            stacks: groups.iter().map(|rows| group(&rows[0]).0).collect(),
            tags: groups.iter().map(|rows| group(&rows[0]).1).collect(),
            columns: kinds.map(|(i, kind)| Column { kind: *kind, values: sums(i) }).collect(),
        }
    }
}

/// A window cut into equal parts, the last of which may be shorter.
#[derive(Debug, Clone, Copy)]
struct Slices {
    window: Window,
    length: i64,
    count: i64,
}

impl Slices {
    fn whole(window: Window) -> Slices {
        let length = window.end.since(window.start).0.max(1);
        Slices { window, length, count: 1 }
    }

    fn of(window: Window) -> Slices {
        let whole = Slices::whole(window).length;
        if whole <= LONGEST.0 {
            return Slices::whole(window);
        }
        // A multiple of ten seconds, so that longer slices are round, too.
        let length = SLICE.0.saturating_mul((whole / SLICE.0 / MOST).saturating_add(1));
        Slices { window, length, count: (whole - 1) / length + 1 }
    }

    fn index(self, at: Timestamp) -> i64 {
        (at.since(self.window.start).0 / self.length).clamp(0, self.count - 1)
    }

    fn window(self, index: i64) -> Window {
        let start = self.window.start.plus(Span(index.saturating_mul(self.length)));
        let end = start.plus(Span(self.length)).min(self.window.end).max(start);
        Window { start, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events at these seconds with these counts, all of one stack.
    fn events(seconds: &[(i64, i64)]) -> Events {
        let mut events = Events::new(1);
        for (second, value) in seconds {
            let at = Timestamp(0).plus(Span::seconds(*second));
            events.push(at, StackId::EMPTY, TagsId(0), &[*value]);
        }
        events
    }

    fn outline(window: Window) -> Outline {
        Outline { kinds: vec![7], labels: Labels::default(), window, is_undated: false }
    }

    /// Each recording: its first and its last second, and what it counts.
    fn cut(events: Events, start: i64, end: i64) -> Vec<(i64, i64, Vec<i64>)> {
        let [start, end] = [start, end].map(|second| Timestamp(0).plus(Span::seconds(second)));
        let recordings = events.sliced(&outline(Window { start, end }));
        let second = |at: i64| at / 1_000_000_000;
        let told = |recording: &Recording| {
            assert_eq!(recording.columns[0].kind, 7);
            let end = recording.start.plus(recording.duration);
            (second(recording.start.0), second(end.0), recording.columns[0].values.to_vec())
        };
        recordings.iter().map(told).collect()
    }

    #[test]
    fn what_is_short_stays_whole() {
        let whole = cut(events(&[(119, 1), (101, 2)]), 100, 120);
        assert_eq!(whole, [(100, 120, vec![3])]);
        assert_eq!(cut(events(&[]), 5, 5), [(5, 5, vec![])]);
    }

    #[test]
    fn what_is_long_is_cut_and_nothing_is_lost() {
        // In no order; 90 is before the start, and 140 is the end.
        let long = [(139, 1), (100, 2), (109, 4), (130, 8), (90, 16), (140, 32), (110, 64)];
        let slices = cut(events(&long), 100, 135);
        assert_eq!(
            slices,
            [
                (100, 110, vec![2 + 4 + 16]),
                (110, 120, vec![64]),
                (120, 130, vec![]),
                (130, 135, vec![1 + 8 + 32]),
            ]
        );
    }

    #[test]
    fn events_that_differ_are_kept_apart() {
        let mut events = events(&[(1, 1), (2, 2)]);
        events.push(Timestamp(0), StackId::EMPTY, TagsId(9), &[4]);
        events.push(Timestamp(0), StackId(3), TagsId(0), &[8]);
        assert_eq!(cut(events, 0, 9), [(0, 9, vec![1 + 2, 4, 8])]);
    }

    #[test]
    fn however_long_a_file_claims_to_be_slices_are_few() {
        let window = Window { start: Timestamp(i64::MIN), end: Timestamp(i64::MAX) };
        let slices = Slices::of(window);
        assert!(slices.count <= MOST, "{slices:?}");
        assert_eq!(slices.index(Timestamp(i64::MAX)), slices.count - 1);
        let week = Window { start: Timestamp(0), end: Timestamp(7 * 86_400 * 1_000_000_000) };
        // 60 480 slices of 10 s are too many; of 70 s, they are 8 640.
        let Slices { length, count, .. } = Slices::of(week);
        assert_eq!((length / 1_000_000_000, count), (70, 8640));
        assert_eq!(events(&[(0, 1)]).sliced(&outline(week)).len(), 8640);
        assert_eq!(events(&[(0, 1)]).whole(&outline(week)).len(), 1);
    }
}
