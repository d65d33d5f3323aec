//! Every example of the registries runs on the example data, and shows something;
//! so does an investigation as people lead it.
//!
//! `help`, Shift-Tab and the reference print these examples: who copies one must
//! not meet an error or an empty result. Those that upload do so to a server of
//! this machine, in place of the address that they show.

use std::cell::RefCell;

use flamebook::diag::render;
use flamebook::eval::value::{Graph, Outcome, Value, View};
use flamebook::kernel::language::Cell;
use flamebook::lang::{functions, verbs};
use flamebook::notebook::Notebook;
use flamebook::work::{Cancel, Unwatched, Work};

use crate::receiver::{Answer, Receiver};

#[test]
fn every_example_shows_something() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut wrong = String::new();
    let verbs = verbs::all().flat_map(|spec| spec.examples);
    let functions = functions::FUNCTIONS.iter().flat_map(|spec| spec.examples);
    let examples: Vec<&&str> = verbs.chain(functions).collect();
    assert!(examples.len() > 80, "only {} examples", examples.len());
    let server = Receiver::start(Answer::link("/share/k"));
    for example in examples {
        let example = &example.replace("https://flames.example", &server.address());
        // A session each: an example may not lean on another.
        let mut notebook = Notebook::new(folder.path().to_owned());
        run(&mut notebook, "use \"demo:\"").expect("the example data");
        match run(&mut notebook, example) {
            Err(report) => wrong += &format!("\n{report}"),
            Ok(outcomes) if !outcomes.iter().any(is_something) => {
                wrong += &format!("\nshows nothing: {example}");
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(server.requests().len() >= 2, "the examples of `publish` were replaced");
}

/// What people ask in an investigation, one after the other in one session.
const INVESTIGATION: [&str; 24] = [
    "cpu | labels",
    "cpu{service=\"shop\"} | values pod",
    "functions ~\"json\"",
    "inuse_space{service=\"shop\"}[6h:1m] | timeline by (pod)",
    "inuse_space{service=\"shop\"}[6h:1m] | focus \"*cache.(*Store).Put\" | timeline",
    "inuse_space{version=\"2\"}[6h] | last_over_time | callers \"*cache.(*Store).Put\" | trim 1% | icicle",
    "alloc_space{service=\"shop\"}[30m] | rate | hide {package=\"runtime\"} | top 10",
    "let release = cpu{service=\"shop\", env=\"prod\"}[1h]\nlet stable = release{version=\"1\"}",
    "stable | assert self(\"encoding/json.*\") < 5%, \"JSON share regressed\"",
    "release | by (pod) | topk 5 | timeline",
    "let hot = release{pod=\"a\"}[15m]\nhot | tagroot (endpoint) | flame",
    "let gc = ~\"runtime\\.(gcBgMarkWorker|gcAssistAlloc|bgsweep)\"",
    "cpu{service=\"shop\"}[6h:1m] | by (version) | where total(gc) > 1% | table",
    "cpu{service=\"shop\"}[1h] | callers \"runtime.mallocgc\" | flame",
    "alloc_objects[1h]\n  | hide {package=\"runtime\"}\n  | granularity line\n  | top 20",
    "mutex:delay[1h] | callers \"sync.(*Mutex).Unlock\" | flame",
    "block:delay[1h] | ignore ~\"runtime\\.(chanrecv|selectgo)\"",
    "cpu{endpoint=\"/search\"}[1h] | tree",
    "cpu[1h] | by (endpoint) | topk 10 | table",
    "cpu | focus root \"net/http.*\" >> \"*rank.*\" | icicle",
    "cpu[2026-11-23T04:52Z .. +30s] | top 3",
    // As the brush of a timeline writes it.
    "cpu[2026-11-23T04:51:04.250Z .. 2026-11-23T04:52:00Z] | top 3",
    "start = \"2026-11-23T04:52Z\"\ncpu[start .. +30s] | top 3",
    "# Parameters\nservice = \"shop\"\nwindow = \"1h\"\n\
     let sel = cpu{service=service}[window] | collapse recursion\n\
     sel | focus leaf {module=\"*shop*\"} | save \"shop.svg\"\n\
     assert share(\"runtime.*\", sel) < 60%",
];

#[test]
fn an_investigation_runs() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut notebook = Notebook::new(folder.path().to_owned());
    run(&mut notebook, "use \"demo:\"").expect("the example data");
    for query in INVESTIGATION {
        let outcomes = run(&mut notebook, query).unwrap_or_else(|report| panic!("{report}"));
        assert!(outcomes.iter().any(is_something), "shows nothing: {query}");
    }
    assert!(folder.path().join("shop.svg").exists());
}

fn run(notebook: &mut Notebook, code: &str) -> Result<Vec<Outcome>, String> {
    let shown = RefCell::new(Vec::new());
    let work = Work { cancel: &Cancel::new(), watch: &Unwatched };
    let cell = Cell { code, number: 1, store: true };
    let last = notebook
        .run(&cell, &|outcome| shown.borrow_mut().push(outcome), work)
        .map_err(|errors| render::plain(&errors[0], code, "example"))?;
    let mut outcomes = shown.into_inner();
    outcomes.extend(last);
    Ok(outcomes)
}

fn is_drawn(graph: &Graph) -> bool {
    match graph {
        Graph::Tree(tree) => tree.total() != 0.0,
        Graph::Diff(diff) => diff.before.total() != 0.0 && diff.after.total() != 0.0,
    }
}

fn is_something(outcome: &Outcome) -> bool {
    match &outcome.value {
        Value::Tree(tree) => tree.total() != 0.0,
        Value::Diff(diff) => is_drawn(&Graph::Diff(diff.clone())),
        Value::View(View::Flame(graph) | View::Icicle(graph) | View::Outline(graph)) => {
            is_drawn(graph)
        }
        Value::View(View::Sandwich(sandwich)) => {
            is_drawn(&sandwich.callers) && is_drawn(&sandwich.callees)
        }
        Value::View(View::Comparison(comparison)) => {
            comparison.panes.iter().all(|pane| pane.tree.total() != 0.0)
        }
        Value::Table(table) => table.height() > 0,
        Value::Series(series) | Value::View(View::Timeline(series)) => {
            series.lines.iter().any(|line| line.points.iter().any(|(_, value)| value.is_some()))
        }
        Value::View(View::Heatmap(map)) => {
            map.rows.iter().any(|row| row.cells.iter().any(Option::is_some))
        }
        Value::Pattern { functions, .. } => !functions.is_empty(),
        Value::Scalar(_) | Value::Note(_) | Value::Help(_) => true,
    }
}
