//! What Go counts from the start of a process is stored as what was added.

use std::sync::Mutex;

use super::running::{STORE, Scrape, folder};
use super::{answer, in_use, next_second, profile};
use crate::cells::{Cells, figure, text};
use crate::recording::Recording;
use crate::server::web::{Reply, Web};

fn allocated(stacks: &[(&str, i64)]) -> Reply {
    let empty = Recording::of("alloc_space", "bytes").at(next_second());
    let recording = stacks.iter().fold(empty, |all, (stack, bytes)| all.stack(stack, *bytes));
    answer(&recording)
}

/// Answers these one after another, then the last again and again.
fn in_turn(snapshots: Vec<Vec<(&'static str, i64)>>) -> Web {
    let next = Mutex::new(0);
    Web::start(move |asked| match profile(asked) {
        "allocs" => {
            let mut next = next.lock().expect("no test panics here");
            let snapshot = &snapshots[(*next).min(snapshots.len() - 1)];
            *next += 1;
            allocated(snapshot)
        }
        _ => in_use(7),
    })
}

#[test]
fn counters_are_stored_as_what_each_interval_has_added() {
    let web = in_turn(vec![
        vec![("main;f", 100)],
        vec![("main;f", 150), ("main;g", 10)],
        // The process was restarted, and has counted 20 since.
        vec![("main;f", 20)],
        vec![("main;f", 21)],
    ]);
    let folder = folder();
    let mut scrape = Scrape::start(folder.path(), &["--profiles", "allocs", &web.address()]);
    scrape.until("four deltas", |scrape| scrape.stored("alloc_space") >= 4);
    assert!(scrape.stop().status.success());
    let mut cells = Cells::over(folder.path(), STORE);
    // f: 50, then 20, then 1; g: 10. What was there before the first fetch is not counted.
    let top = cells.table("alloc_space | top");
    let rows: Vec<_> = (0..top.height())
        .map(|row| (text(&top, "function", row), figure(&top, "self", row)))
        .collect();
    let own = rows.iter().filter(|(_, own)| *own > 0.0).cloned().collect::<Vec<_>>();
    assert_eq!(own, [("f".to_owned(), 71.0), ("g".to_owned(), 10.0)]);
    // Each lasts from one fetch to the next, by the clock of this machine.
    let profiles = cells.table("alloc_space | profiles");
    for row in 1..profiles.height() {
        let seconds = figure(&profiles, "duration", row) / 1e9;
        assert!((0.5..6.0).contains(&seconds), "{seconds}");
    }
    let told = format!("{:?}", profiles.frame);
    assert!(!told.contains("2001"), "{told}");
}

#[test]
fn what_is_in_use_is_a_level() {
    let web = in_turn(vec![vec![]]);
    let folder = folder();
    let label = ["--label", "service=shop", "--profiles", "heap,goroutine"];
    let mut scrape = Scrape::start(folder.path(), &[&label[..], &[&web.address()]].concat());
    scrape.until("three snapshots", |scrape| scrape.stored("inuse_space") >= 3);
    let ended = scrape.stop();
    assert!(ended.stdout.starts_with("x.flamestore: added "), "{}", ended.stdout);
    let mut cells = Cells::over(folder.path(), STORE);
    // Both answers have this type; each has 7 bytes in use at any time.
    let mean = cells.table("inuse_space | by (service, job) | table");
    assert_eq!(text(&mean, "service", 0), "shop");
    assert_eq!(text(&mean, "job", 0), "scrape");
    assert_eq!(figure(&mean, "total", 0), 7.0);
    let instance = cells.table("values instance");
    assert_eq!(format!("http://{}", text(&instance, "instance", 0)), web.address());
}

#[test]
fn an_answer_that_comes_again_is_not_counted_again() {
    // A cache between: the same profile for ever.
    let same = Recording::of("inuse_space", "bytes").at(1_000_000_000).stack("main;f", 3);
    let web = Web::start(move |_| answer(&same));
    let folder = folder();
    let mut scrape = Scrape::start(folder.path(), &["--profiles", "heap", &web.address()]);
    scrape.until("an error", |scrape| scrape.stderr().contains("the same profile as before"));
    assert!(scrape.stop().status.success());
    assert_eq!(super::running::stored(folder.path(), "inuse_space"), 1);
}
