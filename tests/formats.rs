//! Files of other programs: what they hold, told by those programs or by adding up here.
//!
//! The recordings are in `data`, with a word on how each was made. What we write
//! ourselves is read back, and broken files are left out by name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use flamebook::eval::value::{Graph, Outcome, Value, View};
use flamebook::profile::{StackId, Tree};
use inferno::collapse::Collapse;
use inferno::collapse::perf::{Folder, Options};

use crate::cells::{self, Cells};
use crate::demo::Demo;
use crate::recording;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(data().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn opened(name: &str) -> Cells {
    Cells::over(&data(), name)
}

fn tree(cells: &mut Cells, query: &str) -> Tree {
    match cells.value(query) {
        Value::Tree(tree) | Value::View(View::Flame(Graph::Tree(tree))) => tree,
        other => panic!("{query} is no tree but {other:?}"),
    }
}

/// The self value of each path, root first.
fn stacks(tree: &Tree) -> BTreeMap<Vec<String>, f64> {
    let mut stacks = BTreeMap::new();
    for (stack, value) in (0..).map(StackId).zip(&tree.self_values) {
        let frames = tree.symbols.stacks.path(stack);
        let mut path: Vec<_> = frames.map(|f| tree.symbols.frame_name(f).to_string()).collect();
        path.reverse();
        if *value != 0.0 {
            *stacks.entry(path).or_insert(0.0) += *value;
        }
    }
    stacks
}

/// Self and total of each function.
fn top(cells: &mut Cells, query: &str) -> BTreeMap<String, [f64; 2]> {
    let table = cells.table(&format!("{query} | top 100000"));
    let rows = (0..table.height()).map(|row| {
        let figures = ["self", "total"].map(|column| cells::figure(&table, column, row));
        (cells::text(&table, "function", row), figures)
    });
    rows.collect()
}

/// Self and total of each function of some paths, added up here.
fn added_up<'a>(samples: impl Iterator<Item = (Vec<&'a str>, f64)>) -> BTreeMap<String, [f64; 2]> {
    let mut functions: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    for (path, value) in samples {
        if let Some(leaf) = path.last() {
            functions.entry((*leaf).to_owned()).or_default()[0] += value;
        }
        let distinct: BTreeSet<&str> = path.into_iter().collect();
        for name in distinct {
            functions.entry(name.to_owned()).or_default()[1] += value;
        }
    }
    functions
}

/// What inferno makes of an event of a text of perf's: stacks below their `comm`.
fn inferno(name: &str, event: &str) -> BTreeMap<Vec<String>, f64> {
    let mut options = Options::default();
    options.event_filter = Some(event.to_owned());
    let mut folded = Vec::new();
    let text = read(name);
    Folder::from(options).collapse(text.as_bytes(), &mut folded).expect("inferno reads it");
    let folded = String::from_utf8(folded).expect("UTF-8");
    let lines = folded.lines().map(|line| {
        let (path, value) = line.rsplit_once(' ').expect("a value");
        (path.split(';').map(str::to_owned).collect(), value.parse().expect("a number"))
    });
    lines.collect()
}

/// inferno writes a blank in a `comm` as `_`, and a module for an address without a name.
fn as_inferno(stacks: BTreeMap<Vec<String>, f64>) -> BTreeMap<Vec<String>, f64> {
    let mut theirs = BTreeMap::new();
    for (mut path, value) in stacks {
        path[0] = path[0].replace(' ', "_");
        for name in &mut path[1..] {
            let address = name.rsplit_once("+0x").map(|(module, _)| format!("[{module}]"));
            let unknown = if name.starts_with("0x") || name == "<unknown>" {
                Some("[unknown]".into())
            } else {
                None
            };
            *name = address.or(unknown).unwrap_or_else(|| name.clone());
        }
        *theirs.entry(path).or_insert(0.0) += value;
    }
    theirs
}

/// The first differences are enough: they tend to have one cause.
#[track_caller]
fn assert_same<K: Ord + Debug, V: PartialEq + Debug>(
    ours: &BTreeMap<K, V>,
    theirs: &BTreeMap<K, V>,
    what: &str,
) {
    assert!(!theirs.is_empty(), "nothing to compare with: {what}");
    let keys: BTreeSet<&K> = ours.keys().chain(theirs.keys()).collect();
    let different = keys.into_iter().filter(|key| ours.get(key) != theirs.get(key));
    let lines =
        different.map(|key| format!("  {key:?}: {:?}, not {:?}", ours.get(key), theirs.get(key)));
    let lines: Vec<String> = lines.take(5).collect();
    assert!(lines.is_empty(), "{what} differs:\n{}", lines.join("\n"));
}

#[test]
fn every_stack_of_perf_weighs_what_inferno_says() {
    for (name, event, kind) in [
        ("inlined.perf.txt", "cpu-clock", "cpu"),
        ("long.perf.txt", "cpu-clock", "cpu"),
        // Where there are blanks between period and event, inferno counts samples.
        ("events.perf.txt", "cpu-clock/freq=99/", "process_cpu:samples"),
        ("events.perf.txt", "context-switches/period=1/", "context_switches"),
    ] {
        let mut cells = opened(name);
        let ours = as_inferno(stacks(&tree(&mut cells, &format!("{kind} | tagroot (comm)"))));
        let theirs = inferno(name, event);
        assert!(theirs.len() >= 4, "{name}: {theirs:?}");
        assert_same(&ours, &theirs, &format!("{name}: {event}"));
    }
}

#[test]
fn a_long_trace_of_perf_is_a_timeline_of_its_threads() {
    let mut cells = opened("long.perf.txt");
    let text = read("long.perf.txt");
    let times = text.lines().filter(|line| line.contains("cpu-clock:")).map(|line| {
        let (_, rest) = line.split_once("]  ").expect("a time behind the core");
        rest.split(':').next().and_then(|time| time.parse::<f64>().ok()).expect("seconds")
    });
    let times: Vec<f64> = times.collect();
    let seconds = times.last().expect("a sample") - times[0];
    let outcome = cells.run("cpu").pop().expect("a result");
    assert_eq!(outcome.header.snapshots as f64, (seconds / 10.0).ceil());
    for thread in ["shop", "shop worker"] {
        let own = text.lines().filter(|line| {
            let comm = line.split_once(|c: char| c.is_ascii_digit()).map_or("", |(comm, _)| comm);
            line.contains("cpu-clock:") && comm.trim() == thread
        });
        let count = cells.number(&format!("total(\"**\", process_cpu:samples{{comm={thread:?}}})"));
        assert_eq!(count, own.count() as f64, "{thread}");
    }
}

#[test]
fn folded_stacks_of_py_spy_add_up() {
    let text = read("threads.folded");
    let lines = text.lines().map(|line| {
        let (path, value) = line.rsplit_once(' ').expect("a value");
        // `fib (shop.py:7)`
        let names = path.split(';').map(|frame| frame.rsplit_once(" (").map_or(frame, |(n, _)| n));
        (names.collect(), value.parse().expect("a number"))
    });
    let mut cells = opened("threads.folded");
    assert_same(&top(&mut cells, "samples"), &added_up(lines), "threads.folded");
    // By line, a frame is what py-spy wrote.
    let by_line = cells.table("samples | granularity line | top 100000");
    let written = (0..by_line.height()).map(|row| cells::text(&by_line, "function", row));
    assert!(
        written.clone().any(|name| name.contains("shop.py:7")),
        "{:?}",
        written.collect::<Vec<_>>()
    );
}

/// The result of the last statement of a cell.
fn last(demo: &mut Demo, code: &str) -> Outcome {
    demo.run(code).unwrap_or_else(|report| panic!("{report}")).pop().expect("a result")
}

#[test]
fn what_is_saved_is_read_back() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut demo = Demo::new(folder.path());
    for (query, kind) in
        [(r#"cpu{version="2"}"#, ["cpu", "samples"]), ("alloc_space", ["alloc_space", "samples"])]
    {
        let saved = rows(&mut demo, &format!("{query} | top 100000"));
        assert!(saved.len() > 100, "{query}");
        for (suffix, kind) in ["pb.gz", "folded"].into_iter().zip(kind) {
            let file = format!("{kind}.{suffix}");
            last(&mut demo, &format!("{query} | save {file:?}"));
            let mut cells = Cells::over(folder.path(), &file);
            // Between frames stands a `;`, so that there is none within one.
            let written = |name: &str| match suffix {
                "folded" => name.replace(';', ":"),
                _ => name.to_owned(),
            };
            let expected = saved.iter().map(|(name, figures)| (written(name), *figures));
            assert_same(&top(&mut cells, kind), &expected.collect(), &file);
        }
    }
}

/// Self and total of each function of a table that a notebook shows.
fn rows(demo: &mut Demo, query: &str) -> BTreeMap<String, [f64; 2]> {
    let Value::Table(table) = last(demo, query).value else { panic!("{query} is no table") };
    let rows = (0..table.height()).map(|row| {
        let figures = ["self", "total"].map(|column| cells::figure(&table, column, row));
        (cells::text(&table, "function", row), figures)
    });
    rows.collect()
}

#[test]
fn broken_files_are_left_out_and_the_others_are_read() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    recording::write(folder.path(), "good", b"main;f 7\n");
    let broken = BTreeMap::from([
        ("line".to_owned(), b"main;f 7\nmain;f\n".to_vec()),
        ("frame".to_owned(), b"cat 7/7 [000] 1.5: 1 cycles:\n\tmain\n".to_vec()),
    ]);
    for (name, bytes) in &broken {
        recording::write(folder.path(), name, bytes);
    }
    let mut cells = Cells::new(folder.path());
    let outcome = cells.run("use \"*\"").pop().expect("a note");
    assert_eq!(outcome.header.skipped.len(), broken.len());
    for (name, reason) in [("line", "in line 2"), ("frame", "in line 2")] {
        let skipped = outcome.header.skipped.iter().find(|skipped| skipped.path == name);
        let skipped =
            skipped.unwrap_or_else(|| panic!("{name} is not among {:?}", outcome.header.skipped));
        assert!(skipped.reason.ends_with(reason), "{name}: {}", skipped.reason);
    }
    assert_eq!(cells.number("self(\"f\", samples)"), 7.0);
}
