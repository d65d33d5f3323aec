//! The requests that each query of the tour makes, as a table: the server of these tests
//! holds the example data, and the cells of `notebooks/tour.ipynb` run against it.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use flamebook::eval::result::value::Outcome;
use flamebook::profile::{Labels, Snapshot, Symbols};
use flamebook::source::{Asked, Request, Source, demo};
use flamebook::work::{Cancel, Unwatched, Work};

use super::open;
use super::pyroscope::{Held, serve};
use super::web::Web;
use crate::cells::Cells;
use crate::demo::{is_something, tour};

/// The first line of each cell, and the requests that it makes if nothing is known yet. A
/// diff has 8 pieces a side, of the time that has profiles, which is asked for first; where stacks of memory are asked for piece by piece, only for
/// those that have a profile. A window that begins and ends within a step is asked for in
/// parts of the step.
#[rustfmt::skip]
const REQUESTS: [(&str, &str); 34] = [
    ("cpu | labels", "1 LabelNames, 1 SelectSeries"),
    ("cpu | values endpoint", "1 SelectSeries"),
    (r#"cpu{version="2"} | describe"#, "1 SelectMergeStacktraces"),
    (r#"inuse_space{version="2", pod="b"} | profiles"#, "1 LabelNames, 1 SelectSeries"),
    (r#"cpu{version="2"}"#, "1 SelectMergeStacktraces"),
    (r#"cpu{version="2"} | top 10"#, "1 SelectMergeStacktraces"),
    (r#"cpu{version="2"} | functions "shop/internal/*" | take 10"#, "1 SelectMergeStacktraces"),
    (r#"cpu{version="2"} | focus "shop/internal/rank.*" | show_from "shop/internal/web.(*Server).*" | icicle"#, "1 SelectMergeStacktraces"),
    (r#"cpu{version="2"} | ignore {package="runtime"} | hide {package="net/http"} | top 5 by total"#, "1 SelectMergeStacktraces"),
    (r#"cpu{version="2"} | show_from "*.(*Category).Browse" | focus "*.(*Category).Browse" | collapse recursion | trim 1% | tree"#, "1 SelectMergeStacktraces"),
    (r#"cpu{version="2"} | prune_from {package="runtime"} | top 5"#, "1 SelectMergeStacktraces"),
    (r#"cpu{version="2"} | granularity package | top 8"#, "1 SelectMergeStacktraces"),
    (r#"cpu{version="2"} | callers "runtime.mallocgc" | trim 2% | tree"#, "1 SelectMergeStacktraces"),
    (r#"cpu{version="2"} | tagroot (endpoint) | trim 1% | flame"#, "6 SelectMergeStacktraces, 1 Series"),
    ("cpu | by (version, pod) | table", "1 SelectSeries"),
    ("cpu | rate | by (version) | table", "1 SelectSeries"),
    ("cpu[4m:10s] | timeline by (version)", "1 SelectSeries"),
    ("cpu | heatmap by (version, pod)", "1 SelectSeries"),
    (r#"cpu{version="2"} | diff {version="1"}"#, "16 SelectMergeStacktraces, 2 SelectSeries"),
    (r#"cpu{version="2"} | diff {version="1"} | top 5"#, "16 SelectMergeStacktraces, 2 SelectSeries"),
    (r#"cpu{version="1"} | by (endpoint) | table"#, "1 SelectSeries"),
    (r#"cpu{version="2"} | by (endpoint) | table"#, "1 SelectSeries"),
    (r#"let slow = cpu{version="2", endpoint="/recommendations"}"#, "1 SelectMergeStacktraces, 1 SelectSeries"),
    (r#"total("*recommend.distinct", slow) / total("*recommend.distinct", cpu{version="1", endpoint="/recommendations"})"#, "2 SelectMergeStacktraces"),
    (r#"slow | sandwich "*recommend.distinct""#, "1 SelectMergeStacktraces"),
    (r#"let on = cpu{version="2", flag_new_ranker="on"}"#, "2 SelectMergeStacktraces, 1 SelectSeries"),
    (r#"on | diff {flag_new_ranker="off"} mode=amount | sandwich "*rank.(*Scorer).Score""#, "16 SelectMergeStacktraces, 2 SelectSeries"),
    (r#"inuse_space{version="2"}[4m:20s] | timeline by (pod)"#, "1 LabelNames, 1 SelectSeries"),
    (r#"inuse_space{version="2", pod="b"}[1m] | diff offset 2m | top 5"#, "2 LabelNames, 5 SelectMergeStacktraces, 2 SelectSeries"),
    (r#"inuse_space{version="2", pod="b"} | last_over_time | callers "*.(*Store).Put" | trim 1% | icicle"#, "1 LabelNames, 12 SelectMergeStacktraces, 2 SelectSeries"),
    ("cpu | top 500 by total", "1 SelectMergeStacktraces"),
    (r#"slow | assert share("*recommend.distinct") > 10%, "the slowdown has been repaired""#, "8 SelectMergeStacktraces, 1 SelectSeries"),
    (r#"cpu{version="2"} | diff {version="1"} | assert delta("runtime.gcBgMarkWorker") < 1%, "more garbage""#, "16 SelectMergeStacktraces, 2 SelectSeries"),
    ("help focus", ""),
];

/// `1 Series, 4 SelectMergeStacktraces`
fn counted(web: &Web) -> String {
    let mut counts = BTreeMap::<String, usize>::new();
    for method in web.methods() {
        *counts.entry(method).or_default() += 1;
    }
    let counts = counts.iter().map(|(method, count)| format!("{count} {method}"));
    counts.collect::<Vec<_>>().join(", ")
}

#[test]
fn the_requests_of_the_tour_are_those_of_a_table() {
    let web = serve(example_data(), true);
    let mut server = open(&web);
    // The newest profile: now is the wall clock for a server.
    server.run("set now 2026-11-23T04:55:06Z");
    let mut made = Vec::new();
    // The first cell opens the example data.
    for code in tour().into_iter().skip(1) {
        // Nothing is known of the server that is opened anew.
        server.run(&format!("use {:?}", web.address()));
        web.asked();
        let outcomes = server.run(&code);
        assert!(outcomes.iter().all(is_something), "{code}: {outcomes:?}");
        made.push((code.lines().next().unwrap_or_default().to_owned(), counted(&web)));
        server.run(&code);
        assert_eq!(counted(&web), "", "the second run of {code}");
    }
    let table = REQUESTS.map(|(line, asked)| (line.to_owned(), asked.to_owned()));
    assert_eq!(made, table, "{made:#?}");
}

#[test]
fn the_tour_has_the_totals_of_the_files() {
    let web = serve(example_data(), true);
    let mut server = open(&web);
    server.run("set now 2026-11-23T04:55:06Z");
    let mut files = Cells::over("".as_ref(), "demo:");
    let totals = |outcomes: Vec<Outcome>| -> Vec<Option<f64>> {
        outcomes.iter().map(|of| of.header.total.as_ref().map(|total| total.value)).collect()
    };
    let mut compared = 0;
    // A rate is per second of the window, because a server does not know profiled times.
    for code in tour().iter().filter(|code| !code.contains("rate")) {
        let found = totals(server.run(code));
        compared += found.iter().flatten().count();
        assert_eq!(found, totals(files.run(code)), "{code}");
    }
    assert!(compared > 20, "{compared} totals");
}

/// The example data as a server has it.
pub(crate) fn example_data() -> Vec<Held> {
    static HELD: OnceLock<Vec<Held>> = OnceLock::new();
    HELD.get_or_init(|| {
        let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
        let source = demo::open(&Labels::default(), work).expect("the example data");
        let mut held = Vec::new();
        for kind in source.types() {
            let asked = Asked::EVERYTHING;
            let all = Request { kind: &kind, matchers: &[], window: None, asked };
            let found = source.select(&all, work).expect("profiles");
            let found = found.read(work).expect("samples");
            let id: &'static str = String::leak(kind.id.to_string());
            for snapshot in found.snapshots.iter() {
                held.extend(split(id, snapshot, &found.symbols));
            }
        }
        held
    })
    .clone()
}

/// One profile for each set of labels of its samples, as the server splits them.
fn split(kind: &'static str, snapshot: &Snapshot, symbols: &Symbols) -> Vec<Held> {
    let mut parts = BTreeMap::<BTreeMap<String, String>, Vec<_>>::new();
    for (stack, tags, value) in snapshot.samples().iter() {
        let of_sample = symbols.tags(tags).iter().filter(|(_, value)| value.as_number().is_none());
        let all = snapshot.labels.iter().chain(of_sample);
        let labels = all.map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let mut names: Vec<&'static str> =
            symbols.stacks.path(stack).map(|frame| leaked(symbols.frame_name(frame))).collect();
        names.reverse();
        parts.entry(labels).or_default().push((names, value));
    }
    let at = snapshot.start.0 / 1_000_000;
    let held = |(labels, stacks)| Held { kind, labels, at, stacks };
    parts.into_iter().map(held).collect()
}

/// Each name once, for as long as the tests run.
fn leaked(name: &str) -> &'static str {
    static NAMES: OnceLock<Mutex<BTreeMap<String, &'static str>>> = OnceLock::new();
    let names = NAMES.get_or_init(Default::default);
    let mut names = names.lock().expect("no test failed in here");
    names.entry(name.to_owned()).or_insert_with(|| String::leak(name.to_owned()))
}
