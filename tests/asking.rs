//! Asking: columns that are typed as they are printed, a diff that `where` narrows, several
//! measures of a group, and checks that say what they measured.
//!
//! The profiles are small enough to add up by hand.

use flamebook::eval::result::table::Table;
use flamebook::eval::result::value::{Graph, Outcome, Value, View};
use flamebook::profile::Diff;
use flamebook::quantity::Unit;
use flamebook::view::export;
use tempfile::TempDir;

use crate::cells::{self, Cells};
use crate::recording::Recording;
use flamebook::work::Work;

/// 2026-01-01T00:00:00Z
const MIDNIGHT: i64 = 1_767_225_600;

const DIFF: &str = "cpu{version=\"2\"} | diff {version=\"1\"}";

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

/// Version 1: main 4 (a 3, b 1). Version 2: main 12 (a 3, c 9).
fn two_versions() -> (TempDir, Cells) {
    session(&[
        ("version=1/x.pb", cpu().stack("main;a", 3).stack("main;b", 1)),
        ("version=2/x.pb", cpu().stack("main;a", 3).stack("main;c", 9)),
    ])
}

fn outcome(cells: &mut Cells, query: &str) -> Outcome {
    cells.run(query).pop().expect("a result")
}

fn texts(table: &Table, column: &str) -> Vec<String> {
    (0..table.height()).map(|row| cells::text(table, column, row)).collect()
}

fn figures(table: &Table, column: &str) -> Vec<f64> {
    (0..table.height()).map(|row| cells::figure(table, column, row)).collect()
}

fn notes(cells: &mut Cells, query: &str) -> String {
    outcome(cells, query).header.notes.join("\n")
}

fn note(cells: &mut Cells, query: &str) -> String {
    match outcome(cells, query).value {
        Value::Note(text) => text,
        other => panic!("{query} gives {other:?}"),
    }
}

fn drawn(cells: &mut Cells, query: &str) -> Diff {
    match outcome(cells, query).value {
        Value::View(View::Flame(Graph::Diff(diff))) => *diff,
        other => panic!("{query} gives {other:?}"),
    }
}

// --- columns

#[test]
fn every_printed_column_is_typed_and_saved_under_its_name() {
    let mut cells = Cells::new("");
    cells.run("use \"demo:\"");
    for query in [
        "types",
        "labels",
        "cpu | values pod",
        "cpu | profiles",
        "cpu | functions",
        "cpu | describe",
        "cpu | top 5",
        "cpu | focus \"runtime.*\" | top 5",
        "cpu | by (version) | top 3",
        "cpu | by (version) | table",
        "inuse_space | by (pod) | series | table",
        "cpu{version=\"2\"} | diff {version=\"1\"} | top 5",
        "cpu{version=\"2\"} | diff {version=\"1\"} mode=amount | top 5",
    ] {
        let made = outcome(&mut cells, query);
        let csv = export::to_csv(&made, export::CsvText::Safe, Work::unattended()).expect("csv");
        let Value::Table(table) = made.value else { panic!("{query}") };
        assert_eq!(csv.lines().next(), Some(&*table.names().join(",")), "{query}");
        for name in table.names() {
            let stages = format!("sort {name} | extend it = {name} | select {name}, it");
            let selected = cells.table(&format!("{query} | {stages}"));
            assert_eq!(selected.names()[0], name, "{query}");
        }
    }
}

#[test]
fn an_unknown_column_is_answered_with_the_one_that_works() {
    let (_folder, mut cells) = two_versions();
    for (query, meant) in [
        ("cpu | top 5 | sort \"self %\"", "self_share"),
        ("cpu | top 5 | select function, totl", "total"),
        ("cpu | top 5 | where totals > 1", "total"),
        ("cpu | by (version) | table | sort \"std dev\"", "std_dev"),
        ("cpu | top 5 by totl", "total"),
        (&format!("{DIFF} | sort \"total delta\" desc"), "total_delta"),
        (&format!("{DIFF} | top 5 by \"delta amount\""), "delta_amount"),
        (&format!("{DIFF} | where totaldelta > 1%"), "total_delta"),
    ] {
        let errors = cells.try_run(query).expect_err(query);
        let help = errors[0].help.clone().unwrap_or_default();
        assert_eq!(help, format!("did you mean `{meant}`?"), "{query}");
        let patch = errors[0].patch.clone().expect("a fix");
        let patched =
            format!("{}{}{}", &query[..patch.place.start], patch.text, &query[patch.place.end..]);
        cells.run(&patched);
    }
    let all = cells.error("cpu | top 5 | sort zzz");
    assert!(
        all.contains("the columns are self, self_share, total, total_share, function"),
        "{all}"
    );
    // Every column of numbers ranks: before is 75 % for a and 25 % for b.
    let ranked = cells.table(&format!("{DIFF} | top 2 by before"));
    assert_eq!(texts(&ranked, "function"), ["a", "b"]);
    // The changes of total: c +75, a -50, b -25, main 0.
    let ranked = cells.table(&format!("{DIFF} | top 4 by total_delta"));
    assert_eq!(texts(&ranked, "function"), ["c", "a", "b", "main"]);
}

// --- a diff that `where` narrows

#[test]
fn where_narrows_a_diff_that_every_verb_can_follow() {
    let (_folder, mut cells) = two_versions();
    let shrunk = format!("{DIFF} | where delta < 0%");
    // Of 4 and 12: a 75 % and 25 %, b 25 % and 0 %.
    let all = cells.table(&shrunk);
    assert_eq!(
        (texts(&all, "function"), figures(&all, "before")),
        (vec!["a".to_owned(), "b".to_owned()], vec![75.0, 25.0],)
    );
    let of = |cells: &mut Cells, stages: &str| {
        texts(&cells.table(&format!("{shrunk} | {stages}")), "function")
    };
    assert_eq!(of(&mut cells, "top 5"), ["a", "b"]);
    assert_eq!(of(&mut cells, "top 1 by delta"), ["a"]);
    assert_eq!(of(&mut cells, "take 1"), ["a"]);
    assert_eq!(of(&mut cells, "sort delta desc | take 1"), ["b"]);
    assert_eq!(of(&mut cells, "where before < 50% | top 5"), ["b"]);
    assert_eq!(of(&mut cells, "extend half = delta / 2 | select function, half"), ["a", "b"]);
    assert_eq!(of(&mut cells, "focus \"b\" | top 5"), ["b"]);
    // The stacks through a and b: 3 + 1 before, 3 after. Shares are still of 4 and 12.
    let narrowed = drawn(&mut cells, &format!("{shrunk} | flame"));
    assert_eq!((narrowed.before.total(), narrowed.after.total()), (4.0, 3.0));
    assert_eq!((narrowed.before.whole, narrowed.after.whole), (4.0, 12.0));
    assert!(notes(&mut cells, &shrunk).contains("`delta < 0%` holds for 2 of 4 functions"));
    // The result of a cell is a diff, too.
    assert_eq!(drawn(&mut cells, "_ | flame").after.total(), 3.0);
    let none = format!("{DIFF} | where before > 100%");
    assert_eq!(cells.table(&none).height(), 0);
    assert_eq!(drawn(&mut cells, &format!("{none} | flame")).after.total(), 0.0);
    // Packages are other rows than the functions that were kept.
    let packages = cells.table(&format!("{shrunk} | granularity package | top 5"));
    assert_eq!(texts(&packages, "function"), ["(no package)"]);
}

// --- several measures of a group

#[test]
fn a_table_has_a_column_for_each_measure() {
    let (_folder, mut cells) = two_versions();
    let query =
        "cpu | by (version) | table share(\"a\"), x = self(\"b\") + self(\"c\"), value, count";
    let table = cells.table(query);
    assert_eq!(table.names(), ["version", "share_a", "x", "value", "count"]);
    // The heavier version first: a is 3 of 12 and 3 of 4.
    assert_eq!(texts(&table, "version"), ["2", "1"]);
    assert_eq!(figures(&table, "share_a"), [25.0, 75.0]);
    assert_eq!(figures(&table, "x"), [9.0, 1.0]);
    assert_eq!(figures(&table, "value"), [12.0, 4.0]);
    assert_eq!(figures(&table, "count"), [1.0, 1.0]);
    assert_eq!(table.units[1..4], [Unit::Percent, Unit::Nanoseconds, Unit::Nanoseconds]);
    let sorted = cells.table(&format!("{query} | sort share_a desc | take 1"));
    assert_eq!(texts(&sorted, "version"), ["1"]);
    let kept = cells.table(&format!("{query} | where share_a < 50%"));
    assert_eq!(texts(&kept, "version"), ["2"]);
    let errors = cells.try_run("cpu | by (version) | table share(\"zzz\")").expect_err("a typo");
    assert_eq!(errors[0].slug, "no-match");
    let series = cells.try_run("cpu | series | table share(\"a\")").expect_err("no stacks");
    assert_eq!(series[0].slug, "type-mismatch");
}

// --- checks

#[test]
fn a_failed_assert_measures_in_the_unit_of_its_limit() {
    let (_folder, mut cells) = two_versions();
    for (query, measured) in [
        ("assert share(\"a\", cpu) < 5%", "measured 37.5% (6 ns of 16 ns)"),
        ("assert self(\"a\", cpu) < 5%", "measured 37.5% (6 ns of 16 ns)"),
        ("assert self(\"a\", cpu) < 5ns", "measured 6 ns (37.5% of 16 ns)"),
        (
            &format!("{DIFF} mode=amount | assert growth(\"main\") < 10%"),
            "measured 200% (4 ns before, 12 ns after)",
        ),
        (&format!("{DIFF} mode=rate | assert growth(\"main\") < 1"), "measured 200% ("),
        (
            &format!("{DIFF} mode=amount | assert delta(\"main\") < 5ns"),
            "measured 8 ns (4 ns before, 12 ns after)",
        ),
        (
            &format!("{DIFF} mode=amount | assert delta(\"main\") < 5%"),
            "measured 200% (4 ns before, 12 ns after)",
        ),
        (&format!("{DIFF} | assert delta(\"c\") < 5%"), "measured 75% (0% before, 75% after)"),
        (
            &format!("{DIFF} | assert growth(\"c\") < 5%"),
            "measured no growth (nothing before, 75% after)",
        ),
        // 37.5 % is not less, by less than a digit that is shown otherwise.
        ("assert share(\"a\", cpu) < 37.499%", "measured 37.500% ("),
        ("let n = 7; assert n < 5", "7 against 5"),
        ("cpu | assert value < 5ns", "16 ns against "),
        ("cpu | assert count > 2", "2 against 2"),
    ] {
        let errors = cells.try_run(query).expect_err(query);
        assert_eq!(errors[0].slug, "assert", "{query}");
        assert!(errors[0].label.contains(measured), "{query}: {}", errors[0].label);
    }
}

#[test]
fn a_passing_assert_prints_one_line_and_passes_its_input_on() {
    let (_folder, mut cells) = two_versions();
    let holds = "holds: share(\"a\") < 50% (measured 37.5% (6 ns of 16 ns))";
    assert_eq!(note(&mut cells, "cpu | assert share(\"a\") < 50%"), holds);
    assert_eq!(texts(&cells.table("_ | top 1"), "function"), ["c"]);
    let two = note(&mut cells, "cpu | assert share(\"a\") < 50% | assert share(\"b\") < 50%");
    assert_eq!(two.lines().count(), 2, "{two}");
    let of_tree = "cpu | callees \"main\" | assert value = 16ns and count = 2";
    assert_eq!(note(&mut cells, of_tree), "holds: value = 16ns and count = 2");
    let table = cells.table("cpu | assert share(\"a\") < 50% | top 1");
    assert_eq!(texts(&table, "function"), ["c"]);
}

/// Three profiles of each version, of 20 each. In version 1 `f` has 1, 9 and 5, in version 2
/// 11, 19 and 15.
fn replicated() -> (TempDir, Cells) {
    let profile = |nth: i64, f: i64| {
        let recording = cpu().at(MIDNIGHT + 10 * nth);
        recording.stack("main;f", f).stack("main;g", 20 - f)
    };
    session(&[
        ("version=1/a.pb", profile(0, 1)),
        ("version=1/b.pb", profile(1, 9)),
        ("version=1/c.pb", profile(2, 5)),
        ("version=2/a.pb", profile(0, 11)),
        ("version=2/b.pb", profile(1, 19)),
        ("version=2/c.pb", profile(2, 15)),
    ])
}

/// 15 of 60. The values are 4, -4 and 0 from their mean, so the variance of their sum is
/// 3/2 · 32 = 48, and the error of the share √48 / 60 = 0.11547. t of 2 degrees of freedom is
/// 4.302653 at 95 % and 0.816497 at 50 %: ± 49.68 and ± 9.43 points.
#[test]
fn an_assert_shows_the_interval_of_what_it_measured() {
    let (_folder, mut cells) = replicated();
    let old = "cpu{version=\"1\"}";
    assert_eq!(
        note(&mut cells, &format!("{old} | assert share(\"f\") < 80% at 95%")),
        "holds: share(\"f\") < 80% at 95% (measured 25% ± 49.7% (15 ns of 60 ns))"
    );
    let of_statement = note(&mut cells, &format!("assert 35% > self(\"f\", {old}) at 50%"));
    assert!(of_statement.contains("(measured 25% ± 9.43% (15 ns of 60 ns))"), "{of_statement}");
    let mut fails = |condition: &str| {
        let errors = cells.try_run(&format!("{old} | assert {condition}")).expect_err(condition);
        (errors[0].slug, errors[0].label.clone())
    };
    let (slug, label) = fails("share(\"f\") < 60% at 95%");
    let beyond = "measured 25% ± 49.7% (15 ns of 60 ns), the 95% interval reaches 74.7%";
    assert_eq!((slug, &*label), ("assert", beyond));
    // In the unit of the limit: 15 ± 0.4968 · 60.
    let (_, label) = fails("self(\"f\") < 20ns at 95%");
    assert!(label.starts_with("measured 15 ns ± 29.8 ns (25% of 60 ns)"), "{label}");
    let (_, label) = fails("share(\"f\") < 30% and share(\"g\") < 80%  at 95%");
    assert!(label.contains("reaches 74.7%"), "{label}");
}

/// The shares are 25 and 75 %, each with the error 0.11547; together 0.1633, and t of 4
/// degrees of freedom is 2.776445: ± 45.34 points.
#[test]
fn an_assert_on_a_diff_shows_the_interval_of_the_change() {
    let (_folder, mut cells) = replicated();
    let holds = note(&mut cells, &format!("{DIFF} | assert delta(\"f\") < 96% at 95%"));
    assert!(holds.contains("measured 50% ± 45.3% (25% before, 75% after)"), "{holds}");
    let query = format!("{DIFF} | assert delta(\"f\") < 95% at 95%");
    assert!(cells.try_run(&query).is_err());
    // 75 / 25 - 1, by the delta method √(1 + 3²) 0.11547 / 0.25 = 1.4606: ± 405.5 %.
    let growth = note(&mut cells, &format!("{DIFF} | assert growth(\"f\") > 0"));
    assert!(growth.contains("measured 200% ± 406% ("), "{growth}");
}

#[test]
fn at_needs_one_measured_value_and_something_that_replicates() {
    let (_folder, mut cells) = two_versions();
    for (condition, slug) in [
        ("share(\"a\") < 50% at 95%", "no-interval"),
        ("share(\"a\") < share(\"b\") at 95%", "no-interval"),
        ("share(\"a\") = 5% at 95%", "no-interval"),
        ("value > 5ns at 95%", "no-interval"),
        ("not (share(\"a\") < 50%) at 95%", "no-interval"),
        ("share(\"a\") < 50% at 100%", "bad-confidence"),
        ("share(\"a\") < 50% at 5%", "bad-confidence"),
        ("share(\"a\") < 50% at 0.95", "unexpected"),
    ] {
        let errors = cells.try_run(&format!("cpu | assert {condition}")).expect_err(condition);
        assert_eq!(errors[0].slug, slug, "{condition}");
    }
}

#[test]
fn a_check_of_nothing_fails_unless_it_is_optional() {
    let (_folder, mut cells) = two_versions();
    let unmatched = "measured 0% (0 ns of 16 ns; no function matches `zzz`)";
    for call in ["self", "total", "share"] {
        let query = format!("cpu | assert {call}(\"zzz\") < 5%");
        assert_eq!(cells.try_run(&query).expect_err(&query)[0].slug, "no-match");
        let optional = note(&mut cells, &format!("{query} optional, \"zzz is back\""));
        assert!(optional.contains(unmatched), "{optional}");
    }
    for call in ["delta", "growth"] {
        let query = format!("{DIFF} | assert {call}(\"zzz\") = 0");
        assert_eq!(cells.try_run(&query).expect_err(&query)[0].slug, "no-match");
    }
    note(&mut cells, &format!("{DIFF} | assert delta(\"zzz\") = 0 optional"));
    let empty_side = "cpu | diff offset 1w | assert delta(\"a\") < 5%";
    assert_eq!(cells.try_run(empty_side).expect_err("no baseline")[0].slug, "nothing-measured");
    let nothing = "assert share(\"a\", cpu offset 1w) < 5%";
    assert_eq!(cells.try_run(nothing).expect_err("no profiles")[0].slug, "nothing-measured");
    let nothing_at_all = "cpu offset 1w | assert value < 5ns";
    assert_eq!(cells.try_run(nothing_at_all).expect_err("none")[0].slug, "nothing-measured");
    assert!(note(&mut cells, "cpu offset 1w | assert count = 0").starts_with("holds"));
    assert!(note(&mut cells, &format!("{nothing} optional")).contains("nothing to measure"));
    assert!(note(&mut cells, &format!("{empty_side} optional")).contains("nothing to measure"));
    // What holds for no samples is still a failure if there are some.
    let failed = cells.try_run("assert share(\"a\", cpu) < 5% optional").expect_err("37.5 %");
    assert_eq!(failed[0].slug, "assert");
}

// --- what a header says

#[test]
fn a_diff_says_that_its_sides_overlap_or_that_one_is_empty() {
    let (_folder, mut cells) = two_versions();
    let overlap = "the sides overlap: 12 ns are on both, 100% of after and 75% of before";
    assert!(notes(&mut cells, "cpu{version=\"2\"} | diff cpu").contains(overlap));
    assert!(!notes(&mut cells, DIFF).contains("overlap"));
    let empty = notes(&mut cells, "cpu | diff offset 1w");
    assert!(empty.contains("the baseline is empty, so every function is new"), "{empty}");
    // Samples of one profile that have different labels are on one side each.
    let by_endpoint =
        cpu().labelled("f", 3, &[("endpoint", "/a")]).labelled("f", 5, &[("endpoint", "/b")]);
    let (_folder, mut cells) = session(&[("x.pb", by_endpoint)]);
    let a = "cpu{endpoint=\"/a\"} | diff";
    assert!(!notes(&mut cells, &format!("{a} {{endpoint=\"/b\"}}")).contains("overlap"));
    let overlap = "the sides overlap: 3 ns are on both, 100% of after and 37.5% of before";
    assert!(notes(&mut cells, &format!("{a} cpu")).contains(overlap));
}

#[test]
fn groups_are_in_natural_order_and_tables_of_them_by_weight() {
    let pod = |value| cpu().stack("f", value);
    let pods = [("pod=p0/x.pb", 1), ("pod=p1/x.pb", 2), ("pod=p10/x.pb", 9), ("pod=p2/x.pb", 4)];
    let (_folder, mut cells) = session(&pods.map(|(file, value)| (file, pod(value))));
    let table = cells.table("cpu | by (pod) | table");
    assert_eq!(texts(&table, "pod"), ["p10", "p2", "p1", "p0"]);
    let natural = ["p0", "p1", "p2", "p10"];
    assert_eq!(texts(&cells.table("cpu | by (pod) | table | sort pod"), "pod"), natural);
    assert_eq!(texts(&cells.table("cpu | by (pod) | bottomk 2 | table"), "pod"), ["p0", "p1"]);
    let Value::View(View::Timeline(lines)) = cells.value("cpu | timeline by (pod)") else {
        panic!("no timeline")
    };
    let pods: Vec<String> = lines.lines.iter().map(|line| line.labels.to_string()).collect();
    assert_eq!(pods, natural.map(|pod| format!("pod=\"{pod}\"")));
    let Value::View(View::Comparison(panes)) = cells.value("cpu | by (pod) | compare") else {
        panic!("no comparison")
    };
    let titles: Vec<&str> = panes.panes.iter().map(|pane| &*pane.title).collect();
    assert_eq!(titles, natural.map(|pod| format!("pod=\"{pod}\"")));
}

#[test]
fn a_range_ends_at_the_newest_profile_of_its_type() {
    let heap = Recording::of("inuse_space", "bytes").at(MIDNIGHT).stack("g", 7);
    let (_folder, mut cells) =
        session(&[("heap.pb", heap), ("cpu.pb", cpu().at(MIDNIGHT + 600).stack("f", 5))]);
    let ended = outcome(&mut cells, "inuse_space[5s] | top 5");
    let Value::Table(table) = ended.value else { panic!("no table") };
    assert_eq!((texts(&table, "function"), figures(&table, "self")), (vec!["g".into()], vec![7.0]));
    let notes = ended.header.notes.join("\n");
    assert!(notes.contains("with the newest profile of `inuse_space`"), "{notes}");
    assert!(!self::notes(&mut cells, "cpu[15s] | top 5").contains("newest"));
    // `now` is that of the type, too, and `set now` wins.
    assert_eq!(cells.table("inuse_space[now - 5s .. now] | top 5").height(), 1);
    cells.run("set now 2026-01-01T01:00Z");
    assert_eq!(cells.table("inuse_space[5s] | top 5").height(), 0);
}

// --- names that a run makes up, and sums of types

#[test]
fn names_that_a_run_makes_up_are_one_function_in_a_comparison() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (file, lambda) in [("run1.folded", 14), ("run2.folded", 22)] {
        let stacks = format!("main;Cart$$Lambda${lambda}.run;work 50\nmain;other 50\n");
        std::fs::write(folder.path().join(file), stacks).expect("a file");
    }
    let mut cells = Cells::over(folder.path(), "run{run}.folded");
    let query = "samples{run=\"2\"} | diff {run=\"1\"} | top";
    let table = cells.table(query);
    let mut names = texts(&table, "function");
    names.sort();
    assert_eq!(names, ["Cart$$Lambda.run", "main", "other", "work"]);
    assert_eq!(
        (figures(&table, "delta"), figures(&table, "total_delta")),
        (vec![0.0; 4], vec![0.0; 4])
    );
    let said = notes(&mut cells, query);
    assert!(
        said.contains("2 names have a part that every run makes up")
            && said.contains("`Cart$$Lambda$14.run`"),
        "{said}"
    );
    let Value::View(View::Comparison(panes)) = cells.value("samples | by (run) | compare") else {
        panic!("no comparison")
    };
    for pane in &panes.panes {
        let symbols = &pane.tree.symbols;
        let has =
            |name: &str| symbols.stacks.iter().any(|(.., f)| &**symbols.frame_name(f) == name);
        assert!(has("Cart$$Lambda.run"));
    }
    cells.run("set normalise off");
    // As recorded, half of each side is another function.
    let apart = cells.table(&format!("{query} | sort total_delta"));
    assert_eq!(figures(&apart, "total_delta"), [-50.0, 0.0, 0.0, 0.0, 50.0]);
    assert_eq!(texts(&apart, "function")[0], "Cart$$Lambda$14.run");
}

#[test]
fn a_name_without_what_a_run_makes_up_is_not_mentioned() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for run in [1, 2] {
        // As the reader of JFR names a lambda.
        let file = folder.path().join(format!("run{run}.folded"));
        std::fs::write(file, "main;Cart$$Lambda.run 50\n").expect("a file");
    }
    let mut cells = Cells::over(folder.path(), "run{run}.folded");
    let said = notes(&mut cells, "samples{run=\"2\"} | diff {run=\"1\"} | top");
    assert!(!said.contains("makes up"), "{said}");
}

/// Old: f 60, version 1. New: f 40 and g 40, version 1; f 1 in version 2.
fn two_types() -> (TempDir, Cells) {
    let of = |name: &str| Recording::of(name, "bytes").at(MIDNIGHT).lasting(10);
    session(&[
        ("version=1/old.pb", of("old").stack("main;f", 60)),
        ("version=1/new.pb", of("new").stack("main;f", 40).stack("main;g", 40)),
        ("version=2/old.pb", of("old").stack("main;f", 1)),
        ("version=2/new.pb", of("new").stack("main;g", 2)),
        ("version=1/cpu.pb", cpu().stack("main", 1)),
    ])
}

#[test]
fn a_sum_of_types_is_profiles_for_every_verb_that_takes_them() {
    let (_folder, mut cells) = two_types();
    let sum = "old{version=\"1\"} + new{version=\"1\"}";
    let table = cells.table(&format!("{sum} | top"));
    assert_eq!(texts(&table, "function"), ["f", "g", "main"]);
    assert_eq!(figures(&table, "self"), [100.0, 40.0, 0.0]);
    assert_eq!(figures(&table, "total"), [100.0, 40.0, 140.0]);
    assert_eq!(table.units[0], Unit::Bytes);
    let focused = cells.table(&format!("{sum} | focus \"g\" | top"));
    assert_eq!(
        (texts(&focused, "function"), figures(&focused, "self_share")[0]),
        (vec!["g".to_owned(), "main".to_owned()], 40.0 / 140.0 * 100.0,)
    );
    let by_type = cells.table(&format!("{sum} | by (__name__) | table"));
    assert_eq!(
        (texts(&by_type, "__name__"), figures(&by_type, "total")),
        (vec!["new".to_owned(), "old".to_owned()], vec![80.0, 60.0],)
    );
    // A filter on one side only, a variable, the same type twice, three types.
    assert_eq!(
        figures(&cells.table("(old | focus \"f\") + (new | focus \"f\") | top 1"), "self"),
        [101.0]
    );
    cells.run(&format!("let both = {sum}"));
    assert_eq!(figures(&cells.table("both | top 1"), "self"), [100.0]);
    assert_eq!(figures(&cells.table("old + old | top 1"), "self"), [122.0]);
    assert_eq!(figures(&cells.table("old + new + old | top 1"), "self"), [162.0]);
    cells.run("old + new | assert share(\"g\") < 50%");
    // g is 40 + 2 of 61 + 82.
    assert!((cells.number("share(\"g\", old + new)") - 42.0 / 143.0).abs() < 1e-12);
    // Both sides of a diff run again: f 100 and 1, g 40 and 2; the total of main changed most.
    let change = cells.table("both | diff {version=\"2\"} mode=amount | top");
    assert_eq!(
        (texts(&change, "function"), figures(&change, "delta")),
        (vec!["main".to_owned(), "f".to_owned(), "g".to_owned()], vec![0.0, 99.0, 38.0],)
    );
    assert_eq!(cells.table("cpu | diff cpu mode=amount | top").height(), 1);
    // Alone and over time it is what it was, and `/` gives a ratio over time.
    for query in ["old + new", "both", "old + new | timeline", "old / cpu"] {
        let shown = cells.value(query);
        assert!(matches!(shown, Value::View(View::Timeline(_))), "{query}: {shown:?}");
    }
    let errors = cells.try_run("old + cpu | top").expect_err("two units");
    assert_eq!(errors[0].slug, "unit-mismatch");
}
