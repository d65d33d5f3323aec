//! What a scrape has done so far: a line for people, and metrics for Prometheus.
//!
//! An error is said once, when it begins or changes, and again when it is over: a target that
//! is down for a night does not fill a log.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::endpoint::Endpoint;
use super::target::Target;
use crate::quantity::{Quantity, Unit};
use crate::source::SourceError;

/// Shared by all threads of a scrape.
pub struct Status {
    /// As they are shown: `job="scrape", instance="host:6060"`.
    names: Vec<Name>,
    counts: Mutex<Counts>,
    say: Box<dyn Fn(&str) + Send + Sync>,
}

struct Name {
    job: String,
    instance: String,
}

#[derive(Default)]
struct Counts {
    endpoints: BTreeMap<(usize, Endpoint), EndpointCounts>,
    store: StoreCounts,
    /// Errors of targets that were said and are not over.
    said: BTreeSet<(usize, String)>,
    last_error: Option<String>,
}

#[derive(Default)]
struct EndpointCounts {
    profiles: u64,
    failures: u64,
    bytes: u64,
    seconds: f64,
    /// Of the last round; none if it had an answer.
    error: Option<String>,
}

/// What became of the fetched profiles.
#[derive(Debug, Default, Clone)]
pub struct StoreCounts {
    /// Blocks and their bytes.
    pub blocks: u64,
    pub bytes: u64,
    /// Profiles that older ones made room for.
    pub dropped: u64,
    /// Recordings that wait until the store can be written.
    pub waiting: u64,
    /// Recordings that were given up, because too many waited.
    pub lost: u64,
    pub error: Option<String>,
}

/// The part of one target.
#[derive(Clone, Copy)]
pub(super) struct TargetStatus<'s> {
    status: &'s Status,
    nth: usize,
}

impl Status {
    /// `say` gets what has changed, a line each.
    pub fn new(targets: &[Target], say: impl Fn(&str) + Send + Sync + 'static) -> Status {
        let name = |target: &Target| {
            let label = |name| target.labels.get(name).map(ToString::to_string).unwrap_or_default();
            Name { job: label("job"), instance: label("instance") }
        };
        let names = targets.iter().map(name).collect();
        Status { names, counts: Mutex::default(), say: Box::new(say) }
    }

    pub(super) fn of(&self, nth: usize) -> TargetStatus<'_> {
        TargetStatus { status: self, nth }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `2 of 3 targets up, 120 profiles, 4.1 MiB, last error: …`
    pub fn line(&self) -> String {
        let counts = self.counts();
        let all = self.names.len();
        let up = (0..all).filter(|nth| counts.is_up(*nth)).count();
        let plural = if all == 1 { "" } else { "s" };
        let bytes = Quantity::new(counts.bytes() as f64, Unit::Bytes);
        let mut line =
            format!("{up} of {all} target{plural} up, {} profiles, {bytes}", counts.profiles());
        if counts.store.waiting > 0 {
            // Writing to a string does not fail.
            let _ = write!(line, ", {} not written yet", counts.store.waiting);
        }
        if let Some(error) = &counts.last_error {
            let _ = write!(line, ", last error: {error}");
        }
        line
    }

    /// Profiles that were fetched, and their bytes.
    pub fn fetched(&self) -> (u64, u64) {
        let counts = self.counts();
        (counts.profiles(), counts.bytes())
    }

    pub fn store(&self) -> StoreCounts {
        self.counts().store.clone()
    }

    /// Changes what is said of the store, and says an error that is new.
    pub(super) fn stored(&self, change: impl FnOnce(&mut StoreCounts)) {
        let mut counts = self.counts();
        let before = counts.store.error.clone();
        change(&mut counts.store);
        let now = counts.store.error.clone();
        if now.is_some() {
            counts.last_error.clone_from(&now);
        }
        drop(counts);
        match (before, now) {
            (before, Some(error)) if before.as_ref() != Some(&error) => (self.say)(&error),
            (Some(_), None) => (self.say)("the store is written again"),
            _ => {}
        }
    }

    /// The metrics in Prometheus' text format.
    /// <https://prometheus.io/docs/instrumenting/exposition_formats/>
    pub fn metrics(&self) -> String {
        let counts = self.counts();
        let mut text = String::new();
        let up = self.names.iter().enumerate();
        let up = up.map(|(nth, name)| (name.labels(None), f64::from(u8::from(counts.is_up(nth)))));
        family(&mut text, "target_up", "gauge", "Whether the last round had a profile.", up);
        let each = |value: Value| {
            let endpoints = counts.endpoints.iter();
            let sample = endpoints.map(|((nth, endpoint), counts)| {
                (self.names[*nth].labels(Some(*endpoint)), value(counts))
            });
            sample.collect::<Vec<_>>()
        };
        let families: [(&str, &str, &str, Value); 4] = [
            ("profiles_total", "counter", "Profiles that were fetched.", |c| c.profiles as f64),
            ("failures_total", "counter", "Rounds without a profile.", |c| c.failures as f64),
            ("bytes_total", "counter", "Bytes that were fetched.", |c| c.bytes as f64),
            ("duration_seconds", "gauge", "How long the last round took.", |c| c.seconds),
        ];
        for (name, kind, help, value) in families {
            family(&mut text, name, kind, help, each(value).into_iter());
        }
        let store = &counts.store;
        for (name, kind, help, value) in [
            ("store_blocks_total", "counter", "Blocks that were written.", store.blocks),
            ("store_bytes_total", "counter", "Bytes of these blocks.", store.bytes),
            ("store_dropped_total", "counter", "Profiles that were too old.", store.dropped),
            ("store_waiting", "gauge", "Profiles that are not written yet.", store.waiting),
            ("store_lost_total", "counter", "Profiles that could not be written.", store.lost),
        ] {
            family(&mut text, name, kind, help, std::iter::once((String::new(), value as f64)));
        }
        text
    }
}

/// What a metric shows of a profile of a target.
type Value = fn(&EndpointCounts) -> f64;

fn family(
    text: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    samples: impl Iterator<Item = (String, f64)>,
) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "# HELP flamebook_scrape_{name} {help}");
    let _ = writeln!(text, "# TYPE flamebook_scrape_{name} {kind}");
    for (labels, value) in samples {
        let _ = writeln!(text, "flamebook_scrape_{name}{labels} {value}");
    }
}

impl Name {
    /// `{job="scrape",instance="host:6060",profile="cpu"}`
    fn labels(&self, endpoint: Option<Endpoint>) -> String {
        let profile = endpoint.map(|endpoint| format!(",profile=\"{}\"", endpoint.name()));
        let (job, instance) = (escaped(&self.job), escaped(&self.instance));
        format!("{{job=\"{job}\",instance=\"{instance}\"{}}}", profile.unwrap_or_default())
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

impl Counts {
    /// Whether the last round of a target had a profile.
    fn is_up(&self, target: usize) -> bool {
        let of_target = self.endpoints.iter().filter(|((nth, _), _)| *nth == target);
        of_target.into_iter().any(|(_, counts)| counts.error.is_none())
    }

    fn profiles(&self) -> u64 {
        self.endpoints.values().map(|counts| counts.profiles).sum()
    }

    fn bytes(&self) -> u64 {
        self.endpoints.values().map(|counts| counts.bytes).sum()
    }
}

impl TargetStatus<'_> {
    pub(super) fn answered(&self, endpoint: Endpoint, bytes: usize, spent: Duration) {
        let mut counts = self.status.counts();
        let of = counts.endpoints.entry((self.nth, endpoint)).or_default();
        of.profiles += 1;
        of.bytes += bytes as u64;
        of.seconds = spent.as_secs_f64();
        let error = of.error.take();
        // One error may concern several profiles.
        let is_back = error.is_some_and(|error| counts.said.remove(&(self.nth, error)));
        drop(counts);
        if is_back {
            let instance = &self.status.names[self.nth].instance;
            (self.status.say)(&format!("{instance} gives its {} profile again", endpoint.name()));
        }
    }

    pub(super) fn failed(&self, endpoint: Endpoint, error: &SourceError, spent: Duration) {
        let text = error.to_string();
        let mut counts = self.status.counts();
        let of = counts.endpoints.entry((self.nth, endpoint)).or_default();
        of.failures += 1;
        of.seconds = spent.as_secs_f64();
        let before = of.error.replace(text.clone());
        if let Some(before) = before.filter(|before| *before != text) {
            counts.said.remove(&(self.nth, before));
        }
        let is_new = counts.said.insert((self.nth, text.clone()));
        counts.last_error = Some(text.clone());
        drop(counts);
        if is_new {
            let help = match error {
                SourceError::Target(target) => format!("\nhelp: {}", target.help()),
                _ => String::new(),
            };
            (self.status.say)(&format!("{text}{help}"));
        }
    }
}
