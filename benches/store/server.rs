//! Queries to a live Pyroscope server, from the cell to the drawn result, against the
//! server's own answer to what its own page would ask, in turn.
//!
//! `FLAMEBOOK_TEST_PYROSCOPE=http://127.0.0.1:4040` names the server, and
//! `FLAMEBOOK_PYROSCOPE_TENANT` a tenant without profiles, which is filled with recorded
//! ones. They are moved to the last hour, since a server refuses what is old, or does not find
//! it.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use flamebook::http::{Address, Client, Limits, Post};
use flamebook::kernel::language::{CellRequest, Language, Output};
use flamebook::notebook::Notebook;
use flamebook::view::Bundle;
use flamebook::work::{Cancel, Progress, Unwatched, Work};
use prost::Message;

use crate::corpus;
use crate::process::peak_memory;
use crate::report::Row;
use crate::{FLAMEBOOK, RUNS};

/// Of eight series, each with a profile every ten seconds.
const PROFILES: usize = 2000;
const KIND: &str = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
/// The profiles take 2500 seconds.
const LENGTH: i64 = 2_510_000;
/// From the last profile until now, so that all have arrived: in milliseconds.
const SINCE: i64 = 300_000;
/// A server goes on for a while to write what was pushed into larger blocks.
const SETTLED: Duration = Duration::from_secs(60);

/// `SelectMergeStacktraces` and `SelectSeries` have the same first fields.
#[derive(Clone, PartialEq, Message)]
struct Select {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(string, tag = "2")]
    selector: String,
    #[prost(int64, tag = "3")]
    start: i64,
    #[prost(int64, tag = "4")]
    end: i64,
    #[prost(string, repeated, tag = "5")]
    group_by: Vec<String>,
    #[prost(double, tag = "6")]
    step: f64,
}

#[derive(Clone, PartialEq, Message)]
struct Diff {
    #[prost(message, optional, tag = "1")]
    left: Option<Select>,
    #[prost(message, optional, tag = "2")]
    right: Option<Select>,
}

pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let address = std::env::var("FLAMEBOOK_TEST_PYROSCOPE").expect("the address of a server");
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis() as i64;
    let start = (clock - LENGTH - SINCE) / 60_000 * 60_000;
    if fill(folder, &address, start).is_none() {
        return Vec::new();
    }
    let client = Client::new(Address::parse(&address).expect("an address"), Limits::default());
    let mut rows = Vec::new();
    // Each run asks for another window, so that nothing is known from before. It begins with
    // a second, as windows until `now` do.
    let window = |nth: i64| (start + 1000 * nth, start + 1000 * nth + LENGTH);
    let select = |nth: i64, selector: &str| {
        let (start, end) = window(nth);
        let (kind, selector) = (KIND.to_owned(), selector.to_owned());
        Select { kind, selector, start, end, ..Select::default() }
    };
    let written = |nth: i64| {
        let at = |ms: i64| format!("{}.{:03}", ms / 1000, ms % 1000);
        let (start, end) = window(nth);
        format!("[{} .. {}]", at(start), at(end))
    };
    let graph = |nth| ("SelectMergeStacktraces", select(nth, "{}").encode_to_vec());
    let series = |nth| {
        let by_service =
            Select { group_by: vec!["service".to_owned()], step: 15.0, ..select(nth, "{}") };
        ("SelectSeries", by_service.encode_to_vec())
    };
    let diff = |nth| {
        let side = |version: &str| Some(select(nth, &format!("{{version=\"{version}\"}}")));
        ("Diff", Diff { left: side("1"), right: side("2") }.encode_to_vec())
    };
    type Asking<'a> = &'a dyn Fn(i64) -> (&'static str, Vec<u8>);
    let queries: [(&str, &str, &str, Asking<'_>); 3] = [
        ("cpu | flame", "cpu", "", &graph),
        ("cpu | timeline by (service)", "cpu", " | timeline by (service)", &series),
        (
            "cpu{version=\"2\"} | diff {version=\"1\"}",
            "cpu{version=\"2\"}",
            " | diff {version=\"1\"}",
            &diff,
        ),
    ];
    let mut nth = 0;
    for (name, selector, stages, asking) in queries {
        let (mut ours, mut again, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..RUNS {
            nth += 2;
            let mut notebook = Notebook::new(folder.to_owned());
            drawn(&mut notebook, &format!("use {address:?}"));
            let code = format!("{selector}{}{stages}", written(nth));
            ours.push(drawn(&mut notebook, &code));
            again.push(drawn(&mut notebook, &code));
            let (method, body) = asking(nth + 1);
            theirs.push(answered(&client, method, &body));
        }
        rows.push(Row::new(name, "ms", ours).against("Pyroscope", theirs, Some(1.3)));
        rows.push(Row::new("  the second time", "ms", again).all_at_most(5.0));
    }
    // Version 2 refuses a window that begins with the very first profile.
    rows.push(memory(&address, &client, &select(1, "{}"), &written(1)));
    rows
}

/// Fills the tenant with profiles from `start` on, in milliseconds; none if there are none.
fn fill(folder: &Path, address: &str, start: i64) -> Option<()> {
    let run = |arguments: &[&str]| {
        let output = Command::new(FLAMEBOOK).current_dir(folder).args(arguments).output();
        let output = output.expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let listed = run(&["eval", &format!("use {address:?}"), "types"]);
    assert!(!listed.contains(KIND), "FLAMEBOOK_PYROSCOPE_TENANT names a tenant without profiles");
    corpus::files("cpu", PROFILES, &folder.join("files"))?;
    let first = DateTime::from_timestamp_millis(start).expect("a time");
    let first = first.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    run(&["import", "pushed.flamestore", "files", "--time", &first]);
    let begun = Instant::now();
    let pushed = run(&["push", address, "pushed.flamestore"]);
    println!("{} in {:.1} s", pushed.trim_end(), begun.elapsed().as_secs_f64());
    thread::sleep(SETTLED);
    Some(())
}

/// Nothing is shown before the result.
struct NoOutput;

impl Output for NoOutput {
    fn display(&self, _: Bundle) {}
    fn progress(&self, _: &Progress) {}
}

/// How long a cell takes until its result is drawn, in milliseconds.
fn drawn(notebook: &mut Notebook, code: &str) -> f64 {
    let cell = CellRequest { code, number: 1, store: true };
    let begun = Instant::now();
    let bundle = notebook.execute(&cell, &NoOutput, &Cancel::new());
    let spent = begun.elapsed().as_secs_f64() * 1e3;
    let bundle = bundle.unwrap_or_else(|failure| panic!("{code}: {failure:?}"));
    assert!(bundle.is_some(), "{code} is drawn");
    spent
}

/// How long the server takes for a request, in milliseconds.
fn answered(client: &Client, method: &str, body: &[u8]) -> f64 {
    let begun = Instant::now();
    let bytes = asked(client, method, body);
    let spent = begun.elapsed().as_secs_f64() * 1e3;
    assert!(!bytes.is_empty(), "{method} is answered");
    spent
}

fn asked(client: &Client, method: &str, body: &[u8]) -> Vec<u8> {
    let tenant = std::env::var("FLAMEBOOK_PYROSCOPE_TENANT").unwrap_or_default();
    let headers = [("content-type", "application/proto"), ("x-scope-orgid", &tenant)];
    let path = format!("/querier.v1.QuerierService/{method}");
    let post = Post { path: &path, headers: &headers, body };
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let answer = client.post(&post, work, &|_| {}).expect("an answer");
    assert_eq!(answer.status, 200, "{method}: {}", String::from_utf8_lossy(&answer.body));
    answer.body
}

/// What a flame graph takes of memory, above the size of its profile.
fn memory(address: &str, client: &Client, select: &Select, window: &str) -> Row {
    let profile = asked(client, "SelectMergeProfile", &select.encode_to_vec()).len() as f64;
    let mib = profile / f64::from(1 << 20);
    let peaks = (0..RUNS).map(|_| {
        let mut command = Command::new(FLAMEBOOK);
        command.args(["eval", &format!("use {address:?}"), &format!("cpu{window} | flame")]);
        peak_memory(command) - mib
    });
    let what = format!("memory above a profile of {mib:.1} MiB");
    Row::new(what, "MiB", peaks.collect()).all_at_most(100.0)
}
