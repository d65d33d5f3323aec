//! Profiles in the repository, compared with pprof's reports: needs nothing beside the
//! clone.
//!
//! `tests/data/pprof` has one profile of each kind that Go's runtime recorded of a small
//! program, and a C program without symbols. Its README says how they were made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::report::rows;
use super::{Cells, assert_diff, assert_edges, assert_figures, assert_functions, assert_stages};
use super::{assert_tags, assert_tree, edges, exactly, functions, read_report, top_report};

const HEAP: [&str; 4] = ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"];

/// Files, their types, and the type whose edges are compared.
const PROFILES: [(&str, &[&str], &str); 7] = [
    ("cpu.pb.gz", &["samples", "cpu"], "cpu"),
    ("heap-1.pb.gz", &HEAP, "inuse_objects"),
    ("heap-2.pb.gz", &HEAP, "alloc_space"),
    ("mutex.pb.gz", &["contentions", "delay"], "delay"),
    ("block.pb.gz", &["contentions", "delay"], "contentions"),
    ("goroutine.pb.gz", &["goroutine"], "goroutine"),
    ("stripped.pb.gz", &["samples", "cpu"], "cpu"),
];

#[test]
fn each_kind_of_profile_has_the_functions_of_pprof() {
    for (file, types, _) in PROFILES {
        assert_functions(&data(), file, types);
    }
}

#[test]
fn each_kind_of_profile_has_the_edges_of_pprof() {
    for (file, _, sample_type) in PROFILES {
        let edges = assert_tree(&data(), file, sample_type);
        assert!(edges > 0, "no edges in the report on {file}");
    }
}

#[test]
fn filters_and_granularities_keep_what_those_of_pprof_keep() {
    let reports = [
        ("focus", r#"focus ~"main\.spin""#),
        ("ignore", r#"ignore ~"main\.spin""#),
        ("hide", r#"hide ~"^(main\.even|runtime\.)""#),
        ("show", r#"show ~"^main\.""#),
        ("show_from", r#"show_from ~"main\.(even|odd)$""#),
        ("lines", "granularity line"),
    ];
    assert_stages(&data(), "cpu.pb.gz", &reports);
}

#[test]
fn a_matcher_on_a_sample_label_keeps_what_tagfocus_keeps() {
    let mut cells = Cells::over(&data(), "profiles/cpu.pb.gz");
    let query = r#"cpu{market="north"} | top 100000"#;
    let expected = top_report(&data(), "cpu.tagfocus");
    assert_figures(query, &functions(&cells.table(query)), &expected);
}

#[test]
fn a_label_is_a_frame_at_the_root_and_at_the_leaf_as_in_pprof() {
    let mut cells = Cells::over(&data(), "profiles/cpu.pb.gz");
    for (report, label) in [("tagroot", "market"), ("tagleaf", "side")] {
        let query = format!("cpu | {report} ({label}) | top 100000");
        let mut expected = top_report(&data(), &format!("cpu.{report}"));
        // Samples without the label: we say which label they lack.
        let without = expected.remove("[unknown]").expect("the runtime's own samples");
        expected.insert(format!("(no {label})"), without);
        assert_figures(&query, &functions(&cells.table(&query)), &expected);
    }
}

#[test]
fn a_file_has_what_the_rows_of_its_functions_add_up_to() {
    let mut cells = Cells::over(&data(), "profiles/cpu.pb.gz");
    let ours = functions(&cells.table("cpu | granularity file | top 100000"));
    // Go writes at which line a function starts, so pprof has a row for each function of a
    // file. Their self values add up to that of the file; totals overlap.
    let mut own: BTreeMap<String, f64> = BTreeMap::new();
    for (file, (row, total)) in rows(&read_report(&data(), "cpu.files")) {
        assert!(ours[&file].1 >= total, "{file}: {:?} is less than {total}", ours[&file]);
        *own.entry(file).or_default() += row;
    }
    assert_eq!(
        ours.into_iter().map(|(file, (own, _))| (file, own)).collect::<BTreeMap<_, _>>(),
        own
    );
}

#[test]
fn neighbours_of_functions_that_call_each_other_are_those_of_peek() {
    let mut cells = Cells::over(&data(), "profiles/cpu.pb.gz");
    let edges = edges(&read_report(&data(), "cpu.peek"));
    for (caller, callee) in [("main.even", "main.odd"), ("main.odd", "main.even")] {
        assert!(edges.contains_key(&(caller.to_owned(), callee.to_owned())), "{caller}");
    }
    assert_edges(&mut cells, "cpu", &edges);
    // `trade` does not recur: what it takes itself and what it calls is its total.
    let of_trade = |(from, _): &(String, String)| from == "main.trade";
    let callees: f64 = edges.iter().filter(|(edge, _)| of_trade(edge)).map(|(_, w)| w).sum();
    let [own, total] = ["self", "total"]
        .map(|figure| cells.number(&format!("{figure}({}, cpu)", exactly("main.trade"))));
    assert_eq!(callees, total - own);
}

#[test]
fn sample_labels_have_the_values_of_tags() {
    let mut cells = Cells::over(&data(), "profiles/cpu.pb.gz");
    assert_tags(&mut cells, "cpu", &read_report(&data(), "cpu.tags"));
}

#[test]
fn two_heaps_are_added_up_as_pprof_does_and_compared_as_by_diff_base() {
    let mut both = Cells::over(&data(), "profiles/heap-*.pb.gz");
    let mut sides = Cells::new(data());
    sides.run("use \"profiles/heap-1.pb.gz\" as first");
    sides.run("use \"profiles/heap-2.pb.gz\" as last");
    // pprof compares names as recorded.
    sides.run("set normalise off");
    for sample_type in HEAP {
        let summed = format!("{sample_type} | sum_over_time | top 100000");
        let expected = top_report(&data(), &format!("heap.{sample_type}.sum"));
        assert_figures(&summed, &functions(&both.table(&summed)), &expected);
        let expected = top_report(&data(), &format!("heap.{sample_type}.diff"));
        assert_diff(&mut sides, sample_type, &expected);
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pprof")
}
