//! `flamebook scrape`: small servers play programs that are slow, fail and restart, and a real Go
//! program is there where Go is.
//!
//! - `running`: the program under test, which is ended as a service is
//! - `counters`: what is counted from the start of a process
//! - `faults`: what targets answer instead of profiles, one beside another
//! - `ending`: signals, a crash, a second scrape, a full disk
//! - `reported`: secrets, metrics, files of targets
//! - `looked`: `use "http://host/debug/pprof"`
//! - `gopher`: a Go program with `net/http/pprof`

mod counters;
mod ending;
mod faults;
#[cfg(target_os = "linux")]
mod gopher;
mod looked;
mod reported;
mod running;

use std::sync::atomic::{AtomicI64, Ordering};

use crate::recording::Recording;
use crate::server::web::{Asked, Reply, Web};

/// The name of the profile that a request asks for: `heap`.
fn profile(asked: &Asked) -> &str {
    let path = asked.path.split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

fn answer(recording: &Recording) -> Reply {
    Reply::Says("200 OK".to_owned(), recording.bytes())
}

/// What is in use in `f`: this many bytes. The clock of the target stands in 2001 and moves by
/// a second with each profile, because no two profiles of a program have one time.
fn in_use(bytes: i64) -> Reply {
    answer(&Recording::of("inuse_space", "bytes").at(next_second()).stack("main;f", bytes))
}

fn next_second() -> i64 {
    static CLOCK: AtomicI64 = AtomicI64::new(1_000_000_000);
    CLOCK.fetch_add(1, Ordering::Relaxed)
}

/// A program that is well.
fn well() -> Web {
    Web::start(|asked| match profile(asked) {
        "heap" => in_use(7),
        "profile" => answer(
            &Recording::of("cpu", "nanoseconds").at(next_second()).lasting(1).stack("main;f", 5),
        ),
        _ => Reply::says("404 Not Found", "Unknown profile"),
    })
}
