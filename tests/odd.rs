//! Inputs that readers get wrong: each kind once, with what is right.
//!
//! The files are in `data/odd`, whose README says what is odd about each. What is right
//! comes from the numbers that were written into them.

use std::path::{Path, PathBuf};

use flamebook::view::{self, Screen};

use crate::cells::{self, Cells};
use crate::recording::Recording;
use flamebook::work::Work;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd")
}

fn opened(pattern: &str) -> Cells {
    Cells::over(&data(), pattern)
}

/// `function self` for each row with a self value, the largest first.
#[track_caller]
fn top(cells: &mut Cells, selection: &str) -> Vec<String> {
    let table = cells.table(&format!("{selection} | top 100"));
    let rows = (0..table.height())
        .map(|row| (cells::text(&table, "function", row), cells::figure(&table, "self", row)));
    rows.filter(|(_, own)| *own != 0.0).map(|(name, own)| format!("{name} {own}")).collect()
}

/// As a reader sees it.
fn shown(cells: &mut Cells, query: &str) -> String {
    view::plain(&cells.run(query).pop().expect("a result"), Screen::PIPE, Work::unattended())
        .expect("no interrupt")
}

/// What is said about a file that is opened.
fn notes(pattern: &str) -> Vec<String> {
    let outcome = Cells::new(data()).run(&format!("use {pattern:?}")).pop().expect("a note");
    outcome.header.notes
}

#[test]
fn a_type_with_a_hyphen_can_be_typed() {
    let mut cells = opened("hyphen.pb.gz");
    assert_eq!(top(&mut cells, "cpu_time"), ["f 5000000", "g 2000000"]);
    let types = cells.table("types");
    let names: Vec<String> =
        (0..types.height()).map(|row| cells::text(&types, "type", row)).collect();
    assert!(names.contains(&"cpu_time".to_owned()), "{names:?}");
    // Its types are not known before the cell runs.
    let cell = "use \"hyphen.pb.gz\"\ncpu-time | top";
    let Err(errors) = Cells::new(data()).try_run(cell) else {
        panic!("a difference has no stacks")
    };
    assert!(errors[0].notes.iter().any(|note| note.contains("written `cpu_time`")), "{errors:?}");
}

#[test]
fn numeric_labels_are_amounts() {
    let mut cells = opened("numeric-label.pb.gz");
    let text = shown(
        &mut cells,
        "alloc_space | by (request) | where request >= 256KiB | table | sort request",
    );
    let rows = text.lines().skip_while(|line| !line.starts_with('─')).skip(1);
    let sizes: Vec<&str> = rows.map(|line| line[..7].trim()).collect();
    assert_eq!(sizes, ["300 KiB", "2 MiB"], "{text}");
    let at_least = |limit: &str| format!("alloc_space{{request>={limit}}} | by (request) | table");
    assert_eq!(cells.table(&at_least("256KiB")).height(), 2);
    assert_eq!(cells.table(&at_least("\"1MiB\"")).height(), 1);
}

#[test]
fn samples_of_waiting_threads_are_no_cpu_time() {
    let mut cells = opened("mix.jfr.gz");
    // 87 samples of 10 ms, and 576 of 50 ms.
    assert_eq!(cells.number("total(\"**\", cpu)"), 870e6);
    assert_eq!(cells.number("total(\"**\", wall)"), 28.8e9);
}

#[test]
fn fractions_are_kept_and_the_scale_is_said() {
    let mut cells = opened("fractions.folded");
    assert_eq!(top(&mut cells, "samples"), ["run 1200", "parse 400", "load 300"]);
    let said = notes("fractions.folded");
    assert!(said[0].contains("millisamples, 1000 to a sample"), "{said:?}");
}

#[test]
fn every_unit_of_time_and_memory_is_a_quantity() {
    let mut cells = opened("micros.pb.gz");
    assert_eq!(top(&mut cells, "wall"), ["f 1500000000"]);
    assert!(shown(&mut cells, "wall | top").contains("1.50 s"));
    cells.run("wall | assert total(\"f\") > 1s");
    let mut cells = opened("kilobytes.pb.gz");
    assert_eq!(top(&mut cells, "alloc"), ["f 2097152"]);
    assert!(shown(&mut cells, "alloc | top").contains("2 MiB"));
}

#[test]
fn a_heap_that_may_be_in_use_is_said_to_be_added_up() {
    let mut cells = opened("space-?.pb.gz");
    let outcome = cells.run("space | top").pop().expect("a table");
    let note = "`space` is added up over time; if it is what was in use, `set gauge space`";
    assert!(outcome.header.notes.contains(&note.to_owned()), "{:?}", outcome.header.notes);
    cells.run("set gauge space");
    assert_eq!(cells.number("total(\"**\", space)"), 100.0 * 1_048_576.0);
}

#[test]
fn fields_of_perf_are_no_frames() {
    let mut cells = opened("addr.perf.txt");
    assert_eq!(cells.number("total(\"main\" > \"malloc\", page_faults)"), 50.0);
    let mut cells = opened("srcline.perf.txt");
    assert_eq!(cells.number("total(\"read_zero\" > \"leaf\", cpu)"), 10.0);
    assert_eq!(cells.number("total(\"*\", cpu)"), 10.0);
}

#[test]
fn perf_without_a_field_is_read_and_the_field_is_named() {
    for (file, said) in [
        ("no-time.perf.txt", Some("samples have no times; `perf script -F +time` prints them")),
        ("no-comm.perf.txt", None),
    ] {
        let mut cells = opened(file);
        assert_eq!(top(&mut cells, "samples"), ["leaf 1"], "{file}");
        let notes = notes(file);
        assert!(said.is_none_or(|said| notes.iter().any(|n| n.ends_with(said))), "{notes:?}");
    }
}

#[test]
fn marks_are_no_part_of_a_name() {
    // 3 interpreted, 4 quickly compiled, 5 compiled.
    assert_eq!(top(&mut opened("marks.folded"), "samples"), ["work 12"]);
}

#[test]
fn an_error_of_a_decoder_is_counted_and_passed_over() {
    let mut cells = opened("pt-error.perf.txt");
    assert_eq!(top(&mut cells, "samples"), ["main 2"]);
    let said = notes("pt-error.perf.txt");
    assert!(said[0].contains("1 line is neither a sample nor a frame, from line 4 on"), "{said:?}");
}

#[test]
fn a_number_at_the_end_of_a_name_is_no_value() {
    let mut cells = opened("numbered.folded");
    assert_eq!(top(&mut cells, "samples"), ["worker 2 7", "worker 1 5"]);
}

#[test]
fn profiles_one_behind_the_other_are_all_read() {
    let mut cells = opened("concatenated.pb");
    assert_eq!(cells.table("cpu | profiles").height(), 2);
}

#[test]
fn files_that_are_refused_say_what_they_are_and_what_helps() {
    for (file, looks_like, help) in [
        ("no-profiles.speedscope.json", "the file holds no profile", ""),
        ("archive.zip", "a zip archive", "unzip"),
        ("austin.folded", "a recording of Austin", "austin2speedscope"),
        ("jemalloc.heap", "a heap profile of jemalloc", "jeprof --collapsed"),
        ("perf.data", "a recording of perf", "perf script"),
        ("stackprof.json", "a recording of stackprof", "stackprof --stackcollapse"),
    ] {
        let report = Cells::new(data()).error(&format!("use {file:?}"));
        assert!(report.contains(looks_like) && report.contains(help), "{report}");
        assert!(!report.contains("\\x") && !report.contains("none of the 0"), "{report}");
    }
}

#[test]
fn json_of_three_programs_is_read() {
    assert_eq!(top(&mut opened("otlp.json"), "samples"), ["main 5"]);
    // Three samples, of which the second and the third each took 1 ms.
    let devtools = top(&mut opened("devtools.json"), "wall:samples");
    assert_eq!(devtools, ["work 3"]);
    let mut heap = opened("heap.heapprofile");
    assert!(!top(&mut heap, "inuse_space").is_empty());
}

#[test]
fn an_inverted_tree_begins_at_the_leaves() {
    let mut cells = opened("invert.folded");
    // baz 10 + 3 of 18, of which 10 by way of bar; bar 5 of 18.
    for (path, total) in [
        ("\"baz\" > \"bar\" > \"foo\"", 10.0),
        ("\"baz\" > \"qux\"", 3.0),
        ("\"bar\" > \"foo\"", 15.0),
    ] {
        let query = format!("samples | invert | assert total({path}) == {total}");
        cells.run(&query);
    }
    let text = shown(&mut cells, "samples | invert | tree");
    assert!(text.contains("13 samples   72.2%          baz"), "{text}");
}

#[test]
fn two_columns_of_one_name_are_told_apart() {
    let mut cells = opened("same-type.pb.gz");
    assert_eq!(top(&mut cells, "cpu"), ["f 1"]);
    assert_eq!(top(&mut cells, "cpu_2"), ["f 2"]);
    let said = notes("same-type.pb.gz");
    assert!(
        said[0].ends_with("several of its types are called cpu; one is cpu_2 here"),
        "{said:?}"
    );
}

#[test]
fn a_module_may_have_blanks_and_brackets() {
    let mut cells = opened("module.perf.txt");
    assert_eq!(top(&mut cells, "cycles"), ["work 1"]);
    let by_module = cells.table("cycles | granularity module | top");
    assert!(cells::text(&by_module, "function", 0).contains("app.exe"));
}

#[test]
fn a_type_with_the_name_of_a_verb_or_a_keyword_can_be_typed_as_it_is_listed() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for (name, value) in [("values", 3), ("labels", 4), ("now", 5), ("let", 6)] {
        let recording = Recording::of(name, "count").stack("main", value);
        recording.save(folder.path(), &format!("{name}.pb"));
    }
    let mut cells = Cells::over(folder.path(), "*.pb");
    let types = cells.table("types");
    let names: Vec<String> =
        (0..types.height()).map(|row| cells::text(&types, "type", row)).collect();
    assert_eq!(names.len(), 4);
    let total: f64 = names
        .iter()
        .map(|name| cells::figure(&cells.table(&format!("{name} | top")), "total", 0))
        .sum();
    assert_eq!(total, 18.0, "{names:?}");
}
