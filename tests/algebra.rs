//! Merge rules and measures, on profiles small enough to add up by hand.
//!
//! Each test writes its profiles, names the rule, and shows the arithmetic. `pprof` has
//! tests on real profiles.

use flamebook::eval::result::value::{Graph, SeriesSet, Value, View};
use flamebook::profile::{StackId, Tree};
use flamebook::view::{self, Screen};
use tempfile::TempDir;

use crate::cells::{self, Cells};
use crate::recording::Recording;
use flamebook::work::Work;

/// 2026-01-01T00:00:00Z: the start of a minute and of an hour.
pub(crate) const MIDNIGHT: i64 = 1_767_225_600;

fn cpu() -> Recording {
    Recording::of("cpu", "nanoseconds").at(MIDNIGHT).lasting(10)
}

fn heap(seconds: i64) -> Recording {
    Recording::of("inuse_space", "bytes").at(MIDNIGHT + seconds)
}

/// A session over these files.
pub(crate) fn session(files: &[(&str, Recording)]) -> (TempDir, Cells) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (name, recording) in files {
        recording.save(folder.path(), name);
    }
    let cells = Cells::over(folder.path(), "**/*.pb");
    (folder, cells)
}

fn one(recording: Recording) -> (TempDir, Cells) {
    session(&[("one.pb", recording)])
}

fn tree(cells: &mut Cells, query: &str) -> Tree {
    match cells.value(&format!("{query} | icicle")) {
        Value::View(View::Icicle(Graph::Tree(tree))) => tree,
        other => panic!("{query} gives {other:?}"),
    }
}

/// `root;leaf value` for each stack with a self value, sorted.
pub(crate) fn folded(cells: &mut Cells, query: &str) -> Vec<String> {
    let tree = tree(cells, query);
    let ids = (0..tree.self_values.len()).map(|stack| StackId(stack as u32));
    let valued = ids.filter(|stack| tree.self_values[stack.index()] != 0.0);
    let mut lines: Vec<String> = valued
        .map(|stack| {
            let mut names: Vec<&str> = tree
                .symbols
                .stacks
                .path(stack)
                .map(|frame| &**tree.symbols.frame_name(frame))
                .collect();
            names.reverse();
            format!("{} {}", names.join(";"), tree.self_values[stack.index()])
        })
        .collect();
    lines.sort();
    lines
}

pub(crate) fn series(cells: &mut Cells, query: &str) -> SeriesSet {
    match cells.value(&format!("{query} | series")) {
        Value::Series(series) | Value::View(View::Timeline(series)) => series,
        other => panic!("{query} gives {other:?}"),
    }
}

#[test]
fn recursion_counts_a_sample_once_on_both_sides_of_the_sandwich() {
    let (_folder, mut cells) = one(cpu().stack("a;b;a", 10));
    // Merging every occurrence of `a` would give 20.
    assert_eq!(tree(&mut cells, r#"cpu | callers "a""#).total(), 10.0);
    assert_eq!(tree(&mut cells, r#"cpu | callees "a""#).total(), 10.0);
    // The outermost `a` has no caller; below it are b and the inner a.
    assert_eq!(folded(&mut cells, r#"cpu | callers "a""#), ["a 10"]);
    assert_eq!(folded(&mut cells, r#"cpu | callees "a""#), ["a;b;a 10"]);
    assert_eq!(cells.number(r#"total("a", cpu)"#), 10.0);
    assert_eq!(cells.number(r#"self("a", cpu)"#), 10.0);
    assert_eq!(cells.number(r#"self("b", cpu)"#), 0.0);
}

#[test]
fn callers_are_merged_from_the_function_up_to_the_root() {
    let (_folder, mut cells) =
        one(cpu().stack("main;x;f;g", 1).stack("main;y;f", 2).stack("main", 4));
    assert_eq!(folded(&mut cells, r#"cpu | callers "f""#), ["f;x;main 1", "f;y;main 2"]);
    assert_eq!(folded(&mut cells, r#"cpu | callees "f""#), ["f 2", "f;g 1"]);
}

#[test]
fn an_inverted_tree_starts_at_the_leaves() {
    let stacks = || cpu().stack("foo;bar;baz", 10).stack("foo;bar", 5).stack("qux;baz", 3);
    let (_folder, mut cells) = one(stacks());
    assert_eq!(folded(&mut cells, "cpu | invert"), ["bar;foo 5", "baz;bar;foo 10", "baz;qux 3"]);
    // Twice is as it was, and what a filter dropped stays out: 18 - 3.
    assert_eq!(folded(&mut cells, "cpu | invert | invert"), folded(&mut cells, "cpu"));
    assert_eq!(tree(&mut cells, r#"cpu | ignore "qux" | invert"#).total(), 15.0);
    // baz is the leaf of 10 + 3, and has that total wherever it stands.
    let table = cells.table("cpu | invert | top by total");
    let baz = (0..table.height()).find(|row| cells::text(&table, "function", *row) == "baz");
    assert_eq!(cells::figure(&table, "total", baz.expect("baz")), 13.0);
}

#[test]
fn an_inverted_diff_compares_inverted_sides() {
    let before = cpu().stack("foo;bar;baz", 10).stack("qux;baz", 10);
    let after = cpu().stack("foo;bar;baz", 30).stack("new;baz", 10);
    let (_folder, mut cells) = session(&[("v=1/one.pb", before), ("v=2/two.pb", after)]);
    let Value::View(View::Icicle(Graph::Diff(diff))) =
        cells.value(r#"cpu{v="2"} | diff {v="1"} mode=amount | invert | icicle"#)
    else {
        panic!("no diff");
    };
    let total = |tree: &Tree, path: &str| -> f64 {
        let ids = (0..tree.totals.len()).map(|stack| StackId(stack as u32));
        let named = |stack: &StackId| {
            let frames = tree.symbols.stacks.path(*stack);
            let mut names: Vec<&str> = frames.map(|f| &**tree.symbols.frame_name(f)).collect();
            names.reverse();
            names.join(";") == path
        };
        ids.filter(named).map(|stack| tree.totals[stack.index()]).sum()
    };
    for (path, sides) in [
        ("baz", [20.0, 40.0]),
        ("baz;bar", [10.0, 30.0]),
        ("baz;qux", [10.0, 0.0]),
        ("baz;new", [0.0, 10.0]),
    ] {
        assert_eq!([total(&diff.before, path), total(&diff.after, path)], sides, "{path}");
    }
}

#[test]
fn an_edge_weighs_once_per_sample() {
    let (_folder, mut cells) = one(cpu().stack("a;b;a;b", 10).stack("a;c;b", 1));
    assert_eq!(cells.number(r#"total("a" > "b", cpu)"#), 10.0);
    // Somewhere below, not called directly.
    assert_eq!(cells.number(r#"total("a" >> "b", cpu)"#), 11.0);
}

#[test]
fn show_from_cuts_above_the_highest_match() {
    let (_folder, mut cells) = one(cpu().stack("A;B;C;B", 10).stack("A;C", 3));
    assert_eq!(folded(&mut cells, r#"cpu | show_from "B""#), ["B;C;B 10"]);
}

#[test]
fn prune_from_cuts_below_the_lowest_match() {
    let (_folder, mut cells) = one(cpu().stack("A;B;C;B;D;E", 10).stack("A;C", 3));
    assert_eq!(folded(&mut cells, r#"cpu | prune_from "B""#), ["A;B;C;B 10", "A;C 3"]);
}

#[test]
fn hide_moves_the_self_value_to_the_caller() {
    let (_folder, mut cells) = one(cpu().stack("main;rt.a;f;rt.b", 10).stack("rt.a;rt.b", 3));
    assert_eq!(folded(&mut cells, r#"cpu | hide "rt.*""#), ["main;f 10"]);
    // As in pprof, show keeps matching frames alone, and drops samples without one.
    assert_eq!(folded(&mut cells, r#"cpu | show "f""#), ["f 10"]);
}

#[test]
fn focus_and_ignore_part_the_samples() {
    let (_folder, mut cells) = one(cpu().stack("main;f;g", 10).stack("main;g", 3).stack("main", 1));
    assert_eq!(folded(&mut cells, r#"cpu | focus "f" >> "g""#), ["main;f;g 10"]);
    assert_eq!(folded(&mut cells, r#"cpu | ignore "f" >> "g""#), ["main 1", "main;g 3"]);
    assert_eq!(folded(&mut cells, r#"cpu | focus root "main" > leaf "g""#), ["main;g 3"]);
}

#[test]
fn percentages_are_of_the_selection_before_stack_filters() {
    let (_folder, mut cells) = one(cpu().stack("main;f", 25).stack("main;g", 75));
    let table = cells.table(r#"cpu | focus "f" | top"#);
    assert_eq!(cells::text(&table, "function", 0), "f");
    assert_eq!(cells::figure(&table, "self_share", 0), 25.0);
    assert_eq!(cells::figure(&table, "kept_share", 0), 100.0);
}

#[test]
fn gauges_are_averaged_over_time_and_then_added_over_series() {
    let (_folder, mut cells) = session(&[
        ("pod=a/1.pb", heap(0).stack("main;f", 10)),
        ("pod=a/2.pb", heap(60).stack("main;f", 20)),
        ("pod=b/1.pb", heap(0).stack("main;g", 30)),
    ]);
    // (10 + 20) / 2 + 30 / 1 = 45; one mean over all three snapshots would be 20.
    assert_eq!(folded(&mut cells, "inuse_space"), ["main;f 15", "main;g 30"]);
    assert_eq!(tree(&mut cells, "inuse_space").total(), 45.0);
    assert_eq!(folded(&mut cells, "inuse_space | last_over_time"), ["main;f 20", "main;g 30"]);
    assert_eq!(folded(&mut cells, "inuse_space | sum_over_time"), ["main;f 30", "main;g 30"]);
}

#[test]
fn a_snapshot_without_a_function_counts_as_nothing_of_it() {
    let (_folder, mut cells) =
        session(&[("1.pb", heap(0).stack("f", 10)), ("2.pb", heap(60).stack("g", 30))]);
    assert_eq!(folded(&mut cells, "inuse_space"), ["f 5", "g 15"]);
}

#[test]
fn avg_by_divides_by_the_series_of_the_group() {
    let (_folder, mut cells) = session(&[
        ("env=prod/pod=a/1.pb", cpu().stack("f", 10)),
        ("env=prod/pod=b/1.pb", cpu().stack("f", 30)),
        ("env=test/pod=c/1.pb", cpu().stack("f", 7)),
    ]);
    let totals = |cells: &mut Cells, verb: &str| {
        let table = cells.table(&format!("cpu | {verb} (env) | table"));
        let rows = (0..table.height())
            .map(|row| (cells::text(&table, "env", row), cells::figure(&table, "total", row)));
        rows.collect::<std::collections::BTreeMap<_, _>>()
    };
    let expected = |prod: f64| [("prod".to_owned(), prod), ("test".to_owned(), 7.0)].into();
    assert_eq!(totals(&mut cells, "by"), expected(40.0));
    assert_eq!(totals(&mut cells, "sum by"), expected(40.0));
    assert_eq!(totals(&mut cells, "avg by"), expected(20.0));
    assert_eq!(totals(&mut cells, "max by"), expected(30.0));
    assert_eq!(totals(&mut cells, "min by"), expected(10.0));
}

#[test]
fn rate_divides_by_the_profiled_time_and_not_by_the_window() {
    // Ten seconds each, with a gap of ninety between them.
    let (_folder, mut cells) = session(&[
        ("1.pb", cpu().stack("f", 4_000_000_000)),
        ("2.pb", cpu().at(MIDNIGHT + 100).stack("f", 6_000_000_000)),
    ]);
    // 10 s of CPU in 20 s of profile is half a core; over the window it would be 0.09.
    assert_eq!(folded(&mut cells, "cpu | rate"), ["f 0.5"]);
}

#[test]
fn steps_are_aligned_to_the_epoch_and_a_step_without_a_profile_is_a_gap() {
    let (_folder, mut cells) = session(&[
        ("1.pb", cpu().at(MIDNIGHT + 61).stack("f", 1)),
        ("2.pb", cpu().at(MIDNIGHT + 119).stack("f", 2)),
        // Nothing from 00:02 to 00:03.
        ("3.pb", cpu().at(MIDNIGHT + 185).stack("f", 4)),
    ]);
    let series = series(&mut cells, "cpu[10m:1m]");
    assert_eq!(series.lines.len(), 1);
    let minute = |n: i64| (MIDNIGHT + 60 * n) * 1_000_000_000;
    let points = series.lines[0].points.iter().map(|(at, value)| (at.0, *value));
    let inner: Vec<_> = points.filter(|(at, _)| (minute(1)..=minute(3)).contains(at)).collect();
    assert_eq!(inner, [(minute(1), Some(3.0)), (minute(2), None), (minute(3), Some(4.0))]);
}

#[test]
fn a_percentage_beside_a_quantity_is_of_the_selection() {
    let (_folder, mut cells) = one(cpu().stack("main;f", 4).stack("main;g", 96));
    for holds in [
        r#"self("f", cpu) < 5%"#,
        r#"self("f", cpu) >= 4%"#,
        r#"not (self("f", cpu) > 4%)"#,
        r#"share("f", cpu) < 5%"#,
        r#"share("f", cpu) < 0.05"#,
        r#"total("main", cpu) >= 100%"#,
        r#"self("f", cpu) == 4ns"#,
    ] {
        cells.run(&format!("assert {holds}"));
    }
    let report = cells.error(r#"assert self("f", cpu) < 3%"#);
    assert!(report.contains("measured"), "{report}");
    // The base is the selection before stack filters.
    cells.run(r#"cpu | focus "f" | assert self("f") < 5%"#);
}

#[test]
fn a_label_of_samples_becomes_root_or_leaf_and_selects() {
    let recording = cpu()
        .labelled("main;f", 10, &[("endpoint", "/cart")])
        .labelled("main;f", 3, &[("endpoint", "/pay")])
        .stack("main;gc", 1);
    let (_folder, mut cells) = one(recording);
    assert_eq!(folded(&mut cells, r#"cpu{endpoint="/cart"}"#), ["main;f 10"]);
    let rooted = folded(&mut cells, "cpu | tagroot (endpoint)");
    // pprof has a frame without a name where the label is missing.
    assert_eq!(rooted, ["(no endpoint);main;gc 1", "/cart;main;f 10", "/pay;main;f 3"]);
    let tipped = folded(&mut cells, "cpu | tagleaf (endpoint)");
    assert_eq!(tipped, ["main;f;/cart 10", "main;f;/pay 3", "main;gc;(no endpoint) 1"]);
}

#[test]
fn names_that_are_no_words_can_be_asked() {
    let odd = [("span id", "a"), ("k8s.pod.name", "p-1"), ("größe", "xl")];
    let recording = Recording::of("cpu-time", "nanoseconds").at(MIDNIGHT).lasting(10);
    let recording = recording.labelled("f", 5, &odd).labelled("g", 2, &[]);
    let (_folder, mut cells) = one(recording);
    assert_eq!(folded(&mut cells, "cpu_time"), ["f 5", "g 2"]);
    // With a hyphen it reads as a difference, which has no stacks; the error has the name.
    for query in ["cpu-time", r#"cpu-time{"span id"="a"}[1h]"#] {
        let Err(errors) = cells.try_run(&format!("{query} | top")) else { panic!("{query}") };
        let patch = errors[0].patch.as_ref().expect("a fix");
        assert_eq!(patch.text, query.replace('-', "_"));
    }
    for (name, value) in odd {
        let selected = format!("cpu_time{{{name:?}={value:?}}}");
        assert_eq!(folded(&mut cells, &selected), ["f 5"], "{selected}");
        let table = cells.table(&format!("cpu_time | by ({name:?}) | table"));
        assert_eq!(table.height(), 2, "{name}");
    }
}

#[test]
fn labels_that_are_amounts_compare_by_their_size() {
    let sizes = [("1024bytes", 1), ("307200bytes", 2), ("2097152bytes", 4)];
    let recording = sizes.iter().fold(cpu(), |recording, (size, value)| {
        recording.labelled("f", *value, &[("request", *size), ("waited", "1500us")])
    });
    let (_folder, mut cells) = one(recording);
    // 300 KiB and 2 MiB; as text, "2097152" comes before "262144".
    assert_eq!(cells.table("cpu | by (request) | where request >= 256KiB | table").height(), 2);
    assert_eq!(cells.table("cpu | by (request) | where request < 2KiB | table").height(), 1);
    assert_eq!(cells.table("cpu | by (waited) | where waited > 1ms | table").height(), 1);
}

/// A sample of each size, and one without.
pub(crate) fn sized() -> Recording {
    let sizes = [(1024, 1), (307_200, 2), (2_097_152, 4)];
    let recording = sizes.iter().fold(cpu(), |recording, (size, value)| {
        recording.sized("f", *value, &[("request", *size, "bytes"), ("waited", 1500, "us")])
    });
    recording.stack("f", 8)
}

#[test]
fn labels_that_are_numbers_are_quantities() {
    let (_folder, mut cells) = one(sized());
    let table = cells.table("cpu | by (request) | table");
    let totals: Vec<f64> = (0..4).map(|row| cells::figure(&table, "total", row)).collect();
    assert_eq!(totals, [8.0, 4.0, 2.0, 1.0], "the largest total first");
    let sorted = cells.table("cpu | by (request) | table | sort request");
    let totals: Vec<f64> = (0..4).map(|row| cells::figure(&sorted, "total", row)).collect();
    assert_eq!(totals, [1.0, 2.0, 4.0, 8.0], "by size, and what has none last");
    let outcome = cells.run("cpu | by (request) | table").pop().expect("a table");
    let text = view::plain(&outcome, Screen::PIPE, Work::unattended()).expect("no interrupt");
    let sizes: Vec<&str> = ["1 KiB", "300 KiB", "2 MiB"].into_iter().collect();
    assert!(sizes.iter().all(|size| text.contains(size)), "{text}");
    let largest = cells.table("cpu | by (request) | table | sort request desc");
    assert_eq!(cells::figure(&largest, "request", 0), 2_097_152.0);
    for (condition, rows) in [
        ("request >= 256KiB", 2),
        ("request > 300KiB", 1),
        ("request < 2KiB", 1),
        ("request == 300KiB", 1),
        ("request == \"300 KiB\"", 1),
        ("request == \"\"", 1),
    ] {
        let query = format!("cpu | by (request) | where {condition} | table");
        assert_eq!(cells.table(&query).height(), rows, "{query}");
    }
    assert_eq!(cells.table("cpu | by (waited) | where waited > 1ms | table").height(), 1);
    let values = cells.table("cpu | values request");
    assert_eq!(cells::figure(&values, "request", 0), 2_097_152.0, "the most first");
    assert_eq!(
        folded(&mut cells, "cpu | tagroot (request)"),
        ["(no request);f 8", "1 KiB;f 1", "2 MiB;f 4", "300 KiB;f 2"]
    );
}

#[test]
fn matchers_compare_quantities() {
    let (_folder, mut cells) = one(sized());
    for (matchers, total) in [
        ("request>=256KiB", 6.0),
        ("request>=\"256KiB\"", 6.0),
        ("request>300KiB", 4.0),
        ("request<=300KiB", 3.0),
        ("request<300KiB", 1.0),
        ("request>1KiB, request<1MiB", 2.0),
        ("request=\"300 KiB\"", 2.0),
        ("request=\"300kb\"", 2.0),
        ("request=\"307200\"", 2.0),
        ("request!=\"300KiB\"", 13.0),
        ("request=\"\"", 8.0),
        ("request=~\".* KiB\"", 3.0),
        ("waited>1ms", 7.0),
        ("waited=1500us", 7.0),
    ] {
        let query = format!("total(\"f\", cpu{{{matchers}}})");
        assert_eq!(cells.number(&query), total, "{query}");
    }
    let report = cells.error("cpu{request>=\"large\"}");
    assert!(report.contains("`large` is not an amount"), "{report}");
    let report = cells.error("cpu | focus {line>=7}");
    assert!(report.contains("`line` of a frame has no size"), "{report}");
}

#[test]
fn collapse_folds_runs_of_frames() {
    let (_folder, mut cells) =
        one(cpu().stack("main;fib;fib;fib;add", 10).stack("main;fib;add;fib", 3));
    let folded_recursion = folded(&mut cells, "cpu | collapse recursion");
    assert_eq!(folded_recursion, ["main;fib;add 10", "main;fib;add;fib 3"]);
}

#[test]
fn what_trim_takes_is_kept_as_other() {
    let (_folder, mut cells) = one(cpu().stack("main;f", 97).stack("main;g", 2).stack("main;h", 1));
    assert_eq!(folded(&mut cells, "cpu | trim 5%"), ["main;(other) 3", "main;f 97"]);
}

#[test]
fn a_narrowed_selection_knows_names_that_came_after_it() {
    let (_folder, mut cells) =
        session(&[("pod=a/1.pb", cpu().stack("f", 10)), ("pod=b/1.pb", cpu().stack("f", 3))]);
    cells.run("let all = cpu");
    cells.run("wanted = \"b\"");
    assert_eq!(folded(&mut cells, "all{pod=wanted}"), ["f 3"]);
    cells.run("wanted = \"a\"");
    assert_eq!(folded(&mut cells, "all{pod=wanted}"), ["f 10"]);
}

/// A graph puts the trees of groups side by side; `tagroot` moves every sample.
#[test]
fn groups_are_the_first_level_of_a_tree_as_tagroot_makes_it() {
    let mut cells = Cells::new(".");
    cells.run("use \"demo:\"");
    for (stages, labels) in [
        ("cpu", "version"),
        ("cpu", "pod, version"),
        ("cpu", "endpoint"),
        ("cpu", "version, endpoint"),
        ("cpu | rate", "pod"),
        ("cpu | focus \"runtime.*\"", "version"),
        ("cpu | hide \"runtime.*\"", "version"),
        ("inuse_space", "pod"),
        ("cpu | max_over_time", "pod"),
    ] {
        let of_groups = format!("{stages} | by ({labels})");
        let of_samples = format!("{stages} | tagroot ({labels})");
        let (lines, expected) = (folded(&mut cells, &of_groups), folded(&mut cells, &of_samples));
        assert!(lines.len() > 10, "{of_groups}");
        let parted = |line: &String| {
            let (path, value) = line.rsplit_once(' ').expect("a path and a value");
            (path.to_owned(), value.parse::<f64>().expect("a number"))
        };
        assert_eq!(lines.len(), expected.len(), "{of_groups}");
        for ((path, value), (wanted, of)) in
            lines.iter().map(parted).zip(expected.iter().map(parted))
        {
            assert_eq!(path, wanted, "{of_groups}");
            // Means are added in another order.
            assert!((value - of).abs() <= 1e-9 * of.abs(), "{of_groups}: {path} {value} {of}");
        }
        let [left, right] = [&of_groups, &of_samples].map(|query| {
            let drawn = cells.run(&format!("{query} | flame")).pop().expect("a result");
            drawn.header.total.expect("a total").value
        });
        assert!((left - right).abs() <= 1e-9 * right, "{of_groups}: {left} {right}");
    }
}
