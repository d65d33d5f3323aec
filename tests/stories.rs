//! Notebooks that tell a story: the numbers in their prose are numbers of their outputs, and the
//! tables of their outputs are those of `pprof`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::cells::{Cells, figure, text};

/// The cells of a notebook: what is written, and what was printed below.
struct Story {
    prose: Vec<String>,
    printed: String,
}

const STORIES: [&str; 13] = [
    "commit.ipynb",
    "diff.ipynb",
    "flag.ipynb",
    "gate.ipynb",
    "goroutines.ipynb",
    "java.ipynb",
    "locks.ipynb",
    "memory.ipynb",
    "optimisation.ipynb",
    "production.ipynb",
    "pyroscope.ipynb",
    "release.ipynb",
    "restart.ipynb",
];

fn notebooks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks")
}

fn story(name: &str) -> Story {
    let path = notebooks().join(name);
    let text = std::fs::read_to_string(path).expect("a notebook of the repository");
    let notebook: serde_json::Value = serde_json::from_str(&text).expect("a notebook");
    let cells = notebook["cells"].as_array().expect("cells");
    let is_prose = |cell: &&serde_json::Value| cell["cell_type"] == "markdown";
    let prose = cells.iter().filter(is_prose).map(|cell| joined(&cell["source"])).collect();
    let outputs = cells.iter().flat_map(|cell| cell["outputs"].as_array().into_iter().flatten());
    let printed = outputs.map(|output| joined(&output["data"]["text/plain"])).collect();
    Story { prose, printed }
}

/// Text of a notebook: one text, or a list of lines.
fn joined(text: &serde_json::Value) -> String {
    let lines = text.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
    text.as_str().map_or_else(|| lines.collect(), str::to_owned)
}

/// Amounts with a unit: `14.3 MiB`, `8.5 %`, `120 ms`.
fn amounts(text: &str) -> Vec<String> {
    let amount =
        Regex::new(r"\d[\d.]* ?(?:[KMG]i?B|%|ms|µs|s|cores)\b|\d[\d.]* ?%").expect("a pattern");
    amount.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn amounts_in_prose_are_printed_below() {
    for name in STORIES {
        let Story { prose, printed } = story(name);
        let quoted: Vec<String> = prose.iter().flat_map(|text| amounts(text)).collect();
        assert!(quoted.len() >= 5, "{name} quotes {quoted:?}");
        for amount in quoted {
            assert!(printed.contains(&amount), "{name}: no output has {amount}");
        }
    }
}

#[test]
fn an_amount_has_a_unit() {
    assert_eq!(amounts("of 19.0 MiB, 5 % in 15 seconds at 120 ms"), ["19.0 MiB", "5 %", "120 ms"]);
}

/// What a notebook shows of a function, and the selection that it is of.
type Shown = (&'static str, &'static str, &'static str, fn(Row) -> String);

/// What pprof has of a function: in ns, bytes, or without a unit.
#[derive(Clone, Copy)]
struct Row {
    flat: f64,
    cum: f64,
    all: f64,
}

fn self_share(row: Row) -> String {
    format!("{:.1}%", 100.0 * row.flat / row.all)
}

fn total_share(row: Row) -> String {
    format!("{:.2}%", 100.0 * row.cum / row.all)
}

fn count(row: Row) -> String {
    let (thousands, rest) = (row.cum as u64 / 1000, row.cum as u64 % 1000);
    if thousands == 0 { rest.to_string() } else { format!("{thousands} {rest:03}") }
}

fn milliseconds(row: Row) -> String {
    format!("{:.*} ms", if row.cum < 1e8 { 1 } else { 0 }, row.cum / 1e6)
}

fn mebibytes(row: Row) -> String {
    let amount = row.cum / f64::from(1 << 20);
    format!("{amount:.*} MiB", if amount < 10.0 { 2 } else { 1 })
}

fn gibibytes(row: Row) -> String {
    format!("{:.2} GiB", row.cum / f64::from(1 << 30))
}

const FARES: [Shown; 21] = [
    ("production", r#"cpu{env="production"}"#, "main.pack", total_share),
    ("production", r#"cpu{env="development"}"#, "net/http.(*conn).serve", total_share),
    (
        "production",
        r#"contentions{service="fares", env="production", node="n1"}"#,
        "runtime.unlock",
        count,
    ),
    (
        "production",
        r#"contentions{service="fares", env="production", node="n2"}"#,
        "runtime.unlock",
        count,
    ),
    (
        "release",
        r#"cpu{service="fares", env="production", commit="b71e9a2"}"#,
        "math.archExp",
        self_share,
    ),
    (
        "release",
        r#"cpu{service="fares", env="production", commit="e3a7f16"}"#,
        "math.archExp",
        self_share,
    ),
    (
        "release",
        r#"cpu{service="fares", env="production", commit="e3a7f16"}"#,
        "aeshashbody",
        self_share,
    ),
    (
        "release",
        r#"delay{service="fares", env="production", commit="b71e9a2"}"#,
        "runtime.unlock",
        milliseconds,
    ),
    (
        "release",
        r#"delay{service="fares", env="production", commit="e3a7f16"}"#,
        "runtime.unlock",
        milliseconds,
    ),
    (
        "optimisation",
        r#"cpu{service="fares", env="production", commit="91c2e47"}"#,
        "fares/internal/search.tokens",
        total_share,
    ),
    (
        "optimisation",
        r#"cpu{service="fares", env="production", commit="f84a063"}"#,
        "fares/internal/search.tokens",
        total_share,
    ),
    (
        "optimisation",
        r#"cpu{service="fares", env="production", commit="f84a063", endpoint="/search"}"#,
        "fares/internal/search.(*Index).score",
        total_share,
    ),
    ("locks", r#"delay{service="fares"}"#, "sync.(*Mutex).Unlock", milliseconds),
    ("locks", r#"delay{service="fares"}"#, "fares/internal/orders.(*Ledger).Buy", milliseconds),
    ("locks", r#"contentions{service="fares"}"#, "runtime.unlock", count),
    ("locks", r#"contentions{service="fares"}"#, "sync.(*Mutex).Unlock", count),
    ("pyroscope", r#"cpu{service="fares", env="production"}"#, "math.archExp", total_share),
    (
        "pyroscope",
        r#"cpu{service="fares", env="production"}"#,
        "net/http.(*conn).serve",
        total_share,
    ),
    (
        "pyroscope",
        r#"cpu{service="fares", env="production", commit="57d9b3e"}"#,
        "fares/internal/pricing.round",
        total_share,
    ),
    (
        "pyroscope",
        r#"cpu{service="fares", env="production", commit="57d9b3e"}"#,
        "fares/internal/pricing.(*Table).Quote",
        total_share,
    ),
    (
        "pyroscope",
        r#"cpu{service="fares", env="production", commit="6f0d1c4"}"#,
        "fares/internal/pricing.(*Table).Quote",
        total_share,
    ),
];

const MEMORY: [Shown; 3] = [
    (
        "restart",
        r#"inuse_space{pod="a"}[2026-11-30T05:41:00Z .. 2026-11-30T05:42:30Z]"#,
        "http.server.BaseHTTPRequestHandler.handle",
        mebibytes,
    ),
    (
        "restart",
        r#"inuse_space{pod="a"}[2026-11-30T05:42:30Z .. +90s]"#,
        "http.server.BaseHTTPRequestHandler.handle",
        mebibytes,
    ),
    (
        "restart",
        r#"inuse_space{pid="22011"}[2026-11-30T05:39:03Z .. +2m]"#,
        "threading.Thread.run",
        mebibytes,
    ),
];

const PARCELS: [Shown; 4] = [
    ("java", r#"cpu{version="2"}"#, "parcels.Tracking.newest", total_share),
    ("java", r#"cpu{version="2"}"#, "parcels.FormatPerLine.time", total_share),
    ("java", r#"alloc_space{version="2"}"#, "parcels.FormatPerLine.time", gibibytes),
    ("java", r#"alloc_space{version="1"}"#, "java.lang.Thread.run", gibibytes),
];

const DEMO: [Shown; 4] = [
    ("diff", r#"cpu{version="1"}"#, "shop/internal/recommend.distinct", total_share),
    ("diff", r#"cpu{version="2"}"#, "shop/internal/recommend.distinct", total_share),
    ("diff", r#"cpu{version="2"}"#, "shop/internal/recommend.(*Recommender).For", total_share),
    (
        "diff",
        r#"inuse_space{version="2", pod="b"}[1m]"#,
        "shop/internal/cache.(*Store).Put",
        mebibytes,
    ),
];

/// Writes the selection as a profile, and has pprof add it up. None without Go.
fn pprof(source: &str, selection: &str) -> Option<BTreeMap<String, Row>> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.pb.gz");
    let save = format!("{selection} | save {:?}", file.display().to_string());
    let mut program = Command::new(env!("CARGO_BIN_EXE_flamebook"));
    let program =
        program.args(["eval", &format!("use {source:?}"), &save]).current_dir(notebooks());
    assert!(program.output().expect("it runs").status.success(), "{save}");
    let unit = if selection.contains("_space") { "-unit=B" } else { "-unit=ns" };
    let all = ["-nodecount=0", "-nodefraction=0", "-edgefraction=0"];
    let report =
        Command::new("go").args(["tool", "pprof", "-top", unit]).args(all).arg(&file).output();
    let Ok(report) = report else {
        assert!(std::env::var_os("CI").is_none(), "no `go`: install Go");
        eprintln!("ABSENT: Go; skipped: tables of the notebooks against pprof");
        return None;
    };
    assert!(report.status.success(), "{}", String::from_utf8_lossy(&report.stderr));
    Some(rows(&String::from_utf8(report.stdout).expect("text")))
}

/// The rows of `pprof -top`: flat, flat%, sum%, cum, cum% and the function.
fn rows(report: &str) -> BTreeMap<String, Row> {
    let (head, body) = report.split_once("cum%\n").expect("a head");
    let total = Regex::new(r"of ([\d.]+)\w* total").expect("a pattern");
    let all = total.captures(head).expect("a total")[1].parse().expect("a number");
    let amount = |text: &str| text.trim_end_matches(char::is_alphabetic).parse().expect("a number");
    body.lines()
        .map(|line| {
            let cells: Vec<&str> = line.split_whitespace().collect();
            let name = cells[5..].join(" ").replace(" (inline)", "");
            (name, Row { flat: amount(cells[0]), cum: amount(cells[3]), all })
        })
        .collect()
}

#[test]
fn tables_are_those_of_pprof() {
    let sources: [(&str, &[Shown]); 4] = [
        ("data/fares.flamestore", &FARES),
        ("data/memory.flamestore", &MEMORY),
        ("data/parcels.flamestore", &PARCELS),
        ("demo:", &DEMO),
    ];
    for (source, shown) in sources {
        let mut cells = Cells::over(&notebooks(), source);
        for &(name, selection, function, printed) in shown {
            let Some(theirs) = pprof(source, selection) else { return };
            let ours = cells.table(&format!("{selection} | top 100000"));
            // The means of snapshots are written to a profile as whole bytes, stack by stack.
            let rounded = if selection.starts_with("inuse_space") { 1e-5 } else { 1e-12 };
            for row in 0..ours.height() {
                let theirs = theirs[&text(&ours, "function", row)];
                for (column, theirs_of) in [("self", theirs.flat), ("total", theirs.cum)] {
                    let off = (figure(&ours, column, row) - theirs_of).abs();
                    assert!(off <= rounded * theirs.all, "{selection}: {column} of row {row}");
                }
            }
            let expected = printed(theirs[function]);
            let Story { printed, .. } = story(&format!("{name}.ipynb"));
            let is_row = |line: &str| line.contains(function) && line.contains(&expected);
            assert!(printed.lines().any(is_row), "{name}: no row has {function} with {expected}");
        }
    }
}
