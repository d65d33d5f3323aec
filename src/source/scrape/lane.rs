//! One target, round by round: asks for a few of its profiles in turn, and again where that
//! may help.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::endpoint::Endpoint;
use super::error::TargetError;
use super::fetch::Fetcher;
use super::reading::{Fetched, Reading, Wanted};
use super::schedule::{Schedule, Slot};
use super::status::TargetStatus;
use super::target::Target;
use crate::quantity::{Span, Timestamp};
use crate::source::SourceError;
use crate::source::batch::Batch;
use crate::source::malformed::ReadError;
use crate::source::text::is_text;
use crate::work::{Cancelled, Work};

/// How often a profile is asked for in one round.
const ATTEMPTS: u32 = 3;
/// The first pause before it is asked for again.
const PAUSE: Duration = Duration::from_millis(250);
/// Between two looks for an interrupt.
const CHECK_INTERVAL: Duration = Duration::from_millis(10);

/// The profiles that are fetched one after another: CPU profiles block, so they have a lane of
/// their own.
pub(super) fn lanes(endpoints: &[Endpoint]) -> impl Iterator<Item = Vec<Wanted>> {
    let (cpu, others): (Vec<Wanted>, Vec<Wanted>) =
        Wanted::of(endpoints).into_iter().partition(|wanted| wanted.endpoint == Endpoint::Cpu);
    [cpu, others].into_iter().filter(|lane| !lane.is_empty())
}

pub(super) struct Lane<'t> {
    target: &'t Target,
    wanted: Vec<Wanted>,
    fetcher: Fetcher<'t>,
    status: TargetStatus<'t>,
    fetched: Sender<Batch>,
    /// The last answers.
    before: BTreeMap<Endpoint, Before>,
}

struct Before {
    fetched: Fetched,
    /// By the clock of the target.
    stamp: i64,
}

impl<'t> Lane<'t> {
    pub(super) fn new(
        target: &'t Target,
        wanted: Vec<Wanted>,
        status: TargetStatus<'t>,
        fetched: Sender<Batch>,
    ) -> Lane<'t> {
        let has_cpu = wanted.iter().any(|wanted| wanted.endpoint == Endpoint::Cpu);
        let recorded = if has_cpu { target.every } else { Duration::ZERO };
        let fetcher = Fetcher::new(target, recorded + target.timeout);
        Lane { target, wanted, fetcher, status, fetched, before: BTreeMap::new() }
    }

    /// Until it is cancelled.
    pub(super) fn run(&mut self, schedule: Schedule, work: Work<'_>) {
        let mut last = None;
        loop {
            let slot = schedule.after(last, Instant::now());
            if wait_until(slot.start, work).is_err() || self.round(slot, work).is_err() {
                return;
            }
            last = Some(slot);
        }
    }

    fn round(&mut self, slot: Slot, work: Work<'_>) -> Result<(), Cancelled> {
        for wanted in self.wanted.clone() {
            let began = Instant::now();
            let read = self.attempts(&wanted, slot, work);
            let spent = began.elapsed();
            match read {
                Ok((batch, bytes)) => {
                    self.status.answered(wanted.endpoint, bytes, spent);
                    // Fails only after the recorder has ended.
                    let _ = self.fetched.send(batch);
                }
                Err(SourceError::Cancelled(cancelled)) => return Err(cancelled),
                Err(error) => self.status.failed(wanted.endpoint, &error, spent),
            }
        }
        Ok(())
    }

    /// Asks again after a failure that may pass, as long as the slot lasts.
    fn attempts(
        &mut self,
        wanted: &Wanted,
        slot: Slot,
        work: Work<'_>,
    ) -> Result<(Batch, usize), SourceError> {
        let mut attempt = 1;
        loop {
            let failed = match self.attempt(wanted, slot, work) {
                Err(SourceError::Target(error)) => error,
                done => return done,
            };
            let again = Instant::now() + PAUSE * 2u32.pow(attempt - 1);
            let has_time = again + margin(self.target) < slot.end;
            if attempt == ATTEMPTS || !failed.may_pass() || !has_time {
                return Err(failed.into());
            }
            wait_until(again, work)?;
            attempt += 1;
        }
    }

    fn attempt(
        &mut self,
        wanted: &Wanted,
        slot: Slot,
        work: Work<'_>,
    ) -> Result<(Batch, usize), SourceError> {
        let path = match wanted.endpoint {
            Endpoint::Cpu => format!("{}?seconds={}", wanted.endpoint.path(), self.seconds(slot)),
            other => other.path().to_owned(),
        };
        let asked = now();
        let bytes = self.fetcher.fetch(&path, work)?;
        let fetched = Fetched { bytes, asked, answered: now() };
        let url = self.fetcher.url(&format!("/{}", wanted.endpoint.path()));
        let before = self.before.get(&wanted.endpoint);
        let recent = before.map(|before| &before.fetched).filter(|before| {
            fetched.answered.since(before.answered).0 <= longest(self.target.every).0
        });
        let read = wanted.read(recent, &fetched, &self.target.labels, work);
        let Reading { batch, stamp } = match read {
            Ok(read) => read,
            Err(ReadError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => {
                return Err(TargetError::NotAProfile {
                    url,
                    reason: self.reason(&error, &fetched),
                }
                .into());
            }
        };
        if stamp != 0 && before.is_some_and(|before| before.stamp == stamp) {
            return Err(TargetError::Repeated { url }.into());
        }
        let size = fetched.bytes.len();
        // Of a CPU profile only the stamp is asked for again.
        let bytes = if wanted.counters { fetched.bytes } else { Vec::new() };
        let fetched = Fetched { bytes, ..fetched };
        self.before.insert(wanted.endpoint, Before { fetched, stamp });
        Ok((batch, size))
    }

    /// What came instead of a profile, in its own words if it has some.
    fn reason(&self, error: &ReadError, fetched: &Fetched) -> String {
        match error {
            ReadError::Unknown { .. } if !fetched.bytes.is_empty() && is_text(&fetched.bytes) => {
                format!("no profile: `{}`", self.fetcher.words(&fetched.bytes))
            }
            ReadError::Unknown { .. } => error.to_string(),
            error => format!("a profile that cannot be read: {error}"),
        }
    }

    /// Whole seconds of a CPU profile that ends with the slot.
    fn seconds(&self, slot: Slot) -> u64 {
        let left = slot.end.saturating_duration_since(Instant::now());
        left.saturating_sub(margin(self.target)).as_secs().max(1)
    }
}

/// What a counter has added is kept over one round that failed. After a longer gap it begins
/// anew: what was added in an hour would be shown at its beginning.
fn longest(every: Duration) -> Span {
    Span(i64::try_from((every * 5 / 2).as_nanos()).unwrap_or(i64::MAX))
}

/// Left at the end of an interval, for the answer to arrive.
fn margin(target: &Target) -> Duration {
    (target.every / 10).min(Duration::from_secs(1))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

fn wait_until(end: Instant, work: Work<'_>) -> Result<(), Cancelled> {
    loop {
        work.check()?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(left.min(CHECK_INTERVAL));
    }
}
