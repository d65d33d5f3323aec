//! Fetches profiles from programs that serve them, such as Go's `net/http/pprof`: on a schedule
//! into a store, or once for a look.
//!
//! Each target has two lanes with a thread each: CPU profiles last nearly as long as the
//! interval, and everything else is fetched beside them. So nothing waits for a slow target, and
//! a lane that is late leaves a gap. What the lanes fetch goes to the recorder, which writes
//! a block every few seconds. Allocations, contentions and delays are counted from the start of
//! a process; what the store gets is what was added since the fetch before.
//!
//! - `config`: a file of targets, as for Prometheus; `relabel`: its `relabel_configs`;
//!   `yaml`: its format
//! - `target`: an address with labels, an interval and a login; `login`: the secret of it
//! - `endpoint`: the profiles of Go, by name
//! - `fetch`: one request; `error`: what goes wrong with it
//! - `reading`: an answer as recordings; `growth` of counters is taken there
//! - `schedule`: when; `lane`: one target, round by round
//! - `recorder`: into the store
//! - `status`: what is said about all of it, to people and to Prometheus
//! - `look`: `use "http://host:6060/debug/pprof"`

use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use self::lane::{Lane, lanes};
use self::recorder::Recorder;
use self::schedule::Schedule;
use self::status::Status;
use self::target::Target;
use super::SourceError;
use super::store::tail::Tail;
use crate::quantity::Span;
use crate::work::{Cancel, Unwatched, Work};

pub mod config;
pub mod endpoint;
pub mod error;
mod fetch;
mod lane;
mod login;
mod look;
mod reading;
mod recorder;
mod relabel;
mod schedule;
pub mod status;
pub mod target;
mod yaml;

pub(super) use look::{is_target, open};

/// What to fetch, and how long to keep it.
#[derive(Debug)]
pub struct Plan {
    pub targets: Vec<Target>,
    /// Older profiles are dropped; none keeps everything.
    pub keep: Option<Span>,
}

/// Fetches into a store until it is cancelled. What was fetched until then is written. Fails if
/// the store cannot be used, or if another scrape fills it.
pub fn scrape(
    store: &Path,
    plan: &Plan,
    status: &Status,
    cancel: &Cancel,
) -> Result<(), SourceError> {
    let work = Work { cancel, watch: &Unwatched };
    let tail = Tail::open(store, work)?;
    let (fetched, incoming) = channel();
    let began = Instant::now();
    thread::scope(|scope| {
        for (nth, target) in plan.targets.iter().enumerate() {
            let schedule = Schedule::of(began, target, (nth, plan.targets.len()));
            for endpoints in lanes(&target.endpoints) {
                let watched = status.of(nth);
                let mut lane = Lane::new(target, endpoints, watched, fetched.clone());
                scope.spawn(move || lane.run(schedule, work));
            }
        }
        // The recorder ends when the last lane has.
        drop(fetched);
        let every = plan.targets.iter().map(|target| target.every).min().unwrap_or_default();
        Recorder::new(tail, (every, plan.keep), status, cancel).run(&incoming);
    });
    Ok(())
}
