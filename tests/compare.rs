//! Comparisons: the baseline, the names of the sides, the changes.
//!
//! The profiles are small enough to add up by hand; `pprof` has tests on real ones.

use flamebook::eval::result::value::{Comparison, Graph, Outcome, Value, View};
use flamebook::profile::Diff;
use tempfile::TempDir;

use crate::cells::{self, Cells, text};
use crate::recording::Recording;

/// 2026-01-01T00:00:00Z
const MIDNIGHT: i64 = 1_767_225_600;

fn cpu() -> Recording {
    Recording::of("cpu", "nanoseconds").at(MIDNIGHT).lasting(10)
}

fn session(files: &[(&str, Recording)]) -> (TempDir, Cells) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (name, recording) in files {
        recording.save(folder.path(), name);
    }
    let cells = Cells::over(folder.path(), "**/*.pb");
    (folder, cells)
}

/// Version 1: main 4 (a 3, b 1). Version 2, in twice the time: main 12 (a 3, c 9).
fn two_versions() -> (TempDir, Cells) {
    session(&[
        ("version=1/x.pb", cpu().stack("main;a", 3).stack("main;b", 1)),
        ("version=2/x.pb", cpu().lasting(20).stack("main;a", 3).stack("main;c", 9)),
    ])
}

fn outcome(cells: &mut Cells, query: &str) -> Outcome {
    cells.run(query).pop().expect("a result")
}

fn diff(cells: &mut Cells, query: &str) -> Diff {
    match outcome(cells, query).value {
        Value::View(View::Flame(Graph::Diff(diff))) => *diff,
        other => panic!("{query} gives {other:?}"),
    }
}

fn comparison(cells: &mut Cells, query: &str) -> Comparison {
    match outcome(cells, query).value {
        Value::View(View::Comparison(comparison)) => comparison,
        other => panic!("{query} gives {other:?}"),
    }
}

/// The recorded values before and after.
fn totals(diff: &Diff) -> (f64, f64) {
    (diff.before.total(), diff.after.total())
}

/// `before after delta growth change total-delta` of one function.
fn row(cells: &mut Cells, query: &str, function: &str) -> String {
    let table = cells.table(query);
    let row = (0..table.height())
        .find(|row| cells::text(&table, "function", *row) == function)
        .unwrap_or_else(|| panic!("{function} is not in {query}"));
    let figure = |column| cells::figure(&table, column, row);
    let change = cells::text(&table, "change", row);
    let [before, after, delta, growth] = ["before", "after", "delta", "growth"].map(figure);
    format!("{before} {after} {delta} {growth} {change:?} {}", figure("total_delta"))
}

#[test]
fn totals_have_the_columns_that_self_values_have() {
    let (_folder, mut cells) = two_versions();
    let names = ["total_before", "total_after", "total_delta", "total_growth", "total_delta_share"];
    // Main 4 of 4, then 12 of 12; a 3 of 4, then 3 of 12.
    for (mode, main, a) in [
        ("share", [100.0, 100.0, 0.0, 0.0, 0.0], [75.0, 25.0, -50.0, -200.0 / 3.0, -50.0]),
        ("amount", [4.0, 12.0, 8.0, 200.0, 0.0], [3.0, 3.0, 0.0, 0.0, -50.0]),
    ] {
        let query = format!("cpu{{version=\"2\"}} | diff {{version=\"1\"}} mode={mode} | top");
        let table = cells.table(&format!(
            "{query} | sort {} | select function, {}",
            names[0],
            names.join(", ")
        ));
        for (function, expected) in [("main", main), ("a", a)] {
            let row =
                (0..table.height()).find(|row| cells::text(&table, "function", *row) == function);
            let row = row.expect("a row");
            for (name, value) in names.iter().zip(expected) {
                let found = cells::figure(&table, name, row);
                assert!((found - value).abs() < 1e-9, "{mode} {function} {name}: {found}");
            }
        }
    }
}

#[test]
fn a_retarget_replaces_matchers_and_runs_the_stages_again() {
    let (_folder, mut cells) = two_versions();
    assert_eq!(totals(&diff(&mut cells, "cpu{version=\"2\"} | diff {version=\"1\"}")), (4.0, 12.0));
    let focused = "cpu{version=\"2\"} | focus \"a\" | diff {version=\"1\"}";
    assert_eq!(totals(&diff(&mut cells, focused)), (3.0, 3.0));
    cells.run("let v2 = cpu{version=\"2\"} | hide \"main\"\nlet old = \"1\"");
    let through = diff(&mut cells, "v2 | diff {version=old}");
    assert_eq!(totals(&through), (4.0, 12.0));
    let functions = cells.table("v2 | diff {version=old} mode=amount | top");
    let names = (0..functions.height()).map(|row| cells::text(&functions, "function", row));
    // The largest change first; main is hidden on both sides.
    assert_eq!(names.collect::<Vec<_>>(), ["c", "b", "a"]);
    assert_eq!(
        row(&mut cells, "v2 | diff {version=old} mode=amount | top", "c"),
        "0 9 9 NaN \"new\" 9"
    );
    // Stages of both the definition and the use: main is hidden, b dropped.
    let dropped = diff(&mut cells, "v2 | ignore \"b\" | diff {version=\"1\"}");
    assert_eq!(totals(&dropped), (3.0, 12.0));
    // No profile has both versions, so the baseline's condition replaces the piped one.
    let neither = diff(&mut cells, "v2{version=\"1\"} | diff {version=\"2\"}");
    assert_eq!(totals(&neither), (12.0, 0.0));
}

#[test]
fn a_baseline_may_lack_what_the_piped_query_asks_for() {
    let (_folder, mut cells) = two_versions();
    let new = diff(&mut cells, "cpu{version=\"2\"} | focus \"c\" | diff {version=\"1\"}");
    assert_eq!(totals(&new), (0.0, 9.0));
    let errors = cells.try_run("cpu{version=\"1\"} | focus \"c\" | diff {version=\"2\"}");
    assert_eq!(errors.expect_err("no c in version 1")[0].slug, "no-match");
}

#[test]
fn an_offset_and_a_range_move_the_window() {
    let at = |seconds: i64, value| cpu().at(MIDNIGHT + seconds).stack("f", value);
    let (_folder, mut cells) =
        session(&[("a.pb", at(0, 5)), ("b.pb", at(60, 7)), ("c.pb", at(120, 11))]);
    // The newest ends at 130 s: the last minute starts at 70 s, the one before at 10 s.
    assert_eq!(totals(&diff(&mut cells, "cpu[1m] | diff offset 1m")), (7.0, 11.0));
    assert_eq!(totals(&diff(&mut cells, "cpu[1m] | diff [3m]")), (23.0, 11.0));
    let early = "cpu[1m] | diff [2026-01-01T00:00Z .. +1m]";
    assert_eq!(totals(&diff(&mut cells, early)), (5.0, 11.0));
}

#[test]
fn the_mode_says_what_is_compared() {
    let (_folder, mut cells) = two_versions();
    let query = |mode: &str| format!("cpu{{version=\"2\"}} | diff {{version=\"1\"}}{mode} | top");
    // Totals 4 and 12: a has 75 % and 25 %, a third of before; b has 25 % and 0.
    let third = "75 25 -50 -66.66666666666666 \"\" -50";
    assert_eq!(row(&mut cells, &query(""), "a"), third);
    assert_eq!(row(&mut cells, &query(" mode=share"), "b"), "25 0 -25 -100 \"removed\" -25");
    assert_eq!(row(&mut cells, &query(" mode=amount"), "a"), "3 3 0 0 \"\" 0");
    // main: nothing of its own, 4 in all before and 12 after.
    assert_eq!(row(&mut cells, &query(" mode=amount"), "main"), "0 0 0 NaN \"\" 8");
    // Nanoseconds per nanosecond: 3 in 10 s and 3 in 20 s.
    let rates = cells.table(&query(" mode=rate"));
    let a = (0..rates.height()).find(|row| cells::text(&rates, "function", *row) == "a");
    let delta = cells::figure(&rates, "delta", a.expect("a"));
    assert!((delta - (3.0 / 20e9 - 3.0 / 10e9)).abs() < 1e-22, "{delta}");
}

#[test]
fn gauges_are_compared_by_amount_unless_asked() {
    let heap = |value| Recording::of("inuse_space", "bytes").at(MIDNIGHT).stack("f", value);
    let (_folder, mut cells) = session(&[("pod=a/x.pb", heap(1)), ("pod=b/x.pb", heap(3))]);
    let row = row(&mut cells, "inuse_space{pod=\"b\"} | diff {pod=\"a\"} | top", "f");
    assert_eq!(row, "1 3 2 200 \"\" 2");
    let error = cells.try_run("inuse_space{pod=\"b\"} | diff {pod=\"a\"} mode=rate");
    assert_eq!(error.expect_err("a gauge has no rate")[0].slug, "rate-of-gauge");
}

#[test]
fn the_largest_change_comes_first_and_where_reads_columns() {
    let (_folder, mut cells) = two_versions();
    let diffed = "cpu{version=\"2\"} | diff {version=\"1\"}";
    let names = |cells: &mut Cells, stages: &str| {
        let table = cells.table(&format!("{diffed} {stages}"));
        (0..table.height()).map(|row| cells::text(&table, "function", row)).collect::<Vec<_>>()
    };
    // Changes of self: c +75, a -50, b -25 points, main 0.
    assert_eq!(names(&mut cells, "| top"), ["c", "a", "b", "main"]);
    assert_eq!(names(&mut cells, "| top 1 by delta"), ["c"]);
    assert_eq!(names(&mut cells, "| where delta > 50%"), ["c"]);
    assert_eq!(names(&mut cells, "| where delta < 0%"), ["a", "b"]);
    assert_eq!(names(&mut cells, "| where change = \"new\" or growth < -90%"), ["c", "b"]);
    assert_eq!(names(&mut cells, "| sort before desc | take 2"), ["a", "b"]);
    // By amount, a percentage is of the total before: 5 % of 4 is 0.2.
    assert_eq!(names(&mut cells, "mode=amount | where delta > 5%"), ["c"]);
}

#[test]
fn delta_and_growth_can_be_asserted() {
    let (_folder, mut cells) = two_versions();
    cells.run("cpu{version=\"2\"} | diff {version=\"1\"} | assert delta(\"c\") > 70%");
    cells
        .run("cpu{version=\"2\"} | diff {version=\"1\"} mode=amount | assert growth(\"main\") = 2");
    let failed = "cpu{version=\"2\"} | diff {version=\"1\"} | assert delta(\"c\") < 5%";
    let errors = cells.try_run(failed).expect_err("75 points are more than 5");
    assert_eq!(errors[0].slug, "assert");
    assert!(errors[0].label.contains("measured 75% (0% before, 75% after)"), "{}", errors[0].label);
    // A new function has no growth, so every bound on it is false.
    let new = "cpu{version=\"2\"} | diff {version=\"1\"} | assert growth(\"c\") < 1000%";
    assert!(cells.try_run(new).is_err());
}

#[test]
fn stack_verbs_rewrite_both_sides() {
    let (_folder, mut cells) = two_versions();
    let diffed = "cpu{version=\"2\"} | diff {version=\"1\"}";
    assert_eq!(totals(&diff(&mut cells, &format!("{diffed} | focus \"b\""))), (1.0, 0.0));
    assert_eq!(totals(&diff(&mut cells, &format!("{diffed} | ignore \"a\""))), (1.0, 9.0));
    assert_eq!(totals(&diff(&mut cells, &format!("{diffed} | callers \"a\""))), (3.0, 3.0));
    // b is a quarter of what was and nothing of what is; 30 % of the larger side is 3.6.
    let trimmed = diff(&mut cells, &format!("{diffed} | trim 30% | flame"));
    assert_eq!(totals(&trimmed), (4.0, 12.0));
    let shares = outcome(&mut cells, &format!("{diffed} | focus \"a\"")).header;
    let kept =
        |side: &flamebook::eval::result::value::Header| side.kept.as_ref().map(|kept| kept.value);
    assert_eq!(kept(&shares), Some(3.0));
    assert_eq!(shares.baseline.as_deref().and_then(kept), Some(3.0));
}

#[test]
fn a_sandwich_of_a_diff_has_two_halves_of_one_total_on_each_side() {
    let (_folder, mut cells) = session(&[
        ("version=1/x.pb", cpu().stack("main;f;g;f", 3).stack("other;f", 1)),
        ("version=2/x.pb", cpu().stack("main;f;g", 5)),
    ]);
    let query = "cpu{version=\"2\"} | diff {version=\"1\"} | sandwich \"f\"";
    let Value::View(View::Sandwich(sandwich)) = outcome(&mut cells, query).value else {
        panic!("{query} is no sandwich")
    };
    assert_eq!(sandwich.functions.iter().map(|name| &**name).collect::<Vec<_>>(), ["f"]);
    for half in [&sandwich.callers, &sandwich.callees] {
        let Graph::Diff(diff) = half else { panic!("a half of a diff is a diff") };
        assert_eq!(totals(diff), (4.0, 5.0));
    }
}

#[test]
fn panes_are_the_piped_selection_and_its_baselines_or_its_groups() {
    let (_folder, mut cells) = two_versions();
    let told = |comparison: &Comparison| {
        let panes = comparison.panes.iter();
        panes.map(|pane| (pane.title.clone(), pane.tree.total())).collect::<Vec<_>>()
    };
    let versions = comparison(&mut cells, "cpu | by (version) | compare");
    assert_eq!(
        told(&versions),
        [("version=\"1\"".to_owned(), 4.0), ("version=\"2\"".to_owned(), 12.0)]
    );
    let queries = versions.panes.iter().map(|pane| &*pane.header.selection);
    assert_eq!(queries.collect::<Vec<_>>(), ["cpu{version=\"1\"}", "cpu{version=\"2\"}"]);
    let pair = comparison(&mut cells, "cpu{version=\"2\"} | hide \"a\" | compare {version=\"1\"}");
    assert_eq!(
        told(&pair),
        [("cpu{version=\"2\"}".to_owned(), 12.0), ("{version=\"1\"}".to_owned(), 4.0)]
    );
    assert_eq!(pair.panes[1].header.selection, "cpu{version=\"1\"} | hide \"a\"");
    for (query, slug) in [
        ("cpu | compare", "no-baseline"),
        ("cpu{version=\"1\"} | by (version) | compare", "no-baseline"),
        ("cpu | compare 5", "type-mismatch"),
    ] {
        assert_eq!(cells.try_run(query).expect_err(query)[0].slug, slug, "{query}");
    }
}

#[test]
fn different_types_and_units_are_not_compared() {
    let heap = Recording::of("inuse_space", "bytes").at(MIDNIGHT).stack("f", 1);
    let (_folder, mut cells) = session(&[("cpu.pb", cpu().stack("f", 1)), ("heap.pb", heap)]);
    for query in ["cpu | diff inuse_space", "cpu | rate | diff cpu", "cpu | compare inuse_space"] {
        let errors = cells.try_run(query).expect_err(query);
        assert_eq!(errors[0].slug, "not-comparable", "{query}");
        assert!(!errors[0].help.as_deref().unwrap_or_default().is_empty(), "{query}");
    }
}

#[test]
fn an_empty_side_is_zero_and_said() {
    let (_folder, mut cells) = two_versions();
    let gone = outcome(&mut cells, "cpu{version=\"3\"} | diff {version=\"1\"}");
    let Value::View(View::Flame(Graph::Diff(diff))) = &gone.value else { panic!("a diff") };
    assert_eq!(totals(diff), (4.0, 0.0));
    assert!(gone.header.notes.iter().any(|note| note.contains("version")), "{:?}", gone.header);
}

#[test]
fn the_mean_of_groups_is_compared_with_the_mean() {
    let (_folder, mut cells) = session(&[
        ("track=canary/pod=a/x.pb", cpu().stack("f", 10)),
        ("track=stable/pod=b/x.pb", cpu().stack("f", 4)),
        ("track=stable/pod=c/x.pb", cpu().stack("f", 8)),
    ]);
    // One canary pod at 10; two stable ones at 6 on average.
    let query = "cpu{track=\"canary\"} | avg by (track) | diff (cpu{track=\"stable\"} | avg by (track)) mode=amount";
    assert_eq!(totals(&diff(&mut cells, query)), (6.0, 10.0));
    // Several groups are the first level of both trees.
    let functions = |cells: &mut Cells, query: &str| {
        let table = cells.table(&format!("{query} | top"));
        let mut names: Vec<_> =
            (0..table.height()).map(|row| text(&table, "function", row)).collect();
        names.sort();
        names
    };
    let grouped = "cpu | by (pod) | diff {track=\"stable\"} mode=amount";
    assert_eq!(functions(&mut cells, grouped), ["a", "b", "c", "f"]);
    // Those of one side alone would be functions that are new.
    let by_pod = "cpu | by (pod) | diff cpu{track=\"stable\"} mode=amount";
    assert_eq!(totals(&diff(&mut cells, by_pod)), (12.0, 22.0));
    assert_eq!(functions(&mut cells, by_pod), ["f"]);
    let notes = outcome(&mut cells, by_pod).header.notes;
    assert!(notes.iter().any(|note| note.contains("so groups are merged")), "{notes:?}");
}
