//! Writes what the lanes fetch into the store, a block every few seconds.
//!
//! A block is complete when it is there, so that a crash loses what was fetched since the last
//! one and nothing else. What cannot be written, because the disk is full or another process
//! has the store, waits in memory; if that is too much, the oldest goes.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::status::Status;
use crate::profile::{ProfileType, Symbols};
use crate::quantity::Span;
use crate::source::batch::Batch;
use crate::source::recording::Recording;
use crate::source::store::error::StoreError;
use crate::source::store::tail::Tail;
use crate::work::{Cancel, Unwatched, Work};

/// The longest time that profiles wait for others of their block.
const GATHER: Duration = Duration::from_secs(5);
/// Old profiles are dropped so many times while they age: what is kept is older by at most
/// this part.
const KEEP_PARTS: u32 = 24;
/// How long the last block may wait for another process.
const LAST: Duration = Duration::from_secs(5);
/// The most samples that wait.
const MOST_WAITING: usize = 8 << 20;

pub(super) struct Recorder<'a> {
    tail: Tail,
    status: &'a Status,
    cancel: &'a Cancel,
    gather: Duration,
    keep: Option<Span>,
    last_drop: Instant,
    waiting: VecDeque<Pack>,
}

/// Profiles of one block.
struct Pack {
    symbols: Symbols,
    kinds: Vec<ProfileType>,
    recordings: Vec<Recording>,
}

impl<'a> Recorder<'a> {
    /// For targets that are asked at the shortest of these intervals, and for profiles that are kept
    /// so long.
    pub(super) fn new(
        tail: Tail,
        (shortest, keep): (Duration, Option<Span>),
        status: &'a Status,
        cancel: &'a Cancel,
    ) -> Recorder<'a> {
        let gather = (shortest / 4).min(GATHER);
        let (last_drop, waiting) = (Instant::now(), VecDeque::new());
        Recorder { tail, status, cancel, gather, keep, last_drop, waiting }
    }

    /// Until all lanes have ended; then the rest is written.
    pub(super) fn run(mut self, incoming: &Receiver<Batch>) {
        let mut gathered: Option<(Batch, Instant)> = None;
        loop {
            let until = gathered.as_ref().map(|(_, until)| *until);
            let wait = until.map_or(GATHER, |at| at.saturating_duration_since(Instant::now()));
            match incoming.recv_timeout(wait) {
                Ok(batch) => gathered = Some(self.joined(gathered, batch)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.add(gathered.take());
                    return self.write(Cancel::at(Instant::now() + LAST));
                }
            }
            let is_due = gathered.as_ref().is_none_or(|(_, until)| *until <= Instant::now());
            if is_due && (gathered.is_some() || !self.waiting.is_empty()) {
                self.add(gathered.take());
                self.write(Cancel::new());
                self.tidy();
            }
        }
    }

    fn joined(&self, gathered: Option<(Batch, Instant)>, batch: Batch) -> (Batch, Instant) {
        match gathered {
            None => (batch, Instant::now() + self.gather),
            Some((before, until)) => {
                let joined = before.joined(batch, Work::unattended());
                (joined.unwrap_or_default(), until)
            }
        }
    }

    fn add(&mut self, gathered: Option<(Batch, Instant)>) {
        let Some((batch, _)) = gathered.filter(|(batch, _)| !batch.is_empty()) else { return };
        let (symbols, kinds, recordings) = batch.into_parts();
        self.waiting.push_back(Pack { symbols, kinds, recordings });
    }

    /// Writes what waits, oldest first, until it fails.
    fn write(&mut self, cancel: Cancel) {
        let work = Work { cancel: &cancel, watch: &Unwatched };
        while let Some(Pack { symbols, kinds, recordings }) = self.waiting.front() {
            match self.tail.add(kinds, symbols, recordings, work) {
                Ok(bytes) => {
                    self.waiting.pop_front();
                    self.status.stored(|store| {
                        store.blocks += 1;
                        store.bytes += bytes;
                        store.error = None;
                    });
                }
                Err(error) => {
                    self.failed(&error);
                    break;
                }
            }
        }
        let lost = self.make_room();
        let waiting = self.waiting.iter().map(|pack| pack.recordings.len() as u64).sum();
        self.status.stored(|store| {
            store.lost += lost;
            store.waiting = waiting;
        });
    }

    fn failed(&self, error: &StoreError) {
        let text = match error {
            StoreError::Cancelled(_) => "another process is changing the store".to_owned(),
            error => error.to_string(),
        };
        self.status.stored(|store| store.error = Some(format!("not written: {text}")));
    }

    /// Gives up the oldest profiles if too many wait; their number.
    fn make_room(&mut self) -> u64 {
        let samples = |pack: &Pack| -> usize {
            pack.recordings.iter().map(|recording| recording.stacks.len()).sum()
        };
        let (mut waiting, mut lost) = (self.waiting.iter().map(samples).sum::<usize>(), 0);
        while waiting > MOST_WAITING
            && let Some(pack) = self.waiting.pop_front()
        {
            waiting -= samples(&pack);
            lost += pack.recordings.len() as u64;
        }
        lost
    }

    /// Merges small blocks, and drops old profiles from time to time. Both stop when the scrape
    /// is to end, and are done later.
    fn tidy(&mut self) {
        let work = Work { cancel: self.cancel, watch: &Unwatched };
        let mut done = self.tail.merge(work);
        if let Some(keep) = self.keep {
            let interval = Duration::from_nanos(keep.0.unsigned_abs()) / KEEP_PARTS;
            if done.is_ok() && self.last_drop.elapsed() >= interval {
                let dropped = self.tail.keep(keep, work);
                done = dropped.map(|dropped| self.status.stored(|store| store.dropped += dropped));
                self.last_drop = Instant::now();
            }
        }
        match done {
            Ok(()) | Err(StoreError::Cancelled(_)) => {}
            Err(error) => self.failed(&error),
        }
    }
}
