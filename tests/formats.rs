//! Files of other programs, compared with the reports of those programs or with sums
//! computed in the test.
//!
//! The recordings are in `data`; its README says how each was made. Files that we write
//! are read back; broken files are skipped and named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use flamebook::eval::result::value::{Graph, Outcome, Value, View};
use flamebook::profile::{StackId, Tree};
use flamebook::view::export;
use inferno::collapse::Collapse;
use inferno::collapse::perf::{Folder, Options};
use serde_json::Value as Json;

use crate::cells::{self, Cells};
use crate::demo::Demo;
use crate::recording;
use flamebook::work::Work;

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

/// Self and total of each function of some paths, added up by the test.
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

/// inferno's result for one event of a perf text: stacks below their `comm`.
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

/// inferno writes a blank in a `comm` as `_`.
fn as_inferno(stacks: BTreeMap<Vec<String>, f64>) -> BTreeMap<Vec<String>, f64> {
    let mut theirs = BTreeMap::new();
    for (mut path, value) in stacks {
        path[0] = path[0].replace(' ', "_");
        *theirs.entry(path).or_insert(0.0) += value;
    }
    theirs
}

/// The first differences are enough, because they usually have one cause.
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

#[test]
fn profiles_of_speedscope_add_up() {
    let file: Json = serde_json::from_str(&read("threads.speedscope.json")).expect("JSON");
    let frames = file["shared"]["frames"].as_array().expect("frames");
    let name = |frame: &Json| {
        let index = frame.as_u64().expect("an index") as usize;
        frames[index]["name"].as_str().expect("a name")
    };
    let profiles = file["profiles"].as_array().expect("profiles");
    let samples = profiles.iter().flat_map(|profile| {
        let (samples, weights) = (profile["samples"].as_array(), profile["weights"].as_array());
        samples.expect("samples").iter().zip(weights.expect("weights"))
    });
    let paths = samples.map(|(path, weight)| {
        assert_eq!(weight.as_f64(), Some(0.02), "at 50 Hz");
        (path.as_array().expect("a path").iter().map(name).collect(), 20_000_000.0)
    });
    let mut cells = opened("threads.speedscope.json");
    assert_same(&top(&mut cells, "wall"), &added_up(paths), "threads.speedscope.json");
    let names = cells.table("wall | values profile");
    assert_eq!(names.height(), profiles.len());
}

#[test]
fn a_profile_of_node_adds_up() {
    let file: Json = serde_json::from_str(&read("timers.cpuprofile")).expect("JSON");
    let numbers = |list: &str| {
        file[list]
            .as_array()
            .expect(list)
            .iter()
            .map(|n| n.as_f64().expect("a number"))
            .collect::<Vec<_>>()
    };
    let (samples, deltas) = (numbers("samples"), numbers("timeDeltas"));
    assert!(deltas.iter().all(|delta| *delta >= 0.0), "this one's clock did not go back");
    let mut own: BTreeMap<String, f64> = BTreeMap::new();
    for (sample, passed) in samples.iter().zip(&deltas[1..]) {
        let nodes = file["nodes"].as_array().expect("nodes");
        let node = nodes.iter().find(|node| node["id"].as_f64() == Some(*sample)).expect("a node");
        let name = match node["callFrame"]["functionName"].as_str().expect("a name") {
            "" => "(anonymous)",
            name => name,
        };
        *own.entry(name.to_owned()).or_default() += passed * 1000.0;
    }
    let mut cells = opened("timers.cpuprofile");
    let ours = top(&mut cells, "wall").into_iter().filter(|(_, [own, _])| *own != 0.0);
    assert_eq!(ours.map(|(name, [own, _])| (name, own)).collect::<BTreeMap<_, _>>(), own);
    assert_eq!(cells.number("total(\"**\", wall:samples)"), samples.len() as f64);
    // Both timers ran for 150 ms, and the process waited between them.
    assert!(cells.number("total(\"serve\", wall)") > 250e6);
    assert!(cells.number("total(\"(idle)\", wall)") > 50e6);
}

/// The text between two markers.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split_once(end).expect("an end").0
}

#[test]
fn a_heap_profile_of_node_adds_up() {
    let text = read("cache.heapprofile");
    let (tree, samples) = text.split_once(",\"samples\":").expect("samples after the tree");
    // Read by its marks: the tree is deeper than serde_json reads. A node ends with its children.
    let mut path = Vec::new();
    let (mut nodes, mut ids) = (Vec::new(), BTreeSet::new());
    for node in tree.split("{\"callFrame\":").skip(1) {
        path.push(match between(node, "\"functionName\":\"", "\"") {
            "" => "(anonymous)",
            name => name,
        });
        let size: f64 = between(node, "\"selfSize\":", ",").parse().expect("bytes");
        ids.insert(between(node, "\"id\":", ",").parse::<u64>().expect("an id"));
        if size > 0.0 {
            // Without the root.
            nodes.push((path[1..].to_vec(), size));
        }
        path.truncate(path.len() - node.matches("]}").count());
    }
    assert!(path.is_empty() && nodes.iter().any(|(path, _)| path.len() > 100), "{path:?}");
    let mut cells = opened("cache.heapprofile");
    let bytes: f64 = nodes.iter().map(|(_, size)| size).sum();
    assert_eq!(cells.number("total(\"**\", inuse_space)"), bytes);
    assert_same(&top(&mut cells, "inuse_space"), &added_up(nodes.into_iter()), "inuse_space");
    let samples: Vec<Json> =
        serde_json::from_str(samples.strip_suffix('}').expect("an end")).expect("rows of samples");
    let is_in_tree = |row: &&Json| ids.contains(&row["nodeId"].as_u64().expect("an id"));
    let count = samples.iter().filter(is_in_tree).count();
    assert!(count > 1000, "{count}");
    assert_eq!(cells.number("total(\"**\", inuse_samples)"), count as f64);
}

#[test]
fn answers_of_real_servers_are_read() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/pyroscope");
    if !shared.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "no answers in {}", shared.display());
        eprintln!("skipped: no answers in {}", shared.display());
        return;
    }
    for version in ["2.0.2", "2.2.1"] {
        let folder = shared.join(version);
        let graph = |name: &str| {
            let text = std::fs::read_to_string(folder.join(name)).expect(name);
            serde_json::from_str::<Json>(&text).expect("JSON")["flamegraph"].clone()
        };
        let number =
            |value: &Json| -> f64 { value.as_str().expect("text").parse().expect("a number") };
        // The third number of a box is its self, the fourth its name.
        let own = |graph: &Json| {
            let mut own: BTreeMap<String, f64> = BTreeMap::new();
            let levels = graph["levels"].as_array().expect("levels");
            for level in levels.iter().map(|level| level["values"].as_array().expect("values")) {
                for numbers in level.chunks(4).filter(|numbers| number(&numbers[2]) != 0.0) {
                    let name = graph["names"][number(&numbers[3]) as usize].as_str();
                    *own.entry(name.expect("a name").to_owned()).or_default() +=
                        number(&numbers[2]);
                }
            }
            own
        };
        for name in
            ["cpu-flame-64-nodes.json-body.resp", "inuse-space-flame-64-nodes.json-body.resp"]
        {
            let graph = graph(name);
            let mut cells = Cells::over(&folder, name);
            assert_eq!(
                tree(&mut cells, "samples").total(),
                number(&graph["total"]),
                "{version} {name}"
            );
            let ours = top(&mut cells, "samples").into_iter().filter(|(_, [own, _])| *own != 0.0);
            let ours: BTreeMap<_, _> = ours.map(|(name, [own, _])| (name, own)).collect();
            assert_eq!(ours, own(&graph), "{version} {name}");
        }
        let diff = graph("diff.json-body.resp");
        let mut cells = Cells::over(&folder, "diff.json-body.resp");
        for (side, ticks) in [("left", "leftTicks"), ("right", "rightTicks")] {
            let total = tree(&mut cells, &format!("samples{{side={side:?}}}")).total();
            assert_eq!(total, number(&diff[ticks]), "{version} {side}");
        }
    }
}

/// The result of the last statement of a cell.
fn last(demo: &mut Demo, code: &str) -> Outcome {
    demo.run(code).unwrap_or_else(|report| panic!("{report}")).pop().expect("a result")
}

#[test]
fn what_is_saved_is_read_back() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut demo = Demo::new(folder.path());
    for (query, kind) in [
        (r#"cpu{version="2"}"#, ["cpu", "samples", "cpu"]),
        ("alloc_space", ["alloc_space", "samples", "alloc_space"]),
    ] {
        let saved = rows(&mut demo, &format!("{query} | top 100000"));
        assert!(saved.len() > 100, "{query}");
        for (suffix, kind) in ["pb.gz", "folded", "speedscope.json"].into_iter().zip(kind) {
            let file = format!("{kind}.{suffix}");
            last(&mut demo, &format!("{query} | save {file:?}"));
            let mut cells = Cells::over(folder.path(), &file);
            // `;` separates frames, so no frame contains one.
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
fn what_is_published_is_read_back() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut demo = Demo::new(folder.path());
    for (query, kind) in [("cpu", "cpu"), ("alloc_space", "alloc_space"), ("mutex:delay", "delay")]
    {
        let published =
            export::flamebearer(&last(&mut demo, query), Work::unattended()).expect("stacks").json;
        recording::write(folder.path(), "graph.json", published.to_string().as_bytes());
        let mut cells = Cells::over(folder.path(), "graph.json");
        let expected = rows(&mut demo, &format!("{query} | top 100000"));
        assert_same(&top(&mut cells, kind), &expected, query);
    }
    // Names are read back as published, so these must be as recorded.
    let diff = last(&mut demo, r#"set normalise off; cpu{version="2"} | diff {version="1"}"#);
    let published = export::flamebearer(&diff, Work::unattended()).expect("stacks").json;
    recording::write(folder.path(), "diff.json", published.to_string().as_bytes());
    let mut cells = Cells::over(folder.path(), "diff.json");
    for (side, version) in [("left", 1), ("right", 2)] {
        let ours = top(&mut cells, &format!("cpu{{side={side:?}}}"));
        let theirs = rows(&mut demo, &format!("cpu{{version=\"{version}\"}} | top 100000"));
        assert_same(&ours, &theirs, side);
    }
}

#[test]
fn broken_files_are_left_out_and_the_others_are_read() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    recording::write(folder.path(), "good", b"main;f 7\n");
    let mut broken = BTreeMap::from([
        ("line".to_owned(), b"main;f 7\nmain;f\n".to_vec()),
        ("frame".to_owned(), b"cat 7/7 [000] 1.5: 1 cycles:\n\tmain\n".to_vec()),
    ]);
    for name in ["threads.speedscope.json", "timers.cpuprofile", "cache.heapprofile"] {
        let text = read(name);
        broken.insert(name.to_owned(), text.as_bytes()[..text.len() / 2].to_vec());
    }
    broken
        .insert("graph".to_owned(), br#"{"flamebearer": {"names": [], "levels": [[0]]}}"#.to_vec());
    for (name, bytes) in &broken {
        recording::write(folder.path(), name, bytes);
    }
    let mut cells = Cells::new(folder.path());
    let outcome = cells.run("use \"*\"").pop().expect("a note");
    assert_eq!(outcome.header.skipped.len(), broken.len());
    for (name, bytes) in &broken {
        let reason = match &**name {
            "line" | "frame" => "in line 2".to_owned(),
            "graph" => "at levels[0]".to_owned(),
            _ => format!("at byte {}", bytes.len()),
        };
        let skipped = outcome.header.skipped.iter().find(|skipped| skipped.path == *name);
        let skipped =
            skipped.unwrap_or_else(|| panic!("{name} is not among {:?}", outcome.header.skipped));
        assert!(skipped.reason.ends_with(&reason), "{name}: {}", skipped.reason);
    }
    assert_eq!(cells.number("self(\"f\", samples)"), 7.0);
}
