//! Numbers compared with Go's pprof on the same files.
//!
//! A reference is a folder with profiles of real processes and pprof's reports on them,
//! untrimmed and in base units. Every function and every edge in every report is compared
//! exactly. A small reference is in `tests/data/pprof` (`recorded`). These tests use a
//! larger one beside the repository, in `../shared/data`. Without it they pass with a
//! message; in CI they fail. `report` parses the reports.

mod recorded;
mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flamebook::eval::result::table::Table;
use flamebook::eval::result::value::{Value, View};

use crate::cells::{self, Cells};

pub(crate) use report::{Figures, top_rows};
use report::{edges, read_report, tags, top_report};

/// Files and their sample types; reports are named after both.
const PROFILES: [(&str, &[&str]); 7] = [
    ("alloc_objects.pb.gz", &["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]),
    ("alloc_space_delta.pb.gz", &["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]),
    ("fgprof.pb.gz", &["samples", "time"]),
    ("fib.pb.gz", &["samples", "cpu"]),
    ("normal-cpu.stripped.pprof", &["samples", "cpu"]),
    ("profile-with-labels.pb.gz", &["samples"]),
    ("profile1.pb.gz", &["samples", "cpu"]),
];

#[test]
fn every_function_of_every_file_has_the_self_and_total_of_pprof() {
    let Some(data) = reference() else { return };
    for (file, types) in PROFILES {
        assert_functions(&data, file, types);
    }
}

#[test]
fn code_without_symbols_has_its_addresses() {
    let Some(data) = reference() else { return };
    let mut cells = Cells::over(&data, "profiles/normal-cpu.stripped.pprof");
    let addresses = functions(&cells.table("cpu | granularity address | top 100000"));
    assert!(addresses.len() > 100, "{addresses:?}");
    for address in addresses.keys() {
        let digits = address.strip_prefix("pprof-example-app-go+0x").expect("an address");
        assert!(u64::from_str_radix(digits, 16).is_ok_and(|digits| digits > 0), "{address}");
    }
    let whole = top_report(&data, "normal-cpu.cpu.top")["[pprof-example-app-go]"].0;
    assert_eq!(addresses.values().map(|(own, _)| own).sum::<f64>(), whole);
}

#[test]
fn every_edge_of_every_file_weighs_what_pprof_says() {
    let Some(data) = reference() else { return };
    for (file, types) in PROFILES {
        for sample_type in types {
            let edges = assert_tree(&data, file, sample_type);
            // All addresses of this file are of one module, and so of one function.
            assert_eq!(edges == 0, stem(file) == "normal-cpu", "{file}: {edges} edges");
        }
    }
}

#[test]
fn ten_snapshots_merge_as_pprof_merges_them() {
    let Some(data) = reference() else { return };
    let mut cells = Cells::over(&data, "profiles/many/*.pb.gz");
    for sample_type in ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"] {
        // pprof adds up gauges like everything else.
        let query = format!("{sample_type} | sum_over_time | top 100000");
        let expected = top_report(&data, &format!("many.{sample_type}.top"));
        assert_figures(&query, &functions(&cells.table(&query)), &expected);
    }
}

#[test]
fn what_was_allocated_between_ten_snapshots_is_the_last_minus_the_first() {
    let Some(data) = reference() else { return };
    let mut cells = Cells::over(&data, "profiles/many/*.pb.gz");
    let expected = top_report(&data, "many.first-last.alloc_space.diff");
    let query = "alloc_space | top 100000";
    assert_figures(query, &functions(&cells.table(query)), &expected);
}

#[test]
fn a_diff_of_amounts_is_that_of_diff_base() {
    let Some(data) = reference() else { return };
    let mut cells = Cells::new(&data);
    cells.run("use \"profiles/many/1644509272337470000.pb.gz\" as first");
    cells.run("use \"profiles/many/1644509299337903000.pb.gz\" as last");
    for sample_type in ["alloc_space", "inuse_space"] {
        let expected = top_report(&data, &format!("many.first-last.{sample_type}.diff"));
        assert_diff(&mut cells, sample_type, &expected);
    }
}

#[test]
fn callers_and_callees_of_every_function_add_up_to_its_total() {
    let Some(data) = reference() else { return };
    for (file, sample_type) in [("fib.pb.gz", "cpu"), ("profile1.pb.gz", "cpu")] {
        let mut cells = Cells::over(&data, &format!("profiles/{file}"));
        for (function, (_, total)) in top_report(&data, &format!("{}.cpu.top", stem(file))) {
            let query = format!("{sample_type} | sandwich {}", exactly(&function));
            let Value::View(View::Sandwich(sandwich)) = cells.value(&query) else {
                panic!("{query} is no sandwich")
            };
            let halves = [sandwich.callers, sandwich.callees].map(|half| half.tree().total());
            assert_eq!(halves, [total; 2], "{file}: {function}");
        }
    }
}

#[test]
fn gauges_are_the_mean_of_snapshots_unless_asked_otherwise() {
    let Some(data) = reference() else { return };
    let mut cells = Cells::over(&data, "profiles/many/*.pb.gz");
    let summed = top_report(&data, "many.inuse_space.top");
    let expected = summed
        .iter()
        .map(|(name, (self_value, total))| (name.clone(), (self_value / 10.0, total / 10.0)));
    let query = "inuse_space | top 100000";
    assert_figures(query, &functions(&cells.table(query)), &expected.collect());
}

#[test]
fn stack_and_frame_filters_are_those_of_pprof() {
    let Some(data) = reference() else { return };
    let reports = [
        ("focus", r#"focus ~"runtime\.mallocgc""#),
        ("ignore", r#"ignore ~"runtime\.mallocgc""#),
        ("hide", r#"hide ~"^runtime\.""#),
        ("show", r#"show ~"^runtime\.""#),
        ("show_from", r#"show_from ~"runtime\.mallocgc""#),
        ("lines", "granularity line"),
        ("files", "granularity file"),
    ];
    assert_stages(&data, "profile1.pb.gz", &reports);
}

#[test]
fn neighbours_are_those_of_peek() {
    let Some(data) = reference() else { return };
    for (file, report, functions) in [
        ("profile1.pb.gz", "profile1.peek", &["runtime.mallocgc"][..]),
        ("fib.pb.gz", "fib.peek", &["main.allocMem", "main.calculateFib"][..]),
    ] {
        let mut cells = Cells::over(&data, &format!("profiles/{file}"));
        let edges = edges(&read_report(&data, report));
        assert_edges(&mut cells, "cpu", &edges);
        for function in functions {
            let callers: f64 =
                edges.iter().filter(|((_, to), _)| to == function).map(|(_, w)| w).sum();
            let callees: f64 =
                edges.iter().filter(|((from, _), _)| from == function).map(|(_, w)| w).sum();
            // None of these recurs: what the callers give is their total, what the
            // callees take is the rest of it.
            let pattern = exactly(function);
            let total = cells.number(&format!("total({pattern}, cpu)"));
            let own = cells.number(&format!("self({pattern}, cpu)"));
            if callers != 0.0 {
                assert_eq!(callers, total, "callers of {function}");
            }
            assert_eq!(callees, total - own, "callees of {function}");
        }
    }
}

#[test]
fn values_of_sample_labels_are_those_of_tags() {
    let Some(data) = reference() else { return };
    let mut cells = Cells::over(&data, "profiles/profile-with-labels.pb.gz");
    assert_tags(&mut cells, "samples", &read_report(&data, "profile-with-labels.tags"));
}

#[test]
fn a_label_as_root_is_that_of_tagroot() {
    let Some(data) = reference() else { return };
    let mut cells = Cells::over(&data, "profiles/profile-with-labels.pb.gz");
    let query = "samples | tagroot (thread_name) | top 100000";
    let expected = top_report(&data, "profile-with-labels.tagroot");
    assert_figures(query, &functions(&cells.table(query)), &expected);
}

/// The folder of the reference. If it is missing, the test says so, and fails in CI.
pub(crate) fn reference() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if data.join("reference").is_dir() {
        return Some(data);
    }
    assert!(std::env::var_os("CI").is_none(), "no reference data in {}", data.display());
    eprintln!("skipped: no reference data in {}", data.display());
    None
}

fn stem(file: &str) -> &str {
    file.split('.').next().unwrap_or(file)
}

/// Every function of a file, for each of its types.
fn assert_functions(data: &Path, file: &str, types: &[&str]) {
    let mut cells = Cells::over(data, &format!("profiles/{file}"));
    for sample_type in types {
        let expected = top_report(data, &format!("{}.{sample_type}.top", stem(file)));
        let query = format!("{sample_type} | top 100000");
        assert_figures(&query, &functions(&cells.table(&query)), &expected);
    }
}

/// Every edge of a file; returns how many there are.
fn assert_tree(data: &Path, file: &str, sample_type: &str) -> usize {
    let mut cells = Cells::over(data, &format!("profiles/{file}"));
    let edges = edges(&read_report(data, &format!("{}.{sample_type}.tree", stem(file))));
    assert_edges(&mut cells, sample_type, &edges);
    edges.len()
}

/// Reports on CPU time: the suffix of the file, and the stages that do the same.
fn assert_stages(data: &Path, file: &str, reports: &[(&str, &str)]) {
    let mut cells = Cells::over(data, &format!("profiles/{file}"));
    for (report, stages) in reports {
        let query = format!("cpu | {stages} | top 100000");
        let expected = top_report(data, &format!("{}.{report}", stem(file)));
        assert_figures(&query, &functions(&cells.table(&query)), &expected);
    }
}

/// A diff of amounts between the sources `first` and `last`.
fn assert_diff(cells: &mut Cells, sample_type: &str, expected: &BTreeMap<String, Figures>) {
    for baseline in [format!("({sample_type} from first)"), "from first".to_owned()] {
        let query = format!("{sample_type} from last | diff {baseline} mode=amount | top 100000");
        let table = cells.table(&query);
        let rows = (0..table.height()).map(|row| {
            let [own, total] =
                ["delta", "total_delta"].map(|column| cells::figure(&table, column, row));
            (cells::text(&table, "function", row), (own, total))
        });
        assert_figures(&query, &rows.collect(), expected);
    }
}

/// The values of each label in a report.
fn assert_tags(cells: &mut Cells, sample_type: &str, report: &str) {
    let tags = tags(report);
    assert!(!tags.is_empty(), "no labels in {report}");
    for (label, expected) in tags {
        let table = cells.table(&format!("{sample_type} | values {label}"));
        let values = (0..table.height())
            .map(|row| (cells::text(&table, &label, row), cells::figure(&table, "total", row)));
        assert_eq!(values.collect::<BTreeMap<_, _>>(), expected, "{label}");
    }
}

/// Self and total by function, from a table of `top`.
pub(crate) fn functions(table: &Table) -> BTreeMap<String, Figures> {
    let rows = (0..table.height()).map(|row| {
        let figures = (cells::figure(table, "self", row), cells::figure(table, "total", row));
        (cells::text(table, "function", row), figures)
    });
    rows.collect()
}

/// All differences at once, because they usually have one cause.
pub(crate) fn assert_figures(
    query: &str,
    ours: &BTreeMap<String, Figures>,
    expected: &BTreeMap<String, Figures>,
) {
    assert!(!expected.is_empty(), "an empty report for {query}");
    let names: std::collections::BTreeSet<&String> = ours.keys().chain(expected.keys()).collect();
    let zero = (0.0, 0.0);
    let differences: Vec<String> = names
        .into_iter()
        .filter_map(|name| {
            let (us, pprof) =
                (ours.get(name).unwrap_or(&zero), expected.get(name).unwrap_or(&zero));
            (us != pprof).then(|| format!("  {name:?}: {us:?}, pprof {pprof:?}"))
        })
        .collect();
    assert!(differences.is_empty(), "{query} differs from pprof:\n{}", differences.join("\n"));
}

/// Queries every edge in one cell, as a user would: `total("caller" > "callee")`.
fn assert_edges(cells: &mut Cells, selection: &str, edges: &BTreeMap<(String, String), f64>) {
    if edges.is_empty() {
        return;
    }
    let queries = edges.keys().map(|(caller, callee)| {
        format!("total({} > {}, {selection})", exactly(caller), exactly(callee))
    });
    let outcomes = cells.run(&queries.collect::<Vec<_>>().join("\n"));
    assert_eq!(outcomes.len(), edges.len(), "a result for every edge");
    let differences: Vec<String> = outcomes
        .iter()
        .zip(edges)
        .map(|(outcome, (edge, weight))| (cells::number(&outcome.value), edge, *weight))
        .filter(|(us, _, pprof)| us != pprof)
        .map(|(us, (caller, callee), pprof)| format!("  {caller} -> {callee}: {us}, pprof {pprof}"))
        .collect();
    assert!(differences.is_empty(), "{selection} differs:\n{}", differences.join("\n"));
}

/// A pattern for exactly one function; a `*` in a name would be a wildcard in a glob.
fn exactly(function: &str) -> String {
    format!("~`^{}$`", regex::escape(function))
}
