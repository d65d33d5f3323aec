//! Latency of completion: `cargo bench --bench assist`.
//!
//! It completes a function name on a source of 100 000 functions, through all layers of a
//! front end's request; parses and checks the worked queries of the reference; and asks a
//! kernel whose cell is running. The table shows medians, extremes, and claimed limits.

// The bench uses the tests' front end.
#[allow(dead_code, reason = "it asks fewer questions than the tests")]
#[path = "../tests/frontend.rs"]
mod frontend;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use flamebook::kernel::language::CellRequest;
use flamebook::lang::types::Type;
use flamebook::lang::{Scope, check, parse};
use flamebook::notebook::Notebook;
use flamebook::profile::{StackId, Symbols};
use flamebook::quantity::{Span, Timestamp};
use flamebook::source::pprof::Content;
use flamebook::work::{Cancel, Unwatched, Work};
use serde_json::json;

use frontend::{Frontend, Kernel};

const RUNS: usize = 31;
const FUNCTIONS: usize = 100_000;

/// Completions of functions: a prefix that one function has, a prefix that all have, an
/// empty prefix, and functions left by earlier stages.
const QUESTIONS: [&str; 6] = [
    "cpu | focus \"handler42",
    "cpu | focus \"serve",
    "cpu | focus ",
    "cpu{service=\"shop\"} | where self(\"handler4",
    "cpu | hide \"*service7*\" | focus \"handler42",
    "cpu | focus \"*service7*\" | hide \"*Handler1*\" | focus \"handler42",
];

/// Worked queries of the reference, the longest of their kind.
const WORKED: [&str; 6] = [
    "cpu{service=\"api\"}[14d:1h] | rate | focus {package=\"encoding/json\"} | flame",
    "let release = cpu{service=\"api\", env=\"prod\"}[1h]\nlet stable = release{track=\"stable\"}\n\
     let canary = release{track=\"canary\"}\ncanary | diff stable",
    "cpu | diff offset 1d | where delta > 0.5% | sort delta desc | take 20",
    "cpu | avg by (track) | diff (cpu | avg by (track)) mode=amount | flame",
    "let gc = ~\"runtime\\.(gcBgMarkWorker|gcAssistAlloc|bgsweep)\"\n\
     cpu{service=\"api\"}[6h:5m] | by (version) | where total(gc) > 10% | table",
    "service = \"checkout\"\nwindow = \"1h\"\n\
     let sel = cpu{service=service}[window] | collapse recursion\n\
     sel | focus leaf {module=\"libc*\"} | save \"libc.svg\"\n\
     assert share(\"runtime.*\", sel) < 20%",
];

fn main() {
    println!("{:<56} {:>30} {:>9}", "", "median (min .. max)", "at most");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let notebook = opened(folder.path());
    let assistant = notebook.assistant();
    for question in QUESTIONS {
        let points = question.chars().count();
        let found = assistant.complete(question, points).items.len();
        assert!(found > 0, "{question} has answers");
        let what = format!("complete {question}, {found} of {FUNCTIONS}");
        line(&what, "ms", 1e3, 10.0, || {
            assistant.complete(question, points);
        });
    }
    // Each question replaces the cache of the other, as for the first key typed after a
    // cell.
    for (what, stages) in [
        ("the same, with an empty cache for the selection", ""),
        ("the same behind `hide`", " | hide \"*service7*\""),
    ] {
        let turn = std::cell::Cell::new(0);
        line(what, "ms", 1e3, 50.0, || {
            let service = ["x", "y"][turn.replace(turn.get() + 1) % 2];
            let question = format!("cpu{{service!={service:?}}}{stages} | focus \"handler42");
            assistant.complete(&question, question.chars().count());
        });
    }
    while_a_query_runs();
    for code in WORKED {
        let first = code.lines().last().unwrap_or_default();
        line(&format!("parse and check … {first}"), "µs", 1e6, 100.0, || {
            let (cell, mistakes) = parse(code);
            let (_, more) = check(&cell, &Nothing);
            assert!(mistakes.is_empty() && more.is_empty(), "{code}");
        });
    }
}

/// A request goes to a kernel whose cell keeps querying the example data, and the reply
/// comes back. Nothing is cached, because each request names another selection.
fn while_a_query_runs() {
    let kernel = Kernel::over(Notebook::new(PathBuf::new()));
    let mut frontend = Frontend::connect(&kernel);
    frontend.execute_to_end("use \"demo:\"");
    let cell = frontend.execute(&"cpu | by (pod) | top 3\n".repeat(20_000));
    frontend.recv_iopub_busy(&cell);
    frontend.recv_iopub_execute_input(&cell);
    let (frontend, turn) = (RefCell::new(frontend), std::cell::Cell::new(0));
    line("complete while a query runs, through the kernel", "ms", 1e3, 50.0, || {
        let code = format!("cpu{{pod!=\"{}\"}} | focus \"json", turn.replace(turn.get() + 1));
        let content = json!({"code": code, "cursor_pos": code.len()});
        let asked = frontend.borrow_mut().ask("complete_request", content);
        let reply = frontend.borrow_mut().recv_reply("complete_reply", &asked);
        assert_ne!(reply["matches"], json!([]), "{code} has answers");
    });
    let mut frontend = frontend.into_inner();
    frontend.interrupt();
    let reply = frontend.recv_execute_reply(&cell);
    assert_eq!(reply["ename"], "interrupted", "the query ran all the while");
}

/// A session without variables.
struct Nothing;

impl Scope for Nothing {
    fn variable(&self, _: &str) -> Option<Type> {
        None
    }

    fn variables(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A notebook over one profile in which every function has samples.
fn opened(folder: &Path) -> Notebook {
    std::fs::write(folder.join("cpu.pb.gz"), profile()).expect("a scratch file");
    let mut notebook = Notebook::new(PathBuf::from(folder));
    let (cancel, cell) = (
        Cancel::new(),
        CellRequest { code: "use \"*.pb.gz\" {service=\"shop\"}", number: 1, store: false },
    );
    let work = Work { cancel: &cancel, watch: &Unwatched };
    notebook.run(&cell, &|_| {}, work).expect("a profile that opens");
    notebook
}

/// Each function has two callers: the function with a tenth of its number, and one far
/// away.
fn profile() -> Vec<u8> {
    let mut symbols = Symbols::new();
    let mut stacks = vec![StackId::EMPTY];
    let mut values = vec![0];
    for function in 1..=FUNCTIONS {
        let name = format!(
            "github.com/shop/service{}/server.(*Handler).serveHandler{function}",
            function % 97
        );
        let frame = symbols.intern_named_frame(&name);
        let callers = [stacks[function / 10], stacks[function * 7919 % function.max(2) / 3]];
        for (index, caller) in callers.into_iter().enumerate() {
            let stack = Arc::make_mut(&mut symbols.stacks).intern(caller, frame);
            if index == 0 {
                stacks.push(stack);
            }
            values.resize(values.len().max(stack.index() + 1), 0);
            values[stack.index()] = 10_000_000 * (1 + function as i64 % 13);
        }
    }
    let content = Content {
        sample_type: ("cpu", "nanoseconds"),
        start: Timestamp(1_700_000_000_000_000_000),
        duration: Span::seconds(10),
        comment: "",
        symbols: &symbols,
        values: &values,
        base: None,
    };
    content.encode(Work::unattended()).expect("memory to write to")
}

/// Measures and prints one line.
fn line(what: &str, unit: &str, scale: f64, at_most: f64, run: impl Fn()) {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * scale
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (least, median, most) = (times[0], times[RUNS / 2], times[RUNS - 1]);
    let missed = if median <= at_most { "" } else { "  MISSED" };
    let spread = format!("{median:.2} {unit} ({least:.2} .. {most:.2})");
    let shown: String = what.chars().take(56).collect();
    println!("{shown:<56} {spread:>30} {at_most:>6} {unit}{missed}");
}
